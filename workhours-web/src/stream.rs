//! Responses that are written while they are read: a table by one of core's outputs, on a separate thread, through a
//! short queue. If it fails half-way the connection is cut, so that the response doesn't look complete.

use crate::answer::Answer;
use crate::log::{Level, Line};
use crate::problem::Problem;
use crate::site::Site;
use crate::work_queue::{CancelToken, Held};
use bytes::Bytes;
use futures_util::Stream;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use std::io::{self, Write};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use workhours_core::error::Result;

/// Pieces that wait to be read.
const PIECES: usize = 8;

type Piece = io::Result<Bytes>;

/// The output of the queue.
struct Pieces {
    first: Option<Piece>,
    queue: Receiver<Piece>,
    /// Ends the work when the reader goes.
    _held: Held,
}

impl Stream for Pieces {
    type Item = Piece;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Piece>> {
        match self.first.take() {
            Some(piece) => Poll::Ready(Some(piece)),
            None => self.queue.poll_recv(cx),
        }
    }
}

/// The input.
pub(crate) struct Pipe(Sender<Piece>);

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let sent = self.0.blocking_send(Ok(Bytes::copy_from_slice(bytes)));
        sent.map(|()| bytes.len()).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Site {
    /// An answer of a media type that `write` writes. What fails before the first byte is a problem like any other.
    ///
    /// # Errors
    /// Immediate errors of `write`; a problem when there is too much to do.
    pub(crate) async fn stream(
        &self,
        kind: &'static str,
        write: impl FnOnce(&Site, &mut Pipe, &CancelToken) -> Result<()> + Send + 'static,
    ) -> Result<Answer, Problem> {
        let (sender, mut queue) = channel(PIECES);
        let (failed, failure) = tokio::sync::oneshot::channel();
        let held = self
            .export(move |site, stop| {
                let mut pipe = Pipe(sender);
                let Err(error) = write(site, &mut pipe, stop) else { return };
                let cause = error.full_message();
                if failed.send(error).is_err() {
                    // Some of it is on its way already.
                    Line::new(Level::Error, "export-failed").with("cause", cause).send(&site.log);
                }
                let _ = pipe.0.blocking_send(Err(io::Error::other("the export failed")));
            })
            .await?;
        let first = queue.recv().await;
        if let Some(Err(_)) = &first
            && let Ok(error) = failure.await
        {
            return Err(error.into());
        }
        let pieces = Pieces { first, queue, _held: held };
        let mut reply = warp::Reply::into_response(warp::reply::stream(pieces));
        reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        Ok(Answer::from_reply(reply).private())
    }
}
