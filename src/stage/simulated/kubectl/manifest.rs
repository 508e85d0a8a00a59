//! Objects from files: `kubectl create -f`, `apply -f`, `delete -f`, and the defaults that the server fills in.

use std::path::Path;

use serde_json::{Value, json};

use super::create::add;
use super::{Ask, qualified};
use crate::stage::simulated::call::{Call, Failure, Outcome, not_simulated};
use crate::stage::simulated::cluster::kinds::Resource;
use crate::stage::simulated::cluster::store::{list, name, text};
use crate::stage::simulated::yaml;

/// The annotation by which `apply` knows what it applied.
const APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// An object, where it comes from, and its kind.
type FromFile = (String, &'static Resource, Value);

/// What the server said, with the file that made it say so.
fn while_at(doing: &str, origin: &str, text: &str) -> String {
    match text.split_once("): ") {
        Some((start, rest)) if start.starts_with("Error from server") => {
            format!("{start}): error when {doing} \"{origin}\": {rest}")
        }
        _ => text.to_owned(),
    }
}

/// The objects of all files that `-f` names, each with its kind, in the namespace they belong to.
async fn read(call: &mut Call, ask: &Ask<'_>) -> Result<Vec<FromFile>, Failure> {
    let mut objects = Vec::new();
    for file in ask.parsed.all("filename").map(str::to_owned).collect::<Vec<_>>() {
        for (origin, text) in texts(call, &file).await? {
            let documents = yaml::read(&text).map_err(|error| {
                format!("error: error parsing {origin}: error converting YAML to JSON: {error}")
            })?;
            for document in documents {
                let items = if document["kind"] == "List" {
                    list(&document, "/items").to_vec()
                } else {
                    vec![document]
                };
                for object in items {
                    objects.push(placed(ask, &origin, object)?);
                }
            }
        }
    }
    if objects.is_empty() {
        return Err("error: no objects passed to create".into());
    }
    Ok(objects)
}

async fn texts(call: &mut Call, file: &str) -> Result<Vec<(String, String)>, Failure> {
    if file == "-" {
        return Ok(vec![("STDIN".into(), String::from_utf8_lossy(&call.input().await).into_owned())]);
    }
    if file.starts_with("http://") || file.starts_with("https://") {
        return Err(not_simulated("kubectl", &format!("what {file} holds: nothing outside is asked")).into());
    }
    let path = call.find(file);
    let missing = || format!("error: the path \"{file}\" does not exist");
    if path.is_dir() {
        let mut files: Vec<_> =
            std::fs::read_dir(&path).map_err(|_| missing())?.flatten().map(|entry| entry.path()).collect();
        files.retain(|path| {
            path.extension().is_some_and(|end| end == "yaml" || end == "yml" || end == "json")
        });
        files.sort();
        let shown = |path: &Path| call.path(file).join(path.file_name().unwrap_or_default());
        let texts = files.iter().map(|path| {
            (shown(path).display().to_string(), std::fs::read_to_string(path).unwrap_or_default())
        });
        return Ok(texts.collect());
    }
    Ok(vec![(file.to_owned(), std::fs::read_to_string(&path).map_err(|_| missing())?)])
}

fn placed(ask: &Ask<'_>, origin: &str, mut object: Value) -> Result<FromFile, Failure> {
    let word = text(&object, "/kind").to_owned();
    if word.is_empty() {
        return Err(format!(
            "error: unable to recognize \"{origin}\": Object 'Kind' is missing in '{}'",
            yaml::sorted(&object)
        )
        .into());
    }
    let known = Resource::of(&word).filter(|kind| kind.api_version() == text(&object, "/apiVersion"));
    let kind = known.ok_or_else(|| {
        let version = text(&object, "/apiVersion");
        let hint = not_simulated("kubectl", &format!("the kind {word} in version {version}"));
        format!("error: unable to recognize \"{origin}\": no matches for kind \"{word}\" in version \"{version}\"\n{hint}")
    })?;
    if name(&object).is_empty() {
        return Err(format!("error: error when creating \"{origin}\": resource name may not be empty").into());
    }
    if kind.namespaced {
        let own = text(&object, "/metadata/namespace").to_owned();
        if own.is_empty() {
            object["metadata"]["namespace"] = ask.namespace.as_str().into();
        } else if ask.parsed.get("namespace").is_some_and(|namespace| namespace != own) {
            return Err(format!(
                "error: the namespace from the provided object \"{own}\" does not match the namespace \"{}\". You must pass '--namespace={own}' \
                 to perform this operation.",
                ask.namespace
            )
            .into());
        }
    }
    Ok((origin.to_owned(), kind, object))
}

pub(super) async fn create(call: &mut Call, ask: &Ask<'_>) -> Outcome {
    let mut failed = false;
    for (origin, kind, object) in read(call, ask).await? {
        if let Err(failure) = super::create::store(call, ask, kind, object) {
            call.complain(while_at("creating", &origin, &failure.text));
            failed = true;
        }
    }
    Ok(u8::from(failed))
}

pub(super) async fn apply(call: &mut Call, ask: &Ask<'_>) -> Outcome {
    if ask.parsed.get("filename").is_none() {
        return Err("error: must specify one of -f and -k".into());
    }
    let dry = ask.parsed.get("dry-run").is_some_and(|how| how != "none");
    for (_, kind, mut object) in read(call, ask).await? {
        let applied = yaml::sorted(&object).to_string() + "\n";
        let (namespace, name) = (text(&object, "/metadata/namespace").to_owned(), name(&object).to_owned());
        let current = ask.cluster.state().get(kind, &namespace, &name).ok().cloned();
        object["metadata"]["annotations"][APPLIED] = applied.as_str().into();
        let done = match &current {
            None => "created",
            Some(current) if current["metadata"]["annotations"][APPLIED] == applied => "unchanged",
            Some(_) => "configured",
        };
        if !dry {
            match current {
                None => add(ask, kind, object.clone())?,
                Some(current) if done == "configured" => change(ask, kind, current, &object)?,
                Some(_) => {}
            }
        }
        let shown = json!({ "kind": kind.kind, "metadata": { "name": name } });
        call.line(format!("{} {done}{}", qualified(&shown), if dry { " (dry run)" } else { "" }));
    }
    Ok(0)
}

/// Lays a new version of an object over the one that is there.
fn change(ask: &Ask<'_>, kind: &'static Resource, mut current: Value, new: &Value) -> Result<(), Failure> {
    let before: Value = serde_json::from_str(text(
        &current["metadata"]["annotations"],
        &format!("/{}", APPLIED.replace('/', "~1")),
    ))
    .unwrap_or_default();
    merge(&mut current, &before, new);
    complete(kind, &mut current)?;
    let (namespace, name) = (text(&current, "/metadata/namespace").to_owned(), name(&current).to_owned());
    if kind.kind == "Service" {
        // Ports are reserved and given up by creating and deleting; the address stays.
        ask.cluster.change(|state| state.delete(kind, &namespace, &name))?;
        return ask.cluster.create_service(current).map_err(Into::into);
    }
    ask.cluster.change(|state| state.get_mut(kind, &namespace, &name).map(|object| *object = current))?;
    Ok(())
}

/// What `apply` does: sets what the file says, removes what the file said before and says no more, leaves the rest.
fn merge(current: &mut Value, before: &Value, new: &Value) {
    let (Value::Object(own), Value::Object(wanted)) = (&mut *current, new) else {
        *current = new.clone();
        return;
    };
    for name in before.as_object().into_iter().flatten().map(|(name, _)| name) {
        if !wanted.contains_key(name) {
            own.shift_remove(name);
        }
    }
    for (name, value) in wanted {
        merge(own.entry(name.clone()).or_insert(Value::Null), &before[name], value);
    }
}

pub(super) async fn delete(call: &mut Call, ask: &Ask<'_>) -> Outcome {
    let mut failed = false;
    for (origin, kind, object) in read(call, ask).await? {
        let (namespace, name) = (text(&object, "/metadata/namespace").to_owned(), name(&object).to_owned());
        match ask.cluster.change(|state| state.delete(kind, &namespace, &name)) {
            Ok(()) => call.line(format!("{} \"{name}\" deleted", kind.qualified_singular())),
            Err(_) if ask.parsed.has("ignore-not-found") => {}
            Err(refused) => {
                call.complain(while_at("deleting", &origin, &refused.message()));
                failed = true;
            }
        }
    }
    Ok(u8::from(failed))
}

/// Fills in what the server fills in, and refuses what it refuses.
pub(super) fn complete(kind: &'static Resource, object: &mut Value) -> Result<(), Failure> {
    let invalid = |object: &Value, why: &str| {
        let group = if kind.group.is_empty() { String::new() } else { format!(".{}", kind.group) };
        Failure::from(format!("The {}{group} \"{}\" is invalid: {why}", kind.kind, name(object)))
    };
    match kind.kind {
        "Deployment" | "ReplicaSet" | "DaemonSet" => {
            if object["spec"]["selector"]["matchLabels"].is_null() {
                return Err(invalid(object, "spec.selector: Required value"));
            }
            let labels = &object["spec"]["template"]["metadata"]["labels"];
            let wanted = object["spec"]["selector"]["matchLabels"].as_object();
            if !wanted.into_iter().flatten().all(|(name, value)| labels.get(name) == Some(value)) {
                return Err(invalid(
                    object,
                    &format!(
                        "spec.template.metadata.labels: Invalid value: {labels}: `selector` does not match template `labels`"
                    ),
                ));
            }
            check_containers(&object["spec"]["template"]["spec"])
                .map_err(|why| invalid(object, &format!("spec.template.{why}")))?;
            let spec = &mut object["spec"];
            if kind.kind != "DaemonSet" && spec["replicas"].is_null() {
                spec["replicas"] = 1.into();
            }
            if kind.kind == "Deployment" {
                for (field, value) in [
                    ("progressDeadlineSeconds", json!(600)),
                    ("revisionHistoryLimit", json!(10)),
                    ("strategy", json!({})),
                ] {
                    if spec[field].is_null() {
                        spec[field] = value;
                    }
                }
                if spec["strategy"]["type"].is_null() {
                    spec["strategy"] = json!({ "rollingUpdate": { "maxSurge": "25%", "maxUnavailable": "25%" }, "type": "RollingUpdate" });
                }
            }
            crate::stage::simulated::cluster::complete_pod(&mut spec["template"]["spec"]);
            let generation = object["metadata"]["generation"].as_i64().unwrap_or(0);
            object["metadata"]["generation"] = (generation + 1).into();
        }
        "Pod" => check_containers(&object["spec"]).map_err(|why| invalid(object, &why))?,
        _ => {}
    }
    Ok(())
}

fn check_containers(spec: &Value) -> Result<(), String> {
    let containers = list(spec, "/containers");
    if containers.is_empty() {
        return Err("spec.containers: Required value".into());
    }
    for (place, container) in containers.iter().enumerate() {
        for field in ["name", "image"] {
            if text(container, &format!("/{field}")).is_empty() {
                return Err(format!("spec.containers[{place}].{field}: Required value"));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apply_sets_removes_and_leaves() {
        let mut current = json!({ "spec": { "a": 1, "b": { "c": 2 }, "server": 3 } });
        let before = json!({ "spec": { "a": 1, "b": { "c": 2 } } });
        merge(&mut current, &before, &json!({ "spec": { "b": { "d": 4 } } }));
        assert_eq!(current, json!({ "spec": { "b": { "d": 4 }, "server": 3 } }));
    }
}
