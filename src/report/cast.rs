//! `--report cast=FILE`: the session as a recording that terminal players replay (asciicast, version 2): what was typed,
//! what came, and when.
//!
//! Each line is one JSON array, written when its event comes, so that a run that breaks off leaves a recording of what
//! it did. Slides are markers, which players jump to. Times are those of the events.

use std::io::{self, Write};
use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;
use serde_json::json;

use super::Reporter;
use super::layout::clean;
use crate::event::{CommandEnded, CommandStarted, DeckStarted, Event, Left, RunStarted, Shown};

/// Columns and rows, where there is no session.
const SIZE: (u16, u16) = (80, 24);
/// Players go over longer pauses; the times in the file stay true. Seconds.
const LONGEST_PAUSE: u8 = 2;
/// What a command is typed behind.
const PROMPT: &str = "$ ";
/// The same, where the cursor is within a line.
const NEXT_PROMPT: &str = "\n$ ";
/// What each further line of it is typed behind.
const CONTINUED: &str = "> ";

/// What moves no cursor, at the end of a text.
static TRAILING: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:\x1b\[[0-?]*[ -/]*[@-~])+\z").expect("a constant pattern"));

/// Writes the recording as events come.
#[derive(Debug)]
pub struct Cast<W> {
    out: W,
    /// None once the first line is written.
    run: Option<RunStarted>,
    /// Columns and rows of the session's terminal.
    size: (u16, u16),
    /// The time of the last line, milliseconds since the run's start.
    now: u64,
    /// What is added to the deck's times; none before its first command.
    offset: Option<u64>,
    /// The slide, until a command of it is typed.
    slide: Option<String>,
    /// When the command that runs was typed, by the recording's clock; none between commands.
    typed: Option<u64>,
    /// Whether the cursor stands at the start of a line.
    fresh: bool,
    /// Whether it stands behind a prompt of ours.
    prompted: bool,
    /// Whether the command that runs was typed into a shell that shows itself what is typed, and its prompts.
    inside: bool,
}

impl<W: Write> Cast<W> {
    /// Writes to `out`.
    pub fn new(out: W) -> Self {
        Self {
            out,
            run: None,
            size: SIZE,
            now: 0,
            offset: None,
            slide: None,
            typed: None,
            fresh: true,
            prompted: false,
            inside: false,
        }
    }

    fn line(&mut self, line: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, line)?;
        writeln!(self.out)?;
        self.out.flush()
    }

    /// Something at a time; a clock never goes back.
    fn at(&mut self, ms: u64, code: &str, text: &str) -> io::Result<()> {
        self.now = self.now.max(ms);
        #[expect(clippy::cast_precision_loss, reason = "a run is shorter than 2^53 ms")]
        let seconds = self.now as f64 / 1000.0;
        self.line(&(seconds, code, text))
    }

    /// A text as a program writes it, which the terminal makes lines of.
    fn print(&mut self, ms: u64, text: &str) -> io::Result<()> {
        self.show(ms, &text.replace('\n', "\r\n"))
    }

    /// A text as it comes to the terminal.
    fn show(&mut self, ms: u64, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        (self.fresh, self.prompted) = (TRAILING.replace(text, "").ends_with('\n'), false);
        self.at(ms, "o", text)
    }

    /// The prompt, on a line of its own.
    fn prompt(&mut self, ms: u64) -> io::Result<()> {
        if !self.prompted {
            self.print(ms, if self.fresh { PROMPT } else { NEXT_PROMPT })?;
        }
        self.prompted = true;
        Ok(())
    }

    /// The first line of the file.
    fn head(&mut self, title: &str) -> io::Result<()> {
        let Some(run) = self.run.take() else { return Ok(()) };
        let time = run.time.parse::<jiff::Timestamp>().map(jiff::Timestamp::as_second).ok();
        let (width, height) = self.size;
        self.line(&json!({
            "version": 2,
            "width": width,
            "height": height,
            "timestamp": time,
            "idle_time_limit": LONGEST_PAUSE,
            "title": title,
            "env": { "SHELL": "/bin/bash", "TERM": "xterm-256color" },
        }))
    }

    fn deck_started(&mut self, deck: &DeckStarted) -> io::Result<()> {
        let path = clean(&deck.path);
        let size = deck.stage.terminal;
        if size != self.size && size.0 > 0 && size.1 > 0 {
            self.size = size;
            if self.run.is_none() {
                self.at(self.now, "r", &format!("{}x{}", size.0, size.1))?;
            }
        }
        self.head(&path)?;
        let simulated = match deck.stage.simulated.join(" ") {
            _ if deck.stage.kind != "simulated" => String::new(),
            names if names.is_empty() => ", SIMULATED".to_owned(),
            names => format!(", SIMULATED: {names}"),
        };
        (self.offset, self.slide, self.typed) = (None, None, None);
        // For a shell it is a comment.
        self.prompt(self.now)?;
        self.print(self.now, &format!("# {path}{simulated}\n"))?;
        self.prompt(self.now)
    }

    /// A deck's time by the recording's clock. One that began before the deck did counts from the run's start.
    fn clock(&mut self, at_ms: u64) -> u64 {
        let offset = *self.offset.get_or_insert(if at_ms < self.now { self.now } else { 0 });
        offset.saturating_add(at_ms)
    }

    fn command_started(&mut self, command: &CommandStarted) -> io::Result<()> {
        let at = self.clock(command.at_ms);
        if let Some(slide) = self.slide.take() {
            self.at(at, "m", &slide)?;
        }
        (self.typed, self.inside) = (Some(at), command.inside);
        if command.inside {
            return Ok(());
        }
        self.prompt(at)?;
        let lines: Vec<_> = command.text.lines().map(clean).collect();
        self.print(at, &format!("{}\n", lines.join(&format!("\n{CONTINUED}"))))
    }

    /// What came to the terminal, where the command had it.
    fn shown(&mut self, shown: &Shown) -> io::Result<()> {
        let at = self.clock(shown.at_ms);
        self.show(at, &shown.text)
    }

    /// What the last attempt printed, unless it has been shown, and the next prompt, unless another shell asks, or the
    /// command runs on. What labrun did not type has no part in the session.
    fn command_ended(&mut self, command: &CommandEnded) -> io::Result<()> {
        let Some(typed) = self.typed.take() else { return Ok(()) };
        let outcome = &command.outcome;
        let at = self.now.max(typed.saturating_add(outcome.total_ms));
        if !outcome.terminal {
            self.print(at, &outcome.stderr)?;
            self.print(at, &outcome.stdout)?;
        }
        self.now = at;
        match outcome.left {
            Some(Left::Opened | Left::Attended) => Ok(()),
            _ if self.inside => Ok(()),
            _ => self.prompt(at),
        }
    }
}

impl<W: Write> Reporter for Cast<W> {
    fn on(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::RunStarted(started) => self.run = Some(started.clone()),
            Event::DeckStarted(deck) => self.deck_started(deck)?,
            Event::SlideStarted(slide) => {
                self.slide = Some(format!("{} {}", slide.number, clean(&slide.title)));
            }
            Event::CommandStarted(command) => self.command_started(command)?,
            Event::Shown(shown) => self.shown(shown)?,
            Event::CommandEnded(command) => self.command_ended(command)?,
            // Of decks that were all refused the recording is empty, and still one.
            Event::RunEnded(_) => self.head("labrun")?,
            _ => {}
        }
        Ok(())
    }
}
