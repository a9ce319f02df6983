//! The Pods that selectors select, as far as the input lets them be known.

use alloc::borrow::{Cow, ToOwned};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::mesh::is_subset;
use crate::resources::kubernetes::PodTemplate;
use crate::resources::{Bundle, Labels, Object, ObjectMeta};

/// The labels that Istio adds to those of a Pod from its Node. Source: Istio `AugmentLabels`.
const FROM_NODE: [&str; 3] = [
    "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone",
    "topology.istio.io/subzone",
];
const HOSTNAME: &str = "kubernetes.io/hostname";

/// A Pod, or what stands for the Pods that a Deployment will have.
#[derive(Clone, Debug)]
pub(super) struct Pod<'b> {
    pub(super) name: &'b str,
    pub(super) namespace: &'b str,
    /// Its labels, and those of its Node.
    pub(super) labels: Cow<'b, Labels>,
    pub(super) annotations: Cow<'b, Labels>,
}

impl Pod<'_> {
    /// Whether its labels are those that are asked for. An empty selector selects everything.
    pub(super) fn is_selected(&self, selector: &Labels) -> bool {
        is_subset(selector, &self.labels)
    }
}

/// All Pods. What creates Pods stands for them where none of them is in the input: files hold Deployments, clusters
/// hold both. Source of the latter: our own registry; `istioctl` knows Pods only.
pub(super) fn pods(bundle: &Bundle) -> Vec<Pod<'_>> {
    let mut pods: Vec<Pod<'_>> = bundle
        .pods
        .iter()
        .map(|pod| Pod {
            name: &pod.metadata.name,
            namespace: &pod.metadata.namespace,
            labels: with_node(&pod.metadata.labels, &pod.spec.spec.node_name, bundle),
            annotations: Cow::Borrowed(&pod.metadata.annotations),
        })
        .collect();
    let deployments = bundle.deployments.iter();
    let deployments = deployments.map(|object| (&object.metadata, &object.spec.template));
    let others = bundle.surroundings.workloads.iter();
    let others = others.map(|object| (&object.metadata, &object.spec.template));
    let stand_ins = deployments.chain(others);
    let stand_ins = stand_ins.filter(|(meta, template)| !is_shown(meta, template, &pods));
    let stand_ins: Vec<Pod<'_>> = stand_ins
        .map(|(meta, template)| stand_in(meta, template))
        .collect();
    pods.extend(stand_ins);
    pods
}

fn is_shown(meta: &ObjectMeta, template: &PodTemplate, pods: &[Pod<'_>]) -> bool {
    let mut pods = pods.iter();
    pods.any(|pod| pod.namespace == meta.namespace && pod.is_selected(&template.metadata.labels))
}

fn stand_in<'b>(meta: &'b ObjectMeta, template: &'b PodTemplate) -> Pod<'b> {
    Pod {
        name: &meta.name,
        namespace: &meta.namespace,
        labels: Cow::Borrowed(&template.metadata.labels),
        annotations: Cow::Borrowed(&template.metadata.annotations),
    }
}

fn with_node<'b>(labels: &'b Labels, node: &str, bundle: &'b Bundle) -> Cow<'b, Labels> {
    let mut nodes = bundle.surroundings.nodes.iter();
    let Some(node) = nodes.find(|object| !node.is_empty() && object.metadata.name == node) else {
        return Cow::Borrowed(labels);
    };
    let mut labels = labels.clone();
    for name in FROM_NODE {
        if let Some(value) = node.metadata.labels.get(name) {
            labels.insert(name.to_owned(), value.clone());
        }
    }
    labels.insert(HOSTNAME.to_owned(), node.metadata.name.clone());
    Cow::Owned(labels)
}

/// A selector as Kubernetes writes it: `app=a,version=v1`.
pub(super) fn selector_text(selector: &Labels) -> String {
    let parts = selector.iter().map(|(key, value)| format!("{key}={value}"));
    parts.collect::<Vec<_>>().join(",")
}

/// The name of an object in findings: `namespace/name`.
pub(super) fn full_name<T>(object: &Object<T>) -> String {
    format!("{}/{}", object.metadata.namespace, object.metadata.name)
}
