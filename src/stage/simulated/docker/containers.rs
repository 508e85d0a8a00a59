//! The commands around containers: `run`, `ps`, `logs`, `exec`, `port`, `stop`, `rm`.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::engine::{Container, Engine};
use super::images::fetch;
use crate::stage::simulated::call::{Call, Failure, Outcome, not_simulated};
use crate::stage::simulated::flags::Parsed;
use crate::stage::simulated::image::{Image, short};
use crate::stage::simulated::inside::{self, Container as Inside};
use crate::stage::simulated::ports::Port;
use crate::stage::simulated::reference::Reference;
use crate::stage::simulated::workload::{Workload, command_line};
use crate::stage::simulated::{table, template};

pub(super) const RUN_FLAGS: &[&str] = &[
    "d|detach",
    "i|interactive",
    "t|tty",
    "rm",
    "name=",
    "p|publish=",
    "P|publish-all",
    "e|env=",
    "v|volume=",
    "w|workdir=",
    "u|user=",
    "h|hostname=",
    "l|label=",
    "entrypoint=",
    "network=",
    "net=",
    "restart=",
    "pull=",
    "platform=",
    "privileged",
    "init",
    "m|memory=",
    "cpus=",
    "read-only",
    "mount=",
    "add-host=",
];

/// The first of the ports that `-P` takes.
const OWN_PORTS: std::ops::RangeInclusive<u16> = 32768..=60999;

pub(super) async fn run(engine: &Engine, call: &Call, parsed: &Parsed) -> Outcome {
    let in_run = |error: String| {
        let error = error.trim_end_matches('.');
        Failure::with_status(125, format!("docker: {error}.\nSee 'docker run --help'."))
    };
    let written = &parsed.words[0];
    let name = Reference::parse(written).map_err(in_run)?.tagged();
    let local = engine.state().image(written);
    let image = match local {
        Some(image) => image,
        None => missing(engine, call, &name)
            .await
            .map_err(|error| in_run(format!("Error response from daemon: {error}")))?,
    };
    let command = &parsed.words[1..];
    let words = command_line(&image, parsed.get("entrypoint"), command);
    if words.is_empty() {
        return Err(in_run("Error response from daemon: No command specified.".into()));
    }
    let id = engine.state().new_id("container");
    let hostname = parsed.get("hostname").unwrap_or(&id[..12]).to_owned();
    let container_name = parsed.get("name").map_or_else(|| own_name(&id), str::to_owned);
    if let Some(other) = engine.state().containers.iter().find(|other| other.name == container_name) {
        return Err(in_run(format!(
            "Error response from daemon: Conflict. The container name \"/{container_name}\" is already in use by container \"{}\". You have \
             to remove (or rename) that container to be able to reuse that name.",
            other.id
        )));
    }
    let environment = environment(&image, &hostname, call, parsed);
    let workload = Workload::start(
        &image,
        parsed.get("entrypoint"),
        command,
        Inside { hostname, environment, files: image.files() },
    );
    let detached = parsed.has("detach");
    if !detached && !workload.known {
        let hint = not_simulated("docker", &format!("what {} prints in {name}", words[0]));
        return Err(Failure::with_status(125, hint));
    }
    let ends = workload.ends;
    let mut container = Container {
        id: id.clone(),
        name: container_name,
        image: written.clone(),
        image_id: image.id.clone(),
        command: words,
        created: Timestamp::now().to_string(),
        started: Timestamp::now(),
        workload: workload.clone(),
        ended: None,
        ports: Vec::new(),
        remove: parsed.has("rm"),
    };
    if detached {
        call.line(&id);
    }
    match publish(&image, parsed, &container.name, &id) {
        Ok(ports) => container.ports = ports,
        Err(failure) => {
            // It stays, as one that was made and never ran.
            container.ended = Some((128, Timestamp::now()));
            engine.state().containers.push(container);
            return Err(failure);
        }
    }
    engine.start(container);
    if detached {
        return Ok(0);
    }
    follow(call, || workload.log(), engine.ended(&id)).await;
    Ok(ends.map_or(137, |(_, status)| status))
}

/// Pulls an image that is not here, on standard error as `run` does.
async fn missing(engine: &Engine, call: &Call, name: &Reference) -> Result<Arc<Image>, String> {
    call.complain(format!("Unable to find image '{name}' locally"));
    let lines = fetch(engine, call, name).await?;
    call.complain(lines.trim_end());
    engine.state().names.get(name).cloned().ok_or_else(|| format!("No such image: {name}"))
}

/// Prints what is said, as it is said, until `end`.
async fn follow(call: &Call, log: impl Fn() -> String, end: impl Future<Output = ()>) {
    let mut printed = 0;
    let mut more = || {
        let text = log();
        call.print(text.get(printed..).unwrap_or_default().to_owned());
        printed = text.len();
    };
    tokio::pin!(end);
    more();
    loop {
        tokio::select! {
            () = &mut end => return more(),
            () = tokio::time::sleep(Duration::from_millis(100)) => more(),
        }
    }
}

fn environment(image: &Image, hostname: &str, call: &Call, parsed: &Parsed) -> Vec<(String, String)> {
    let pair = |text: &str| match text.split_once('=') {
        Some((name, value)) => Some((name.to_owned(), value.to_owned())),
        None => Some((text.to_owned(), call.variable(text)?.to_owned())),
    };
    let own = image.words("Env");
    let mut all: Vec<(String, String)> = own.iter().filter_map(|text| pair(text)).collect();
    all.push(("HOSTNAME".into(), hostname.to_owned()));
    all.extend(parsed.all("env").filter_map(pair));
    all.push(("HOME".into(), "/root".into()));
    all
}

/// Two words, as docker names what has no name.
fn own_name(id: &str) -> String {
    const FIRST: &[&str] =
        &["bold", "calm", "eager", "fond", "happy", "keen", "nice", "quirky", "serene", "vivid"];
    const SECOND: &[&str] =
        &["bell", "curie", "darwin", "euler", "gauss", "hopper", "lovelace", "noether", "ritchie", "turing"];
    let byte = |place: usize| usize::from_str_radix(&id[place..place + 2], 16).unwrap_or_default();
    format!("{}_{}", FIRST[byte(0) % FIRST.len()], SECOND[byte(2) % SECOND.len()])
}

/// Takes the ports that `-p` and `-P` ask for; always on loopback, whatever the address.
fn publish(image: &Image, parsed: &Parsed, name: &str, id: &str) -> Result<Vec<(Port, u16)>, Failure> {
    let mut ports = Vec::new();
    for text in parsed.all("publish") {
        let plain = text.trim_end_matches("/tcp");
        let mut pieces: Vec<&str> = plain.rsplitn(3, ':').collect();
        pieces.truncate(2);
        let invalid = || {
            Failure::with_status(
                125,
                format!(
                    "docker: invalid publish opts format (should be name=value but got '{text}').\nSee 'docker run --help'."
                ),
            )
        };
        let inside: u16 = pieces[0].parse().map_err(|_| invalid())?;
        let taken = match pieces.get(1).copied().unwrap_or_default() {
            "" => Port::first_free(OWN_PORTS, 0),
            outside => Port::reserve(outside.parse().map_err(|_| invalid())?),
        };
        ports.push((taken.map_err(|_| allocated(name, id, pieces.get(1).unwrap_or(&"0")))?, inside));
    }
    if parsed.has("publish-all") {
        for inside in image.exposed() {
            ports.push((Port::first_free(OWN_PORTS, 0).map_err(|_| allocated(name, id, "0"))?, inside));
        }
    }
    Ok(ports)
}

fn allocated(name: &str, id: &str, port: &str) -> Failure {
    Failure::with_status(
        125,
        format!(
            "docker: Error response from daemon: driver failed programming external connectivity on endpoint {name} ({id}): Bind for \
             0.0.0.0:{port} failed: port is already allocated."
        ),
    )
}

pub(super) fn list(engine: &Engine, call: &Call, parsed: &Parsed) -> Outcome {
    if let Some(filter) = parsed.get("filter") {
        return Err(not_simulated("docker", &format!("the filter {filter} of ps")).into());
    }
    let state = engine.state();
    let latest = parsed.has("latest");
    let shown = state
        .containers
        .iter()
        .rev()
        .filter(|container| latest || parsed.has("all") || container.ended.is_none());
    let shown: Vec<&Container> = shown.take(if latest { 1 } else { usize::MAX }).collect();
    let id = |container: &Container| {
        if parsed.has("no-trunc") { container.id.clone() } else { short(&container.id).to_owned() }
    };
    if let Some(format) = parsed.get("format") {
        for container in shown {
            let value = json!({
                "ID": id(container), "Image": container.image, "Names": container.name, "Status": container.status(),
                "Ports": published(container), "Command": shown_command(container),
            });
            call.line(template::render(format, &value).map_err(|unknown| not_simulated("docker", &unknown))?);
        }
        return Ok(0);
    }
    if parsed.has("quiet") {
        call.print(shown.into_iter().map(|container| id(container) + "\n").collect::<String>());
        return Ok(0);
    }
    let rows: Vec<Vec<String>> = shown
        .into_iter()
        .map(|container| {
            vec![
                id(container),
                container.image.clone(),
                shown_command(container),
                format!("{} ago", table::long_age(table::since(&container.created))),
                container.status(),
                published(container),
                container.name.clone(),
            ]
        })
        .collect();
    call.print(table::render(
        &["CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"],
        &rows,
        3,
    ));
    Ok(0)
}

fn shown_command(container: &Container) -> String {
    let words = container.command.join(" ");
    let cut: String =
        if words.chars().count() > 20 { words.chars().take(19).chain(['…']).collect() } else { words };
    format!("\"{cut}\"")
}

/// The addresses on which docker says that a port is published; here it is only loopback.
fn addresses(port: &Port) -> [String; 2] {
    [format!("0.0.0.0:{}", port.number()), format!(":::{}", port.number())]
}

fn published(container: &Container) -> String {
    let each =
        |(port, inside): &(Port, u16)| addresses(port).map(|outside| format!("{outside}->{inside}/tcp"));
    container.ports.iter().flat_map(each).collect::<Vec<_>>().join(", ")
}

pub(super) fn port(engine: &Engine, call: &Call, parsed: &Parsed) -> Outcome {
    let state = engine.state();
    let container = find(state.container(&parsed.words[0]), &parsed.words[0])?;
    let wanted = parsed.words.get(1).map(|port| port.trim_end_matches("/tcp"));
    let mut found = false;
    for (port, inside) in
        container.ports.iter().filter(|(_, inside)| wanted.is_none_or(|wanted| *wanted == inside.to_string()))
    {
        for outside in addresses(port) {
            call.line(if wanted.is_some() { outside } else { format!("{inside}/tcp -> {outside}") });
        }
        found = true;
    }
    match wanted {
        Some(wanted) if !found => {
            Err(format!("Error: No public port '{wanted}/tcp' published for {}", parsed.words[0]).into())
        }
        _ => Ok(0),
    }
}

fn find<'a>(container: Option<&'a Container>, text: &str) -> Result<&'a Container, Failure> {
    container.ok_or_else(|| format!("Error: No such container: {text}").into())
}

pub(super) async fn logs(engine: &Engine, call: &Call, parsed: &Parsed) -> Outcome {
    let (id, workload) = {
        let state = engine.state();
        let container = find(state.container(&parsed.words[0]), &parsed.words[0])?;
        (container.id.clone(), container.workload.clone())
    };
    let tail = parsed.get("tail").filter(|tail| *tail != "all").and_then(|tail| tail.parse().ok());
    let whole = workload.log();
    let skipped = whole.len() - last_lines(&whole, tail).len();
    if parsed.has("follow") {
        follow(call, || workload.log().get(skipped..).unwrap_or_default().to_owned(), engine.ended(&id))
            .await;
    } else {
        call.print(&whole[skipped..]);
    }
    Ok(0)
}

/// The last lines of a text, or all.
pub(in crate::stage::simulated) fn last_lines(text: &str, count: Option<usize>) -> &str {
    let Some(count) = count else { return text };
    let start = text
        .trim_end_matches('\n')
        .rmatch_indices('\n')
        .nth(count.saturating_sub(1))
        .map_or(0, |(place, _)| place + 1);
    if count == 0 { "" } else { &text[start..] }
}

pub(super) async fn exec(engine: &Engine, call: &Call, parsed: &Parsed) -> Outcome {
    let (words, inside) = {
        let state = engine.state();
        let container = find(state.container(&parsed.words[0]), &parsed.words[0])?;
        if container.ended.is_some() {
            return Err(
                format!("Error response from daemon: Container {} is not running", container.id).into()
            );
        }
        (&parsed.words[1..], container.workload.inside().clone())
    };
    let Some(did) = inside::run(words, &inside, Timestamp::now()).filter(|did| did.forever.is_none()) else {
        return Err(not_simulated("docker", &format!("what {} does in a container", words[0])).into());
    };
    tokio::time::sleep(did.took).await;
    call.print(did.output);
    Ok(did.status)
}

pub(super) fn stop(engine: &Engine, call: &Call, parsed: &Parsed, status: u8) -> Outcome {
    let mut worst = 0;
    for text in &parsed.words {
        let id = engine.state().container(text).map(|container| container.id.clone());
        if let Some(id) = id {
            engine.end(&id, status);
            call.line(text);
        } else {
            call.complain(format!("Error response from daemon: No such container: {text}"));
            worst = 1;
        }
    }
    Ok(worst)
}

pub(super) fn remove(engine: &Engine, call: &Call, parsed: &Parsed) -> Outcome {
    let mut worst = 0;
    for text in &parsed.words {
        let found =
            engine.state().container(text).map(|container| (container.id.clone(), container.ended.is_some()));
        match found {
            None => {
                call.complain(format!("Error: No such container: {text}"));
                worst = 1;
            }
            Some((id, false)) if !parsed.has("force") => {
                call.complain(format!(
                    "Error response from daemon: You cannot remove a running container {id}. Stop the container before attempting removal or \
                     force remove"
                ));
                worst = 1;
            }
            Some((id, _)) => {
                engine.end(&id, 137);
                engine.state().containers.retain(|container| container.id != id);
                call.line(text);
            }
        }
    }
    Ok(worst)
}

/// What `docker inspect` says of a container.
pub(super) fn inspect(container: &Container) -> Value {
    let running = container.ended.is_none();
    let bindings = |(port, inside): &(Port, u16)| {
        (format!("{inside}/tcp"), json!([{ "HostIp": "0.0.0.0", "HostPort": port.number().to_string() }]))
    };
    let ports: serde_json::Map<String, Value> = container.ports.iter().map(bindings).collect();
    json!({
        "Id": container.id,
        "Created": container.created,
        "Path": container.command.first(),
        "Args": container.command.get(1..),
        "State": {
            "Status": if running { "running" } else { "exited" },
            "Running": running,
            "ExitCode": container.ended.map_or(0, |(status, _)| status),
            "StartedAt": container.started.to_string(),
        },
        "Image": container.image_id,
        "Name": format!("/{}", container.name),
        "Config": { "Hostname": &container.id[..12], "Image": container.image, "Cmd": container.command },
        "NetworkSettings": { "Ports": ports, "IPAddress": "172.17.0.2" },
    })
}

#[cfg(test)]
mod tests {
    use super::last_lines;

    #[test]
    fn the_tail_of_a_log_is_whole_lines() {
        for (count, tail) in [
            (None, "a\nb\nc\n"),
            (Some(0), ""),
            (Some(1), "c\n"),
            (Some(2), "b\nc\n"),
            (Some(9), "a\nb\nc\n"),
        ] {
            assert_eq!(last_lines("a\nb\nc\n", count), tail);
        }
    }
}
