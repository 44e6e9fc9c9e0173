//! The picture of the memory map: every region a tile in address order, every removal a tick in it.

use super::tiles::{Group, ROW_WIDTH, Tile, group_name, groups, is_note, layout};
use crate::text::{counted, size, thousands, visible};
use crate::{Certainty, Command, RegionPicture, Report};
use maud::{Markup, html as markup};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Left margin for addresses, height of a row, of the label above and of the tile, in tenths of a unit.
const MARGIN: u64 = 1_150;
const ROW_HEIGHT: u64 = 640;
const LABEL_HEIGHT: u64 = 150;
const TILE_HEIGHT: u64 = 300;

/// Finest distance of two ticks: nearer ones are one.
const TICK_STEP: u64 = 16;

/// Most rows in the table of regions with removed bytes.
const TABLE_ROWS_MAX: usize = 40;

/// The section with the picture and the table of regions in which something was removed.
pub(super) fn section(report: &Report) -> Markup {
    if report.regions.is_empty() {
        return markup! {};
    }
    let removed = report.command != Command::Scan;
    markup! {
        section {
            h2 { "The dump, region by region" }
            p.lead {
                "Each tile is a run of the dump, in order; wider means larger, on a logarithmic scale. "
                @if removed { "Ticks are removed bytes, where they stood." } @else { "Ticks are places where something was found." }
                " Point at a tile for its address and rights."
            }
            div.card.map { (picture(report)) (legend()) }
            (table(report))
        }
    }
}

fn picture(report: &Report) -> Markup {
    let regions = &report.regions;
    let tiles = layout(regions);
    let rows = tiles.last().map_or(0, |tile| tile.row as u64 + 1);
    let (width, height) = (ROW_WIDTH + MARGIN, rows * ROW_HEIGHT);
    let marks = Marks::of(report);
    let mut row_before = None;
    markup! {
        svg viewBox=(format!("0 0 {} {}", units(width), units(height))) role="img"
            aria-label=(format!("Memory map of {}", counted(regions.len() as u64, "region", "regions"))) {
            @for group in groups(&tiles, regions) { (label(&group, regions)) }
            @for tile in &tiles {
                @if let Some(region) = regions.get(tile.region) {
                    @if row_before.replace(tile.row) != Some(tile.row) { (row_address(tile, region)) }
                    (draw(tile, region, &marks))
                }
            }
        }
    }
}

fn row_address(tile: &Tile, region: &RegionPicture) -> Markup {
    let text = match region.address {
        Some(address) => format!("{address:#x}"),
        None => format!("file {:#x}", region.file_offset),
    };
    markup! { text x="0" y=(units(top(tile.row) + TILE_HEIGHT / 2 + 40)) { (text) } }
}

/// The name over a group of tiles, as much of it as fits.
fn label(group: &Group, regions: &[RegionPicture]) -> Markup {
    let name = visible(regions.get(group.region).map_or("", group_name));
    let Some(text) = fit(&name, group.width / 62) else { return markup! {} };
    markup! {
        text.label x=(units(MARGIN + group.left)) y=(units(top(group.row) - 45)) { (text) }
    }
}

fn draw(tile: &Tile, region: &RegionPicture, marks: &Marks) -> Markup {
    let (left, top) = (MARGIN + tile.left, top(tile.row));
    let numbers = region.findings.iter().map(u32::to_string).collect::<Vec<_>>().join(" ");
    markup! {
        g {
            title { (tooltip(region)) }
            rect.(class(region)) x=(units(left)) y=(units(top)) width=(units(tile.width)) height=(units(TILE_HEIGHT)) rx="2.5" {}
            @for (class, path) in marks.ticks(region, left, top, tile.width) { path.(class) d=(path) {} }
            @if let Some(text) = fit(&numbers, tile.width / 68) {
                text.hit x=(units(left)) y=(units(top + TILE_HEIGHT + 120)) { (text) }
            }
        }
    }
}

fn tooltip(region: &RegionPicture) -> String {
    let mut text = visible(&region.name).into_owned();
    // Writing to a String cannot fail.
    if let Some(address) = region.address {
        let end = address.saturating_add(region.length);
        let _ = write!(text, "\n{address:#x} to {end:#x}  {}", visible(&region.access));
    }
    let _ = write!(text, "\n{} at file offset {:#x}", size(region.length), region.file_offset);
    if region.cut_bytes > 0 {
        let _ = write!(text, "\n{} removed", counted(region.cut_bytes, "byte", "bytes"));
    }
    if !region.findings.is_empty() {
        let numbers = region.findings.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
        let _ = write!(text, "\nfindings {numbers}");
    }
    text
}

/// Bytes that were removed, or places that were found if nothing was, by file offset.
struct Marks(Vec<(u64, u64, &'static str)>);

impl Marks {
    fn of(report: &Report) -> Self {
        let class_of: BTreeMap<u32, &'static str> = report
            .findings
            .iter()
            .map(|finding| (finding.number, certainty_class(finding.certainty)))
            .collect();
        let class = |number: u32| class_of.get(&number).copied().unwrap_or("suspected");
        let mut marks: Vec<(u64, u64, &'static str)> = match &report.plan {
            Some(plan) => {
                plan.cuts.iter().map(|cut| (cut.file_offset, cut.length, class(cut.finding))).collect()
            }
            None => report
                .findings
                .iter()
                .flat_map(|finding| finding.places.iter().map(|place| (finding.number, place)))
                .map(|(number, place)| (place.file_offset, place.length, class(number)))
                .collect(),
        };
        marks.sort_unstable();
        Self(marks)
    }

    /// One path for each class that has a tick in this region.
    fn ticks(
        &self,
        region: &RegionPicture,
        left: u64,
        top: u64,
        width: u64,
    ) -> BTreeMap<&'static str, String> {
        let end = region.file_offset.saturating_add(region.length);
        let first = self.0.partition_point(|mark| mark.0 < region.file_offset);
        let inside = self.0.get(first..).unwrap_or_default().iter().take_while(|mark| mark.0 < end);
        let mut paths: BTreeMap<&'static str, String> = BTreeMap::new();
        let mut drawn: BTreeMap<(&'static str, u64), u64> = BTreeMap::new();
        for (offset, length, class) in inside {
            let scale = |offset: u64| {
                let share = u128::from(offset.min(end) - region.file_offset) * u128::from(width);
                u64::try_from(share / u128::from(region.length.max(1))).unwrap_or(0) / TICK_STEP
            };
            let (from, to) = (scale(*offset), scale(offset.saturating_add(*length)));
            let tick = drawn.entry((class, from)).or_insert(to);
            *tick = to.max(*tick);
        }
        for ((class, from), to) in drawn {
            let path = paths.entry(class).or_default();
            for step in from..=to {
                // Half a step inwards keeps the first and last tick on the tile.
                let x = left + (step * TICK_STEP + TICK_STEP / 2).min(width.saturating_sub(TICK_STEP / 2));
                let _ = write!(path, "M{} {}v{}", units(x), units(top), units(TILE_HEIGHT));
            }
        }
        paths
    }
}

fn table(report: &Report) -> Markup {
    let mut touched: Vec<&RegionPicture> =
        report.regions.iter().filter(|region| region.cut_bytes > 0).collect();
    touched.sort_by_key(|region| std::cmp::Reverse(region.cut_bytes));
    let most = touched.first().map_or(1, |region| region.cut_bytes);
    let more = touched.len().saturating_sub(TABLE_ROWS_MAX);
    markup! {
        @if !touched.is_empty() {
            h3 { "Where bytes were removed" }
            div.card { table {
                thead { tr { th { "Region" } th { "Rights" } th { "Address" } th.n { "Size" } th.n { "Removed" } th { "Findings" } } }
                tbody { @for region in touched.iter().take(TABLE_ROWS_MAX) { (table_row(region, most)) } }
            } }
            @if more > 0 { p.soft { "… and " (counted(more as u64, "region", "regions")) " more in the JSON report." } }
        }
    }
}

fn table_row(region: &RegionPicture, most: u64) -> Markup {
    let share = u128::from(region.cut_bytes) * 100 / u128::from(most.max(1));
    let numbers = region.findings.iter().take(12).map(|number| format!("#{number}")).collect::<Vec<_>>();
    let more = region.findings.len().saturating_sub(numbers.len());
    markup! {
        tr {
            td.wide { (visible(&region.name)) }
            td.mono { (visible(&region.access)) }
            td.mono { @if let Some(address) = region.address { (format!("{address:#x}")) } }
            td.n { (size(region.length)) }
            td.n { (thousands(region.cut_bytes)) span.bar style=(format!("width:{share}%")) {} }
            td { (numbers.join(" ")) @if more > 0 { " and " (more) " more" } }
        }
    }
}

fn legend() -> Markup {
    markup! {
        ul.legend {
            li { i.write {} "writable memory" }
            li { i.read {} "read-only memory" }
            li { i.code {} "code" }
            li { i.note {} "registers and notes" }
            li { i.other {} "format, gaps" }
            li { i.tick.proven {} "proven or structured" }
            li { i.tick.matched {} "matched by a rule" }
            li { i.tick.suspected {} "unexplained randomness" }
        }
    }
}

fn class(region: &RegionPicture) -> &'static str {
    let access = region.access.as_bytes();
    match (region.address, access.get(1), access.get(2)) {
        (None, ..) if is_note(region) => "note",
        (None, ..) => "other",
        (_, _, Some(b'x')) => "code",
        (_, Some(b'w'), _) => "write",
        _ => "read",
    }
}

fn certainty_class(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::Proven | Certainty::Structured => "proven",
        Certainty::Matched => "matched",
        Certainty::Suspected => "suspected",
    }
}

/// The text, or its beginning with an ellipsis, if at least four characters of it fit.
fn fit(text: &str, characters: u64) -> Option<String> {
    let characters = usize::try_from(characters).unwrap_or(0);
    let length = text.chars().count();
    if length == 0 || (length > characters && characters < 4) {
        return None;
    }
    if length <= characters {
        return Some(text.to_owned());
    }
    Some(text.chars().take(characters - 1).chain(['…']).collect())
}

fn top(row: usize) -> u64 {
    row as u64 * ROW_HEIGHT + LABEL_HEIGHT
}

/// Tenths of a unit as SVG writes them.
fn units(tenths: u64) -> String {
    if tenths.is_multiple_of(10) {
        (tenths / 10).to_string()
    } else {
        format!("{}.{}", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_to_what_fits() {
        for (characters, expected) in [(3, None), (4, Some("lib…")), (9, Some("libssl.so"))] {
            assert_eq!(fit("libssl.so", characters).as_deref(), expected);
        }
        assert_eq!(fit("1", 1).as_deref(), Some("1"));
    }

    #[test]
    fn ticks_stand_where_the_bytes_stood() {
        let region = RegionPicture { file_offset: 1000, length: 1000, ..RegionPicture::default() };
        let marks =
            Marks(vec![(10, 8, "proven"), (1500, 8, "proven"), (1999, 8, "matched"), (2000, 1, "proven")]);
        let ticks = marks.ticks(&region, 0, 0, 1600);
        assert_eq!(ticks["proven"], "M80.8 0v30");
        assert!(ticks["matched"].starts_with("M159.2 0"), "{}", ticks["matched"]);
    }
}
