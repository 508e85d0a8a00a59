//! What a container is doing: what it has printed, whether and how it ends, and what answers on its ports.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Bytes;
use hyper::header::CONTENT_TYPE;
use hyper::{Request, StatusCode};
use jiff::Timestamp;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use super::catalogue::{self, Answers, Entry};
use super::http::{self, Answer};
use super::image::{Files, Image};
use super::inside::{self, Container, Forever};
use super::registry::Registry;

/// A loop that has gone on for long is not printed beyond this many rounds.
const MOST_ROUNDS: u32 = 10_000;

/// A running or ended program of a container.
#[derive(Clone, Debug)]
pub(super) struct Workload {
    started: Timestamp,
    container: Container,
    said: String,
    forever: Option<Forever>,
    /// When and with which status it ends; `None` where it does not.
    pub ends: Option<(Duration, u8)>,
    /// Whether what it does is known; else it is taken to run on and to say nothing.
    pub known: bool,
    ports: BTreeMap<u16, Service>,
}

/// What answers on a port.
#[derive(Clone, Debug)]
pub(super) enum Service {
    /// A registry of its own.
    Registry(Registry),
    /// Files, and a text where there is no file for `/`.
    Pages(Arc<Pages>),
    /// The container's variables.
    Environment(Arc<Container>),
    /// The request.
    Request(Arc<Container>),
    /// Nothing is said.
    Silent,
}

/// What a web server holds.
#[derive(Debug)]
pub(super) struct Pages {
    files: Files,
    /// The folder of `files` that is served.
    root: Option<String>,
    start: String,
}

impl Workload {
    /// Starts an image with a command, or with its own where `command` is empty.
    pub(super) fn start(
        image: &Image,
        entrypoint: Option<&str>,
        command: &[String],
        container: Container,
    ) -> Self {
        let words = command_line(image, entrypoint, command);
        let entry = image.comes_from().and_then(catalogue::entry);
        let own = entry.filter(|entry| words.iter().eq(entry.entrypoint.iter().chain(&entry.command)));
        let started = Timestamp::now();
        let idle = Self {
            started,
            container,
            said: String::new(),
            forever: None,
            ends: None,
            known: true,
            ports: BTreeMap::new(),
        };
        let program = without_wrapper(&words);
        if let Some(entry) =
            own.filter(|entry| entry.ends || !entry.ports.is_empty() || !entry.log.is_empty())
        {
            return idle.by_catalogue(entry, image);
        }
        match inside::run(program, &idle.container, started) {
            Some(did) => Self {
                ends: did.forever.is_none().then_some((did.took, did.status)),
                said: did.output,
                forever: did.forever,
                ..idle
            },
            None => idle.unknown(image, own.is_some()),
        }
    }

    fn by_catalogue(mut self, entry: &Entry, image: &Image) -> Self {
        self.said =
            entry.says.clone() + &entry.log.iter().map(|line| format!("{line}\n")).collect::<String>();
        self.ends = entry.ends.then_some((Duration::ZERO, 0));
        for (port, answers) in &entry.ports {
            let service = match answers {
                Answers::Registry => Service::Registry(Registry::default()),
                Answers::Page => Service::Pages(Arc::new(Pages {
                    files: image.files(),
                    root: entry.root.clone(),
                    start: entry.page.trim_start_matches('\n').to_owned(),
                })),
                Answers::Environment => Service::Environment(Arc::new(self.container.clone())),
                Answers::Request => Service::Request(Arc::new(self.container.clone())),
                Answers::Silent => Service::Silent,
            };
            self.ports.extend(port.parse().ok().map(|port: u16| (port, service)));
        }
        self
    }

    /// A program that nobody here knows, as in an image that a deck built: it runs on, and its ports answer.
    fn unknown(mut self, image: &Image, known: bool) -> Self {
        let start = format!("{}: a simulated server\n", self.container.hostname);
        let pages = Arc::new(Pages { files: Files::new(), root: None, start });
        self.ports = image.exposed().into_iter().map(|port| (port, Service::Pages(pages.clone()))).collect();
        self.known = known;
        self
    }

    /// Two containers of one pod: their ports together, the course of the first.
    pub(super) fn beside(mut self, other: Self) -> Self {
        self.ports.extend(other.ports);
        self.said += &other.said;
        self
    }

    /// What answers on a port.
    pub(super) fn service(&self, port: u16) -> Option<Service> {
        self.ports.get(&port).cloned()
    }

    /// Where it runs.
    pub(super) fn inside(&self) -> &Container {
        &self.container
    }

    /// Everything it has printed until now.
    pub(super) fn log(&self) -> String {
        let mut text = self.said.clone();
        if let Some(forever) = &self.forever {
            let elapsed = Timestamp::now().duration_since(self.started).as_secs_f64();
            let rounds = (elapsed / forever.period.as_secs_f64()).clamp(0.0, f64::from(MOST_ROUNDS));
            #[expect(clippy::cast_sign_loss, reason = "clamped to what is not negative")]
            for number in 0..=rounds as u32 {
                text += &forever.round(&self.container, self.started, number);
            }
        }
        text
    }
}

/// The words that are run: entrypoint and command, each the given one or the image's.
pub(super) fn command_line(image: &Image, entrypoint: Option<&str>, command: &[String]) -> Vec<String> {
    let (mut words, own) = match entrypoint {
        Some("") => (Vec::new(), Vec::new()),
        Some(program) => (vec![program.to_owned()], Vec::new()),
        None => (image.words("Entrypoint"), image.words("Cmd")),
    };
    words.extend(if command.is_empty() { own } else { command.to_vec() });
    words
}

/// The words after a wrapper script of the image, which runs what it is given.
fn without_wrapper(words: &[String]) -> &[String] {
    match words {
        [wrapper, rest @ ..] if wrapper.ends_with("entrypoint.sh") && !rest.is_empty() => rest,
        _ => words,
    }
}

impl Service {
    /// Answers a connection until it ends.
    pub(super) async fn serve(self, mut stream: TcpStream) {
        match self {
            Self::Registry(registry) => {
                http::serve(stream, |request| std::future::ready(registry.answer(&request))).await;
            }
            Self::Pages(pages) => {
                http::serve(stream, |request| std::future::ready(pages.answer(&request))).await;
            }
            Self::Environment(container) => {
                let variables = container.environment.iter().cloned();
                let variables: BTreeMap<String, String> = variables.chain([hostname(&container)]).collect();
                let body = serde_json::to_string(&variables).unwrap_or_default();
                http::serve(stream, |_| {
                    std::future::ready(http::answer(
                        StatusCode::OK,
                        &[(CONTENT_TYPE, "application/json")],
                        body.clone(),
                    ))
                })
                .await;
            }
            Self::Request(container) => {
                http::serve(stream, |request| std::future::ready(repeat(&container, &request))).await;
            }
            Self::Silent => {
                let mut ignored = [0; 4096];
                while stream.read(&mut ignored).await.is_ok_and(|count| count > 0) {}
            }
        }
    }
}

fn hostname(container: &Container) -> (String, String) {
    ("HOSTNAME".into(), container.hostname.clone())
}

fn repeat(container: &Container, request: &Request<Bytes>) -> Answer {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let mut text = format!("Hostname: {}\n{} {path} HTTP/1.1\n", container.hostname, request.method());
    for (name, value) in request.headers() {
        text += &format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes()));
    }
    http::text(StatusCode::OK, text)
}

impl Pages {
    fn answer(&self, request: &Request<Bytes>) -> Answer {
        let path = http::decode_percent(request.uri().path());
        let inside = path.trim_matches('/');
        let file = self.root.as_ref().and_then(|root| {
            let file = |name: &str| self.files.get(format!("{root}/{name}").as_str());
            if inside.is_empty() {
                file("index.html")
            } else {
                file(inside).or_else(|| file(&format!("{inside}/index.html")))
            }
        });
        match file {
            Some(file) => http::answer(StatusCode::OK, &[(CONTENT_TYPE, kind(inside))], file.bytes.clone()),
            None if inside.is_empty() || self.root.is_none() => {
                http::answer(StatusCode::OK, &[(CONTENT_TYPE, "text/html")], self.start.clone())
            }
            None => http::answer(
                StatusCode::NOT_FOUND,
                &[(CONTENT_TYPE, "text/html")],
                "<html><head><title>404 Not Found</title></head><body><h1>404 Not Found</h1></body></html>\n",
            ),
        }
    }
}

fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, end)| end) {
        Some("json") => "application/json",
        Some("txt") => "text/plain",
        Some("css") => "text/css",
        Some("js") => "application/javascript",
        _ => "text/html",
    }
}
