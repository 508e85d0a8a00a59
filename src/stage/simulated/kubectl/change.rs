//! The verbs that change or remove what is there: `delete`, `scale`, `set image`, `label`, `annotate`.

use serde_json::Value;

use super::{Ask, Target, kind_of, manifest, qualified};
use crate::stage::simulated::call::{Call, Failure, Outcome, not_simulated};
use crate::stage::simulated::cluster::store::{Refused, list, name, text};

pub(super) const DELETE_FLAGS: &[&str] = &[
    "f|filename=",
    "l|selector=",
    "all",
    "A|all-namespaces",
    "force",
    "grace-period=",
    "ignore-not-found",
    "now",
    "wait",
    "timeout=",
    "o|output=",
];

pub(super) const LABEL_FLAGS: &[&str] = &["overwrite", "l|selector=", "all", "A|all-namespaces"];

pub(super) async fn delete(call: &mut Call, ask: &Ask<'_>) -> Outcome {
    if ask.parsed.get("filename").is_some() {
        return manifest::delete(call, ask).await;
    }
    let targets = Target::parse(&ask.parsed.words)?;
    let picked = ask.parsed.has("all") || ask.parsed.get("selector").is_some();
    if targets.is_empty() || (targets.iter().any(|target| target.name.is_none()) && !picked) {
        return Err(
            "error: resource(s) were provided, but no name, label selector, or --all flag specified".into()
        );
    }
    let force = ask.parsed.has("force");
    if force {
        call.complain(
            "warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue \
             to run on the cluster indefinitely.",
        );
    }
    let mut failed = false;
    let mut found = 0;
    for target in &targets {
        let objects = match ask.objects(std::slice::from_ref(target)) {
            Ok(objects) => objects,
            Err(_) if ask.parsed.has("ignore-not-found") => continue,
            Err(failure) => {
                call.complain(failure.text);
                failed = true;
                continue;
            }
        };
        found += objects.len();
        for object in objects {
            remove(call, ask, &object, force)?;
        }
    }
    if found == 0 && !failed && !ask.parsed.has("ignore-not-found") {
        call.line("No resources found");
    }
    Ok(u8::from(failed))
}

fn remove(call: &Call, ask: &Ask<'_>, object: &Value, force: bool) -> Result<(), Failure> {
    let kind = kind_of(object);
    let name = name(object);
    if kind.kind == "Node"
        || (kind.kind == "Namespace" && matches!(name, "default" | "kube-system" | "kube-public"))
    {
        return Err(format!(
            "Error from server (Forbidden): {} \"{name}\" is forbidden: this {} may not be deleted",
            kind.plural, kind.singular
        )
        .into());
    }
    match ask.cluster.change(|state| state.delete(kind, text(object, "/metadata/namespace"), name)) {
        // It may have gone with an owner that was deleted a moment ago.
        Ok(()) | Err(Refused::NotFound { .. }) => {}
        Err(refused) => return Err(refused.into()),
    }
    let how = if force { "force deleted" } else { "deleted" };
    call.line(match ask.parsed.get("output") {
        Some("name") => qualified(object),
        _ => format!("{} \"{name}\" {how}", kind.qualified_singular()),
    });
    Ok(())
}

pub(super) fn scale(call: &Call, ask: &Ask<'_>) -> Outcome {
    let written = ask.parsed.get("replicas").ok_or("Error: required flag(s) \"replicas\" not set")?;
    let replicas: i64 = written
        .parse()
        .map_err(|_| format!("Error: invalid argument \"{written}\" for \"--replicas\" flag"))?;
    if replicas < 0 {
        return Err(
            "error: The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0"
                .into(),
        );
    }
    for object in chosen(ask)? {
        let kind = kind_of(&object);
        if !matches!(kind.kind, "Deployment" | "ReplicaSet") {
            return Err(format!("error: cannot scale a {}", kind.kind).into());
        }
        ask.cluster.change(|state| {
            let found = state.get_mut(kind, text(&object, "/metadata/namespace"), name(&object))?;
            found["spec"]["replicas"] = replicas.into();
            advance(found);
            Ok::<_, Failure>(())
        })?;
        call.line(format!("{} scaled", qualified(&object)));
    }
    Ok(0)
}

/// A new generation of a specification.
fn advance(object: &mut Value) {
    let generation = object["metadata"]["generation"].as_i64().unwrap_or(0);
    object["metadata"]["generation"] = (generation + 1).into();
}

/// The objects that the command names; none is an error.
fn chosen(ask: &Ask<'_>) -> Result<Vec<Value>, Failure> {
    chosen_by(ask, &Target::parse(&ask.parsed.words)?)
}

fn chosen_by(ask: &Ask<'_>, targets: &[Target]) -> Result<Vec<Value>, Failure> {
    let picked = ask.parsed.has("all") || ask.parsed.get("selector").is_some();
    if targets.is_empty() || (targets.iter().any(|target| target.name.is_none()) && !picked) {
        return Err("error: resource(s) were provided, but no name was specified".into());
    }
    ask.objects(targets)
}

pub(super) fn set(call: &Call, ask: &Ask<'_>) -> Outcome {
    let Some(("image", words)) = ask.parsed.words.split_first().map(|(first, rest)| (first.as_str(), rest))
    else {
        return Err(not_simulated("kubectl", &format!("set {}", ask.parsed.words.join(" "))).into());
    };
    let (changes, names): (Vec<String>, Vec<String>) =
        words.iter().cloned().partition(|word| word.contains('='));
    if changes.is_empty() {
        return Err("error: at least one image update is required".into());
    }
    for object in chosen_by(ask, &Target::parse(&names)?)? {
        let kind = kind_of(&object);
        let path = if kind.kind == "Pod" { "/spec/containers" } else { "/spec/template/spec/containers" };
        for (container, _) in changes.iter().filter_map(|change| change.split_once('=')) {
            let known = list(&object, path).iter().any(|found| text(found, "/name") == container);
            if !known && container != "*" {
                return Err(format!("error: unable to find container named \"{container}\"").into());
            }
        }
        ask.cluster.change(|state| {
            let found = state.get_mut(kind, text(&object, "/metadata/namespace"), name(&object))?;
            for container in found.pointer_mut(path).and_then(Value::as_array_mut).into_iter().flatten() {
                for (wanted, image) in changes.iter().filter_map(|change| change.split_once('=')) {
                    if wanted == "*" || text(container, "/name") == wanted {
                        container["image"] = image.into();
                    }
                }
            }
            advance(found);
            Ok::<_, Failure>(())
        })?;
        call.line(format!("{} image updated", qualified(&object)));
    }
    Ok(0)
}

/// `label` and `annotate`: the same verb for two fields.
pub(super) fn label(call: &Call, ask: &Ask<'_>, field: &str) -> Outcome {
    let is_change = |word: &String| word.contains('=') || (word.ends_with('-') && word.len() > 1);
    let (changes, names): (Vec<String>, Vec<String>) = ask.parsed.words.iter().cloned().partition(is_change);
    let singular = field.trim_end_matches('s');
    if changes.is_empty() {
        return Err(format!("error: at least one {singular} update is required").into());
    }
    for object in chosen_by(ask, &Target::parse(&names)?)? {
        let kind = kind_of(&object);
        for (key, _) in changes.iter().filter_map(|change| change.split_once('=')) {
            let old = object["metadata"][field].get(key).and_then(Value::as_str);
            if let Some(old) = old.filter(|_| !ask.parsed.has("overwrite")) {
                return Err(
                    format!("error: '{key}' already has a value ({old}), and --overwrite is false").into()
                );
            }
        }
        ask.cluster.change(|state| {
            let found = state.get_mut(kind, text(&object, "/metadata/namespace"), name(&object))?;
            for change in &changes {
                if let Some((key, value)) = change.split_once('=') {
                    found["metadata"][field][key] = value.into();
                } else if let Some(pairs) = found["metadata"][field].as_object_mut() {
                    pairs.shift_remove(change.trim_end_matches('-'));
                }
            }
            Ok::<_, Failure>(())
        })?;
        let done = if field == "labels" { "labeled" } else { "annotated" };
        call.line(format!("{} {done}", qualified(&object)));
    }
    Ok(0)
}
