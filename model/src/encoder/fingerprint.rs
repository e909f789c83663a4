//! A short name for a file's content, cheap enough for every start.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::EncoderError;

/// Bytes that are looked at, at the beginning and at the end.
const SAMPLE: u64 = 1 << 20;

/// The file's name, then 48 bits of a SHA-256 over its length, first and last MiB.
/// Training changes every tensor, so the last ones tell versions apart.
pub(super) fn of_file(path: &Path) -> Result<String, EncoderError> {
    let digest = sample(path).map_err(|source| EncoderError::Read {
        path: path.to_owned(),
        source,
    })?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let short: String = digest[..6].iter().map(|b| format!("{b:02x}")).collect();
    Ok(format!("{name}-{short}"))
}

fn sample(path: &Path) -> std::io::Result<[u8; 32]> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut digest = Sha256::new();
    digest.update(length.to_le_bytes());
    for start in [0, length.saturating_sub(SAMPLE)] {
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(start))?;
        file.by_ref().take(SAMPLE).read_to_end(&mut bytes)?;
        digest.update(&bytes);
    }
    Ok(digest.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_the_file_counts() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("weights.bin");
        let mut bytes = vec![1; 3 << 20];
        std::fs::write(&path, &bytes).unwrap();
        let one = of_file(&path).unwrap();
        *bytes.last_mut().unwrap() = 2;
        std::fs::write(&path, &bytes).unwrap();
        let other = of_file(&path).unwrap();
        assert_ne!(one, other);
        assert!(one.starts_with("weights-") && one.len() == "weights-".len() + 12);
    }
}
