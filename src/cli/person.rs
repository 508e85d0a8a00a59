//! The person at the keyboard: shows them what the run asks, takes their answer key by key, and connects their terminal
//! with a session's. While nothing is asked, Enter cuts waiting short.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::oneshot;

use super::tty::{self, Mode};
use crate::plan::Plan;
use crate::report;
use crate::report::layout;
use crate::report::plan::View;
use crate::run::Control;
use crate::run::person::{Answer, Ask, At, Input, LeaveBy, Line};
use crate::values::Secrets;

/// What they may press before a step, in few words.
const KEYS: &str = "enter run, s skip, a again, b back, g go to, c continue, t terminal, q quit, ? help";
/// The same at the end of the deck.
const KEYS_AT_END: &str = "end of the deck: enter end, a again, b back, g go to, t terminal, q quit, ? help";
/// The same after a failure.
const KEYS_AFTER_FAILURE: &str = "failed: enter go on, a again, t terminal, q stop";

const HELP: &str = "
      enter, r   run it
      s          skip it
      a          the step that ran last once more
      b          back to the step before, which is then next
      g          go to a slide: steps between are skipped, those before stay as they are
      c          continue until something fails
      t          take the terminal: its shell until exit or ^D, a program that runs there until ^]
      q          quit: the rest is not run
";

/// Who answers.
#[derive(Debug)]
pub struct Person {
    asks: UnboundedReceiver<Ask>,
    /// None where nobody is at a terminal.
    typed: Option<UnboundedReceiver<Vec<u8>>>,
    control: Control,
}

/// What is shown of a deck.
#[derive(Debug)]
pub struct Showing<'a> {
    /// The deck's plan.
    pub plan: &'a Plan,
    /// What is not shown of it.
    pub secrets: Secrets,
}

impl Person {
    /// Whoever is at the terminal, if `there` says that somebody is, and the handle to a run that asks them.
    #[must_use]
    pub fn new(there: bool) -> Self {
        let (control, asks) = Control::with_person();
        Self { asks, typed: there.then(tty::typed), control }
    }

    /// The handle to a run that asks them.
    #[must_use]
    pub fn control(&self) -> Control {
        self.control.clone()
    }

    /// Answers what a run asks, until it is over.
    pub async fn attend<T>(&mut self, showing: &Showing<'_>, run: impl Future<Output = T>) -> T {
        tokio::select! {
            biased;
            came = run => came,
            never = self.serve(showing) => match never {},
        }
    }

    async fn serve(&mut self, showing: &Showing<'_>) -> std::convert::Infallible {
        loop {
            tokio::select! {
                Some(ask) = self.asks.recv() => match ask {
                    Ask::Next { at, answer } => {
                        // A question that is dropped is an answer: nobody is there.
                        if let Ok(Some(next)) = self.question(at, showing).await {
                            let _ = answer.send(next);
                        }
                    }
                    Ask::Take { by, line } => {
                        let _ = self.lend(by, line).await;
                    }
                },
                bytes = next(&mut self.typed) => match bytes {
                    Some(bytes) if bytes.contains(&b'\n') => self.control.hurry(),
                    Some(_) => {}
                    None => self.typed = None,
                },
            }
        }
    }

    /// Asks what is to happen next; none where nobody is there any more.
    async fn question(&mut self, at: At, showing: &Showing<'_>) -> io::Result<Option<Answer>> {
        let Some(typed) = &mut self.typed else { return Ok(None) };
        let mode = Mode::keys()?;
        while typed.try_recv().is_ok() {}
        let mut continued = signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?;
        let card = card(at, showing);
        let mut erase = erase(&card);
        tty::show(card.as_bytes())?;
        let answer = loop {
            tty::show(format!("\r\x1b[K{}", keys(at)).as_bytes())?;
            let bytes = tokio::select! {
                bytes = typed.recv() => bytes,
                _ = continued.recv() => {
                    mode.again()?;
                    continue;
                }
            };
            let Some(bytes) = bytes else { return Ok(None) };
            match bytes.first() {
                Some(b'?') => {
                    erase.clear();
                    tty::show(format!("\r\x1b[K{}\n", HELP.trim_matches('\n')).as_bytes())?;
                }
                Some(b'g') if !matches!(at, At::Failed(_)) => {
                    if let Some(number) = number(typed, showing.plan).await? {
                        break Answer::Slide(number);
                    }
                }
                Some(key) => {
                    if let Some(answer) = answer(*key, at) {
                        break answer;
                    }
                }
                None => {}
            }
        };
        tty::show(format!("\r\x1b[K{erase}").as_bytes())?;
        Ok(Some(answer))
    }

    /// Connects their terminal with a session's, until the run lets go of it, or they are gone.
    async fn lend(&mut self, by: LeaveBy, line: oneshot::Sender<Line>) -> io::Result<()> {
        let Some(typed) = &mut self.typed else { return Ok(()) };
        let leave = match by {
            LeaveBy::Exit => "the lab's shell is yours: exit or ^D gives it back",
            LeaveBy::Key => "what runs in the lab has your keyboard: ^] gives it back",
        };
        tty::show(format!("\r\x1b[K      {leave}\n").as_bytes())?;
        let mut resized = signal(SignalKind::window_change())?;
        let mode = Mode::raw()?;
        while typed.try_recv().is_ok() {}
        let (sender, input) = unbounded_channel();
        let (shown, mut show) = unbounded_channel::<Vec<u8>>();
        let (restored, restoring) = oneshot::channel();
        let size = || tty::size().map(|(columns, rows)| Input::Size(columns, rows));
        let mut first = size();
        let mut sender = Some(sender);
        if line.send(Line { typed: input, shown, restored: restoring }).is_err() {
            return Ok(());
        }
        loop {
            let input = tokio::select! {
                biased;
                () = std::future::ready(()), if first.is_some() => first.take(),
                bytes = typed.recv(), if sender.is_some() => {
                    let bytes = bytes.map(Input::Bytes);
                    if bytes.is_none() {
                        sender = None;
                    }
                    bytes
                }
                _ = resized.recv() => size(),
                piece = show.recv() => match piece {
                    Some(piece) => {
                        if tty::show(&piece).is_err() {
                            sender = None;
                        }
                        None
                    }
                    None => break,
                },
            };
            if let (Some(input), Some(sender)) = (input, &sender) {
                // The run may have let go of it just now.
                let _ = sender.send(input);
            }
        }
        drop(mode);
        tty::show(b"\r\n")?;
        let _ = restored.send(());
        Ok(())
    }
}

/// What comes next from the keyboard; nothing ever where there is none.
async fn next(typed: &mut Option<UnboundedReceiver<Vec<u8>>>) -> Option<Vec<u8>> {
    match typed {
        Some(typed) => typed.recv().await,
        None => std::future::pending().await,
    }
}

/// What a key means there.
fn answer(key: u8, at: At) -> Option<Answer> {
    let answer = match key {
        b'\r' | b'\n' | b'r' => Answer::Run,
        b's' => Answer::Skip,
        b'a' => Answer::Again,
        b'b' => Answer::Back,
        b'c' => Answer::Continue,
        b't' => Answer::Terminal,
        // At the end of input nobody is there, as it were.
        b'q' | 0x04 => Answer::Stop,
        _ => return None,
    };
    let means = match at {
        At::Before(_) => true,
        At::Failed(_) => matches!(answer, Answer::Run | Answer::Again | Answer::Terminal | Answer::Stop),
        At::End => !matches!(answer, Answer::Skip | Answer::Continue),
    };
    means.then_some(answer)
}

/// Reads the number of a slide, until Enter; none where another key gives it up.
async fn number(typed: &mut UnboundedReceiver<Vec<u8>>, plan: &Plan) -> io::Result<Option<usize>> {
    let slides = plan.deck.slides.iter().map(|slide| slide.number).max().unwrap_or_default();
    let mut digits = String::new();
    loop {
        tty::show(format!("\r\x1b[Kslide (1 to {slides}): {digits}").as_bytes())?;
        let Some(bytes) = typed.recv().await else { return Ok(None) };
        for byte in bytes {
            match byte {
                b'0'..=b'9' if digits.len() < 6 => digits.push(char::from(byte)),
                0x08 | 0x7f => drop(digits.pop()),
                b'\r' | b'\n' => {
                    return Ok(digits.parse().ok().filter(|number| (1..=slides).contains(number)));
                }
                b'0'..=b'9' => {}
                _ => return Ok(None),
            }
        }
    }
}

/// What is next, and what must hold of it.
fn card(at: At, showing: &Showing<'_>) -> String {
    let At::Before(step) = at else { return String::new() };
    let mask = |text: &str| showing.secrets.mask(text).into_owned();
    let card = report::plan::step(showing.plan, step, View::new(super::columns(), &mask));
    format!("\n{}", marks(&card))
}

/// The keys that mean something there.
fn keys(at: At) -> String {
    let keys = match at {
        At::Before(_) => KEYS,
        At::Failed(_) => KEYS_AFTER_FAILURE,
        At::End => KEYS_AT_END,
    };
    let columns = tty::size().map_or(80, |(columns, _)| usize::from(columns));
    marks(&layout::fit_end(keys, columns.saturating_sub(1)))
}

fn marks(text: &str) -> String {
    if super::has_unicode() { text.to_owned() } else { layout::ascii(text) }
}

/// What takes the card away again, if all of it is on the screen.
fn erase(card: &str) -> String {
    let lines = card.lines().count();
    match tty::size() {
        Some((_, rows)) if lines > 0 && lines < usize::from(rows) => format!("\x1b[{lines}A\x1b[J"),
        _ => String::new(),
    }
}
