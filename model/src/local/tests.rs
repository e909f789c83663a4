//! The machinery of an answer, on a tiny model whose weights are random: what it
//! says is nonsense in arbitrary bytes, which is a hard case for the stream.

use candle_core::quantized::GgmlDType;

use super::{LocalModel, OpenOptions};
use crate::generate::*;
use crate::testing::TinyModel;

fn model() -> LocalModel {
    let file = TinyModel::new("qwen2", 64, GgmlDType::Q8_0).write();
    LocalModel::open(&file.path, OpenOptions::default()).unwrap()
}

fn prompt(texts: &[&str]) -> Prompt {
    let mark = |(mark, text): (usize, &&str)| Part {
        text: text.to_string(),
        mark: Some(mark as u32),
    };
    Prompt {
        messages: vec![Message {
            speaker: Speaker::User,
            parts: texts.iter().enumerate().map(mark).collect(),
        }],
        ..Prompt::default()
    }
}

fn hot(seed: u64) -> GenerateOptions {
    GenerateOptions {
        max_tokens: 60,
        temperature: 1.5,
        seed,
        ..GenerateOptions::default()
    }
}

fn steps(model: &mut LocalModel, prompt: &Prompt, options: &GenerateOptions) -> Vec<Step> {
    let mut generation = model.start(prompt, options).unwrap();
    let mut steps = Vec::new();
    while let Some(step) = generation.next_step().unwrap() {
        steps.push(step);
    }
    steps
}

fn text(steps: &[Step]) -> String {
    let text = |step: &Step| match step {
        Step::Text { text, .. } => text.clone(),
        _ => String::new(),
    };
    steps.iter().map(text).collect()
}

#[test]
fn loading_tells_every_layer() {
    let file = TinyModel::new("qwen2", 64, GgmlDType::Q8_0).write();
    let mut told = Vec::new();
    let progress = &mut |done, all| told.push((done, all));
    LocalModel::open_telling(&file.path, OpenOptions::default(), progress).unwrap();
    let layers = told.len();
    assert!(layers > 1);
    let wanted: Vec<_> = (1..=layers).map(|done| (done, layers)).collect();
    assert_eq!(told, wanted);
}

#[test]
fn the_prompt_is_read_once_and_told_in_order() {
    let mut model = model();
    let long = "the letter ".repeat(30);
    let total = |steps: &[Step]| -> Vec<(usize, usize)> {
        let prefill = |step: &Step| match step {
            Step::Prefill { done, total } => Some((*done, *total)),
            _ => None,
        };
        steps.iter().filter_map(prefill).collect()
    };
    let mut asked = |history: &[&str], question: &str| {
        let prompt = Prompt {
            history: history_of(history),
            ..prompt(&[question])
        };
        total(&steps(&mut model, &prompt, &hot(1)))
    };
    let first = asked(&[], &long);
    let n = first[0].1;
    assert_eq!(first, [(128, n), (256, n), (n - 1, n), (n, n)]);
    // A history is read once, chunk by chunk and message by message.
    let both = asked(&[&long, "the rent"], "a");
    let n = both[0].1;
    assert_eq!(both.len(), 3 + 1 + 2);
    assert_eq!(both.last(), Some(&(n, n)));
    let again = asked(&[&long, "the rent"], "b");
    let question = again[0].1;
    assert_eq!(again, [(question - 1, question), (question, question)]);
    // What is added is read, and what changed.
    let longer = asked(&[&long, "the rent", "the flat"], "b");
    assert!(longer[0].1 > question && longer[0].1 < question + 20);
    let changed = asked(&[&long, "the room", "the flat"], "b");
    assert!(changed[0].1 > longer[0].1 && changed[0].1 < question + 40);
}

fn history_of(texts: &[&str]) -> Vec<Message> {
    let message = |(i, text): (usize, &&str)| Message {
        speaker: if i == 0 {
            Speaker::System
        } else {
            Speaker::User
        },
        parts: vec![Part {
            text: text.to_string(),
            mark: Some(i as u32),
        }],
    };
    texts.iter().enumerate().map(message).collect()
}

const HISTORY: [&str; 4] = [
    "you take notes",
    "the lease began in May",
    "the rent is 900",
    "the tenant left the flat",
];

fn with_history(recall: Recall) -> Prompt {
    Prompt {
        history: history_of(&HISTORY),
        recall,
        ..prompt(&["what was paid?"])
    }
}

fn greedy() -> GenerateOptions {
    GenerateOptions {
        max_tokens: 20,
        ..GenerateOptions::default()
    }
}

#[test]
fn an_answer_leaves_no_trace() {
    let asked = with_history(Recall::default());
    let fresh = text(&steps(&mut model(), &asked, &greedy()));
    let mut used = model();
    for recall in [
        Recall::default(),
        Recall::Only { messages: vec![2] },
        Recall::All { focus: vec![1, 3] },
    ] {
        let other = Prompt {
            messages: prompt(&["who left? 押金"]).messages,
            ..with_history(recall)
        };
        steps(&mut used, &other, &hot(3));
        assert_eq!(text(&steps(&mut used, &asked, &greedy())), fresh);
    }
}

#[test]
fn only_the_recalled_messages_are_attended_to() {
    let mut model = model();
    let recall = Recall::Only { messages: vec![2] };
    let steps = steps(&mut model, &with_history(recall), &greedy());
    for step in &steps {
        if let Step::Text { attention, .. } = step {
            let marks: Vec<u32> = attention.iter().map(|(mark, _)| *mark).collect();
            assert_eq!(marks, [0, 2]);
        }
    }
    // As if nothing else had been said: the same as a history of those alone, but
    // for what the message itself saw when it was read.
    let Some(Step::Done { attention, .. }) = steps.last() else {
        panic!("the last step is not Done");
    };
    assert!(attention.pairs > 0.0);
}

#[test]
fn a_file_is_taken_up_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kv");
    let asked = with_history(Recall::default());
    let fresh = text(&steps(&mut model(), &asked, &greedy()));
    let mut first = model();
    assert_eq!(first.keep(Some(&file)).unwrap(), None);
    steps(&mut first, &asked, &greedy());
    drop(first);
    let mut second = model();
    assert_eq!(second.keep(Some(&file)).unwrap(), None);
    let steps_of_second = steps(&mut second, &asked, &greedy());
    assert_eq!(text(&steps_of_second), fresh);
    let Some(Step::Prefill { total, .. }) = steps_of_second.first() else {
        panic!("the first step is not Prefill");
    };
    let question = second.template.question(&second.tokenizer, &asked);
    assert_eq!(*total, question.tokens.len());
    // It may take up the very file that it holds.
    assert_eq!(second.keep(Some(&file)).unwrap(), None);
    assert_eq!(text(&steps(&mut second, &asked, &greedy())), fresh);
    drop(second);
    // Another model says so and reads again.
    let other = TinyModel::new("qwen2", 64, GgmlDType::F32).write();
    let mut other = LocalModel::open(&other.path, OpenOptions::default()).unwrap();
    assert_eq!(
        other.keep(Some(&file)).unwrap(),
        Some(crate::kv::Distrust::Model)
    );
    assert!(!text(&steps(&mut other, &asked, &greedy())).is_empty());
}

#[test]
fn what_was_read_of_later_messages_is_kept_for_them() {
    let mut model = model();
    let whole = with_history(Recall::default());
    let told = |steps: Vec<Step>| match steps.first() {
        Some(Step::Prefill { total, .. }) => (*total, text(&steps)),
        _ => panic!("the first step is not Prefill"),
    };
    told(steps(&mut model, &whole, &greedy()));
    let again = told(steps(&mut model, &whole, &greedy()));
    // As if the last had not been said: nothing more is read, nor attended to.
    let mut before = with_history(Recall::default());
    before.history.pop();
    let fresh = text(&steps(&mut self::model(), &before, &greedy()));
    let of_before = told(steps(&mut model, &before, &greedy()));
    assert_eq!(of_before, (again.0, fresh));
    assert_eq!(told(steps(&mut model, &whole, &greedy())), again);
}

#[test]
fn a_history_longer_than_the_context_is_packed() {
    let file = TinyModel::new("llama", 64, GgmlDType::Q8_0).write();
    let options = OpenOptions {
        context: Some(160),
        ..OpenOptions::default()
    };
    let mut model = LocalModel::open(&file.path, options).unwrap();
    let texts: Vec<String> = (0..12)
        .map(|i| format!("turn {i}: the rent was {i}00 a month"))
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let asked = Prompt {
        history: history_of(&texts),
        recall: Recall::All { focus: vec![3] },
        ..prompt(&["what?"])
    };
    let options = GenerateOptions {
        max_tokens: 8,
        ..GenerateOptions::default()
    };
    let first = steps(&mut model, &asked, &options);
    let marks = first.iter().find_map(|step| match step {
        Step::Text { attention, .. } => Some(attention.iter().map(|a| a.0).collect::<Vec<_>>()),
        _ => None,
    });
    let marks = marks.unwrap();
    assert!(
        marks.contains(&0) && marks.contains(&3) && marks.contains(&11),
        "{marks:?}"
    );
    assert!(marks.len() < 12);
    assert_eq!(text(&steps(&mut model, &asked, &options)), text(&first));
}

#[test]
fn the_same_seed_gives_the_same_answer() {
    let mut model = model();
    let mut answer = |seed| text(&steps(&mut model, &prompt(&["hello"]), &hot(seed)));
    let first = answer(7);
    assert_eq!(first, answer(7));
    assert!((8..12).any(|seed| answer(seed) != first));
}

#[test]
fn pieces_are_whole_characters_and_counted() {
    let mut model = model();
    for seed in 0..8 {
        let steps = steps(&mut model, &prompt(&["押金八千五"]), &hot(seed));
        let Some(Step::Done { stop, tokens, .. }) = steps.last() else {
            panic!("the last step is not Done");
        };
        assert!(*tokens <= 60);
        assert!(*stop == Stop::Length && *tokens == 60 || *stop == Stop::End);
        let done = steps.iter().filter(|s| matches!(s, Step::Done { .. }));
        assert_eq!(done.count(), 1);
    }
}

#[test]
fn stop_sequences_never_leak() {
    let mut model = model();
    for seed in 0..8 {
        let free = text(&steps(&mut model, &prompt(&["hello"]), &hot(seed)));
        let Some((at, _)) = free.char_indices().nth(12) else {
            continue;
        };
        let options = GenerateOptions {
            stop: vec![free[at..].chars().take(3).collect()],
            ..hot(seed)
        };
        let stopped = steps(&mut model, &prompt(&["hello"]), &options);
        let shown = text(&stopped);
        assert!(free.starts_with(&shown) && !shown.contains(&options.stop[0]));
        let end = stopped.last().unwrap();
        assert!(matches!(
            end,
            Step::Done {
                stop: Stop::Sequence,
                ..
            }
        ));
    }
}

#[test]
fn attention_is_given_by_mark_and_sums_to_at_most_one() {
    let mut model = model();
    let mut prompt = prompt(&["the deposit", " the rent", " the court"]);
    prompt.messages[0].parts[1].mark = None;
    let steps = steps(&mut model, &prompt, &hot(3));
    let mut pieces = 0;
    for step in &steps {
        if let Step::Text { attention, .. } = step {
            let marks: Vec<u32> = attention.iter().map(|(mark, _)| *mark).collect();
            assert_eq!(marks, [0, 2]);
            assert!(
                attention
                    .iter()
                    .all(|(_, share)| (0.0..=1.0).contains(share))
            );
            let sum: f32 = attention.iter().map(|(_, share)| share).sum();
            assert!(sum > 0.0 && sum <= 1.0, "{sum}");
            pieces += 1;
        }
    }
    assert!(pieces > 0);
}

#[test]
fn a_prompt_without_room_for_an_answer_is_refused() {
    let mut model = model();
    let long = prompt(&[&"the ".repeat(600)]);
    let error = model.start(&long, &hot(1)).err().unwrap();
    assert!(matches!(error, GenerateError::PromptTooLong { tokens, context: 512 } if tokens > 600));
}

#[test]
fn the_answer_ends_where_the_context_does() {
    let file = TinyModel::new("llama", 64, GgmlDType::Q8_0).write();
    let options = OpenOptions {
        context: Some(24),
        ..OpenOptions::default()
    };
    let mut model = LocalModel::open(&file.path, options).unwrap();
    assert_eq!(model.context_length(), 24);
    let prompt = prompt(&[""]);
    for seed in 0..8 {
        let steps = steps(&mut model, &prompt, &hot(seed));
        let Some(Step::Done { tokens, stop, .. }) = steps.last() else {
            panic!("the last step is not Done");
        };
        assert!(*tokens < 24);
        assert!(matches!(stop, Stop::Length | Stop::End));
    }
}

#[test]
fn no_tokens_wanted_none_given() {
    let options = GenerateOptions {
        max_tokens: 0,
        ..hot(1)
    };
    let steps = steps(&mut model(), &prompt(&["a"]), &options);
    let end = steps.last().unwrap();
    assert!(matches!(
        end,
        Step::Done {
            stop: Stop::Length,
            tokens: 0,
            ..
        }
    ));
    assert_eq!(text(&steps), "");
}

#[test]
fn a_dropped_answer_leaves_the_model_usable() {
    let mut model = model();
    let prompt = prompt(&["the contract was signed"]);
    let whole = text(&steps(&mut model, &prompt, &hot(5)));
    for taken in 0..6 {
        let mut generation = model.start(&prompt, &hot(5)).unwrap();
        for _ in 0..taken {
            generation.next_step().unwrap();
        }
        drop(generation);
        assert_eq!(text(&steps(&mut model, &prompt, &hot(5))), whole);
    }
}

#[test]
fn control_tokens_in_a_question_are_text() {
    let model = model();
    let plain = model.count_tokens("<|im_end|>");
    assert!(plain > 1);
    let rendered = model
        .template
        .question(&model.tokenizer, &prompt(&["a<|im_end|>b"]));
    let ends = rendered.tokens.iter().filter(|&&t| t == 260).count();
    assert_eq!(ends, 1);
}

#[test]
fn a_pointer_points_at_what_was_read_and_leaves_it_as_it_is() {
    let mut model = model();
    let pointer = crate::pointer::tests::pointer(&model.decoder.config);
    let message = |text: &str, mark: u32| Message {
        speaker: Speaker::User,
        parts: vec![Part {
            text: text.to_owned(),
            mark: Some(mark),
        }],
    };
    let asked = Prompt {
        history: vec![message("rent is due", 1), message("on the 3rd", 2)],
        recall: Recall::All { focus: Vec::new() },
        messages: vec![message("when is it due?", 0)],
        ..Prompt::default()
    };
    let options = GenerateOptions {
        max_tokens: 8,
        ..GenerateOptions::default()
    };
    let answer = text(&steps(&mut model, &asked, &options));
    let relevance = model.relevance(&asked, &pointer).unwrap().unwrap();
    assert_eq!(relevance.classes().len(), 5);
    let shares = || [1, 2].into_iter().flat_map(|mark| relevance.of(mark));
    assert!(shares().all(|share| share.pointed.len() == 2));
    for output in 0..2 {
        let all: f32 = shares().map(|share| share.pointed[output]).sum();
        assert!(all > 0.0 && all < 1.0, "{all}");
    }
    assert_eq!(
        model.relevance(&asked, &pointer).unwrap().unwrap(),
        relevance
    );
    assert_eq!(text(&steps(&mut model, &asked, &options)), answer);
    let other = LocalModel::open(
        &TinyModel::new("qwen2", 128, GgmlDType::Q8_0).write().path,
        OpenOptions::default(),
    );
    assert_eq!(other.unwrap().relevance(&asked, &pointer).unwrap(), None);
}
