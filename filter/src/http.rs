//! One request.

use std::rc::Rc;

use mainsheet_core::action::HeaderMutations;
use mainsheet_core::decision::{Decision, Forward, Outcome};
use mainsheet_core::request::{Header, Request};
use mainsheet_core::settings::FaultMode;
use mainsheet_core::trace::Trace;
use mainsheet_core::view::{DecisionView, Explanation};
use mainsheet_core::wire::TRACE_PROPERTY;
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;

use crate::active::Active;
use crate::effects::{self, HostHeaders};
use crate::host::{self, HostError, Level, Reply};
use crate::replies;

/// The context of one stream.
pub(crate) struct Stream {
    id: u32,
    active: Option<Rc<Active>>,
    /// What is done to the response, whoever gives it.
    response: Vec<HeaderMutations>,
    paused: bool,
}

impl Stream {
    pub(crate) fn new(id: u32, active: Option<Rc<Active>>) -> Self {
        Self {
            id,
            active,
            response: Vec::new(),
            paused: false,
        }
    }

    /// Reads, decides, carries out.
    fn route(&mut self, active: &Active) -> Result<Action, HostError> {
        let headers = host::request_headers()?;
        let request = Request::new(active.port(&headers)?, &headers);
        let decision = decide(active, &request)?;
        active.metrics.count(&decision.outcome);
        self.response = decision.response_headers().cloned().collect();
        self.carry_out(active, &decision, &request, &headers)
    }

    fn carry_out(
        &mut self,
        active: &Active,
        decision: &Decision<'_>,
        request: &Request<'_>,
        headers: &[Header],
    ) -> Result<Action, HostError> {
        if let Some(reply) = replies::of_outcome(&decision.outcome, request) {
            return answer(&reply);
        }
        let mut out = HostHeaders::request();
        let mut rerouted = effects::remove_reserved(headers, &mut out);
        match &decision.outcome {
            Outcome::Forward(forward) => {
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
        out.finish()?;
        if rerouted {
            host::clear_route_cache()?;
        }
        match &decision.outcome {
            Outcome::Forward(forward) if active.fault == FaultMode::Filter => {
                self.own_fault(active, forward, request.is_grpc())
            }
            _ => Ok(Action::Continue),
        }
    }

    /// A fault without the native filter: the abort follows the delay.
    fn own_fault(&mut self, active: &Active, forward: &Forward<'_>, grpc: bool) -> Result<Action, HostError> {
        let abort = forward.abort.map(|abort| replies::aborted(abort, grpc));
        match (forward.delay, abort) {
            (None, None) => Ok(Action::Continue),
            (None, Some(reply)) => answer(&reply),
            (Some(delay), abort) => {
                active.paused.borrow_mut().pause(self.id, delay, abort)?;
                self.paused = true;
                Ok(Action::Pause)
            }
        }
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

fn answer(reply: &Reply) -> Result<Action, HostError> {
    host::send_local_response(reply)?;
    Ok(Action::Pause)
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
        let mut out = HostHeaders::response();
        for mutations in &self.response {
            mutations.apply(&mut out);
        }
        if let Err(error) = out.finish() {
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
}
