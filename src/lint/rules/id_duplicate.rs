//! Two slides of one name: a link goes to the first, and steps under the same title are told apart by their order alone.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;

use super::Subject;

pub(super) fn check(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for slide in subject.slides() {
        let Some(name) = slide.name.as_deref().filter(|_| !slide.continued) else { continue };
        let Some(first) = names.insert(name, slide.line) else { continue };
        names.insert(name, first);
        found.push(
            Diagnostic::warning(
                codes::ID_DUPLICATE,
                here(subject, slide.span),
                format!("another slide is called `{name}` too"),
            )
            .label(format!("the first stands on line {first}; links go to that one"))
            .help("give each slide a name of its own"),
        );
    }
    found
}

/// The line of the slide that says its name.
fn here(subject: &Subject<'_>, slide: Span) -> Span {
    let text = subject.source().slice(slide);
    let at = text.find("name:").unwrap_or(0);
    subject.source().line_at(slide.start + at)
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::codes;
    use crate::lint::testing::found;

    #[test]
    fn a_name_is_given_once() {
        let of = |text: &str| found(codes::ID_DUPLICATE, text);
        assert_eq!(of("name: a\n\n# One\n\n---\n\nname: a\n\n# Two\n"), ["name: a"]);
        assert_eq!(of("name: a\n\n# One\n\n--\n\nMore\n\n---\n\nname: b\n\n# Two\n"), [""; 0]);
    }
}
