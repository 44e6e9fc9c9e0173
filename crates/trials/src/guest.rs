//! A machine that really runs: Debian's kernel in QEMU, with one program that holds keys.

use crate::folder::Folder;
use crate::keys::{AesKey, RsaKey};
use crate::process::{Running, need, output};
use crate::random;
use crate::secret::Secret;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Folder below the target folder into which `cargo xtask test` unpacks a kernel.
const INSTALLED: &str = "guest";

/// Memory of the machine, in MiB.
const MEMORY: &str = "192M";

/// Starts a guest in which a statically linked program holds an RSA and an AES key, and has QEMU dump its memory: the dump, and
/// what the program holds. `source` is the program's text, `include` the folder of what it includes.
///
/// # Errors
/// If there is no kernel, or anything does not run.
pub fn dump(folder: &Folder, source: &str, include: &str, format: &str) -> Result<(PathBuf, Vec<Secret>)> {
    let rsa = RsaKey::fresh(folder, "key", 2048)?;
    let aes = AesKey::fresh()?;
    for (name, bytes) in
        [("aes.key", aes.bytes()), ("message", &random::bytes(64)?), ("block", &random::bytes(16)?)]
    {
        folder.put(name, bytes)?;
    }
    folder.put(".env", "AUTHORIZATION=none\nSESSION_COOKIE=none\n")?;
    let kernel = kernel()?;
    let archive = archive(folder, source, include, &kernel)?;
    let mut command = Command::new(need("qemu-system-x86_64", "qemu-system-x86")?);
    command.args([
        "-display",
        "none",
        "-nodefaults",
        "-machine",
        "pc,accel=tcg",
        "-device",
        "vmcoreinfo",
        "-serial",
        "stdio",
        "-m",
        MEMORY,
    ]);
    command.args(["-append", "console=ttyS0 quiet", "-qmp", "unix:orders,server,nowait", "-kernel"]);
    command.arg(kernel).arg("-initrd").arg(archive).current_dir(folder.path());
    let mut guest = Running::start(&command)?;
    guest.wait_for("READY").context("boot Debian's kernel")?;
    let dump = folder.at("memory.dump");
    let order = json!({"paging": false, "protocol": format!("file:{}", dump.display()), "format": format});
    let mut orders = Orders::to(&folder.at("orders"))?;
    orders.give("qmp_capabilities", &json!({}))?;
    orders.give("stop", &json!({}))?;
    orders.give("dump-guest-memory", &order)?;
    Ok((dump, vec![rsa.secret("RSA key"), aes.secret("AES key")]))
}

/// Compressed, the file system that the guest starts with.
fn archive(folder: &Folder, source: &str, include: &str, kernel: &Path) -> Result<PathBuf> {
    let root = folder.at("root");
    let build = |text: PathBuf, program: &Path| -> Result<()> {
        let mut gcc = Command::new(need("gcc", "gcc")?);
        gcc.args(["-O1", "-w", "-static", "-I", include, "-o"]).arg(program).arg(text).arg("-lcrypto");
        output(&mut gcc, b"").context("build for the guest: it needs the package libssl-dev")?;
        Ok(())
    };
    let trial = root.join("trial");
    std::fs::create_dir_all(&trial).context("make the guest's folders")?;
    std::fs::create_dir_all(root.join("dev")).context("make the guest's folders")?;
    build(folder.put("guest.c", include_str!("../programs/guest.c"))?, &root.join("init"))?;
    build(folder.put("program.c", source)?, &trial.join("program"))?;
    let module = kernel.parent().and_then(Path::parent).map(|folder| folder.join("lib/modules"));
    let module = find(&module.context("find the kernel's modules")?, "qemu_fw_cfg.ko")?;
    std::fs::copy(module, root.join("qemu_fw_cfg.ko")).context("copy a module of the kernel")?;
    for name in ["key.pem", "key.der", "aes.key", "message", "block", ".env"] {
        std::fs::copy(folder.at(name), trial.join(name)).with_context(|| format!("copy {name}"))?;
    }
    let names = "init\nqemu_fw_cfg.ko\ndev\ntrial\ntrial/program\ntrial/key.pem\ntrial/key.der\ntrial/aes.key\ntrial/message\ntrial/block\ntrial/.env\n";
    let mut cpio = Command::new(need("cpio", "cpio")?);
    let packed = output(cpio.args(["-o", "-H", "newc", "--quiet"]).current_dir(&root), names.as_bytes())?;
    folder.put("initrd", packed)
}

/// The kernel that was unpacked for the trials.
fn kernel() -> Result<PathBuf> {
    let folder = match std::env::var_os("COREDACT_GUEST") {
        Some(folder) => PathBuf::from(folder),
        None => crate::coredact::target_folder()?.join(INSTALLED),
    };
    let entries = std::fs::read_dir(folder.join("boot")).with_context(|| {
        format!(
            "find a kernel in {}: `cargo xtask test` unpacks one (linux-image-cloud-amd64); or name its folder in COREDACT_GUEST",
            folder.display()
        )
    })?;
    let mut kernels = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let is_kernel =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"vmlinuz"));
    kernels.find(is_kernel).context("find a kernel among what was unpacked")
}

/// The file of a name somewhere below a folder.
fn find(folder: &Path, name: &str) -> Result<PathBuf> {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).with_context(|| format!("read {}", folder.display()))? {
            let path = entry.context("read a folder of modules")?.path();
            match path.file_name().is_some_and(|file| file == name) {
                true => return Ok(path),
                false if path.is_dir() && !path.is_symlink() => folders.push(path),
                false => {}
            }
        }
    }
    anyhow::bail!("find {name} below {}", folder.display())
}

/// What drgn says of a dump of Linux: where it runs, how its kernel is called by the memory at the address that VMCOREINFO
/// names, and the digest of that and of a megabyte by its physical address.
///
/// # Errors
/// If drgn does not open it.
pub fn by_drgn(dump: &Path) -> Result<String> {
    const SCRIPT: &str = r"
import sys, re, hashlib, drgn
core = open(sys.argv[1], 'rb').read()
at = int(re.search(rb'SYMBOL\(init_uts_ns\)=([0-9a-f]+)', core).group(1), 16)
dump = drgn.Program()
dump.set_core_dump(sys.argv[1])
names = dump.read(at, 400)
print(dump.platform, names[names.index(b'Linux'):].split(bytes(1))[0])
print(hashlib.sha256(names).hexdigest(), hashlib.sha256(dump.read(0x1000000, 1 << 20, True)).hexdigest())
";
    let mut python = Command::new(crate::bucket::program("python3")?);
    let said = output(python.args(["-c", SCRIPT]).arg(dump), b"").context("read with drgn")?;
    String::from_utf8(said).context("read what drgn says")
}

/// QEMU's monitor.
struct Orders {
    to: UnixStream,
    from: BufReader<UnixStream>,
}

impl Orders {
    fn to(socket: &Path) -> Result<Self> {
        let to = UnixStream::connect(socket).context("reach QEMU's monitor")?;
        let from = BufReader::new(to.try_clone().context("reach QEMU's monitor")?);
        Ok(Self { to, from })
    }

    /// Gives an order and waits until it is done; events in between say nothing.
    fn give(&mut self, order: &str, arguments: &Value) -> Result<()> {
        writeln!(self.to, "{}", json!({"execute": order, "arguments": arguments})).context("tell QEMU")?;
        loop {
            let mut line = String::new();
            ensure!(self.from.read_line(&mut line).context("hear QEMU")? > 0, "QEMU ended at {order}");
            let answer: Value = serde_json::from_str(&line).context("understand QEMU")?;
            ensure!(answer.get("error").is_none(), "QEMU says to {order}: {answer}");
            if answer.get("return").is_some() {
                return Ok(());
            }
        }
    }
}
