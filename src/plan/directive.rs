//! Directives that act at the terminal: keys, text that is typed, copied and pasted, panes, a browser.

use regex::Regex;

use super::{Action, Pane};
use crate::diagnostic::codes;
use crate::keys::Key;

/// What is wrong with a directive, or worth knowing about it.
#[derive(Debug)]
pub(super) struct Remark {
    /// One of [`codes`].
    pub code: &'static str,
    /// One lower-case sentence.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// Reads the directives of the terminal; `None` for other words. With an action there may be something worth knowing.
///
/// # Errors
/// What is wrong with the data.
pub(super) fn read(word: &str, data: &str) -> Option<Result<(Action, Option<Remark>), Remark>> {
    let plain = |action| Ok((action, None));
    Some(match word {
        "key" => keys(data).map(|keys| (Action::Press(keys), None)),
        "keys" => match control(data.trim()) {
            Some(key) => Ok((Action::Press(vec![key]), Some(meant_as_key(data.trim())))),
            None if data.is_empty() => Err(empty(word, "TEXT")),
            None => plain(Action::Keys(data.to_owned())),
        },
        "copy" => pattern(word, data).map(|pattern| (Action::Copy(pattern), None)),
        "copypaste" => pattern(word, data).map(|pattern| (Action::CopyAndRun(pattern), None)),
        "paste" => plain(Action::Paste),
        "check" => plain(Action::Check),
        "open" if data.trim().is_empty() => Err(empty(word, "URL")),
        "open" if is_web(data.trim()) => plain(Action::Open),
        "open" => Err(Remark {
            code: codes::OPEN_ADDRESS,
            message: format!("`{}` is no address of the web", data.trim()),
            help: "write all of it: `open http://HOST:PORT/`, or https://".to_owned(),
        }),
        "tmux" => pane(data).map(|pane| (Action::Pane(pane), None)),
        _ => return None,
    })
}

/// Whether a browser would fetch it from a server: it is handed to the desktop, which starts programs for other addresses.
fn is_web(address: &str) -> bool {
    ["http://", "https://"].into_iter().any(|scheme| {
        let start = address.get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme)) && address.len() > scheme.len()
    })
}

/// One name, or several with blanks between.
fn keys(data: &str) -> Result<Vec<Key>, Remark> {
    let names = data.split_whitespace();
    let keys: Vec<Key> = names.map(Key::parse).collect::<Result<_, _>>().map_err(|unknown| Remark {
        code: codes::KEY_UNKNOWN,
        message: unknown.to_string(),
        help:
            "keys have tmux's names: Enter, Escape, Space, Up, F5, ^C or C-c, M-x; `keys TEXT` types a text"
                .to_owned(),
    })?;
    if keys.is_empty() { Err(empty("key", "NAME")) } else { Ok(keys) }
}

/// `^C` and the like, which nobody types as two characters.
fn control(data: &str) -> Option<Key> {
    let is = data.len() == 2 && data.starts_with('^');
    if is { Key::parse(data).ok() } else { None }
}

fn meant_as_key(data: &str) -> Remark {
    Remark {
        code: codes::KEYS_KEY,
        message: format!("`keys {data}` is taken for the key {data}"),
        help: format!("write `key {data}`"),
    }
}

fn pattern(word: &str, data: &str) -> Result<Regex, Remark> {
    if data.trim().is_empty() {
        return Err(empty(word, "REGEX"));
    }
    Regex::new(&format!("(?s){}", data.trim())).map_err(|error| Remark {
        code: codes::PATTERN_INVALID,
        message: format!("what this `{word}` looks for is not a regular expression"),
        help: error.to_string().lines().last().unwrap_or_default().trim().to_owned(),
    })
}

/// The tmux commands that decks use, by their names and short forms.
fn pane(data: &str) -> Result<Pane, Remark> {
    let mut words = data.split_whitespace();
    let verb = words.next().unwrap_or_default();
    let unknown = || Remark {
        code: codes::PANE_UNKNOWN,
        message: format!("labrun does not know `tmux {}`", data.trim()),
        help: "it knows split-pane, new-window, select-pane -t N, last-pane, kill-pane and select-layout"
            .to_owned(),
    };
    Ok(match verb {
        "split-pane" | "split-window" | "splitp" | "splitw" | "new-window" | "neww" => Pane::New,
        "last-pane" | "lastp" | "last-window" | "last" => Pane::Last,
        "select-pane" | "selectp" => {
            let target = words.next_back().and_then(|word| word.trim_start_matches("-t").parse().ok());
            Pane::Select(target.ok_or_else(unknown)?)
        }
        "kill-pane" | "killp" => Pane::Close,
        "select-layout" | "selectl" | "resize-pane" | "resizep" => Pane::Layout,
        _ => return Err(unknown()),
    })
}

fn empty(word: &str, what: &str) -> Remark {
    Remark {
        code: codes::EXPECT_ALONE,
        message: format!("nothing stands behind this `{word}`"),
        help: format!("write `{word} {what}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(word: &str, data: &str) -> (&'static str, String) {
        let remark = read(word, data).unwrap().unwrap_err();
        (remark.code, remark.message)
    }

    #[test]
    fn keys_have_names_and_keys_have_text() {
        let key = |name| Key::parse(name).unwrap();
        for (word, data, action) in [
            ("key", "^C", Action::Press(vec![key("^C")])),
            ("key", " Escape ", Action::Press(vec![key("Escape")])),
            ("key", "Down Down", Action::Press(vec![key("Down"), key("Down")])),
            ("keys", "^C", Action::Press(vec![key("^C")])),
            ("keys", "kubectl delete pod ", Action::Keys("kubectl delete pod ".into())),
            ("keys", "^Cx", Action::Keys("^Cx".into())),
            ("tmux", "split-pane -v", Action::Pane(Pane::New)),
            ("tmux", "select-pane -t 0", Action::Pane(Pane::Select(0))),
            ("tmux", "selectl even-vertical", Action::Pane(Pane::Layout)),
            ("tmux", "last-pane", Action::Pane(Pane::Last)),
        ] {
            let (read, _) = read(word, data).unwrap().unwrap();
            assert_eq!(format!("{read:?}"), format!("{action:?}"), "{word} {data}");
        }
        assert!(read("keys", "^C").unwrap().unwrap().1.is_some());
        assert!(read("wait", "x").is_none());
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert_eq!(
            wrong("key", "Escpae"),
            (codes::KEY_UNKNOWN, "`Escpae` is no key; `Escape` is one".into())
        );
        assert_eq!(wrong("tmux", "swap-pane").0, codes::PANE_UNKNOWN);
        for address in ["javascript:alert(1)", "file:///etc/passwd", "--help", "http://", "httpé:/"] {
            assert_eq!(wrong("open", address).0, codes::OPEN_ADDRESS, "{address}");
        }
        assert_eq!(wrong("tmux", "select-pane -L").0, codes::PANE_UNKNOWN);
        assert_eq!(wrong("copy", "(").0, codes::PATTERN_INVALID);
        for word in ["key", "keys", "copy", "copypaste", "open"] {
            assert_eq!(wrong(word, "").0, codes::EXPECT_ALONE, "{word}");
        }
    }
}
