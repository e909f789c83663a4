//! BEAM: long chats with an assistant; questions in a file of their own.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use estoppel_memory::{NewTurn, Role, TurnId};
use jiff::civil::{Date, DateTime};
use regex::Regex;
use serde::Deserialize;
use serde_json::Value;

use super::error::read_json;
use super::{Asked, Dataset, EvalError, Memory, Skipped};

const CHAT: &str = ".chat.json";
const QUESTIONS: &str = ".questions.json";

/// Questions of this kind have no answer in the chat.
const ABSTENTION: &str = "abstention";

#[derive(Deserialize)]
struct BatchOfTurns {
    turns: Vec<Vec<Message>>,
    time_anchor: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    role: Speaker,
    id: u64,
    content: String,
    time_anchor: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Speaker {
    User,
    Assistant,
}

#[derive(Deserialize)]
struct Question {
    question: String,
    /// Message ids as a list, a list of lists, or lists by role.
    #[serde(default)]
    source_chat_ids: Value,
}

/// The chat files meant by `files`, each once: a questions file stands for the
/// chat beside it.
pub(super) fn chats(files: &[PathBuf]) -> Vec<PathBuf> {
    let mut chats = Vec::new();
    for file in files {
        let chat = sibling(file, QUESTIONS, CHAT).unwrap_or_else(|| file.clone());
        if !chats.contains(&chat) {
            chats.push(chat);
        }
    }
    chats
}

/// The file beside this one whose name ends in `to` where this one's ends in `from`.
fn sibling(file: &Path, from: &str, to: &str) -> Option<PathBuf> {
    let stem = file.file_name()?.to_str()?.strip_suffix(from)?;
    Some(file.with_file_name(format!("{stem}{to}")))
}

/// One memory, its session numbers those of the batches. Every question is
/// asked at the end.
pub(super) fn read(chat: &Path) -> Result<Dataset, EvalError> {
    let questions = sibling(chat, CHAT, QUESTIONS).ok_or_else(|| {
        EvalError::invalid(
            chat,
            "file name",
            format!("it does not end in {CHAT} or {QUESTIONS}"),
        )
    })?;
    let (turns, ids) = read_chat(chat)?;
    let kinds: BTreeMap<String, Vec<Question>> = read_json(&questions)?;
    let mut memory = Memory {
        name: chat
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .replace(CHAT, ""),
        questions: Vec::new(),
        turns,
    };
    let mut skipped = Vec::new();
    for (kind, questions) in kinds.into_iter().filter(|(kind, _)| kind != ABSTENTION) {
        for (at, question) in questions.into_iter().enumerate() {
            let mut skip = |label: String| {
                skipped.push(Skipped {
                    memory: memory.name.clone(),
                    question: format!("{kind}[{at}]"),
                    label,
                });
            };
            let mut evidence = Vec::new();
            for id in flat(&question.source_chat_ids) {
                match id.as_u64().and_then(|id| ids.get(&id)) {
                    Some(turn) if !evidence.contains(turn) => evidence.push(*turn),
                    Some(_) => {}
                    None => skip(format!("{id} names no message")),
                }
            }
            if evidence.is_empty() {
                skip("the question has no evidence".into());
                continue;
            }
            memory.questions.push(Asked {
                outdated: outdated(&question.source_chat_ids, &ids),
                text: question.question,
                kind: kind.clone(),
                evidence,
                after: TurnId(memory.turns.len() as u32),
            });
        }
    }
    Ok(Dataset {
        memories: vec![memory],
        skipped,
    })
}

/// Messages that an update has replaced.
fn outdated(source: &Value, ids: &HashMap<u64, TurnId>) -> Vec<TurnId> {
    if source.get("updated_info").is_none() {
        return Vec::new();
    }
    let original = source.get("original_info").into_iter().flat_map(flat);
    original
        .filter_map(|id| ids.get(&id.as_u64()?).copied())
        .collect()
}

fn read_chat(file: &Path) -> Result<(Vec<NewTurn>, HashMap<u64, TurnId>), EvalError> {
    let batches: Vec<BatchOfTurns> = read_json(file)?;
    let (mut turns, mut ids) = (Vec::new(), HashMap::new());
    let mut now = None;
    for (session, batch) in (1..).zip(batches) {
        now = anchor(file, batch.time_anchor.as_deref())?.or(now);
        for message in batch.turns.into_iter().flatten() {
            now = anchor(file, message.time_anchor.as_deref())?.or(now);
            let at = now.ok_or_else(|| {
                let place = format!("message {}", message.id);
                EvalError::invalid(file, place, "no time_anchor stands before it")
            })?;
            let text = said(&message);
            if text.is_empty() {
                continue;
            }
            let role = match message.role {
                Speaker::User => Role::Client,
                Speaker::Assistant => Role::Counsel,
            };
            let mut turn = NewTurn::new(role, at, text);
            turn.session = session;
            turns.push(turn);
            ids.insert(message.id, TurnId(turns.len() as u32));
        }
    }
    Ok((turns, ids))
}

fn anchor(file: &Path, text: Option<&str>) -> Result<Option<DateTime>, EvalError> {
    let Some(text) = text else {
        return Ok(None);
    };
    match Date::strptime("%B-%d-%Y", text) {
        Ok(date) => Ok(Some(date.at(0, 0, 0, 0))),
        Err(_) => Err(EvalError::invalid(
            file,
            format!("time_anchor {text:?}"),
            "it is not a date like \"January-05-2024\"",
        )),
    }
}

static MARKER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\s*->->[\s\d,.]*$").expect("the pattern is valid"));

/// The content without the generator's marker at the end of the user's messages.
fn said(message: &Message) -> String {
    let text = message.content.trim();
    match message.role {
        Speaker::User => MARKER.replace(text, "").into_owned(),
        Speaker::Assistant => text.to_owned(),
    }
}

/// The leaves of nested lists and maps.
fn flat(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(values) => values.iter().flat_map(flat).collect(),
        Value::Object(values) => values.values().flat_map(flat).collect(),
        leaf => vec![leaf],
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;

    use super::*;
    use crate::eval::retrieval::testing::file;

    fn chat() -> Value {
        json!([
            {"batch_number": 1, "time_anchor": "January-05-2024", "turns": [[
                {"role": "user", "id": 0, "index": "1,3", "content": "Use port 3000. ->-> 1,3"},
                {"role": "assistant", "id": 1, "content": "Done -> see above."}]]},
            {"batch_number": 2, "time_anchor": null, "turns": [[
                {"role": "user", "id": 2, "time_anchor": "February-29-2024", "content": "Now 8080. ->-> 2,1"},
                {"role": "assistant", "id": 3, "content": " "},
                {"role": "assistant", "id": 4, "content": "Changed."}]]}
        ])
    }

    #[test]
    fn a_chat_is_read_with_the_questions_beside_it() {
        let (folder, path) = file("1.chat.json", &chat());
        let questions = json!({
            "abstention": [{"question": "Why?"}],
            "event_ordering": [{"question": "In what order?", "source_chat_ids": [[0, 4], [2, 0]]}],
            "knowledge_update": [
                {"question": "Which port?", "source_chat_ids": {"original_info": [0], "updated_info": [2, 9]}},
                {"question": "Which host?"}]
        });
        let beside = folder.path().join("1.questions.json");
        std::fs::write(&beside, questions.to_string()).unwrap();
        assert_eq!(chats(&[path.clone(), beside]), std::slice::from_ref(&path));

        let Dataset { memories, skipped } = read(&path).unwrap();
        let [memory] = &memories[..] else {
            panic!("{memories:?}")
        };
        let turns: Vec<(&str, Role, u32)> = memory
            .turns
            .iter()
            .map(|turn| (turn.text.as_str(), turn.role, turn.session))
            .collect();
        assert_eq!(
            turns,
            [
                ("Use port 3000.", Role::Client, 1),
                ("Done -> see above.", Role::Counsel, 1),
                ("Now 8080.", Role::Client, 2),
                ("Changed.", Role::Counsel, 2),
            ]
        );
        assert_eq!(memory.turns[3].at, date(2024, 2, 29).at(0, 0, 0, 0));
        let asked: Vec<_> = memory
            .questions
            .iter()
            .map(|q| (q.kind.as_str(), q.evidence.clone()))
            .collect();
        assert_eq!(
            asked,
            [
                ("event_ordering", vec![TurnId(1), TurnId(4), TurnId(3)]),
                ("knowledge_update", vec![TurnId(1), TurnId(3)]),
            ]
        );
        let labels: Vec<&str> = skipped.iter().map(|s| s.label.as_str()).collect();
        assert_eq!(
            labels,
            ["9 names no message", "the question has no evidence"]
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let (_folder, path) = file("1.chat.json", &chat());
        let error = read(&path).unwrap_err();
        assert!(matches!(error, EvalError::Read { .. }), "{error}");
        assert!(error.to_string().contains("1.questions.json"), "{error}");

        let error = read(Path::new("chat.txt")).unwrap_err().to_string();
        assert!(error.contains("chat.txt: file name"), "{error}");

        let mut broken = chat();
        broken[0]["time_anchor"] = json!(null);
        let (_folder, path) = file("1.chat.json", &broken);
        let error = read(&path).unwrap_err().to_string();
        assert!(error.contains("message 0: no time_anchor"), "{error}");

        broken[0]["time_anchor"] = json!("soon");
        let (_folder, path) = file("1.chat.json", &broken);
        let error = read(&path).unwrap_err().to_string();
        assert!(error.contains("time_anchor \"soon\""), "{error}");
    }
}
