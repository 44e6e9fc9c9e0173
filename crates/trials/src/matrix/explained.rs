//! Why cells fall short: one sentence each, in `matrix/explained.txt`.

use super::cell::Cell;
use anyhow::{Context, Result};

/// The sentences.
#[derive(Clone, Debug, Default)]
pub struct Explained {
    rows: Vec<[String; 3]>,
}

/// The file of the repository.
pub const FILE: &str = include_str!("../../../../matrix/explained.txt");

impl Explained {
    /// Reads lines of `library | kind | sentence`, where `*` stands for all; `#` starts a comment.
    ///
    /// # Errors
    /// If a line has not three parts.
    pub fn read(text: &str) -> Result<Self> {
        let mut rows = Vec::new();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let parts: Vec<String> = line.splitn(3, '|').map(|part| part.trim().to_owned()).collect();
            rows.push(parts.try_into().ok().with_context(|| format!("read the explanation {line:?}"))?);
        }
        Ok(Self { rows })
    }

    /// The sentence for a cell: the first that fits.
    #[must_use]
    pub fn of(&self, cell: &Cell) -> Option<&str> {
        let fits =
            |pattern: &str, name: &str| pattern == "*" || pattern.split(',').any(|one| one.trim() == name);
        let row = self.rows.iter().find(|row| fits(&row[0], &cell.library) && fits(&row[1], &cell.kind));
        row.map(|row| row[2].as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_the_repository_is_read() {
        Explained::read(FILE).unwrap();
    }

    #[test]
    fn a_line_without_three_parts_is_refused() {
        assert!(Explained::read("OpenSSL | p256").is_err());
    }
}
