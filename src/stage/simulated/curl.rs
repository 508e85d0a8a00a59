//! The stand-in for `curl`: HTTP to loopback (and through the proxy of the stage), with curl's options, messages and
//! exit codes. Works by itself, without the run.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, LOCATION, USER_AGENT};
use hyper::{Method, Response, StatusCode};

use super::call::not_simulated;
use super::flags::{self, Parsed, Words};
use super::http::{self, Failure};
use super::reference::is_loopback;

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

/// Redirects that are followed unless `--max-redirs` says otherwise.
const MOST_REDIRECTS: usize = 50;

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
            eprintln!(
                "curl: option {flag}: {what}\ncurl: try 'curl --help' or 'curl --manual' for more information"
            );
            eprintln!("{}", not_simulated("curl", &format!("the option {flag}")));
            return 2;
        }
    };
    if parsed.has("version") {
        println!("curl 7.88.1, simulated by labrun\nProtocols: http");
        return 0;
    }
    let urls: Vec<&str> =
        parsed.words.iter().chain(&parsed.rest).map(String::as_str).chain(parsed.all("url")).collect();
    if urls.is_empty() {
        eprintln!("curl: try 'curl --help' or 'curl --manual' for more information");
        return 2;
    }
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("curl: (2) {error}");
            return 2;
        }
    };
    let mut status = 0;
    for url in urls {
        status = match runtime.block_on(transfer(&parsed, url)) {
            Ok(()) => 0,
            Err(Wrong(status, text)) => {
                if !parsed.has("silent") || parsed.has("show-error") {
                    eprintln!("curl: ({status}) {text}");
                }
                status
            }
        };
    }
    status
}

/// A URL taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Target {
    /// Host and port.
    host: String,
    /// Path and query.
    path: String,
}

impl Target {
    fn parse(url: &str) -> Result<Self, Wrong> {
        let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
        match scheme {
            "http" => {}
            "https" => {
                return Err(Wrong(
                    1,
                    format!(
                        "Protocol \"https\" not supported or disabled in libcurl\n{}",
                        not_simulated("curl", "https")
                    ),
                ));
            }
            other => {
                return Err(Wrong(1, format!("Protocol \"{other}\" not supported or disabled in libcurl")));
            }
        }
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (host, path) = rest.split_at(end);
        let host = host.rsplit('@').next().unwrap_or(host);
        let bad = || Wrong(3, "URL using bad/illegal format or missing URL".into());
        if host.is_empty() || url.contains([' ', '\t', '\n']) {
            return Err(bad());
        }
        if let Some((_, port)) = host.rsplit_once(':').filter(|(_, port)| !port.contains(']')) {
            port.parse::<u16>()
                .map_err(|_| Wrong(3, "URL using bad/illegal format or missing URL".into()))?;
        }
        let path = path.split('#').next().unwrap_or_default();
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Ok(Self { host: host.to_owned(), path })
    }

    /// Host and port, the port spelled out.
    fn address(&self) -> String {
        let has_port = self.host.rsplit_once(':').is_some_and(|(_, port)| !port.contains(']'));
        if has_port { self.host.clone() } else { format!("{}:80", self.host) }
    }

    fn url(&self) -> String {
        format!("http://{}{}", self.host, self.path)
    }

    /// Where a `Location` leads from here.
    fn join(&self, location: &str) -> Result<Self, Wrong> {
        if location.contains("://") {
            return Self::parse(location);
        }
        let folder =
            self.path.split('?').next().unwrap_or("/").rsplit_once('/').map_or("", |(folder, _)| folder);
        let path =
            if location.starts_with('/') { location.to_owned() } else { format!("{folder}/{location}") };
        Ok(Self { path, ..self.clone() })
    }
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

type Arrived = (Response<Bytes>, Target);

/// Asks, again where `--retry` says so.
async fn with_retries(
    parsed: &Parsed,
    target: &Target,
    sent: &Sent,
    connect: Option<Duration>,
) -> Result<Arrived, Wrong> {
    let mut left: u32 = parsed.get("retry").and_then(|count| count.parse().ok()).unwrap_or(0);
    let fixed = parsed.get("retry-delay").and_then(|text| text.parse().ok()).map(Duration::from_secs);
    let mut pause = Duration::from_secs(1);
    loop {
        let result = follow(parsed, target, sent, connect).await;
        let problem = match &result {
            Ok((answer, _)) if matches!(answer.status().as_u16(), 408 | 429 | 500 | 502 | 503 | 504) => {
                "HTTP error"
            }
            Err(Wrong(28, _)) => "timeout",
            Err(Wrong(7, _)) if parsed.has("retry-connrefused") => "connection refused",
            Err(_) if parsed.has("retry-all-errors") => "(retrying all errors)",
            _ => return result,
        };
        if left == 0 {
            return result;
        }
        let wait = fixed.unwrap_or(pause);
        eprintln!(
            "Warning: Problem: {problem}. Will retry in {} seconds. {left} retries left.",
            wait.as_secs()
        );
        tokio::time::sleep(wait).await;
        pause *= 2;
        left -= 1;
    }
}

/// Asks, and goes where `Location` leads if `-L` says so.
async fn follow(
    parsed: &Parsed,
    target: &Target,
    sent: &Sent,
    connect: Option<Duration>,
) -> Result<Arrived, Wrong> {
    let most = parsed.get("max-redirs").and_then(|count| count.parse().ok()).unwrap_or(MOST_REDIRECTS);
    let mut target = target.clone();
    let (mut method, mut body) = (sent.method.clone(), sent.body.clone());
    for redirects in 0.. {
        let answer = ask(&target, &method, sent, &body, connect).await?;
        let location =
            answer.headers().get(LOCATION).and_then(|location| location.to_str().ok()).map(str::to_owned);
        let Some(location) = location.filter(|_| parsed.has("location") && answer.status().is_redirection())
        else {
            return Ok((answer, target));
        };
        if redirects >= most {
            return Err(Wrong(47, format!("Maximum ({most}) redirects followed")));
        }
        if answer.status() == StatusCode::SEE_OTHER
            || (method == Method::POST && matches!(answer.status().as_u16(), 301 | 302))
        {
            (method, body) = (Method::GET, Vec::new());
        }
        target = target.join(&location)?;
    }
    unreachable!("the loop ends by returning")
}

async fn ask(
    target: &Target,
    method: &Method,
    sent: &Sent,
    body: &[u8],
    connect: Option<Duration>,
) -> Result<Response<Bytes>, Wrong> {
    let started = Instant::now();
    let address = target.address();
    let proxy = std::env::var("http_proxy").ok().filter(|_| !is_loopback(&address));
    let proxy = proxy.as_deref().map(|proxy| proxy.trim_start_matches("http://").trim_end_matches('/'));
    let mut headers = sent.headers.clone();
    if !headers.iter().any(|(name, _)| *name == HOST) {
        headers.push((HOST, target.host.clone()));
    }
    let path = if proxy.is_some() { target.url() } else { target.path.clone() };
    let exchange = http::ask(proxy.unwrap_or(&address), method.clone(), &path, &headers, body.to_vec());
    // Connecting and waiting for the first byte are one here.
    let result = match connect {
        Some(limit) => tokio::time::timeout(limit, exchange).await.map_err(|_| {
            Wrong(28, format!("Connection timed out after {} milliseconds", limit.as_millis()))
        })?,
        None => exchange.await,
    };
    let (name, port) = address.rsplit_once(':').unwrap_or((&address, "80"));
    result.map_err(|failure| match failure {
        Failure::Unresolved => Wrong(6, format!("Could not resolve host: {name}")),
        Failure::Connect(_) => Wrong(
            7,
            format!(
                "Failed to connect to {name} port {port} after {} ms: Couldn't connect to server",
                started.elapsed().as_millis()
            ),
        ),
        Failure::Broken(error) if error.is_incomplete_message() => {
            Wrong(52, "Empty reply from server".into())
        }
        Failure::Broken(error) if error.is_parse() => Wrong(1, "Received HTTP/0.9 when not allowed".into()),
        Failure::Broken(_) => Wrong(56, "Recv failure: Connection reset by peer".into()),
        Failure::Invalid(_) => Wrong(3, "URL using bad/illegal format or missing URL".into()),
    })
}

/// Writes head and body to where they belong.
fn write(parsed: &Parsed, sent: &Sent, target: &Target, answer: &Response<Bytes>) -> Result<(), Wrong> {
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
                eprintln!("curl: Remote file name has no length!");
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
fn write_out(parsed: &Parsed, arrived: Option<&Arrived>, elapsed: Duration) {
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
                eprintln!("curl: unknown --write-out variable: '{other}'");
                String::new()
            }
        };
    }
    text += rest;
    let text = text.replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r");
    let _ = io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush());
}

/// The progress meter, on standard error, unless somebody watches the output itself.
struct Meter(bool);

impl Meter {
    fn start(parsed: &Parsed) -> Self {
        let to_file = parsed.get("output").is_some_and(|file| file != "-") || parsed.has("remote-name");
        let quiet = parsed.has("silent")
            || parsed.has("no-progress-meter")
            || (io::stdout().is_terminal() && !to_file);
        if !quiet {
            eprint!(
                "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n                                 Dload  \
                 Upload   Total   Spent    Left  Speed\n\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0"
            );
        }
        Self(!quiet)
    }

    fn end(&self, received: Option<usize>, elapsed: Duration) {
        if !self.0 {
            return;
        }
        let bytes = received.unwrap_or(0);
        let speed = bytes as u128 * 1_000_000 / elapsed.as_micros().max(1);
        let percent = if bytes > 0 { 100 } else { 0 };
        let speed = if bytes > 0 { speed } else { 0 };
        eprintln!(
            "\r{percent:>3} {bytes:>5}  {percent:>3} {bytes:>5}    0     0 {speed:>6}      0 --:--:-- --:--:-- --:--:-- {speed:>5}"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        let target = |url| {
            Target::parse(url)
                .map(|target| (target.address(), target.path))
                .map_err(|Wrong(status, _)| status)
        };
        let is = |address: &str, path: &str| Ok((address.to_owned(), path.to_owned()));
        assert_eq!(target("127.0.0.1:31000/v2/_catalog"), is("127.0.0.1:31000", "/v2/_catalog"));
        assert_eq!(target("http://localhost"), is("localhost:80", "/"));
        assert_eq!(target("http://h?a=b#c"), is("h:80", "/?a=b"));
        for (url, status) in
            [("https://x", 1), ("ftp://x", 1), ("http://", 3), ("a b", 3), ("h:port/", 3), (":/x", 3)]
        {
            assert_eq!(target(url), Err(status), "{url}");
        }
    }

    #[test]
    fn a_location_is_joined_to_where_it_was_found() {
        let here = Target::parse("http://h:1/a/b?q").unwrap();
        for (location, url) in
            [("/x", "http://h:1/x"), ("c", "http://h:1/a/c"), ("http://other/y", "http://other/y")]
        {
            assert_eq!(here.join(location).unwrap().url(), url);
        }
    }
}
