//! Daemons with a key that other programs made.

use super::kind::{self, KeyKind};
use crate::check::Specimen;
use crate::dump::Taker;
use crate::folder::{Folder, hex};
use crate::process::{Running, free_port, need, output};
use crate::secret::Secret;
use crate::server;
use anyhow::{Context, Result, ensure};
use base64::prelude::{BASE64_STANDARD, Engine};
use std::process::Command;

/// Starts a daemon with a fresh key of a kind and has it use the key.
type Start = fn(&Folder, &KeyKind) -> Result<Specimen>;

/// A daemon as a library of one or more kinds.
#[derive(Clone, Copy, Debug)]
pub struct Daemon {
    /// Kinds of its key.
    pub kinds: &'static [&'static str],
    /// How it is started.
    pub start: Start,
}

/// GnuTLS' own server.
pub const GNUTLS_SERV: Daemon =
    Daemon { kinds: &["rsa-2048"], start: |folder, _| server::gnutls_serv(folder) };
/// Redis with TLS.
pub const REDIS: Daemon = Daemon { kinds: &["rsa-2048"], start: |folder, _| server::redis(folder) };
/// Dropbear with its host key.
pub const DROPBEAR: Daemon = Daemon { kinds: &["rsa-2048"], start: |folder, _| server::dropbear(folder) };
/// nginx without a master process.
pub const NGINX: Daemon = Daemon { kinds: &["rsa-2048", "p256"], start: nginx };
/// haproxy.
pub const HAPROXY: Daemon = Daemon { kinds: &["rsa-2048", "p256"], start: haproxy };
/// stunnel in the foreground.
pub const STUNNEL: Daemon = Daemon { kinds: &["rsa-2048", "p256"], start: stunnel };
/// ssh-agent, which signs once.
pub const SSH_AGENT: Daemon = Daemon { kinds: &["rsa-2048", "p256", "ed25519"], start: ssh_agent };
/// sshd that waits for connections.
pub const SSHD: Daemon = Daemon { kinds: &["rsa-2048", "p256", "ed25519"], start: sshd };

/// Makes `key.pem` and `key.crt`, and both in `both.pem`.
fn certified(folder: &Folder, kind: &KeyKind) -> Result<Secret> {
    let made: &[&str] = match kind.name {
        "rsa-2048" => &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
        _ => &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    };
    let pem = output(Command::new("openssl").arg("genpkey").args(made), b"")?;
    let path = folder.put("key.pem", &pem)?;
    let words = ["req", "-x509", "-new", "-sha256", "-days", "2", "-subj", "/CN=localhost", "-key"];
    let certificate = output(Command::new("openssl").args(words).arg(&path), b"")?;
    folder.put("key.crt", &certificate)?;
    folder.put("both.pem", [certificate, pem].concat())?;
    let der = output(
        Command::new("openssl").args(["pkcs8", "-topk8", "-nocrypt", "-outform", "DER", "-in"]).arg(path),
        b"",
    )?;
    kind.secret(format!("pkcs8 {}\n", hex(&der)).as_bytes())
}

/// Connects with TLS until the certificate has been proven.
fn visit(folder: &Folder, port: u16) -> Result<Running> {
    let mut command = Command::new("openssl");
    command.args(["s_client", "-CAfile", "key.crt", "-connect", &format!("127.0.0.1:{port}")]);
    let mut client = Running::start(command.current_dir(folder.path()))?;
    client.wait_for("Verify return code: 0 (ok)")?;
    Ok(client)
}

/// Waits until somebody listens.
fn await_port(port: u16) -> Result<()> {
    // A connection that is refused is tried again: no daemon says that it listens.
    for _ in 0..100_000 {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Ok(());
        }
        std::thread::yield_now();
    }
    anyhow::bail!("connect to port {port}")
}

fn serve(folder: &Folder, mut command: Command, port: u16, secret: Secret) -> Result<Specimen> {
    let process = Running::start(command.current_dir(folder.path()))?;
    await_port(port)?;
    let client = visit(folder, port)?;
    Ok(Specimen { process, clients: vec![client], secrets: vec![secret], taker: Taker::Gcore })
}

fn nginx(folder: &Folder, kind: &KeyKind) -> Result<Specimen> {
    let (secret, port) = (certified(folder, kind)?, free_port()?);
    let here = folder.path().display();
    let settings = format!(
        "daemon off;\nmaster_process off;\npid {here}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\n\
         access_log off;\nclient_body_temp_path {here};\nproxy_temp_path {here};\nfastcgi_temp_path {here};\n\
         uwsgi_temp_path {here};\nscgi_temp_path {here};\nserver {{\nlisten 127.0.0.1:{port} ssl;\n\
         ssl_certificate key.crt;\nssl_certificate_key key.pem;\n}}\n}}\n"
    );
    let path = folder.put("nginx.conf", settings)?;
    let mut command = Command::new(need("nginx", "nginx")?);
    command.arg("-p").arg(folder.path()).arg("-c").arg(path);
    serve(folder, command, port, secret)
}

fn haproxy(folder: &Folder, kind: &KeyKind) -> Result<Specimen> {
    let (secret, port) = (certified(folder, kind)?, free_port()?);
    let settings = format!(
        "defaults\nmode http\ntimeout client 1m\ntimeout connect 1m\ntimeout server 1m\nfrontend tls\n\
         bind 127.0.0.1:{port} ssl crt both.pem\nhttp-request return status 200\n"
    );
    folder.put("haproxy.cfg", settings)?;
    let mut command = Command::new(need("haproxy", "haproxy")?);
    command.args(["-db", "-f", "haproxy.cfg"]);
    serve(folder, command, port, secret)
}

fn stunnel(folder: &Folder, kind: &KeyKind) -> Result<Specimen> {
    let (secret, port) = (certified(folder, kind)?, free_port()?);
    let settings = format!(
        "foreground = yes\npid =\n[key]\naccept = 127.0.0.1:{port}\ncert = key.crt\nkey = key.pem\nexec = /bin/cat\n"
    );
    folder.put("stunnel.conf", settings)?;
    let mut command = Command::new(need("stunnel4", "stunnel4")?);
    command.arg("stunnel.conf");
    serve(folder, command, port, secret)
}

/// Makes `host` and `host.pub` with ssh-keygen.
fn ssh_key(folder: &Folder, kind: &KeyKind) -> Result<Secret> {
    let made: &[&str] = match kind.name {
        "rsa-2048" => &["-t", "rsa", "-b", "2048", "-m", "PKCS8"],
        "p256" => &["-t", "ecdsa", "-b", "256", "-m", "PKCS8"],
        _ => &["-t", "ed25519"],
    };
    let mut command = Command::new(need("ssh-keygen", "openssh-client")?);
    output(command.args(["-q", "-N", "", "-f", "host"]).args(made).current_dir(folder.path()), b"")?;
    let text = String::from_utf8(folder.get("host")?).context("read the key of ssh-keygen")?;
    let body: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    let bytes = BASE64_STANDARD.decode(body).context("read the key of ssh-keygen")?;
    if kind.name != "ed25519" {
        return kind.secret(format!("pkcs8 {}\n", hex(&bytes)).as_bytes());
    }
    // The private part ends with a string of 64 bytes: seed and public key (PROTOCOL.key of OpenSSH).
    let at = bytes.windows(4).rposition(|word| word == [0, 0, 0, 64]).context("find the seed")?;
    let seed = bytes.get(at + 4..at + 36).context("find the seed")?;
    kind.secret(format!("seed {}\n", hex(seed)).as_bytes())
}

fn ssh_agent(folder: &Folder, kind: &KeyKind) -> Result<Specimen> {
    let secret = ssh_key(folder, kind)?;
    let socket = folder.at("socket");
    let mut command = Command::new(need("ssh-agent", "openssh-client")?);
    let mut process = Running::start(command.arg("-D").arg("-a").arg(&socket).current_dir(folder.path()))?;
    process.wait_for("SSH_AUTH_SOCK")?;
    let with_agent = |program: &str, words: &[&str]| -> Result<Vec<u8>> {
        let mut command = Command::new(need(program, "openssh-client")?);
        output(command.args(words).env("SSH_AUTH_SOCK", &socket).current_dir(folder.path()), b"a message")
    };
    with_agent("ssh-add", &["-q", "host"])?;
    folder.remove("host")?;
    let signature = with_agent("ssh-keygen", &["-q", "-Y", "sign", "-n", "file", "-f", "host.pub"])?;
    ensure!(signature.starts_with(b"-----BEGIN SSH SIGNATURE"), "the agent did not sign");
    Ok(Specimen { process, clients: Vec::new(), secrets: vec![secret], taker: Taker::Gcore })
}

fn sshd(folder: &Folder, kind: &KeyKind) -> Result<Specimen> {
    let (secret, port) = (ssh_key(folder, kind)?, free_port()?);
    let public = String::from_utf8(folder.get("host.pub")?).context("read the public key")?;
    folder.put("known", format!("[127.0.0.1]:{port} {public}"))?;
    let settings = format!(
        "HostKey {}\nPort {port}\nListenAddress 127.0.0.1\nPidFile none\n",
        folder.at("host").display()
    );
    let path = folder.put("sshd.conf", settings)?;
    let mut command = Command::new(need("sshd", "openssh-server")?);
    let mut process = Running::start(command.args(["-D", "-e", "-f"]).arg(path).current_dir(folder.path()))?;
    process.wait_for("Server listening")?;
    let mut client = Command::new(need("ssh", "openssh-client")?);
    client.args([
        "-F",
        "none",
        "-p",
        &port.to_string(),
        "-o",
        "BatchMode=yes",
        "-o",
        "StrictHostKeyChecking=yes",
    ]);
    client.args([
        "-o",
        "UserKnownHostsFile=known",
        "-o",
        "GlobalKnownHostsFile=none",
        "trial@127.0.0.1",
        "true",
    ]);
    let answer = client.current_dir(folder.path()).output().context("start ssh")?;
    let said = String::from_utf8_lossy(&answer.stderr);
    ensure!(said.contains("Permission denied"), "sshd did not prove its host key: {said}");
    Ok(Specimen { process, clients: Vec::new(), secrets: vec![secret], taker: Taker::Gcore })
}

impl Daemon {
    /// Starts it.
    ///
    /// # Errors
    /// If it cannot be started or does not use its key.
    pub fn start(&self, folder: &Folder, kind: &str) -> Result<Specimen> {
        (self.start)(folder, kind::named(kind)?)
    }
}
