//! Where the figures were measured.

use std::num::NonZero;
use std::thread::available_parallelism;

/// The processor's name and how many of its threads there are.
pub fn processor() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| key.trim() == "model name")
        .map_or("unknown processor", |(_, name)| name.trim());
    format!("{name}, {} processors", processors())
}

/// How many processors this program may use.
pub fn processors() -> NonZero<usize> {
    available_parallelism().unwrap_or(NonZero::<usize>::MIN)
}

/// The most memory that this process has had, in bytes, where the system tells.
pub fn peak_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kib * 1024)
}

/// Ticks of a processor's time a second, in what Linux tells programs.
const TICKS: f64 = 100.0;

/// Seconds of processor time that all programs have had, and that the machine below
/// a virtual one kept for itself; where the system tells.
pub fn busy() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/stat").ok()?;
    let line = text.lines().next()?.strip_prefix("cpu ")?;
    let times: Vec<f64> = line
        .split_whitespace()
        .map_while(|time| time.parse().ok())
        .collect();
    // user, nice, system, idle, waiting, interrupts (two), stolen.
    let [user, nice, system, _, _, hard, soft, stolen, ..] = times[..] else {
        return None;
    };
    Some((user + nice + system + hard + soft + stolen) / TICKS)
}

/// Seconds of processor time that a process has had.
pub fn used(process: u32) -> Option<f64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name, in brackets, may hold anything.
    let (_, fields) = text.rsplit_once(')')?;
    let mut times = fields.split_whitespace().skip(11);
    let (user, system): (f64, f64) = (times.next()?.parse().ok()?, times.next()?.parse().ok()?);
    Some((user + system) / TICKS)
}
