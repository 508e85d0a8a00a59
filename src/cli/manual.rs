//! Completions for shells and manual pages, from the definition of the command line.

use std::io::{self, Write};
use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;

use super::Error;
use super::args::Cli;
use crate::event::Exit;

/// Prints what a shell reads to complete labrun's options.
///
/// # Errors
/// When the output cannot be written.
pub fn completions(shell: Shell) -> Result<Exit, Error> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "labrun", &mut text);
    write(&text)
}

/// Writes the manual pages of labrun and of each subcommand into a folder, or prints the first of them.
///
/// # Errors
/// When they cannot be written.
pub fn man(folder: Option<&Path>) -> Result<Exit, Error> {
    if let Some(folder) = folder {
        let written =
            std::fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(Cli::command(), folder));
        written.map_err(|source| Error::Report { path: folder.into(), source })?;
        return Ok(Exit::Held);
    }
    let mut text = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut text)?;
    write(&text)
}

fn write(text: &[u8]) -> Result<Exit, Error> {
    let mut out = io::stdout().lock();
    out.write_all(text)?;
    out.flush()?;
    Ok(Exit::Held)
}
