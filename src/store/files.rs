//! Files that hold data: made for their owner alone, and wider ones told. Not for what stands in them.

use std::io;
use std::path::{Path, PathBuf};

/// What nobody but the owner may do.
#[cfg(unix)]
const OTHERS: u32 = 0o077;

/// Makes a folder for its owner alone, with those above it that are missing. One that is there keeps its mode.
///
/// # Errors
/// The system's.
pub fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Makes an empty file for its owner alone, unless it is there.
///
/// # Errors
/// The system's.
pub fn private_file(path: &Path) -> io::Result<()> {
    if path.exists() || is_no_file(path) {
        return Ok(());
    }
    match create(path) {
        Ok(_) => Ok(()),
        // Somebody else was first.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Sees that a database is there before it is opened, which would make an empty one.
///
/// # Errors
/// What is not there, or cannot be looked at, in words for the operator.
pub fn require_database(path: &Path) -> Result<(), String> {
    if is_no_file(path) {
        return Ok(());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder {
        match std::fs::metadata(folder) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Err(format!("{} n’est pas un dossier", folder.display())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(format!("le dossier {} n’existe pas ; `palts migrate` le crée avec la base", folder.display()));
            }
            Err(error) => return Err(format!("le dossier {} ne peut être lu : {error}", folder.display())),
        }
    }
    match std::fs::metadata(path) {
        Ok(found) if found.is_file() => Ok(()),
        Ok(_) => Err(format!("{} n’est pas un fichier", path.display())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(format!("le fichier {} n’existe pas ; `palts migrate` le crée", path.display()))
        }
        Err(error) => Err(format!("le fichier {} ne peut être lu : {error}", path.display())),
    }
}

/// Opens a new file for its owner alone; it must not exist.
///
/// # Errors
/// The system's.
pub fn create(path: &Path) -> io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// SQLite's names for what is no file: memory, and URIs.
pub(super) fn is_no_file(path: &Path) -> bool {
    let name = path.to_string_lossy();
    name.starts_with(':') || name.starts_with("file:")
}

/// Of a SQLite database's files, those that others than their owner may use. Always empty where files have no such modes.
#[must_use]
pub fn open_to_others(path: &Path) -> Vec<PathBuf> {
    let beside = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    ["", "-wal", "-shm"].into_iter().map(beside).filter(|file| is_open_to_others(file)).collect()
}

/// Whether others than its owner may use a file.
#[cfg(unix)]
#[must_use]
pub fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & OTHERS != 0)
}

/// Nobody else may, as far as is known.
#[cfg(not(unix))]
#[must_use]
pub fn is_open_to_others(_path: &Path) -> bool {
    false
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_made_is_for_its_owner_and_what_is_wider_is_told() {
        let base = tempfile::tempdir().unwrap();
        let folder = base.path().join("var/data");
        private_folder(&folder).unwrap();
        assert_eq!((mode(&folder), mode(&base.path().join("var"))), (0o700, 0o700));
        let file = folder.join("palts.sqlite");
        private_file(&file).unwrap();
        private_file(&file).unwrap();
        assert_eq!(mode(&file), 0o600);
        assert!(open_to_others(&file).is_empty());
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(open_to_others(&file), std::slice::from_ref(&file));
        assert!(create(&file).is_err(), "never over what is there");
    }
}
