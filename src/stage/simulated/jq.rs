//! The stand-in for `jq`: jaq behind jq's command line, with jq's exit codes. Works by itself, without the run.

use std::io::{self, IsTerminal, Read, Write};

use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, data, unwrap_valr};
use jaq_json::{Val, read, write};

use super::call::not_simulated;
use crate::stage::stand_in::tell_unknown;

/// What jq has and jaq's library leaves to its program.
const DEFINITIONS: &str = r#"
def @csv: map(if isstring then "\"\(gsub("\""; "\"\""))\"" elif . == null then "" else tostring end) | join(",");
def @tsv: map(if isstring then gsub("\\\\"; "\\\\") | gsub("\t"; "\\t") | gsub("\n"; "\\n") elif . == null then "" else tostring end) | join("\t");
"#;

/// What was asked.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is one of jq's switches")]
struct Options {
    raw_output: bool,
    join: bool,
    compact: bool,
    by_status: bool,
    null_input: bool,
    raw_input: bool,
    slurp: bool,
    sort_keys: bool,
    indent: Option<String>,
    variables: Vec<(String, Val)>,
    filter: Option<String>,
    files: Vec<String>,
}

/// Why it ends early: jq's status and what it says.
struct Stop(u8, String);

/// The program: its exit status.
pub(in crate::stage) fn main(arguments: Vec<String>) -> u8 {
    let mut out = io::stdout().lock();
    match run(arguments, &mut out) {
        Ok(status) => status,
        Err(Stop(status, text)) => {
            let _ = out.flush();
            let _ = writeln!(io::stderr(), "{text}");
            tell_unknown(&text);
            status
        }
    }
}

fn run(arguments: Vec<String>, out: &mut impl Write) -> Result<u8, Stop> {
    let options = options(arguments)?;
    let Some(filter) = &options.filter else {
        return Err(Stop(2, "Usage:\tjq [OPTIONS] FILTER [FILES...]\n\tjq [OPTIONS] -n FILTER".into()));
    };
    let syntax = |what: String| Stop(3, format!("jq: error: {what}\njq: 1 compile error"));
    let arena = Arena::default();
    let own = jaq_core::load::parse(DEFINITIONS, |parser| parser.defs()).unwrap_or_default();
    let definitions = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs()).chain(own);
    let modules = Loader::new(definitions)
        .load(&arena, File { code: filter.as_str(), path: () })
        .map_err(|_| syntax(format!("syntax error in the filter {filter}")))?;
    let functions = jaq_core::funs::<data::JustLut<Val>>().chain(jaq_std::funs()).chain(jaq_json::funs());
    let compiled = Compiler::default()
        .with_funs(functions)
        .with_global_vars(options.variables.iter().map(|(name, _)| name.as_str()))
        .compile(modules)
        .map_err(|errors| {
            let names = errors
                .iter()
                .flat_map(|(_, undefined)| undefined)
                .map(|(name, _)| format!("{name} is not defined"));
            syntax(names.collect::<Vec<_>>().join("\njq: error: "))
        })?;
    let layout = write::Pp {
        indent: (!options.compact).then(|| options.indent.clone().unwrap_or_else(|| "  ".into())),
        sort_keys: options.sort_keys,
        sep_space: !options.compact,
        ..write::Pp::default()
    };
    let mut last = None;
    let mut status = 0;
    for input in inputs(&options)? {
        let input = input?;
        let variables = Vars::new(options.variables.iter().map(|(_, value)| value.clone()));
        let context = Ctx::<data::JustLut<Val>>::new(&compiled.lut, variables);
        for output in compiled.id.run((context, input)).map(unwrap_valr) {
            match output {
                Ok(value) => {
                    if print(out, &options, &layout, &value).is_err() {
                        return Ok(141);
                    }
                    last = Some(!matches!(value, Val::Null | Val::Bool(false)));
                }
                Err(error) => {
                    let _ = out.flush();
                    let _ = writeln!(io::stderr(), "jq: error (at <stdin>:1): {error}");
                    status = 5;
                    break;
                }
            }
        }
    }
    if status == 0 && options.by_status {
        status = match last {
            None => 4,
            Some(true) => 0,
            Some(false) => 1,
        };
    }
    let _ = out.flush();
    Ok(status)
}

fn print(out: &mut impl Write, options: &Options, layout: &write::Pp, value: &Val) -> io::Result<()> {
    match value {
        Val::TStr(text) if options.raw_output => out.write_all(text)?,
        value => write::write(out, layout, 0, value)?,
    }
    if options.join { Ok(()) } else { out.write_all(b"\n") }
}

fn options(arguments: Vec<String>) -> Result<Options, Stop> {
    let mut options = Options::default();
    let mut words = Vec::new();
    let mut arguments = arguments.into_iter();
    let mut filter_file = None;
    while let Some(argument) = arguments.next() {
        let mut next =
            |what: &str| arguments.next().ok_or_else(|| Stop(2, format!("jq: {what} takes a parameter")));
        if let Some(long) = argument.strip_prefix("--").filter(|long| !long.is_empty()) {
            match long {
                "raw-output" => options.raw_output = true,
                "join-output" => (options.raw_output, options.join) = (true, true),
                "compact-output" => options.compact = true,
                "exit-status" => options.by_status = true,
                "null-input" => options.null_input = true,
                "raw-input" => options.raw_input = true,
                "slurp" => options.slurp = true,
                "sort-keys" => options.sort_keys = true,
                "tab" => options.indent = Some("\t".into()),
                "monochrome-output" | "unbuffered" => {}
                "indent" => {
                    let count = next("--indent")?.parse::<usize>().ok().filter(|count| *count <= 7);
                    let count =
                        count.ok_or_else(|| Stop(2, "jq: Cannot indent more than 7 characters".into()))?;
                    options.compact |= count == 0;
                    options.indent = Some(" ".repeat(count));
                }
                "arg" => {
                    let (name, value) = (next("--arg")?, next("--arg")?);
                    options.variables.push((format!("${name}"), Val::from(value)));
                }
                "argjson" => {
                    let (name, value) = (next("--argjson")?, next("--argjson")?);
                    let value = read::parse_single(value.as_bytes()).map_err(|_| {
                        Stop(2, format!("jq: Invalid JSON text passed to --argjson\n{value}"))
                    })?;
                    options.variables.push((format!("${name}"), value));
                }
                "from-file" => filter_file = Some(next("--from-file")?),
                "version" => {
                    let _ = writeln!(io::stdout(), "jq-1.6, simulated by labrun");
                    options.filter = Some("empty".into());
                    options.null_input = true;
                    return Ok(options);
                }
                other => return Err(unknown(&format!("--{other}"))),
            }
        } else if argument.len() > 1 && argument.starts_with('-') && argument != "--" {
            for letter in argument[1..].chars() {
                match letter {
                    'r' => options.raw_output = true,
                    'j' => (options.raw_output, options.join) = (true, true),
                    'c' => options.compact = true,
                    'e' => options.by_status = true,
                    'n' => options.null_input = true,
                    'R' => options.raw_input = true,
                    's' => options.slurp = true,
                    'S' => options.sort_keys = true,
                    'M' => {}
                    'f' => filter_file = Some(next("-f")?),
                    other => return Err(unknown(&format!("-{other}"))),
                }
            }
        } else if argument != "--" {
            words.push(argument);
        }
    }
    let mut words = words.into_iter();
    options.filter = match filter_file {
        Some(file) => Some(
            std::fs::read_to_string(&file)
                .map_err(|error| Stop(2, format!("jq: error: Could not open {file}: {}", plain(&error))))?,
        ),
        None => words.next(),
    };
    // As jq does: a lone call at a pipe means the identity.
    if options.filter.is_none() && !io::stdin().is_terminal() {
        options.filter = Some(".".into());
    }
    options.files = words.collect();
    Ok(options)
}

fn unknown(option: &str) -> Stop {
    Stop(2, format!("jq: Unknown option: {option}\n{}", not_simulated("jq", &format!("the option {option}"))))
}

/// The error without the number that Rust adds.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

type Inputs<'a> = Box<dyn Iterator<Item = Result<Val, Stop>> + 'a>;

fn inputs(options: &Options) -> Result<Inputs<'_>, Stop> {
    if options.null_input {
        return Ok(Box::new(std::iter::once(Ok(Val::Null))));
    }
    let mut bytes = Vec::new();
    let open = |file: &str, error: &io::Error| {
        Stop(2, format!("jq: error: Could not open {file}: {}", plain(error)))
    };
    for file in &options.files {
        bytes.extend(std::fs::read(file).map_err(|error| open(file, &error))?);
    }
    let invalid = |error: &dyn std::fmt::Display| Stop(4, format!("parse error: {error}"));
    if options.raw_input {
        if options.files.is_empty() {
            io::stdin().read_to_end(&mut bytes).map_err(|error| open("<stdin>", &error))?;
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if options.slurp {
            return Ok(Box::new(std::iter::once(Ok(Val::from(text)))));
        }
        let lines: Vec<_> = text.lines().map(|line| Ok(Val::from(line.to_owned()))).collect();
        return Ok(Box::new(lines.into_iter()));
    }
    let values: Inputs<'_> = if options.files.is_empty() {
        // Values are worked on as they come, so that an endless input shows something.
        Box::new(read::read_many(io::stdin().lock()).map(move |value| value.map_err(|error| invalid(&error))))
    } else {
        let values: Vec<_> =
            read::parse_many(&bytes).map(|value| value.map_err(|error| invalid(&error))).collect();
        Box::new(values.into_iter())
    };
    if !options.slurp {
        return Ok(values);
    }
    let all: Val = values.collect::<Result<Vec<Val>, Stop>>()?.into_iter().collect();
    Ok(Box::new(std::iter::once(Ok(all))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jq(words: &[&str], input: &str) -> (u8, String) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), input).unwrap();
        let words = words.iter().map(|&word| word.to_owned()).chain([file.path().display().to_string()]);
        let mut out = Vec::new();
        let status = run(words.collect(), &mut out).unwrap_or_else(|Stop(status, _)| status);
        (status, String::from_utf8(out).unwrap())
    }

    #[test]
    fn output_is_laid_out_as_jq_lays_it_out() {
        let input = r#"{"b":[1,{}],"a":"x"}"#;
        for (words, output) in [
            (&["."][..], "{\n  \"b\": [\n    1,\n    {}\n  ],\n  \"a\": \"x\"\n}\n"),
            (&["-c", "."], "{\"b\":[1,{}],\"a\":\"x\"}\n"),
            (&["-cS", "."], "{\"a\":\"x\",\"b\":[1,{}]}\n"),
            (&["--tab", ".b"], "[\n\t1,\n\t{}\n]\n"),
            (&["-r", ".a"], "x\n"),
            (&[".a"], "\"x\"\n"),
            (&["-j", ".a,.a"], "xx"),
            (&["-r", "--arg", "n", "v", "$n"], "v\n"),
            (&["--argjson", "n", "[1]", "-c", "$n+[2]"], "[1,2]\n"),
            (&[".b[0]"], "1\n"),
        ] {
            assert_eq!(jq(words, input), (0, output.to_owned()), "{words:?}");
        }
        assert_eq!(
            jq(&["-r", "@csv, @tsv"], r#"[1,"a\"b\tc",null,true]"#),
            (0, "1,\"a\"\"b\tc\",,true\n1\ta\"b\\tc\t\ttrue\n".into())
        );
        assert_eq!(jq(&["-s", "-c", "."], "1 2\n3"), (0, "[1,2,3]\n".into()));
        assert_eq!(jq(&["-R", "."], "a\nb\n"), (0, "\"a\"\n\"b\"\n".into()));
    }

    #[test]
    fn exit_codes_are_jqs() {
        for (words, input, status) in [
            (&["-e", ".a"][..], "{}", 1),
            (&["-e", ".a"], "{\"a\":1}", 0),
            (&["-e", "empty"], "{}", 4),
            (&[".a"], "1", 5),
            (&["."], "{", 4),
            (&[".["], "1", 3),
            (&["nosuch"], "1", 3),
            (&["--nosuch", "."], "1", 2),
        ] {
            assert_eq!(jq(words, input).0, status, "{words:?}");
        }
    }
}
