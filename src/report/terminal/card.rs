//! A check that did not hold: where the slide says it, what was promised and what came, what surrounds it, and what to
//! try.

use super::look::{Look, Tone};
use crate::event::{Checked, CommandEnded, DiffLine, Difference, Outcome, Promise, Quote, Verdict};
use crate::report::layout::{clean, count, fit, tilde, time, width, wrap};

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
pub(super) struct Drawn {
    look: Look,
    lines: Vec<String>,
}

impl Card<'_> {
    /// The card as lines, without an empty one around it.
    pub(super) fn draw(&self, look: Look) -> Vec<String> {
        let mut drawn = Drawn { look, lines: Vec::new() };
        drawn.headline(&self.headline(), self.checked.verdict);
        let located = drawn.excerpt(&self.checked.excerpt, self.marked_line(), &self.checked.differences);
        if !located {
            drawn.differences(&self.checked.differences);
        }
        drawn.diff(&self.checked.diff);
        if let (Some(command), Promise::Status) = (self.command, &self.checked.check) {
            drawn.outputs(&command.outcome);
        }
        drawn.attempts(self.before);
        if let Some(command) = self.command {
            drawn.surroundings(command, self.home);
        }
        for hint in &self.checked.hints {
            drawn.text(Tone::Plain, "try: ", hint);
        }
        drawn.lines
    }

    /// Which file, line and slide, and what is wrong there.
    fn headline(&self) -> (String, String) {
        let (line, slide) = match &self.checked.check {
            Promise::Output { line, slide, .. } => (*line, *slide),
            _ => (self.command.map_or(self.line, |command| command.line), self.slide),
        };
        let warning = if self.checked.verdict == Verdict::Warned { " (warning)" } else { "" };
        (format!("{}:{line}", self.path), format!(", slide {slide}: {}{warning}", self.checked.summary))
    }

    /// The line of the excerpt that the card is about.
    fn marked_line(&self) -> usize {
        match &self.checked.check {
            Promise::Output { .. } => 0,
            _ => self.command.map_or(self.line, |command| command.line),
        }
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
        let room = self.room().saturating_sub(width(label));
        for (at, line) in wrap(&clean(text), room).into_iter().enumerate() {
            let label = if at == 0 { label.to_owned() } else { " ".repeat(width(label)) };
            let (label, line) = (self.look.paint(Tone::Faint, &label), self.look.paint(tone, &line));
            self.push(&format!("{label}{line}"));
        }
    }

    fn headline(&mut self, (place, rest): &(String, String), verdict: Verdict) {
        let tone = if verdict == Verdict::Warned { Tone::Odd } else { Tone::Bad };
        for line in wrap(&clean(&format!("{place}{rest}")), self.room()) {
            let painted = match line.strip_prefix(place.as_str()) {
                Some(rest) => {
                    format!("{}{}", self.look.paint(tone, place), self.look.paint(Tone::Strong, rest))
                }
                None => self.look.paint(Tone::Strong, &line),
            };
            self.push(&painted);
        }
    }

    /// The slide's lines with their numbers. Says whether the one difference is pointed at in them.
    fn excerpt(&mut self, quotes: &[Quote], marked: usize, differences: &[Difference]) -> bool {
        let digits = quotes.iter().map(|quote| quote.line.to_string().len()).max().unwrap_or(0);
        let bar = self.look.bar();
        let indent = quotes
            .iter()
            .filter(|quote| !quote.text.trim().is_empty())
            .map(|quote| blanks(&quote.text))
            .min();
        let room = self.room().saturating_sub(2 + digits + 3);
        let shown: Vec<String> = quotes
            .iter()
            .map(|quote| fit(quote.text.get(indent.unwrap_or(0)..).unwrap_or(""), room))
            .collect();
        let pointed = pointed_at(&shown, differences);
        let mut before = None;
        for (at, (quote, text)) in quotes.iter().zip(&shown).enumerate() {
            if before.is_some_and(|before: usize| quote.line > before + 1) {
                self.push(&self.look.paint(Tone::Faint, &format!("  {:>digits$} {bar}", "")));
            }
            before = Some(quote.line);
            let number = self.look.paint(Tone::Faint, &format!("  {:>digits$} {bar}", quote.line));
            let tone = if quote.line == marked && quotes.len() > 1 { Tone::Strong } else { Tone::Plain };
            self.push(&format!("{number} {}", self.look.paint(tone, text)));
            if let Some((line, column, columns, came)) = &pointed
                && *line == at
            {
                let gutter = self.look.paint(Tone::Faint, &format!("  {:>digits$} {bar}", ""));
                let carets = self.look.paint(Tone::Came, &"^".repeat(*columns));
                let came = fit(came, room.saturating_sub(column + columns + 6).max(12));
                self.push(&format!(
                    "{gutter} {:column$}{carets} came: {}",
                    "",
                    self.look.paint(Tone::Came, &came)
                ));
            }
        }
        pointed.is_some()
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

    /// Promised lines beside those that came; what differs within them is marked.
    fn diff(&mut self, lines: &[DiffLine]) {
        let room = self.room().saturating_sub(10);
        for line in lines {
            let (word, tone) = match line.side {
                '-' => ("promised", Tone::Promised),
                '+' => ("came", Tone::Came),
                '…' => ("…", Tone::Faint),
                _ => ("", Tone::Plain),
            };
            let (mut text, mut carets) = (String::new(), String::new());
            for (emphasised, piece) in cut(&line.pieces, room) {
                let tone = if emphasised || tone == Tone::Faint { tone } else { Tone::Plain };
                text.push_str(&self.look.paint(tone, &piece));
                carets.push_str(&if emphasised { "^" } else { " " }.repeat(width(&piece)));
            }
            let word = self.look.paint(Tone::Faint, &format!("{word:<9}"));
            self.push(&format!("{word} {text}"));
            if line.side == '+' && !self.look.color && carets.contains('^') {
                self.push(&format!("{:10}{carets}", ""));
            }
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
                let room = self.room().saturating_sub(2);
                let wrapped = wrap(&clean(line), room);
                for piece in wrapped.iter().take(3) {
                    self.push(&format!("  {piece}"));
                }
                if wrapped.len() > 3 {
                    self.push(&format!("  … {} more of this line", count(width(line) - 3 * room, "column")));
                }
            }
        }
        if outcome.dropped > 0 {
            self.push(&format!("({} bytes of output were not kept)", outcome.dropped));
        }
    }

    fn attempts(&mut self, before: &[String]) {
        let mut groups: Vec<(&str, usize)> = Vec::new();
        for reason in before {
            match groups.last_mut() {
                Some((last, times)) if last == reason => *times += 1,
                _ => groups.push((reason, 1)),
            }
        }
        let left_out = groups.len().saturating_sub(3);
        for (reason, times) in &groups[left_out..] {
            let times = if *times > 1 { format!(" ({times} times)") } else { String::new() };
            let room = self.room().saturating_sub(8 + times.len());
            self.text(Tone::Plain, "before: ", &format!("{}{times}", fit(reason, room)));
        }
    }

    /// Where the command ran, and with what.
    fn surroundings(&mut self, command: &CommandEnded, home: Option<&str>) {
        let mut parts = Vec::new();
        match (&command.checks.first(), command.outcome.status) {
            (Some(Checked { check: Promise::Runs, .. }), _) => return,
            (_, Some(status)) => parts.push(format!("status {status}")),
            _ => {}
        }
        if let Some(directory) = &command.outcome.directory {
            parts.push(format!("in {}", tilde(directory, home)));
        }
        if !command.variables.is_empty() {
            let variable =
                |variable: &crate::event::Variable| format!("{}={}", variable.name, fit(&variable.value, 40));
            let variables: Vec<String> = command.variables.iter().map(variable).collect();
            parts.push(format!("with {}", variables.join(" ")));
        }
        if command.outcome.attempts > 1 {
            let total = time(command.outcome.total_ms);
            parts.push(format!("{} in {total}", count(command.outcome.attempts as usize, "attempt")));
        }
        if !parts.is_empty() {
            self.text(Tone::Faint, "", &parts.join(", "));
        }
    }
}

/// Columns of blanks at the start, tabs as one.
fn blanks(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t']).len()
}

/// Where the promised side of the only difference stands in the excerpt: line, column, columns, and what came.
fn pointed_at(shown: &[String], differences: &[Difference]) -> Option<(usize, usize, usize, String)> {
    let [Difference { promised: Some(promised), came, .. }] = differences else { return None };
    let mut places = shown
        .iter()
        .enumerate()
        .flat_map(|(line, text)| text.match_indices(promised.as_str()).map(move |(at, _)| (line, at)));
    let (line, at) = places.next()?;
    let came = came.clone().unwrap_or_else(|| "nothing".to_owned());
    let alone = places.next().is_none();
    alone.then(|| (line, width(&shown[line][..at]), width(promised), came))
}

/// Pieces of a line in at most `columns`, with what is emphasised in view.
fn cut(pieces: &[(bool, String)], columns: usize) -> Vec<(bool, String)> {
    let clean: Vec<(bool, String)> =
        pieces.iter().map(|(on, text)| (*on, clean(text).into_owned())).collect();
    let whole: usize = clean.iter().map(|(_, text)| width(text)).sum();
    if whole <= columns {
        return clean;
    }
    let before: usize = clean.iter().take_while(|(on, _)| !on).map(|(_, text)| width(text)).sum();
    let skip = if before + 10 < columns || before == whole {
        0
    } else {
        (before - columns / 3).min(whole - columns + 1)
    };
    let (mut out, mut at, mut used) = (Vec::new(), 0, 0);
    if skip > 0 {
        out.push((false, "…".to_owned()));
        used = 1;
    }
    for (on, text) in clean {
        let mut kept = String::new();
        for char in text.chars() {
            let columns_of = width(char.encode_utf8(&mut [0; 4]));
            at += columns_of;
            if at <= skip {
                continue;
            }
            if used + columns_of + 1 > columns {
                kept.push('…');
                out.push((on, kept));
                return out;
            }
            used += columns_of;
            kept.push(char);
        }
        out.push((on, kept));
    }
    out
}
