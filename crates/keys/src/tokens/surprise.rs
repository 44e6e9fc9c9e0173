//! How surprising a text is: what tells a generated secret from words,
//! identifiers and numbers.
//!
//! A first-order model of identifiers and prose: for each character the
//! information (in half bits) that it carries after the one before it. Trained
//! on 750,000 distinct words of C and C++ headers, Python and Perl sources and
//! package documentation of a Debian 12 system, case folded. Random base62
//! text carries about 6 bits a character here, words about 3.

/// Information that `text` carries under the model, in half bits.
#[must_use]
pub fn half_bits(text: &[u8]) -> u32 {
    let mut total = 0u32;
    let mut previous = Previous { class: SEPARATOR, byte: b' ', run: 0 };
    for &byte in text {
        let class = class_of(byte);
        total = total.saturating_add(previous.cost(class, byte));
        let run = if class == previous.class && byte.is_ascii_alphabetic() { previous.run } else { 0 };
        previous = Previous { class, byte, run: run + 1 };
    }
    total
}

/// True if the text is too surprising for a word, an identifier, a path or a
/// number: at least 28 bits, and 4.8 bits a character on average. That passes
/// 99.9 % of base62 texts of 16 characters, and 1 to 9 % (the longer the fewer) of
/// the identifiers with digits in system headers. Hexadecimal digits carry less;
/// 16 or more of them, letters and digits, need 3.5 bits a digit.
#[must_use]
pub fn looks_random(text: &[u8]) -> bool {
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let half_bits = half_bits(text);
    let tenths_needed = if length >= 16 && is_hex(text) { 70 } else { 96 };
    half_bits >= 56 && half_bits.saturating_mul(10) >= length.saturating_mul(tenths_needed)
}

/// Digits and letters of base 16, in one case.
fn is_hex(text: &[u8]) -> bool {
    let lower = text.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let upper = text.iter().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F'));
    (lower || upper) && text.iter().any(u8::is_ascii_digit) && text.iter().any(u8::is_ascii_alphabetic)
}

/// Shannon entropy of the bytes in bits a character, as gitleaks computes it.
#[must_use]
pub(super) fn entropy(text: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    for &byte in text {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
    }
    let length = f64::from(u32::try_from(text.len()).unwrap_or(u32::MAX));
    let share = |&count: &u32| f64::from(count) / length;
    -counts.iter().filter(|c| **c > 0).map(share).map(|p| p * p.log2()).sum::<f64>()
}

struct Previous {
    class: usize,
    byte: u8,
    run: u32,
}

impl Previous {
    fn cost(&self, class: usize, byte: u8) -> u32 {
        // Repetitions and counting (aaaa, 1234, abcd) carry next to nothing.
        if self.run > 0 && (byte == self.byte || byte == self.byte.wrapping_add(1)) {
            return 1;
        }
        let table = MODEL
            .get(self.class)
            .and_then(|row| row.get(class))
            .map_or(10, |&c| u32::from(c.saturating_sub(b'0')));
        // Ten digits share a class, as do six separators and some twenty symbols.
        let within = match class {
            DIGIT => 7,
            SEPARATOR => 2,
            SYMBOL => 4,
            _ => 0,
        };
        let table = if class == SYMBOL { 10 } else { table };
        // A change of case costs two bits, except to lower after a first capital.
        let (was, is) = (self.byte, byte);
        let both = was.is_ascii_alphabetic() && is.is_ascii_alphabetic();
        let turned = both && was.is_ascii_uppercase() != is.is_ascii_uppercase();
        let case = if turned && !(was.is_ascii_uppercase() && self.run == 1) { 4 } else { 0 };
        table + within + case
    }
}

fn class_of(byte: u8) -> usize {
    match byte {
        b'a'..=b'z' => usize::from(byte - b'a'),
        b'A'..=b'Z' => usize::from(byte - b'A'),
        b'0'..=b'9' => DIGIT,
        b'_' | b'-' | b'.' | b'/' | b' ' | b':' => SEPARATOR,
        _ => SYMBOL,
    }
}

const DIGIT: usize = 26;
const SEPARATOR: usize = 27;
const SYMBOL: usize = 28;

/// Row: the class before (a to z, digit, separator, symbol); column: the class
/// after; value: half bits above `'0'`.
const MODEL: [&[u8; 29]; 29] = [
    b"?:88?>9D;D>787E9E676<<?<=D;8X",
    b"7=:=8=>C79@6>>9<E99<7@B@;B95V",
    b"7=;=7>@7;G89;=5<C9;7;>C@>G;6X",
    b"8<<:5==?7BA;=?9=C::<;>?A?F:4X",
    b"9>89<;;B>FA9:7><=677@<>9=E=5X",
    b"9=;<98?C6JD8<<6=D9::9B@A<J85W",
    b":>;?4?>;8GC7<89;G99;;@BBCA>4W",
    b"5A?=5?AB8J@=<?8;H9;8<A?E>D;4V",
    b";:99;;:GBFB8947:D:87A;C<H;>9X",
    b"8@9<4>>A9D:?=?79@@8=8?>DDE=5P",
    b":;:=4==>6FB<=;==E>9=<=<DAD<3U",
    b"7>>;59>A6G@7@?7>F?9::9B@<C<5X",
    b"5:=:5?@B8G?::@87D?:=;>BA@H=5X",
    b"8@877:7A9D=<?=9>E>86:;BDAF<5X",
    b"<;88@;<C<C=985:8I69:9<:@AFB8X",
    b"6?;<6=><:G<8>?89B7:8:?AC:C=5X",
    b"=====>?A=ME8>=A<>:;=2@>BJD>4Q",
    b"7?:;5=;A7I><:<7=C:98<=AC;F>5X",
    b":@:?5>?:8G;;==::@=85:>?B;A<4X",
    b"7?:=6=A97G>;=?8;E79:<@@?:C>4X",
    b";9::8;<B9HC786?8D776B>C=FD::W",
    b"6@;?4<>C8J::6@<;C>:<B:B=CF87V",
    b"6>;<8?@;5H@=;98=@79=@A;BDB>5T",
    b"9>9<9:?B;I;>8?>9B>;6@?C<>F44V",
    b";=;=;>=@<FC:99<5D=79>?>DBB>3U",
    b"8@@@2?D?8IE<;@9@E@@@@DA>=<85Q",
    b"<;<;<;CF@JA?CBEBHCAB@CE9LI23X",
    b"9:8:::::9A>99:;8A979;:=;BA87X",
    b":::::::::::::::::::::::::::::",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, random: bool) {
        let bits = half_bits(text.as_bytes());
        assert_eq!(
            looks_random(text.as_bytes()),
            random,
            "{text} carries {bits} half bits in {} characters",
            text.len()
        );
    }

    #[test]
    fn words_identifiers_and_numbers_do_not_look_random() {
        for text in [
            "correct-horse-battery",
            "password",
            "get_user_credentials",
            "MyAuthenticationProvider",
            "settings.SECRET_KEY",
            "1234567890",
            "aaaaaaaaaaaaaaaaaaaaaaaa",
            "application/json",
            "abcdefghijklmnopqrstuvwxyz",
            "http.cookies.Morsel",
            "PyUnicode_AsUTF8AndSize",
            "/usr/lib/x86_64-linux-gnu/libcrypto.so.3",
            "2024-05-01T12:00:00",
            "AUTHENTICATION_REQUIRED",
        ] {
            check(text, false);
        }
    }

    #[test]
    fn generated_texts_look_random() {
        for text in
            ["V6z1v9q2Kcsk04btH1", "tR7$kq9!Lz2#", "d41d8cd98f00b204e9800998ecf8427e", "xK9mQ2vR8tLpW4zN"]
        {
            check(text, true);
        }
    }
}
