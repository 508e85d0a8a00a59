//! What the command line means, together with the `labrun.toml` nearest above the deck: built-in < file <
//! environment < flags.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::ask::Answers;
use super::file::{self, Error, File, LabNames, Section, Status, Unending};
use super::host::Host;
use super::known::Entry;
use super::{args, values_file};
use crate::deck::Labs;
use crate::doctor::safety::Permissions;
use crate::expect::Wildcards;
use crate::lint::Levels;
use crate::plan::{self, Selection};
use crate::run::Known;
use crate::run::policy::Limits;
use crate::values::{self, Origin, Values};

/// What holds for one deck.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch by itself")]
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it runs.
    pub stage: args::Stage,
    /// The folder that becomes the scratch HOME; simulated only.
    pub home: Option<PathBuf>,
    /// Which sections are labs.
    pub labs: Labs,
    /// Which steps are meant.
    pub selection: Selection,
    /// What fills the blanks of the deck.
    pub values: Values,
    /// Names of values that are secrets besides those whose name says so.
    pub secrets: Vec<String>,
    /// Kinds of words that promises may name, besides labrun's own.
    pub wildcards: Wildcards,
    /// Whether tokens and keys of well-known shape are masked.
    pub mask_tokens: bool,
    /// Which of its steps are known to fail.
    pub known: Vec<Known>,
    /// Programs allowed on the simulated stage.
    pub allow: Vec<String>,
    /// What it may do on `host` beyond what is its own.
    pub permissions: Permissions,
    /// What a failure does; `None`: by what the command did.
    pub on_failure: Option<args::OnFailure>,
    /// Whether each command's status counts, or only a block's last.
    pub status: Status,
    /// Whether commands that look are tried again.
    pub retry: bool,
    /// Whether warnings fail.
    pub strict: bool,
    /// Limits of commands and waits.
    pub limits: Limits,
    /// Columns and rows of the terminal that commands get.
    pub terminal: (u16, u16),
    /// What becomes of commands that never end, where the deck does not say.
    pub unending: Unending,
    /// How much the diagnostics of `lint` count.
    pub levels: Levels,
    /// Whether an `open` opens a browser.
    pub open: bool,
    /// Whether a person is asked before each step.
    pub step: bool,
    /// How many characters of a command appear in a second, where people watch.
    pub typing: Option<u32>,
}

impl Settings {
    /// What holds for `deck`, given the options of the command line.
    ///
    /// # Errors
    /// When the configuration file cannot be read or is wrong.
    pub fn of(deck: &Path, options: &Options<'_>) -> Result<Self, Error> {
        let mut settings = Self::of_file(deck, options.file(deck))?;
        settings.overlay_values(options)?;
        settings.overlay_options(options);
        Ok(settings)
    }

    /// What a configuration file alone says of `deck`.
    ///
    /// # Errors
    /// When it cannot be read or is wrong.
    pub fn of_file(deck: &Path, file: Option<PathBuf>) -> Result<Self, Error> {
        let mut settings = Self::built_in();
        if let Some(path) = file {
            for section in File::read(path.clone(), deck)?.sections()? {
                settings.overlay(section, &path)?;
            }
        }
        Ok(settings)
    }

    /// What of it a plan is made with, but for values.
    #[must_use]
    pub fn of_plan(&self) -> plan::Settings {
        plan::Settings {
            values: Values::new(),
            labs: self.labs.clone(),
            only_last_status: self.status == Status::Last,
            wildcards: self.wildcards.clone(),
        }
    }

    fn built_in() -> Self {
        Self {
            stage: args::Stage::Host,
            home: None,
            labs: Labs::default(),
            selection: Selection::default(),
            values: Values::new(),
            secrets: Vec::new(),
            wildcards: Wildcards::default(),
            mask_tokens: true,
            known: Vec::new(),
            allow: Vec::new(),
            permissions: Permissions::default(),
            on_failure: None,
            status: Status::default(),
            retry: true,
            strict: false,
            limits: Limits::default(),
            terminal: (120, 40),
            unending: Unending::default(),
            levels: Levels::default(),
            open: false,
            step: false,
            typing: None,
        }
    }

    fn overlay(&mut self, section: Section, file: &Path) -> Result<(), Error> {
        replace(&mut self.stage, section.stage);
        if let Some(home) = section.home {
            let home = file.parent().unwrap_or(Path::new("")).join(home);
            if !home.is_dir() {
                return Err(Error::Home { path: file.into(), home });
            }
            self.home = Some(home);
        }
        replace(&mut self.labs, section.labs.map(|LabNames(names)| labs(names)));
        for (name, value) in section.values {
            self.values.set(&name, value, Origin::File(file.into()));
        }
        for (code, level) in section.lint {
            let wrong = |message| Error::File { path: file.into(), message: format!("[lint]: {message}") };
            self.levels.set(&code, level).map_err(wrong)?;
        }
        self.selection.exclude.extend(section.exclude_class);
        self.secrets.extend(section.secrets);
        self.wildcards = self.wildcards.and(&section.wildcards);
        self.known.extend(section.known.into_iter().map(Entry::known));
        self.allow.extend(section.allow);
        self.permissions.kube_contexts.extend(section.kube_contexts);
        replace(&mut self.permissions.share_config, section.share_config);
        replace(&mut self.mask_tokens, section.mask_tokens);
        replace(&mut self.permissions.allow_removal, section.allow_removal);
        self.on_failure = section.on_failure.or(self.on_failure);
        replace(&mut self.status, section.status);
        replace(&mut self.retry, section.retry);
        replace(&mut self.strict, section.fail_on.map(|fail_on| fail_on == args::FailOn::Warned));
        replace(&mut self.terminal, section.terminal);
        replace(&mut self.unending, section.unending);
        replace(&mut self.limits.looks, section.limits.looks);
        replace(&mut self.limits.acts, section.limits.acts);
        replace(&mut self.limits.wait, section.limits.wait);
        replace(&mut self.limits.longwait, section.limits.longwait);
        Ok(())
    }

    /// What the environment, files, a person and the command line give, in this order.
    fn overlay_values(&mut self, options: &Options<'_>) -> Result<(), Error> {
        for (name, text) in std::env::vars_os() {
            let (Some(name), Some(text)) = (name.to_str(), text.to_str()) else { continue };
            if let Some(name) = name.strip_prefix(values::VARIABLE).filter(|name| !name.is_empty()) {
                self.values.set_spelled(name, text);
            }
        }
        for file in &options.decks.values {
            for (name, text) in values_file::read(file)? {
                self.values.set(&name, text, Origin::File(file.clone()));
            }
        }
        for (name, text) in options.answers {
            self.values.set(name, text.as_str(), Origin::Person);
        }
        self.secrets.extend(options.decks.secret.iter().cloned());
        Ok(())
    }

    fn overlay_options(&mut self, options: &Options<'_>) {
        if !options.decks.labs.is_empty() {
            self.labs = labs(options.decks.labs.clone());
        }
        for set in &options.decks.set {
            self.values.set(&set.name, set.value.clone(), Origin::Flag);
        }
        replace(&mut self.stage, options.decks.stage);
        self.selection = options.decks.select.with(&self.selection.exclude);
        if let Some(host) = options.host {
            self.permissions.kube_contexts.extend(host.kube_context.iter().cloned());
            self.permissions.share_config |= host.share_config;
            self.permissions.allow_removal |= host.allow_removal;
        }
        let Some(run) = options.run else { return };
        self.allow.extend(run.allow.iter().cloned());
        self.on_failure = run.on_failure.or(self.on_failure);
        self.retry &= !run.no_retry;
        replace(&mut self.strict, run.fail_on.map(|fail_on| fail_on == args::FailOn::Warned));
        self.strict |= run.strict;
        self.open = run.open;
        self.step = run.step;
        self.typing = run.typing;
        if let Some(limit) = run.timeout {
            self.limits.looks = limit;
            self.limits.acts = limit;
        }
        if self.stage == args::Stage::Simulated {
            // Nothing there is slow: what has not come true after this never will.
            self.limits.retrying = Some(Duration::from_secs(2));
        }
    }
}

/// What the command line says of settings.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// For every subcommand that reads decks.
    pub decks: &'a args::Decks,
    /// For `run` only.
    pub run: Option<&'a args::Run>,
    /// For what runs on `host`.
    pub host: Option<&'a Host>,
    /// What a person gave who was asked.
    pub answers: &'a Answers,
}

impl Options<'_> {
    /// The `labrun.toml` that holds for `deck`: the one named, else the nearest above the deck.
    #[must_use]
    pub fn file(&self, deck: &Path) -> Option<PathBuf> {
        file::of(self.decks.config.as_deref(), deck)
    }
}

fn labs(names: Vec<String>) -> Labs {
    if names.iter().any(|name| name == "all") { Labs::All } else { Labs::Classes(names) }
}

fn replace<T>(old: &mut T, new: Option<T>) {
    if let Some(new) = new {
        *old = new;
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::file::FILE;
    use super::*;
    use clap::Parser;

    fn settings(toml: &str, line: &[&str]) -> Result<Settings, Error> {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("decks/home")).unwrap();
        fs::write(folder.path().join("decks").join(FILE), toml).unwrap();
        for deck in ["a.md", "b.md"] {
            fs::write(folder.path().join("decks").join(deck), "").unwrap();
        }
        let deck = folder.path().join("decks/a.md");
        let line = ["labrun", deck.to_str().unwrap()].into_iter().chain(line.iter().copied());
        let cli = args::Cli::try_parse_from(line).unwrap();
        Settings::of(
            &deck,
            &Options {
                decks: &cli.run.decks,
                run: Some(&cli.run),
                host: Some(&cli.run.host),
                answers: &Answers::new(),
            },
        )
    }

    #[test]
    fn the_deck_overrides_the_file_and_the_command_line_overrides_both() {
        let toml = "stage = 'simulated'\n[limits]\nlooks = '9s'\n[decks.'a.md']\nstage = 'host'\n[decks.'b.md']\nretry = false\n";
        let of_file = settings(toml, &[]).unwrap();
        assert_eq!((of_file.stage, of_file.retry), (args::Stage::Host, true));
        assert_eq!(of_file.limits.looks, Duration::from_secs(9));
        let typed = settings(toml, &["--stage", "simulated", "--timeout", "3s"]).unwrap();
        assert_eq!((typed.stage, typed.limits.looks), (args::Stage::Simulated, Duration::from_secs(3)));
        assert_eq!(typed.limits.retrying, Some(Duration::from_secs(2)));
    }

    #[test]
    fn values_add_up_and_the_command_line_is_the_strongest() {
        let values = settings("[values]\na = '1'\nb = '2'\n", &["--set", "a=3"]).unwrap().values;
        let typed = values.get("a").map(|value| (value.text.as_str(), &value.origin));
        assert_eq!(typed, Some(("3", &Origin::Flag)));
        assert_eq!(values.get("b").map(|value| value.text.as_str()), Some("2"));
    }

    #[test]
    fn a_wrong_file_is_named_with_its_line() {
        for (toml, said) in [
            ("stag = 'host'\n", "unknown field `stag`"),
            ("stag = 'host'\n", "did you mean `stage`?"),
            ("[limits]\nlook = '9s'\n", "did you mean `looks`?"),
            ("\n\nretry = 'often'\n", "line 3"),
            ("[limits]\nlooks = 'soon'\n", "'soon' is not a time"),
            ("home = 'nowhere'\n", "there is no such folder"),
            ("terminal = '12'\n", "'12' is no size of a terminal"),
            ("terminal = '0x99999'\n", "no size of a terminal"),
            (
                "[decks.'bb.md']\nretry = true\n",
                "decks.\"bb.md\" names no file beside it; did you mean \"b.md\"?",
            ),
            ("[decks.'elsewhere.md']\n", "names no file beside it"),
            (
                "[wildcards]\nTAG = 'v('\n",
                "[TAG] stands for what is not a regular expression: unclosed group",
            ),
            ("\n[wildcards]\ntag = 'v'\n", "`tag` is no name of a wildcard"),
            ("[wildcards]\nIP = 'v'\n", "[IP] is a wildcard of labrun"),
            ("labs = ''\n", "expected classes of sections"),
            ("labs = ['lab', '']\n", "expected classes of sections"),
            ("[decks.'a.md'.decks.'b.md']\nretry = true\n", "decks of its own"),
        ] {
            let error = settings(toml, &[]).unwrap_err().to_string();
            assert!(error.contains(said) && error.contains(FILE), "{error}");
        }
    }

    #[test]
    fn labs_may_be_one_word_or_many() {
        assert_eq!(settings("labs = 'all'\n", &[]).unwrap().labs, Labs::All);
        let many = settings("labs = ['task', 'try']\n", &[]).unwrap().labs;
        assert_eq!(many, Labs::Classes(vec!["task".into(), "try".into()]));
        assert_eq!(settings("labs = 'task'\n", &["--labs", "x,all"]).unwrap().labs, Labs::All);
    }
}
