//! Asking: with retries, redirects, time limits, and errors in curl's words.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use hyper::body::Bytes;
use hyper::header::{CONTENT_LENGTH, HOST, LOCATION};
use hyper::{Method, Response, StatusCode};

use super::target::Target;
use super::{Sent, Wrong};
use crate::stage::simulated::flags::Parsed;
use crate::stage::simulated::http::{self, Failure};
use crate::stage::simulated::reference::is_loopback;
use crate::sys::say;

/// Redirects that are followed unless `--max-redirs` says otherwise.
const MOST_REDIRECTS: usize = 50;

/// An answer, and where it came from in the end.
pub(super) type Arrived = (Response<Bytes>, Target);

/// Asks, again where `--retry` says so.
pub(super) async fn with_retries(
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
        say(format_args!(
            "Warning: Problem: {problem}. Will retry in {} seconds. {left} retries left.",
            wait.as_secs()
        ));
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
        let answer = ask(&target, &method, sent, &body, connect, proxy(parsed, &target)).await?;
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

/// Where requests for this host go instead: the proxy of the stage, for hosts that are not on this machine.
fn proxy(parsed: &Parsed, target: &Target) -> Option<String> {
    let proxy = std::env::var("http_proxy")
        .ok()
        .filter(|_| !is_loopback(&target.host) && parsed.get("noproxy") != Some("*"))?;
    Some(proxy.trim_start_matches("http://").trim_end_matches('/').to_owned())
}

async fn ask(
    target: &Target,
    method: &Method,
    sent: &Sent,
    body: &[u8],
    connect: Option<Duration>,
    proxy: Option<String>,
) -> Result<Response<Bytes>, Wrong> {
    let started = Instant::now();
    let address = target.address();
    let mut headers = sent.headers.clone();
    if !headers.iter().any(|(name, _)| *name == HOST) {
        headers.push((HOST, target.host.clone()));
    }
    let path = if proxy.is_some() { target.url() } else { target.path.clone() };
    let exchange =
        http::ask(proxy.as_deref().unwrap_or(&address), method.clone(), &path, &headers, body.to_vec());
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
        Failure::Cut(answer) => {
            // What came is shown, as curl shows it.
            let _ = io::stdout().write_all(answer.body());
            let announced = answer
                .headers()
                .get(CONTENT_LENGTH)
                .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
            let missing = announced.unwrap_or_default().saturating_sub(answer.body().len());
            Wrong(18, format!("transfer closed with {missing} bytes remaining to read"))
        }
        Failure::Invalid(_) => Wrong(3, "URL using bad/illegal format or missing URL".into()),
    })
}
