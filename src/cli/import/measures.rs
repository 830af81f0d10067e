//! `palts import measures`: a file too large to be held, read twice.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Common, conclude, name};
use crate::cli::bar::Bar;
use crate::cli::{Done, Failure};
use crate::domain::canonical::Sha256;
use crate::workflow::imports::{MeasureImport, Stage, settle};
use crate::workflow::operation::{Kind, as_user_again};
use crate::workflow::{Error, Office, Source, Way};

/// How long the transaction may take: ten million rows, and a slow disk.
const PATIENCE: Duration = Duration::from_secs(4 * 3_600);
/// Bytes that are read at once.
const BUFFER: usize = 1 << 18;

/// Does it.
pub(super) fn carry_out(office: &Arc<Office>, common: &Common, skip_invalid: bool) -> Done {
    let fault = |error: std::io::Error| Failure::new(format!("{} : {error}", common.file.display()));
    let file = File::open(&common.file).map_err(fault)?;
    let import = MeasureImport { skip_invalid, dry_run: common.dry_run };
    let bar = Bar::new("lecture");
    let mut hashed = Hashed { file: &file, bytes: 0, digest: Sha256::default() };
    let survey = import.survey(BufReader::with_capacity(BUFFER, &mut hashed));
    // A table that cannot be read is not read to its end; the digest is of the file all the same.
    std::io::copy(&mut hashed, &mut std::io::sink()).map_err(fault)?;
    let source = Source::digested(name(&common.file).as_deref(), hashed.bytes, hashed.digest.hex(), Way::CommandLine);
    let mut progress = |stage: Stage, done: usize, of: usize| {
        bar.say(match stage {
            Stage::Writing => "écriture",
            Stage::AddingUp => "totaux, et leur vérification",
        });
        bar.advance(done, of);
    };
    let mut said = None;
    let done = as_user_again(office, &common.user, Kind::Mutation, Instant::now() + PATIENCE, |call| {
        (&file).rewind().map_err(|error| Error::Internal(format!("{}: {error}", common.file.display())))?;
        let read = BufReader::with_capacity(BUFFER, &file);
        said.insert(import.write(call, survey.clone(), read, &source, &mut progress)?).verdict()
    });
    bar.finish();
    conclude(&settle(done, said)?, common.json)
}

/// A file with the digest of what was read of it so far.
struct Hashed<'f> {
    file: &'f File,
    bytes: u64,
    digest: Sha256,
}

impl Read for Hashed<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(into)?;
        self.bytes += read as u64;
        self.digest.update(into.get(..read).unwrap_or_default());
        Ok(read)
    }
}
