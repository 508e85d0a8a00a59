//! A property of a slide that stands below text, where it is text too: remark reads them at the top alone.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::{Diagnostic, codes};

use super::Subject;

/// Properties that change how a slide is shown; other words with a colon are prose.
static PROPERTY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:class: [a-z][\w-]*(?:, ?[a-z][\w-]*)*|(?:layout|exclude|count): (?:true|false)|(?:name|template): [\w-]+|background-\w+: \S+)$")
        .expect("a constant pattern")
});

pub(super) fn check(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let prose = subject.slides().iter().flat_map(|slide| &slide.prose);
    let own_line =
        |text: &str, line| subject.source().slice(subject.source().line_span(line)).trim_end() == text;
    let lost = prose.filter(|prose| PROPERTY.is_match(&prose.text) && own_line(&prose.text, prose.line));
    lost.map(|prose| {
        Diagnostic::warning(
            codes::PROPERTY_LOST,
            prose.span,
            "this property stands below text, so it is text",
        )
        .label("shown to the audience")
        .help("put it at the top of the slide, below the separator")
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::codes;
    use crate::lint::testing::found;

    #[test]
    fn a_property_stands_at_the_top() {
        let of = |text: &str| found(codes::PROPERTY_LOST, text);
        assert_eq!(of("# A slide\n\nclass: pic\n\n![x](y)\n"), ["class: pic"]);
        assert_eq!(of("class: pic\nname: x\n\n# A slide\n"), [""; 0]);
        assert_eq!(of("# A slide\n\nname: what people call it\n\n- class: x\n\nClass: pic\n"), [""; 0]);
        assert_eq!(of("# A slide\n\n```\nclass: pic\n```\n"), [""; 0]);
    }
}
