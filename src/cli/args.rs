//! What was typed: the command line, as clap reads it. What it means is [`super::settings`]'s.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::host::Host;
use super::select::Select;
use crate::stage::Kind;

const RUNNING: &str = "Running";
const REPORTING: &str = "Reporting";

const AFTER_HELP: &str = "\
Examples:
  labrun slides/registry.md                   run a deck where its labrun.toml says
  labrun plan slides/registry.md              show what would run, and touch nothing
  labrun lint slides                          say what is wrong with the decks of a folder
  labrun slides/registry.md --stage host      run it for real, on this machine
  labrun accept                               write what came into the decks that promised something else
  labrun README.md --labs all                 run every bash block of any markdown file
  labrun slides/registry.md --step --typing   show it to a class, step by step
  labrun slides/*.md --report junit=labs.xml  what a CI job wants

Exit codes:
  0 all held   1 a step or check failed   2 usage or configuration   3 the deck has errors
  4 nothing could be run   5 labrun or its shell broke   130 interrupted";

/// Runs the labs of markdown training slides as a learner types them, checks what the slides promise, and names the
/// line that is wrong.
#[derive(Debug, Parser)]
#[command(name = "labrun", version, after_help = AFTER_HELP, max_term_width = 100)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Cli {
    /// The subcommand; without one, `run`.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// What `run` takes.
    #[command(flatten)]
    pub run: Run,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run decks and check what they promise (the default)
    Run(Box<Run>),
    /// Show what would run and be checked; reads the deck only
    Plan(Box<Plan>),
    /// Tell whether this machine is ready for decks; runs nothing of them
    Doctor(Box<Doctor>),
    /// Write what came in the last run into the decks that promised something else
    Accept(Accept),
    /// The same, asking before each change
    Review(Changes),
    /// Say what is wrong with decks; reads them only
    Lint(Box<Lint>),
    /// Show what holds for decks, each value with where it comes from
    Config(Box<Run>),
    /// Print what a shell reads to complete labrun's options
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write one for each subcommand
    Man {
        /// Where they are written
        folder: Option<PathBuf>,
    },
}

/// What `labrun run` takes.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch that people type")]
#[derive(Args, Debug)]
#[command(next_line_help = false)]
pub struct Run {
    /// Which decks, and how they are read.
    #[command(flatten)]
    pub decks: Decks,
    /// Only show what would run and be checked, as `labrun plan` does
    #[arg(long, help_heading = RUNNING)]
    pub dry_run: bool,
    /// Ask before each step, at a terminal: run, skip, again, back, go to a slide, take the terminal
    #[arg(long, help_heading = RUNNING)]
    pub step: bool,
    /// Let commands appear as if typed, so many characters a second [default without a number: 16]
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "16", value_name = "RATE")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1000), conflicts_with = "quiet", help_heading = RUNNING)]
    pub typing: Option<u32>,
    /// What a failure does to the rest of its deck; `shell` hands over the failed session first [default: stop if the
    /// command acted, else continue]
    #[arg(long, value_enum, env = "LABRUN_ON_FAILURE", hide_env = true, hide_possible_values = true)]
    #[arg(value_name = "stop|continue|shell", help_heading = RUNNING)]
    pub on_failure: Option<OnFailure>,
    /// Limit of each command, such as 90s or 5m [default: 10m if it acts, 1m if it only looks]
    #[arg(long, env = "LABRUN_TIMEOUT", hide_env = true, value_name = "TIME", value_parser = duration, help_heading = RUNNING)]
    pub timeout: Option<Duration>,
    /// Type every command once, even when it only looks
    #[arg(long, help_heading = RUNNING)]
    pub no_retry: bool,
    /// Count warnings as failures
    #[arg(long, conflicts_with = "fail_on", help_heading = REPORTING)]
    pub strict: bool,
    /// List the steps that fail in labrun.toml, as known: from then on they are reported and do not fail
    #[arg(long, help_heading = REPORTING)]
    pub write_known: bool,
    /// What makes the run fail [default: failed]
    #[arg(long, value_enum, hide_possible_values = true)]
    #[arg(value_name = "failed|warned", help_heading = REPORTING)]
    pub fail_on: Option<FailOn>,
    /// Open the addresses of `open` directives in a browser
    #[arg(long, help_heading = RUNNING)]
    pub open: bool,
    /// Never ask for values at the terminal
    #[arg(long, help_heading = RUNNING)]
    pub no_input: bool,
    /// What decks may do on `host`.
    #[command(flatten)]
    pub host: Host,
    /// On the simulated stage, let this program run although no stand-in knows it
    #[arg(long, value_name = "PROGRAM", help_heading = RUNNING)]
    pub allow: Vec<String>,
    /// Also write a report; may be given more than once
    #[arg(long, value_name = "junit|json|cast=FILE", help_heading = REPORTING)]
    pub report: Vec<Report>,
    /// Also show what commands printed that held, and what `like` let pass
    #[arg(short, long, conflicts_with = "quiet", help_heading = REPORTING)]
    pub verbose: bool,
    /// Show failures and the summary only
    #[arg(short, long, help_heading = REPORTING)]
    pub quiet: bool,
}

/// What `labrun plan` takes.
#[derive(Args, Debug)]
pub struct Plan {
    /// Which decks, and how they are read.
    #[command(flatten)]
    pub decks: Decks,
    /// For people, or for programs (docs/plan.md) [default: human]
    #[arg(long, value_enum, default_value_t, hide_default_value = true, hide_possible_values = true)]
    #[arg(value_name = "human|json")]
    pub format: Format,
}

/// What `labrun doctor` takes.
#[derive(Args, Debug)]
pub struct Doctor {
    /// Which decks, and how they are read.
    #[command(flatten)]
    pub decks: Decks,
    /// What they may do on `host`.
    #[command(flatten)]
    pub host: Host,
    /// For people, or for programs (docs/doctor.md) [default: human]
    #[arg(long, value_enum, default_value_t, hide_default_value = true, hide_possible_values = true)]
    #[arg(value_name = "human|json")]
    pub format: Format,
}

/// What `labrun accept` takes.
#[derive(Args, Debug)]
pub struct Accept {
    /// Which changes.
    #[command(flatten)]
    pub changes: Changes,
    /// Show the changes as a patch, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Which changes of decks a run brings.
#[derive(Args, Debug)]
pub struct Changes {
    /// The journal of a run [default: the last one], and which of its decks [default: all]
    #[arg(value_name = "JOURNAL|DECK")]
    pub what: Vec<PathBuf>,
    /// Also turn promises of the prose that held into `expect` directives, which always count
    #[arg(long)]
    pub pin: bool,
    /// Use this configuration file [default: the nearest labrun.toml above each deck]
    #[arg(long, env = "LABRUN_CONFIG", hide_env = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where journals are kept [default: .labrun/runs at the git root, else the state folder]
    #[arg(long, env = "LABRUN_JOURNALS", hide_env = true, value_name = "FOLDER")]
    pub journals: Option<PathBuf>,
}

/// What `labrun lint` takes.
#[derive(Args, Debug)]
pub struct Lint {
    /// Which decks, and how they are read.
    #[command(flatten)]
    pub decks: Decks,
    /// For people, for programs (docs/lint.md), or annotations for GitHub [default: human]
    #[arg(long, value_enum, default_value_t, hide_default_value = true, hide_possible_values = true)]
    #[arg(value_name = "human|json|github")]
    pub format: LintFormat,
    /// Mend what can be mended with certainty, in the decks themselves
    #[arg(long)]
    pub fix: bool,
    /// Say what a code means, show a deck that brings it, and say what to do
    #[arg(long, value_name = "CODE", conflicts_with_all = ["paths", "fix"])]
    pub explain: Option<String>,
}

/// Which decks, and how they are read.
#[derive(Args, Debug)]
pub struct Decks {
    /// Markdown files of slides, folders of them, or patterns such as 'slides/**/*.md'
    #[arg(required = true, value_name = "DECK")]
    pub paths: Vec<PathBuf>,
    /// Which steps are meant.
    #[command(flatten)]
    pub select: Select,
    /// Where to run: this machine, or stand-ins that touch no cluster and no Docker engine
    #[arg(long, value_enum, env = "LABRUN_STAGE", hide_env = true, hide_possible_values = true)]
    #[arg(value_name = "host|simulated", help_heading = RUNNING)]
    pub stage: Option<Stage>,
    /// Section classes that are labs, or `all` for every bash block [default: lab,exercise]
    #[arg(long, env = "LABRUN_LABS", hide_env = true, value_name = "CLASS,…|all", value_delimiter = ',')]
    #[arg(value_parser = class)]
    pub labs: Vec<String>,
    /// Fill in a blank, or a word, of the deck
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub set: Vec<Assignment>,
    /// Fill in the values of a file, in TOML, YAML or JSON; may be given more than once
    #[arg(long, value_name = "FILE")]
    pub values: Vec<PathBuf>,
    /// Mask this value, or variable of the environment, in all that is shown and written
    #[arg(long, value_name = "NAME")]
    pub secret: Vec<String>,
    /// Use this configuration file [default: the nearest labrun.toml above each deck]
    #[arg(long, env = "LABRUN_CONFIG", hide_env = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where journals of runs are kept [default: .labrun/runs at the git root, else the state folder]
    #[arg(long, env = "LABRUN_JOURNALS", hide_env = true, value_name = "FOLDER")]
    pub journals: Option<PathBuf>,
    /// When to colour [default: auto: at a terminal, unless `NO_COLOR` is set]
    #[arg(long, value_enum, default_value_t, hide_default_value = true, hide_possible_values = true)]
    #[arg(value_name = "auto|always|never")]
    pub color: Color,
}

/// `--stage`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// This machine, for real
    Host,
    /// Stand-ins; no cluster, no Docker engine
    Simulated,
}

impl Stage {
    /// The same, as stages know it.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Self::Host => Kind::Host,
            Self::Simulated => Kind::Simulated,
        }
    }

    /// What people call it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Simulated => "simulated",
        }
    }
}

/// `--on-failure`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnFailure {
    /// Stop the deck
    Stop,
    /// Go on with the next command
    Continue,
    /// Hand the failed session to the person at the terminal, then ask
    Shell,
}

/// `--fail-on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailOn {
    /// A failure
    Failed,
    /// A failure or a warning, as --strict
    Warned,
}

/// `--format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// To read
    #[default]
    Human,
    /// Format 1, documented in docs/plan.md
    Json,
}

/// `--format` of `lint`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LintFormat {
    /// To read
    #[default]
    Human,
    /// Format 1, documented in docs/lint.md
    Json,
    /// Workflow commands: annotations beside the lines of a change
    Github,
}

/// `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// At a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// `NAME=VALUE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Before the first `=`.
    pub name: String,
    /// After it.
    pub value: String,
}

impl FromStr for Assignment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => {
                Ok(Self { name: name.trim().into(), value: value.into() })
            }
            _ => Err("expected NAME=VALUE".into()),
        }
    }
}

/// `KIND=FILE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Which report.
    pub kind: ReportKind,
    /// Where it is written.
    pub file: PathBuf,
}

/// The reports that `--report` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportKind {
    /// `JUnit` XML.
    Junit,
    /// One JSON document.
    Json,
    /// A recording of the session, for terminal players.
    Cast,
}

impl FromStr for Report {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, file) = text.split_once('=').ok_or("expected KIND=FILE, such as junit=labs.xml")?;
        let kind = match kind {
            "junit" => ReportKind::Junit,
            "json" => ReportKind::Json,
            "cast" => ReportKind::Cast,
            other => return Err(format!("no report is called '{other}'; there are junit, json and cast")),
        };
        if file.is_empty() {
            return Err("expected a file after '='".into());
        }
        Ok(Self { kind, file: file.into() })
    }
}

/// The name of a section class.
///
/// # Errors
/// When it is none: it is empty, or of several words.
pub fn class(text: &str) -> Result<String, String> {
    let class = text.trim();
    if class.is_empty() || class.contains(char::is_whitespace) {
        return Err("expected classes of sections, such as lab,exercise, or all".into());
    }
    Ok(class.to_owned())
}

/// A time such as `90s`, `5m` or `1h 30m`.
///
/// # Errors
/// When it is none, or not above zero.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("'{text}' is not a time such as 90s, 5m or 1h");
    let span: jiff::SignedDuration = text.parse().map_err(|_| wrong())?;
    Duration::try_from(span).ok().filter(|time| !time.is_zero()).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_deck_alone_means_run() {
        let cli = Cli::try_parse_from(["labrun", "a.md", "--strict"]).unwrap();
        assert!(cli.command.is_none() && cli.run.strict);
        let cli = Cli::try_parse_from(["labrun", "run", "a.md"]).unwrap();
        assert!(matches!(cli.command, Some(Command::Run(run)) if run.decks.paths.len() == 1));
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, seconds) in [("90s", 90), ("5m", 300), ("1h 30m", 5400), ("2 min", 120)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "5", "-3s", "0s", "soon"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_class_has_a_name() {
        assert_eq!(class(" lab "), Ok("lab".into()));
        for text in ["", " ", "two words"] {
            assert!(class(text).is_err(), "{text}");
        }
    }

    #[test]
    fn assignments_and_reports_say_what_is_wrong_with_them() {
        assert_eq!("a=b=c".parse(), Ok(Assignment { name: "a".into(), value: "b=c".into() }));
        assert!("=b".parse::<Assignment>().is_err());
        assert_eq!(
            "xml=f".parse::<Report>().unwrap_err(),
            "no report is called 'xml'; there are junit, json and cast"
        );
        assert!("junit=".parse::<Report>().is_err());
    }
}
