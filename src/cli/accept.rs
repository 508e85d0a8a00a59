//! `labrun accept` and `labrun review`: what came in a run, written into the decks that promised something else.

use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use anstyle::{AnsiColor, Style};
use sha2::{Digest, Sha256};

use super::settings::Settings;
use super::{args, file, sinks};
use crate::accept::came::{self, Run};
use crate::accept::{self, Hunk, Proposal, patch, write};
use crate::event::{Exit, journal};
use crate::report::layout::{clean, fit, wrap};
use crate::source::{ReadError, Source};

/// Why nothing can be accepted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No run was ever made here.
    #[error("{0}: no run is recorded there; run a deck, then accept")]
    NoRun(PathBuf),
    /// More journals than one.
    #[error("one journal at a time: {0} is the second")]
    TwoJournals(PathBuf),
    /// The run did not have this deck.
    #[error("{deck} is not in the run {run}: run it, then accept")]
    NotInRun { deck: PathBuf, run: String },
    /// It ran no deck.
    #[error("the run {0} ran no deck: there is nothing to accept")]
    Empty(String),
    /// Stand-ins answered.
    #[error(
        "{0} ran on the simulated stage: what stand-ins say is not what learners will see; run it with --stage host"
    )]
    Simulated(String),
    /// The deck is another one now.
    #[error("{0} has changed since that run: run it again, then accept")]
    Changed(String),
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] journal::Error),
    /// Its configuration is wrong.
    #[error(transparent)]
    Settings(#[from] file::Error),
    /// The deck cannot be read.
    #[error(transparent)]
    Deck(#[from] ReadError),
    /// The deck cannot be written.
    #[error(transparent)]
    Write(#[from] write::Error),
}

impl Error {
    /// labrun's exit code for it.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Write(write::Error::Io { .. }) => Exit::Broke,
            _ => Exit::Usage,
        }
    }
}

/// Writes what came, or shows the patch.
///
/// # Errors
/// When there is no such run, it is not one to accept, or a deck cannot be read or written.
pub fn accept(args: &args::Accept) -> Result<Exit, super::Error> {
    let mut exit = Exit::Held;
    let mut out = io::stdout().lock();
    for (run, proposal) in proposals(&args.changes)? {
        let Proposal { source, hunks, refused } = &proposal;
        let new = accept::apply(source.text(), hunks);
        if !refused.is_empty() {
            exit = Exit::Failed;
        }
        if args.dry_run {
            out.write_all(patch_of(&run, source.text(), &new).as_bytes())?;
            left(&proposal, &run, &mut io::stderr())?;
            continue;
        }
        if !hunks.is_empty() {
            write::replace(&run.path, source.text(), &new).map_err(Error::from)?;
        }
        told(&run, hunks, &mut out)?;
        left(&proposal, &run, &mut out)?;
    }
    out.flush()?;
    Ok(exit)
}

/// Shows each hunk, asks, and writes those that a person takes.
///
/// # Errors
/// As [`accept()`], and where no person is at a terminal.
pub fn review(args: &args::Changes) -> Result<Exit, super::Error> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(super::Error::Nobody(
            "review asks a person: it needs a terminal on standard input and output; `labrun accept` does not ask",
        ));
    }
    let mut exit = Exit::Held;
    let mut all = false;
    for (run, proposal) in proposals(args)? {
        let Proposal { source, hunks, refused } = &proposal;
        let mut taken: Vec<Hunk> = Vec::new();
        let mut quit = false;
        for (at, hunk) in hunks.iter().enumerate() {
            if !all {
                show(&run, source, hunk, &format!("{} of {}", at + 1, hunks.len()))?;
                match ask()? {
                    Answer::Yes => {}
                    Answer::No => continue,
                    Answer::All => all = true,
                    Answer::Quit => {
                        quit = true;
                        break;
                    }
                }
            }
            taken.push(hunk.clone());
        }
        if !taken.is_empty() {
            let new = accept::apply(source.text(), &taken);
            write::replace(&run.path, source.text(), &new).map_err(Error::from)?;
        }
        let mut out = io::stdout().lock();
        told(&run, &taken, &mut out)?;
        left(&proposal, &run, &mut out)?;
        if taken.len() < hunks.len() || !refused.is_empty() {
            exit = Exit::Failed;
        }
        if quit {
            break;
        }
    }
    Ok(exit)
}

enum Answer {
    Yes,
    No,
    All,
    Quit,
}

/// What a person says of a hunk; the end of input is a no to all that is left.
fn ask() -> io::Result<Answer> {
    loop {
        write!(io::stdout(), "write this?  y yes, n no, a all that follow, q quit  ")?;
        io::stdout().flush()?;
        let mut line = String::new();
        if io::stdin().read_line(&mut line)? == 0 {
            writeln!(io::stdout())?;
            return Ok(Answer::Quit);
        }
        match line.trim() {
            "y" | "yes" => return Ok(Answer::Yes),
            "n" | "no" => return Ok(Answer::No),
            "a" | "all" => return Ok(Answer::All),
            "q" | "quit" => return Ok(Answer::Quit),
            _ => {}
        }
    }
}

/// What a hunk would change. Nothing in it may drive the terminal.
fn show(run: &Run, source: &Source, hunk: &Hunk, which: &str) -> io::Result<()> {
    let new = accept::apply(source.text(), [hunk]);
    let mut out = io::stdout().lock();
    let color = super::colors(args::Color::Auto, &out);
    let head = format!("{which}  {}:{}: {}", run.named, hunk.line, clean(&hunk.about));
    writeln!(out, "\n{}", fit(&head, super::columns()))?;
    for line in patch::parts(source.text(), &new).lines() {
        let style = match line.chars().next() {
            _ if !color => Style::new(),
            Some('-') => AnsiColor::Red.on_default(),
            Some('+') => AnsiColor::Green.on_default(),
            Some('@') => Style::new().dimmed(),
            _ => Style::new(),
        };
        writeln!(out, "  {style}{}{style:#}", clean(line))?;
    }
    Ok(())
}

/// What every deck of the run should be.
fn proposals(args: &args::Changes) -> Result<Vec<(Run, Proposal)>, Error> {
    let (path, decks) = journal_of(args)?;
    let events = journal::read(&path)?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut runs = came::runs(&events);
    for deck in &decks {
        if !runs.iter().any(|run| run.is(deck)) {
            return Err(Error::NotInRun { deck: deck.clone(), run: name });
        }
    }
    runs.retain(|run| decks.is_empty() || decks.iter().any(|deck| run.is(deck)));
    if runs.is_empty() {
        return Err(Error::Empty(name));
    }
    // All are looked at before the first is written.
    let mut proposals = Vec::new();
    for run in runs {
        if run.simulated {
            return Err(Error::Simulated(run.named));
        }
        write::target(&run.path)?;
        let source = Source::read(&run.path)?;
        if hex(&Sha256::digest(source.text())) != run.sha256 {
            return Err(Error::Changed(run.named));
        }
        let file = file::of(args.config.as_deref(), &run.path);
        let settings = Settings::of_file(&run.path, file)?.of_plan();
        let proposal = accept::propose(&run, source, settings, args.pin);
        proposals.push((run, proposal));
    }
    Ok(proposals)
}

/// The journal that was named, or the last one, and the decks that were named.
fn journal_of(args: &args::Changes) -> Result<(PathBuf, Vec<PathBuf>), Error> {
    let is_journal = |path: &&PathBuf| path.extension().is_some_and(|extension| extension == "jsonl");
    let mut journals = args.what.iter().filter(is_journal);
    let decks = args.what.iter().filter(|path| !is_journal(path)).cloned().collect();
    if let Some(journal) = journals.next() {
        return match journals.next() {
            Some(second) => Err(Error::TwoJournals(second.clone())),
            None => Ok((journal.clone(), decks)),
        };
    }
    let here = std::env::current_dir().unwrap_or_default();
    let folder = args.journals.clone().unwrap_or_else(|| journal::folder(&here, &sinks::state_folder()));
    let last = std::fs::read_to_string(folder.join("last")).map_err(|_| Error::NoRun(folder.clone()))?;
    Ok((folder.join(format!("{}.jsonl", last.trim())), decks))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn told(run: &Run, hunks: &[Hunk], out: &mut (impl Write + AsFd)) -> io::Result<()> {
    let changes = match hunks.len() {
        0 => "nothing was written".to_owned(),
        1 => "1 change".to_owned(),
        more => format!("{more} changes"),
    };
    writeln!(out, "{}: {changes}", run.named)?;
    let columns = super::columns_of(&*out).unwrap_or(usize::MAX);
    hunks.iter().try_for_each(|hunk| {
        let line = format!("  line {}: {}", hunk.line, clean(&hunk.about));
        writeln!(out, "{}", fit(&line, columns))
    })
}

fn left(proposal: &Proposal, run: &Run, out: &mut (impl Write + AsFd)) -> io::Result<()> {
    let columns = super::columns_of(&*out).map_or(usize::MAX, |columns| columns.saturating_sub(4).max(20));
    for refused in &proposal.refused {
        let why = format!("left as it is: {}:{}: {}", run.named, refused.line, clean(&refused.why));
        for (at, line) in wrap(&why, columns).iter().enumerate() {
            writeln!(out, "{}{line}", if at == 0 { "  " } else { "    " })?;
        }
    }
    Ok(())
}

/// The patch of a deck, its name as git calls it.
fn patch_of(run: &Run, old: &str, new: &str) -> String {
    if old == new {
        return String::new();
    }
    let path = std::fs::canonicalize(&run.path).unwrap_or_else(|_| run.path.clone());
    let root = path.ancestors().skip(1).find(|folder| folder.join(".git").exists());
    let here = std::env::current_dir().and_then(std::fs::canonicalize).ok();
    let from = |folder: Option<&Path>| folder.and_then(|folder| path.strip_prefix(folder).ok());
    let named = from(root).or_else(|| from(here.as_deref())).unwrap_or(&path);
    patch::patch(&named.to_string_lossy(), old, new)
}
