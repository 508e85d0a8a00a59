//! A promised text written anew, line by line.

use std::ops::Range;

use super::Row;
use super::line::{generalised, literal, with_wildcards};
use crate::expect::align::{Alignment, Pair, align};
use crate::expect::pattern::{Glob, Pattern, may_be_wrapped, wraps};
use crate::expect::text::{self, Blanks, Line};
use crate::expect::wildcard::{Wildcards, is_gap};
use crate::expect::{Mode, Output};

/// More lines than these, besides one for each that did not come, become a `...` where the promise had none between.
const MOST_NEW: usize = 8;
/// Lines that one line of an output may be wrapped into.
const MOST_WRAPPED: usize = 6;

/// One or more promised lines that stand for one line of an output.
struct Slot {
    rows: Range<usize>,
    line: Line,
}

/// How lines are compared.
#[derive(Clone, Copy)]
struct Ready<'a> {
    mode: Mode,
    wildcards: &'a Wildcards,
    homes: &'a [&'a str],
}

impl Ready<'_> {
    fn of(self, line: &str) -> String {
        text::ready(line, self.homes, Blanks::of(self.mode))
    }

    /// The lines of a stream; where blanks do not count, those that have something.
    fn lines(self, stream: &str) -> Vec<Line> {
        let shown = text::plain(stream, Blanks::Kept);
        let lines = shown.lines().map(|line| Line { ready: self.of(line), shown: line.to_owned() });
        lines.filter(|line| Blanks::of(self.mode) == Blanks::Kept || !line.ready.is_empty()).collect()
    }
}

/// The lines of `promised` as they must be for `came`. With `lenient`, a first or last line that is a part of what came
/// stays.
pub(super) fn rows(
    promised: &str,
    (mode, wildcards): (Mode, &Wildcards),
    came: &Output<'_>,
    before: Option<&Output<'_>>,
    lenient: bool,
) -> Vec<Row> {
    let ready = Ready { mode, wildcards, homes: came.homes };
    let old: Vec<&str> = if promised.is_empty() { Vec::new() } else { promised.split('\n').collect() };
    if old.iter().all(|line| line.trim().is_empty()) {
        // Nothing was written: all of it, as it came.
        let stream = if came.stdout.trim().is_empty() { came.stderr } else { came.stdout };
        let new = |line: &str| Row { text: line.to_owned(), of: None, kept: false };
        return text::plain(stream, Blanks::Kept).lines().map(new).collect();
    }
    let read = |output: &Output<'_>| {
        let both = format!("{}\n{}", output.stderr, output.stdout);
        [ready.lines(output.stdout), ready.lines(output.stderr), ready.lines(&both)]
    };
    let streams = read(came);
    let others = before.map(read);
    let best = streams.iter().enumerate().map(|(at, lines)| {
        let slots = slots(&old, lines, ready);
        let promised: Vec<Line> = slots.iter().map(|slot| slot.line.clone()).collect();
        let matchers: Vec<_> =
            slots.iter().map(|slot| Glob::of_line(&slot.line.ready, mode, wildcards)).collect();
        let alignment = align(&promised, &matchers, lines, mode);
        (at, slots, alignment)
    });
    let best = best.max_by_key(|(at, _, alignment)| {
        (alignment.score(), !streams[*at].is_empty(), std::cmp::Reverse(*at))
    });
    let Some((at, slots, alignment)) = best else { return Vec::new() };
    let other = others.as_ref().map(|others| &others[at]).filter(|other| other.len() == streams[at].len());
    let mut rewrite = Rewrite {
        old: &old,
        came: &streams[at],
        before: other.map(Vec::as_slice),
        ready,
        lenient,
        rows: Vec::new(),
    };
    rewrite.all(&slots, &alignment);
    rewrite.rows
}

/// Promised lines, put together where one line of the output was wrapped to fit on the slide.
fn slots(old: &[&str], came: &[Line], ready: Ready<'_>) -> Vec<Slot> {
    let mut slots: Vec<Slot> = Vec::new();
    let mut at = 0;
    while at < old.len() {
        let wrapped = || {
            let longest = MOST_WRAPPED.min(old.len() - at);
            let short =
                |count: &usize| old[at..at + count - 1].iter().all(|line| may_be_wrapped(line.trim()));
            let joined = |count: usize| [" ", ""].map(|by| (count, join(&old[at..at + count], by, ready)));
            let counts = (2..=longest).rev().filter(short);
            counts.flat_map(joined).find(|(_, line)| {
                Glob::of_line(line, ready.mode, ready.wildcards)
                    .is_some_and(|one| came.iter().any(|c| one.matches(&c.ready)))
            })
        };
        let wrapped = if wraps(ready.mode) && may_be_wrapped(old[at].trim()) { wrapped() } else { None };
        let (count, line) = wrapped.unwrap_or_else(|| (1, ready.of(old[at])));
        let blank = line.is_empty() && Blanks::of(ready.mode) == Blanks::Folded;
        if !blank {
            slots.push(Slot { rows: at..at + count, line: Line { ready: line, shown: old[at].to_owned() } });
        }
        at += count;
    }
    slots
}

fn join(lines: &[&str], by: &str, ready: Ready<'_>) -> String {
    let lines: Vec<String> = lines.iter().map(|line| ready.of(line)).collect();
    lines.join(by)
}

/// Promised lines, one after the other, that did not come.
#[derive(Default)]
struct Hole<'a> {
    before: usize,
    /// A `...` among them.
    gap: Option<&'a Slot>,
    /// Those behind it.
    behind: usize,
}

struct Rewrite<'a> {
    old: &'a [&'a str],
    came: &'a [Line],
    before: Option<&'a [Line]>,
    ready: Ready<'a>,
    lenient: bool,
    rows: Vec<Row>,
}

impl Rewrite<'_> {
    fn all(&mut self, slots: &[Slot], alignment: &Alignment) {
        let mode = self.ready.mode;
        let gap = |slot: &Slot| is_gap(&slot.line.ready);
        let wanted = slots.iter().filter(|slot| !gap(slot)).count();
        let all = self.came.len();
        let Some(first) = alignment.pairs.iter().position(Option::is_some) else {
            let (from, to) = match mode {
                Mode::First => (0, wanted.min(all)),
                Mode::Last => (all - wanted.min(all), all),
                _ => (0, all),
            };
            return (from..to).for_each(|at| self.add(at));
        };
        let leading = slots[..first].iter().filter(|slot| !gap(slot)).count();
        let gap_before = slots[..first].iter().any(gap);
        let first = alignment.pairs[first].map_or(0, |pair| pair.came);
        let mut next = match mode {
            Mode::Exact | Mode::First => 0,
            _ if gap_before => first,
            _ => first.saturating_sub(leading),
        };
        let mut hole = Hole::default();
        for (at, (slot, pair)) in slots.iter().zip(&alignment.pairs).enumerate() {
            match pair {
                Some(pair) => {
                    self.fill(&std::mem::take(&mut hole), next..pair.came);
                    self.pair(slot, *pair, at == 0, at + 1 == slots.len());
                    next = pair.came + 1;
                }
                None if gap(slot) => hole.gap = Some(slot),
                None if hole.gap.is_some() => hole.behind += 1,
                None => hole.before += 1,
            }
        }
        let end = if matches!(mode, Mode::Exact | Mode::Last) { all } else { (next + hole.before).min(all) };
        self.fill(&hole, next..end);
    }

    /// Writes what came in place of promised lines that did not.
    fn fill(&mut self, hole: &Hole<'_>, came: Range<usize>) {
        let Some(gap) = hole.gap else {
            if came.len() > MOST_NEW + hole.before && self.ready.mode != Mode::Exact {
                return self.rows.push(Row { text: "...".to_owned(), of: None, kept: false });
            }
            return came.for_each(|at| self.add(at));
        };
        let before = (came.start + hole.before).min(came.end);
        let behind = came.end.saturating_sub(hole.behind).max(before);
        (came.start..before).for_each(|at| self.add(at));
        self.keep(gap);
        (behind..came.end).for_each(|at| self.add(at));
    }

    fn pair(&mut self, slot: &Slot, pair: Pair, first: bool, last: bool) {
        let came = &self.came[pair.came];
        let part = || {
            let pattern = Pattern::new(&slot.line.ready, Mode::Contains, self.ready.wildcards).ok();
            pattern.is_some_and(|pattern| pattern.find(&came.ready).is_some())
        };
        let edge = self.lenient && (first || last) && wraps(self.ready.mode);
        if pair.holds || (edge && part()) {
            return self.keep(slot);
        }
        self.blanks_before(slot.rows.start);
        let old = self.old[slot.rows.start];
        let ready = self.ready;
        let how = (ready.mode, ready.wildcards);
        let kept = with_wildcards(old, &came.shown, how, |line| ready.of(line));
        let text = kept.unwrap_or_else(|| self.generalised(pair.came));
        self.rows.push(Row { text, of: Some(slot.rows.start), kept: false });
    }

    /// Promised lines that stay.
    fn keep(&mut self, slot: &Slot) {
        self.blanks_before(slot.rows.start);
        for at in slot.rows.clone() {
            self.rows.push(Row { text: self.old[at].to_owned(), of: Some(at), kept: true });
        }
    }

    /// Empty lines above a promised line, where they do not count.
    fn blanks_before(&mut self, at: usize) {
        if Blanks::of(self.ready.mode) == Blanks::Kept {
            return;
        }
        let count = self.old[..at].iter().rev().take_while(|line| line.trim().is_empty()).count();
        for at in at - count..at {
            self.rows.push(Row { text: self.old[at].to_owned(), of: Some(at), kept: true });
        }
    }

    fn add(&mut self, at: usize) {
        let text = self.generalised(at);
        self.rows.push(Row { text, of: None, kept: false });
    }

    /// A line as it came, with wildcards where another attempt printed something else.
    fn generalised(&self, at: usize) -> String {
        let came = &self.came[at].shown;
        match self.before.map(|before| &before[at].shown).filter(|before| *before != came) {
            Some(before) => generalised(came, before),
            None => literal(came, (self.ready.mode, self.ready.wildcards), |line| self.ready.of(line)),
        }
    }
}
