//! `labrun plan` for people: by slide, each command as it will be typed, and what must hold of it.

mod tail;

use std::fmt::Write as _;

use std::collections::BTreeSet;
use std::time::Duration;

use super::layout::{clean, count, fit_end, row, time, width, wrap};
use crate::bash::{Attendance, Deed};
use crate::plan::{Action, Check, Options, Plan, Reason, Status, Step, Typed, Weight};
pub use tail::Forecast;

/// Columns of a text that are worth a note beside it.
const LEAST: usize = 24;
/// Columns from which on a promised text stands beside its word.
const WIDE: usize = 60;
/// Lines of a promised text that are shown.
const SHOWN: usize = 6;

/// How a plan is shown, and what is known of its steps beside the deck.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// Columns of the page.
    pub columns: usize,
    /// Takes the secrets out of each text that is shown, while it is whole.
    pub mask: &'a dyn Fn(&str) -> String,
    /// How long commands and waits may take, where it is known.
    pub limits: Option<Limits>,
    /// What a step will probably take, in milliseconds.
    pub expected: &'a dyn Fn(&Step) -> Option<u64>,
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// A command that only looks.
    pub looks: Duration,
    /// A command that acts, or waits by itself.
    pub acts: Duration,
    /// A `wait`.
    pub wait: Duration,
    /// A `longwait`.
    pub longwait: Duration,
}

impl<'a> View<'a> {
    /// Nothing is known beside the deck.
    #[must_use]
    pub fn new(columns: usize, mask: &'a dyn Fn(&str) -> String) -> Self {
        Self { columns, mask, limits: None, expected: &|_| None }
    }
}

/// The plan of one deck, as text.
#[must_use]
pub fn text(plan: &Plan, view: View<'_>) -> String {
    let mut page = Page { text: String::new(), view, place: None };
    page.head(&head(plan));
    if let Some(limits) = view.limits {
        let (looks, acts) = (in_words(limits.looks), in_words(limits.acts));
        page.wrapped(&format!("limits: {looks} for what looks, {acts} for what acts or waits"));
    }
    let mut slide = None;
    for (index, step) in plan.steps.iter().enumerate() {
        if slide.replace(step.slide) != Some(step.slide) {
            page.line("");
            page.slide(plan, step);
            page.lab(plan, step);
        } else if lab(plan, step) != lab(plan, &plan.steps[index - 1]) {
            page.lab(plan, step);
        }
        page.step(plan, step);
    }
    page.unchecked(plan);
    page.person(plan);
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
    page.forecast(plan);
    page.line("");
    page.text
}

/// One step of the plan, by its index there, below the title of its slide.
#[must_use]
pub fn step(plan: &Plan, index: usize, view: View<'_>) -> String {
    let mut page = Page { text: String::new(), view, place: None };
    if let Some(step) = plan.steps.get(index) {
        page.slide(plan, step);
        page.step(plan, step);
    }
    page.text
}

/// The lab that a step stands in, by its place on the slide; `None` outside labs.
fn lab(plan: &Plan, step: &Step) -> Option<usize> {
    let labs = &plan.deck.slides[step.slide].labs;
    labs.iter().position(|lab| lab.span.start <= step.span.start && step.span.end <= lab.span.end)
}

/// `1 min`, `1 min 30 s`, `500 ms`.
fn in_words(limit: Duration) -> String {
    let ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
    match ms {
        ms if ms >= 60_000 && ms % 60_000 == 0 => format!("{} min", ms / 60_000),
        ms if (1000..120_000).contains(&ms) && ms % 1000 == 0 => format!("{} s", ms / 1000),
        ms => time(ms),
    }
}

/// What the author says of how a step is run.
fn options(options: &Options) -> Option<String> {
    let retry = options.retry.map(|time| format!("tried again for {}", in_words(time)));
    let timeout = options.timeout.map(|time| format!("up to {}", in_words(time)));
    let said: Vec<String> = retry.into_iter().chain(timeout).collect();
    (!said.is_empty()).then(|| said.join(", "))
}

/// What there is of everything.
fn head(plan: &Plan) -> Vec<String> {
    let slides: BTreeSet<usize> = plan.steps.iter().map(|step| step.slide).collect();
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
        (Attendance::Keyboard(_) | Attendance::Terminal(_), _) => "terminal".to_owned(),
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
        Status::OneOf(statuses) => {
            let _ = write!(does, ", status {statuses}");
        }
    }
    does
}

/// Lines of a plan as they are written.
struct Page<'a> {
    text: String,
    view: View<'a>,
    /// The number of the step at hand, until it is shown.
    place: Option<String>,
}

impl Page<'_> {
    fn line(&mut self, text: &str) {
        self.text.push_str(text.trim_end());
        self.text.push('\n');
    }

    /// A text of the deck as it may be shown.
    fn shown(&self, text: &str) -> String {
        clean(&(self.view.mask)(text)).into_owned()
    }

    /// Parts side by side, as many on a line as fit.
    fn head(&mut self, parts: &[String]) {
        let mut line = String::new();
        for part in parts.iter().map(|part| self.shown(part)).collect::<Vec<_>>() {
            let longer = if line.is_empty() { part.clone() } else { format!("{line} · {part}") };
            if width(&longer) <= self.view.columns || line.is_empty() {
                line = longer;
            } else {
                self.wrapped(&std::mem::replace(&mut line, part));
            }
        }
        self.wrapped(&line);
    }

    /// A text in as many lines as it takes.
    fn wrapped(&mut self, text: &str) {
        for line in wrap(text, self.view.columns) {
            self.line(&line);
        }
    }

    /// A label, a text, and a note at the right edge. The text is never cut: what does not fit goes on below, further
    /// in. Of a narrow page the note has a line of its own.
    fn row(&mut self, label: &str, text: &str, note: &str) {
        let start = width(label);
        let room = self.view.columns.saturating_sub(start);
        let beside = if note.is_empty() { room } else { room.saturating_sub(width(note) + 2) };
        let apart = beside < LEAST && width(text) > beside;
        let lines = wrap(text, (if apart { room } else { beside }).saturating_sub(2));
        // What fits on one line may have all of it.
        let lines = if width(text) <= beside { vec![text.to_owned()] } else { lines };
        for (at, line) in lines.iter().enumerate() {
            if at == 0 {
                self.line(&format!("{label}{}", row(line, if apart { "" } else { note }, room)));
            } else {
                self.line(&format!("{:start$}  {line}", ""));
            }
        }
        if apart {
            self.line(&format!("{:start$}{}", "", fit_end(note, room)));
        }
    }

    /// A word for what is done, and what it is done to.
    fn detail(&mut self, word: &str, text: &str, note: &str) {
        let place = self.place.take().map(|place| format!("/{place}")).unwrap_or_default();
        self.row(&format!("{place:>5} {word:<7} "), &self.shown(text), note);
    }

    /// A sentence about what is done.
    fn aside(&mut self, sentence: &str) {
        let label = format!("{:14}", "");
        for line in wrap(&self.shown(sentence), self.view.columns.saturating_sub(label.len())) {
            self.line(&format!("{label}{line}"));
        }
    }

    /// A word for what must come, and the text; of a narrow page the word has a line of its own.
    fn promise(&mut self, word: &str, text: &str, note: &str) {
        if self.view.columns >= WIDE {
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

    /// How many steps the lab of this step has, how many want a person, what they will take, and what they are called by.
    fn lab(&mut self, plan: &Plan, first: &Step) {
        let here = lab(plan, first);
        let from = plan.steps.partition_point(|step| step.slide < first.slide);
        let on_slide =
            plan.steps.iter().enumerate().skip(from).take_while(|(_, step)| step.slide == first.slide);
        let steps: Vec<_> = on_slide.filter(|(_, step)| lab(plan, step) == here).collect();
        let forecast = Forecast::of(steps.iter().map(|(_, step)| *step), self.view.expected);
        let mut note = count(forecast.steps, "step");
        match steps.iter().filter(|(at, _)| !tail::wants_of(plan, *at).is_empty()).count() {
            0 => {}
            1 => note.push_str(", 1 needs a person"),
            some => {
                let _ = write!(note, ", {some} need a person");
            }
        }
        if forecast.timed == forecast.steps {
            note = format!("{note}, {}", time(forecast.ms));
        }
        let name = first.id.rsplit_once('/').map_or(first.id.as_str(), |(slide, _)| slide);
        self.row("      ", &self.shown(name), &note);
    }

    fn step(&mut self, plan: &Plan, step: &Step) {
        self.place = Some(step.id.rsplit('/').next().unwrap_or_default().to_owned());
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
                let limit = self.view.limits.map(|limits| if *long { limits.longwait } else { limits.wait });
                let limit = limit.map(|limit| format!("up to {}", in_words(limit)));
                self.detail(&step.method, &step.text, &limit.unwrap_or_default());
            }
            Action::Open => self.detail(&step.method, &step.text, ""),
            _ => self.detail(&step.method, &step.text, "terminal"),
        }
        if let Some(options) = options(&step.options) {
            self.aside(&format!("({options}: its author says so)"));
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
        } else if let Attendance::Keyboard(why)
        | Attendance::Terminal(why)
        | Attendance::Viewer(why)
        | Attendance::Server(why) = &command.attendance
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
            Reason::Shown => "the block shows it below the command".to_owned(),
        };
        let number = plan.deck.slides[check.slide].number;
        let mode = check.expectation.mode();
        self.promise("because", &because, &format!("{mode}, slide {number}, line {}", check.line));
        let sets: Vec<String> = check.captures().map(|name| format!("${name}")).collect();
        if !sets.is_empty() {
            self.promise("sets", &sets.join(" "), "");
        }
    }
}
