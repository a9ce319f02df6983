//! Documents that an API server with Istio's schemas takes or refuses.
