//! `kubectl logs` and `exec`: what the containers of pods print and do.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::columns::pod_status;
use super::{Ask, Target, kind_of};
use crate::stage::simulated::call::{Call, Failure, Outcome, not_simulated};
use crate::stage::simulated::cluster::kinds::Resource;
use crate::stage::simulated::cluster::store::{State, has_labels, list, name, text, uid};
use crate::stage::simulated::docker::last_lines;
use crate::stage::simulated::inside;
use crate::stage::simulated::workload::Workload;

pub(super) const FLAGS: &[&str] =
    &["f|follow", "tail=", "c|container=", "l|selector=", "all-containers", "max-log-requests="];

pub(super) async fn logs(call: &Call, ask: &Ask<'_>) -> Outcome {
    let tail = ask.parsed.get("tail").and_then(|tail| tail.parse().ok());
    let by_selector = ask.parsed.get("selector").is_some();
    let pods = pods(call, ask)?;
    // Of several pods the last lines are shown, as of none.
    let tail = if by_selector && tail.is_none() { Some(10) } else { tail };
    let mut last = None;
    for pod in &pods {
        let workload = workload(&ask.cluster.state(), pod)?;
        let text = workload.log();
        call.print(last_lines(&text, tail));
        last = Some((pod, text.len()));
    }
    let Some((pod, mut printed)) = last.filter(|_| ask.parsed.has("follow")) else { return Ok(0) };
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let Ok(workload) = workload(&ask.cluster.state(), pod) else { return Ok(0) };
        let text = workload.log();
        call.print(text.get(printed..).unwrap_or_default());
        printed = text.len();
        if workload.ends.is_some() {
            return Ok(0);
        }
    }
}

/// The pods that the command names; of a deployment, its first.
fn pods(call: &Call, ask: &Ask<'_>) -> Result<Vec<Value>, Failure> {
    let state = ask.cluster.state();
    let pod = Resource::of("Pod").ok_or("error: no pods")?;
    if ask.parsed.get("selector").is_some() {
        let found = ask.select(&state, &[Target { kind: pod, name: None }])?;
        if found.is_empty() {
            call.complain(format!("No resources found in {} namespace.", ask.namespace));
        }
        return Ok(found);
    }
    let Some(word) = ask.parsed.words.first() else {
        return Err("error: expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command\nSee 'kubectl logs -h' for help and examples".into());
    };
    Ok(vec![one_pod(call, ask, &state, word)?])
}

/// A pod by its name, or the first of a deployment or the like.
fn one_pod(call: &Call, ask: &Ask<'_>, state: &State, word: &str) -> Result<Value, Failure> {
    let pod = Resource::of("Pod").ok_or("error: no pods")?;
    if !word.contains('/') {
        return Ok(state.get(pod, &ask.namespace, word)?.clone());
    }
    let object = ask.select(state, &Target::parse(&[word.to_owned()])?)?.remove(0);
    if kind_of(&object).kind == "Pod" {
        return Ok(object);
    }
    let selector = object.pointer("/spec/selector/matchLabels").or_else(|| object.pointer("/spec/selector"));
    let mut found: Vec<&Value> =
        state.list("Pod", Some(&ask.namespace)).filter(|pod| has_labels(pod, selector)).collect();
    found.sort_by_key(|pod| {
        (pod_status(pod) != "Running", text(pod, "/metadata/resourceVersion").parse::<u64>().unwrap_or(0))
    });
    let first = *found.first().ok_or("error: timed out waiting for the condition")?;
    if found.len() > 1 {
        call.complain(format!("Found {} pods, using pod/{}", found.len(), name(first)));
    }
    Ok(first.clone())
}

fn workload(state: &State, pod: &Value) -> Result<Workload, Failure> {
    let current = state.get(kind_of(pod), text(pod, "/metadata/namespace"), name(pod))?;
    if let Some(workload) = state.workload(current).filter(|_| uid(current) == uid(pod)) {
        return Ok(workload.clone());
    }
    let container = list(current, "/spec/containers")
        .first()
        .map(|container| text(container, "/name"))
        .unwrap_or_default();
    let why = match pod_status(current).as_str() {
        "ErrImagePull" => "image can't be pulled".to_owned(),
        "ImagePullBackOff" => "trying and failing to pull image".to_owned(),
        reason => reason.to_owned(),
    };
    Err(format!(
        "Error from server (BadRequest): container \"{container}\" in pod \"{}\" is waiting to start: {why}",
        name(pod)
    )
    .into())
}

pub(super) async fn exec(call: &mut Call, ask: &Ask<'_>) -> Outcome {
    let Some((word, before)) = ask.parsed.words.split_first() else {
        return Err("error: pod or type/name must be specified".into());
    };
    let mut command: Vec<String> = before.iter().chain(&ask.parsed.rest).cloned().collect();
    if command.is_empty() {
        return Err("error: you must specify at least one command for the container".into());
    }
    let container = {
        let state = ask.cluster.state();
        let pod = one_pod(call, ask, &state, word)?;
        workload(&state, &pod)?.inside().clone()
    };
    if ask.parsed.has("stdin") && inside::is_shell(&command) {
        let script = String::from_utf8_lossy(&call.input().await).into_owned();
        command = vec!["sh".into(), "-c".into(), script];
    }
    let Some(did) = inside::run(&command, &container, Timestamp::now()).filter(|did| did.forever.is_none())
    else {
        return Err(not_simulated("kubectl", &format!("what {} does in a container", command[0])).into());
    };
    tokio::time::sleep(did.took).await;
    call.print(did.output);
    if did.status != 0 {
        call.complain(format!("command terminated with exit code {}", did.status));
    }
    Ok(did.status)
}
