//! What was typed ([`args`]) and what it means ([`settings`]); one short file a subcommand. Wires, decides nothing.

mod accept;
pub mod args;
mod ask;
mod ci;
mod config;
mod decks;
mod doctor;
mod fault;
mod file;
mod host;
mod known;
mod lint;
mod manual;
mod paths;
mod person;
mod plan;
mod refusal;
mod run;
pub mod select;
pub mod settings;
mod signals;
mod sinks;
mod tty;
mod unmet;
mod values_file;

use std::ffi::OsStr;
use std::io::{self, IsTerminal};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use crate::accept::write;
use crate::event::{Exit, journal};
use crate::report::Reporter;
use crate::report::terminal::{Look, Terminal};
use crate::session::guard;
use crate::stage::{self, stand_in};
use crate::sys::say;
use crate::values;
use args::{Cli, Color, Command};

/// Why labrun cannot do its work.
#[derive(Debug, thiserror::Error)]
enum Error {
    /// A deck cannot be read.
    #[error(transparent)]
    Deck(#[from] decks::Error),
    /// Nothing can be accepted.
    #[error(transparent)]
    Accept(#[from] accept::Error),
    /// Known failures cannot be written.
    #[error(transparent)]
    Known(#[from] known::Error),
    /// The journal cannot be written.
    #[error("a run keeps a journal; --journals FOLDER puts it elsewhere")]
    Journal(#[from] journal::Error),
    /// A report file cannot be written.
    #[error("cannot write the report {path}")]
    Report { path: PathBuf, source: io::Error },
    /// What a person or program reads from us cannot be written.
    #[error("cannot write the output")]
    Output(#[from] io::Error),
    /// A secret cannot be masked.
    #[error(transparent)]
    Secret(#[from] values::Error),
    /// The folder that labrun was started in is gone.
    #[error("the current directory cannot be told: was it removed? start labrun in a folder that is there")]
    Here(#[source] io::Error),
    /// Something is to be done by a person, and none is there.
    #[error("{0}")]
    Nobody(&'static str),
    /// The run's own copies of configuration cannot be made.
    #[error(transparent)]
    Stage(#[from] stage::Error),
    /// A deck cannot be mended.
    #[error(transparent)]
    Mend(#[from] write::Error),
    /// No diagnostic has this code.
    #[error("{0}")]
    Code(String),
    /// No runtime.
    #[error("cannot start the runtime")]
    Runtime(#[source] io::Error),
}

impl Error {
    fn exit(&self) -> Exit {
        match self {
            Self::Deck(error) => error.exit(),
            Self::Accept(error) => error.exit(),
            Self::Stage(_) => Exit::Nothing,
            Self::Known(_)
            | Self::Journal(_)
            | Self::Report { .. }
            | Self::Secret(_)
            | Self::Here(_)
            | Self::Nobody(_)
            | Self::Mend(_)
            | Self::Code(_) => Exit::Usage,
            Self::Output(_) | Self::Runtime(_) => Exit::Broke,
        }
    }

    /// Whether it is only that nobody reads our output any more.
    fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// The program.
#[must_use]
pub fn main() -> ExitCode {
    if let Some(exit) = stand_in::main(std::env::args_os()) {
        return exit;
    }
    if std::env::args_os().nth(1).is_some_and(|argument| argument == guard::ARGUMENT) {
        return guard::main(std::env::args_os().skip(2));
    }
    if let Some(exit) = stage::helper(std::env::args_os().skip(1)) {
        return exit;
    }
    fault::arm();
    let parsed =
        Cli::command().try_get_matches().and_then(|typed| Ok((Cli::from_arg_matches(&typed)?, typed)));
    let (cli, typed) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return unparsed(&error),
    };
    let done = match &cli.command {
        None => run::run(&cli.run),
        Some(Command::Run(args)) => run::run(args),
        Some(Command::Doctor(args)) => doctor::doctor(args),
        Some(Command::Config(args)) => {
            config::config(args, typed.subcommand().map_or(&typed, |(_, typed)| typed))
        }
        Some(Command::Completions { shell }) => manual::completions(*shell),
        Some(Command::Man { folder }) => manual::man(folder.as_deref()),
        Some(Command::Plan(args)) => plan::plan(&args.decks, None, args.format),
        Some(Command::Accept(args)) => accept::accept(args),
        Some(Command::Review(args)) => accept::review(args),
        Some(Command::Lint(args)) => lint::lint(args),
    };
    let exit = match done {
        Ok(exit) => exit,
        Err(error) if error.is_broken_pipe() => Exit::Held,
        Err(error) => {
            say(format_args!("labrun: {}", chain(&error)));
            error.exit()
        }
    };
    ExitCode::from(exit.code())
}

/// Help and the version, or what is wrong with the command line. An empty variable is named: nobody typed it.
fn unparsed(error: &clap::Error) -> ExitCode {
    let command = Cli::command();
    let empty = command
        .get_arguments()
        .filter_map(clap::Arg::get_env)
        .filter_map(OsStr::to_str)
        .find(|name| std::env::var_os(name).is_some_and(|value| value.is_empty()));
    match empty.filter(|_| error.use_stderr()) {
        Some(name) => say(format_args!("labrun: {name} is empty: give it a value, or unset it")),
        // Where nobody reads it, there is nobody to tell.
        None => drop(error.print()),
    }
    let exit = if error.use_stderr() { Exit::Usage } else { Exit::Held };
    ExitCode::from(exit.code())
}

/// Where labrun was started.
fn here() -> Result<PathBuf, Error> {
    std::env::current_dir().map_err(Error::Here)
}

/// Says on standard error what holds nothing up.
fn warn(warnings: &[String]) {
    for warning in warnings {
        say(format_args!("labrun: warning: {warning}"));
    }
}

/// An error and its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// Whether to colour a stream.
fn colors(color: Color, stream: &impl IsTerminal) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            stream.is_terminal()
                && !is_dumb()
                && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        }
    }
}

/// Whether the terminal may do nothing but print.
fn is_dumb() -> bool {
    std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb")
}

/// The view of a run for whoever started it.
fn terminal(args: &args::Run) -> Box<dyn Reporter> {
    let out = io::stdout();
    let look = Look {
        columns: columns(),
        color: colors(args.decks.color, &out),
        ascii: !has_unicode(),
        quiet: args.quiet,
        outputs: args.verbose || args.step || args.typing.is_some(),
        passed: args.verbose,
    };
    let live = has_live_line(args);
    let terminal = Terminal::new(io::LineWriter::new(tty::Out(out)), look).following(columns);
    Box::new(if live { terminal.live(|| columns_of(io::stderr()).unwrap_or(80)) } else { terminal })
}

/// Whether what runs now can be shown on standard error.
fn has_live_line(args: &args::Run) -> bool {
    io::stderr().is_terminal() && !is_dumb() && !args.quiet
}

/// Columns of the report: those of the terminal, within what reads well; 80 where there is none.
fn columns() -> usize {
    columns_of(io::stdout()).map_or(80, |columns| columns.clamp(40, 120))
}

/// Columns of the terminal that a stream goes to; one that says 0 does not know.
fn columns_of(stream: impl AsFd) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(stream).ok()?;
    (size.ws_col > 0).then_some(usize::from(size.ws_col))
}

/// Whether marks beyond ASCII can be shown: not on a dumb terminal, nor where the locale says otherwise.
fn has_unicode() -> bool {
    let of = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let utf8 = |locale: String| locale.to_ascii_lowercase().replace('-', "").contains("utf8");
    of("TERM").is_none_or(|term| term != "dumb")
        && of("LC_ALL").or_else(|| of("LC_CTYPE")).or_else(|| of("LANG")).is_none_or(utf8)
}
