//! Objects whose class says that the array they refer to is a key or a password.

use super::heap::Heap;
use crate::annotation::Annotations;
use crate::error::Error;
use crate::image::{Content, Weave};
use crate::stream::Stream;
use std::collections::BTreeMap;
use std::ops::Range;

/// Classes of keys, by their names: of the JDK, of its providers, of Bouncy Castle and Conscrypt.
const KEYS: [&str; 15] = [
    "javax/crypto/spec/SecretKeySpec",
    "com/sun/crypto/provider/DESKey",
    "com/sun/crypto/provider/DESedeKey",
    "com/sun/crypto/provider/PBEKey",
    "com/sun/crypto/provider/PBKDF2KeyImpl",
    "com/sun/crypto/provider/TlsMasterSecretGenerator$TlsMasterSecretKey",
    "sun/security/ec/ECPrivateKeyImpl",
    "sun/security/ec/XDHPrivateKeyImpl",
    "sun/security/ec/ed/EdDSAPrivateKeyImpl",
    "org/bouncycastle/crypto/params/KeyParameter",
    "org/bouncycastle/crypto/params/Ed25519PrivateKeyParameters",
    "org/bouncycastle/crypto/params/X25519PrivateKeyParameters",
    "com/android/org/bouncycastle/crypto/params/KeyParameter",
    "com/android/org/conscrypt/OpenSSLX25519PrivateKey",
    "org/conscrypt/OpenSSLX25519PrivateKey",
];

/// Classes of passwords.
const PASSWORDS: [&str; 4] = [
    "javax/crypto/spec/PBEKeySpec",
    "java/net/PasswordAuthentication",
    "java/security/KeyStore$PasswordProtection",
    "javax/security/auth/callback/PasswordCallback",
];

/// Longest name of them, in bytes.
const NAME_BYTES_MAX: u64 = 80;

/// Elements of an array that may be a key or a password: of 64 bits to that of a key block.
const KEY_BYTES: std::ops::RangeInclusive<u64> = 8..=512;
const PASSWORD_CHARS: std::ops::RangeInclusive<u64> = 4..=512;

/// Fields of one such object, in bytes.
const FIELDS_BYTES_MAX: u64 = 512;

/// What the class of an object says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Holder {
    what: &'static str,
    name: &'static str,
}

/// Objects that hold keys, as they are met.
#[derive(Debug, Default)]
pub(super) struct Holders {
    names: BTreeMap<u64, Holder>,
    classes: BTreeMap<u64, Holder>,
    /// Where the fields of an object lie, and the number of its class.
    objects: Vec<(Holder, usize, Range<u64>)>,
    /// Objects that there was no room for.
    dropped: u64,
}

impl Holders {
    /// Looks at a string that the stream stands at.
    pub(super) fn text(&mut self, id: u64, stream: &mut Stream<'_>, bytes: u64) -> Result<(), Error> {
        if bytes > NAME_BYTES_MAX {
            return Ok(());
        }
        let Some(text) = stream.peek(crate::cursor::to_usize(bytes))? else { return Ok(()) };
        let same = |name: &&&str| {
            // Android writes points.
            let letters = text.iter().map(|byte| if *byte == b'.' { b'/' } else { *byte });
            name.len() == text.len() && letters.eq(name.bytes())
        };
        let key = KEYS.iter().find(same).map(|name| Holder { what: "key-object", name });
        let password = || PASSWORDS.iter().find(same).map(|name| Holder { what: "password-object", name });
        if let Some(holder) = key.or_else(password) {
            self.names.insert(id, holder);
        }
        Ok(())
    }

    /// Takes note of the name of a class.
    pub(super) fn class(&mut self, id: u64, name: u64) {
        if let Some(holder) = self.names.get(&name) {
            self.classes.insert(id, *holder);
        }
    }

    /// Takes note of an object of a class, by identifier and number, if it is one that counts.
    pub(super) fn object(&mut self, class: u64, number: usize, fields: Range<u64>) {
        let Some(holder) = self.classes.get(&class) else { return };
        if self.objects.len() >= crate::limits::HPROF_KEYS_MAX {
            self.dropped = self.dropped.saturating_add(1);
        } else if crate::spaces::length(&fields) <= FIELDS_BYTES_MAX {
            self.objects.push((*holder, number, fields));
        }
    }
}

/// Marks the arrays that such objects refer to: a second reading of the file, if there are any.
pub(super) fn keys(
    stream: &mut Stream<'_>,
    heap: &Heap,
    weave: &Weave,
    annotations: &mut Annotations,
) -> Result<(), Error> {
    let holders = &heap.holders;
    let mut wanted: BTreeMap<u64, Holder> = BTreeMap::new();
    for (holder, class, fields) in &holders.objects {
        let length = crate::spaces::length(fields);
        for at in heap.classes.references(*class, length, heap.id_bytes).unwrap_or_default() {
            stream.seek(fields.start.saturating_add(at));
            if let Some(id) = stream.number(heap.id_bytes)?.filter(|id| *id != 0) {
                wanted.insert(id, *holder);
            }
        }
    }
    if holders.dropped > 0 {
        annotations
            .remark(format!("HPROF: {} objects that hold keys are too many to follow", holders.dropped));
    }
    if wanted.is_empty() {
        return Ok(());
    }
    // Behind the tag: identifier, stack trace, number of elements, type.
    let behind_tag = u64::from(heap.id_bytes).saturating_add(9);
    for part in weave.parts(0..u64::MAX) {
        let (what, fits) = match part.content {
            Content::Array("byte") => ("key-object", KEY_BYTES.contains(&part.length)),
            Content::Array("char") => ("password-object", PASSWORD_CHARS.contains(&(part.length >> 1))),
            _ => continue,
        };
        if !fits {
            continue;
        }
        stream.seek(part.file_offset.saturating_sub(behind_tag));
        let id = stream.number(heap.id_bytes)?;
        let holder = id.and_then(|id| wanted.get(&id)).filter(|holder| holder.what == what);
        if let Some(holder) = holder {
            let range = part.file_offset..part.file_offset.saturating_add(part.length);
            annotations.mark(std::iter::once(range), what, Some(holder.name));
        }
    }
    Ok(())
}
