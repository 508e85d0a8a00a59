//! What bash reports, out of band: frames of NUL-ended fields, a tag first. Reading only; what makes bash write them
//! is in `typed`.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use super::Error;

/// No report is near this size; beyond it something else writes into the pipe.
const LONGEST: usize = 256 << 20;

/// One report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// The shell is ready.
    Ready {
        /// `BASH_VERSION`.
        version: String,
        /// `PWD`.
        directory: OsString,
        /// The way by which this report came.
        by: String,
    },
    /// A command is done.
    Done(Done),
    /// The exported variables, as `declare -px` prints them.
    Environment { sequence: u64, text: Vec<u8> },
    /// A variable was set, if the status is 0.
    Assigned { sequence: u64, status: i32 },
}

/// How a command left the shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Done {
    pub sequence: u64,
    pub status: i32,
    /// `$_`
    pub last: OsString,
    /// `$PWD`
    pub directory: OsString,
    /// `$-`
    pub options: String,
}

/// Bytes of the report pipe, cut into frames wherever they were split.
#[derive(Debug, Default)]
pub(super) struct Frames {
    bytes: Vec<u8>,
    /// Where the fields of the first frame end, as far as they have come.
    ends: Vec<usize>,
    looked_at: usize,
}

impl Frames {
    /// Adds what came.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next frame, once it is whole.
    pub(super) fn pop(&mut self) -> Result<Option<Frame>, Error> {
        let Some(&tag) = self.bytes.first() else { return Ok(None) };
        let count = match tag {
            b'R' => 4,
            b'D' => 6,
            b'E' | b'A' => 3,
            _ => return Err(self.garbled()),
        };
        while self.ends.len() < count {
            let Some(length) = self.bytes[self.looked_at..].iter().position(|&byte| byte == 0) else {
                self.looked_at = self.bytes.len();
                return if self.bytes.len() > LONGEST { Err(self.garbled()) } else { Ok(None) };
            };
            self.ends.push(self.looked_at + length);
            self.looked_at += length + 1;
        }
        let starts = std::iter::once(0).chain(self.ends.iter().map(|end| end + 1));
        let fields: Vec<&[u8]> =
            starts.zip(&self.ends).map(|(start, &end)| &self.bytes[start..end]).collect();
        let frame = parse(&fields).ok_or_else(|| self.garbled())?;
        self.bytes.drain(..self.looked_at);
        self.ends.clear();
        self.looked_at = 0;
        Ok(Some(frame))
    }

    fn garbled(&self) -> Error {
        let start = &self.bytes[..self.bytes.len().min(80)];
        Error::Protocol(format!("the report reads `{}`", start.escape_ascii()))
    }
}

fn parse(fields: &[&[u8]]) -> Option<Frame> {
    let os = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
    match *fields {
        [b"R", version, directory, by] => {
            Some(Frame::Ready { version: text(version)?, directory: os(directory), by: text(by)? })
        }
        [b"D", sequence, status, last, directory, options] => Some(Frame::Done(Done {
            sequence: number(sequence)?,
            status: number(status)?,
            last: os(last),
            directory: os(directory),
            options: text(options)?,
        })),
        [b"E", sequence, exported] => {
            Some(Frame::Environment { sequence: number(sequence)?, text: exported.to_vec() })
        }
        [b"A", sequence, status] => {
            Some(Frame::Assigned { sequence: number(sequence)?, status: number(status)? })
        }
        _ => None,
    }
}

fn text(bytes: &[u8]) -> Option<String> {
    String::from_utf8(bytes.to_vec()).ok()
}

fn number<N: std::str::FromStr>(bytes: &[u8]) -> Option<N> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn done(sequence: u64, status: i32, last: &[u8]) -> Done {
        Done {
            sequence,
            status,
            last: OsString::from_vec(last.to_vec()),
            directory: "/tmp/a b".into(),
            options: "himB".into(),
        }
    }

    fn write(done: &Done) -> Vec<u8> {
        let mut bytes = format!("D\0{}\0{}\0", done.sequence, done.status).into_bytes();
        bytes.extend(done.last.clone().into_vec());
        bytes.push(0);
        bytes.extend(done.directory.clone().into_vec());
        bytes.extend(format!("\0{}\0", done.options).into_bytes());
        bytes
    }

    proptest! {
        #[test]
        fn frames_split_anywhere_are_the_same(
            lasts in prop::collection::vec(prop::collection::vec(1u8..=255, 0..20), 1..6),
            sizes in prop::collection::vec(1usize..9, 1..40),
        ) {
            let sent: Vec<Done> =
                lasts.iter().zip(-1..).map(|(last, status)| done(7, status, last)).collect();
            let stream: Vec<u8> = sent.iter().flat_map(write).collect();
            let mut frames = Frames::default();
            let mut came = Vec::new();
            let mut rest = stream.as_slice();
            for size in sizes.iter().cycle() {
                let (piece, after) = rest.split_at((*size).min(rest.len()));
                frames.push(piece);
                while let Some(frame) = frames.pop().unwrap() {
                    came.push(frame);
                }
                rest = after;
                if rest.is_empty() { break; }
            }
            prop_assert_eq!(came, sent.into_iter().map(Frame::Done).collect::<Vec<_>>());
        }

        #[test]
        fn nothing_panics(bytes in prop::collection::vec(prop::num::u8::ANY, 0..64)) {
            let mut frames = Frames::default();
            frames.push(&bytes);
            while let Ok(Some(_)) = frames.pop() {}
        }
    }

    #[test]
    fn a_foreign_tag_or_number_is_refused() {
        for bytes in [&b"X\0"[..], b"A\0one\x000\0", b"DD\x001\x002\x00a\x00b\x00c\0"] {
            let mut frames = Frames::default();
            frames.push(bytes);
            assert!(frames.pop().is_err(), "{}", bytes.escape_ascii());
        }
    }
}
