//! Responses that are sent while they are written: one of core's outputs writes a table on a separate thread, into a
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

/// How many pieces may wait to be sent.
const PIECES: usize = 8;

type Piece = io::Result<Bytes>;

/// The reading end of the queue.
struct Pieces {
    first: Option<Piece>,
    queue: Receiver<Piece>,
    /// Cancels the work when the client disconnects.
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

/// The writing end of the queue.
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
    /// A response of this media type, written by `write`. An error before the first byte becomes an ordinary problem.
    ///
    /// # Errors
    /// Errors of `write` before the first byte; a problem when the site is too busy.
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
                    // A part of it has been sent already.
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
