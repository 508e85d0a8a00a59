//! `sudo`, which runs what it is given as the same user, and `systemctl`, which knows the services of a lab's machine.

use super::World;
use super::call::{Call, Failure, Outcome, not_simulated};
use super::docker::daemon::{self, Daemon};
use super::docker::engine::Engine;
use super::flags::{self, Words};

const SUDO_FLAGS: &[&str] = &[
    "A|askpass",
    "E|preserve-env",
    "g|group=",
    "H|set-home",
    "h|host=",
    "i|login",
    "k|reset-timestamp",
    "K|remove-timestamp",
    "l|list",
    "n|non-interactive",
    "p|prompt=",
    "S|stdin",
    "s|shell",
    "u|user=",
    "v|validate",
    "V|version",
    "help",
];

/// The services that a lab's machine has.
const UNITS: &[&str] = &["containerd", "docker", "kubelet"];

/// `sudo`: nobody becomes anybody else, and only what the stage admits is run.
pub(super) fn sudo(world: &World, call: &Call) -> Outcome {
    let parsed = flags::parse(call.arguments(), &[SUDO_FLAGS], Words::First).map_err(|wrong| {
        format!("sudo: {wrong}\n{}", not_simulated("sudo", wrong.trim_start_matches("unknown ")))
    })?;
    let mut words = if parsed.words.is_empty() { parsed.rest } else { parsed.words };
    let assignments = words.iter().take_while(|word| is_assignment(word)).count();
    let command = words.split_off(assignments);
    let Some(program) = command.first() else {
        if parsed_shell(call) {
            call.become_program(vec!["bash".into()]);
            return Ok(0);
        }
        if ["-v", "-k", "-K", "-l", "-V"].iter().any(|flag| call.arguments().iter().any(|word| word == flag))
        {
            return Ok(0);
        }
        return Err("usage: sudo [-u user] [VAR=value] [command [arg ...]]".into());
    };
    if let Some(reason) = world.why_not(program) {
        return Err(call.refuse(&format!("sudo {program}"), &reason));
    }
    if words.is_empty() {
        call.become_program(command);
    } else {
        call.become_program([vec!["env".to_owned()], words, command].concat());
    }
    Ok(0)
}

fn parsed_shell(call: &Call) -> bool {
    call.arguments().iter().any(|word| word == "-i" || word == "-s" || word == "--login" || word == "--shell")
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && !name.starts_with(|letter: char| letter.is_ascii_digit())
    })
}

const SYSTEMCTL_FLAGS: &[&str] =
    &["now", "no-pager", "l|full", "n|lines=", "q|quiet", "no-block", "system", "f|force"];

/// `systemctl`: services are always up, but for a docker whose settings are wrong.
pub(super) fn systemctl(engine: &Engine, call: &Call) -> Outcome {
    let parsed = flags::parse(call.arguments(), &[SYSTEMCTL_FLAGS], Words::Anywhere).map_err(|wrong| {
        format!("systemctl: {wrong}\n{}", not_simulated("systemctl", wrong.trim_start_matches("unknown ")))
    })?;
    let Some((verb, units)) = parsed.words.split_first() else {
        return Err(not_simulated("systemctl", "a call without a verb").into());
    };
    let units: Vec<&str> = units.iter().map(|unit| bare(unit)).collect();
    let unknown = units.iter().find(|unit| !UNITS.contains(unit));
    match verb.as_str() {
        "daemon-reload" | "daemon-reexec" if units.is_empty() => Ok(0),
        "start" | "stop" | "restart" | "reload" | "try-restart" | "enable" | "disable" => match unknown {
            Some(unit) => Err(Failure::with_status(
                5,
                format!("Failed to {verb} {unit}.service: Unit {unit}.service not found."),
            )),
            None if units.is_empty() => Err("Too few arguments.".into()),
            None if units.contains(&"docker") => change_docker(engine, call, verb, parsed.has("now")),
            None => Ok(0),
        },
        "is-active" | "is-enabled" => Ok(is_up(engine, call, verb, &units)),
        "status" => match unknown {
            Some(unit) => Err(Failure::with_status(4, format!("Unit {unit}.service could not be found."))),
            None => Ok(status(engine, call, &units)),
        },
        other => Err(not_simulated("systemctl", &format!("the verb {other}")).into()),
    }
}

fn bare(unit: &str) -> &str {
    unit.trim_end_matches(".service").trim_end_matches(".socket")
}

/// Why docker did not start, if it did not.
fn failure(engine: &Engine, unit: &str) -> Option<String> {
    match daemon::of(engine) {
        Daemon::Failed(why) if unit == "docker" => Some(why),
        _ => None,
    }
}

/// Starts docker, where the verb says so.
fn change_docker(engine: &Engine, call: &Call, verb: &str, now: bool) -> Outcome {
    let starts = match verb {
        "restart" | "try-restart" => true,
        "start" => failure(engine, "docker").is_some(),
        "enable" => now && failure(engine, "docker").is_some(),
        _ => false,
    };
    if !starts {
        return Ok(0);
    }
    match daemon::restart(engine, call) {
        Daemon::Up { .. } => Ok(0),
        // The real one leaves the reason to the journal.
        Daemon::Failed(why) => Err(format!(
            "Job for docker.service failed because the control process exited with error code.\nSee \"systemctl status \
             docker.service\" and \"journalctl -xeu docker.service\" for details.\nlabrun: {why}"
        )
        .into()),
    }
}

fn is_up(engine: &Engine, call: &Call, verb: &str, units: &[&str]) -> u8 {
    let mut status = 0;
    for unit in units {
        let state = match verb {
            _ if !UNITS.contains(unit) => "inactive",
            "is-active" if failure(engine, unit).is_some() => "failed",
            "is-active" => "active",
            _ => "enabled",
        };
        call.line(state);
        if !matches!(state, "active" | "enabled") {
            status = 3;
        }
    }
    status
}

fn status(engine: &Engine, call: &Call, units: &[&str]) -> u8 {
    let mut status = 0;
    for unit in units {
        let (mark, active, log) = match failure(engine, unit) {
            None => ("●", "active (running)", String::new()),
            Some(why) => {
                status = 3;
                ("×", "failed (Result: exit-code)", format!("\ndockerd: {why}\n"))
            }
        };
        call.print(format!(
            "{mark} {unit}.service - {unit}, simulated by labrun\n     Loaded: loaded (/lib/systemd/system/{unit}.service; enabled; preset: \
             enabled)\n     Active: {active}\n{log}"
        ));
    }
    status
}

#[cfg(test)]
mod tests {
    use super::is_assignment;

    #[test]
    fn assignments_before_a_command_are_told_from_words() {
        for (word, is) in
            [("A=b", true), ("_X=", true), ("=b", false), ("a-b=c", false), ("1=2", false), ("ls", false)]
        {
            assert_eq!(is_assignment(word), is, "{word}");
        }
    }
}
