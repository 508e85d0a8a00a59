//! What typing command by command costs: 2,000 one-command steps through a live session, against one
//! `bash script.sh` of the same lines. Prints the ratio of each pair and the time that a step adds.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use criterion::Criterion;
use labrun::session::{How, Request, Session, Settings, Stop, Transport};

const STEPS: u32 = 2000;

fn main() {
    let folder = tempfile::tempdir().expect("a folder for the script");
    let mut criterion =
        Criterion::default().sample_size(10).warm_up_time(Duration::from_millis(500)).configure_from_args();
    for step in ["true", "/bin/true", "echo out; echo err >&2"] {
        let script = folder.path().join("script.sh");
        std::fs::write(&script, format!("{step}\n").repeat(STEPS as usize)).expect("the script is written");
        let bash = measure(&mut criterion, &format!("bash script.sh: {step}"), || run_script(&script));
        let session = measure(&mut criterion, &format!("session: {step}"), || run_steps(folder.path(), step));
        if let (Some(bash), Some(session)) = (bash, session) {
            let ratio = session.as_secs_f64() / bash.as_secs_f64();
            let added = session.saturating_sub(bash) / STEPS;
            println!("{step}: {ratio:.2} times bash, {added:?} a step more\n");
        }
    }
    criterion.final_summary();
}

/// The mean time of a run; `None` where criterion was asked for other benches.
fn measure(criterion: &mut Criterion, name: &str, run: impl Fn() -> Duration) -> Option<Duration> {
    let (mut total, mut count) = (Duration::ZERO, 0);
    criterion.bench_function(name, |bencher| {
        bencher.iter_custom(|iterations| {
            let spent = (0..iterations).map(|_| run()).sum();
            total += spent;
            count += iterations as u32;
            spent
        });
    });
    (count > 0).then(|| total / count)
}

fn run_script(script: &Path) -> Duration {
    let start = Instant::now();
    let status = Command::new("bash").arg(script).stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(status.expect("bash starts").success());
    start.elapsed()
}

/// The steps alone: a session starts once, however many steps it gets.
fn run_steps(folder: &Path, step: &str) -> Duration {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let environment: Vec<(OsString, OsString)> = std::env::vars_os().collect();
        let settings = Settings {
            bash: PathBuf::from("/bin/bash"),
            environment,
            directory: folder.to_path_buf(),
            size: (120, 40),
            guard: PathBuf::from(env!("CARGO_BIN_EXE_labrun")),
            transport: Transport::Auto,
            view: None,
        };
        let mut session = Session::start(settings).await.expect("a session");
        let never = Stop::new();
        let start = Instant::now();
        for _ in 0..STEPS {
            let request = Request { source: step, limit: Duration::from_mins(1) };
            let ended = session.run(request, &never).await.expect("a step");
            assert_eq!(ended.how, How::Status(0));
        }
        let spent = start.elapsed();
        session.close().await.expect("an end");
        spent
    })
}
