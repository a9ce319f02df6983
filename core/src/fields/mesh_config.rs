//! MeshConfig.

use super::virtual_service::HTTP_RETRY;
use super::{Kind, both, envoy, filter, ignored, message};

pub(super) const MESH_CONFIG: Kind = Kind {
    name: "MeshConfig",
    about: "Fields that are not listed are not read.",
    rows: &[
        filter("outboundTrafficPolicy.mode", ""),
        message("defaultHttpRetryPolicy", &HTTP_RETRY),
        envoy("pathNormalization", ""),
        both("rootNamespace", ""),
        filter("defaultVirtualServiceExportTo", ""),
        both("defaultServiceExportTo", ""),
        both("defaultDestinationRuleExportTo", ""),
        envoy("connectTimeout", ""),
        envoy("tcpKeepalive", ""),
        envoy("h2UpgradePolicy", ""),
        envoy("localityLbSetting", ""),
        envoy("accessLogFile", ""),
        envoy("accessLogFormat", ""),
        envoy("accessLogEncoding", ""),
        ignored("defaultConfig.proxyMetadata", "for findings about ServiceEntries"),
        both("domain", "not part of Istio's MeshConfig"),
    ],
};
