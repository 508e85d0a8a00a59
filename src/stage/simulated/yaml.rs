//! YAML as kubectl writes it: keys sorted, lists not indented under their key, quotes only where they are needed.
//! Reading is serde-saphyr's.

use serde_json::Value;

/// A value as a YAML document.
pub(super) fn write(value: &Value) -> String {
    Writer { text: String::new(), quote: '"' }.document(value)
}

/// The same with the single quotes that Python's tools prefer.
pub(super) fn write_for_python(value: &Value) -> String {
    Writer { text: String::new(), quote: '\'' }.document(value)
}

/// Every document of a YAML text; empty ones are left out. The error says where.
pub(super) fn read(text: &str) -> Result<Vec<Value>, String> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(text).map_err(|error| error.to_string())?;
    Ok(documents.into_iter().filter(|document| !document.is_null()).collect())
}

/// The same value with all keys sorted, as the Kubernetes tools write JSON.
pub(super) fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(&String, &Value)> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            Value::Object(entries.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect())
        }
        Value::Array(list) => Value::Array(list.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

struct Writer {
    text: String,
    /// What goes around a string that would read as something else.
    quote: char,
}

impl Writer {
    fn document(mut self, value: &Value) -> String {
        match value {
            Value::Object(map) if !map.is_empty() => self.mapping(value, 0, false),
            Value::Array(list) if !list.is_empty() => self.sequence(list, 0),
            scalar => self.scalar(scalar),
        }
        self.text.trim_start_matches(' ').to_owned()
    }

    fn indent(&mut self, indent: usize) {
        self.text.extend(std::iter::repeat_n(' ', indent));
    }

    fn mapping(&mut self, value: &Value, indent: usize, after_dash: bool) {
        let sorted = sorted(value);
        for (place, (key, value)) in sorted.as_object().into_iter().flatten().enumerate() {
            if place > 0 || !after_dash {
                self.indent(indent);
            }
            self.text += &self.quoted(key);
            self.text.push(':');
            match value {
                Value::Object(map) if !map.is_empty() => {
                    self.text.push('\n');
                    self.mapping(value, indent + 2, false);
                }
                Value::Array(list) if !list.is_empty() => {
                    self.text.push('\n');
                    self.sequence(list, indent);
                }
                Value::String(lines) if lines.contains('\n') && !lines.starts_with(' ') => {
                    self.block(lines, indent + 2);
                }
                scalar => self.scalar(scalar),
            }
        }
    }

    fn sequence(&mut self, list: &[Value], indent: usize) {
        for value in list {
            self.indent(indent);
            self.text.push('-');
            match value {
                Value::Object(map) if !map.is_empty() => {
                    self.text.push(' ');
                    self.mapping(value, indent + 2, true);
                }
                Value::Array(list) if !list.is_empty() => {
                    self.text.push('\n');
                    self.sequence(list, indent + 2);
                }
                Value::String(lines) if lines.contains('\n') && !lines.starts_with(' ') => {
                    self.block(lines, indent + 2);
                }
                scalar => self.scalar(scalar),
            }
        }
    }

    fn block(&mut self, lines: &str, indent: usize) {
        self.text += if lines.ends_with('\n') { " |\n" } else { " |-\n" };
        for line in lines.trim_end_matches('\n').split('\n') {
            if !line.is_empty() {
                self.indent(indent);
            }
            self.text += line;
            self.text.push('\n');
        }
    }

    fn scalar(&mut self, value: &Value) {
        let text = match value {
            Value::String(text) => self.quoted(text),
            Value::Object(_) => "{}".into(),
            Value::Array(_) => "[]".into(),
            other => other.to_string(),
        };
        self.text += &format!(" {text}\n");
    }

    /// A string in quotes where it would read as something else without them.
    fn quoted(&self, text: &str) -> String {
        const WORDS: &[&str] = &["", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n"];
        let single = |text: &str| format!("'{}'", text.replace('\'', "''"));
        if text.chars().any(char::is_control) {
            return serde_json::to_string(text).unwrap_or_default();
        }
        let ambiguous = WORDS.contains(&text.to_lowercase().as_str())
            || text.parse::<f64>().is_ok()
            || text.parse::<jiff::Timestamp>().is_ok()
            || text.parse::<jiff::civil::Date>().is_ok();
        if ambiguous {
            return if self.quote == '"' {
                serde_json::to_string(text).unwrap_or_default()
            } else {
                single(text)
            };
        }
        let dash = text.starts_with('-') && text.chars().nth(1).is_some_and(|letter| !letter.is_whitespace());
        let special = (text.starts_with(|letter| "-?:,[]{}#&*!|>'\"%@` ".contains(letter)) && !dash)
            || text.ends_with([' ', ':'])
            || text.contains(": ")
            || text.contains(" #");
        if special { single(text) } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn it_looks_like_kubectls_and_reads_back_the_same() {
        let value = json!({
            "kind": "Service",
            "metadata": { "annotations": { "rev": "1" }, "time": "2026-11-21T20:49:31Z", "empty": {}, "none": null },
            "spec": { "ports": [{ "port": 5000, "name": "a: b" }, [1, "x"]], "script": "a\n\n b\n", "flag": "-c", "no": "no" },
        });
        let text = write(&value);
        assert_eq!(
            text,
            "kind: Service\nmetadata:\n  annotations:\n    rev: \"1\"\n  empty: {}\n  none: null\n  time: \
             \"2026-11-21T20:49:31Z\"\nspec:\n  flag: -c\n  \"no\": \"no\"\n  ports:\n  - name: 'a: b'\n    port: 5000\n  -\n    - 1\n    \
             - x\n  script: |\n    a\n\n     b\n"
        );
        assert_eq!(read(&text).unwrap(), [sorted(&value)]);
    }

    #[test]
    fn several_documents_are_read_and_errors_say_where() {
        assert_eq!(read("a: 1\n---\n---\nb: 2\n").unwrap(), [json!({ "a": 1 }), json!({ "b": 2 })]);
        assert!(read("a: [").unwrap_err().contains("line 1"));
    }
}
