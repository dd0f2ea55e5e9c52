//! A stream of frames as a worker under another's control may write it: any bytes, in any pieces.
//!
//! `cargo +nightly fuzz run frame_decoder`. The first two bytes say into what pieces the rest is cut. Beyond not
//! panicking, the decoder must see the same in the pieces as in the whole, and reading a batch through must count
//! what reading it counts.
#![no_main]

use libfuzzer_sys::fuzz_target;
use workhours_core::plugin_host::frame::{Counts, Decoder, Frame, FrameError, Item, Items, validate};

/// Small, so that the fuzzer meets the limit too.
const LARGEST_EVENT: usize = 1 << 10;

fuzz_target!(|data: &[u8]| {
    let [first, then, stream @ ..] = data else { return };
    let whole = frames([stream].into_iter());
    // From a byte at a time to about a page, growing and shrinking.
    let (mut size, step) = (1 + usize::from(*first), 1 + usize::from(*then));
    let mut rest = stream;
    let pieces = frames(std::iter::from_fn(|| {
        let (piece, behind) = rest.split_at(size.min(rest.len()));
        rest = behind;
        size = 1 + (size + step) % 4_096;
        (!piece.is_empty()).then_some(piece)
    }));
    assert_eq!(whole, pieces);
    // Most streams go wrong at their first head; this reads the same bytes as the inside of a batch.
    let _ = counted(stream);
});

/// All frames, and the error of the stream if there was one.
fn frames<'d>(pieces: impl Iterator<Item = &'d [u8]>) -> (Vec<String>, Option<FrameError>, bool) {
    let mut decoder = Decoder::new(LARGEST_EVENT);
    let mut seen = Vec::new();
    for piece in pieces {
        decoder.push(piece);
        loop {
            match decoder.next() {
                Ok(Some(Frame::Batch(payload))) => seen.push(format!("{:?}", counted(payload))),
                Ok(Some(other)) => seen.push(format!("{other:?}")),
                Ok(None) => break,
                // How much had arrived by then depends on the pieces.
                Err(e) => return (seen, Some(e), false),
            }
        }
    }
    let torn = decoder.is_torn();
    (seen, None, torn)
}

/// Reads a batch in both ways.
fn counted(payload: &[u8]) -> Result<Counts, FrameError> {
    let validated = validate(payload);
    let mut items = Items::new(payload);
    let mut counts = Counts::default();
    let read = loop {
        match items.next() {
            Ok(Some(Item::Event(row))) => {
                counts.events += 1;
                assert!(row.span.offset.checked_add(row.span.raw.len() as u64).is_some());
                assert!(row.time.is_none_or(|t| t.nanos < 1_000_000_000));
            }
            Ok(Some(Item::Reject(_))) => counts.rejects += 1,
            Ok(Some(Item::Ignored(n))) => counts.ignored = counts.ignored.saturating_add(n),
            Ok(Some(Item::Checkpoint(..) | Item::Progress(_))) => {}
            Ok(None) => break Ok(()),
            Err(e) => break Err(e),
        }
    };
    match (&validated, read) {
        (Ok(told), Ok(())) => {
            assert_eq!(Counts { reach: told.reach, ..counts }, *told);
        }
        (Err(told), Err(e)) => assert_eq!(*told, e),
        (told, read) => panic!("{told:?}, but {read:?}"),
    }
    validated
}
