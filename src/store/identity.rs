//! Whether a SQLite database is still the files that it was opened as. What is written into a file that was removed or
//! replaced is lost, though SQLite says that it was kept. Not for what stands in the files.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use super::{StoreError, StoreResult};

/// What SQLite keeps beside a database: its log, and the memory that its users share.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// What a name leads to: the device and the inode; nothing where there is no file.
type Id = Option<(u64, u64)>;

/// The files of one database, as this process knows them.
pub(super) struct Identity {
    path: PathBuf,
    beside: [PathBuf; 2],
    /// The database, since it was first opened: it is never another one.
    first: OnceLock<Id>,
    /// Those beside it, as long as somebody has them open: while a connection lives, SQLite makes no others.
    used: Mutex<Weak<Used>>,
}

/// The files beside the database that a connection has open.
pub(super) struct Used([Id; 2]);

impl Identity {
    /// Of a database that is a file; none of one in memory.
    pub(super) fn of(path: &Path) -> Option<Arc<Self>> {
        if super::files::is_no_file(path) {
            return None;
        }
        let beside = BESIDE.map(|suffix| {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            name.into()
        });
        Some(Arc::new(Self { path: path.to_owned(), beside, first: OnceLock::new(), used: Mutex::default() }))
    }

    /// Opens a connection, which must have read from the database, so that everything is there that it uses. Where a file
    /// is no longer the same, none is opened: SQLite would make a new log beside one that is in use.
    ///
    /// # Errors
    /// [`StoreError::Replaced`] when a file is not what it was; those of `open`.
    pub(super) fn opened<T>(&self, open: impl FnOnce() -> StoreResult<T>) -> StoreResult<(T, Arc<Used>)> {
        self.is_the_first()?;
        if let Some(used) = self.in_use() {
            self.are(&used)?;
        }
        let before = id(&self.path)?;
        let connection = open()?;
        if *self.first.get_or_init(|| before) != before {
            return Err(changed(&self.path));
        }
        self.is_the_first()?;
        let found = [id(&self.beside[0])?, id(&self.beside[1])?];
        let mut used = self.used();
        match used.upgrade() {
            Some(known) if known.0 == found => Ok((connection, known)),
            Some(_) => Err(changed(&self.beside[0])),
            None => {
                let known = Arc::new(Used(found));
                *used = Arc::downgrade(&known);
                Ok((connection, known))
            }
        }
    }

    /// Whether all files are what they were when that connection was opened.
    ///
    /// # Errors
    /// [`StoreError::Replaced`] naming the one that is not.
    pub(super) fn check(&self, used: &Used) -> StoreResult<()> {
        self.is_the_first()?;
        self.are(&used.0)
    }

    fn are(&self, known: &[Id; 2]) -> StoreResult<()> {
        for (path, known) in self.beside.iter().zip(known) {
            if id(path)? != *known {
                return Err(changed(path));
            }
        }
        Ok(())
    }

    fn is_the_first(&self) -> StoreResult<()> {
        match self.first.get() {
            Some(first) if id(&self.path)? != *first => Err(changed(&self.path)),
            Some(_) | None => Ok(()),
        }
    }

    /// Looked at under the lock and not kept: with the last connection they may go.
    fn in_use(&self) -> Option<[Id; 2]> {
        self.used().upgrade().map(|used| used.0)
    }

    fn used(&self) -> MutexGuard<'_, Weak<Used>> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn changed(path: &Path) -> StoreError {
    StoreError::Replaced(path.display().to_string())
}

fn id(path: &Path) -> StoreResult<Id> {
    match std::fs::metadata(path) {
        Ok(found) => Ok(Some(numbers(&found))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::Storage(format!("{}: {error}", path.display()))),
    }
}

#[cfg(unix)]
fn numbers(found: &std::fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt as _;
    (found.dev(), found.ino())
}

/// Where files have no such numbers it is only known whether they are there.
#[cfg(not(unix))]
fn numbers(_found: &std::fs::Metadata) -> (u64, u64) {
    (0, 0)
}

/// A name that makes SQLite open a file that is there, and make none. Names that are no file's are its own words
/// already.
pub(super) fn existing(path: &Path) -> String {
    if super::files::is_no_file(path) {
        return path.to_string_lossy().into_owned();
    }
    let mut name = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(byte) {
            name.push(char::from(*byte));
        } else {
            name.push_str(&format!("%{byte:02X}"));
        }
    }
    // Two slashes at the beginning would be a host.
    if name.starts_with("file://") {
        name.insert_str(5, "//");
    }
    name.push_str("?mode=rw");
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_that_the_file_is_there() {
        let said = |path: &str| existing(Path::new(path));
        assert_eq!(said("/var/lib/palts/palts.sqlite"), "file:/var/lib/palts/palts.sqlite?mode=rw");
        assert_eq!(said("var/é ?#%.sqlite"), "file:var/%C3%A9%20%3F%23%25.sqlite?mode=rw");
        assert_eq!(said("//data/x"), "file:////data/x?mode=rw");
        assert_eq!(said(":memory:"), ":memory:");
    }

    #[test]
    fn a_file_that_was_removed_or_replaced_is_told_and_one_put_back_is_good() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("palts.sqlite");
        std::fs::write(&path, "one").unwrap();
        let identity = Identity::of(&path).unwrap();
        let ((), used) = identity.opened(|| Ok(())).unwrap();
        identity.check(&used).unwrap();
        let away = folder.path().join("away");
        std::fs::rename(&path, &away).unwrap();
        assert!(matches!(identity.check(&used), Err(StoreError::Replaced(_))));
        assert!(matches!(identity.opened(|| -> StoreResult<()> { panic!("not opened") }), Err(StoreError::Replaced(_))));
        std::fs::write(&path, "two").unwrap();
        assert!(matches!(identity.check(&used), Err(StoreError::Replaced(_))));
        std::fs::rename(&away, &path).unwrap();
        identity.check(&used).unwrap();
        // A log that comes or goes while somebody has the database open.
        std::fs::write(folder.path().join("palts.sqlite-wal"), "").unwrap();
        assert!(matches!(identity.check(&used), Err(StoreError::Replaced(_))));
        assert!(matches!(identity.opened(|| -> StoreResult<()> { panic!("not opened") }), Err(StoreError::Replaced(_))));
        drop(used);
        identity.opened(|| Ok(())).unwrap();
    }
}
