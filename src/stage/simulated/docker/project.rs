//! A compose file: found, checked, filled in from the environment, its services in order.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::stage::simulated::call::{Call, Failure, not_simulated};
use crate::stage::simulated::flags::Parsed;
use crate::stage::simulated::interpolate::{self, Wrong};
use crate::stage::simulated::yaml;

/// A compose file, filled in.
pub(super) struct Project {
    name: String,
    folder: PathBuf,
    pub file: Value,
    /// In the order in which they are built.
    pub services: Vec<(String, Value)>,
}

impl Project {
    /// Finds and reads the file that the options name.
    pub(super) fn load(call: &Call, options: &Parsed) -> Result<Self, Failure> {
        let mut files = options.all("file");
        let (shown, path) = match files.next() {
            Some(file) => (
                if file.starts_with(['/', '.']) { file.to_owned() } else { format!("./{file}") },
                call.path(file),
            ),
            None => find(call)?,
        };
        if let Some(second) = files.next() {
            return Err(
                not_simulated("docker-compose", &format!("how to merge a second file, {second}")).into()
            );
        }
        let text = std::fs::read_to_string(call.find(&path)).map_err(|error| {
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
            if !call.find(&context).is_dir() {
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
    pub(super) fn context(&self, service: &Value) -> Option<PathBuf> {
        let build = service.get("build")?;
        let context = build.as_str().or_else(|| build["context"].as_str()).unwrap_or(".");
        let joined = self.folder.join(context);
        // As `os.path.normpath` leaves it.
        Some(joined.components().filter(|part| !matches!(part, std::path::Component::CurDir)).collect())
    }

    /// The name of a service's image.
    pub(super) fn image(&self, name: &str, service: &Value) -> String {
        service["image"].as_str().map_or_else(|| format!("{}_{name}", self.name), str::to_owned)
    }

    /// The services that are named, or all.
    pub(super) fn chosen(&self, parsed: &Parsed) -> Result<Vec<&(String, Value)>, Failure> {
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

fn find(call: &Call) -> Result<(String, PathBuf), Failure> {
    const NAMES: &[&str] = &["docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml"];
    for folder in call.directory().ancestors() {
        if let Some(name) = NAMES.iter().find(|name| call.find(folder.join(name)).is_file()) {
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

/// The services that a service names as needed first.
pub(super) fn depends_on(service: &Value) -> Vec<String> {
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
        let text = std::fs::read_to_string(call.find(path)).unwrap_or_default();
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

/// The pairs of a mapping, or of a list of `name=value`.
pub(super) fn named_values(value: &Value) -> Vec<(String, String)> {
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
