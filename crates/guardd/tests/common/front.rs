//! Real proxies.

use super::client::try_get;
use super::{Running, until};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A proxy of a kind.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Nginx,
    Caddy,
}

/// A running proxy, reached over a Unix socket.
pub(crate) struct Front {
    pub(crate) socket: PathBuf,
    _process: Running,
}

impl Front {
    pub(crate) fn start(kind: Kind, folder: &Path, guard: SocketAddr, upstream: SocketAddr) -> Self {
        let (text, name) = match kind {
            Kind::Nginx => (include_str!("../proxies/nginx.conf"), "nginx.conf"),
            Kind::Caddy => (include_str!("../proxies/Caddyfile"), "Caddyfile"),
        };
        let text = text
            .replace("@FOLDER@", &folder.to_string_lossy())
            .replace("@GUARD@", &guard.to_string())
            .replace("@UPSTREAM@", &upstream.to_string());
        let config = folder.join(name);
        std::fs::write(&config, text).expect("writes");
        let mut command = match kind {
            Kind::Nginx => {
                let mut command = Command::new("/usr/sbin/nginx");
                command.arg("-p").arg(folder).arg("-c").arg(&config);
                command
            }
            Kind::Caddy => {
                let mut command = Command::new("caddy");
                command.args(["run", "--adapter", "caddyfile", "--config"]).arg(&config);
                command.env("XDG_DATA_HOME", folder).env("XDG_CONFIG_HOME", folder).env("HOME", folder);
                command
            }
        };
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = Running(command.spawn().unwrap_or_else(|error| {
            panic!("{kind:?} does not start ({error}); cargo xtask test installs what the trials need")
        }));
        let socket = folder.join("front.sock");
        until("the proxy answers", || try_get(&socket.as_path(), "/", &[]).is_ok());
        Self { socket, _process: process }
    }
}
