//! The `JSONPath` of `kubectl -o jsonpath=…`: text, `{…}` with fields, indexes, slices, wildcards, `..`, filters,
//! quoted text, and `{range …}{end}`.

use serde_json::Value;

/// Fills a template; the error is kubectl's, without its prefix.
pub(super) fn render(template: &str, value: &Value) -> Result<String, String> {
    let bad = |why: String| format!("error parsing jsonpath {template}, {why}");
    let parts = split(template).map_err(bad)?;
    let mut text = String::new();
    fill(&parts, value, value, &mut text).map_err(bad)?;
    Ok(text)
}

enum Part<'a> {
    Text(String),
    Path(&'a str),
    Range(&'a str, Vec<Part<'a>>),
}

/// The template's parts, ranges nested.
fn split(template: &str) -> Result<Vec<Part<'_>>, String> {
    let mut open: Vec<(&str, Vec<Part<'_>>)> = Vec::new();
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some(start) = rest.find('{') {
        if start > 0 {
            parts.push(Part::Text(rest[..start].to_owned()));
        }
        let end = closing(&rest[start..]).ok_or_else(|| {
            let array = rest[start..].matches('[').count() > rest[start..].matches(']').count();
            if array { "unterminated array" } else { "unclosed action" }.to_owned()
        })?;
        let inside = rest[start + 1..start + end].trim();
        rest = &rest[start + end + 1..];
        if let Some(path) = inside.strip_prefix("range ") {
            open.push((path.trim(), std::mem::take(&mut parts)));
        } else if inside == "end" {
            let (path, before) = open.pop().ok_or("not in range, nothing to end")?;
            let body = std::mem::replace(&mut parts, before);
            parts.push(Part::Range(path, body));
        } else if let Some(text) = literal(inside) {
            parts.push(Part::Text(text));
        } else {
            parts.push(Part::Path(inside));
        }
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest.to_owned()));
    }
    if open.is_empty() { Ok(parts) } else { Err("unterminated range".into()) }
}

/// Where the brace that opens `text` closes, quotes and filters passed over.
fn closing(text: &str) -> Option<usize> {
    let mut quote = None;
    for (place, letter) in text.char_indices() {
        match (letter, quote) {
            ('"' | '\'', None) => quote = Some(letter),
            (_, Some(open)) if open == letter => quote = None,
            ('}', None) => return Some(place),
            _ => {}
        }
    }
    None
}

/// Quoted text, as in `{"\n"}`.
fn literal(text: &str) -> Option<String> {
    let inside = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let inside = inside.or_else(|| text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')))?;
    Some(inside.replace("\\n", "\n").replace("\\t", "\t").replace("\\\"", "\"").replace("\\.", "."))
}

fn fill(parts: &[Part<'_>], root: &Value, current: &Value, text: &mut String) -> Result<(), String> {
    for part in parts {
        match part {
            Part::Text(words) => *text += words,
            Part::Path(path) => {
                let found: Vec<String> = find(path, root, current)?.into_iter().map(plain).collect();
                *text += &found.join(" ");
            }
            Part::Range(path, body) => {
                for value in find(path, root, current)? {
                    fill(body, root, value, text)?;
                }
            }
        }
    }
    Ok(())
}

/// A value as it stands in the output.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => super::yaml::sorted(other).to_string(),
    }
}

/// Every value at the end of a path.
fn find<'a>(path: &str, root: &'a Value, current: &'a Value) -> Result<Vec<&'a Value>, String> {
    let mut rest = path.trim();
    let mut found = vec![if let Some(after) = rest.strip_prefix('$') {
        rest = after;
        root
    } else if let Some(after) = rest.strip_prefix('@') {
        rest = after;
        current
    } else {
        current
    }];
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("..") {
            rest = after;
            found = found.into_iter().flat_map(descendants).collect();
            if !rest.starts_with('[') {
                let (name, after) = field(rest);
                rest = after;
                found = found.into_iter().flat_map(|value| step(value, &name)).collect();
            }
        } else if let Some(after) = rest.strip_prefix('[') {
            let end = bracket(after).ok_or("unterminated array")?;
            let inside = after[..end].trim();
            rest = &after[end + 1..];
            let mut next = Vec::new();
            for value in found {
                next.extend(index(inside, root, value)?);
            }
            found = next;
        } else {
            let (name, after) = field(rest.strip_prefix('.').unwrap_or(rest));
            if after.len() == rest.len() {
                return Err(format!("unrecognized character in action: {rest}"));
            }
            rest = after;
            if !name.is_empty() {
                found = found.into_iter().flat_map(|value| step(value, &name)).collect();
            }
        }
    }
    Ok(found)
}

/// The name at the start of a path, `\.` taken as a dot, and what follows it.
fn field(path: &str) -> (String, &str) {
    let mut name = String::new();
    let mut letters = path.char_indices();
    while let Some((place, letter)) = letters.next() {
        match letter {
            '\\' => name.extend(letters.next().map(|(_, letter)| letter)),
            '.' | '[' => return (name, &path[place..]),
            _ => name.push(letter),
        }
    }
    (name, "")
}

fn step<'a>(value: &'a Value, name: &str) -> Vec<&'a Value> {
    match (name, value) {
        ("*", Value::Object(map)) => map.values().collect(),
        ("*", Value::Array(list)) => list.iter().collect(),
        (name, Value::Object(map)) => map.get(name).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn descendants(value: &Value) -> Vec<&Value> {
    let children: Vec<&Value> = match value {
        Value::Object(map) => map.values().collect(),
        Value::Array(list) => list.iter().collect(),
        _ => Vec::new(),
    };
    std::iter::once(value).chain(children.into_iter().flat_map(descendants)).collect()
}

/// Where the bracket closes whose opening is just before `text`.
fn bracket(text: &str) -> Option<usize> {
    let (mut depth, mut quote) = (0, None);
    for (place, letter) in text.char_indices() {
        match (letter, quote) {
            ('"' | '\'', None) => quote = Some(letter),
            (_, Some(open)) if open == letter => quote = None,
            ('[' | '(', None) => depth += 1,
            (']', None) if depth == 0 => return Some(place),
            (')' | ']', None) => depth -= 1,
            _ => {}
        }
    }
    None
}

/// What stands in brackets: `0`, `-1`, `1:3`, `*`, `'name'`, `?(@.a=="b")`.
fn index<'a>(inside: &str, root: &'a Value, value: &'a Value) -> Result<Vec<&'a Value>, String> {
    if inside == "*" {
        return Ok(step(value, "*"));
    }
    if let Some(name) = literal(inside) {
        return Ok(step(value, &name));
    }
    let Value::Array(list) = value else { return Ok(Vec::new()) };
    if let Some(filter) = inside.strip_prefix("?(").and_then(|rest| rest.strip_suffix(')')) {
        let mut kept = Vec::new();
        for element in list {
            if holds(filter, root, element)? {
                kept.push(element);
            }
        }
        return Ok(kept);
    }
    let place =
        |text: &str, default: i64| if text.is_empty() { Some(default) } else { text.parse::<i64>().ok() };
    let length = i64::try_from(list.len()).unwrap_or(i64::MAX);
    let clamp = |place: i64| {
        usize::try_from(if place < 0 { place + length } else { place }).unwrap_or(0).min(list.len())
    };
    let bad = || format!("invalid array index {inside}");
    if let Some((from, to)) = inside.split_once(':') {
        let (from, to) = (clamp(place(from, 0).ok_or_else(bad)?), clamp(place(to, length).ok_or_else(bad)?));
        return Ok(list.get(from..to).unwrap_or_default().iter().collect());
    }
    let wanted = place(inside, 0).ok_or_else(bad)?;
    let at = usize::try_from(if wanted < 0 { wanted + length } else { wanted })
        .ok()
        .and_then(|place| list.get(place));
    at.map(|value| vec![value]).ok_or_else(|| {
        format!("error executing jsonpath: array index out of bounds: index {wanted}, length {length}")
    })
}

/// Whether a filter holds of an element.
fn holds(filter: &str, root: &Value, element: &Value) -> Result<bool, String> {
    for operator in ["==", "!=", "<=", ">=", "<", ">"] {
        let Some((left, right)) = filter.split_once(operator) else { continue };
        let side = |text: &str| -> Result<Option<Value>, String> {
            let text = text.trim();
            if let Some(text) = literal(text) {
                return Ok(Some(Value::String(text)));
            }
            if let Ok(value) = serde_json::from_str(text) {
                return Ok(Some(value));
            }
            Ok(find(text, root, element)?.first().map(|value| (*value).clone()))
        };
        let (left, right) = (side(left)?, side(right)?);
        let order = match (&left, &right) {
            (Some(Value::Number(left)), Some(Value::Number(right))) => {
                left.as_f64().partial_cmp(&right.as_f64())
            }
            (Some(Value::String(left)), Some(Value::String(right))) => Some(left.cmp(right)),
            _ => None,
        };
        return Ok(match operator {
            "==" => left.is_some() && left == right,
            "!=" => left != right,
            "<" => order.is_some_and(std::cmp::Ordering::is_lt),
            ">" => order.is_some_and(std::cmp::Ordering::is_gt),
            "<=" => order.is_some_and(std::cmp::Ordering::is_le),
            _ => order.is_some_and(std::cmp::Ordering::is_ge),
        });
    }
    Ok(!find(filter.trim(), root, element)?.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pods() -> Value {
        json!({ "items": [
            { "metadata": { "name": "a", "labels": { "app.io/x": "1" } }, "spec": { "ports": [{ "nodePort": 31000 }] } },
            { "metadata": { "name": "b" }, "spec": { "ports": [{ "nodePort": 32000 }] }, "status": { "phase": "Running" } },
        ] })
    }

    #[test]
    fn paths_find_what_kubectl_finds() {
        for (template, text) in [
            ("{.items[*].metadata.name}", "a b"),
            ("{.items[0].spec.ports[0].nodePort}", "31000"),
            ("{.items[-1].metadata.name}", "b"),
            ("{.items[0:1].metadata.name}", "a"),
            ("{range .items[*]}{.metadata.name}{\"\\t\"}{.status.phase}{\"\\n\"}{end}", "a\t\nb\tRunning\n"),
            ("{.items[?(@.metadata.name==\"b\")].status.phase}", "Running"),
            ("{.items[?(@.spec.ports[0].nodePort>31500)].metadata.name}", "b"),
            ("{.items[0].metadata.labels.app\\.io/x}", "1"),
            ("{.items[0].metadata.labels['app\\.io/x']}", "1"),
            ("{..nodePort}", "31000 32000"),
            ("{.items[0].metadata.nothing}", ""),
            ("{.items[1].metadata}", "{\"name\":\"b\"}"),
            ("port: {$.items[0].spec.ports[0].nodePort}!", "port: 31000!"),
        ] {
            assert_eq!(render(template, &pods()).as_deref(), Ok(text), "{template}");
        }
    }

    #[test]
    fn broken_templates_are_errors() {
        assert_eq!(
            render("{.items[0", &pods()).unwrap_err(),
            "error parsing jsonpath {.items[0, unterminated array"
        );
        for template in ["{range .items[*]}", "{end}", "{.items[x]}", "{.items[9].a}", "{"] {
            assert!(render(template, &pods()).is_err(), "{template}");
        }
    }
}
