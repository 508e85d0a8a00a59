//! A small `vi`, for machines that have none: the keys that slides show, on the session's own terminal. This file is
//! the program: its arguments, files and terminal. What keys do is in `editor`, what is seen in `view`, which bytes
//! are which keys in `keys`.

mod editor;
mod keys;
mod view;

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::retry_on_intr;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};

use self::editor::{Editor, Wish};
use self::keys::Keys;
use super::call::not_simulated;
use crate::stage::stand_in::tell_unknown;

/// After this long, an Escape is one, and not the beginning of another key.
const ESCAPE: Duration = Duration::from_millis(50);

/// The program, called by the name `program`.
pub(in crate::stage) fn main(program: &str, arguments: &[String]) -> u8 {
    edit(program, arguments).unwrap_or_else(|error| {
        let said = error.to_string();
        tell_unknown(&said);
        let _ = writeln!(io::stderr(), "{program}: {said}");
        1
    })
}

fn edit(program: &str, arguments: &[String]) -> io::Result<u8> {
    let name = match arguments {
        [] => None,
        [name] if !name.starts_with(['-', '+']) => Some(name.clone()),
        [dashes, name] if dashes == "--" => Some(name.clone()),
        _ => {
            let what = format!("how to be called with {}", arguments.join(" "));
            return Err(io::Error::other(not_simulated(program, &what)));
        }
    };
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(io::Error::other("it needs a terminal for its input and its output"));
    }
    let mut editor = open(program, name.as_deref())?;
    let _raw = Raw::begin()?;
    let mut keys = Keys::default();
    let mut bytes = vec![0; 4096];
    draw(&mut editor)?;
    loop {
        let patience = keys.is_undecided().then_some(ESCAPE);
        let count = if has_input(patience)? { read(&mut bytes)? } else { 0 };
        match count {
            // Nothing more belongs to the Escape.
            0 if patience.is_some() => keys.settle(),
            // Nobody is there any more.
            0 => return Ok(1),
            count => keys.push(&bytes[..count]),
        }
        while let Some(key) = keys.next() {
            let wish = editor.press(key);
            // The next key clears it.
            tell_unknown(&editor.message);
            match wish {
                None => {}
                Some(Wish::Quit) => return Ok(0),
                Some(Wish::Write { leave }) => {
                    let written = match &name {
                        None => Err(io::Error::other("E32: No file name")),
                        Some(name) => fs::write(name, editor.content()),
                    };
                    if editor.written(&written) && leave {
                        return Ok(0);
                    }
                }
            }
        }
        draw(&mut editor)?;
    }
}

/// Reads what is there, and leaves nothing in a buffer that cannot be waited for.
fn read(bytes: &mut [u8]) -> io::Result<usize> {
    Ok(retry_on_intr(|| rustix::io::read(io::stdin(), &mut *bytes))?)
}

fn open(program: &str, name: Option<&str>) -> io::Result<Editor> {
    let shown = name.unwrap_or_default();
    let text = match name.map(fs::read) {
        None => return Ok(Editor::new(program, "", None)),
        Some(Err(error)) if error.kind() == io::ErrorKind::NotFound => None,
        Some(Err(error)) => return Err(io::Error::other(format!("{shown}: {error}"))),
        Some(Ok(bytes)) => Some(String::from_utf8(bytes).map_err(|_| {
            io::Error::other(not_simulated(
                program,
                &format!("text like that of {shown}, which is not UTF-8"),
            ))
        })?),
    };
    Ok(Editor::new(program, shown, text.as_deref()))
}

fn draw(editor: &mut Editor) -> io::Result<()> {
    let size = tcgetwinsize(io::stdout())?;
    print(&view::draw(editor, usize::from(size.ws_col.max(1)), usize::from(size.ws_row.max(2))))
}

fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Waits for input, for ever or so long; whether there is some.
fn has_input(patience: Option<Duration>) -> io::Result<bool> {
    let stdin = io::stdin();
    let limit = patience.map(TryInto::try_into).transpose().map_err(io::Error::other)?;
    let mut waited = [PollFd::new(&stdin, PollFlags::IN)];
    Ok(retry_on_intr(|| poll(&mut waited, limit.as_ref()))? > 0)
}

/// The terminal gives each key as it is pressed and shows another screen, as long as this value is.
struct Raw {
    before: Termios,
}

impl Raw {
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(io::stdin(), OptionalActions::Drain, &raw)?;
        let begun = Self { before };
        print("\x1b[?1049h")?;
        Ok(begun)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let _ = print("\x1b[?1049l");
        let _ = tcsetattr(io::stdin(), OptionalActions::Drain, &self.before);
    }
}
