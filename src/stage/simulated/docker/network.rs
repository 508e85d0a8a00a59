//! `docker network`: networks have names, and nothing runs on them.

use serde_json::{Value, json};

use super::engine::{Engine, State};
use super::images::pretty;
use crate::stage::simulated::call::{Call, Failure, Outcome, not_simulated};
use crate::stage::simulated::flags::{self, Parsed, Words};
use crate::stage::simulated::image::short;
use crate::stage::simulated::table;

/// The networks that every daemon has, with the drivers of these.
const OWN: [(&str, &str); 3] = [("bridge", "bridge"), ("host", "host"), ("none", "null")];

/// The verbs, other names of these, and their flags.
const VERBS: &[(&str, &[&str], &[&str])] = &[
    ("create", &[], &["d|driver="]),
    ("inspect", &[], &[]),
    ("ls", &["list"], &["q|quiet", "no-trunc"]),
    ("rm", &["remove"], &[]),
];

/// A network.
#[derive(Debug)]
pub(super) struct Network {
    id: String,
    name: String,
    driver: String,
}

/// The command, from the word behind `network` on.
pub(super) fn main(engine: &Engine, call: &Call, arguments: &[String]) -> Outcome {
    let Some((word, rest)) = arguments.split_first() else {
        return Err(not_simulated("docker", "network without a command").into());
    };
    let Some((verb, _, known)) =
        VERBS.iter().find(|(verb, others, _)| verb == word || others.contains(&word.as_str()))
    else {
        return Err(not_simulated("docker", &format!("the command network {word}")).into());
    };
    let parsed = flags::parse(rest, &[known], Words::Anywhere).map_err(|wrong| {
        Failure::with_status(125, super::wrong_flag(&format!("docker network {verb}"), &wrong))
    })?;
    let mut state = engine.state();
    own(&mut state);
    match *verb {
        "create" => create(&mut state, call, &parsed),
        "inspect" => inspect(&state, call, &parsed),
        "ls" => Ok(list(&state, call, &parsed)),
        _ => remove(&mut state, call, &parsed),
    }
}

/// Whether a container may be put on a network of this name.
pub(super) fn exists(state: &State, name: &str) -> bool {
    name == "default"
        || name.starts_with("container:")
        || OWN.iter().any(|(own, _)| *own == name)
        || find(state, name).is_some()
}

/// Makes the networks of the daemon itself, the first time that somebody asks for any.
fn own(state: &mut State) {
    if state.networks.is_empty() {
        for (name, driver) in OWN {
            let id = state.new_id(name);
            state.networks.push(Network { id, name: name.into(), driver: driver.into() });
        }
    }
}

fn find(state: &State, text: &str) -> Option<usize> {
    let by_name = state.networks.iter().position(|network| network.name == text);
    by_name.or_else(|| {
        let by_id = |network: &Network| text.len() >= 4 && network.id.starts_with(text);
        state.networks.iter().position(by_id)
    })
}

fn create(state: &mut State, call: &Call, parsed: &Parsed) -> Outcome {
    let [name] = parsed.words.as_slice() else {
        return Err(
            "\"docker network create\" requires exactly 1 argument.\nSee 'docker network create --help'."
                .into(),
        );
    };
    if state.networks.iter().any(|network| network.name == *name) {
        return Err(format!("Error response from daemon: network with name {name} already exists").into());
    }
    let driver = parsed.get("driver").unwrap_or("bridge");
    if driver != "bridge" {
        return Err(not_simulated("docker", &format!("networks of the driver {driver}")).into());
    }
    let id = state.new_id(name);
    call.line(&id);
    state.networks.push(Network { id, name: name.clone(), driver: driver.to_owned() });
    Ok(0)
}

fn list(state: &State, call: &Call, parsed: &Parsed) -> u8 {
    let mut networks: Vec<&Network> = state.networks.iter().collect();
    networks.sort_by(|a, b| a.name.cmp(&b.name));
    let id = |network: &Network| {
        if parsed.has("no-trunc") { network.id.clone() } else { short(&network.id).to_owned() }
    };
    if parsed.has("quiet") {
        call.print(networks.iter().map(|network| id(network) + "\n").collect::<String>());
    } else {
        let row = |network: &&Network| {
            vec![id(network), network.name.clone(), network.driver.clone(), "local".to_owned()]
        };
        let rows: Vec<Vec<String>> = networks.iter().map(row).collect();
        call.print(table::render(&["NETWORK ID", "NAME", "DRIVER", "SCOPE"], &rows, 3));
    }
    0
}

fn inspect(state: &State, call: &Call, parsed: &Parsed) -> Outcome {
    let mut found = Vec::new();
    let mut status = 0;
    for name in &parsed.words {
        if let Some(at) = find(state, name) {
            let Network { id, name, driver } = &state.networks[at];
            found.push(
                json!({ "Name": name, "Id": id, "Scope": "local", "Driver": driver, "Containers": {} }),
            );
        } else {
            call.complain(format!("Error: No such network: {name}"));
            status = 1;
        }
    }
    call.line(pretty(&Value::Array(found)));
    Ok(status)
}

fn remove(state: &mut State, call: &Call, parsed: &Parsed) -> Outcome {
    let mut status = 0;
    for name in &parsed.words {
        match find(state, name) {
            Some(at) if OWN.iter().any(|(own, _)| *own == state.networks[at].name) => {
                call.complain(format!(
                    "Error response from daemon: {name} is a pre-defined network and cannot be removed"
                ));
                status = 1;
            }
            Some(at) => {
                state.networks.remove(at);
                call.line(name.as_str());
            }
            None => {
                call.complain(format!("Error: No such network: {name}"));
                status = 1;
            }
        }
    }
    Ok(status)
}
