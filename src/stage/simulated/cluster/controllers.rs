//! What the control plane does after each change: deployments make replica sets, those make pods, services find their
//! endpoints, and every status says what is so. One pass over the state, repeated until nothing changes.

use serde_json::{Value, json};

use super::kinds::Resource;
use super::store::{Key, State, has_labels, is_owned_by, list, name, now, number, text, uid};
use crate::stage::simulated::image::hash;
use crate::stage::simulated::yaml;

/// The one node.
pub(in crate::stage::simulated) const NODE: &str = "node1";
/// Its address, from the range that documentation may use.
pub(in crate::stage::simulated) const NODE_ADDRESS: &str = "192.0.2.10";

/// No set makes more pods, whatever it asks for.
const MOST_PODS: usize = 500;

/// Brings the state to what it asks for. The pods that are to be started now are among the new ones.
pub(super) fn settle(state: &mut State) {
    // A change ripples down three levels; a bound keeps a mistake here from hanging the run.
    for _ in 0..8 {
        if !std::mem::take(&mut state.unsettled) {
            return;
        }
        for key in keys(state, "Deployment") {
            deployment(state, &key);
        }
        for key in keys(state, "ReplicaSet").into_iter().chain(keys(state, "DaemonSet")) {
            pod_owner(state, &key);
        }
        for key in keys(state, "Service") {
            endpoints(state, &key);
        }
    }
}

fn keys(state: &State, kind: &str) -> Vec<Key> {
    state.objects.keys().filter(|(found, _, _)| *found == kind).cloned().collect()
}

fn kind(name: &str) -> &'static Resource {
    Resource::of(name).expect("the table has the kinds that controllers make")
}

/// Whether the pod is ready to serve.
pub(in crate::stage::simulated) fn is_ready(pod: &Value) -> bool {
    condition(pod, "Ready").is_some_and(|ready| text(ready, "/status") == "True")
}

/// A condition of an object's status, by its type, whatever its case.
pub(in crate::stage::simulated) fn condition<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    list(object, "/status/conditions")
        .iter()
        .find(|condition| text(condition, "/type").eq_ignore_ascii_case(name))
}

/// The pods or replica sets that an object owns, oldest first.
fn owned<'a>(state: &'a State, kind: &'static str, owner: &'a Value) -> Vec<&'a Value> {
    let all = state.list(kind, Some(text(owner, "/metadata/namespace")));
    let mut found: Vec<&Value> = all.filter(|other| is_owned_by(other, uid(owner))).collect();
    found.sort_by_key(|object| text(object, "/metadata/resourceVersion").parse::<u64>().unwrap_or_default());
    found
}

fn owner_reference(owner: &Value) -> Value {
    json!([{
        "apiVersion": owner["apiVersion"],
        "blockOwnerDeletion": true,
        "controller": true,
        "kind": owner["kind"],
        "name": name(owner),
        "uid": uid(owner),
    }])
}

fn deployment(state: &mut State, key: &Key) {
    let Some(mut deployment) = state.objects.get(key).cloned() else { return };
    let template = deployment["spec"]["template"].clone();
    let mark = State::letters(&yaml::sorted(&template).to_string(), 10);
    let wanted = number(&deployment, "/spec/replicas").unwrap_or(1);
    let sets: Vec<Value> = owned(state, "ReplicaSet", &deployment).into_iter().cloned().collect();
    let current = format!("{}-{mark}", key.2);
    let Some(set) = sets.iter().find(|set| name(set) == current) else {
        let revision = (sets.iter().map(revision).max().unwrap_or(0) + 1).to_string();
        let set = replica_set(&deployment, &current, &mark, &revision, wanted);
        if state.create(kind("ReplicaSet"), set).is_ok() {
            deployment["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = revision.into();
            scaled(state, &deployment, "up", &current, wanted);
            state.put(key, deployment);
        }
        return;
    };
    let newest = sets.iter().map(revision).max().unwrap_or(1);
    if revision(set) != newest {
        // An earlier template again, as after `rollout undo`: its set becomes the newest.
        let revision = (newest + 1).to_string();
        annotate(state, set, &revision);
        deployment["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = revision.into();
    }
    let replicas = |set: &Value| number(set, "/spec/replicas").unwrap_or(0);
    let ready = |set: &Value| number(set, "/status/readyReplicas").unwrap_or(0);
    if replicas(set) != wanted {
        scale(state, &deployment, set, wanted);
    }
    // Old pods stay until as many new ones answer.
    for old in sets.iter().filter(|other| name(other) != current && replicas(other) > 0) {
        if ready(set) >= wanted || text(&deployment, "/spec/strategy/type") == "Recreate" {
            scale(state, &deployment, old, 0);
        }
    }
    let total: i64 = sets.iter().map(|set| number(set, "/status/replicas").unwrap_or(0)).sum();
    let available: i64 = sets.iter().map(ready).sum();
    let status = deployment_status(&deployment, set, total, available, wanted);
    deployment["status"] = status;
    state.put(key, deployment);
}

fn revision(set: &Value) -> u64 {
    text(set, "/metadata/annotations/deployment.kubernetes.io~1revision").parse().unwrap_or(0)
}

fn annotate(state: &mut State, set: &Value, revision: &str) {
    let namespace = text(set, "/metadata/namespace");
    if let Ok(set) = state.get_mut(kind("ReplicaSet"), namespace, name(set)) {
        set["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = revision.into();
    }
}

fn replica_set(deployment: &Value, name: &str, mark: &str, revision: &str, replicas: i64) -> Value {
    let mut template = deployment["spec"]["template"].clone();
    template["metadata"]["labels"]["pod-template-hash"] = mark.into();
    let mut selector = deployment["spec"]["selector"].clone();
    selector["matchLabels"]["pod-template-hash"] = mark.into();
    json!({
        "metadata": {
            "name": name,
            "namespace": deployment["metadata"]["namespace"],
            "labels": template["metadata"]["labels"],
            "annotations": {
                "deployment.kubernetes.io/desired-replicas": replicas.to_string(),
                "deployment.kubernetes.io/max-replicas": (replicas + (replicas + 3) / 4).to_string(),
                "deployment.kubernetes.io/revision": revision,
            },
            "generation": 1,
            "ownerReferences": owner_reference(deployment),
        },
        "spec": { "replicas": replicas, "selector": selector, "template": template },
        "status": { "replicas": 0 },
    })
}

fn scale(state: &mut State, deployment: &Value, set: &Value, replicas: i64) {
    let before = number(set, "/spec/replicas").unwrap_or(0);
    let namespace = text(set, "/metadata/namespace");
    if let Ok(stored) = state.get_mut(kind("ReplicaSet"), namespace, name(set)) {
        stored["spec"]["replicas"] = replicas.into();
        scaled(state, deployment, if replicas > before { "up" } else { "down" }, name(set), replicas);
    }
}

fn scaled(state: &mut State, deployment: &Value, way: &str, set: &str, replicas: i64) {
    let message = format!("Scaled {way} replica set {set} to {replicas}");
    state.note(deployment, "Normal", "ScalingReplicaSet", "deployment-controller", &message);
}

fn deployment_status(deployment: &Value, set: &Value, total: i64, available: i64, wanted: i64) -> Value {
    let updated = number(set, "/status/replicas").unwrap_or(0);
    let enough = available >= wanted - wanted / 4;
    let done = updated == wanted && available >= wanted && total == updated;
    let mut conditions = vec![(
        "Available",
        enough,
        if enough { "MinimumReplicasAvailable" } else { "MinimumReplicasUnavailable" },
        if enough {
            "Deployment has minimum availability."
        } else {
            "Deployment does not have minimum availability."
        }
        .to_owned(),
    )];
    let progress = if done { "has successfully progressed." } else { "is progressing." };
    conditions.push((
        "Progressing",
        true,
        if done { "NewReplicaSetAvailable" } else { "ReplicaSetUpdated" },
        format!("ReplicaSet \"{}\" {progress}", name(set)),
    ));
    let conditions: Vec<Value> = conditions
        .into_iter()
        .map(|(kind, holds, reason, message)| {
            let status = if holds { "True" } else { "False" };
            let before = condition(deployment, kind).filter(|before| text(before, "/status") == status);
            let since = before.map_or_else(now, |before| text(before, "/lastTransitionTime").to_owned());
            let updated = before.filter(|before| text(before, "/reason") == reason);
            let updated = updated.map_or_else(now, |before| text(before, "/lastUpdateTime").to_owned());
            json!({
                "type": kind, "status": status, "reason": reason, "message": message,
                "lastTransitionTime": since, "lastUpdateTime": updated,
            })
        })
        .collect();
    let mut status =
        json!({ "conditions": conditions, "observedGeneration": deployment["metadata"]["generation"] });
    for (field, count) in [
        ("replicas", total),
        ("updatedReplicas", updated),
        ("readyReplicas", available),
        ("availableReplicas", available),
        ("unavailableReplicas", (total.max(wanted) - available).max(0)),
    ] {
        // The server leaves zeros out.
        if count > 0 {
            status[field] = count.into();
        }
    }
    status
}

/// Replica sets and daemon sets: as many pods as they ask for; a daemon set asks for one a node.
fn pod_owner(state: &mut State, key: &Key) {
    let Some(mut set) = state.objects.get(key).cloned() else { return };
    let daemon = key.0 == "DaemonSet";
    let asked = number(&set, "/spec/replicas").unwrap_or(1);
    let wanted = if daemon { 1 } else { usize::try_from(asked).unwrap_or(0).min(MOST_PODS) };
    let from = if daemon { "daemonset-controller" } else { "replicaset-controller" };
    let mark = template_mark(&set);
    let current = |pod: &Value| !daemon || text(pod, "/metadata/labels/controller-revision-hash") == mark;
    let (mut pods, outdated): (Vec<Owned>, Vec<Owned>) = owned(state, "Pod", &set)
        .into_iter()
        .map(|pod| Owned::of(pod, current(pod)))
        .partition(|pod| pod.current);
    for pod in outdated {
        let _ = state.delete(kind("Pod"), &key.1, &pod.name);
    }
    while pods.len() < wanted {
        let pod = new_pod(state, &set, daemon);
        let Ok(pod) = state.create(kind("Pod"), pod).map(|pod| Owned::of(pod, true)) else { break };
        state.note(&set, "Normal", "SuccessfulCreate", from, &format!("Created pod: {}", pod.name));
        pods.push(pod);
    }
    // Those that do not serve go first, then the newest.
    pods.sort_by_key(|pod| !pod.ready);
    while pods.len() > wanted {
        let Some(pod) = pods.pop() else { break };
        let _ = state.delete(kind("Pod"), &key.1, &pod.name);
        state.note(&set, "Normal", "SuccessfulDelete", from, &format!("Deleted pod: {}", pod.name));
    }
    let ready = pods.iter().filter(|pod| pod.ready).count();
    let fields: &[(&str, usize)] = if daemon {
        &[
            ("currentNumberScheduled", pods.len()),
            ("desiredNumberScheduled", wanted),
            ("numberAvailable", ready),
            ("numberMisscheduled", 0),
            ("numberReady", ready),
            ("updatedNumberScheduled", pods.len()),
        ]
    } else {
        &[
            ("replicas", pods.len()),
            ("readyReplicas", ready),
            ("availableReplicas", ready),
            ("fullyLabeledReplicas", pods.len()),
        ]
    };
    let needed =
        ["replicas", "currentNumberScheduled", "desiredNumberScheduled", "numberMisscheduled", "numberReady"];
    let mut status = json!({ "observedGeneration": set["metadata"]["generation"] });
    for (field, count) in fields.iter().filter(|(field, count)| *count > 0 || needed.contains(field)) {
        status[*field] = (*count).into();
    }
    set["status"] = status;
    state.put(key, set);
}

/// What counts of a pod that a set owns.
struct Owned {
    name: String,
    ready: bool,
    /// Whether it is made from the template as it is now.
    current: bool,
}

impl Owned {
    fn of(pod: &Value, current: bool) -> Self {
        Self { name: name(pod).to_owned(), ready: is_ready(pod), current }
    }
}

fn template_mark(set: &Value) -> String {
    State::letters(&yaml::sorted(&set["spec"]["template"]).to_string(), 9)
}

fn new_pod(state: &mut State, set: &Value, daemon: bool) -> Value {
    let number = state.next();
    let prefix = format!("{}-", name(set));
    let mut metadata = set["spec"]["template"]["metadata"].clone();
    metadata["name"] = format!("{prefix}{}", State::letters(&format!("{} {number}", uid(set)), 5)).into();
    metadata["generateName"] = prefix.into();
    metadata["namespace"] = set["metadata"]["namespace"].clone();
    metadata["ownerReferences"] = owner_reference(set);
    if let Some(map) = metadata.as_object_mut() {
        map.retain(|name, value| name != "creationTimestamp" && !value.is_null());
    }
    if daemon {
        metadata["labels"]["controller-revision-hash"] = template_mark(set).into();
    }
    json!({ "metadata": metadata, "spec": set["spec"]["template"]["spec"] })
}

/// Keeps the endpoints of a service: the addresses of the ready pods that it selects.
fn endpoints(state: &mut State, key: &Key) {
    let Some(service) = state.objects.get(key).cloned() else { return };
    let Some(selector) = service.pointer("/spec/selector").filter(|selector| selector.is_object()) else {
        return;
    };
    let pods: Vec<&Value> = state
        .list("Pod", Some(&key.1))
        .filter(|pod| has_labels(pod, Some(selector)) && is_ready(pod))
        .collect();
    let addresses: Vec<Value> = pods
        .iter()
        .map(|pod| {
            json!({
                "ip": text(pod, "/status/podIP"), "nodeName": NODE,
                "targetRef": { "kind": "Pod", "name": name(pod), "namespace": key.1, "uid": uid(pod) },
            })
        })
        .collect();
    let ports: Vec<Value> = list(&service, "/spec/ports")
        .iter()
        .filter_map(|port| {
            let target = pods.first().and_then(|pod| target_port(port, pod))?;
            let mut found = json!({ "port": target, "protocol": port["protocol"] });
            if !text(port, "/name").is_empty() {
                found["name"] = port["name"].clone();
            }
            Some(found)
        })
        .collect();
    let subsets =
        if addresses.is_empty() { json!([]) } else { json!([{ "addresses": addresses, "ports": ports }]) };
    let resource = kind("Endpoints");
    let place = (resource.kind, key.1.clone(), key.2.clone());
    if let Some(mut found) = state.objects.get(&place).cloned() {
        found["subsets"] = subsets;
        state.put(&place, found);
        return;
    }
    let object = json!({
        "metadata": {
            "name": key.2, "namespace": key.1, "labels": service["metadata"]["labels"],
            "ownerReferences": owner_reference(&service),
        },
        "subsets": subsets,
    });
    let _ = state.create(resource, object);
}

/// The port of a pod that a port of a service leads to: a number, or a name that one of its containers gives.
pub(in crate::stage::simulated) fn target_port(port: &Value, pod: &Value) -> Option<u16> {
    let target = port.get("targetPort").unwrap_or(&port["port"]);
    if let Some(number) = target.as_u64() {
        return u16::try_from(number).ok();
    }
    let wanted = target.as_str()?;
    let ports = list(pod, "/spec/containers").iter().flat_map(|container| list(container, "/ports"));
    ports
        .filter(|port| text(port, "/name") == wanted)
        .find_map(|port| u16::try_from(port["containerPort"].as_u64()?).ok())
}

/// An address of the cluster network that belongs to these words.
pub(in crate::stage::simulated) fn cluster_address(words: &str) -> String {
    let hash = hash(words.as_bytes());
    let byte = |place: usize| u8::from_str_radix(&hash[place..place + 2], 16).unwrap_or_default();
    format!("10.{}.{}.{}", 96 + byte(0) % 16, byte(2), 2 + byte(4) % 250)
}
