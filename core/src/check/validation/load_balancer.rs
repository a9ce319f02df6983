//! `loadBalancer`. Source: Istio `validateLoadBalancer`.

use alloc::collections::BTreeSet;
use alloc::format;

use super::findings::{Findings, Verdict, refuse};
use super::{locality, numbers, one_of};
use crate::report::Field;
use crate::resources::destination_rule::{
    ConsistentHashLB, HTTPCookie, LoadBalancerSettings, OutlierDetection, WarmupConfiguration,
};

/// Envoy's bound for tables of Maglev.
const MAGLEV_BOUND: u64 = 5_000_011;

/// Load balancing; failing over needs to know which endpoints fail.
pub fn check(
    settings: &LoadBalancerSettings,
    outlier: Option<&OutlierDetection>,
    field: &Field<'_>,
    findings: &mut Findings,
) {
    let policies = [
        ("simple", settings.simple.is_some()),
        ("consistentHash", settings.consistent_hash.is_some()),
    ];
    one_of::check(&policies, field, findings);
    if let Some(hash) = &settings.consistent_hash {
        check_hash(hash, &field.name("consistentHash"), findings);
    }
    if settings.locality_lb_setting.is_some() && settings.zone_aware_lb_setting.is_some() {
        let message = "only one of localityLbSetting and zoneAwareLbSetting can be set";
        findings.error(
            &field.name("zoneAwareLbSetting"),
            "conflicting-fields",
            message,
            "remove one of them",
        );
    }
    if let Some(setting) = &settings.locality_lb_setting {
        locality::check(
            setting,
            outlier.is_some(),
            &field.name("localityLbSetting"),
            findings,
        );
    }
    if let Some(setting) = &settings.zone_aware_lb_setting {
        locality::check_zone_aware(
            setting,
            outlier.is_some(),
            &field.name("zoneAwareLbSetting"),
            findings,
        );
    }
    numbers::durations(
        &[("warmupDurationSecs", settings.warmup_duration_secs)],
        field,
        findings,
    );
    if let Some(warmup) = &settings.warmup {
        check_warmup(warmup, &field.name("warmup"), findings);
    }
}

fn check_hash(hash: &ConsistentHashLB, field: &Field<'_>, findings: &mut Findings) {
    let keys = [
        ("httpHeaderName", hash.http_header_name.is_some()),
        ("httpCookie", hash.http_cookie.is_some()),
        ("useSourceIp", hash.use_source_ip.is_some()),
        ("httpQueryParameterName", hash.http_query_parameter_name.is_some()),
    ];
    one_of::check(&keys, field, findings);
    let algorithms = [
        ("ringHash", hash.ring_hash.is_some()),
        ("maglev", hash.maglev.is_some()),
    ];
    one_of::check(&algorithms, field, findings);
    if let Some(cookie) = &hash.http_cookie {
        check_cookie(cookie, &field.name("httpCookie"), findings);
    }
    if hash.minimum_ring_size != 0 {
        let field = field.name("minimumRingSize");
        let message = "consistent hash MinimumRingSize is deprecated, use ConsistentHashLB's RingHash configuration instead";
        findings.warn(
            &field,
            "deprecated",
            message,
            "write `ringHash: {minimumRingSize: …}`",
        );
        if hash.ring_hash.is_some() || hash.maglev.is_some() {
            let message = "only one of MinimumRingSize or Maglev/Ringhash can be specified";
            findings.error(&field, "conflicting-fields", message, "remove `minimumRingSize`");
        }
    }
    if let Some(maglev) = &hash.maglev {
        let field = field.name("maglev");
        findings.judge(table_size(maglev.table_size), &field.name("tableSize"));
    }
}

fn check_cookie(cookie: &HTTPCookie, field: &Field<'_>, findings: &mut Findings) {
    if cookie.name.is_empty() {
        findings.error(
            field,
            "missing-name",
            "name required for HttpCookie",
            "name the cookie",
        );
    }
    let mut seen = BTreeSet::new();
    let list = field.name("attributes");
    for (index, attribute) in cookie.attributes.iter().enumerate() {
        let field = list.index(index);
        if attribute.name.is_empty() {
            let message = "cookie attribute name cannot be empty";
            findings.error(
                &field,
                "missing-name",
                message,
                "name the attribute, such as `SameSite`",
            );
        } else if !seen.insert(attribute.name.as_str()) {
            let message = format!("duplicate cookie attribute name {}", attribute.name);
            findings.error(&field.name("name"), "duplicate-name", message, "keep one of them");
        }
    }
}

fn table_size(size: u64) -> Verdict {
    const CODE: &str = "invalid-table-size";
    let help = "give a prime number below 5000011; Envoy's own default is 65537";
    if size == 0 {
        return refuse(CODE, "tableSize must be set for maglev", help);
    }
    if size >= MAGLEV_BOUND {
        return refuse(CODE, "tableSize must be less than 5000011 for maglev", help);
    }
    if !is_prime(size) {
        return refuse(CODE, "tableSize must be a prime number for maglev", help);
    }
    Ok(())
}

/// As Envoy has it: 1 is one of them.
fn is_prime(number: u64) -> bool {
    let mut factors = (2..).take_while(|factor| factor * factor <= number);
    factors.all(|factor| !number.is_multiple_of(factor))
}

fn check_warmup(warmup: &WarmupConfiguration, field: &Field<'_>, findings: &mut Findings) {
    match warmup.duration {
        None => {
            let help = "give `duration`, such as `30s`";
            findings.error(
                &field.name("duration"),
                "missing-duration",
                "duration is required",
                help,
            );
        }
        Some(_) => numbers::durations(&[("duration", warmup.duration)], field, findings),
    }
    if warmup
        .minimum_percent
        .is_some_and(|percent| !(0.0..=100.0).contains(&percent))
    {
        let message = "minimumPercent value should be less than or equal to 100";
        let help = "give a number from 0 to 100";
        findings.error(&field.name("minimumPercent"), "invalid-percentage", message, help);
    }
    if warmup.aggression.is_some_and(|aggression| aggression < 1.0) {
        let message = "aggression should be greater than or equal to 1";
        findings.error(
            &field.name("aggression"),
            "out-of-range",
            message,
            "give 1 or more",
        );
    }
}
