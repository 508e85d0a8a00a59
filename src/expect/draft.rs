//! A promised line written as a regular expression: its wildcards, and in `like` its volatile tokens, as what may come in
//! their place.

use std::fmt::Write as _;

use super::like::{self, tokens};
use super::wildcard::{Piece, Wildcards};

/// A regular expression in the making.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    /// The expression so far.
    pub source: String,
    /// What it is found by where nothing in it may differ.
    pub literal: String,
    /// Whether anything may.
    pub differs: bool,
    /// Volatile tokens, as promised, with the name of their kind; the group of the first is `t.0`.
    pub tokens: Vec<(String, &'static str)>,
    /// Names that are captured, each the name of its group.
    pub captures: Vec<String>,
    /// Whether wildcards go over line ends.
    pub across: bool,
    /// What it begins with, and ends with.
    pub ends: Option<(End, End)>,
}

/// What an end of a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// This character.
    Char(char),
    /// A word of some kind.
    Kind,
    /// Anything that is captured.
    Capture,
    /// Anything.
    Any,
}

impl Draft {
    /// Appends a line.
    pub(super) fn line(&mut self, line: &str, volatile: bool, wildcards: &Wildcards) {
        for piece in wildcards.pieces(line, volatile) {
            match piece {
                Piece::Text(text) if volatile => self.volatile(text),
                Piece::Text(text) | Piece::Literal(text) => self.text(text),
                Piece::Any | Piece::Recall(None) => {
                    self.special(if self.across { "(?s:.*?)" } else { like::ANY }, End::Any);
                }
                Piece::Recall(Some(value)) => self.text(value),
                Piece::Kind(source) => self.special(&format!("(?:{source})"), End::Kind),
                Piece::Capture(name, source) => {
                    let end = if source.is_some() { End::Kind } else { End::Capture };
                    let any = if self.across { "(?s:.+?)" } else { r"[^\n]+?" };
                    self.captures.push(name.to_owned());
                    self.special(&format!("(?<{name}>{})", source.unwrap_or(any)), end);
                }
            }
        }
    }

    /// Appends what stands between lines.
    pub(super) fn line_end(&mut self, source: &str) {
        self.source.push_str(source);
        self.literal.push('\n');
        self.differs |= source != "\n";
    }

    /// A text whose volatile tokens may differ.
    fn volatile(&mut self, text: &str) {
        let mut from = 0;
        for (range, kind) in tokens(text) {
            self.text(&text[from..range.start]);
            let token = &text[range.clone()];
            let (first, last) = (token.chars().next(), token.chars().next_back());
            self.begins(first.map_or(End::Any, End::Char));
            let comes = kind.comes(token);
            if kind.name.is_empty() {
                let _ = write!(self.source, "(?:{comes})");
            } else {
                let _ = write!(self.source, "(?<t.{}>{comes})", self.tokens.len());
                self.tokens.push((token.to_owned(), kind.name));
            }
            self.differs = true;
            self.finishes(last.map_or(End::Any, End::Char));
            from = range.end;
        }
        self.text(&text[from..]);
    }

    fn text(&mut self, text: &str) {
        let (Some(first), Some(last)) = (text.chars().next(), text.chars().next_back()) else { return };
        self.begins(End::Char(first));
        self.source.push_str(&regex::escape(text));
        self.literal.push_str(text);
        self.finishes(End::Char(last));
    }

    fn special(&mut self, source: &str, end: End) {
        self.begins(end);
        self.source.push_str(source);
        self.differs = true;
        self.finishes(end);
    }

    fn begins(&mut self, end: End) {
        self.ends.get_or_insert((end, end));
    }

    fn finishes(&mut self, end: End) {
        if let Some((_, last)) = &mut self.ends {
            *last = end;
        }
    }
}
