//! The simulated `docker-compose`, and `docker compose`: `build`, `push`, `pull`, `config`, `images`, `ps`, `version`.
//! Output is that of docker-compose 1.29 under both names.

use serde_json::{Map, Value, json};

use super::build::{Order, build};
use super::engine::Engine;
use super::images::{fetch, send};
use super::project::{Project, depends_on, named_values};
use crate::stage::simulated::call::{Call, Failure, Outcome, not_simulated};
use crate::stage::simulated::flags::{self, Parsed, Words};
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
    ("config", &["services", "q|quiet", "images"], "Validate and view the Compose file"),
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
    if super::is_down(engine) && name != "config" {
        return Err("Couldn't connect to Docker daemon at http+docker://localhost - is it running?\n\nIf it's at a non-standard location, specify the URL with the DOCKER_HOST environment variable.".into());
    }
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

async fn push(engine: &Engine, call: &Call, project: &Project, parsed: &Parsed) -> Outcome {
    for (name, service) in project.chosen(parsed)? {
        // What is built without a name of its own stays here.
        let Some(image) = service["image"].as_str().filter(|_| !service["build"].is_null()) else { continue };
        let shown =
            Reference::parse(image).map_or_else(|_| image.to_owned(), |image| image.tagged().to_string());
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
