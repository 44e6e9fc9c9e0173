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
    Envoy,
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
            Kind::Envoy => (include_str!("../proxies/envoy.json"), "envoy.json"),
        };
        let text = text
            .replace("@GUARD_HOST@", &guard.ip().to_string())
            .replace("@GUARD_PORT@", &guard.port().to_string())
            .replace("@UPSTREAM_HOST@", &upstream.ip().to_string())
            .replace("@UPSTREAM_PORT@", &upstream.port().to_string())
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
            Kind::Envoy => {
                let mut command = Command::new(envoy());
                command
                    .args(["--use-dynamic-base-id", "--concurrency", "1", "-l", "warning", "-c"])
                    .arg(&config);
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

/// Where `cargo xtask test` has installed Envoy: below the target folder, in which this test was built.
fn envoy() -> PathBuf {
    let built = Path::new(super::PROGRAM).ancestors();
    let found = built.map(|folder| folder.join("moto/bin/envoy")).find(|path| path.is_file());
    found.unwrap_or_else(|| PathBuf::from("envoy"))
}
