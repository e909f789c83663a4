//! The packed 4-bit form of multilingual-e5-small, with its tokenizer inside.
//!
//! Little-endian throughout:
//!
//! ```text
//! "E5S1", u32 version
//! i32 hidden, layers, heads, feed-forward, vocabulary, positions, token types
//! f32 layer norm epsilon, i32 block length (32)
//! i32 pieces, begin, end, padding, unknown; u64 bytes of text
//! u32 offsets into the text [pieces + 1], f32 scores [pieces], the pieces' text
//! i32 replacements, u32 bytes of them; each u32 character, u8 n, u32 becomes [n]
//! i32 tensors; each u16 n, name [n], u8 kind (0 f32, 1 Q4_0), u32 values,
//!   u64 offset in the file, u64 bytes
//! tensor data
//! ```
//!
//! Matrices are (outputs, inputs). Texts are marked as "query: " or "passage: "
//! (Wang et al. 2024, arXiv:2402.05672).

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::Path;

use candle_core::{Device, Tensor};
use candle_transformers::models::bert::Config;
use memmap2::Mmap;

use super::bert::Bert;
use super::unigram::{SpecialIds, Unigram};
use super::words::{WordTable, dequantise_q4_0, q4_0_bytes};
use super::{EncoderError, Loaded, Prefixes, Vocabulary};

const MAGIC: &[u8; 4] = b"E5S1";
const BLOCK: usize = 32;

/// Whether the file begins as this format does.
pub(super) fn recognises(path: &Path) -> Result<bool, EncoderError> {
    let mut magic = Vec::new();
    File::open(path)
        .and_then(|file| file.take(4).read_to_end(&mut magic))
        .map_err(|source| read_error(path, source))?;
    Ok(magic == MAGIC)
}

pub(super) fn load(path: &Path) -> Result<Loaded, EncoderError> {
    let file = File::open(path).map_err(|source| read_error(path, source))?;
    // SAFETY: the map is only read. A file that another process shortens or
    // rewrites meanwhile would break it; pulls only ever replace whole files by
    // renaming, which leaves the mapped one as it is.
    let map = unsafe { Mmap::map(&file) }.map_err(|source| read_error(path, source))?;
    parse(map).map_err(|problem| EncoderError::Malformed {
        path: path.to_owned(),
        problem,
    })
}

fn read_error(path: &Path, source: std::io::Error) -> EncoderError {
    EncoderError::Read {
        path: path.to_owned(),
        source,
    }
}

fn parse(file: Mmap) -> Result<Loaded, String> {
    let mut cursor = Cursor {
        bytes: &file,
        at: 0,
    };
    let config = read_header(&mut cursor)?;
    let vocabulary = read_vocabulary(&mut cursor, config.vocab_size)?;
    let tensors = Tensors {
        file: &file,
        directory: read_directory(&mut cursor)?,
    };
    // Five for the embeddings, sixteen a layer.
    let expected = 5 + 16 * config.num_hidden_layers;
    if tensors.directory.len() != expected {
        let found = tensors.directory.len();
        return Err(format!(
            "it has {found} tensors, and its header asks for {expected}"
        ));
    }
    let weights = bert_weights(&tensors, &config)?;
    let values = config.vocab_size * config.hidden_size;
    let range = tensors.find("emb.word", Kind::Q4_0, values)?;
    let words = WordTable::Q4_0 {
        start: range.start,
        width: config.hidden_size,
        file,
    };
    Ok(Loaded {
        vocabulary: Vocabulary::Unigram(vocabulary),
        bert: Bert::new(words, weights, &config).map_err(|error| error.to_string())?,
        prefixes: Prefixes {
            query: "query: ",
            passage: "passage: ",
        },
    })
}

fn read_header(cursor: &mut Cursor<'_>) -> Result<Config, String> {
    if cursor.take(4)? != MAGIC {
        return Err("it does not begin with E5S1".to_owned());
    }
    let version = cursor.u32()?;
    if version != 1 {
        return Err(format!("its version is {version}, and only 1 is known"));
    }
    let mut size = |name: &str, most: usize| match cursor.u32()? as usize {
        0 => Err(format!("its {name} is 0")),
        size if size > most => Err(format!("its {name} is {size}, more than {most}")),
        size => Ok(size),
    };
    let config = Config {
        hidden_size: size("hidden size", 1 << 14)?,
        num_hidden_layers: size("number of layers", 1 << 8)?,
        num_attention_heads: size("number of heads", 1 << 8)?,
        intermediate_size: size("feed-forward size", 1 << 16)?,
        vocab_size: size("vocabulary", 1 << 21)?,
        max_position_embeddings: size("number of positions", 1 << 14)?,
        type_vocab_size: size("number of token types", 1 << 8)?,
        layer_norm_eps: f64::from(cursor.f32()?),
        ..Config::default()
    };
    let block = cursor.u32()? as usize;
    let whole_blocks = |size: usize| size.is_multiple_of(BLOCK);
    if block != BLOCK
        || !whole_blocks(config.hidden_size)
        || !whole_blocks(config.intermediate_size)
        || !config
            .hidden_size
            .is_multiple_of(config.num_attention_heads)
    {
        return Err("its sizes don't fit each other".to_owned());
    }
    Ok(config)
}

/// `rows` is the length of the table of word embeddings.
fn read_vocabulary(cursor: &mut Cursor<'_>, rows: usize) -> Result<Unigram, String> {
    let count = cursor.u32()? as usize;
    let special = SpecialIds {
        begin: cursor.u32()?,
        end: cursor.u32()?,
        padding: cursor.u32()?,
        unknown: cursor.u32()?,
    };
    let highest = [special.begin, special.end, special.padding, special.unknown];
    if count == 0 || count > rows || highest.iter().any(|&id| id as usize >= rows) {
        return Err(format!("it has {count} pieces for {rows} embeddings"));
    }
    let bytes = cursor.u64()?;
    let offsets = cursor.u32s(count + 1)?;
    let scores = cursor.u32s(count)?.into_iter().map(f32::from_bits);
    let scores: Vec<f32> = scores.collect();
    let text = cursor.take(usize::try_from(bytes).map_err(|_| "it is cut short")?)?;
    let pieces = offsets.windows(2).enumerate().map(|(id, ends)| {
        text.get(ends[0] as usize..ends[1] as usize)
            .and_then(|piece| std::str::from_utf8(piece).ok())
            .map(Box::from)
            .ok_or_else(|| format!("piece {id} of its vocabulary is no text"))
    });
    let pieces: Vec<Box<str>> = pieces.collect::<Result<_, _>>()?;
    Ok(Unigram::new(
        pieces,
        scores,
        special,
        read_replacements(cursor)?,
    ))
}

fn read_replacements(cursor: &mut Cursor<'_>) -> Result<HashMap<char, Box<str>>, String> {
    let count = cursor.u32()?;
    let _bytes = cursor.u32()?;
    let mut replacements = HashMap::new();
    for _ in 0..count {
        let from = cursor.u32()?;
        let length = usize::from(cursor.take(1)?[0]);
        let to: Option<String> = cursor
            .u32s(length)?
            .into_iter()
            .map(char::from_u32)
            .collect();
        match (char::from_u32(from), to) {
            (Some(from), Some(to)) => replacements.insert(from, to.into()),
            _ => return Err(format!("its replacement of U+{from:04X} is no text")),
        };
    }
    Ok(replacements)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    F32,
    Q4_0,
}

impl Kind {
    fn bytes(self, values: usize) -> usize {
        match self {
            Self::F32 => values * 4,
            Self::Q4_0 => q4_0_bytes(values),
        }
    }
}

struct Entry {
    kind: Kind,
    values: usize,
    offset: u64,
}

fn read_directory(cursor: &mut Cursor<'_>) -> Result<HashMap<String, Entry>, String> {
    let count = cursor.u32()?;
    let mut directory = HashMap::new();
    for _ in 0..count {
        let length = cursor.u16()?;
        let name = String::from_utf8_lossy(cursor.take(length.into())?).into_owned();
        let kind = match cursor.take(1)?[0] {
            0 => Kind::F32,
            1 => Kind::Q4_0,
            kind => return Err(format!("tensor {name} is of the unknown kind {kind}")),
        };
        let values = cursor.u32()? as usize;
        let offset = cursor.u64()?;
        let bytes = cursor.u64()?;
        if bytes != kind.bytes(values) as u64 {
            return Err(format!(
                "tensor {name} has {bytes} bytes for {values} values"
            ));
        }
        directory.insert(
            name,
            Entry {
                kind,
                values,
                offset,
            },
        );
    }
    Ok(directory)
}

struct Tensors<'a> {
    file: &'a [u8],
    directory: HashMap<String, Entry>,
}

impl Tensors<'_> {
    /// Where in the file a tensor is, which is of this kind and length.
    fn find(&self, name: &str, kind: Kind, values: usize) -> Result<Range<usize>, String> {
        let entry = self.directory.get(name);
        let entry = entry.ok_or_else(|| format!("it has no tensor {name}"))?;
        if entry.kind != kind || entry.values != values {
            return Err(format!(
                "tensor {name} is not of {values} values as expected"
            ));
        }
        usize::try_from(entry.offset)
            .ok()
            .and_then(|start| Some(start..start.checked_add(kind.bytes(values))?))
            .filter(|range| range.end <= self.file.len())
            .ok_or_else(|| format!("it ends before tensor {name} does"))
    }

    fn vector(&self, name: &str, values: usize) -> Result<Vec<f32>, String> {
        let values = self.file[self.find(name, Kind::F32, values)?].chunks_exact(4);
        Ok(values
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect())
    }

    fn matrix(&self, name: &str, values: usize) -> Result<Vec<f32>, String> {
        let mut out = vec![0.0; values];
        dequantise_q4_0(&self.file[self.find(name, Kind::Q4_0, values)?], &mut out);
        Ok(out)
    }
}

/// Every tensor but the word table, as f32 under the names that BERT has elsewhere.
fn bert_weights(tensors: &Tensors<'_>, config: &Config) -> Result<HashMap<String, Tensor>, String> {
    let (hidden, inner) = (config.hidden_size, config.intermediate_size);
    let mut weights = HashMap::new();
    let mut add = |name: String, values: Vec<f32>, shape: &[usize]| {
        let tensor = Tensor::from_vec(values, shape, &Device::Cpu);
        weights.insert(name, tensor.map_err(|error| error.to_string())?);
        Ok::<_, String>(())
    };
    for (name, packed, rows) in [
        (
            "position_embeddings",
            "emb.pos",
            config.max_position_embeddings,
        ),
        ("token_type_embeddings", "emb.type", config.type_vocab_size),
    ] {
        let values = tensors.vector(packed, rows * hidden)?;
        add(format!("embeddings.{name}.weight"), values, &[rows, hidden])?;
    }
    let mut norms = vec![("embeddings.LayerNorm".to_owned(), "emb.ln".to_owned())];
    for layer in 0..config.num_hidden_layers {
        let name = |part: &str| format!("encoder.layer.{layer}.{part}");
        for (part, packed, outputs, inputs) in [
            ("attention.self.query", "q", hidden, hidden),
            ("attention.self.key", "k", hidden, hidden),
            ("attention.self.value", "v", hidden, hidden),
            ("attention.output.dense", "ao", hidden, hidden),
            ("intermediate.dense", "fi", inner, hidden),
            ("output.dense", "fo", hidden, inner),
        ] {
            let matrix = tensors.matrix(&format!("l{layer}.{packed}.w"), outputs * inputs)?;
            add(name(&format!("{part}.weight")), matrix, &[outputs, inputs])?;
            let bias = tensors.vector(&format!("l{layer}.{packed}.b"), outputs)?;
            add(name(&format!("{part}.bias")), bias, &[outputs])?;
        }
        norms.push((name("attention.output.LayerNorm"), format!("l{layer}.aln")));
        norms.push((name("output.LayerNorm"), format!("l{layer}.oln")));
    }
    for (name, packed) in norms {
        for (part, suffix) in [("weight", "w"), ("bias", "b")] {
            let values = tensors.vector(&format!("{packed}.{suffix}"), hidden)?;
            add(format!("{name}.{part}"), values, &[hidden])?;
        }
    }
    Ok(weights)
}

/// Reads onward from the beginning, never past the end.
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], String> {
        let taken = self.bytes[self.at..].get(..length);
        let taken = taken.ok_or_else(|| {
            let (size, at) = (self.bytes.len(), self.at);
            format!("it is cut short: at byte {at} of {size}, {length} more are needed")
        })?;
        self.at += length;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn u16(&mut self) -> Result<u16, String> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32, String> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, String> {
        self.array().map(u64::from_le_bytes)
    }

    fn f32(&mut self) -> Result<f32, String> {
        self.array().map(f32::from_le_bytes)
    }

    fn u32s(&mut self, count: usize) -> Result<Vec<u32>, String> {
        let bytes = self.take(count.saturating_mul(4))?.chunks_exact(4);
        Ok(bytes
            .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect())
    }
}
