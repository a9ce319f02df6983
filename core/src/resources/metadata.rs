//! What all resources have in common.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::String;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::scalar::Timestamp;
#[cfg(feature = "check")]
use super::surroundings::{
    CustomResourceDefinition, KubernetesGateway, Node, RequestAuthentication, ServiceEntryStatus, Workload,
};
use super::{
    Deployment, DestinationRule, EndpointSlice, Endpoints, Gateway, HTTPRoute, Namespace, Pod, Secret,
    Service, ServiceEntry, Sidecar, VirtualService, WorkloadEntry,
};
use crate::diagnostic::{DocumentId, ResourceRef};

/// Labels and annotations.
pub type Labels = BTreeMap<String, String>;

message! {
    /// Name, namespace and labels of an object. Other fields of Kubernetes' metadata are not kept.
    pub struct ObjectMeta {
        /// Its name.
        pub name: String,
        /// Its namespace; the loader puts `default` where it is absent.
        pub namespace: String,
        /// Its labels.
        pub labels: Labels,
        /// Its annotations.
        pub annotations: Labels,
        /// When it was created.
        pub creation_timestamp: Option<Timestamp>,
    }
}

/// Where a resource keeps its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// Under `spec`.
    Spec,
    /// Beside `metadata`.
    Root,
}

/// A kind of resource.
pub trait Resource: Serialize + DeserializeOwned + Default {
    /// The kind as the API spells it.
    const KIND: &'static str;
    /// The API version it is written with.
    const API_VERSION: &'static str;
    /// Where its fields are.
    const BODY: Body;
}

/// One object: what it is called, what it says, and which document it comes from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object<T> {
    /// What it is called.
    pub metadata: ObjectMeta,
    /// What it says.
    pub spec: T,
    /// Where it was read.
    pub document: DocumentId,
}

impl<T: Resource> Object<T> {
    /// Kind, namespace and name, for findings.
    pub fn reference(&self) -> ResourceRef {
        ResourceRef {
            kind: T::KIND.to_owned(),
            namespace: self.metadata.namespace.clone(),
            name: self.metadata.name.clone(),
        }
    }

    /// The object as a manifest in JSON, without fields that are at their default.
    ///
    /// # Errors
    /// If a value has no form in JSON; the values of a loaded object have one.
    pub fn to_manifest(&self) -> Result<Value, serde_json::Error> {
        let mut fields = Map::new();
        fields.insert("apiVersion".into(), T::API_VERSION.into());
        fields.insert("kind".into(), T::KIND.into());
        fields.insert("metadata".into(), serde_json::to_value(&self.metadata)?);
        match (T::BODY, serde_json::to_value(&self.spec)?) {
            (Body::Root, Value::Object(body)) => fields.extend(body),
            (_, body) => {
                fields.insert("spec".into(), body);
            }
        }
        Ok(Value::Object(fields))
    }
}

/// Declares the kinds of each API version.
macro_rules! kinds {
    ($($api_version:literal, $body:ident: $($kind:ident),+;)*) => {$($(
        impl Resource for $kind {
            const KIND: &'static str = stringify!($kind);
            const API_VERSION: &'static str = $api_version;
            const BODY: Body = Body::$body;
        }
    )+)*};
}

kinds! {
    "networking.istio.io/v1", Spec:
        VirtualService, DestinationRule, Gateway, ServiceEntry, WorkloadEntry, Sidecar;
    "gateway.networking.k8s.io/v1", Spec: HTTPRoute;
    "v1", Spec: Service;
    "v1", Root: Pod, Endpoints, Namespace, Secret;
    "apps/v1", Spec: Deployment;
    "discovery.k8s.io/v1", Root: EndpointSlice;
}

#[cfg(feature = "check")]
kinds! {
    "security.istio.io/v1", Spec: RequestAuthentication;
    "gateway.networking.k8s.io/v1", Spec: KubernetesGateway;
    "apps/v1", Spec: Workload;
    "v1", Root: Node;
    "apiextensions.k8s.io/v1", Spec: CustomResourceDefinition;
    "networking.istio.io/v1", Root: ServiceEntryStatus;
}
