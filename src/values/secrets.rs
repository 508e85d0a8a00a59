//! Keeps secrets out of what labrun shows and writes: every spelling of a secret becomes `***`, also where a text
//! comes in pieces.

use std::borrow::Cow;
use std::ops::Range;

use super::Values;
use super::shapes;
use super::spellings::spellings;

/// What stands in place of a secret.
const MASK: &str = "***";

/// A shorter text stands in too many places by chance, and masking it would tell where it stands.
pub(super) const SHORTEST: usize = 4;

/// A secret that cannot be masked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Fewer than 4 bytes.
    #[error(
        "the secret {name} is shorter than {SHORTEST} bytes, too short to be masked in outputs; \
         give a longer one, or a name without password, token, secret or key"
    )]
    Short {
        /// The value's name.
        name: String,
    },
}

/// Whether a value of this name is a secret: a word of it says password, token, secret, key or the like.
#[must_use]
pub fn is_secret(name: &str) -> bool {
    const ANYWHERE: &[&str] = &["password", "passwd", "passphrase", "secret", "credential"];
    const WORDS: &[&str] =
        &["token", "tokens", "key", "apikey", "accesskey", "privatekey", "pass", "pwd", "pat"];
    let lower = name.to_lowercase();
    ANYWHERE.iter().any(|part| lower.contains(part))
        || words(name).iter().any(|word| WORDS.contains(&word.as_str()))
}

/// `myApiKey-2` is `my`, `api`, `key`, `2`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower = false;
    for char in name.chars() {
        if !char.is_alphanumeric() || (char.is_uppercase() && lower) {
            words.push(String::new());
        }
        if let (true, Some(word)) = (char.is_alphanumeric(), words.last_mut()) {
            word.extend(char.to_lowercase());
        }
        lower = char.is_lowercase();
    }
    words
}

/// Texts that no output may show, in all their spellings: as they are, quoted for a shell, in JSON, in a URL, in
/// base64 (at any offset), and each of their lines.
#[derive(Clone, PartialEq, Eq)]
pub struct Secrets {
    /// Longest first.
    spellings: Vec<Vec<u8>>,
    /// Whether what has the shape of a well-known token or key is one too.
    shapes: bool,
}

impl Default for Secrets {
    /// Those that tell by their shape.
    fn default() -> Self {
        Self { spellings: Vec::new(), shapes: true }
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secrets({} spellings)", self.spellings.len())
    }
}

impl Secrets {
    /// The secrets among `values`: those that [`is_secret`] says, and those whose names are `listed`.
    ///
    /// # Errors
    /// Where one is too short to be masked.
    pub fn new(values: &Values, listed: &[String]) -> Result<Self, Error> {
        let mut secrets = Self::default();
        secrets.add_all(values, listed)?;
        Ok(secrets)
    }

    /// The secrets among further `values`, as in [`Secrets::new`].
    ///
    /// # Errors
    /// Where one is too short to be masked.
    pub fn add_all(&mut self, values: &Values, listed: &[String]) -> Result<(), Error> {
        values
            .iter()
            .filter(|(name, _)| is_secret(name) || listed.iter().any(|listed| listed == name))
            .try_for_each(|(name, value)| self.add(name, &value.text))
    }

    /// One more secret; `name` is for the error.
    ///
    /// # Errors
    /// Where it is too short to be masked.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), Error> {
        if text.trim().len() < SHORTEST {
            return Err(Error::Short { name: name.to_owned() });
        }
        self.spellings.extend(spellings(text));
        if text.contains('\n') {
            let lines = text.lines().map(str::trim).filter(|line| line.len() >= 2 * SHORTEST);
            self.spellings.extend(lines.flat_map(spellings));
        }
        self.spellings.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        self.spellings.dedup();
        Ok(())
    }

    /// Whether tokens and keys of well-known shape are masked, whoever gave them; they are, unless this says no.
    pub fn mask_shapes(&mut self, on: bool) {
        self.shapes = on;
    }

    /// Whether nothing is masked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spellings.is_empty() && !self.shapes
    }

    /// `text` with `***` in place of each secret.
    #[must_use]
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let ranges = self.ranges(text.as_bytes());
        if ranges.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut masked = String::with_capacity(text.len());
        let mut from = 0;
        for range in ranges {
            masked.push_str(&text[from..range.start]);
            masked.push_str(MASK);
            from = range.end;
        }
        masked.push_str(&text[from..]);
        Cow::Owned(masked)
    }

    fn mask_bytes(&self, bytes: &[u8]) -> Vec<u8> {
        let mut masked = Vec::with_capacity(bytes.len());
        let mut from = 0;
        for range in self.ranges(bytes) {
            masked.extend_from_slice(&bytes[from..range.start]);
            masked.extend_from_slice(MASK.as_bytes());
            from = range.end;
        }
        masked.extend_from_slice(&bytes[from..]);
        masked
    }

    /// Where secrets stand; those that touch are one. Spellings are whole UTF-8, so the ends are character ends.
    fn ranges(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        let mut starts = if self.shapes { *shapes::STARTS } else { [false; 256] };
        for spelling in &self.spellings {
            starts[usize::from(spelling[0])] = true;
        }
        let mut ranges: Vec<Range<usize>> = Vec::new();
        for at in 0..bytes.len() {
            if !starts[usize::from(bytes[at])] {
                continue;
            }
            let longest = self.spellings.iter().find(|s| bytes[at..].starts_with(s)).map(|s| at + s.len());
            let shape = self.shapes.then(|| shapes::at(bytes, at)).flatten().map(|range| range.end);
            let Some(end) = longest.max(shape) else { continue };
            match ranges.last_mut() {
                Some(last) if at < last.end => last.end = last.end.max(end),
                _ => ranges.push(at..end),
            }
        }
        ranges
    }
}

/// Masks a text that comes in pieces; holds back what may be the start of a secret.
#[derive(Debug, Default)]
pub struct Masker {
    held: Vec<u8>,
}

impl Masker {
    /// Takes the next piece, and gives what can be shown by now.
    pub fn push(&mut self, secrets: &Secrets, piece: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(piece);
        // The last byte from which no secret can go on beyond the end of what came.
        let longest = secrets.spellings.first().map_or(0, Vec::len);
        let begins = |at: usize| {
            let rest = &self.held[at..];
            secrets.spellings.iter().any(|s| s.len() > rest.len() && s.starts_with(rest))
        };
        let from = self.held.len().saturating_sub(longest.saturating_sub(1));
        let mut keep = (from..self.held.len()).find(|&at| begins(at)).unwrap_or(self.held.len());
        if secrets.shapes {
            keep = keep.min(shapes::unfinished(&self.held));
        }
        // A whole secret that reaches into what is kept stays with it.
        if let Some(range) = secrets.ranges(&self.held).into_iter().find(|r| r.start < keep && keep < r.end) {
            keep = range.start;
        }
        let rest = self.held.split_off(keep);
        let ready = std::mem::replace(&mut self.held, rest);
        secrets.mask_bytes(&ready)
    }

    /// Gives what was held back; the text is over, and another may begin.
    pub fn finish(&mut self, secrets: &Secrets) -> Vec<u8> {
        secrets.mask_bytes(&std::mem::take(&mut self.held))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Origin;

    fn secrets(text: &str) -> Secrets {
        let mut secrets = Secrets::default();
        secrets.add("password", text).unwrap();
        secrets
    }

    #[test]
    fn names_say_what_is_a_secret() {
        for name in
            ["password", "db_password", "GITHUB_TOKEN", "apiKey", "api-key", "clientsecret", "key", "DB_PASS"]
        {
            assert!(is_secret(name), "{name}");
        }
        for name in
            ["keyboard", "monkey", "tokenizer", "registryIP", "username", "keys.example.com", "compass", ""]
        {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn every_spelling_is_masked() {
        let secrets = secrets(r#"p"a's s\w&ü"#);
        for (text, want) in [
            (r#"raw p"a's s\w&ü end"#, "raw *** end"),
            (r#"+ echo 'p"a'\''s s\w&ü'"#, "+ echo '***'"),
            (r#"echo "p\"a's s\\w&ü""#, r#"echo "***""#),
            (r#"{"x":"p\"a's s\\w&ü"}"#, r#"{"x":"***"}"#),
            (r#"{"x":"p\"a's s\\w\u0026ü"}"#, r#"{"x":"***"}"#),
            (r#"echo $'p"a\'s s\\w&ü'"#, "echo $'***'"),
            (r#"p\"a\'s\ s\\w\&ü"#, "***"),
            ("http://u:p%22a%27s%20s%5Cw%26%C3%BC@h", "http://u:***@h"),
            ("auth: cCJhJ3Mgc1x3JsO8", "auth: ***"),
            ("nothing", "nothing"),
        ] {
            assert_eq!(secrets.mask(text), want, "{text}");
        }
    }

    #[test]
    fn a_secret_hides_in_no_here_doc_and_no_ascii_json() {
        let secrets = secrets(r#"p"a$s/wé"#);
        for (text, want) in [
            ("cat <<E\np\"a\\$s/wé\nE", "cat <<E\n***\nE"),
            (r#"{"x": "p\"a$s/w\u00e9"}"#, r#"{"x": "***"}"#),
            (r#"{"x": "p\"a$s\/w\u00e9"}"#, r#"{"x": "***"}"#),
        ] {
            assert_eq!(secrets.mask(text), want, "{text}");
        }
    }

    #[test]
    fn base64_is_masked_at_any_offset() {
        let secrets = secrets("correct horse battery");
        for digits in [
            "Y29ycmVjdCBob3JzZSBiYXR0ZXJ5Cg==",
            "dTpjb3JyZWN0IGhvcnNlIGJhdHRlcnk=",
            "dXM6Y29ycmVjdCBob3JzZSBiYXR0ZXJ5IQ==",
        ] {
            let masked = secrets.mask(digits);
            assert!(masked.contains("***") && masked.len() < 14, "{masked}");
        }
    }

    #[test]
    fn overlapping_secrets_leave_nothing() {
        let mut secrets = secrets("abcdef");
        secrets.add("token", "defghi").unwrap();
        assert_eq!(secrets.mask("1 abcdefghi 2"), "1 *** 2");
        assert_eq!(secrets.mask("abcdefabcdef"), "******");
    }

    #[test]
    fn lines_of_a_long_secret_are_masked_each() {
        let secrets = secrets("-----BEGIN KEY-----\nMIIEpAIBAAKCAQ\n-----END KEY-----\n");
        assert_eq!(secrets.mask("a\r\nMIIEpAIBAAKCAQ\r\nb"), "a\r\n***\r\nb");
    }

    #[test]
    fn pieces_make_no_difference() {
        let mut secrets = secrets("hunter22");
        secrets.add("token", "22tok22en").unwrap();
        let text = "é hunter22tok22en hunter2 hunter22 hunhunter22 22tok2";
        let whole = secrets.mask(text);
        assert_eq!(whole, "é *** hunter2 *** hun*** 22tok2");
        for size in 1..text.len() {
            let mut masker = Masker::default();
            let pieces = text.as_bytes().chunks(size);
            let mut out: Vec<u8> = pieces.flat_map(|piece| masker.push(&secrets, piece)).collect();
            out.extend(masker.finish(&secrets));
            assert_eq!(String::from_utf8(out).unwrap(), whole, "pieces of {size}");
        }
    }

    #[test]
    fn a_token_is_masked_by_its_shape_in_pieces_too() {
        let token = format!("ghp_{}", "A1b2C3d4".repeat(5));
        let key = "-----BEGIN EC PRIVATE KEY-----\nMHcC\n-----END EC PRIVATE KEY-----";
        let text = format!("- login {token}\n{key}\n ghp_no -----");
        let mut secrets = secrets("hunter22");
        assert_eq!(secrets.mask(&text), "- login ***\n***\n ghp_no -----");
        for size in 1..text.len() {
            let mut masker = Masker::default();
            let pieces = text.as_bytes().chunks(size);
            let mut out: Vec<u8> = pieces.flat_map(|piece| masker.push(&secrets, piece)).collect();
            out.extend(masker.finish(&secrets));
            assert_eq!(
                String::from_utf8(out).unwrap(),
                "- login ***\n***\n ghp_no -----",
                "pieces of {size}"
            );
        }
        secrets.mask_shapes(false);
        assert_eq!(secrets.mask(&text), text);
    }

    #[test]
    fn a_short_secret_is_refused() {
        let mut values = Values::new();
        values.set("{password}", "abc", Origin::Flag);
        let error = Secrets::new(&values, &[]).unwrap_err();
        assert_eq!(error, Error::Short { name: "password".into() });
        values.set("password", "abcd", Origin::Flag);
        assert_eq!(Secrets::new(&values, &[]).unwrap().mask("-p abcd"), "-p ***");
        values.set("login", "admin", Origin::Flag);
        assert_eq!(Secrets::new(&values, &["login".into()]).unwrap().mask("admin"), "***");
    }
}
