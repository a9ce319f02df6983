//! The resources as their APIs define them: plain data, one type a message, nothing resolved yet.
//!
//! Istio's types carry every field of the API, so that a field which the engine does not honour can be named
//! instead of being lost. Kubernetes' types carry what routing needs and ignore the rest.

/// Declares messages: camel-case names, absent fields at their proto3 default, defaults left out on output.
macro_rules! message {
    ($($(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* pub $field:ident: $type:ty,)* })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        pub struct $name {
            $(
                $(#[$field_meta])*
                #[serde(skip_serializing_if = "crate::resources::scalar::is_default")]
                pub $field: $type,
            )*
        }
    )*};
}

/// Declares enums spelt as their variants are. The first variant is number zero and so the default; the order
/// is the API's.
macro_rules! words {
    ($($(#[$meta:meta])* pub enum $name:ident {
        $(#[$first_meta:meta])* $first:ident, $($(#[$variant_meta:meta])* $variant:ident,)*
    })*) => {$(
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
        )]
        $(#[$meta])*
        pub enum $name {
            $(#[$first_meta])*
            #[default]
            $first,
            $($(#[$variant_meta])* $variant,)*
        }
    )*};
}

/// Declares enums spelt in capitals, as [`words`] declares others.
macro_rules! choice {
    ($($(#[$meta:meta])* pub enum $name:ident $variants:tt)*) => {
        words! {$(
            $(#[$meta])*
            #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
            pub enum $name $variants
        )*}
    };
}

pub mod bundle;
pub mod destination_rule;
pub mod gateway;
pub mod http_route;
pub mod kubernetes;
pub mod mesh_config;
pub mod metadata;
pub mod scalar;
pub mod secret;
pub mod service_entry;
pub mod sidecar;
#[cfg(feature = "check")]
pub mod surroundings;
pub mod virtual_service;

pub use bundle::Bundle;
pub use destination_rule::DestinationRule;
pub use gateway::Gateway;
pub use http_route::HTTPRoute;
pub use kubernetes::{Deployment, EndpointSlice, Endpoints, Namespace, Pod, Secret, Service};
pub use mesh_config::MeshConfig;
pub use metadata::{Body, Labels, Object, ObjectMeta, Resource};
pub use scalar::{Duration, Percent, Timestamp};
pub use service_entry::{ServiceEntry, WorkloadEntry};
pub use sidecar::Sidecar;
#[cfg(feature = "check")]
pub use surroundings::Surroundings;
pub use virtual_service::VirtualService;
