//! The images that can be pulled, from `catalogue.toml`, and the workloads that their own commands are.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::image::{File, Files, Image, LABEL, Layer, hash};
use super::reference::Reference;

/// One entry; the file says what its fields mean.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub name: String,
    tags: Vec<String>,
    pub size: u64,
    created: String,
    #[serde(default = "one")]
    layers: usize,
    #[serde(default)]
    pub entrypoint: Vec<String>,
    #[serde(default)]
    pub command: Vec<String>,
    #[serde(default)]
    env: Vec<String>,
    system: Option<String>,
    #[serde(default)]
    pub ports: BTreeMap<String, Answers>,
    pub root: Option<String>,
    #[serde(default)]
    pub page: String,
    #[serde(default)]
    pub says: String,
    #[serde(default)]
    pub log: Vec<String>,
    #[serde(default)]
    pub ends: bool,
}

/// What answers on a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Answers {
    /// A registry, empty at first.
    Registry,
    /// The same text to every request.
    Page,
    /// The container's environment, as JSON.
    Environment,
    /// The request, as text.
    Request,
    /// Connections are accepted, and nothing is said.
    Silent,
}

const fn one() -> usize {
    1
}

/// What a search for a name finds.
#[derive(Debug)]
pub(super) enum Found {
    /// The image.
    Image(Arc<Image>),
    /// The repository exists, the tag does not.
    NoSuchTag,
    /// There is no such repository.
    Nothing,
}

/// All entries.
fn entries() -> &'static [Entry] {
    #[derive(Deserialize)]
    struct File {
        image: Vec<Entry>,
    }
    static ENTRIES: OnceLock<Vec<Entry>> = OnceLock::new();
    ENTRIES.get_or_init(|| {
        let file: File = toml::from_str(include_str!("catalogue.toml")).expect("a test reads the catalogue");
        file.image
    })
}

/// The entry of this name.
pub(super) fn entry(name: &str) -> Option<&'static Entry> {
    entries().iter().find(|entry| entry.name == name)
}

/// What the catalogue has under a name.
pub(super) fn find(name: &Reference) -> Found {
    let Some(entry) = entry(&name.familiar()) else { return Found::Nothing };
    if let Some(digest) = &name.digest {
        let image = image(entry, name.tag.as_deref().unwrap_or("latest"));
        return if super::image::digest(&image.manifest()) == *digest {
            Found::Image(Arc::new(image))
        } else {
            Found::NoSuchTag
        };
    }
    let tag = name.selector();
    if entry.tags.iter().any(|pattern| matches(pattern, tag)) {
        return Found::Image(Arc::new(image(entry, tag)));
    }
    Found::NoSuchTag
}

/// The image of an entry under one of its tags; always the same bytes.
fn image(entry: &Entry, tag: &str) -> Image {
    let layers = (0..entry.layers).map(|number| Arc::new(Layer::of(&files(entry, tag, number)))).collect();
    let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    let env: Vec<&str> = std::iter::once(path).chain(entry.env.iter().map(String::as_str)).collect();
    let mut config = json!({ "Env": env, "Labels": { LABEL: entry.name } });
    for (name, words) in [("Entrypoint", &entry.entrypoint), ("Cmd", &entry.command)] {
        if !words.is_empty() {
            config[name] = json!(words);
        }
    }
    if !entry.ports.is_empty() {
        let ports: Map<String, Value> =
            entry.ports.keys().map(|port| (format!("{port}/tcp"), json!({}))).collect();
        config["ExposedPorts"] = Value::Object(ports);
    }
    let shown: Vec<String> = entry.command.iter().map(|word| format!("{word:?}")).collect();
    let step = json!({
        "created": entry.created,
        "created_by": format!("/bin/sh -c #(nop)  CMD [{}]", shown.join(" ")),
        "empty_layer": true,
    });
    Image::new(&config, &entry.created, &[step], layers, entry.size)
}

/// What stands in a layer: the lowest says which system it is, so that `cat /etc/os-release` answers.
fn files(entry: &Entry, tag: &str, number: usize) -> Files {
    let text = |text: String| File { bytes: text.into_bytes(), executable: false };
    let mark = hash(format!("{}:{tag} {number}", entry.name).as_bytes());
    let mut files =
        Files::from([(format!("usr/share/simulated/{}", &mark[..12]), text(format!("{mark}\n")))]);
    if let (0, Some(system)) = (number, &entry.system) {
        let name = match system.as_str() {
            "alpine" => "Alpine Linux",
            "debian" => "Debian GNU/Linux 12 (bookworm)",
            "ubuntu" => "Ubuntu 24.04.1 LTS",
            "oracle" => "Oracle Linux Server 9.4",
            other => other,
        };
        files.insert(
            "etc/os-release".into(),
            text(format!("PRETTY_NAME=\"{name}\"\nNAME=\"{name}\"\nID={system}\n")),
        );
        files.insert("bin/sh".into(), File { bytes: Vec::new(), executable: true });
    }
    files
}

/// Whether a tag fits a pattern with at most one `*`.
fn matches(pattern: &str, tag: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == tag,
        Some((start, end)) => {
            tag.len() >= start.len() + end.len() && tag.starts_with(start) && tag.ends_with(end)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_can_be_read_and_gives_an_image() {
        assert!(entries().len() > 20);
        for entry in entries() {
            let name = Reference::parse(&entry.name).unwrap();
            assert_eq!(name.familiar(), entry.name, "the name as docker shows it");
            assert!(entry.ports.keys().all(|port| port.parse::<u16>().is_ok()), "{}", entry.name);
            let Found::Image(image) = find(&Reference { tag: Some(entry.tags[0].replace('*', "0")), ..name })
            else {
                panic!("{} has no image", entry.name)
            };
            assert_eq!(image.comes_from(), Some(entry.name.as_str()));
        }
    }

    #[test]
    fn unknown_tags_and_names_are_told_apart() {
        let find = |name| find(&Reference::parse(name).unwrap());
        assert!(matches!(find("busybox:1.36"), Found::Image(_)));
        assert!(matches!(find("busybox:nosuch"), Found::NoSuchTag));
        assert!(matches!(find("bosybux"), Found::Nothing));
        assert!(matches!(find("127.0.0.1:5000/busybox"), Found::Nothing));
    }

    #[test]
    fn an_image_is_the_same_in_every_run() {
        let id = |name| match find(&Reference::parse(name).unwrap()) {
            Found::Image(image) => image.id.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(id("nginx"), id("nginx"));
        assert_ne!(id("nginx"), id("nginx:alpine"));
    }
}
