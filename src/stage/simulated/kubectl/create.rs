//! `kubectl create`, `run` and `expose`: objects made from a command line.

use serde_json::{Map, Value, json};

use super::{Ask, Target, kind_of, manifest, qualified};
use crate::stage::simulated::call::{Call, Failure, Outcome, not_simulated};
use crate::stage::simulated::cluster::kinds::Resource;
use crate::stage::simulated::cluster::store::{list, name, namespaces, text};
use crate::stage::simulated::{http, yaml};

pub(super) const FLAGS: &[&str] = &[
    "image=",
    "r|replicas=",
    "port=",
    "f|filename=",
    "dry-run",
    "o|output=",
    "from-literal=",
    "from-file=",
    "tcp=",
    "node-port=",
    "validate",
    "save-config",
    "record",
];

pub(super) const RUN_FLAGS: &[&str] = &[
    "image=",
    "port=",
    "env=",
    "l|labels=",
    "restart=",
    "command",
    "expose",
    "rm",
    "i|stdin",
    "t|tty",
    "attach",
    "dry-run",
    "o|output=",
    "image-pull-policy=",
    "overrides=",
    "q|quiet",
];

pub(super) const EXPOSE_FLAGS: &[&str] = &[
    "port=",
    "target-port=",
    "type=",
    "name=",
    "protocol=",
    "l|selector=",
    "labels=",
    "dry-run",
    "o|output=",
];

fn kind(name: &str) -> &'static Resource {
    Resource::of(name).expect("the table has the kinds that are created here")
}

pub(super) async fn create(call: &mut Call, ask: &Ask<'_>) -> Outcome {
    if ask.parsed.get("filename").is_some() {
        return manifest::create(call, ask).await;
    }
    let words: Vec<&str> = ask.parsed.words.iter().map(String::as_str).collect();
    let one = |rest: &[&str]| match rest {
        [name] => Ok((*name).to_owned()),
        rest => Err(Failure::from(format!(
            "error: exactly one NAME is required, got {}\nSee 'kubectl create -h' for help and examples",
            rest.len()
        ))),
    };
    match words.as_slice() {
        ["deployment" | "deploy" | "dep", rest @ ..] => {
            let images: Vec<&str> = ask.parsed.all("image").flat_map(|images| images.split(',')).collect();
            if images.is_empty() {
                return Err("Error: required flag(s) \"image\" not set".into());
            }
            let object = deployment(ask, &one(rest)?, &images)?;
            store(call, ask, kind("Deployment"), object)
        }
        ["namespace" | "ns", rest @ ..] => {
            let object = json!({ "metadata": { "name": one(rest)? } });
            store(call, ask, namespaces(), object)
        }
        ["serviceaccount" | "sa", rest @ ..] => {
            let object = json!({ "metadata": { "name": one(rest)?, "namespace": ask.namespace } });
            store(call, ask, kind("ServiceAccount"), object)
        }
        ["configmap" | "cm", rest @ ..] => {
            let data = literals(call, ask, |bytes| String::from_utf8_lossy(bytes).into_owned())?;
            let object = json!({ "data": data, "metadata": { "name": one(rest)?, "namespace": ask.namespace } });
            store(call, ask, kind("ConfigMap"), object)
        }
        ["secret", "generic", rest @ ..] => {
            let data = literals(call, ask, http::base64)?;
            let object = json!({ "data": data, "metadata": { "name": one(rest)?, "namespace": ask.namespace }, "type": "Opaque" });
            store(call, ask, kind("Secret"), object)
        }
        ["service" | "svc", form @ ("clusterip" | "nodeport" | "loadbalancer"), rest @ ..] => {
            let object = service(ask, &one(rest)?, form)?;
            store(call, ask, kind("Service"), object)
        }
        [] => Err(format!("Error: must specify one of -f and -k\n\n{}", not_simulated("kubectl", "create without a kind and without -f")).into()),
        [other, ..] => Err(format!(
            "Error: must specify one of -f and -k\n\nerror: unknown command \"{other}\"\nSee 'kubectl create -h' for help and examples\n{}",
            not_simulated("kubectl", &format!("how to create a {}", words.join(" ")))
        )
        .into()),
    }
}

fn deployment(ask: &Ask<'_>, name: &str, images: &[&str]) -> Result<Value, Failure> {
    let replicas: i64 = match ask.parsed.get("replicas") {
        Some(written) => written
            .parse()
            .map_err(|_| format!("Error: invalid argument \"{written}\" for \"-r, --replicas\" flag"))?,
        None => 1,
    };
    let mut containers: Vec<Value> =
        images.iter().map(|image| json!({ "image": image, "name": container_name(image) })).collect();
    if let Some(port) = number(ask, "port")? {
        containers[0]["ports"] = json!([{ "containerPort": port, "protocol": "TCP" }]);
    }
    if !ask.parsed.rest.is_empty() {
        if containers.len() > 1 {
            return Err("error: cannot specify multiple --image options and command".into());
        }
        containers[0]["command"] = json!(ask.parsed.rest);
    }
    Ok(json!({
        "metadata": { "labels": { "app": name }, "name": name, "namespace": ask.namespace },
        "spec": {
            "replicas": replicas,
            "selector": { "matchLabels": { "app": name } },
            "template": { "metadata": { "creationTimestamp": null, "labels": { "app": name } }, "spec": { "containers": containers } },
        },
    }))
}

/// The last part of an image's name, without its tag.
fn container_name(image: &str) -> String {
    let last = image.rsplit('/').next().unwrap_or(image);
    let bare = last.split(['@', ':']).next().unwrap_or(last);
    bare.chars()
        .map(
            |letter| {
                if letter.is_ascii_alphanumeric() || letter == '-' {
                    letter.to_ascii_lowercase()
                } else {
                    '-'
                }
            },
        )
        .collect()
}

fn number(ask: &Ask<'_>, flag: &str) -> Result<Option<u16>, Failure> {
    let Some(written) = ask.parsed.get(flag) else { return Ok(None) };
    let number = written
        .parse()
        .map_err(|_| format!("error: invalid argument \"{written}\" for \"--{flag}\" flag"))?;
    Ok(Some(number))
}

fn literals(
    call: &Call,
    ask: &Ask<'_>,
    encode: impl Fn(&[u8]) -> String,
) -> Result<Map<String, Value>, Failure> {
    let mut data = Map::new();
    for pair in ask.parsed.all("from-literal") {
        let (name, value) = pair
            .split_once('=')
            .ok_or_else(|| format!("error: invalid literal source {pair}, expected key=value"))?;
        data.insert(name.to_owned(), encode(value.trim_matches(['"', '\'']).as_bytes()).into());
    }
    for source in ask.parsed.all("from-file") {
        let (name, path) =
            source.split_once('=').unwrap_or_else(|| (source.rsplit('/').next().unwrap_or(source), source));
        let bytes = std::fs::read(call.find(path))
            .map_err(|error| format!("error: error reading {path}: {error}"))?;
        data.insert(name.to_owned(), encode(&bytes).into());
    }
    Ok(data)
}

fn service(ask: &Ask<'_>, name: &str, form: &str) -> Result<Value, Failure> {
    let mut ports = Vec::new();
    for text in ask.parsed.all("tcp").flat_map(|text| text.split(',')) {
        let (port, target) = text.split_once(':').unwrap_or((text, text));
        let port: u16 = port.parse().map_err(|_| format!("error: invalid port number {port}"))?;
        let target: Value = target.parse::<u16>().map_or_else(|_| target.into(), Value::from);
        let mut entry =
            json!({ "name": text.replace(':', "-"), "port": port, "protocol": "TCP", "targetPort": target });
        if let Some(node) = number(ask, "node-port")? {
            entry["nodePort"] = node.into();
        }
        ports.push(entry);
    }
    if ports.is_empty() {
        return Err("error: at least one tcp port specifier must be provided".into());
    }
    let kind = match form {
        "nodeport" => "NodePort",
        "loadbalancer" => "LoadBalancer",
        _ => "ClusterIP",
    };
    Ok(json!({
        "metadata": { "labels": { "app": name }, "name": name, "namespace": ask.namespace },
        "spec": { "ports": ports, "selector": { "app": name }, "type": kind },
    }))
}

pub(super) fn run(call: &Call, ask: &Ask<'_>) -> Outcome {
    let [name, arguments @ ..] = ask.parsed.words.as_slice() else {
        return Err("error: NAME is required for run".into());
    };
    let image = ask.parsed.get("image").ok_or("error: required flag(s) \"image\" not set")?;
    for flag in ["rm", "attach", "stdin", "tty", "overrides"] {
        if ask.parsed.get(flag).is_some_and(|value| value != "false") {
            return Err(not_simulated("kubectl", &format!("the flag --{flag} of run")).into());
        }
    }
    let mut container = json!({ "image": image, "name": name });
    let words: Vec<&String> = arguments.iter().chain(&ask.parsed.rest).collect();
    if !words.is_empty() {
        container[if ask.parsed.has("command") { "command" } else { "args" }] = json!(words);
    }
    if let Some(port) = number(ask, "port")? {
        container["ports"] = json!([{ "containerPort": port, "protocol": "TCP" }]);
    }
    let env: Vec<Value> = ask
        .parsed
        .all("env")
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    if !env.is_empty() {
        container["env"] = json!(env);
    }
    if let Some(policy) = ask.parsed.get("image-pull-policy") {
        container["imagePullPolicy"] = policy.into();
    }
    let labels = ask.parsed.get("labels").map_or_else(|| json!({ "run": name }), pairs);
    let object = json!({
        "metadata": { "labels": labels, "name": name, "namespace": ask.namespace },
        "spec": { "containers": [container], "restartPolicy": ask.parsed.get("restart").unwrap_or("Always") },
    });
    let expose = ask.parsed.has("expose").then(|| number(ask, "port")).transpose()?.flatten();
    let selector = object["metadata"]["labels"].clone();
    store(call, ask, kind("Pod"), object)?;
    if let Some(port) = expose {
        let object = json!({
            "metadata": { "name": name, "namespace": ask.namespace },
            "spec": { "ports": [{ "port": port, "protocol": "TCP", "targetPort": port }], "selector": selector },
        });
        store(call, ask, kind("Service"), object)?;
    }
    Ok(0)
}

/// `a=b,c=d` as a mapping.
fn pairs(text: &str) -> Value {
    let pairs = text.split(',').filter_map(|pair| pair.split_once('='));
    Value::Object(pairs.map(|(name, value)| (name.to_owned(), value.into())).collect())
}

pub(super) fn expose(call: &Call, ask: &Ask<'_>) -> Outcome {
    let targets = Target::parse(&ask.parsed.words)?;
    if targets.is_empty() || targets.iter().any(|target| target.name.is_none()) {
        return Err("error: You must provide one or more resources by argument or filename.".into());
    }
    for target in targets {
        let wanted = target.name.unwrap_or_default();
        let object = ask.cluster.state().get(target.kind, &ask.namespace, &wanted)?.clone();
        let selector = match ask.parsed.get("selector") {
            Some(selector) => pairs(selector),
            None => match target.kind.kind {
                "Deployment" | "ReplicaSet" => object["spec"]["selector"]["matchLabels"].clone(),
                "Pod" => object["metadata"]["labels"].clone(),
                "Service" => object["spec"]["selector"].clone(),
                _ => return Err(format!("error: cannot expose a {}", target.kind.kind).into()),
            },
        };
        let ports = exposed_ports(ask, &object)?;
        let service = json!({
            "metadata": {
                "labels": ask.parsed.get("labels").map_or_else(|| object["metadata"]["labels"].clone(), pairs),
                "name": ask.parsed.get("name").unwrap_or(&wanted),
                "namespace": ask.namespace,
            },
            "spec": { "ports": ports, "selector": selector, "type": ask.parsed.get("type").unwrap_or("ClusterIP") },
        });
        let kind = kind("Service");
        if !matches!(text(&service, "/spec/type"), "ClusterIP" | "NodePort" | "LoadBalancer" | "ExternalName")
        {
            return Err(not_simulated(
                "kubectl",
                &format!("the service type {}", text(&service, "/spec/type")),
            )
            .into());
        }
        finish(call, ask, kind, service, "exposed")?;
    }
    Ok(0)
}

/// The ports that `--port` and `--target-port` name, or those that the containers declare.
fn exposed_ports(ask: &Ask<'_>, object: &Value) -> Result<Vec<Value>, Failure> {
    let target: Option<Value> = ask
        .parsed
        .get("target-port")
        .map(|port| port.parse::<u16>().map_or_else(|_| port.into(), Value::from));
    let protocol = ask.parsed.get("protocol").unwrap_or("TCP");
    let written: Vec<&str> =
        ask.parsed.get("port").map(|ports| ports.split(',').collect()).unwrap_or_default();
    let mut numbers = Vec::new();
    for port in &written {
        numbers.push(
            port.parse::<u16>()
                .map_err(|_| format!("error: strconv.Atoi: parsing \"{port}\": invalid syntax"))?,
        );
    }
    if numbers.is_empty() {
        let containers =
            if kind_of(object).kind == "Pod" { "/spec/containers" } else { "/spec/template/spec/containers" };
        let declared = list(object, containers).iter().flat_map(|container| list(container, "/ports"));
        numbers.extend(declared.filter_map(|port| u16::try_from(port["containerPort"].as_u64()?).ok()));
    }
    if numbers.is_empty() {
        return Err("error: couldn't find port via --port flag or introspection\nSee 'kubectl expose -h' for help and examples".into());
    }
    let several = numbers.len() > 1;
    let ports = numbers.iter().enumerate().map(|(place, number)| {
        let mut port = json!({ "port": number, "protocol": protocol, "targetPort": target.clone().unwrap_or_else(|| (*number).into()) });
        if several {
            port["name"] = format!("port-{}", place + 1).into();
        }
        port
    });
    Ok(ports.collect())
}

/// Creates an object and says so.
pub(super) fn store(call: &Call, ask: &Ask<'_>, kind: &'static Resource, object: Value) -> Outcome {
    finish(call, ask, kind, object, "created")?;
    Ok(0)
}

fn finish(
    call: &Call,
    ask: &Ask<'_>,
    kind: &'static Resource,
    mut object: Value,
    done: &str,
) -> Result<(), Failure> {
    let dry = ask.parsed.get("dry-run").filter(|how| *how != "none" && *how != "false");
    if dry.is_some() {
        object["apiVersion"] = kind.api_version().into();
        object["kind"] = kind.kind.into();
    } else {
        add(ask, kind, object.clone()).map_err(|failure| {
            match (kind.kind, done, failure.text.split_once("): ")) {
                // This verb has words of its own for what the server says.
                ("Deployment", "created", Some((server, said)))
                    if server.starts_with("Error from server") =>
                {
                    format!("error: failed to create deployment: {said}").into()
                }
                _ => failure,
            }
        })?;
        let namespace = text(&object, "/metadata/namespace").to_owned();
        object = ask.cluster.state().get(kind, &namespace, name(&object))?.clone();
    }
    let suffix = match dry {
        Some("server") => " (server dry run)",
        Some(_) => " (dry run)",
        None => "",
    };
    match ask.parsed.get("output") {
        None => call.line(format!("{} {done}{suffix}", qualified(&object))),
        Some("name") => call.line(qualified(&object)),
        Some("yaml") => call.print(yaml::write(&object)),
        Some(output) => call.print(super::get::formatted(output, &object, None)?),
    }
    Ok(())
}

/// Puts an object into the cluster, with the defaults of its kind.
pub(super) fn add(ask: &Ask<'_>, kind: &'static Resource, mut object: Value) -> Result<(), Failure> {
    match kind.kind {
        "Service" => ask.cluster.create_service(object)?,
        "Namespace" => {
            object["status"] = json!({ "phase": "Active" });
            object["spec"] = json!({ "finalizers": ["kubernetes"] });
            ask.cluster.change(|state| state.create(kind, object).map(drop))?;
        }
        _ => {
            manifest::complete(kind, &mut object)?;
            ask.cluster.change(|state| state.create(kind, object).map(drop))?;
        }
    }
    Ok(())
}
