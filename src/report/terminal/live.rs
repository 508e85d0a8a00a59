//! The live line: what runs now, for how long, and what it waits for. On standard error, at a terminal only; it leaves
//! no trace.
//!
//! The cursor waits on an empty line above it. What a person types is echoed there, `^C` too, and whatever the terminal
//! made of the line below, say when its window became narrower, one "erase below" takes all of it away. The line is
//! drawn when something is to be said, about once a second, so that it stands still if labrun itself does.

use std::io::{self, Write};

use super::look::Look;
use super::{Columns, INDENT};
use crate::event::{Progress, Retrying};
use crate::report::layout::{clean, fit_end, row, time, width};

/// Silence that is worth a word.
const SILENT_MS: u64 = 30_000;
/// Columns at the right edge that stay free: a terminal that is full to its last column may wrap.
const MARGIN: usize = 4;
/// Columns of the command that are shown whatever else there is to say.
const LEAST: usize = 16;

/// Erases the empty line that the cursor waits on, and all below.
const ERASE: &str = "\r\x1b[J";
/// From the end of the live line back to the empty one above it.
const BACK: &str = "\x1b[A\r";

/// A line below the report that is drawn over and over.
#[derive(Debug)]
pub(super) struct Live {
    look: Look,
    columns: Columns,
    command: String,
    /// Which attempt runs, from 1.
    attempt: u32,
    drawn: bool,
}

impl Live {
    pub(super) fn new(look: Look, columns: Columns) -> Self {
        Self { look, columns, command: String::new(), attempt: 1, drawn: false }
    }

    /// So many characters of a command stand there.
    pub(super) fn typing(&mut self, command: &str, typed: usize) {
        self.command = command.chars().take(typed).collect();
        self.attempt = 1;
        self.draw(&[]);
    }

    /// A command is typed.
    pub(super) fn start(&mut self, command: &str) {
        self.about(command);
        self.draw(&[]);
    }

    /// What runs, if it takes its time.
    pub(super) fn about(&mut self, what: &str) {
        what.clone_into(&mut self.command);
        self.attempt = 1;
    }

    /// It still runs.
    pub(super) fn progress(&mut self, progress: &Progress) {
        self.draw(&running(self.attempt, progress));
    }

    /// It is tried again.
    pub(super) fn retrying(&mut self, retrying: &Retrying) {
        self.attempt = retrying.attempt + 1;
        self.draw(&again(retrying));
    }

    /// Makes room for lines of the report.
    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.drawn) {
            write(ERASE);
        }
    }

    /// Draws the line anew; `says` is what may be said of the command, the longest first.
    fn draw(&mut self, says: &[String]) {
        let line = line(self.look, &self.command, says, (self.columns)());
        write(&format!("{ERASE}\r\n{line}{BACK}"));
        self.drawn = true;
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.clear();
    }
}

/// In one piece, so that nothing comes in between. Who cannot see the line misses nothing of the report.
fn write(text: &str) {
    let mut err = io::stderr().lock();
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}

/// The command, and at the right end what is to be said of it, as much as fits beside.
fn line(look: Look, command: &str, says: &[String], columns: usize) -> String {
    let room = columns.saturating_sub(MARGIN);
    let start = format!("{:INDENT$}{} ", "", look.dot());
    let beside = room.saturating_sub(width(&start));
    let most = beside.saturating_sub(width(command).min(LEAST) + 2);
    let fits = says.iter().find(|said| width(said) <= most).or(says.last());
    let said = fit_end(fits.map_or("", String::as_str), most);
    let line = format!("{start}{}", row(command, &said, beside));
    look.plain(fit_end(&line, room).trim_end())
}

fn running(attempt: u32, progress: &Progress) -> Vec<String> {
    let elapsed = seconds(progress.elapsed_ms);
    let attempted = if attempt > 1 { format!("attempt {attempt}, {elapsed}") } else { elapsed.clone() };
    if progress.silent_ms < SILENT_MS {
        return vec![attempted, elapsed];
    }
    let silent = seconds(progress.silent_ms);
    vec![format!("{attempted}, last output {silent} ago"), format!("{elapsed}, silent {silent}"), elapsed]
}

fn again(retrying: &Retrying) -> Vec<String> {
    let attempt = format!("attempt {}", retrying.attempt + 1);
    let soon = format!("{attempt} in {}", time(retrying.pause_ms));
    let reason = clean(&retrying.reason).into_owned();
    // Of a long reason the beginning is worth more than nothing.
    let begins = |columns| format!("{soon}: {}", fit_end(&reason, columns));
    vec![format!("{soon}: {reason}"), begins(36), begins(24), soon, attempt]
}

/// A time that is said about once a second.
fn seconds(ms: u64) -> String {
    if ms < 120_000 { format!("{} s", ms / 1000) } else { time(ms) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(elapsed_ms: u64, silent_ms: u64) -> Progress {
        Progress { step: "a/1".into(), index: 0, elapsed_ms, silent_ms }
    }

    fn retrying(reason: &str) -> Retrying {
        Retrying { step: "a/1".into(), index: 0, attempt: 2, reason: reason.into(), pause_ms: 500 }
    }

    const COMMAND: &str = "docker-compose -f dockercoins.yml build";

    #[test]
    fn a_long_silence_is_said_as_far_as_there_is_room() {
        let drawn = |columns| line(Look::default(), COMMAND, &running(2, &progress(47_900, 31_200)), columns);
        assert_eq!(
            drawn(100),
            "      · docker-compose -f dockercoins.yml build            attempt 2, 47 s, last output 31 s ago"
        );
        assert_eq!(drawn(60), "      · docker-compose…oins.yml build  47 s, silent 31 s");
        assert_eq!(drawn(40), "      · docker-comp….yml build  47 s");
        assert_eq!(running(1, &progress(7_400, 7_400)), ["7 s", "7 s"]);
    }

    #[test]
    fn another_attempt_says_why() {
        let drawn = |columns| {
            let says = again(&retrying("curl: (7) \x1b[31mFailed to connect to 127.0.0.1 port 31234"));
            line(Look::default(), "curl $REGISTRY/v2/_catalog", &says, columns)
        };
        assert_eq!(drawn(80), "      · curl $REGI…2/_catalog  attempt 3 in 500 ms: curl: (7) Failed to con…");
        assert_eq!(drawn(60), "      · curl $REGISTRY/v2/_catalog   attempt 3 in 500 ms");
        assert_eq!(drawn(40), "      · curl $RE…_catalog  attempt 3");
    }

    #[test]
    fn no_line_reaches_the_right_edge() {
        let says = again(&retrying("名前名前名前名前"));
        for columns in 0..130 {
            for (command, says) in
                [("ls", &says), (COMMAND, &says), ("名前 名前 名前 名前", &running(3, &progress(9, 90_000)))]
            {
                let drawn = line(Look::default(), command, says, columns);
                assert!(width(&drawn) <= columns.saturating_sub(MARGIN), "{drawn:?} in {columns}");
            }
        }
    }
}
