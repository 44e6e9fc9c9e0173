//! Daemons with a key that is given to them.

use crate::check::Specimen;
use crate::folder::Folder;
use crate::server;
use anyhow::Result;

/// Starts a daemon with a fresh key and has it use the key.
type Start = fn(&Folder) -> Result<Specimen>;

/// A daemon as a library of one or more kinds.
#[derive(Clone, Copy, Debug)]
pub struct Daemon {
    /// Kind of the key, and how the daemon is started with it.
    pub kinds: &'static [(&'static str, Start)],
}

/// GnuTLS' own server.
pub const GNUTLS_SERV: Daemon = Daemon { kinds: &[("rsa-2048", server::gnutls_serv)] };
/// Redis with TLS.
pub const REDIS: Daemon = Daemon { kinds: &[("rsa-2048", server::redis)] };
/// Dropbear with its host key.
pub const DROPBEAR: Daemon = Daemon { kinds: &[("rsa-2048", server::dropbear)] };
