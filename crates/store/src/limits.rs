//! What bounds memory, time and messages between the two processes.

/// Bytes of an object that are asked for at a time: enough that asking costs nothing beside the transfer. S3 takes parts of
/// an upload of 5 MiB to 5 GiB (Amazon S3 User Guide, "multipart upload limits").
pub const PART_BYTES: u64 = 8 << 20;

/// Parts of one upload at most (the same page says 10,000): parts of longer objects are longer.
pub const PARTS_MAX: u64 = 9_000;

/// Parts of one object that are under way at once, fetched or stored: a server gives one connection less than the line carries.
pub const PARTS_AT_ONCE: usize = 4;

/// Bytes of one frame of a lane.
pub const FRAME_BYTES_MAX: usize = 1 << 20;

/// Bytes of one request: the longest name of an object is 1,024 bytes (Amazon S3 User Guide, "object key naming"; Azure says
/// 1,024 characters), each of which may be six in JSON.
pub const REQUEST_BYTES_MAX: usize = 32 << 10;

/// Objects that are asked for before the one that is read, so that the way to the server and back is not waited for again
/// and again, and their bytes together.
pub const OBJECTS_AHEAD: usize = 32;
/// See [`OBJECTS_AHEAD`].
pub const BYTES_AHEAD: u64 = 32 << 20;

/// How often a request is tried again, waiting twice as long each time from a tenth of a second: about six seconds in all.
pub const RETRIES_MAX: usize = 6;
/// Seconds after which it is not tried again.
pub const RETRY_SECONDS_MAX: u64 = 60;

/// Seconds that uploads which were given up have to be taken back when the other process is gone.
pub const FAREWELL_SECONDS_MAX: u64 = 10;

/// Bytes of a server's message that are passed on.
pub const MESSAGE_BYTES_MAX: usize = 600;
