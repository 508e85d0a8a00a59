//! Paths into JSON, as jq and labrun's reports write them: `.items[0].name`, `.items[].uid`, `.["odd key"]`.

use std::str::FromStr;

use serde_json::Value;

/// A place in JSON, or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Key(String),
    Index(usize),
    /// `[]`: each element, or the value of each key.
    Each,
}

impl Path {
    /// Takes what stands there out of `value`: a key goes, an element becomes null, so that the others keep their place.
    pub(super) fn remove_from(&self, value: &mut Value) {
        remove(&self.0, value);
    }

    /// Puts what stands there in `promised` in its place in `came`: a key that was not promised goes.
    pub(super) fn keep_in(&self, came: &mut Value, promised: &Value) {
        keep(&self.0, came, Some(promised));
    }
}

fn keep(parts: &[Part], came: &mut Value, promised: Option<&Value>) {
    let Some((part, rest)) = parts.split_first() else {
        if let Some(promised) = promised {
            came.clone_from(promised);
        }
        return;
    };
    match (part, came) {
        (Part::Key(key), Value::Object(fields)) if rest.is_empty() => {
            match promised.and_then(|promised| promised.get(key)) {
                Some(promised) => fields.insert(key.clone(), promised.clone()),
                None => fields.shift_remove(key),
            };
        }
        (Part::Key(key), Value::Object(fields)) => {
            if let Some(came) = fields.get_mut(key) {
                keep(rest, came, promised.and_then(|promised| promised.get(key)));
            }
        }
        (Part::Index(at), Value::Array(items)) => {
            if let Some(came) = items.get_mut(*at) {
                keep(rest, came, promised.and_then(|promised| promised.get(at)));
            }
        }
        (Part::Each, Value::Array(items)) => {
            for (at, came) in items.iter_mut().enumerate() {
                keep(rest, came, promised.and_then(|promised| promised.get(at)));
            }
        }
        (Part::Each, Value::Object(fields)) => {
            for (key, came) in fields.iter_mut() {
                keep(rest, came, promised.and_then(|promised| promised.get(key)));
            }
        }
        _ => {}
    }
}

fn remove(parts: &[Part], value: &mut Value) {
    let Some((part, rest)) = parts.split_first() else {
        *value = Value::Null;
        return;
    };
    match (part, value) {
        (Part::Key(key), Value::Object(fields)) if rest.is_empty() => {
            fields.shift_remove(key);
        }
        (Part::Key(key), Value::Object(fields)) => {
            if let Some(value) = fields.get_mut(key) {
                remove(rest, value);
            }
        }
        (Part::Index(at), Value::Array(items)) => {
            if let Some(value) = items.get_mut(*at) {
                remove(rest, value);
            }
        }
        (Part::Each, Value::Array(items)) => items.iter_mut().for_each(|value| remove(rest, value)),
        (Part::Each, Value::Object(fields)) => fields.values_mut().for_each(|value| remove(rest, value)),
        _ => {}
    }
}

impl FromStr for Path {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no path into JSON: write .key, .list[0].key or .list[].key");
        let mut parts = Vec::new();
        let mut rest = text.strip_prefix('.').ok_or_else(wrong)?;
        while !rest.is_empty() {
            if let Some(inner) = rest.strip_prefix('[') {
                let quoted = inner.starts_with('"');
                let end =
                    inner.find(if quoted { "\"]" } else { "]" }).ok_or_else(wrong)? + usize::from(quoted);
                parts.push(match &inner[..end] {
                    "" => Part::Each,
                    key if quoted => Part::Key(serde_json::from_str(key).map_err(|_| wrong())?),
                    index => Part::Index(index.parse().map_err(|_| wrong())?),
                });
                rest = &inner[end + 1..];
            } else {
                let rest_of = rest.strip_prefix('.').filter(|_| !parts.is_empty()).unwrap_or(rest);
                let end = rest_of.find(['.', '[']).unwrap_or(rest_of.len());
                if end == 0 && !rest_of.starts_with('[') {
                    return Err(wrong());
                }
                if end > 0 {
                    parts.push(Part::Key(rest_of[..end].to_owned()));
                }
                rest = &rest_of[end..];
            }
        }
        if parts.is_empty() { Err(wrong()) } else { Ok(Self(parts)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_path_names_is_taken_out() {
        let whole =
            serde_json::json!({"a": [{"b": 1, "c": 2}, {"b": 3}], "odd key": {"x": 1, "y": 2}, "d": 1});
        for (path, want) in [
            (".d", r#"{"a":[{"b":1,"c":2},{"b":3}],"odd key":{"x":1,"y":2}}"#),
            (".a[].b", r#"{"a":[{"c":2},{}],"odd key":{"x":1,"y":2},"d":1}"#),
            (".a[0]", r#"{"a":[null,{"b":3}],"odd key":{"x":1,"y":2},"d":1}"#),
            (".a[1].b", r#"{"a":[{"b":1,"c":2},{}],"odd key":{"x":1,"y":2},"d":1}"#),
            (".[\"odd key\"].x", r#"{"a":[{"b":1,"c":2},{"b":3}],"odd key":{"y":2},"d":1}"#),
            (".d.x.y", r#"{"a":[{"b":1,"c":2},{"b":3}],"odd key":{"x":1,"y":2},"d":1}"#),
        ] {
            let mut value = whole.clone();
            path.parse::<Path>().unwrap().remove_from(&mut value);
            assert_eq!(value.to_string(), want, "{path}");
        }
        for wrong in ["", ".", "a", "/a/b", ".a..b", ".a[x]", ".a[", ".a."] {
            assert!(wrong.parse::<Path>().is_err(), "{wrong}");
        }
    }
}
