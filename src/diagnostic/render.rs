//! Draws diagnostics the way rustc draws its own.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Diagnostic, Severity};
use crate::source::{Source, Span};

/// The diagnostics of one deck as text for a terminal, a blank line between them; empty for none.
#[must_use]
pub fn render(diagnostics: &[Diagnostic], source: &Source, color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let drawn: Vec<String> = diagnostics.iter().map(|one| draw(one, source, &renderer)).collect();
    drawn.join("\n\n")
}

fn draw(diagnostic: &Diagnostic, source: &Source, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Note => Level::NOTE,
        Severity::Warning => Level::WARNING,
        Severity::Error => Level::ERROR,
    };
    // Only the lines of the span are handed over: a deck can be long, and the renderer looks at all it gets.
    let first = source.line_at(diagnostic.span.start);
    let last = source.line_at(diagnostic.span.end.saturating_sub(1).max(diagnostic.span.start));
    let start = first.start.max(source.start());
    let shown = Span::new(start, last.end.max(start));
    let inner = |offset: usize| offset.clamp(shown.start, shown.end) - shown.start;
    let annotation = AnnotationKind::Primary.span(inner(diagnostic.span.start)..inner(diagnostic.span.end));
    let snippet = Snippet::source(source.slice(shown))
        .line_start(source.line(diagnostic.span.start))
        .path(source.path().to_string_lossy())
        .annotation(match diagnostic.label.as_str() {
            "" => annotation,
            label => annotation.label(label),
        });
    let fixable = diagnostic.fix.as_ref().map(|_| "`labrun lint --fix` mends this");
    let help = diagnostic.help.iter().map(String::as_str).chain(fixable);
    let help = help.map(|help| Level::HELP.message(help));
    let group: Group<'_> =
        level.primary_title(diagnostic.message.as_str()).id(diagnostic.code).element(snippet).elements(help);
    renderer.render(&[group])
}
