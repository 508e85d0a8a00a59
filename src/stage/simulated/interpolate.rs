//! `$NAME`, `${NAME}`, `${NAME-default}` and their kin, as compose files and Dockerfiles have them.

/// Why a text cannot be filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// It is no interpolation.
    Format,
    /// `${NAME?text}`, and there is none.
    Missing { expression: String, text: String },
}

/// Fills a text in. `value` gives variables; `unset` hears of those that became empty for want of one.
pub(super) fn fill(
    text: &str,
    value: &dyn Fn(&str) -> Option<String>,
    unset: &mut dyn FnMut(&str),
) -> Result<String, Wrong> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        filled += before;
        rest = after;
        if let Some(after) = rest.strip_prefix('$') {
            filled.push('$');
            rest = after;
        } else if let Some(after) = rest.strip_prefix('{') {
            let end = closing(after).ok_or(Wrong::Format)?;
            filled += &braces(&after[..end], value, unset)?;
            rest = &after[end + 1..];
        } else {
            let name = name_at_start(rest);
            if name.is_empty() {
                return Err(Wrong::Format);
            }
            rest = &rest[name.len()..];
            filled += &value(name).unwrap_or_else(|| {
                unset(name);
                String::new()
            });
        }
    }
    Ok(filled + rest)
}

fn name_at_start(text: &str) -> &str {
    let end =
        text.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(text.len());
    if text.starts_with(|letter: char| letter.is_ascii_digit()) { "" } else { &text[..end] }
}

/// Where the brace closes that is open at the start; defaults may hold braces of their own.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (place, letter) in text.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(place),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

fn braces(
    inside: &str,
    value: &dyn Fn(&str) -> Option<String>,
    unset: &mut dyn FnMut(&str),
) -> Result<String, Wrong> {
    let name = name_at_start(inside);
    if name.is_empty() {
        return Err(Wrong::Format);
    }
    let operator = &inside[name.len()..];
    let found = value(name);
    // With a colon, an empty value counts as none.
    let (operator, found_filled) = match operator.strip_prefix(':') {
        Some(operator) => (operator, found.clone().filter(|value| !value.is_empty())),
        None => (operator, found.clone()),
    };
    match operator.chars().next() {
        None if inside == name => Ok(found.unwrap_or_else(|| {
            unset(name);
            String::new()
        })),
        Some('-') => found_filled.map_or_else(|| fill(&operator[1..], value, unset), Ok),
        Some('+') => found_filled.map_or_else(|| Ok(String::new()), |_| fill(&operator[1..], value, unset)),
        Some('?') => {
            let missing = || Wrong::Missing { expression: inside.to_owned(), text: operator[1..].to_owned() };
            found_filled.ok_or_else(missing)
        }
        _ => Err(Wrong::Format),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Result<(String, Vec<String>), Wrong> {
        let mut unset = Vec::new();
        let value = |name: &str| {
            [("A", "a"), ("E", "")]
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        };
        let text = fill(text, &value, &mut |name| unset.push(name.to_owned()))?;
        Ok((text, unset))
    }

    #[test]
    fn variables_are_filled_in_as_compose_does() {
        for (text, result) in [
            ("${R-127.0.0.1:5000}/rng:${T-latest}", "127.0.0.1:5000/rng:latest"),
            ("${A-x}/$A.$$A", "a/a.$A"),
            ("${E-x}|${E:-x}|${E:+y}|${A:+y}", "|x||y"),
            ("${X:-${A}b}", "ab"),
            ("plain", "plain"),
        ] {
            assert_eq!(filled(text), Ok((result.to_owned(), Vec::new())), "{text}");
        }
        assert_eq!(filled("$X-${Y}"), Ok(("-".into(), vec!["X".into(), "Y".into()])));
    }

    #[test]
    fn what_is_no_interpolation_is_refused() {
        for text in ["${Y", "$", "${}", "${A!b}", "$1", "${1}"] {
            assert_eq!(filled(text), Err(Wrong::Format), "{text}");
        }
        let missing = Wrong::Missing { expression: "Y?need y".into(), text: "need y".into() };
        assert_eq!(filled("${Y?need y}"), Err(missing));
    }
}
