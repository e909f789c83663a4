//! A matter as a document: who said what, and under the answers the turns that they
//! rest on.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use estoppel::memory::{Role, Turn, TurnId};
use estoppel::{Language, Sentences};

use super::language::Say;

/// Markdown with a footnote for each cited turn.
pub(super) fn markdown(
    title: &str,
    turns: &[Turn],
    answers: &BTreeMap<TurnId, Sentences>,
    language: Language,
) -> String {
    let mut text = format!("# {title}\n");
    let mut cited = BTreeSet::new();
    for turn in turns.iter().filter(|turn| !turn.is_forgotten()) {
        let nothing = Vec::new();
        let sentences = answers.get(&turn.id).unwrap_or(&nothing);
        let said = noted(&turn.text, sentences, &mut cited);
        let _ = write!(
            text,
            "\n**[{}] {}, {}**\n\n{said}\n",
            turn.id,
            who(turn, language),
            turn.at
        );
    }
    if !cited.is_empty() {
        text.push('\n');
    }
    for turn in turns.iter().filter(|turn| cited.contains(&turn.id)) {
        let said = turn.text.replace('\n', " ");
        let _ = writeln!(
            text,
            "[^{}]: {}, {}: {said}",
            turn.id,
            who(turn, language),
            turn.at
        );
    }
    text
}

fn who(turn: &Turn, language: Language) -> String {
    let side = match turn.role {
        Role::Client => language.say("client", "当事人"),
        Role::Counsel => language.say("counsel", "律师"),
    };
    turn.speaker.clone().unwrap_or_else(|| side.to_owned())
}

/// The text of an answer with the number of a footnote behind each sentence.
fn noted(text: &str, sentences: &Sentences, cited: &mut BTreeSet<TurnId>) -> String {
    let mut out = String::new();
    let mut written = 0;
    for (at, attribution) in sentences {
        let Some(said) = text.get(written..at.end) else {
            continue;
        };
        out.push_str(said);
        written = at.end;
        for citation in &attribution.citations {
            let _ = write!(out, "[^{}]", citation.turn);
            cited.insert(citation.turn);
        }
    }
    out + &text[written..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::testing;

    #[test]
    fn answers_have_a_footnote_for_each_turn_that_they_rest_on() {
        let language = Language::En;
        let mut texts = testing::said(language);
        texts.extend([testing::question(language), testing::answer(language)]);
        let record = testing::record(&texts);
        let answers = BTreeMap::from([(TurnId(8), testing::sentences(language))]);
        let text = markdown("hale", &record.turns, &answers, language);
        assert!(text.starts_with("# hale\n\n**[1] client, 2025-10-06T09:00:00**\n\nI rented"));
        assert!(
            text.contains("in 12 parts.[^1][^3] Mr Doyle took it.[^3]\n"),
            "{text}"
        );
        let notes: Vec<_> = text.lines().filter(|line| line.starts_with("[^")).collect();
        assert_eq!(notes.len(), 2);
        assert!(notes[1].starts_with("[^3]: client, ") && notes[1].contains("£1,250"));
    }

    #[test]
    fn what_was_forgotten_is_not_exported() {
        let record = testing::record(&["One.", "", "Three."]);
        let text = markdown("m", &record.turns, &BTreeMap::new(), Language::En);
        assert!(text.contains("[1]") && !text.contains("[2]") && text.contains("[3]"));
    }
}
