//! A configuration in force: one table and what its streams share. A new configuration makes a new one;
//! streams under way keep the one they began with.

use std::cell::{Cell, RefCell};
use std::net::IpAddr;
use std::rc::Rc;

use mainsheet_core::attributes::without_port;
use mainsheet_core::compile;
use mainsheet_core::decision::Decision;
use mainsheet_core::diagnostic::{Diagnostic, Severity};
use mainsheet_core::entropy::Entropy;
use mainsheet_core::request::{Header, split_port};
use mainsheet_core::settings::{Configuration, Decides, FaultMode, PortSource, Routes, locate};
use mainsheet_core::summary::Summary;
use mainsheet_core::table::{PathCache, RouteTable};
use mainsheet_core::wire::DECISION_PROPERTY;

use crate::delay::Paused;
use crate::host::{self, HostError, Level};
use crate::metrics::Metrics;

/// The port of requests whose authority names none.
const DEFAULT_PORT: u16 = 80;

/// Everything the streams of one configuration share.
pub(crate) struct Active {
    pub(crate) table: RouteTable,
    pub(crate) decides: Decides,
    pub(crate) port: PortSource,
    pub(crate) fault: FaultMode,
    pub(crate) routes: Routes,
    pub(crate) trace: bool,
    pub(crate) access_log: bool,
    pub(crate) cache: RefCell<PathCache>,
    pub(crate) paused: Rc<RefCell<Paused>>,
    pub(crate) metrics: Metrics,
    entropy: Cell<u64>,
}

impl Active {
    /// Compiles a plugin configuration.
    ///
    /// # Errors
    /// All findings, with line and column in the configuration, when one of them is an error.
    pub(crate) fn new(
        configuration: &[u8],
        paused: &Rc<RefCell<Paused>>,
        old: Option<&Self>,
    ) -> Result<Self, Vec<Diagnostic>> {
        let Configuration {
            settings,
            bundle,
            mut warnings,
        } = Configuration::from_json(configuration)?;
        let mut compiled = compile::compile(&bundle, &settings.mesh, &settings.proxy)
            .map_err(|findings| locate(configuration, findings))?;
        warnings.extend(locate(configuration, compiled.diagnostics));
        if let Some(old) = old {
            compiled.table.keep_refused(&old.table);
        }
        for finding in warnings {
            let level = match finding.severity {
                Severity::Error => Level::Error,
                _ => Level::Warn,
            };
            host::log(level, &format!("mainsheet: {finding}"));
        }
        let metrics = Metrics::define(&compiled.table, settings.durations);
        Ok(Self {
            table: compiled.table,
            decides: settings.decides,
            port: settings.port,
            fault: settings.fault,
            routes: settings.routes,
            trace: settings.trace,
            access_log: settings.access_log,
            cache: RefCell::default(),
            paused: Rc::clone(paused),
            metrics,
            entropy: Cell::new(settings.seed.unwrap_or_else(|| host::now().unwrap_or_default())),
        })
    }

    /// Whether requests may wait here.
    pub(crate) fn carries_out_delays(&self) -> bool {
        match self.fault {
            FaultMode::Filter => self.table.has_delays(),
            // Envoy's fault filter does not see what is answered here.
            FaultMode::Native => self.table.has_delayed_answers(),
        }
    }

    /// Whether a request goes on as it came, to the routes of somebody else.
    pub(crate) fn leaves(&self, decision: &Decision<'_>) -> bool {
        self.routes == Routes::Shared && !decision.is_ruled()
    }

    /// Tells the access log what was decided. A request does not depend on it.
    pub(crate) fn summarize<'a>(&self, decision: impl Into<Summary<'a>>) {
        if !self.access_log {
            return;
        }
        let summary = decision.into().to_string();
        if let Err(error) = host::set_property(DECISION_PROPERTY, summary.as_bytes()) {
            host::log(Level::Warn, &format!("mainsheet: decision not logged: {error}"));
            self.metrics.host_errors.add();
        }
    }

    /// The draws of the next request.
    pub(crate) fn next_entropy(&self) -> Entropy {
        let mut entropy = Entropy::new(self.entropy.get());
        self.entropy.set(entropy.next_u64());
        entropy
    }

    /// The port that a request arrived on.
    ///
    /// # Errors
    /// When the host does not tell: another port could mean other rules.
    pub(crate) fn port(&self, headers: &[Header]) -> Result<u16, HostError> {
        match self.port {
            PortSource::Fixed(port) => Ok(port),
            PortSource::Authority => Ok(authority_port(headers).unwrap_or(DEFAULT_PORT)),
            PortSource::Destination => destination_port(),
        }
    }
}

impl Active {
    /// The address that a client has connected to, where it matters: where it is the client's own choice, or where
    /// servers of a gateway are bound to addresses.
    ///
    /// # Errors
    /// When the host does not tell.
    pub(crate) fn address(&self, port: u16) -> Result<Option<Vec<u8>>, HostError> {
        let is_chosen = self.port == PortSource::Destination && self.table.by_address.contains_key(&port);
        if !is_chosen && !self.table.is_bound(port) {
            return Ok(None);
        }
        match host::property(b"destination\0address") {
            Ok(address) => Ok(Some(without_port(&address).to_vec())),
            // Then services are told apart by their names alone.
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Active {
    /// The port and the address that a client has connected to.
    ///
    /// # Errors
    /// When the host does not tell.
    pub(crate) fn destination(&self) -> Result<(u16, Option<IpAddr>), HostError> {
        let PortSource::Fixed(port) = self.port else {
            return Ok((destination_port()?, destination_address()?));
        };
        let rules = self.table.connections.ports.get(&port);
        if rules.is_some_and(|rules| !rules.by_address.is_empty()) {
            return Ok((port, destination_address()?));
        }
        Ok((port, None))
    }
}

fn destination_address() -> Result<Option<IpAddr>, HostError> {
    match host::property(b"destination\0address") {
        Ok(address) => {
            let text = std::str::from_utf8(without_port(&address)).unwrap_or_default();
            Ok(text.parse().ok())
        }
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

fn authority_port(headers: &[Header]) -> Option<u16> {
    let (_, authority) = headers.iter().find(|(name, _)| name == ":authority")?;
    std::str::from_utf8(split_port(authority).1?).ok()?.parse().ok()
}

/// The property is a 64-bit number, least significant byte first.
fn destination_port() -> Result<u16, HostError> {
    let bytes = host::property(b"destination\0port")?;
    let number = <[u8; 8]>::try_from(bytes).ok().map(u64::from_le_bytes);
    let port = number.and_then(|number| u16::try_from(number).ok());
    port.ok_or(HostError {
        call: "proxy_get_property",
        status: 0,
    })
}
