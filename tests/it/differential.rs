//! Typed command by command, a script does what it does in a terminal. Each script of `tests/differential/` is cut
//! and typed through a session, and fed as it is to an interactive bash; both must print the same, report the same
//! status after each command, and end alike.

use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use labrun::session::{How, Session, Settings, Transport};
use labrun::sys::{self, Terminal};

use crate::session::{block_on, run, settings};

/// What a person sees of a run, and what `$?` was after each command.
#[derive(Debug, PartialEq)]
struct Seen {
    stdout: String,
    stderr: Vec<String>,
    statuses: Vec<i32>,
    /// The code that the shell ended with, where the script ended it.
    ended: Option<i32>,
}

impl Seen {
    /// Whether both are the same; commands that are typed together have one status here, and more in a terminal.
    fn is_like(&self, terminal: &Self) -> bool {
        let mut statuses = terminal.statuses.iter();
        let told = !terminal.statuses.is_empty();
        (!told || self.statuses.iter().all(|status| statuses.any(|other| other == status)))
            && (&self.stdout, &self.stderr, self.ended)
                == (&terminal.stdout, &terminal.stderr, terminal.ended)
    }
}

#[test]
fn commands_typed_one_by_one_do_as_in_a_terminal() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(files.len() >= 30, "only {} scripts found", files.len());
    if let Some(only) = std::env::var_os("DIFFERENTIAL") {
        files.retain(|file| file.file_stem() == Some(&only));
    }
    let queue = Mutex::new(files);
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some(file) = queue.lock().unwrap().pop() else { return };
                    let script = std::fs::read_to_string(&file).unwrap();
                    let (ours, bashs) = (typed(&script), fed(&script));
                    if !ours.is_like(&bashs) {
                        let name = file.file_name().unwrap().to_string_lossy().into_owned();
                        failures
                            .lock()
                            .unwrap()
                            .push(format!("{name}\n  typed: {ours:#?}\n  bash: {bashs:#?}"));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} scripts differ\n{}", failures.len(), failures.join("\n"));
}

/// Through a session, command by command.
fn typed(script: &str) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().canonicalize().unwrap();
    let mut seen = Seen { stdout: String::new(), stderr: Vec::new(), statuses: Vec::new(), ended: None };
    block_on(async {
        let mut session = Session::start(settings(&path, Transport::Auto)).await.unwrap();
        for command in labrun::bash::analyze(script).commands {
            let ended = run(&mut session, script[command.range].trim_end_matches('\n')).await;
            seen.stdout += &ended.stdout.text();
            seen.stderr.extend(plain(&ended.stderr.text(), &path));
            // A job that is brought back prints where it was started.
            seen.stdout.extend(session.take_leaks().iter().map(|leak| leak.stdout.text()));
            match ended.how {
                How::Status(status) => seen.statuses.push(status),
                How::ShellEnded(code) => {
                    seen.ended = Some(code);
                    break;
                }
                How::ShellKilled => panic!("killed: {:?}", ended.aborted),
            }
        }
        session.close().await.unwrap();
    });
    seen.stdout = seen.stdout.replace(path.to_str().unwrap(), "FOLDER");
    seen
}

/// Fed to an interactive bash on a terminal of its own, which tells its status at each prompt.
fn fed(script: &str) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().canonicalize().unwrap();
    let beside = tempfile::tempdir().unwrap();
    let [input, errors, statuses] = ["input", "errors", "statuses"].map(|name| beside.path().join(name));
    let prompt = if script.contains("DEBUG") {
        // It would be traced too.
        String::new()
    } else {
        // With the number of the command, which an empty line leaves as it is.
        format!("PS3='\\#' PROMPT_COMMAND='\\builtin echo $? ${{PS3@P}} >>{}'", statuses.display())
    };
    std::fs::write(&input, format!("set +H +o history; unset HISTFILE; {prompt}\n{script}")).unwrap();

    let Settings { bash, environment, size, .. } = settings(&path, Transport::Auto);
    let (terminal, its_end) = Terminal::open(size).unwrap();
    let mut command = Command::new(bash);
    command.args(["--norc", "--noprofile", "--noediting", "-i"]);
    command.env_clear().envs(environment).env("PS1", "").env("PS2", "").current_dir(&path);
    command
        .stdin(File::open(&input).unwrap())
        .stdout(Stdio::from(its_end))
        .stderr(File::create(&errors).unwrap());
    // Its parent is a thread of this test, which outlives it.
    sys::lead_session(&mut command);
    let mut bash = command.spawn().unwrap();
    drop(command);
    let stdout = read_all(&terminal);
    let status = bash.wait().unwrap();
    let code =
        status.code().or(std::os::unix::process::ExitStatusExt::signal(&status).map(|signal| 128 + signal));

    let prompts = std::fs::read_to_string(statuses).unwrap_or_default();
    // The first is of our own line.
    let mut statuses: Vec<(&str, &str)> =
        prompts.lines().skip(1).map(|line| line.split_once(' ').unwrap()).collect();
    statuses.dedup_by_key(|(_, number)| *number);
    let statuses: Vec<i32> = statuses.into_iter().map(|(status, _)| status.parse().unwrap()).collect();
    let errors = String::from_utf8_lossy(&std::fs::read(errors).unwrap()).into_owned();
    let mut stderr = plain(&errors, &path);
    stderr.retain(|line| !line.contains(beside.path().to_str().unwrap()));
    // At the end of its input it says so and ends with the last status: that is no end by the script.
    let natural = statuses.last().is_none_or(|last| code == Some(*last));
    let ended = if stderr.last().is_some_and(|line| line == "exit") && natural {
        stderr.pop();
        None
    } else {
        code
    };
    Seen {
        stdout: stdout.replace('\r', "").replace(path.to_str().unwrap(), "FOLDER"),
        stderr,
        statuses,
        ended,
    }
}

fn read_all(terminal: &Terminal) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match terminal.read(&mut buffer) {
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                std::thread::sleep(Duration::from_millis(1));
            }
            // Nobody has it open any more.
            Err(_) => return String::from_utf8_lossy(&bytes).into_owned(),
        }
    }
}

/// The lines of standard error without what differs by design: job notices, which bash writes at its next prompt, the
/// line end behind an interrupt, and what the prompt of [`fed`] says.
fn plain(text: &str, folder: &Path) -> Vec<String> {
    let folder = folder.to_str().unwrap();
    let ours = |line: &&str| !line.is_empty() && !line.starts_with('[') && !line.contains("builtin echo");
    text.lines().filter(ours).map(|line| line.replace(folder, "FOLDER")).collect()
}
