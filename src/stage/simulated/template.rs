//! The part of Go's templates that `--format` is used for: text, `{{.Path.To.Field}}` and `{{json .Path}}`.

use serde_json::Value;

/// Fills a template with a value; the error says what is not known.
pub(super) fn render(template: &str, value: &Value) -> Result<String, String> {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (action, after) = after
            .split_once("}}")
            .ok_or_else(|| "template parsing error: template: :1: unclosed action".to_owned())?;
        text += before;
        rest = after;
        let action = action.trim();
        let (as_json, path) = match action.strip_prefix("json ") {
            Some(path) => (true, path.trim()),
            None => (false, action),
        };
        let unknown = || format!("the template action {{{{{action}}}}}");
        let fields = path.strip_prefix('.').ok_or_else(unknown)?;
        let mut found = value;
        for name in fields.split('.').filter(|name| !name.is_empty()) {
            found = found.get(name).ok_or_else(|| format!("the field {name} of {{{{{action}}}}}"))?;
        }
        text += &match found {
            Value::String(words) if !as_json => words.clone(),
            Value::Null if !as_json => "<no value>".into(),
            other => other.to_string(),
        };
    }
    Ok((text + rest).replace("\\t", "\t").replace("\\n", "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_are_filled_in_and_what_is_unknown_is_named() {
        let value = json!({ "Id": "sha256:1", "Config": { "Cmd": ["sh"] } });
        assert_eq!(render("{{.Id}} {{json .Config.Cmd}}!", &value).unwrap(), "sha256:1 [\"sh\"]!");
        assert!(render("{{range .X}}", &value).unwrap_err().contains("range .X"));
        assert!(render("{{.Nope}}", &value).unwrap_err().contains("Nope"));
    }
}
