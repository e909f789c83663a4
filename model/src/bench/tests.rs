use candle_core::quantized::GgmlDType;

use super::*;
use crate::local::OpenOptions;
use crate::testing::TinyModel;

fn bench(context: usize) -> Bench {
    let file = TinyModel::new("qwen2", 64, GgmlDType::Q8_0).write();
    let options = OpenOptions {
        context: Some(context),
        ..OpenOptions::default()
    };
    Bench::open(&file.path, options).unwrap()
}

fn number(n: usize) -> NonZero<usize> {
    NonZero::new(n).unwrap()
}

fn plan() -> Plan {
    Plan {
        prefill: vec![number(130), number(5)],
        depths: vec![0, 200],
        decode: number(3),
        repeat: number(2),
        attention: vec![AttentionMode::Dense, AttentionMode::Sparse],
    }
}

#[test]
fn every_figure_of_a_plan_is_measured_and_every_token_told() {
    let mut told = Vec::new();
    let mut measured = Vec::new();
    let timings = measure(&mut bench(512), &plan(), &mut |progress| {
        match progress {
            Progress::Step { done, all, .. } => told.push((done, all)),
            Progress::Measured(timing) => {
                assert_eq!(told.pop().map(|(done, all)| all - done), Some(0));
                measured.push(timing);
            }
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(measured, timings);
    let modes = [AttentionMode::Dense, AttentionMode::Sparse];
    let all = modes.map(|mode| plan().works().into_iter().map(move |work| (work, mode)));
    let figures: Vec<_> = timings.iter().map(|t| (t.work, t.attention)).collect();
    assert_eq!(figures, all.into_iter().flatten().collect::<Vec<_>>());
    assert_eq!(plan().longest(), 203);
    for timing in timings {
        let Spread { median, min, max } = timing.tokens_per_second;
        assert!(0.0 < min && min <= median && median <= max);
    }
}

#[test]
fn a_plan_that_does_not_fit_the_context_is_refused() {
    let error = measure(&mut bench(202), &plan(), &mut |_| ControlFlow::Continue(())).unwrap_err();
    let MeasureError::Generate(GenerateError::PromptTooLong { tokens, context }) = error else {
        panic!("{error}");
    };
    assert_eq!((tokens, context), (203, 202));
}

#[test]
fn the_one_who_watches_can_end_it_at_any_step() {
    let mut bench = bench(512);
    for end in 1..8 {
        let mut steps = 0;
        let ended = measure(&mut bench, &plan(), &mut |_| {
            steps += 1;
            match steps {
                n if n == end => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        });
        assert!(matches!(ended, Err(MeasureError::Interrupted)));
        assert_eq!(steps, end);
    }
}

#[test]
fn the_text_is_always_the_same_and_varied() {
    let bench = bench(512);
    let text = bench.sample(5000);
    assert_eq!(text.len(), 5000);
    assert_eq!(bench.sample(4000), text[..4000]);
    // The tokens of this model are bytes: none of its sentences comes twice.
    let mut seen = std::collections::HashSet::new();
    assert!(text.windows(120).all(|sentence| seen.insert(sentence)));
}

#[test]
fn spreads() {
    let spread = |values: &[f64]| {
        let Spread { median, min, max } = Spread::of(values.to_vec());
        (median, min, max)
    };
    assert_eq!(spread(&[3.0]), (3.0, 3.0, 3.0));
    assert_eq!(spread(&[9.0, 1.0, 2.0]), (2.0, 1.0, 9.0));
    assert_eq!(spread(&[4.0, 1.0, 2.0, 9.0]), (3.0, 1.0, 9.0));
}
