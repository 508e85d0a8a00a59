//! URLs as `curl` takes them.

use super::Wrong;
use crate::stage::simulated::call::not_simulated;

/// A URL taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// Host and port.
    pub host: String,
    /// Path and query.
    pub path: String,
}

impl Target {
    pub(super) fn parse(url: &str) -> Result<Self, Wrong> {
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
    pub(super) fn address(&self) -> String {
        let has_port = self.host.rsplit_once(':').is_some_and(|(_, port)| !port.contains(']'));
        if has_port { self.host.clone() } else { format!("{}:80", self.host) }
    }

    /// The whole URL again.
    pub(super) fn url(&self) -> String {
        format!("http://{}{}", self.host, self.path)
    }

    /// Where a `Location` leads from here.
    pub(super) fn join(&self, location: &str) -> Result<Self, Wrong> {
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
