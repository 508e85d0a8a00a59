//! A window: a terminal of its own with labrun in it, whose screen is replayed as a terminal shows it.

use std::fs::File;
use std::io::{Read, Write};
use std::num::NonZero;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open, pidfd_send_signal};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

use super::Labrun;

/// Lines of a window, unless another number is asked for.
const ROWS: u16 = 12;

/// A window with labrun in it.
pub struct Window {
    /// Its folder must stay as long as it runs.
    pub labrun: Labrun,
    child: Child,
    keyboard: File,
    screen: vt100::Parser,
    /// All that was written, to the byte.
    pub written: Vec<u8>,
    /// How much of it was waited for.
    waited: usize,
}

impl Window {
    pub fn open(labrun: Labrun, columns: u16) -> Self {
        Self::with_rows(labrun, columns, ROWS)
    }

    /// The same, of so many lines.
    pub fn with_rows(labrun: Labrun, columns: u16, rows: u16) -> Self {
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&controller).unwrap();
        unlockpt(&controller).unwrap();
        tcsetwinsize(&controller, size(columns, rows)).unwrap();
        let name = ptsname(&controller, Vec::new()).unwrap();
        let ours = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let terminal = rustix::fs::open(name, ours, Mode::empty()).unwrap();
        let command = labrun.command();
        // Of a session of its own, whose terminal this is: then ^C is a signal.
        let mut leader = Command::new("setsid");
        leader.arg("--ctty").arg(command.get_program()).args(command.get_args()).env_clear();
        leader.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        leader.current_dir(labrun.work());
        let end = || Stdio::from(terminal.try_clone().unwrap());
        let child = leader.stdin(end()).stdout(end()).stderr(end()).spawn().unwrap();
        end_in_time(&child);
        let screen = vt100::Parser::new(NonZero::new(rows).unwrap(), NonZero::new(columns).unwrap(), 1000);
        Self { labrun, child, keyboard: controller.into(), screen, written: Vec::new(), waited: 0 }
    }

    /// Takes what is written next; false at the end.
    fn read(&mut self) -> bool {
        let mut bytes = [0; 4096];
        // The kernel says EIO once nobody holds the other side.
        let count = self.keyboard.read(&mut bytes).unwrap_or(0);
        self.screen.process(&bytes[..count]);
        self.written.extend_from_slice(&bytes[..count]);
        count > 0
    }

    /// Reads until a line of the screen holds the text.
    pub fn sees(&mut self, text: &str) -> String {
        loop {
            let shown = self.screen.screen().contents();
            if let Some(line) = shown.lines().find(|line| line.contains(text)) {
                return line.to_owned();
            }
            assert!(self.read(), "{text:?} never came:\n{shown}");
        }
    }

    /// Reads until this is written, after all that was waited for in this way before.
    pub fn comes(&mut self, text: &str) {
        loop {
            let rest = &self.written[self.waited..];
            if let Some(at) = rest.windows(text.len()).position(|window| window == text.as_bytes()) {
                self.waited += at + text.len();
                return;
            }
            let so_far = String::from_utf8_lossy(rest).into_owned();
            assert!(self.read(), "{text:?} never came after {so_far:?}");
        }
    }

    /// What stands on the screen.
    pub fn shown(&self) -> String {
        self.screen.screen().contents()
    }

    /// Whether a program draws on a screen of its own there.
    pub fn is_full_screen(&self) -> bool {
        self.screen.screen().alternate_screen()
    }

    /// Closes the window, as when a person goes away; answers how labrun ended.
    pub fn close(self) -> (Labrun, Option<i32>) {
        let Self { labrun, mut child, keyboard, .. } = self;
        drop(keyboard);
        (labrun, child.wait().unwrap().code())
    }

    pub fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    pub fn resize(&mut self, columns: u16) {
        let (rows, _) = self.screen.screen().size();
        tcsetwinsize(&self.keyboard, size(columns, rows.get())).unwrap();
        self.screen.screen_mut().set_size(rows, NonZero::new(columns).unwrap());
    }

    /// Reads to the end, which is to be with this code; what ran there.
    #[track_caller]
    pub fn labrun_at_end(mut self, code: Option<i32>) -> Labrun {
        assert_eq!(self.wait(), code, "\n{}", self.shown());
        self.labrun
    }

    /// Reads to the end; the exit code.
    pub fn wait(&mut self) -> Option<i32> {
        while self.read() {}
        self.child.wait().unwrap().code()
    }

    /// Whether what is typed is shown by the terminal itself.
    pub fn echoes(&self) -> bool {
        tcgetattr(&self.keyboard).unwrap().local_modes.contains(LocalModes::ECHO)
    }

    /// Sends labrun a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Reads to the end; the exit code and all lines, also those that scrolled away.
    pub fn end(mut self) -> (Option<i32>, String) {
        while self.read() {}
        let code = self.child.wait().unwrap().code();
        assert!(!self.screen.screen().hide_cursor(), "the cursor is hidden");
        assert!(self.labrun.work().exists());
        let (_, columns) = self.screen.screen().size();
        self.screen.screen_mut().set_scrollback(usize::MAX);
        let scrolled = self.screen.screen().scrollback();
        let mut lines = Vec::new();
        for back in (0..=scrolled).rev() {
            self.screen.screen_mut().set_scrollback(back);
            let rows = self.screen.screen().rows(0, columns.into()).collect::<Vec<_>>();
            let shown = if back == 0 { rows.len() } else { 1 };
            lines.extend(rows.into_iter().take(shown));
        }
        (code, lines.join("\n"))
    }
}

/// A test waits for what never comes only so long: then labrun is gone, and what it said is told.
fn end_in_time(child: &Child) {
    let child = pidfd_open(Pid::from_child(child), PidfdFlags::empty()).unwrap();
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_mins(2));
        // It has ended, nearly always.
        let _ = pidfd_send_signal(child, Signal::KILL);
    });
}

fn size(columns: u16, rows: u16) -> Winsize {
    Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }
}
