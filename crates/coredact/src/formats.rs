//! `coredact formats`.

use crate::session::Session;
use crate::terminal;
use anyhow::Result;
use coredact_record::ExitCode;
use serde_json::{Value, json};

/// What is done with a format.
#[derive(Debug)]
struct Format {
    /// As reports name it.
    name: &'static str,
    /// Who writes it.
    written_by: &'static str,
    /// What is searched.
    read: &'static str,
    /// How keys are removed; nothing if they are not.
    scrubbed: Option<&'static str>,
    /// What the judge compares besides the bytes.
    verified: Option<&'static str>,
    /// Whose answer about the clean dump must be that about the original.
    asked: &'static [&'static str],
}

const FORMATS: [Format; 18] = [
    Format {
        name: "elf-core",
        written_by: "Linux, gdb's gcore, systemd-coredump, .NET's createdump: x86-64 and AArch64; QEMU's dump-guest-memory",
        read: "memory, notes, registers, gaps, trailing bytes",
        scrubbed: Some("in a copy of equal length, headers and what debuggers need untouched"),
        verified: Some("headers, notes, threads, stacks"),
        asked: &["gdb", "lldb"],
    },
    Format {
        name: "minidump",
        written_by: "Windows, Windows Error Reporting, .NET, Breakpad, Crashpad, Electron: x86, x86-64, ARM, ARM64",
        read: "memory, every stream, thread contexts, names, annotations, bytes of no stream",
        scrubbed: Some("in a copy of equal length, lists, modules and registers with a role untouched"),
        verified: Some("header, directory, lists, modules, contexts, stacks"),
        asked: &["lldb", "minidump-stackwalk"],
    },
    Format {
        name: "macho-core",
        written_by: "macOS, lldb's process save-core, .NET's createdump: x86-64, arm64, and both of 32 bits; thin files",
        read: "memory, thread states, notes, bytes of no segment",
        scrubbed: Some(
            "in a copy of equal length, load commands, registers with a role and chains of frames untouched",
        ),
        verified: Some("header, load commands, notes, threads, chains of frames"),
        asked: &["lldb"],
    },
    Format {
        name: "hprof",
        written_by: "jmap, jcmd, OutOfMemoryError of HotSpot; Android's ART: heap dumps 1.0.1 to 1.0.3",
        read: "arrays and fields as they lay in memory, strings, records of no known kind",
        scrubbed: Some(
            "in a copy of equal length, whole elements; identifiers, references and lengths untouched",
        ),
        verified: Some(
            "every byte that is no value, instances and bytes of each class, names of classes distinct",
        ),
        asked: &[],
    },
    Format {
        name: "goheap",
        written_by: "Go since 1.7: runtime/debug.WriteHeapDump, of little-endian machines",
        read: "objects, stack frames and segments of variables as they lay in memory, names, bytes behind the end",
        scrubbed: Some(
            "in a copy of equal length; kinds, addresses, lengths, field lists and the pointers that they name untouched",
        ),
        verified: Some("every byte that is neither memory nor a name, every pointer to dumped memory"),
        asked: &[],
    },
    Format {
        name: "heapsnapshot",
        written_by: "V8: node's --heapsnapshot-signal and v8.writeHeapSnapshot, Chrome",
        read: "the document as text, strings with their escapes undone, dumps and lists in them",
        scrubbed: Some(
            "in a copy of equal length: characters of strings; nodes, edges and their numbers untouched",
        ),
        verified: Some("every token of JSON but what stands in strings, read back without its escapes"),
        asked: &[],
    },
    Format {
        name: "hs-err",
        written_by: "HotSpot: hs_err_pid.log",
        read: "lines, registers and memory in hexadecimal, options, arguments, environment",
        scrubbed: Some(LINES_SCRUBBED),
        verified: Some(LINES_VERIFIED),
        asked: &[],
    },
    Format {
        name: "backtrace, text",
        written_by: "gdb and lldb; any text with --as text",
        read: "lines, registers, dumps of memory, words, lists, strings with escapes",
        scrubbed: Some(LINES_SCRUBBED),
        verified: Some(LINES_VERIFIED),
        asked: &[],
    },
    Format {
        name: "ips",
        written_by: "macOS, iOS: crash reports in JSON",
        read: "both documents as text, strings with their escapes undone, registers and lists in decimal",
        scrubbed: Some(JSON_SCRUBBED),
        verified: Some(JSON_VERIFIED),
        asked: &[],
    },
    Format {
        name: "crashreport",
        written_by: ".NET: crashreport.json",
        read: "the document as text, strings with their escapes undone, words and lists",
        scrubbed: Some(JSON_SCRUBBED),
        verified: Some(JSON_VERIFIED),
        asked: &[],
    },
    Format {
        name: "journal-export",
        written_by: "systemd: journalctl -o export",
        read: "every field, as lines or as bytes; command lines and environments of crashes",
        scrubbed: Some(
            "in a copy of equal length, names and lengths of fields untouched; a core in a field as bytes",
        ),
        verified: Some("names and lengths of fields; numbers and escapes read back"),
        asked: &[],
    },
    Format {
        name: "lime",
        written_by: "LiME, AVML and others: physical memory in ranges",
        read: "every range, what follows the last; AVML's compressed blocks laid out as LiME",
        scrubbed: Some("in a copy of equal length, headers untouched; AVML becomes LiME"),
        verified: Some("headers"),
        asked: &[],
    },
    Format {
        name: "kdump",
        written_by: "makedumpfile, QEMU's dump-guest-memory, diskdump: pages in zlib, LZO, Snappy, Zstandard or as they are, flattened or not, big-endian too",
        read: "every page at its physical address, notes, VMCOREINFO, ERASEINFO, bytes of no page",
        scrubbed: Some(
            "in a copy whose pages are as they are; headers, bitmaps, descriptors, VMCOREINFO untouched; ERASEINFO says what was removed",
        ),
        verified: Some("headers, bitmaps, page descriptors, VMCOREINFO, the notice in ERASEINFO"),
        asked: &[],
    },
    Format {
        name: "dump64",
        written_by: "Windows when it stops or is told to: full, kernel, active and live memory dumps of 64-bit machines",
        read: "every page at its physical address, registers, comment and spare bytes of the header, bytes of no page",
        scrubbed: Some("in a copy of equal length; header, bitmap and ranges untouched"),
        verified: Some("header, bitmap, runs, ranges"),
        asked: &[],
    },
    Format {
        name: "zstd, gzip, xz, lz4",
        written_by: "systemd-coredump and others, around one of the formats above",
        read: "what they hold",
        scrubbed: Some("what they hold, compressed again on request"),
        verified: Some("what they hold"),
        asked: &[],
    },
    Format {
        name: "tar, zip, multipart",
        written_by: "bundles of a crash: archives, also compressed as a whole, and uploads of Breakpad and Crashpad",
        read: "each member as what it is: dump, text, else bytes; encrypted and damaged ones are named as not read",
        scrubbed: Some(
            "as a unit: each member where it lies, names, order, rights and times untouched; a secret of one is removed from all",
        ),
        verified: Some("headers and names, each member by its format, survivors over all members"),
        asked: &[],
    },
    Format {
        name: "ar, cpio, git-pack",
        written_by: "packages, initial RAM disks, git; in each other and in other archives, and compressed",
        read: "each member as what it is, what belongs to none; git's differences put together; encrypted and damaged ones are named as not read",
        scrubbed: None,
        verified: None,
        asked: &[],
    },
    Format {
        name: "raw",
        written_by: "anything else: memory of Firecracker, Cloud Hypervisor, VMware (.vmem), CRIU's pages, swap, disk images, any file",
        read: "every byte, also base64, gzip, zlib and zstd inside",
        scrubbed: Some(
            "only as memory without headers, with --as raw: in a copy of equal length, any byte of it",
        ),
        verified: None,
        asked: &[],
    },
];

/// How texts of lines are scrubbed and verified.
const LINES_SCRUBBED: &str =
    "in a copy of equal length; line breaks, quotes, escapes and characters stay whole, digits become 0 or 1";
const LINES_VERIFIED: &str = "lines, controls and quotes; numbers and escapes read back";

/// The same of JSON.
const JSON_SCRUBBED: &str = "in a copy of equal length: characters of strings, digits of numbers";
const JSON_VERIFIED: &str = "every token of JSON but strings and digits; numbers and escapes read back";

fn document(format: &Format) -> Value {
    let Format { name, written_by, read, scrubbed, verified, asked } = format;
    json!({
        "name": name,
        "written_by": written_by,
        "read": read,
        "scrubbed": scrubbed,
        "verified": verified,
        "asked": asked,
    })
}

/// Lists them.
pub(crate) fn run(session: &Session) -> Result<ExitCode> {
    if session.json {
        let rows: Vec<Value> = FORMATS.iter().map(document).collect();
        terminal::data(&format!("{}\n", serde_json::to_string_pretty(&rows)?))?;
        return Ok(ExitCode::Clean);
    }
    let mut text = String::new();
    for Format { name, written_by, read, scrubbed, verified, asked } in &FORMATS {
        text.push_str(&format!("{name}\n"));
        let asked = if asked.is_empty() { "nobody".to_owned() } else { asked.join(", ") };
        let rows = [
            ("written by", *written_by),
            ("read", *read),
            ("scrubbed", scrubbed.unwrap_or("no: scanned only")),
            ("verified", verified.unwrap_or("no")),
            ("asked", asked.as_str()),
        ];
        for (what, value) in rows {
            text.push_str(&format!("  {what:<10}  {value}\n"));
        }
    }
    terminal::data(&text)?;
    Ok(ExitCode::Clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_has_a_row_in_the_documentation() {
        let documentation = include_str!("../../../docs/formats.md");
        let rows: Vec<&str> = documentation.lines().filter(|line| line.starts_with("| `")).collect();
        for format in &FORMATS {
            for name in format.name.split(", ") {
                let is_named = |row: &&&str| {
                    row.split('|').nth(1).is_some_and(|names| names.contains(&format!("`{name}`")))
                };
                let row = rows.iter().find(is_named).unwrap_or_else(|| panic!("{name} has no row"));
                assert_eq!(row.matches('|').count(), 7, "{row}");
            }
        }
    }
}
