//! What a registry holds: blobs, uploads under way, and repositories of tagged manifests. No HTTP here.

use std::collections::{BTreeMap, BTreeSet};

use hyper::body::Bytes;
use serde_json::Value;

use crate::stage::simulated::image::digest;

/// A registry holds no more than this.
const CAPACITY: usize = 2 << 30;

/// Everything in a registry.
#[derive(Debug, Default)]
pub(super) struct Store {
    blobs: BTreeMap<String, Bytes>,
    repositories: BTreeMap<String, Repository>,
    uploads: BTreeMap<String, Upload>,
    started: u64,
}

#[derive(Debug, Default)]
struct Repository {
    tags: BTreeMap<String, String>,
    manifests: BTreeMap<String, Manifest>,
    /// The blobs that were uploaded or mounted here.
    blobs: BTreeSet<String>,
}

#[derive(Debug)]
struct Upload {
    repository: String,
    bytes: Vec<u8>,
}

/// A manifest as it was pushed.
#[derive(Clone, Debug)]
pub(super) struct Manifest {
    pub kind: String,
    pub bytes: Bytes,
}

/// Why the store will not do something; the names are the codes of the distribution specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    BlobUnknown,
    BlobUploadUnknown,
    DigestInvalid,
    Full,
    ManifestBlobUnknown,
    ManifestInvalid,
    ManifestUnknown,
    NameUnknown,
    RangeInvalid,
}

type Result<T> = std::result::Result<T, Refused>;

impl Store {
    /// The names of the repositories that hold a manifest, sorted.
    pub(super) fn catalogue(&self) -> Vec<&str> {
        let known = self.repositories.iter().filter(|(_, repository)| !repository.manifests.is_empty());
        known.map(|(name, _)| name.as_str()).collect()
    }

    /// The tags of a repository, sorted.
    pub(super) fn tags(&self, repository: &str) -> Result<Vec<&str>> {
        let repository = self.repositories.get(repository).filter(|found| !found.manifests.is_empty());
        Ok(repository.ok_or(Refused::NameUnknown)?.tags.keys().map(String::as_str).collect())
    }

    /// A blob of a repository.
    pub(super) fn blob(&self, repository: &str, digest: &str) -> Result<Bytes> {
        let known = self.repositories.get(repository).is_some_and(|found| found.blobs.contains(digest));
        self.blobs.get(digest).filter(|_| known).cloned().ok_or(Refused::BlobUnknown)
    }

    /// Takes a blob out of a repository.
    pub(super) fn delete_blob(&mut self, repository: &str, digest: &str) -> Result<()> {
        let found = self.repositories.get_mut(repository).ok_or(Refused::BlobUnknown)?;
        if !found.blobs.remove(digest) {
            return Err(Refused::BlobUnknown);
        }
        if !self.repositories.values().any(|other| other.blobs.contains(digest)) {
            self.blobs.remove(digest);
        }
        Ok(())
    }

    /// Makes a blob of one repository known in another, without sending it again. Whether that could be done.
    pub(super) fn mount(&mut self, repository: &str, from: &str, digest: &str) -> bool {
        let found = self.blob(from, digest).is_ok();
        if found {
            self.repositories.entry(repository.to_owned()).or_default().blobs.insert(digest.to_owned());
        }
        found
    }

    /// Starts an upload; the answer names it.
    pub(super) fn start_upload(&mut self, repository: &str) -> String {
        self.started += 1;
        let hex = crate::stage::simulated::image::hash(format!("upload {}", self.started).as_bytes());
        let id = format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..32]);
        self.uploads.insert(id.clone(), Upload { repository: repository.to_owned(), bytes: Vec::new() });
        id
    }

    fn upload(&mut self, repository: &str, id: &str) -> Result<&mut Upload> {
        let upload = self.uploads.get_mut(id).filter(|upload| upload.repository == repository);
        upload.ok_or(Refused::BlobUploadUnknown)
    }

    /// How many bytes have arrived.
    pub(super) fn received(&mut self, repository: &str, id: &str) -> Result<usize> {
        self.upload(repository, id).map(|upload| upload.bytes.len())
    }

    /// Adds to an upload what starts at `offset`, or where it ended; the answer is how many bytes it has now.
    pub(super) fn append(
        &mut self,
        repository: &str,
        id: &str,
        offset: Option<usize>,
        bytes: &[u8],
    ) -> Result<usize> {
        let held: usize = self.blobs.values().map(Bytes::len).sum();
        let upload = self.upload(repository, id)?;
        if offset.is_some_and(|offset| offset != upload.bytes.len()) {
            return Err(Refused::RangeInvalid);
        }
        if held + upload.bytes.len() + bytes.len() > CAPACITY {
            return Err(Refused::Full);
        }
        upload.bytes.extend_from_slice(bytes);
        Ok(upload.bytes.len())
    }

    /// Ends an upload: its bytes become the blob of this digest.
    pub(super) fn finish(&mut self, repository: &str, id: &str, expected: &str) -> Result<()> {
        if digest(&self.upload(repository, id)?.bytes) != expected {
            self.uploads.remove(id);
            return Err(Refused::DigestInvalid);
        }
        if let Some(upload) = self.uploads.remove(id) {
            self.blobs.insert(expected.to_owned(), upload.bytes.into());
            self.repositories.entry(repository.to_owned()).or_default().blobs.insert(expected.to_owned());
        }
        Ok(())
    }

    /// Gives an upload up.
    pub(super) fn cancel(&mut self, repository: &str, id: &str) -> Result<()> {
        self.upload(repository, id)?;
        self.uploads.remove(id);
        Ok(())
    }

    /// A manifest by tag or digest, with its digest.
    pub(super) fn manifest(&self, repository: &str, selector: &str) -> Result<(String, Manifest)> {
        let found = self.repositories.get(repository).ok_or(Refused::ManifestUnknown)?;
        let digest = found.tags.get(selector).map_or(selector, String::as_str);
        let manifest = found.manifests.get(digest).ok_or(Refused::ManifestUnknown)?;
        Ok((digest.to_owned(), manifest.clone()))
    }

    /// Stores a manifest under a tag or its own digest; everything that it names must be here. The answer is its digest.
    pub(super) fn put_manifest(
        &mut self,
        repository: &str,
        selector: &str,
        manifest: Manifest,
    ) -> Result<String> {
        let content: Value = serde_json::from_slice(&manifest.bytes).map_err(|_| Refused::ManifestInvalid)?;
        if content["schemaVersion"] != 2 {
            return Err(Refused::ManifestInvalid);
        }
        let actual = digest(&manifest.bytes);
        let by_digest = selector.contains(':');
        if by_digest && selector != actual {
            return Err(Refused::DigestInvalid);
        }
        let digests = |list: &Value| -> Vec<String> {
            let parts = list.as_array().map(Vec::as_slice).unwrap_or_default();
            parts.iter().filter_map(|part| part["digest"].as_str().map(str::to_owned)).collect()
        };
        let blobs = digests(&content["layers"])
            .into_iter()
            .chain(content["config"]["digest"].as_str().map(str::to_owned));
        let found = self.repositories.entry(repository.to_owned()).or_default();
        if !blobs.into_iter().all(|digest| found.blobs.contains(&digest))
            || !digests(&content["manifests"]).iter().all(|digest| found.manifests.contains_key(digest))
        {
            return Err(Refused::ManifestBlobUnknown);
        }
        found.manifests.insert(actual.clone(), manifest);
        if !by_digest {
            found.tags.insert(selector.to_owned(), actual.clone());
        }
        Ok(actual)
    }

    /// Removes a tag, or a manifest with all its tags.
    pub(super) fn delete_manifest(&mut self, repository: &str, selector: &str) -> Result<()> {
        let found = self.repositories.get_mut(repository).ok_or(Refused::NameUnknown)?;
        if found.tags.remove(selector).is_some() {
            return Ok(());
        }
        found.manifests.remove(selector).ok_or(Refused::ManifestUnknown)?;
        found.tags.retain(|_, digest| digest != selector);
        Ok(())
    }
}
