//! What becomes of each field of each resource: one list. The loader warns by it, and `docs/fields.md` is written
//! from it; `core/tests/fields.rs` holds it against the types and against what each field does.

mod destination_rule;
mod gateway;
mod http_route;
mod kubernetes;
mod mesh_config;
mod service_entry;
mod sidecar;
mod table;
mod virtual_service;
mod warnings;

pub use table::{Entry, Table};
pub(crate) use warnings::warn;

/// What becomes of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Enforcement {
    /// The filter decides by it, or orders it from Envoy by headers.
    Filter,
    /// The Envoy configuration around the filter has it.
    Envoy,
    /// Both have a part in it.
    FilterAndEnvoy,
    /// It is in explanations and names only.
    Shown,
    /// It is an error.
    Refused,
    /// It does nothing yet. The loader warns where it is written.
    NoEffect,
    /// It does nothing, and routing does not miss it: no warning.
    Ignored,
}

impl Enforcement {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 7] = [
        Self::Filter,
        Self::Envoy,
        Self::FilterAndEnvoy,
        Self::Shown,
        Self::Refused,
        Self::NoEffect,
        Self::Ignored,
    ];

    /// Its name in the documentation.
    #[must_use]
    pub const fn mark(self) -> &'static str {
        match self {
            Self::Filter => "filter",
            Self::Envoy => "Envoy",
            Self::FilterAndEnvoy => "filter + Envoy",
            Self::Shown => "shown",
            Self::Refused => "refused",
            Self::NoEffect => "no effect",
            Self::Ignored => "ignored",
        }
    }

    /// What that means.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Filter => "enforced by the filter, which decides by it or orders it from Envoy by headers",
            Self::Envoy => "enforced by the Envoy configuration that `core/src/export` writes",
            Self::FilterAndEnvoy => {
                "enforced by both: it changes what the filter does, and the configuration"
            }
            Self::Shown => "part of names and explanations only",
            Self::Refused => "an error: the configuration is not taken",
            Self::NoEffect => "no effect yet; a warning says so, `unsupported-field`",
            Self::Ignored => "no effect and no warning: routing does not miss it",
        }
    }
}

/// A kind of resource.
#[derive(Debug)]
pub struct Kind {
    /// As the API spells it.
    pub name: &'static str,
    /// What the documentation says before its fields.
    pub about: &'static str,
    /// Its fields.
    pub rows: &'static [Row],
}

/// A message that several fields hold.
#[derive(Debug)]
pub struct Message {
    /// Its name in the API.
    pub name: &'static str,
    /// Its fields.
    pub rows: &'static [Row],
}

/// A field. It stands for all that is in it, except for longer paths that have rows of their own.
#[derive(Debug)]
pub struct Row {
    /// Its path from the document's root, or from the message's: `spec.http[].match[].headers{}`.
    pub path: &'static str,
    /// What becomes of it.
    pub becomes: Becomes,
    /// What else there is to say.
    pub note: &'static str,
    /// Values that ask for what happens anyway: no warning.
    pub harmless: &'static [&'static str],
}

/// What becomes of a field, or of those in it.
#[derive(Clone, Copy, Debug)]
pub enum Becomes {
    /// Of the field and all that is in it.
    One(Enforcement),
    /// It holds a message with rows of its own.
    Message(&'static Message),
}

impl Row {
    const fn new(path: &'static str, becomes: Becomes, note: &'static str) -> Self {
        Self {
            path,
            becomes,
            note,
            harmless: &[],
        }
    }

    const fn harmless(mut self, values: &'static [&'static str]) -> Self {
        self.harmless = values;
        self
    }
}

/// Declares what rows are made with.
macro_rules! enforcements {
    ($($name:ident $enforcement:ident)*) => {$(
        const fn $name(path: &'static str, note: &'static str) -> Row {
            Row::new(path, Becomes::One(Enforcement::$enforcement), note)
        }
    )*};
}

enforcements! {
    filter Filter
    envoy Envoy
    both FilterAndEnvoy
    shown Shown
    refused Refused
    no_effect NoEffect
    ignored Ignored
}

const fn message(path: &'static str, message: &'static Message) -> Row {
    Row::new(path, Becomes::Message(message), "")
}

/// Every kind, in the order of the documentation.
pub const KINDS: &[&Kind] = &[
    &virtual_service::VIRTUAL_SERVICE,
    &gateway::GATEWAY,
    &http_route::HTTP_ROUTE,
    &destination_rule::DESTINATION_RULE,
    &service_entry::SERVICE_ENTRY,
    &service_entry::WORKLOAD_ENTRY,
    &sidecar::SIDECAR,
    &kubernetes::SERVICE,
    &kubernetes::ENDPOINT_SLICE,
    &kubernetes::POD,
    &kubernetes::DEPLOYMENT,
    &kubernetes::ENDPOINTS,
    &kubernetes::NAMESPACE,
    &kubernetes::SECRET,
    &mesh_config::MESH_CONFIG,
];

/// Every message that several fields hold, in the order of the documentation.
pub const MESSAGES: &[&Message] = &[
    &virtual_service::HTTP_RETRY,
    &destination_rule::TRAFFIC_POLICY,
    &destination_rule::LOAD_BALANCER,
    &destination_rule::OUTLIER_DETECTION,
    &destination_rule::CLIENT_TLS,
    &service_entry::WORKLOAD,
];

/// The kind of that name.
#[must_use]
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().copied().find(|kind| kind.name == name)
}
