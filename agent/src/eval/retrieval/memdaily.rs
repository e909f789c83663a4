//! MemDaily: notes on daily life in Chinese, many short trajectories a file.

use std::collections::HashMap;
use std::path::Path;

use estoppel_memory::{NewTurn, Role, TurnId};
use jiff::civil::DateTime;
use serde::Deserialize;

use super::error::read_json;
use super::{Asked, Dataset, EvalError, Memory, Skipped};

#[derive(Deserialize)]
struct Trajectory {
    tid: u32,
    message_list: Vec<Message>,
    question_list: Vec<Question>,
}

#[derive(Deserialize)]
struct Message {
    mid: u32,
    message: String,
    time: String,
}

#[derive(Deserialize)]
struct Question {
    qid: u32,
    question: String,
    #[serde(default)]
    target_step_id: Vec<u32>,
}

/// One long memory a file: its trajectories one after another, each a session
/// of its own. A trajectory's questions are asked when it ends, as published.
pub(super) fn read(file: &Path) -> Result<Dataset, EvalError> {
    let trajectories: Vec<Trajectory> = read_json(file)?;
    let kind = file.file_stem().unwrap_or_default().to_string_lossy();
    let mut memory = Memory {
        name: kind.to_string(),
        turns: Vec::new(),
        questions: Vec::new(),
    };
    let mut skipped = Vec::new();
    for (session, trajectory) in (1..).zip(trajectories) {
        let ids = add_messages(file, session, &trajectory, &mut memory.turns)?;
        let after = TurnId(memory.turns.len() as u32);
        for question in trajectory.question_list {
            let mut skip = |label: String| {
                skipped.push(Skipped {
                    memory: memory.name.clone(),
                    question: format!("tid {}, qid {}", trajectory.tid, question.qid),
                    label,
                });
            };
            let mut evidence = Vec::new();
            for step in &question.target_step_id {
                match ids.get(step) {
                    Some(turn) if !evidence.contains(turn) => evidence.push(*turn),
                    Some(_) => {}
                    None => skip(format!("step {step} names no message")),
                }
            }
            if evidence.is_empty() {
                skip("the question has no evidence".into());
                continue;
            }
            memory.questions.push(Asked {
                text: question.question,
                kind: kind.to_string(),
                evidence,
                outdated: Vec::new(),
                after,
            });
        }
    }
    Ok(Dataset {
        memories: vec![memory],
        skipped,
    })
}

fn add_messages(
    file: &Path,
    session: u32,
    trajectory: &Trajectory,
    turns: &mut Vec<NewTurn>,
) -> Result<HashMap<u32, TurnId>, EvalError> {
    let mut ids = HashMap::new();
    for message in &trajectory.message_list {
        let at = time(&message.time).ok_or_else(|| {
            let place = format!("tid {}, mid {}", trajectory.tid, message.mid);
            let reason = format!(
                "{:?} is not a time like \"2024年04月01日 周一 08:30\"",
                message.time
            );
            EvalError::invalid(file, place, reason)
        })?;
        if message.message.trim().is_empty() {
            continue;
        }
        let mut turn = NewTurn::new(Role::Client, at, message.message.trim());
        turn.session = session;
        turns.push(turn);
        ids.insert(message.mid, TurnId(turns.len() as u32));
    }
    Ok(ids)
}

/// Reads `2024年04月01日 周一 08:30`; the weekday follows from the date.
fn time(text: &str) -> Option<DateTime> {
    let mut parts = text.split_whitespace();
    let (date, clock) = (parts.next()?, parts.next_back()?);
    DateTime::strptime("%Y年%m月%d日 %H:%M", format!("{date} {clock}")).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;

    use super::*;
    use crate::eval::retrieval::testing::file;

    #[test]
    fn trajectories_are_joined_with_their_ids_moved() {
        let (_folder, path) = file(
            "01_simple.json",
            &json!([
                {"tid": 0,
                 "message_list": [
                    {"mid": 0, "message": "我住在绿洲家园。", "time": "2024年04月01日 周一 08:30", "place": "上海"},
                    {"mid": 1, "message": "今天下雨了。", "time": "2024年04月02日 周二 21:05", "place": "上海"}],
                 "question_list": [{"qid": 0, "question": "我住哪里？", "target_step_id": [0, 0, 5]}]},
                {"tid": 1,
                 "message_list": [
                    {"mid": 0, "message": "我的上司叫赵雅琳。", "time": "2024年04月01日 周一 09:00", "place": "深圳"}],
                 "question_list": [
                    {"qid": 0, "question": "上司叫什么？", "target_step_id": [0]},
                    {"qid": 1, "question": "他几岁？", "target_step_id": []}]}
            ]),
        );
        let Dataset { memories, skipped } = read(&path).unwrap();
        let [memory] = &memories[..] else {
            panic!("{memories:?}")
        };
        assert_eq!(memory.name, "01_simple");
        assert_eq!(memory.turns[1].at, date(2024, 4, 2).at(21, 5, 0, 0));
        let sessions: Vec<u32> = memory.turns.iter().map(|turn| turn.session).collect();
        assert_eq!(sessions, [1, 1, 2]);
        let asked: Vec<_> = memory
            .questions
            .iter()
            .map(|q| (q.evidence.clone(), q.after))
            .collect();
        assert_eq!(
            asked,
            [(vec![TurnId(1)], TurnId(2)), (vec![TurnId(3)], TurnId(3))]
        );
        let labels: Vec<&str> = skipped.iter().map(|s| s.label.as_str()).collect();
        assert_eq!(
            labels,
            ["step 5 names no message", "the question has no evidence"]
        );
        assert_eq!(skipped[1].question, "tid 1, qid 1");
    }

    #[test]
    fn a_bad_time_is_an_error_with_its_place() {
        let (_folder, path) = file(
            "x.json",
            &json!([
                {"tid": 3, "message_list": [{"mid": 7, "message": "好", "time": "昨天"}], "question_list": []}
            ]),
        );
        let error = read(&path).unwrap_err().to_string();
        assert!(error.contains("x.json: tid 3, mid 7: \"昨天\""), "{error}");
    }
}
