//! A check that did not hold: where the slide says it, what was promised and what came, what surrounds it, and what to
//! try.

use super::diff;
use super::excerpt::Excerpt;
use super::look::{Look, Tone};
use crate::event::{Checked, CommandEnded, Difference, Outcome, Promise, Verdict};
use crate::report::layout::{clean, count, fit, tilde, width, wrap};

/// Lines of an output that a card shows.
const OUTPUT_LINES: usize = 8;
/// Places of JSON that a card shows.
const PLACES: usize = 5;
/// Where a card's lines begin.
const INDENT: usize = 8;

/// All that a card is made from.
pub(super) struct Card<'a> {
    pub path: &'a str,
    /// The number of the slide that the step stands on.
    pub slide: usize,
    /// The line that the step stands on.
    pub line: usize,
    pub checked: &'a Checked,
    pub command: Option<&'a CommandEnded>,
    /// Why the attempts before the last one did not hold.
    pub before: &'a [String],
    pub home: Option<&'a str>,
}

/// The lines of a card.
struct Drawn {
    look: Look,
    lines: Vec<String>,
}

impl Card<'_> {
    /// The line that is wrong, as closely as it is known.
    pub(super) fn place(&self) -> usize {
        let excerpt = Excerpt::new(&self.checked.excerpt, &self.checked.differences);
        let missing = self.checked.diff.iter().find(|line| line.side == '-');
        let missing =
            missing.map(|line| line.pieces.iter().map(|(_, text)| text.as_str()).collect::<String>());
        let by_text = || missing.and_then(|text| excerpt.line_of(&text));
        match &self.checked.check {
            Promise::Output { line, .. } => excerpt.pointed().or_else(by_text).unwrap_or(*line),
            _ => self.command.map_or(self.line, |command| command.line),
        }
    }

    /// The card as lines, without an empty one around it.
    pub(super) fn draw(&self, look: Look) -> Vec<String> {
        let mut drawn = Drawn { look, lines: Vec::new() };
        let checked = self.checked;
        drawn.headline(&format!("{}:{}", self.path, self.place()), &self.what(), checked.verdict);
        let excerpt = Excerpt::new(&checked.excerpt, &checked.differences);
        let pointed = excerpt.pointed().is_some();
        let excerpt = match &checked.check {
            // The promised lines are in the diff.
            Promise::Output { line, .. } if !checked.diff.is_empty() => excerpt.before(*line),
            _ => excerpt,
        };
        drawn.extend(excerpt.draw(look, drawn.room(), self.place()));
        if !pointed {
            drawn.differences(&checked.differences);
        }
        if let Promise::Output { mode, why, .. } = &checked.check
            && !why.is_empty()
        {
            drawn.text(Tone::Faint, "", &format!("{mode}, since {why}"));
        }
        drawn.extend(diff::draw(look, &checked.diff, drawn.room()));
        if let Some(command) = self.command {
            if matches!(checked.check, Promise::Status) {
                drawn.outputs(&command.outcome);
            }
            drawn.attempts(self.before, &checked.summary);
            drawn.surroundings(command, self.home);
        }
        for hint in &checked.hints {
            drawn.text(Tone::Plain, "try: ", hint);
        }
        drawn.lines
    }

    /// On which slide, and what is wrong there.
    fn what(&self) -> String {
        let (slide, mode) = match &self.checked.check {
            Promise::Output { slide, mode, .. } => (*slide, format!(" ({mode})")),
            _ => (self.slide, String::new()),
        };
        let warning = match self.checked.verdict {
            Verdict::Warned => ", warning",
            Verdict::Known => ", known",
            _ => "",
        };
        format!(", slide {slide}{warning}: {}{mode}", self.checked.summary)
    }
}

impl Drawn {
    fn room(&self) -> usize {
        self.look.columns.saturating_sub(INDENT).max(20)
    }

    fn push(&mut self, text: &str) {
        let text = self.look.plain(text);
        self.lines.push(format!("{:INDENT$}{text}", "").trim_end().to_owned());
    }

    /// A label and a text, wrapped beside it.
    fn text(&mut self, tone: Tone, label: &str, text: &str) {
        if text.is_empty() {
            return;
        }
        let room = self.room().saturating_sub(width(label));
        for (at, line) in wrap(&clean(text), room).into_iter().enumerate() {
            let label = if at == 0 { label.to_owned() } else { " ".repeat(width(label)) };
            let (label, line) = (self.look.paint(Tone::Faint, &label), self.look.paint(tone, &line));
            self.push(&format!("{label}{line}"));
        }
    }

    fn headline(&mut self, place: &str, rest: &str, verdict: Verdict) {
        let tone = if matches!(verdict, Verdict::Warned | Verdict::Known) { Tone::Odd } else { Tone::Bad };
        for line in wrap(&clean(&format!("{place}{rest}")), self.room()) {
            let painted = match line.strip_prefix(&*clean(place)) {
                Some(rest) => {
                    format!("{}{}", self.look.paint(tone, &clean(place)), self.look.paint(Tone::Strong, rest))
                }
                None => self.look.paint(Tone::Strong, &line),
            };
            self.push(&painted);
        }
    }

    fn extend(&mut self, lines: Vec<String>) {
        for line in lines {
            self.push(&line);
        }
    }

    /// Each place where JSON differs: the path, and both sides.
    fn differences(&mut self, differences: &[Difference]) {
        for difference in differences.iter().take(PLACES) {
            self.text(Tone::Plain, "at ", &difference.path);
            let sides =
                [("promised", Tone::Promised, &difference.promised), ("came", Tone::Came, &difference.came)];
            for (word, tone, side) in sides {
                let text = side
                    .as_deref()
                    .map_or("nothing".to_owned(), |side| fit(side, self.room().saturating_sub(12)));
                let tone = if side.is_some() { tone } else { Tone::Plain };
                self.push(&format!(
                    "  {} {}",
                    self.look.paint(Tone::Faint, &format!("{word:<9}")),
                    self.look.paint(tone, &text)
                ));
            }
        }
        if differences.len() > PLACES {
            self.push(&format!("and {}", count(differences.len() - PLACES, "more place")));
        }
    }

    /// The ends of what a failed command printed.
    fn outputs(&mut self, outcome: &Outcome) {
        let both = [("stderr", &outcome.stderr), ("stdout", &outcome.stdout)];
        let mut left = OUTPUT_LINES;
        for (name, text) in both.into_iter().filter(|(_, text)| !text.trim().is_empty()) {
            let lines: Vec<&str> = text.trim_end().lines().collect();
            let shown = lines.len().min(left.max(2));
            left = left.saturating_sub(shown);
            let out = lines.len() - shown;
            let label =
                if out > 0 { format!("{name}, after {}", count(out, "line")) } else { name.to_owned() };
            self.push(&self.look.paint(Tone::Faint, &label));
            for line in &lines[out..] {
                // What a terminal shows of a line that was written over.
                let line = line.trim_end().rsplit('\r').next().unwrap_or_default();
                let room = self.room().saturating_sub(2);
                let wrapped = wrap(&clean(line), room);
                for piece in wrapped.iter().take(3) {
                    self.push(&format!("  {piece}"));
                }
                if wrapped.len() > 3 {
                    let more: usize = wrapped[3..].iter().map(|piece| width(piece)).sum();
                    self.push(&format!("  … {} more of this line", count(more, "column")));
                }
            }
        }
        if outcome.dropped > 0 {
            self.push(&format!("({} bytes of output were not kept)", outcome.dropped));
        }
    }

    /// How the attempts before the last one ended, where more is known of them than of it.
    fn attempts(&mut self, before: &[String], last: &str) {
        if before.iter().all(|reason| reason == last) {
            return;
        }
        let mut groups: Vec<(&str, usize)> = Vec::new();
        for reason in before {
            match groups.last_mut() {
                Some((last, times)) if last == reason => *times += 1,
                _ => groups.push((reason, 1)),
            }
        }
        for (reason, times) in groups.iter().skip(groups.len().saturating_sub(3)) {
            let times = if *times > 1 { format!(" ({times} times)") } else { String::new() };
            let room = self.room().saturating_sub(8 + times.len());
            self.text(Tone::Plain, "before: ", &format!("{}{times}", fit(reason, room)));
        }
    }

    /// Where the command ran, and with what.
    fn surroundings(&mut self, command: &CommandEnded, home: Option<&str>) {
        let directory = command.outcome.directory.as_ref();
        let mut text =
            directory.map(|directory| format!("in {}", tilde(directory, home))).unwrap_or_default();
        let variables = command.variables.iter();
        let variables: Vec<String> =
            variables.map(|one| format!("{}={}", one.name, fit(&one.value, 40))).collect();
        if !variables.is_empty() {
            let comma = if text.is_empty() { "" } else { ", " };
            text = format!("{text}{comma}with {}", variables.join(" "));
        }
        self.text(Tone::Faint, "", &text);
    }
}
