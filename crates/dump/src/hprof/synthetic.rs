//! Heap dumps written from the documented tags.
#![expect(clippy::arithmetic_side_effects, reason = "test arithmetic on small numbers")]

use std::ops::Range;

/// A file in the making.
pub(crate) struct Writer {
    pub(crate) bytes: Vec<u8>,
    id_bytes: usize,
    /// Where a heap dump began whose length is not yet written.
    segment: Option<usize>,
}

impl Writer {
    pub(crate) fn new(version: &str, id_bytes: usize) -> Self {
        let mut bytes = format!("JAVA PROFILE {version}\0").into_bytes();
        bytes.extend(u32::try_from(id_bytes).unwrap().to_be_bytes());
        bytes.extend(0x0123_4567_89ab_u64.to_be_bytes());
        Self { bytes, id_bytes, segment: None }
    }

    pub(crate) fn id(&self, id: u64) -> Vec<u8> {
        id.to_be_bytes()[8 - self.id_bytes..].to_vec()
    }

    /// A top-level record; where its body lies.
    pub(crate) fn record(&mut self, tag: u8, body: &[u8]) -> Range<usize> {
        self.bytes.push(tag);
        self.bytes.extend([0; 4]);
        self.bytes.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
        self.raw(body)
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend(bytes);
        start..self.bytes.len()
    }

    /// A string; where its characters lie.
    pub(crate) fn text(&mut self, id: u64, text: &str) -> Range<usize> {
        let body = [self.id(id), text.as_bytes().to_vec()].concat();
        let range = self.record(1, &body);
        range.start + self.id_bytes..range.end
    }

    pub(crate) fn load_class(&mut self, class: u64, name: u64) {
        let body = [vec![0, 0, 0, 1], self.id(class), vec![0; 4], self.id(name)].concat();
        self.record(2, &body);
    }

    /// Begins a heap dump (`0x0c`) or a segment of one (`0x1c`).
    pub(crate) fn begin(&mut self, tag: u8) {
        self.record(tag, &[]);
        self.segment = Some(self.bytes.len());
    }

    /// Writes the length of the heap dump.
    pub(crate) fn end(&mut self) {
        let start = self.segment.take().unwrap();
        let length = u32::try_from(self.bytes.len() - start).unwrap();
        self.bytes[start - 4..start].copy_from_slice(&length.to_be_bytes());
    }

    /// A class with statics and fields: names and types, and values of statics.
    pub(crate) fn class(&mut self, id: u64, parent: u64, statics: &[(u64, u8, &[u8])], fields: &[(u64, u8)]) {
        let mut body = [vec![0x20], self.id(id), vec![0; 4], self.id(parent)].concat();
        (0..5).for_each(|_| body.extend(self.id(0)));
        body.extend([0; 4]);
        body.extend([0, 0]);
        body.extend(u16::try_from(statics.len()).unwrap().to_be_bytes());
        for (name, kind, value) in statics {
            body.extend(self.id(*name));
            body.push(*kind);
            body.extend(*value);
        }
        body.extend(u16::try_from(fields.len()).unwrap().to_be_bytes());
        for (name, kind) in fields {
            body.extend(self.id(*name));
            body.push(*kind);
        }
        self.raw(&body);
    }

    /// An instance; where its fields lie.
    pub(crate) fn instance(&mut self, id: u64, class: u64, fields: &[u8]) -> Range<usize> {
        let length = u32::try_from(fields.len()).unwrap().to_be_bytes();
        let head = [vec![0x21], self.id(id), vec![0; 4], self.id(class), length.to_vec()].concat();
        self.raw(&head);
        self.raw(fields)
    }

    /// An array of a primitive type; where its elements lie.
    pub(crate) fn array(&mut self, id: u64, kind: u8, count: usize, elements: &[u8]) -> Range<usize> {
        let count = u32::try_from(count).unwrap().to_be_bytes();
        let head = [vec![0x23], self.id(id), vec![0; 4], count.to_vec(), vec![kind]].concat();
        self.raw(&head);
        self.raw(elements)
    }

    /// An array of references.
    pub(crate) fn references(&mut self, id: u64, class: u64, references: &[u64]) {
        let count = u32::try_from(references.len()).unwrap().to_be_bytes();
        let mut body = [vec![0x22], self.id(id), vec![0; 4], count.to_vec(), self.id(class)].concat();
        references.iter().for_each(|one| body.extend(self.id(*one)));
        self.raw(&body);
    }
}

/// A heap dump with one of everything, and where the bytes lie that may be overwritten.
pub(crate) fn sample(version: &str, id_bytes: usize) -> (Vec<u8>, Vec<Range<usize>>) {
    let mut out = Writer::new(version, id_bytes);
    let mut free = Vec::new();
    let name = out.text(1, "com/example/Vault");
    out.text(2, "count");
    free.push(out.text(3, "a literal of the program"));
    out.load_class(100, 1);
    let frame = [1_u64, 2, 2, 2].map(|id| out.id(id)).concat();
    out.record(4, &[frame, vec![0; 8]].concat());
    out.record(5, &[0; 12]);
    out.record(7, &[0; 24]);
    out.begin(if version == "1.0.1" { 0x0c } else { 0x1c });
    for (tag, ids, numbers) in [(0xff, 1, 0), (1, 2, 0), (3, 1, 2), (6, 1, 1), (0x89, 1, 0), (0xfe, 1, 1)] {
        out.raw(&[vec![tag], vec![0; ids * id_bytes + numbers * 4]].concat());
    }
    // An instance before its class, as ART writes them: long, reference, char.
    let fields = [&0x1122_3344_5566_7788_u64.to_be_bytes()[..], &out.id(500), &[0, b'x']].concat();
    let at = out.instance(200, 100, &fields);
    free.extend([at.start..at.start + 8, at.end - 2..at.end]);
    out.class(90, 0, &[], &[(2, 5)]);
    let before = out.bytes.len();
    out.class(100, 90, &[(2, 10, &[9, 8, 7, 6])], &[(2, 11), (2, 2)]);
    let value = before + 1 + 7 * id_bytes + 12 + id_bytes + 1;
    free.push(value..value + 4);
    free.push(out.array(300, 10, 4, &(0..16).collect::<Vec<u8>>()));
    free.push(out.array(301, 8, 5, b"bytes"));
    free.push(out.array(302, 5, 3, b"\0p\0w\0d"));
    out.array(303, 11, 0, &[]);
    out.references(400, 100, &[200, 0, 300]);
    // HPROF_PRIMITIVE_ARRAY_NODATA_DUMP of Android.
    let nodata = [vec![0xc3], out.id(304), vec![0, 0, 0, 0, 0, 0, 0, 9, 8]].concat();
    out.raw(&nodata);
    out.end();
    if version != "1.0.1" {
        out.record(0x2c, &[]);
    }
    assert!(!name.is_empty());
    free.sort_by_key(|range| range.start);
    (out.bytes, free)
}
