//! From a block's lines to the commands that are typed: transcripts and edits told from plain commands, values filled,
//! and each command with its facts.

use std::collections::HashSet;

use super::edit::{self, Part};
use super::prompt;
use super::terminal::{self, Shell};
use super::text::{Line, join};
use super::transcript::{self, Shown};
use super::{Settings, Status, Typed};
use crate::bash::{self, Attendance, Deed, Opens, Script};
use crate::values::{self, Values};

/// What a block types.
#[derive(Debug, Default)]
pub(super) struct Typing {
    /// All of it: what a person would see typed.
    pub text: String,
    /// One by one.
    pub commands: Vec<Typed>,
    /// Blanks that no value fills.
    pub needs: Vec<String>,
    /// Lines of the deck where a file's name in an edit ends in a colon.
    pub colons: Vec<usize>,
    /// Lines of the deck with keys of an editor outside an edit.
    pub astray: Vec<usize>,
    /// What a transcript shows of its commands, by their index.
    pub shown: Vec<(usize, Shown)>,
    /// Why it is not bash, if it is not: the line in the deck, how many bytes before that line's end, and a
    /// sentence.
    pub problem: Option<(usize, usize, String)>,
}

/// Reads a block's lines. `defined` holds functions and aliases of the blocks before, and gets those of this one;
/// `shells` those that are open where it is typed, and then those that it leaves open.
pub(super) fn typing(
    lines: &[Line],
    settings: &Settings,
    defined: &mut HashSet<String>,
    shells: &mut Vec<Shell>,
) -> Typing {
    let shown = transcript::read(lines);
    let typed: Option<Vec<Line>> =
        shown.as_ref().map(|shown| shown.iter().flat_map(|shown| shown.typed.clone()).collect());
    let lines = typed.as_deref().unwrap_or(lines);
    let mut typing = Typing::default();
    let mut texts = Vec::new();
    for part in edit::parts(lines) {
        let range = match &part {
            Part::Script(range) | Part::Edit { lines: range, .. } => range.clone(),
        };
        let lines = &lines[range];
        let filled = values::fill(&join(lines), &settings.values);
        match part {
            Part::Script(_) => typing.script(lines, &filled.text, defined, shells),
            Part::Edit { editor, root, .. } => {
                typing.edit(lines, &edit::read(&filled.text, editor, root), defined, shells);
            }
        }
        let crossed = values::crossed(&filled.text);
        texts.push(filled.text);
        for name in filled.missing.into_iter().chain(crossed) {
            if !typing.needs.contains(&name) {
                typing.needs.push(name);
            }
        }
    }
    if settings.only_last_status {
        let last = typing.commands.len().saturating_sub(1);
        for command in &mut typing.commands[..last] {
            command.status = Status::Any;
        }
    }
    typing.text = texts.join("\n");
    // What is typed as one command shows nothing of its parts.
    let shown = shown.filter(|_| typing.problem.is_none()).into_iter().flatten();
    typing.shown = shown.filter_map(|shown| shown_of(&typing.commands, shown)).collect();
    typing
}

/// The values that a block lacks: `missing` by their spelling, and the highlighted words that ask for one. What is a part of
/// a highlighted word is asked for with it.
pub(super) fn asked(
    mut missing: Vec<String>,
    highlighted: &[String],
    text: &str,
    values: &Values,
) -> Vec<String> {
    let blanks = values::blanks(text);
    for word in highlighted {
        let known = values.get(word).is_some() || missing.contains(word);
        if known || !text.contains(word.as_str()) || blanks.iter().any(|blank| blank.spelling == *word) {
            continue;
        }
        let rest = text.replace(word, "");
        missing.retain(|part| !word.contains(part.as_str()) || rest.contains(part.as_str()));
        missing.push(word.clone());
    }
    missing
}

/// What is shown, with the index of the last command that begins at its prompt.
fn shown_of(commands: &[Typed], shown: Shown) -> Option<(usize, Shown)> {
    let last = shown.typed.last()?.number;
    Some((commands.iter().rposition(|command| command.line <= last)?, shown))
}

impl Typing {
    /// An edit is the command that calls the editor, with what is typed into it.
    fn edit(
        &mut self,
        lines: &[Line],
        written: &edit::Written,
        defined: &mut HashSet<String>,
        shells: &mut Vec<Shell>,
    ) {
        if written.colon {
            self.colons.push(lines[0].number);
        }
        let before = self.commands.len();
        self.bash(&lines[..1], &written.call, defined, shells);
        for command in &mut self.commands[before..] {
            command.edit = Some(written.edit.clone());
            // The editor writes what the block shows, whatever is known of it.
            command.deed = Deed::Acts;
            if command.attendance == Attendance::None {
                command.attendance = Attendance::Keyboard("an editor is typed into".to_owned());
            }
        }
    }

    /// Lines for shells, and from where one of them opens another prompt for that, until it is left.
    fn script(&mut self, lines: &[Line], text: &str, defined: &mut HashSet<String>, shells: &mut Vec<Shell>) {
        let (mut lines, mut text) = (lines, text);
        loop {
            let is_prompt = shells.last().is_some_and(|shell| shell.opens == Opens::Prompt);
            let cut = if is_prompt { prompt::left_in(text) } else { prompt::opened_in(text) };
            let (here, rest) = text.split_at(cut.unwrap_or(text.len()));
            // A value of several lines moves what follows it.
            let (lines_here, lines_rest) = lines.split_at(here.matches('\n').count().min(lines.len()));
            let lines_here = if cut.is_some() { lines_here } else { lines };
            let here = here.strip_suffix('\n').filter(|_| cut.is_some()).unwrap_or(here);
            if is_prompt {
                self.prompt(lines_here, here, shells);
            } else {
                self.bash(lines_here, here, defined, shells);
            }
            if cut.is_none() {
                return;
            }
            (lines, text) = (lines_rest, rest);
        }
    }

    /// Commands of a language that is not known.
    fn prompt(&mut self, lines: &[Line], text: &str, shells: &mut Vec<Shell>) {
        for (at, text) in prompt::commands(text) {
            let mut command = Typed {
                text,
                line: lines.get(at).or(lines.last()).map_or(0, |line| line.number),
                deed: Deed::Acts,
                asks_server: false,
                constant: false,
                attendance: Attendance::None,
                opens: None,
                terminal: false,
                inside: None,
                edit: None,
                programs: Vec::new(),
                reads: Vec::new(),
                sets: Vec::new(),
                status: Status::Zero,
            };
            terminal::typed(&mut command, shells);
            self.commands.push(command);
        }
    }

    fn bash(&mut self, lines: &[Line], text: &str, defined: &mut HashSet<String>, shells: &mut Vec<Shell>) {
        let script = bash::analyze(&values::mask_blanks(text));
        let starts = starts(lines, text, &script);
        // Within a command it is data; of a text that is not bash nobody can tell.
        let escapes = lines.iter().filter(|line| edit::escapes(&line.text)).map(|line| line.number);
        self.astray.extend(escapes.filter(|line| script.problem.is_some() || starts.contains(line)));
        if let (None, Some(problem)) = (&self.problem, &script.problem) {
            let before = &text[..problem.at.min(text.len())];
            let line = lines.get(before.matches('\n').count()).or(lines.last());
            // From the end: a prompt, and values filled before it, move what follows them.
            let rest = text[before.len()..].split('\n').next().unwrap_or_default().len();
            self.problem = line.map(|line| (line.number, rest, problem.message.clone()));
        }
        for (command, line) in script.commands.into_iter().zip(starts) {
            let programs =
                command.programs.into_iter().filter(|program| !defined.contains(program)).collect();
            defined.extend(command.defines);
            let mut command = Typed {
                text: text[command.code].to_owned(),
                line,
                deed: command.deed,
                asks_server: command.asks_server,
                constant: command.constant,
                attendance: command.attendance,
                opens: command.opens,
                terminal: false,
                inside: None,
                edit: None,
                programs,
                reads: command.reads,
                sets: command.sets,
                status: Status::Zero,
            };
            terminal::typed(&mut command, shells);
            self.commands.push(command);
        }
    }
}

/// The line in the deck where each command starts. A value of several lines moves what follows it: then the lines are
/// taken from the text as it was before.
fn starts(lines: &[Line], text: &str, script: &Script) -> Vec<usize> {
    let number = |text: &str, at: usize| {
        let index = text[..at].matches('\n').count();
        lines.get(index).or(lines.last()).map_or(0, |line| line.number)
    };
    let of = |text: &str, script: &Script| -> Vec<usize> {
        script.commands.iter().map(|command| number(text, command.code.start)).collect()
    };
    let written = join(lines);
    if text.matches('\n').count() == lines.len() - 1 {
        return of(text, script);
    }
    let before = of(&written, &bash::analyze(&values::mask_blanks(&written)));
    if before.len() == script.commands.len() { before } else { of(text, script) }
}
