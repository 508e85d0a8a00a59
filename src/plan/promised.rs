//! What a deck promises with blanks and words in it that have a value: it is compared as a person would read it, with the
//! values filled in.

use super::{Action, Step};
use crate::expect::{Expectation, Mode};
use crate::values::{Values, fill_shown};

/// Fills the promises about all steps, and the texts waited for. A blank is filled wherever it has a value; a word only
/// if a command of the deck has it filled too, since elsewhere it may mean itself.
pub(super) fn fill(steps: &mut [Step], values: &Values) {
    if values.is_empty() {
        return;
    }
    let typed: Vec<&str> =
        steps.iter().filter(|step| !step.commands().is_empty()).map(|step| step.raw.as_str()).collect();
    let values = values.for_outputs(&typed);
    for step in steps {
        for check in &mut step.checks {
            if let Some(filled) = filled(&check.expectation, &values) {
                check.expectation = filled;
            }
        }
        if matches!(step.action, Action::Await { .. }) {
            step.text = fill_shown(&step.text, &values, str::to_owned);
        }
    }
}

/// The same promise with its values; none where it has none, or could not be compared with them.
fn filled(expectation: &Expectation, values: &Values) -> Option<Expectation> {
    let mode = expectation.mode();
    let text = fill_shown(expectation.text(), values, |value| match mode {
        Mode::Regex => regex::escape(value),
        // Blanks in JSON that is JSON stand in its texts.
        Mode::Json(_) => {
            let quoted = serde_json::Value::from(value).to_string();
            quoted[1..quoted.len() - 1].to_owned()
        }
        _ => value.to_owned(),
    });
    if text == expectation.text() {
        return None;
    }
    Expectation::under(mode, text, expectation.terms().clone()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Origin;

    #[test]
    fn a_value_is_written_as_the_promise_is_read() {
        let mut values = Values::new();
        values.set("name", "a \"b\" (c)", Origin::Flag);
        let text = |mode, text: &str| {
            let promise = Expectation::new(mode, text).unwrap();
            filled(&promise, &values).map(|filled| filled.text().to_owned())
        };
        assert_eq!(text(Mode::Contains, "it is {name}.").as_deref(), Some("it is a \"b\" (c)."));
        assert_eq!(text(Mode::JSON, r#"{"x": "{name}"}"#).as_deref(), Some(r#"{"x": "a \"b\" (c)"}"#));
        assert_eq!(text(Mode::Regex, "^is name;").as_deref(), Some(r#"^is a "b" \(c\);"#));
        assert_eq!(text(Mode::Contains, "nothing"), None);
    }
}
