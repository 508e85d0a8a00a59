//! What should be said once, and is said twice: the name of a slide, the title by which steps are named, an option of a
//! block or of an `expect`.

use std::collections::BTreeMap;

use crate::deck::{Item, Slide};
use crate::diagnostic::{Diagnostic, codes};
use crate::expect::Mode;
use crate::source::Span;

use super::Subject;

pub(super) fn check(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut found = names(subject);
    found.extend(titles(subject));
    found.extend(options(subject));
    found
}

/// Slides of one `name:`.
fn names(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for slide in subject.slides() {
        let Some(name) = slide.name.as_deref().filter(|_| !slide.continued) else { continue };
        if let Some(first) = names.get(name) {
            found.push(
                Diagnostic::warning(
                    codes::ID_DUPLICATE,
                    line_with(subject, slide.span, "name:"),
                    format!("another slide is called `{name}` too"),
                )
                .label(format!("the first stands on line {first}; links go to that one"))
                .help("give each slide a name of its own"),
            );
        } else {
            names.insert(name, slide.line);
        }
    }
    found
}

/// Slides of one title whose steps are told apart by the order of the slides alone: [`crate::plan`] calls them
/// `title~2/1`.
fn titles(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    let mut told = "";
    for step in &subject.plan.steps {
        let Some((prefix, _)) = step.id.rsplit_once('/').filter(|(prefix, _)| prefix.contains('~')) else {
            continue;
        };
        if prefix == std::mem::replace(&mut told, prefix) {
            continue;
        }
        let slide = subject.slide(step);
        let span = slide.title.as_deref().map_or(slide.span, |title| line_with(subject, slide.span, title));
        found.push(
            Diagnostic::note(codes::ID_DUPLICATE, span, "a slide before this has the same title")
                .label(format!("its steps are called `{prefix}/…`, by their place among those slides"))
                .help("a title of its own keeps their names the same when slides come and go"),
        );
    }
    found
}

/// An option that is given twice in one place: the last one counts.
fn options(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let items = subject.slides().iter().flat_map(|slide: &Slide| &slide.items);
    let lines = items.filter_map(|item| match item {
        Item::Block(block) if block.lab.is_some() => Some(subject.fence(block)),
        Item::Directive(directive) if directive.word == "expect" => {
            let line = subject.source().line_at(directive.span.start);
            Some(Span::new(directive.span.start, line.end.min(directive.span.end)))
        }
        _ => None,
    });
    lines.filter_map(|span| twice(subject, span)).collect()
}

fn twice(subject: &Subject<'_>, span: Span) -> Option<Diagnostic> {
    const NAMES: [&str; 6] = ["retry", "timeout", "status", "stream", "as", "key"];
    let text = subject.source().slice(span);
    let is_mode = |word: &str| {
        ["terminal", "subset", "unordered"].contains(&word) || Mode::words().any(|mode| mode == word)
    };
    let mut given: Vec<&str> = Vec::new();
    for word in text.split_whitespace().skip(1) {
        let Some((name, _)) = word.split_once('=').filter(|(name, _)| NAMES.contains(name)) else {
            if is_mode(word) {
                continue;
            }
            break;
        };
        if given.contains(&name) {
            let start = span.start + text.rfind(word).unwrap_or(0);
            return Some(
                Diagnostic::warning(
                    codes::ID_DUPLICATE,
                    Span::new(start, start + word.len()),
                    format!("`{name}` is given twice here"),
                )
                .label("only the last one counts")
                .help("take one of them away"),
            );
        }
        given.push(name);
    }
    None
}

/// The line of a slide that holds a text: its first one, where none does.
fn line_with(subject: &Subject<'_>, slide: Span, text: &str) -> Span {
    let at = subject.source().slice(slide).find(text).unwrap_or(0);
    subject.source().line_at(slide.start + at)
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::codes;
    use crate::lint::testing::{bash, found, lab};

    fn of(text: &str) -> Vec<String> {
        found(codes::ID_DUPLICATE, text)
    }

    #[test]
    fn a_name_is_given_once() {
        assert_eq!(of("name: a\n\n# One\n\n---\n\nname: a\n\n# Two\n"), ["name: a"]);
        assert_eq!(of("name: a\n\n# One\n\n--\n\nMore\n\n---\n\nname: b\n\n# Two\n"), [""; 0]);
    }

    #[test]
    fn steps_under_titles_that_come_again_depend_on_their_order() {
        let slide = bash(&["true", "false"]);
        assert_eq!(of(&format!("{slide}\n---\n\n{slide}")), ["# A slide"]);
        assert_eq!(of(&format!("{slide}\n--\n\n{slide}")), [""; 0]);
        // Slides without steps name nothing.
        assert_eq!(of(&format!("{slide}\n---\n\n# A slide\n")), [""; 0]);
    }

    #[test]
    fn an_option_is_given_once() {
        assert_eq!(of(&lab("```bash retry=1s timeout=2s retry=3s\nls\n```")), ["retry=3s"]);
        assert_eq!(of(&lab("```bash\nls\n```\n<!-- ```expect retry=1s retry=2s status=0``` -->")).len(), 1);
        assert_eq!(of(&lab("```bash retry=1s timeout=2s\nenv retry=1 retry=2\n```")), [""; 0]);
    }
}
