//! The root context: compiles each configuration aside and swaps it in, and keeps time.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use mainsheet_core::settings::Decides;
use proxy_wasm::traits::{Context, HttpContext, RootContext, StreamContext};
use proxy_wasm::types::ContextType;

use crate::active::Active;
use crate::delay::{self, Due, Paused};
use crate::host::{self, Level};
use crate::http::Stream;
use crate::tcp::Connected;

/// How often counters are written out, in milliseconds.
const FLUSH_PERIOD: u32 = 1000;

/// The plugin's root context.
#[derive(Default)]
pub(crate) struct Root {
    active: Option<Rc<Active>>,
    /// Outlives configurations: who waits has begun under an older one.
    paused: Rc<RefCell<Paused>>,
}

impl Context for Root {}

impl RootContext for Root {
    /// A configuration that does not compile is refused as a whole: what served before keeps serving.
    fn on_configure(&mut self, size: usize) -> bool {
        let configuration = match host::plugin_configuration(size) {
            Ok(configuration) => configuration,
            Err(error) => {
                host::log(
                    Level::Error,
                    &format!("mainsheet: no plugin configuration: {error}"),
                );
                return false;
            }
        };
        match Active::new(&configuration, &self.paused, self.active.as_deref()) {
            Ok(active) => {
                self.flush();
                self.active = Some(Rc::new(active));
                self.keep_time();
                true
            }
            Err(findings) => {
                for finding in findings {
                    host::log(
                        Level::Error,
                        &format!("mainsheet: configuration refused: {finding}"),
                    );
                }
                false
            }
        }
    }

    fn on_tick(&mut self) {
        self.flush();
        let due = self.paused.borrow_mut().take_due();
        due.into_iter().for_each(Due::resume);
    }

    fn create_http_context(&self, id: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Stream::new(id, self.active.clone())))
    }

    fn create_stream_context(&self, _id: u32) -> Option<Box<dyn StreamContext>> {
        Some(Box::new(Connected::new(self.active.clone())))
    }

    /// Envoy asks with every new stream, and does not say of which kind it is.
    fn get_type(&self) -> Option<ContextType> {
        match self.active.as_ref().map(|active| active.decides) {
            Some(Decides::Connections) => Some(ContextType::StreamContext),
            Some(Decides::Requests) | None => Some(ContextType::HttpContext),
        }
    }

    fn set_tick_period(&self, period: Duration) {
        let milliseconds = u32::try_from(period.as_millis()).unwrap_or(u32::MAX);
        if let Err(error) = host::set_tick_period(milliseconds) {
            host::log(Level::Warn, &format!("mainsheet: {error}"));
        }
    }
}

impl Root {
    fn flush(&self) {
        if let Some(active) = &self.active {
            active.metrics.flush();
        }
    }

    /// Delays are as exact as ticks are frequent.
    fn keep_time(&self) {
        let delays = self
            .active
            .as_ref()
            .is_some_and(|active| active.carries_out_delays())
            || !self.paused.borrow().is_empty();
        let period = if delays { delay::TICK } else { FLUSH_PERIOD };
        self.set_tick_period(Duration::from_millis(u64::from(period)));
    }
}
