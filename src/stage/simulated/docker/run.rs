//! `docker run`: from what was typed to a container that runs, in the foreground or not.

use std::sync::Arc;

use jiff::Timestamp;

use super::containers::follow;
use super::context::Context;
use super::copy::absolute;
use super::engine::{Container, Engine};
use super::images::fetch;
use super::network;
use crate::stage::simulated::call::{Call, Failure, Outcome, not_simulated};
use crate::stage::simulated::flags::Parsed;
use crate::stage::simulated::image::{File, Files, Image};
use crate::stage::simulated::inside::{Container as Inside, is_shell};
use crate::stage::simulated::ports::Port;
use crate::stage::simulated::reference::Reference;
use crate::stage::simulated::workload::{Workload, command_line};

pub(super) const FLAGS: &[&str] = &[
    "d|detach",
    "i|interactive",
    "t|tty",
    "rm",
    "name=",
    "p|publish=",
    "P|publish-all",
    "e|env=",
    "v|volume=",
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
    "add-host=",
];

/// The first of the ports that `-P` takes.
const OWN_PORTS: std::ops::RangeInclusive<u16> = 32768..=60999;

pub(super) async fn run(engine: &Engine, call: &mut Call, parsed: &Parsed) -> Outcome {
    let in_run = |error: String| {
        let error = error.trim_end_matches('.');
        Failure::with_status(125, format!("docker: {error}.\nSee 'docker run --help'."))
    };
    if let Some(name) = parsed.get("network").or(parsed.get("net"))
        && !network::exists(&engine.state(), name)
    {
        return Err(in_run(format!("Error response from daemon: network {name} not found")));
    }
    let written = &parsed.words[0];
    let name = Reference::parse(written).map_err(in_run)?.tagged();
    let local = engine.state().image(written);
    let image = match local {
        Some(image) => image,
        None => missing(engine, call, &name)
            .await
            .map_err(|error| in_run(format!("Error response from daemon: {error}")))?,
    };
    let mut command = parsed.words[1..].to_vec();
    let mut words = command_line(&image, parsed.get("entrypoint"), &command);
    if parsed.has("interactive") && !parsed.has("detach") && is_shell(&words) {
        let script = String::from_utf8_lossy(&call.input().await).into_owned();
        command = vec!["sh".into(), "-c".into(), script];
        words.clone_from(&command);
    }
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
        &command,
        Inside { hostname, environment, files: files(&image, call, parsed)? },
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
    // Whoever runs it in the foreground takes it along, also when called off.
    let _end = EndsWith { engine, id: &id };
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

/// Ends a container when the call that runs it ends.
struct EndsWith<'a> {
    engine: &'a Engine,
    id: &'a str,
}

impl Drop for EndsWith<'_> {
    fn drop(&mut self) {
        self.engine.end(self.id, 130);
    }
}

/// The files of an image, with those of folders that `-v` puts over them. Nothing is ever written to these.
fn files(image: &Image, call: &Call, parsed: &Parsed) -> Result<Files, Failure> {
    let mut files = image.files();
    for volume in parsed.all("volume") {
        let Some((from, to)) = volume.split_once(':') else { continue };
        // A name is a volume, which is empty at first.
        if !from.starts_with(['/', '.']) {
            continue;
        }
        let to = to.split(':').next().unwrap_or_default();
        let (from, to) = (call.path(from), absolute("", to));
        let failed = |error: std::io::Error| {
            format!("docker: Error response from daemon: {}: {error}.", from.display())
        };
        let prefix = format!("{to}/");
        files.retain(|path, _| *path != to && !path.starts_with(&prefix));
        let found = call.find(&from);
        if found.is_file() {
            let bytes = std::fs::read(&found).map_err(failed)?;
            files.insert(to, File { bytes, executable: false });
        } else if found.is_dir() {
            let inside = Context::read(&found, "").map_err(failed)?.files;
            files.extend(inside.into_iter().map(|(path, file)| (prefix.clone() + &path, file)));
        }
    }
    Ok(files)
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
