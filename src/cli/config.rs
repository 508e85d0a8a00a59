//! `labrun config`: what holds for a deck, each value with where it came from.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use clap::ArgMatches;
use clap::parser::ValueSource;

use super::ask::Answers;
use super::file::{File, Said, Status, Unending};
use super::settings::{Options, Settings};
use super::{Error, args, decks, paths};
use crate::deck::Labs;
use crate::event::Exit;
use crate::report::layout::{row, time};
use crate::values;

/// A setting: its key in the file, what it is, and the options that say the same.
struct Line {
    key: String,
    value: String,
    options: &'static [&'static str],
    /// Where it is from, if that is known already.
    origin: Option<String>,
}

/// Prints what holds for each deck; `typed` is the command line as clap read it.
///
/// # Errors
/// When a configuration is wrong, or the output cannot be written.
pub fn config(args: &args::Run, typed: &ArgMatches) -> Result<Exit, Error> {
    super::here()?;
    let answers = Answers::new();
    let options = Options { decks: &args.decks, run: Some(args), host: Some(&args.host), answers: &answers };
    let mut text = String::new();
    for found in paths::find(&args.decks.paths).map_err(decks::Error::from)? {
        let settings = Settings::of(&found.path, &options).map_err(decks::Error::from)?;
        let said = match options.file(&found.path) {
            Some(path) => {
                File::read(path, &found.path).and_then(|file| file.said()).map_err(decks::Error::from)?
            }
            None => BTreeMap::new(),
        };
        text.push_str(&page(&found.path, &settings, &said, typed));
    }
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(Exit::Held)
}

fn page(deck: &Path, settings: &Settings, said: &BTreeMap<String, Said>, typed: &ArgMatches) -> String {
    let columns = super::columns();
    let mut lines = lines(settings);
    // Tables of names that only a file has: wildcards, levels of lint, what is known to fail.
    for (key, said) in said {
        if !lines.iter().any(|line| line.key == *key) {
            let (value, origin) = (said.value.clone(), Some(said.origin.clone()));
            lines.push(Line { key: key.clone(), value, options: &[], origin });
        }
    }
    let widest = lines.iter().map(|line| line.key.len()).max().unwrap_or_default();
    let mut text = format!("{}\n", deck.display());
    for line in lines {
        let origin = line.origin.clone().unwrap_or_else(|| origin(&line, said, typed));
        let left = format!("  {:<widest$}  {}", line.key, line.value);
        text.push_str(&row(&left, &origin, columns));
        text.push('\n');
    }
    text
}

/// Who said it last: the strongest one.
fn origin(line: &Line, said: &BTreeMap<String, Said>, typed: &ArgMatches) -> String {
    let of = |id: &&&str| typed.try_contains_id(id).is_ok().then(|| typed.value_source(id)).flatten();
    let source = |wanted: ValueSource| line.options.iter().find(|id| of(id) == Some(wanted));
    let mut origins: Vec<String> = Vec::new();
    if let Some(id) = source(ValueSource::CommandLine) {
        origins.push(format!("--{}", id.replace('_', "-")));
    } else if let Some(id) = source(ValueSource::EnvVariable) {
        origins.push(format!("LABRUN_{}", id.to_uppercase()));
    }
    // Lists add up; of all else the strongest is the only one.
    let list = matches!(&*line.key, "secrets" | "allow" | "exclude-class" | "kube-contexts");
    if origins.is_empty() || list {
        origins.extend(said.get(&line.key).map(|said| said.origin.clone()));
    }
    if origins.is_empty() { "built-in".to_owned() } else { origins.join(", ") }
}

fn lines(settings: &Settings) -> Vec<Line> {
    let line = |key: &str, value: String, options| Line { key: key.into(), value, options, origin: None };
    let list = |names: &[String]| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let limit = |limit: std::time::Duration| time(u64::try_from(limit.as_millis()).unwrap_or(u64::MAX));
    let labs = match &settings.labs {
        Labs::All => "all".to_owned(),
        Labs::Classes(classes) => list(classes),
    };
    let home = settings.home.as_ref().map_or_else(|| "none".to_owned(), |home| home.display().to_string());
    let on_failure = match settings.on_failure {
        None => "stop if the command acted",
        Some(args::OnFailure::Stop) => "stop",
        Some(args::OnFailure::Continue) => "continue",
        Some(args::OnFailure::Shell) => "shell",
    };
    let status = if settings.status == Status::Last { "last" } else { "each" };
    let unending = if settings.unending == Unending::Fail { "fail" } else { "observe" };
    let fail_on = if settings.strict { "warned" } else { "failed" };
    let permissions = &settings.permissions;
    let (columns, rows) = settings.terminal;
    let mut lines = vec![
        line("stage", settings.stage.word().to_owned(), &["stage"]),
        line("home", home, &[]),
        line("labs", labs, &["labs"]),
        line("exclude-class", list(&settings.selection.exclude), &["exclude_class"]),
        line("on-failure", on_failure.to_owned(), &["on_failure"]),
        line("status", status.to_owned(), &[]),
        line("retry", settings.retry.to_string(), &["no_retry"]),
        line("fail-on", fail_on.to_owned(), &["strict", "fail_on"]),
        line("unending", unending.to_owned(), &[]),
        line("terminal", format!("{columns}x{rows}"), &[]),
        line("secrets", list(&settings.secrets), &["secret"]),
        line("mask-tokens", settings.mask_tokens.to_string(), &[]),
        line("allow", list(&settings.allow), &["allow"]),
        line("kube-contexts", list(&permissions.kube_contexts), &["kube_context"]),
        line("share-config", permissions.share_config.to_string(), &["share_config"]),
        line("allow-removal", permissions.allow_removal.to_string(), &["allow_removal"]),
        line("limits.looks", limit(settings.limits.looks), &["timeout"]),
        line("limits.acts", limit(settings.limits.acts), &["timeout"]),
        line("limits.wait", limit(settings.limits.wait), &[]),
        line("limits.longwait", limit(settings.limits.longwait), &[]),
    ];
    lines.extend(settings.values.iter().map(|(name, value)| {
        let secret = values::is_secret(name) || settings.secrets.iter().any(|listed| listed == name);
        let shown = if secret { "***".to_owned() } else { value.text.clone() };
        Line {
            key: format!("values.{name}"),
            value: shown,
            options: &[],
            origin: Some(value.origin.to_string()),
        }
    }));
    lines
}
