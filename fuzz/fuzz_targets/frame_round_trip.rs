//! A batch that was decoded and written again decodes to the same.
//!
//! `cargo +nightly fuzz run frame_round_trip`. The bytes are the inside of a batch, read up to the first item that
//! is none.
#![no_main]

use libfuzzer_sys::fuzz_target;
use workhours_core::plugin_host::frame::{Decoder, End, Frame, FrameWriter, Item, Items};

fuzz_target!(|data: &[u8]| {
    let (seen, frames, end) = rewritten(data);
    let payload = batches(&frames, &end);
    let (again, frames, end) = rewritten(&payload);
    assert_eq!(seen, again);
    // Written twice is written the same, to the last bit of a float.
    assert_eq!(payload, batches(&frames, &end));
});

/// The items of a batch as text, the frames that contain them again, and the values of their END.
fn rewritten(payload: &[u8]) -> (Vec<String>, Vec<u8>, End) {
    let mut items = Items::new(payload);
    let (mut seen, mut frames, mut end) = (Vec::new(), Vec::new(), End::default());
    let mut writer = FrameWriter::new(&mut frames);
    while let Ok(Some(item)) = items.next() {
        seen.push(format!("{item:?}"));
        let written = match item {
            Item::Event(row) => {
                end.events += 1;
                writer.event(&row)
            }
            Item::Reject(reject) => {
                end.rejects += 1;
                writer.reject(&reject)
            }
            Item::Ignored(n) => {
                end.ignored = end.ignored.saturating_add(n);
                writer.ignored(n)
            }
            Item::Checkpoint(at, state) => writer.checkpoint(at, state),
            Item::Progress(done) => writer.progress(done),
        };
        written.expect("a vector takes all");
    }
    writer.end(end.status, &end.message).expect("a vector takes all");
    (seen, frames, end)
}

/// The insides of all batches, after which there must be nothing but this END.
fn batches(frames: &[u8], end: &End) -> Vec<u8> {
    let mut decoder = Decoder::new(1 << 20);
    decoder.push(frames);
    let (mut payload, mut ended) = (Vec::new(), false);
    while let Some(frame) = decoder.next().expect("what was just written") {
        assert!(!ended);
        match frame {
            Frame::Batch(more) => payload.extend_from_slice(more),
            Frame::End(last) => {
                assert_eq!(last, *end);
                ended = true;
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(ended && !decoder.is_torn());
    payload
}
