//! Which host a request goes to.

use alloc::vec::Vec;

use serde_json::{Value, json};

use super::Fields;
use crate::resources::MeshConfig;
use crate::resources::destination_rule::{
    ConsistentHashLB, LoadBalancerSettings, LocalityLoadBalancerSetting, SimpleLB, TrafficPolicy,
    WarmupConfiguration,
};

/// The smallest ring of those that say nothing about it.
const RING_SIZE: u64 = 1024;
/// What Istio's mesh says about places unless it is told otherwise.
const ON: &LocalityLoadBalancerSetting = &LocalityLoadBalancerSetting {
    distribute: Vec::new(),
    failover: Vec::new(),
    failover_priority: Vec::new(),
    enabled: Some(true),
};

/// Whether requests go where the client has connected to.
pub(super) fn is_passthrough(policy: &TrafficPolicy) -> bool {
    let settings = policy.load_balancer.as_ref();
    settings.is_some_and(|settings| settings.simple == Some(SimpleLB::Passthrough))
}

/// `lb_policy` with its configuration. What hashes ask for takes the place of a plain algorithm.
/// Source: Istio `applyLoadBalancer`, `ApplyRingHashLoadBalancer`.
pub(super) fn fields(settings: Option<&LoadBalancerSettings>) -> Fields {
    let none = LoadBalancerSettings::default();
    let settings = settings.unwrap_or(&none);
    let (policy, configuration) = match &settings.consistent_hash {
        Some(hash) => of_hash(hash),
        None => of_simple(settings),
    };
    let mut fields = Fields::new();
    fields.insert("lb_policy".into(), json!(policy));
    fields.extend(configuration.map(|(name, value)| (name.into(), value)));
    fields
}

/// An algorithm, and the field with its configuration.
type Algorithm = (&'static str, Option<(&'static str, Value)>);

fn of_hash(hash: &ConsistentHashLB) -> Algorithm {
    if let Some(maglev) = &hash.maglev {
        let size = Some(maglev.table_size).filter(|size| *size > 0);
        let table = size.map(|size| ("maglev_lb_config", json!({"table_size": size})));
        return ("MAGLEV", table);
    }
    let size = match &hash.ring_hash {
        // Envoy's own default is the same.
        Some(ring) => ring.minimum_ring_size,
        None => hash.minimum_ring_size,
    };
    let size = if size == 0 { RING_SIZE } else { size };
    let ring = json!({"minimum_ring_size": size});
    ("RING_HASH", Some(("ring_hash_lb_config", ring)))
}

fn of_simple(settings: &LoadBalancerSettings) -> Algorithm {
    let slow_start = slow_start(settings);
    let with_start = |field| slow_start.map(|start| (field, json!({"slow_start_config": start})));
    match settings.simple.unwrap_or_default() {
        SimpleLB::Random => ("RANDOM", None),
        SimpleLB::RoundRobin => ("ROUND_ROBIN", with_start("round_robin_lb_config")),
        SimpleLB::Unspecified | SimpleLB::LeastConn | SimpleLB::LeastRequest | SimpleLB::Passthrough => {
            ("LEAST_REQUEST", with_start("least_request_lb_config"))
        }
    }
}

/// Source: Istio `setWarmup`.
fn slow_start(settings: &LoadBalancerSettings) -> Option<Value> {
    let Some(warmup) = &settings.warmup else {
        let window = settings.warmup_duration_secs?;
        return Some(json!({"slow_start_window": window.to_string()}));
    };
    let WarmupConfiguration {
        duration,
        minimum_percent,
        aggression,
    } = warmup;
    Some(json!({
        "slow_start_window": duration.unwrap_or_default().to_string(),
        // Envoy wants a key of its runtime settings; no one has one of that name.
        "aggression": {"default_value": aggression.unwrap_or(1.0), "runtime_key": "("},
        "min_weight_percent": {"value": minimum_percent.unwrap_or(10.0)},
    }))
}

/// What holds about places: of the rule, else of the mesh. Nothing where it is off.
/// Source: Istio `GetLocalityLbSetting`.
pub(super) fn locality_setting<'p>(
    policy: &'p TrafficPolicy,
    config: &'p MeshConfig,
) -> Option<&'p LocalityLoadBalancerSetting> {
    let own = policy
        .load_balancer
        .as_ref()
        .and_then(|settings| settings.locality_lb_setting.as_ref());
    let setting = own.or(config.locality_lb_setting.as_ref()).unwrap_or(ON);
    Some(setting).filter(|setting| setting.enabled != Some(false))
}

/// `common_lb_config`: when places count, and when unhealthy hosts get requests after all.
/// Source: Istio `applyLocalityLoadBalancer`, `applyOutlierDetection`.
pub(super) fn common(policy: &TrafficPolicy, config: &MeshConfig) -> Option<Value> {
    let mut fields = Fields::new();
    if let Some(outliers) = &policy.outlier_detection {
        let percent = json!({"value": outliers.min_health_percent});
        fields.insert("healthy_panic_threshold".into(), percent);
    }
    let weighs_places = locality_setting(policy, config).is_some_and(|setting| {
        let named = !setting.failover.is_empty() || !setting.failover_priority.is_empty();
        !setting.distribute.is_empty() || policy.outlier_detection.is_some() && named
    });
    if weighs_places {
        fields.insert("locality_weighted_lb_config".into(), json!({}));
    }
    (!fields.is_empty()).then_some(Value::Object(fields))
}
