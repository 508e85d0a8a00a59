//! `docker build`: walks a Dockerfile step by step, as the classic builder shows it. `COPY` makes real layers; `RUN`
//! is not run, only taken to have worked, unless it is one of the few commands that are known.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::context::{Context, glob};
use super::dockerfile::{self, Instruction};
use super::engine::Engine;
use super::images::fetch;
use crate::stage::simulated::call::{Call, Failure, Outcome, not_simulated};
use crate::stage::simulated::flags::Parsed;
use crate::stage::simulated::image::{File, Files, Image, LABEL, Layer, hash, short};
use crate::stage::simulated::inside::{self, Container};
use crate::stage::simulated::interpolate::{self, Wrong};
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
    "label=",
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
    fn read(&self) -> Result<(String, Context), Failure> {
        if let Some(text) = &self.text {
            let sent = 1024 + 512 + text.len().div_ceil(512) as u64 * 512;
            return Ok((text.clone(), Context { sent, ..Context::default() }));
        }
        let text = std::fs::read_to_string(&self.file).map_err(|error| {
            let missing = error.kind() == std::io::ErrorKind::NotFound;
            let why = if missing { "no such file or directory".into() } else { error.to_string() };
            let path = clean(&self.file);
            format!("unable to prepare context: unable to evaluate symlinks in Dockerfile path: lstat {path}: {why}")
        })?;
        let name = self.file.strip_prefix(&self.folder).unwrap_or(Path::new("Dockerfile")).to_string_lossy();
        let context = Context::read(&self.folder, &name)
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
    if text.is_none() && !folder.is_dir() {
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
    let (text, context) = order.read()?;
    if !order.quiet {
        call.print(format!(
            "Sending build context to Docker daemon  {}\r\r\n",
            table::size_with(context.sent, 4)
        ));
    }
    let instructions =
        dockerfile::parse(&text).map_err(|error| format!("Error response from daemon: {error}"))?;
    let mut builder = Builder {
        engine,
        call,
        order,
        context: &context,
        stages: Vec::new(),
        arguments: BTreeMap::new(),
        current: None,
    };
    let count = instructions.len();
    for (number, instruction) in instructions.iter().enumerate() {
        if instruction.keyword == "FROM" && builder.at_target() {
            break;
        }
        builder.say(&format!("Step {}/{count} : {} {}", number + 1, instruction.keyword, instruction.text));
        builder.step(instruction).await?;
    }
    if let Some(target) = order.target.as_ref().filter(|_| !builder.at_target()) {
        return Err(format!("failed to reach build target {target} in Dockerfile").into());
    }
    let image = builder.current.clone().ok_or("No image was generated. Is your Dockerfile empty?")?;
    builder.say(&format!("Successfully built {}", image.short_id()));
    for tag in &order.tags {
        builder.say(&format!("Successfully tagged {tag}"));
        engine.state().tag(tag.clone(), &image);
    }
    let mut state = engine.state();
    if order.tags.is_empty() && !state.names.values().chain(&state.nameless).any(|other| other.id == image.id)
    {
        state.nameless.push(image.clone());
    }
    Ok(image)
}

/// A path without `.` and `..`.
fn clean(path: &Path) -> String {
    format!("/{}", absolute("/", &path.to_string_lossy()))
}

/// A path inside an image, from where it is written: without the leading slash, `.` and `..` resolved.
fn absolute(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let both = if path.starts_with('/') { path.to_owned() } else { format!("{folder}/{path}") };
    for part in both.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

struct Builder<'a> {
    engine: &'a Engine,
    call: &'a Call,
    order: &'a Order,
    context: &'a Context,
    /// The stages that are done or under way, by the name that `AS` gives.
    stages: Vec<(Option<String>, Arc<Image>)>,
    /// The values of `ARG`.
    arguments: BTreeMap<String, String>,
    current: Option<Arc<Image>>,
}

impl Builder<'_> {
    fn say(&self, line: &str) {
        if !self.order.quiet {
            self.call.line(line);
        }
    }

    fn at_target(&self) -> bool {
        let named = self.stages.last().and_then(|(name, _)| name.as_ref());
        self.order.target.is_some() && named == self.order.target.as_ref()
    }

    /// Fills in `$NAME` from `ENV` and `ARG`.
    fn fill(&self, text: &str) -> Result<String, Failure> {
        let env = self.current.as_ref().map(|image| image.words("Env")).unwrap_or_default();
        let value = |name: &str| {
            let env = env.iter().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
            env.map(str::to_owned).or_else(|| self.arguments.get(name).cloned())
        };
        interpolate::fill(text, &value, &mut |_| {}).map_err(|wrong| match wrong {
            Wrong::Format => {
                format!("failed to process \"{text}\": unsupported modifier or missing ':' in substitution")
                    .into()
            }
            Wrong::Missing { expression, text } => {
                format!("failed to process \"${{{expression}}}\": {text}").into()
            }
        })
    }

    async fn step(&mut self, instruction: &Instruction) -> Result<(), Failure> {
        match instruction.keyword.as_str() {
            "FROM" => return self.start_stage(instruction).await,
            "ARG" => {
                for (name, default) in instruction.pairs() {
                    let default = self.fill(&default)?;
                    let given = self.order.arguments.get(&name).cloned();
                    self.arguments.insert(name, given.unwrap_or(default));
                }
                if self.current.is_none() {
                    return Ok(());
                }
            }
            "COPY" | "ADD" => return self.copy(instruction),
            _ => {}
        }
        let parent = self.current.clone().ok_or("no build stage in current context")?;
        let mut config = parent.config().clone();
        let text = self.fill_unless_run(instruction)?;
        Self::configure(&mut config, &Instruction { text, ..instruction.clone() })?;
        let layer = (instruction.keyword == "RUN").then(|| {
            let mark = hash(format!("{} {}", parent.id, instruction.text).as_bytes());
            Layer::of(&Files::from([(
                format!("usr/share/simulated/{}", &mark[..12]),
                File { bytes: mark.into_bytes(), executable: false },
            )]))
        });
        if self.is_cached(instruction, "") {
            return Ok(());
        }
        let container = self.engine.state().new_id("build");
        self.say(&format!(" ---> Running in {}", short(&container)));
        if instruction.keyword == "RUN" {
            self.run(instruction, &parent, &container)?;
        }
        self.say(&format!("Removing intermediate container {}", short(&container)));
        self.commit(instruction, "", &parent, &config, layer);
        Ok(())
    }

    fn fill_unless_run(&self, instruction: &Instruction) -> Result<String, Failure> {
        match instruction.keyword.as_str() {
            "RUN" | "CMD" | "ENTRYPOINT" | "HEALTHCHECK" | "SHELL" | "ONBUILD" | "MAINTAINER" => {
                Ok(instruction.text.clone())
            }
            _ => self.fill(&instruction.text),
        }
    }

    async fn start_stage(&mut self, instruction: &Instruction) -> Result<(), Failure> {
        let words: Vec<String> =
            instruction.words().into_iter().filter(|word| !word.starts_with("--")).collect();
        let base = self.fill(&words[0])?;
        let name = words.get(2).map(|name| name.to_lowercase());
        let stage = self
            .stages
            .iter()
            .find(|(name, _)| name.as_ref().is_some_and(|name| *name == base.to_lowercase()));
        let image = match stage {
            Some((_, image)) => image.clone(),
            None if base == "scratch" => {
                self.say(" ---> ");
                Arc::new(Image::new(&json!({}), &Timestamp::now().to_string(), &[], Vec::new(), 0))
            }
            None => self.image(&base).await?,
        };
        if base != "scratch" {
            self.say(&format!(" ---> {}", image.short_id()));
        }
        self.stages.push((name, image.clone()));
        self.current = Some(image);
        Ok(())
    }

    /// An image that is here, or is pulled.
    async fn image(&self, text: &str) -> Result<Arc<Image>, Failure> {
        let found = self.engine.state().image(text);
        if let Some(image) = found {
            return Ok(image);
        }
        let name = Reference::parse(text)?.tagged();
        let lines = fetch(self.engine, self.call, &name).await?;
        self.say(lines.trim_end());
        let found = self.engine.state().image(text);
        found.ok_or_else(|| format!("No such image: {text}").into())
    }

    /// What an instruction changes in the configuration.
    fn configure(config: &mut Value, instruction: &Instruction) -> Result<(), Failure> {
        match instruction.keyword.as_str() {
            "CMD" => config["Cmd"] = json!(instruction.command()),
            "ENTRYPOINT" => {
                config["Entrypoint"] = json!(instruction.command());
                // A command of the base image does not go with another entrypoint.
                config["Cmd"] = Value::Null;
            }
            "ENV" => {
                let mut env: Vec<String> = config["Env"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|pair| pair.as_str().map(str::to_owned))
                    .collect();
                for (name, value) in instruction.pairs() {
                    env.retain(|pair| !pair.starts_with(&format!("{name}=")));
                    env.push(format!("{name}={value}"));
                }
                config["Env"] = json!(env);
            }
            "LABEL" => {
                for (name, value) in instruction.pairs().into_iter().filter(|(name, _)| name != LABEL) {
                    config["Labels"][name] = value.into();
                }
            }
            "EXPOSE" => {
                for word in instruction.words() {
                    let port = word.trim_end_matches("/tcp").trim_end_matches("/udp");
                    port.parse::<u16>().map_err(|_| format!("Invalid containerPort: {word}"))?;
                    let word = if word.contains('/') { word } else { format!("{word}/tcp") };
                    config["ExposedPorts"][word] = json!({});
                }
            }
            "WORKDIR" => {
                let folder = config["WorkingDir"].as_str().unwrap_or("/").to_owned();
                config["WorkingDir"] = format!("/{}", absolute(&folder, &instruction.text)).into();
            }
            "USER" => config["User"] = instruction.text.as_str().into(),
            "STOPSIGNAL" => config["StopSignal"] = instruction.text.as_str().into(),
            "VOLUME" => {
                for folder in instruction.words() {
                    config["Volumes"][folder] = json!({});
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// What a `RUN` prints, where that is known; it fails where that is known.
    fn run(&self, instruction: &Instruction, parent: &Image, container: &str) -> Result<(), Failure> {
        let environment = parent
            .words("Env")
            .iter()
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        let inside = Container { hostname: container[..12].to_owned(), environment, files: parent.files() };
        let Some(did) = inside::run(&instruction.command(), &inside, Timestamp::now()) else { return Ok(()) };
        if !self.order.quiet {
            self.call.print(did.output);
        }
        if did.status == 0 {
            return Ok(());
        }
        let command = instruction.command().join(" ");
        Err(Failure::with_status(
            did.status,
            format!("The command '{command}' returned a non-zero code: {}", did.status),
        ))
    }

    fn copy(&mut self, instruction: &Instruction) -> Result<(), Failure> {
        let parent = self.current.clone().ok_or("no build stage in current context")?;
        let filled = Instruction { text: self.fill(&instruction.text)?, ..instruction.clone() };
        let keyword = &instruction.keyword;
        let (flags, words): (Vec<String>, Vec<String>) =
            filled.words().into_iter().partition(|word| word.starts_with("--"));
        let (target, sources) = words.split_last().ok_or("COPY requires at least two arguments")?;
        let from = flags.iter().find_map(|flag| flag.strip_prefix("--from="));
        let files = match from {
            Some(from) => self.stage_files(from)?,
            None => self.context.files.clone(),
        };
        if let Some(source) = sources
            .iter()
            .find(|source| source.contains("://") || (keyword == "ADD" && source.contains(".tar")))
        {
            return Err(not_simulated("docker", &format!("how to ADD {source}")).into());
        }
        let folder = parent.config()["WorkingDir"].as_str().unwrap_or("/").to_owned();
        let copied =
            select(&files, sources, &absolute(&folder, target), target.ends_with(['/', '.']), keyword)?;
        let layer = Layer::of(&copied);
        let mark = layer.digest.clone();
        if self.is_cached(instruction, &mark) {
            return Ok(());
        }
        let config = parent.config().clone();
        self.commit(instruction, &mark, &parent, &config, Some(layer));
        Ok(())
    }

    fn stage_files(&self, from: &str) -> Result<Files, Failure> {
        let by_number = from.parse().ok().and_then(|number: usize| self.stages.get(number));
        let stage = by_number
            .or_else(|| self.stages.iter().find(|(name, _)| name.as_deref() == Some(&from.to_lowercase())));
        let image = stage.map(|(_, image)| image.clone()).or_else(|| self.engine.state().image(from));
        image
            .map(|image| image.files())
            .ok_or_else(|| format!("invalid from flag value {from}: pull access denied for {from}").into())
    }

    fn key(&self, instruction: &Instruction, mark: &str) -> String {
        let parent = self.current.as_ref().map_or("", |image| image.id.as_str());
        format!("{parent} {} {} {mark} {:?}", instruction.keyword, instruction.text, self.arguments)
    }

    fn is_cached(&mut self, instruction: &Instruction, mark: &str) -> bool {
        let found = self.engine.state().cache.get(&self.key(instruction, mark)).cloned();
        let Some(image) = found.filter(|_| !self.order.no_cache) else { return false };
        self.say(&format!(" ---> Using cache\n ---> {}", image.short_id()));
        self.become_image(image);
        true
    }

    fn commit(
        &mut self,
        instruction: &Instruction,
        mark: &str,
        parent: &Image,
        config: &Value,
        layer: Option<Layer>,
    ) {
        let created = Timestamp::now().to_string();
        let mut history = parent.configuration["history"].as_array().cloned().unwrap_or_default();
        let by = if instruction.keyword == "RUN" {
            String::new()
        } else {
            format!("#(nop)  {} ", instruction.keyword)
        };
        history.push(json!({ "created": created, "created_by": format!("/bin/sh -c {by}{}", instruction.text), "empty_layer": layer.is_none() }));
        let size = parent.size
            + layer
                .as_ref()
                .map_or(0, |layer| layer.files().values().map(|file| file.bytes.len() as u64).sum());
        let layers = parent.layers.iter().cloned().chain(layer.map(Arc::new)).collect();
        let image = Arc::new(Image::new(config, &created, &history, layers, size));
        self.say(&format!(" ---> {}", image.short_id()));
        self.engine.state().cache.insert(self.key(instruction, mark), image.clone());
        self.become_image(image);
    }

    fn become_image(&mut self, image: Arc<Image>) {
        if let Some((_, stage)) = self.stages.last_mut() {
            *stage = image.clone();
        }
        self.current = Some(image);
    }
}

/// The files that `COPY SOURCES… TARGET` puts into an image, by their new paths.
fn select(
    files: &Files,
    sources: &[String],
    target: &str,
    into_folder: bool,
    keyword: &str,
) -> Result<Files, Failure> {
    let mut copied = Files::new();
    let mut matched = 0;
    for source in sources {
        let source = absolute("", source);
        let before = copied.len();
        let pattern =
            glob(&source, "").ok_or_else(|| format!("{keyword} failed: syntax error in pattern {source}"))?;
        let prefix = if source.is_empty() { String::new() } else { format!("{source}/") };
        for (path, file) in files {
            let name = path.rsplit('/').next().unwrap_or(path);
            let whole_folder =
                path.strip_prefix(&prefix).filter(|rest| source.is_empty() || !rest.is_empty());
            let new = if pattern.is_match(path) {
                matched += 1;
                if into_folder || sources.len() > 1 { join(target, name) } else { target.to_owned() }
            } else if let Some(rest) = whole_folder {
                join(target, rest)
            } else {
                continue;
            };
            copied.insert(new, file.clone());
        }
        if copied.len() == before && !(source.is_empty()) {
            return Err(format!("{keyword} failed: file not found in build context or excluded by .dockerignore: stat {source}: file does not exist").into());
        }
    }
    if (matched > 1 || sources.len() > 1) && !into_folder {
        return Err(format!("When using {keyword} with more than one source file, the destination must be a directory and end with a /").into());
    }
    Ok(copied)
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copied(sources: &[&str], target: &str) -> Result<Vec<String>, String> {
        let file = || File { bytes: Vec::new(), executable: false };
        let files: Files = ["a.sh", "d/f", "d/e/g"].map(|name| (name.to_owned(), file())).into();
        let sources: Vec<String> = sources.iter().map(|&source| source.to_owned()).collect();
        let selected =
            select(&files, &sources, &absolute("app", target), target.ends_with(['/', '.']), "COPY");
        selected.map(|files| files.into_keys().collect()).map_err(|failure| failure.text)
    }

    #[test]
    fn copy_puts_files_where_docker_puts_them() {
        for (sources, target, paths) in [
            (&["a.sh"][..], "/a.sh", &["a.sh"][..]),
            (&["a.sh"], "/bin/", &["bin/a.sh"]),
            (&["a.sh"], ".", &["app/a.sh"]),
            (&["d"], "/x", &["x/e/g", "x/f"]),
            (&["."], "/y/", &["y/a.sh", "y/d/e/g", "y/d/f"]),
            (&["*.sh", "d/f"], "/z/", &["z/a.sh", "z/f"]),
        ] {
            assert_eq!(copied(sources, target).unwrap(), paths, "{sources:?} {target}");
        }
        assert!(copied(&["nosuch"], "/").unwrap_err().contains("stat nosuch: file does not exist"));
        assert!(
            copied(&["a.sh", "d/f"], "/z")
                .unwrap_err()
                .starts_with("When using COPY with more than one source file")
        );
    }
}
