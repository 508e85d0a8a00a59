//! What a plan ends with: promises that nothing checks, each with a directive to paste, what needs a person, and how
//! long it will take.

use super::Page;
use crate::bash::Attendance;
use crate::plan::{Action, Plan, Step, Typed};
use crate::report::layout::{count, time};

/// How long a plan will probably take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forecast {
    /// All of its steps.
    pub steps: usize,
    /// Those of them that an earlier run timed…
    pub timed: usize,
    /// … and what these will take, in milliseconds.
    pub ms: u64,
}

impl Forecast {
    /// Of these steps.
    #[must_use]
    pub fn of<'a>(
        steps: impl IntoIterator<Item = &'a Step>,
        expected: &dyn Fn(&Step) -> Option<u64>,
    ) -> Self {
        let mut forecast = Self::default();
        for step in steps {
            let ms = expected(step);
            forecast.add(Self { steps: 1, timed: usize::from(ms.is_some()), ms: ms.unwrap_or(0) });
        }
        forecast
    }

    /// Of both.
    pub fn add(&mut self, other: Self) {
        self.steps += other.steps;
        self.timed += other.timed;
        self.ms += other.ms;
    }

    /// `12 steps, 2 min 5 s in earlier runs`.
    #[must_use]
    pub fn sentence(&self) -> String {
        let steps = count(self.steps, "step");
        match self.timed {
            0 => format!("{steps}, not timed yet: no earlier run held"),
            timed if timed == self.steps => format!("{steps}, {} in earlier runs", time(self.ms)),
            timed => format!("{steps}, {timed} of them {} in earlier runs", time(self.ms)),
        }
    }
}

impl Page<'_> {
    pub(super) fn unchecked(&mut self, plan: &Plan) {
        let checks: usize = plan.steps.iter().map(|step| step.checks.len()).sum();
        self.line("");
        let open = plan.unchecked.len();
        self.wrapped(&format!("{} checked, {open} not checked", count(checks, "promise")));
        for promise in &plan.unchecked {
            let number = plan.deck.slides[promise.slide].number;
            let at = format!("slide {number}, line {}", promise.line);
            self.row("      ", &self.shown(&promise.text), &at);
            self.row("        ", &self.shown(&promise.directive()), "");
        }
        if open > 0 {
            self.row(
                "      ",
                "(each is checked once its directive stands behind the command it speaks of)",
                "",
            );
        }
    }

    /// What a person must give, do or look at.
    pub(super) fn person(&mut self, plan: &Plan) {
        let mut wants: Vec<Want> = Vec::new();
        for want in (0..plan.steps.len()).flat_map(|at| wants_of(plan, at)) {
            // A value is given once.
            if want.word != VALUE || !wants.iter().any(|known| known.word == VALUE && known.text == want.text)
            {
                wants.push(want);
            }
        }
        if wants.is_empty() {
            return;
        }
        self.line("");
        self.line("needs a person");
        for Want { word, text, line, why } in wants {
            self.detail(word, &text, &format!("line {line}"));
            if !why.is_empty() {
                self.aside(&format!("({why})"));
            }
        }
    }

    pub(super) fn forecast(&mut self, plan: &Plan) {
        self.line("");
        let forecast = Forecast::of(&plan.steps, self.view.expected);
        self.wrapped(&forecast.sentence());
    }
}

/// Something that a person must give, do or look at.
pub(super) struct Want {
    word: &'static str,
    text: String,
    line: usize,
    why: String,
}

const VALUE: &str = "value";

/// What the step at this index wants of a person.
pub(super) fn wants_of(plan: &Plan, at: usize) -> Vec<Want> {
    let step = &plan.steps[at];
    let want = |word, text: &str, why: &str| Want {
        word,
        text: text.to_owned(),
        line: step.line,
        why: why.to_owned(),
    };
    let mut wants: Vec<Want> = step.needs.iter().map(|name| want(VALUE, name, "--set NAME=VALUE")).collect();
    wants.extend(step.skip.as_ref().map(|reason| want("by hand", &step.text, reason)));
    if matches!(step.action, Action::Open) {
        wants.push(want("browser", &step.text, ""));
    }
    wants.extend(
        alone(plan, at).map(|(command, why)| Want { line: command.line, ..want("keys", &command.text, why) }),
    );
    wants
}

/// Commands of a step that want keys which no directive presses.
fn alone(plan: &Plan, at: usize) -> impl Iterator<Item = (&Typed, &str)> {
    let spoken_to = plan.steps[at + 1..]
        .iter()
        .take_while(|step| step.commands().is_empty())
        .any(|step| !matches!(step.action, Action::Await { .. } | Action::Open));
    plan.steps[at].commands().iter().filter_map(move |command| match &command.attendance {
        Attendance::Keyboard(why) | Attendance::Terminal(why)
            if !spoken_to && command.edit.is_none() && command.opens.is_none() =>
        {
            Some((command, why.as_str()))
        }
        _ => None,
    })
}
