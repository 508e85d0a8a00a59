//! The simulated `docker-compose`, and `docker compose`: `build`, `push`, `pull`, `config`, `images`, `ps`, `version`.
//! Output is that of docker-compose 1.29 under both names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::build::{Order, build};
use super::engine::Engine;
use super::images::{fetch, send};
use crate::stage::simulated::call::{Call, Failure, Outcome, not_simulated};
use crate::stage::simulated::flags::{self, Parsed, Words};
use crate::stage::simulated::interpolate::{self, Wrong};
use crate::stage::simulated::reference::Reference;
use crate::stage::simulated::yaml;

const OPTIONS: &[&str] = &[
    "f|file=",
    "p|project-name=",
    "project-directory=",
    "env-file=",
    "h|help",
    "v|version",
    "ansi=",
    "progress=",
    "no-ansi",
];

const COMMANDS: &[(&str, &[&str], &str)] = &[
    (
        "build",
        &[
            "no-cache",
            "pull",
            "build-arg=",
            "q|quiet",
            "parallel",
            "force-rm",
            "no-rm",
            "progress=",
            "compress",
            "m|memory=",
        ],
        "Build or rebuild services",
    ),
    ("config", &["services", "q|quiet", "images", "no-interpolate"], "Validate and view the Compose file"),
    ("images", &["q|quiet"], "List images"),
    ("ps", &["q|quiet", "services", "a|all"], "List containers"),
    (
        "pull",
        &["q|quiet", "ignore-pull-failures", "no-parallel", "parallel", "include-deps"],
        "Pull service images",
    ),
    ("push", &["ignore-push-failures", "q|quiet"], "Push service images"),
    ("version", &["short"], "Show version information and quit"),
];

const VERSION: &str = "docker-compose version 1.29.2, build simulated";

/// The program `docker-compose`.
pub(in crate::stage::simulated) async fn main(engine: &Engine, call: &mut Call) -> Outcome {
    let arguments = call.take_arguments();
    run(engine, call, "docker-compose", &arguments).await
}

/// The program under either of its names.
pub(super) async fn run(engine: &Engine, call: &Call, program: &str, arguments: &[String]) -> Outcome {
    let refused = |wrong: String| {
        let hint = not_simulated(program, wrong.trim_start_matches("unknown "));
        Failure::from(format!("{wrong}\n{hint}"))
    };
    let options = flags::parse(arguments, &[OPTIONS], Words::First).map_err(refused)?;
    if options.has("version") {
        call.line(VERSION);
        return Ok(0);
    }
    let Some((name, rest)) = options.words.split_first().filter(|_| !options.has("help")) else {
        call.print(overview(program));
        return Ok(0);
    };
    let Some((_, known, _)) = COMMANDS.iter().find(|(known, ..)| known == name) else {
        let hint = not_simulated(program, &format!("the command {name}"));
        return Err(format!("No such command: {name}\n{hint}").into());
    };
    let parsed = flags::parse(rest, &[known], Words::Anywhere).map_err(refused)?;
    if name == "version" {
        call.line(if parsed.has("short") { "1.29.2" } else { VERSION });
        return Ok(0);
    }
    let project = Project::load(call, &options)?;
    match name.as_str() {
        "build" => build_services(engine, call, &project, &parsed).await,
        "config" => Ok(config(call, &project, &parsed)),
        "images" => {
            call.print("Container   Repository   Tag   Image Id   Size\n----------------------------------------------\n");
            Ok(0)
        }
        "ps" => {
            call.print(if parsed.has("quiet") {
                ""
            } else {
                "Name   Command   State   Ports\n------------------------------\n"
            });
            Ok(0)
        }
        "pull" => pull(engine, call, &project, &parsed).await,
        _ => push(engine, call, &project, &parsed).await,
    }
}

fn overview(program: &str) -> String {
    let lines: String = COMMANDS.iter().map(|(name, _, about)| format!("  {name:<18} {about}\n")).collect();
    format!(
        "Define and run multi-container applications with Docker, simulated by labrun.\n\nUsage:\n  {program} [-f <arg>...] [COMMAND] [ARGS...]\n\nCommands:\n{lines}"
    )
}

/// A compose file, filled in.
struct Project {
    name: String,
    folder: PathBuf,
    file: Value,
    services: Vec<(String, Value)>,
}

impl Project {
    fn load(call: &Call, options: &Parsed) -> Result<Self, Failure> {
        let mut files = options.all("file");
        let (shown, path) = match files.next() {
            Some(file) => (
                if file.starts_with(['/', '.']) { file.to_owned() } else { format!("./{file}") },
                call.path(file),
            ),
            None => find(call.directory())?,
        };
        if let Some(second) = files.next() {
            return Err(
                not_simulated("docker-compose", &format!("how to merge a second file, {second}")).into()
            );
        }
        let text = std::fs::read_to_string(&path).map_err(|error| {
            let errno = error.raw_os_error().unwrap_or_default();
            let what = if errno == 2 { "No such file or directory".into() } else { error.to_string() };
            format!(".FileNotFoundError: [Errno {errno}] {what}: '{shown}'")
        })?;
        let invalid =
            |why: &str| Failure::from(format!("The Compose file '{shown}' is invalid because:\n{why}"));
        let mut file =
            yaml::read(&text).map_err(|error| invalid(&error))?.into_iter().next().unwrap_or(Value::Null);
        if !file.is_object() {
            return Err(invalid("Top level object in it needs to be an object."));
        }
        check(&file).map_err(|why| invalid(&why))?;
        let folder = options
            .get("project-directory")
            .map_or_else(|| path.parent().unwrap_or(Path::new("/")).to_owned(), |folder| call.path(folder));
        let variables = Variables::new(call, &folder, options.get("env-file"));
        variables.fill_services(call, &mut file)?;
        let services = ordered(&file).map_err(|why| invalid(&why))?;
        let name = options.get("project-name").or_else(|| call.variable("COMPOSE_PROJECT_NAME")).map_or_else(
            || folder.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default(),
            str::to_lowercase,
        );
        let name =
            name.chars().filter(|letter| letter.is_ascii_alphanumeric() || "-_".contains(*letter)).collect();
        let project = Self { name, folder, file, services };
        for context in project.services.iter().filter_map(|(_, service)| project.context(service)) {
            if !context.is_dir() {
                return Err(format!(
                    "build path {} either does not exist, is not accessible, or is not a valid URL.",
                    context.display()
                )
                .into());
            }
        }
        Ok(project)
    }

    /// The folder that a service is built from.
    fn context(&self, service: &Value) -> Option<PathBuf> {
        let build = service.get("build")?;
        let context = build.as_str().or_else(|| build["context"].as_str()).unwrap_or(".");
        let joined = self.folder.join(context);
        // As `os.path.normpath` leaves it.
        Some(joined.components().filter(|part| !matches!(part, std::path::Component::CurDir)).collect())
    }

    fn image(&self, name: &str, service: &Value) -> String {
        service["image"].as_str().map_or_else(|| format!("{}_{name}", self.name), str::to_owned)
    }

    /// The services that are named, or all.
    fn chosen(&self, parsed: &Parsed) -> Result<Vec<&(String, Value)>, Failure> {
        if let Some(missing) =
            parsed.words.iter().find(|name| !self.services.iter().any(|(known, _)| known == *name))
        {
            return Err(format!("No such service: {missing}").into());
        }
        Ok(self
            .services
            .iter()
            .filter(|(name, _)| parsed.words.is_empty() || parsed.words.contains(name))
            .collect())
    }
}

fn find(folder: &Path) -> Result<(String, PathBuf), Failure> {
    const NAMES: &[&str] = &["docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml"];
    for folder in folder.ancestors() {
        if let Some(name) = NAMES.iter().find(|name| folder.join(name).is_file()) {
            return Ok((format!("./{name}"), folder.join(name)));
        }
    }
    Err(format!(
        "\n        Can't find a suitable configuration file in this directory or any\n        parent. Are you in the right directory?\n\n        \
         Supported filenames: {}\n        ",
        NAMES.join(", ")
    )
    .into())
}

/// What the schema of compose files would refuse.
fn check(file: &Value) -> Result<(), String> {
    const TOP: &[&str] = &["version", "services", "networks", "volumes", "secrets", "configs", "name"];
    for key in file.as_object().into_iter().flatten().map(|(key, _)| key) {
        if !TOP.contains(&key.as_str()) && !key.starts_with("x-") {
            return Err(format!(
                "'{key}' does not match any of the regexes: '^x-'\n\nYou might be seeing this error because you're using the wrong Compose \
                 file version. Either specify a supported version (e.g \"2.2\" or \"3.3\") and place your service definitions under the \
                 `services` key, or omit the `version` key and place your service definitions at the root of the file to use version \
                 1.\nFor more on the Compose file format versions, see https://docs.docker.com/compose/compose-file/"
            ));
        }
    }
    for (name, service) in file["services"].as_object().into_iter().flatten() {
        if !service.is_object() {
            return Err(format!("services.{name} must be a mapping"));
        }
        if service["image"].is_null() && service["build"].is_null() {
            return Err(format!(
                "Service {name} has neither an image nor a build context specified. At least one must be provided."
            ));
        }
    }
    Ok(())
}

/// The services, each after those that it depends on, in the order that docker-compose finds: from the last in the
/// file, whoever depends on it is put in front, and then it itself.
fn ordered(file: &Value) -> Result<Vec<(String, Value)>, String> {
    let services = file["services"].as_object().into_iter().flatten();
    let services: Vec<(&String, &Value)> = services.collect();
    for (name, service) in &services {
        let known = |wanted: &String| services.iter().any(|(name, _)| *name == wanted);
        if let Some(unknown) = depends_on(service).into_iter().find(|wanted| !known(wanted)) {
            return Err(format!("Service '{name}' depends on service '{unknown}' which is undefined."));
        }
    }
    let mut sorted = Vec::new();
    for (name, _) in services.iter().rev() {
        visit(name, &services, &mut Vec::new(), &mut sorted)?;
    }
    let content = |name: &String| (name.clone(), file["services"][name].clone());
    Ok(sorted.iter().rev().map(content).collect())
}

/// Puts a service into the reversed order, those that depend on it first.
fn visit(
    name: &str,
    services: &[(&String, &Value)],
    open: &mut Vec<String>,
    sorted: &mut Vec<String>,
) -> Result<(), String> {
    if sorted.iter().any(|done| done == name) {
        return Ok(());
    }
    if open.iter().any(|other| other == name) {
        return Err(format!("Circular dependency between {}", open.join(" and ")));
    }
    open.push(name.to_owned());
    for (dependent, _) in
        services.iter().filter(|(_, service)| depends_on(service).iter().any(|wanted| wanted == name))
    {
        visit(dependent, services, open, sorted)?;
    }
    open.pop();
    sorted.push(name.to_owned());
    Ok(())
}

fn depends_on(service: &Value) -> Vec<String> {
    match &service["depends_on"] {
        Value::Array(names) => names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect(),
        Value::Object(names) => names.keys().cloned().collect(),
        _ => Vec::new(),
    }
}

/// The environment of the caller over the `.env` file.
struct Variables<'a> {
    call: &'a Call,
    file: BTreeMap<String, String>,
}

impl<'a> Variables<'a> {
    fn new(call: &'a Call, folder: &Path, file: Option<&str>) -> Self {
        let path = file.map_or_else(|| folder.join(".env"), |file| call.path(file));
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
        let pairs = lines.filter_map(|line| line.split_once('='));
        Self {
            call,
            file: pairs
                .map(|(name, value)| (name.trim().into(), value.trim().trim_matches(['"', '\'']).into()))
                .collect(),
        }
    }

    fn fill_services(&self, call: &Call, file: &mut Value) -> Result<(), Failure> {
        let mut unset: Vec<String> = Vec::new();
        for (service, content) in file["services"].as_object_mut().into_iter().flatten() {
            for (option, value) in content.as_object_mut().into_iter().flatten() {
                self.fill(value, &mut |name| {
                    if !unset.iter().any(|known| known == name) {
                        unset.push(name.to_owned());
                    }
                })
                .map_err(|(text, wrong)| match wrong {
                    Wrong::Format => format!("Invalid interpolation format for \"{option}\" option in service \"{service}\": \"{text}\""),
                    Wrong::Missing { expression, text } => {
                        format!("Missing mandatory value for \"{option}\" option interpolating ${{{expression}}} in service \"{service}\": {text}")
                    }
                })?;
            }
        }
        for name in unset {
            call.complain(format!("The {name} variable is not set. Defaulting to a blank string."));
        }
        Ok(())
    }

    fn fill(&self, value: &mut Value, unset: &mut dyn FnMut(&str)) -> Result<(), (String, Wrong)> {
        match value {
            Value::String(text) => {
                let lookup = |name: &str| {
                    self.call.variable(name).map(str::to_owned).or_else(|| self.file.get(name).cloned())
                };
                *text = interpolate::fill(text, &lookup, unset).map_err(|wrong| (text.clone(), wrong))?;
                Ok(())
            }
            Value::Array(list) => list.iter_mut().try_for_each(|value| self.fill(value, unset)),
            Value::Object(map) => map.values_mut().try_for_each(|value| self.fill(value, unset)),
            _ => Ok(()),
        }
    }
}

async fn build_services(engine: &Engine, call: &Call, project: &Project, parsed: &Parsed) -> Outcome {
    let quiet = parsed.has("quiet");
    let chosen = project.chosen(parsed)?;
    for (name, _) in chosen.iter().filter(|(_, service)| service["build"].is_null() && !quiet) {
        call.complain(format!("{name} uses an image, skipping"));
    }
    for (name, service) in chosen {
        let Some(folder) = project.context(service) else { continue };
        if !quiet {
            call.complain(format!("Building {name}"));
        }
        let image = project.image(name, service);
        let failed =
            |text: String| Failure::from(format!("{text}\nService '{name}' failed to build : Build failed"));
        let tag = Reference::parse(&image).map_err(|error| {
            failed(format!(
                "invalid argument \"{image}\" for \"-t, --tag\" flag: {error}\nSee 'docker build --help'."
            ))
        })?;
        let pairs = named_values(&service["build"]["args"]).into_iter();
        let given = parsed
            .all("build-arg")
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let order = Order {
            file: folder.join(service["build"]["dockerfile"].as_str().unwrap_or("Dockerfile")),
            folder,
            tags: vec![tag.tagged()],
            quiet,
            no_cache: parsed.has("no-cache"),
            arguments: pairs.chain(given).collect(),
            target: service["build"]["target"].as_str().map(str::to_owned),
            text: None,
        };
        build(engine, call, &order).await.map_err(|failure| failed(failure.text))?;
    }
    Ok(0)
}

/// The pairs of a mapping, or of a list of `name=value`.
fn named_values(value: &Value) -> Vec<(String, String)> {
    let plain = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| if value.is_null() { String::new() } else { value.to_string() }, str::to_owned)
    };
    match value {
        Value::Object(map) => map.iter().map(|(name, value)| (name.clone(), plain(value))).collect(),
        Value::Array(list) => list
            .iter()
            .filter_map(Value::as_str)
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        _ => Vec::new(),
    }
}

async fn push(engine: &Engine, call: &Call, project: &Project, parsed: &Parsed) -> Outcome {
    for (name, service) in project.chosen(parsed)? {
        // What is built without a name of its own stays here.
        let Some(image) = service["image"].as_str().filter(|_| !service["build"].is_null()) else { continue };
        let shown =
            Reference::parse(&image).map_or_else(|_| image.to_owned(), |image| image.tagged().to_string());
        call.complain(format!("Pushing {name} ({shown})..."));
        let reference = Reference::parse(image)?.tagged();
        if let Err(error) = send(engine, call, &reference, true, false).await {
            if !parsed.has("ignore-push-failures") {
                return Err(error.into());
            }
            call.complain(error);
        }
    }
    Ok(0)
}

async fn pull(engine: &Engine, call: &Call, project: &Project, parsed: &Parsed) -> Outcome {
    let mut worst = 0;
    for (name, service) in project.chosen(parsed)? {
        let Some(image) = service["image"].as_str() else { continue };
        let reference = Reference::parse(image)?.tagged();
        call.complain(format!("Pulling {name} ({reference})..."));
        match fetch(engine, call, &reference).await {
            Ok(lines) => call.print(lines),
            Err(error) => {
                call.complain(format!("ERROR: for {name}  {error}"));
                worst = 1;
            }
        }
    }
    Ok(if parsed.has("ignore-pull-failures") { 0 } else { worst })
}

fn config(call: &Call, project: &Project, parsed: &Parsed) -> u8 {
    if parsed.has("services") {
        call.print(project.services.iter().map(|(name, _)| format!("{name}\n")).collect::<String>());
    } else if parsed.has("images") {
        call.print(
            project
                .services
                .iter()
                .map(|(name, service)| project.image(name, service) + "\n")
                .collect::<String>(),
        );
    } else if !parsed.has("quiet") {
        let services: Map<String, Value> =
            project.services.iter().map(|(name, service)| (name.clone(), normal(project, service))).collect();
        let mut file = project.file.clone();
        file["services"] = Value::Object(services);
        call.print(yaml::write_for_python(&file) + "\n");
    }
    0
}

/// A service with its short forms written out, as `config` shows it.
fn normal(project: &Project, service: &Value) -> Value {
    let mut service = service.clone();
    if let Some(context) = project.context(&service) {
        let mut build = if service["build"].is_object() { service["build"].clone() } else { json!({}) };
        build["context"] = context.to_string_lossy().into();
        service["build"] = build;
    }
    // A dollar of its own is written as the file would have to write it.
    let environment = named_values(&service["environment"])
        .into_iter()
        .map(|(name, value)| (name, Value::from(value.replace('$', "$$"))));
    let environment: Map<String, Value> = environment.collect();
    if !environment.is_empty() {
        service["environment"] = Value::Object(environment);
    }
    if service["depends_on"].is_array() {
        let names =
            depends_on(&service).into_iter().map(|name| (name, json!({ "condition": "service_started" })));
        service["depends_on"] = Value::Object(names.collect());
    }
    for port in service.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
        let Some((published, target)) = port.as_str().and_then(|text| text.split_once(':')) else { continue };
        if let (Ok(published), Ok(target)) = (published.parse::<u16>(), target.parse::<u16>()) {
            *port = json!({ "published": published, "target": target });
        }
    }
    service
}
