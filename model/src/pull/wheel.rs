//! Reading one member of a wheel, which is a zip file.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use zip::ZipArchive;

/// Calls `read` with the one member whose path matches `pattern` (a path with at
/// most one `*`). The reader fails at the end when the member's checksum is wrong.
pub(super) fn with_member<T>(
    wheel: &Path,
    pattern: &str,
    read: impl FnOnce(&mut dyn Read) -> T,
) -> Result<T, String> {
    let file = File::open(wheel).map_err(|error| error.to_string())?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| error.to_string())?;
    let mut matching = archive
        .file_names()
        .filter(|name| matches(pattern, name))
        .map(str::to_owned);
    let name = match (matching.next(), matching.next()) {
        (Some(name), None) => name,
        (None, _) => return Err(format!("it has no member {pattern}")),
        (Some(_), Some(_)) => return Err(format!("it has several members {pattern}")),
    };
    drop(matching);
    let mut member = archive.by_name(&name).map_err(|error| error.to_string())?;
    Ok(read(&mut member))
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => {
            name.len() >= head.len() + tail.len() && name.starts_with(head) && name.ends_with(tail)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_any_text() {
        assert!(matches("a/data/*.bin", "a/data/part01.bin"));
        assert!(!matches("a/data/*.bin", "a/data/part01.txt"));
        assert!(!matches("ab*ba", "aba"));
        assert!(matches("a/b", "a/b"));
        assert!(!matches("a/b", "a/bc"));
    }
}
