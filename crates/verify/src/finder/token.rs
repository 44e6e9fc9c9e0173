//! Tokens that are known by their first characters.

/// Calls `add` with offset, length and name of every token.
pub(super) fn find(bytes: &[u8], add: &mut dyn FnMut(usize, usize, &'static str)) {
    for at in memchr::memmem::find_iter(bytes, b"eyJ") {
        let rest = bytes.get(at..).unwrap_or_default();
        let [header, claims, signature] = jwt(rest);
        // A header of 12 characters is the shortest with an algorithm; a signature of 27 is the shortest
        // in use, HMAC-SHA-1's 20 bytes.
        if header >= 12 && claims >= 3 && signature >= 27 && starts_token(bytes, at) {
            add(at, header + claims + signature + 2, "JSON Web Token");
        }
    }
    let alphanumeric: fn(&u8) -> bool = u8::is_ascii_alphanumeric;
    let capitals: fn(&u8) -> bool = |byte| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let word: fn(&u8) -> bool = |byte| byte.is_ascii_alphanumeric() || *byte == b'_';
    // Prefix, characters behind it, which characters, name. From the vendors' documentation: AWS "Unique
    // identifiers" of IAM; GitHub "About authentication", token formats.
    let shapes = [
        ("AKIA", 16, capitals, "AWS access key id"),
        ("ASIA", 16, capitals, "AWS access key id"),
        ("ghp_", 36, alphanumeric, "GitHub token"),
        ("gho_", 36, alphanumeric, "GitHub token"),
        ("ghu_", 36, alphanumeric, "GitHub token"),
        ("ghs_", 36, alphanumeric, "GitHub token"),
        ("ghr_", 36, alphanumeric, "GitHub token"),
        ("github_pat_", 82, word, "GitHub token"),
    ];
    for (prefix, length, is_part, what) in shapes {
        for at in memchr::memmem::find_iter(bytes, prefix) {
            let rest = bytes.get(at + prefix.len()..).unwrap_or_default();
            let found = rest.iter().take(length + 1).take_while(|byte| is_part(byte)).count();
            let chosen = rest.iter().take(length).filter(|byte| byte.is_ascii_digit()).count() >= 1;
            if found == length && chosen && starts_token(bytes, at) {
                add(at, prefix.len() + length, what);
            }
        }
    }
}

fn starts_token(bytes: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|at| bytes.get(at));
    before.is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')
}

/// Lengths of the three parts of a JWT; zero for a part that is missing.
fn jwt(rest: &[u8]) -> [usize; 3] {
    let mut parts = [0; 3];
    let mut at = 0;
    for part in &mut parts {
        let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        *part = rest.iter().skip(at).take(8192).take_while(is_part).count();
        at += *part;
        if rest.get(at) != Some(&b'.') {
            break;
        }
        at += 1;
    }
    parts
}
