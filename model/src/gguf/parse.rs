//! The header of a GGUF file: every length is checked before it is believed.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use candle_core::quantized::GgmlDType;

use super::GgufError;

const MAGIC: &[u8; 4] = b"GGUF";
const DEFAULT_ALIGNMENT: u64 = 32;
const MAX_DIMENSIONS: u32 = 4;

#[derive(Debug)]
pub(super) struct Header {
    pub(super) metadata: HashMap<String, Value>,
    /// By name, so that what is told of them has one order.
    pub(super) tensors: BTreeMap<String, Tensor>,
}

#[derive(Debug)]
pub(super) enum Value {
    Integer(i128),
    Float(f64),
    Bool,
    String(String),
    Array(Array),
}

/// An array that is left in the file.
#[derive(Debug)]
pub(super) struct Array {
    element: u32,
    len: usize,
    start: usize,
}

#[derive(Debug)]
pub(super) struct Tensor {
    pub(super) dtype: GgmlDType,
    /// Rows first, the reverse of the file's order.
    pub(super) shape: Vec<usize>,
    pub(super) elements: usize,
    /// First byte, counted from the file's start.
    pub(super) start: u64,
    /// One past the last byte.
    pub(super) end: u64,
}

/// What is wrong, before the file has a name.
pub(super) enum Fault {
    NotGguf,
    Version(u32),
    Broken { offset: usize, reason: String },
}

impl Fault {
    pub(super) fn at(self, path: &Path) -> GgufError {
        let path = path.to_path_buf();
        match self {
            Self::NotGguf => GgufError::NotGguf { path },
            Self::Version(version) => GgufError::Version { path, version },
            Self::Broken { offset, reason } => GgufError::Header {
                path,
                offset,
                reason,
            },
        }
    }
}

pub(super) fn header(bytes: &[u8]) -> Result<Header, Fault> {
    if !bytes.starts_with(MAGIC) {
        return Err(Fault::NotGguf);
    }
    let mut reader = Reader {
        bytes,
        at: MAGIC.len(),
    };
    let version = reader.u32()?;
    if !(2..=3).contains(&version) {
        return Err(Fault::Version(version));
    }
    let tensor_count = reader.u64()?;
    let metadata_count = reader.u64()?;
    let mut metadata = HashMap::new();
    for _ in 0..metadata_count {
        let key = reader.string()?.into_owned();
        let kind = reader.u32()?;
        metadata.insert(key, reader.value(kind)?);
    }
    let mut tensors = BTreeMap::new();
    for _ in 0..tensor_count {
        let (name, tensor) = reader.tensor()?;
        tensors.insert(name, tensor);
    }
    let alignment = match metadata.get("general.alignment") {
        None => DEFAULT_ALIGNMENT,
        Some(&Value::Integer(a)) if a > 0 && a <= 1 << 20 => a as u64,
        Some(_) => return reader.broken("general.alignment is not a positive number"),
    };
    let data = (reader.at as u64).next_multiple_of(alignment);
    for (name, tensor) in &mut tensors {
        match (data.checked_add(tensor.start), data.checked_add(tensor.end)) {
            (Some(start), Some(end)) => (tensor.start, tensor.end) = (start, end),
            _ => return reader.broken(format!("the offset of tensor {name} is out of range")),
        }
    }
    Ok(Header { metadata, tensors })
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn broken<T>(&self, reason: impl Into<String>) -> Result<T, Fault> {
        Err(Fault::Broken {
            offset: self.at,
            reason: reason.into(),
        })
    }

    fn take(&mut self, n: u64) -> Result<&'a [u8], Fault> {
        let rest = &self.bytes[self.at..];
        match usize::try_from(n).ok().and_then(|n| rest.get(..n)) {
            Some(taken) => {
                self.at += taken.len();
                Ok(taken)
            }
            None => self.broken(format!("{n} bytes expected, {} are left", rest.len())),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let bytes = self.take(N as u64)?;
        Ok(bytes.try_into().expect("take returns what was asked for"))
    }

    fn u32(&mut self) -> Result<u32, Fault> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, Fault> {
        self.array().map(u64::from_le_bytes)
    }

    fn string_bytes(&mut self) -> Result<&'a [u8], Fault> {
        let len = self.u64()?;
        self.take(len)
    }

    fn string(&mut self) -> Result<std::borrow::Cow<'a, str>, Fault> {
        self.string_bytes().map(String::from_utf8_lossy)
    }

    fn value(&mut self, kind: u32) -> Result<Value, Fault> {
        Ok(match kind {
            0..=5 | 10 | 11 => Value::Integer(self.integer(kind)?),
            6 => Value::Float(f32::from_le_bytes(self.array()?).into()),
            12 => Value::Float(f64::from_le_bytes(self.array()?)),
            7 => self.take(1).map(|_| Value::Bool)?,
            8 => Value::String(self.string()?.into_owned()),
            9 => Value::Array(self.skip_array()?),
            _ => return self.broken(format!("unknown value type {kind}")),
        })
    }

    fn integer(&mut self, kind: u32) -> Result<i128, Fault> {
        Ok(match kind {
            0 => u8::from_le_bytes(self.array()?).into(),
            1 => i8::from_le_bytes(self.array()?).into(),
            2 => u16::from_le_bytes(self.array()?).into(),
            3 => i16::from_le_bytes(self.array()?).into(),
            4 => u32::from_le_bytes(self.array()?).into(),
            5 => i32::from_le_bytes(self.array()?).into(),
            10 => u64::from_le_bytes(self.array()?).into(),
            11 => i64::from_le_bytes(self.array()?).into(),
            _ => return self.broken(format!("value type {kind} is not a whole number")),
        })
    }

    fn skip_array(&mut self) -> Result<Array, Fault> {
        let element = self.u32()?;
        let len = self.u64()?;
        let start = self.at;
        match element {
            0 | 1 | 7 => self.skip(len, 1)?,
            2 | 3 => self.skip(len, 2)?,
            4..=6 => self.skip(len, 4)?,
            10..=12 => self.skip(len, 8)?,
            8 => {
                for _ in 0..len {
                    self.string_bytes()?;
                }
            }
            9 => return self.broken("arrays of arrays are not supported"),
            _ => return self.broken(format!("unknown value type {element}")),
        }
        Ok(Array {
            element,
            len: len as usize,
            start,
        })
    }

    fn skip(&mut self, count: u64, size: u64) -> Result<(), Fault> {
        self.take(count.saturating_mul(size)).map(drop)
    }

    /// Start and end are counted from the data section, which is not known yet.
    fn tensor(&mut self) -> Result<(String, Tensor), Fault> {
        let name = self.string()?.into_owned();
        let dimensions = self.u32()?;
        if dimensions == 0 || dimensions > MAX_DIMENSIONS {
            return self.broken(format!("tensor {name} has {dimensions} dimensions"));
        }
        let mut shape = Vec::new();
        let mut elements = 1usize;
        for _ in 0..dimensions {
            let n = self.u64()?;
            let total = usize::try_from(n)
                .ok()
                .and_then(|n| elements.checked_mul(n));
            match total {
                Some(total) if n > 0 => elements = total,
                _ => return self.broken(format!("tensor {name} has an impossible shape")),
            }
            shape.push(n as usize);
        }
        let kind = self.u32()?;
        let Some(dtype) = dtype(kind) else {
            return self.broken(format!("tensor {name} has the unsupported type {kind}"));
        };
        let offset = self.u64()?;
        if !shape[0].is_multiple_of(dtype.block_size()) {
            return self.broken(format!("the rows of tensor {name} hold a broken block"));
        }
        shape.reverse();
        let bytes = (elements / dtype.block_size()).checked_mul(dtype.type_size());
        let Some(end) = bytes.and_then(|bytes| offset.checked_add(bytes as u64)) else {
            return self.broken(format!("tensor {name} has an impossible size"));
        };
        let tensor = Tensor {
            dtype,
            shape,
            elements,
            start: offset,
            end,
        };
        Ok((name, tensor))
    }
}

impl Array {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// `None` where the elements are no UTF-8 strings.
    pub(super) fn strings<'a>(&self, bytes: &'a [u8]) -> Option<Vec<&'a str>> {
        let mut reader = Reader {
            bytes,
            at: self.start,
        };
        let mut next = || str::from_utf8(reader.string_bytes().ok()?).ok();
        (self.element == 8).then(|| (0..self.len).map(|_| next()).collect())?
    }

    /// `None` where the elements are no whole numbers.
    pub(super) fn integers(&self, bytes: &[u8]) -> Option<Vec<i64>> {
        let mut reader = Reader {
            bytes,
            at: self.start,
        };
        let mut next = || i64::try_from(reader.integer(self.element).ok()?).ok();
        (0..self.len).map(|_| next()).collect()
    }
}

/// The numbers of `ggml_type`, for the types that candle can multiply.
fn dtype(kind: u32) -> Option<GgmlDType> {
    Some(match kind {
        0 => GgmlDType::F32,
        1 => GgmlDType::F16,
        2 => GgmlDType::Q4_0,
        3 => GgmlDType::Q4_1,
        6 => GgmlDType::Q5_0,
        7 => GgmlDType::Q5_1,
        8 => GgmlDType::Q8_0,
        10 => GgmlDType::Q2K,
        11 => GgmlDType::Q3K,
        12 => GgmlDType::Q4K,
        13 => GgmlDType::Q5K,
        14 => GgmlDType::Q6K,
        30 => GgmlDType::BF16,
        _ => return None,
    })
}
