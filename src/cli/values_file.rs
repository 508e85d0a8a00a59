//! `--values FILE`: names with their texts, in TOML, YAML or JSON, by the file's ending.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// Why a file of values cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be read.
    #[error("cannot read the values in {}", .0.display())]
    Read(PathBuf, #[source] std::io::Error),
    /// It is not what its ending says, or not of names and texts.
    #[error("{}: {}", .0.display(), .1)]
    Content(PathBuf, String),
}

/// The values of a file, in its order. They stand at its top, or below `values` as labrun prints them; a name in a
/// table is joined to the table's by a dot.
///
/// # Errors
/// When the file cannot be read, or holds something else than names and texts.
pub fn read(path: &Path) -> Result<Vec<(String, String)>, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::Read(path.into(), source))?;
    parse(path, &text).map_err(|message| Error::Content(path.into(), message))
}

fn parse(path: &Path, text: &str) -> Result<Vec<(String, String)>, String> {
    let kind = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let content: Value = match kind {
        "toml" => toml::from_str(text).map_err(|error| error.to_string())?,
        "yaml" | "yml" => serde_saphyr::from_str(text).map_err(|error| error.to_string())?,
        "json" => serde_json::from_str(text).map_err(|error| error.to_string())?,
        _ => return Err("its name must end in .toml, .yaml or .json, to say how it is read".to_owned()),
    };
    let content = match content.get("values") {
        Some(values @ Value::Object(_)) => values.clone(),
        _ => content,
    };
    let mut values = Vec::new();
    flatten("", &content, &mut values)?;
    Ok(values)
}

fn flatten(name: &str, value: &Value, values: &mut Vec<(String, String)>) -> Result<(), String> {
    let text = match value {
        Value::Object(table) => {
            for (inner, value) in table {
                let name = if name.is_empty() { inner.clone() } else { format!("{name}.{inner}") };
                flatten(&name, value, values)?;
            }
            return Ok(());
        }
        Value::Null if name.is_empty() => return Ok(()),
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        Value::Null | Value::Array(_) if name.is_empty() => return Err("it holds no names".to_owned()),
        Value::Null | Value::Array(_) => return Err(format!("{name} is no text")),
    };
    if name.is_empty() {
        return Err("it holds no names".to_owned());
    }
    // As it is printed to be filled in: nothing is given yet.
    if !text.is_empty() {
        values.push((name.to_owned(), text));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, text: &str) -> Result<Vec<(String, String)>, String> {
        parse(Path::new(name), text)
    }

    #[test]
    fn three_kinds_say_the_same() {
        let wanted =
            vec![("registry.url".to_owned(), "10.0.0.1".to_owned()), ("port".to_owned(), "5000".to_owned())];
        for (name, text) in [
            ("a.toml", "[values]\n\"registry.url\" = '10.0.0.1'\nport = 5000\nempty = ''\n"),
            ("a.toml", "registry.url = '10.0.0.1'\nport = 5000\n"),
            ("a.yaml", "registry:\n  url: 10.0.0.1\nport: 5000\n"),
            ("a.yml", "values: {registry.url: 10.0.0.1, port: 5000}\n"),
            ("a.json", "{\"registry.url\": \"10.0.0.1\", \"port\": 5000}"),
        ] {
            let mut values = of(name, text).unwrap();
            values.sort_by_key(|(name, _)| std::cmp::Reverse(name.clone()));
            assert_eq!(values, wanted, "{text}");
        }
        assert_eq!(of("a.yaml", "").unwrap(), []);
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (name, text, said) in [
            ("a.txt", "", "must end in .toml"),
            ("a.json", "{", "EOF"),
            ("a.json", "[1]", "no names"),
            ("a.json", "3", "no names"),
            ("a.yaml", "a: [1, 2]", "a is no text"),
            ("a.toml", "a = ", "line 1"),
        ] {
            let error = of(name, text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
