//! The HTTP that the stage speaks: one small server loop and one small client, on hyper, over plain TCP to loopback.

use std::convert::Infallible;
use std::future::Future;
use std::time::Duration;

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;

/// A whole request or response is held in memory; none is larger.
const LARGEST_BODY: usize = 512 << 20;

/// How long a connection may take to send the head of its first request.
const PATIENCE: Duration = Duration::from_secs(30);

/// An answer with its whole body.
pub(super) type Answer = Response<Full<Bytes>>;

/// Serves the requests of one connection until it ends.
pub(super) async fn serve<H, F>(stream: TcpStream, handler: H)
where
    H: Fn(Request<Bytes>) -> F,
    F: Future<Output = Answer>,
{
    let service = service_fn(|request: Request<hyper::body::Incoming>| {
        let handler = &handler;
        async move {
            let (head, body) = request.into_parts();
            let proxied = head.uri.authority().is_some();
            let mut answer = match Limited::new(body, LARGEST_BODY).collect().await {
                Ok(body) => handler(Request::from_parts(head, body.to_bytes())).await,
                Err(error) if error.is::<LengthLimitError>() => {
                    text(StatusCode::PAYLOAD_TOO_LARGE, "the simulated stage takes no body of this size\n")
                }
                Err(_) => text(StatusCode::BAD_REQUEST, "the body ended early\n"),
            };
            if proxied {
                // The next request on this connection might be for another host.
                answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<_, Infallible>(answer)
        }
    });
    let mut server = hyper::server::conn::http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(PATIENCE).title_case_headers(true);
    // A client that hangs up or talks nonsense is its own trouble.
    let _ = server.serve_connection(TokioIo::new(stream), service).await;
}

/// An answer of plain text.
pub(super) fn text(status: StatusCode, body: impl Into<Bytes>) -> Answer {
    answer(status, &[(CONTENT_TYPE, "text/plain; charset=utf-8")], body)
}

/// An answer with headers; a value that is no header value is left out.
pub(super) fn answer(status: StatusCode, headers: &[(HeaderName, &str)], body: impl Into<Bytes>) -> Answer {
    let body = body.into();
    let length = body.len();
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    // Before the others, where the servers that this one looks like have it.
    if status != StatusCode::NO_CONTENT {
        answer.headers_mut().insert(CONTENT_LENGTH, length.into());
    }
    for (name, value) in headers {
        if let Ok(value) = value.parse() {
            answer.headers_mut().insert(name, value);
        }
    }
    answer
}

/// Why a request had no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// No such host.
    #[error("no such host")]
    Unresolved,
    /// Nothing listens, or the like.
    #[error("{0}")]
    Connect(std::io::Error),
    /// The connection ended before an answer began.
    #[error("{0}")]
    Broken(hyper::Error),
    /// It ended before the answer did; this much came.
    #[error("unexpected EOF")]
    Cut(Response<Bytes>),
    /// The request cannot be written down.
    #[error("{0}")]
    Invalid(hyper::http::Error),
}

/// Sends a request to `HOST:PORT` and reads the whole answer. `path` is path and query.
pub(super) async fn ask(
    address: &str,
    method: Method,
    path: &str,
    headers: &[(HeaderName, String)],
    body: impl Into<Bytes>,
) -> Result<Response<Bytes>, Failure> {
    let stream = connect(address).await?;
    let body = body.into();
    let mut request = Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| name == HOST) {
        request = request.header(HOST, address.strip_suffix(":80").unwrap_or(address));
    }
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let request = request.body(Full::new(body)).map_err(Failure::Invalid)?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(Failure::Broken)?;
    let exchange = async {
        let (head, mut body) = sender.send_request(request).await.map_err(Failure::Broken)?.into_parts();
        let mut bytes = Vec::new();
        while let Some(frame) = body.frame().await {
            match frame.map(hyper::body::Frame::into_data) {
                Ok(Ok(data)) => bytes.extend_from_slice(&data),
                // Trailers.
                Ok(Err(_)) => {}
                Err(_) => return Err(Failure::Cut(Response::from_parts(head, bytes.into()))),
            }
        }
        Ok(Response::from_parts(head, bytes.into()))
    };
    tokio::pin!(connection);
    tokio::pin!(exchange);
    // The connection moves the bytes; it may end before the answer has been picked up.
    tokio::select! {
        answer = &mut exchange => answer,
        _ = &mut connection => exchange.await,
    }
}

/// Connects to `HOST:PORT`.
async fn connect(address: &str) -> Result<TcpStream, Failure> {
    let addresses = tokio::net::lookup_host(address).await.map_err(|_| Failure::Unresolved)?;
    let mut last = None;
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = Some(error),
        }
    }
    Err(last.map_or(Failure::Unresolved, Failure::Connect))
}

/// The text of `user:password` in an `Authorization` header.
pub(super) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", base64(format!("{user}:{password}").as_bytes()))
}

/// The user and password of an `Authorization` header.
pub(super) fn credentials(header: &str) -> Option<(String, String)> {
    let text = String::from_utf8(unbase64(header.strip_prefix("Basic ")?)?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The base 64 notation of some bytes.
pub(super) fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits =
            group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..4 {
            let digit = ALPHABET[(bits >> (18 - 6 * place)) as usize & 63];
            text.push(if place <= group.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

/// The bytes of a base 64 notation; `None` where it is not one.
pub(super) fn unbase64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let digit = ALPHABET.iter().position(|&letter| letter == byte)?;
        bits = (bits << 6 | digit as u32) & 0xff_ffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    Some(bytes)
}

/// A part of a URL with its `%xx` decoded.
pub(super) fn decode_percent(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = after.get(..2).filter(|_| *first == b'%').and_then(|hex| str::from_utf8(hex).ok());
        if let Some(byte) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_survive_their_header() {
        for (user, password) in
            [("admin", "Harbor12345"), ("a", ""), ("ü", "p:w:"), ("ab", "c"), ("abc", "d")]
        {
            assert_eq!(credentials(&basic(user, password)), Some((user.to_owned(), password.to_owned())));
        }
        assert_eq!(basic("admin", "Harbor12345"), "Basic YWRtaW46SGFyYm9yMTIzNDU=");
        assert_eq!(credentials("Bearer x"), None);
        assert_eq!(credentials("Basic ?"), None);
    }
}
