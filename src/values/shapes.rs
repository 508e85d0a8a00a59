//! Texts that are secrets by their shape, whoever gave them: tokens and keys as well-known services make them, private
//! keys in PEM. Tells where they stand; total and linear.

use std::ops::Range;
use std::sync::LazyLock;

/// A token: how it begins, and how many letters of its kind follow.
struct Shape {
    prefix: &'static [u8],
    least: usize,
    letters: Letters,
}

/// What a token is made of behind its prefix.
#[derive(Clone, Copy)]
enum Letters {
    /// Capitals and digits.
    Capitals,
    /// Letters, digits, `_` and `-`.
    Words,
    /// The same and dots: parts of a JSON web token; there are three.
    Parts,
}

const fn shape(prefix: &'static str, least: usize, letters: Letters) -> Shape {
    Shape { prefix: prefix.as_bytes(), least, letters }
}

const SHAPES: &[Shape] = &[
    // GitHub, GitLab
    shape("ghp_", 30, Letters::Words),
    shape("gho_", 30, Letters::Words),
    shape("ghu_", 30, Letters::Words),
    shape("ghs_", 30, Letters::Words),
    shape("ghr_", 30, Letters::Words),
    shape("github_pat_", 50, Letters::Words),
    shape("glpat-", 20, Letters::Words),
    // AWS, Google, Azure's storage is base64 without a shape
    shape("AKIA", 16, Letters::Capitals),
    shape("ASIA", 16, Letters::Capitals),
    shape("AIza", 35, Letters::Words),
    shape("ya29.", 30, Letters::Words),
    // Docker, npm, PyPI, Slack, Stripe, DigitalOcean, Vault
    shape("dckr_pat_", 20, Letters::Words),
    shape("SWMTKN-1-", 40, Letters::Words),
    shape("npm_", 36, Letters::Words),
    shape("pypi-AgE", 40, Letters::Words),
    shape("xoxb-", 20, Letters::Words),
    shape("xoxp-", 20, Letters::Words),
    shape("xoxa-", 20, Letters::Words),
    shape("sk_live_", 20, Letters::Words),
    shape("rk_live_", 20, Letters::Words),
    shape("dop_v1_", 40, Letters::Words),
    shape("hvs.", 24, Letters::Words),
    // JSON web tokens, those of Kubernetes among them
    shape("eyJ", 40, Letters::Parts),
];

const BEGIN: &[u8] = b"-----BEGIN ";
const KEY: &[u8] = b"PRIVATE KEY-----";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";
/// A key of more bytes is none; what begins like one is not waited for any longer.
const LONGEST_KEY: usize = 16 << 10;
/// The same of a token.
const LONGEST_TOKEN: usize = 4 << 10;

/// Where in a text one stands, in order.
#[must_use]
pub fn shaped(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let (mut found, mut from) = (Vec::new(), 0);
    while let Some(skip) = bytes[from..].iter().position(|&byte| STARTS[usize::from(byte)]) {
        let start = from + skip;
        let range = at(bytes, start);
        from = range.as_ref().map_or(start + 1, |range| range.end);
        found.extend(range);
    }
    found
}

/// Where one stands that begins at `at`.
pub(super) fn at(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    match bytes[at] {
        b'-' => key(bytes, at),
        _ => token(bytes, at),
    }
}

/// The byte from which on the text may hold one that goes on behind its end; its length where there is none.
pub(super) fn unfinished(bytes: &[u8]) -> usize {
    let from = bytes.len().saturating_sub(LONGEST_KEY);
    (from..bytes.len()).find(|&at| goes_on(bytes, at)).unwrap_or(bytes.len())
}

fn goes_on(bytes: &[u8], at: usize) -> bool {
    let rest = &bytes[at..];
    let begun = |prefix: &[u8]| prefix.starts_with(rest) || rest.starts_with(prefix);
    if rest[0] == b'-' {
        if !begun(BEGIN) || rest.len() > LONGEST_KEY {
            return false;
        }
        let first = rest.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let is_key = first.len() == rest.len() || find(first, KEY).is_some();
        return is_key && key(bytes, at).is_none();
    }
    let starts = |shape: &Shape| {
        begun(shape.prefix)
            && rest.get(shape.prefix.len()..).is_none_or(|body| run(body, shape.letters) == body.len())
    };
    rest.len() <= LONGEST_TOKEN && stands(bytes, at) && SHAPES.iter().any(starts)
}

fn token(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let rest = &bytes[at..];
    let shape = SHAPES.iter().find(|shape| rest.starts_with(shape.prefix))?;
    let body = &rest[shape.prefix.len()..];
    let length = run(body, shape.letters);
    let parts = body[..length].split(|&byte| byte == b'.').count();
    let whole = !matches!(shape.letters, Letters::Parts) || parts == 3;
    (stands(bytes, at) && length >= shape.least && whole).then(|| at..at + shape.prefix.len() + length)
}

/// Whether a token may begin here: not within a word.
fn stands(bytes: &[u8], at: usize) -> bool {
    at == 0 || !bytes[at - 1].is_ascii_alphanumeric()
}

/// How many of the first bytes are of this kind.
fn run(bytes: &[u8], letters: Letters) -> usize {
    let is = |byte: u8| match letters {
        Letters::Capitals => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
        Letters::Words => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
        Letters::Parts => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'),
    };
    bytes.iter().position(|&byte| !is(byte)).unwrap_or(bytes.len())
}

/// A private key, from its first line to its last; of one that does not end its first line at least, and what follows
/// of it.
fn key(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let rest = &bytes[at..(at + LONGEST_KEY).min(bytes.len())];
    let head = rest.strip_prefix(BEGIN)?;
    // `-----BEGIN OPENSSH PRIVATE KEY-----`
    let named = find(&head[..head.len().min(48)], KEY)?;
    let body = BEGIN.len() + named + KEY.len();
    let last = body + find(&rest[body..], END)?;
    let end = last + END.len() + find(&rest[last + END.len()..], DASHES)? + DASHES.len();
    Some(at..at + end)
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// For each byte, whether one may begin with it.
pub(super) static STARTS: LazyLock<[bool; 256]> = LazyLock::new(|| {
    let mut starts = [false; 256];
    starts[usize::from(b'-')] = true;
    for shape in SHAPES {
        starts[usize::from(shape.prefix[0])] = true;
    }
    starts
});

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        let all = (0..text.len()).filter_map(|from| at(text.as_bytes(), from));
        all.map(|range| &text[range]).collect()
    }

    /// Made up, and put together here, so that no scanner takes this file for a leak.
    fn made_up(prefix: &str, length: usize) -> String {
        format!("{prefix}{}", "A1b2C3d4".repeat(20)[..length].to_owned())
    }

    #[test]
    fn well_known_shapes_are_told() {
        for (prefix, length) in [("ghp_", 36), ("glpat-", 20), ("AIza", 35), ("npm_", 36), ("dckr_pat_", 27)]
        {
            let token = made_up(prefix, length);
            assert_eq!(found(&format!("x={token}, y")), [token.as_str()], "{prefix}");
        }
        let key = format!("AKIA{}", "ABCD1234".repeat(2));
        assert_eq!(found(&format!("\"{key}\"")), [key.as_str()]);
        let jwt = format!("eyJ{}.eyJ{}.{}", "a".repeat(20), "b".repeat(20), "c_-".repeat(10));
        assert_eq!(found(&format!("token: {jwt}\n")), [jwt.as_str()]);
        let pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY-----";
        assert_eq!(found(&format!("a {pem} b")), [pem]);
    }

    #[test]
    fn what_is_no_secret_is_left() {
        for text in [
            "ghp_short",
            "AKIA is a prefix",
            "xAKIAABCDEFGHIJKLMNOP",
            "eyJhbGciOiJSUzI1NiJ9",
            "-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----",
            "-----BEGIN RSA PRIVATE KEY-----",
            "npm_config_registry=https://registry.npmjs.org",
            "-----",
            "",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_may_go_on_is_known_by_its_start() {
        let token = made_up("ghp_", 36);
        for (text, from) in [
            ("see g", 4),
            ("see gh", 4),
            ("see z", 5),
            (&*format!("a {}", &token[..20]), 2),
            (&format!("a {token} "), 43),
            ("a -----BEGIN RSA PRIV", 2),
            ("a -----BEGIN RSA PRIVATE KEY-----\nabc\n", 2),
            ("a -----BEGIN CERTIFICATE-----\nabc\n", 34),
        ] {
            assert_eq!(unfinished(text.as_bytes()), from, "{text:?}");
        }
    }
}
