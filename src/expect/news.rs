//! What of an output is new beside an earlier one, volatile tokens and the width of blanks apart.

use std::collections::HashSet;

use super::like::tokens;
use super::text::{Blanks, ready};

/// What two outputs of one command have not in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// Lines that came now and not before, with their numbers, from 1.
    pub new: Vec<(usize, String)>,
    /// Lines that came before and not now.
    pub gone: Vec<String>,
}

/// Compares an output with an earlier one, line by line, whatever their order.
#[must_use]
pub fn news(before: &str, now: &str) -> News {
    let lines = |text: &str| -> Vec<(String, String)> {
        let kept = ready(text, &[], Blanks::Kept);
        kept.lines().map(|line| (kinds(line), line.to_owned())).collect()
    };
    let (before, now) = (lines(before), lines(now));
    let known =
        |lines: &[(String, String)]| lines.iter().map(|(kinds, _)| kinds.clone()).collect::<HashSet<_>>();
    let (old, fresh) = (known(&before), known(&now));
    let new = now.into_iter().enumerate().filter(|(_, (kinds, _))| !old.contains(kinds));
    let gone = before.into_iter().filter(|(kinds, _)| !fresh.contains(kinds));
    News {
        new: new.map(|(at, (_, line))| (at + 1, line)).collect(),
        gone: gone.map(|(_, line)| line).collect(),
    }
}

/// A line with the kind of each volatile token in its place, and its blanks folded.
pub(super) fn kinds(line: &str) -> String {
    let folded = line.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut out = String::new();
    let mut from = 0;
    for (range, kind) in tokens(&folded) {
        out.push_str(&folded[from..range.start]);
        out.push('\0');
        out.push_str(kind.name);
        from = range.end;
    }
    out.push_str(&folded[from..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_differs_from_run_to_run_is_no_news() {
        let before = "NAME    AGE\nweb-1   5m\ndb      3d\n";
        assert_eq!(news(before, "NAME  AGE\nweb-1  41s\ndb  3d1h\n"), News::default());
        let now = news(before, "NAME   AGE\nweb-1   6m\nCrashLoopBackOff   1s\n");
        assert_eq!(now.new, [(3, "CrashLoopBackOff   1s".to_owned())]);
        assert_eq!(now.gone, ["db      3d"]);
    }
}
