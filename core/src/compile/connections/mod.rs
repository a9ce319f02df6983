//! Rules for connections that are passed on as they are: `tls` and `tcp` of VirtualServices.

mod gateway;
mod sidecar;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

pub(super) use gateway::compile as of_gateway;
pub(super) use sidecar::compile as of_sidecar;

use super::listener::Listener;
use crate::action::{Destination, Split};
use crate::mesh::VirtualService;
use crate::report::{Field, Report};
use crate::resources::virtual_service::RouteDestination;
use crate::table::{ConnectionRule, ConnectionSource, Subnet};

/// A rule of a VirtualService for some connections; `None` where it sends them nowhere.
fn rule(
    listener: &Listener<'_>,
    source: ConnectionSource,
    subnets: Vec<Subnet>,
    names: Vec<String>,
    route: &[RouteDestination],
) -> Option<ConnectionRule> {
    Some(ConnectionRule {
        source: Some(source),
        subnets,
        names,
        split: split(listener, route)?,
    })
}

fn source(
    virtual_service: &VirtualService,
    list: &'static str,
    rule: usize,
    block: Option<usize>,
) -> ConnectionSource {
    ConnectionSource {
        resource: virtual_service.subject.resource.clone(),
        list,
        rule,
        block,
    }
}

/// A single destination takes everything, others have weights. Source: Istio `buildOutboundNetworkFilters`.
fn split(listener: &Listener<'_>, route: &[RouteDestination]) -> Option<Split> {
    let clusters = route.iter().filter_map(|weighted| {
        let cluster = listener.connection_cluster(weighted.destination.as_ref()?);
        Some(Destination::new(
            cluster,
            u64::try_from(weighted.weight).unwrap_or(0),
        ))
    });
    let mut clusters: Vec<Destination> = clusters.collect();
    if let [only] = clusters.as_mut_slice() {
        only.weight = 1;
    }
    clusters.retain(|destination| destination.weight > 0);
    Split::new(clusters)
}

/// The names of a match block, in lower case.
fn lower_case(names: &[String]) -> Vec<String> {
    names.iter().map(|name| name.to_ascii_lowercase()).collect()
}

/// The ranges of addresses of a match block.
fn subnets(written: &[String]) -> Vec<Subnet> {
    written.iter().filter_map(|text| Subnet::parse(text)).collect()
}

/// Refuses what is no range of addresses, as Istio's validation does.
fn check(virtual_service: &VirtualService, report: &mut Report) {
    let tls = virtual_service.tls.iter().enumerate().flat_map(|(rule, route)| {
        let blocks = route.matches.iter().enumerate();
        blocks.map(move |(block, found)| ("tls", rule, block, &found.destination_subnets))
    });
    let tcp = virtual_service.tcp.iter().enumerate().flat_map(|(rule, route)| {
        let blocks = route.matches.iter().enumerate();
        blocks.map(move |(block, found)| ("tcp", rule, block, &found.destination_subnets))
    });
    for (list, rule, block, written) in tls.chain(tcp) {
        for (index, text) in written
            .iter()
            .enumerate()
            .filter(|(_, text)| Subnet::parse(text).is_none())
        {
            let rules = Field::SPEC.name(list);
            let rule = rules.index(rule);
            let matches = rule.name("match");
            let block = matches.index(block);
            let subnets = block.name("destinationSubnets");
            report.error(
                &virtual_service.subject,
                &subnets.index(index),
                "invalid-subnet",
                format!("`{text}` is no address and no range of addresses"),
                "write an address, or one with the length of a prefix: `10.0.0.0/8`",
            );
        }
    }
}

/// Any name, and none.
fn any() -> Vec<String> {
    Vec::from([String::from("*")])
}
