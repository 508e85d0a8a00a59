//! `kubectl wait` and `kubectl rollout`: what waits for the cluster, and the history of deployments.

use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use super::{Ask, Target, kind_of, qualified};
use crate::stage::simulated::call::{Call, Failure, Outcome, not_simulated};
use crate::stage::simulated::cluster::controllers::condition;
use crate::stage::simulated::cluster::kinds::Resource;
use crate::stage::simulated::cluster::store::{State, is_owned_by, name, now, number, text, uid};
use crate::stage::simulated::jsonpath;

pub(super) const FLAGS: &[&str] = &["for=", "timeout=", "l|selector=", "all", "A|all-namespaces"];

/// What kubectl takes for ever: a week.
const WEEK: Duration = Duration::from_secs(604_799);

/// What is waited for.
enum Wanted {
    Deleted,
    Condition { name: String, status: String },
    Path { path: String, value: Option<String> },
}

impl Wanted {
    fn parse(text: &str) -> Result<Self, Failure> {
        if text.eq_ignore_ascii_case("delete") {
            return Ok(Self::Deleted);
        }
        if let Some(condition) = text.strip_prefix("condition=") {
            let (name, status) = condition.split_once('=').unwrap_or((condition, "true"));
            return Ok(Self::Condition { name: name.to_owned(), status: status.to_owned() });
        }
        if let Some(path) = text.strip_prefix("jsonpath=") {
            let (path, value) = match path.split_once("}=") {
                Some((path, value)) => {
                    (format!("{path}}}"), Some(value.trim_matches(['"', '\'']).to_owned()))
                }
                None => (path.to_owned(), None),
            };
            return Ok(Self::Path { path, value });
        }
        Err(format!("error: unrecognized condition: \"{text}\"").into())
    }

    /// Whether it is so of an object that is there.
    fn holds(&self, object: &Value) -> bool {
        match self {
            Self::Deleted => false,
            Self::Condition { name, status } => condition(object, name)
                .is_some_and(|condition| text(condition, "/status").eq_ignore_ascii_case(status)),
            Self::Path { path, value } => {
                let found = jsonpath::render(path, object).unwrap_or_default();
                value.as_ref().map_or(!found.is_empty(), |value| found == *value)
            }
        }
    }
}

/// A time as Go writes it: `30s`, `1m30s`, `500ms`; a plain number is seconds. Less than nothing is a week, as kubectl has it.
fn duration(text: &str) -> Option<Duration> {
    if text.starts_with('-') {
        return Some(WEEK);
    }
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let number = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let unit = rest[number..]
            .find(|letter: char| letter.is_ascii_digit())
            .map_or(rest.len(), |end| number + end);
        let factor = match &rest[number..unit] {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        total += Duration::try_from_secs_f64(rest[..number].parse::<f64>().ok()? * factor).ok()?;
        rest = &rest[unit..];
    }
    Some(total)
}

fn limit(ask: &Ask<'_>, default: Duration) -> Result<Duration, Failure> {
    let Some(written) = ask.parsed.get("timeout") else { return Ok(default) };
    duration(written).ok_or_else(|| format!("Error: invalid argument \"{written}\" for \"--timeout\" flag: time: invalid duration \"{written}\"").into())
}

pub(super) async fn main(call: &Call, ask: &Ask<'_>) -> Outcome {
    let wanted = ask
        .parsed
        .get("for")
        .ok_or("error: you must specify a condition with --for, as in --for=condition=available")?;
    let wanted = Wanted::parse(wanted)?;
    let limit = limit(ask, Duration::from_secs(30))?;
    let targets = Target::parse(&ask.parsed.words)?;
    if targets.is_empty() {
        return Err("error: resource(s) were provided, but no name was specified".into());
    }
    if targets.iter().any(|target| target.name.is_none())
        && ask.parsed.get("selector").is_none()
        && !ask.parsed.has("all")
    {
        return Err("error: resource(s) were provided, but no name was specified".into());
    }
    let objects = ask.objects(&targets)?;
    if objects.is_empty() {
        return Err("error: no matching resources found".into());
    }
    let end = tokio::time::Instant::now() + limit;
    let mut failed = false;
    for object in &objects {
        let kind = kind_of(object);
        let (namespace, name) = (text(object, "/metadata/namespace"), name(object));
        let met = ask.cluster.until(|state| match state.get(kind, namespace, name) {
            Ok(found) if uid(found) == uid(object) => wanted.holds(found).then_some(true),
            _ => Some(matches!(wanted, Wanted::Deleted)),
        });
        match tokio::time::timeout_at(end, met).await {
            Ok(true) => call.line(format!("{} condition met", qualified(object))),
            Ok(false) => {
                call.complain(format!(
                    "Error from server (NotFound): {} \"{name}\" not found",
                    kind.qualified_plural()
                ));
                failed = true;
            }
            Err(_) => {
                call.complain(format!(
                    "error: timed out waiting for the condition on {}/{name}",
                    kind.plural
                ));
                failed = true;
            }
        }
    }
    Ok(u8::from(failed))
}

pub(super) async fn rollout(call: &Call, ask: &Ask<'_>) -> Outcome {
    let Some((verb, words)) = ask.parsed.words.split_first() else {
        return Err(not_simulated("kubectl", "rollout without a verb").into());
    };
    let targets = Target::parse(words)?;
    if targets.is_empty() {
        return Err("error: required resource not specified".into());
    }
    for target in &targets {
        for object in ask.objects(std::slice::from_ref(target))? {
            match verb.as_str() {
                "status" => status(call, ask, &object).await?,
                "restart" => restart(call, ask, &object)?,
                "history" => history(call, ask, &object),
                "undo" => undo(call, ask, &object)?,
                other => return Err(not_simulated("kubectl", &format!("the verb rollout {other}")).into()),
            }
        }
    }
    Ok(0)
}

/// Says how a rollout goes until it is done.
async fn status(call: &Call, ask: &Ask<'_>, object: &Value) -> Result<(), Failure> {
    let (kind, namespace, name) =
        (kind_of(object), text(object, "/metadata/namespace").to_owned(), name(object).to_owned());
    let limit = limit(ask, WEEK)?;
    let mut said = String::new();
    let done = async {
        loop {
            let next = ask
                .cluster
                .until(|state| {
                    let found = state.get(kind, &namespace, &name).map(|object| progress(kind, object));
                    found.map_or_else(
                        |gone| Some(Err(gone)),
                        |line| (line != said || line.is_empty()).then_some(Ok(line)),
                    )
                })
                .await?;
            if next.is_empty() {
                return Ok::<_, Failure>(());
            }
            call.line(&next);
            if ask.parsed.get("watch") == Some("false") {
                return Ok(());
            }
            said = next;
        }
    };
    timeout(limit, done).await.map_err(|_| Failure::from("error: timed out waiting for the condition"))??;
    if ask.parsed.get("watch") != Some("false") || progress_now(ask, kind, &namespace, &name).is_empty() {
        let title = if kind.kind == "DaemonSet" { "daemon set" } else { kind.singular };
        call.line(format!("{title} \"{name}\" successfully rolled out"));
    }
    Ok(())
}

fn progress_now(ask: &Ask<'_>, kind: &'static Resource, namespace: &str, name: &str) -> String {
    ask.cluster.state().get(kind, namespace, name).map(|object| progress(kind, object)).unwrap_or_default()
}

/// What a rollout waits for; empty when it is done.
fn progress(kind: &'static Resource, object: &Value) -> String {
    let status = |field: &str| number(object, &format!("/status/{field}")).unwrap_or(0);
    let name = name(object);
    if kind.kind == "DaemonSet" {
        let (ready, wanted) = (status("numberAvailable"), status("desiredNumberScheduled"));
        return if ready < wanted {
            format!(
                "Waiting for daemon set \"{name}\" rollout to finish: {ready} of {wanted} updated pods are available..."
            )
        } else {
            String::new()
        };
    }
    let wanted = number(object, "/spec/replicas").unwrap_or(1);
    let (updated, total, available) =
        (status("updatedReplicas"), status("replicas"), status("availableReplicas"));
    let what = if updated < wanted {
        format!("{updated} out of {wanted} new replicas have been updated...")
    } else if total > updated {
        format!("{} old replicas are pending termination...", total - updated)
    } else if available < updated {
        format!("{available} of {updated} updated replicas are available...")
    } else {
        return String::new();
    };
    format!("Waiting for deployment \"{name}\" rollout to finish: {what}")
}

fn restart(call: &Call, ask: &Ask<'_>, object: &Value) -> Result<(), Failure> {
    ask.cluster.change(|state| {
        let found = state.get_mut(kind_of(object), text(object, "/metadata/namespace"), name(object))?;
        found["spec"]["template"]["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"] =
            now().into();
        Ok::<_, Failure>(())
    })?;
    call.line(format!("{} restarted", qualified(object)));
    Ok(())
}

/// The replica sets of a deployment by revision.
fn revisions(state: &State, deployment: &Value) -> Vec<(u64, Value)> {
    let sets = state
        .list("ReplicaSet", Some(text(deployment, "/metadata/namespace")))
        .filter(|set| is_owned_by(set, uid(deployment)));
    let revision = |set: &Value| {
        text(set, "/metadata/annotations/deployment.kubernetes.io~1revision").parse().unwrap_or(0)
    };
    let mut revisions: Vec<(u64, Value)> = sets.map(|set| (revision(set), set.clone())).collect();
    revisions.sort_by_key(|(revision, _)| *revision);
    revisions
}

fn history(call: &Call, ask: &Ask<'_>, object: &Value) {
    let lines = revisions(&ask.cluster.state(), object)
        .iter()
        .map(|(revision, _)| format!("{revision:<10}<none>\n"))
        .collect::<String>();
    call.print(format!("{} \nREVISION  CHANGE-CAUSE\n{lines}\n", qualified(object)));
}

fn undo(call: &Call, ask: &Ask<'_>, object: &Value) -> Result<(), Failure> {
    let wanted: Option<u64> = ask
        .parsed
        .get("to-revision")
        .and_then(|revision| revision.parse().ok())
        .filter(|revision| *revision > 0);
    ask.cluster.change(|state| {
        let all = revisions(state, object);
        let found = match wanted {
            Some(wanted) => all.iter().find(|(revision, _)| *revision == wanted).ok_or_else(|| format!("error: unable to find specified revision {wanted} in history"))?,
            None => all.iter().rev().nth(1).ok_or_else(|| format!("error: no rollout history found for deployment \"{}\"", name(object)))?,
        };
        let mut template = found.1["spec"]["template"].clone();
        if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
            labels.shift_remove("pod-template-hash");
        }
        state.get_mut(kind_of(object), text(object, "/metadata/namespace"), name(object))?["spec"]["template"] = template;
        Ok::<_, Failure>(())
    })?;
    call.line(format!("{} rolled back", qualified(object)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_go_writes_them() {
        for (text, milliseconds) in
            [("30s", 30_000), ("1m30s", 90_000), ("500ms", 500), ("2", 2000), ("1.5s", 1500)]
        {
            assert_eq!(duration(text), Some(Duration::from_millis(milliseconds)), "{text}");
        }
        assert_eq!((duration("soon"), duration("5x")), (None, None));
    }
}
