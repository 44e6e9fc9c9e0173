//! Buckets of a server of its own: moto, which speaks S3 and checks signatures; by itself, or behind what makes of it the
//! XML interface of Google Cloud Storage; and Azurite, which speaks as Azure does.

use crate::coredact;
use crate::folder::Folder;
use crate::process::{Running, output};
use crate::random;
use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Folder below the target folder into which `cargo xtask test` installs moto from PyPI.
const INSTALLED: &str = "moto/bin";

/// The bucket that every trial has.
pub const BUCKET: &str = "crashes";

/// How a bucket is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cloud {
    /// As one of S3.
    Amazon,
    /// As one of Google Cloud Storage.
    Google,
    /// As a container of Azure Blob Storage.
    Azure,
}

/// All of them.
pub const CLOUDS: [Cloud; 3] = [Cloud::Amazon, Cloud::Google, Cloud::Azure];

/// A server on a port of its own, with one bucket and one user who may do everything.
#[derive(Debug)]
pub struct Bucket {
    /// Dropped first: they end with the trial.
    servers: Vec<Running>,
    cloud: Cloud,
    /// Where `coredact` finds it: `127.0.0.1:port`.
    pub address: String,
    /// Where moto or Azurite is.
    server: String,
    /// The user's credentials.
    pub key_id: String,
    /// The secret half of them.
    pub key: String,
    folder: Folder,
}

/// What the trials do with a bucket, apart from coredact.
const SCRIPT: &str = include_str!("../programs/bucket.py");

/// The same for a container.
const AZURE_SCRIPT: &str = include_str!("../programs/container.py");

/// What stands before moto in place of Google.
const GOOGLE: &str = include_str!("../programs/google.py");

/// Requests that are answered before signatures are checked: those that make the user.
const UNCHECKED: &str = "3";

impl Bucket {
    /// Starts a server of S3.
    ///
    /// # Errors
    /// As [`Bucket::of`].
    pub fn start() -> Result<Self> {
        Self::of(Cloud::Amazon)
    }

    /// Starts a server.
    ///
    /// # Errors
    /// If moto is not installed, or does not start.
    pub fn of(cloud: Cloud) -> Result<Self> {
        if cloud == Cloud::Azure {
            return Self::azure();
        }
        let folder = Folder::new()?;
        folder.put("bucket.py", SCRIPT)?;
        let mut command = Command::new(program("moto_server")?);
        command.args(["-H", "127.0.0.1", "-p", "0"]).current_dir(folder.path());
        command
            .env("INITIAL_NO_AUTH_ACTION_COUNT", UNCHECKED)
            .env("PYTHONUNBUFFERED", "1")
            .env("TMPDIR", folder.path());
        let mut server = Running::start(&command)?;
        let address = address(&mut server)?;
        let (key_id, key) = Default::default();
        let mut bucket =
            Self { servers: vec![server], cloud, server: address.clone(), address, key_id, key, folder };
        let made = bucket.script(&["user"])?;
        let (key_id, key) = made.trim().split_once(' ').context("read the user's credentials")?;
        (bucket.key_id, bucket.key) = (key_id.to_owned(), key.to_owned());
        bucket.script(&["bucket", BUCKET])?;
        if cloud == Cloud::Google {
            bucket.stand_before()?;
        }
        Ok(bucket)
    }

    /// Starts Azurite with an account of its own.
    fn azure() -> Result<Self> {
        let folder = Folder::new()?;
        folder.put("bucket.py", AZURE_SCRIPT)?;
        let (key_id, key) = ("trial".to_owned(), STANDARD.encode(random::bytes(64)?));
        let mut command = Command::new(azurite()?);
        command.args([
            "--blobPort",
            "0",
            "--inMemoryPersistence",
            "--disableTelemetry",
            "--skipApiVersionCheck",
        ]);
        command.env("AZURITE_ACCOUNTS", format!("{key_id}:{key}")).current_dir(folder.path());
        let mut server = Running::start(&command)?;
        let line = server.wait_for("listens on http://")?;
        let address = line.split("http://").nth(1).context("read Azurite's address")?.trim().to_owned();
        let (server, servers) = (address.clone(), vec![server]);
        let bucket = Self { servers, cloud: Cloud::Azure, server, address, key_id, key, folder };
        bucket.script(&["bucket", BUCKET])?;
        Ok(bucket)
    }

    /// Puts before moto what speaks as Google does.
    fn stand_before(&mut self) -> Result<()> {
        self.folder.put("google.py", GOOGLE)?;
        let mut command = Command::new(program("python3")?);
        command.arg(self.folder.at("google.py")).arg(&self.server).current_dir(self.folder.path());
        command.env("AWS_ACCESS_KEY_ID", &self.key_id).env("AWS_SECRET_ACCESS_KEY", &self.key);
        let mut server = Running::start(&command)?;
        self.address = address(&mut server)?;
        self.servers.insert(0, server);
        Ok(())
    }

    /// The URL of a key.
    #[must_use]
    pub fn url(&self, key: &str) -> String {
        let scheme = match self.cloud {
            Cloud::Amazon => "s3",
            Cloud::Google => "gs",
            Cloud::Azure => "az",
        };
        format!("{scheme}://{BUCKET}/{key}")
    }

    /// Puts a folder's files, and all below it, under a key.
    ///
    /// # Errors
    /// If the server does not take them.
    pub fn put(&self, files: &Path, key: &str) -> Result<()> {
        self.script(&["put", BUCKET, &files.to_string_lossy(), key]).map(drop)
    }

    /// The keys of all objects, and `UPLOAD key` of those that are not complete.
    ///
    /// # Errors
    /// If the server does not tell.
    pub fn keys(&self) -> Result<Vec<String>> {
        Ok(self.script(&["keys", BUCKET])?.lines().map(str::to_owned).collect())
    }

    /// The bytes of an object.
    ///
    /// # Errors
    /// If there is none.
    pub fn get(&self, key: &str) -> Result<Vec<u8>> {
        let file = self.folder.at("object");
        self.script(&["get", BUCKET, key, &file.to_string_lossy()])?;
        self.folder.get("object")
    }

    /// `coredact` with the credentials of the user.
    ///
    /// # Errors
    /// As [`coredact::command`].
    pub fn command(&self) -> Result<Command> {
        self.command_by(&self.address)
    }

    /// The same by another address.
    ///
    /// # Errors
    /// As [`coredact::command`].
    pub fn command_by(&self, address: &str) -> Result<Command> {
        let mut command = coredact::command()?;
        match self.cloud {
            Cloud::Amazon => command
                .env("AWS_ENDPOINT", format!("http://{address}"))
                .env("AWS_ALLOW_HTTP", "true")
                .env("AWS_REGION", "us-east-1")
                .env("AWS_ACCESS_KEY_ID", &self.key_id)
                .env("AWS_SECRET_ACCESS_KEY", &self.key),
            Cloud::Azure => command
                .env("AZURE_STORAGE_ENDPOINT", format!("http://{address}/{}", self.key_id))
                .env("AZURE_ALLOW_HTTP", "true")
                .env("AZURE_STORAGE_ACCOUNT_NAME", &self.key_id)
                .env("AZURE_STORAGE_ACCOUNT_KEY", &self.key),
            Cloud::Google => command.env("GOOGLE_ALLOW_HTTP", "true").env(
                "GOOGLE_SERVICE_ACCOUNT_KEY",
                format!(
                    r#"{{"gcs_base_url": "http://{address}", "disable_oauth": true, "client_email": "", "private_key": "", "private_key_id": ""}}"#
                ),
            ),
        };
        for proxy in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
            command.env_remove(proxy);
        }
        Ok(command)
    }

    /// Ends the server.
    pub fn stop(&mut self) {
        self.servers.clear();
    }

    fn script(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(program("python3")?);
        command.arg(self.folder.at("bucket.py")).arg(format!("http://{}", self.server)).args(arguments);
        command.env("AWS_ACCESS_KEY_ID", &self.key_id).env("AWS_SECRET_ACCESS_KEY", &self.key);
        let printed =
            output(&mut command, b"").with_context(|| format!("{arguments:?} by another client"))?;
        String::from_utf8(printed).context("read what the client prints")
    }
}

/// Where `cargo xtask test` installs Azurite from npm, below the target folder.
const AZURITE: &str = "azurite/node_modules/.bin/azurite-blob";

fn azurite() -> Result<PathBuf> {
    let path = match std::env::var_os("COREDACT_AZURITE") {
        Some(given) => PathBuf::from(given),
        None => coredact::target_folder()?.join(AZURITE),
    };
    anyhow::ensure!(
        path.exists(),
        "find {}: `cargo xtask test` installs it (npm install azurite); or name it in COREDACT_AZURITE",
        path.display()
    );
    Ok(path)
}

/// The address that a server prints.
fn address(server: &mut Running) -> Result<String> {
    let line = server.wait_for("Running on http://")?;
    Ok(line.split("http://").nth(1).context("read the address of a server")?.trim().to_owned())
}

/// A program of the virtual environment that moto and drgn are in.
pub(crate) fn program(name: &str) -> Result<PathBuf> {
    let folder = match std::env::var_os("COREDACT_MOTO") {
        Some(given) => PathBuf::from(given),
        None => coredact::target_folder()?.join(INSTALLED),
    };
    let path = folder.join(name);
    if path.is_file() {
        return Ok(path);
    }
    anyhow::bail!(
        "find {}: `cargo xtask test` installs it (python3 -m venv, then pip install moto); or name its folder in COREDACT_MOTO",
        path.display()
    )
}
