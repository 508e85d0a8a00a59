//! `docker build`: what is asked for, and the walk through the Dockerfile. What a step does is the builder's.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::builder::{Builder, Voice};
use super::context::Context;
use super::copy::absolute;
use super::dockerfile;
use super::engine::Engine;
use crate::stage::simulated::call::{Call, Failure, Outcome, not_simulated};
use crate::stage::simulated::flags::Parsed;
use crate::stage::simulated::image::Image;
use crate::stage::simulated::reference::Reference;
use crate::stage::simulated::table;

pub(super) const FLAGS: &[&str] = &[
    "t|tag=",
    "f|file=",
    "q|quiet",
    "no-cache",
    "build-arg=",
    "pull",
    "rm",
    "force-rm",
    "progress=",
    "platform=",
    "target=",
    "network=",
    "compress",
];

/// What is to be built.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// The folder of the context.
    pub folder: PathBuf,
    /// The Dockerfile.
    pub file: PathBuf,
    /// Its text, where it does not come from the file.
    pub text: Option<String>,
    pub tags: Vec<Reference>,
    pub quiet: bool,
    pub no_cache: bool,
    /// Values for `ARG`.
    pub arguments: BTreeMap<String, String>,
    /// The stage to stop after.
    pub target: Option<String>,
}

impl Order {
    /// The text of the Dockerfile, and the files that it may copy.
    fn read(&self, call: &Call) -> Result<(String, Context), Failure> {
        if let Some(text) = &self.text {
            let sent = 1024 + 512 + text.len().div_ceil(512) as u64 * 512;
            return Ok((text.clone(), Context { sent, ..Context::default() }));
        }
        let text = std::fs::read_to_string(call.find(&self.file)).map_err(|error| {
            let missing = error.kind() == std::io::ErrorKind::NotFound;
            let why = if missing { "no such file or directory".into() } else { error.to_string() };
            let path = clean(&self.file);
            format!("unable to prepare context: unable to evaluate symlinks in Dockerfile path: lstat {path}: {why}")
        })?;
        let name = self.file.strip_prefix(&self.folder).unwrap_or(Path::new("Dockerfile")).to_string_lossy();
        let context = Context::read(&call.find(&self.folder), &name)
            .map_err(|error| format!("unable to prepare context: {error}"))?;
        Ok((text, context))
    }
}

pub(super) async fn main(engine: &Engine, call: &mut Call, parsed: &Parsed) -> Outcome {
    let mut tags = Vec::new();
    for text in parsed.all("tag") {
        let tag = Reference::parse(text).map_err(|error| {
            Failure::with_status(
                125,
                format!(
                    "invalid argument \"{text}\" for \"-t, --tag\" flag: {error}\nSee 'docker build --help'."
                ),
            )
        })?;
        tags.push(tag.tagged());
    }
    let path = parsed.words[0].clone();
    if path.contains("://") || path.starts_with("git@") {
        return Err(not_simulated("docker", &format!("how to build from {path}")).into());
    }
    let text =
        if path == "-" { Some(String::from_utf8_lossy(&call.input().await).into_owned()) } else { None };
    let folder = call.path(&path);
    if text.is_none() && !call.find(&folder).is_dir() {
        return Err(format!("unable to prepare context: path \"{path}\" not found").into());
    }
    let pair = |pair: &str| match pair.split_once('=') {
        Some((name, value)) => Some((name.to_owned(), value.to_owned())),
        None => call.variable(pair).map(|value| (pair.to_owned(), value.to_owned())),
    };
    let order = Order {
        file: parsed.get("file").map_or_else(|| folder.join("Dockerfile"), |file| call.path(file)),
        folder,
        text,
        tags,
        quiet: parsed.has("quiet"),
        no_cache: parsed.has("no-cache"),
        arguments: parsed.all("build-arg").filter_map(pair).collect(),
        target: parsed.get("target").map(str::to_owned),
    };
    let image = build(engine, call, &order).await?;
    if order.quiet {
        call.line(&image.id);
    }
    Ok(0)
}

/// Builds an image and gives it its names.
pub(super) async fn build(engine: &Engine, call: &Call, order: &Order) -> Result<Arc<Image>, Failure> {
    let voice = Voice::new(call, order.quiet);
    let result = steps(engine, call, &voice, order).await;
    let kept = voice.kept();
    if result.is_err() && !kept.is_empty() {
        call.complain(kept.trim_end());
    }
    let image = result?;
    let mut state = engine.state();
    for tag in &order.tags {
        state.tag(tag.clone(), &image);
    }
    if order.tags.is_empty() && !state.names.values().chain(&state.nameless).any(|other| other.id == image.id)
    {
        state.nameless.push(image.clone());
    }
    Ok(image)
}

async fn steps(
    engine: &Engine,
    call: &Call,
    voice: &Voice<'_>,
    order: &Order,
) -> Result<Arc<Image>, Failure> {
    let (text, context) = order.read(call)?;
    voice.print(&format!(
        "Sending build context to Docker daemon {:>8}\r\r\n",
        table::size_with(context.sent, 4)
    ));
    let instructions =
        dockerfile::parse(&text).map_err(|error| format!("Error response from daemon: {error}"))?;
    let mut builder = Builder::new(engine, call, voice, order, &context);
    let count = instructions.len();
    for (number, instruction) in instructions.iter().enumerate() {
        if instruction.keyword == "FROM" && builder.at_target() {
            break;
        }
        voice.line(format!("Step {}/{count} : {} {}", number + 1, instruction.keyword, instruction.text));
        builder.step(instruction).await?;
    }
    if let Some(target) = order.target.as_ref().filter(|_| !builder.at_target()) {
        return Err(format!("failed to reach build target {target} in Dockerfile").into());
    }
    let image = builder.image().ok_or("No image was generated. Is your Dockerfile empty?")?;
    voice.line(format!("Successfully built {}", image.short_id()));
    for tag in &order.tags {
        voice.line(format!("Successfully tagged {tag}"));
    }
    Ok(image)
}

/// A path without `.` and `..`.
fn clean(path: &Path) -> String {
    format!("/{}", absolute("/", &path.to_string_lossy()))
}
