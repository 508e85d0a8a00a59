//! A started bash and the wires to it: how it comes up, and what tells labrun how it fares. What is typed, and what
//! an answer means, is not known here.

use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::frame::Frame;
use super::guard::Note;
use super::ladder::Hold;
use super::lifeline::{Ends, Lifeline};
use super::output::{Stream, Way};
use super::terminal::Display;
use super::wires::{Control, Report};
use super::{Error, Settings, Transport, typed};
use crate::sys::{self, Door, Handle, Terminal};

/// How long a shell may take until it is ready.
const START: Duration = Duration::from_secs(10);
/// How long a shell that ended may take until the last it said has come.
const LAST_WORDS: Duration = Duration::from_millis(100);
/// The oldest bash that speaks as we need it.
const OLDEST: (u32, u32) = (4, 4);

/// A bash that is ready for commands.
#[derive(Debug)]
pub(super) struct Shell {
    pub way: Way,
    pub lifeline: Lifeline,
    pub terminal: Arc<Terminal>,
    pub process: Handle,
    pub pid: u32,
    pub control: Control,
    pub report: Report,
    /// Where it reports to.
    pub report_door: Door,
    /// What programs write to the terminal.
    pub screen: Display,
    /// What bash says of our own lines.
    pub diagnostics: Stream,
    /// Where it started, as it calls it.
    pub directory: OsString,
}

impl Shell {
    /// Starts it, and waits until it is ready.
    pub(super) async fn start(settings: &Settings) -> Result<Self, Error> {
        let (terminal, its_terminal) = Terminal::open(settings.size).map_err(Error::Terminal)?;
        let terminal = Arc::new(terminal);
        let pipe = || sys::pipe().map_err(Error::io("a pipe to the shell could not be made"));
        let (its_control, control) = pipe()?;
        let (diagnostics, its_diagnostics) = pipe()?;
        let mut ways = Ways::offer(settings)?;

        let ends = Ends { control: its_control, terminal: its_terminal, diagnostics: its_diagnostics };
        let mut lifeline = Lifeline::start(settings, ways.folder(), ends)?;
        let used = || Error::io("a pipe to the shell cannot be used");
        let mut control = Control::new(control).map_err(used())?;
        let mut diagnostics = Stream::of_pipe(diagnostics, None).map_err(used())?;
        let screen = Display::new(Arc::clone(&terminal), settings.size).map_err(Error::Terminal)?;

        control.send(&typed::handshake(&ways.doors()));
        let ready = match timeout(START, ways.ready(&mut lifeline)).await {
            Ok(ready) => ready,
            Err(_late) => Err(format!("it is not ready after {} s", START.as_secs())),
        };
        let ready = match ready {
            Ok(ready) => ready,
            Err(why) => {
                let _ = timeout(LAST_WORDS, diagnostics.ended()).await;
                let said = diagnostics.take().text();
                let parts = [why.as_str(), said.trim()].into_iter().filter(|part| !part.is_empty());
                let why = parts.collect::<Vec<_>>().join(": ");
                return Err(Error::Shell { bash: settings.bash.clone(), why });
            }
        };
        if version(&ready.version).is_none_or(|version| version < OLDEST) {
            return Err(Error::TooOld { bash: settings.bash.clone(), version: ready.version });
        }
        let process = Handle::open(ready.pid).map_err(Error::io("the shell's process cannot be held"))?;
        let (way, report, report_door) = ways.choose(&ready.by)?;
        Ok(Self {
            way,
            lifeline,
            terminal,
            process,
            pid: ready.pid,
            control,
            report,
            report_door,
            screen,
            diagnostics,
            directory: ready.directory,
        })
    }

    /// What the abort ladder acts on.
    pub(super) fn hold(&self) -> Hold<'_> {
        Hold { terminal: &self.terminal, shell: &self.process, shell_pid: self.pid }
    }

    /// Whether it has read all that was typed and waits for more, though it has not reported.
    pub(super) fn is_silent(&self) -> bool {
        self.control.is_awaited_by(self.pid) && !self.report.is_waiting()
    }

    /// What it printed on the terminal and on its own standard error while it ended, without what a DEBUG trap said
    /// of our own lines.
    pub(super) async fn last_words(&mut self) -> (Vec<u8>, Vec<u8>) {
        let both = async {
            self.screen.ended().await;
            self.diagnostics.ended().await;
        };
        let _ = timeout(LAST_WORDS, both).await;
        [self.screen.take(), self.diagnostics.take()].map(|said| typed::without_ours(&said.head)).into()
    }

    /// Its directory as the kernel has it; empty where it is gone.
    pub(super) fn physical_directory(&self) -> PathBuf {
        std::fs::read_link(format!("/proc/{}/cwd", self.pid)).unwrap_or_default()
    }
}

/// The ways by which a fresh shell may report; it takes the first that opens.
struct Ways {
    offered: Vec<(&'static str, Way, Report, Door)>,
}

/// What a fresh shell says of itself.
struct Ready {
    version: String,
    directory: OsString,
    by: String,
    pid: u32,
}

impl Ways {
    fn offer(settings: &Settings) -> Result<Self, Error> {
        let make = || {
            let shared = settings.view.as_ref().map(|view| view.shared.clone());
            let folder = shared.unwrap_or_else(std::env::temp_dir);
            let folder = tempfile::Builder::new().prefix("labrun-").tempdir_in(folder)?;
            let mut ways = vec![("fifo", Way::Fifo(folder))];
            if settings.transport == Transport::Auto {
                ways.insert(0, ("proc", Way::Proc));
            }
            let offered = ways.into_iter().map(|(name, way)| {
                let (reader, door): (OwnedFd, Door) = way.pipe("report")?;
                Ok((name, way, Report::new(reader)?, door))
            });
            Ok(Self { offered: offered.collect::<std::io::Result<_>>()? })
        };
        make().map_err(Error::io("a pipe for the shell's reports could not be made"))
    }

    /// The folder that the guard is to remove.
    fn folder(&self) -> PathBuf {
        self.offered.iter().find_map(|(_, way, ..)| way.folder()).unwrap_or_default()
    }

    fn doors(&self) -> Vec<(&str, &Path)> {
        self.offered.iter().map(|(name, _, _, door)| (*name, door.path())).collect()
    }

    /// Waits until the shell is ready, or says why it is not.
    async fn ready(&mut self, lifeline: &mut Lifeline) -> Result<Ready, String> {
        let over = |note| match note {
            Some(Note::Failed(why)) => why,
            Some(Note::Ended(code)) => format!("it ended with {code}"),
            other => format!("the guard says {other:?}"),
        };
        let pid = match lifeline.note().await {
            Some(Note::Started(pid)) => pid,
            other => return Err(over(other)),
        };
        let mut reports = self.offered.iter_mut().map(|(_, _, report, _)| report);
        let (first, second) = (reports.next(), reports.next());
        let next = async |report: Option<&mut Report>| match report {
            Some(report) => report.next().await,
            None => std::future::pending().await,
        };
        let frame = tokio::select! {
            note = lifeline.note() => return Err(over(note)),
            frame = next(first) => frame,
            frame = next(second) => frame,
        };
        match frame {
            Ok(Frame::Ready { version, directory, by }) => Ok(Ready { version, directory, by, pid }),
            Ok(other) => Err(Error::unexpected(&other).to_string()),
            Err(error) => Err(error.to_string()),
        }
    }

    fn choose(self, by: &str) -> Result<(Way, Report, Door), Error> {
        let found = self.offered.into_iter().find(|(name, ..)| *name == by);
        let (_, way, report, door) = found.ok_or_else(|| Error::Protocol(format!("it reports by `{by}`")))?;
        Ok((way, report, door))
    }
}

/// `5.2.15(1)-release`: 5 and 2.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(version("5.2.15(1)-release").unwrap() >= OLDEST);
        assert!(version("4.10.0").unwrap() >= OLDEST);
        assert!(version("4.3.48(1)-release").unwrap() < OLDEST);
        assert_eq!(version("zsh"), None);
    }
}
