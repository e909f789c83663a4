//! What was measured, as JSON and as a table.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use estoppel_memory::Ranking;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::figures::NAMES;
use super::{Figures, Format, Skipped};

/// The figures of every ranking over one labelled set.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The set's format.
    pub format: Format,
    /// Questions in the figures over all; see [`Format::counts`].
    pub questions: usize,
    /// Labels that could not be used.
    pub skipped: Vec<Skipped>,
    /// In the order in which the rankings were asked for.
    pub systems: Vec<(Ranking, SystemReport)>,
}

/// The figures of one ranking.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SystemReport {
    /// Over all questions; see [`Format::counts`].
    #[serde(flatten)]
    pub all: Figures,
    /// The share of questions on something that was updated, with both turns found,
    /// that rank the update first.
    pub update_first: Option<f64>,
    /// Over the questions of each kind.
    pub by_kind: BTreeMap<String, Figures>,
}

/// `{"v":1,"type":"retrieval",…}`, with the skipped labels counted and named.
impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("v", &1)?;
        map.serialize_entry("type", "retrieval")?;
        map.serialize_entry("format", &self.format)?;
        map.serialize_entry("questions", &self.questions)?;
        map.serialize_entry("skipped", &self.skipped.len())?;
        map.serialize_entry("skipped_labels", &self.skipped)?;
        map.serialize_entry("systems", &InOrder(&self.systems))?;
        map.end()
    }
}

struct InOrder<'a>(&'a [(Ranking, SystemReport)]);

impl Serialize for InOrder<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(ranking, report)| (ranking, report)))
    }
}

impl Report {
    /// Plain text: a row a ranking with the figures over all questions, then
    /// recall@10 a kind of question, then the skipped labels.
    pub fn table(&self) -> String {
        let mut out = String::new();
        let _ = writeln!(out, "{}: {} questions", self.format, self.questions);
        let mut header = vec![String::new()];
        header.extend(NAMES.map(String::from));
        header.push("update first".into());
        let rows = self.systems.iter().map(|(ranking, report)| {
            let mut row = vec![ranking.to_string()];
            row.extend(report.all.values().map(|value| format!("{value:.3}")));
            let first = report.update_first.map(|first| format!("{first:.3}"));
            row.push(first.unwrap_or_else(|| "–".into()));
            row
        });
        lay_out(&mut out, header, rows);
        self.kinds(&mut out);
        for skipped in &self.skipped {
            let Skipped {
                memory,
                question,
                label,
            } = skipped;
            let _ = writeln!(out, "skipped {memory}, {question}: {label}");
        }
        out
    }

    fn kinds(&self, out: &mut String) {
        let Some((_, first)) = self.systems.first() else {
            return;
        };
        let mut header = vec!["recall@10".to_owned(), "questions".into()];
        header.extend(self.systems.iter().map(|(ranking, _)| ranking.to_string()));
        let rows = first.by_kind.iter().map(|(kind, figures)| {
            let mut row = vec![kind.clone(), figures.questions.to_string()];
            row.extend(self.systems.iter().map(|(_, report)| {
                let recall = report.by_kind.get(kind).map(|figures| figures.recall_10);
                recall.map_or(String::new(), |recall| format!("{recall:.3}"))
            }));
            row
        });
        out.push('\n');
        lay_out(out, header, rows);
    }
}

/// Columns as wide as their widest cell, the first to the left.
fn lay_out(out: &mut String, header: Vec<String>, rows: impl Iterator<Item = Vec<String>>) {
    let rows: Vec<Vec<String>> = std::iter::once(header).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> = (0..rows[0].len())
        .map(|at| width(at).unwrap_or(0))
        .collect();
    for row in &rows {
        let _ = write!(out, "{:<1$}", row[0], widths[0]);
        for (cell, width) in row.iter().zip(&widths).skip(1) {
            let _ = write!(out, "  {cell:>width$}");
        }
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use estoppel_memory::TurnId;
    use serde_json::json;

    use super::*;

    fn report() -> Report {
        let one = Figures::of(&[TurnId(1)], &[TurnId(1), TurnId(2)]);
        let system = SystemReport {
            all: one,
            update_first: None,
            by_kind: BTreeMap::from([("single".to_owned(), one)]),
        };
        Report {
            format: Format::Locomo,
            questions: 1,
            skipped: vec![Skipped {
                memory: "conv-1".into(),
                question: "qa[3]".into(),
                label: "\"D\" is no dialogue id".into(),
            }],
            systems: vec![(Ranking::Gat, system.clone()), (Ranking::Bm25, system)],
        }
    }

    #[test]
    fn json_is_one_versioned_object() {
        let value = serde_json::to_value(report()).unwrap();
        for (key, expected) in [
            ("v", json!(1)),
            ("type", json!("retrieval")),
            ("format", json!("locomo")),
            ("questions", json!(1)),
            ("skipped", json!(1)),
        ] {
            assert_eq!(value[key], expected, "{key}");
        }
        let gat = &value["systems"]["gat"];
        assert_eq!(gat["recall@1"], json!(0.5));
        assert_eq!(gat["all@10"], json!(0.0));
        assert_eq!(gat["by_kind"]["single"]["recall@20"], json!(0.5));
        for name in NAMES {
            assert!(gat[name].is_number(), "{name}");
        }
        let text = serde_json::to_string(&report()).unwrap();
        assert!(
            text.starts_with(r#"{"v":1,"type":"retrieval","format":"locomo""#),
            "{text}"
        );
        assert!(text.find("\"gat\"") < text.find("\"bm25\""), "{text}");
    }

    #[test]
    fn the_table_has_a_row_a_system() {
        let table = report().table();
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(
            lines[1],
            "      recall@1  recall@5  recall@10  recall@20  all@5  all@10  ndcg@10  update first"
        );
        assert_eq!(
            lines[2],
            "gat      0.500     0.500      0.500      0.500  0.000   0.000    0.613             –"
        );
        assert!(lines[3].starts_with("bm25"));
        assert_eq!(lines[5], "recall@10  questions    gat   bm25");
        assert_eq!(lines[6], "single             1  0.500  0.500");
        assert_eq!(lines[7], "skipped conv-1, qa[3]: \"D\" is no dialogue id");
    }
}
