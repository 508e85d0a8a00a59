//! Edits that a block shows key by key: an editor is called, its text follows, and `[esc]:wq` ends it. The commands
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

static OPENS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(sudo\s+)?(vim?|nvim|nano|pico|emacs|joe)\s+\S").expect("a constant pattern")
});

static CLOSES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)^\s*(?:(?:\[esc\]|<esc>|\^\[)\s*)?(?::(?:wq|x|w|q)!?|ZZ|\[?<?(?:\^x|ctrl[-+ ]x)>?\]?)\s*$",
    )
    .expect("a constant pattern")
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
    let edit = Edit {
        editor,
        root,
        file: call.split_whitespace().next_back().unwrap_or_default().to_owned(),
        text: lines.join("\n"),
        leave: leave.to_owned(),
    };
    Written { call: call.to_owned(), colon, edit }
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
    fn an_editor_alone_is_a_command() {
        assert_eq!(cut("vi a\nb"), [Part::Script(0..2)]);
        assert_eq!(cut("ls\n:wq"), [Part::Script(0..2)]);
        assert_eq!(cut(""), []);
    }
}
