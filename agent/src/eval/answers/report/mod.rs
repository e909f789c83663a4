//! A run as one page of HTML: nothing outside it is loaded, no script runs, and it reads
//! in light, in dark and in print.

mod plot;

use std::collections::BTreeMap;
use std::fmt::Write;

use super::score::ProbeResult;
use super::summary::{Figures, Spread, Summary};
use super::systems::Systems;
use crate::answering::Millis;
use plot::{Bar, bars, dots};

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1b1b1f;--paper:#fff;--faint:#8a8a94;--line:#d9d9e0;--good:#2f7d4f;--bad:#b3372f;--bar:#3b6ea5}\
@media(prefers-color-scheme:dark){:root{--ink:#e8e8ec;--paper:#17171b;--faint:#8f8f9b;--line:#3a3a42;--good:#6fc28f;--bad:#ef8379;--bar:#7fb0e0}}\
@media print{:root{--ink:#000;--paper:#fff;--faint:#555;--line:#bbb}article{break-inside:avoid}}\
body{margin:2rem auto;max-width:56rem;padding:0 1rem;font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}\
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}\
th,td{padding:.25rem .5rem;text-align:right;border-bottom:1px solid var(--line)}th:first-child,td:first-child{text-align:left}\
svg{width:100%;height:auto}svg text{fill:var(--ink);font:12px system-ui,sans-serif}\
.axis{stroke:var(--line)}.bar{fill:var(--bar)}.dot{fill:var(--bar);fill-opacity:.6}\
article{border-top:1px solid var(--line);padding:.5rem 0}article h3{margin:.25rem 0;font-size:1rem}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem .75rem;margin:0}dt{color:var(--faint)}dd{margin:0}\
.good{color:var(--good)}.bad{color:var(--bad)}";

/// How far back its evidence lies, in turns, from which on a probe counts as farther.
const DISTANCES: [(u32, &str); 5] = [
    (0, "0–4"),
    (5, "5–9"),
    (10, "10–19"),
    (20, "20–39"),
    (40, "40 and more"),
];

/// The page. `model` names what answered. Several systems are set beside each other first,
/// with the intervals of `seed`; then comes each by itself.
pub fn report(results: &[ProbeResult], model: &str, seed: u64) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>Estoppel: answers measured</title><style>{STYLE}</style></head><body>\n\
         <h1>Answers measured</h1>\n<p>{} probes, answered with {}.</p>\n",
        results.len(),
        escaped(model)
    );
    let systems = Systems::of(results, seed);
    if systems.systems.len() > 1 {
        page.push_str(&beside(&systems));
    }
    for system in systems.systems.keys() {
        let of_system: Vec<ProbeResult> = results
            .iter()
            .filter(|result| result.system == *system)
            .cloned()
            .collect();
        let _ = writeln!(page, "<h1>{system}</h1>");
        page.push_str(&of_one(&of_system));
    }
    page.push_str("</body></html>\n");
    page
}

/// What one system answered.
fn of_one(results: &[ProbeResult]) -> String {
    let summary = Summary::of(results);
    let mut page = figures(&summary);
    let kinds: Vec<Bar> = summary
        .by_kind
        .iter()
        .map(|(kind, of_kind)| Bar::of(&kind.to_string(), of_kind.probes, of_kind.hca))
        .collect();
    section(
        &mut page,
        "Right in value and citations, by kind",
        &bars(&kinds),
    );
    let far = bars(&by_distance(results));
    section(
        &mut page,
        "The same, by turns between evidence and question",
        &far,
    );
    let latency: Vec<(f64, f64)> = results
        .iter()
        .map(|r| (f64::from(r.after), r.ms.first_token / 1000.0))
        .collect();
    section(
        &mut page,
        "Seconds to the first word, by turn of the question",
        &dots(&latency),
    );
    section(&mut page, "Where the time goes", &stages(results));
    page.push_str(&wrong(results));
    page
}

/// How long each stage of an answer takes, and its share of the whole.
fn stages(results: &[ProbeResult]) -> String {
    let ms = |of: fn(&Millis) -> f64| results.iter().map(move |result| of(&result.ms));
    let all: f64 = ms(|ms| ms.total).sum();
    let row = |name: &str, of: fn(&Millis) -> f64| {
        let spread = Spread::of(ms(of));
        let share = 100.0 * ms(of).sum::<f64>() / all.max(f64::MIN_POSITIVE);
        format!(
            "<tr><td>{name}</td><td>{:.0}</td><td>{:.0}</td><td>{share:.0} %</td></tr>\n",
            spread.median, spread.p95
        )
    };
    let rows = [
        row("finding turns", |ms| ms.retrieve),
        row("reading, to the first word", |ms| {
            ms.first_token - ms.retrieve
        }),
        row("writing", |ms| ms.total - ms.first_token),
    ];
    format!(
        "<table>\n<tr><th></th><th>median, ms</th><th>95%, ms</th><th>share</th></tr>\n{}</table>\n",
        rows.concat()
    )
}

fn section(page: &mut String, title: &str, body: &str) {
    let _ = writeln!(page, "<h2>{title}</h2>\n{body}");
}

fn figures(summary: &Summary) -> String {
    let kinds = summary.by_kind.iter();
    let languages = summary.by_language.iter();
    let rows = kinds
        .map(|(kind, figures)| row(&kind.to_string(), figures, ""))
        .chain(languages.map(|(language, figures)| row(&language.to_string(), figures, "")));
    table("", rows.chain([row("<b>all</b>", &summary.overall, "")]))
}

/// A row for each system, and what changes from each to ours.
fn beside(systems: &Systems) -> String {
    let rows = systems.systems.iter().map(|(system, summary)| {
        let spread = summary.first_word_ms;
        let first_word = format!(
            "<td>{:.2} ({:.2})</td>",
            spread.median / 1000.0,
            spread.p95 / 1000.0
        );
        row(&system.to_string(), &summary.overall, &first_word)
    });
    let mut text = table("<th>first word, s (95%)</th>", rows);
    for (system, comparison) in &systems.against {
        let _ = writeln!(text, "<h2>From {system} to estoppel</h2>\n<table>");
        for (figure, d) in &comparison.figures {
            let _ = writeln!(
                text,
                "<tr><td>{figure}</td><td>{:.3}</td><td>{:.3}</td><td>{:+.3}</td>\
                 <td>{:+.3} to {:+.3}</td></tr>",
                d.a, d.b, d.difference, d.interval[0], d.interval[1]
            );
        }
        text.push_str("</table>\n");
    }
    text
}

fn table(more: &str, rows: impl Iterator<Item = String>) -> String {
    let rows: String = rows.collect();
    format!(
        "<table><tr><th></th><th>probes</th><th>reference</th><th>value</th><th>both</th>\
         <th>precision</th><th>recall</th>{more}</tr>\n{rows}</table>\n"
    )
}

/// `more` are cells that follow the figures.
fn row(name: &str, f: &Figures, more: &str) -> String {
    format!(
        "<tr><td>{name}</td><td>{}</td><td>{:.3}</td><td>{:.3}</td><td>{:.3}</td>\
         <td>{:.3}</td><td>{:.3}</td>{more}</tr>\n",
        f.probes,
        f.reference_accuracy,
        f.value_accuracy,
        f.hca,
        f.citation_precision,
        f.citation_recall
    )
}

/// By how far the latest evidence turn lies back; probes without evidence are left out.
fn by_distance(results: &[ProbeResult]) -> Vec<Bar> {
    let mut groups: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    for result in results {
        let Some(last) = result.evidence.iter().max() else {
            continue;
        };
        let far = result.after.saturating_sub(*last);
        let group = DISTANCES.iter().rposition(|(from, _)| *from <= far);
        let (probes, right) = groups.entry(group.unwrap_or(0)).or_default();
        *probes += 1;
        *right += usize::from(result.right);
    }
    let bar = |(group, (probes, right)): (usize, (usize, usize))| {
        Bar::of(DISTANCES[group].1, probes, right as f64 / probes as f64)
    };
    groups.into_iter().map(bar).collect()
}

fn wrong(results: &[ProbeResult]) -> String {
    let wrong: Vec<&ProbeResult> = results.iter().filter(|r| !r.right).collect();
    let mut text = format!("<h2>Wrong: {} of {}</h2>\n", wrong.len(), results.len());
    for result in wrong {
        let verdict = |name: &str, right: bool| match right {
            true => format!("<span class=\"good\">{name} right</span>"),
            false => format!("<span class=\"bad\">{name} wrong</span>"),
        };
        let _ = writeln!(
            text,
            "<article><h3>{}</h3><dl><dt>probe</dt><dd>{} {}, {}, after turn {}</dd>\
             <dt>said</dt><dd>{}</dd><dt>cited</dt><dd>{}</dd><dt>evidence</dt><dd>{}</dd>\
             <dt>read</dt><dd>{}</dd><dt>verdict</dt><dd>{}, {}</dd></dl></article>",
            escaped(&result.question),
            escaped(&result.file),
            escaped(&result.id),
            result.kind,
            result.after,
            escaped(&result.answer),
            turns(&result.citations),
            turns(&result.evidence),
            turns(&result.retrieved),
            verdict("value", result.value_right),
            verdict("citations", result.citations_right)
        );
    }
    text
}

fn turns(turns: &[u32]) -> String {
    match turns {
        [] => "none".into(),
        _ => turns
            .iter()
            .map(u32::to_string)
            .collect::<Vec<_>>()
            .join(", "),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::answers::System;
    use crate::eval::answers::testing::result;

    #[test]
    fn the_page_stands_alone_and_shows_what_went_wrong() {
        let page = report(
            &[result("good", true), result("bad", false)],
            "a <model>",
            1,
        );
        assert!(page.contains("Wrong: 1 of 2"));
        assert!(page.contains("a &lt;model&gt;") && page.contains("£5 &lt;or&gt; so"));
        assert!(page.contains("after turn 9") && page.contains("citations wrong"));
        for outside in ["<script", "http", "src=", "<link"] {
            assert!(!page.contains(outside), "{outside}");
        }
        assert_eq!(page.matches("<article>").count(), 1);
    }

    #[test]
    fn the_stages_of_an_answer_make_up_its_time() {
        let mut one = result("p", true);
        one.ms = Millis {
            retrieve: 10.0,
            first_token: 40.0,
            total: 100.0,
        };
        let told = stages(&[one]);
        for row in [
            "<td>10</td><td>10</td><td>10 %",
            "<td>30</td><td>30</td><td>30 %",
            "60 %",
        ] {
            assert!(told.contains(row), "{row} in {told}");
        }
    }

    #[test]
    fn systems_stand_beside_each_other_and_then_each_by_itself() {
        let full = ProbeResult {
            system: System::Full,
            ..result("p", false)
        };
        let page = report(&[result("p", true), full], "m", 1);
        assert!(page.contains("From full to estoppel") && page.contains("+1.000"));
        assert!(page.contains("<h1>full</h1>") && page.contains("<h1>estoppel</h1>"));
        assert_eq!(page.matches("<article>").count(), 1);
    }

    #[test]
    fn probes_are_grouped_by_how_far_their_evidence_lies_back() {
        let mut near = result("near", true);
        near.evidence = vec![2, 8];
        let mut none = result("none", true);
        none.evidence = Vec::new();
        let groups = by_distance(&[near, none, result("far", false)]);
        let of = |bar: &Bar| (bar.name.clone(), bar.probes, bar.share);
        let groups: Vec<_> = groups.iter().map(of).collect();
        assert_eq!(groups, [("0–4".into(), 1, 1.0), ("5–9".into(), 1, 0.0)]);
    }
}
