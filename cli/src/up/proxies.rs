//! Which proxies Envoy plays.

use mainsheet_core::compile::{Proxy, ProxyKind};
use mainsheet_core::export::ProxyExport;
use mainsheet_core::mesh::{Gateway, Labels, Mesh, Service, is_subset};

/// Which proxies Envoy plays: those that were named, else what the input suggests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProxyChoice {
    /// Gateways as `namespace/name`.
    pub gateways: Vec<String>,
    /// Sidecars.
    pub sidecars: Vec<SidecarChoice>,
}

/// A sidecar as it is named on the command line: `namespace`, or `namespace/label=value,…`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SidecarChoice {
    /// Namespace of the workload.
    pub namespace: String,
    /// Labels of the workload.
    pub labels: Labels,
}

impl SidecarChoice {
    /// A sidecar without labels.
    pub fn of_namespace(namespace: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            labels: Labels::new(),
        }
    }
}

impl std::str::FromStr for SidecarChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split(['/', ',']);
        let namespace = parts.next().unwrap_or_default().to_owned();
        if namespace.is_empty() || namespace.contains('=') {
            return Err("expected NAMESPACE or NAMESPACE/LABEL=VALUE,…".to_owned());
        }
        let label = |part: &str| {
            let (key, value) = part
                .split_once('=')
                .ok_or_else(|| format!("`{part}` is not LABEL=VALUE"))?;
            Ok::<_, String>((key.to_owned(), value.to_owned()))
        };
        Ok(Self {
            namespace,
            labels: parts.map(label).collect::<Result<_, _>>()?,
        })
    }
}

impl ProxyChoice {
    /// The proxies for a mesh.
    ///
    /// # Errors
    /// The name of a Gateway that the mesh does not have.
    pub fn proxies(&self, mesh: &Mesh) -> Result<Vec<ProxyExport>, String> {
        let mut proxies = self.gateway_proxies(mesh)?;
        let nothing_named = self.gateways.is_empty() && self.sidecars.is_empty();
        let default = [SidecarChoice::of_namespace("default")];
        let sidecars = if nothing_named {
            default.as_slice()
        } else {
            &self.sidecars
        };
        proxies.extend(sidecars.iter().map(sidecar));
        Ok(proxies)
    }

    /// Gateways with one selector are served by one workload, as in a cluster.
    fn gateway_proxies(&self, mesh: &Mesh) -> Result<Vec<ProxyExport>, String> {
        let mut proxies: Vec<ProxyExport> = Vec::new();
        for gateway in self.chosen(mesh)? {
            let proxy = gateway_proxy(mesh, gateway);
            if proxies
                .iter()
                .all(|known| known.proxy.labels != proxy.proxy.labels)
            {
                proxies.push(proxy);
            }
        }
        Ok(proxies)
    }

    fn chosen<'m>(&self, mesh: &'m Mesh) -> Result<Vec<&'m Gateway>, String> {
        if self.gateways.is_empty() {
            let all = mesh.gateways.iter().filter(|_| self.sidecars.is_empty());
            return Ok(all.collect());
        }
        let find = |name: &String| {
            let gateway = mesh.gateways.iter().find(|gateway| gateway.key() == *name);
            gateway.ok_or_else(|| missing(mesh, name))
        };
        self.gateways.iter().map(find).collect()
    }
}

fn missing(mesh: &Mesh, name: &str) -> String {
    let known: Vec<String> = mesh.gateways.iter().map(Gateway::key).collect();
    let known = if known.is_empty() {
        "none".to_owned()
    } else {
        known.join(", ")
    };
    format!("the input has no Gateway `{name}` (it has: {known})")
}

fn sidecar(choice: &SidecarChoice) -> ProxyExport {
    let app = choice
        .labels
        .get("app")
        .map(|app| format!("{app}."))
        .unwrap_or_default();
    ProxyExport {
        name: format!("{app}{}", choice.namespace),
        proxy: Proxy {
            kind: ProxyKind::Sidecar,
            namespace: choice.namespace.clone(),
            labels: choice.labels.clone(),
            ..Proxy::default()
        },
    }
}

/// The workload behind a Gateway: where a Service selects it, it runs there, else beside the Gateway.
fn gateway_proxy(mesh: &Mesh, gateway: &Gateway) -> ProxyExport {
    let labels = &gateway.spec.selector;
    let namespace =
        in_front(mesh, labels).map_or(&gateway.subject.resource.namespace, |service| &service.namespace);
    ProxyExport {
        name: gateway.subject.resource.name.clone(),
        proxy: Proxy::gateway(namespace.clone(), labels.clone()),
    }
}

/// The Service in front of the workload with these labels, which may have more.
fn in_front<'m>(mesh: &'m Mesh, labels: &Labels) -> Option<&'m Service> {
    mesh.registry.services().iter().find(|service| {
        !labels.is_empty() && !service.selector.is_empty() && is_subset(labels, &service.selector)
    })
}

/// Gives a gateway all the labels by which the Service in front of it selects its workload. The rules then know that
/// the workload listens on the target ports of the Service, as it does in a cluster.
pub(crate) fn add_service_labels(mesh: &Mesh, proxy: &mut Proxy) {
    let service = in_front(mesh, &proxy.labels).filter(|_| proxy.kind == ProxyKind::Gateway);
    if let Some(service) = service {
        proxy.labels.extend(service.selector.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sidecars_are_named_with_their_labels() {
        let choice: SidecarChoice = "shop/app=web,version=v1".parse().unwrap();
        assert_eq!((choice.namespace.as_str(), choice.labels.len()), ("shop", 2));
        assert_eq!(sidecar(&choice).name, "web.shop");
        assert!("app=web".parse::<SidecarChoice>().is_err());
        assert!("shop/app".parse::<SidecarChoice>().is_err());
    }
}
