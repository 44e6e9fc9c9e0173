//! Real servers with fresh keys, each with a client connected.

use crate::check::Specimen;
use crate::dump::Taker;
use crate::folder::Folder;
use crate::keys::{RsaKey, session_secrets};
use crate::process::{Running, free_port, need, output};
use crate::random::{self, LETTERS};
use crate::secret::{Kind, Secret};
use anyhow::{Context, Result, ensure};
use std::process::Command;

/// GnuTLS with nettle and GMP.
///
/// # Errors
/// If it cannot be started or does not use its key.
pub fn gnutls_serv(folder: &Folder) -> Result<Specimen> {
    let key = RsaKey::fresh(folder, "key", 2048)?;
    let port = free_port()?.to_string();
    let mut command = Command::new(need("gnutls-serv", "gnutls-bin")?);
    command.args(["--echo", "--x509keyfile", "key.pem", "--x509certfile", "key.crt", "--port", &port]);
    let mut process = Running::start(command.current_dir(folder.path()))?;
    process.wait_for("listening on IPv4")?;
    let (client, mut secrets) = connect(folder, &port, "hello from the trial\n", "hello from the trial")?;
    secrets.push(key.secret("RSA key"));
    Ok(Specimen { process, clients: vec![client], secrets, taker: Taker::Gcore })
}

/// Both ends of a connection of rustls whose secrets come from X25519MLKEM768: `holder` is the program.
///
/// # Errors
/// If it cannot be started or does not connect.
pub fn hybrid(folder: &Folder, holder: &str) -> Result<Specimen> {
    let key = RsaKey::fresh(folder, "key", 2048)?;
    let mut command = Command::new(holder);
    let mut process = Running::start(command.current_dir(folder.path()).env("SSLKEYLOGFILE", "keylog"))?;
    process.wait_for("READY")?;
    let log = String::from_utf8(folder.get("keylog")?).context("read the key log")?;
    let mut secrets = session_secrets(&log, "TLS_AES_256_GCM_SHA384")?;
    secrets.push(key.secret("RSA key"));
    Ok(Specimen { process, clients: Vec::new(), secrets, taker: Taker::Gcore })
}

/// stunnel with OpenSSL, threads, and a second service with a pre-shared key.
///
/// # Errors
/// If it cannot be started or does not use its key.
pub fn stunnel(folder: &Folder) -> Result<Specimen> {
    let key = RsaKey::fresh(folder, "key", 3072)?;
    let shared = random::bytes(32)?;
    let hex = crate::folder::hex(&shared);
    folder.put("psk", format!("trial:{hex}\n"))?;
    let settings = "foreground = yes\npid =\ndebug = 6\n\
        [key]\naccept = 127.0.0.1:0\ncert = key.crt\nkey = key.pem\nexec = /bin/cat\n\
        [psk]\naccept = 127.0.0.1:0\nciphers = PSK\nsslVersion = TLSv1.2\nPSKsecrets = psk\nexec = /bin/cat\n";
    folder.put("stunnel.conf", settings)?;
    let mut command = Command::new(need("stunnel4", "stunnel4")?);
    let mut process = Running::start(command.arg("stunnel.conf").current_dir(folder.path()))?;
    let mut port_of = |service: &str| -> Result<String> {
        let line = process.wait_for(&format!("Service [{service}] (FD="))?;
        line.rsplit(':').next().map(str::to_owned).context("read stunnel's port")
    };
    let (port, psk_port) = (port_of("key")?, port_of("psk")?);
    let (client, mut secrets) = connect(folder, &port, "hello from the trial\n", "hello from the trial")?;
    let mut second = Command::new("openssl");
    second.args(["s_client", "-tls1_2", "-psk_identity", "trial", "-psk", &hex, "-connect"]);
    let mut second = Running::start(second.arg(format!("127.0.0.1:{psk_port}")))?;
    second.say(b"hello with a shared key\n")?;
    second.wait_for("hello with a shared key")?;
    secrets.extend([key.secret("RSA key"), Secret::bytes("pre-shared key", Kind::Bare, &shared)]);
    Ok(Specimen { process, clients: vec![client, second], secrets, taker: Taker::Kernel })
}

/// Redis with TLS and a password.
///
/// # Errors
/// If it cannot be started or does not use its key.
pub fn redis(folder: &Folder) -> Result<Specimen> {
    let key = RsaKey::fresh(folder, "key", 2048)?;
    let port = free_port()?.to_string();
    let password = random::text(32, LETTERS)?;
    let settings = format!(
        "port 0\ntls-port {port}\nbind 127.0.0.1\ntls-cert-file key.crt\ntls-key-file key.pem\n\
         tls-ca-cert-file key.crt\ntls-auth-clients no\nsave \"\"\nrequirepass {password}\n"
    );
    folder.put("redis.conf", settings)?;
    let mut command = Command::new(need("redis-server", "redis-server")?);
    let mut process = Running::start(command.arg("redis.conf").current_dir(folder.path()))?;
    process.wait_for("eady to accept connections")?;
    let (client, mut secrets) = connect(folder, &port, &format!("AUTH {password}\r\n"), "+OK")?;
    let mut bare = Secret::text("password", &password);
    bare.kind = Kind::Bare;
    secrets.extend([key.secret("RSA key"), bare]);
    Ok(Specimen { process, clients: vec![client], secrets, taker: Taker::Kernel })
}

/// Dropbear with libtomcrypt and libtommath.
///
/// # Errors
/// If it cannot be started or does not use its key.
pub fn dropbear(folder: &Folder) -> Result<Specimen> {
    let key = RsaKey::fresh(folder, "key", 2048)?;
    let convert = need("dropbearconvert", "dropbear-bin")?;
    output(
        Command::new(convert).args(["openssh", "dropbear", "key.pem", "host"]).current_dir(folder.path()),
        b"",
    )?;
    let listed = output(
        Command::new(need("dropbearkey", "dropbear-bin")?)
            .args(["-y", "-f", "host"])
            .current_dir(folder.path()),
        b"",
    )?;
    let listed = String::from_utf8(listed).context("read dropbearkey's text")?;
    let public = listed.lines().find(|line| line.starts_with("ssh-rsa ")).context("find the public key")?;
    let port = free_port()?.to_string();
    folder.put("known", format!("[127.0.0.1]:{port} {public}\n"))?;
    let mut command = Command::new(need("dropbear", "dropbear-bin")?);
    command.args(["-F", "-E", "-r", "host", "-P", "dropbear.pid", "-p", &format!("127.0.0.1:{port}")]);
    let mut process = Running::start(command.current_dir(folder.path()))?;
    process.wait_for("Not backgrounding")?;
    // Nobody may log in; that the client comes so far proves the host key's signature.
    let mut client = Command::new(need("ssh", "openssh-client")?);
    client.args(["-F", "none", "-p", &port, "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes"]);
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
    ensure!(said.contains("Permission denied"), "dropbear did not prove its host key: {said}");
    Ok(Specimen { process, clients: Vec::new(), secrets: vec![key.secret("RSA key")], taker: Taker::Gcore })
}

/// Connects with TLS 1.3, checks the certificate `key.crt`, says `text` and
/// waits for `answer`. The connection stays open; its secrets come from the
/// client's key log.
fn connect(folder: &Folder, port: &str, text: &str, answer: &str) -> Result<(Running, Vec<Secret>)> {
    let mut command = Command::new("openssl");
    command.args(["s_client", "-tls1_3", "-CAfile", "key.crt", "-verify", "1", "-verify_return_error"]);
    command.args(["-keylogfile", "keylog", "-connect", &format!("127.0.0.1:{port}")]);
    let mut client = Running::start(command.current_dir(folder.path()))?;
    let suite = client.wait_for("Cipher is ")?;
    client.wait_for("Verify return code: 0 (ok)")?;
    client.say(text.as_bytes())?;
    client.wait_for(answer)?;
    let log = String::from_utf8(folder.get("keylog")?).context("read the key log")?;
    Ok((client, session_secrets(&log, &suite)?))
}
