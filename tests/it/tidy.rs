//! Holds the tree to its own rules: which module may use which, and which crate lives where.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What each module may name as `crate::…`, besides itself. The table of ARCHITECTURE.md.
const MAY_USE: [(&str, &[&str]); 21] = [
    ("accept", &["event", "plan", "deck", "expect", "source"]),
    ("source", &[]),
    ("values", &[]),
    ("keys", &[]),
    ("diagnostic", &["source"]),
    ("sys", &[]),
    ("remark", &["source", "diagnostic"]),
    ("deck", &["remark", "source", "diagnostic"]),
    ("bash", &["source", "diagnostic"]),
    ("expect", &[]),
    ("plan", &["deck", "bash", "expect", "values", "keys", "source", "diagnostic"]),
    ("lint", &["plan", "deck", "bash", "expect", "values", "diagnostic", "source"]),
    ("session", &["sys", "keys"]),
    ("stage", &["session", "sys"]),
    ("preflight", &["sys"]),
    ("doctor", &["plan", "bash", "stage", "preflight"]),
    ("event", &["source", "values", "expect"]),
    (
        "run",
        &[
            "plan",
            "stage",
            "session",
            "event",
            "preflight",
            "bash",
            "deck",
            "expect",
            "keys",
            "source",
            "values",
        ],
    ),
    ("report", &["event", "plan", "deck", "diagnostic", "bash", "doctor"]),
    ("lib", &[]),
    ("main", &[]),
];

/// Crates that have one home. Everything else may be used anywhere.
const HOMES: [(&str, &[&str]); 12] = [
    ("tokio", &["session", "stage", "run", "cli"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("duct", &["preflight"]),
    ("similar", &["expect"]),
    ("brush_parser", &["bash"]),
    ("pulldown_cmark", &["deck"]),
    ("annotate_snippets", &["diagnostic"]),
    ("hyper", &["stage"]),
    ("quick_junit", &["report"]),
    ("vt100", &["session"]),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
}

/// Each source file with the module it belongs to.
fn sources() -> Vec<(String, PathBuf, String)> {
    let src = root().join("src");
    let mut found = Vec::new();
    files(&src, "rs", &mut found);
    found.sort();
    found
        .into_iter()
        .map(|path| {
            let relative = path.strip_prefix(&src).unwrap();
            let first = relative.components().next().unwrap().as_os_str().to_string_lossy();
            let text = fs::read_to_string(&path).unwrap();
            (first.trim_end_matches(".rs").to_owned(), path.clone(), text)
        })
        .collect()
}

/// Lines of code: no comments, and nothing of a file's test module.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .take_while(|line| *line != "#[cfg(test)]")
        .filter(|line| !line.trim_start().starts_with("//"))
}

/// The modules named after `crate::` in a line, also within `crate::{a, b::c}`.
fn named(line: &str) -> Vec<String> {
    line.match_indices("crate::")
        .flat_map(|(at, found)| {
            let rest = &line[at + found.len()..];
            let names: Vec<&str> = match rest.strip_prefix('{') {
                Some(list) => list.split(',').collect(),
                None => vec![rest],
            };
            names
                .into_iter()
                .map(|name| {
                    name.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()
                })
                .collect::<Vec<_>>()
        })
        .filter(|name| !name.is_empty())
        .collect()
}

#[test]
fn modules_use_only_what_the_architecture_lets_them() {
    let table: BTreeMap<&str, &[&str]> = MAY_USE.into_iter().collect();
    let mut wrong = Vec::new();
    for (module, path, text) in sources() {
        if module == "cli" {
            continue;
        }
        let may = table.get(module.as_str()).unwrap_or_else(|| panic!("{module} is not in the table"));
        for name in code(&text).flat_map(named) {
            if name != module && !may.contains(&name.as_str()) && module != "lib" {
                wrong.push(format!("{}: {module} may not use {name}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_of_the_table_exists_and_is_in_the_architecture() {
    let there: BTreeSet<String> = sources().into_iter().map(|(module, ..)| module).collect();
    let architecture = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for (module, _) in MAY_USE {
        assert!(there.contains(module), "{module} is in the table, and not in src");
        if module != "lib" && module != "main" {
            assert!(architecture.contains(&format!("| `{module}` |")), "{module} is not in ARCHITECTURE.md");
        }
    }
}

#[test]
fn a_crate_with_one_home_is_used_nowhere_else() {
    let mut wrong = Vec::new();
    for (module, path, text) in sources() {
        for (name, homes) in HOMES {
            let used = code(&text).any(|line| line.contains(&format!("{name}::")));
            if used && !homes.contains(&module.as_str()) {
                wrong.push(format!("{}: {name} belongs to {homes:?}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn unsafe_code_stands_in_sys_alone() {
    for (module, path, text) in sources() {
        let used = code(&text).any(|line| line.contains("unsafe {") || line.contains("unsafe fn"));
        assert!(!used || module == "sys", "{} holds unsafe code", path.display());
    }
}

#[test]
fn every_file_says_what_it_is() {
    for (_, path, text) in sources() {
        assert!(text.starts_with("//!"), "{} has no head", path.display());
    }
}

#[test]
fn the_changelog_knows_the_version() {
    let changelog = fs::read_to_string(root().join("CHANGELOG.md")).unwrap();
    assert!(changelog.contains(&format!("## {}", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn no_snapshot_is_left_unseen() {
    let mut pending = Vec::new();
    files(&root().join("snapshots"), "new", &mut pending);
    assert!(pending.is_empty(), "{pending:?}");
}
