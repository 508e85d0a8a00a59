//! `sudo`, which runs what it is given as the same user, and `systemctl`, which knows the services of the lab.

use super::World;
use super::call::{Call, Outcome, not_simulated};
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
        return Err(format!("labrun: sudo {program} is not run: {reason}").into());
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

/// `systemctl`: services are always up.
pub(super) fn systemctl(call: &Call) -> Outcome {
    let parsed = flags::parse(call.arguments(), &[SYSTEMCTL_FLAGS], Words::Anywhere).map_err(|wrong| {
        format!("systemctl: {wrong}\n{}", not_simulated("systemctl", wrong.trim_start_matches("unknown ")))
    })?;
    let Some((verb, units)) = parsed.words.split_first() else {
        return Err(not_simulated("systemctl", "a call without a verb").into());
    };
    let bare = |unit: &str| unit.trim_end_matches(".service").trim_end_matches(".socket").to_owned();
    let unknown = units.iter().find(|unit| !UNITS.contains(&bare(unit).as_str()));
    match verb.as_str() {
        "daemon-reload" | "daemon-reexec" if units.is_empty() => Ok(0),
        "start" | "stop" | "restart" | "reload" | "try-restart" | "enable" | "disable" => match unknown {
            Some(unit) => {
                let unit = format!("{}.service", bare(unit));
                Err(super::call::Failure::with_status(
                    5,
                    format!("Failed to {verb} {unit}: Unit {unit} not found."),
                ))
            }
            None if units.is_empty() => Err("Too few arguments.".into()),
            None => Ok(0),
        },
        "is-active" | "is-enabled" => {
            let up = if verb == "is-active" { "active" } else { "enabled" };
            for unit in units {
                call.line(if UNITS.contains(&bare(unit).as_str()) { up } else { "inactive" });
            }
            Ok(if unknown.is_some() { 3 } else { 0 })
        }
        "status" => {
            if let Some(unit) = unknown {
                return Err(super::call::Failure::with_status(
                    4,
                    format!("Unit {}.service could not be found.", bare(unit)),
                ));
            }
            for unit in units {
                let unit = bare(unit);
                call.print(format!(
                    "● {unit}.service - {unit}, simulated by labrun\n     Loaded: loaded (/lib/systemd/system/{unit}.service; enabled; preset: \
                     enabled)\n     Active: active (running)\n"
                ));
            }
            Ok(0)
        }
        other => Err(not_simulated("systemctl", &format!("the verb {other}")).into()),
    }
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
