//! The columns in which `kubectl get` shows each kind.

use serde_json::Value;

use super::kind_of;
use crate::stage::simulated::cluster::controllers::is_ready;
use crate::stage::simulated::cluster::store::{list, name, number, text};
use crate::stage::simulated::table::{short_age, since};

const NONE: &str = "<none>";

/// The heading of a kind; the columns of `-o wide` come after `AGE`.
pub(super) fn heading(kind: &str, wide: bool) -> Vec<&'static str> {
    let (narrow, more): (&[&str], &[&str]) = match kind {
        "Pod" => (
            &["NAME", "READY", "STATUS", "RESTARTS", "AGE"],
            &["IP", "NODE", "NOMINATED NODE", "READINESS GATES"],
        ),
        "Deployment" => {
            (&["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"], &["CONTAINERS", "IMAGES", "SELECTOR"])
        }
        "ReplicaSet" => {
            (&["NAME", "DESIRED", "CURRENT", "READY", "AGE"], &["CONTAINERS", "IMAGES", "SELECTOR"])
        }
        "DaemonSet" => (
            &["NAME", "DESIRED", "CURRENT", "READY", "UP-TO-DATE", "AVAILABLE", "NODE SELECTOR", "AGE"],
            &["CONTAINERS", "IMAGES", "SELECTOR"],
        ),
        "Service" => (&["NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE"], &["SELECTOR"]),
        "Namespace" => (&["NAME", "STATUS", "AGE"], &[]),
        "Node" => (
            &["NAME", "STATUS", "ROLES", "AGE", "VERSION"],
            &["INTERNAL-IP", "EXTERNAL-IP", "OS-IMAGE", "KERNEL-VERSION", "CONTAINER-RUNTIME"],
        ),
        "ConfigMap" => (&["NAME", "DATA", "AGE"], &[]),
        "Secret" => (&["NAME", "TYPE", "DATA", "AGE"], &[]),
        "ServiceAccount" => (&["NAME", "SECRETS", "AGE"], &[]),
        "Endpoints" => (&["NAME", "ENDPOINTS", "AGE"], &[]),
        "Event" => (&["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"], &[]),
        _ => (&["NAME", "AGE"], &[]),
    };
    narrow.iter().chain(if wide { more } else { &[] }).copied().collect()
}

/// The cells of an object.
pub(super) fn row(object: &Value, wide: bool) -> Vec<String> {
    let status = |field: &str| number(object, &format!("/status/{field}")).unwrap_or(0).to_string();
    let age = short_age(since(text(object, "/metadata/creationTimestamp")));
    let name = name(object).to_owned();
    let some = |value: &str| if value.is_empty() { NONE.to_owned() } else { value.to_owned() };
    let entries = |field: &str| object[field].as_object().map_or(0, serde_json::Map::len).to_string();
    let wanted = number(object, "/spec/replicas").unwrap_or(0).to_string();
    let (mut cells, more) = match kind_of(object).kind {
        "Pod" => {
            let containers = list(object, "/status/containerStatuses");
            let ready = containers.iter().filter(|container| container["ready"] == true).count();
            let restarts: i64 =
                containers.iter().filter_map(|container| number(container, "/restartCount")).sum();
            (
                vec![
                    name,
                    format!("{ready}/{}", list(object, "/spec/containers").len()),
                    pod_status(object),
                    restarts.to_string(),
                    age,
                ],
                vec![
                    some(text(object, "/status/podIP")),
                    some(text(object, "/spec/nodeName")),
                    NONE.into(),
                    NONE.into(),
                ],
            )
        }
        "Deployment" => (
            vec![
                name,
                format!("{}/{wanted}", status("readyReplicas")),
                status("updatedReplicas"),
                status("availableReplicas"),
                age,
            ],
            template(object),
        ),
        "ReplicaSet" => {
            (vec![name, wanted, status("replicas"), status("readyReplicas"), age], template(object))
        }
        "DaemonSet" => (
            vec![
                name,
                status("desiredNumberScheduled"),
                status("currentNumberScheduled"),
                status("numberReady"),
                status("updatedNumberScheduled"),
                status("numberAvailable"),
                labels(&object["spec"]["template"]["spec"]["nodeSelector"]),
                age,
            ],
            template(object),
        ),
        "Service" => (
            vec![
                name,
                text(object, "/spec/type").into(),
                some(text(object, "/spec/clusterIP")),
                external(object),
                ports(object),
                age,
            ],
            vec![labels(&object["spec"]["selector"])],
        ),
        "Namespace" => (vec![name, text(object, "/status/phase").into(), age], Vec::new()),
        "Node" => node(object, name, age),
        "ConfigMap" => (vec![name, entries("data"), age], Vec::new()),
        "Secret" => (vec![name, some(text(object, "/type")), entries("data"), age], Vec::new()),
        "ServiceAccount" => (vec![name, "0".into(), age], Vec::new()),
        "Endpoints" => (vec![name, addresses(object), age], Vec::new()),
        "Event" => {
            let about = format!(
                "{}/{}",
                text(object, "/involvedObject/kind").to_lowercase(),
                text(object, "/involvedObject/name")
            );
            let seen = short_age(since(text(object, "/lastTimestamp")));
            (
                vec![
                    seen,
                    text(object, "/type").into(),
                    text(object, "/reason").into(),
                    about,
                    text(object, "/message").into(),
                ],
                Vec::new(),
            )
        }
        _ => (vec![name, age], Vec::new()),
    };
    if wide {
        cells.extend(more);
    }
    cells
}

/// The cells of a node, and those that are only wide.
fn node(object: &Value, name: String, age: String) -> (Vec<String>, Vec<String>) {
    let info = |field: &str| text(object, &format!("/status/nodeInfo/{field}")).to_owned();
    (
        vec![name, "Ready".into(), NONE.into(), age, info("kubeletVersion")],
        vec![
            text(object, "/status/addresses/0/address").into(),
            NONE.into(),
            info("osImage"),
            info("kernelVersion"),
            info("containerRuntimeVersion"),
        ],
    )
}

/// What the STATUS column says of a pod.
pub(super) fn pod_status(pod: &Value) -> String {
    for container in list(pod, "/status/containerStatuses") {
        for state in ["waiting", "terminated"] {
            let reason = text(container, &format!("/state/{state}/reason"));
            if !reason.is_empty() {
                return reason.to_owned();
            }
        }
    }
    if is_ready(pod) { "Running".into() } else { text(pod, "/status/phase").into() }
}

/// `a=b,c=d`, or `<none>`.
pub(super) fn labels(labels: &Value) -> String {
    let pairs: Vec<String> =
        sorted_pairs(labels).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    if pairs.is_empty() { NONE.into() } else { pairs.join(",") }
}

/// Names and texts of a mapping, by name.
pub(super) fn sorted_pairs(map: &Value) -> Vec<(&str, &str)> {
    let mut pairs: Vec<(&str, &str)> = map
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default()))
        .collect();
    pairs.sort_unstable();
    pairs
}

/// Containers, images and selector of what makes pods.
fn template(object: &Value) -> Vec<String> {
    let each = |field: &str| {
        let containers = list(object, "/spec/template/spec/containers");
        containers.iter().map(|container| text(container, field)).collect::<Vec<_>>().join(",")
    };
    vec![each("/name"), each("/image"), labels(&object["spec"]["selector"]["matchLabels"])]
}

fn external(service: &Value) -> String {
    match text(service, "/spec/type") {
        "LoadBalancer" => "<pending>".into(),
        "ExternalName" => text(service, "/spec/externalName").into(),
        _ => NONE.into(),
    }
}

fn ports(service: &Value) -> String {
    let ports: Vec<String> = list(service, "/spec/ports")
        .iter()
        .map(|port| {
            let node = number(port, "/nodePort").map(|number| format!(":{number}")).unwrap_or_default();
            format!("{}{node}/{}", number(port, "/port").unwrap_or(0), text(port, "/protocol"))
        })
        .collect();
    if ports.is_empty() { NONE.into() } else { ports.join(",") }
}

/// `10.0.0.1:80,10.0.0.2:80`, or `<none>`.
pub(super) fn addresses(endpoints: &Value) -> String {
    let all: Vec<String> = list(endpoints, "/subsets")
        .iter()
        .flat_map(|subset| {
            list(subset, "/ports").iter().flat_map(move |port| {
                list(subset, "/addresses").iter().map(move |address| {
                    format!("{}:{}", text(address, "/ip"), number(port, "/port").unwrap_or(0))
                })
            })
        })
        .collect();
    match all.len() {
        0 => NONE.into(),
        1..=3 => all.join(","),
        count => format!("{} + {} more...", all[..3].join(","), count - 3),
    }
}
