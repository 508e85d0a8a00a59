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
        let ended = run(&mut session, "echo $GIVEN $PWD").await;
        assert_eq!(ended.stdout.text(), format!("a b {}\n", folder.join("here").display()));
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
