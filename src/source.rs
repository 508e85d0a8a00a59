//! A deck's text: its bytes, spans into it, and the lines that people count. Knows nothing of slides.
//!
//! Spans are byte offsets into the file as it is on disk: a byte order mark is part of [`Source::text`] but stands
//! before [`Source::start`], and `\r\n` line ends stay; [`Source::unix`] gives a text without the `\r`.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The largest deck that is read, in bytes: 64 MiB, a few hundred times the longest deck ever shown.
pub const MAX_BYTES: u64 = 64 << 20;

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A range of bytes in one [`Source`], end excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The span from `start` to `end`.
    #[must_use]
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The same as a range, for slicing.
    #[must_use]
    pub const fn range(self) -> Range<usize> {
        self.start..self.end
    }

    /// Whether it holds no byte.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.start >= self.end
    }

    /// Whether `other` lies within this span.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// A place that people can open: line and column, both from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// Why a file cannot be a deck.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Nothing of that name.
    #[error("{}: no such file", path.display())]
    NotFound {
        /// As given.
        path: PathBuf,
    },
    /// A folder.
    #[error("{}: is a directory, not a deck", path.display())]
    Directory {
        /// As given.
        path: PathBuf,
    },
    /// Larger than [`MAX_BYTES`].
    #[error("{}: larger than {} MiB, the most that a deck may be", path.display(), MAX_BYTES >> 20)]
    TooLarge {
        /// As given.
        path: PathBuf,
    },
    /// Bytes that are no UTF-8.
    #[error("{}:{place}: byte 0x{byte:02x} is not UTF-8; save the deck as UTF-8", path.display())]
    NotUtf8 {
        /// As given.
        path: PathBuf,
        /// Of the first byte that is wrong.
        place: Place,
        /// That byte.
        byte: u8,
    },
    /// A NUL byte: no text file has one.
    #[error("{}:{place}: a NUL byte; a deck is a text file", path.display())]
    Nul {
        /// As given.
        path: PathBuf,
        /// Of the first NUL.
        place: Place,
    },
    /// The system refused.
    #[error("{}: cannot be read", path.display())]
    Io {
        /// As given.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The text of one deck, with the name it was given on the command line.
#[derive(Clone, Debug)]
pub struct Source {
    path: PathBuf,
    text: String,
    /// Where each line starts.
    lines: Vec<usize>,
}

impl Source {
    /// Wraps `text`; `path` is what messages call it.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        let text = text.into();
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { path: path.into(), text, lines }
    }

    /// Reads a deck from disk.
    ///
    /// # Errors
    /// When there is no such file, or it is no UTF-8 text without NUL of at most [`MAX_BYTES`].
    pub fn read(path: impl AsRef<Path>) -> Result<Self, ReadError> {
        let path = path.as_ref().to_path_buf();
        let mut bytes = Vec::new();
        let read =
            std::fs::File::open(&path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes));
        if let Err(source) = read {
            return Err(match source.kind() {
                io::ErrorKind::NotFound => ReadError::NotFound { path },
                io::ErrorKind::IsADirectory => ReadError::Directory { path },
                _ => ReadError::Io { path, source },
            });
        }
        Self::from_bytes(path, bytes)
    }

    /// A deck from the bytes of a file.
    ///
    /// # Errors
    /// As [`Source::read`], but for what only a disk can do.
    pub fn from_bytes(path: impl Into<PathBuf>, bytes: Vec<u8>) -> Result<Self, ReadError> {
        let path = path.into();
        if bytes.len() as u64 > MAX_BYTES {
            return Err(ReadError::TooLarge { path });
        }
        let source = match String::from_utf8(bytes) {
            Ok(text) => Self::new(path, text),
            Err(error) => {
                let good = error.utf8_error().valid_up_to();
                let byte = error.as_bytes()[good];
                let before = String::from_utf8_lossy(&error.as_bytes()[..good]);
                let place = Self::new(&path, before).place(good);
                return Err(ReadError::NotUtf8 { path, place, byte });
            }
        };
        match source.text.find('\0') {
            Some(at) => Err(ReadError::Nul { place: source.place(at), path: source.path }),
            None => Ok(source),
        }
    }

    /// The name that messages use.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The whole text, a byte order mark included.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the deck starts: after the byte order mark, if there is one.
    #[must_use]
    pub fn start(&self) -> usize {
        if self.text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 }
    }

    /// The text of a span, as written.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        &self.text[span.range()]
    }

    /// The text of a span with `\n` for line ends.
    #[must_use]
    pub fn unix(&self, span: Span) -> Cow<'_, str> {
        let text = self.slice(span);
        if text.contains("\r\n") { text.replace("\r\n", "\n").into() } else { text.into() }
    }

    /// The line, from 1, that holds the byte at `offset`.
    #[must_use]
    pub fn line(&self, offset: usize) -> usize {
        self.lines.partition_point(|&start| start <= offset)
    }

    /// Line and column of the byte at `offset`.
    #[must_use]
    pub fn place(&self, offset: usize) -> Place {
        let line = self.line(offset);
        let start = self.lines[line - 1].max(self.start()).min(offset);
        Place { line, column: self.text[start..offset].chars().count() + 1 }
    }

    /// The span of a line, from 1, without its line end.
    #[must_use]
    pub fn line_span(&self, line: usize) -> Span {
        let start = self.lines[line - 1];
        let end = self.lines.get(line).map_or(self.text.len(), |&next| next);
        Span::new(start, start + self.text[start..end].trim_end_matches(['\n', '\r']).len())
    }

    /// Where the line that holds `offset` starts.
    #[must_use]
    pub fn line_start(&self, offset: usize) -> usize {
        self.lines[self.line(offset) - 1]
    }

    /// The span of the line that holds `offset`, without its line end.
    #[must_use]
    pub fn line_at(&self, offset: usize) -> Span {
        self.line_span(self.line(offset))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(bytes: &[u8]) -> String {
        Source::from_bytes("deck.md", bytes.to_vec()).expect_err("refused").to_string()
    }

    #[test]
    fn places_count_lines_and_characters_and_no_byte_order_mark() {
        let source = Source::new("deck.md", "\u{feff}é🦀x\r\ny\n");
        let at = |what: &str| source.place(source.text().find(what).expect("there")).to_string();
        assert_eq!([at("é"), at("🦀"), at("x"), at("y")], ["1:1", "1:2", "1:3", "2:1"]);
        assert_eq!(source.place(0).to_string(), "1:1");
        assert_eq!(source.place(source.text().len()).to_string(), "3:1");
        assert_eq!(source.slice(source.line_span(1)), "\u{feff}é🦀x");
        assert_eq!(source.slice(source.line_at(source.text().find('y').expect("there"))), "y");
        assert_eq!(source.slice(source.line_span(3)), "");
    }

    #[test]
    fn what_is_no_text_is_refused_with_its_place() {
        assert_eq!(refused(b"a\nb\xffc"), "deck.md:2:2: byte 0xff is not UTF-8; save the deck as UTF-8");
        assert_eq!(
            refused("é\n\u{e9}".as_bytes().get(..4).expect("cut")),
            "deck.md:2:1: byte 0xc3 is not UTF-8; save the deck as UTF-8"
        );
        assert_eq!(refused(b"a\nbc\0\n"), "deck.md:2:3: a NUL byte; a deck is a text file");
    }

    #[test]
    fn files_that_cannot_be_decks_are_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let read = |name: &str| Source::read(folder.path().join(name)).expect_err("refused");
        assert!(matches!(read("missing.md"), ReadError::NotFound { .. }));
        assert!(matches!(read("."), ReadError::Directory { .. }));
        let large = std::fs::File::create(folder.path().join("large.md")).expect("created");
        large.set_len(MAX_BYTES + 1).expect("grown");
        let error = read("large.md");
        assert!(matches!(error, ReadError::TooLarge { .. }), "{error}");
        assert!(
            error.to_string().ends_with("large.md: larger than 64 MiB, the most that a deck may be"),
            "{error}"
        );
        let under_a_file = read("large.md/deck.md");
        assert!(matches!(under_a_file, ReadError::Io { .. }), "{under_a_file}");
    }

    #[test]
    fn an_empty_file_is_read() {
        let source = Source::from_bytes("deck.md", Vec::new()).expect("read");
        assert_eq!((source.line(0), source.start()), (1, 0));
    }
}
