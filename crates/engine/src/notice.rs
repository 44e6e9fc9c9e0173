//! What a clean dump says of itself, in a place that its format has for that.

use crate::copy::Cut;
use crate::error::Error;
use coredact_dump::{Image, ReadAt, physical};
use coredact_record::notice::NOTICE_BYTES_MAX;
use coredact_record::{Notice, Plan, Policy, fill};

/// Adds a notice to the plan of a kdump that loses anything and has room for one: what other formats could hold it in is
/// somebody else's.
///
/// # Errors
/// If the medium fails.
pub(crate) fn add(source: &dyn ReadAt, image: &Image, policy: Policy, plan: &mut Plan) -> Result<(), Error> {
    if image.format != "kdump" || plan.cuts.is_empty() {
        return Ok(());
    }
    let room = physical::notice_room(source, NOTICE_BYTES_MAX).map_err(Error::NotUnderstood)?;
    let Some(room) = room else { return Ok(()) };
    let field = |bytes| room.field(bytes);
    plan.notice = Some(Notice::new(plan, policy, room.place.start, room.field_offset, field));
    if plan.validate().is_err() {
        // A cut lies in its place.
        plan.notice = None;
    }
    Ok(())
}

/// What the plan changes, by where it stands.
pub(crate) fn changes(plan: &Plan) -> impl Iterator<Item = Cut<impl FnMut(u64, &mut [u8]) + '_>> {
    let mut cuts = plan.cuts.iter().peekable();
    let writes = plan.notice.as_ref().and_then(|notice| notice.writes(plan.input_length));
    let mut writes = writes.map(Vec::from).unwrap_or_default().into_iter().peekable();
    std::iter::from_fn(move || {
        let place = writes.peek().map(|(place, _)| *place);
        let (range, change) = match cuts.next_if(|cut| place.is_none_or(|place| cut.file_offset < place)) {
            Some(cut) => (cut.file_offset..cut.file_offset + cut.length, Change::Fill(cut)),
            None => writes.next().map(|(at, bytes)| (at..at + bytes.len() as u64, Change::Notice(bytes)))?,
        };
        Some(Cut { range, fill: move |phase: u64, bytes: &mut [u8]| change.write(phase, bytes) })
    })
}

/// What stands in the clean dump instead.
enum Change<'a> {
    Fill(&'a coredact_record::Cut),
    Notice(Vec<u8>),
}

impl Change<'_> {
    fn write(&self, phase: u64, bytes: &mut [u8]) {
        match self {
            Self::Fill(cut) => fill::write(&cut.marker, cut.finding, phase, bytes),
            Self::Notice(text) => {
                let text =
                    usize::try_from(phase).ok().and_then(|phase| text.get(phase..)).unwrap_or_default();
                bytes.iter_mut().zip(text).for_each(|(byte, text)| *byte = *text);
            }
        }
    }
}
