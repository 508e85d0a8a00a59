//! Where events go: the journal, the terminal, and the reports that were asked for. Secrets are masked here, once,
//! for all of them.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use super::Error;
use super::args::{self, ReportKind};
use super::decks::Planned;
use super::known::Failures;
use crate::event::journal::{self, Writer};
use crate::event::{Event, Past, Shown, Summary, masked};
use crate::report::{self, Reporter};
use crate::run::Control;
use crate::values::{self, Masker, Secrets};

/// All that listens to a run.
pub struct Sinks {
    journal: Writer,
    reporters: Vec<Box<dyn Reporter>>,
    secrets: Secrets,
    /// Of what the terminal shows, which comes in pieces.
    masker: Masker,
    /// Where the last piece came from.
    shown: Option<Shown>,
    summary: Summary,
    failures: Failures,
    control: Control,
    broken: Option<Error>,
}

impl Sinks {
    /// Opens the journal and every report file, so that a run does not start that could not be reported.
    ///
    /// # Errors
    /// When one of them cannot be written.
    pub fn open(args: &args::Run, here: &Path, id: &str, control: Control) -> Result<Self, Error> {
        let journal = Writer::create(&journals(&args.decks, here), id)?;
        let mut reporters = vec![super::terminal(args)];
        for wanted in &args.report {
            let file = create(&wanted.file)?;
            reporters.push(match wanted.kind {
                ReportKind::Junit => Box::new(report::junit::Junit::new(file)) as Box<dyn Reporter>,
                ReportKind::Json => Box::new(report::json::Json::new(file)),
                ReportKind::Cast => Box::new(report::cast::Cast::new(file)),
            });
        }
        Ok(Self {
            journal,
            reporters,
            secrets: Secrets::default(),
            masker: Masker::default(),
            shown: None,
            summary: Summary::default(),
            failures: Failures::default(),
            control,
            broken: None,
        })
    }

    /// The last run of a deck on a stage, of those whose journals are beside this one's.
    pub fn past(&self, stage: &str, deck: &Path) -> Option<Past> {
        Past::read(self.journal.path().parent()?, stage, deck)
    }

    /// From here on these are masked, with those of the decks before.
    ///
    /// # Errors
    /// When one is too short to be masked.
    pub fn mask_secrets(&mut self, deck: &Planned) -> Result<(), values::Error> {
        deck.mask(&mut self.secrets)
    }

    /// Hands an event to all. One that cannot take it any more hears nothing further, and stops the run unless it was
    /// only a reader who went away.
    pub fn emit(&mut self, event: &Event) {
        if let Event::DeckEnded(deck) = event {
            self.summary.add(&deck.summary);
        }
        match event {
            Event::Shown(shown) => self.show(shown),
            Event::Progress(_) => self.hand_out(event),
            _ => {
                self.show_rest();
                if self.secrets.is_empty() {
                    return self.hand_out(event);
                }
                let masked = masked(event, &|text| self.secrets.mask(text).into_owned());
                self.hand_out(&masked);
            }
        }
    }

    /// A piece of what the terminal shows. What may be the start of a secret waits for the next one.
    fn show(&mut self, shown: &Shown) {
        let text = self.masker.push(&self.secrets, shown.text.as_bytes());
        let text = String::from_utf8_lossy(&text).into_owned();
        self.shown = Some(Shown { text: String::new(), ..shown.clone() });
        if !text.is_empty() {
            self.hand_out(&Event::Shown(Shown { text, ..shown.clone() }));
        }
    }

    /// What has waited: no more is to come of it.
    fn show_rest(&mut self) {
        let text = self.masker.finish(&self.secrets);
        if let Some(shown) = self.shown.take().filter(|_| !text.is_empty()) {
            let text = String::from_utf8_lossy(&text).into_owned();
            self.hand_out(&Event::Shown(Shown { text, ..shown }));
        }
    }

    /// Hands a masked event to all.
    fn hand_out(&mut self, event: &Event) {
        self.failures.take(event);
        if let Err(error) = self.journal.write(event) {
            self.stop(error.into());
        }
        let mut failed = Vec::new();
        self.reporters.retain_mut(|reporter| match reporter.on(event) {
            Ok(()) => true,
            // Nobody reads any more: the run goes on for the others.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => false,
            Err(error) => {
                failed.push(error);
                false
            }
        });
        for error in failed {
            self.stop(Error::Output(error));
        }
    }

    /// What is masked.
    #[must_use]
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// The steps that failed so far.
    #[must_use]
    pub fn failures(&self) -> &Failures {
        &self.failures
    }

    /// Counts over all decks so far.
    #[must_use]
    pub fn summary(&self) -> Summary {
        self.summary.clone()
    }

    /// What went wrong on the way.
    ///
    /// # Errors
    /// The first thing that did.
    pub fn finish(self) -> Result<(), Error> {
        self.broken.map_or(Ok(()), Err)
    }

    fn stop(&mut self, error: Error) {
        self.control.stop();
        self.broken.get_or_insert(error);
    }
}

fn create(path: &Path) -> Result<BufWriter<File>, Error> {
    File::create(path).map(BufWriter::new).map_err(|source| Error::Report { path: path.into(), source })
}

/// Where journals are kept.
pub fn journals(args: &args::Decks, here: &Path) -> PathBuf {
    args.journals.clone().unwrap_or_else(|| journal::folder(here, &state_folder()))
}

/// The user's folder for things that programs keep.
pub(super) fn state_folder() -> PathBuf {
    let of = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    of("XDG_STATE_HOME").or_else(|| of("HOME").map(|home| home.join(".local/state"))).unwrap_or_else(|| {
        // Nobody else's folder.
        std::env::temp_dir().join(format!("labrun-{}", rustix::process::getuid().as_raw()))
    })
}
