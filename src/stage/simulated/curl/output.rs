//! What curl prints: head, body, what `-w` asks for, and the progress meter.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use hyper::body::Bytes;
use hyper::header::CONTENT_TYPE;
use hyper::{Method, Response};

use super::exchange::Arrived;
use super::target::Target;
use super::{Sent, Wrong};
use crate::stage::simulated::flags::Parsed;
use crate::sys::say;

/// Writes head and body to where they belong.
pub(super) fn write(
    parsed: &Parsed,
    sent: &Sent,
    target: &Target,
    answer: &Response<Bytes>,
) -> Result<(), Wrong> {
    let failed = |_| Wrong(23, "Failed writing received data to disk/application".into());
    let head = head(answer);
    match parsed.get("dump-header") {
        Some("-") => io::stdout().write_all(head.as_bytes()).map_err(failed)?,
        Some(file) => std::fs::write(file, &head).map_err(failed)?,
        None => {}
    }
    let mut bytes = Vec::new();
    if parsed.has("include") || sent.method == Method::HEAD {
        bytes.extend(head.as_bytes());
    }
    bytes.extend(answer.body());
    let file = match parsed.get("output") {
        Some("-") => None,
        Some(file) => Some(file),
        None if parsed.has("remote-name") => {
            let name = target
                .path
                .split('?')
                .next()
                .and_then(|path| path.rsplit('/').next())
                .filter(|name| !name.is_empty());
            Some(name.ok_or_else(|| {
                if !parsed.has("silent") || parsed.has("show-error") {
                    say("curl: Remote file name has no length!");
                }
                Wrong(23, "Failed writing received data to disk/application".into())
            })?)
        }
        None => None,
    };
    match file {
        Some(file) => std::fs::write(file, &bytes).map_err(failed),
        None => io::stdout().write_all(&bytes).and_then(|()| io::stdout().flush()).map_err(failed),
    }
}

fn head(answer: &Response<Bytes>) -> String {
    let mut text = format!("HTTP/1.1 {}\r\n", answer.status());
    for (name, value) in answer.headers() {
        let words = name.as_str().split('-').map(|word| {
            let (first, rest) = word.split_at(word.len().min(1));
            first.to_uppercase() + rest
        });
        let name = words.collect::<Vec<_>>().join("-");
        text += &format!("{name}: {}\r\n", String::from_utf8_lossy(value.as_bytes()));
    }
    text + "\r\n"
}

/// What `-w` asks for.
pub(super) fn write_out(parsed: &Parsed, arrived: Option<&Arrived>, elapsed: Duration) {
    let Some(format) = parsed.get("write-out") else { return };
    let mut text = String::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once("%{") {
        text += before;
        let Some((name, after)) = after.split_once('}') else { break };
        rest = after;
        let answer = arrived.map(|(answer, _)| answer);
        text += &match name {
            "http_code" | "response_code" => {
                format!("{:03}", answer.map_or(0, |answer| answer.status().as_u16()))
            }
            "content_type" => answer
                .and_then(|answer| answer.headers().get(CONTENT_TYPE)?.to_str().ok())
                .unwrap_or_default()
                .to_owned(),
            "size_download" => answer.map_or(0, |answer| answer.body().len()).to_string(),
            "time_total" | "time_starttransfer" => format!("{:.6}", elapsed.as_secs_f64()),
            "url_effective" => arrived.map(|(_, target)| target.url()).unwrap_or_default(),
            "exitcode" => if arrived.is_some() { "0" } else { "7" }.to_owned(),
            other => {
                say(format_args!("curl: unknown --write-out variable: '{other}'"));
                String::new()
            }
        };
    }
    text += rest;
    let text = text.replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r");
    let _ = io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush());
}

/// The progress meter, on standard error, unless somebody watches the output itself.
pub(super) struct Meter(bool);

impl Meter {
    pub(super) fn start(parsed: &Parsed) -> Self {
        let to_file = parsed.get("output").is_some_and(|file| file != "-") || parsed.has("remote-name");
        let quiet = parsed.has("silent")
            || parsed.has("no-progress-meter")
            || (io::stdout().is_terminal() && !to_file);
        if !quiet {
            let _ = write!(
                io::stderr(),
                "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n                                 Dload  \
                 Upload   Total   Spent    Left  Speed\n\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0"
            );
        }
        Self(!quiet)
    }

    pub(super) fn end(&self, received: Option<usize>, elapsed: Duration) {
        if !self.0 {
            return;
        }
        let bytes = received.unwrap_or(0);
        let speed = bytes as u128 * 1_000_000 / elapsed.as_micros().max(1);
        let percent = if bytes > 0 { 100 } else { 0 };
        let speed = if bytes > 0 { speed } else { 0 };
        say(format_args!(
            "\r{percent:>3} {bytes:>5}  {percent:>3} {bytes:>5}    0     0 {speed:>6}      0 --:--:-- --:--:-- --:--:-- {speed:>5}"
        ));
    }
}
