//! The explanation of a code: its section of `docs/diagnostics.md`, which says what it means, shows a deck that brings
//! it, and says what to do.

use crate::diagnostic::{codes, nearest};

const PAGE: &str = include_str!("../../docs/diagnostics.md");

/// What a code means, for a person.
///
/// # Errors
/// Where there is no such code: one sentence, with the nearest known one.
pub fn explain(code: &str) -> Result<String, String> {
    let known = known(code)?;
    let heading = format!("\n## `{known}`\n");
    let section = PAGE.split_once(&heading).map_or("", |(_, rest)| rest);
    let text = section.split("\n## `").next().unwrap_or_default();
    let meaning = codes::ALL.iter().find(|(name, _)| *name == known).map_or("", |(_, meaning)| meaning);
    Ok(format!("{known}: {meaning}\n\n{}\n", text.trim()))
}

/// The constant of a code.
///
/// # Errors
/// Where there is no such code: one sentence, with the nearest known one.
pub fn known(code: &str) -> Result<&'static str, String> {
    let names = || codes::ALL.iter().map(|(name, _)| *name);
    names().find(|name| *name == code).ok_or_else(|| match nearest(code, names()) {
        Some(name) => format!("`{code}` is no diagnostic; did you mean `{name}`?"),
        None => format!("`{code}` is no diagnostic; they are: {}", names().collect::<Vec<_>>().join(", ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_an_explanation_with_an_example_and_advice() {
        for (code, meaning) in codes::ALL {
            let text = explain(code).unwrap();
            assert!(text.starts_with(&format!("{code}: {meaning}\n\n")), "{text}");
            assert!(text.contains("~~~~markdown\n") && text.contains("**What to do:**"), "{text}");
            assert!(!text.contains("\n## "), "{text}");
        }
    }

    #[test]
    fn what_is_no_code_is_told_with_the_nearest_or_with_all() {
        assert!(explain("wait-eco").unwrap_err().ends_with("did you mean `wait-echo`?"));
        assert!(explain("harbor").unwrap_err().contains("fence-unclosed, fence-ticks"));
    }
}
