//! The stand-in for `curl`: HTTP to loopback (and through the proxy of the stage), with curl's options, messages and
//! exit codes. Works by itself, without the run.

mod exchange;
mod output;
mod target;

use std::io::{self, Write};
use std::time::{Duration, Instant};

use hyper::Method;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, USER_AGENT};

use self::exchange::with_retries;
use self::output::{Meter, write, write_out};
use self::target::Target;
use super::call::not_simulated;
use super::flags::{self, Parsed, Words};
use super::http;
use crate::stage::stand_in::tell_unknown;
use crate::sys::say;

const FLAGS: &[&str] = &[
    "X|request=",
    "H|header=",
    "d|data=",
    "data-raw=",
    "data-binary=",
    "json=",
    "G|get",
    "I|head",
    "i|include",
    "o|output=",
    "O|remote-name",
    "w|write-out=",
    "s|silent",
    "S|show-error",
    "f|fail",
    "L|location",
    "k|insecure",
    "u|user=",
    "m|max-time=",
    "connect-timeout=",
    "retry=",
    "retry-delay=",
    "retry-connrefused",
    "retry-all-errors",
    "A|user-agent=",
    "D|dump-header=",
    "T|upload-file=",
    "url=",
    "max-redirs=",
    "no-progress-meter",
    "4|ipv4",
    "N|no-buffer",
    "compressed",
    "V|version",
    "noproxy=",
    "fail-early",
];

/// What goes wrong: curl's exit code and its words.
#[derive(Debug)]
struct Wrong(u8, String);

/// The program: its exit status.
pub(in crate::stage) fn main(arguments: &[String]) -> u8 {
    let parsed = match flags::parse(arguments, &[FLAGS], Words::Anywhere) {
        Ok(parsed) => parsed,
        Err(wrong) => {
            let flag = wrong.rsplit(' ').next().unwrap_or_default();
            let what = if wrong.starts_with("flag needs") { "requires parameter" } else { "is unknown" };
            say(format_args!(
                "curl: option {flag}: {what}\ncurl: try 'curl --help' or 'curl --manual' for more information"
            ));
            let hint = not_simulated("curl", &format!("the option {flag}"));
            say(&hint);
            tell_unknown(&hint);
            return 2;
        }
    };
    if parsed.has("version") {
        let _ = writeln!(io::stdout(), "curl 7.88.1, simulated by labrun\nProtocols: http");
        return 0;
    }
    let urls: Vec<&str> =
        parsed.words.iter().chain(&parsed.rest).map(String::as_str).chain(parsed.all("url")).collect();
    if urls.is_empty() {
        say("curl: try 'curl --help' or 'curl --manual' for more information");
        return 2;
    }
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            say(format_args!("curl: (2) {error}"));
            return 2;
        }
    };
    let mut status = 0;
    for url in urls {
        status = match runtime.block_on(transfer(&parsed, url)) {
            Ok(()) => 0,
            Err(Wrong(status, text)) => {
                tell_unknown(&text);
                if !parsed.has("silent") || parsed.has("show-error") {
                    say(format_args!("curl: ({status}) {text}"));
                }
                status
            }
        };
    }
    status
}

/// What is sent.
struct Sent {
    method: Method,
    headers: Vec<(HeaderName, String)>,
    body: Vec<u8>,
}

async fn transfer(parsed: &Parsed, url: &str) -> Result<(), Wrong> {
    let mut target = Target::parse(url)?;
    let sent = request(parsed, &mut target)?;
    let meter = Meter::start(parsed);
    let started = Instant::now();
    let seconds = |name: &str| {
        parsed
            .get(name)
            .and_then(|text| text.parse().ok())
            .and_then(|time| Duration::try_from_secs_f64(time).ok())
    };
    let limit = seconds("max-time");
    let exchange = with_retries(parsed, &target, &sent, seconds("connect-timeout"));
    let result = match limit.filter(|limit| !limit.is_zero()) {
        Some(limit) => tokio::time::timeout(limit, exchange).await.unwrap_or_else(|_| {
            Err(Wrong(
                28,
                format!("Operation timed out after {} milliseconds with 0 bytes received", limit.as_millis()),
            ))
        }),
        None => exchange.await,
    };
    let failed =
        result.as_ref().is_ok_and(|(answer, _)| parsed.has("fail") && answer.status().as_u16() >= 400);
    meter.end(
        result.as_ref().ok().filter(|_| !failed).map(|(answer, _)| answer.body().len()),
        started.elapsed(),
    );
    let written = match &result {
        Ok((answer, last)) if !failed => write(parsed, &sent, last, answer),
        _ => Ok(()),
    };
    write_out(parsed, result.as_ref().ok(), started.elapsed());
    let (answer, _) = result?;
    if failed {
        return Err(Wrong(22, format!("The requested URL returned error: {}", answer.status().as_u16())));
    }
    written
}

/// Method, headers and body; `-G` moves the data into the path.
fn request(parsed: &Parsed, target: &mut Target) -> Result<Sent, Wrong> {
    let mut headers = vec![(USER_AGENT, parsed.get("user-agent").unwrap_or("curl/7.88.1").to_owned())];
    headers.push((HeaderName::from_static("accept"), "*/*".into()));
    let mut data: Option<Vec<u8>> = None;
    let mut add = |bytes: Vec<u8>| match &mut data {
        Some(data) => {
            data.push(b'&');
            data.extend(bytes);
        }
        None => data = Some(bytes),
    };
    for text in parsed.all("data") {
        let bytes = at_file(text)?;
        add(if text.starts_with('@') {
            bytes.into_iter().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect()
        } else {
            bytes
        });
    }
    parsed.all("data-raw").for_each(|text| add(text.into()));
    for text in parsed.all("data-binary").chain(parsed.all("json")) {
        add(at_file(text)?);
    }
    let kind =
        if parsed.get("json").is_some() { "application/json" } else { "application/x-www-form-urlencoded" };
    let mut method = if parsed.has("head") { Method::HEAD } else { Method::GET };
    let mut body = Vec::new();
    if let Some(data) = data {
        if parsed.has("get") {
            let separator = if target.path.contains('?') { '&' } else { '?' };
            target.path += &format!("{separator}{}", String::from_utf8_lossy(&data));
        } else {
            method = Method::POST;
            headers.push((CONTENT_TYPE, kind.into()));
            body = data;
        }
    }
    if let Some(file) = parsed.get("upload-file") {
        method = Method::PUT;
        body = at_file(&format!("@{file}"))?;
    }
    if let Some(name) = parsed.get("request") {
        method = Method::from_bytes(name.as_bytes()).map_err(|_| Wrong(3, format!("bad method {name}")))?;
    }
    if let Some(user) = parsed.get("user") {
        let (name, password) = user.split_once(':').unwrap_or((user, ""));
        headers.push((AUTHORIZATION, http::basic(name, password)));
    }
    for text in parsed.all("header") {
        let Some((name, value)) = text.split_once(':') else { continue };
        let Ok(name) = HeaderName::from_bytes(name.trim().as_bytes()) else { continue };
        headers.retain(|(known, _)| *known != name);
        if !value.trim().is_empty() {
            headers.push((name, value.trim().to_owned()));
        }
    }
    Ok(Sent { method, headers, body })
}

/// The text, or the bytes of the file after an `@`; `@-` is standard input.
fn at_file(text: &str) -> Result<Vec<u8>, Wrong> {
    let Some(file) = text.strip_prefix('@') else { return Ok(text.into()) };
    let mut bytes = Vec::new();
    let read = if file == "-" {
        io::Read::read_to_end(&mut io::stdin(), &mut bytes).map(drop)
    } else {
        std::fs::read(file).map(|read| bytes = read)
    };
    read.map(|()| bytes).map_err(|_| Wrong(26, format!("Failed to open {file}")))
}
