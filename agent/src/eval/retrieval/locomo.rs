//! LoCoMo: conversations of two friends over many sessions, in one file.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::LazyLock;

use estoppel_memory::{NewTurn, Role, TurnId};
use jiff::civil::DateTime;
use regex::Regex;
use serde::Deserialize;
use serde_json::Value;

use super::error::read_json;
use super::{Asked, Dataset, EvalError, Memory, Skipped};

/// The kind of questions about the wrong person.
pub(super) const ADVERSARIAL: &str = "5-adversarial";

#[derive(Deserialize)]
struct Sample {
    sample_id: Option<String>,
    /// `session_N` is a list of utterances, `session_N_date_time` its time;
    /// the speakers' names stand beside them.
    conversation: BTreeMap<String, Value>,
    qa: Vec<Qa>,
}

#[derive(Deserialize)]
struct Utterance {
    speaker: String,
    dia_id: String,
    text: String,
    blip_caption: Option<String>,
}

#[derive(Deserialize)]
struct Qa {
    question: String,
    category: u8,
    #[serde(default)]
    evidence: Vec<String>,
}

/// One memory a conversation.
pub(super) fn read(file: &Path) -> Result<Dataset, EvalError> {
    let samples: Vec<Sample> = read_json(file)?;
    let mut dataset = Dataset::default();
    for (at, sample) in samples.into_iter().enumerate() {
        let name = sample
            .sample_id
            .clone()
            .unwrap_or_else(|| format!("sample {at}"));
        let reader = Reader { file, name };
        reader.read(sample, &mut dataset)?;
    }
    Ok(dataset)
}

struct Reader<'a> {
    file: &'a Path,
    name: String,
}

impl Reader<'_> {
    fn read(self, sample: Sample, dataset: &mut Dataset) -> Result<(), EvalError> {
        let mut turns = Vec::new();
        let mut ids = HashMap::new();
        for session in sessions(&sample.conversation) {
            self.session(&sample.conversation, session, &mut turns, &mut ids)?;
        }
        let after = TurnId(turns.len() as u32);
        let mut questions = Vec::new();
        for (at, qa) in sample.qa.into_iter().enumerate() {
            let skip = |label: String| Skipped {
                memory: self.name.clone(),
                question: format!("qa[{at}]"),
                label,
            };
            let kind = kind(qa.category).ok_or_else(|| {
                let reason = format!("category {} is not one of 1 to 5", qa.category);
                self.invalid(format!("qa[{at}]"), reason)
            })?;
            let evidence = evidence(&qa.evidence, &ids, |label| {
                dataset.skipped.push(skip(label))
            });
            if evidence.is_empty() {
                dataset
                    .skipped
                    .push(skip("the question has no evidence".into()));
                continue;
            }
            questions.push(Asked {
                text: qa.question,
                kind: kind.into(),
                evidence,
                outdated: Vec::new(),
                after,
            });
        }
        dataset.memories.push(Memory {
            name: self.name,
            turns,
            questions,
        });
        Ok(())
    }

    fn session(
        &self,
        conversation: &BTreeMap<String, Value>,
        session: u32,
        turns: &mut Vec<NewTurn>,
        ids: &mut HashMap<(u32, u32), TurnId>,
    ) -> Result<(), EvalError> {
        let place = format!("session_{session}");
        let at = self.time(conversation, &format!("{place}_date_time"))?;
        let utterances: Vec<Utterance> = serde_json::from_value(conversation[&place].clone())
            .map_err(|error| self.invalid(place.clone(), error.to_string()))?;
        for utterance in utterances {
            let [id] = repaired(&utterance.dia_id)[..] else {
                let reason = format!("{:?} is no dialogue id", utterance.dia_id);
                return Err(self.invalid(place, reason));
            };
            let text = said(&utterance);
            if text.is_empty() {
                continue;
            }
            turns.push(NewTurn {
                // Two friends: neither advises, what both say is the record.
                role: Role::Client,
                speaker: Some(utterance.speaker),
                session,
                at,
                text,
            });
            ids.insert(id, TurnId(turns.len() as u32));
        }
        Ok(())
    }

    fn time(
        &self,
        conversation: &BTreeMap<String, Value>,
        key: &str,
    ) -> Result<DateTime, EvalError> {
        let text = conversation
            .get(key)
            .and_then(Value::as_str)
            .ok_or_else(|| self.invalid(key.into(), "the session has no time".into()))?;
        DateTime::strptime("%I:%M %p on %d %B, %Y", text).map_err(|_| {
            let reason = format!("{text:?} is not a time like \"1:56 pm on 8 May, 2023\"");
            self.invalid(key.into(), reason)
        })
    }

    fn invalid(&self, place: String, reason: String) -> EvalError {
        EvalError::invalid(self.file, format!("{}, {place}", self.name), reason)
    }
}

/// Numbers of the sessions that hold utterances, ascending.
fn sessions(conversation: &BTreeMap<String, Value>) -> Vec<u32> {
    let mut sessions: Vec<u32> = conversation
        .keys()
        .filter_map(|key| key.strip_prefix("session_")?.parse().ok())
        .collect();
    sessions.sort_unstable();
    sessions
}

/// The words, and the caption of a picture that was sent with them.
fn said(utterance: &Utterance) -> String {
    let text = utterance.text.trim();
    match &utterance.blip_caption {
        Some(caption) => format!("{text} [shares {}]", caption.trim())
            .trim_start()
            .to_owned(),
        None => text.to_owned(),
    }
}

fn kind(category: u8) -> Option<&'static str> {
    Some(match category {
        1 => "1-multi-hop",
        2 => "2-temporal",
        3 => "3-open-domain",
        4 => "4-single-hop",
        5 => ADVERSARIAL,
        _ => return None,
    })
}

/// The turns that labels name; what names none is handed to `skip`.
fn evidence(
    labels: &[String],
    ids: &HashMap<(u32, u32), TurnId>,
    mut skip: impl FnMut(String),
) -> Vec<TurnId> {
    let mut turns = Vec::new();
    for label in labels {
        let named = repaired(label);
        if named.is_empty() {
            skip(format!("{label:?} is no dialogue id"));
        }
        for id in named {
            match ids.get(&id) {
                Some(turn) if !turns.contains(turn) => turns.push(*turn),
                Some(_) => {}
                None => skip(format!("{label:?} names no utterance")),
            }
        }
    }
    turns
}

static DIALOGUE_ID: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"D:?(\d+):(\d+)").expect("the pattern is valid"));

/// Session and number of every dialogue id in a label. Published labels hold
/// several ids at once, leading zeros and stray colons.
fn repaired(label: &str) -> Vec<(u32, u32)> {
    DIALOGUE_ID
        .captures_iter(label)
        .filter_map(|id| Some((id[1].parse().ok()?, id[2].parse().ok()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;

    use super::*;
    use crate::eval::retrieval::testing::file;

    fn sample() -> Value {
        json!([{
            "sample_id": "conv-1",
            "conversation": {
                "speaker_a": "Ann", "speaker_b": "Ben",
                "session_2_date_time": "12:05 am on 1 June, 2023",
                "session_2": [{"speaker": "Ben", "dia_id": "D2:1", "text": "The kiln broke."}],
                "session_1_date_time": "1:56 pm on 8 May, 2023",
                "session_1": [
                    {"speaker": "Ann", "dia_id": "D1:1", "text": "I took up pottery."},
                    {"speaker": "Ben", "dia_id": "D1:2", "text": "Look!",
                     "blip_caption": "a photo of a bowl"}
                ],
                "session_3_date_time": "1:00 pm on 9 June, 2023"
            },
            "qa": [
                {"question": "Who makes pots?", "answer": "Ann", "evidence": ["D1:01; D2:1"], "category": 1},
                {"question": "What did Ben show?", "evidence": ["D:1:2", "D1:2", "D9:9", "D"], "category": 4},
                {"question": "What did Ben cook?", "evidence": [], "category": 5}
            ]
        }])
    }

    #[test]
    fn a_conversation_is_read_with_its_labels_repaired() {
        let (_folder, path) = file("locomo.json", &sample());
        let Dataset { memories, skipped } = read(&path).unwrap();
        let [memory] = &memories[..] else {
            panic!("{memories:?}")
        };
        let texts: Vec<&str> = memory.turns.iter().map(|turn| turn.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "I took up pottery.",
                "Look! [shares a photo of a bowl]",
                "The kiln broke."
            ]
        );
        assert_eq!(memory.turns[0].at, date(2023, 5, 8).at(13, 56, 0, 0));
        assert_eq!(memory.turns[2].at, date(2023, 6, 1).at(0, 5, 0, 0));
        assert_eq!(memory.turns[2].session, 2);
        let evidence: Vec<_> = memory
            .questions
            .iter()
            .map(|q| q.evidence.clone())
            .collect();
        assert_eq!(evidence, [vec![TurnId(1), TurnId(3)], vec![TurnId(2)]]);
        assert_eq!(memory.questions[0].after, TurnId(3));
        let labels: Vec<&str> = skipped.iter().map(|s| s.label.as_str()).collect();
        assert_eq!(
            labels,
            [
                "\"D9:9\" names no utterance",
                "\"D\" is no dialogue id",
                "the question has no evidence"
            ]
        );
        assert_eq!(skipped[0].question, "qa[1]");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let mut broken = sample();
        broken[0]["conversation"]["session_1_date_time"] = json!("8 May");
        let (_folder, path) = file("locomo.json", &broken);
        let error = read(&path).unwrap_err().to_string();
        assert!(
            error.contains("locomo.json: conv-1, session_1_date_time: \"8 May\""),
            "{error}"
        );

        let mut broken = sample();
        broken[0]["conversation"]["session_1"][0]["dia_id"] = json!("one");
        let (_folder, path) = file("locomo.json", &broken);
        let error = read(&path).unwrap_err().to_string();
        assert!(
            error.contains("session_1: \"one\" is no dialogue id"),
            "{error}"
        );

        let mut broken = sample();
        broken[0]["qa"][0]["category"] = json!(7);
        let (_folder, path) = file("locomo.json", &broken);
        assert!(
            read(&path)
                .unwrap_err()
                .to_string()
                .contains("qa[0]: category 7")
        );
    }
}
