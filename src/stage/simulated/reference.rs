//! Names of images, by the grammar that docker parses: `[HOST/]PATH[:TAG][@DIGEST]`, and where they point.

use std::fmt;

/// The registry of a name without a host.
pub(super) const HUB: &str = "docker.io";

/// The name of an image, with its host spelled out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Reference {
    /// `docker.io`, `127.0.0.1:5000`.
    pub host: String,
    /// The repository inside the registry: `library/busybox`.
    pub path: String,
    /// What was written after the colon.
    pub tag: Option<String>,
    /// What was written after the `@`.
    pub digest: Option<String>,
}

impl Reference {
    /// Parses a name as docker does; the error is docker's text.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        const INVALID: &str = "invalid reference format";
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest.to_owned())),
            None => (text, None),
        };
        if digest.as_ref().is_some_and(|digest| !is_digest(digest)) {
            return Err(INVALID.into());
        }
        // A colon after the last slash starts the tag; one before it belongs to the host's port.
        let (name, tag) = match name.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag.to_owned())),
            _ => (name, None),
        };
        if tag.as_ref().is_some_and(|tag| !is_tag(tag)) {
            return Err(INVALID.into());
        }
        let (host, path) = match name.split_once('/') {
            Some((host, path)) if is_host(host) => (host, path.to_owned()),
            Some(_) => (HUB, name.to_owned()),
            None => (HUB, format!("library/{name}")),
        };
        if !is_repository(&path) {
            let lowered = is_repository(&path.to_lowercase().replace(' ', ""));
            let because = if lowered && path != path.to_lowercase() {
                ": repository name must be lowercase"
            } else {
                ""
            };
            return Err(format!("{INVALID}{because}"));
        }
        let host = if host == "index.docker.io" { HUB } else { host };
        let path = if host == HUB && !path.contains('/') { format!("library/{path}") } else { path };
        if !is_address(host) {
            return Err(INVALID.into());
        }
        Ok(Self { host: host.to_owned(), path, tag, digest })
    }

    /// The same name with the tag `latest` where neither tag nor digest is written.
    pub(super) fn tagged(mut self) -> Self {
        if self.tag.is_none() && self.digest.is_none() {
            self.tag = Some("latest".into());
        }
        self
    }

    /// What names the image in its registry: the digest, the tag, or `latest`.
    pub(super) fn selector(&self) -> &str {
        self.digest.as_deref().or(self.tag.as_deref()).unwrap_or("latest")
    }

    /// The repository with its host, as in `docker.io/library/busybox`.
    pub(super) fn repository(&self) -> String {
        format!("{}/{}", self.host, self.path)
    }

    /// The repository as docker shows it: without what is implied.
    pub(super) fn familiar(&self) -> String {
        if self.host != HUB {
            return self.repository();
        }
        self.path.strip_prefix("library/").unwrap_or(&self.path).to_owned()
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.familiar())?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

/// Whether `HOST[:PORT]` is this machine's loopback.
pub(super) fn is_loopback(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    name == "localhost"
        || name == "[::1]"
        || name.parse().is_ok_and(|ip: std::net::Ipv4Addr| ip.is_loopback())
}

/// Whether this is `sha256:` and 64 hexadecimal digits.
pub(super) fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|hex| {
        hex.len() == 64 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// Whether this may follow the colon of a name.
pub(super) fn is_tag(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.len() <= 128
        && text.bytes().next().is_some_and(word)
        && text.bytes().all(|byte| word(byte) || byte == b'.' || byte == b'-')
}

/// Whether this is a repository's path: lower-case words joined by `.`, `_`, `__` or dashes, between slashes.
pub(super) fn is_repository(path: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    path.len() <= 255
        && path.split('/').all(|part| {
            let bytes = part.as_bytes();
            bytes.first().is_some_and(|&byte| letter(byte))
                && bytes.last().is_some_and(|&byte| letter(byte))
                && bytes.iter().all(|&byte| letter(byte) || b"._-".contains(&byte))
                && !["..", "___", "._", "_.", ".-", "-.", "_-", "-_"].iter().any(|pair| part.contains(pair))
        })
}

/// Whether the first part of a name is a registry and not the first part of a path.
fn is_host(part: &str) -> bool {
    part.contains(['.', ':']) || part == "localhost" || part != part.to_lowercase()
}

/// Whether this can be written as `HOST` or `HOST:PORT`.
fn is_address(host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, port),
        _ => (host, "0"),
    };
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte))
        && port.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spelled_out_as_docker_spells_them() {
        let full = |text| {
            let name = Reference::parse(text).unwrap().tagged();
            (name.repository(), name.selector().to_owned(), name.to_string())
        };
        let is = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
        assert_eq!(full("busybox"), is("docker.io/library/busybox", "latest", "busybox:latest"));
        assert_eq!(full("jpetazzo/clock:v1"), is("docker.io/jpetazzo/clock", "v1", "jpetazzo/clock:v1"));
        assert_eq!(full("127.0.0.1:31000/a"), is("127.0.0.1:31000/a", "latest", "127.0.0.1:31000/a:latest"));
        assert_eq!(full("reg:5000/a/b:c"), is("reg:5000/a/b", "c", "reg:5000/a/b:c"));
        assert_eq!(full("docker.io/busybox"), is("docker.io/library/busybox", "latest", "busybox:latest"));
        assert_eq!(full("localhost/x"), is("localhost/x", "latest", "localhost/x:latest"));
    }

    #[test]
    fn bad_names_are_refused_in_dockers_words() {
        for (text, error) in [
            ("Foo", "invalid reference format: repository name must be lowercase"),
            ("X Y", "invalid reference format: repository name must be lowercase"),
            ("a b", "invalid reference format"),
            ("", "invalid reference format"),
            ("/busybox", "invalid reference format"),
            ("{url:port}/{repository}/busybox", "invalid reference format"),
            ("127.0.0.1:/busybox:", "invalid reference format"),
            ("127.0.0.1:/busybox", "invalid reference format"),
            ("a:b:c", "invalid reference format"),
            ("a@sha256:12", "invalid reference format"),
            ("a__b___c", "invalid reference format"),
        ] {
            assert_eq!(Reference::parse(text).unwrap_err(), error, "{text:?}");
        }
    }

    #[test]
    fn only_loopback_is_loopback() {
        for (host, loopback) in [
            ("127.0.0.1:5000", true),
            ("localhost", true),
            ("127.3.2.1", true),
            ("10.0.0.1:5000", false),
            ("docker.io", false),
        ] {
            assert_eq!(is_loopback(host), loopback, "{host}");
        }
    }
}
