//! Classes: which fields an instance has, and in what order they were written.

use super::tag;
use crate::limits::{HPROF_CLASS_DEPTH_MAX, HPROF_CLASSES_MAX, HPROF_FIELDS_MAX};
use std::collections::BTreeMap;
use std::ops::Range;

/// A class, as far as an instance of it or its own dump has told.
#[derive(Debug, Default)]
struct Class {
    /// Identifier of the superclass, 0 if there is none; nothing if the class was not dumped.
    parent: Option<u64>,
    /// Types of its own fields, in the order of an instance.
    fields: Vec<u8>,
}

/// All classes by their identifiers.
#[derive(Debug, Default)]
pub(super) struct Classes {
    by_id: BTreeMap<u64, usize>,
    classes: Vec<Class>,
    fields: usize,
}

impl Classes {
    /// The number of a class, known or not; nothing if there are too many.
    pub(super) fn number(&mut self, id: u64) -> Option<usize> {
        if let Some(number) = self.by_id.get(&id) {
            return Some(*number);
        }
        if self.classes.len() >= HPROF_CLASSES_MAX {
            return None;
        }
        let number = self.classes.len();
        self.classes.push(Class::default());
        self.by_id.insert(id, number);
        Some(number)
    }

    /// Takes what the dump of a class says; false if there is no room for it. The first dump of a class counts.
    pub(super) fn define(&mut self, id: u64, parent: u64, fields: Vec<u8>) -> bool {
        let Some(number) = self.number(id) else { return false };
        self.fields = self.fields.saturating_add(fields.len());
        let Some(class) = self.classes.get_mut(number).filter(|_| self.fields <= HPROF_FIELDS_MAX) else {
            return false;
        };
        if class.parent.is_none() {
            class.parent = Some(parent);
            class.fields = fields;
        }
        true
    }

    /// Number of classes that were dumped.
    pub(super) fn dumped(&self) -> usize {
        self.classes.iter().filter(|class| class.parent.is_some()).count()
    }

    /// Where the references lie among the `length` bytes of fields of an instance; nothing as for [`Self::layout`].
    pub(super) fn references(&self, number: usize, length: u64, id_bytes: u8) -> Option<Vec<u64>> {
        let fields = self.fields(number, length, id_bytes)?;
        Some(
            fields
                .into_iter()
                .filter(|(_, _, kind)| *kind == tag::OBJECT)
                .map(|(range, ..)| range.start)
                .collect(),
        )
    }

    /// Where the fields of primitive types lie among the `length` bytes of fields of an instance, and how wide each
    /// is; nothing if the classes do not add up to that many bytes.
    pub(super) fn layout(&self, number: usize, length: u64, id_bytes: u8) -> Option<Vec<(Range<u64>, u8)>> {
        let fields = self.fields(number, length, id_bytes)?;
        let primitive = fields.into_iter().filter(|(_, _, kind)| *kind != tag::OBJECT);
        Some(primitive.map(|(range, width, _)| (range, width)).collect())
    }

    /// Where each field lies, how wide it is, and of what type.
    fn fields(&self, number: usize, length: u64, id_bytes: u8) -> Option<Vec<(Range<u64>, u8, u8)>> {
        let (mut at, mut fields): (u64, Vec<(Range<u64>, u8, u8)>) = (0, Vec::new());
        let mut class = self.classes.get(number)?;
        for _ in 0..HPROF_CLASS_DEPTH_MAX {
            let parent = class.parent?;
            for kind in &class.fields {
                let width = if *kind == tag::OBJECT { id_bytes } else { tag::width(*kind)? };
                let end = at.checked_add(u64::from(width)).filter(|end| *end <= length)?;
                fields.push((at..end, width, *kind));
                at = end;
            }
            if parent == 0 {
                return (at == length).then_some(fields);
            }
            class = self.classes.get(*self.by_id.get(&parent)?)?;
        }
        None
    }
}
