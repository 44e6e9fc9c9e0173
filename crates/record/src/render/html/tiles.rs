//! Where the tiles of the memory map stand: plain integer arithmetic, so that the picture of a
//! report is the same everywhere. Lengths in tenths of a picture unit.

use crate::RegionPicture;

/// Width of a row of tiles.
pub(super) const ROW_WIDTH: u64 = 10_800;

/// Narrowest tile: still visible, still hit by a pointer.
const TILE_WIDTH_MIN: u64 = 45;

/// Space between tiles.
const TILE_GAP: u64 = 12;

/// Most rows that the scale aims at. More are used if the narrowest tiles need them.
const ROWS_MAX: u64 = 10;

/// One region in the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tile {
    /// Index of the region.
    pub(super) region: usize,
    /// Row, from 0.
    pub(super) row: usize,
    /// Left edge.
    pub(super) left: u64,
    /// Width.
    pub(super) width: u64,
}

/// A run of tiles of one row that share a name, for one label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// First region of it in this row.
    pub(super) region: usize,
    /// Row.
    pub(super) row: usize,
    /// Left edge.
    pub(super) left: u64,
    /// Width.
    pub(super) width: u64,
}

/// Lays the regions out in rows. A tile's width grows with the logarithm of its region's length: a
/// 4 KiB page and a 4 GiB heap are both seen.
pub(super) fn layout(regions: &[RegionPicture]) -> Vec<Tile> {
    let weights: Vec<u64> = regions.iter().map(|region| weight(region.length)).collect();
    let total = weights.iter().sum::<u64>().max(1);
    let rows = ((regions.len() as u64).isqrt() / 2).clamp(1, ROWS_MAX);
    let space = (rows * ROW_WIDTH).saturating_sub(regions.len() as u64 * TILE_GAP);
    let mut tiles: Vec<Tile> = Vec::with_capacity(regions.len());
    let (mut row, mut left, mut start) = (0, 0, 0);
    for (region, weight) in weights.iter().enumerate() {
        let width = (weight * space / total).clamp(TILE_WIDTH_MIN, ROW_WIDTH);
        if left > 0 && left + width > ROW_WIDTH + TILE_GAP {
            stretch(tiles.get_mut(start..).unwrap_or_default());
            (row, left, start) = (row + 1, 0, tiles.len());
        }
        tiles.push(Tile { region, row, left, width });
        left += width + TILE_GAP;
    }
    let used = left.saturating_sub(TILE_GAP);
    // A last row that is nearly full ends where the others end; a short one is left short.
    if used > ROW_WIDTH * 4 / 5 {
        stretch(tiles.get_mut(start..).unwrap_or_default());
    }
    tiles
}

/// Runs of neighbours with one name.
pub(super) fn groups(tiles: &[Tile], regions: &[RegionPicture]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut name_before = "";
    for tile in tiles {
        let name = regions.get(tile.region).map_or("", group_name);
        match groups.last_mut() {
            Some(group) if group.row == tile.row && name == name_before => {
                group.width = (tile.left + tile.width).saturating_sub(group.left);
            }
            _ => {
                groups.push(Group { region: tile.region, row: tile.row, left: tile.left, width: tile.width })
            }
        }
        name_before = name;
    }
    groups
}

/// What a region is labelled: notes together, files by the last part of their path.
pub(super) fn group_name(region: &RegionPicture) -> &str {
    if is_note(region) {
        return "registers and notes";
    }
    region.name.rsplit('/').next().unwrap_or_default()
}

/// True for the descriptor of a note.
pub(super) fn is_note(region: &RegionPicture) -> bool {
    region.address.is_none() && region.name.starts_with("NT_")
}

/// Sixteen times the binary logarithm of the pages, straight lines between powers of two.
fn weight(length: u64) -> u64 {
    let pages = length / 4096 + 2;
    let power = pages.ilog2();
    let fraction = (u128::from(pages) * 16) >> power;
    u64::from(power) * 16 + u64::try_from(fraction).unwrap_or(16) - 16
}

/// Widens the tiles of a row so that it ends at the row's end.
fn stretch(tiles: &mut [Tile]) {
    let gaps = (tiles.len() as u64).saturating_sub(1) * TILE_GAP;
    let used = tiles.iter().map(|tile| tile.width).sum::<u64>().max(1);
    let wanted = ROW_WIDTH.saturating_sub(gaps).max(used);
    let (mut before, mut gap) = (0, 0);
    for tile in tiles {
        // From running sums, so that rounding does not add up.
        let (from, to) = (before * wanted / used, (before + tile.width) * wanted / used);
        before += tile.width;
        tile.left = from + gap;
        tile.width = to - from;
        gap += TILE_GAP;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn regions(lengths: &[u64]) -> Vec<RegionPicture> {
        lengths.iter().map(|&length| RegionPicture { length, ..RegionPicture::default() }).collect()
    }

    fn check(lengths: &[u64]) -> Vec<Tile> {
        let tiles = layout(&regions(lengths));
        assert_eq!(tiles.len(), lengths.len());
        for pair in tiles.windows(2) {
            let same_row = pair[0].row == pair[1].row && pair[0].left + pair[0].width <= pair[1].left;
            assert!(same_row || (pair[0].row + 1 == pair[1].row && pair[1].left == 0), "{pair:?}");
        }
        for tile in &tiles {
            assert!(
                tile.width >= TILE_WIDTH_MIN && tile.left + tile.width <= ROW_WIDTH + TILE_GAP,
                "{tile:?}"
            );
        }
        tiles
    }

    #[test]
    fn ten_regions_fill_one_row_and_two_thousand_a_dozen() {
        let few = check(&[4096, 1 << 20, 4096, 1 << 30, 4096, 8192, 4096, 1 << 23, 4096, 4 << 30]);
        assert!(few.iter().all(|tile| tile.row == 0));
        assert!(few.iter().all(|tile| tile.width > 3 * TILE_WIDTH_MIN));
        let many = check(&[4096; 2000]);
        assert!(many.last().unwrap().row <= 12, "{:?}", many.last());
    }

    proptest! {
        #[test]
        fn tiles_never_overlap_or_leave_the_row(lengths in proptest::collection::vec(any::<u64>(), 0..300)) {
            check(&lengths);
        }
    }
}
