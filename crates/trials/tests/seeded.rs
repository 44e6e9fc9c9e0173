//! Short seeded runs of the oracles over what fuzzers start from: pieces of synthetic cores, which
//! hold secrets of every kind, and the same with bytes changed.

use coredact_synth::{Keyring, Random, Recipe};
use coredact_trials::oracles;

/// Windows around everything planted, a few of their bytes changed.
fn windows(seed: u64, mut each: impl FnMut(&[u8])) {
    let (core, truth) = Recipe::small(seed).bytes(&Keyring::new(seed, &[1024]));
    let mut random = Random::new(seed);
    for piece in truth.planted.iter().filter_map(|planted| planted.pieces.first()) {
        let start = usize::try_from(piece.file_offset).unwrap_or(0).saturating_sub(64);
        let end = (start + 128 + usize::try_from(piece.length).unwrap_or(0)).min(core.len());
        let mut window = core[start..end].to_vec();
        each(&window);
        for _ in 0..3 {
            for _ in 0..random.index(8) {
                let place = random.index(window.len());
                window[place] = [0, 0xff, 0x30, 0x82, b'-', random.bytes(1)[0]][random.index(6)];
            }
            each(&window);
            let cut = random.index(window.len());
            each(&window[cut..]);
            each(&window[..cut]);
        }
    }
}

#[test]
fn encoded_binary_keeps_its_promises() {
    windows(1, oracles::encoded_binary);
}

#[test]
fn encoded_text_keeps_its_promises() {
    windows(2, oracles::encoded_text);
}

/// What once broke a promise: `testdata/hostile`, through every oracle that takes any bytes.
#[test]
fn hostile_samples_keep_every_promise() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/hostile");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        oracles::elf_open(&bytes);
        oracles::minidump_open(&bytes);
        oracles::lime_open(&bytes);
        oracles::macho_open(&bytes);
        oracles::physical_open(&bytes);
        oracles::archive_walk(&bytes);
        oracles::bundle_open(&bytes);
        oracles::page_tables(&bytes);
        oracles::hprof_open(&bytes);
        oracles::goheap_open(&bytes);
        oracles::text_open(&bytes);
        oracles::container_decode(&bytes);
        oracles::encoded_binary(&bytes);
        oracles::encoded_text(&bytes);
        oracles::tokens(&bytes);
        oracles::objects(&bytes);
        oracles::nested(&bytes);
        oracles::known_index(&bytes);
        oracles::wallet(&bytes);
        oracles::inventory(&bytes);
        oracles::public_key(&bytes);
        oracles::report_from_json(&bytes);
        oracles::verify_alone(&bytes);
        count += 1;
    }
    assert!(count >= 3);
}

#[test]
fn heap_dumps_keep_their_promises() {
    windows(7, |window| {
        for id_bytes in [4, 8] {
            let mut bytes = b"JAVA PROFILE 1.0.2\0\0\0\0".to_vec();
            bytes.push(id_bytes);
            bytes.extend([0; 8]);
            // A segment over all of it, of sub-records as likely as others.
            bytes.extend([0x1c, 0, 0, 0, 0]);
            bytes.extend(u32::try_from(window.len()).unwrap().to_be_bytes());
            bytes.extend(window.iter().map(|byte| if *byte >= 0xc0 { 0x20 + byte % 4 } else { byte % 5 }));
            oracles::hprof_open(&bytes);
            oracles::text_open(&bytes);
        }
    });
}

#[test]
fn heap_dumps_of_go_keep_their_promises() {
    windows(8, |window| {
        // Params of a 64-bit machine, then records as likely as others.
        let mut bytes = b"go1.7 heap dump\n\x06\0\x08\0\0\0\0\0".to_vec();
        bytes.extend(window.iter().map(|byte| if *byte >= 0xc0 { byte % 18 } else { byte % 5 }));
        oracles::goheap_open(&bytes);
    });
}

#[test]
fn tokens_keep_their_promises() {
    windows(3, oracles::tokens);
}

#[test]
fn objects_and_encodings_keep_their_promises() {
    windows(6, |window| {
        oracles::minidump_open(window);
        oracles::lime_open(window);
        oracles::archive_walk(window);
        oracles::bundle_open(window);
        oracles::objects(window);
        oracles::nested(window);
        oracles::known_index(window);
        oracles::wallet(window);
        oracles::inventory(window);
        oracles::public_key(window);
    });
}

#[test]
fn aes_proves_nothing_false() {
    let mut count = 0;
    windows(4, |window| {
        count += 1;
        // Every offset of a window is tried: one window in eight is enough for a test.
        if count % 8 == 0 {
            oracles::aes_prove(window);
        }
    });
}

#[test]
fn rsa_proves_nothing_false() {
    let mut count = 0;
    windows(5, |window| {
        count += 1;
        if count % 16 == 0 {
            oracles::rsa_collect(window);
        }
    });
}

#[test]
fn report_is_refused_or_stable() {
    let text = br#"{"schema":"coredact-report-v1","schema_version":1,"tool":"coredact","tool_version":"0",
        "command":"scan","input":{"name":"core","length":3,"format":"raw","machine":"unknown","threads":0},
        "findings":[],"bytes_removed":0,"detectors":[],"unread":[{"file_offset":1,"length":2,"why":"gone"}]}"#;
    assert!(coredact_record::Report::from_json(text).is_ok());
    let mut random = Random::new(6);
    oracles::report_from_json(text);
    for _ in 0..3000 {
        let mut text = text.to_vec();
        for _ in 0..=random.index(3) {
            let place = random.index(text.len());
            text[place] = b"0123456789-[]{},:\"nul e"[random.index(23)];
        }
        oracles::report_from_json(&text);
    }
}

#[test]
fn packed_physical_memory_keeps_its_promises() {
    let mut random = Random::new(8);
    windows(8, |window| {
        if window.len() % 8 != 0 {
            return;
        }
        // Both headers, two bitmaps, descriptors that may lead anywhere near, and what they lead to.
        let mut bytes = vec![0; 16_384];
        for at in 0..4 {
            bytes[12_288 + at] = random.bytes(1)[0];
        }
        for number in bytes[4096..4096 + 104].chunks_mut(8) {
            number[0] = random.bytes(1)[0];
        }
        for _ in 0..16 {
            let offset = 16_000 + random.index(1500) as u64;
            bytes.extend(offset.to_le_bytes());
            bytes.extend(u32::try_from(random.index(300)).unwrap().to_le_bytes());
            bytes.extend([0_u32, 1, 2, 4, 0x20][random.index(5)].to_le_bytes());
            bytes.extend([0; 8]);
        }
        bytes.extend(window);
        oracles::physical_open(&bytes);
    });
}
