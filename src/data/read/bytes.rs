//! Bytes of a file: its beginning, and its fingerprint.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use sha2::{Digest, Sha256};

/// Bytes looked at to see what a file is.
const N_HEAD: u64 = 4096;

/// The first bytes of a file; fewer when it is shorter.
pub(super) fn head(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    File::open(path)?.take(N_HEAD).read_to_end(&mut head)?;
    Ok(head)
}

/// The last bytes of a file; fewer when it is shorter.
pub(super) fn tail(path: &Path, n_bytes: u64) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let start = file.metadata()?.len().saturating_sub(n_bytes);
    file.seek(SeekFrom::Start(start))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    Ok(tail)
}

/// SHA-256 of a file, in hex.
pub(super) fn sha256(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    // A megabyte at a time: large enough that system calls do not count, small enough for the cache.
    let mut buffer = vec![0_u8; 1 << 20];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(n_read) => hasher.update(&buffer[..n_read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A number of bytes in words: "1.5 GiB".
pub(super) fn in_words(n_bytes: u128) -> String {
    const UNITS: [&str; 7] = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let mut amount = n_bytes as f64;
    let mut unit_idx = 0;
    while amount >= 1024.0 && unit_idx + 1 < UNITS.len() {
        amount /= 1024.0;
        unit_idx += 1;
    }
    if unit_idx == 0 { format!("{n_bytes} bytes") } else { format!("{amount:.1} {}", UNITS[unit_idx]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_words() {
        assert_eq!(in_words(12), "12 bytes");
        assert_eq!(in_words(1536), "1.5 KiB");
        assert_eq!(in_words(2_300_000_000_000_000_000), "2.0 EiB");
    }

    #[test]
    fn a_fingerprint_is_that_of_the_bytes() {
        let folder = tempfile::tempdir().expect("temp dir");
        let path = folder.path().join("abc");
        std::fs::write(&path, "abc").expect("write");
        // The example of FIPS 180-2.
        assert_eq!(sha256(&path).expect("read"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(head(&path).expect("read"), b"abc");
    }
}
