//! Fetching an object, part by part.

use super::lane::Lane;
use super::listing::quoted;
use super::{Stopped, refuse};
use crate::error::Kind;
use crate::limits::{PART_BYTES, PARTS_AT_ONCE};
use crate::wire::{Entry, Frame};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectStore};
use std::ops::Range;
use std::sync::Arc;

/// Sends the bytes of the object that was listed, and of no other content of the same name. What breaks off on the way is
/// asked for again by the library, from where it broke off.
pub(super) async fn download(
    store: &Arc<dyn ObjectStore>,
    path: &Path,
    entry: &Entry,
    lane: &mut Lane,
) -> Result<(), Stopped> {
    if entry.length > 0 {
        // A server that names no content in its listings names it now.
        let first =
            part(store, path, 0..entry.length.min(PART_BYTES), entry.etag.as_deref(), entry.length).await?;
        lane.send_bytes(&first.bytes).await?;
        let etag = first.etag.as_deref().or(entry.etag.as_deref());
        let starts = (PART_BYTES..entry.length).step_by(usize::try_from(PART_BYTES).unwrap_or(usize::MAX));
        let parts = starts.map(|start| {
            part(store, path, start..entry.length.min(start.saturating_add(PART_BYTES)), etag, entry.length)
        });
        let mut parts = stream::iter(parts).buffered(PARTS_AT_ONCE);
        while let Some(part) = parts.next().await {
            lane.send_bytes(&part?.bytes).await?;
        }
    }
    Ok(lane.send(Frame::End).await?)
}

/// A part of an object, and what the server calls its content.
struct Part {
    bytes: Bytes,
    etag: Option<String>,
}

async fn part(
    store: &Arc<dyn ObjectStore>,
    path: &Path,
    range: Range<u64>,
    etag: Option<&str>,
    length: u64,
) -> Result<Part, Stopped> {
    let wanted = range.end.saturating_sub(range.start);
    let options = GetOptions {
        range: Some(GetRange::Bounded(range)),
        if_match: etag.map(str::to_owned),
        ..GetOptions::default()
    };
    let answer = store.get_opts(path, options).await?;
    if answer.meta.size != length {
        return Err(refuse(Kind::Changed, format!("its length is {} now, not {length}", answer.meta.size)));
    }
    let found = answer.meta.e_tag.clone().map(quoted);
    if etag.is_some() && found.is_some() && found.as_deref() != etag {
        return Err(refuse(Kind::Changed, "the server calls its content by another ETag"));
    }
    let bytes = answer.bytes().await?;
    if u64::try_from(bytes.len()).ok() != Some(wanted) {
        return Err(refuse(
            Kind::Other,
            format!("{} bytes came of {wanted} that were asked for", bytes.len()),
        ));
    }
    Ok(Part { bytes, etag: found })
}
