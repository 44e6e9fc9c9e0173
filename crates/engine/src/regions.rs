//! What the owner of a file byte is called, for reports.

use crate::ranges;
use coredact_dump::{Access, Image, Origin, Space};
use coredact_record::{Plan, RegionPicture};
use std::collections::BTreeSet;
use std::ops::Range;

/// A run of file bytes and the space that owns it.
#[derive(Clone, Debug)]
struct Region {
    file: Range<u64>,
    space: usize,
    start: u64,
    access: Access,
}

/// All regions of an image in the order of the file.
#[derive(Debug)]
pub struct Regions<'a> {
    image: &'a Image,
    regions: Vec<Region>,
}

impl<'a> Regions<'a> {
    /// Indexes the spaces of an image; overlays own nothing.
    #[must_use]
    pub fn of(image: &'a Image) -> Self {
        let mut regions = Vec::new();
        for (space_index, space) in image.spaces.iter().enumerate() {
            if matches!(space.origin, Origin::Registers { .. } | Origin::Paged | Origin::Said(_)) {
                continue;
            }
            regions.extend(space.pieces.iter().map(|piece| Region {
                file: piece.file_offset..piece.file_offset + piece.length,
                space: space_index,
                start: piece.start,
                access: piece.access,
            }));
        }
        regions.sort_by_key(|region| region.file.start);
        // A heap owns what no other space does, structure included.
        for (space, _) in
            image.spaces.iter().enumerate().filter(|(_, space)| matches!(space.origin, Origin::Heap(_)))
        {
            let others: Vec<Range<u64>> = regions.iter().map(|region| region.file.clone()).collect();
            let access = Access { read: true, write: true, execute: false };
            let member = image.members.iter().rfind(|member| member.first_space <= space);
            let whole = member.map_or(0..image.file_length, |member| member.range.clone());
            let rest = ranges::outside(&whole, &others).into_iter();
            regions.extend(rest.map(|file| Region { start: file.start, file, space, access }));
            regions.sort_by_key(|region| region.file.start);
        }
        Self { image, regions }
    }

    fn find(&self, file_offset: u64) -> Option<&Region> {
        let after = self.regions.partition_point(|region| region.file.start <= file_offset);
        self.regions.get(after.checked_sub(1)?).filter(|region| region.file.contains(&file_offset))
    }

    fn space(&self, region: &Region) -> Option<&Space> {
        self.image.spaces.get(region.space)
    }

    /// Virtual address of a file byte, if memory owns it.
    #[must_use]
    pub fn address(&self, file_offset: u64) -> Option<u64> {
        let region = self.find(file_offset)?;
        let space = self.space(region)?;
        if matches!(space.origin, Origin::Heap(_)) {
            return self.image.address_of(file_offset);
        }
        let base = space.address?;
        base.checked_add(region.start)?.checked_add(file_offset - region.file.start)
    }

    /// `memory rw-`, `NT_PRSTATUS thread 812`, `gap`; in a bundle, `member: memory rw-`.
    #[must_use]
    pub fn describe(&self, file_offset: u64) -> String {
        self.of_member(file_offset, self.describe_alone(file_offset))
    }

    /// A description with the name of the member before it.
    fn of_member(&self, file_offset: u64, what: String) -> String {
        match self.image.member_at(file_offset) {
            Some(member) => format!("{}: {what}", member.name),
            None => what,
        }
    }

    fn describe_alone(&self, file_offset: u64) -> String {
        let Some(region) = self.find(file_offset) else { return "outside".to_owned() };
        match self.space(region).map(|space| &space.origin) {
            Some(Origin::Memory | Origin::Paged) => format!("memory {}", rights(region.access)),
            Some(Origin::Note { name, thread: Some(thread), .. }) => format!("{name} thread {thread}"),
            Some(Origin::Note { name, .. }) => (*name).to_owned(),
            Some(Origin::Registers { .. }) => "registers".to_owned(),
            Some(Origin::Header) => "header".to_owned(),
            Some(Origin::Heap(weave)) => weave
                .content_at(file_offset)
                .map_or_else(|| "structure".to_owned(), |content| content.to_string()),
            Some(Origin::Gap) => "gap".to_owned(),
            Some(Origin::Trailing) => "trailing bytes".to_owned(),
            Some(Origin::Text) => "text".to_owned(),
            Some(Origin::Said(_)) => "what a text says".to_owned(),
            Some(Origin::Raw) | None => "raw bytes".to_owned(),
        }
    }

    /// What stands at a place: the mapped file, a thread's stack, or the note.
    #[must_use]
    pub fn name(&self, file_offset: u64) -> String {
        self.of_member(file_offset, self.name_alone(file_offset))
    }

    fn name_alone(&self, file_offset: u64) -> String {
        let Some(region) = self.find(file_offset) else { return "outside".to_owned() };
        let is_heap = self.space(region).is_some_and(|space| matches!(space.origin, Origin::Heap(_)));
        let Some(address) = self.address(file_offset).filter(|_| !is_heap) else {
            return self.describe_alone(file_offset);
        };
        let image = self.image.at(file_offset);
        if let Some(mapping) = image.mappings.iter().find(|mapping| mapping.range.contains(&address)) {
            return mapping.path.clone();
        }
        // A hostile core may put memory at the last address.
        let end = address.saturating_add(region.file.end - file_offset);
        let start = address.saturating_sub(file_offset - region.file.start);
        let on_stack = |stack_pointer: u64| (start..end).contains(&stack_pointer);
        match image.threads.iter().find(|thread| on_stack(thread.stack_pointer)) {
            Some(thread) => format!("stack of thread {}", thread.id),
            None => "anonymous memory".to_owned(),
        }
    }

    /// One entry a region, with what the plan removes there.
    #[must_use]
    pub fn pictures(&self, plan: Option<&Plan>) -> Vec<RegionPicture> {
        let cuts = plan.map_or(&[][..], |plan| plan.cuts.as_slice());
        let mut next = 0;
        let mut out = Vec::with_capacity(self.regions.len());
        for region in &self.regions {
            let mut findings = BTreeSet::new();
            let mut cut_bytes = 0;
            while let Some(cut) = cuts.get(next) {
                let end = cut.file_offset + cut.length;
                if cut.file_offset >= region.file.end {
                    break;
                }
                cut_bytes += end.min(region.file.end).saturating_sub(cut.file_offset.max(region.file.start));
                findings.insert(cut.finding);
                if end > region.file.end {
                    break;
                }
                next += 1;
            }
            out.push(RegionPicture {
                address: self.address(region.file.start),
                file_offset: region.file.start,
                length: region.file.end - region.file.start,
                access: rights(region.access),
                name: self.name(region.file.start),
                cut_bytes,
                findings: findings.into_iter().collect(),
            });
        }
        out
    }
}

/// `rwx` with `-` for what is missing.
fn rights(access: Access) -> String {
    let flag = |set: bool, letter: char| if set { letter } else { '-' };
    [flag(access.read, 'r'), flag(access.write, 'w'), flag(access.execute, 'x')].iter().collect()
}
