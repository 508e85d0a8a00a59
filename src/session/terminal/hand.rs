//! The live shell in a person's hands: they type lines, with bash's own line editor, and it runs them.
//!
//! Bash reads its commands from a pipe and has no line editor there. So each line is two requests: a `read -e` at the
//! terminal, with prompt, history and completion, and then the line itself, like any other command: `$?`, `$_` and all
//! other state go from the deck to the person and back. `^C` at the prompt ends the `read`, and in a command the command.
//!
//! Whose terminal is connected, and how, is not known here: that is [`Session::tap`] and [`Keyboard`].

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::{Instant, sleep, timeout};

use super::super::quote::quote;
use super::super::watch::NEVER;
use super::super::{Ended, Error, How, Request, Session, Stop, typed};
use super::display::Keyboard;

/// What holds the line that was read. Gone when the person is.
const LINE: &str = "__labrun_line";
/// What further lines of an unfinished command are typed behind.
const CONTINUED: &str = "> ";
/// How long bash may take to say whether a command is finished.
const PARSED: Duration = Duration::from_secs(5);
/// How long bash may take to read what was typed, and how often that is looked at.
const READ: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(1);
/// How long labrun's own command may take.
const OWN: Duration = Duration::from_secs(10);

/// How a person left the shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handed {
    /// By `exit`, or the end of input: the shell lives.
    Back,
    /// A command of theirs ended the shell, with this code.
    ShellEnded(i32),
    /// They were stopped.
    Stopped,
}

/// What came of asking for a line.
enum Read {
    Line(String),
    /// `^C`: what was typed so far is forgotten.
    Interrupted,
    /// `^D`
    EndOfInput,
    Over(Handed),
}

impl Session {
    /// A person's way to type at this session's terminal; what is written there comes by [`Session::tap`]. When it is
    /// dropped, the terminal has the size again that it has now.
    #[must_use]
    pub fn keyboard(&self) -> Keyboard {
        self.shell.screen.keyboard(self.settings.size)
    }

    /// Runs what a person types at the terminal, line by line, until they leave or `stop` ends it. Nothing has a limit
    /// but what `stop` ends. Not to be dropped halfway.
    ///
    /// # Errors
    /// As [`Session::finish`], and when something still runs at the terminal.
    pub async fn hand_over(&mut self, stop: &Stop) -> Result<Handed, Error> {
        let handed = self.take_lines(stop).await;
        self.shell.screen.forget();
        let handed = handed?;
        if handed == Handed::Back {
            let source = format!("\\builtin unset -v {LINE}");
            self.run_aside(Request { source: &source, limit: OWN }, stop).await?;
        }
        Ok(handed)
    }

    async fn take_lines(&mut self, stop: &Stop) -> Result<Handed, Error> {
        let mut text = String::new();
        let mut fresh = true;
        loop {
            let prompt = if text.is_empty() { self.prompt() } else { CONTINUED.to_owned() };
            match self.read(&prompt, fresh, stop).await? {
                Read::Over(handed) => return Ok(handed),
                Read::EndOfInput if text.is_empty() => return Ok(Handed::Back),
                Read::EndOfInput | Read::Interrupted => {
                    text.clear();
                    fresh = false;
                    continue;
                }
                Read::Line(line) => {
                    if !text.is_empty() {
                        text.push('\n');
                    }
                    text.push_str(&line);
                }
            }
            fresh = true;
            if leaves(&text) {
                return Ok(Handed::Back);
            }
            if text.trim().is_empty() {
                text.clear();
            } else if !is_unfinished(&self.settings.bash, &text).await {
                self.at_terminal(&std::mem::take(&mut text), stop).await?;
                if let Some(over) = self.over(stop) {
                    return Ok(over);
                }
            }
        }
    }

    /// Asks for a line. On a `fresh` line the cursor stands at its start already.
    async fn read(&mut self, prompt: &str, fresh: bool, stop: &Stop) -> Result<Read, Error> {
        let (status, last) = (self.state.status, self.state.last.clone());
        // In an `if`, so that the end of input does not end a shell under `set -e`.
        let source = format!(
            r#"{newline}\builtin unset -v {LINE}; if IFS= \builtin read -e -r -p {prompt} {LINE}; then \builtin history -s -- "${LINE}"; else \builtin unset -v {LINE}; fi"#,
            newline = if fresh { "" } else { "\\builtin echo; " },
            prompt = quote(prompt.as_bytes()),
        );
        let ended = self.at_terminal(&source, stop).await?;
        if let Some(over) = self.over(stop) {
            return Ok(Read::Over(over));
        }
        (self.state.status, self.state.last) = (status, last);
        if ended.how != How::Status(0) {
            return Ok(Read::Interrupted);
        }
        let line = self.variables(&[LINE]).await?.pop();
        Ok(line.map_or(Read::EndOfInput, |(_, line)| Read::Line(line.to_string_lossy().into_owned())))
    }

    /// A command at the terminal, to its end. Only what runs there gets what is typed: a `^C` between two commands would
    /// take a line of ours.
    async fn at_terminal(&mut self, source: &str, stop: &Stop) -> Result<Ended, Error> {
        self.shell.screen.hold(true);
        self.type_at_terminal(source)?;
        let report = typed::report(self.state.sequence, self.shell.report_door.path());
        let patience = Instant::now() + READ;
        while !self.shell.control.is_read_but(report.len() as u64) && Instant::now() < patience {
            let _ = timeout(LOOK, self.shell.control.flush()).await;
            sleep(LOOK).await;
        }
        self.shell.screen.hold(false);
        let ended = self.finish(NEVER, stop).await;
        self.shell.screen.hold(true);
        ended
    }

    /// Whether there is nothing more to type into.
    fn over(&self, stop: &Stop) -> Option<Handed> {
        if stop.is_asked() { Some(Handed::Stopped) } else { self.ended.map(Handed::ShellEnded) }
    }

    /// Says that this is a lab, and where in the files one is.
    fn prompt(&self) -> String {
        let directory = self.directory();
        let home = self.settings.environment.iter().find(|(name, _)| name == "HOME").map(|(_, home)| home);
        let shown = match home.and_then(|home| directory.strip_prefix(home).ok()) {
            Some(below) if below == Path::new("") => "~".to_owned(),
            Some(below) => format!("~/{}", below.display()),
            None => directory.display().to_string(),
        };
        format!("lab:{shown}$ ")
    }
}

/// Whether this line leaves a shell that is lent: by itself, it would end the lab's.
fn leaves(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let leaves = matches!(words.next(), Some("exit" | "logout"));
    leaves
        && words.next().is_none_or(|code| code.bytes().all(|byte| byte.is_ascii_digit()))
        && words.next().is_none()
}

/// Whether bash would ask for more of this command. Bash itself is asked, and only reads it.
async fn is_unfinished(bash: &Path, text: &str) -> bool {
    if ends_in_backslash(text) {
        return true;
    }
    let mut command = Command::new(bash);
    command.args(["--norc", "--noprofile", "-O", "extglob", "-n", "-c", text]);
    command.env_clear().env("LC_ALL", "C").stdin(Stdio::null()).kill_on_drop(true);
    // Where bash does not answer, the shell itself says what is wrong with the line.
    let Ok(Ok(output)) = timeout(PARSED, command.output()).await else { return false };
    let said = String::from_utf8_lossy(&output.stderr);
    ["unexpected end of file", "unexpected EOF while looking for", "delimited by end-of-file"]
        .iter()
        .any(|asks| said.contains(asks))
}

/// Whether the last character is a backslash that nothing quotes.
fn ends_in_backslash(text: &str) -> bool {
    text.bytes().rev().take_while(|&byte| byte == b'\\').count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_is_a_line_of_its_own() {
        for line in ["exit", " exit 3 ", "logout"] {
            assert!(leaves(line), "{line}");
        }
        for line in ["", "exit now", "(exit 3)", "exit 1 2", "echo exit", "exit; ls"] {
            assert!(!leaves(line), "{line}");
        }
    }

    #[test]
    fn bash_knows_what_is_unfinished() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let asks = |text| runtime.block_on(is_unfinished(Path::new("/bin/bash"), text));
        for text in
            ["if true", "echo 'a", "echo $(", "cat <<E", "cat <<E\nx", "a |", "a &&", "f() {", "echo \\"]
        {
            assert!(asks(text), "{text}");
        }
        for text in ["fi", "echo )", "echo a\\\\", "cat <<E\nE", "ls -l", "if true; then\necho a\nfi", "!(a)"]
        {
            assert!(!asks(text), "{text}");
        }
    }
}
