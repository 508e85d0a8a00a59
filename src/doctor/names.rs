//! What decks name, to be pulled or reached before class: in their commands, in the here-docs, edits and blocks of YAML that
//! they hold, and in the manifests of this machine that they read.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use super::ways::{Does, ways};
use super::{Patient, Start, open};
use crate::bash::{self, Mention};
use crate::plan::Plan;

/// Names, each with the first place that has it: `deck.md:12`.
#[derive(Debug, Default, Serialize)]
pub struct Names {
    /// Images to pull.
    pub images: BTreeMap<String, String>,
    /// Helm charts.
    pub charts: BTreeMap<String, String>,
    /// URLs.
    pub urls: BTreeMap<String, String>,
    /// Machines.
    pub hosts: BTreeMap<String, String>,
    /// Ports of this machine.
    pub ports: BTreeMap<u16, String>,
}

/// An image in YAML or JSON, by a name that is not computed.
static IMAGE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?m)(?:^|[{,])\s*(?:-\s+)?["']?image["']?\s*:\s*["']?([A-Za-z0-9][\w./:@-]*)["']?\s*(?:[,}#]|$)"#,
    )
    .expect("a constant pattern")
});

/// A chart or a repository in YAML: `repoURL: https://…`.
static SOURCE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?m)^\s*(?:-\s+)?(?:url|repo|repoURL|repository|source):\s*["']?((?:https?|oci|ssh|git)://[\w./:@~%-]+)"#)
        .expect("a constant pattern")
});

/// What an image is built from, and what a stage of the build is called.
static FROM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?mi)^\s*FROM\s+(?:--platform=\S+\s+)?([a-z0-9][\w./:@-]*)(?:\s+AS\s+(\S+))?\s*$")
        .expect("a constant pattern")
});

/// A file longer than this, in bytes, is no manifest that somebody wrote.
const LONGEST: u64 = 1 << 20;

/// What compose reads where it is given no file.
const COMPOSE: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

impl Names {
    /// Adds what a deck names; it starts at `start`.
    pub(super) fn collect(&mut self, patient: &Patient<'_>, start: &Start) {
        let plan = patient.plan;
        let mut seen = Seen { names: self, plan, built: BTreeSet::new() };
        for command in plan.own_commands() {
            for mention in bash::mentions(&command.text) {
                seen.mention(mention, command.line);
            }
            seen.manifest(&command.text, command.line);
            // A here-doc for `docker build -`, or for a file of this name.
            if command.text.contains("Dockerfile") || command.calls("docker") {
                seen.recipe(&command.text, command.line);
            }
            if let Some(edit) = &command.edit {
                seen.file(Path::new(&edit.file), &edit.text, command.line);
            }
        }
        for (language, text, line) in plan.blocks() {
            match language.to_ascii_lowercase().as_str() {
                "yaml" | "yml" | "json" => seen.manifest(text, line),
                "dockerfile" => seen.recipe(text, line),
                _ => {}
            }
        }
        seen.files(start);
    }
}

/// The names of one deck.
struct Seen<'a> {
    names: &'a mut Names,
    plan: &'a Plan,
    /// Images that it builds itself, up to where it is read.
    built: BTreeSet<String>,
}

impl Seen<'_> {
    fn place(&self, line: usize) -> String {
        format!("{}:{line}", self.plan.deck.source.path().display())
    }

    fn mention(&mut self, mention: Mention, line: usize) {
        if open(self.plan, mention.name()) {
            return;
        }
        let place = self.place(line);
        match mention {
            Mention::Image(name) => self.image(&name, line),
            Mention::Builds(name) => drop(self.built.insert(name)),
            Mention::Chart(name) => drop(self.names.charts.entry(name).or_insert(place)),
            Mention::Url(name) => drop(self.names.urls.entry(name).or_insert(place)),
            Mention::Host(name) => drop(self.names.hosts.entry(name).or_insert(place)),
            Mention::Port(port) => drop(self.names.ports.entry(port).or_insert(place)),
            _ => {}
        }
    }

    /// An image that is not built by the deck itself.
    fn image(&mut self, name: &str, line: usize) {
        if !self.built.contains(name) && name != "scratch" && !open(self.plan, name) {
            let place = self.place(line);
            self.names.images.entry(name.to_owned()).or_insert(place);
        }
    }

    /// YAML or JSON, or a script that holds some.
    fn manifest(&mut self, text: &str, line: usize) {
        for found in IMAGE.captures_iter(text) {
            self.image(&found[1], line);
        }
        for found in SOURCE.captures_iter(text) {
            let place = self.place(line);
            self.names.urls.entry(found[1].to_owned()).or_insert(place);
        }
    }

    /// A Dockerfile.
    fn recipe(&mut self, text: &str, line: usize) {
        let mut stages: BTreeSet<&str> = BTreeSet::new();
        for found in FROM.captures_iter(text) {
            if !stages.contains(&found[1]) {
                self.image(&found[1], line);
            }
            stages.extend(found.get(2).map(|stage| stage.as_str()));
        }
    }

    fn file(&mut self, path: &Path, text: &str, line: usize) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.contains("Dockerfile") {
            self.recipe(text, line);
        } else if [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending)) {
            self.manifest(text, line);
        }
    }

    /// The manifests that are on this machine now.
    fn files(&mut self, start: &Start) {
        let composes = self.plan.own_commands().any(|command| {
            let calls = bash::calls(&command.text);
            let compose = |call: &bash::Called| {
                call.name == "docker" && call.operands.first().is_some_and(|verb| verb == "compose")
            };
            calls.iter().any(|call| call.name == "docker-compose" || compose(call))
        });
        for way in ways(self.plan, start) {
            if !matches!(way.does, Does::Needs | Does::Uses) {
                continue;
            }
            let compose =
                COMPOSE.iter().map(|name| way.path.join(name)).find(|path| composes && path.is_file());
            let path = compose.unwrap_or(way.path);
            let short = fs::metadata(&path).is_ok_and(|about| about.is_file() && about.len() <= LONGEST);
            if let Some(text) = short.then(|| fs::read_to_string(&path).ok()).flatten() {
                self.file(&path, &text, way.line);
            }
        }
    }
}
