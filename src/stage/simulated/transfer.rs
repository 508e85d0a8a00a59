//! Pushes and pulls: images between this run's docker (or kubelet) and registries, over real HTTP.
//!
//! A loopback registry is asked where it is. Every other host is the registry of the run, so that nothing leaves the
//! machine; the catalogue stands in for what such hosts already have.

use std::sync::Arc;
use std::time::Duration;

use hyper::body::Bytes;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, LOCATION};
use hyper::{Method, Response, StatusCode};
use serde_json::Value;

use super::catalogue::{self, Found};
use super::http::{self, Failure};
use super::image::{Image, Layer, MANIFEST, digest};
use super::reference::{HUB, Reference, is_loopback};

/// A registry that accepts a connection and says nothing is given up after this long, as docker gives up.
const PATIENCE: Duration = Duration::from_secs(15);

/// The kinds of manifests that a pull can use.
const ACCEPTED: &str = "application/vnd.docker.distribution.manifest.v2+json, \
                        application/vnd.oci.image.manifest.v1+json, \
                        application/vnd.docker.distribution.manifest.list.v2+json, \
                        application/vnd.oci.image.index.v1+json";

/// A registry to talk to, and as whom.
#[derive(Clone, Debug)]
pub(super) struct Remote {
    /// The host as people write it.
    host: String,
    /// Where it really is.
    address: String,
    credentials: Option<(String, String)>,
}

/// What a push did with a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Preparing,
    Pushed,
    Exists,
}

/// An image that was pulled.
#[derive(Clone, Debug)]
pub(super) struct Pulled {
    pub image: Arc<Image>,
    /// The digest of its manifest.
    pub digest: String,
}

impl Remote {
    /// The registry at `host`; `ours` is where the registry of the run listens.
    pub(super) fn new(host: &str, ours: &str, credentials: Option<(String, String)>) -> Self {
        let address = match host {
            host if !is_loopback(host) => ours.to_owned(),
            host if host.contains(':') => host.to_owned(),
            host => format!("{host}:80"),
        };
        Self { host: host.to_owned(), address, credentials }
    }

    /// Asks, and turns what goes wrong into docker's words.
    async fn ask(
        &self,
        method: Method,
        path: &str,
        mut headers: Vec<(HeaderName, String)>,
        body: impl Into<Bytes>,
    ) -> Result<Response<Bytes>, String> {
        let url = format!("http://{}{path}", self.host);
        let verb = format!("{}{}", &method.as_str()[..1], method.as_str()[1..].to_lowercase());
        headers.extend(
            self.credentials.iter().map(|(user, password)| (AUTHORIZATION, http::basic(user, password))),
        );
        let answer =
            tokio::time::timeout(PATIENCE, http::ask(&self.address, method, path, &headers, body)).await;
        let answer = answer
            .map_err(|_| format!("{verb} \"{url}\": net/http: request canceled (Client.Timeout exceeded)"))?;
        answer.map_err(|failure| match failure {
            Failure::Connect(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
                format!("{verb} \"{url}\": dial tcp {}: connect: connection refused", self.address)
            }
            Failure::Unresolved => format!("{verb} \"{url}\": dial tcp: lookup {}: no such host", self.host),
            other => format!("{verb} \"{url}\": {other}"),
        })
    }

    /// Whether the registry is there and knows us: what `docker login` asks, and each push and pull first.
    pub(super) async fn greet(&self) -> Result<(), String> {
        let answer = self.ask(Method::GET, "/v2/", Vec::new(), "").await?;
        match answer.status() {
            StatusCode::OK => Ok(()),
            StatusCode::UNAUTHORIZED if self.credentials.is_none() => Err("no basic auth credentials".into()),
            StatusCode::UNAUTHORIZED => {
                Err(format!("Get \"http://{}/v2/\": {}", self.host, complaint(&answer)))
            }
            _ => Err(complaint(&answer)),
        }
    }

    /// Uploads an image under a repository and tag, where the registry has been greeted; `tell` hears of each layer by its short ID. The answer is the
    /// manifest's digest and size.
    pub(super) async fn push(
        &self,
        repository: &str,
        tag: &str,
        image: &Image,
        tell: &(dyn Fn(&str, Step) + Send + Sync),
    ) -> Result<(String, usize), String> {
        for layer in image.layers.iter().rev() {
            tell(super::image::short(&layer.diff), Step::Preparing);
        }
        for layer in image.layers.iter().rev() {
            let exists = self.upload(repository, &layer.digest, &layer.blob).await?;
            tell(super::image::short(&layer.diff), if exists { Step::Exists } else { Step::Pushed });
        }
        self.upload(repository, &image.id, &image.configuration_bytes).await?;
        let manifest = image.manifest();
        let (digest, size) = (digest(&manifest), manifest.len());
        let path = format!("/v2/{repository}/manifests/{tag}");
        let answer = self.ask(Method::PUT, &path, vec![(CONTENT_TYPE, MANIFEST.into())], manifest).await?;
        expect(&answer, StatusCode::CREATED, self.credentials.is_some()).map(|()| (digest, size))
    }

    /// Uploads a blob unless it is there. Whether it was there.
    async fn upload(&self, repository: &str, digest: &str, bytes: &[u8]) -> Result<bool, String> {
        let known =
            self.ask(Method::HEAD, &format!("/v2/{repository}/blobs/{digest}"), Vec::new(), "").await?;
        if known.status() == StatusCode::OK {
            return Ok(true);
        }
        let started =
            self.ask(Method::POST, &format!("/v2/{repository}/blobs/uploads/"), Vec::new(), "").await?;
        expect(&started, StatusCode::ACCEPTED, self.credentials.is_some())?;
        let location = started.headers().get(LOCATION).and_then(|location| location.to_str().ok());
        let location = location.ok_or("the registry named no place for the upload")?;
        // Some registries answer with the whole URL.
        let path = location.find("/v2/").map_or(location, |start| &location[start..]);
        let separator = if path.contains('?') { '&' } else { '?' };
        let octets = vec![(CONTENT_TYPE, "application/octet-stream".to_owned())];
        let path = format!("{path}{separator}digest={}", digest.replace(':', "%3A"));
        let put = self.ask(Method::PUT, &path, octets, bytes.to_vec()).await?;
        expect(&put, StatusCode::CREATED, self.credentials.is_some())?;
        Ok(false)
    }

    /// Downloads an image; `None` where the registry has none of this name.
    pub(super) async fn pull(&self, repository: &str, selector: &str) -> Result<Option<Pulled>, String> {
        self.greet().await?;
        let mut selector = selector.to_owned();
        // A list of images for several machines is followed once.
        for _ in 0..2 {
            let path = format!("/v2/{repository}/manifests/{selector}");
            let answer = self.ask(Method::GET, &path, vec![(ACCEPT, ACCEPTED.into())], "").await?;
            if answer.status() == StatusCode::NOT_FOUND {
                return Ok(None);
            }
            expect(&answer, StatusCode::OK, self.credentials.is_some())?;
            let manifest: Value =
                serde_json::from_slice(answer.body()).map_err(|error| format!("manifest: {error}"))?;
            if let Some(list) = manifest["manifests"].as_array() {
                let ours =
                    list.iter().find(|entry| entry["platform"]["architecture"] == "amd64").or(list.first());
                selector =
                    ours.and_then(|entry| entry["digest"].as_str()).ok_or("no matching manifest")?.to_owned();
                continue;
            }
            let name = |part: &Value| part["digest"].as_str().unwrap_or_default().to_owned();
            let configuration = self.blob(repository, &name(&manifest["config"])).await?;
            let mut layers = Vec::new();
            for part in manifest["layers"].as_array().into_iter().flatten() {
                let blob = self.blob(repository, &name(part)).await?;
                layers.push(Arc::new(Layer::received(blob).ok_or("a layer is not a gzipped tar file")?));
            }
            let image =
                Image::received(configuration, layers).ok_or("the image's configuration is not JSON")?;
            return Ok(Some(Pulled { image: Arc::new(image), digest: digest(answer.body()) }));
        }
        Err("the manifest list leads to another list".into())
    }

    async fn blob(&self, repository: &str, wanted: &str) -> Result<Vec<u8>, String> {
        let answer =
            self.ask(Method::GET, &format!("/v2/{repository}/blobs/{wanted}"), Vec::new(), "").await?;
        expect(&answer, StatusCode::OK, self.credentials.is_some())?;
        if digest(answer.body()) != wanted {
            return Err(format!("filesystem layer verification failed for digest {wanted}"));
        }
        Ok(answer.into_body().to_vec())
    }
}

/// Pulls from wherever a name points: the catalogue, the registry of the run, or a registry on loopback.
pub(super) async fn pull(
    name: &Reference,
    ours: &str,
    credentials: Option<(String, String)>,
) -> Result<Pulled, String> {
    let found = catalogue::find(name);
    if let Found::Image(image) = found {
        return Ok(Pulled { digest: digest(&image.manifest()), image });
    }
    let remote = Remote::new(&name.host, ours, credentials);
    if let Some(pulled) = remote.pull(&name.path, name.selector()).await? {
        return Ok(pulled);
    }
    Err(match found {
        Found::Nothing if name.host == HUB => format!(
            "pull access denied for {}, repository does not exist or may require 'docker login': denied: requested access to \
             the resource is denied",
            name.familiar()
        ),
        _ => format!("manifest for {name} not found: manifest unknown: manifest unknown"),
    })
}

fn expect(answer: &Response<Bytes>, status: StatusCode, known: bool) -> Result<(), String> {
    match answer.status() {
        actual if actual == status => Ok(()),
        StatusCode::UNAUTHORIZED if !known => Err("no basic auth credentials".into()),
        _ => Err(complaint(answer)),
    }
}

/// The first error of an answer, as docker prints it.
fn complaint(answer: &Response<Bytes>) -> String {
    let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    let error = &body["errors"][0];
    match (error["code"].as_str(), error["message"].as_str()) {
        (Some(code), Some(message)) => format!("{}: {message}", code.to_lowercase().replace('_', " ")),
        _ => format!("received unexpected HTTP status: {}", answer.status()),
    }
}
