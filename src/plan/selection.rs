//! Which steps of a deck are meant, where not all are. Steps that speak to the same command stay together: a key, a
//! `wait` or a `copy` goes with the command before it, wherever it stands.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use super::{Action, Check, Pane, Plan, Step};
use crate::deck::Slide;
use crate::diagnostic::nearest;

/// Which steps are meant: those that fit everything that is said here. The default says nothing, and means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// On slides of these numbers; on all where there are none.
    pub slides: Vec<RangeInclusive<usize>>,
    /// With one of these texts in the step's id, its slide's title or what it types, in upper or lower case.
    pub only: Vec<String>,
    /// From this step on: its id, or the id's beginning up to the `/` for the first step there.
    pub from: Option<String>,
    /// Up to this step, itself included: its id, or the id's beginning up to the `/` for the last step there.
    pub until: Option<String>,
    /// On slides with one of these classes.
    pub classes: Vec<String>,
    /// Not on slides with one of these.
    pub exclude: Vec<String>,
}

/// A step that a deck has not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no step is called {name}{}", like.as_ref().map(|like| format!("; did you mean {like}?")).unwrap_or_default())]
pub struct UnknownStep {
    /// As asked for.
    pub name: String,
    /// The one that is called most like it.
    pub like: Option<String>,
}

/// What a selection left out of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// How many steps.
    pub steps: usize,
    /// Variables that only these set, and that what is left reads.
    pub variables: Vec<String>,
}

impl Selection {
    /// Whether it leaves nothing out.
    #[must_use]
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }

    fn takes_slide(&self, slide: &Slide) -> bool {
        let has = |class: &String| slide.classes.contains(class);
        (self.slides.is_empty() || self.slides.iter().any(|range| range.contains(&slide.number)))
            && (self.classes.is_empty() || self.classes.iter().any(has))
            && !self.exclude.iter().any(has)
    }

    fn takes_text(&self, slide: &Slide, group: &[Step]) -> bool {
        let holds = |text: &str, part: &str| text.to_lowercase().contains(&part.to_lowercase());
        self.only.is_empty()
            || self.only.iter().any(|part| {
                holds(slide.caption(), part)
                    || group.iter().any(|step| holds(&step.id, part) || holds(&step.text, part))
            })
    }

    /// The steps from the first that is meant to the last, by index.
    fn range(&self, steps: &[Step]) -> Result<RangeInclusive<usize>, UnknownStep> {
        let is = |step: &Step, name: &str| {
            step.id == name || step.id.rsplit_once('/').is_some_and(|(slide, _)| slide == name)
        };
        let unknown = |name: &String| {
            let ids = steps.iter().map(|step| step.id.as_str());
            UnknownStep { name: name.clone(), like: nearest(name, ids).map(str::to_owned) }
        };
        let first = match &self.from {
            Some(name) => steps.iter().position(|step| is(step, name)).ok_or_else(|| unknown(name))?,
            None => 0,
        };
        let last = match &self.until {
            Some(name) => steps.iter().rposition(|step| is(step, name)).ok_or_else(|| unknown(name))?,
            None => steps.len(),
        };
        Ok(first..=last)
    }
}

impl Plan {
    /// Leaves only the steps that `selection` means, under the ids that they had; what the plan says of other slides
    /// goes with these.
    ///
    /// # Errors
    /// When a step that it names is none of this deck: then no step is left.
    pub fn select(&mut self, selection: &Selection) -> Result<(), UnknownStep> {
        if selection.is_all() {
            return Ok(());
        }
        let all = std::mem::take(&mut self.steps);
        let range = selection.range(&all);
        let mut taken = vec![false; all.len()];
        if let Ok(range) = &range {
            for group in groups(&all) {
                let slide = &self.deck.slides[all[group.start].slide];
                let meets = group.start <= *range.end() && *range.start() < group.end;
                if meets && selection.takes_slide(slide) && selection.takes_text(slide, &all[group.clone()]) {
                    taken[group].fill(true);
                }
            }
        }
        self.left_out = left_out(&all, &taken);
        self.keep(all, &taken);
        self.keep_slides(selection);
        range.map(drop)
    }

    /// Keeps the steps that are taken. What speaks of another by its index finds it where it is now.
    fn keep(&mut self, all: Vec<Step>, taken: &[bool]) {
        let place = |index: usize| taken[..index].iter().filter(|taken| **taken).count();
        let kept = all.into_iter().zip(taken).filter(|(_, taken)| **taken).map(|(step, _)| step);
        self.steps = kept
            .map(|mut step| {
                if let Action::Await { of, .. } = &mut step.action {
                    *of = of.filter(|of| taken[*of]).map(place);
                }
                step
            })
            .collect();
    }

    /// Keeps what is said of slides that are meant, or that hold a step that is.
    fn keep_slides(&mut self, selection: &Selection) {
        let with_steps: BTreeSet<usize> = self.steps.iter().map(|step| step.slide).collect();
        // A slide that is meant by its number or class may lack steps for the very reason that is told of it.
        let by_step = !selection.only.is_empty() || selection.from.is_some() || selection.until.is_some();
        let by_slide = !(by_step && selection.slides.is_empty() && selection.classes.is_empty());
        let Self { deck, diagnostics, unchecked, outside, .. } = self;
        let meant = |index: usize| {
            with_steps.contains(&index) || (by_slide && selection.takes_slide(&deck.slides[index]))
        };
        let at = |line: usize| deck.slides.iter().rposition(|slide| slide.line <= line);
        diagnostics.retain(|one| at(deck.source.line(one.span.start)).is_some_and(meant));
        unchecked.retain(|promise| meant(promise.slide));
        outside.retain(|line| at(*line).is_some_and(meant));
    }
}

/// The steps in ranges that stay together: a command, or a turn to another pane, with what speaks to it.
fn groups(steps: &[Step]) -> Vec<std::ops::Range<usize>> {
    let heads = |step: &Step| match &step.action {
        Action::Type(_) => true,
        Action::Pane(pane) => !matches!(pane, Pane::Layout | Pane::Close),
        _ => false,
    };
    let mut starts: Vec<usize> = (0..steps.len()).filter(|&at| at == 0 || heads(&steps[at])).collect();
    starts.push(steps.len());
    starts.windows(2).map(|pair| pair[0]..pair[1]).collect()
}

fn left_out(all: &[Step], taken: &[bool]) -> LeftOut {
    let mut set_outside: BTreeSet<&str> = BTreeSet::new();
    let mut set_inside: BTreeSet<&str> = BTreeSet::new();
    let mut variables: Vec<String> = Vec::new();
    for (step, taken) in all.iter().zip(taken) {
        for (place, command) in step.commands().iter().enumerate() {
            let checks = || step.checks.iter().filter(move |check| check.command == place);
            let sets = command.sets.iter().map(String::as_str).chain(checks().flat_map(Check::captures));
            if !taken {
                set_outside.extend(sets);
                continue;
            }
            for name in command.reads.iter().map(String::as_str).chain(checks().flat_map(Check::recalls)) {
                let lost = set_outside.contains(name) && !set_inside.contains(name);
                if lost && !variables.iter().any(|lost| lost == name) {
                    variables.push(name.to_owned());
                }
            }
            set_inside.extend(sets);
        }
    }
    LeftOut { steps: taken.iter().filter(|taken| !**taken).count(), variables }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::deck::{self, Labs};
    use crate::plan::{self, Settings};
    use crate::source::Source;

    const DECK: &str = "\
# One\n\n.lab[\n\n```bash\nX=1\n```\n\n```bash\ntop\n```\n\n]\n\n---\n\nclass: auto\n\n# Two\n\n.lab[\n\n\
<!-- ```key q``` -->\n\n```bash\necho $X\n```\n\n]\n\n--\n\n.lab[\n\n```bash\necho $X more\n```\n<!-- ```wait 1``` -->\n\n]\n\n\
---\n\nclass: manual\n\n# Three\n\n.lab[\n\n```bash\nX=2\necho $X\n```\n\n<!-- ```key``` -->\n\n]\n";

    fn plan() -> Plan {
        let deck = deck::parse(Source::new("a.md", DECK.to_owned()), &Labs::default());
        plan::make(Arc::new(deck), &Settings::default())
    }

    fn ids(selection: &Selection) -> Vec<String> {
        let mut plan = plan();
        plan.select(selection).unwrap();
        plan.steps.into_iter().map(|step| step.id).collect()
    }

    #[test]
    fn all_that_is_said_must_fit() {
        let some = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        let none = Selection::default;
        for (selection, wanted) in [
            (none(), &["one/1", "one/2", "two/1", "two/2", "two/3", "two/4", "three/1"][..]),
            (Selection { slides: vec![3..=4], ..none() }, &["two/3", "two/4", "three/1"]),
            // The key on the second slide speaks to the command on the first.
            (Selection { slides: vec![2..=2], ..none() }, &["two/2"]),
            (Selection { slides: vec![1..=1], ..none() }, &["one/1", "one/2", "two/1"]),
            (Selection { only: some(&["MORE", "x=2"]), ..none() }, &["two/3", "two/4", "three/1"]),
            (Selection { only: some(&["thr"]), ..none() }, &["three/1"]),
            (
                Selection { from: Some("two/2".into()), until: Some("two".into()), ..none() },
                &["two/2", "two/3", "two/4"],
            ),
            // From the middle of a group is from its start.
            (
                Selection { from: Some("two".into()), until: Some("two/3".into()), ..none() },
                &["one/2", "two/1", "two/2", "two/3", "two/4"],
            ),
            (Selection { classes: some(&["auto"]), ..none() }, &["two/2", "two/3", "two/4"]),
            (Selection { exclude: some(&["auto"]), slides: vec![2..=9], ..none() }, &["three/1"]),
            (Selection { slides: vec![7..=9], ..none() }, &[]),
        ] {
            assert_eq!(ids(&selection), wanted, "{selection:?}");
        }
    }

    #[test]
    fn what_is_left_knows_what_it_lacks() {
        let mut plan = plan();
        plan.select(&Selection { slides: vec![3..=4], ..Selection::default() }).unwrap();
        assert_eq!(plan.left_out, LeftOut { steps: 4, variables: vec!["X".into()] });
        assert!(matches!(plan.steps[1].action, Action::Await { of: Some(0), .. }));
        plan.select(&Selection { slides: vec![4..=4], ..Selection::default() }).unwrap();
        assert_eq!(plan.left_out.variables, [""; 0]);
    }

    #[test]
    fn problems_of_other_slides_are_not_told() {
        let told = |slides: RangeInclusive<usize>| {
            let mut plan = plan();
            plan.select(&Selection { slides: vec![slides], ..Selection::default() }).unwrap();
            plan.diagnostics.len()
        };
        assert_eq!((told(1..=3), told(4..=4)), (0, 1));
    }

    #[test]
    fn an_unknown_step_is_told_with_the_nearest() {
        let mut plan = plan();
        let error =
            plan.select(&Selection { from: Some("tow/2".into()), ..Selection::default() }).unwrap_err();
        assert_eq!(error.to_string(), "no step is called tow/2; did you mean two/2?");
        assert!(plan.steps.is_empty());
    }
}
