//! Edits that a block shows key by key: an editor is called, perhaps behind a `cd`, its text follows, and `[esc]:wq` ends it. The commands
//! after it are commands again.
//!
//! ```text
//! vi settings.json:
//! { "debug": true }
//! [esc]:wq
//! systemctl restart it
//! ```

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::text::Line;
use super::{Edit, Editor};
use crate::bash;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;

static OPENS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:cd\s+[^;&|]+(?:&&|;)\s*)?(sudo\s+)?(vim?|nvim|nano|pico|emacs|joe)\s+\S")
        .expect("a constant pattern")
});

/// The way to the editor's folder.
static GOES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^cd\s+[^;&|]+(?:&&|;)\s*").expect("a constant pattern"));

static CLOSES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)^\s*(?:(?:\[esc\]|<esc>|\^\[)\s*)?(?::(?:wqa?|xa?|w|qa?)!?|ZZ|\[?<?(?:\^x|ctrl[-+ ]x)>?\]?)\s*$",
    )
    .expect("a constant pattern")
});

/// An Escape with what an editor does after it; a pattern such as `^[a-z]` is none.
static ESCAPES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^\s*(?:\[esc\]|<esc>|\^\[)\s*(?::|ZZ\s*$|$)").expect("a constant pattern")
});

/// The command behind an Escape.
static LEAVE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)^(?:\[esc\]|<esc>|\^\[)\s*(.*)$").expect("a constant pattern"));

/// A part of a block.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Commands, as a range of lines.
    Script(Range<usize>),
    /// An edit, from the line that calls the editor to the one that leaves it.
    Edit {
        /// Lines.
        lines: Range<usize>,
        /// What is called.
        editor: Editor,
        /// Whether it is called through `sudo`.
        root: bool,
    },
}

/// An edit, read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// The command that calls the editor.
    pub call: String,
    /// Whether the file's name ends in a colon there, which is none of it.
    pub colon: bool,
    /// What is typed into it.
    pub edit: Edit,
}

impl Editor {
    fn called(name: &str) -> Self {
        match name {
            "vi" | "vim" | "nvim" => Self::Vi,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// Reads an edit: the call, the text, and what leaves the editor.
pub(super) fn read(text: &str, editor: Editor, root: bool) -> Written {
    let mut lines: Vec<&str> = text.split('\n').collect();
    let call = lines.remove(0).trim_end();
    let (call, colon) = call.strip_suffix(':').map_or((call, false), |call| (call, true));
    let close = lines.pop().unwrap_or_default().trim();
    let leave =
        LEAVE.captures(close).map_or(close, |captures| captures.get(1).map_or(close, |found| found.as_str()));
    let editor_call = &call[GOES.find(call).map_or(0, |way| way.end())..];
    let file = bash::last_word(editor_call).unwrap_or_else(|| {
        // What is not bash has words all the same.
        call.split_whitespace().next_back().unwrap_or_default().to_owned()
    });
    // A file that is only written stays open, and what follows would be typed into it.
    let leave = match leave {
        ":w" => ":wq",
        ":w!" => ":wq!",
        leave => leave,
    };
    let edit = Edit { editor, root, file, text: lines.join("\n"), leave: leave.to_owned() };
    Written { call: call.to_owned(), colon, edit }
}

/// Whether a line holds keys of an editor. Outside an edit they would be typed to the shell.
pub(super) fn escapes(line: &str) -> bool {
    ESCAPES.is_match(line)
}

/// What to say of a file's name that ends in a colon.
pub(super) fn colon(span: Span, line: &str) -> Diagnostic {
    let end = span.start + line.trim_end().len();
    let diagnostic =
        Diagnostic::warning(codes::EDIT_COLON, span, "the colon is not part of the file's name here")
            .label("typed without it")
            .help("take the colon away; learners would type it");
    if line.trim_end().ends_with(':') { diagnostic.fix(Span::new(end - 1, end), "") } else { diagnostic }
}

/// What to say of keys of an editor that stand outside an edit.
pub(super) fn astray(span: Span) -> Diagnostic {
    Diagnostic::error(codes::EDIT_ASTRAY, span, "these keys leave an editor, and no edit begins before them")
        .label("would be typed to the shell")
        .help("begin the edit with the editor alone on a line, `vi FILE`, in the same block")
}

/// Cuts a block into commands and edits; almost always it is all commands.
pub(super) fn parts(lines: &[Line]) -> Vec<Part> {
    let mut parts = Vec::new();
    let (mut from, mut at) = (0, 0);
    while at < lines.len() {
        let Some(call) = OPENS.captures(&lines[at].text) else {
            at += 1;
            continue;
        };
        let Some(close) = lines[at + 1..].iter().position(|line| CLOSES.is_match(&line.text)) else { break };
        if from < at {
            parts.push(Part::Script(from..at));
        }
        from = at + close + 2;
        let (editor, root) = (Editor::called(&call[2]), call.get(1).is_some());
        parts.push(Part::Edit { lines: at..from, editor, root });
        at = from;
    }
    if from < lines.len() {
        parts.push(Part::Script(from..lines.len()));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<Part> {
        let lines: Vec<Line> = text
            .lines()
            .enumerate()
            .map(|(at, text)| Line { number: at + 1, text: text.to_owned() })
            .collect();
        parts(&lines)
    }

    #[test]
    fn an_edit_reaches_to_where_the_editor_is_left() {
        let edit = |lines, root, editor| Part::Edit { lines, editor, root };
        assert_eq!(cut("vi a:\nx\n[esc]:wq\nb\nc"), [edit(0..3, false, Editor::Vi), Part::Script(3..5)]);
        assert_eq!(
            cut("b\nsudo nano a\nx\n^X\nvim c\n:x"),
            [
                Part::Script(0..1),
                edit(1..4, true, Editor::Other("nano".to_owned())),
                edit(4..6, false, Editor::Vi)
            ]
        );
    }

    #[test]
    fn an_edit_says_what_is_typed() {
        let written = read("sudo vi /etc/it.json:\n{\n  \"a\": 1\n}\n  [esc]:wq ", Editor::Vi, true);
        assert_eq!((written.call.as_str(), written.colon), ("sudo vi /etc/it.json", true));
        let edit = |root, file: &str, text: &str, leave: &str| Edit {
            editor: Editor::Vi,
            root,
            file: file.to_owned(),
            text: text.to_owned(),
            leave: leave.to_owned(),
        };
        assert_eq!(written.edit, edit(true, "/etc/it.json", "{\n  \"a\": 1\n}", ":wq"));
        assert_eq!(read("vim a\nZZ", Editor::Vi, false).edit, edit(false, "a", "", "ZZ"));
    }

    #[test]
    fn the_file_is_the_last_word_of_the_call() {
        for (call, file) in [
            ("vi 'my file.txt'", "'my file.txt'"),
            ("sudo vi -n \"$HOME/a b\" # as root", "\"$HOME/a b\""),
            ("vi a.txt # note", "a.txt"),
            ("vi a\\ b 2>/dev/null", "a\\ b"),
            ("vi key=value; ls x", "key=value"),
            ("vi it's", "it's"),
        ] {
            assert_eq!(read(&format!("{call}\nx\n:x"), Editor::Vi, false).edit.file, file, "{call}");
        }
    }

    #[test]
    fn an_edit_may_begin_behind_a_cd() {
        for (call, is) in [
            ("cd d && vi f", true),
            ("cd ~/a/b; sudo vim f", true),
            ("cd d || vi f", false),
            ("echo vi f", false),
            ("make && vi f", false),
        ] {
            let parts = cut(&format!("{call}\nx\n[esc]:wq\nls"));
            assert_eq!(matches!(parts[0], Part::Edit { .. }), is, "{call}");
        }
        let written = read("cd d && vi f:\nx\n:x", Editor::Vi, false);
        assert_eq!((written.call.as_str(), written.edit.file.as_str()), ("cd d && vi f", "f"));
    }

    #[test]
    fn an_edit_always_leaves_the_editor() {
        for (close, leave) in [
            ("[esc]:wqa", ":wqa"),
            (":xa", ":xa"),
            ("<esc>:wq!", ":wq!"),
            ("^[:qa!", ":qa!"),
            ("[esc]:w", ":wq"),
            (":w!", ":wq!"),
        ] {
            let text = format!("vi a\nx\n{close}");
            assert_eq!(cut(&text).len(), 1, "{close}");
            assert_eq!(read(&text, Editor::Vi, false).edit.leave, leave, "{close}");
        }
    }

    #[test]
    fn an_editor_alone_is_a_command() {
        assert_eq!(cut("vi a\nb"), [Part::Script(0..2)]);
        assert_eq!(cut("ls\n:wq"), [Part::Script(0..2)]);
        assert_eq!(cut(""), []);
    }
}
