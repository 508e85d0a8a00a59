//! What a handful of commands would do inside a container: enough for `docker run IMAGE echo …`, for pods that sleep,
//! ping or loop, and for looking at the files of an image. Nothing is run; what is not known is said to be unknown.

use std::time::Duration;

use jiff::Timestamp;

use super::image::Files;

/// The round of a loop that does nothing.
const IDLE: Duration = Duration::from_secs(1000);

/// Where a command runs.
#[derive(Clone, Debug, Default)]
pub(super) struct Container {
    pub hostname: String,
    pub environment: Vec<(String, String)>,
    pub files: Files,
}

/// What a command did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Did {
    pub output: String,
    pub status: u8,
    /// How long it took.
    pub took: Duration,
    /// Set where it goes on for ever: what it does in each round.
    pub forever: Option<Forever>,
}

/// A loop without an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Forever {
    /// How long one round takes.
    pub period: Duration,
    /// What is done in it.
    pub body: Body,
}

/// One round of a loop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Body {
    Nothing,
    Ping(String),
    Script(String),
}

impl Forever {
    /// What round `number` of a loop that began at `start` prints.
    pub(super) fn round(&self, container: &Container, start: Timestamp, number: u32) -> String {
        match &self.body {
            Body::Nothing => String::new(),
            Body::Ping(host) => {
                format!("64 bytes from {host}: seq={number} ttl=64 time=0.0{}5 ms\n", 4 + number % 5)
            }
            Body::Script(script) => {
                let now = start.checked_add(self.period * number).unwrap_or(start);
                run_script(script, container, now).map(|did| did.output).unwrap_or_default()
            }
        }
    }
}

/// Whether these words start a shell that reads its input.
pub(super) fn is_shell(words: &[String]) -> bool {
    matches!(words, [shell] if matches!(shell.rsplit('/').next(), Some("sh" | "ash" | "bash")))
}

/// What a command does at a time; `None` where that is not known.
pub(super) fn run(words: &[String], container: &Container, now: Timestamp) -> Option<Did> {
    let (program, arguments) = words.split_first()?;
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let says = |output: String| Some(Did { output, ..Did::default() });
    let variable =
        |name: &str| container.environment.iter().find(|(known, _)| known == name).map(|(_, value)| value);
    match (program.rsplit('/').next()?, arguments.as_slice()) {
        ("true" | ":", _) | ("sh" | "ash" | "bash", []) => says(String::new()),
        ("exit", [status]) => Some(Did { status: status.parse().ok()?, ..Did::default() }),
        ("false", _) => Some(Did { status: 1, ..Did::default() }),
        ("sh" | "ash" | "bash", ["-c" | "-ec" | "-xc", script, ..]) => run_script(script, container, now),
        ("echo", ["-n", words @ ..]) => says(words.join(" ")),
        ("echo", words) => says(words.join(" ") + "\n"),
        ("hostname", []) => says(format!("{}\n", container.hostname)),
        ("env" | "printenv", []) => {
            says(container.environment.iter().map(|(name, value)| format!("{name}={value}\n")).collect())
        }
        ("printenv", [name]) => Some(match variable(name) {
            Some(value) => Did { output: format!("{value}\n"), ..Did::default() },
            None => Did { status: 1, ..Did::default() },
        }),
        ("date", []) => says(now.strftime("%a %b %e %H:%M:%S UTC %Y\n").to_string()),
        ("whoami", []) => says("root\n".into()),
        ("id", []) => says("uid=0(root) gid=0(root) groups=0(root)\n".into()),
        ("pwd", []) => says("/\n".into()),
        ("uname", []) => says("Linux\n".into()),
        ("uname", ["-a"]) => says(format!("Linux {} 6.1.0 #1 SMP x86_64 GNU/Linux\n", container.hostname)),
        ("sleep", ["infinity" | "inf"]) | ("tail", ["-f", "/dev/null"]) => {
            Some(for_ever(IDLE, Body::Nothing))
        }
        ("sleep", [time]) => Some(Did { took: duration(time)?, ..Did::default() }),
        ("ping", arguments) => ping(arguments),
        ("cat", paths) if !paths.is_empty() => Some(cat(paths, container)),
        ("ls", []) => Some(list("/", container)),
        ("ls", [path]) if !path.starts_with('-') => Some(list(path, container)),
        _ => None,
    }
}

fn for_ever(period: Duration, body: Body) -> Did {
    Did { forever: Some(Forever { period, body }), ..Did::default() }
}

/// The time that `sleep` takes.
fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = match text.strip_suffix(['s', 'm', 'h', 'd']) {
        Some(number) => (number, &text[number.len()..]),
        None => (text, "s"),
    };
    let seconds = match unit {
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86400.0,
        _ => 1.0,
    };
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()
}

fn ping(arguments: &[&str]) -> Option<Did> {
    let (count, host) = match arguments {
        [host] => (None, host),
        ["-c", count, host] => (Some(count.parse::<u32>().ok()?), host),
        _ => return None,
    };
    let forever = Forever { period: Duration::from_secs(1), body: Body::Ping((*host).to_owned()) };
    let mut did = Did { output: format!("PING {host} ({host}): 56 data bytes\n"), ..Did::default() };
    let Some(count) = count.map(|count| count.min(1000)) else {
        return Some(Did { forever: Some(forever), ..did });
    };
    for number in 0..count {
        did.output += &forever.round(&Container::default(), Timestamp::UNIX_EPOCH, number);
    }
    did.output += &format!(
        "\n--- {host} ping statistics ---\n{count} packets transmitted, {count} packets received, 0% packet loss\n"
    );
    did.took = forever.period * count.saturating_sub(1);
    Some(did)
}

fn cat(paths: &[&str], container: &Container) -> Did {
    let mut did = Did::default();
    for path in paths {
        if *path == "/etc/hostname" {
            did.output += &format!("{}\n", container.hostname);
        } else if let Some(file) = container.files.get(path.trim_start_matches('/')) {
            did.output += &String::from_utf8_lossy(&file.bytes);
        } else {
            did.output += &format!("cat: can't open '{path}': No such file or directory\n");
            did.status = 1;
        }
    }
    did
}

fn list(folder: &str, container: &Container) -> Did {
    let folder = folder.trim_matches('/');
    if container.files.contains_key(folder) {
        return Did { output: format!("/{folder}\n"), ..Did::default() };
    }
    let inside = |path: &str| {
        let rest = if folder.is_empty() { path } else { path.strip_prefix(folder)?.strip_prefix('/')? };
        rest.split('/').next().map(str::to_owned)
    };
    let names: std::collections::BTreeSet<String> =
        container.files.keys().filter_map(|path| inside(path)).collect();
    if names.is_empty() {
        return Did {
            output: format!("ls: /{folder}: No such file or directory\n"),
            status: 1,
            ..Did::default()
        };
    }
    Did { output: names.into_iter().map(|name| name + "\n").collect(), ..Did::default() }
}

/// A script of simple commands, or of one endless loop of them.
fn run_script(script: &str, container: &Container, now: Timestamp) -> Option<Did> {
    let script = script.trim();
    if let Some(rest) = script.strip_prefix("while ") {
        let (condition, body) =
            rest.strip_suffix("done")?.trim_end().trim_end_matches(';').split_once("do ")?;
        let condition = condition.trim().trim_end_matches(';');
        let script = format!("{condition} && {body}");
        let round = run_script(&script, container, now)?;
        if round.status != 0 || round.forever.is_some() {
            return None;
        }
        return Some(for_ever(round.took.max(Duration::from_millis(100)), Body::Script(script)));
    }
    let mut all = Did::default();
    for (needed, command) in commands(script) {
        if needed && all.status != 0 {
            continue;
        }
        let did = run(&words(command, container)?, container, now)?;
        all.output += &did.output;
        all.status = did.status;
        all.took += did.took;
        all.forever = did.forever;
        if all.forever.is_some() || command.starts_with("exit ") {
            break;
        }
    }
    Some(all)
}

/// The commands between `;` and `&&`, each with whether the one before must have succeeded.
fn commands(script: &str) -> impl Iterator<Item = (bool, &str)> {
    script
        .split([';', '\n'])
        .flat_map(|group| group.split("&&").enumerate().map(|(place, command)| (place > 0, command.trim())))
        .filter(|(_, command)| !command.is_empty())
}

/// The words of a simple command, variables filled in; `None` for anything that takes a shell.
fn words(command: &str, container: &Container) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut letters = command.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            ('"' | '\'', None) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (_, Some(open)) if letter == open => quote = None,
            ('$', None | Some('"')) => {
                let mut name = String::new();
                while let Some(letter) =
                    letters.next_if(|letter| letter.is_ascii_alphanumeric() || *letter == '_')
                {
                    name.push(letter);
                }
                let value = container.environment.iter().find(|(known, _)| *known == name);
                if name.is_empty() {
                    return None;
                }
                word.get_or_insert_default().push_str(value.map_or("", |(_, value)| value));
            }
            ('|' | '<' | '>' | '&' | '(' | ')' | '`' | '\\' | '*' | '{' | '#', None) => return None,
            (' ' | '\t', None) => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn did(words: &[&str]) -> Option<Did> {
        let words: Vec<String> = words.iter().map(|&word| word.into()).collect();
        let file = super::super::image::File { bytes: b"hi\n".to_vec(), executable: false };
        let container = Container {
            hostname: "box".into(),
            environment: vec![("A".into(), "b c".into())],
            files: Files::from([("etc/motd".into(), file)]),
        };
        run(&words, &container, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn simple_commands_print_what_they_would() {
        for (words, output) in [
            (&["echo", "a", "b"][..], "a b\n"),
            (&["sh", "-c", "echo hello && echo \"$A\"; hostname"], "hello\nb c\nbox\n"),
            (&["sh", "-c", "false && echo no; echo yes"], "yes\n"),
            (&["/bin/cat", "/etc/motd"], "hi\n"),
            (&["ls", "/etc"], "motd\n"),
            (&["date"], "Thu Jan  1 00:00:00 UTC 1970\n"),
        ] {
            assert_eq!(did(words).map(|did| did.output).as_deref(), Some(output), "{words:?}");
        }
        assert_eq!(did(&["cat", "/nothing"]).unwrap().status, 1);
        assert_eq!(did(&["sleep", "2m"]).unwrap().took.as_secs(), 120);
    }

    #[test]
    fn loops_go_on_and_say_what_each_round_says() {
        let clock = did(&["sh", "-c", "while date; do sleep 1; done"]).unwrap().forever.unwrap();
        assert_eq!(clock.period, Duration::from_secs(1));
        let third = clock.round(&Container::default(), Timestamp::UNIX_EPOCH, 2);
        assert_eq!(third, "Thu Jan  1 00:00:02 UTC 1970\n");
        assert!(did(&["ping", "127.0.0.1"]).unwrap().forever.is_some());
    }

    #[test]
    fn what_takes_a_real_shell_is_unknown() {
        for words in [
            &["apt-get", "update"][..],
            &["sh", "-c", "ls | wc"],
            &["sh", "-c", "echo $(date)"],
            &["sh", "-c", "echo 'a"],
            &[],
        ] {
            assert_eq!(did(words), None, "{words:?}");
        }
    }
}
