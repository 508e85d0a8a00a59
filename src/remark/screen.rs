//! What remark itself makes of a file, slip for slip: the separators that part slides on screen.
//!
//! Mirrors the lexer of remark 0.15: the first of its tokens at the leftmost place wins, and a separator may follow any
//! token, not only a line end. [`super::read`] goes by what authors mean; where the two differ, the author is told.

use super::marks::LONGEST_RUN;
use crate::source::Span;

/// How a file is cut on screen. Lines count from 1.
#[derive(Default)]
pub(super) struct Screen {
    /// Lines that part slides, in order.
    pub separators: Vec<usize>,
    /// What takes in more than one line, in order: no separator counts there.
    pub swallowed: Vec<Swallowed>,
}

/// A token of several lines.
pub(super) struct Swallowed {
    /// First and last line.
    pub lines: (usize, usize),
    pub fence: bool,
}

impl Screen {
    /// Whether a slide starts behind this line.
    pub fn parts(&self, line: usize) -> bool {
        self.separators.binary_search(&line).is_ok()
    }

    /// What holds this line.
    pub fn swallower(&self, line: usize) -> Option<&Swallowed> {
        let index = self.swallowed.partition_point(|swallowed| swallowed.lines.1 < line);
        self.swallowed.get(index).filter(|swallowed| swallowed.lines.0 <= line)
    }
}

/// Reads a file whose lines end with `\n` alone.
pub(super) fn read(text: &str) -> Screen {
    let (closers, sections) = (Closers::new(text), sections(text));
    Reader { text, bytes: text.as_bytes(), closers, sections, plain: 0, bracket: (0, None) }.read()
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    closers: Closers,
    /// Each bracket behind class names, and the one that closes it if all brackets are counted.
    sections: Vec<(usize, usize)>,
    /// Class names before here have no bracket behind them.
    plain: usize,
    /// The next `]` at or behind the place it was looked for, and where a definition ends whose name it closes.
    bracket: (usize, Option<usize>),
}

enum Token {
    Separator,
    Fence,
    Other,
}

impl Reader<'_> {
    fn read(mut self) -> Screen {
        let mut screen = Screen { separators: Vec::new(), swallowed: Vec::new() };
        let (mut start, mut line) = (0, 1);
        while let Some((token, span)) = self.next(start) {
            line += newlines(&self.text[start..span.start]);
            let inner = newlines(&self.text[span.range()]);
            match token {
                // The line end before a separator is part of it.
                Token::Separator => {
                    screen.separators.push(line + usize::from(self.bytes[span.start] == b'\n'));
                }
                Token::Fence | Token::Other if inner > 0 => {
                    screen.swallowed.push(Swallowed {
                        lines: (line, line + inner),
                        fence: matches!(token, Token::Fence),
                    });
                }
                _ => {}
            }
            line += inner;
            start = span.end;
        }
        screen
    }

    /// The first token at or behind `start`.
    fn next(&mut self, start: usize) -> Option<(Token, Span)> {
        let mut at = start;
        loop {
            if at == start {
                let token = if at == 0 || self.bytes[at - 1] == b'\n' {
                    self.line(at, false)
                } else {
                    self.separator(at)
                };
                if let Some((token, end)) = token {
                    return Some((token, Span::new(at, end)));
                }
            }
            let special = |byte: &u8| matches!(byte, b'\n' | b'`' | b'.' | b'\\');
            at += self.bytes.get(at..)?.iter().position(special)?;
            let end = match self.bytes[at] {
                b'\n' => {
                    if let Some((token, end)) = self.line(at + 1, true) {
                        return Some((token, Span::new(at, end)));
                    }
                    None
                }
                b'`' => self.inline_code(at),
                _ => self.section(at),
            };
            if let Some(end) = end {
                return Some((Token::Other, Span::new(at, end)));
            }
            at += 1;
        }
    }

    /// What starts with a line; `behind` tells that its line end is there to be matched.
    fn line(&mut self, at: usize, behind: bool) -> Option<(Token, usize)> {
        // Indented code needs an empty line before it, where there is anything before it.
        let code = if behind { self.bytes.get(at) == Some(&b'\n') } else { true };
        if code && let Some(end) = self.indented(at + usize::from(behind)) {
            return Some((Token::Other, end));
        }
        if let Some(end) = self.fence(at) {
            return Some((Token::Fence, end));
        }
        if let Some(end) = self.definition(at) {
            return Some((Token::Other, end));
        }
        self.separator(at)
    }

    /// `[name]: address "title"`, where the name may run over lines.
    fn definition(&mut self, at: usize) -> Option<usize> {
        let open = self.text.get(at..)?.trim_start_matches(' ').strip_prefix('[')?;
        let from = self.text.len() - open.len();
        if self.bracket.0 < from {
            let bracket = self.text[from..].find(']').map_or(self.text.len(), |skip| from + skip);
            self.bracket = (bracket, self.address(bracket));
        }
        self.bracket.1.filter(|_| self.bracket.0 > from)
    }

    /// Where a definition ends whose name ends at `bracket`.
    fn address(&self, bracket: usize) -> Option<usize> {
        let rest = self.text[bracket..].strip_prefix("]:")?;
        let line = rest.split('\n').next().unwrap_or_default();
        let address = line.trim_start_matches(' ');
        let bare = address.strip_prefix('<').filter(|bare| !bare.is_empty()).unwrap_or(address);
        let len = bare.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(bare.len());
        let after = &bare[len..];
        let after = after.strip_prefix('>').unwrap_or(after);
        let title = after.trim_matches(' ');
        let quoted = title.len() > 2 && title.starts_with(['"', '(']) && title.ends_with(['"', ')']);
        if len == 0 || !(title.is_empty() || (quoted && after.starts_with(' '))) {
            return None;
        }
        let end = self.text.len() - rest.len() + line.len();
        Some(end + self.bytes[end..].iter().take_while(|&&byte| byte == b'\n').count())
    }

    fn separator(&self, at: usize) -> Option<(Token, usize)> {
        let rest = self.text.get(at..)?;
        let alone = |mark: &str| {
            rest.strip_prefix(mark).is_some_and(|rest| rest.is_empty() || rest.starts_with('\n'))
        };
        let behind = |mark: &str| (at + mark.len() + 1).min(self.text.len());
        match () {
            () if alone("---") => Some((Token::Separator, behind("---"))),
            () if alone("--") => Some((Token::Separator, at + "--".len())),
            () if alone("???") => Some((Token::Other, behind("???"))),
            () => None,
        }
    }

    fn indented(&self, at: usize) -> Option<usize> {
        let mut end = at;
        while self.text.get(end..)?.starts_with("    ") {
            let line = self.text[end..].split('\n').next().unwrap_or_default().len();
            if line == 4 {
                break;
            }
            end += line;
            end += self.bytes[end..].iter().take_while(|&&byte| byte == b'\n').count();
        }
        (end > at).then_some(end)
    }

    fn fence(&mut self, at: usize) -> Option<usize> {
        let line = self.text.get(at..)?.split('\n').next()?;
        let body = at + line.len() + 1;
        let trimmed = line.trim_start_matches(' ');
        let tick = trimmed.bytes().next().filter(|byte| matches!(byte, b'`' | b'~'))?;
        let run = trimmed.bytes().take_while(|&byte| byte == tick).count();
        if run < 3 || body > self.text.len() {
            return None;
        }
        // Fewer ticks are tried too: those left over are then part of the language.
        for ticks in (3..=run.min(LONGEST_RUN)).rev() {
            let info = trimmed[ticks..].trim_matches(' ');
            if !info.contains(char::is_whitespace)
                && let Some(end) = self.closers.next(tick == b'~', ticks, body + 1)
            {
                let rest = &self.bytes[end..];
                let blanks = rest.iter().take_while(|&&byte| byte == b' ').count();
                return Some(end + blanks + rest[blanks..].iter().take_while(|&&byte| byte == b'\n').count());
            }
        }
        None
    }

    fn inline_code(&self, at: usize) -> Option<usize> {
        let mut chars = self.text[at + 1..].char_indices();
        chars.next().filter(|&(_, c)| c != '`')?;
        let line_end = |c: char| matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}');
        chars.take_while(|&(_, c)| !line_end(c)).find(|&(_, c)| c == '`').map(|(tick, _)| at + 1 + tick + 1)
    }

    fn section(&mut self, at: usize) -> Option<usize> {
        let start = at + usize::from(self.bytes[at] == b'\\');
        if start < self.plain {
            return None;
        }
        let mut end = start;
        while self.bytes.get(end) == Some(&b'.') {
            let name = &self.bytes[end + 1..];
            let word = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            let len = name.iter().take_while(word).count();
            if len == 0 || name[0].is_ascii_digit() {
                break;
            }
            end += 1 + len;
        }
        if end == start {
            return None;
        }
        if self.bytes.get(end) != Some(&b'[') {
            self.plain = end;
            return None;
        }
        let close = self.sections.binary_search_by_key(&end, |&(bracket, _)| bracket);
        Some(close.map_or(end + 1, |index| self.sections[index].1 + 1))
    }
}

fn newlines(text: &str) -> usize {
    text.matches('\n').count()
}

/// Brackets behind a class name, and where the count of all brackets from there comes to nothing.
fn sections(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut sections = Vec::new();
    let mut depth = 0_usize;
    let mut open: Vec<(usize, usize)> = Vec::new();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'[' => {
                depth += 1;
                if at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || matches!(bytes[at - 1], b'-' | b'_')) {
                    open.push((depth, at));
                }
            }
            b']' if depth > 0 => {
                if let Some((_, bracket)) = open.pop_if(|open| open.0 == depth) {
                    sections.push((bracket, at));
                }
                depth -= 1;
            }
            _ => {}
        }
    }
    sections.sort_unstable();
    sections
}

/// Lines that end in three ticks or tildes, or more: each may close a fence.
struct Closers {
    /// Of ticks, and of tildes: where the run ends, and its length.
    ends: [Vec<(usize, usize)>; 2],
    /// For each length, the first that was not passed yet. Fences are asked for in order.
    passed: [[usize; LONGEST_RUN + 1]; 2],
}

impl Closers {
    fn new(text: &str) -> Self {
        let mut ends = [Vec::new(), Vec::new()];
        let mut at = 0;
        for line in text.split('\n') {
            let trimmed = line.trim_end_matches(' ');
            let tick = trimmed.bytes().last().unwrap_or_default();
            let run = trimmed.bytes().rev().take_while(|&byte| byte == tick).count().min(LONGEST_RUN);
            if run >= 3 && matches!(tick, b'`' | b'~') {
                ends[usize::from(tick == b'~')].push((at + trimmed.len(), run));
            }
            at += line.len() + 1;
        }
        Self { ends, passed: [[0; LONGEST_RUN + 1]; 2] }
    }

    /// The end of the first run of `ticks` that closes a line and starts at `from` or behind.
    fn next(&mut self, tilde: bool, ticks: usize, from: usize) -> Option<usize> {
        let passed = &mut self.passed[usize::from(tilde)][ticks];
        let ends = &self.ends[usize::from(tilde)];
        while ends.get(*passed).is_some_and(|&(end, run)| run < ticks || end - ticks < from) {
            *passed += 1;
        }
        ends.get(*passed).map(|&(end, _)| end)
    }
}
