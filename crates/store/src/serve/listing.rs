//! Listing objects, page by page.

use super::lane::Lane;
use super::{Stopped, refuse};
use crate::error::Kind;
use crate::place::Place;
use crate::wire::{Entry, Frame};
use futures_util::StreamExt;
use object_store::path::Path;
use object_store::{GetOptions, ObjectMeta, ObjectStore};

/// Tells of the object of a place, or, if there is none of that name, of those below it.
pub(super) async fn list(store: &dyn ObjectStore, place: &Place, lane: &mut Lane) -> Result<(), Stopped> {
    let path = Path::parse(&place.key).map_err(|error| refuse(Kind::Name, error.to_string()))?;
    if !place.is_folder {
        let head = store.get_opts(&path, GetOptions { head: true, ..GetOptions::default() }).await;
        match head {
            Ok(found) => {
                lane.send(Frame::Entry(entry(found.meta))).await?;
                return Ok(lane.send(Frame::End).await?);
            }
            Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let prefix = (!place.key.is_empty()).then_some(&path);
    // The next page is fetched when the other process has taken the last one.
    let mut objects = store.list(prefix);
    let mut is_empty = true;
    while let Some(object) = objects.next().await {
        lane.send(Frame::Entry(entry(object?))).await?;
        is_empty = false;
    }
    if is_empty && !place.key.is_empty() {
        return Err(refuse(Kind::NotFound, "the server lists nothing"));
    }
    Ok(lane.send(Frame::End).await?)
}

/// An entity tag as HTTP has it (RFC 9110, section 8.8.3). Azure lists them without quotation marks, and answers with them.
pub(super) fn quoted(tag: String) -> String {
    if tag.ends_with('"') { tag } else { format!("\"{tag}\"") }
}

fn entry(object: ObjectMeta) -> Entry {
    Entry {
        key: object.location.into(),
        length: object.size,
        etag: object.e_tag.map(quoted),
        modified: object.last_modified.timestamp_nanos_opt().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_quoted_once() {
        for (listed, expected) in [("0x8D", "\"0x8D\""), ("\"0x8D\"", "\"0x8D\""), ("W/\"a\"", "W/\"a\"")] {
            assert_eq!(quoted(listed.to_owned()), expected);
        }
    }
}
