//! The body of a response, which knows when it has been sent: until then its connection keeps its seat, however long a
//! stream or a download takes.

use super::seats::Answering;
use hyper::body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};

/// A body and the request it answers.
pub(super) struct Answered<B> {
    body: Pin<Box<B>>,
    answering: Answering,
}

impl<B> Answered<B> {
    pub(super) fn new(body: B, answering: Answering) -> Self {
        Self { body: Box::pin(body), answering }
    }
}

impl<B: Body> Body for Answered<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let polled = self.body.as_mut().poll_frame(context);
        if let Poll::Ready(None | Some(Err(_))) = polled {
            self.answering.end();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
