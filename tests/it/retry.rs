//! What is tried again, and what is not: against servers and programs that answer late.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use crate::support::{Labrun, have, lab};

/// A port that refuses, from the moment that `sign` exists for a while, then accepts and says nothing to the first
/// callers, then answers the next ones.
fn slow_server(sign: PathBuf, refuses: Duration, hangs: usize) -> u16 {
    // Bound and dropped: nobody listens on it, so it refuses.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    thread::spawn(move || {
        while !sign.exists() {
            thread::sleep(Duration::from_millis(5));
        }
        thread::sleep(refuses);
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let mut held: Vec<TcpStream> = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            if held.len() < hangs {
                held.push(stream);
                continue;
            }
            let _ = stream.read(&mut [0; 1024]);
            let body = "{\"repositories\":[]}";
            let _ = write!(stream, "HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        }
    });
    port
}

fn promised(block: &str) -> String {
    format!("{}\nWe should see:\n```json\n{{\"repositories\":[]}}\n```\n", lab(&[block]))
}

#[test]
fn a_server_that_refuses_then_hangs_then_answers_passes() {
    if !have("curl") {
        return;
    }
    let labrun = Labrun::new();
    let port = slow_server(labrun.work().join("sign"), Duration::from_millis(700), 1);
    let deck = promised(&format!("touch sign\ncurl 127.0.0.1:{port}/v2/_catalog"));
    let ran = labrun.deck("deck.md", deck).run().exit(0).says("attempt");
    let reasons: Vec<String> =
        ran.events("retrying").iter().map(|event| event["reason"].as_str().unwrap().to_owned()).collect();
    assert!(reasons[0].contains("onnect"), "{reasons:?}");
    assert!(reasons.iter().any(|reason| reason.contains("did not end")), "{reasons:?}");
    assert_eq!(ran.events("run-ended")[0]["summary"]["late"], 1);
}

#[test]
fn what_cannot_change_is_typed_once_unless_its_author_says_so() {
    let run = |block: &str, after: &str| {
        let deck = format!("{}\n{after}We should see:\n```\nb\n```\n", lab(&[block]));
        Labrun::new().deck("deck.md", deck).run().exit(0).events("retrying").len()
    };
    assert_eq!(run("printf 'a\\n'; echo c", ""), 0);
    assert!(run("echo a", "<!-- ```expect retry=1s``` -->\n\n") > 0);
}

#[test]
fn what_acts_is_typed_once() {
    let ran = Labrun::new().lab(&["echo x >> count; false"]).run().exit(1);
    assert_eq!(ran.read("count"), "x\n");
    assert!(ran.events("retrying").is_empty());
}

#[test]
fn a_request_that_acts_is_not_repeated() {
    if !have("curl") {
        return;
    }
    let labrun = Labrun::new();
    let port = slow_server(labrun.work().join("never"), Duration::ZERO, 0);
    let ran = labrun.deck("deck.md", promised(&format!("curl -X POST 127.0.0.1:{port}/"))).run().exit(1);
    assert!(ran.events("retrying").is_empty());
}

#[test]
fn a_missing_program_fails_at_once() {
    let ran = Labrun::new().lab(&["kuectl get pods"]).run().exit(1).says("kuectl");
    assert!(ran.events("retrying").is_empty());
}

#[test]
fn a_missing_file_fails_at_once_even_with_a_promise() {
    let ran = Labrun::new().deck("deck.md", promised("cat nowhere.txt")).run().exit(1).says("nowhere.txt");
    assert!(ran.events("retrying").is_empty());
}

#[test]
fn a_usage_error_fails_at_once() {
    let ran = Labrun::new()
        .program("kubectl", "#!/bin/sh\necho 'error: unknown flag: --nope' >&2\nexit 1\n")
        .lab(&["kubectl get pods --nope"])
        .run()
        .exit(1);
    assert!(ran.events("retrying").is_empty());
}

#[test]
fn a_file_that_is_written_later_is_waited_for() {
    let deck = format!(
        "{}\nWe should see:\n```json\n{{\"repositories\":[]}}\n```\n",
        lab(&["(sleep 0.6; echo '{\"repositories\":[]}' > late) & touch late", "cat late"])
    );
    Labrun::new().deck("deck.md", deck).run().exit(0).says("attempt");
}

#[test]
fn kubectl_wait_is_never_cut_short() {
    // Longer than the first attempt of a request may take.
    let ran = Labrun::new()
        .program("kubectl", "#!/bin/sh\nsleep 5.5\necho condition met\n")
        .lab(&["kubectl wait deploy/x --for condition=available"])
        .run()
        .exit(0);
    assert_eq!(ran.events("command-ended")[0]["outcome"]["attempts"], 1);
}

#[test]
fn no_retry_types_everything_once() {
    let ran = Labrun::new()
        .program("kubectl", "#!/bin/sh\necho refused >&2\nexit 1\n")
        .lab(&["kubectl get pods"])
        .arg("--no-retry")
        .run()
        .exit(1);
    assert!(ran.events("retrying").is_empty());
}

#[test]
fn the_author_may_have_a_step_repeated() {
    let deck = "# S\n\n.lab[\n\n```bash retry=20s\necho x >> count; [ $(wc -l < count) = 3 ]\n```\n\n]\n";
    let ran = Labrun::new().deck("deck.md", deck).run().exit(0);
    assert_eq!(ran.read("count"), "x\nx\nx\n");
}

#[test]
fn nothing_is_tried_again_for_a_promise_without_a_text() {
    let deck = format!("{}\nWe should see:\n```\n```\n", lab(&["cat /dev/null; uname"]));
    let ran = Labrun::new().deck("deck.md", deck).run().exit(0).says("nothing is written here yet");
    ran.says("labrun accept").says_not("attempt");
}
