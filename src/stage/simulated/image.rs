//! An image as registries hold it: a configuration, layers that are gzipped tar files, and a manifest that names them
//! by their digests. Made here, never unpacked onto this machine.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::sync::Arc;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The type of the manifests that docker pushes.
pub(super) const MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const CONFIGURATION: &str = "application/vnd.docker.container.image.v1+json";
const LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";

/// The label by which an image remembers which entry of the catalogue it comes from, through pushes and builds.
pub(super) const LABEL: &str = "labrun.simulates";

/// No layer is unpacked further than this.
const LARGEST_LAYER: u64 = 256 << 20;

/// One layer.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    /// The gzipped tar.
    pub blob: Vec<u8>,
    /// The digest of the blob.
    pub digest: String,
    /// The digest of the tar inside.
    pub diff: String,
}

/// A file of an image: its bytes, and whether it may be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    pub bytes: Vec<u8>,
    pub executable: bool,
}

/// Files by their path in an image, without the leading slash.
pub(super) type Files = BTreeMap<String, File>;

impl Layer {
    /// A layer of these files. The same files give the same bytes.
    pub(super) fn of(files: &Files) -> Self {
        let mut tar = tar::Builder::new(Vec::new());
        for (path, file) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(file.bytes.len() as u64);
            header.set_mode(if file.executable { 0o755 } else { 0o644 });
            header.set_mtime(0);
            tar.append_data(&mut header, path, file.bytes.as_slice())
                .expect("paths were checked, memory is written");
        }
        let tar = tar.into_inner().expect("memory is written");
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        let blob = gzip.write_all(&tar).and_then(|()| gzip.finish()).expect("memory is written");
        Self { digest: digest(&blob), diff: digest(&tar), blob }
    }

    /// A layer that came from a registry. `None` where it is not a gzipped tar.
    pub(super) fn received(blob: Vec<u8>) -> Option<Self> {
        let mut tar = Vec::new();
        GzDecoder::new(blob.as_slice()).take(LARGEST_LAYER).read_to_end(&mut tar).ok()?;
        Some(Self { digest: digest(&blob), diff: digest(&tar), blob })
    }

    /// What is inside; what cannot be read is left out.
    pub(super) fn files(&self) -> Files {
        let mut archive = tar::Archive::new(GzDecoder::new(self.blob.as_slice()).take(LARGEST_LAYER));
        let entries = archive.entries().into_iter().flatten().flatten();
        entries
            .filter(|entry| entry.header().entry_type().is_file())
            .filter_map(|mut entry| {
                let path = entry.path().ok()?.to_string_lossy().trim_start_matches("./").to_owned();
                let executable = entry.header().mode().is_ok_and(|mode| mode & 0o111 != 0);
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes).ok()?;
                Some((path, File { bytes, executable }))
            })
            .collect()
    }
}

/// An image.
#[derive(Clone, Debug)]
pub(super) struct Image {
    /// `sha256:…` of the configuration: what docker calls the image's ID.
    pub id: String,
    /// The configuration, as in the OCI image specification.
    pub configuration: Value,
    /// The same, as it is stored.
    pub configuration_bytes: Vec<u8>,
    /// The layers, lowest first.
    pub layers: Vec<Arc<Layer>>,
    /// Bytes of the unpacked files, as `docker images` shows them.
    pub size: u64,
}

impl Image {
    /// An image of layers and what is to be run (`Cmd`, `Env`, `ExposedPorts`, …); `created` as in RFC 3339.
    pub(super) fn new(
        config: &Value,
        created: &str,
        history: &[Value],
        layers: Vec<Arc<Layer>>,
        size: u64,
    ) -> Self {
        let diffs: Vec<&str> = layers.iter().map(|layer| layer.diff.as_str()).collect();
        let configuration = json!({
            "architecture": "amd64",
            "config": config,
            "created": created,
            "history": history,
            "os": "linux",
            "rootfs": { "type": "layers", "diff_ids": diffs },
        });
        Self::of(configuration, layers, size)
    }

    fn of(configuration: Value, layers: Vec<Arc<Layer>>, size: u64) -> Self {
        let bytes = configuration.to_string().into_bytes();
        Self { id: digest(&bytes), configuration, configuration_bytes: bytes, layers, size }
    }

    /// An image that came from a registry.
    pub(super) fn received(configuration_bytes: Vec<u8>, layers: Vec<Arc<Layer>>) -> Option<Self> {
        let configuration = serde_json::from_slice(&configuration_bytes).ok()?;
        let size = layers.iter().map(|layer| layer.blob.len() as u64).sum();
        Some(Self { id: digest(&configuration_bytes), configuration, configuration_bytes, layers, size })
    }

    /// The manifest, as it is pushed.
    pub(super) fn manifest(&self) -> Vec<u8> {
        let layers: Vec<Value> = self
            .layers
            .iter()
            .map(|layer| json!({ "mediaType": LAYER, "size": layer.blob.len(), "digest": layer.digest }))
            .collect();
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": { "mediaType": CONFIGURATION, "size": self.configuration_bytes.len(), "digest": self.id },
            "layers": layers,
        });
        // Three blanks: the layout of docker's own manifests, which its sizes and digests speak of.
        let mut bytes = Vec::new();
        let layout = serde_json::ser::PrettyFormatter::with_indent(b"   ");
        let mut writer = serde_json::Serializer::with_formatter(&mut bytes, layout);
        serde::Serialize::serialize(&manifest, &mut writer).expect("memory is written");
        bytes
    }

    /// What is to be run: the `config` part of the configuration.
    pub(super) fn config(&self) -> &Value {
        &self.configuration["config"]
    }

    /// The words of the configuration's list of this name; empty where it has none.
    pub(super) fn words(&self, name: &str) -> Vec<String> {
        let list = self.config()[name].as_array().map(Vec::as_slice).unwrap_or_default();
        list.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect()
    }

    /// The catalogue's entry that it comes from.
    pub(super) fn comes_from(&self) -> Option<&str> {
        self.config()["Labels"][LABEL].as_str()
    }

    /// The TCP ports that it declares.
    pub(super) fn exposed(&self) -> Vec<u16> {
        let ports = self.config()["ExposedPorts"].as_object();
        ports
            .into_iter()
            .flatten()
            .filter_map(|(port, _)| port.trim_end_matches("/tcp").parse().ok())
            .collect()
    }

    /// All files of all layers, upper ones over lower ones.
    pub(super) fn files(&self) -> Files {
        self.layers.iter().flat_map(|layer| layer.files()).collect()
    }

    /// The ID as people see it: 12 digits.
    pub(super) fn short_id(&self) -> &str {
        short(&self.id)
    }
}

/// The first 12 digits of a digest.
pub(super) fn short(digest: &str) -> &str {
    let hex = digest.strip_prefix("sha256:").unwrap_or(digest);
    hex.get(..12).unwrap_or(hex)
}

/// `sha256:` and the digits.
pub(super) fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hash(bytes))
}

/// The SHA-256 of some bytes in hexadecimal digits: also where a name must look random and be the same in each run.
pub(super) fn hash(bytes: &[u8]) -> String {
    use std::fmt::Write;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(names: &[&str]) -> Files {
        let file = |name: &str| File { bytes: name.as_bytes().to_vec(), executable: name.contains("bin/") };
        names.iter().map(|name| ((*name).to_owned(), file(name))).collect()
    }

    #[test]
    fn a_layer_gives_back_its_files_and_its_digests_hold() {
        let layer = Layer::of(&files(&["bin/run.sh", "etc/os-release"]));
        assert_eq!(layer.files(), files(&["bin/run.sh", "etc/os-release"]));
        let received = Layer::received(layer.blob.clone()).unwrap();
        assert_eq!((received.digest, received.diff), (layer.digest, layer.diff));
        assert!(Layer::received(b"not a gzip".to_vec()).is_none());
    }

    #[test]
    fn the_manifest_of_one_layer_is_as_long_as_dockers() {
        let layer = Arc::new(Layer::of(&files(&["a"])));
        let image = Image::new(&json!({ "Cmd": ["sh"] }), "2024-01-01T00:00:00Z", &[], vec![layer], 1);
        let manifest: Value = serde_json::from_slice(&image.manifest()).unwrap();
        assert_eq!(manifest["config"]["digest"], digest(&image.configuration_bytes));
        // Docker's says 528 for sizes of four digits and seven; each digit counts.
        assert!((520..=530).contains(&image.manifest().len()), "{}", image.manifest().len());
        assert_eq!(image.words("Cmd"), ["sh"]);
    }
}
