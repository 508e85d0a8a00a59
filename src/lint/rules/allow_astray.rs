//! An `allow` that allows nothing, gives no reason, or misspells its code. Runs when all others are through.

use crate::deck::Item;
use crate::diagnostic::{Diagnostic, codes, nearest};
use crate::plan::Plan;

pub(in crate::lint) fn check(plan: &Plan) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for allowance in &plan.allowances {
        let code = allowance.code;
        let astray = |message: String| Diagnostic::warning(codes::ALLOW_ASTRAY, allowance.span, message);
        if !allowance.used {
            found
                .push(astray(format!("this slide has no `{code}` to allow")).help("take the directive away"));
        } else if allowance.reason.is_empty() {
            found.push(
                astray(format!("this allows `{code}` without a reason"))
                    .help(format!("say why, for who comes after you: `allow {code} REASON`")),
            );
        }
    }
    found.extend(misspelled(plan));
    found
}

/// Programs have names of one word, or are told among themselves by it; codes are words joined by dashes.
fn misspelled(plan: &Plan) -> impl Iterator<Item = Diagnostic> {
    let items = plan.deck.slides.iter().flat_map(|slide| &slide.items);
    items.filter_map(|item| {
        let Item::Directive(directive) = item else { return None };
        let word = directive.data.split_whitespace().next().filter(|_| directive.word == "allow")?;
        let names = || codes::ALL.iter().map(|(name, _)| *name);
        if !word.contains('-') || names().any(|name| name == word) {
            return None;
        }
        let near = nearest(word, names())?;
        Some(
            Diagnostic::warning(codes::ALLOW_ASTRAY, directive.span, format!("`{word}` is no diagnostic"))
                .label("taken for the name of a program")
                .help(format!("did you mean `{near}`?")),
        )
    })
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::codes;
    use crate::lint::testing::{bash, found};

    fn with(allow: &str, block: &str) -> Vec<String> {
        found(codes::ALLOW_ASTRAY, &format!("{}\n<!-- ```{allow}``` -->\n", bash(&[block])))
    }

    #[test]
    fn an_allow_must_allow_something_for_a_reason() {
        assert_eq!(with("allow bash-syntax shown as it fails", "echo 'a"), [""; 0]);
        assert_eq!(with("allow bash-syntax", "echo 'a"), ["```allow bash-syntax```"]);
        assert_eq!(with("allow bash-syntax for nothing", "echo a"), ["```allow bash-syntax for nothing```"]);
        assert_eq!(with("allow bash-sintax for a reason", "echo a").len(), 1);
        assert_eq!(with("allow terraform docker-machine", "echo a"), [""; 0]);
    }
}
