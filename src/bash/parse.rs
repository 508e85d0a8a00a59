//! The one place that calls brush-parser: text in, its tree or a [`Problem`] out. Guards the parser against what it
//! cannot bear (it recurses, and backtracks over unclosed parentheses), and turns its positions, which count
//! characters, into bytes.

use std::borrow::Cow;
use std::sync::LazyLock;
use std::thread;

use brush_parser::ast::{
    Command, CommandPrefixOrSuffixItem, CompoundList, IoFileRedirectTarget, IoRedirect, Program,
    SourceLocation as _, Word,
};
use brush_parser::{
    ParseError, ParserOptions, SourcePosition, SourceSpan, Token, TokenizerError, parse_tokens,
    uncached_tokenize_str,
};
use regex::{Captures, Regex};

use super::Problem;

/// Nobody writes these by hand; beyond them the parser would run out of time, or of stack.
const MAX_BYTES: usize = 1 << 20;
const MAX_EXPANSIONS: usize = 2000;
const MAX_COMPOUNDS: usize = 25;
const MAX_PARENTHESES: usize = 10;
const MAX_PREFIXES: usize = 25;
/// The parser takes a number before `<` or `>` for a descriptor, and panics on one that is none.
const MAX_DIGITS: usize = 9;
/// The tokenizer calls itself for each expansion in another, and takes so much stack, generously, for each.
const STACK: usize = 32 << 10;
/// So many fit on any stack.
const FEW_EXPANSIONS: usize = 40;

/// The tree of a script.
pub(super) fn parse(text: &str) -> Result<Program, Problem> {
    let expansions = typable(text)?;
    let tokens = if expansions <= FEW_EXPANSIONS { tokens(text) } else { roomy(text, expansions) }?;
    bearable(text, &tokens)?;
    parse_tokens(&tokens, &ParserOptions::default()).map_err(|error| problem(text, &error))
}

fn tokens(text: &str) -> Result<Vec<Token>, Problem> {
    uncached_tokenize_str(&known(text), &ParserOptions::default().tokenizer_options())
        .map_err(|error| unreadable(text, &error))
}

/// The same on a stack that has room even if all expansions stand in each other.
fn roomy(text: &str, expansions: usize) -> Result<Vec<Token>, Problem> {
    let builder = thread::Builder::new().stack_size((expansions + FEW_EXPANSIONS) * STACK);
    let came = thread::scope(|scope| builder.spawn_scoped(scope, || tokens(text)).ok()?.join().ok());
    came.unwrap_or_else(|| refuse(0, "there is no memory to read so many expansions"))
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
    if !text.contains("select") && !text.contains("((") {
        return Cow::Borrowed(text);
    }
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

/// How many expansions a text holds at most; refuses what cannot be typed, or is too much.
fn typable(text: &str) -> Result<usize, Problem> {
    if text.len() > MAX_BYTES {
        return refuse(MAX_BYTES, "the block is longer than 1 MiB");
    }
    if let Some(at) = text.find('\0') {
        return refuse(at, "a NUL byte cannot be typed");
    }
    let mut expansions = 0;
    for (at, pair) in text.as_bytes().windows(2).enumerate() {
        expansions += usize::from(pair[0] == b'$' && matches!(pair[1], b'(' | b'{' | b'['));
        if expansions > MAX_EXPANSIONS {
            return refuse(at, "the block holds more than 2000 expansions");
        }
    }
    Ok(expansions)
}

/// Refuses what would take the parser down. What opens is counted wherever it may open, what closes only where it does.
fn bearable(text: &str, tokens: &[Token]) -> Result<(), Problem> {
    let (mut parentheses, mut compounds, mut prefixes) = (0_usize, 0_usize, 0_usize);
    let mut first = true;
    for (index, token) in tokens.iter().enumerate() {
        let at = || Bytes::new(text).of(token.location().start.index);
        match token {
            Token::Operator(operator, _) => {
                match operator.as_str() {
                    "(" => parentheses += 1,
                    ")" => parentheses = parentheses.saturating_sub(1),
                    _ => {}
                }
                (first, prefixes) = (true, 0);
            }
            Token::Word(word, _) => {
                let descriptor = matches!(tokens.get(index + 1), Some(Token::Operator(next, _)) if next.starts_with(['<', '>']));
                if descriptor && word.len() > MAX_DIGITS && word.bytes().all(|byte| byte.is_ascii_digit()) {
                    return refuse(at(), "this number of a file descriptor is too long");
                }
                match word.as_str() {
                    "if" | "while" | "until" | "for" | "case" if first => compounds += 1,
                    "{" | "coproc" => compounds += 1,
                    "fi" | "done" | "esac" | "}" if first => compounds = compounds.saturating_sub(1),
                    "!" => prefixes += 1,
                    _ => {}
                }
                let opens = matches!(
                    word.as_str(),
                    "if" | "then"
                        | "elif"
                        | "else"
                        | "while"
                        | "until"
                        | "do"
                        | "{"
                        | "!"
                        | "coproc"
                        | "time"
                );
                first = first && opens;
            }
        }
        if compounds > MAX_COMPOUNDS || prefixes > MAX_PREFIXES || parentheses > MAX_PARENTHESES {
            return refuse(at(), "this is nested too deeply");
        }
    }
    Ok(())
}

fn refuse<T>(at: usize, message: &str) -> Result<T, Problem> {
    Err(Problem { at, message: message.to_owned() })
}

fn problem(text: &str, error: &ParseError) -> Problem {
    match error {
        ParseError::ParsingNear(position) => {
            let at = Bytes::new(text).of(position.index);
            let found = text[at..].split_whitespace().next().unwrap_or_default();
            Problem { at, message: format!("bash does not expect `{found}` here") }
        }
        ParseError::ParsingAtEndOfInput => {
            Problem { at: text.trim_end().len(), message: "something is still open at the end".to_owned() }
        }
        ParseError::Tokenizing { inner, .. } => unreadable(text, inner),
    }
}

fn unreadable(text: &str, error: &TokenizerError) -> Problem {
    let byte = |position: &SourcePosition| Bytes::new(text).of(position.index);
    let end = text.len();
    let (at, message) = match error {
        TokenizerError::UnterminatedSingleQuote(from) | TokenizerError::UnterminatedAnsiCQuote(from) => {
            (byte(from), "this quote `'` is not closed")
        }
        TokenizerError::UnterminatedDoubleQuote(from) => (byte(from), "this quote `\"` is not closed"),
        TokenizerError::UnterminatedBackquote(from) => (byte(from), "this backquote is not closed"),
        TokenizerError::UnterminatedHereDocuments(..) => (end, "the here-document has no closing line"),
        TokenizerError::UnterminatedVariable => (end, "a `${` is not closed"),
        TokenizerError::UnterminatedCommandSubstitution | TokenizerError::UnterminatedExpansion => {
            (end, "a `$(` is not closed")
        }
        TokenizerError::UnterminatedEscapeSequence => (end, "nothing follows the last backslash"),
        TokenizerError::UnterminatedExtendedGlob(_) => (end, "a `(` of a pattern is not closed"),
        _ => (end, "bash cannot read this"),
    };
    Problem { at: at.min(end), message: message.to_owned() }
}
