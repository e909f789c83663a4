//! Bad input gets exit code 2 and a message that names it, and nothing is lost.

use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::running::Running;
use crate::support::{Sandbox, TOLD, consultation, exported, path, weights};

/// The matter still holds what it held.
fn nothing_lost(sandbox: &Sandbox, matter: &str) {
    assert_eq!(sandbox.turns(matter), TOLD);
}

#[test]
fn a_truncated_gguf_is_named_wherever_it_ends() {
    let sandbox = Sandbox::new();
    let matter = sandbox.matter_with_turns();
    let whole = std::fs::metadata(weights()).expect("the weights").len();
    for length in [0, 3, 20, 4_096, 1_000_000, whole / 2, whole - 1] {
        let mut cut = Vec::new();
        let file = std::fs::File::open(weights()).expect("the weights");
        file.take(length)
            .read_to_end(&mut cut)
            .expect("the weights can be read");
        let file = sandbox.file("cut.gguf", cut);
        for args in [
            &[
                "ask",
                "How much?",
                "--matter",
                matter,
                "--keep",
                "--model",
                path(&file),
            ][..],
            &["model", "info", path(&file)],
        ] {
            sandbox.run(args).complains_of(&["cut.gguf"]);
        }
    }
    nothing_lost(&sandbox, matter);
}

#[test]
fn a_file_that_holds_no_weights_for_ranking_is_named() {
    let sandbox = Sandbox::new();
    let matter = sandbox.matter_with_turns();
    let file = sandbox.file("mine.safetensors", b"not weights");
    let args = [
        "memory",
        "search",
        "deposit",
        "--matter",
        matter,
        "--retriever",
        path(&file),
    ];
    sandbox.run(args).complains_of(&["mine.safetensors"]);
    nothing_lost(&sandbox, matter);
}

#[test]
fn a_gguf_with_a_broken_header_is_named() {
    let sandbox = Sandbox::new();
    // Counts and lengths that a reader must not believe.
    for place in [8, 16, 24] {
        let mut bytes = vec![0; 1_000_000];
        let mut file = std::fs::File::open(weights()).expect("the weights");
        file.read_exact(&mut bytes).expect("the weights are longer");
        bytes[place..place + 8].copy_from_slice(&u64::MAX.to_le_bytes());
        let file = sandbox.file("mad.gguf", bytes);
        sandbox
            .run(["model", "info", path(&file)])
            .complains_of(&["mad.gguf"]);
    }
}

#[test]
fn a_gguf_of_an_unknown_family_is_named_with_its_family() {
    let sandbox = Sandbox::new();
    let matter = sandbox.matter_with_turns();
    let file = sandbox.file("other.gguf", gguf_of_family("mamba"));
    sandbox
        .run([
            "ask",
            "How much?",
            "--matter",
            matter,
            "--keep",
            "--model",
            path(&file),
        ])
        .complains_of(&["other.gguf", "mamba", "qwen2", "llama"]);
    nothing_lost(&sandbox, matter);
}

/// The test weights, whole but for the name of their family.
fn gguf_of_family(family: &str) -> Vec<u8> {
    const KEY: &[u8] = b"general.architecture";
    let mut bytes = std::fs::read(weights()).expect("the weights");
    let key = bytes
        .windows(KEY.len())
        .position(|window| window == KEY)
        .expect("a family");
    // After the key: the value's type (4 bytes), its length (8), its bytes.
    let value = key + KEY.len() + 12;
    assert_eq!(&bytes[value..value + family.len()], b"llama");
    bytes[value..value + family.len()].copy_from_slice(family.as_bytes());
    bytes
}

#[test]
fn a_file_that_is_no_model_is_named() {
    let sandbox = Sandbox::new();
    let matter = sandbox.matter_with_turns();
    let letter = sandbox.file("letter.gguf", "Dear Sir or Madam");
    for model in [path(&letter), "/no/such.gguf", "gpt-17"] {
        sandbox
            .run(["ask", "How much?", "--matter", matter, "--model", model])
            .complains_of(&[model]);
    }
}

#[test]
fn a_consultation_that_breaks_the_format_is_placed_and_explained() {
    type Breach = fn(&mut Value);
    let breaches: [(Breach, &str); 12] = [
        (|v| v["turns"][1]["role"] = json!("client"), "turn 2"),
        (|v| v["turns"][2]["role"] = json!("judge"), "judge"),
        (|v| v["turns"][2]["turn"] = json!(7), "turn 3"),
        (|v| v["turns"][0]["text"] = json!(" "), "turn 1"),
        (|v| v["turns"][0]["at"] = json!("yesterday"), "year"),
        (
            |v| {
                drop(
                    v["turns"][3]
                        .as_object_mut()
                        .expect("a turn")
                        .remove("text"),
                )
            },
            "text",
        ),
        (
            |v| drop(v.as_object_mut().expect("a file").remove("turns")),
            "turns",
        ),
        (|v| v["probes"][0]["after"] = json!(9), "probe p1"),
        (|v| v["probes"][0]["evidence"] = json!([4]), "probe p1"),
        (|v| v["probes"][0]["kind"] = json!("riddle"), "riddle"),
        (|v| v["probes"][0]["accept"] = json!([]), "probe p1"),
        (|v| v["probes"][1]["id"] = json!("p1"), "probe p1"),
    ];
    let sandbox = Sandbox::new();
    let probe = json!({
        "id": "p1", "after": 2, "kind": "single", "question": "How much was the deposit?",
        "answer": "$900", "accept": ["900"], "reject": [], "evidence": [1]
    });
    let mut another = probe.clone();
    another["id"] = json!("p2");
    let probes = json!([probe, another]);
    let sound: Value = serde_json::from_str(&consultation("broken", &TOLD, probes)).expect("JSON");
    for (breach, place) in breaches {
        let mut broken = sound.clone();
        breach(&mut broken);
        let file = sandbox.file("broken.json", broken.to_string());
        sandbox
            .run(["run", "--json", path(&file)])
            .complains_of(&["broken.json", place]);
        sandbox
            .run([
                "eval",
                "--format",
                "consultation",
                "--systems",
                "bm25",
                path(&file),
            ])
            .complains_of(&["broken.json", place]);
    }
}

#[test]
fn a_file_that_is_no_consultation_is_placed_by_line() {
    let sandbox = Sandbox::new();
    let text = sandbox.file("notes.json", "{\n  \"id\": \"x\",\n  oops\n}");
    sandbox
        .run(["run", path(&text)])
        .complains_of(&["notes.json", "line 3"]);
    let bytes = sandbox.file("bytes.json", b"{\"id\": \"\xff\xfe\"}");
    sandbox
        .run(["run", path(&bytes)])
        .complains_of(&["bytes.json"]);
    sandbox
        .run(["run", "/no/such/file.json"])
        .complains_of(&["/no/such/file.json"]);
}

#[test]
fn nothing_of_a_broken_export_is_imported() {
    let sandbox = Sandbox::new();
    let whole = exported(&TOLD);
    let third = whole.lines().nth(2).expect("a third turn");
    for broken in [
        whole.replace(third, "{\"v\":1,"),
        whole.replace(third, &third.replace("client", "judge")),
        whole.replace(third, &third.replace("\"id\":3", "\"id\":7")),
        whole.replace(third, &third.replace("\"v\":1", "\"v\":99")),
    ] {
        assert_ne!(broken, whole);
        let file = sandbox.file("broken.jsonl", broken);
        sandbox
            .run(["memory", "import", "--matter", "next", path(&file)])
            .complains_of(&["broken.jsonl", "line 3"]);
        assert!(sandbox.matters().is_empty());
    }
}

#[test]
fn an_empty_question_is_refused() {
    let sandbox = Sandbox::new();
    let matter = sandbox.matter_with_turns();
    for question in ["", "  \n\t "] {
        sandbox
            .run(["ask", question, "--matter", matter, "--keep"])
            .complains_of(&["empty"]);
    }
    sandbox
        .run_with(["ask", "-", "--matter", matter, "--keep"], "\n")
        .complains_of(&["empty"]);
    nothing_lost(&sandbox, matter);
}

#[test]
fn a_question_of_a_megabyte_is_refused() {
    let sandbox = Sandbox::new();
    let matter = sandbox.matter_with_turns();
    let question = "why ".repeat(1 << 18);
    for args in [&["ask", "-", "--keep"][..], &["chat", "--plain"]] {
        let args = [args, &["--matter", matter]].concat();
        sandbox
            .run_with(args, question.as_str())
            .complains_of(&["1048576", "32768"]);
    }
    nothing_lost(&sandbox, matter);
}

#[test]
fn stdin_that_is_not_utf_8_is_refused_and_what_came_before_is_kept() {
    let sandbox = Sandbox::new();
    let matter = sandbox.matter_with_turns();
    let stray = b"How much \xc3\x28 was it?\n";
    sandbox
        .run_with(["ask", "-", "--matter", matter, "--keep"], stray)
        .complains_of(&["UTF-8"]);
    sandbox
        .run_with(["memory", "import", "-", "--matter", "stray"], stray)
        .complains_of(&["UTF-8"]);
    assert_eq!(sandbox.matters(), [matter]);
    nothing_lost(&sandbox, matter);

    let mut lines = b"Mr Doyle rang again.\n".to_vec();
    lines.extend(stray);
    sandbox
        .run_with(["chat", "--plain", "--matter", matter], lines)
        .complains_of(&["line 2", "UTF-8"]);
    let turns = sandbox.turns(matter);
    assert_eq!(turns[..TOLD.len()], TOLD);
    assert_eq!(turns[TOLD.len()], "Mr Doyle rang again.");
}

#[test]
fn a_data_directory_that_cannot_be_written_is_named() {
    let sandbox = Sandbox::new();
    let file = sandbox.file("told.jsonl", exported(&TOLD));
    let in_the_way = sandbox.file("plain-file", "");
    // Permission bits don't stop the superuser, these do.
    let mut places = vec![in_the_way.join("data")];
    if cfg!(target_os = "linux") {
        places.push(PathBuf::from("/proc/estoppel"));
    }
    for place in places {
        let place = path(&place);
        for args in [
            &["memory", "import", path(&file)][..],
            &["model", "pull", "smollm2-135m-instruct"],
            &["chat", "--plain"],
        ] {
            let args = [args, &["--data-dir", place]].concat();
            sandbox.run_with(args, "Hello.\n").complains_of(&[place]);
        }
    }
}

#[test]
fn a_matter_held_by_another_process_is_named() {
    let sandbox = Sandbox::new();
    let matter = sandbox.matter_with_turns();
    let mut holder =
        Running::start(sandbox.command(["chat", "--plain", "--json", "--matter", matter]));
    let process = format!("process {}", holder.id());
    holder.say("I am talking.");
    assert!(holder.remembered().is_some());

    for args in [&["ask", "--keep", "How much?"][..], &["chat", "--plain"]] {
        let args = [args, &["--matter", matter]].concat();
        sandbox
            .run_with(args, "Me too.\n")
            .complains_of(&[matter, &process]);
    }
    sandbox
        .run(["ask", "Who are you?", "--keep", "--matter", "another"])
        .succeeds();

    assert!(holder.finish().success());
    let turns = sandbox.turns(matter);
    assert_eq!(turns[..TOLD.len()], TOLD);
    assert_eq!(turns[TOLD.len()], "I am talking.");
    assert_eq!(
        turns.len(),
        TOLD.len() + 2,
        "its answer, and nothing of the others: {turns:?}"
    );
}

#[test]
fn a_broken_journal_is_named_and_left_as_it_is() {
    let sandbox = Sandbox::new();
    let matter = sandbox.matter_with_turns();
    let journal = sandbox
        .data()
        .join("matters")
        .join(matter)
        .join("journal.log");
    let before = std::fs::read(&journal).expect("the journal");
    // A flipped bit among entries that were durable is no torn tail.
    let mut file = std::fs::File::options()
        .write(true)
        .open(&journal)
        .expect("the journal");
    let middle = before.len() / 2;
    file.seek(SeekFrom::Start(middle as u64)).expect("a file");
    file.write_all(&[before[middle] ^ 1])
        .expect("a writable file");
    drop(file);
    let damaged = std::fs::read(&journal).expect("the journal");

    sandbox
        .run(["memory", "show", "--matter", matter])
        .complains_of(&[path(&journal)]);
    assert_eq!(std::fs::read(&journal).expect("the journal"), damaged);
    std::fs::write(&journal, before).expect("a writable file");
    nothing_lost(&sandbox, matter);
}
