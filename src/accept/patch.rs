//! What would change, as a patch: `git apply` takes it.

use std::fmt::Write as _;

use crate::expect::{Change, changes};

/// Lines around a change.
const CONTEXT: usize = 3;

/// The patch that makes `new` of `old`, for the file that git calls `path`.
#[must_use]
pub fn patch(path: &str, old: &str, new: &str) -> String {
    let (a, b) = (quoted(&format!("a/{path}")), quoted(&format!("b/{path}")));
    let mut text = format!("diff --git {a} {b}\n");
    // A name with blanks ends in a tab there, as git writes it.
    let tab = if path.contains(' ') && !a.starts_with('"') { "\t" } else { "" };
    let _ = write!(text, "--- {a}{tab}\n+++ {b}{tab}\n");
    text + &parts(old, new)
}

/// The parts of a patch alone.
#[must_use]
pub fn parts(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) =
        (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let mut text = String::new();
    for part in changes(&old, &new, CONTEXT) {
        let count = |counts: fn(&Change<'_>) -> bool| part.lines.iter().filter(|line| counts(line)).count();
        let (gone, came) =
            (count(|line| !matches!(line, Change::New(_))), count(|line| !matches!(line, Change::Gone(_))));
        let place = |first: usize, count: usize| if count == 0 { first } else { first + 1 };
        let (from, to) = (place(part.old, gone), place(part.new, came));
        let _ = writeln!(text, "@@ -{from},{gone} +{to},{came} @@");
        for line in &part.lines {
            let (sign, line) = match line {
                Change::Same(line) => (' ', line),
                Change::Gone(line) => ('-', line),
                Change::New(line) => ('+', line),
            };
            text.push(sign);
            text.push_str(line);
            if !line.ends_with('\n') {
                text.push_str("\n\\ No newline at end of file\n");
            }
        }
    }
    text
}

/// A name as git writes it: in quotes where it has what could be taken for something else.
fn quoted(name: &str) -> String {
    if !name.contains(|c: char| c == '"' || c == '\\' || c.is_control()) {
        return name.to_owned();
    }
    let mut text = String::from("\"");
    for c in name.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            c if c.is_control() => {
                let mut bytes = [0; 4];
                for byte in c.encode_utf8(&mut bytes).bytes() {
                    let _ = write!(text, "\\{byte:03o}");
                }
            }
            c => text.push(c),
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_is_what_git_writes() {
        let text = patch("a deck.md", "1\n2\nx", "1\n3\nx");
        assert_eq!(
            text,
            "diff --git a/a deck.md b/a deck.md\n--- a/a deck.md\t\n+++ b/a deck.md\t\n@@ -1,3 +1,3 @@\n 1\n-2\n+3\n x\n\
             \\ No newline at end of file\n"
        );
        assert_eq!(quoted("a/\"x\"\u{1}"), "\"a/\\\"x\\\"\\001\"");
    }
}
