//! What is taught to a tiny model's pointer is what the model then does.

use std::slice::from_ref;

use candle_core::DType;
use candle_core::quantized::GgmlDType;

use super::*;
use crate::generate::{GenerateOptions, Generator, Message, Part, Recall, Speaker};
use crate::pointer::Pointer;
use crate::testing::TinyModel;
use crate::writer::Writer;

fn plan() -> PointerPlan {
    let group = |classes| PlannedGroup {
        classes,
        weight: 0.5,
    };
    PointerPlan {
        beginnings: vec!["it is".to_owned(), " so".to_owned()],
        outputs: vec![PlannedOutput::new(1.0), PlannedOutput::new(0.5)],
        groups: vec![group(2), group(3)],
        layers: 2,
        first: 0,
        mixed: 1..2,
        rank: 4,
        seed: 3,
    }
}

fn message(mark: u32, text: &str) -> Message {
    Message {
        speaker: if mark == 0 {
            Speaker::System
        } else {
            Speaker::User
        },
        parts: vec![Part {
            text: text.to_owned(),
            mark: Some(mark),
        }],
    }
}

fn prompt(question: &str) -> Prompt {
    let texts = [
        "be brief",
        "the rent is due",
        "the flat is cold",
        "the cat is old",
    ];
    Prompt {
        history: (0..)
            .zip(texts)
            .map(|(mark, text)| message(mark, text))
            .collect(),
        recall: Recall::Only {
            messages: vec![1, 2, 3],
        },
        messages: vec![message(0, question)],
        answer_prefix: String::new(),
    }
}

/// Points at one message, and at the first word of another.
fn lesson(question: &str, whole: u32, word: u32, classes: [usize; 2]) -> PointerLesson {
    let spot = |mark, bytes| vec![Spot { mark, bytes }];
    PointerLesson {
        prompt: prompt(question),
        among: (1..=3).flat_map(|mark| spot(mark, 0..usize::MAX)).collect(),
        aims: vec![vec![spot(whole, 0..usize::MAX)], vec![spot(word, 0..3)]],
        classes: classes.map(Some).to_vec(),
    }
}

/// Has a model read what the lessons are about.
fn read_history(model: &mut LocalModel) {
    let history = Prompt {
        messages: Vec::new(),
        ..prompt("")
    };
    let mut reading = model
        .start(&history, &GenerateOptions::default())
        .expect("there is room");
    while reading.next_step().expect("it is read").is_some() {}
}

/// A teacher that has read what some lessons are about.
fn teacher(dtype: GgmlDType, plan: PointerPlan) -> (PointerTeacher, Vec<PointerLesson>) {
    let file = TinyModel::new("qwen2", 64, dtype).write();
    let mut teacher = PointerTeacher::open(&file.path, OpenOptions::default(), |_| plan)
        .expect("the plan fits the model");
    let lessons = vec![lesson("rent?", 1, 3, [0, 2]), lesson("flat?", 2, 1, [1, 0])];
    read_history(teacher.model());
    (teacher, lessons)
}

fn taught(dtype: GgmlDType, steps: usize) -> (PointerTeacher, Vec<PointerLesson>, Vec<f64>) {
    let (mut teacher, lessons) = teacher(dtype, plan());
    let losses = (0..steps).map(|_| {
        let loss = teacher.step(&lessons, 0.01).expect("they were read");
        loss.expect("there are lessons")
    });
    let losses = losses.collect();
    (teacher, lessons, losses)
}

#[test]
fn a_pointer_learns_to_point() {
    let (mut teacher, lessons, losses) = taught(GgmlDType::F32, 200);
    assert!(
        losses[199] < 0.3 * losses[0],
        "{} {}",
        losses[0],
        losses[199]
    );
    let file = teacher.pointer().expect("it is written");
    let (mut other, _, _) = taught(GgmlDType::F32, 0);
    other.take_up(&file).expect("it is of the same plan");
    let loss = other.step(&lessons, 0.0).expect("they were read");
    assert!(loss.is_some_and(|loss| (loss - losses[199]).abs() < 0.1 * losses[0]));
    let pointer = Pointer::read(&file).expect("it is a pointer");
    for (lesson, whole, classes) in [(&lessons[0], 1, [0, 2]), (&lessons[1], 2, [1, 0])] {
        let relevance = teacher.model().relevance(&lesson.prompt, &pointer);
        let relevance = relevance.expect("it was read").expect("the pointer fits");
        let share = |mark: u32| {
            let tokens = relevance.of(mark).iter();
            tokens.map(|share| share.pointed[0]).sum::<f32>()
        };
        let others = (1..=3).filter(|mark| *mark != whole);
        assert!(others.into_iter().all(|mark| share(mark) < share(whole)));
        let [one, other] = classes;
        let told = relevance.classes();
        assert!(told[one] > 0.5 && told[2 + other] > 0.5, "{told:?}");
    }
}

/// The loss that a step tells is that of what the model itself points at.
#[test]
fn what_is_taught_is_what_is_run() {
    let (mut teacher, lessons, _) = taught(GgmlDType::F32, 10);
    let file = teacher.pointer().expect("it is written");
    let pointer = Pointer::read(&file).expect("it is a pointer");
    let mut loss = 0.0;
    for lesson in &lessons {
        let relevance = teacher.model().relevance(&lesson.prompt, &pointer);
        let relevance = relevance.expect("it was read").expect("the pointer fits");
        for (output, things) in lesson.aims.iter().enumerate() {
            let sum = |holds: &dyn Fn(u32, &Range<usize>) -> bool| {
                let tokens = (1..=3)
                    .flat_map(|mark| relevance.of(mark).iter().map(move |share| (mark, share)));
                let tokens = tokens.filter(|(mark, share)| holds(*mark, &share.bytes));
                tokens
                    .map(|(_, share)| f64::from(share.pointed[output]))
                    .sum::<f64>()
            };
            let [Spot { mark, bytes }] = things[0].as_slice() else {
                unreachable!("each thing is one spot");
            };
            let own = sum(&|of, at| of == *mark && bytes.start < at.end && at.start < bytes.end);
            let weight = [1.0, 0.5][output];
            loss += weight * (sum(&|_, _| true).ln() - own.ln());
        }
        let told = relevance.classes();
        for (right, start) in lesson.classes.iter().flatten().zip([0, 2]) {
            loss -= 0.5 * f64::from(told[start + right]).ln();
        }
    }
    let told = teacher.step(&lessons, 0.0).expect("they were read");
    let told = told.expect("there are lessons");
    let loss = loss / lessons.len() as f64;
    assert!((loss - told).abs() < 0.02 * told, "{loss} {told}");
}

/// In the upper layers alone it learns on, and the lower ones stay; with a group of classes more.
#[test]
fn what_comes_before_the_first_layer_stays() {
    let (from, _, _) = taught(GgmlDType::F32, 10);
    let from = from.pointer().expect("it is written");
    let more = PlannedGroup {
        classes: 2,
        weight: 0.5,
    };
    let upper = PointerPlan {
        first: 1,
        groups: [plan().groups, vec![more]].concat(),
        ..plan()
    };
    let (mut teacher, mut lessons) = teacher(GgmlDType::F32, upper);
    assert!(
        teacher.step(&lessons, 0.01).is_err(),
        "it goes on from none"
    );
    teacher.take_up(&from).expect("its groups are of the plan");
    for lesson in &mut lessons {
        lesson.classes.push(None);
    }
    let losses: Vec<f64> = (0..100)
        .map(|_| {
            let loss = teacher.step(&lessons, 0.01).expect("they were read");
            loss.expect("there are lessons")
        })
        .collect();
    assert!(losses[99] < 0.5 * losses[0], "{} {}", losses[0], losses[99]);
    let read = |file: &[u8]| candle_core::safetensors::load_buffer(file, &Device::Cpu).unwrap();
    let (from, to) = (
        read(&from),
        read(&teacher.pointer().expect("it is written")),
    );
    let same = |name: &str| {
        let [from, to] = [&from, &to].map(|file| file[name].to_dtype(DType::F32).unwrap());
        from.flatten_all().unwrap().to_vec1::<f32>().unwrap()
            == to.flatten_all().unwrap().to_vec1::<f32>().unwrap()
    };
    assert!(same("tokens") && same("0.query.down") && same("0.output.up"));
    assert!(!same("1.query.up"));
    // A class that nobody knows is not learnt.
    let bias = to["classes.bias"].to_dtype(DType::F32).unwrap();
    assert_eq!(bias.to_vec1::<f32>().unwrap()[5..], [0.0, 0.0]);
}

#[test]
fn a_pointer_looks_through_the_heads_that_it_was_told() {
    let (mut teacher, lessons) = teacher(GgmlDType::F32, plan());
    assert!(!teacher.has_retrieval_heads());
    let looks = teacher
        .attention_by_head(&lessons[0].prompt)
        .expect("it was read");
    let heads: Vec<Head> = looks.iter().map(|look| look.head).collect();
    assert_eq!(heads.len(), 2 * teacher.model().config().heads);
    for look in &looks {
        let marks: Vec<u32> = look.by_mark.keys().copied().collect();
        assert_eq!(marks, [0, 1, 2, 3]);
        assert!(look.by_mark.values().all(|sum| sum.is_finite()));
    }
    teacher.look_through(heads[1..3].to_vec());
    let file = teacher.pointer().expect("it is written");
    let pointer = Pointer::read(&file).expect("it is a pointer");
    assert_eq!(pointer.asking, heads[1..3]);
    let (mut other, _, _) = taught(GgmlDType::F32, 0);
    other.take_up(&file).expect("it is of the same plan");
    assert!(other.has_retrieval_heads());
}

#[test]
fn a_plan_that_does_not_fit_is_refused() {
    let file = TinyModel::new("qwen2", 64, GgmlDType::F32).write();
    let open = |plan| PointerTeacher::open(&file.path, OpenOptions::default(), |_| plan).err();
    for plan in [
        PointerPlan {
            layers: 9,
            ..plan()
        },
        PointerPlan {
            mixed: 1..3,
            ..plan()
        },
        PointerPlan { first: 2, ..plan() },
        PointerPlan {
            outputs: Vec::new(),
            ..plan()
        },
    ] {
        assert!(matches!(open(plan), Some(TeachError::Plan(_))));
    }
}

fn writer_plan() -> WriterPlan {
    WriterPlan {
        beginning: "it is ".to_owned(),
        alphabet: "dehint".to_owned(),
        first: 1,
        rank: 4,
        seed: 3,
    }
}

fn writer_teacher(plan: WriterPlan) -> Result<WriterTeacher, TeachError> {
    let (teacher, _, _) = taught(GgmlDType::F32, 3);
    let pointer = Pointer::read(&teacher.pointer()?)?;
    let file = TinyModel::new("qwen2", 64, GgmlDType::F32).write();
    let mut teacher = WriterTeacher::open(&file.path, OpenOptions::default(), pointer, plan)?;
    read_history(teacher.model());
    Ok(teacher)
}

/// What it was taught to write behind each question is what it most likely writes, as likely as the
/// loss says.
#[test]
fn a_writer_learns_to_write() {
    let mut teacher = writer_teacher(writer_plan()).expect("the plan fits the model");
    let lesson = |question: &str, text: &str| WriterLesson {
        prompt: prompt(question),
        text: text.to_owned(),
    };
    let lessons = [lesson("rent?", "the"), lesson("flat?", "dine")];
    let mut step = |rate| {
        let loss = teacher.step(&lessons, rate).expect("they were read");
        loss.expect("there are lessons")
    };
    let losses: Vec<f64> = (0..300).map(|_| step(0.01)).collect();
    let last = step(0.0);
    assert!(last < 0.2 * losses[0], "{} {last}", losses[0]);
    let writer = Writer::read(&teacher.writer().expect("it is written")).expect("it is whole");
    let texts = ["the", "dine", "hint", "zoo", "then", "th", ""].map(str::to_owned);
    for (lesson, own) in lessons.iter().zip(0..) {
        let pointer = teacher.pointer.clone();
        let model = teacher.model();
        let likely = model.likelihoods(&lesson.prompt, &pointer, &writer, &texts);
        let likely = likely.expect("it was read").expect("the writer fits");
        let others = (0..texts.len()).filter(|other| *other != own);
        assert!(others.into_iter().all(|other| likely[other] < likely[own]));
        assert_eq!(likely[3], f32::NEG_INFINITY);
        // Each as if it were alone, whatever it begins like; products of whole floats round otherwise.
        for (text, likely) in texts.iter().zip(&likely) {
            let alone = model.likelihoods(&lesson.prompt, &pointer, &writer, from_ref(text));
            let alone = alone.expect("it was read").expect("the writer fits")[0];
            let same = alone == *likely || (alone - likely).abs() < 1e-3;
            assert!(same, "{text}: {alone} {likely}");
        }
        let tokens = model.tokenizer().encode(&lesson.text).len() + 1;
        let loss = teacher.loss_of(lesson).expect("it was read");
        let told = f64::from(-likely[own]) / tokens as f64;
        assert!((loss - told).abs() < 0.1 * told + 0.01, "{loss} {told}");
    }
    let file = teacher.writer().expect("it is written");
    let mut other = writer_teacher(writer_plan()).expect("the plan fits the model");
    other.take_up(&file).expect("it is of the same plan");
    let again = other.step(&lessons, 0.0).expect("they were read");
    assert!(again.is_some_and(|again| (again - last).abs() < 0.1 * last + 0.01));
}

#[test]
fn what_a_writer_cannot_write_is_refused() {
    for plan in [
        WriterPlan {
            first: 9,
            ..writer_plan()
        },
        WriterPlan {
            beginning: String::new(),
            ..writer_plan()
        },
        WriterPlan {
            rank: 0,
            ..writer_plan()
        },
    ] {
        assert!(matches!(writer_teacher(plan), Err(TeachError::Plan(_))));
    }
    let mut teacher = writer_teacher(writer_plan()).expect("the plan fits the model");
    let lesson = WriterLesson {
        prompt: prompt("rent?"),
        text: "zoo".to_owned(),
    };
    assert!(matches!(
        teacher.step(&[lesson], 0.01),
        Err(TeachError::Plan(_))
    ));
    let file = teacher.writer().expect("it is written");
    let mut other = writer_teacher(WriterPlan {
        alphabet: "abc".to_owned(),
        ..writer_plan()
    })
    .expect("the plan fits the model");
    assert!(matches!(other.take_up(&file), Err(TeachError::Plan(_))));
    let mut tensors = candle_core::safetensors::load_buffer(&file, &Device::Cpu).unwrap();
    assert!(Writer::read(&file).is_ok() && Writer::read(b"no writer").is_err());
    tensors.remove("alphabet");
    let without = written(&tensors).expect("it is written");
    assert!(Writer::read(&without).is_err());
    let upper = Writer::read(&file).expect("it is whole");
    let config = teacher.model().config().clone();
    let fits = |writer: &Writer| writer.fits(&config);
    let lower = Writer {
        adapter: crate::decoder::Adapter {
            first: 0,
            ..upper.adapter.clone()
        },
        ..upper.clone()
    };
    assert!(fits(&upper) && !fits(&lower));
}
