//! The simulated `docker`: which commands there are and what they take. What they do is in the files beside this one.

mod about;
mod build;
mod builder;
mod compose;
mod containers;
mod context;
mod copy;
pub(super) mod daemon;
mod dockerfile;
pub(super) mod engine;
mod images;
mod login;
mod network;
mod project;
mod run;

pub(super) use self::compose::main as compose;
pub(super) use self::containers::last_lines;

use self::daemon::Daemon;
use self::engine::Engine;
use super::call::{Call, Failure, Outcome, not_simulated};
use super::flags::{self, Parsed, Words};

/// A command: its words, flags, and the line that its usage shows.
struct Command {
    name: &'static str,
    flags: &'static [&'static str],
    least: usize,
    most: usize,
    usage: &'static str,
    about: &'static str,
}

const MANY: usize = usize::MAX;

const fn command(
    name: &'static str,
    flags: &'static [&'static str],
    (least, most): (usize, usize),
    usage: &'static str,
    about: &'static str,
) -> Command {
    Command { name, flags, least, most, usage, about }
}

const COMMANDS: &[Command] = &[
    command("build", build::FLAGS, (1, 1), "[OPTIONS] PATH | URL | -", "Build an image from a Dockerfile"),
    command(
        "exec",
        &["i|interactive", "t|tty"],
        (2, MANY),
        "[OPTIONS] CONTAINER COMMAND [ARG...]",
        "Run a command in a running container",
    ),
    command("history", &["no-trunc"], (1, 1), "[OPTIONS] IMAGE", "Show the history of an image"),
    command(
        "images",
        &["a|all", "q|quiet", "digests", "no-trunc", "format=", "f|filter="],
        (0, 1),
        "[OPTIONS] [REPOSITORY[:TAG]]",
        "List images",
    ),
    command("info", &[], (0, 0), "[OPTIONS]", "Display system-wide information"),
    command(
        "inspect",
        &["f|format=", "type="],
        (1, MANY),
        "[OPTIONS] NAME|ID [NAME|ID...]",
        "Return low-level information on Docker objects",
    ),
    command(
        "kill",
        &["s|signal="],
        (1, MANY),
        "[OPTIONS] CONTAINER [CONTAINER...]",
        "Kill one or more running containers",
    ),
    command(
        "login",
        &["u|username=", "p|password=", "password-stdin"],
        (0, 1),
        "[OPTIONS] [SERVER]",
        "Log in to a Docker registry.\nIf no server is specified, the default is defined by the daemon.",
    ),
    command(
        "logout",
        &[],
        (0, 1),
        "[SERVER]",
        "Log out from a Docker registry.\nIf no server is specified, the default is defined by the daemon.",
    ),
    command("logs", &["f|follow", "n|tail="], (1, 1), "[OPTIONS] CONTAINER", "Fetch the logs of a container"),
    command(
        "port",
        &[],
        (1, 2),
        "CONTAINER [PRIVATE_PORT[/PROTO]]",
        "List port mappings or a specific mapping for the container",
    ),
    command(
        "ps",
        &["a|all", "q|quiet", "no-trunc", "l|latest", "format=", "f|filter="],
        (0, 0),
        "[OPTIONS]",
        "List containers",
    ),
    command(
        "pull",
        &["q|quiet", "platform=", "disable-content-trust"],
        (1, 1),
        "[OPTIONS] NAME[:TAG|@DIGEST]",
        "Pull an image or a repository from a registry",
    ),
    command(
        "push",
        &["q|quiet", "disable-content-trust"],
        (1, 1),
        "[OPTIONS] NAME[:TAG]",
        "Push an image or a repository to a registry",
    ),
    command(
        "rm",
        &["f|force", "v|volumes"],
        (1, MANY),
        "[OPTIONS] CONTAINER [CONTAINER...]",
        "Remove one or more containers",
    ),
    command(
        "rmi",
        &["f|force", "no-prune"],
        (1, MANY),
        "[OPTIONS] IMAGE [IMAGE...]",
        "Remove one or more images",
    ),
    command(
        "run",
        run::FLAGS,
        (1, MANY),
        "[OPTIONS] IMAGE [COMMAND] [ARG...]",
        "Run a command in a new container",
    ),
    command(
        "stop",
        &["t|time="],
        (1, MANY),
        "[OPTIONS] CONTAINER [CONTAINER...]",
        "Stop one or more running containers",
    ),
    command(
        "tag",
        &[],
        (2, 2),
        "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
        "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE",
    ),
    command("version", &["f|format="], (0, 0), "[OPTIONS]", "Show the Docker version information"),
];

/// The longer spellings: `docker image ls` is `docker images`.
const SPELLINGS: &[(&str, &str, &str)] = &[
    ("image", "build", "build"),
    ("image", "history", "history"),
    ("image", "inspect", "inspect"),
    ("image", "list", "images"),
    ("image", "ls", "images"),
    ("image", "pull", "pull"),
    ("image", "push", "push"),
    ("image", "rm", "rmi"),
    ("image", "tag", "tag"),
    ("container", "exec", "exec"),
    ("container", "inspect", "inspect"),
    ("container", "kill", "kill"),
    ("container", "list", "ps"),
    ("container", "logs", "logs"),
    ("container", "ls", "ps"),
    ("container", "port", "port"),
    ("container", "rm", "rm"),
    ("container", "run", "run"),
    ("container", "stop", "stop"),
    ("system", "info", "info"),
];

/// The program.
pub(super) async fn main(engine: &Engine, call: &mut Call) -> Outcome {
    let mut arguments = call.arguments().to_vec();
    match arguments.first().map(String::as_str) {
        None | Some("--help" | "-h" | "help") => {
            call.print(overview());
            return Ok(0);
        }
        Some("-v" | "--version") => {
            call.line(about::VERSION_LINE);
            return Ok(0);
        }
        Some("compose") => {
            arguments.remove(0);
            return compose::run(engine, call, "docker compose", &arguments).await;
        }
        Some(flag) if flag.starts_with('-') => {
            return Err(Failure::with_status(125, wrong_flag("docker", &format!("unknown flag: {flag}"))));
        }
        _ => {}
    }
    let mut name = arguments.remove(0);
    if name == "network" && !is_down(engine) {
        return network::main(engine, call, &arguments);
    }
    if let Some(sub) = arguments.first()
        && let Some((_, _, short)) = SPELLINGS.iter().find(|(group, word, _)| *group == name && word == sub)
    {
        name = (*short).to_owned();
        arguments.remove(0);
    }
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        let hint = not_simulated("docker", &format!("the command {name}"));
        return Err(format!("docker: '{name}' is not a docker command.\nSee 'docker --help'\n{hint}").into());
    };
    if arguments.iter().take_while(|argument| *argument != "--").any(|argument| argument == "--help")
        && name != "run"
        && name != "exec"
    {
        call.print(format!("\n{}\n", command.help()));
        return Ok(0);
    }
    let words = if matches!(command.name, "run" | "exec") { Words::First } else { Words::Anywhere };
    let parsed = flags::parse(&arguments, &[command.flags], words)
        .map_err(|wrong| Failure::with_status(125, wrong_flag(&format!("docker {name}"), &wrong)))?;
    let count = parsed.words.len() + parsed.rest.len();
    if count < command.least || count > command.most {
        return Err(command.wrong_count().into());
    }
    if is_down(engine) && command.name != "logout" {
        let why = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?";
        return Err(match command.name {
            "run" => Failure::with_status(125, format!("docker: {why}.\nSee 'docker run --help'.")),
            _ => why.into(),
        });
    }
    command.act(engine, call, parsed).await
}

/// Whether the daemon did not start.
fn is_down(engine: &Engine) -> bool {
    matches!(daemon::of(engine), Daemon::Failed(_))
}

fn wrong_flag(command: &str, wrong: &str) -> String {
    let hint = not_simulated("docker", wrong.trim_start_matches("unknown "));
    let hint = if wrong.starts_with("unknown") { format!("\n{hint}") } else { String::new() };
    format!("{wrong}\nSee '{command} --help'.{hint}")
}

impl Command {
    async fn act(&self, engine: &Engine, call: &mut Call, mut parsed: Parsed) -> Outcome {
        let rest = std::mem::take(&mut parsed.rest);
        parsed.words.extend(rest);
        match self.name {
            "build" => build::main(engine, call, &parsed).await,
            "exec" => containers::exec(engine, call, &parsed).await,
            "history" => images::history(engine, call, &parsed),
            "images" => images::list(engine, call, &parsed),
            "info" => about::info(engine, call),
            "inspect" => images::inspect(engine, call, &parsed),
            "kill" => containers::stop(engine, call, &parsed, 137),
            "login" => login::login(engine, call, &parsed).await,
            "logout" => login::logout(call, &parsed),
            "logs" => containers::logs(engine, call, &parsed).await,
            "port" => containers::port(engine, call, &parsed),
            "ps" => containers::list(engine, call, &parsed),
            "pull" => images::pull(engine, call, &parsed).await,
            "push" => images::push(engine, call, &parsed).await,
            "rm" => containers::remove(engine, call, &parsed),
            "rmi" => images::remove(engine, call, &parsed),
            "run" => run::run(engine, call, &parsed).await,
            "stop" => containers::stop(engine, call, &parsed, 0),
            "tag" => images::tag(engine, &parsed),
            _ => about::version(call, &parsed),
        }
    }

    fn help(&self) -> String {
        format!("Usage:  docker {} {}\n\n{}", self.name, self.usage, self.about)
    }

    fn wrong_count(&self) -> String {
        let many = |count: usize| format!("{count} argument{}", if count == 1 { "" } else { "s" });
        let wanted = match (self.least, self.most) {
            (0, 0) => {
                return format!(
                    "\"docker {0}\" accepts no arguments.\nSee 'docker {0} --help'.\n\n{1}",
                    self.name,
                    self.help()
                );
            }
            (least, most) if least == most => format!("exactly {}", many(least)),
            (least, MANY) => format!("at least {}", many(least)),
            (_, most) => format!("at most {}", many(most)),
        };
        format!("\"docker {0}\" requires {wanted}.\nSee 'docker {0} --help'.\n\n{1}", self.name, self.help())
    }
}

fn overview() -> String {
    let lines: String = COMMANDS
        .iter()
        .map(|command| {
            format!("  {:<9} {}\n", command.name, command.about.lines().next().unwrap_or_default())
        })
        .collect();
    format!(
        "\nUsage:  docker [OPTIONS] COMMAND\n\nA self-sufficient runtime for containers, simulated by labrun\n\nCommands:\n{lines}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_name_every_command() {
        let page = include_str!("../../../../docs/simulated.md");
        let line = page.lines().find(|line| line.starts_with("| `docker` ")).unwrap();
        for command in COMMANDS {
            assert!(line.contains(&format!("`{}`", command.name)), "{}", command.name);
        }
        assert!(COMMANDS.is_sorted_by_key(|command| command.name));
    }

    #[test]
    fn every_longer_spelling_leads_to_a_command() {
        for (_, _, name) in SPELLINGS {
            assert!(COMMANDS.iter().any(|command| command.name == *name), "{name}");
        }
    }
}
