//! What is in a Secret.

use alloc::collections::BTreeMap;
use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};

/// Texts by their names, which are all that is ever shown of them.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SecretTexts(pub BTreeMap<String, String>);

impl fmt::Debug for SecretTexts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn only_names_are_shown() {
        let texts = SecretTexts([("tls.key".into(), "secret".into())].into());
        assert_eq!(format!("{texts:?}"), r#"{"tls.key"}"#);
    }
}
