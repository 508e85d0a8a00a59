//! Where a block asks the reader for a value: `{registry.url.or.IP}`, `<Name>`, `@@NAME@@`, `--token=...`. Tells these from what
//! bash, jq, awk, Go templates, regexes and markup mean by the same marks.

use std::ops::Range;

use super::quoting::{At, Quoting, quoting};

/// A place that a person fills in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blank {
    /// Bytes in the text, marks included.
    pub range: Range<usize>,
    /// What stands between the marks.
    pub name: String,
    /// The whole, as written.
    pub spelling: String,
}

/// Programs whose quoted argument is a language with braces of its own.
const LANGUAGES: &[&str] = &[
    "awk", "gawk", "mawk", "nawk", "jq", "gojq", "jaq", "yq", "sed", "perl", "python", "python3", "ruby",
    "node",
];

/// Words of an argument that say the same of the rest of it.
const TEMPLATES: &[&str] = &["jsonpath", "template", "custom-columns"];

/// What tools print in angle brackets where they have nothing to say.
const PRINTED: &[&str] = &["none", "nil", "null", "unknown", "pending", "invalid", "unset", "no value"];

/// Every blank of a bash text, in order. A here-doc holds none: what looks like one there is a file's own.
#[must_use]
pub fn blanks(text: &str) -> Vec<Blank> {
    let quoting = quoting(text);
    let in_document = |blank: &Blank| quoting[blank.range.start].in_document();
    candidates(text, &quoting).into_iter().filter(|blank| !in_document(blank)).collect()
}

/// The same with what looks like a blank in a here-doc.
pub(super) fn candidates(text: &str, quoting: &[At]) -> Vec<Blank> {
    let languages = languages(text, quoting);
    let mut found = Vec::new();
    let mut at = 0;
    let mut done = 0;
    while let Some(step) = text[at..].find(['{', '<', '@', '.']) {
        at += step;
        let comment = quoting[at].quoting == Quoting::Comment;
        let dots = text.as_bytes()[at] == b'.';
        let range = match dots {
            _ if comment => None,
            true => elided(text, at).filter(|range| range.start >= done),
            false => blank(text, at, languages[at]),
        };
        match range {
            Some(range) => {
                let spelling = text[range.clone()].to_owned();
                (at, done) = (range.end, range.end);
                let name =
                    if dots { option(&text[..range.start]).unwrap_or_default() } else { bare(&spelling) };
                found.push(Blank { name: name.to_owned(), spelling, range });
            }
            None => at += 1,
        }
    }
    found
}

/// The same text with each blank turned into a word of as many bytes, which bash parses wherever a word may stand.
#[must_use]
pub fn mask_blanks(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut from = 0;
    for blank in blanks(text) {
        masked.push_str(&text[from..blank.range.start]);
        let word = |byte: u8| if byte.is_ascii_alphanumeric() { char::from(byte) } else { '_' };
        masked.extend(blank.spelling.bytes().map(word));
        from = blank.range.end;
    }
    masked.push_str(&text[from..]);
    masked
}

/// The value that three dots at `at` leave out: all or the end of what an option or a variable is set to.
fn elided(text: &str, at: usize) -> Option<Range<usize>> {
    const LONGEST: usize = 12;
    let after = text[at..].strip_prefix("...")?;
    let ends = after.is_empty() || after.starts_with([' ', '\t', '\n', ';', '&', '|', ')', '"', '\'']);
    let before = text[..at].trim_end_matches(|c: char| c.is_ascii_alphanumeric());
    let short = at - before.len() <= LONGEST;
    (ends && short && option(before).is_some()).then_some(before.len()..at + 3)
}

/// The name of the option or variable whose value begins behind `before`.
fn option(before: &str) -> Option<&str> {
    let set = before.strip_suffix(['"', '\'']).unwrap_or(before).strip_suffix('=')?;
    let start =
        set.rfind(|c: char| !(c.is_ascii_alphanumeric() || "_-".contains(c))).map_or(0, |last| last + 1);
    let apart = set[..start].is_empty() || set[..start].ends_with([' ', '\t', '\n', ';', '(', '=']);
    let name = set[start..].trim_start_matches('-');
    (apart && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')).then_some(name)
}

/// Words that ask for a value by their spelling alone: `X.X.X.X`, `A.B.C.D`, `XXXX`, `yyyyy`, `nodeX`, `yourName`; each once,
/// in order. None in a here-doc or a comment, and none of `mktemp`, whose names are made of them.
#[must_use]
pub fn crossed(text: &str) -> Vec<String> {
    if text.contains("mktemp") {
        return Vec::new();
    }
    let quoting = quoting(text);
    let mut found: Vec<String> = Vec::new();
    let mut at = 0;
    for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.')) {
        let here = quoting.get(at).is_some_and(|at| !at.in_document() && at.quoting != Quoting::Comment);
        let (before, after) = (&text[..at], &text[at + word.len()..]);
        let variable = before.ends_with(['$', '{']);
        let bare = word.trim_matches('.');
        let plain = here
            && quoting[at].quoting == Quoting::Plain
            && !before.ends_with('-')
            && !after.starts_with(['=', '(', '-']);
        let asks = is_crossed(bare) || (plain && bare == word && is_stand_in(word) && !searched(before));
        if here && !variable && asks && !found.iter().any(|known| known == bare) {
            found.push(bare.to_owned());
        }
        at += word.len();
        at += text[at..].chars().next().map_or(0, char::len_utf8);
    }
    found
}

/// Whether a word asks for a value by its spelling alone.
pub(super) fn is_crossed(word: &str) -> bool {
    let address = ["X.X.X.X", "x.x.x.x", "A.B.C.D", "a.b.c.d", "W.X.Y.Z", "w.x.y.z"].contains(&word);
    let same = word.len() >= 4 && word.starts_with(['X', 'x', 'Y', 'y']) && {
        let mut bytes = word.bytes();
        let first = bytes.next();
        bytes.all(|byte| Some(byte) == first)
    };
    address || same
}

/// Whether nobody means a word as it is: `nodeX`, `containerID`, `yourName`, `myServerAddress`.
fn is_stand_in(word: &str) -> bool {
    const NUMBERED: [&str; 8] = ["node", "ens", "eth", "host", "server", "worker", "master", "vm"];
    const WORDS: [&str; 8] = [
        "containerID",
        "containerId",
        "container_id",
        "imageID",
        "CLUSTERIP",
        "IPADDRESS",
        "IP_ADDRESS",
        "CHANGEME",
    ];
    const ENDS: [&str; 10] =
        ["Address", "IP", "Ip", "Port", "Host", "Hostname", "Token", "Password", "Username", "Domain"];
    let numbered = word.strip_suffix(['X', 'Y', 'Z']).is_some_and(|name| NUMBERED.contains(&name));
    let capital = |rest: &str| rest.starts_with(|c: char| c.is_ascii_uppercase());
    let your = word.strip_prefix("your").is_some_and(capital)
        || word.starts_with("your_")
        || word.starts_with("YOUR_");
    let mine = word.strip_prefix("my").is_some_and(capital) && ENDS.iter().any(|end| word.ends_with(end));
    numbered || your || mine || WORDS.contains(&word)
}

/// Whether what follows is what a program looks for in a text, where a word means itself.
fn searched(before: &str) -> bool {
    let line = before.rsplit(['\n', '|', ';', '&']).next().unwrap_or_default();
    let program = line.split_whitespace().next().unwrap_or_default();
    matches!(program, "grep" | "egrep" | "echo" | "printf" | "sed" | "awk" | "jq")
}

/// A name without the marks around it.
pub(super) fn bare(spelling: &str) -> &str {
    for (open, close) in [("{", "}"), ("<", ">"), ("@@", "@@")] {
        if let Some(name) = spelling.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)) {
            return name;
        }
    }
    spelling
}

/// The blank that starts at `at`, where there is one; `language` says that braces there are a program's.
fn blank(text: &str, at: usize, language: bool) -> Option<Range<usize>> {
    let (open, close) = match text.as_bytes()[at] {
        b'{' => ("{", "}"),
        b'<' => ("<", ">"),
        _ => ("@@", "@@"),
    };
    let start = at + open.len();
    let length = name(text[at..].strip_prefix(open)?)?;
    let end = start + length + close.len();
    let (before, after) = (&text[..at], text[start + length..].strip_prefix(close)?);
    let stands = match open {
        "{" => !language && brace_stands(before, after),
        "<" => angle_stands(text, before, &text[start..start + length], after),
        _ => true,
    };
    stands.then_some(at..end)
}

/// The bytes of the name that `text` starts with: words of letters and digits, joined by `.`, `:`, `/`, `-` or a blank.
fn name(text: &str) -> Option<usize> {
    let mut end = 0;
    let mut joined = true;
    for (at, char) in text.char_indices() {
        match char {
            '_' => joined = false,
            _ if char.is_alphanumeric() && (at > 0 || char.is_alphabetic()) => joined = false,
            '.' | ':' | '/' | '-' | ' ' if !joined => joined = true,
            _ => break,
        }
        end = at + char.len_utf8();
    }
    (end > 0 && !joined).then_some(end)
}

/// Not `${x}`, `%{x}`, `#{x}`, `@{x}`, `^{x}`, `\{x}`, `{{x}}`, and not `{fd}>file`.
fn brace_stands(before: &str, after: &str) -> bool {
    let redirection =
        after.starts_with(['<', '>']) && (before.is_empty() || before.ends_with([' ', '\t', '\n']));
    !redirection && !before.ends_with(['$', '%', '#', '@', '^', '\\', '{']) && !after.starts_with('}')
}

/// Not a redirection (`<in>out`, `<in>>out`, `<<END>out`), a word boundary, a named group, an include or markup.
fn angle_stands(text: &str, before: &str, name: &str, after: &str) -> bool {
    let redirection =
        before.ends_with('<') || after.starts_with(|c: char| c == '>' || c == '&' || c.is_alphanumeric());
    let pattern = before.ends_with(['\\', '?']) || name.ends_with('\\');
    let include = before.trim_end().ends_with("#include");
    let markup = text.contains(&format!("</{name}>"));
    !redirection && !pattern && !include && !markup && !PRINTED.contains(&name)
}

/// For each byte, whether it stands in a quoted argument of a program with braces of its own.
fn languages(text: &str, quoting: &[At]) -> Vec<bool> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let (mut command, mut argument, mut word) = (false, false, 0);
    for (at, &byte) in bytes.iter().enumerate() {
        let plain = quoting[at].quoting == Quoting::Plain;
        let opens = !plain && at > word && quoting[at - 1].quoting == Quoting::Plain;
        let ends = plain && matches!(byte, b' ' | b'\t' | b'\n' | b'|' | b';' | b'&' | b'(' | b')' | b'{');
        if opens || ends {
            let piece = &text[word..at];
            command |= LANGUAGES.contains(&piece.rsplit('/').next().unwrap_or(piece));
            argument |= TEMPLATES.iter().any(|mark| piece.contains(mark));
        }
        out.push(argument || (command && !plain));
        if ends {
            word = at + 1;
            let continued = byte == b'\n' && at > 0 && bytes[at - 1] == b'\\';
            command &= matches!(byte, b' ' | b'\t' | b'{') || continued;
            argument &= byte == b'{';
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        blanks(text).into_iter().map(|blank| blank.name).collect()
    }

    #[test]
    fn finds_what_a_person_must_fill() {
        for (text, want) in [
            ("docker login {registry.url.or.IP} -u {username}", &["registry.url.or.IP", "username"][..]),
            ("REGISTRY={harbor.url.or.IP:port}/{repository}", &["harbor.url.or.IP:port", "repository"]),
            ("httping <ClusterIP>", &["ClusterIP"]),
            ("ab -n 10 http://<ClusterIP>/1", &["ClusterIP"]),
            ("ssh <user>@<host name> -p {port}", &["user", "host name", "port"]),
            ("curl \"https://{host}/v2\" -H 'X: <key>'", &["host", "key"]),
            ("git clone https://@@GITREPO@@", &["GITREPO"]),
            ("jq .name {file}", &["file"]),
            ("awk '{print}' x | ssh \"{host}\"", &["host"]),
            ("kubectl get po -o jsonpath='{.a}{end}' -n {ns}", &["ns"]),
            ("echo {stage.registry} {hôte}", &["stage.registry", "hôte"]),
            ("kubectl config set-credentials a --token=...", &["token"]),
            ("export AWS_KEY=AKI... \\\n X=\"...\"; y --id='abc...'", &["AWS_KEY", "X", "id"]),
        ] {
            assert_eq!(names(text), want, "{text}");
        }
    }

    #[test]
    fn leaves_what_the_shell_and_its_programs_mean() {
        for text in [
            "echo ${VAR} ${VAR:-x} $VAR",
            "cp x.{cert,privkey} {1..3} {a,b}",
            "jq \".items[] | {name:.metadata.name}\"",
            "kubectl get deploy -o json |\n  jq '{name}'",
            "kubectl get -o json \\\n| jq -r \\\n '.[] | {name}'",
            "kubectl get po -o jsonpath={range.items}{end}",
            "kubectl get po -o jsonpath='{range .items[*]}{.metadata.name}{end}'",
            "docker ps --format '{{.Names}}' --format {{json}}",
            "kubectl get svc | grep '<none>'",
            "sort <in>out; sort <in>>out; cat <in >out; cat <<EOF >out\n<h1>{name}</h1>\nEOF",
            "cat <<-'END'\n\t<Name> {name}\n\tEND",
            "diff <(ls a) <(ls b) 2>&1",
            "awk '{print}' file; sed -n '/a/{p}' file",
            "curl -w '%{http_code}' x; git show HEAD^{tree} stash@{u}; tmux display '#{pane}'",
            "exec {fd}>log; echo x >&$fd",
            "echo '<b>bold</b>'; echo '#include <stdio.h>'; grep '\\<word\\>' f",
            "# ask <Name> for {name}",
            "find . -exec ls {} \\;",
            "{ echo a; }; f() { ls; }",
            "echo \\{name}",
            "[[ $a <$b && $c> d ]]",
            "email me@@home",
            "go test ./... -run=./...; git diff main...topic; git log --range=a...b",
            "echo loading... a= ... && curl x?y=... # --token=...",
            "ls ...; x=a.b...c; [ $a = ... ]; =...; x=....",
        ] {
            assert_eq!(names(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn some_words_ask_by_their_spelling() {
        for (text, names) in [
            ("ssh X.X.X.X; curl http://A.B.C.D:80/", &["X.X.X.X", "A.B.C.D"][..]),
            ("git clone https://h/o/fleet-flux-XXXXX.git XXXXX", &["XXXXX"]),
            ("kubectl logs web-yyyyy", &["yyyyy"]),
            ("ssh nodeX sudo ip link set ensY down", &["nodeX", "ensY"]),
            (
                "docker logs containerID; ssh -p myPort me@mySshIpAddress",
                &["containerID", "myPort", "mySshIpAddress"],
            ),
            ("docker push yourName/app; curl http://CLUSTERIP:9200", &["yourName", "CLUSTERIP"]),
            ("kubectl get po -o jsonpath={..containerID}; docker inspect -f '{{.containerID}}' x", &[]),
            ("grep containerID log; echo yourName; docker build -t myImage .; mysqlHost; myHost=1", &[]),
            ("kubectl run --nodeX; echo $nodeX \"nodeX\" my-nodeX-1; yourapp; GPUX serverless indexX", &[]),
            ("mktemp -d /tmp/a.XXXXXX", &[]),
            ("echo $XXXX ${XXXX} xxx maxxxx XXXXa # XXXX", &[]),
            ("cat <<E\nXXXX\nE", &[]),
        ] {
            assert_eq!(crossed(text), names, "{text}");
        }
    }

    #[test]
    fn masks_keep_every_byte_in_its_place() {
        let text = "kubectl logs <nœud> {a.b}/x";
        assert_eq!(mask_blanks(text), "kubectl logs _n__ud_ _a_b_/x");
        assert_eq!(mask_blanks(text).len(), text.len());
    }

    #[test]
    fn marks_in_great_number_take_linear_time() {
        let text = format!("echo '{}'", "{a} <b ".repeat(20_000));
        assert_eq!(blanks(&text).len(), 20_000);
    }
}
