//! `kubectl describe`, for the kinds that labs describe.

use serde_json::Value;

use super::columns::{addresses, labels, sorted_pairs};
use super::{Ask, Target, kind_of};
use crate::stage::simulated::call::{Call, Outcome, not_simulated};
use crate::stage::simulated::cluster::controllers::NODE_ADDRESS;
use crate::stage::simulated::cluster::kinds::Resource;
use crate::stage::simulated::cluster::store::{State, is_owned_by, list, name, number, text, uid};
use crate::stage::simulated::table::{elastic, short_age, since};

const NONE: &str = "<none>";

pub(super) fn main(call: &Call, ask: &Ask<'_>) -> Outcome {
    if ask.parsed.words.is_empty() {
        return Err("You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete list of supported resources.".into());
    }
    let targets = Target::parse(&ask.parsed.words)?;
    let state = ask.cluster.state();
    let objects = ask.select(&state, &targets)?;
    if objects.is_empty() {
        call.complain(format!("No resources found in {} namespace.", ask.namespace));
        return Ok(0);
    }
    let mut texts = Vec::new();
    for object in &objects {
        let body = match kind_of(object).kind {
            "ConfigMap" | "Secret" => data(object),
            "Deployment" => deployment(&state, object),
            "Namespace" => format!(
                "Status:\t{}\n\nNo resource quota.\n\nNo LimitRange resource.\n",
                text(object, "/status/phase")
            ),
            "Node" => node(&state, object),
            "Pod" => pod(object),
            "ReplicaSet" => replica_set(&state, object),
            "Service" => service(&state, object),
            other => return Err(not_simulated("kubectl", &format!("how to describe a {other}")).into()),
        };
        texts.push(elastic(&format!("{}{body}{}", head(object), events(&state, object))));
    }
    call.print(texts.join("\n\n"));
    Ok(0)
}

/// Name, namespace and, but for kinds that put them elsewhere, labels and annotations.
fn head(object: &Value) -> String {
    let mut head = format!("Name:\t{}\n", name(object));
    let kind = kind_of(object).kind;
    if kind_of(object).namespaced {
        head += &format!("Namespace:\t{}\n", text(object, "/metadata/namespace"));
    }
    match kind {
        "Deployment" => {
            let created: Result<jiff::Timestamp, _> = text(object, "/metadata/creationTimestamp").parse();
            let created = created
                .map(|time| time.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string())
                .unwrap_or_default();
            head += &format!("CreationTimestamp:\t{created}\n");
        }
        "ReplicaSet" => {
            head += &format!("Selector:\t{}\n", labels(&object["spec"]["selector"]["matchLabels"]));
        }
        "Pod" => {
            let started: Result<jiff::Timestamp, _> = text(object, "/status/startTime").parse();
            let started = started
                .map(|time| time.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string())
                .unwrap_or_default();
            head += &format!(
                "Priority:\t0\nNode:\t{}/{NODE_ADDRESS}\nStart Time:\t{started}\n",
                text(object, "/spec/nodeName")
            );
        }
        _ => {}
    }
    head + &pairs("Labels:", &object["metadata"]["labels"], "=")
        + &pairs("Annotations:", &object["metadata"]["annotations"], ": ")
}

/// A line for each pair, the title before the first.
fn pairs(title: &str, map: &Value, between: &str) -> String {
    let pairs = sorted_pairs(map);
    if pairs.is_empty() {
        return format!("{title}\t{NONE}\n");
    }
    let lines = pairs.iter().enumerate().map(|(place, (name, value))| {
        format!("{}\t{name}{between}{value}\n", if place == 0 { title } else { "" })
    });
    lines.collect()
}

fn some(value: &str) -> &str {
    if value.is_empty() { NONE } else { value }
}

fn service(state: &State, service: &Value) -> String {
    let kind = text(service, "/spec/type");
    let address = some(text(service, "/spec/clusterIP"));
    let mut lines = format!(
        "Selector:\t{}\nType:\t{kind}\nIP Families:\t{NONE}\nIP:\t{address}\nIPs:\t{address}\n",
        labels(&service["spec"]["selector"]),
    );
    let endpoints = Resource::of("Endpoints")
        .and_then(|kind| state.get(kind, text(service, "/metadata/namespace"), name(service)).ok());
    for port in list(service, "/spec/ports") {
        let port_name = match text(port, "/name") {
            "" => "<unset>",
            name => name,
        };
        let protocol = text(port, "/protocol");
        let target =
            port["targetPort"].as_str().map_or_else(|| port["targetPort"].to_string(), str::to_owned);
        lines += &format!(
            "Port:\t{port_name}\t{}/{protocol}\nTargetPort:\t{target}/{protocol}\n",
            number(port, "/port").unwrap_or(0)
        );
        if let Some(node) = number(port, "/nodePort") {
            lines += &format!("NodePort:\t{port_name}\t{node}/{protocol}\n");
        }
        lines += &format!("Endpoints:\t{}\n", endpoints.map_or_else(|| NONE.into(), addresses));
    }
    lines += "Session Affinity:\tNone\n";
    if matches!(kind, "NodePort" | "LoadBalancer") {
        lines += "External Traffic Policy:\tCluster\n";
    }
    lines
}

fn deployment(state: &State, deployment: &Value) -> String {
    let status = |field: &str| number(deployment, &format!("/status/{field}")).unwrap_or(0);
    let mut lines = format!(
        "Selector:\t{}\nReplicas:\t{} desired | {} updated | {} total | {} available | {} unavailable\nStrategyType:\t{}\n\
         MinReadySeconds:\t0\n",
        labels(&deployment["spec"]["selector"]["matchLabels"]),
        number(deployment, "/spec/replicas").unwrap_or(1),
        status("updatedReplicas"),
        status("replicas"),
        status("availableReplicas"),
        status("unavailableReplicas"),
        text(deployment, "/spec/strategy/type"),
    );
    let rolling = |field: &str| text(deployment, &format!("/spec/strategy/rollingUpdate/{field}")).to_owned();
    if !rolling("maxSurge").is_empty() {
        lines += &format!(
            "RollingUpdateStrategy:\t{} max unavailable, {} max surge\n",
            rolling("maxUnavailable"),
            rolling("maxSurge")
        );
    }
    lines += &template(deployment);
    lines += "Conditions:\n  Type\tStatus\tReason\n  ----\t------\t------\n";
    for condition in list(deployment, "/status/conditions") {
        lines += &format!(
            "  {} \t{}\t{}\n",
            text(condition, "/type"),
            text(condition, "/status"),
            text(condition, "/reason")
        );
    }
    let revision = |set: &Value| {
        text(set, "/metadata/annotations/deployment.kubernetes.io~1revision").parse::<u64>().unwrap_or(0)
    };
    let mut sets: Vec<&Value> = state
        .list("ReplicaSet", Some(text(deployment, "/metadata/namespace")))
        .filter(|set| is_owned_by(set, uid(deployment)))
        .collect();
    sets.sort_by_key(|set| revision(set));
    let shown = |set: &&Value| {
        format!(
            "{} ({}/{} replicas created)",
            name(set),
            number(set, "/status/replicas").unwrap_or(0),
            number(set, "/spec/replicas").unwrap_or(0)
        )
    };
    let newest = sets.pop();
    let old: Vec<String> =
        sets.iter().filter(|set| number(set, "/spec/replicas").unwrap_or(0) > 0).map(shown).collect();
    let old = if old.is_empty() { NONE.into() } else { old.join(", ") };
    lines
        + &format!(
            "OldReplicaSets:\t{old}\nNewReplicaSet:\t{}\n",
            newest.as_ref().map_or_else(|| NONE.into(), shown)
        )
}

fn replica_set(state: &State, set: &Value) -> String {
    let pods =
        state.list("Pod", Some(text(set, "/metadata/namespace"))).filter(|pod| is_owned_by(pod, uid(set)));
    let (running, waiting): (Vec<&Value>, Vec<&Value>) =
        pods.partition(|pod| text(pod, "/status/phase") == "Running");
    let owner = list(set, "/metadata/ownerReferences").first();
    let owner = owner
        .map(|owner| format!("Controlled By:\t{}/{}\n", text(owner, "/kind"), text(owner, "/name")))
        .unwrap_or_default();
    format!(
        "{owner}Replicas:\t{} current / {} desired\nPods Status:\t{} Running / {} Waiting / 0 Succeeded / 0 Failed\n{}",
        number(set, "/status/replicas").unwrap_or(0),
        number(set, "/spec/replicas").unwrap_or(0),
        running.len(),
        waiting.len(),
        template(set),
    )
}

/// The pod template of what makes pods.
fn template(object: &Value) -> String {
    let mut lines = "Pod Template:\n".to_owned()
        + &pairs("  Labels:", &object["spec"]["template"]["metadata"]["labels"], "=");
    lines += "  Containers:\n";
    for container in list(object, "/spec/template/spec/containers") {
        lines += &format!("   {}:\n    Image:\t{}\n", text(container, "/name"), text(container, "/image"));
        lines += &container_lines(container);
    }
    lines + &format!("  Volumes:\t{NONE}\n")
}

fn container_lines(container: &Value) -> String {
    let port = list(container, "/ports").first();
    let shown = port.map_or_else(
        || NONE.into(),
        |port| {
            format!(
                "{}/{}",
                number(port, "/containerPort").unwrap_or(0),
                port["protocol"].as_str().unwrap_or("TCP")
            )
        },
    );
    let host = if port.is_some() { "0/TCP" } else { NONE };
    let mut lines = format!("    Port:\t{shown}\n    Host Port:\t{host}\n");
    for (field, title) in [("/command", "Command"), ("/args", "Args")] {
        let words = list(container, field);
        if !words.is_empty() {
            lines += &format!("    {title}:\n");
            lines.extend(words.iter().map(|word| format!("      {}\n", word.as_str().unwrap_or_default())));
        }
    }
    lines + &variables(container)
}

fn variables(container: &Value) -> String {
    let variables = list(container, "/env");
    if variables.is_empty() {
        return format!("    Environment:\t{NONE}\n    Mounts:\t{NONE}\n");
    }
    let each =
        variables.iter().map(|entry| format!("      {}:\t{}\n", text(entry, "/name"), text(entry, "/value")));
    format!("    Environment:\n{}    Mounts:\t{NONE}\n", each.collect::<String>())
}

fn pod(pod: &Value) -> String {
    let address = text(pod, "/status/podIP");
    let mut lines = format!("Status:\t{}\nIP:\t{address}\n", text(pod, "/status/phase"));
    lines += if address.is_empty() { "IPs:\t<none>\n" } else { "IPs:\n" };
    if !address.is_empty() {
        lines += &format!("  IP:\t{address}\n");
    }
    if let Some(owner) = list(pod, "/metadata/ownerReferences").first() {
        lines += &format!("Controlled By:\t{}/{}\n", text(owner, "/kind"), text(owner, "/name"));
    }
    lines += "Containers:\n";
    for (container, status) in
        list(pod, "/spec/containers").iter().zip(list(pod, "/status/containerStatuses"))
    {
        lines += &format!(
            "  {}:\n    Container ID:\t{}\n    Image:\t{}\n    Image ID:\t{}\n",
            text(container, "/name"),
            text(status, "/containerID"),
            text(container, "/image"),
            text(status, "/imageID"),
        );
        let rest = container_lines(container);
        // What runs stands between the ports and the environment.
        let (before, after) = rest.split_at(rest.find("    Environment:").unwrap_or(rest.len()));
        let ready = if status["ready"] == true { "True" } else { "False" };
        let restarts = number(status, "/restartCount").unwrap_or(0);
        lines += &format!(
            "{before}{}    Ready:\t{ready}\n    Restart Count:\t{restarts}\n{after}",
            course(status)
        );
    }
    lines += "Conditions:\n  Type\tStatus\n";
    for condition in list(pod, "/status/conditions") {
        lines += &format!("  {} \t{} \n", text(condition, "/type"), text(condition, "/status"));
    }
    lines
        + &format!(
            "Volumes:\t{NONE}\nQoS Class:\tBestEffort\nNode-Selectors:\t{NONE}\nTolerations:\t{NONE}\n"
        )
}

/// The state of a container.
fn course(status: &Value) -> String {
    if let Some(waiting) = status.pointer("/state/waiting") {
        return format!("    State:\tWaiting\n      Reason:\t{}\n", text(waiting, "/reason"));
    }
    if let Some(over) = status.pointer("/state/terminated") {
        let code = number(over, "/exitCode").unwrap_or(0);
        return format!(
            "    State:\tTerminated\n      Reason:\t{}\n      Exit Code:\t{code}\n",
            text(over, "/reason")
        );
    }
    let started: Result<jiff::Timestamp, _> = text(status, "/state/running/startedAt").parse();
    let started =
        started.map(|time| time.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()).unwrap_or_default();
    format!("    State:\tRunning\n      Started:\t{started}\n")
}

fn node(state: &State, node: &Value) -> String {
    let capacity = |field: &str| text(node, &format!("/status/capacity/{field}")).to_owned();
    let info = |field: &str| text(node, &format!("/status/nodeInfo/{field}")).to_owned();
    let mut lines = format!(
        "Addresses:\n  InternalIP:\t{}\n  Hostname:\t{}\nCapacity:\n  cpu:\t{}\n  memory:\t{}\n  pods:\t{}\nSystem Info:\n  OS Image:\t{}\n  \
         Container Runtime Version:\t{}\n  Kubelet Version:\t{}\n",
        text(node, "/status/addresses/0/address"),
        text(node, "/status/addresses/1/address"),
        capacity("cpu"),
        capacity("memory"),
        capacity("pods"),
        info("osImage"),
        info("containerRuntimeVersion"),
        info("kubeletVersion"),
    );
    let pods: Vec<&Value> = state.list("Pod", None).collect();
    lines += &format!("Non-terminated Pods:\t({} in total)\n", pods.len());
    lines.extend(pods.iter().map(|pod| format!("  {}\t{}\n", text(pod, "/metadata/namespace"), name(pod))));
    lines
}

fn data(object: &Value) -> String {
    let secret = kind_of(object).kind == "Secret";
    let mut lines =
        if secret { format!("\nType:\t{}\n", some(text(object, "/type"))) } else { String::new() };
    lines += "\nData\n====\n";
    for (name, value) in sorted_pairs(&object["data"]) {
        if secret {
            let length = crate::stage::simulated::http::unbase64(value).map_or(0, |bytes| bytes.len());
            lines += &format!("{name}:\t{length} bytes\n");
        } else {
            lines += &format!("{name}:\n----\n{value}\n");
        }
    }
    lines
}

fn events(state: &State, object: &Value) -> String {
    if kind_of(object).kind == "Secret" || kind_of(object).kind == "Namespace" {
        return String::new();
    }
    let events = state.events_of(object);
    if events.is_empty() {
        return format!("Events:\t{NONE}\n");
    }
    let mut lines =
        "Events:\n  Type\tReason\tAge\tFrom\tMessage\n  ----\t------\t----\t----\t-------\n".to_owned();
    for event in events {
        let age = short_age(since(text(event, "/lastTimestamp")));
        let from = text(event, "/source/component");
        lines += &format!(
            "  {}\t{}\t{age}\t{from}\t{}\n",
            text(event, "/type"),
            text(event, "/reason"),
            text(event, "/message")
        );
    }
    lines
}
