//! The steps of a build, as the classic builder shows them. `COPY` makes real layers; `RUN` is not run, only taken to
//! have worked, unless it is one of the few commands that are known.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::build::Order;
use super::context::Context;
use super::copy::{absolute, select};
use super::dockerfile::Instruction;
use super::engine::Engine;
use super::images::fetch;
use crate::stage::simulated::call::{Call, Failure, not_simulated};
use crate::stage::simulated::image::{File, Files, Image, LABEL, Layer, hash, short};
use crate::stage::simulated::inside::{self, Container};
use crate::stage::simulated::interpolate::{self, Wrong};
use crate::stage::simulated::reference::Reference;

/// Where a build says what it does: at once, or, where it is to be quiet, only if it fails.
pub(super) struct Voice<'a> {
    call: &'a Call,
    kept: Option<Mutex<String>>,
}

impl<'a> Voice<'a> {
    pub(super) fn new(call: &'a Call, quiet: bool) -> Self {
        Self { call, kept: quiet.then(Mutex::default) }
    }

    pub(super) fn print(&self, text: &str) {
        match &self.kept {
            Some(kept) => kept.lock().unwrap_or_else(PoisonError::into_inner).push_str(text),
            None => self.call.print(text),
        }
    }

    pub(super) fn line(&self, text: impl Into<String>) {
        self.print(&(text.into() + "\n"));
    }

    /// What was kept back.
    pub(super) fn kept(self) -> String {
        self.kept.map(|kept| kept.into_inner().unwrap_or_else(PoisonError::into_inner)).unwrap_or_default()
    }
}

/// A build under way.
pub(super) struct Builder<'a> {
    engine: &'a Engine,
    call: &'a Call,
    voice: &'a Voice<'a>,
    order: &'a Order,
    context: &'a Context,
    /// The stages that are done or under way, by the name that `AS` gives.
    stages: Vec<(Option<String>, Arc<Image>)>,
    /// The values of `ARG`.
    arguments: BTreeMap<String, String>,
    current: Option<Arc<Image>>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(
        engine: &'a Engine,
        call: &'a Call,
        voice: &'a Voice<'a>,
        order: &'a Order,
        context: &'a Context,
    ) -> Self {
        let (stages, arguments) = (Vec::new(), BTreeMap::new());
        Self { engine, call, voice, order, context, stages, arguments, current: None }
    }

    /// The image of the last step.
    pub(super) fn image(&self) -> Option<Arc<Image>> {
        self.current.clone()
    }

    /// Whether the stage under way is the one to stop after.
    pub(super) fn at_target(&self) -> bool {
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

    /// Does one instruction.
    pub(super) async fn step(&mut self, instruction: &Instruction) -> Result<(), Failure> {
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
        self.voice.line(format!(" ---> Running in {}", short(&container)));
        if instruction.keyword == "RUN" {
            self.run(instruction, &parent, &container)?;
        }
        self.voice.line(format!("Removing intermediate container {}", short(&container)));
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
                self.voice.line(" ---> ");
                Arc::new(Image::new(&json!({}), &Timestamp::now().to_string(), &[], Vec::new(), 0))
            }
            None => self.base(&base).await?,
        };
        if base != "scratch" {
            self.voice.line(format!(" ---> {}", image.short_id()));
        }
        self.stages.push((name, image.clone()));
        self.current = Some(image);
        Ok(())
    }

    /// An image that is here, or is pulled.
    async fn base(&self, text: &str) -> Result<Arc<Image>, Failure> {
        let found = self.engine.state().image(text);
        if let Some(image) = found {
            return Ok(image);
        }
        let name = Reference::parse(text)?.tagged();
        let lines = fetch(self.engine, self.call, &name).await?;
        self.voice.line(lines.trim_end());
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
        self.voice.print(&did.output);
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
        self.voice.line(format!(" ---> Using cache\n ---> {}", image.short_id()));
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
        self.voice.line(format!(" ---> {}", image.short_id()));
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
