//! The view at a terminal: labrun runs in a window, and what it writes there is replayed as a terminal shows it.

use std::fs::File;
use std::io::{Read, Write};
use std::num::NonZero;
use std::process::{Child, Command, Stdio};

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::support::{Labrun, lab};

/// Lines of a window.
const ROWS: NonZero<u16> = NonZero::new(12).unwrap();

/// A window with labrun in it.
struct Window {
    /// Its folder must stay as long as it runs.
    labrun: Labrun,
    child: Child,
    keyboard: File,
    screen: vt100::Parser,
    /// All that was written, to the byte.
    written: Vec<u8>,
}

impl Window {
    fn open(labrun: Labrun, columns: u16) -> Self {
        let columns = NonZero::new(columns).unwrap();
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&controller).unwrap();
        unlockpt(&controller).unwrap();
        tcsetwinsize(&controller, size(columns)).unwrap();
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
        let screen = vt100::Parser::new(ROWS, columns, 1000);
        Self { labrun, child, keyboard: controller.into(), screen, written: Vec::new() }
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
    fn sees(&mut self, text: &str) -> String {
        loop {
            let shown = self.screen.screen().contents();
            if let Some(line) = shown.lines().find(|line| line.contains(text)) {
                return line.to_owned();
            }
            assert!(self.read(), "{text:?} never came:\n{shown}");
        }
    }

    fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    fn resize(&mut self, columns: u16) {
        let columns = NonZero::new(columns).unwrap();
        tcsetwinsize(&self.keyboard, size(columns)).unwrap();
        self.screen.screen_mut().set_size(ROWS, columns);
    }

    /// Reads to the end; the exit code and all lines, also those that scrolled away.
    fn end(mut self) -> (Option<i32>, String) {
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

fn size(columns: NonZero<u16>) -> Winsize {
    Winsize { ws_row: ROWS.get(), ws_col: columns.get(), ws_xpixel: 0, ws_ypixel: 0 }
}

/// A command with a name that is long enough to be cut.
fn slow() -> Labrun {
    Labrun::new()
        .lab(&["sleep 60; : this is a command that goes on and on for longer than a line"])
        .env("TERM", "xterm")
}

#[test]
fn an_interrupted_command_leaves_no_trace_of_the_live_line() {
    for columns in [80, 60, 40] {
        let mut window = Window::open(slow(), columns);
        let line = window.sees("· sleep 60");
        assert!(line.chars().count() <= usize::from(columns) - 4, "{line:?} in {columns}");
        window.sees(" 1 s");
        window.press("\x03");
        let (code, shown) = window.end();
        assert_eq!(code, Some(130), "{shown}");
        assert!(!shown.contains("· sleep"), "{shown}");
        assert!(!shown.contains("^C"), "{shown}");
        assert!(shown.contains("✗ sleep 60"), "{shown}");
    }
}

#[test]
fn the_live_line_follows_the_window() {
    let mut window = Window::open(slow(), 80);
    window.sees(" 1 s");
    window.resize(40);
    window.sees(" 3 s");
    let line = window.sees("· sleep");
    assert!(line.chars().count() <= 36, "{line:?}");
    window.press("\x03");
    let (_, shown) = window.end();
    assert!(!shown.contains("· sleep"), "{shown}");
    let row = shown.lines().find(|line| line.contains("✗ sleep")).unwrap();
    assert_eq!(row.chars().count(), 40, "{shown}");
}

#[test]
fn enter_leaves_no_trace_of_the_live_line_either() {
    let deck = format!("{}\nWe should see:\n```\nB\n```\n", lab(&["cat a"]));
    let labrun = Labrun::new().file("a", "A").deck("deck.md", deck).arg("--strict").env("TERM", "xterm");
    let mut window = Window::open(labrun, 60);
    window.sees("attempt 2");
    window.press("\r");
    let (code, shown) = window.end();
    assert_eq!(code, Some(1), "{shown}");
    assert!(shown.contains("✗ cat a") && !shown.contains("· cat"), "{shown}");
}

#[test]
fn a_wait_is_in_the_live_line() {
    let deck = "# W\n\n.lab[\n```bash\nsleep 60\n```\n<!-- ```wait never``` -->\n<!-- ```key ^C``` -->\n]\n";
    let mut window = Window::open(Labrun::new().deck("deck.md", deck).env("TERM", "xterm"), 80);
    window.sees("· wait never");
    window.press("\x03");
    let (code, shown) = window.end();
    assert_eq!(code, Some(130), "{shown}");
    assert!(!shown.contains("· wait") && shown.contains("✗ wait never"), "{shown}");
}

#[test]
fn a_terminal_that_only_prints_gets_no_live_line() {
    let labrun = Labrun::new().lab(&["sleep 1.2"]).env("TERM", "dumb");
    let mut window = Window::open(labrun, 80);
    window.sees("ok     sleep");
    let written = window.written.clone();
    assert!(!written.contains(&0x1b), "{:?}", String::from_utf8_lossy(&written));
    assert_eq!(window.end().0, Some(0));
}

#[test]
fn without_colour_only_the_live_line_moves_the_cursor() {
    let labrun = Labrun::new().lab(&["sleep 1.2"]).env("TERM", "xterm").env("NO_COLOR", "1");
    let mut window = Window::open(labrun, 80);
    window.sees("✓ sleep");
    let written = String::from_utf8_lossy(&window.written).into_owned();
    let left = written.replace("\r\x1b[J", "").replace("\x1b[A\r", "");
    assert!(left.len() < written.len() && !left.contains('\x1b'), "{written:?}");
    assert_eq!(window.end().0, Some(0));
}
