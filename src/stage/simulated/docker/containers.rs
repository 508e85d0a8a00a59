//! The commands that look at containers and end them: `ps`, `logs`, `exec`, `port`, `stop`, `rm`.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::engine::{Container, Engine};
use crate::stage::simulated::call::{Call, Failure, Outcome, not_simulated};
use crate::stage::simulated::flags::Parsed;
use crate::stage::simulated::image::short;
use crate::stage::simulated::inside;
use crate::stage::simulated::ports::Port;
use crate::stage::simulated::{table, template};

/// Prints what is said, as it is said, until `end`.
pub(super) async fn follow(call: &Call, log: impl Fn() -> String, end: impl Future<Output = ()>) {
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

pub(super) async fn exec(engine: &Engine, call: &mut Call, parsed: &Parsed) -> Outcome {
    let (mut words, inside) = {
        let state = engine.state();
        let container = find(state.container(&parsed.words[0]), &parsed.words[0])?;
        if container.ended.is_some() {
            return Err(
                format!("Error response from daemon: Container {} is not running", container.id).into()
            );
        }
        (parsed.words[1..].to_vec(), container.workload.inside().clone())
    };
    if parsed.has("interactive") && inside::is_shell(&words) {
        let script = String::from_utf8_lossy(&call.input().await).into_owned();
        words = vec!["sh".into(), "-c".into(), script];
    }
    let Some(did) = inside::run(&words, &inside, Timestamp::now()).filter(|did| did.forever.is_none()) else {
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
