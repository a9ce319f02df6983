//! `exportTo`: which namespaces see a resource.

use alloc::string::String;
use alloc::vec::Vec;

/// Who sees a resource. Source: Istio `visibility.Instance`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExportTo {
    /// `*`: everyone.
    All,
    /// `~`: no one.
    None,
    /// The named namespaces, `.` already resolved.
    Namespaces(Vec<String>),
}

impl ExportTo {
    /// Reads `exportTo` of a resource of `namespace`; `default` speaks where it is empty.
    pub fn new(export_to: &[String], default: &[String], namespace: &str) -> Self {
        let list = if export_to.is_empty() { default } else { export_to };
        if list.is_empty() || list.iter().any(|entry| entry == "*") {
            return Self::All;
        }
        if list.iter().any(|entry| entry == "~") {
            return Self::None;
        }
        let resolve = |entry: &String| {
            if entry == "." {
                namespace.into()
            } else {
                entry.clone()
            }
        };
        Self::Namespaces(list.iter().map(resolve).collect())
    }

    /// Whether a proxy of `namespace` sees the resource.
    pub fn is_visible(&self, namespace: &str) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::Namespaces(namespaces) => namespaces.iter().any(|entry| entry == namespace),
        }
    }

    /// Istio looks through private resources first, then those exported by name, then public ones, and
    /// does not sort across the three. `None` where `namespace` does not see the resource.
    pub fn precedence(&self, owner: &str, namespace: &str) -> Option<u8> {
        match self {
            Self::All => Some(2),
            Self::Namespaces(_) if self.is_visible(namespace) => Some(u8::from(owner != namespace)),
            Self::Namespaces(_) | Self::None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_speaks_only_where_nothing_is_said() {
        let own = [String::from(".")];
        assert_eq!(ExportTo::new(&[], &[], "a"), ExportTo::All);
        assert!(!ExportTo::new(&[], &own, "a").is_visible("b"));
        assert!(ExportTo::new(&["*".into()], &own, "a").is_visible("b"));
        assert!(!ExportTo::new(&["~".into()], &[], "a").is_visible("a"));
    }
}
