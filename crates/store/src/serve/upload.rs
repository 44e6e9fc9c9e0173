//! Storing an object that exists whole or not at all.

use super::lane::Lane;
use super::{Stopped, refuse};
use crate::error::Kind;
use crate::limits::{PART_BYTES, PARTS_AT_ONCE, PARTS_MAX};
use crate::wire::Frame;
use bytes::{Bytes, BytesMut};
use object_store::path::Path;
use object_store::{
    Error, GetOptions, MultipartUpload, ObjectStore, PutMode, PutMultipartOptions, PutOptions,
};
use tokio::task::JoinSet;

/// What is to be stored.
pub(super) struct Wanted {
    pub(super) path: Path,
    pub(super) replace: bool,
    pub(super) length: u64,
}

/// Makes sure that an object can be stored: begins an upload, as far as the server knows such a thing, and takes it back.
pub(super) async fn check(store: &dyn ObjectStore, path: &Path, replace: bool) -> Result<(), Stopped> {
    if !replace {
        is_free(store, path).await?;
    }
    let mut upload = store.put_multipart_opts(path, PutMultipartOptions::default()).await?;
    Ok(upload.abort().await?)
}

/// Refuses a name that is taken.
async fn is_free(store: &dyn ObjectStore, path: &Path) -> Result<(), Stopped> {
    match store.get_opts(path, GetOptions { head: true, ..GetOptions::default() }).await {
        Ok(_) => Err(refuse(Kind::Exists, "the server has it")),
        Err(Error::NotFound { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Takes an object from the lane; lets it exist when it is told to, and takes it back if the lane is closed before.
pub(super) async fn upload(store: &dyn ObjectStore, wanted: &Wanted, lane: &mut Lane) -> Result<(), Stopped> {
    if wanted.length <= PART_BYTES {
        small(store, wanted, lane).await
    } else {
        large(store, wanted, lane).await
    }
}

/// In one request, which comes last.
async fn small(store: &dyn ObjectStore, wanted: &Wanted, lane: &mut Lane) -> Result<(), Stopped> {
    let mut parts = Parts::of(wanted.length);
    let mut bytes = BytesMut::new();
    while let Some(part) = parts.next(lane).await? {
        bytes.extend_from_slice(&part);
    }
    lane.send(Frame::Ready).await?;
    told_to_commit(lane).await?;
    let mode = if wanted.replace { PutMode::Overwrite } else { PutMode::Create };
    store.put_opts(&wanted.path, bytes.freeze().into(), PutOptions { mode, ..PutOptions::default() }).await?;
    Ok(lane.send(Frame::Done).await?)
}

/// In parts, which are put together last.
async fn large(store: &dyn ObjectStore, wanted: &Wanted, lane: &mut Lane) -> Result<(), Stopped> {
    let mut upload = store.put_multipart_opts(&wanted.path, PutMultipartOptions::default()).await?;
    match parts(store, wanted, &mut *upload, lane).await {
        Ok(()) => Ok(lane.send(Frame::Done).await?),
        Err(stopped) => {
            // If not even that can be had, the server keeps parts of no object until its own rules remove them.
            let _kept = upload.abort().await;
            Err(stopped)
        }
    }
}

async fn parts(
    store: &dyn ObjectStore,
    wanted: &Wanted,
    upload: &mut dyn MultipartUpload,
    lane: &mut Lane,
) -> Result<(), Stopped> {
    let mut parts = Parts::of(wanted.length);
    let mut under_way = JoinSet::new();
    while let Some(part) = parts.next(lane).await? {
        while under_way.len() >= PARTS_AT_ONCE {
            joined(under_way.join_next().await)?;
        }
        under_way.spawn(upload.put_part(part.into()));
    }
    while !under_way.is_empty() {
        joined(under_way.join_next().await)?;
    }
    lane.send(Frame::Ready).await?;
    told_to_commit(lane).await?;
    if !wanted.replace {
        // No condition can be put on an upload in parts: a name that is taken from now on is replaced.
        is_free(store, &wanted.path).await?;
    }
    upload.complete().await?;
    Ok(())
}

type Joined = Option<Result<object_store::Result<()>, tokio::task::JoinError>>;

fn joined(part: Joined) -> Result<(), Stopped> {
    match part {
        Some(Ok(stored)) => Ok(stored?),
        Some(Err(error)) => Err(refuse(Kind::Other, error.to_string())),
        None => Ok(()),
    }
}

async fn told_to_commit(lane: &mut Lane) -> Result<(), Stopped> {
    match lane.receive().await? {
        Frame::Commit => Ok(()),
        _ => Err(Stopped::Closed),
    }
}

/// The bytes of a lane in parts of one length, but the last.
struct Parts {
    part_bytes: usize,
    left: u64,
    pending: BytesMut,
    is_over: bool,
}

impl Parts {
    fn of(length: u64) -> Self {
        let part = PART_BYTES.max(length.div_ceil(PARTS_MAX));
        let part_bytes = usize::try_from(part).unwrap_or(usize::MAX);
        Self { part_bytes, left: length, pending: BytesMut::new(), is_over: false }
    }

    /// The next part; nothing after the last.
    async fn next(&mut self, lane: &mut Lane) -> Result<Option<Bytes>, Stopped> {
        while self.pending.len() < self.part_bytes && !self.is_over {
            match lane.receive().await? {
                Frame::Data(bytes) => {
                    let count = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                    self.left =
                        self.left.checked_sub(count).ok_or_else(|| refuse(Kind::Other, "too many bytes"))?;
                    self.pending.extend_from_slice(&bytes);
                }
                Frame::End if self.left == 0 => self.is_over = true,
                _ => return Err(refuse(Kind::Other, "too few bytes")),
            }
        }
        let count = self.pending.len().min(self.part_bytes);
        Ok((count > 0).then(|| self.pending.split_to(count).freeze()))
    }
}
