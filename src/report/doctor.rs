//! `labrun doctor` for people: what is in the way first, then what to think of, then what to pull and reach.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::layout::{clean, count, fit_end, width, wrap};
use crate::doctor::{Deck, Health, Note, Program};

/// What was found, as text; `mask` takes the secrets out of each text that is shown, while it is whole.
#[must_use]
pub fn text(health: &Health, columns: usize, mask: &dyn Fn(&str) -> String) -> String {
    let mut page = Page { text: String::new(), columns, mask };
    for deck in &health.decks {
        page.deck(deck);
    }
    page.programs(&health.programs);
    if let Some(context) = &health.kube_context {
        let place = if context.local { "on this machine" } else { "not on this machine" };
        page.row("  kube context  ", &format!("{} {}, {place}", context.name, context.server));
    }
    if let Some(host) = &health.docker_host {
        page.row("  docker host   ", host);
    }
    if health.kube_context.is_some() || health.docker_host.is_some() {
        page.line("");
    }
    let names = &health.names;
    page.names("images to pull", &names.images);
    page.names("charts", &names.charts);
    page.names("URLs", &names.urls);
    page.names("hosts", &names.hosts);
    page.names("ports of this machine", &names.ports);
    let problems: usize = health.decks.iter().map(|deck| deck.problems.len()).sum();
    page.line(&match problems {
        0 => "ready".to_owned(),
        1 => "not ready: 1 thing is in the way".to_owned(),
        many => format!("not ready: {many} things are in the way"),
    });
    page.text
}

struct Page<'a> {
    text: String,
    columns: usize,
    mask: &'a dyn Fn(&str) -> String,
}

impl Page<'_> {
    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// A label, and a text beside it that goes on below where it must.
    fn row(&mut self, label: &str, text: &str) {
        let start = width(label);
        let text = clean(&(self.mask)(text)).replace('\n', " ");
        for (at, line) in wrap(&text, self.columns.saturating_sub(start)).into_iter().enumerate() {
            let label = if at == 0 { label.to_owned() } else { " ".repeat(start) };
            self.line(&format!("{label}{line}"));
        }
    }

    fn deck(&mut self, deck: &Deck) {
        self.row("", &format!("{} · {}", deck.path, deck.stage));
        self.notes("in the way", &deck.problems);
        self.notes("to think of", &deck.warnings);
        self.notes("marked", &deck.marked);
        self.line("");
    }

    fn notes(&mut self, title: &str, notes: &[Note]) {
        if notes.is_empty() {
            return;
        }
        self.line(&format!("  {title}"));
        for note in notes {
            let hidden = if note.hidden { ", hidden" } else { "" };
            self.row(
                &format!("    line {:<5} ", note.line),
                &format!("{}{hidden}: {}", note.kind, note.text),
            );
        }
    }

    fn programs(&mut self, programs: &[Program]) {
        if programs.is_empty() {
            return;
        }
        self.line(&format!("  {}", count(programs.len(), "program")));
        let widest = programs.iter().map(|program| width(&program.name)).max().unwrap_or(0).min(20);
        for program in programs {
            let found = program.path.as_ref().map(|path| path.display().to_string());
            let said = match (program.state, &program.version, found) {
                ("found", Some(version), _) => version.clone(),
                ("found", None, Some(path)) => path,
                ("installed", ..) => "missing; the deck installs it".to_owned(),
                ("simulated", ..) => "a stand-in answers".to_owned(),
                (state, ..) => format!("{state}, {}", program.place),
            };
            let label = format!("    {:<widest$}  ", program.name);
            let room = self.columns.saturating_sub(width(&label));
            self.line(&format!("{label}{}", fit_end(&said, room)));
        }
        self.line("");
    }

    fn names<N: Display>(&mut self, title: &str, names: &BTreeMap<N, String>) {
        if names.is_empty() {
            return;
        }
        self.line(&format!("  {title}"));
        for (name, place) in names {
            self.row("    ", &format!("{name}  ({place})"));
        }
        self.line("");
    }
}
