//! A compact table of plain text that keeps to a width.

/// Rows of cells under a head; the columns' widths follow their widest cell.
pub(super) struct Table {
    rows: Vec<Vec<String>>,
    right: Vec<bool>,
}

impl Table {
    /// Starts a table. A column whose head ends in `>` is aligned to the right.
    pub(super) fn new(heads: &[&str]) -> Self {
        let right = heads.iter().map(|head| head.ends_with('>')).collect();
        let row = heads.iter().map(|head| head.trim_end_matches('>').to_owned()).collect();
        Self { rows: vec![row], right }
    }

    /// Adds a row.
    pub(super) fn push(&mut self, row: Vec<String>) {
        self.rows.push(row);
    }

    /// The lines, indented by two; the last column is cut to `width` characters with an ellipsis.
    pub(super) fn lines(&self, width: usize) -> Vec<String> {
        let columns = self.right.len();
        let widest = |column: usize| {
            self.rows.iter().filter_map(|row| row.get(column)).map(|cell| length(cell)).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(widest).collect();
        self.rows.iter().map(|row| shorten(&self.line(row, &widths), width)).collect()
    }

    fn line(&self, row: &[String], widths: &[usize]) -> String {
        let mut line = String::from(" ");
        for ((cell, width), right) in row.iter().zip(widths).zip(&self.right) {
            let pad = " ".repeat(width.saturating_sub(length(cell)));
            let (before, after) = if *right { (pad, String::new()) } else { (String::new(), pad) };
            line.push_str(&format!(" {before}{cell}{after} "));
        }
        line.truncate(line.trim_end().len());
        line
    }
}

/// Cuts a text to a number of characters, with an ellipsis if anything was cut.
pub(super) fn shorten(text: &str, width: usize) -> String {
    if length(text) <= width {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(width.saturating_sub(1)).collect();
    short.push('…');
    short
}

fn length(text: &str) -> usize {
    text.chars().count()
}
