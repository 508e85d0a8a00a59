//! What a promise says besides its mode and its text: where it must come, what of it does not count, which wildcards
//! there are.

use std::fmt;
use std::str::FromStr;

use super::{Error, Mode, Output, Path, Wildcards};

/// What a promise says besides its mode and its text.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// Where it must come; none: wherever the mode looks.
    pub stream: Option<Stream>,
    /// Places in JSON that do not count.
    pub ignore: Vec<Path>,
    /// The column that tells the rows of a table apart; none: the first.
    pub key: Option<String>,
    /// The wildcards that the text may hold.
    pub wildcards: Wildcards,
}

/// What a command prints to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// The two as one text, errors first.
    Both,
    /// What a terminal shows.
    Screen,
}

impl Terms {
    /// Whether they mean something in this mode.
    pub(super) fn fit(&self, mode: Mode) -> Result<(), Error> {
        if !self.ignore.is_empty() && !matches!(mode, Mode::Json(_)) {
            return Err(Error::Term("ignore=PATH is for `json`"));
        }
        if self.key.is_some() && mode != Mode::Table {
            return Err(Error::Term("key=COLUMN is for `table`"));
        }
        Ok(())
    }

    /// What of an output is heard; `joined` holds the two streams where they are heard as one.
    pub(super) fn heard<'a>(&self, output: &Output<'a>, joined: &'a mut String) -> Output<'a> {
        let stdout = match self.stream {
            None => return *output,
            Some(Stream::Stdout | Stream::Screen) => output.stdout,
            Some(Stream::Stderr) => output.stderr,
            Some(Stream::Both) => {
                *joined = [output.stderr, output.stdout]
                    .map(|text| text.trim_end_matches(['\n', '\r']))
                    .into_iter()
                    .filter(|text| !text.is_empty())
                    .collect::<Vec<_>>()
                    .join("\n");
                joined
            }
        };
        Output { stdout, stderr: "", homes: output.homes }
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
            Self::Both => "both",
            Self::Screen => "screen",
        })
    }
}

impl FromStr for Stream {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Self::Stdout, Self::Stderr, Self::Both, Self::Screen];
        all.into_iter()
            .find(|stream| stream.to_string() == text)
            .ok_or_else(|| format!("`{text}` is no stream: there are stdout, stderr, both and screen"))
    }
}
