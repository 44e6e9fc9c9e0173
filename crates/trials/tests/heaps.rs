//! Heap dumps of a real Java virtual machine: after a scrub no key is left in them, and a reader that knows nothing of
//! coredact sees the same classes, instances and references.

use anyhow::{Context, Result, ensure};
use coredact_trials::dump::Taker;
use coredact_trials::folder::Folder;
use coredact_trials::holder::{Cipher, Holder};
use coredact_trials::keys::RsaKey;
use coredact_trials::process::{Running, need, output};
use coredact_trials::secret::{Kind, Secret};
use coredact_trials::{coredact, heap, judge, random, say};
use num_bigint::{BigInt, Sign};
use sha2::{Digest as _, Sha256};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

const PACKAGE: &str = "default-jdk-headless";

/// The program, with arguments of the virtual machine before its name and its own behind it.
const fn java(run: &'static [&'static str]) -> Holder {
    Holder {
        source: Some(("Heap.java", include_str!("../programs/Heap.java"))),
        compiler: None,
        run,
        cipher: Cipher::Schedule,
        package: PACKAGE,
        taker: Taker::Gcore,
    }
}

const WAITS: Holder = java(&["java", "-Xmx48m", "-XX:+UseSerialGC", "Heap.java"]);
const COMPRESSED_REFERENCES_OFF: Holder = java(&["java", "-Xmx64m", "-XX:-UseCompressedOops", "Heap.java"]);
const EXHAUSTS: Holder = java(&[
    "java",
    "-Xmx32m",
    "-XX:+UseSerialGC",
    "-XX:+HeapDumpOnOutOfMemoryError",
    "-XX:HeapDumpPath=heap.hprof",
    "Heap.java",
    "--exhaust",
]);

/// Starts the program, has it dump its heap, and tries every policy on that.
fn check(holder: &Holder, dump: impl FnOnce(&Folder, &str) -> Result<PathBuf>) -> Result<()> {
    let folder = Folder::new()?;
    let mut specimen = holder.start(&folder)?;
    let path = dump(&folder, &specimen.process.id().to_string())?;
    if !path.exists() {
        // It ends when its heap is full, and dumps it before.
        specimen.process.wait()?;
    }
    let mut secrets = specimen.secrets;
    secrets.push(Secret::bytes("EC key", Kind::Curve, &folder.get("ec.key")?));
    secrets.push(Secret::bytes("HMAC key", Kind::Bare, &folder.get("hmac.key")?));
    // Used by nothing: the object that holds it says what it is, which is as good as a proof.
    secrets.push(Secret::bytes("held key", Kind::Aes, &folder.get("held.key")?));
    drop(specimen.process);
    let original = plain(&path)?;
    let scalar = folder.get("ec.key")?;
    // Options of the command line are in no heap of which only live objects are dumped.
    let (present, fragments) = judge::judge(&original, &secrets);
    secrets.retain(|secret| present.iter().any(|found| found.secret == secret.name));
    for name in ["RSA key", "AES key", "EC key", "HMAC key", "held key"] {
        ensure!(secrets.iter().any(|secret| secret.name == name), "{name} is not in the dump");
    }
    ensure!(secrets.iter().any(|secret| secret.kind == Kind::Text), "no text is in the dump");
    let arrays = arrays_of(&original, &scalar, &P256);
    say(&format!(
        "{} bytes, {} secrets in {fragments} fragments, {arrays} arrays",
        original.len(),
        secrets.len()
    ));
    for (policy, all) in [("strict", true), ("proven", false), ("skeleton", true)] {
        scrub(&folder, &path, policy)?;
        let clean = plain(&folder.at(&format!("{policy}.{}", name_of(&path))))?;
        let (left, _) = judge::judge(&clean, &secrets);
        let left: Vec<_> = left.iter().filter(|left| all || left.is_proven).collect();
        ensure!(left.is_empty(), "{policy}: {left:?}");
        ensure!(arrays_of(&clean, &scalar, &P256) == 0, "{policy}: the scalar is left in signed digits");
        ensure!(clean.len() == original.len(), "{policy}: the length changed");
        ensure!(heap::read(&clean)? == heap::read(&original)?, "{policy}: another reader sees another heap");
        let changed = clean.iter().zip(&original).filter(|(one, other)| one != other).count();
        say(&format!("{policy}: {changed} bytes changed"));
    }
    Ok(())
}

/// How many `long[]` of a heap dump hold a scalar as the JDK computes with it: signed digits that make it up modulo the
/// order of its group.
fn arrays_of(bytes: &[u8], scalar: &[u8], group: &Group) -> usize {
    let order = group.order();
    let scalar = BigInt::from_bytes_be(Sign::Plus, scalar);
    let value = |words: &[u8]| {
        let words = words.as_chunks::<8>().0.iter().rev();
        words.fold(BigInt::ZERO, |sum, word| (sum << group.bits) + i64::from_be_bytes(*word))
    };
    // Their number, and type 11, which is `long`.
    let arrays = bytes.windows(5 + 8 * usize::from(group.digits));
    let arrays = arrays.filter(|window| window.starts_with(&[0, 0, 0, group.digits, 11]));
    arrays.filter(|array| (value(&array[5..]) - &scalar) % &order == BigInt::ZERO).count()
}

/// The number of a signature, with which it gives the key away, and its inverse, with which it was made: from the key, the
/// signature in DER, and what was signed, which is 64 zeros under SHA-256 (FIPS 186-5, section 6.4.1).
fn number_of(signature: &[u8], scalar: &[u8], group: &Group) -> Result<(Vec<u8>, Vec<u8>)> {
    let (order, scalar) = (group.order(), BigInt::from_bytes_be(Sign::Plus, scalar));
    // A sequence of at most 139 bytes, and two numbers of less than 128.
    let mut rest =
        signature.get(if signature.get(1) == Some(&0x81) { 3 } else { 2 }..).context("read a sequence")?;
    let mut number = || -> Result<BigInt> {
        let [2, length, after @ ..] = rest else { anyhow::bail!("no number in the signature") };
        let (bytes, behind) = after.split_at_checked(usize::from(*length)).context("a number is cut off")?;
        rest = behind;
        Ok(BigInt::from_bytes_be(Sign::Plus, bytes))
    };
    let (first, second) = (number()?, number()?);
    let digest = BigInt::from_bytes_be(Sign::Plus, &Sha256::digest([0; 64]));
    let inverse = |number: &BigInt| number.modinv(&order).context("there is no inverse");
    let number = (digest + first * scalar) * inverse(&second)? % &order;
    let bytes = |number: &BigInt| number.to_bytes_be().1;
    Ok((bytes(&number), bytes(&inverse(&number)?)))
}

/// A group whose scalars the JDK computes with in digits.
struct Group {
    name: &'static str,
    /// Of a digit.
    bits: u32,
    digits: u8,
    /// The order is two to this power,
    power: u32,
    /// and this number, in hexadecimal (SP 800-186, sections 3.2.1.3 to 3.2.1.5; RFC 8032, sections 5.1 and 5.2).
    more: &'static str,
}

impl Group {
    fn is_ecdsa(&self) -> bool {
        self.name.starts_with("secp")
    }

    fn order(&self) -> BigInt {
        let more = BigInt::parse_bytes(self.more.as_bytes(), 16).unwrap_or_default();
        (BigInt::from(1) << self.power) + more
    }
}

const P256: Group = Group {
    name: "secp256r1",
    bits: 26,
    digits: 10,
    power: 256,
    more: "-ffffffff00000000000000004319055258e8617b0c46353d039cdaaf",
};

const GROUPS: [Group; 5] = [
    P256,
    Group {
        name: "secp384r1",
        bits: 28,
        digits: 14,
        power: 384,
        more: "-389cb27e0bc8d220a7e5f24db74f58851313e695333ad68d",
    },
    Group {
        name: "secp521r1",
        bits: 28,
        digits: 19,
        power: 521,
        more: "-5ae79787c40d069948033feb708f65a2fc44a36477663b851449048e16ec79bf7",
    },
    Group { name: "Ed25519", bits: 26, digits: 10, power: 252, more: "14def9dea2f79cd65812631a5cf5d3ed" },
    Group {
        name: "Ed448",
        bits: 28,
        digits: 16,
        power: 446,
        more: "-8335dc163bb124b65129c96fde933d8d723a70aadc873d6d54a7bb0d",
    },
];

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The bytes of a dump, decompressed.
fn plain(path: &Path) -> Result<Vec<u8>> {
    let bytes = std::fs::read(path).with_context(|| format!("read {}", path.display()))?;
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let mut out = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut out)?;
    Ok(out)
}

fn scrub(folder: &Folder, path: &Path, policy: &str) -> Result<()> {
    let clean = folder.at(&format!("{policy}.{}", name_of(path)));
    let done = coredact::run(&[
        Path::new("scrub"),
        path,
        Path::new("-o"),
        &clean,
        Path::new("--policy"),
        Path::new(policy),
    ])?;
    ensure!(done.code == 0, "{policy}: scrub ended with {}:\n{}{}", done.code, done.out, done.said);
    Ok(())
}

fn jcmd(folder: &Folder, id: &str, options: &[&str], name: &str) -> Result<PathBuf> {
    let path = folder.at(name);
    let mut command = Command::new(need("jcmd", PACKAGE)?);
    output(command.args([id, "GC.heap_dump"]).args(options).arg(&path), b"")?;
    Ok(path)
}

/// A heap dump as Android's ART writes it, from the documented tags: identifiers of four bytes, an object before its class,
/// roots and heaps of Android, arrays whose elements were left out.
fn android(secrets: &[Secret]) -> Vec<u8> {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes();
    let mut heap = vec![0xfe, 0, 0, 0, 1, 0, 0, 0, 1, 0x89, 0, 0, 0, 9, 0x8e, 0, 0, 0, 9];
    heap.extend([0; 8]);
    // An instance of class 7: a reference and a long.
    heap.extend([0x21, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 12, 0, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8]);
    heap.extend([0x20, 0, 0, 0, 7]);
    heap.extend([0; 32]);
    heap.extend([0, 0, 0, 0, 0, 2, 0, 0, 0, 1, 2, 0, 0, 0, 1, 11]);
    for (place, component) in secrets.iter().flat_map(|secret| &secret.components).enumerate() {
        let words = component.bytes.len().div_ceil(4);
        heap.extend([0x23]);
        heap.extend(number(100 + place));
        heap.extend([0; 4]);
        if component.is_text {
            heap.extend(number(component.bytes.len()));
            heap.push(5);
            heap.extend(component.bytes.iter().flat_map(|byte| [0, *byte]));
        } else {
            heap.extend(number(words));
            heap.push(10);
            heap.extend(vec![0; words * 4 - component.bytes.len()]);
            heap.extend(&component.bytes);
        }
    }
    heap.extend([0xc3, 0, 0, 0, 50, 0, 0, 0, 0, 0, 0, 0, 99, 8]);
    let mut out = b"JAVA PROFILE 1.0.3\0\0\0\0\x04\0\0\0\0\0\0\0\0".to_vec();
    let name = b"\0\0\0\x01com.example.Vault";
    let class = [0, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 1];
    for (tag, body) in [(1, &name[..]), (2, &class), (0x1c, &heap), (0x2c, &[])] {
        out.extend([tag, 0, 0, 0, 0]);
        out.extend(number(body.len()));
        out.extend(body);
    }
    out
}

#[test]
fn dump_of_android_keeps_nothing() -> Result<()> {
    let folder = Folder::new()?;
    let key = RsaKey::fresh(&folder, "key", 2048)?;
    let password = random::text(24, b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789")?;
    // By itself it looks random nearly always; beside its name it is a password.
    let setting = Secret::text("setting", &format!("DATABASE_PASSWORD: {password}"));
    let original = android(&[key.secret("RSA key"), setting]);
    let secrets = [key.secret("RSA key"), Secret::text("password", &password)];
    let path = folder.put("android.hprof", &original)?;
    ensure!(judge::judge(&original, &secrets).0.len() > 2, "the keys are not in the dump");
    for policy in ["strict", "skeleton"] {
        scrub(&folder, &path, policy)?;
        let clean = folder.get(&format!("{policy}.android.hprof"))?;
        let (left, _) = judge::judge(&clean, &secrets);
        ensure!(left.is_empty(), "{policy}: {left:?}");
        ensure!(heap::read(&clean)? == heap::read(&original)?, "{policy}: another reader sees another heap");
    }
    Ok(())
}

#[test]
fn dump_that_is_cut_off_is_released_on_demand_alone() -> Result<()> {
    let folder = Folder::new()?;
    let secrets = [Secret::bytes("key", Kind::Bare, &random::bytes(32)?)];
    let whole = android(&secrets);
    let path = folder.put("cut.hprof", &whole[..whole.len() - 12])?;
    let clean = folder.at("clean.hprof");
    let arguments = [Path::new("scrub"), &path, Path::new("-o"), &clean];
    ensure!(coredact::run(&arguments)?.code != 0 && !clean.exists(), "released as if it were whole");
    let done = coredact::run(&[&arguments[..], &[Path::new("--allow-truncated")]].concat())?;
    ensure!(clean.exists(), "{}{}", done.out, done.said);
    let (left, _) = judge::judge(&std::fs::read(&clean)?, &secrets);
    ensure!(left.is_empty(), "{left:?}");
    Ok(())
}

#[test]
fn all_objects_keep_nothing() -> Result<()> {
    check(&WAITS, |folder, id| jcmd(folder, id, &["-all"], "all.hprof"))
}

#[test]
fn live_objects_of_a_heap_with_wide_references_keep_nothing() -> Result<()> {
    check(&COMPRESSED_REFERENCES_OFF, |folder, id| {
        let path = folder.at("live.hprof");
        let option = format!("-dump:live,format=b,file={}", path.display());
        output(Command::new(need("jmap", PACKAGE)?).args([&option, id]), b"")?;
        Ok(path)
    })
}

#[test]
fn compressed_dump_keeps_nothing() -> Result<()> {
    check(&WAITS, |folder, id| jcmd(folder, id, &["-all", "-gz=1"], "all.hprof.gz"))
}

#[test]
fn dump_of_a_heap_that_was_full_keeps_nothing() -> Result<()> {
    check(&EXHAUSTS, |folder, _| Ok(folder.at("heap.hprof")))
}

#[test]
fn scalars_of_every_group_are_gone_from_arrays_of_digits() -> Result<()> {
    let folder = Folder::new()?;
    // It signs with a key of every group and writes its keys down in hexadecimal, as Java programs do.
    let source = folder.put("Curves.java", include_str!("../programs/Curves.java"))?;
    let mut command = Command::new(need("java", PACKAGE)?);
    command.args(["-Xmx64m", "-XX:+UseSerialGC"]).arg(source).current_dir(folder.path());
    let mut process = Running::start(&command)?;
    process.wait_for("READY")?;
    let path = jcmd(&folder, &process.id().to_string(), &["-all"], "all.hprof")?;
    drop(process);
    let original = plain(&path)?;
    let mut before = 0;
    for policy in ["proven", "strict"] {
        scrub(&folder, &path, policy)?;
        let clean = plain(&folder.at(&format!("{policy}.all.hprof")))?;
        for group in &GROUPS {
            let scalar = folder.get(&format!("{}.key", group.name))?;
            let mut values = vec![scalar.clone()];
            if group.is_ecdsa() {
                let (number, inverse) =
                    number_of(&folder.get(&format!("{}.signature", group.name))?, &scalar, group)?;
                ensure!(arrays_of(&original, &inverse, group) > 0, "no inverse of {} was there", group.name);
                values.extend([number, inverse]);
            }
            for (which, value) in values.iter().enumerate() {
                before += arrays_of(&original, value, group);
                let left = arrays_of(&clean, value, group);
                ensure!(left == 0, "{policy}: a scalar of {} is left: {which}", group.name);
            }
        }
        ensure!(heap::read(&clean)? == heap::read(&original)?, "{policy}: another reader sees another heap");
    }
    // What the collector left of each, twice; that some were there makes the rest worth saying.
    ensure!(before >= 2 * GROUPS.len(), "{before} arrays were there");
    Ok(())
}
