//! Istio's own samples: none is refused.
