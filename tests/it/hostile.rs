//! Commands that would hang, confuse or end a shell, run against the real thing. Each file of `tests/hostile/` holds
//! one such block, command by command, with what must become of each; then `echo ok $? $PWD` must still answer, in
//! the same shell, or in its successor where the block ended it. Both transports pass the same files.
//!
//! ```text
//! # What the file shows.
//! === status=130 limit=300 aborted=limit/interrupt stdout="before\n"
//! echo before
//! sleep 60
//! === next stdout="…"          (optional: where the answer is another)
//! ```
//!
//! `status=N`, `ended=N` (the shell ended), `killed`; `limit=MS`; `aborted=WHY/RUNG`; `leaks`, `leaks=no`; `asked="…"`,
//! `asked=no`; `directory="…"`, from there on; `stdout="…"` (exactly), `stdout~="…"` (holds), `stdout!="…"` (does not),
//! `stdout.bytes=N`; `stderr` the same; `*` is anything. What is not said is not looked at, except that nothing may be
//! aborted and the directory stays. `{dir}` is the folder of the test, `{cr}` a carriage return, `{huge}` a
//! million letters, `{lines}` ten thousand lines. `HOSTILE=NAME` in the environment runs one file only.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use labrun::session::{Capture, Ended, How, Session, Transport};

use crate::session::{block_on, run_within, settings};

/// Commands are short: one that takes this long hangs, and fails for being aborted.
const LIMIT: Duration = Duration::from_secs(20);
/// Most of a case is waiting, so more run at once than there are cores.
const AT_ONCE: usize = 8;

#[test]
fn nothing_hangs_or_confuses_the_next_command() {
    run_all(Transport::Auto);
}

#[test]
fn nothing_hangs_or_confuses_the_next_command_over_fifos() {
    run_all(Transport::Fifo);
}

fn run_all(transport: Transport) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 80, "only {} cases found", files.len());
    if let Some(only) = std::env::var_os("HOSTILE") {
        files.retain(|file| file.file_stem() == Some(&only));
    }
    let queue = Mutex::new(files);
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(file) = queue.lock().unwrap().pop() else { return };
                    let problems = run_case(&file, transport);
                    if !problems.is_empty() {
                        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
                        failures.lock().unwrap().push(format!("{name}:\n  {}", problems.join("\n  ")));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} cases failed\n{}", failures.len(), failures.join("\n"));
}

fn run_case(file: &Path, transport: Transport) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().canonicalize().unwrap();
    let text = std::fs::read_to_string(file).unwrap();
    let commands = parse(&text, path.to_str().unwrap());
    block_on(async {
        let mut problems = Vec::new();
        let mut session = Session::start(settings(&path, transport)).await.unwrap();
        let mut directory = path.to_string_lossy().into_owned();
        let mut status = 0;
        for Command { expected, source } in &commands {
            if let Some(changed) = expected.get("directory") {
                directory.clone_from(changed);
            }
            if expected.contains_key("next") {
                break;
            }
            let limit =
                expected.get("limit").map_or(LIMIT, |limit| Duration::from_millis(limit.parse().unwrap()));
            let ended = run_within(&mut session, source, limit).await;
            let said = judge(&ended, expected, &directory);
            problems.extend(said.into_iter().map(|problem| format!("`{}`: {problem}", first_line(source))));
            if let How::Status(came) = ended.how {
                status = came;
            } else {
                status = 0;
                session = session.restart().await.unwrap();
            }
        }
        let last = commands.iter().find(|command| command.expected.contains_key("next"));
        let mut expected = BTreeMap::from([
            ("status".to_owned(), "0".to_owned()),
            ("stdout".to_owned(), format!("ok {status} {directory}\n")),
            ("stderr".to_owned(), "*".to_owned()),
        ]);
        if let Some(last) = last {
            expected.extend(last.expected.clone());
        }
        let ended = run_within(&mut session, "echo ok $? $PWD", LIMIT).await;
        problems.extend(
            judge(&ended, &expected, &directory).into_iter().map(|problem| format!("next: {problem}")),
        );
        if let Err(error) = session.close().await {
            problems.push(format!("close: {error}"));
        }
        problems
    })
}

fn first_line(source: &str) -> String {
    source.lines().next().unwrap_or_default().chars().take(60).collect()
}

/// What is wrong, one sentence each.
fn judge(ended: &Ended, expected: &BTreeMap<String, String>, directory: &str) -> Vec<String> {
    let how = match ended.how {
        How::Status(status) => ("status", status.to_string()),
        How::ShellEnded(code) => ("ended", code.to_string()),
        How::ShellKilled => ("killed", String::new()),
    };
    let aborted = ended
        .aborted
        .map_or("no".to_owned(), |aborted| format!("{:?}/{:?}", aborted.why, aborted.by).to_lowercase());
    let leaks = if ended.leaks { "" } else { "no" };
    let asked = ended.asked.as_deref().unwrap_or("no");
    let mut problems = Vec::new();
    let mut want = |what: &str, came: &str, wanted: &str| {
        if wanted != "*" && came != wanted {
            problems.push(format!("{what} is {came:?}, not {wanted:?}"));
        }
    };
    for kind in ["status", "ended", "killed"] {
        if let Some(wanted) = expected.get(kind) {
            want("the end", how.0, kind);
            want(kind, &how.1, wanted);
        }
    }
    match expected.get("aborted") {
        Some(wanted) => want("the abort", &aborted, wanted),
        None => want("the abort", &aborted, "no"),
    }
    if let How::Status(_) = ended.how {
        want("the directory", &ended.directory.clone().unwrap_or_default().to_string_lossy(), directory);
    }
    if let Some(wanted) = expected.get("leaks") {
        want("the leak", leaks, wanted);
    }
    if let Some(wanted) = expected.get("asked") {
        want("the question", asked, wanted);
    }
    for (stream, capture) in [("stdout", &ended.stdout), ("stderr", &ended.stderr)] {
        let text = capture.text();
        let get = |suffix: &str| expected.get(&format!("{stream}{suffix}"));
        if let Some(wanted) = get("") {
            want(stream, &text, wanted);
        }
        if let Some(wanted) = get(".bytes") {
            want(&format!("{stream}'s length"), &capture.len().to_string(), wanted);
        }
        if let Some(wanted) = get("~").filter(|wanted| !text.contains(*wanted)) {
            want(stream, &excerpt(capture), &format!("…{wanted}…"));
        }
        if let Some(unwanted) = get("!").filter(|unwanted| text.contains(*unwanted)) {
            want(stream, &excerpt(capture), &format!("without {unwanted}"));
        }
    }
    problems
}

fn excerpt(capture: &Capture) -> String {
    capture.text().chars().take(300).collect()
}

struct Command {
    expected: BTreeMap<String, String>,
    source: String,
}

fn parse(text: &str, folder: &str) -> Vec<Command> {
    let fill = |text: &str| {
        let text = text.replace("{dir}", folder).replace("{cr}", "\r");
        let text = text.replace("{huge}", &"x".repeat(if text.contains("{huge}") { 1_000_000 } else { 0 }));
        text.replace("{lines}", &"n=$((n+1))\n".repeat(if text.contains("{lines}") { 10_000 } else { 0 }))
    };
    let mut commands: Vec<Command> = Vec::new();
    for line in text.split_inclusive('\n') {
        if let Some(header) = line.strip_prefix("=== ") {
            commands.push(Command { expected: attributes(&fill(header)), source: String::new() });
        } else if let Some(command) = commands.last_mut() {
            command.source.push_str(&fill(line));
        } else {
            assert!(line.starts_with('#'), "no header before {line:?}");
        }
    }
    for command in &mut commands {
        assert_eq!(command.source.pop().is_none(), command.expected.contains_key("next"));
    }
    commands
}

/// `name=value name="a JSON string" name`
fn attributes(header: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut rest = header.trim();
    while !rest.is_empty() {
        let end = rest.find(['=', ' ']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let (value, after) = match after.strip_prefix('=') {
            None => (String::new(), after),
            Some(quoted) if quoted.starts_with('"') => {
                let mut values = serde_json::Deserializer::from_str(quoted).into_iter::<String>();
                let value = values.next().unwrap().unwrap();
                (value, &quoted[values.byte_offset()..])
            }
            Some(plain) => {
                let (value, after) = plain.split_at(plain.find(' ').unwrap_or(plain.len()));
                (value.to_owned(), after)
            }
        };
        let known = ["status", "ended", "killed", "limit", "aborted", "leaks", "asked", "directory", "next"];
        let stream = name.strip_prefix("stdout").or_else(|| name.strip_prefix("stderr"));
        let known =
            known.contains(&name) || stream.is_some_and(|suffix| ["", "~", "!", ".bytes"].contains(&suffix));
        assert!(known, "no such expectation: {name}");
        found.insert(name.to_owned(), value);
        rest = after.trim_start();
    }
    found
}
