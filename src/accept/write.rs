//! Replaces a file in one step: whoever reads it sees the old text or the new one. Its mode and owner stay.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::{Path, PathBuf};

/// Why a file was not replaced.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A link leads out of its folder.
    #[error("{path} is a link to {target}, outside its folder: nothing is written there")]
    Outside {
        /// The link.
        path: PathBuf,
        /// Where it leads.
        target: PathBuf,
    },
    /// It is not as it was when it was read.
    #[error("{path} has changed meanwhile: nothing was written")]
    Changed {
        /// Which.
        path: PathBuf,
    },
    /// The system refused.
    #[error("cannot write {path}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The file that `path` names: itself, or what it links to within its folder.
///
/// # Errors
/// When it leads elsewhere, or nowhere.
pub fn target(path: &Path) -> Result<PathBuf, Error> {
    let failed = |source| Error::Io { path: path.into(), source };
    let target = fs::canonicalize(path).map_err(failed)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = fs::canonicalize(folder).map_err(failed)?;
    if target.starts_with(&folder) { Ok(target) } else { Err(Error::Outside { path: path.into(), target }) }
}

/// Puts `new` in place of `old`, the text of the file at `path`.
///
/// # Errors
/// When the file is not `old` any more, is a link out of its folder, or cannot be written.
pub fn replace(path: &Path, old: &str, new: &str) -> Result<(), Error> {
    let target = target(path)?;
    let failed = |source| Error::Io { path: path.into(), source };
    let folder = target.parent().unwrap_or(Path::new("/"));
    let about = fs::metadata(&target).map_err(failed)?;
    let write = || -> io::Result<tempfile::NamedTempFile> {
        let mut file = tempfile::Builder::new().prefix(".labrun-").tempfile_in(folder)?;
        file.write_all(new.as_bytes())?;
        // Only root can give a file away; another's file becomes one's own, as with any editor.
        let _ = fchown(file.as_file(), Some(about.uid()), Some(about.gid()));
        file.as_file().set_permissions(about.permissions())?;
        file.as_file().sync_all()?;
        Ok(file)
    };
    let file = write().map_err(failed)?;
    if fs::read(&target).map_err(failed)? != old.as_bytes() {
        return Err(Error::Changed { path: path.into() });
    }
    file.persist(&target).map_err(|error| failed(error.error))?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_file_is_replaced_with_its_mode_and_only_if_it_is_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        replace(&path, "old", "new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(matches!(replace(&path, "old", "newer"), Err(Error::Changed { .. })));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
    }

    #[test]
    fn a_link_is_followed_within_its_folder_and_no_further() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("decks")).unwrap();
        fs::write(at("decks/a"), "old").unwrap();
        fs::write(at("b"), "old").unwrap();
        symlink("a", at("decks/near")).unwrap();
        symlink("../b", at("decks/far")).unwrap();
        replace(&at("decks/near"), "old", "new").unwrap();
        assert_eq!(fs::read_to_string(at("decks/a")).unwrap(), "new");
        assert!(fs::symlink_metadata(at("decks/near")).unwrap().is_symlink());
        assert!(matches!(replace(&at("decks/far"), "old", "new"), Err(Error::Outside { .. })));
        assert_eq!(fs::read_to_string(at("b")).unwrap(), "old");
    }
}
