//! What `COPY` and `ADD` put into an image, and where.

use super::context::glob;
use crate::stage::simulated::call::Failure;
use crate::stage::simulated::image::Files;

/// A path inside an image, from where it is written: without the leading slash, `.` and `..` resolved.
pub(super) fn absolute(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let both = if path.starts_with('/') { path.to_owned() } else { format!("{folder}/{path}") };
    for part in both.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The files that `COPY SOURCES… TARGET` puts into an image, by their new paths.
pub(super) fn select(
    files: &Files,
    sources: &[String],
    target: &str,
    into_folder: bool,
    keyword: &str,
) -> Result<Files, Failure> {
    let mut copied = Files::new();
    let mut matched = 0;
    for source in sources {
        let source = absolute("", source);
        let before = copied.len();
        let pattern =
            glob(&source, "").ok_or_else(|| format!("{keyword} failed: syntax error in pattern {source}"))?;
        let prefix = if source.is_empty() { String::new() } else { format!("{source}/") };
        for (path, file) in files {
            let name = path.rsplit('/').next().unwrap_or(path);
            let whole_folder =
                path.strip_prefix(&prefix).filter(|rest| source.is_empty() || !rest.is_empty());
            let new = if pattern.is_match(path) {
                matched += 1;
                if into_folder || sources.len() > 1 { join(target, name) } else { target.to_owned() }
            } else if let Some(rest) = whole_folder {
                join(target, rest)
            } else {
                continue;
            };
            copied.insert(new, file.clone());
        }
        if copied.len() == before && !(source.is_empty()) {
            return Err(format!("{keyword} failed: file not found in build context or excluded by .dockerignore: stat {source}: file does not exist").into());
        }
    }
    if (matched > 1 || sources.len() > 1) && !into_folder {
        return Err(format!("When using {keyword} with more than one source file, the destination must be a directory and end with a /").into());
    }
    Ok(copied)
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::simulated::image::File;

    fn copied(sources: &[&str], target: &str) -> Result<Vec<String>, String> {
        let file = || File { bytes: Vec::new(), executable: false };
        let files: Files = ["a.sh", "d/f", "d/e/g"].map(|name| (name.to_owned(), file())).into();
        let sources: Vec<String> = sources.iter().map(|&source| source.to_owned()).collect();
        let selected =
            select(&files, &sources, &absolute("app", target), target.ends_with(['/', '.']), "COPY");
        selected.map(|files| files.into_keys().collect()).map_err(|failure| failure.text)
    }

    #[test]
    fn copy_puts_files_where_docker_puts_them() {
        for (sources, target, paths) in [
            (&["a.sh"][..], "/a.sh", &["a.sh"][..]),
            (&["a.sh"], "/bin/", &["bin/a.sh"]),
            (&["a.sh"], ".", &["app/a.sh"]),
            (&["d"], "/x", &["x/e/g", "x/f"]),
            (&["."], "/y/", &["y/a.sh", "y/d/e/g", "y/d/f"]),
            (&["*.sh", "d/f"], "/z/", &["z/a.sh", "z/f"]),
        ] {
            assert_eq!(copied(sources, target).unwrap(), paths, "{sources:?} {target}");
        }
        assert!(copied(&["nosuch"], "/").unwrap_err().contains("stat nosuch: file does not exist"));
        assert!(
            copied(&["a.sh", "d/f"], "/z")
                .unwrap_err()
                .starts_with("When using COPY with more than one source file")
        );
    }
}
