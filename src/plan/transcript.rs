//! Blocks that show a session, prompts and all: what follows a prompt is typed, and what stands below it came.
//!
//! A block is a transcript when its first line with text begins with a prompt: `$ `, `user@host:dir$ `,
//! `[user@host dir]# `, `bash-5.2$ `, `/ # `. A bare `# ` is a comment. `[2]` on a line of its own, last of what came, is the
//! exit status.

use std::sync::LazyLock;

use regex::Regex;

use super::edit::{self, Part};
use super::text::{Line, dedent, join};
use crate::bash;

static PROMPT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x) ^ (?:
              \$                                      # $
            | \[? [\w.-]+ @ [\w.-]+ [^\s\#$]* (?:\s[^\s\#$]+)? \]? \s? [\#$]
            | (?:ba|da|z|k)?sh-[\d.]+ [\#$]           # bash-5.2$
            | /[\w./-]* \s [\#$]                      # / #
        ) (?: \s | $ )",
    )
    .expect("a constant pattern")
});

/// What a prompt shows: what was typed there, and what came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shown {
    /// What was typed.
    pub typed: Vec<Line>,
    /// What came, without blank lines around it.
    pub came: Vec<Line>,
    /// The exit status.
    pub status: Option<u8>,
}

/// Whether the block is a transcript.
pub(super) fn is_transcript(lines: &[Line]) -> bool {
    lines.iter().find(|line| !line.text.trim().is_empty()).is_some_and(|line| PROMPT.is_match(&line.text))
}

/// What a transcript shows, prompt by prompt; `None` where the block is no transcript.
pub(super) fn read(lines: &[Line]) -> Option<Vec<Shown>> {
    if !is_transcript(lines) {
        return None;
    }
    let mut shown = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let Some(prompt) = PROMPT.find(&lines[at].text) else {
            at += 1;
            continue;
        };
        let text = lines[at].text[prompt.end()..].trim_start();
        let end = at + 1 + lines[at + 1..].iter().take_while(|line| !PROMPT.is_match(&line.text)).count();
        let below = &lines[at + 1..end];
        let typed = if text == "\\" {
            indented(below)
        } else if text.is_empty() {
            Vec::new()
        } else {
            let first = Line { number: lines[at].number, text: text.to_owned() };
            edited(&first, below).unwrap_or_else(|| continued(first, below))
        };
        if let Some(last) = typed.last() {
            let came = below.iter().filter(|line| line.number > last.number).cloned().collect();
            shown.push(Shown::new(typed, came));
        }
        at = end;
    }
    Some(shown)
}

impl Shown {
    fn new(typed: Vec<Line>, mut came: Vec<Line>) -> Self {
        let blank = |line: &Line| line.text.trim().is_empty();
        let trim = |came: &mut Vec<Line>| {
            while came.last().is_some_and(blank) {
                came.pop();
            }
        };
        trim(&mut came);
        let status = came.last().and_then(|line| status(&line.text));
        if status.is_some() {
            came.pop();
            trim(&mut came);
        }
        let first = came.iter().take_while(|line| blank(line)).count();
        came.drain(..first);
        Self { typed, came, status }
    }
}

/// `[2]`.
fn status(line: &str) -> Option<u8> {
    line.trim().strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

/// Behind a prompt with nothing but a backslash: the commands are the indented lines below it.
fn indented(below: &[Line]) -> Vec<Line> {
    let own =
        below.iter().take_while(|line| line.text.starts_with([' ', '\t']) && !line.text.trim().is_empty());
    let own: Vec<Line> = own.cloned().collect();
    let texts = dedent(&join(&own));
    own.iter()
        .zip(texts.split('\n'))
        .map(|(line, text)| Line { number: line.number, text: text.to_owned() })
        .collect()
}

/// An editor that is called at a prompt, with what is typed into it.
fn edited(first: &Line, below: &[Line]) -> Option<Vec<Line>> {
    let lines: Vec<Line> = std::iter::once(first).chain(below).cloned().collect();
    match edit::parts(&lines).into_iter().next() {
        Some(Part::Edit { lines: range, .. }) if range.start == 0 => Some(lines[range].to_vec()),
        _ => None,
    }
}

/// Nobody types a command of more lines at a prompt.
const MAX_LINES: usize = 100;

/// A command and the lines that it goes on over: those that bash would still ask for, behind `> ` or not. Where it
/// never becomes whole it is the one line, and the rest its output.
fn continued(first: Line, below: &[Line]) -> Vec<Line> {
    let is_whole = |lines: &[Line]| {
        let text = join(lines);
        bash::analyze(&text).problem.is_none() && !text.ends_with('\\')
    };
    let mut lines = vec![first];
    for line in below.iter().take(MAX_LINES) {
        if is_whole(&lines) {
            break;
        }
        let text = line.text.strip_prefix("> ").unwrap_or(&line.text);
        lines.push(Line { number: line.number, text: text.to_owned() });
    }
    if !is_whole(&lines) {
        lines.truncate(1);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Option<String> {
        let lines: Vec<Line> = text
            .split('\n')
            .enumerate()
            .map(|(at, text)| Line { number: at + 1, text: text.to_owned() })
            .collect();
        let shown = read(&lines)?;
        Some(join(&shown.into_iter().flat_map(|shown| shown.typed).collect::<Vec<_>>()))
    }

    #[test]
    fn what_follows_a_prompt_is_typed() {
        for (text, want) in [
            ("$ ls\na  b\n$ pwd\n/", "ls\npwd"),
            ("me@box:~$ ls -l\ntotal 0\n", "ls -l"),
            ("me@box ~$  ls\n", "ls"),
            ("me@box:~/a dir$ ls\n", "ls"),
            ("[root@box etc]# ls\n", "ls"),
            ("bash-5.2$ ls\n", "ls"),
            ("/ # ls\nbin\n/tmp # pwd", "ls\npwd"),
            ("$ a \\\n    -b \\\n  -c\nout\n", "a \\\n    -b \\\n  -c"),
            ("$ vi a.json\n{ \"a\": 1 }\n[esc]:wq\n$ ls", "vi a.json\n{ \"a\": 1 }\n[esc]:wq\nls"),
            ("$ vi a.json\nout\n$ ls\n[esc]:wq", "vi a.json\nls"),
            ("$ cat <<E\n> x\n> E\nx", "cat <<E\nx\nE"),
            ("me@box:~$ \\\n    a 1\n    b 2\nout", "a 1\nb 2"),
            ("me@box:~$ \\\n    a && \\\n      b\n\n    out", "a && \\\n  b"),
            ("$ echo 'a\nout\nmore", "echo 'a"),
            ("\n$\n$ a", "a"),
        ] {
            assert_eq!(typed(text).as_deref(), Some(want), "{text:?}");
        }
    }

    #[test]
    fn what_stands_below_came_and_a_number_in_brackets_is_the_status() {
        let lines: Vec<Line> = "$ ls\n\na  b\n\n$ cd x\n$ false \\\n  x\nno\n[1]\n\n$ true\n[0]\n$ jq\n[300]"
            .split('\n')
            .enumerate()
            .map(|(at, text)| Line { number: at + 1, text: text.to_owned() })
            .collect();
        let shown = read(&lines).unwrap();
        let told: Vec<_> = shown
            .iter()
            .map(|shown| (join(&shown.came), shown.came.first().map(|line| line.number), shown.status))
            .collect();
        let is = |came: &str, line, status| (came.to_owned(), line, status);
        assert_eq!(
            told,
            [
                is("a  b", Some(3), None),
                is("", None, None),
                is("no", Some(8), Some(1)),
                is("", None, Some(0)),
                is("[300]", Some(14), None)
            ]
        );
    }

    #[test]
    fn other_blocks_are_no_transcripts() {
        for text in [
            "ls\n$ ls",
            "# comment\nls",
            "$HOME/bin/x",
            "ssh me@box\nls",
            "git@github.com:a/b",
            "/bin/ls",
            "",
        ] {
            assert_eq!(typed(text), None, "{text:?}");
        }
    }
}
