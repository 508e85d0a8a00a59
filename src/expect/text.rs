//! Outputs made ready for comparing: what a terminal would not show, and what no author means, is removed.

use std::sync::LazyLock;

use regex::Regex;

use super::{Mode, Output};

/// How much of blanks is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blanks {
    /// All but those at line ends.
    Kept,
    /// Runs become one; indentation and empty lines go.
    Folded,
}

impl Blanks {
    /// What a mode keeps.
    pub(super) fn of(mode: Mode) -> Self {
        match mode {
            Mode::Exact | Mode::Regex | Mode::Json(_) | Mode::Table => Self::Kept,
            _ => Self::Folded,
        }
    }
}

/// What a command printed, each stream made ready; line ends are `\n`, and the last line has none.
#[derive(Clone, Debug)]
pub(super) struct Streams {
    pub stdout: String,
    pub stderr: String,
    /// Standard error, then standard output; empty where one of the two is.
    pub both: String,
}

impl Streams {
    pub(super) fn new(output: &Output<'_>, mode: Mode) -> Self {
        let ready = |text| match mode {
            // An expression may name a home in any way; it is compared with what came.
            Mode::Regex => plain(text, Blanks::Kept),
            _ => ready(text, output.homes, Blanks::of(mode)),
        };
        let (stdout, stderr) = (ready(output.stdout), ready(output.stderr));
        let both = if stdout.is_empty() || stderr.is_empty() {
            String::new()
        } else {
            format!("{stderr}\n{stdout}")
        };
        Self { stdout, stderr, both }
    }

    /// Standard output and standard error.
    pub(super) fn each(&self) -> impl Iterator<Item = &str> {
        [self.stdout.as_str(), self.stderr.as_str()].into_iter()
    }

    /// The streams that a text of this mode may stand in.
    pub(super) fn of(&self, mode: Mode) -> impl Iterator<Item = &str> {
        // The whole output is not on standard error while there is something on standard output.
        let error = mode != Mode::Exact || self.stdout.is_empty();
        let both = !self.both.is_empty();
        [(true, &self.stdout), (error, &self.stderr), (both, &self.both)]
            .into_iter()
            .filter(|(counts, _)| *counts)
            .map(|(_, stream)| stream.as_str())
    }
}

/// Colour and cursor sequences.
static ESCAPES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_=>])")
        .expect("a valid pattern")
});

/// The homes that nobody needs to name.
static HOMES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\A(?:/root\b|/(?:home|Users)/[\w.-]*\w)").expect("a valid pattern"));

/// `text` without escape sequences, blanks at line ends, and empty lines around it; homes written `~`, other blanks as
/// asked.
pub(super) fn ready(text: &str, homes: &[&str], blanks: Blanks) -> String {
    plain(&homely(text, homes), blanks)
}

/// A line of a text made ready, and the same with its blanks, for showing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub ready: String,
    pub shown: String,
}

/// The lines of [`ready`].
pub(super) fn lines(text: &str, homes: &[&str], blanks: Blanks) -> Vec<Line> {
    let text = ready(text, homes, Blanks::Kept);
    let line = |shown: &str| match blanks {
        Blanks::Kept => Some(Line { ready: shown.to_owned(), shown: shown.to_owned() }),
        Blanks::Folded if shown.trim().is_empty() => None,
        Blanks::Folded => {
            let mut ready = String::with_capacity(shown.len());
            fold(shown, &mut ready);
            Some(Line { ready, shown: shown.to_owned() })
        }
    };
    text.lines().filter_map(line).collect()
}

fn fold(line: &str, out: &mut String) {
    for (at, word) in line.split_whitespace().enumerate() {
        out.push_str(if at > 0 { " " } else { "" });
        out.push_str(word);
    }
}

/// `text` as a terminal shows it, without escape sequences, blanks at line ends, and empty lines around it.
pub(super) fn plain(text: &str, blanks: Blanks) -> String {
    let plain = if text.contains('\x1b') { ESCAPES.replace_all(text, "") } else { text.into() };
    let mut out = String::with_capacity(plain.len());
    for line in plain.lines() {
        // What a terminal shows of a line that was written over.
        let line = line.trim_end();
        let line = line.rsplit('\r').next().unwrap_or(line);
        match blanks {
            Blanks::Kept => out.push_str(line),
            Blanks::Folded if line.trim().is_empty() => continue,
            Blanks::Folded => fold(line, &mut out),
        }
        out.push('\n');
    }
    let inner = out.trim_end_matches('\n');
    inner.trim_start_matches('\n').to_owned()
}

/// `text` with `~` for each home directory, where a path begins with it.
pub(super) fn homely(text: &str, homes: &[&str]) -> String {
    if !text.contains('/') {
        return text.to_owned();
    }
    let mut homes: Vec<&str> =
        homes.iter().map(|home| home.trim_end_matches('/')).filter(|h| h.len() > 1).collect();
    homes.sort_unstable_by_key(|home| usize::MAX - home.len());
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    while let Some(at) = text[from..].find('/').map(|step| from + step) {
        out.push_str(&text[from..at]);
        let rest = &text[at..];
        let given = homes.iter().find(|home| rest.starts_with(**home)).map(|home| home.len());
        let length = given.or_else(|| HOMES.find(rest).map(|found| found.end()));
        let begins =
            !out.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '/' | '~'));
        match length {
            Some(length) if begins && !continues(&rest[length..]) => {
                out.push('~');
                from = at + length;
            }
            _ => {
                out.push('/');
                from = at + 1;
            }
        }
    }
    out.push_str(&text[from..]);
    out
}

/// Writes the home that a captured text begins with as it came; on both sides it was written `~`.
pub(super) fn with_home(captured: &mut String, output: &Output<'_>) {
    let came = |text: &str| output.stdout.contains(text) || output.stderr.contains(text);
    if let Some(rest) = captured.strip_prefix('~')
        && !came(captured)
    {
        let homes = output.homes.iter().map(|home| home.trim_end_matches('/')).chain(["/root"]);
        let whole = homes.map(|home| format!("{home}{rest}")).find(|whole| came(whole));
        *captured = whole.unwrap_or_else(|| captured.clone());
    }
}

/// Whether the name that a home ends with goes on in `rest`.
fn continues(rest: &str) -> bool {
    rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn homes_are_written_alike() {
        for (text, want) in [
            ("in /root/.docker/config.json.", "in ~/.docker/config.json."),
            ("/home/docker/x /home/k8s /Users/a.b/c", "~/x ~ ~/c"),
            ("/tmp/h/x and /tmp/home", "~/x and /tmp/home"),
            ("/rootfs /mnt/root/x /root-x", "/rootfs /mnt/root/x /root-x"),
            ("PATH=/root/bin:/tmp/h/bin:/bin", "PATH=~/bin:~/bin:/bin"),
            ("/home /home/ //", "/home /home/ //"),
        ] {
            assert_eq!(homely(text, &["/tmp/h/", "/"]), want);
        }
    }

    #[test]
    fn what_a_terminal_does_not_show_is_gone() {
        let text = "\r\n\x1b[1;32mok\x1b[0m  \r\n\n 10%\r 20%\r100%  done\t \n\n";
        assert_eq!(ready(text, &[], Blanks::Kept), "ok\n\n100%  done");
        assert_eq!(ready(text, &[], Blanks::Folded), "ok\n100% done");
        assert_eq!(ready("  a\n  b", &[], Blanks::Kept), "  a\n  b");
        assert_eq!(ready("\x1b]0;title\x07$ ", &[], Blanks::Kept), "$");
    }
}
