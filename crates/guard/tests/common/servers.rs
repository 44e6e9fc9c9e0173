//! PostgreSQL and Redis, each started in a folder of its own and reached over a socket there.
#![allow(dead_code, reason = "each test uses a part")]
#![allow(clippy::disallowed_methods, reason = "test files are not evidence")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A server; it is ended with this value.
pub(crate) struct Server {
    folder: TempDir,
    password: Option<String>,
    kind: Kind,
    child: Option<Child>,
}

enum Kind {
    Redis,
    Postgres { programs: PathBuf },
}

impl Server {
    /// Redis, without memory of its last run.
    pub(crate) fn redis(password: Option<&str>) -> Self {
        Self::started(Kind::Redis, password)
    }

    /// PostgreSQL with a fresh cluster and the role `guard`.
    pub(crate) fn postgres(password: Option<&str>) -> Self {
        let programs = programs().expect("PostgreSQL is installed (apt install postgresql)");
        Self::started(Kind::Postgres { programs }, password)
    }

    fn started(kind: Kind, password: Option<&str>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut server = Self { folder, password: password.map(str::to_owned), kind, child: None };
        server.prepare();
        server.start();
        server
    }

    /// The address, without the password.
    pub(crate) fn address(&self) -> String {
        match self.kind {
            Kind::Redis => format!("redis+unix://{}", self.folder.path().join("redis.sock").display()),
            Kind::Postgres { .. } => {
                format!("host={} user=guard dbname=postgres", self.folder.path().display())
            }
        }
    }

    /// Starts it, again after an end; it may take a moment to answer.
    pub(crate) fn start(&mut self) {
        let mut command = match &self.kind {
            Kind::Redis => {
                let mut command = Command::new("redis-server");
                command.args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"]);
                command.arg(self.folder.path().join("redis.sock")).current_dir(self.folder.path());
                command.args(self.password.iter().flat_map(|password| ["--requirepass", password]));
                command
            }
            Kind::Postgres { programs } => {
                let mut command = self.as_user(&programs.join("postgres"));
                command.arg("-D").arg(self.folder.path().join("data"));
                command.args(["-c", "listen_addresses=", "-c", "fsync=off", "-k"]).arg(self.folder.path());
                command
            }
        };
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        self.child = Some(child.expect("the server is installed (apt install redis-server postgresql)"));
    }

    /// Ends it at once, as a crash does.
    pub(crate) fn stop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        // SIGKILL would leave PostgreSQL's children behind, and its memory that a new one must not share.
        let name = if matches!(self.kind, Kind::Redis) { "KILL" } else { "QUIT" };
        let _told = Command::new("kill").args(["-s", name, &child.id().to_string()]).status();
        let _ended = child.wait();
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, name: &str) {
        let child = self.child.as_ref().expect("it runs");
        let told = Command::new("kill").args(["-s", name, &child.id().to_string()]).status();
        assert!(told.expect("kill runs").success());
    }

    /// Makes the cluster.
    fn prepare(&self) {
        let Kind::Postgres { programs } = &self.kind else { return };
        if is_root() {
            let owned = Command::new("chown").arg("nobody").arg(self.folder.path()).status();
            assert!(owned.expect("chown runs").success());
        }
        let mut command = self.as_user(&programs.join("initdb"));
        match &self.password {
            None => {
                command.args(["-A", "trust"]);
            }
            Some(password) => {
                let file = self.folder.path().join("password");
                std::fs::write(&file, password).expect("writes");
                command.args(["-A", "scram-sha-256", "--pwfile"]).arg(file);
            }
        }
        command.args(["-U", "guard", "--no-sync", "-D"]).arg(self.folder.path().join("data"));
        assert!(command.status().expect("initdb runs").success());
    }

    /// The server refuses to run as root, so root lends it to `nobody`.
    fn as_user(&self, program: &Path) -> Command {
        let mut command = Command::new(if is_root() { Path::new("setpriv") } else { program });
        if is_root() {
            command.args(["--reuid=nobody", "--clear-groups"]).arg(program);
        }
        command.current_dir(self.folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}

/// The folder of PostgreSQL's programs.
fn programs() -> Option<PathBuf> {
    let asked = Command::new("pg_config").arg("--bindir").output().ok().map(|output| output.stdout);
    let asked = asked.and_then(|text| String::from_utf8(text).ok()).map(|text| PathBuf::from(text.trim()));
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut places = asked.into_iter().chain(versions.map(|version| version.path().join("bin")));
    places.find(|place| place.join("initdb").is_file())
}
