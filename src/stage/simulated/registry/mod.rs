//! An image registry: the OCI distribution API over a [`Store`], as the `registry` image serves it and as real
//! clients (docker, skopeo, curl) use it. Routing, headers and errors; what is held is the store's.

mod store;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyper::body::Bytes;
use hyper::header::{
    AUTHORIZATION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, LINK,
    LOCATION, RANGE, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Method, Request, StatusCode};
use serde_json::{Value, json};

use self::store::{Manifest, Refused, Store};
use super::http::{Answer, answer, credentials};
use super::reference::{is_digest, is_repository, is_tag};

const JSON: &str = "application/json; charset=utf-8";
const API_VERSION: HeaderName = HeaderName::from_static("docker-distribution-api-version");
const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");
const UPLOAD: HeaderName = HeaderName::from_static("docker-upload-uuid");

/// A registry; its clones are the same one.
#[derive(Clone, Debug, Default)]
pub(super) struct Registry {
    store: Arc<Mutex<Store>>,
    /// Passwords by user, where it knows users at all.
    accounts: Option<Arc<Mutex<BTreeMap<String, String>>>>,
}

/// What a path asks for.
enum Route<'a> {
    Base,
    Catalogue,
    Tags(&'a str),
    Manifest(&'a str, &'a str),
    Blob(&'a str, &'a str),
    Uploads(&'a str),
    Upload(&'a str, &'a str),
}

/// Why a request is not answered with what it asks for.
enum Denied {
    NoSuchPath,
    Unsupported,
    Unauthorized,
    /// The store's reason, with the detail that clients are shown.
    Refused(Refused, Value),
}

type Reply = Result<Answer, Denied>;

impl Registry {
    /// A registry with accounts: whoever shows a new user name first owns it, and from then on only users may write.
    /// Everybody may read, as in a public project.
    pub(super) fn with_accounts() -> Self {
        Self { accounts: Some(Arc::default()), ..Self::default() }
    }

    /// Answers one request.
    pub(super) fn answer(&self, request: &Request<Bytes>) -> Answer {
        let mut answer = self.respond(request).unwrap_or_else(Denied::answer);
        for (name, value) in [(API_VERSION, "registry/2.0"), (X_CONTENT_TYPE_OPTIONS, "nosniff")] {
            answer.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        answer
    }

    fn respond(&self, request: &Request<Bytes>) -> Reply {
        let path = request.uri().path();
        let route = route(path).ok_or(Denied::NoSuchPath)?;
        self.admit(request)?;
        let store = &mut *lock(&self.store);
        match route {
            Route::Base => {
                only_reads(request).map(|()| answer(StatusCode::OK, &[(CONTENT_TYPE, JSON)], "{}"))
            }
            Route::Catalogue => {
                only_reads(request)?;
                let names = store.catalogue();
                let (page, next) = page(&names, request);
                let link =
                    next.map(|query| format!("</v2/_catalog?{query}>; rel=\"next\"")).unwrap_or_default();
                Ok(json_answer(StatusCode::OK, &json!({ "repositories": page }), &link))
            }
            Route::Tags(name) => {
                only_reads(request)?;
                let tags =
                    store.tags(name).map_err(|refused| Denied::Refused(refused, json!({ "name": name })))?;
                let (page, next) = page(&tags, request);
                let link = next
                    .map(|query| format!("</v2/{name}/tags/list?{query}>; rel=\"next\""))
                    .unwrap_or_default();
                Ok(json_answer(StatusCode::OK, &json!({ "name": name, "tags": page }), &link))
            }
            Route::Manifest(name, selector) => manifest(store, request, name, selector),
            Route::Blob(name, digest) => blob(store, request, name, digest),
            Route::Uploads(name) => start(store, request, name),
            Route::Upload(name, id) => upload(store, request, name, id),
        }
    }

    /// Whether whoever asks may: only where there are accounts.
    fn admit(&self, request: &Request<Bytes>) -> Result<(), Denied> {
        let Some(accounts) = &self.accounts else { return Ok(()) };
        let accounts = &mut *lock(accounts);
        let shown =
            request.headers().get(AUTHORIZATION).and_then(|header| credentials(header.to_str().ok()?));
        let welcome = match shown {
            Some((user, password)) => *accounts.entry(user).or_insert_with(|| password.clone()) == password,
            None => accounts.is_empty() || matches!(*request.method(), Method::GET | Method::HEAD),
        };
        if welcome { Ok(()) } else { Err(Denied::Unauthorized) }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn route(path: &str) -> Option<Route<'_>> {
    let rest = path.strip_prefix("/v2").filter(|rest| rest.is_empty() || rest.starts_with('/'))?;
    let rest = rest.trim_start_matches('/');
    match rest {
        "" => return Some(Route::Base),
        "_catalog" => return Some(Route::Catalogue),
        _ => {}
    }
    let named = |name: &'_ str| is_repository(name);
    if let Some(name) = rest.strip_suffix("/tags/list") {
        return named(name).then_some(Route::Tags(name));
    }
    if let Some(name) = rest.trim_end_matches('/').strip_suffix("/blobs/uploads") {
        return named(name).then_some(Route::Uploads(name));
    }
    let (front, last) = rest.rsplit_once('/')?;
    for (marker, make) in [
        ("/blobs/uploads", Route::Upload as fn(_, _) -> _),
        ("/blobs", Route::Blob as fn(_, _) -> _),
        ("/manifests", Route::Manifest as fn(_, _) -> _),
    ] {
        if let Some(name) = front.strip_suffix(marker) {
            return named(name).then(|| make(name, last));
        }
    }
    None
}

fn manifest(store: &mut Store, request: &Request<Bytes>, name: &str, selector: &str) -> Reply {
    if !is_tag(selector) && !is_digest(selector) {
        return Err(Denied::Refused(Refused::ManifestUnknown, json!({ "Tag": selector })));
    }
    let refuse = |refused| Denied::Refused(refused, json!({ "Tag": selector }));
    match *request.method() {
        Method::GET | Method::HEAD => {
            let (digest, manifest) = store.manifest(name, selector).map_err(refuse)?;
            Ok(content(request, &digest, &manifest.kind, manifest.bytes))
        }
        Method::PUT => {
            let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
            let kind = kind.unwrap_or(super::image::MANIFEST).to_owned();
            let manifest = Manifest { kind, bytes: request.body().clone() };
            let digest = store.put_manifest(name, selector, manifest).map_err(refuse)?;
            Ok(created(&format!("/v2/{name}/manifests/{digest}"), &digest))
        }
        Method::DELETE => {
            store.delete_manifest(name, selector).map_err(refuse)?;
            Ok(answer(StatusCode::ACCEPTED, &[], ""))
        }
        _ => Err(Denied::Unsupported),
    }
}

fn blob(store: &mut Store, request: &Request<Bytes>, name: &str, digest: &str) -> Reply {
    let refuse = |refused| Denied::Refused(refused, json!({ "digest": digest }));
    match *request.method() {
        Method::GET | Method::HEAD => {
            let blob = store.blob(name, digest).map_err(refuse)?;
            Ok(content(request, digest, "application/octet-stream", blob))
        }
        Method::DELETE => {
            store.delete_blob(name, digest).map_err(refuse)?;
            Ok(answer(StatusCode::ACCEPTED, &[], ""))
        }
        _ => Err(Denied::Unsupported),
    }
}

/// `POST …/blobs/uploads/`: a mount, a whole blob, or the start of an upload in pieces.
fn start(store: &mut Store, request: &Request<Bytes>, name: &str) -> Reply {
    if request.method() != Method::POST {
        return Err(Denied::Unsupported);
    }
    let query = Query::of(request);
    if let (Some(digest), Some(from)) = (query.get("mount"), query.get("from"))
        && store.mount(name, &from, &digest)
    {
        return Ok(created(&format!("/v2/{name}/blobs/{digest}"), &digest));
    }
    let id = store.start_upload(name);
    if let Some(digest) = query.get("digest") {
        let refuse = |refused| Denied::Refused(refused, json!({ "digest": digest }));
        store.append(name, &id, None, request.body()).map_err(refuse)?;
        store.finish(name, &id, &digest).map_err(refuse)?;
        return Ok(created(&format!("/v2/{name}/blobs/{digest}"), &digest));
    }
    Ok(under_way(StatusCode::ACCEPTED, name, &id, 0))
}

fn upload(store: &mut Store, request: &Request<Bytes>, name: &str, id: &str) -> Reply {
    let refuse = |refused| Denied::Refused(refused, Value::Null);
    match *request.method() {
        Method::GET | Method::HEAD => {
            let received = store.received(name, id).map_err(refuse)?;
            Ok(under_way(StatusCode::NO_CONTENT, name, id, received))
        }
        Method::PATCH => {
            let range = request.headers().get(CONTENT_RANGE).and_then(|range| range.to_str().ok());
            let offset = range.map(|range| {
                range.split('-').next().and_then(|start| start.parse().ok()).unwrap_or(usize::MAX)
            });
            let received = store.append(name, id, offset, request.body()).map_err(refuse)?;
            Ok(under_way(StatusCode::ACCEPTED, name, id, received))
        }
        Method::PUT => {
            let Some(digest) = Query::of(request).get("digest") else {
                return Err(refuse(Refused::DigestInvalid));
            };
            store.append(name, id, None, request.body()).map_err(refuse)?;
            store.finish(name, id, &digest).map_err(refuse)?;
            Ok(created(&format!("/v2/{name}/blobs/{digest}"), &digest))
        }
        Method::DELETE => {
            store.cancel(name, id).map_err(refuse)?;
            Ok(answer(StatusCode::NO_CONTENT, &[], ""))
        }
        _ => Err(Denied::Unsupported),
    }
}

/// The bytes of a manifest or blob, or for HEAD what they are; a `Range` of one piece is honoured.
fn content(request: &Request<Bytes>, digest: &str, kind: &str, bytes: Bytes) -> Answer {
    let whole = bytes.len();
    let headers = [(CONTENT_TYPE, kind), (CONTENT_DIGEST, digest), (ETAG, &format!("\"{digest}\""))];
    if request.method() == Method::HEAD {
        let mut head = answer(StatusCode::OK, &headers, "");
        head.headers_mut().insert(CONTENT_LENGTH, whole.into());
        return head;
    }
    let range = request.headers().get(RANGE).and_then(|range| {
        let (start, end) = range.to_str().ok()?.strip_prefix("bytes=")?.split_once('-')?;
        let start: usize = start.parse().ok()?;
        let end =
            if end.is_empty() { whole } else { end.parse::<usize>().ok()?.saturating_add(1).min(whole) };
        (start < end).then_some((start, end))
    });
    let Some((start, end)) = range else { return answer(StatusCode::OK, &headers, bytes) };
    let mut part = answer(StatusCode::PARTIAL_CONTENT, &headers, bytes.slice(start..end));
    if let Ok(value) = format!("bytes {start}-{}/{whole}", end - 1).parse() {
        part.headers_mut().insert(CONTENT_RANGE, value);
    }
    part
}

fn created(location: &str, digest: &str) -> Answer {
    answer(StatusCode::CREATED, &[(LOCATION, location), (CONTENT_DIGEST, digest)], "")
}

fn under_way(status: StatusCode, name: &str, id: &str, received: usize) -> Answer {
    let location = format!("/v2/{name}/blobs/uploads/{id}");
    let range = format!("0-{}", received.saturating_sub(1));
    answer(status, &[(LOCATION, location.as_str()), (RANGE, range.as_str()), (UPLOAD, id)], "")
}

fn only_reads(request: &Request<Bytes>) -> Result<(), Denied> {
    if matches!(*request.method(), Method::GET | Method::HEAD) { Ok(()) } else { Err(Denied::Unsupported) }
}

fn json_answer(status: StatusCode, body: &Value, link: &str) -> Answer {
    let headers = [(CONTENT_TYPE, JSON), (LINK, link)];
    answer(status, &headers[..if link.is_empty() { 1 } else { 2 }], format!("{body}\n"))
}

impl Denied {
    fn answer(self) -> Answer {
        let (status, code, message, detail) = match self {
            Self::NoSuchPath => {
                return answer(
                    StatusCode::NOT_FOUND,
                    &[(CONTENT_TYPE, "text/plain")],
                    "404 page not found\n",
                );
            }
            Self::Unsupported => {
                (StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED", "The operation is unsupported.", Value::Null)
            }
            Self::Unauthorized => {
                (StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "authentication required", Value::Null)
            }
            Self::Refused(refused, detail) => {
                let (status, code, message) = refused.words();
                (status, code, message, detail)
            }
        };
        let body = json!({ "errors": [{ "code": code, "message": message, "detail": detail }] });
        let mut denied = json_answer(status, &body, "");
        if status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Basic realm=\"Registry Realm\"");
            denied.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        denied
    }
}

impl Refused {
    /// The status, code and message of the distribution specification.
    fn words(self) -> (StatusCode, &'static str, &'static str) {
        let missing = StatusCode::NOT_FOUND;
        let bad = StatusCode::BAD_REQUEST;
        match self {
            Self::BlobUnknown => (missing, "BLOB_UNKNOWN", "blob unknown to registry"),
            Self::BlobUploadUnknown => (missing, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry"),
            Self::DigestInvalid => (bad, "DIGEST_INVALID", "provided digest did not match uploaded content"),
            Self::Full => (StatusCode::INSUFFICIENT_STORAGE, "DENIED", "the simulated registry is full"),
            Self::ManifestBlobUnknown => (bad, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry"),
            Self::ManifestInvalid => (bad, "MANIFEST_INVALID", "manifest invalid"),
            Self::ManifestUnknown => (missing, "MANIFEST_UNKNOWN", "manifest unknown"),
            Self::NameUnknown => (missing, "NAME_UNKNOWN", "repository name not known to registry"),
            Self::RangeInvalid => {
                (StatusCode::RANGE_NOT_SATISFIABLE, "RANGE_INVALID", "invalid content range")
            }
        }
    }
}

/// The names after `last`, at most `n`, and the query for the next page.
fn page<'a>(names: &[&'a str], request: &Request<Bytes>) -> (Vec<&'a str>, Option<String>) {
    let query = Query::of(request);
    let last = query.get("last");
    let after = names.iter().copied().filter(|name| last.as_deref().is_none_or(|last| *name > last));
    let rest: Vec<&str> = after.collect();
    let size = query.get("n").and_then(|size| size.parse().ok()).unwrap_or(rest.len());
    let page = rest[..size.min(rest.len())].to_vec();
    let next = page.last().filter(|_| page.len() < rest.len()).map(|last| format!("last={last}&n={size}"));
    (page, next)
}

/// The query of a request.
struct Query<'a>(&'a str);

impl<'a> Query<'a> {
    fn of(request: &'a Request<Bytes>) -> Self {
        Self(request.uri().query().unwrap_or_default())
    }

    /// The value of this name, with `%xx` decoded.
    fn get(&self, name: &str) -> Option<String> {
        let value = self.0.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
        Some(super::http::decode_percent(value))
    }
}
