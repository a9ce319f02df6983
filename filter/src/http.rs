//! One request.

use std::rc::Rc;
use std::time::Duration;

use mainsheet_core::action::HeaderMutations;
use mainsheet_core::decision::{Decision, Outcome};
use mainsheet_core::reply::LocalReply;
use mainsheet_core::request::Request;
use mainsheet_core::settings::FaultMode;
use mainsheet_core::trace::Trace;
use mainsheet_core::view::{DecisionView, Explanation};
use mainsheet_core::wire::TRACE_PROPERTY;
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::{Action, MapType};

use crate::active::Active;
use crate::attributes::HostAttributes;
use crate::effects::{self, HostHeaders};
use crate::host::{self, HostError, Level};
use crate::replies;

/// The context of one stream.
pub(crate) struct Stream {
    id: u32,
    active: Option<Rc<Active>>,
    /// What is done to the response, whoever gives it.
    response: Vec<HeaderMutations>,
    /// Whether Envoy's fault filter answers.
    local: bool,
    paused: bool,
    /// Which rule has decided, where that is measured.
    rule: Option<usize>,
}

impl Stream {
    pub(crate) fn new(id: u32, active: Option<Rc<Active>>) -> Self {
        Self {
            id,
            active,
            response: Vec::new(),
            local: false,
            paused: false,
            rule: None,
        }
    }

    /// Reads, decides, carries out.
    fn route(&mut self, active: &Active) -> Result<Action, HostError> {
        let headers = host::request_headers()?;
        let attributes = HostAttributes::default();
        let port = active.port(&headers)?;
        let address = active.address(port)?;
        let request = Request::new(port, &headers)
            .with_address(address.as_deref())
            .with_attributes(&attributes);
        let decision = decide(active, &request)?;
        attributes.finish()?;
        active.summarize(&decision);
        if active.leaves(&decision) {
            active.metrics.left.add();
            leave(&request)?;
            return Ok(Action::Continue);
        }
        self.rule = active.metrics.count(&decision);
        let action = self.carry_out(active, &decision, &request)?;
        attributes.finish()?;
        Ok(action)
    }

    fn carry_out(
        &mut self,
        active: &Active,
        decision: &Decision<'_>,
        request: &Request<'_>,
    ) -> Result<Action, HostError> {
        if replies::is_ours(decision, request, active)
            && let Some(mut reply) = decision.local_reply(request)
        {
            let withheld = reply.withhold_body(request);
            let content_type = withheld.map(|value| replies::content_type(&value));
            self.response = content_type.into_iter().collect();
            return self.answer(active, decision.delay(), reply);
        }
        self.send_on(active, decision, request)?;
        match decision.delay() {
            Some(delay) if active.fault == FaultMode::Filter => self.pause(active, delay, None),
            _ => Ok(Action::Continue),
        }
    }

    /// Changes the request, and remembers what is to be done to its response.
    fn send_on(
        &mut self,
        active: &Active,
        decision: &Decision<'_>,
        request: &Request<'_>,
    ) -> Result<(), HostError> {
        let mut out = HostHeaders::new(MapType::HttpRequestHeaders);
        let mut rerouted = effects::remove_reserved(request.headers(), &mut out);
        match &decision.outcome {
            Outcome::Forward(forward) => {
                if forward.reads_request() || decision.response_reads_request() {
                    out.keep(effects::without_reserved(request.headers()));
                }
                effects::forward(forward, request, &mut out);
                if active.fault == FaultMode::Native {
                    effects::native_fault(forward, request.is_grpc(), &mut out);
                }
                rerouted = true;
            }
            Outcome::Passthrough => {
                effects::pass_through(&mut out);
                rerouted = true;
            }
            _ => {}
        }
        self.remember(decision, request, &out);
        out.finish()?;
        if rerouted {
            host::clear_route_cache()?;
        }
        Ok(())
    }

    /// An abort stands before anything has changed the request.
    fn remember(&mut self, decision: &Decision<'_>, request: &Request<'_>, out: &HostHeaders) {
        let aborted = matches!(&decision.outcome, Outcome::Forward(forward) if forward.abort.is_some());
        self.local = aborted;
        self.response = match out.copy().filter(|_| !aborted) {
            Some(sent) => decision.response_mutations(request, sent),
            None => decision.response_mutations(request, request.headers()),
        };
    }

    /// Answers, after a delay if there is one.
    fn answer(
        &mut self,
        active: &Active,
        delay: Option<Duration>,
        reply: LocalReply,
    ) -> Result<Action, HostError> {
        match delay {
            Some(delay) => self.pause(active, delay, Some(reply)),
            None => {
                host::send_local_response(&reply)?;
                Ok(Action::Pause)
            }
        }
    }

    fn pause(
        &mut self,
        active: &Active,
        delay: Duration,
        reply: Option<LocalReply>,
    ) -> Result<Action, HostError> {
        active.paused.borrow_mut().pause(self.id, delay, reply)?;
        self.paused = true;
        Ok(Action::Pause)
    }

    /// Does to the response what the rule says.
    fn change_response(&self) -> Result<(), HostError> {
        let mut out = HostHeaders::new(MapType::HttpResponseHeaders);
        let mut status = 0;
        let mut reads = self.response.iter().map(HeaderMutations::reads);
        if reads.any(|reads| reads.response || reads.status) {
            let headers = host::response_headers()?;
            if !self.local && host::is_from_upstream()? {
                status = effects::status(&headers);
            }
            out.keep(headers);
        }
        for mutations in &self.response {
            mutations.apply_response(&mut out, status);
        }
        out.finish()
    }

    /// A request is answered rather than let around the rules.
    fn fail(&self, error: HostError) -> Action {
        host::log(Level::Error, &format!("mainsheet: request not routed: {error}"));
        if let Some(active) = &self.active {
            active.metrics.host_errors.add();
        }
        if let Err(error) = host::send_local_response(&replies::failure()) {
            host::log(Level::Error, &format!("mainsheet: request not answered: {error}"));
        }
        Action::Pause
    }
}

/// Leaves a request to the routes of others: they see it as it came, but for what only the filter may say to its own.
fn leave(request: &Request<'_>) -> Result<(), HostError> {
    let mut out = HostHeaders::new(MapType::HttpRequestHeaders);
    let removed = effects::remove_orders(request.headers(), &mut out);
    out.finish()?;
    if removed {
        host::clear_route_cache()?;
    }
    Ok(())
}

fn decide<'t>(active: &'t Active, request: &Request<'_>) -> Result<Decision<'t>, HostError> {
    let mut entropy = active.next_entropy();
    let mut cache = active.cache.borrow_mut();
    if !active.trace {
        return Ok(active.table.decide(request, &mut entropy, &mut cache, &mut ()));
    }
    let mut trace = Trace::default();
    let decision = active.table.decide(request, &mut entropy, &mut cache, &mut trace);
    let explanation = Explanation {
        decision: DecisionView::new(&decision, request),
        trace,
    };
    match serde_json::to_vec(&explanation) {
        Ok(json) => host::set_property(TRACE_PROPERTY, &json)?,
        Err(error) => host::log(Level::Warn, &format!("mainsheet: no explanation: {error}")),
    }
    Ok(decision)
}

impl Context for Stream {
    fn on_done(&mut self) -> bool {
        if let Some(active) = self.active.as_ref().filter(|_| self.paused) {
            active.paused.borrow_mut().forget(self.id);
        }
        true
    }
}

impl HttpContext for Stream {
    fn on_http_request_headers(&mut self, _count: usize, _end_of_stream: bool) -> Action {
        let Some(active) = self.active.clone() else {
            return self.fail(HostError {
                call: "proxy_on_configure",
                status: 0,
            });
        };
        self.route(&active).unwrap_or_else(|error| self.fail(error))
    }

    fn on_http_response_headers(&mut self, _count: usize, _end_of_stream: bool) -> Action {
        if self.response.is_empty() {
            return Action::Continue;
        }
        if let Err(error) = self.change_response() {
            host::log(
                Level::Error,
                &format!("mainsheet: response headers not changed: {error}"),
            );
            if let Some(active) = &self.active {
                active.metrics.host_errors.add();
            }
        }
        Action::Continue
    }

    /// Envoy knows only now how long it took.
    fn on_log(&mut self) {
        let Some((active, rule)) = self.active.as_ref().zip(self.rule) else {
            return;
        };
        let measured = host::request_duration();
        if let Err(error) = measured.and_then(|duration| active.metrics.measure(rule, duration)) {
            host::log(Level::Warn, &format!("mainsheet: duration not recorded: {error}"));
            active.metrics.host_errors.add();
        }
    }
}
