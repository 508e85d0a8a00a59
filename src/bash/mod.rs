//! Facts about a bash script, without running it: where its commands begin, what each calls, reads and sets, and
//! whether it looks, waits or acts. The parser (brush-parser) is named nowhere else.

mod call;
mod cut;
mod deed;
mod facts;
mod mentions;
mod parse;
mod places;
mod programs;
mod walk;
mod word;

use std::ops::Range;

pub use call::Called;
use facts::Facts;
pub use mentions::{Configuration, Mention, defaulted, mentions};
pub use places::{Place, leads_to};

/// A block of bash, cut into commands: the pieces joined are the block.
#[derive(Clone, Debug)]
pub struct Script {
    /// In order; their ranges tile the text.
    pub commands: Vec<Command>,
    /// Why the text does not parse, if it does not: then it is one command.
    pub problem: Option<Problem>,
}

/// What one Enter runs: `a; b` is one, a here-doc or an `if … fi` belongs to its own.
#[derive(Clone, Debug)]
pub struct Command {
    /// Bytes in the text; from its start to the start of the next.
    pub range: Range<usize>,
    /// Bytes in the text: the same without blank lines and comment lines around it.
    pub code: Range<usize>,
    /// What it does to the world.
    pub deed: Deed,
    /// Whether it asks a server (curl, kubectl, docker …), whose failure may pass.
    pub asks_server: bool,
    /// Whether it prints the same each time, whatever becomes of the world: `echo` of a text.
    pub constant: bool,
    /// Whether and why it cannot be left alone.
    pub attendance: Attendance,
    /// What takes the lines that are typed next.
    pub opens: Option<Opens>,
    /// The programs it calls by name (not builtins, functions or keywords), in order, once each.
    pub programs: Vec<String>,
    /// Variables it sets in the shell that runs it.
    pub sets: Vec<String>,
    /// Variables it reads.
    pub reads: Vec<String>,
    /// Functions and aliases that it makes: names that later commands may call.
    pub defines: Vec<String>,
}

/// What a command does to the world; it drives retry, limits and failure policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    /// Only reads: may be tried again.
    Looks,
    /// Waits by itself: never cut short, never repeated.
    Waits,
    /// All else, and all that is not known.
    Acts,
}

impl Deed {
    /// The word for it, in reports and journals.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Looks => "looks",
            Self::Waits => "waits",
            Self::Acts => "acts",
        }
    }
}

/// Whether a command ends by itself, without a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attendance {
    /// It ends by itself.
    None,
    /// It wants a keyboard: an editor, a pager, a prompt, an inner shell. The text says which program and why.
    Keyboard(String),
    /// It asks for a terminal, and what it runs there may end by itself. The text says which program.
    Terminal(String),
    /// It shows things until it is stopped: `watch`, `logs -f`. The text says which program and why.
    Viewer(String),
    /// It serves until it is stopped. The text says which program and why.
    Server(String),
}

/// What takes the lines that are typed after a command, until it is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opens {
    /// A shell, as far as can be told: `ssh box`, `docker exec -ti x sh`.
    Shell,
    /// A program with a prompt and a language of its own: `python3`, `psql`.
    Prompt,
}

/// Where and why a text is not bash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Byte in the text.
    pub at: usize,
    /// One lower-case sentence.
    pub message: String,
}

/// Reads a script. Any text is one: what bash would refuse is a single command with a [`Problem`], and an empty
/// text, or one of comments alone, has no commands.
#[must_use]
pub fn analyze(text: &str) -> Script {
    let tree = match parse::parse(text) {
        Ok(tree) => tree.complete_commands,
        Err(problem) => {
            let commands = vec![command(text, 0..text.len(), Facts::unknown())];
            return Script { commands, problem: Some(problem) };
        }
    };
    if tree.is_empty() {
        return Script { commands: Vec::new(), problem: None };
    }
    let mut commands: Vec<Command> = Vec::new();
    // From a redirection of the shell itself on, all goes together: typed apart, it would be undone.
    let mut rewired = false;
    for piece in cut::cut(text, tree) {
        let facts = walk::facts(&piece.tree);
        let joins = rewired || facts.reads.iter().any(|name| name == "PIPESTATUS");
        rewired |= facts.rewires;
        match commands.pop() {
            Some(before) if joins => commands.push(join(text, before, piece.range, facts)),
            Some(before) => commands.extend([before, command(text, piece.range, facts)]),
            None => commands.push(command(text, piece.range, facts)),
        }
    }
    Script { commands, problem: None }
}

/// Where a script works on files, in order; nothing where it cannot be read.
#[must_use]
pub fn places(text: &str) -> Vec<Place> {
    parse::parse(text).map(|tree| walk::facts(&tree.complete_commands).places).unwrap_or_default()
}

/// The calls that a script makes on this machine, in order; none where it cannot be read.
#[must_use]
pub fn calls(text: &str) -> Vec<Called> {
    parse::parse(text).map(|tree| walk::facts(&tree.complete_commands).calls).unwrap_or_default()
}

/// What of a script stands in backquotes, so that bash runs it first; none where it cannot be read.
#[must_use]
pub fn backquoted(text: &str) -> Vec<String> {
    parse::parse(text).map(|tree| walk::facts(&tree.complete_commands).backquoted).unwrap_or_default()
}

/// Whether a program of this name is known: its calls are told apart, or bash has it built in.
#[must_use]
pub fn knows(name: &str) -> bool {
    programs::find(name).is_some() || programs::is_builtin(name)
}

/// The names of all programs that are told apart.
pub fn known_names() -> impl Iterator<Item = &'static str> {
    programs::names()
}

/// The last word of a script's first command, as written; `None` where there is none.
#[must_use]
pub fn last_word(text: &str) -> Option<String> {
    walk::last_word(&parse::parse(text).ok()?.complete_commands)
}

fn command(text: &str, range: Range<usize>, facts: Facts) -> Command {
    let Facts { deed, asks_server, constant, attendance, opens, programs, sets, reads, defines, .. } = facts;
    let opens = opens.filter(|_| matches!(attendance, Attendance::Keyboard(_) | Attendance::Terminal(_)));
    let code = code(text, range.clone());
    Command { range, code, deed, asks_server, constant, attendance, opens, programs, sets, reads, defines }
}

/// A command and what goes together with it, as one.
fn join(text: &str, before: Command, piece: Range<usize>, facts: Facts) -> Command {
    let Command { range, deed, asks_server, attendance, opens, programs, sets, reads, defines, .. } = before;
    let mut all =
        Facts { deed, asks_server, attendance, opens, programs, sets, reads, defines, ..Facts::default() };
    all.add(facts);
    command(text, range.start..piece.end, all)
}

/// A piece without the blank lines and comment lines around it, and without its line end.
fn code(text: &str, range: Range<usize>) -> Range<usize> {
    let idle = |line: &str| line.trim_start().is_empty() || line.trim_start().starts_with('#');
    let mut start = range.start;
    for line in text[range.clone()].split_inclusive('\n') {
        if !idle(line) {
            break;
        }
        start += line.len();
    }
    let start = start.min(range.end);
    let trailing = text[start..range.end].split_inclusive('\n').rev().take_while(|line| idle(line));
    let mut end = range.end - trailing.map(str::len).sum::<usize>();
    // A line that looks like a comment may end a quoted text: what is left must still be a script.
    if end <= start || (end < range.end && parse::parse(&text[start..end]).is_err()) {
        end = range.end;
    }
    start..start + text[start..end].trim_end_matches(['\n', '\r']).len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pieces(text: &str) -> Vec<&str> {
        analyze(text).commands.into_iter().map(|command| &text[command.code]).collect()
    }

    #[test]
    fn a_command_is_what_one_enter_runs() {
        for (text, commands) in [
            ("a; b\nc\n", vec!["a; b", "c"]),
            ("a |\n  b &&\nc\nd", vec!["a |\n  b &&\nc", "d"]),
            ("a \\\n  b\nc", vec!["a \\\n  b", "c"]),
            ("echo 'a\nb'\nc", vec!["echo 'a\nb'", "c"]),
            ("cat <<A; b\nx\nA\nc", vec!["cat <<A; b\nx\nA", "c"]),
            ("if a; then\nb\nfi\nc", vec!["if a; then\nb\nfi", "c"]),
            ("f() {\n a\n}\nf", vec!["f() {\n a\n}", "f"]),
            ("function f {\n a\n}\nf", vec!["function f {\n a\n}", "f"]),
            ("a &\nb", vec!["a &", "b"]),
            ("! a\n! b\n", vec!["! a", "! b"]),
            ("time a\ntime b", vec!["time a", "time b"]),
            ("a\n>out b\n> out\n<in c\n", vec!["a", ">out b", "> out", "<in c"]),
            ("é é\né é\na", vec!["é é", "é é", "a"]),
            ("X=$(a\nb)\nc", vec!["X=$(a\nb)", "c"]),
            ("[[ a ]]\n((i++))\nc", vec!["[[ a ]]", "((i++))", "c"]),
            ("a\nX=(1\n2)\nb", vec!["a", "X=(1\n2)", "b"]),
            ("coproc a\nb", vec!["coproc a", "b"]),
        ] {
            assert_eq!(pieces(text), commands, "{text:?}");
        }
    }

    #[test]
    fn blank_and_comment_lines_are_no_commands() {
        assert_eq!(pieces("# first\n\na\n\n# about b\nb # tail\n# end\n"), ["a", "b # tail"]);
        assert_eq!(pieces("echo 'a\n# not a comment'\nb"), ["echo 'a\n# not a comment'", "b"]);
        assert_eq!(pieces("# only\n\n"), Vec::<&str>::new());
        assert_eq!(pieces(""), Vec::<&str>::new());
    }

    #[test]
    fn the_last_word_is_no_redirection_and_no_comment() {
        for (text, word) in [
            ("vi 'a b' # c", Some("'a b'")),
            ("vi $A/x >log 2>&1; ls y", Some("$A/x")),
            ("vi a=b", Some("a=b")),
            ("ls", None),
            ("if a b; then c; fi", None),
            ("vi it's", None),
        ] {
            assert_eq!(last_word(text).as_deref(), word, "{text}");
        }
    }

    #[test]
    fn lines_that_need_each_other_go_together() {
        assert_eq!(pieces("a\nb | c\necho ${PIPESTATUS[0]}\nd"), ["a", "b | c\necho ${PIPESTATUS[0]}", "d"]);
        assert_eq!(pieces("a\nexec >log 2>&1\nb\nc"), ["a", "exec >log 2>&1\nb\nc"]);
        assert_eq!(pieces("exec 3>log\nb"), ["exec 3>log", "b"]);
        assert_eq!(pieces("exec a >log\nb"), ["exec a >log", "b"]);
    }

    #[test]
    fn a_text_that_is_printed_is_the_same_each_time() {
        for (text, constant) in [
            ("echo a b", true),
            ("printf 'a\\n%s\\n' '$x [*]?' \"b*\"; echo c >&2", true),
            ("(echo a) && { echo b; }", true),
            ("echo $x", false),
            ("echo \"$(date)\"", false),
            ("echo `date`", false),
            ("echo *.txt", false),
            ("echo a | tr a b", false),
            ("cat file", false),
            ("[ -f x ] && echo a", false),
            ("[[ -f x ]] && echo a", false),
            ("test -f x || echo a", false),
        ] {
            let commands = analyze(text).commands;
            assert_eq!((commands.len(), commands[0].constant), (1, constant), "{text}");
        }
    }

    #[test]
    fn what_does_not_parse_is_one_command_with_a_problem() {
        for (text, at, message) in [
            ("a\nb )\nc", 4, "bash does not expect `)` here"),
            ("a\necho 'b", 7, "this quote `'` is not closed"),
            ("if a; then\n", 10, "something is still open at the end"),
            ("cat <<A\nx\n", 10, "the here-document has no closing line"),
            ("é $(a", 6, "a `$(` is not closed"),
            ("a\0b", 1, "a NUL byte cannot be typed"),
        ] {
            let script = analyze(text);
            let problem = script.problem.expect(text);
            assert_eq!((problem.at, problem.message.as_str()), (at, message), "{text:?}");
            assert_eq!(script.commands.len(), 1, "{text:?}");
            assert_eq!(script.commands[0].deed, Deed::Acts);
        }
    }

    #[test]
    fn what_would_take_the_parser_down_is_refused() {
        for text in [
            "(".repeat(500),
            "( ; ".repeat(30),
            "f() { ".repeat(2000),
            "if ".repeat(5000),
            format!("echo {}", "$(".repeat(5000)),
            format!("echo {}{}", "${a:-".repeat(5000), "}".repeat(5000)),
            format!("echo {}{}", "$( ')' ".repeat(1900), ")".repeat(1900)),
            "function f { echo } ; ".repeat(3000),
            "coproc A if a; then ".repeat(3000),
            format!("a={}", "`".repeat(4001)),
            "99999999999999999999>x".to_owned(),
            "a=~99999999999999999999 b".to_owned(),
            "coproc ".repeat(3000),
            "[[ ".to_owned() + &"( ".repeat(3000),
            "[[ ".to_owned() + &"! ".repeat(3000),
        ] {
            let script = analyze(&text);
            assert_eq!(script.commands.len(), 1, "{:?}", &text[..20]);
        }
    }

    #[test]
    fn a_long_block_takes_no_long_time() {
        let prose = "if for while until case { ( $ what the text says\n".repeat(2000);
        for (text, commands) in [
            ("a # \\\n".repeat(3000), 3000),
            (format!("a\n{}", "# b\n".repeat(20_000)), 1),
            (format!("cat <<'X'\n{prose}X\nb"), 2),
            ("echo ${A} $(b)\n".repeat(900), 900),
        ] {
            let script = analyze(&text);
            assert_eq!((script.commands.len(), script.problem), (commands, None));
        }
    }

    proptest! {
        #[test]
        fn the_pieces_joined_are_the_text(
            text in r#"([a\$\(\){}'"`\\#|&;<> \né=1]|if |then |fi|do |done|while |case |in |esac|cat <<A\n|\nA\n|PIPESTATUS|exec |! |\[\[ | \]\]){0,30}"#
        ) {
            let script = analyze(&text);
            if script.commands.is_empty() {
                prop_assert!(text.lines().all(|line| line.trim().is_empty() || line.trim().starts_with('#')));
            } else {
                let joined: String = script.commands.iter().map(|command| &text[command.range.clone()]).collect();
                prop_assert_eq!(joined, text.as_str());
            }
            for command in &script.commands {
                prop_assert!(command.range.start <= command.code.start && command.code.end <= command.range.end);
                if script.problem.is_none() {
                    prop_assert!(parse::parse(&text[command.code.clone()]).is_ok());
                }
            }
        }
    }
}
