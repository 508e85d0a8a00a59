//! Commands at the session's terminal, with the programs that learners meet there. A program that this machine lacks is
//! said aloud and left out.

use std::path::Path;
use std::time::{Duration, Instant};

use labrun::keys::Key;
use labrun::session::{
    Aborted, Awaited, Ended, Error, Handed, How, Keyboard, Rung, Session, Sight, Stop, Transport, Why,
};
use tokio::join;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::sleep;

use crate::session::{block_on, run, settings};

/// What nothing here should take; the machine may be busy.
const LONG: Duration = Duration::from_mins(2);

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

/// Whether the program is there.
fn has(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let there = std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    if !there {
        eprintln!("LEFT OUT: this machine has no `{program}`");
    }
    there
}

/// Waits for a text that must come, as output.
async fn sees(session: &mut Session, text: &str) {
    match session.await_text(text, LONG, &Stop::new()).await.unwrap() {
        Awaited::Came(Sight::Output) => {}
        other => panic!("`{text}`: {other:#?}\n{}", session.screen()),
    }
}

/// Waits until something is so that must become so.
async fn becomes(session: &mut Session, so: impl Fn(&Session) -> bool) {
    let start = Instant::now();
    while !so(session) {
        assert!(start.elapsed() < LONG, "{}", session.screen());
        let pause = Duration::from_millis(20);
        let _ = session.await_quiet(Duration::MAX, pause, &Stop::new()).await.unwrap();
    }
}

/// Waits for a prompt that must come; answers its row.
async fn asks(session: &mut Session, prompt: &str) -> String {
    let prompt = regex::Regex::new(prompt).unwrap();
    match session.await_row(|row| prompt.is_match(row), LONG, &Stop::new()).await.unwrap() {
        Awaited::Came(row) => row,
        other => panic!("`{prompt}`: {other:#?}\n{}", session.screen()),
    }
}

fn press(session: &mut Session, keys: &str) {
    for key in keys.split(' ') {
        session.press(Key::parse(key).unwrap()).unwrap();
    }
}

async fn finish(session: &mut Session) -> Ended {
    session.finish(LONG, &Stop::new()).await.unwrap()
}

/// Types a command at the terminal and takes its end.
async fn at_terminal(session: &mut Session, source: &str) -> Ended {
    session.type_at_terminal(source).unwrap();
    finish(session).await
}

#[test]
fn one_shell_serves_the_terminal_and_the_pipes() {
    with_session(&async |mut session, folder| {
        run(&mut session, "mkdir sub; cd sub; x=1; greet() { echo hi $1; }; (exit 3)").await;
        let ended =
            at_terminal(&mut session, "echo $? $x; greet you; tty -s && echo terminal; y=2; cd ..; (exit 4)")
                .await;
        assert_eq!(ended.how, How::Status(4));
        assert_eq!(ended.stdout.text(), "3 1\nhi you\nterminal\n");
        assert_eq!(ended.stderr.text(), "");
        assert_eq!(ended.directory.as_deref(), Some(folder));
        assert!(!session.is_at_terminal());
        let ended = run(&mut session, "echo $? $y $PWD").await;
        assert_eq!(ended.stdout.text(), format!("4 2 {}\n", folder.display()));

        run(&mut session, "sleep 300 &").await;
        let ended = at_terminal(&mut session, "jobs; kill %1; wait %1 2>/dev/null").await;
        assert!(ended.stdout.text().contains("sleep 300"), "{ended:?}");
        assert_eq!(ended.how, How::Status(143));
        session.close().await.unwrap();
    });
}

/// What the three variables of pagers are, that the test's environment begins with or lacks.
const PAGERS: &str = "echo ${PAGER-no} ${GIT_PAGER-no} ${MANPAGER-no}";

#[test]
fn pagers_follow_the_lane_until_a_deck_names_them() {
    for transport in [Transport::Auto, Transport::Fifo] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap();
        std::fs::write(path.join("asks"), PAGERS).unwrap();
        std::fs::write(path.join("rc"), "MANPAGER=most").unwrap();
        let mut given = settings(&path, transport);
        given.environment.extend([("PAGER", "it's"), ("MANPAGER", "")].map(|(n, v)| (n.into(), v.into())));
        block_on(async {
            let mut session = Session::start(given.clone()).await.unwrap();
            // Whatever a deck does to its shell.
            run(&mut session, "set -eu; trap 'echo caught' ERR; trap 'true' DEBUG").await;
            let ours = Some(("PAGER".into(), "it's".into()));
            for _ in 0..2 {
                assert_eq!(run(&mut session, ". asks").await.stdout.text(), "cat cat cat\n");
                let exported = session.environment().await.unwrap();
                assert_eq!(exported.iter().find(|(name, _)| name == "PAGER").cloned(), ours);
                assert!(exported.iter().all(|(name, _)| name != "GIT_PAGER"), "{exported:?}");
                assert_eq!(at_terminal(&mut session, ". ./asks").await.stdout.text(), "it's no\n");
            }
            run(&mut session, ". rc").await;
            assert_eq!(at_terminal(&mut session, ". ./asks").await.stdout.text(), "it's no most\n");
            assert_eq!(run(&mut session, ". asks").await.stdout.text(), "cat cat most\n");
            let ended = run(&mut session, "unset PAGER; readonly GIT_PAGER=cat; . asks").await;
            assert_eq!(ended.stdout.text(), "no cat most\n");
            assert_eq!(at_terminal(&mut session, ". ./asks").await.stdout.text(), "no cat most\n");
            session.environment().await.unwrap();
            let mut sibling = session.sibling().await.unwrap();
            assert_eq!(run(&mut sibling, ". asks").await.stdout.text(), "no no most\n");
            sibling.close().await.unwrap();
            session.close().await.unwrap();
        });
    }
}

#[test]
fn the_screen_is_what_a_learner_sees() {
    with_session(&async |mut session, _| {
        run(&mut session, "echo not on the terminal").await;
        let ended = at_terminal(&mut session, "echo one; echo two >&2").await;
        assert_eq!(ended.stdout.text(), "one\ntwo\n");
        assert_eq!(session.screen(), "$ echo one; echo two >&2\none\ntwo");
        at_terminal(&mut session, "cat <<EOF\nhere\nEOF").await;
        assert_eq!(session.screen(), "$ cat <<EOF\n> here\n> EOF\nhere");
        session.close().await.unwrap();
    });
}

#[test]
fn a_text_is_awaited_and_only_what_is_new_counts() {
    with_session(&async |mut session, _| {
        at_terminal(&mut session, "echo ready").await;
        session.type_at_terminal("read -p 'Name: ' name; echo hello $name; sleep 300").unwrap();
        sees(&mut session, "Name: ").await;
        session.type_text("learner\n").unwrap();
        sees(&mut session, "hello learner").await;
        let limit = Duration::from_millis(100);
        match session.await_text("ready", limit, &Stop::new()).await.unwrap() {
            Awaited::TimedOut { screen } => assert!(screen.ends_with("hello learner"), "{screen}"),
            other => panic!("{other:?}"),
        }
        press(&mut session, "^C");
        assert_eq!(finish(&mut session).await.how, How::Status(130));
        assert_eq!(run(&mut session, "echo $name").await.stdout.text(), "learner\n");
        session.close().await.unwrap();
    });
}

#[test]
fn a_text_that_only_the_command_shows_is_told_apart() {
    with_session(&async |mut session, _| {
        session.type_at_terminal("true curl").unwrap();
        let awaited = session.await_text("curl", LONG, &Stop::new()).await.unwrap();
        assert!(matches!(awaited, Awaited::Came(Sight::Echo)), "{awaited:?}");
        assert_eq!(finish(&mut session).await.how, How::Status(0));

        session.type_at_terminal("sleep 0.3; echo 'a'b; read line # ab 300").unwrap();
        sees(&mut session, "ab\n").await;
        let awaited = session.await_text("300", LONG, &Stop::new()).await.unwrap();
        assert!(matches!(awaited, Awaited::Came(Sight::Echo)), "{awaited:?}");
        press(&mut session, "C-c");
        finish(&mut session).await;
        session.close().await.unwrap();
    });
}

#[test]
fn a_text_that_comes_after_a_long_silence_is_output() {
    with_session(&async |mut session, _| {
        session.type_at_terminal("sleep 1.5 && echo finished; cat").unwrap();
        sees(&mut session, "finished").await;
        press(&mut session, "^D");
        finish(&mut session).await;

        session.type_at_terminal("sleep 300").unwrap();
        let limit = Duration::from_millis(1200);
        let awaited = session.await_text("300", limit, &Stop::new()).await.unwrap();
        assert!(matches!(awaited, Awaited::TimedOut { .. }), "{awaited:?}");
        assert!(session.only_echoes("300") && !session.only_echoes("400"));
        press(&mut session, "^C");
        finish(&mut session).await;
        session.close().await.unwrap();
    });
}

#[test]
fn a_command_that_ends_without_the_text_says_so_at_once() {
    with_session(&async |mut session, _| {
        session.type_at_terminal("echo something else; exit 3").unwrap();
        let awaited = session.await_text("never", LONG, &Stop::new()).await.unwrap();
        let Awaited::Ended(ended) = awaited else { panic!("{awaited:?}") };
        assert_eq!(ended.how, How::ShellEnded(3));
        assert!(ended.stdout.text().starts_with("something else\n"), "{ended:?}");
        assert!(matches!(session.finish(LONG, &Stop::new()).await, Err(Error::Idle)));
        assert!(matches!(session.press(Key::parse("Enter").unwrap()), Err(Error::Idle)));
        assert_eq!(at_terminal(&mut session, "echo more").await.how, How::ShellEnded(3));
        session.close().await.unwrap();
    });
}

#[test]
fn one_command_at_a_time() {
    with_session(&async |mut session, _| {
        session.type_at_terminal("sleep 300").unwrap();
        assert!(matches!(session.type_at_terminal("true"), Err(Error::Occupied)));
        assert!(matches!(session.environment().await, Err(Error::Occupied)));
        let stop = Stop::new();
        stop.ask();
        let ended = session.finish(LONG, &stop).await.unwrap();
        // Which rung it takes depends on how far the command had come.
        assert_eq!(ended.aborted.map(|aborted| aborted.why), Some(Why::Asked));
        assert!(matches!(session.type_at_terminal("a\0b"), Err(Error::Nul)));
        assert_eq!(run(&mut session, "echo on").await.stdout.text(), "on\n");
        session.close().await.unwrap();
    });
}

#[test]
fn who_asks_and_gets_no_answer_is_ended_at_the_limit() {
    with_session(&async |mut session, _| {
        session.type_at_terminal("read -s -p 'Password: ' secret").unwrap();
        sees(&mut session, "Password:").await;
        let ended = session.finish(Duration::from_millis(300), &Stop::new()).await.unwrap();
        assert_eq!(ended.asked.as_deref(), Some("Password:"));
        assert_eq!(ended.aborted, Some(Aborted { why: Why::Limit, by: Rung::Interrupt }));
        assert_eq!(run(&mut session, "echo on").await.stdout.text(), "on\n");
        session.close().await.unwrap();
    });
}

#[test]
fn a_server_in_the_foreground_is_stopped_as_learners_do() {
    with_session(&async |mut session, _| {
        let source = "trap_and_serve() { trap 'echo bye; exit 0' INT; echo listening; while :; do sleep 0.05; done; }; \
                      (trap_and_serve)";
        session.type_at_terminal(source).unwrap();
        sees(&mut session, "listening\n").await;
        press(&mut session, "^C");
        sees(&mut session, "bye\n").await;
        finish(&mut session).await;
        assert_eq!(run(&mut session, "echo on").await.stdout.text(), "on\n");
        session.close().await.unwrap();
    });
}

#[test]
fn a_stopped_job_comes_back_to_the_foreground() {
    with_session(&async |mut session, _| {
        session.type_at_terminal("bash -c 'echo first; read line; echo got $line'").unwrap();
        sees(&mut session, "first").await;
        press(&mut session, "^Z");
        assert_eq!(finish(&mut session).await.how, How::Status(148));
        assert!(run(&mut session, "jobs").await.stdout.text().contains("Stopped"));
        session.type_at_terminal("fg").unwrap();
        session.type_text("back\n").unwrap();
        sees(&mut session, "got back").await;
        assert_eq!(finish(&mut session).await.how, How::Status(0));
        session.close().await.unwrap();
    });
}

#[test]
fn inner_shells_are_typed_into_two_levels_deep() {
    with_session(&async |mut session, _| {
        session.type_at_terminal("PS1='outer> ' bash --norc --noprofile").unwrap();
        sees(&mut session, "outer> ").await;
        session.mark_terminal();
        session.type_text("echo depth $SHLVL\n").unwrap();
        sees(&mut session, "depth 2").await;
        session.mark_terminal();
        session.type_text("PS1='inner> ' bash --norc --noprofile\n").unwrap();
        sees(&mut session, "\ninner> ").await;
        session.mark_terminal();
        session.type_text("echo $((6 * 7)) echoed\n").unwrap();
        // The end of input is none before the shell asks for some.
        sees(&mut session, "42 echoed\ninner> ").await;
        assert!(!session.text_since_start().text().contains("depth"), "{}", session.screen());
        session.mark_terminal();
        press(&mut session, "^D");
        sees(&mut session, "outer> ").await;
        session.type_text("exit 9\n").unwrap();
        assert_eq!(finish(&mut session).await.how, How::Status(9));
        session.close().await.unwrap();
    });
}

#[test]
fn a_prompt_is_found_however_it_is_drawn() {
    with_session(&async |mut session, _| {
        session.type_at_terminal(r"printf '\e[1G\e[0J> \e[3G'; read line").unwrap();
        assert_eq!(asks(&mut session, "^> $").await, "> ");
        session.mark_terminal();
        let soon = Duration::from_millis(100);
        let awaited = session.await_row(|row| row.ends_with("> "), soon, &Stop::new()).await.unwrap();
        assert!(matches!(awaited, Awaited::TimedOut { .. }), "not the one from before: {awaited:?}");
        session.type_text("typed\n").unwrap();
        finish(&mut session).await;

        session.type_at_terminal("PS1='in> ' bash --norc --noprofile").unwrap();
        asks(&mut session, "^in> $").await;
        session.mark_terminal();
        session.type_text("printf 'without an 'end\n").unwrap();
        assert_eq!(asks(&mut session, "endin> $").await, "without an endin> ");
        session.mark_terminal();
        session.type_text("printf %0130d; echo\n").unwrap();
        asks(&mut session, "^in> $").await;
        session.type_text("exit\n").unwrap();
        finish(&mut session).await;
        session.close().await.unwrap();
    });
}

#[test]
fn what_a_program_does_with_the_terminal_is_seen() {
    with_session(&async |mut session, _| {
        session.type_at_terminal("sleep 300").unwrap();
        assert!(!session.hides_input() && !session.is_full_screen());
        let quiet = Duration::from_millis(300);
        let _ = session.await_quiet(quiet, LONG, &Stop::new()).await.unwrap();
        assert!(!session.reads_terminal());
        press(&mut session, "^C");
        finish(&mut session).await;

        session.type_at_terminal("read -s -p 'Password: ' secret").unwrap();
        becomes(&mut session, |session| session.hides_input() && session.reads_terminal()).await;
        becomes(&mut session, |session| session.cursor_row() == "Password: ").await;
        session.type_text("secret\n").unwrap();
        finish(&mut session).await;

        session.type_at_terminal("tput smcup; cat; tput rmcup; bash --norc --noprofile").unwrap();
        becomes(&mut session, |session| session.is_full_screen() && session.reads_terminal()).await;
        assert!(!session.hides_input());
        press(&mut session, "^D");
        becomes(&mut session, |session| !session.is_full_screen() && session.reads_terminal()).await;
        asks(&mut session, "[$#] $").await;
        becomes(&mut session, |session| session.reads_terminal() && !session.hides_input()).await;
        press(&mut session, "^D");
        finish(&mut session).await;
        session.close().await.unwrap();
    });
}

#[test]
fn vi_edits_and_saves() {
    for editor in ["vi", "vim"].into_iter().filter(|editor| has(editor)) {
        with_session(&async |mut session, folder| {
            session.type_at_terminal(&format!("{editor} file.txt")).unwrap();
            sees(&mut session, "file.txt").await;
            session.type_text("ihello\nwörld \u{1f600}").unwrap();
            sees(&mut session, "wörld").await;
            press(&mut session, "Escape");
            session.type_text(":wq\n").unwrap();
            assert_eq!(finish(&mut session).await.how, How::Status(0));
            let text = std::fs::read_to_string(folder.join("file.txt")).unwrap();
            assert_eq!(text, "hello\nwörld \u{1f600}\n");
            assert_eq!(
                run(&mut session, "stty -a </dev/tty | grep -o ' icanon'").await.stdout.text(),
                " icanon\n"
            );
            session.close().await.unwrap();
        });
    }
}

#[test]
fn an_editor_that_nobody_leaves_is_ended_and_the_terminal_is_sane() {
    if has("vi") {
        with_session(&async |mut session, _| {
            session.type_at_terminal("vi file.txt").unwrap();
            sees(&mut session, "file.txt").await;
            let ended = session.finish(Duration::from_millis(500), &Stop::new()).await.unwrap();
            assert_eq!(ended.aborted.map(|aborted| aborted.why), Some(Why::Limit));
            session.type_at_terminal("read -p 'Line: ' line").unwrap();
            sees(&mut session, "Line: ").await;
            session.type_text("typed\n").unwrap();
            assert_eq!(finish(&mut session).await.how, How::Status(0));
            assert_eq!(run(&mut session, "echo $line").await.stdout.text(), "typed\n");
            session.close().await.unwrap();
        });
    }
}

#[test]
fn a_pager_turns_its_pages() {
    if has("less") {
        with_session(&async |mut session, _| {
            session.type_at_terminal("seq 1 500 | less").unwrap();
            sees(&mut session, "39").await;
            assert!(!session.screen().contains("77"));
            press(&mut session, "Space");
            sees(&mut session, "77").await;
            press(&mut session, "G");
            sees(&mut session, "500").await;
            press(&mut session, "q");
            assert_eq!(finish(&mut session).await.how, How::Status(0));
            session.close().await.unwrap();
        });
    }
}

#[test]
fn viewers_are_watched_until_they_are_left() {
    with_session(&async |mut session, _| {
        for (viewer, text, key) in [("top", "PID", "q"), ("watch -n 0.1 echo turn", "Every", "^C")] {
            if has(viewer.split(' ').next().unwrap()) {
                session.type_at_terminal(viewer).unwrap();
                sees(&mut session, text).await;
                let quiet = Duration::from_millis(200);
                let awaited = session.await_quiet(quiet, LONG, &Stop::new()).await.unwrap();
                assert!(matches!(awaited, Awaited::Came(())), "{awaited:?}");
                press(&mut session, key);
                finish(&mut session).await;
            }
        }
        session.close().await.unwrap();
    });
}

#[test]
fn a_full_screen_program_is_told_of_another_size() {
    with_session(&async |mut session, _| {
        let source = r#"bash -c 'trap "tput clear; stty size" WINCH; tput smcup; stty size; while read -t 0.05; [ $? != 0 ]; do :; done; tput rmcup'"#;
        session.type_at_terminal(source).unwrap();
        sees(&mut session, "40 120").await;
        session.resize(100, 30).unwrap();
        sees(&mut session, "30 100").await;
        assert_eq!(session.screen(), "30 100");
        press(&mut session, "Enter");
        assert_eq!(finish(&mut session).await.how, How::Status(0));
        assert!(
            session.screen().starts_with("$ bash -c"),
            "the screen under it came back: {}",
            session.screen()
        );
        assert_eq!(at_terminal(&mut session, "stty size").await.stdout.text(), "30 100\n");
        session.close().await.unwrap();
    });
}

#[test]
fn much_output_scrolls_by_and_still_counts() {
    with_session(&async |mut session, _| {
        let source = r"echo fir''st; for ((i = 0; i < 100000; i++)); do printf '\e[3%dmline %d\e[0m\n' $((i % 8)) $i; done";
        session.type_at_terminal(source).unwrap();
        sees(&mut session, "first\n").await;
        sees(&mut session, "line 99999").await;
        let ended = finish(&mut session).await;
        let text = ended.stdout.text();
        assert!(text.starts_with("first\nline 0\nline 1\n"), "{}", &text[..100]);
        assert!(text.ends_with("line 99998\nline 99999\n"));
        assert!(!text.contains('\x1b'));
        session.close().await.unwrap();
    });
}

#[test]
fn output_that_never_ceases_keeps_no_limit_and_no_stop_waiting() {
    with_session(&async |mut session, _| {
        session.type_at_terminal("yes").unwrap();
        let limit = Duration::from_millis(300);
        let awaited = session.await_text("never", limit, &Stop::new()).await.unwrap();
        assert!(matches!(awaited, Awaited::TimedOut { .. }), "{awaited:?}");
        let ended = session.finish(limit, &Stop::new()).await.unwrap();
        assert_eq!(ended.aborted.map(|aborted| aborted.why), Some(Why::Limit));

        session.type_at_terminal("yes").unwrap();
        let stop = Stop::new();
        let asking = async {
            sleep(limit).await;
            stop.ask();
        };
        let (awaited, ()) = join!(session.await_text("never", LONG, &stop), asking);
        let Awaited::Ended(ended) = awaited.unwrap() else { panic!("{}", session.screen()) };
        assert_eq!(ended.aborted.map(|aborted| aborted.why), Some(Why::Asked));
        session.close().await.unwrap();
    });
}

#[test]
fn ten_megabytes_are_drained() {
    with_session(&async |mut session, _| {
        let source = "head -c 10000000 /dev/zero | tr '\\0' x; echo; echo do''ne";
        session.type_at_terminal(source).unwrap();
        sees(&mut session, "done\n").await;
        let ended = finish(&mut session).await;
        assert_eq!(ended.stdout.len(), 10_000_000 + "\ndone\n".len() as u64);
        assert!(ended.stdout.dropped > 0);
        session.close().await.unwrap();
    });
}

#[test]
fn a_wide_character_at_the_right_edge_is_whole_and_awaited() {
    with_session(&async |mut session, _| {
        for before in 116..=121 {
            let source = format!("printf '%0{before}d\u{1f600}%s\\n' 0 end | tr 0 x");
            session.type_at_terminal(&source).unwrap();
            sees(&mut session, "xx\u{1f600}end").await;
            let text = finish(&mut session).await.stdout.text();
            // As in tmux, a row with one empty column is not joined to the next.
            let gap = if before == 119 { "\n" } else { "" };
            assert_eq!(text, format!("{}{gap}\u{1f600}end\n", "x".repeat(before)), "{before}");
        }
        session.close().await.unwrap();
    });
}

#[test]
fn a_long_text_is_typed_whole() {
    with_session(&async |mut session, folder| {
        session.type_at_terminal("cat > typed.txt").unwrap();
        let text: String = (0..20_000).flat_map(|number| [number.to_string(), "\n".to_owned()]).collect();
        session.type_text(&text).unwrap();
        let awaited = session.await_quiet(Duration::from_secs(1), LONG, &Stop::new()).await.unwrap();
        assert!(matches!(awaited, Awaited::Came(())), "{awaited:?}");
        press(&mut session, "^D");
        assert_eq!(finish(&mut session).await.how, How::Status(0));
        assert_eq!(std::fs::read_to_string(folder.join("typed.txt")).unwrap(), text);
        session.close().await.unwrap();
    });
}

/// A person at a session that is theirs: what they see, and what they type.
struct Person {
    seen: UnboundedReceiver<Vec<u8>>,
    keyboard: Keyboard,
    screen: Vec<u8>,
}

impl Person {
    fn at(session: &Session) -> Self {
        Self { seen: session.tap(), keyboard: session.keyboard(), screen: Vec::new() }
    }

    /// Waits for this to be shown; what was shown before it is forgotten.
    async fn sees(&mut self, text: &str) {
        loop {
            let found = self.screen.windows(text.len()).position(|window| window == text.as_bytes());
            if let Some(at) = found {
                self.screen.drain(..at + text.len());
                return;
            }
            let seen = tokio::time::timeout(LONG, self.seen.recv()).await.ok().flatten();
            let so_far = String::from_utf8_lossy(&self.screen).into_owned();
            self.screen.extend(seen.unwrap_or_else(|| panic!("`{text}` never came after {so_far:?}")));
        }
    }

    /// Waits for the prompt, and types a line there.
    async fn enters(&mut self, line: &str) {
        self.sees("$ ").await;
        self.keyboard.type_bytes(format!("{line}\r").as_bytes());
    }
}

/// Hands a session over to somebody who does this.
async fn handed(session: &mut Session, does: impl AsyncFnOnce(&mut Person)) -> Handed {
    let mut person = Person::at(session);
    let stop = Stop::new();
    let (handed, ()) = tokio::join!(session.hand_over(&stop), does(&mut person));
    handed.unwrap()
}

#[test]
fn a_session_is_handed_to_a_person_and_back_with_all_its_state() {
    with_session(&async |mut session, folder| {
        run(&mut session, "mkdir sub; x=1; greet() { echo hi $1; }; alias hello=greet; sleep 300 &").await;
        run(&mut session, "(exit 7)").await;
        let left = handed(&mut session, async |person| {
            person.enters("echo $? $x; hello you; jobs").await;
            for text in ["7 1", "hi you", "sleep 300"] {
                person.sees(text).await;
            }
            person.enters("x=2; kill %1; cd sub; set -e; (exit 4) || (exit 5) || true").await;
            person.enters("for i in 1 2; do").await;
            person.sees("> ").await;
            person.keyboard.type_bytes(b"echo turn $i\r");
            person.sees("> ").await;
            person.keyboard.type_bytes(b"done; set +e; (exit 9)\r");
            person.sees("turn 2").await;
            person.enters("exit").await;
        })
        .await;
        assert_eq!(left, Handed::Back);
        let ended = run(&mut session, "echo $? $x $PWD ${__labrun_line-unset}").await;
        assert_eq!(ended.stdout.text(), format!("9 2 {} unset\n", folder.join("sub").display()));
        session.close().await.unwrap();
    });
}

#[test]
fn a_person_edits_lines_interrupts_and_looks_back() {
    with_session(&async |mut session, _| {
        let left = handed(&mut session, async |person| {
            person.enters("echo fir''st line").await;
            person.sees("first line").await;
            person.sees("$ ").await;
            person.keyboard.type_bytes(b"rm -rf things\x03");
            // No fork, which a `^C` could meet.
            person.enters("echo going on; while :; do :; done").await;
            person.sees("\rgoing on").await;
            person.keyboard.type_bytes(b"\x03");
            person.enters("echo status $?").await;
            person.sees("status 130").await;
            person.enters("fi").await;
            person.sees("syntax error").await;
            person.enters("cat <<E\rthe$((6 * 7))\rE").await;
            person.sees("the42").await;
            person.sees("$ ").await;
            // Up to the fifth line before: those of the here-document are one each.
            person.keyboard.type_bytes(b"\x1b[A\x1b[A\x1b[A\x1b[A\x1b[A\x1b[A\x1b[A, edited\r");
            person.sees("first line, edited").await;
            person.sees("$ ").await;
            person.keyboard.type_bytes(b"\x04");
        })
        .await;
        assert_eq!(left, Handed::Back);
        assert_eq!(run(&mut session, "echo on").await.stdout.text(), "on\n");
        session.close().await.unwrap();
    });
}

#[test]
fn a_persons_window_is_the_terminals_size_as_long_as_they_are_there() {
    with_session(&async |mut session, _| {
        handed(&mut session, async |person| {
            person.keyboard.resize(66, 22).unwrap();
            person.enters("stty size").await;
            person.sees("22 66").await;
            person.enters("exit").await;
        })
        .await;
        assert_eq!(at_terminal(&mut session, "stty size").await.stdout.text(), "40 120\n");
        session.close().await.unwrap();
    });
}

#[test]
fn a_person_who_ends_the_shell_or_is_stopped_leaves_nothing_hanging() {
    with_session(&async |mut session, _| {
        let left = handed(&mut session, async |person| person.enters("true; exit 3").await).await;
        assert_eq!(left, Handed::ShellEnded(3));
        assert!(session.is_gone());
        let mut session = session.restart().await.unwrap();
        let stop = Stop::new();
        let mut person = Person::at(&session);
        let stopped = async {
            person.enters("trap '' INT; echo going on; sleep 300").await;
            person.sees("\rgoing on").await;
            stop.ask();
        };
        let (left, ()) = tokio::join!(session.hand_over(&stop), stopped);
        assert_eq!(left.unwrap(), Handed::Stopped);
        session.close().await.unwrap();
    });
}

#[test]
fn labrun_stopped_at_a_question_comes_back_with_it() {
    with_session(&async |mut session, path| {
        let deck = "# A slide\n\n.lab[\n\n```bash\necho on t''he way\n```\n\n]\n";
        std::fs::write(path.join("deck.md"), deck).unwrap();
        let labrun = env!("CARGO_BIN_EXE_labrun");
        let run = format!("'{labrun}' run deck.md --step --journals journals --color never");
        session.type_at_terminal(&run).unwrap();
        sees(&mut session, "enter run").await;
        press(&mut session, "^Z");
        assert_eq!(finish(&mut session).await.how, How::Status(148));
        session.type_at_terminal("stty -a | grep -o ' -*icanon'; fg").unwrap();
        sees(&mut session, " icanon").await;
        sees(&mut session, "enter run").await;
        press(&mut session, "r");
        sees(&mut session, "on the way").await;
        sees(&mut session, "end of the deck").await;
        press(&mut session, "Enter");
        assert_eq!(finish(&mut session).await.how, How::Status(0));
        session.close().await.unwrap();
    });
}
