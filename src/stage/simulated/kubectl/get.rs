//! `kubectl get`: picks objects and prints them as a table, JSON, YAML, names, or through a template.

use serde_json::{Value, json};

use super::columns::{heading, labels, row};
use super::{Ask, Target, kind_of, qualified};
use crate::stage::simulated::call::{Call, Failure, Outcome, not_simulated};
use crate::stage::simulated::cluster::store::{name, text};
use crate::stage::simulated::{jsonpath, table, template, yaml};

pub(super) const FLAGS: &[&str] = &[
    "o|output=",
    "l|selector=",
    "A|all-namespaces",
    "w|watch",
    "no-headers",
    "show-labels",
    "sort-by=",
    "field-selector=",
    "ignore-not-found",
    "show-kind",
    "f|filename=",
    "chunk-size=",
    "template=",
];

pub(super) async fn main(call: &Call, ask: &Ask<'_>) -> Outcome {
    if ask.parsed.words.is_empty() {
        return Err("You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of supported \
                    resources.\n\nerror: Required resource not specified.\nUse \"kubectl explain <resource>\" for a detailed description of \
                    that resource (e.g. kubectl explain pods).\nSee 'kubectl get -h' for help and examples"
            .into());
    }
    if ask.parsed.get("filename").is_some() {
        return Err(not_simulated("kubectl", "the flag -f of get").into());
    }
    let targets = Target::parse(&ask.parsed.words)?;
    if ask.parsed.has("watch") {
        return watch(call, ask, &targets).await;
    }
    let mut missing = Vec::new();
    let objects = pick(ask, &targets, &mut missing)?;
    let one = targets.len() == 1 && targets[0].name.is_some();
    match ask.parsed.get("output") {
        None | Some("wide") => {
            if objects.is_empty() && missing.is_empty() {
                let everywhere =
                    ask.scope().is_none() || targets.iter().all(|target| !target.kind.namespaced);
                let place =
                    if everywhere { String::new() } else { format!(" in {} namespace", ask.namespace) };
                if !ask.parsed.has("ignore-not-found") {
                    call.complain(if place.is_empty() {
                        "No resources found".into()
                    } else {
                        format!("No resources found{place}.")
                    });
                }
                return Ok(0);
            }
            call.print(tables(ask, &targets, &objects));
        }
        Some("name") => call.print(objects.iter().map(|object| qualified(object) + "\n").collect::<String>()),
        Some(output) if one => {
            if let Some(object) = objects.first() {
                call.print(formatted(output, object, Some(ask))?);
            }
        }
        Some(output) => {
            let list = json!({ "apiVersion": "v1", "items": objects, "kind": "List", "metadata": { "resourceVersion": "", "selfLink": "" } });
            call.print(formatted(output, &list, Some(ask))?);
        }
    }
    for failure in &missing {
        call.complain(&failure.text);
    }
    Ok(u8::from(!missing.is_empty()))
}

/// The objects that are asked for, filtered and sorted; names that are not there are told apart.
fn pick(ask: &Ask<'_>, targets: &[Target], missing: &mut Vec<Failure>) -> Result<Vec<Value>, Failure> {
    let state = ask.cluster.state();
    let mut objects = Vec::new();
    for target in targets {
        match ask.select(&state, std::slice::from_ref(target)) {
            Ok(found) => objects.extend(found),
            Err(failure) if target.name.is_some() && !failure.text.starts_with("error:") => {
                if !ask.parsed.has("ignore-not-found") {
                    missing.push(failure);
                }
            }
            Err(failure) => return Err(failure),
        }
    }
    for part in ask.parsed.get("field-selector").into_iter().flat_map(|text| text.split(',')) {
        let (path, value, wanted) = match part.split_once("!=") {
            Some((path, value)) => (path, value, false),
            None => part
                .split_once('=')
                .map(|(path, value)| (path, value.trim_start_matches('='), true))
                .ok_or("error: invalid field selector")?,
        };
        objects.retain(|object| (text(object, &format!("/{}", path.replace('.', "/"))) == value) == wanted);
    }
    if let Some(path) = ask.parsed.get("sort-by") {
        let path = format!("{{{}}}", path.trim_start_matches('{').trim_end_matches('}'));
        let path = if path.starts_with("{.") { path } else { path.replacen('{', "{.", 1) };
        let mut keyed = Vec::new();
        for object in objects {
            keyed
                .push((jsonpath::render(&path, &object).map_err(|error| format!("error: {error}"))?, object));
        }
        keyed.sort_by(|(a, _), (b, _)| match (a.parse::<f64>(), b.parse::<f64>()) {
            (Ok(a), Ok(b)) => a.total_cmp(&b),
            _ => a.cmp(b),
        });
        objects = keyed.into_iter().map(|(_, object)| object).collect();
    }
    Ok(objects)
}

/// A table for each kind.
fn tables(ask: &Ask<'_>, targets: &[Target], objects: &[Value]) -> String {
    let mut kinds: Vec<&str> = targets.iter().map(|target| target.kind.kind).collect();
    kinds.dedup();
    let several = kinds.len() > 1 || ask.parsed.has("show-kind");
    let shown = kinds.iter().filter_map(|kind| {
        let of_kind: Vec<&Value> = objects.iter().filter(|object| kind_of(object).kind == *kind).collect();
        (!of_kind.is_empty()).then(|| one_table(ask, kind, &of_kind, several))
    });
    shown.collect::<Vec<_>>().join("\n")
}

fn one_table(ask: &Ask<'_>, kind: &str, objects: &[&Value], with_kind: bool) -> String {
    let wide = ask.parsed.get("output") == Some("wide");
    let with_namespace =
        ask.scope().is_none() && objects.first().is_some_and(|object| kind_of(object).namespaced);
    let with_labels = ask.parsed.has("show-labels");
    let mut head = heading(kind, wide);
    if with_namespace {
        head.insert(0, "NAMESPACE");
    }
    if with_labels {
        head.push("LABELS");
    }
    let rows: Vec<Vec<String>> = objects
        .iter()
        .map(|object| {
            let mut cells = row(object, wide);
            if with_kind {
                cells[0] = qualified(object);
            }
            if with_namespace {
                cells.insert(0, text(object, "/metadata/namespace").to_owned());
            }
            if with_labels {
                cells.push(labels(&object["metadata"]["labels"]));
            }
            cells
        })
        .collect();
    let text = table::render(&head, &rows, 3);
    if ask.parsed.has("no-headers") {
        text.split_once('\n').map_or(String::new(), |(_, rows)| rows.to_owned())
    } else {
        text
    }
}

/// An object or a list in the form that `-o` names.
pub(super) fn formatted(output: &str, value: &Value, ask: Option<&Ask<'_>>) -> Result<String, Failure> {
    let (form, template) = output.split_once('=').unwrap_or((output, ""));
    match form {
        "json" => Ok(pretty(&yaml::sorted(value)) + "\n"),
        "yaml" => Ok(yaml::write(value)),
        "jsonpath" => jsonpath::render(template, value).map_err(|error| format!("error: {error}").into()),
        "custom-columns" => custom_columns(template, value, ask.is_some_and(|ask| ask.parsed.has("no-headers"))),
        "go-template" | "template" => {
            let template = if template.is_empty() { ask.and_then(|ask| ask.parsed.get("template")).unwrap_or_default() } else { template };
            template::render(template, value).map_err(|unknown| not_simulated("kubectl", &unknown).into())
        }
        "go-template-file" | "jsonpath-file" | "custom-columns-file" | "jsonpath-as-json" => {
            Err(not_simulated("kubectl", &format!("the output {form}")).into())
        }
        _ => Err(format!(
            "error: unable to match a printer suitable for the output format \"{output}\", allowed formats are: \
             custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,template,\
             templatefile,wide,yaml"
        )
        .into()),
    }
}

/// JSON with four blanks, as kubectl prints it.
pub(super) fn pretty(value: &Value) -> String {
    let mut bytes = Vec::new();
    let layout = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut writer = serde_json::Serializer::with_formatter(&mut bytes, layout);
    serde::Serialize::serialize(value, &mut writer).expect("memory is written");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `NAME:.metadata.name,IMAGE:.spec.containers[0].image`.
fn custom_columns(template: &str, value: &Value, without_heading: bool) -> Result<String, Failure> {
    let columns: Vec<(&str, &str)> =
        template.split(',').filter_map(|column| column.split_once(':')).collect();
    if columns.is_empty() {
        return Err("error: custom-columns format specified but no custom columns given".into());
    }
    let objects = value["items"].as_array().map_or_else(|| vec![value], |items| items.iter().collect());
    let mut rows = Vec::new();
    for object in objects {
        let mut cells = Vec::new();
        for (_, path) in &columns {
            let path = path.trim_start_matches('{').trim_end_matches('}').trim_start_matches('.');
            let cell = jsonpath::render(&format!("{{.{path}}}"), object)
                .map_err(|error| format!("error: {error}"))?;
            cells.push(if cell.is_empty() { "<none>".into() } else { cell.replace(' ', ",") });
        }
        rows.push(cells);
    }
    let head: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let text = table::render(&head, &rows, 3);
    Ok(if without_heading {
        text.split_once('\n').map_or(String::new(), |(_, rows)| rows.to_owned())
    } else {
        text
    })
}

/// Prints the table, then a line for each change, for ever.
async fn watch(call: &Call, ask: &Ask<'_>, targets: &[Target]) -> Outcome {
    let mut seen: std::collections::BTreeMap<String, String> = std::collections::BTreeMap::new();
    loop {
        let mut missing = Vec::new();
        let objects = pick(ask, targets, &mut missing)?;
        if let Some(failure) = missing.pop().filter(|_| seen.is_empty()) {
            return Err(failure);
        }
        // The age changes all the time; what counts is the object.
        let fresh = |object: &Value| text(object, "/metadata/uid").to_owned() + &object["status"].to_string();
        let changed: Vec<&Value> =
            objects.iter().filter(|object| seen.get(name(object)) != Some(&fresh(object))).collect();
        if let Some(first) = changed.first() {
            let text = one_table(ask, kind_of(first).kind, &changed, false);
            call.print(if seen.is_empty() {
                text
            } else {
                text.split_once('\n').map_or(String::new(), |(_, rows)| rows.to_owned())
            });
        }
        seen.extend(changed.iter().map(|object| (name(object).to_owned(), fresh(object))));
        let before = seen.clone();
        ask.cluster
            .until(|state| {
                let mut objects = targets.iter().flat_map(|target| state.list(target.kind.kind, ask.scope()));
                objects.any(|object| before.get(name(object)) != Some(&fresh(object))).then_some(())
            })
            .await;
    }
}
