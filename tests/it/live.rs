//! The view at a terminal: labrun runs in a window, and what it writes there is replayed as a terminal shows it.

use crate::support::window::Window;
use crate::support::{Labrun, lab};

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
fn what_an_inner_shell_does_is_timed_and_interrupted() {
    let mut window = Window::open(Labrun::new().lab(&["sh\nsleep 60"]).env("TERM", "xterm"), 80);
    window.sees("· sleep 60");
    window.sees(" 2 s");
    window.press("\x03");
    let (code, shown) = window.end();
    assert_eq!(code, Some(130), "{shown}");
    assert!(!shown.contains("· sleep") && shown.contains("the command was interrupted"), "{shown}");
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
