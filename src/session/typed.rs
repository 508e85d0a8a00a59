//! What labrun types into bash's command input: the lines around a command that attach its outputs, hand over `$?`
//! and `$_`, and make bash report.
//!
//! Bash is interactive but reads its commands from a pipe that no command can see. The report goes out by a path that
//! is opened for each report, so there is no descriptor that a command could close, inherit or run out of.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::quote::quote;

/// The line that makes a fresh shell ready and lets it report `R`, by the first of these ways that opens.
///
/// Without history expansion: labs are typed, but no learner means `!` in a string. `PS1` and `PS2` are emptied so
/// that prompts do not fill the log. The function hands `$?` over; it is read-only, so no command loses it.
pub(super) fn handshake(ways: &[(&str, &Path)]) -> String {
    let mut line = String::from(
        "set +H +o history; shopt -s expand_aliases; unset MAILCHECK TMOUT HISTFILE; PS1= PS2=; export -n PS1 PS2; \
         __labrun_status= __labrun_last=; __labrun_hand() { return \"$1\"; }; readonly -f __labrun_hand; ",
    );
    for (at, (name, path)) in ways.iter().enumerate() {
        if at > 0 {
            line.push_str(" || ");
        }
        let _ = write!(
            line,
            r#"\builtin printf 'R\0%s\0%s\0{name}\0' "$BASH_VERSION" "${{PWD-}}" 2>/dev/null >{}"#,
            word(path)
        );
    }
    line.push('\n');
    line
}

/// What a command finds and where it writes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attachment<'a> {
    /// `$?` as the command before left it.
    pub status: i32,
    /// `$_` as the command before left it.
    pub last: &'a OsStr,
    /// Where standard input comes from.
    pub stdin: &'a Path,
    /// Where standard output goes.
    pub stdout: &'a Path,
    /// Where standard error goes.
    pub stderr: &'a Path,
}

/// What follows a command's source: the command that keeps its status and `$_`. Under `set -v` bash echoes it.
pub(super) const KEEP: &str = "\n\n{ __labrun_status=$? __labrun_last=$_; } >/dev/null 2>&1";

/// The line that runs a command.
///
/// Where the command before failed, `||` leads into it, else `&&`: so `$?` is handed over without `set -e` or an ERR
/// trap taking notice. Status and `$_` are kept by a last command inside, since those of `eval` itself are not the
/// command's. That last command is silent even under `set -x` or a DEBUG trap, and starts on a line of its own for a
/// source that ends in a backslash or a comment.
pub(super) fn command(source: &str, to: Attachment<'_>) -> String {
    let keep = if open_here_document(source) { "" } else { KEEP };
    let joint = if to.status == 0 { "&&" } else { "||" };
    format!(
        "__labrun_status=; __labrun_hand {status} {last} {joint} \\builtin eval {source} <{input} >{out} 2>{err}\n",
        status = to.status,
        last = quote(to.last.as_bytes()),
        source = quote([source, keep].concat().as_bytes()),
        input = word(to.stdin),
        out = word(to.stdout),
        err = word(to.stderr),
    )
}

/// The line that reports how a command ended. A line of its own: an interrupt takes the rest of the line it meets.
pub(super) fn report(sequence: u64, path: &Path) -> String {
    format!(
        concat!(
            r#"\builtin printf 'D\0%s\0%s\0%s\0%s\0%s\0' {sequence} "${{__labrun_status:-$?}}" "#,
            r#""$__labrun_last" "${{PWD-}}" "$-" >{path}"#,
            "\n"
        ),
        sequence = sequence,
        path = word(path),
    )
}

/// The line that reports the exported variables.
pub(super) fn environment(sequence: u64, path: &Path) -> String {
    declarations(sequence, "-px", path)
}

/// The line that reports these variables, exported or not. Each name must be [`is_name`].
pub(super) fn variables(sequence: u64, names: &[&str], path: &Path) -> String {
    declarations(sequence, &format!("-p {}", names.join(" ")), path)
}

fn declarations(sequence: u64, which: &str, path: &Path) -> String {
    let path = word(path);
    // Three commands: a DEBUG trap runs before each redirection, so what it prints stays out of the report.
    format!(
        r"\builtin printf 'E\0%s\0' {sequence} >{path}; \builtin declare {which} >{path} 2>/dev/null; \builtin printf '\0' >{path}"
    ) + "\n"
}

/// The line that sets a variable and reports whether that could be done. The name must be [`is_name`].
pub(super) fn assign(sequence: u64, name: &str, value: &[u8], path: &Path) -> String {
    format!(
        r#"\builtin printf -v {name} %s {value}; \builtin printf 'A\0%s\0%s\0' {sequence} "$?" >{path}"#,
        value = quote(value),
        path = word(path),
    ) + "\n"
}

/// These lines without those that quote one of ours, and without the terminal's carriage returns.
pub(super) fn without_ours(text: &[u8]) -> Vec<u8> {
    let lines = text.split_inclusive(|&byte| byte == b'\n');
    let ours = |line: &&[u8]| line.windows(8).any(|window| window == b"__labrun");
    lines.filter(|line| !ours(line)).flatten().copied().filter(|&byte| byte != b'\r').collect()
}

/// What bash says of a line of ours, without the prompts that a user may have set.
pub(super) fn complaints(text: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    let lines = text.lines().filter_map(|line| Some(format!("{}\n", &line[line.find("bash: ")?..])));
    lines.collect::<String>().into_bytes()
}

/// Whether bash takes this for a variable's name.
pub(super) fn is_name(name: &str) -> bool {
    !name.starts_with(|first: char| first.is_ascii_digit())
        && !name.is_empty()
        && name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
}

fn word(path: &Path) -> String {
    quote(path.as_os_str().as_bytes())
}

/// Whether a here-document may lack its end: what we put behind it would become part of it. Looks at the text only,
/// so `1 << 2` counts as one too; then `$_` is lost, and nothing else.
fn open_here_document(source: &str) -> bool {
    let mut rest = source;
    while let Some(at) = rest.find("<<") {
        rest = &rest[at + 2..];
        if let Some(after) = rest.strip_prefix('<') {
            rest = after;
            continue;
        }
        let delimiter = delimiter(rest.strip_prefix('-').unwrap_or(rest).trim_start_matches([' ', '\t']));
        if !rest.lines().skip(1).any(|line| line.trim_start_matches('\t') == delimiter) {
            return true;
        }
    }
    false
}

/// The word at the start of the text, its quotes removed.
fn delimiter(text: &str) -> String {
    let mut quote = None;
    let mut word = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '\\') => word.extend(chars.next()),
            (None, ' ' | '\t' | '\n' | ';' | '|' | '&' | '<' | '>' | '(' | ')') => break,
            _ => word.push(c),
        }
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn here_documents_are_seen_to_end() {
        for closed in [
            "cat <<EOF\nhello\nEOF",
            "cat <<-'E O'\n\tx\n\tE O",
            "cat <<A <<\"B\"; date\na\nA\nb\nB\n",
            "cat <<< EOF",
            "echo hello",
            "cat > f <<EOF\n<<X\nX\nEOF\n",
        ] {
            assert!(!open_here_document(closed), "{closed}");
        }
        for open in ["cat <<EOF", "cat <<EOF\nhello\n EOF", "cat <<A <<B\nA\n", "echo $((1 << 2))"] {
            assert!(open_here_document(open), "{open}");
        }
    }

    #[test]
    fn complaints_are_told_from_prompts() {
        let text = b"$ bash: cannot duplicate fd: Bad file descriptor\n$ \n";
        assert_eq!(complaints(text), b"bash: cannot duplicate fd: Bad file descriptor\n");
    }

    #[test]
    fn names_are_names() {
        assert!(is_name("a") && is_name("_B9"));
        for wrong in ["", "9a", "a-b", "a b", "a[0]", "é"] {
            assert!(!is_name(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_command_is_one_line_whatever_it_holds() {
        let to = Attachment {
            status: 3,
            last: OsStr::new("it's"),
            stdin: Path::new("/dev/null"),
            stdout: Path::new("/proc/7/fd/9"),
            stderr: Path::new("/tmp/a b/2"),
        };
        let line = command("echo 'a\nb' \\", to);
        assert_eq!(line.matches('\n').count(), 1);
        assert!(line.contains(r"__labrun_hand 3 $'it\'s' || \builtin eval"));
    }
}
