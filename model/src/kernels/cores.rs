//! How many cores there are to compute on.

use std::num::NonZero;
use std::thread::available_parallelism;

/// Cores, not hardware threads, that this process may run on: two threads on one
/// core share the units that the kernels keep busy.
pub(crate) fn physical_cores() -> NonZero<usize> {
    let threads = available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    match allowed_cores() {
        Some(cores) => threads.min(cores),
        None => threads,
    }
}

#[cfg(target_os = "linux")]
fn allowed_cores() -> Option<NonZero<usize>> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let allowed = status
        .lines()
        .find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?;
    let siblings = |cpu: usize| {
        let topology = format!("/sys/devices/system/cpu/cpu{cpu}/topology");
        std::fs::read_to_string(format!("{topology}/thread_siblings_list")).ok()
    };
    let cores: Option<std::collections::BTreeSet<_>> =
        processors(allowed)?.into_iter().map(siblings).collect();
    NonZero::new(cores?.len())
}

#[cfg(not(target_os = "linux"))]
fn allowed_cores() -> Option<NonZero<usize>> {
    None
}

/// The kernel's notation for sets of processors: `0-3,8,10-11`.
#[cfg(target_os = "linux")]
fn processors(list: &str) -> Option<Vec<usize>> {
    let range = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some(first.parse().ok()?..=last.parse().ok()?)
    };
    let ranges: Option<Vec<_>> = list.trim().split(',').map(range).collect();
    Some(ranges?.into_iter().flatten().collect())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_lists_are_read() {
        assert_eq!(
            processors("\t0-3,8,10-11\n"),
            Some(vec![0, 1, 2, 3, 8, 10, 11])
        );
        assert_eq!(processors("0"), Some(vec![0]));
        for wrong in ["", "a", "1-", "1,,2"] {
            assert_eq!(processors(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn there_are_no_more_cores_than_threads() {
        assert!(physical_cores() <= available_parallelism().unwrap());
    }
}
