#![expect(clippy::arithmetic_side_effects, reason = "test arithmetic on small numbers")]

use super::*;
use proptest::prelude::*;

/// An array of four `int` behind a header of 18 bytes, a text of 3 bytes behind 17, an object without fields.
fn shapes() -> Vec<Shape> {
    vec![
        Shape::new(34, Content::Array("int"), &[(18..34, 4)]),
        Shape::new(20, Content::Text, &[(17..20, 1)]),
        Shape::new(25, Content::Fields, &[]),
    ]
}

#[test]
fn fields_lie_at_their_own_alignment() {
    let shape = Shape::new(60, Content::Fields, &[(25..26, 1), (26..34, 8), (34..42, 8), (50..52, 2)]);
    let runs: Vec<_> = shape.runs.iter().map(|run| (run.file, run.view, run.length, run.width)).collect();
    assert_eq!(runs, [(25, 16, 1, 1), (26, 24, 16, 8), (50, 40, 2, 2)]);
    assert_eq!(shape.view_bytes, 48);
}

#[test]
fn bytes_are_found_in_both_directions() {
    let mut weaver = Weaver::default();
    weaver.skip_to(100);
    weaver.record(0, 34);
    weaver.foreign_to(150);
    weaver.record(2, 25);
    weaver.record(1, 20);
    weaver.skip_to(300);
    let weave = weaver.finish(shapes(), vec![175]);
    assert_eq!(weave.length(), 32 + 24);
    let int = Part { start: 16, file_offset: 118, length: 16, width: 4, content: Content::Array("int") };
    let text = Part { start: 48, file_offset: 192, length: 3, width: 1, content: Content::Name };
    assert_eq!(weave.parts(0..100).collect::<Vec<_>>(), [int, text]);
    assert_eq!(weave.parts(32..49).collect::<Vec<_>>(), [text]);
    assert_eq!(weave.parts(0..16).count(), 0);
    assert_eq!(weave.parts_in_file(0..119).collect::<Vec<_>>(), [int]);
    assert_eq!(int.file_range(&(17..21)), Some(118..126));
    assert_eq!(weave.open_to(&(110..200), true), [118..134, 134..150, 192..195]);
    assert_eq!(weave.open_to(&(120..200), false), [120..134, 134..150]);
    assert_eq!(weave.content_at(193), Some(Content::Name));
    assert_eq!(weave.content_at(191), None);
    let moved = weave.moved(1000);
    let away = |part: Part| Part { file_offset: part.file_offset + 1000, ..part };
    assert_eq!(moved.parts(0..100).collect::<Vec<_>>(), [away(int), away(text)]);
    assert_eq!(moved.open_to(&(1110..1200), true), [1118..1134, 1134..1150, 1192..1195]);
    assert_eq!(moved.open_to(&(0..1000), true), []);
    assert_eq!(moved.content_at(1193), Some(Content::Name));
}

proptest! {
    #[test]
    fn every_entrance_leads_to_the_same_parts(steps in proptest::collection::vec((0_usize..5, 0_u64..40), 0..1500)) {
        let mut weaver = Weaver::default();
        for (kind, bytes) in steps {
            match kind {
                0 => weaver.skip_to(weaver.at() + bytes),
                1 => weaver.foreign_to(weaver.at() + bytes),
                kind => weaver.record(kind - 2, shapes()[kind - 2].file_bytes),
            }
        }
        let weave = weaver.finish(shapes(), Vec::new());
        let all: Vec<Part> = weave.parts(0..u64::MAX).collect();
        for part in all.iter().step_by(7) {
            let view = part.start..part.start + part.length;
            prop_assert_eq!(weave.parts(view).collect::<Vec<_>>(), vec![*part]);
            let file = part.file_offset..part.file_offset + part.length;
            prop_assert_eq!(weave.parts_in_file(file.clone()).collect::<Vec<_>>(), vec![*part]);
            prop_assert_eq!(weave.open_to(&file, false), vec![file]);
        }
    }
}
