//! `labrun plan` for people: by slide, each command as it will be typed, and what must hold of it.

use super::layout::{clean, count, fit_end, row, width, wrap};
use crate::bash::{Attendance, Deed};
use crate::plan::{Action, Check, Plan, Reason, Status, Step, Typed, Weight};

/// Columns of a text that are worth a note beside it.
const LEAST: usize = 24;
/// Columns from which on a promised text stands beside its word.
const WIDE: usize = 60;
/// Lines of a promised text that are shown.
const SHOWN: usize = 6;

/// The plan of one deck, as text laid out for `columns`; `mask` takes the secrets out of each text that is shown, while it is whole.
#[must_use]
pub fn text(plan: &Plan, columns: usize, mask: &dyn Fn(&str) -> String) -> String {
    let mut page = Page { text: String::new(), columns, mask };
    page.head(&head(plan));
    let mut slide = None;
    for step in &plan.steps {
        if slide.replace(step.slide) != Some(step.slide) {
            page.line("");
            page.slide(plan, step);
        }
        page.step(plan, step);
    }
    page.unchecked(plan);
    if !plan.outside.is_empty() {
        let lines: Vec<String> = plan.outside.iter().take(8).map(ToString::to_string).collect();
        let more = if plan.outside.len() > 8 { " …" } else { "" };
        let blocks = count(plan.outside.len(), "bash block");
        let at = if lines.len() == 1 { "line" } else { "lines" };
        page.line("");
        page.wrapped(&format!("{blocks} outside labs, not run: {at} {}{more}", lines.join(", ")));
    }
    if !plan.left_out.variables.is_empty() {
        let names: Vec<String> = plan.left_out.variables.iter().map(|name| format!("${name}")).collect();
        page.line("");
        page.wrapped(&format!("set only by steps that are not selected: {}", names.join(", ")));
    }
    page.line("");
    page.text
}

/// One step of the plan, by its index there, below the title of its slide.
#[must_use]
pub fn step(plan: &Plan, index: usize, columns: usize, mask: &dyn Fn(&str) -> String) -> String {
    let mut page = Page { text: String::new(), columns, mask };
    if let Some(step) = plan.steps.get(index) {
        page.slide(plan, step);
        page.step(plan, step);
    }
    page.text
}

/// What there is of everything.
fn head(plan: &Plan) -> Vec<String> {
    let slides: std::collections::BTreeSet<usize> = plan.steps.iter().map(|step| step.slide).collect();
    let all: usize = plan.steps.iter().map(|step| step.commands().len()).sum();
    let hidden: usize = plan.steps.iter().filter(|step| step.hidden).map(|step| step.commands().len()).sum();
    let checks: usize = plan.steps.iter().map(|step| step.checks.len()).sum();
    let mut parts = vec![
        plan.deck.source.path().display().to_string(),
        count(plan.deck.slides.len(), "slide"),
        format!("{} with labs", slides.len()),
        count(all, "command"),
    ];
    if hidden > 0 {
        parts.push(format!("{hidden} hidden"));
    }
    parts.push(format!("{} of output", count(checks, "check")));
    if plan.left_out.steps > 0 {
        parts.push(format!("{} not selected", count(plan.left_out.steps, "step")));
    }
    parts
}

/// What a command does, in the words that explain its limit and whether it is repeated.
fn does(command: &Typed) -> String {
    let mut does = match (&command.attendance, command.deed) {
        (Attendance::Keyboard(_), _) => "terminal".to_owned(),
        (Attendance::Viewer(_) | Attendance::Server(_), _) => "never ends".to_owned(),
        (Attendance::None, _) if command.terminal => "terminal".to_owned(),
        (Attendance::None, Deed::Looks) => "looks, may retry".to_owned(),
        (Attendance::None, Deed::Waits) => "waits".to_owned(),
        (Attendance::None, Deed::Acts) => "acts".to_owned(),
    };
    match command.status {
        Status::Zero => {}
        Status::NotZero => does.push_str(", must fail"),
        Status::Any => does.push_str(", any status"),
    }
    does
}

/// Lines of a plan as they are written.
struct Page<'a> {
    text: String,
    columns: usize,
    mask: &'a dyn Fn(&str) -> String,
}

impl Page<'_> {
    fn line(&mut self, text: &str) {
        self.text.push_str(text.trim_end());
        self.text.push('\n');
    }

    /// A text of the deck as it may be shown.
    fn shown(&self, text: &str) -> String {
        clean(&(self.mask)(text)).into_owned()
    }

    /// Parts side by side, as many on a line as fit.
    fn head(&mut self, parts: &[String]) {
        let mut line = String::new();
        for part in parts.iter().map(|part| self.shown(part)).collect::<Vec<_>>() {
            let longer = if line.is_empty() { part.clone() } else { format!("{line} · {part}") };
            if width(&longer) <= self.columns || line.is_empty() {
                line = longer;
            } else {
                self.wrapped(&std::mem::replace(&mut line, part));
            }
        }
        self.wrapped(&line);
    }

    /// A text in as many lines as it takes.
    fn wrapped(&mut self, text: &str) {
        for line in wrap(text, self.columns) {
            self.line(&line);
        }
    }

    /// A label, a text, and a note at the right edge. The text gives way; of a narrow page the note has a line of its own.
    fn row(&mut self, label: &str, text: &str, note: &str) {
        let start = width(label);
        let room = self.columns.saturating_sub(start);
        let beside = if note.is_empty() { room } else { room.saturating_sub(width(note) + 2) };
        let apart = beside < LEAST && width(text) > beside;
        self.line(&format!("{label}{}", row(text, if apart { "" } else { note }, room)));
        if apart {
            self.line(&format!("{:start$}{}", "", fit_end(note, room)));
        }
    }

    /// A word for what is done, and what it is done to.
    fn detail(&mut self, word: &str, text: &str, note: &str) {
        self.row(&format!("      {word:<7} "), &self.shown(text), note);
    }

    /// A sentence about what is done.
    fn aside(&mut self, sentence: &str) {
        let label = format!("{:14}", "");
        for line in wrap(&self.shown(sentence), self.columns.saturating_sub(label.len())) {
            self.line(&format!("{label}{line}"));
        }
    }

    /// A word for what must come, and the text; of a narrow page the word has a line of its own.
    fn promise(&mut self, word: &str, text: &str, note: &str) {
        if self.columns >= WIDE {
            return self.row(&format!("          {word:<14}"), text, note);
        }
        if !word.is_empty() {
            self.line(&format!("          {word}"));
        }
        self.row(&format!("{:12}", ""), text, note);
    }

    /// The title of the slide that a step stands on.
    fn slide(&mut self, plan: &Plan, step: &Step) {
        let slide = &plan.deck.slides[step.slide];
        let title = self.shown(slide.caption());
        self.row(&format!("{:>4}  ", slide.number), &title, &format!("line {}", slide.line));
    }

    fn step(&mut self, plan: &Plan, step: &Step) {
        if let Some(reason) = &step.skip {
            self.detail("skip", reason, "");
        }
        match &step.action {
            Action::Type(commands) => {
                for (place, command) in commands.iter().enumerate() {
                    self.command(if step.hidden { "hidden" } else { "type" }, command);
                    for check in step.checks.iter().filter(|check| check.command == place) {
                        self.check(plan, check);
                    }
                }
            }
            Action::Await { long, .. } => {
                self.detail(&step.method, &step.text, if *long { "up to 10 min" } else { "up to 1 min" });
            }
            _ => self.detail(&step.method, &step.text, "terminal"),
        }
        if !step.needs.is_empty() {
            self.detail("needs", &step.needs.join(", "), "--set NAME=VALUE");
        }
    }

    fn command(&mut self, word: &str, command: &Typed) {
        let text = self.shown(&command.text);
        let mut lines = text.lines();
        self.detail(word, lines.next().unwrap_or(""), &does(command));
        for line in lines {
            self.detail("", line, "");
        }
        if let Some(edit) = &command.edit {
            for line in edit.text.lines().chain([edit.leave.as_str()]) {
                self.detail("", &format!("  {line}"), "");
            }
            return;
        }
        if let Some(outer) = &command.inside {
            self.aside(&format!("(typed into the shell that `{outer}` opened)"));
        } else if let Attendance::Keyboard(why) | Attendance::Viewer(why) | Attendance::Server(why) =
            &command.attendance
        {
            self.aside(&format!("({why})"));
        }
    }

    fn check(&mut self, plan: &Plan, check: &Check) {
        let must = match check.weight {
            Weight::Fails => "must print",
            Weight::Warns => "should print",
        };
        let text = self.shown(check.expectation.text().trim_end());
        let mut lines = text.lines();
        let nothing = if check.expectation.is_unwritten() { "(not written yet)" } else { "(nothing)" };
        self.promise(must, lines.next().unwrap_or(nothing), "");
        for line in lines.by_ref().take(SHOWN - 1) {
            self.promise("", line, "");
        }
        let left_out = lines.count();
        if left_out > 0 {
            self.promise("", &format!("… {} more", count(left_out, "line")), "");
        }
        let because = match &check.reason {
            Reason::Cue { text, .. } => format!("\"{}\"", self.shown(text)),
            Reason::Directive => "an expect directive says so".to_owned(),
        };
        let number = plan.deck.slides[check.slide].number;
        let mode = check.expectation.mode();
        self.promise("because", &because, &format!("{mode}, slide {number}, line {}", check.line));
    }

    fn unchecked(&mut self, plan: &Plan) {
        let checks: usize = plan.steps.iter().map(|step| step.checks.len()).sum();
        self.line("");
        self.wrapped(&format!("{} checked, {} not checked", count(checks, "promise"), plan.unchecked.len()));
        for promise in &plan.unchecked {
            let number = plan.deck.slides[promise.slide].number;
            let at = format!("slide {number}, line {}", promise.line);
            self.row("      ", &self.shown(&promise.text), &at);
        }
    }
}
