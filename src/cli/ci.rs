//! Tells a CI system which texts are secrets, in its own way, so that its log masks them wherever they come from.

use std::io::{self, Write};

use super::decks::Planned;

/// Announces the secrets of these decks to the CI system that runs labrun, if it is one that takes them on standard output.
///
/// # Errors
/// When nobody reads the output any more.
pub fn announce<'a>(decks: impl Iterator<Item = &'a Planned>) -> io::Result<()> {
    let is = |name: &str| std::env::var(name).is_ok_and(|value| value.eq_ignore_ascii_case("true"));
    let command = match (is("GITHUB_ACTIONS"), is("TF_BUILD")) {
        (true, _) => "::add-mask::",
        (_, true) => "##vso[task.setsecret]",
        _ => return Ok(()),
    };
    let mut out = io::stdout().lock();
    for text in decks.flat_map(Planned::secrets) {
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            writeln!(out, "{command}{}", line.replace('%', "%25").replace('\r', "%0D"))?;
        }
    }
    out.flush()
}
