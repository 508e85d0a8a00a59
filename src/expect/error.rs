//! Why a text cannot be an expectation, and at which place in it.

use super::mode;

/// Why a text cannot be an expectation.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// Nothing is promised.
    #[error("there is no text to look for")]
    Empty,
    /// The mode's name is not known.
    #[error("{0:?} is no way to compare; there are {known}", known = mode::NAMES.join(", "))]
    Mode(String),
    /// `json` without JSON.
    #[error("the text is not JSON: {message}")]
    Json {
        /// What the parser says.
        message: String,
        /// Where: line and column of the text, from 1.
        place: (usize, usize),
    },
    /// `regex` without a regular expression.
    #[error("the text is not a regular expression: {message}")]
    Regex {
        /// What is wrong.
        message: String,
        /// Where: the column, from 1, of a text of one line.
        column: Option<usize>,
    },
    /// Wildcards in a text that fits on no slide.
    #[error("the text is too long to hold wildcards")]
    Long,
    /// A line in `lines` that begins with neither `+` nor `-`.
    #[error("a line of `lines` begins with + (wanted) or - (unwanted), and {text:?} does not")]
    Sign {
        /// The line.
        text: String,
        /// Which, from 1.
        line: usize,
    },
    /// A name that is captured in two places.
    #[error("`{0}` is captured twice in one text; a check further down may recall it as [={0}]")]
    Twice(String),
    /// A name that is captured from nothing.
    #[error("`{0}` cannot be captured from what must not come")]
    Absent(String),
    /// `table` without a row.
    #[error("a table has a line with the names of its columns, and rows below it")]
    Rows,
    /// A key that is no column.
    #[error("the table has no column {key:?}; it has {columns}")]
    Key {
        /// As given.
        key: String,
        /// Those that there are.
        columns: String,
    },
    /// A term that says nothing in this mode.
    #[error("{0}")]
    Term(&'static str),
}

impl Error {
    pub(super) fn regex(error: &regex::Error) -> Self {
        let (message, column) = regex_error(error);
        Self::Regex { message, column }
    }

    pub(super) fn json(error: &serde_json::Error) -> Self {
        // The place is said beside the text, not in the sentence.
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default().to_owned();
        Self::Json { message, place: (error.line(), error.column()) }
    }

    /// Whether the text should be JSON and is not.
    #[must_use]
    pub fn is_json(&self) -> bool {
        matches!(self, Self::Json { .. })
    }

    /// Where in the text it is wrong: line and column, from 1; the column in bytes.
    #[must_use]
    pub fn place(&self) -> Option<(usize, usize)> {
        match self {
            Self::Json { place: (line, column), .. } => Some((*line, (*column).max(1))),
            Self::Regex { column, .. } => column.map(|column| (1, column)),
            Self::Sign { line, .. } => Some((*line, 1)),
            _ => None,
        }
    }
}

/// What is wrong with a regular expression, in a few words, and at which byte, from 1.
pub(super) fn regex_error(error: &regex::Error) -> (String, Option<usize>) {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default().trim();
    // Of an expression on one line the parser draws the place: four blanks, then a caret below it.
    let caret = text.lines().find(|line| line.trim_start().starts_with('^')).and_then(|line| line.find('^'));
    let drawn = text.lines().nth(1).unwrap_or_default();
    let column = caret.map(|at| drawn.chars().take(at).map(char::len_utf8).sum::<usize>() + 1);
    (last.strip_prefix("error: ").unwrap_or(last).to_owned(), column.and_then(|column| column.checked_sub(4)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_expression_is_pointed_at() {
        for (source, said, column) in [
            ("a(b", "unclosed group", Some(2)),
            ("é[z-a]", "invalid character class range", Some(4)),
            ("(?x)\n(", "unclosed group", None),
        ] {
            let error = regex::Regex::new(source).unwrap_err();
            let (message, at) = regex_error(&error);
            assert!(message.contains(said), "{message}");
            if column.is_some() {
                assert_eq!(at, column, "{error}");
            }
        }
    }
}
