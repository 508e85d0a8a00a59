//! What is typed at a prompt that is no shell's: `python3`, `psql`, `node`. Nothing is known of its language but what all
//! of them share: a line is a command, and lines that stand further in belong to the one before.

use super::terminal;
use crate::bash::{self, Opens};
use crate::values;

/// The byte where lines begin that a prompt takes which a line of this bash opens; none where no line does, or it is the
/// last.
pub(super) fn opened_in(text: &str) -> Option<usize> {
    if !text.trim_end_matches('\n').contains('\n') {
        return None;
    }
    let script = bash::analyze(&values::mask_blanks(text));
    let opens = |script: &bash::Script| {
        script.commands.last().is_some_and(|command| command.opens == Some(Opens::Prompt))
    };
    if script.problem.is_none() {
        let command = script.commands.iter().find(|command| command.opens == Some(Opens::Prompt))?;
        let end = text[command.code.end..].find('\n').map(|at| command.code.end + at + 1)?;
        return (end < text.len()).then_some(end);
    }
    // What follows the opener is no bash.
    let ends = text.match_indices('\n').map(|(at, _)| at + 1).filter(|&end| end < text.len());
    let line = |end: usize| text[..end].trim_end_matches('\n').lines().last().unwrap_or_default();
    ends.take(LOOKED_AT).find(|&end| {
        let one = bash::analyze(&values::mask_blanks(line(end)));
        one.problem.is_none() && opens(&one) && {
            let before = bash::analyze(&values::mask_blanks(&text[..end]));
            before.problem.is_none() && opens(&before)
        }
    })
}

/// How many lines of a text that is no bash are looked at, each with those before it.
const LOOKED_AT: usize = 100;

/// The byte behind the line that leaves the prompt; none where no line does, or it is the last.
pub(super) fn left_in(text: &str) -> Option<usize> {
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        end += line.len();
        if terminal::leaves(line) {
            return (end < text.len()).then_some(end);
        }
    }
    None
}

/// The commands, each with the number of its first line from 0. Blank lines between two, and comments, are left out.
pub(super) fn commands(text: &str) -> Vec<(usize, String)> {
    let mut commands: Vec<(usize, Vec<&str>)> = Vec::new();
    let mut blank = 0;
    for (at, line) in text.split('\n').enumerate() {
        if line.trim().is_empty() {
            blank += 1;
            continue;
        }
        match commands.last_mut() {
            Some((_, lines)) if continues(line) => {
                lines.extend(std::iter::repeat_n("", blank));
                lines.push(line);
            }
            _ if line.starts_with("# ") => {}
            _ => commands.push((at, vec![line])),
        }
        blank = 0;
    }
    commands.into_iter().map(|(at, lines)| (at, lines.join("\n"))).collect()
}

/// Whether a line belongs to the command before it.
fn continues(line: &str) -> bool {
    let word = line.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default();
    line.starts_with([' ', '\t', ')', ']', '}']) || matches!(word, "else" | "elif" | "except" | "finally")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_command_and_what_stands_further_in_belongs_to_it() {
        let text = "x = 1\n# a note\n\nfor i in y:\n    print(i)\n\n    print()\nelse:\n  z\n\nf(\n  1,\n)\nexit()\n";
        assert_eq!(
            commands(text),
            [
                (0, "x = 1".to_owned()),
                (3, "for i in y:\n    print(i)\n\n    print()\nelse:\n  z".to_owned()),
                (10, "f(\n  1,\n)".to_owned()),
                (13, "exit()".to_owned()),
            ]
        );
        assert_eq!(commands("\n\n"), []);
    }

    #[test]
    fn a_prompt_takes_lines_from_its_opener_until_it_is_left() {
        for (text, cut) in [
            ("ls\npython3\nprint(1)\n", Some("ls\npython3\n")),
            ("psql\nselect 1;\n", Some("psql\n")),
            ("python3\n", None),
            ("python3", None),
            ("ls\npython3 -c 'print(1)'\nif x:\n", None),
            ("if x\npython3\nprint(1)\n", None),
            ("bash\nls", None),
        ] {
            assert_eq!(opened_in(text).map(|end| &text[..end]), cut, "{text:?}");
        }
        assert_eq!(left_in("a\nexit()\nls"), Some(9));
        assert_eq!(left_in("a\nexit()\n"), None);
    }
}
