//! The one place that calls brush-parser: text in, its tree or a [`Problem`] out. Guards the parser against what it
//! cannot bear (it recurses, and backtracks over unclosed parentheses), and turns its positions, which count
//! characters, into bytes.

use std::borrow::Cow;
use std::sync::LazyLock;

use brush_parser::ast::{
    Command, CommandPrefixOrSuffixItem, CompoundList, IoFileRedirectTarget, IoRedirect, Program,
    SourceLocation as _, Word,
};
use brush_parser::{ParseError, Parser, ParserOptions, SourcePosition, SourceSpan, TokenizerError};
use regex::{Captures, Regex};

use super::Problem;

/// Nobody writes these by hand; beyond them the parser would run out of stack, or of time.
const MAX_BYTES: usize = 1 << 20;
const MAX_EXPANSIONS: usize = 100;
const MAX_COMPOUNDS: usize = 25;
const MAX_PREFIXES: usize = 25;
const MAX_PARENTHESES: usize = 10;

/// The tree of a script.
pub(super) fn parse(text: &str) -> Result<Program, Problem> {
    bearable(text)?;
    Parser::new(known(text).as_bytes(), &ParserOptions::default())
        .parse_program()
        .map_err(|error| problem(text, &error))
}

/// The text with the two loops that the parser does not know, `select` and `for ((;;))`, written as others of the same
/// length.
fn known(text: &str) -> Cow<'_, str> {
    static SELECT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?m)(?P<before>^\s*|[;&|({]\s*|\b(?:do|then|else)\s+)select(?P<name>\s+[A-Za-z_]\w*\s*(?:\sin\b|\sdo\b|;))")
            .expect("a constant pattern")
    });
    static FOREVER: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\bfor\s*\(\(\s*;\s*;\s*\)\)").expect("a constant pattern"));
    let padded = |found: &Captures<'_>| format!("{:<1$}", "while :", found[0].len());
    match SELECT.replace_all(text, "${before}for   ${name}") {
        Cow::Borrowed(text) => FOREVER.replace_all(text, padded),
        Cow::Owned(text) => Cow::Owned(FOREVER.replace_all(&text, padded).into_owned()),
    }
}

/// A byte near the start of each of a script's commands, on its first line as a rule.
pub(super) fn starts(text: &str, commands: &[CompoundList]) -> Vec<Option<usize>> {
    let mut bytes = Bytes::new(text);
    commands.iter().map(|list| location(list).map(|span| bytes.of(span.start.index))).collect()
}

/// The tree has no places for redirections: a command that begins with one begins at its target.
fn location(list: &CompoundList) -> Option<SourceSpan> {
    let command = list.0.first()?.0.first.seq.first();
    if let Some(Command::Simple(simple)) = command
        && let Some(CommandPrefixOrSuffixItem::IoRedirect(redirect)) =
            simple.prefix.as_ref().and_then(|prefix| prefix.0.first())
    {
        return target(redirect).and_then(Word::location);
    }
    list.0.first()?.0.first.location()
}

/// The word that a redirection names, if it names one.
pub(super) fn target(redirect: &IoRedirect) -> Option<&Word> {
    match redirect {
        IoRedirect::File(
            _,
            _,
            IoFileRedirectTarget::Filename(word) | IoFileRedirectTarget::Duplicate(word),
        )
        | IoRedirect::OutputAndError(word, _)
        | IoRedirect::HereString(_, word) => Some(word),
        IoRedirect::HereDocument(_, document) => Some(&document.here_end),
        IoRedirect::File(..) => None,
    }
}

/// Turns character indices into byte indices; linear over a rising sequence.
struct Bytes<'a> {
    text: &'a str,
    character: usize,
    byte: usize,
}

impl<'a> Bytes<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, character: 0, byte: 0 }
    }

    fn of(&mut self, character: usize) -> usize {
        if character < self.character {
            (self.character, self.byte) = (0, 0);
        }
        let rest = &self.text[self.byte..];
        let step = rest.char_indices().nth(character - self.character).map_or(rest.len(), |(at, _)| at);
        self.byte += step;
        self.character = character;
        self.byte
    }
}

/// Refuses what would take the parser down: each limit is far above what a slide holds.
fn bearable(text: &str) -> Result<(), Problem> {
    let refuse = |at, message: &str| Err(Problem { at, message: message.to_owned() });
    if text.len() > MAX_BYTES {
        return refuse(MAX_BYTES, "the block is longer than 1 MiB");
    }
    if let Some(at) = text.find('\0') {
        return refuse(at, "a NUL byte cannot be typed");
    }
    let bytes = text.as_bytes();
    let (mut open, mut braces, mut compounds, mut digits) = (Vec::new(), 0_usize, 0_usize, 0_usize);
    let (mut expansions, mut parentheses) = (0_usize, 0_usize);
    let (mut prefixes, mut word) = (0_usize, 0);
    for (at, &byte) in bytes.iter().enumerate() {
        let expands = at > 0 && bytes[at - 1] == b'$';
        match byte {
            b'(' => {
                open.push(expands);
                *(if expands { &mut expansions } else { &mut parentheses }) += 1;
            }
            b')' => match open.pop() {
                Some(true) => expansions -= 1,
                Some(false) => parentheses -= 1,
                None => {}
            },
            b'{' | b'[' if expands => braces += 1,
            b'}' | b']' => braces = braces.saturating_sub(1),
            b'<' | b'>' if digits > 9 => return refuse(at, "this number of a file descriptor is too long"),
            _ => {}
        }
        digits = if byte.is_ascii_digit() { digits + 1 } else { 0 };
        if byte.is_ascii_whitespace() || matches!(byte, b';' | b'&' | b'|') {
            let before = prefixes;
            prefixes = 0;
            match &bytes[word..at] {
                b"if" | b"while" | b"until" | b"for" | b"case" | b"{" => compounds += 1,
                b"fi" | b"done" | b"esac" | b"}" => compounds = compounds.saturating_sub(1),
                b"!" | b"coproc" => prefixes = before + 1,
                b"" => prefixes = before,
                _ => {}
            }
            word = at + 1;
        }
        let deep = expansions + braces > MAX_EXPANSIONS
            || compounds > MAX_COMPOUNDS
            || prefixes > MAX_PREFIXES
            || parentheses > MAX_PARENTHESES;
        if deep {
            return refuse(at, "this is nested too deeply");
        }
    }
    Ok(())
}

fn problem(text: &str, error: &ParseError) -> Problem {
    let byte = |position: &SourcePosition| Bytes::new(text).of(position.index);
    match error {
        ParseError::ParsingNear(position) => {
            let at = byte(position);
            let found = text[at..].split_whitespace().next().unwrap_or_default();
            Problem { at, message: format!("bash does not expect `{found}` here") }
        }
        ParseError::ParsingAtEndOfInput => {
            Problem { at: text.trim_end().len(), message: "something is still open at the end".to_owned() }
        }
        ParseError::Tokenizing { inner, position } => {
            let end = position.as_ref().map_or(text.len(), byte);
            let (at, message) = match inner {
                TokenizerError::UnterminatedSingleQuote(from)
                | TokenizerError::UnterminatedAnsiCQuote(from) => {
                    (byte(from), "this quote `'` is not closed")
                }
                TokenizerError::UnterminatedDoubleQuote(from) => {
                    (byte(from), "this quote `\"` is not closed")
                }
                TokenizerError::UnterminatedBackquote(from) => (byte(from), "this backquote is not closed"),
                TokenizerError::UnterminatedHereDocuments(..) => {
                    (end, "the here-document has no closing line")
                }
                TokenizerError::UnterminatedVariable => (end, "a `${` is not closed"),
                TokenizerError::UnterminatedCommandSubstitution | TokenizerError::UnterminatedExpansion => {
                    (end, "a `$(` is not closed")
                }
                TokenizerError::UnterminatedEscapeSequence => (end, "nothing follows the last backslash"),
                TokenizerError::UnterminatedExtendedGlob(_) => (end, "a `(` of a pattern is not closed"),
                _ => (end, "bash cannot read this"),
            };
            Problem { at: at.min(text.len()), message: message.to_owned() }
        }
    }
}
