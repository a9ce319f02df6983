//! The filter, as production loads it.

use std::fmt::Write;
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

/// The `.wasm` of this build, or the file that `MAINSHEET_FILTER_WASM` named when it was built.
pub const FILTER_WASM: &[u8] = include_bytes!(env!("MAINSHEET_EMBEDDED_FILTER"));

/// The SHA-256 of [`FILTER_WASM`], in lower-case hexadecimal.
pub fn sha256() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| hex_sha256(FILTER_WASM))
}

/// The SHA-256 of anything, in lower-case hexadecimal.
pub fn hex_sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_nothing_is_the_known_one() {
        let known = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hex_sha256(b""), known);
    }

    #[test]
    fn the_embedded_filter_is_a_module() {
        assert_eq!(FILTER_WASM.first_chunk::<4>(), Some(b"\0asm"));
        assert_eq!(sha256(), hex_sha256(FILTER_WASM));
    }
}
