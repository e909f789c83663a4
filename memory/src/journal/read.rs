//! Opening a journal: every line is checked, an unfinished last one cut off.

use std::fs::{self, OpenOptions};
use std::path::Path;

use super::frame::{self, BadFrame, BadHeader, FORMAT};
use super::{Entry, Fault, Journal, JournalError, MatterId, Opened, Position};

/// Everything in a journal's file.
struct Contents {
    matter: MatterId,
    entries: Vec<Entry>,
    positions: Vec<Position>,
    /// Bytes up to the end of the last whole frame.
    len: u64,
}

impl Journal {
    /// Opens a journal and reads all of it.
    ///
    /// # Errors
    ///
    /// A damaged journal and one of a newer version are left as they are.
    pub fn open(path: &Path) -> Result<Opened, JournalError> {
        let bytes = fs::read(path).map_err(JournalError::io("read", path))?;
        let contents = read(&bytes, path)?;
        let torn_bytes = bytes.len() as u64 - contents.len;
        let file = OpenOptions::new()
            .append(true)
            .open(path)
            .map_err(JournalError::io("open for writing", path))?;
        if torn_bytes > 0 {
            file.set_len(contents.len)
                .and_then(|()| file.sync_data())
                .map_err(JournalError::io("cut the unfinished end off", path))?;
        }
        let journal = Journal {
            file,
            path: path.to_owned(),
            matter: contents.matter,
            position: contents.positions[contents.entries.len()],
            len: contents.len,
            broken: false,
        };
        Ok(Opened {
            journal,
            entries: contents.entries,
            positions: contents.positions,
            torn_bytes,
        })
    }

    /// Reads and checks every entry without changing anything.
    pub fn read(path: &Path) -> Result<Vec<Entry>, JournalError> {
        let bytes = fs::read(path).map_err(JournalError::io("read", path))?;
        Ok(read(&bytes, path)?.entries)
    }

    /// How many turns a journal holds, without checking them or taking any
    /// lock: for a listing.
    pub fn count(path: &Path) -> Result<u64, JournalError> {
        let bytes = fs::read(path).map_err(JournalError::io("read", path))?;
        let frames = bytes.split_inclusive(|&byte| byte == b'\n').skip(1);
        let whole = frames.filter(|line| line.ends_with(b"\n"));
        Ok(whole.filter(|line| frame::is_turn(line)).count() as u64)
    }
}

fn read(bytes: &[u8], path: &Path) -> Result<Contents, JournalError> {
    let header = bytes.split_inclusive(|&byte| byte == b'\n').next();
    let Some(header) = header.filter(|line| line.ends_with(b"\n")) else {
        return Err(JournalError::NotAJournal {
            path: path.to_owned(),
        });
    };
    let (matter, start) =
        frame::decode_header(&header[..header.len() - 1]).map_err(|bad| header_error(bad, path))?;
    let mut contents = Contents {
        matter,
        entries: Vec::new(),
        positions: vec![start],
        len: header.len() as u64,
    };
    let (mut position, mut turns) = (start, 0);
    let mut lines = bytes[header.len()..].split_inclusive(|&byte| byte == b'\n');
    while let Some(line) = lines.next() {
        let Some(body) = line.strip_suffix(b"\n") else {
            break;
        };
        match frame::decode(body, position) {
            Ok((entry, _)) if !entry.follows(turns) => {
                return Err(frame_error(Fault::Entry.into(), &contents, path));
            }
            Ok((entry, after)) => {
                turns += u32::from(entry.turn().is_some());
                contents.entries.push(entry);
                contents.positions.push(after);
                contents.len += line.len() as u64;
                position = after;
            }
            // An unwritten block inside the last frame; see the module's page.
            Err(_) if body.contains(&0) && lines.clone().next().is_none() => break,
            Err(bad) => return Err(frame_error(bad, &contents, path)),
        }
    }
    Ok(contents)
}

fn header_error(bad: BadHeader, path: &Path) -> JournalError {
    let path = path.to_owned();
    match bad {
        BadHeader::NotAJournal => JournalError::NotAJournal { path },
        BadHeader::Newer(version) => JournalError::NewerFormat {
            path,
            version,
            reads: FORMAT,
        },
        BadHeader::Fault(fault) => damaged(path.as_path(), 1, 0, fault),
    }
}

fn frame_error(bad: BadFrame, so_far: &Contents, path: &Path) -> JournalError {
    let line = so_far.entries.len() as u64 + 2;
    match bad {
        BadFrame::NewerKind(kind) => JournalError::NewerEntry {
            path: path.to_owned(),
            line,
            kind,
        },
        BadFrame::Fault(fault) => damaged(path, line, so_far.len, fault),
    }
}

fn damaged(path: &Path, line: u64, offset: u64, fault: Fault) -> JournalError {
    JournalError::Damaged {
        path: path.to_owned(),
        line,
        offset,
        fault,
    }
}
