//! The labrun program under another name: a thin client that hands its call to the run and prints what it is told.
//!
//! Knows no program's meaning, except that `jq`, `curl` and `vi` work by themselves: they need no cluster, and their
//! input and output are not worth a detour.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode};

use super::simulated;
use super::unknown;
use super::wire::{Call, Frame, SOCKET};

/// Standard output or error was closed: what a program dead of SIGPIPE shows.
const BROKEN_PIPE: u8 = 141;

/// Acts as the stand-in that the program was called as, on a simulated stage; `None` anywhere else, and for labrun
/// under its own name. `arguments` are the process's, its name first.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> Option<ExitCode> {
    let mut arguments = arguments.into_iter();
    let called = arguments.next()?;
    let name = Path::new(&called).file_name()?.to_str()?.to_owned();
    if !simulated::STAND_INS.contains(&name.as_str()) {
        return None;
    }
    let socket = std::env::var_os(SOCKET)?;
    let arguments: Vec<String> = arguments.map(|argument| argument.to_string_lossy().into_owned()).collect();
    let status = match name.as_str() {
        "jq" => simulated::jq::main(arguments),
        "curl" => simulated::curl::main(&arguments),
        "vi" | "vim" => simulated::vi::main(&name, &arguments),
        _ => hand_over(Path::new(&socket), name.clone(), arguments).unwrap_or_else(|error| {
            if error.kind() == io::ErrorKind::BrokenPipe {
                return BROKEN_PIPE;
            }
            let _ = writeln!(io::stderr(), "{name}: the run that simulates it cannot be reached: {error}");
            1
        }),
    };
    Some(ExitCode::from(status))
}

/// Lets the run act, and does as it says.
fn hand_over(socket: &Path, program: String, arguments: Vec<String>) -> io::Result<u8> {
    let call = Call {
        program,
        arguments,
        directory: std::env::current_dir()?,
        environment: std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect(),
    };
    let mut run = UnixStream::connect(socket)?;
    Frame::Call(call).write_now(&mut run)?;
    loop {
        match Frame::read_now(&mut run)? {
            Frame::Output(bytes) => io::stdout().write_all(&bytes).and_then(|()| io::stdout().flush())?,
            Frame::Errors(bytes) => io::stderr().write_all(&bytes)?,
            Frame::WantInput => send_input(&mut run)?,
            Frame::Run(arguments) => return become_program(&arguments),
            Frame::Exit(status) => return Ok(status),
            Frame::Call(_) | Frame::Input(_) | Frame::Unknown(_) => {}
        }
    }
}

/// Tells the run of what a stand-in that works by itself says that it does not know; anything else it says is nobody's
/// business. Returns when the run has heard it.
pub(super) fn tell_unknown(said: &str) {
    let Some(sentence) = unknown::sentence_in(said) else { return };
    let tell = |socket| -> io::Result<()> {
        let mut run = UnixStream::connect(socket)?;
        Frame::Unknown(sentence.to_owned()).write_now(&mut run)?;
        Frame::read_now(&mut run).map(drop)
    };
    // Without a run, nobody needs to know.
    if let Some(socket) = std::env::var_os(SOCKET) {
        let _ = tell(socket);
    }
}

fn send_input(run: &mut UnixStream) -> io::Result<()> {
    let mut input = io::stdin().lock();
    let mut piece = vec![0; 64 << 10];
    loop {
        let count = input.read(&mut piece)?;
        Frame::Input(piece[..count].to_vec()).write_now(run)?;
        if count == 0 {
            return Ok(());
        }
    }
}

/// Replaces this process, as `sudo` does; returns only where that fails, with the status a shell gives.
fn become_program(arguments: &[String]) -> io::Result<u8> {
    let Some((program, rest)) = arguments.split_first() else { return Ok(0) };
    let error = Command::new(program).args(rest).exec();
    writeln!(
        io::stderr(),
        "sudo: {program}: {}",
        if is_missing(&error) { "command not found".into() } else { error.to_string() }
    )?;
    Ok(if is_missing(&error) { 1 } else { 126 })
}

fn is_missing(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}
