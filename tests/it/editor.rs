//! The stand-in `vi` at a session's terminal, beside the real one where this machine has it.

use std::time::Duration;

use labrun::session::{Awaited, Ended, How, Request, Session, Stop};

use crate::support::have;
use crate::support::lab::Lab;

/// What nothing here should take; the machine may be busy.
const LONG: Duration = Duration::from_mins(2);

fn block_on(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
}

async fn sees(session: &mut Session, text: &str) {
    match session.await_text(text, LONG, &Stop::new()).await.unwrap() {
        Awaited::Came(_) => {}
        other => panic!("`{text}`: {other:#?}\n{}", session.screen()),
    }
}

async fn run(session: &mut Session, source: &str) -> Ended {
    session.run(Request { source, limit: LONG }, &Stop::new()).await.unwrap()
}

/// Opens a file in a text editor and presses keys, `^[` for Escape; answers what the file holds then.
async fn edit(session: &mut Session, before: &str, keys: &str) -> String {
    // The real one remembers where it was in a file.
    run(session, &format!("rm -f ~/.viminfo; printf '{before}' > file")).await;
    session.type_at_terminal("vi file").unwrap();
    sees(session, "\"file\" ").await;
    session.type_text(&keys.replace("^[", "\x1b")).unwrap();
    let ended = session.finish(LONG, &Stop::new()).await.unwrap();
    assert_eq!(ended.how, How::Status(0), "{keys}\n{}", session.screen());
    run(session, "cat file").await.stdout.text()
}

#[test]
fn keys_leave_the_file_as_the_real_vi_would() {
    let mut ours = Lab::new();
    ours.stand_in_for("vi");
    let real = have("vi").then(Lab::new);
    block_on(async {
        for (before, keys, after) in [
            (
                "",
                ":set paste\r:%d\ri{\r  \"insecure-registries\" : [ \"r:8080\" ]\r}^[:wq\r",
                "{\n  \"insecure-registries\" : [ \"r:8080\" ]\n}\n",
            ),
            ("old\\nlines\\n", ":set paste\r:%d\rinew^[:x\r", "new\n"),
            ("one\\ntwo\\n", "jIx^[A y^[oz^[Oé^[:wq\r", "one\nxtwo y\né\nz\n"),
            ("one\\ntwo\\nthree\\n", "jddx:w\r:q\r", "one\nhree\n"),
            ("kept\\n", "ilost^[:q\r:q!\r", "kept\n"),
            ("a\\nb\\n", "G$ac\r^[ggx:x\r", "\nbc\n\n"),
            ("no end", "A.^[ZZ", "no end.\n"),
            ("", "itab\there\x7f\x7f\x7f\x7f^[:wq\r", "tab\t\n"),
        ] {
            for (who, lab) in [("ours", Some(&ours)), ("real", real.as_ref())] {
                let Some(lab) = lab else { continue };
                let mut session = Session::start(lab.session.clone()).await.unwrap();
                assert_eq!(edit(&mut session, before, keys).await, after, "{who}: {keys}");
                session.close().await.unwrap();
            }
        }
    });
}

#[test]
fn the_editor_shows_its_text_and_gives_the_terminal_back() {
    let mut lab = Lab::new();
    lab.stand_in_for("vi");
    block_on(async {
        let mut session = Session::start(lab.session.clone()).await.unwrap();
        let before = run(&mut session, "stty -a < /dev/tty").await.stdout.text();
        session.type_at_terminal("vi file").unwrap();
        sees(&mut session, "\"file\" [New]").await;
        session.type_text("iseen").unwrap();
        sees(&mut session, "-- INSERT --").await;
        assert!(session.screen().starts_with("seen\n~\n~\n"), "{}", session.screen());
        session.type_text("\x1b:%s/a/b/\r").unwrap();
        sees(&mut session, "labrun: the simulated vi does not know the command :%s/a/b/").await;
        session.type_text(":wq\r").unwrap();
        let ended = session.finish(LONG, &Stop::new()).await.unwrap();
        assert_eq!(ended.how, How::Status(0));
        assert_eq!(run(&mut session, "cat file").await.stdout.text(), "seen\n");
        assert_eq!(run(&mut session, "stty -a < /dev/tty").await.stdout.text(), before);
        assert!(!session.screen().contains('~'), "{}", session.screen());
        session.close().await.unwrap();
    });
}

#[test]
fn an_editor_whose_terminal_is_gone_ends() {
    let mut lab = Lab::new();
    lab.stand_in_for("vi");
    block_on(async {
        let mut session = Session::start(lab.session.clone()).await.unwrap();
        session.type_at_terminal("vi file").unwrap();
        sees(&mut session, "[New]").await;
        session.close().await.unwrap();
    });
    let no_terminal = lab.run("echo ':q' | vi file");
    assert_eq!(no_terminal.status, 1);
    assert!(no_terminal.stderr.contains("needs a terminal"), "{no_terminal:?}");
    let flags = lab.run("vi -R file");
    assert!(flags.status == 1 && flags.stderr.contains("--stage host"), "{flags:?}");
}
