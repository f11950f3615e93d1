//! Fingerprints: SHA-256 as hex, of bytes, of all inputs, and of a run.

use sha2::{Digest, Sha256};

use crate::data::read::InputFile;

/// Hex digits of a run's name: 48 bits, so that a company with a million runs has one chance in 500 of two alike.
const RUN_ID_DIGITS: usize = 12;

/// SHA-256 of `bytes`, 64 hex digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Fingerprint of all inputs together: tables and contents count, paths do not, so data that has moved keeps it.
pub fn data_fingerprint(inputs: &[InputFile]) -> String {
    let parts: Vec<&str> = inputs.iter().flat_map(|input| [input.table.as_str(), input.sha256.as_str()]).collect();
    fingerprint(&parts)
}

/// Name of a run: the first 12 hex digits of the fingerprint of what it was made from.
///
/// - `data`: [`data_fingerprint`]; `config`: fingerprint of the config in force; `engine`: `bantam 0.1.0`.
pub fn run_id(data: &str, config: &str, engine: &str) -> String {
    let mut id = fingerprint(&[data, config, engine]);
    id.truncate(RUN_ID_DIGITS);
    id
}

/// SHA-256 of the parts, each after its length, so that ("ab", "c") and ("a", "bc") differ.
fn fingerprint(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hex(&hasher.finalize())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprint_of_abc_is_the_one_of_the_standard() {
        // FIPS 180-4, appendix B.1
        assert_eq!(sha256_hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn a_run_is_named_after_what_it_was_made_from() {
        let id = run_id("data", "config", "bantam 0.1.0");
        assert_eq!(id.len(), 12);
        assert_eq!(id, run_id("data", "config", "bantam 0.1.0"));
        assert_ne!(id, run_id("data", "config", "bantam 0.2.0"));
        assert_ne!(run_id("ab", "c", ""), run_id("a", "bc", ""));
    }

    #[test]
    fn data_that_moved_keeps_its_fingerprint() {
        let input = |path: &str, table: &str| InputFile {
            path: path.into(),
            table: table.into(),
            sha256: "00ff".into(),
            n_bytes: 1,
            n_rows: 1,
        };
        assert_eq!(
            data_fingerprint(&[input("a.parquet", "leads")]),
            data_fingerprint(&[input("b/a.parquet", "leads")])
        );
        assert_ne!(data_fingerprint(&[input("a", "leads")]), data_fingerprint(&[input("a", "events")]));
    }
}
