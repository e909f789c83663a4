//! `estoppel doctor`: what a report of a fault needs.

use std::fmt;

use estoppel::model::manifest::ModelSpec;
use serde::Serialize;

use crate::Outcome;
use crate::cli::Global;
use crate::output::Output;
use crate::session;

/// All that is told; holds nothing of any matter but their number.
#[derive(Serialize)]
struct Report {
    version: &'static str,
    os: &'static str,
    arch: &'static str,
    cores: usize,
    cpu_features: Vec<&'static str>,
    memory_total_mib: Option<u64>,
    memory_available_mib: Option<u64>,
    data_dir: String,
    data_dir_writable: Result<(), String>,
    matters: usize,
    models: Vec<ModelState>,
}

#[derive(Serialize)]
struct ModelState {
    name: &'static str,
    installed: bool,
}

pub(crate) fn doctor(global: &Global, output: Output) -> anyhow::Result<Outcome> {
    let report = examine(global)?;
    if output.json {
        output.line("doctor", &report)?;
    } else {
        output.text(&report)?;
    }
    Ok(Outcome::Done)
}

fn examine(global: &Global) -> anyhow::Result<Report> {
    let data = session::data_dir(global)?;
    let models = data.models();
    let (memory_total_mib, memory_available_mib) = memory();
    Ok(Report {
        version: env!("CARGO_PKG_VERSION"),
        os: std::env::consts::OS,
        arch: std::env::consts::ARCH,
        cores: std::thread::available_parallelism().map_or(1, Into::into),
        cpu_features: cpu_features(),
        memory_total_mib,
        memory_available_mib,
        data_dir: data.path().display().to_string(),
        data_dir_writable: writable(data.path()).map_err(|error| error.to_string()),
        matters: data
            .matters()
            .and_then(|matters| matters.list())
            .map_or(0, |matters| matters.len()),
        models: ModelSpec::all()
            .iter()
            .map(|spec| ModelState {
                name: spec.name,
                installed: models.installed(spec).is_some(),
            })
            .collect(),
    })
}

/// Tries it, since permissions alone do not tell.
fn writable(dir: &std::path::Path) -> std::io::Result<()> {
    std::fs::create_dir_all(dir)?;
    let probe = dir.join(format!(".doctor-{}", std::process::id()));
    std::fs::write(&probe, b"")?;
    std::fs::remove_file(probe)
}

#[cfg(target_arch = "x86_64")]
fn cpu_features() -> Vec<&'static str> {
    let mut features = Vec::new();
    macro_rules! detect {
        ($($name:tt),*) => { $(if std::is_x86_feature_detected!($name) { features.push($name); })* };
    }
    detect!(
        "sse4.1",
        "avx",
        "avx2",
        "fma",
        "f16c",
        "avx512f",
        "avx512bw",
        "avx512vnni"
    );
    features
}

#[cfg(not(target_arch = "x86_64"))]
fn cpu_features() -> Vec<&'static str> {
    Vec::new()
}

/// Total and available memory in MiB, where the system tells.
fn memory() -> (Option<u64>, Option<u64>) {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        let kib: u64 = line.trim().trim_end_matches(" kB").parse().ok()?;
        Some(kib / 1024)
    };
    (field("MemTotal:"), field("MemAvailable:"))
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mib = |value: Option<u64>| value.map_or("unknown".into(), |mib| format!("{mib} MiB"));
        writeln!(
            f,
            "estoppel    {} ({} {})",
            self.version, self.os, self.arch
        )?;
        writeln!(
            f,
            "processor   {} cores, {}",
            self.cores,
            self.cpu_features.join(" ")
        )?;
        writeln!(
            f,
            "memory      {} in all, {} available",
            mib(self.memory_total_mib),
            mib(self.memory_available_mib)
        )?;
        match &self.data_dir_writable {
            Ok(()) => writeln!(f, "data        {}", self.data_dir)?,
            Err(why) => writeln!(f, "data        {} cannot be written: {why}", self.data_dir)?,
        }
        writeln!(f, "matters     {}", self.matters)?;
        for model in &self.models {
            let state = if model.installed { "here" } else { "not here" };
            writeln!(f, "model       {:<32} {state}", model.name)?;
        }
        Ok(())
    }
}
