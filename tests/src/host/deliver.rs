//! Giving the parts of an HTTP message to the filter, and honouring Pause and Continue.

use super::context::{Flow, Half, Http, Piece};
use super::error::{HostError, Result};
use super::inner::{Action, Inner};
use super::local_reply::LocalReply;

const NOT_HTTP: HostError = HostError::Misuse("this context is no HTTP stream, or it is gone");

fn half(http: &mut Http, response: bool) -> &mut Half {
    if response {
        &mut http.response
    } else {
        &mut http.request
    }
}

impl Inner {
    fn half(&mut self, id: u32, response: bool) -> Result<&mut Half> {
        let http = self.state().http_of(id).ok_or(NOT_HTTP)?;
        Ok(half(http, response))
    }

    /// Gives a part to the filter now, or keeps it while the filter holds the headers.
    pub(super) fn deliver(&mut self, id: u32, response: bool, piece: Piece) -> Result<()> {
        let http = self.state().http_of(id).ok_or(NOT_HTTP)?;
        if http.reset || (!response && http.local_reply.is_some()) {
            return Ok(());
        }
        http.in_response = response;
        let half = half(http, response);
        if half.flow == Flow::PausedInHeaders {
            half.waiting.push_back(piece);
            return Ok(());
        }
        match piece {
            Piece::Headers(headers, end) => self.deliver_headers(id, response, headers, end),
            Piece::Body(body, end) => self.deliver_body(id, response, &body, end),
            Piece::Trailers(trailers) => self.deliver_trailers(id, response, trailers),
        }
    }

    fn deliver_headers(
        &mut self,
        id: u32,
        response: bool,
        headers: super::headers::HeaderMap,
        end: bool,
    ) -> Result<()> {
        let count = headers.len() as u32;
        let half = self.half(id, response)?;
        half.headers = headers;
        half.headers_open = true;
        let (name, function) = if response {
            ("proxy_on_response_headers", self.exports.response_headers.clone())
        } else {
            ("proxy_on_request_headers", self.exports.request_headers.clone())
        };
        let action = self.ask(id, name, function, (id, count, u32::from(end)))?;
        self.note_early_continue(id);
        let half = self.half(id, response)?;
        match action {
            Action::Continue => {
                half.headers_open = false;
                half.flow = Flow::Continued;
            }
            Action::Pause => half.flow = Flow::PausedInHeaders,
        }
        self.settle()
    }

    fn deliver_body(&mut self, id: u32, response: bool, body: &[u8], end: bool) -> Result<()> {
        let half = self.half(id, response)?;
        half.buffer.extend_from_slice(body);
        let size = half.buffer.len() as u32;
        let (name, function) = if response {
            ("proxy_on_response_body", self.exports.response_body.clone())
        } else {
            ("proxy_on_request_body", self.exports.request_body.clone())
        };
        let action = self.ask(id, name, function, (id, size, u32::from(end)))?;
        self.note_early_continue(id);
        let half = self.half(id, response)?;
        match action {
            Action::Continue => release(half),
            Action::Pause => half.flow = Flow::PausedInBody,
        }
        self.settle()
    }

    fn deliver_trailers(
        &mut self,
        id: u32,
        response: bool,
        trailers: super::headers::HeaderMap,
    ) -> Result<()> {
        let count = trailers.len() as u32;
        let half = self.half(id, response)?;
        half.trailers = trailers;
        half.trailers_open = true;
        let (name, function) = if response {
            (
                "proxy_on_response_trailers",
                self.exports.response_trailers.clone(),
            )
        } else {
            ("proxy_on_request_trailers", self.exports.request_trailers.clone())
        };
        let action = self.ask(id, name, function, (id, count))?;
        self.note_early_continue(id);
        let half = self.half(id, response)?;
        match action {
            Action::Continue => {
                half.trailers_open = false;
                release(half);
            }
            Action::Pause => half.flow = Flow::PausedInBody,
        }
        self.settle()
    }

    /// A stream that is not paused yet cannot be continued: Envoy would lose the call, and hang.
    fn note_early_continue(&mut self, id: u32) {
        use super::state::Deferred;
        let state = self.state();
        let before = state.deferred.len();
        state
            .deferred
            .retain(|effect| !matches!(effect, Deferred::Continue(of, _) if *of == id));
        if state.deferred.len() != before {
            state.violation("continued a stream in the callback that decides whether it is paused");
        }
    }

    /// `continueDecoding` or `continueEncoding`.
    pub(super) fn resume(&mut self, id: u32, response: bool) -> Result<()> {
        let Some(http) = self.state().http_of(id) else {
            return Ok(());
        };
        if http.reset || (!response && http.local_reply.is_some()) {
            return Ok(());
        }
        let half = half(http, response);
        if !half.flow.is_paused() {
            self.state().violation("continued a stream that is not paused");
            return Ok(());
        }
        release(half);
        self.deliver_waiting(id, response)
    }

    fn deliver_waiting(&mut self, id: u32, response: bool) -> Result<()> {
        while self.half(id, response)?.flow != Flow::PausedInHeaders {
            let Some(piece) = self.half(id, response)?.waiting.pop_front() else {
                return Ok(());
            };
            self.deliver(id, response, piece)?;
        }
        Ok(())
    }

    /// A local reply passes the response callbacks of the filter that sent it, as in Envoy.
    pub(super) fn local_reply(&mut self, id: u32, reply: LocalReply) -> Result<()> {
        let Some(http) = self.state().http_of(id) else {
            return Ok(());
        };
        if http.reset {
            return Ok(());
        }
        if http.local_reply.is_some() {
            self.state().violation("sent a second local reply");
            return Ok(());
        }
        let (headers, body) = reply.encode(&http.request.headers);
        let answered = http.response.flow != Flow::Idle;
        http.local_reply = Some(reply);
        if answered {
            http.response.headers = headers;
            http.response.flow = Flow::Continued;
            return Ok(());
        }
        self.deliver(id, true, Piece::Headers(headers, body.is_empty()))?;
        if body.is_empty() {
            Ok(())
        } else {
            self.deliver(id, true, Piece::Body(body, true))
        }
    }
}

fn release(half: &mut Half) {
    half.flow = Flow::Continued;
    let buffered = std::mem::take(&mut half.buffer);
    half.forwarded.extend_from_slice(&buffered);
}
