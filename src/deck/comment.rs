//! What a comment says: directives in each of their forms, and fenced blocks that learners do not see.

use super::{Block, Directive, Item};
use crate::diagnostic::{Diagnostic, codes, nearest};
use crate::source::{Source, Span};

/// The words that a directive may start with.
pub const KNOWN_WORDS: &[&str] = &[
    "bash",
    "hide",
    "wait",
    "longwait",
    "key",
    "keys",
    "copy",
    "paste",
    "copypaste",
    "check",
    "open",
    "tmux",
    "expect",
    "fails",
    "skip",
    "allow",
];

/// So that a search in vain is made for few lengths only.
const LONGEST_RUN: usize = 16;

/// Reads all that three ticks or more fence between `<!--` and `-->`; prose around it is left alone.
pub(super) fn read(source: &Source, inner: Span) -> (Vec<Item>, Vec<Diagnostic>) {
    let mut items = Vec::new();
    let mut diagnostics = Vec::new();
    let mut at = inner.start;
    let mut line = Span::new(inner.start, inner.start);
    while let Some(opening) = Opening::next(source, Span::new(at, inner.end), &mut line) {
        let known = KNOWN_WORDS.contains(&source.slice(opening.word));
        if let Some(close) = opening.close_on_its_line(source) {
            if !opening.word.is_empty() {
                items.push(Item::Directive(opening.one_line(source, close)));
            }
            at = close.end;
        } else if let Some(close) = opening.close_below(source, inner.end) {
            let body = Span::new(opening.next_line, source.line_start(close.start).max(opening.next_line));
            let alone = source.slice(Span::new(body.end.min(close.start), close.start)).trim().is_empty();
            let body = if alone { body } else { Span::new(body.start, close.start) };
            items.push(if known && source.slice(opening.word) != "bash" {
                Item::Directive(opening.many_lines(source, body, close))
            } else {
                Item::Block(opening.block(source, body, close))
            });
            at = close.end;
        } else {
            if known {
                diagnostics.push(unclosed(source, &opening));
            }
            at = opening.word.end.max(opening.ticks.end);
        }
    }
    (items, diagnostics)
}

/// Three ticks or more with a word behind them.
struct Opening {
    ticks: Span,
    word: Span,
    line_end: usize,
    next_line: usize,
}

impl Opening {
    /// The first in a part of a comment; `line` is the one that was looked at last.
    fn next(source: &Source, within: Span, line: &mut Span) -> Option<Self> {
        let ticks = ticks(source.text(), within, 3)?;
        if line.end < ticks.end {
            let rest = source.slice(Span::new(ticks.end, within.end));
            *line = Span::new(ticks.end, rest.find('\n').map_or(within.end, |at| ticks.end + at + 1));
        }
        let rest = source.slice(Span::new(ticks.end, line.end));
        // A word that labrun knows may stand behind blanks; other words there are prose.
        let behind = rest.trim_start_matches([' ', '\t']);
        let blanks = if KNOWN_WORDS.contains(&first_word(behind)) { rest.len() - behind.len() } else { 0 };
        let word = Span::new(ticks.end + blanks, ticks.end + blanks + first_word(&rest[blanks..]).len());
        let line_end = line.end - usize::from(rest.ends_with('\n'));
        Some(Self {
            ticks,
            word,
            line_end: line_end - usize::from(source.text()[..line_end].ends_with('\r')),
            next_line: line.end,
        })
    }

    /// The ticks that it takes to close it. Runs longer than any that people write count as shorter ones.
    fn run(&self) -> usize {
        (self.ticks.end - self.ticks.start).min(LONGEST_RUN)
    }

    fn close_on_its_line(&self, source: &Source) -> Option<Span> {
        let found = ticks(source.text(), Span::new(self.word.end, self.line_end), self.run())?;
        Some(Span::new(found.end - self.run(), found.end))
    }

    /// The ticks that close it on a later line: before the next line that opens something.
    fn close_below(&self, source: &Source, end: usize) -> Option<Span> {
        let found = ticks(source.text(), Span::new(self.next_line, end), self.run())?;
        let before = source.slice(Span::new(source.line_start(found.start).max(self.next_line), found.start));
        let after = source.text()[found.end..end].chars().next();
        let opens = before.trim().is_empty() && after.is_some_and(char::is_alphanumeric);
        (!opens).then_some(found)
    }

    /// Where the data starts on the word's own line: behind one blank.
    fn data_start(&self, source: &Source) -> usize {
        let blank = source.text()[self.word.end..self.line_end].starts_with([' ', '\t']);
        self.word.end + usize::from(blank)
    }

    fn one_line(&self, source: &Source, close: Span) -> Directive {
        let data = Span::new(self.data_start(source), close.start);
        self.directive(source, data, None, close)
    }

    fn many_lines(&self, source: &Source, body: Span, close: Span) -> Directive {
        let start = self.data_start(source);
        let own_line = !source.slice(Span::new(start, self.line_end)).trim().is_empty();
        let start = if own_line { start } else { body.start };
        let end = start + source.slice(Span::new(start, body.end)).trim_end_matches(['\n', '\r']).len();
        self.directive(source, Span::new(start, end), Some(body), close)
    }

    fn directive(&self, source: &Source, data: Span, body: Option<Span>, close: Span) -> Directive {
        Directive {
            span: Span::new(self.ticks.start, close.end),
            line: source.line(self.word.start),
            word: source.slice(self.word).to_owned(),
            word_span: self.word,
            data: source.unix(data).into_owned(),
            data_span: data,
            body,
            lab: None,
        }
    }

    fn block(&self, source: &Source, body: Span, close: Span) -> Block {
        Block {
            span: Span::new(self.ticks.start, close.end),
            line: source.line(self.ticks.start),
            language: source.slice(self.word).to_owned(),
            body,
            lab: None,
            hidden: true,
            lead: None,
        }
    }
}

fn first_word(text: &str) -> &str {
    &text[..text.find(|c: char| c.is_whitespace() || c == '`').unwrap_or(text.len())]
}

/// The first run of at least `least` ticks.
fn ticks(text: &str, within: Span, least: usize) -> Option<Span> {
    let mut at = within.start;
    loop {
        let start = at + text.get(at..within.end)?.find('`')?;
        at = start + text[start..within.end].bytes().take_while(|&byte| byte == b'`').count();
        if at - start >= least {
            return Some(Span::new(start, at));
        }
    }
}

fn unclosed(source: &Source, opening: &Opening) -> Diagnostic {
    let span = Span::new(opening.ticks.start, opening.word.end);
    let word = source.slice(opening.word);
    let ticks = source.slice(opening.ticks);
    Diagnostic::error(codes::DIRECTIVE_UNCLOSED, span, format!("this `{word}` is not closed in its comment"))
        .label("opened here")
        .help(format!("end it with {ticks} before `-->`"))
}

impl Directive {
    /// Whether its word is one of [`KNOWN_WORDS`].
    #[must_use]
    pub fn is_known(&self) -> bool {
        KNOWN_WORDS.contains(&self.word.as_str())
    }
}

/// The error for a word that is none of [`KNOWN_WORDS`].
pub(super) fn unknown(directive: &Directive) -> Diagnostic {
    let word = &directive.word;
    let diagnostic = Diagnostic::error(
        codes::DIRECTIVE_UNKNOWN,
        directive.word_span,
        format!("`{word}` is not a directive that labrun knows"),
    )
    .label("unknown word");
    match nearest(word, KNOWN_WORDS.iter().copied()) {
        Some(known) => diagnostic.help(format!("did you mean `{known}`?")),
        None => diagnostic.help(format!("the words are: {}", KNOWN_WORDS.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Word and data of each item in a comment; `word:` for one that has a body, `[word]` for a block.
    fn items(comment: &str) -> Vec<(String, String)> {
        let source = Source::new("deck.md", format!("<!--{comment}-->"));
        let (items, _) = read(&source, Span::new(4, 4 + comment.len()));
        let said = |item: Item| match item {
            Item::Directive(one) if one.body.is_some() => (format!("{}:", one.word), one.data),
            Item::Directive(one) => (one.word, one.data),
            Item::Block(block) => (format!("[{}]", block.language), source.unix(block.body).into_owned()),
        };
        items.into_iter().map(said).collect()
    }

    fn problems(comment: &str) -> Vec<&'static str> {
        let source = Source::new("deck.md", comment);
        let (_, problems) = read(&source, Span::new(0, comment.len()));
        problems.into_iter().map(|problem| problem.code).collect()
    }

    #[test]
    fn each_form_that_people_write_is_read() {
        let table: &[(&str, &[(&str, &str)])] = &[
            (" ```hide ls -l``` ", &[("hide", "ls -l")]),
            (" ```hide ls```", &[("hide", "ls")]),
            ("```wait a```", &[("wait", "a")]),
            ("\n```wait a```\n\n  ```key ^C```\n-", &[("wait", "a"), ("key", "^C")]),
            ("\r\n```wait a```\r\n```key ^C```\r\n", &[("wait", "a"), ("key", "^C")]),
            (" Meant: ```wait no such``` or ``two`` or `one`. ", &[("wait", "no such")]),
            (" ```keys ends with a blank ``` ", &[("keys", "ends with a blank ")]),
            (" ```keys  starts with one``` ", &[("keys", " starts with one")]),
            (" ```key ^[``` ] ", &[("key", "^[")]),
            (" ```check``` ", &[("check", "")]),
            (" ```hide echo `date```` ", &[("hide", "echo `date`")]),
            (" ````hide echo ``` ```` ", &[("hide", "echo ``` ")]),
            (" ```hide\na\n b\n``` ", &[("hide:", "a\n b")]),
            (" ```hide\r\na\r\n b\r\n``` ", &[("hide:", "a\n b")]),
            (" ```hide\na``` ", &[("hide:", "a")]),
            (" ```hide\n``` ", &[("hide:", "")]),
            (" ```expect json subset\n{}\n```", &[("expect:", "json subset\n{}")]),
            ("\n  ```expect\n  a\n  ```\n", &[("expect:", "  a")]),
            ("\n```bash\na\n```\n", &[("[bash]", "a\n")]),
            (" ```bash\na\n``` ", &[("[bash]", "a\n")]),
            ("\n```json\n{}\n```\n```wait b```", &[("[json]", "{}\n"), ("wait", "b")]),
            ("\n```\na\n```\n", &[("[]", "a\n")]),
            (" .dummy[```wait a```] ", &[("wait", "a")]),
            (" nothing ", &[]),
            (" `````` ", &[]),
            ("", &[]),
        ];
        for (comment, wanted) in table {
            let wanted: Vec<(String, String)> =
                wanted.iter().map(|&(word, data)| (word.to_owned(), data.to_owned())).collect();
            assert_eq!(items(comment), wanted, "{comment:?}");
        }
    }

    #[test]
    fn a_blank_before_the_word_does_not_lose_the_directive() {
        let table: &[(&str, &[(&str, &str)])] = &[
            (" ``` hide echo space``` ", &[("hide", "echo space")]),
            (" ```\t  wait a``` ", &[("wait", "a")]),
            ("\n``` hide\necho space\n```\n", &[("hide:", "echo space")]),
            ("\n``` bash\na\n```\n", &[("[bash]", "a\n")]),
            (" ```hide a``` ``` wait b``` ", &[("hide", "a"), ("wait", "b")]),
            (" ``` is how a block begins ``` ", &[]),
            (" ``` ", &[]),
        ];
        for (comment, wanted) in table {
            let wanted: Vec<(String, String)> =
                wanted.iter().map(|&(word, data)| (word.to_owned(), data.to_owned())).collect();
            assert_eq!(items(comment), wanted, "{comment:?}");
        }
    }

    #[test]
    fn what_is_not_closed_is_told_if_its_word_is_known() {
        assert_eq!(problems(" ```hide ls "), [codes::DIRECTIVE_UNCLOSED]);
        assert_eq!(problems(" ```hide\nls\n"), [codes::DIRECTIVE_UNCLOSED]);
        assert_eq!(problems("\n```wait a\n```key b```\n"), [codes::DIRECTIVE_UNCLOSED]);
        assert!(problems(" ```prose ").is_empty());
        assert_eq!(items("\n```wait a\n```key b```\n"), [("key".to_owned(), "b".to_owned())]);
    }

    #[test]
    fn an_unknown_word_brings_the_nearest_known_one() {
        let help = |word: &str| {
            let source = Source::new("deck.md", format!("```{word} x```"));
            let (items, _) = read(&source, Span::new(0, source.text().len()));
            let Some(Item::Directive(directive)) = items.first() else { panic!("{word} is a directive") };
            unknown(directive).help.join("")
        };
        for (word, wanted) in [("wiat", "wait"), ("hid", "hide"), ("longwit", "longwait"), ("keyss", "keys")]
        {
            assert_eq!(help(word), format!("did you mean `{wanted}`?"));
        }
        for word in ["look", "meta", "🦀"] {
            assert!(help(word).starts_with("the words are: bash, hide, wait"), "{word}: {}", help(word));
        }
    }
}
