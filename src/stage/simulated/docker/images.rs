//! The commands that move and list images: `pull`, `push`, `tag`, `images`, `rmi`, `inspect`, `history`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::engine::{Engine, State};
use super::login::credentials;
use crate::stage::simulated::call::{Call, Outcome, not_simulated};
use crate::stage::simulated::flags::Parsed;
use crate::stage::simulated::image::{Image, short};
use crate::stage::simulated::reference::{HUB, Reference};
use crate::stage::simulated::transfer::{Pulled, Remote, Step};
use crate::stage::simulated::{table, template};

pub(super) async fn pull(engine: &Engine, call: &Call, parsed: &Parsed) -> Outcome {
    let quiet = parsed.has("quiet");
    let written = Reference::parse(&parsed.words[0])?;
    let name = written.clone().tagged();
    if written.tag.is_none() && written.digest.is_none() && !quiet {
        call.line("Using default tag: latest");
    }
    let lines =
        fetch(engine, call, &name).await.map_err(|error| format!("Error response from daemon: {error}"))?;
    if !quiet {
        call.print(lines);
    }
    call.line(full(&name));
    Ok(0)
}

/// Pulls an image that a command needs; the answer is what a pull shows, up to its status.
pub(super) async fn fetch(engine: &Engine, call: &Call, name: &Reference) -> Result<String, String> {
    let (before, ids) = {
        let state = engine.state();
        let ids: Vec<String> = state.names.values().map(|image| image.id.clone()).collect();
        (state.names.get(name).cloned(), ids)
    };
    let Pulled { image, digest } = engine.pull(name, credentials(call, &name.host)).await?;
    let mut lines = format!("{}: Pulling from {}\n", name.selector(), name.path);
    let current = before.as_ref().is_some_and(|before| before.id == image.id);
    if !ids.contains(&image.id) {
        for layer in &image.layers {
            let id = short(&layer.digest);
            for step in ["Pulling fs layer", "Verifying Checksum", "Download complete", "Pull complete"] {
                lines += &format!("{id}: {step}\n");
            }
        }
    }
    let status = if current { "Image is up to date for" } else { "Downloaded newer image for" };
    Ok(lines + &format!("Digest: {digest}\nStatus: {status} {name}\n"))
}

fn full(name: &Reference) -> String {
    let separator = if name.digest.is_some() { '@' } else { ':' };
    format!("{}{separator}{}", name.repository(), name.selector())
}

pub(super) async fn push(engine: &Engine, call: &Call, parsed: &Parsed) -> Outcome {
    let written = Reference::parse(&parsed.words[0])?;
    let quiet = parsed.has("quiet");
    if written.tag.is_none() && !quiet {
        call.line("Using default tag: latest");
    }
    let name = written.tagged();
    send(engine, call, &name, !quiet, true).await?;
    if quiet {
        call.line(full(&name));
    }
    Ok(0)
}

/// Pushes an image under its name and says how it goes; `layers` says each layer too.
pub(super) async fn send(
    engine: &Engine,
    call: &Call,
    name: &Reference,
    loud: bool,
    layers: bool,
) -> Result<(), String> {
    if loud {
        call.line(format!("The push refers to repository [{}]", name.repository()));
    }
    let image = {
        let state = engine.state();
        let mut names =
            state.names.keys().filter(|other| (&other.host, &other.path) == (&name.host, &name.path));
        if names.next().is_none() {
            return Err(format!("An image does not exist locally with the tag: {}", name.familiar()));
        }
        state.names.get(name).cloned()
    };
    let known = credentials(call, &name.host);
    if name.host == HUB && known.is_none() {
        return Err("denied: requested access to the resource is denied".into());
    }
    let remote = Remote::new(&name.host, engine.registry(), known);
    remote.greet().await?;
    let image = image.ok_or_else(|| format!("tag does not exist: {name}"))?;
    let tell = |id: &str, step: Step| {
        if loud && layers {
            call.line(format!(
                "{id}: {}",
                match step {
                    Step::Preparing => "Preparing",
                    Step::Pushed => "Pushed",
                    Step::Exists => "Layer already exists",
                }
            ));
        }
    };
    let (digest, size) = remote.push(&name.path, name.selector(), &image, &tell).await?;
    engine.state().digests.insert((image.id.clone(), name.familiar()), digest.clone());
    if loud {
        call.line(format!("{}: digest: {digest} size: {size}", name.selector()));
    }
    Ok(())
}

pub(super) fn tag(engine: &Engine, parsed: &Parsed) -> Outcome {
    let [source, target] = [&parsed.words[0], &parsed.words[1]];
    let target = Reference::parse(target)
        .map_err(|error| {
            format!("Error parsing reference: \"{target}\" is not a valid repository/tag: {error}")
        })?
        .tagged();
    let mut state = engine.state();
    let image = state
        .image(source)
        .ok_or_else(|| format!("Error response from daemon: No such image: {}", with_tag(source)))?;
    state.tag(target, &image);
    Ok(0)
}

fn with_tag(text: &str) -> String {
    Reference::parse(text).map_or_else(|_| text.to_owned(), |name| name.tagged().to_string())
}

/// An image with one of its names, or with none.
struct Row {
    repository: String,
    tag: String,
    digest: String,
    image: Arc<Image>,
}

fn rows(state: &State) -> Vec<Row> {
    let named = state.names.iter().map(|(name, image)| {
        let digest = state.digests.get(&(image.id.clone(), name.familiar())).cloned();
        Row {
            repository: name.familiar(),
            tag: name.tag.clone().unwrap_or_else(|| "<none>".into()),
            digest: digest.unwrap_or_else(|| "<none>".into()),
            image: image.clone(),
        }
    });
    let none = || "<none>".to_owned();
    let nameless = state.nameless.iter().map(|image| Row {
        repository: none(),
        tag: none(),
        digest: none(),
        image: image.clone(),
    });
    let mut rows: Vec<Row> = named.chain(nameless).collect();
    rows.sort_by(|a, b| created(&b.image).cmp(created(&a.image)));
    rows
}

fn created(image: &Image) -> &str {
    image.configuration["created"].as_str().unwrap_or_default()
}

pub(super) fn list(engine: &Engine, call: &Call, parsed: &Parsed) -> Outcome {
    if let Some(filter) = parsed.get("filter") {
        return Err(not_simulated("docker", &format!("the filter {filter} of images")).into());
    }
    let wanted = parsed.words.first().map(|text| Reference::parse(text)).transpose()?;
    let state = engine.state();
    let mut rows = rows(&state);
    if let Some(wanted) = &wanted {
        rows.retain(|row| {
            row.repository == wanted.familiar() && wanted.tag.as_ref().is_none_or(|tag| *tag == row.tag)
        });
    }
    let id = |row: &Row| {
        if parsed.has("no-trunc") { row.image.id.clone() } else { row.image.short_id().to_owned() }
    };
    if let Some(format) = parsed.get("format") {
        for row in &rows {
            let value = json!({
                "Repository": row.repository, "Tag": row.tag, "Digest": row.digest, "ID": id(row),
                "Size": table::size(row.image.size), "CreatedSince": since(&row.image), "CreatedAt": created(&row.image),
            });
            call.line(template::render(format, &value).map_err(|unknown| not_simulated("docker", &unknown))?);
        }
        return Ok(0);
    }
    if parsed.has("quiet") {
        call.print(rows.iter().map(|row| id(row) + "\n").collect::<String>());
        return Ok(0);
    }
    let digests = parsed.has("digests");
    let heading: Vec<&str> = ["REPOSITORY", "TAG", "DIGEST", "IMAGE ID", "CREATED", "SIZE"]
        .into_iter()
        .filter(|name| digests || *name != "DIGEST")
        .collect();
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let mut cells = vec![row.repository.clone(), row.tag.clone()];
            cells.extend(digests.then(|| row.digest.clone()));
            cells.extend([id(row), since(&row.image), table::size(row.image.size)]);
            cells
        })
        .collect();
    call.print(table::render(&heading, &cells, 3));
    Ok(0)
}

fn since(image: &Image) -> String {
    format!("{} ago", table::long_age(table::since(created(image))))
}

pub(super) fn remove(engine: &Engine, call: &Call, parsed: &Parsed) -> Outcome {
    let mut status = 0;
    for text in &parsed.words {
        match remove_one(&mut engine.state(), text, parsed.has("force")) {
            Ok(lines) => call.print(lines),
            Err(error) => {
                // By force, what is gone already is no failure.
                status |= u8::from(!(parsed.has("force") && error.starts_with("Error: No such image")));
                call.complain(error);
            }
        }
    }
    Ok(status)
}

fn remove_one(state: &mut State, text: &str, force: bool) -> Result<String, String> {
    let image = state.image(text).ok_or_else(|| format!("Error: No such image: {text}"))?;
    let by_name =
        Reference::parse(text).ok().map(Reference::tagged).filter(|name| state.names.contains_key(name));
    let all: Vec<Reference> =
        state.names.iter().filter(|(_, other)| other.id == image.id).map(|(name, _)| name.clone()).collect();
    let gone = match by_name {
        Some(name) => vec![name],
        None if all.len() > 1 && !force => {
            return Err(format!(
                "Error response from daemon: conflict: unable to delete {} (must be forced) - image is referenced in multiple repositories",
                image.short_id()
            ));
        }
        None => all.clone(),
    };
    let last = gone.len() == all.len();
    let users = state.containers.iter().filter(|container| container.image_id == image.id);
    if let Some(user) = users.clone().find(|_| last && !force) {
        let (verb, which) = if user.ended.is_none() { ("cannot", "running") } else { ("must", "stopped") };
        let verb = if verb == "cannot" { "cannot be forced" } else { "must be forced" };
        return Err(format!(
            "Error response from daemon: conflict: unable to remove repository reference \"{text}\" ({verb}) - container {} is using its \
             referenced image {} ({which})",
            short(&user.id),
            image.short_id()
        ));
    }
    let mut lines = String::new();
    for name in gone {
        state.names.remove(&name);
        lines += &format!("Untagged: {name}\n");
        if let Some(digest) = state.digests.remove(&(image.id.clone(), name.familiar())) {
            lines += &format!("Untagged: {}@{digest}\n", name.familiar());
        }
    }
    if last {
        state.nameless.retain(|other| other.id != image.id);
        state.cache.retain(|_, made| made.id != image.id);
        lines += &format!("Deleted: {}\n", image.id);
    }
    Ok(lines)
}

pub(super) fn inspect(engine: &Engine, call: &Call, parsed: &Parsed) -> Outcome {
    let state = engine.state();
    let mut found = Vec::new();
    let mut missing = Vec::new();
    for text in &parsed.words {
        let container = state.container(text).map(super::containers::inspect);
        match container.or_else(|| state.image(text).map(|image| inspect_image(&state, &image))) {
            Some(value) => found.push(value),
            None => missing.push(text),
        }
    }
    if let Some(format) = parsed.get("format") {
        for value in &found {
            call.line(template::render(format, value).map_err(|unknown| not_simulated("docker", &unknown))?);
        }
    } else {
        call.line(pretty(&Value::Array(found)));
    }
    for text in &missing {
        call.complain(format!("Error: No such object: {text}"));
    }
    Ok(u8::from(!missing.is_empty()))
}

/// JSON with four blanks, as docker prints it.
pub(super) fn pretty(value: &Value) -> String {
    let mut bytes = Vec::new();
    let layout = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut writer = serde_json::Serializer::with_formatter(&mut bytes, layout);
    serde::Serialize::serialize(value, &mut writer).expect("memory is written");
    String::from_utf8_lossy(&bytes).into_owned()
}

fn inspect_image(state: &State, image: &Image) -> Value {
    let names = state.names.iter().filter(|(_, other)| other.id == image.id);
    let digests = state.digests.iter().filter(|((id, _), _)| *id == image.id);
    let layers: Vec<&str> = image.layers.iter().map(|layer| layer.diff.as_str()).collect();
    json!({
        "Id": image.id,
        "RepoTags": names.map(|(name, _)| name.to_string()).collect::<Vec<_>>(),
        "RepoDigests": digests.map(|((_, repository), digest)| format!("{repository}@{digest}")).collect::<Vec<_>>(),
        "Parent": "",
        "Comment": "",
        "Created": created(image),
        "DockerVersion": "20.10.24",
        "Author": "",
        "Config": image.config(),
        "Architecture": "amd64",
        "Os": "linux",
        "Size": image.size,
        "VirtualSize": image.size,
        "RootFS": { "Type": "layers", "Layers": layers },
    })
}

pub(super) fn history(engine: &Engine, call: &Call, parsed: &Parsed) -> Outcome {
    let text = &parsed.words[0];
    let image = engine
        .state()
        .image(text)
        .ok_or_else(|| format!("Error response from daemon: No such image: {}", with_tag(text)))?;
    let steps = image.configuration["history"].as_array().cloned().unwrap_or_default();
    let rows: Vec<Vec<String>> = steps
        .iter()
        .rev()
        .enumerate()
        .map(|(place, step)| {
            let id = if place == 0 { image.short_id() } else { "<missing>" };
            let by = step["created_by"].as_str().unwrap_or_default();
            let by = if parsed.has("no-trunc") || by.chars().count() <= 45 {
                by.to_owned()
            } else {
                by.chars().take(44).chain(['…']).collect()
            };
            let when = format!(
                "{} ago",
                table::long_age(table::since(step["created"].as_str().unwrap_or_default()))
            );
            let size = if step["empty_layer"] == true { "0B" } else { "1.5kB" };
            vec![id.to_owned(), when, by, size.to_owned(), String::new()]
        })
        .collect();
    call.print(table::render(&["IMAGE", "CREATED", "CREATED BY", "SIZE", "COMMENT"], &rows, 3));
    Ok(0)
}
