//! The live shell, used directly: what persists between commands, how commands end, and that nothing is left.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use labrun::session::{Aborted, Ended, Error, How, Request, Rung, Session, Settings, Stop, Transport, Why};

/// What every test here starts from.
pub fn settings(directory: &Path, transport: Transport) -> Settings {
    let environment =
        [("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"), ("LANG", "C.UTF-8"), ("TERM", "xterm")];
    let mut environment: Vec<(OsString, OsString)> =
        environment.map(|(name, value)| (name.into(), value.into())).into();
    environment.push(("HOME".into(), directory.into()));
    Settings {
        bash: PathBuf::from("/bin/bash"),
        environment,
        directory: directory.to_path_buf(),
        size: (120, 40),
        guard: PathBuf::from(env!("CARGO_BIN_EXE_labrun")),
        transport,
        view: None,
    }
}

/// Runs what a test does with a session, on a runtime like that of the program.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// One command, with a generous limit.
pub async fn run(session: &mut Session, source: &str) -> Ended {
    run_within(session, source, Duration::from_secs(20)).await
}

/// One command.
pub async fn run_within(session: &mut Session, source: &str, limit: Duration) -> Ended {
    session.run(Request { source, limit }, &Stop::new()).await.unwrap()
}

/// Each test runs in a folder of its own, once for each transport.
fn with_session(test: &impl AsyncFn(Session, &Path)) {
    for transport in [Transport::Auto, Transport::Fifo] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap();
        block_on(async {
            let session = Session::start(settings(&path, transport)).await.unwrap();
            test(session, &path).await;
        });
    }
}

#[test]
fn state_stays_from_command_to_command() {
    with_session(&async |mut session, folder| {
        let ended = run(&mut session, "echo hello; echo oops >&2; mkdir sub; false").await;
        assert_eq!(ended.how, How::Status(1));
        assert_eq!(ended.stdout.text(), "hello\n");
        assert_eq!(ended.stderr.text(), "oops\n");
        assert!(!ended.leaks && ended.aborted.is_none());

        let ended = run(&mut session, "echo $? $_; greet() { echo hi $1; }; alias g=greet").await;
        assert_eq!(ended.stdout.text(), "1 false\n");
        assert_eq!(ended.how, How::Status(0));

        let ended = run(&mut session, "cd sub\nx=1; g you").await;
        assert_eq!(ended.stdout.text(), "hi you\n");
        assert_eq!(ended.directory, Some(folder.join("sub")));
        assert_eq!(
            run(&mut session, "echo $x $PWD").await.stdout.text(),
            format!("1 {}\n", folder.join("sub").display())
        );
        session.close().await.unwrap();
    });
}

#[test]
fn what_hangs_is_ended_and_the_shell_lives() {
    with_session(&async |mut session, _| {
        let ended =
            run_within(&mut session, "echo before; sleep 60; echo after", Duration::from_millis(300)).await;
        assert_eq!(ended.how, How::Status(130));
        assert_eq!(ended.aborted, Some(Aborted { why: Why::Limit, by: Rung::Interrupt }));
        assert_eq!(ended.stdout.text(), "before\n");
        assert_eq!(run(&mut session, "echo $?").await.stdout.text(), "130\n");

        let stop = Stop::new();
        let asker = stop.clone();
        let task = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(50)).await;
            asker.ask();
        });
        let request = Request { source: "trap '' INT; sleep 60", limit: Duration::from_secs(1) };
        let ended = session.run(request, &stop).await.unwrap();
        task.await.unwrap();
        assert_eq!(ended.aborted, Some(Aborted { why: Why::Asked, by: Rung::Terminate }));
        session.close().await.unwrap();
    });
}

#[test]
fn a_shell_that_ends_says_its_code_and_is_replaced() {
    with_session(&async |mut session, folder| {
        run(&mut session, "mkdir here; cd here; export GIVEN='a b'").await;
        session.environment().await.unwrap();
        let ended = run(&mut session, "echo bye; exit 3").await;
        assert_eq!(ended.how, How::ShellEnded(3));
        assert_eq!(ended.stdout.text(), "bye\n");
        assert_eq!(ended.directory, None);
        assert_eq!(run(&mut session, "echo more").await.how, How::ShellEnded(3));

        let mut session = session.restart().await.unwrap();
        let ended = run(&mut session, "echo $GIVEN $PWD $SHLVL").await;
        assert_eq!(ended.stdout.text(), format!("a b {} 1\n", folder.join("here").display()));
        assert!(ended.sequence > 4);
        session.close().await.unwrap();
    });
}

#[test]
fn who_asks_on_the_terminal_is_heard_and_ended() {
    with_session(&async |mut session, _| {
        let source = "exec 3<>/dev/tty; printf 'Your name: ' >&3; read -r name <&3; echo $name";
        let ended = run(&mut session, source).await;
        assert_eq!(ended.asked.as_deref(), Some("Your name:"));
        assert_eq!(ended.aborted, Some(Aborted { why: Why::Prompt, by: Rung::Interrupt }));
        assert_eq!(run(&mut session, "echo on").await.stdout.text(), "on\n");
        session.close().await.unwrap();
    });
}

#[test]
fn background_output_belongs_to_its_command() {
    with_session(&async |mut session, _| {
        let ended = run(&mut session, "(sleep 0.4; echo late) &").await;
        assert!(ended.leaks);
        assert_eq!(ended.stderr.text(), "", "the job notice is not part of it");
        assert_eq!(run(&mut session, "echo next").await.stdout.text(), "next\n");
        let mut late = String::new();
        loop {
            let leaks = session.take_leaks();
            let [leak] = leaks.as_slice() else { panic!("{leaks:?}") };
            assert_eq!(leak.sequence, ended.sequence);
            late += &leak.stdout.text();
            if !leak.open {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(late, "late\n");
        assert!(session.take_leaks().is_empty());
        session.close().await.unwrap();
    });
}

#[test]
fn variables_are_set_and_read_exactly() {
    with_session(&async |mut session, _| {
        let value = "two\nlines, 'quotes' \"and\" $more `of` \\them\u{7f}\u{1} é";
        session.assign("GIVEN", value).await.unwrap();
        let ended = run(&mut session, "export GIVEN; printf %s \"$GIVEN\"").await;
        assert_eq!(ended.stdout.text(), value);
        let environment = session.environment().await.unwrap();
        assert!(environment.contains(&("GIVEN".into(), value.into())), "{environment:?}");

        run(&mut session, "readonly FIXED=1").await;
        for name in ["FIXED", "not a name", ""] {
            assert!(matches!(session.assign(name, "2").await, Err(Error::Variable(_))), "{name}");
        }
        assert!(matches!(session.assign("A", "\0").await, Err(Error::Nul)));
        session.close().await.unwrap();
    });
}

#[test]
fn variables_are_told_exported_or_not_and_nothing_else_changes() {
    with_session(&async |mut session, _| {
        run(&mut session, "PLAIN='a b'; export SENT=$'c\nd'; LIST=(1 2); (exit 7)").await;
        let told = session.variables(&["PLAIN", "SENT", "LIST", "UNSET", "not a name"]).await.unwrap();
        let expected = [("PLAIN", "a b"), ("SENT", "c\nd")].map(|(name, value)| (name.into(), value.into()));
        assert_eq!(told, expected);
        assert_eq!(run(&mut session, "echo $?").await.stdout.text(), "7\n");
        session.close().await.unwrap();
    });
}

/// Children that try to outlive their shell, each of which writes its number into a file first.
const SURVIVORS: &str = r#"
keep() { echo $BASHPID > "$1.pid"; exec sleep 300; }
keep plain &
(trap '' HUP INT TERM; keep deaf) &
keep disowned & disown
nohup bash -c 'echo $$ > nohup.pid; exec sleep 300' >/dev/null 2>&1 &
setsid bash -c 'echo $$ > setsid.pid; exec sleep 300' &
(setsid bash -c '(trap "" HUP; echo $BASHPID > forked.pid; exec sleep 300) & exit' &)
until [ "$(cat *.pid 2>/dev/null | wc -l)" = 6 ]; do sleep 0.01; done
"#;

fn survivors(folder: &Path) -> Vec<u32> {
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "pid"));
    files.filter_map(|path| std::fs::read_to_string(path).ok()?.trim().parse().ok()).collect()
}

fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| !rest.trim().is_empty() && !rest.trim_start().starts_with('Z'))
}

/// Returns when it is so; fails when it is not in a long while.
fn until(what: &str, so: impl Fn() -> bool) {
    for _ in 0..1500 {
        if so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("never: {what}");
}

#[test]
fn nothing_outlives_a_closed_session() {
    with_session(&async |mut session, folder| {
        let ended = run(&mut session, SURVIVORS).await;
        assert_eq!((ended.how, ended.leaks), (How::Status(0), true), "{}", ended.stderr.text());
        let pids = survivors(folder);
        assert_eq!(pids.len(), 6);
        assert!(pids.iter().all(|&pid| is_alive(pid)));
        session.close().await.unwrap();
        assert!(!pids.into_iter().any(is_alive));
    });
}

#[test]
fn nothing_outlives_a_dropped_session() {
    with_session(&async |mut session, folder| {
        run(&mut session, SURVIVORS).await;
        drop(session);
        until("all are gone", || !survivors(folder).into_iter().any(is_alive));
    });
}

/// The true program, killed while a deck runs.
#[test]
fn nothing_outlives_a_killed_labrun() {
    let folder = tempfile::tempdir().unwrap();
    let deck = format!("# A slide\n\n.lab[\n\n```bash{SURVIVORS}echo $$ > shell.pid; sleep 300\n```\n\n]\n");
    std::fs::write(folder.path().join("deck.md"), deck).unwrap();
    let mut labrun = std::process::Command::new(env!("CARGO_BIN_EXE_labrun"))
        .args(["--stage", "host", "deck.md"])
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .env("XDG_STATE_HOME", folder.path())
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    until("the deck runs", || survivors(folder.path()).len() == 7);
    let pids = survivors(folder.path());
    assert!(pids.iter().all(|&pid| is_alive(pid)));
    labrun.kill().unwrap();
    labrun.wait().unwrap();
    until("all are gone", || !pids.iter().copied().any(is_alive));
}

#[test]
fn what_cannot_start_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let good = settings(folder.path(), Transport::Auto);
    let said = |settings: Settings| {
        let error = block_on(Session::start(settings)).unwrap_err();
        std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source())
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(": ")
    };
    let script = |name: &str, text: &str| {
        use std::os::unix::fs::PermissionsExt;
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    };

    let missing = said(Settings { bash: "/no/such/bash".into(), ..good.clone() });
    assert!(missing.contains("`/no/such/bash` did not start: No such file"), "{missing}");
    let other = said(Settings { bash: "/bin/false".into(), ..good.clone() });
    assert!(other.contains("it ended with 1"), "{other}");
    let talks =
        said(Settings { bash: script("talks", "#!/bin/sh\necho not me >&2; exit 3\n"), ..good.clone() });
    assert!(talks.contains("it ended with 3: not me"), "{talks}");

    let rc = script("rc", "BASH_VERSION='3.2.57(1)-release'");
    let old = script("old", &format!("#!/bin/sh\nexec bash --rcfile {} -i\n", rc.display()));
    let old = said(Settings { bash: old, ..good.clone() });
    assert!(old.contains("is bash 3.2.57(1)-release; labrun needs 4.4 or newer"), "{old}");

    let guard = said(Settings { guard: "/no/such/labrun".into(), ..good.clone() });
    assert!(guard.contains("the guard `/no/such/labrun` could not be started"), "{guard}");
    let directory = said(Settings { directory: "/no/such/folder".into(), ..good });
    assert!(directory.contains("in `/no/such/folder`: No such file"), "{directory}");
}

/// Inside a user namespace `/proc/PID/fd` of a process outside cannot be opened.
#[test]
fn reports_come_by_fifo_where_proc_is_closed() {
    use std::os::unix::fs::PermissionsExt;
    let unshare = std::process::Command::new("unshare").args(["--user", "--map-root-user", "true"]).status();
    if !unshare.is_ok_and(|status| status.success()) {
        eprintln!("this machine makes no user namespaces");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let bash = folder.path().join("bash");
    std::fs::write(&bash, "#!/bin/sh\nexec unshare --user --map-root-user /bin/bash \"$@\"\n").unwrap();
    std::fs::set_permissions(&bash, std::fs::Permissions::from_mode(0o755)).unwrap();
    block_on(async {
        let settings = Settings { bash, ..settings(folder.path(), Transport::Auto) };
        let mut session = Session::start(settings).await.unwrap();
        let ended = run(&mut session, "echo out; echo err >&2; (exit 4)").await;
        assert_eq!(
            (ended.how, ended.stdout.text(), ended.stderr.text()),
            (How::Status(4), "out\n".into(), "err\n".into())
        );
        let folders = fifo_folders();
        assert_eq!(folders.len(), 1, "reports come by FIFO: {folders:?}");
        session.close().await.unwrap();
        assert!(!folders[0].exists());
    });
}

/// The folders of the FIFOs that this process has open.
fn fifo_folders() -> Vec<PathBuf> {
    let own = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
    let targets = own.filter_map(|fd| std::fs::read_link(fd.path()).ok());
    let mut folders: Vec<PathBuf> = targets
        .filter(|target| target.ends_with("report"))
        .filter_map(|target| Some(target.parent()?.into()))
        .collect();
    folders.dedup();
    folders
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(12))]

    /// Whatever a variable holds, bash gets it as it is, and tells it as it is, in any locale.
    #[test]
    fn values_go_to_bash_and_back(
        values in proptest::collection::vec("[^\0]{0,40}|[ -~\n\t]{0,80}|[\x01-\x1f\x7f'\"\\\\$`!]{0,20}", 40),
        locale in proptest::sample::select(vec!["C", "C.UTF-8"]),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = settings(folder.path(), Transport::Auto);
        settings.environment.push(("LC_ALL".into(), locale.into()));
        block_on(async {
            let mut session = Session::start(settings).await.unwrap();
            let names: Vec<String> = (0..values.len()).map(|at| format!("value_{at}")).collect();
            for (name, value) in names.iter().zip(&values) {
                session.assign(name, value).await.unwrap();
            }
            let printed = run(&mut session, "for at in {0..39}; do v=value_$at; printf '%s\\0' \"${!v}\"; done").await;
            let printed = printed.stdout.text();
            assert_eq!(printed.split_terminator('\0').collect::<Vec<_>>(), values);

            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let told = session.variables(&names).await.unwrap();
            let told: Vec<&str> = told.iter().map(|(_, value)| value.to_str().unwrap()).collect();
            assert_eq!(told, values);

            run(&mut session, "export ${!value_*}").await;
            let exported = session.environment().await.unwrap();
            for (name, value) in names.iter().zip(&values) {
                assert!(exported.contains(&(name.into(), value.into())), "{name} is not {value:?}");
            }
            session.close().await.unwrap();
        });
    }
}

#[test]
fn a_closed_session_hangs_up_as_a_terminal_does() {
    with_session(&async |mut session, folder| {
        run(&mut session, "trap 'echo bye > farewell' EXIT").await;
        session.close().await.unwrap();
        assert_eq!(std::fs::read_to_string(folder.join("farewell")).unwrap(), "bye\n");
    });
}

#[test]
fn the_activity_is_that_of_the_running_command() {
    with_session(&async |mut session, _| {
        let activity = session.activity();
        run(&mut session, "yes | head -c 100000; (while sleep 0.01; do echo background; done) &").await;
        assert!(activity.bytes() >= 100_000);
        run(&mut session, "sleep 0.2").await;
        assert_eq!(activity.bytes(), 0, "what runs in the background does not count");
        assert!(activity.quiet() >= Duration::from_millis(200));
        session.close().await.unwrap();
    });
}

#[test]
fn an_abandoned_command_is_noticed() {
    with_session(&async |mut session, _| {
        let request = Request { source: "sleep 60", limit: Duration::from_mins(1) };
        let stop = Stop::new();
        let run = session.run(request, &stop);
        assert!(tokio::time::timeout(Duration::from_millis(50), run).await.is_err());
        let error = session.run(request, &stop).await.unwrap_err();
        assert!(matches!(error, Error::Abandoned), "{error}");
        session.close().await.unwrap();
    });
}

#[test]
fn what_cannot_be_typed_is_refused() {
    with_session(&async |mut session, _| {
        let request = Request { source: "echo a\0b", limit: Duration::from_secs(1) };
        assert!(matches!(session.run(request, &Stop::new()).await, Err(Error::Nul)));
        assert_eq!(run(&mut session, "echo on").await.stdout.text(), "on\n");
        session.close().await.unwrap();
    });
}
