//! What every installation of Istio has and files mostly leave out: the ingress gateway. Source: Istio
//! `AddDefaultResources`, which `istioctl analyze --use-kube=false` calls.

use alloc::borrow::{Cow, ToOwned};
use alloc::vec::Vec;

use super::workloads::Pod;
use crate::resources::kubernetes::ServicePort;
use crate::resources::scalar::IntOrString;
use crate::resources::{Labels, MeshConfig, Object, ObjectMeta, Service};

const NAME: &str = "istio-ingressgateway";
/// Ports, and where the pods listen. Istio's own stand-in has the former only, so that it complains of Gateways at 8080
/// and 8443, among them those of its samples.
const PORTS: [(&str, u32, i32); 4] = [
    ("http2", 80, 8080),
    ("https", 443, 8443),
    ("tcp", 31400, 31400),
    ("tls", 15443, 15443),
];

fn labels() -> Labels {
    [("istio".to_owned(), "ingressgateway".to_owned())].into()
}

/// A Pod of the ingress gateway.
pub(super) fn ingress_pod(config: &MeshConfig) -> Pod<'_> {
    Pod {
        name: NAME,
        namespace: &config.root_namespace,
        labels: Cow::Owned(labels()),
        annotations: Cow::Owned(Labels::new()),
    }
}

/// The Service of the ingress gateway.
pub(super) fn ingress_service(config: &MeshConfig) -> Object<Service> {
    let port = |(name, port, target): (&str, u32, i32)| ServicePort {
        name: name.to_owned(),
        protocol: "TCP".to_owned(),
        port,
        target_port: Some(IntOrString::Int(target.into())),
        ..ServicePort::default()
    };
    Object {
        metadata: ObjectMeta {
            name: NAME.to_owned(),
            namespace: config.root_namespace.clone(),
            ..ObjectMeta::default()
        },
        spec: Service {
            ports: PORTS.map(port).into_iter().collect::<Vec<_>>(),
            selector: labels(),
            ..Service::default()
        },
        ..Object::default()
    }
}
