//! Header and frames as lines of text.

use crc32fast::Hasher;
use serde::{Deserialize, Serialize};

use super::entry::MARK;
use super::{Entry, Fault, MatterId};

const MAGIC: &str = "estoppel-journal";

/// The format that this version writes, and the last that it reads.
pub(super) const FORMAT: u32 = 1;

/// A state of the log: how many entries, and the checksum over all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Entries up to here.
    pub entries: u64,
    /// CRC-32 of header and entries up to here, checksums left out.
    pub digest: u32,
}

impl Position {
    /// Before the first entry of a matter's journal.
    fn start(matter: MatterId) -> Self {
        Self {
            entries: 0,
            digest: crc32fast::hash(header_body(matter).as_bytes()),
        }
    }

    /// After one more entry.
    fn after(self, json: &str) -> Self {
        let entries = self.entries + 1;
        let mut hasher = Hasher::new_with_initial(self.digest);
        hasher.update(entries.to_string().as_bytes());
        hasher.update(b" ");
        hasher.update(json.as_bytes());
        Self {
            entries,
            digest: hasher.finalize(),
        }
    }
}

fn header_body(matter: MatterId) -> String {
    format!("{MAGIC} {FORMAT} {matter}")
}

/// The first line of a journal, and the position after it.
pub(super) fn encode_header(matter: MatterId) -> (String, Position) {
    let start = Position::start(matter);
    let line = format!("{} {:08x}\n", header_body(matter), start.digest);
    (line, start)
}

pub(super) enum BadHeader {
    NotAJournal,
    Newer(u32),
    Fault(Fault),
}

/// Reads the first line, without its line feed.
pub(super) fn decode_header(line: &[u8]) -> Result<(MatterId, Position), BadHeader> {
    let line = std::str::from_utf8(line).map_err(|_| BadHeader::NotAJournal)?;
    let mut words = line.split(' ');
    if words.next() != Some(MAGIC) {
        return Err(BadHeader::NotAJournal);
    }
    let version = words.next().and_then(|word| word.parse::<u32>().ok());
    match version {
        Some(FORMAT) => {}
        Some(newer) if newer > FORMAT => return Err(BadHeader::Newer(newer)),
        _ => return Err(BadHeader::Fault(Fault::Shape)),
    }
    let matter = words.next().and_then(|word| {
        u128::from_str_radix(word, 16)
            .ok()
            .map(MatterId)
            .filter(|id| id.to_string() == word)
    });
    let (Some(matter), Some(checksum), None) = (matter, words.next(), words.next()) else {
        return Err(BadHeader::Fault(Fault::Shape));
    };
    let start = Position::start(matter);
    if checksum != format!("{:08x}", start.digest) {
        return Err(BadHeader::Fault(Fault::Checksum));
    }
    Ok((matter, start))
}

/// One entry as a line, and the position after it.
pub(super) fn encode(entry: &Entry, before: Position) -> (String, Position) {
    let json = serde_json::to_string(entry).expect("an entry is plain data");
    let after = before.after(&json);
    let line = format!("{} {:08x} {json}\n", after.entries, after.digest);
    (line, after)
}

#[derive(Debug)]
pub(super) enum BadFrame {
    NewerKind(String),
    Fault(Fault),
}

impl From<Fault> for BadFrame {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Reads one line, without its line feed, that stands after `before`.
pub(super) fn decode(line: &[u8], before: Position) -> Result<(Entry, Position), BadFrame> {
    let line = std::str::from_utf8(line).map_err(|_| Fault::Shape)?;
    let mut fields = line.splitn(3, ' ');
    let (Some(sequence), Some(checksum), Some(json)) =
        (fields.next(), fields.next(), fields.next())
    else {
        return Err(Fault::Shape.into());
    };
    let after = before.after(json);
    if sequence != after.entries.to_string() {
        return Err(Fault::Sequence.into());
    }
    if checksum != format!("{:08x}", after.digest) {
        return Err(Fault::Checksum.into());
    }
    Ok((parse(json)?, after))
}

fn parse(json: &str) -> Result<Entry, BadFrame> {
    #[derive(Deserialize)]
    struct Kind {
        r#type: String,
    }
    let kind: Kind = serde_json::from_str(json).map_err(|_| Fault::Entry)?;
    if !Entry::KINDS.contains(&kind.r#type.as_str()) {
        return Err(BadFrame::NewerKind(kind.r#type));
    }
    Ok(serde_json::from_str(json).map_err(|_| Fault::Entry)?)
}

/// Whether a frame holds a turn, by its first bytes alone.
pub(super) fn is_turn(line: &[u8]) -> bool {
    let json = line.splitn(3, |&byte| byte == b' ').nth(2);
    let mark = format!("{{\"type\":\"{MARK}\"");
    json.is_some_and(|json| !json.starts_with(mark.as_bytes()))
}
