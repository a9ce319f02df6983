//! `retries`, and what holds where they are not written. Source: Istio `ConvertPolicy`.

use alloc::string::String;
use alloc::vec::Vec;

use super::actions::positive;
use crate::action::{Retries, RetryPolicy};
use crate::resources::MeshConfig;
use crate::resources::virtual_service::HTTPRetry;

/// The policy of a rule, or where it says nothing mesh `defaultHttpRetryPolicy`. `another_host` is whether
/// retries go there unless the policy says.
pub(super) fn compile(written: Option<&HTTPRetry>, config: &MeshConfig, another_host: bool) -> Retries {
    match written.or(config.default_http_retry_policy.as_ref()) {
        Some(retry) => convert(retry, another_host),
        None if another_host => Retries::Default,
        None => Retries::Policy(RetryPolicy {
            ignore_previous_hosts: false,
            ..RetryPolicy::istio_default()
        }),
    }
}

/// No attempts, no retries; numbers in `retryOn` are status codes.
fn convert(retry: &HTTPRetry, another_host: bool) -> Retries {
    let Some(attempts) = u32::try_from(retry.attempts)
        .ok()
        .filter(|attempts| *attempts > 0)
    else {
        return Retries::Disabled;
    };
    let mut policy = RetryPolicy {
        attempts,
        per_try_timeout: positive(retry.per_try_timeout),
        backoff: positive(retry.backoff),
        remote_localities: retry.retry_remote_localities.unwrap_or_default(),
        ignore_previous_hosts: retry.retry_ignore_previous_hosts.unwrap_or(another_host),
        ..RetryPolicy::istio_default()
    };
    if !retry.retry_on.is_empty() {
        (policy.retry_on, policy.retriable_status_codes) = split_retry_on(&retry.retry_on);
    }
    Retries::Policy(policy)
}

fn split_retry_on(retry_on: &str) -> (String, Vec<u16>) {
    let tokens = retry_on.split(',').map(str::trim);
    let (codes, policies): (Vec<_>, Vec<_>) = tokens.partition(|token| token.parse::<u16>().is_ok());
    let codes: Vec<u16> = codes.into_iter().filter_map(|code| code.parse().ok()).collect();
    let mut text = policies.join(",");
    if !codes.is_empty() && !policies.contains(&"retriable-status-codes") {
        text.push_str(",retriable-status-codes");
    }
    (text, codes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_retry_on_are_status_codes() {
        for (text, policies, codes) in [
            ("5xx", "5xx", &[][..]),
            ("503", ",retriable-status-codes", &[503]),
            ("reset, 503,429", "reset,retriable-status-codes", &[503, 429]),
            ("retriable-status-codes,503", "retriable-status-codes", &[503]),
        ] {
            assert_eq!(split_retry_on(text), (policies.into(), codes.to_vec()), "{text}");
        }
    }
}
