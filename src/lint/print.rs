//! What lint found, for programs: JSON, and annotations as GitHub shows them beside the lines of a change.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::diagnostic::{Diagnostic, Severity};
use crate::plan::Plan;
use crate::source::Source;

/// How many of each kind were found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Notes.
    pub notes: usize,
}

impl Summary {
    /// Of these plans' diagnostics.
    pub fn of<'a>(plans: impl IntoIterator<Item = &'a Plan>) -> Self {
        let mut summary = Self::default();
        for one in plans.into_iter().flat_map(|plan| &plan.diagnostics) {
            *match one.severity {
                Severity::Error => &mut summary.errors,
                Severity::Warning => &mut summary.warnings,
                Severity::Note => &mut summary.notes,
            } += 1;
        }
        summary
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kinds = [("error", self.errors), ("warning", self.warnings), ("note", self.notes)];
        let said: Vec<String> = kinds
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(kind, count)| format!("{count} {kind}{}", if *count == 1 { "" } else { "s" }))
            .collect();
        if said.is_empty() { f.write_str("nothing found") } else { f.write_str(&said.join(", ")) }
    }
}

/// Format 1, documented in `docs/lint.md`. Offsets are bytes in the file; lines and columns count from 1, columns in
/// characters.
pub fn json<'a>(plans: impl IntoIterator<Item = &'a Plan> + Clone) -> Value {
    let summary = Summary::of(plans.clone());
    let decks: Vec<Value> = plans
        .into_iter()
        .map(|plan| {
            let source = &plan.deck.source;
            let found: Vec<Value> = plan.diagnostics.iter().map(|one| finding(one, source)).collect();
            json!({"path": source.path().to_string_lossy(), "diagnostics": found})
        })
        .collect();
    json!({
        "format": 1,
        "decks": decks,
        "errors": summary.errors,
        "warnings": summary.warnings,
        "notes": summary.notes,
    })
}

fn finding(one: &Diagnostic, source: &Source) -> Value {
    let (start, end) = (source.place(one.span.start), source.place(one.span.end));
    let fix = one
        .fix
        .as_ref()
        .map(|fix| json!({"start": fix.span.start, "end": fix.span.end, "replacement": fix.replacement}));
    json!({
        "code": one.code,
        "severity": one.severity.word(),
        "message": one.message,
        "label": one.label,
        "help": one.help,
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
        "fix": fix,
    })
}

/// Workflow commands, a line each: GitHub shows them beside the lines that they speak of.
pub fn github<'a>(plans: impl IntoIterator<Item = &'a Plan>) -> String {
    let mut out = String::new();
    for plan in plans {
        let source = &plan.deck.source;
        for one in &plan.diagnostics {
            let kind = if one.severity == Severity::Note { "notice" } else { one.severity.word() };
            let (start, end) = (source.place(one.span.start), source.place(one.span.end));
            let said: Vec<&str> = [one.message.as_str(), one.label.as_str()]
                .into_iter()
                .chain(one.help.iter().map(String::as_str))
                .filter(|said| !said.is_empty())
                .collect();
            let (path, code) = (property(&source.path().to_string_lossy()), property(one.code));
            // Columns are shown only within a line.
            let columns = if start.line == end.line {
                format!(",col={},endColumn={}", start.column, end.column)
            } else {
                String::new()
            };
            let (line, last, said) = (start.line, end.line, escaped(&said.join("\n")));
            let _ = writeln!(
                out,
                "::{kind} file={path},line={line},endLine={last}{columns},title=labrun {code}::{said}"
            );
        }
    }
    out
}

fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    escaped(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing;

    #[test]
    fn annotations_cannot_be_broken_out_of() {
        let mut plan = testing::plan_at("a,b:c%.md", "# é\n\n.lab[\n\n<!-- ```wi%at x``` -->\n\n]\n");
        plan.diagnostics.truncate(1);
        plan.diagnostics[0].help = vec!["one\n::error::two".to_owned()];
        assert_eq!(
            github([&plan]),
            "::error file=a%2Cb%3Ac%25.md,line=5,endLine=5,col=9,endColumn=14,title=labrun directive-unknown::\
             `wi%25at` is not a directive that labrun knows%0Aunknown word%0Aone%0A::error::two\n"
        );
    }

    #[test]
    fn a_summary_counts_each_kind() {
        assert_eq!(Summary::default().to_string(), "nothing found");
        let summary = Summary { errors: 1, warnings: 2, notes: 0 };
        assert_eq!(summary.to_string(), "1 error, 2 warnings");
    }
}
