//! Anchors and verification. An anchor is an entry of the national chain that holds the heads of all chains, signed with a key that is kept
//! outside the database; it goes to the log too. So whoever rewrites the database, hashes included, is found out by the anchors there, and
//! whoever removes those by the ones in the log.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{Error, Office, Result, audit};
use crate::keys::AnchorKeys;
use crate::store::audit::{ANCHOR, Category, Chain, DONE, NewEntry};
use crate::store::audit_log::EntryRow;
use crate::store::{self, Reader};

/// Entries read at a time while verifying.
const PAGE: i64 = 500;
/// Longest text that is looked at as an anchor, in bytes: three times one with the heads of all chains.
const LONGEST: usize = 64 << 10;

/// The heads of all chains at one moment, signed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// When, UTC.
    pub at: String,
    /// The key that signed.
    pub kid: String,
    /// By chain: the number of its entries, and the hash of the last.
    pub heads: BTreeMap<String, (i64, String)>,
    /// Ed25519 over all of it, base64url.
    pub signature: String,
}

impl Anchor {
    /// What is signed: one line each, so that it can be checked without this program.
    fn message(&self) -> String {
        let mut text = format!("palts audit anchor\n{}\n{}\n", self.at, self.kid);
        for (chain, (seq, hash)) in &self.heads {
            text.push_str(&format!("{chain} {seq} {hash}\n"));
        }
        text
    }

    fn sign(mut self, keys: &AnchorKeys) -> Self {
        self.signature = URL_SAFE_NO_PAD.encode(keys.sign(self.message().as_bytes()));
        self
    }

    /// What is wrong with the signature.
    fn fault(&self, keys: &AnchorKeys) -> Option<String> {
        let Ok(signature) = URL_SAFE_NO_PAD.decode(&self.signature) else {
            return Some("sa signature n’en est pas une".to_owned());
        };
        match keys.verify(&self.kid, self.message().as_bytes(), &signature) {
            Some(true) => None,
            Some(false) => Some("sa signature ne convient pas".to_owned()),
            None => Some(format!("elle est signée de la clé {}, absente de keys.anchor_verification", self.kid)),
        }
    }

    /// As one line of JSON.
    ///
    /// # Errors
    /// INTERNAL.
    pub fn to_line(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|error| Error::Internal(error.to_string()))
    }

    /// The anchor in a line: JSON of an anchor, or of a log entry that holds one.
    #[must_use]
    pub fn from_line(line: &str) -> Option<Self> {
        if line.len() > LONGEST * 2 {
            return None;
        }
        if let Ok(anchor) = serde_json::from_str(line) {
            return Some(anchor);
        }
        let entry: serde_json::Value = serde_json::from_str(line).ok()?;
        let text = entry.pointer("/fields/anchor").or_else(|| entry.get("anchor"))?.as_str()?;
        serde_json::from_str(text).ok()
    }
}

/// Writes an anchor, unless nothing was written since the last one, and sends it to the log. Must not be called while a connection is held.
///
/// # Errors
/// Those of the database.
pub fn write(office: &Office, actor: &str) -> Result<Option<Anchor>> {
    audit::flush_refusals(office, false);
    let now = office.clock.now();
    let keys = &office.desk.keys.anchor;
    let written = office.database.write(|writer| {
        let last = store::audit::lock(writer, &Chain::Nation)?.head.seq;
        let heads: BTreeMap<String, (i64, String)> = store::audit_log::heads(writer)?
            .into_iter()
            .filter(|(_, seq, _)| *seq > 0)
            .map(|(chain, seq, hash)| (chain, (seq, hash)))
            .collect();
        let before = store::audit_log::last_of(writer, &Chain::Nation, ANCHOR)?;
        if heads.is_empty() || before.is_some_and(|entry| entry.seq == last && no_department_moved(&entry, &heads)) {
            return Ok(None);
        }
        let at = now.and_utc().to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
        let anchor = Anchor { at, kid: keys.kid().to_owned(), heads, signature: String::new() }.sign(keys);
        let subject = format!("heads of {} chains", anchor.heads.len());
        let detail = anchor.to_line()?;
        let entry = NewEntry::of(&Chain::Nation, Category::National, now, actor, ANCHOR, &subject, DONE, &detail);
        store::audit::append(writer, &entry)?;
        Ok::<_, Error>(Some(anchor))
    })?;
    if let Some(anchor) = &written {
        tracing::info!(target: "palts::audit", anchor = %anchor.to_line()?, "audit anchored");
    }
    Ok(written)
}

/// Whether no department has written since the anchor of that entry.
fn no_department_moved(entry: &EntryRow, heads: &BTreeMap<String, (i64, String)>) -> bool {
    let Ok(anchor) = serde_json::from_str::<Anchor>(&entry.detail) else { return false };
    let nation = Chain::Nation;
    let without = |heads: &BTreeMap<String, (i64, String)>| -> Vec<(String, i64)> {
        heads.iter().filter(|(chain, _)| *chain != nation.key()).map(|(chain, (seq, _))| (chain.clone(), *seq)).collect()
    };
    without(&anchor.heads) == without(heads)
}

/// Where a chain is broken, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Break {
    /// The chain: `FR` or a department's code.
    pub chain: String,
    /// The first entry that cannot be believed.
    pub seq: i64,
    /// What is wrong there.
    pub what: String,
}

/// What verification found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Chains with entries.
    pub chains: u64,
    /// Entries recomputed.
    pub entries: u64,
    /// Anchors verified, those from outside included.
    pub anchors: u64,
    /// Entries since the last anchor: nobody has signed for them yet.
    pub unanchored: i64,
    /// The first break of each chain; empty when all is well.
    pub breaks: Vec<Break>,
}

/// Recomputes every chain, holds heads and anchors against it, and with them anchors from outside (from the log). Reads a page at a time,
/// in one snapshot; changes nothing.
///
/// # Errors
/// Those of the database; a broken chain is no error but part of the report.
pub fn verify(office: &Office, outside: &[Anchor]) -> Result<Report> {
    office.database.read(|reader| {
        let mut verifier =
            Verifier { keys: &office.desk.keys.anchor, report: Report::default(), checked: BTreeMap::new(), reader };
        verifier.run(outside)?;
        Ok(verifier.report)
    })
}

struct Verifier<'a> {
    keys: &'a AnchorKeys,
    reader: &'a mut Reader,
    report: Report,
    /// The heads of the last anchor that was verified: those that did not move since are not looked up again.
    checked: BTreeMap<String, (i64, String)>,
}

impl Verifier<'_> {
    fn run(&mut self, outside: &[Anchor]) -> Result<()> {
        let heads = store::audit_log::heads(self.reader)?;
        let headed: Vec<&str> = heads.iter().map(|(chain, _, _)| chain.as_str()).collect();
        for chain in store::audit_log::chains_of_entries(self.reader)? {
            if !headed.contains(&chain.as_str()) {
                self.broken(&chain, 1, "la chaîne a des entrées et pas de tête");
            }
        }
        for (chain, seq, hash) in &heads {
            self.chain(chain, *seq, hash)?;
        }
        for anchor in outside {
            self.anchor(anchor)?;
        }
        let anchored: i64 =
            heads.iter().map(|(chain, seq, _)| (*seq).min(self.checked.get(chain).map_or(0, |(anchored, _)| *anchored))).sum();
        self.report.unanchored = heads.iter().map(|(_, seq, _)| *seq).sum::<i64>() - anchored;
        Ok(())
    }

    /// Keeps the first break of each chain.
    fn broken(&mut self, chain: &str, seq: i64, what: &str) {
        if self.report.breaks.iter().any(|known| known.chain == chain && known.seq <= seq) {
            return;
        }
        self.report.breaks.retain(|known| known.chain != chain);
        self.report.breaks.push(Break { chain: chain.to_owned(), seq, what: what.to_owned() });
    }

    /// Recomputes one chain up to its first break.
    fn chain(&mut self, chain: &str, head_seq: i64, head_hash: &str) -> Result<()> {
        let (mut last, mut previous) = (0, String::new());
        loop {
            let page = store::audit_log::page(self.reader, chain, last, PAGE)?;
            if page.is_empty() {
                break;
            }
            for entry in page {
                if entry.seq != last + 1 {
                    self.broken(chain, last + 1, "l’entrée manque");
                    return Ok(());
                }
                if entry.expected_hash(&previous).as_ref() != Some(&entry.hash) {
                    self.broken(chain, entry.seq, "l’entrée n’a pas l’empreinte que donnent son contenu et l’entrée précédente");
                    return Ok(());
                }
                if entry.act == ANCHOR && entry.outcome == DONE {
                    self.anchor_entry(&entry)?;
                }
                self.report.entries += 1;
                (last, previous) = (entry.seq, entry.hash);
            }
        }
        self.report.chains += u64::from(last > 0);
        if last != head_seq {
            let (first, what) = if last < head_seq {
                (last + 1, format!("l’entrée manque : la tête de la chaîne est {head_seq}"))
            } else {
                (head_seq + 1, format!("l’entrée vient après la tête de la chaîne, qui est {head_seq}"))
            };
            self.broken(chain, first, &what);
        } else if previous != head_hash {
            self.broken(chain, last, "la tête de la chaîne a une autre empreinte que l’entrée");
        }
        Ok(())
    }

    /// An anchor of the national chain.
    fn anchor_entry(&mut self, entry: &EntryRow) -> Result<()> {
        let Ok(anchor) = serde_json::from_str::<Anchor>(&entry.detail) else {
            self.broken(&entry.chain, entry.seq, "l’ancre ne peut être lue");
            return Ok(());
        };
        match anchor.fault(self.keys) {
            Some(fault) => self.broken(&entry.chain, entry.seq, &format!("l’ancre ne peut être crue : {fault}")),
            None => self.heads(&anchor, &format!("l’ancre {}/{}", entry.chain, entry.seq))?,
        }
        Ok(())
    }

    /// An anchor that was kept elsewhere.
    fn anchor(&mut self, anchor: &Anchor) -> Result<()> {
        let name = format!("l’ancre du {} gardée ailleurs", anchor.at);
        match anchor.fault(self.keys) {
            Some(fault) => self.broken(Chain::Nation.key(), 0, &format!("{name} ne peut être crue : {fault}")),
            None => self.heads(anchor, &name)?,
        }
        Ok(())
    }

    /// Holds the heads of an anchor against the entries.
    fn heads(&mut self, anchor: &Anchor, name: &str) -> Result<()> {
        self.report.anchors += 1;
        let moved: Vec<(String, i64)> = anchor
            .heads
            .iter()
            .filter(|(chain, head)| self.checked.get(*chain) != Some(head))
            .map(|(chain, (seq, _))| (chain.clone(), *seq))
            .collect();
        let found: BTreeMap<(String, i64), String> =
            store::audit_log::hashes(self.reader, &moved)?.into_iter().map(|(chain, seq, hash)| ((chain, seq), hash)).collect();
        for (chain, seq) in moved {
            let Some((_, signed)) = anchor.heads.get(&chain) else { continue };
            match found.get(&(chain.clone(), seq)) {
                None => self.broken(&chain, seq, &format!("l’entrée manque, selon {name}")),
                Some(hash) if hash != signed => {
                    self.broken(&chain, seq, &format!("l’entrée avait une autre empreinte, selon {name}"))
                }
                // Anchors from outside may be older than those of the chain.
                Some(_) if self.checked.get(&chain).is_none_or(|(checked, _)| *checked < seq) => {
                    self.checked.insert(chain, (seq, signed.clone()));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::keys::Keys;

    fn anchor(keys: &Keys) -> Anchor {
        let heads = BTreeMap::from([("13".to_owned(), (4, "ab".to_owned())), ("FR".to_owned(), (2, "cd".to_owned()))]);
        let kid = keys.anchor.kid().to_owned();
        Anchor { at: "2010-06-01T12:00:00Z".to_owned(), kid, heads, signature: String::new() }.sign(&keys.anchor)
    }

    #[test]
    fn an_altered_anchor_or_an_unknown_key_is_found_out() {
        let keys = Keys::ephemeral().unwrap();
        let mut altered = anchor(&keys);
        assert_eq!(altered.fault(&keys.anchor), None);
        altered.heads.insert("13".to_owned(), (3, "ab".to_owned()));
        assert!(altered.fault(&keys.anchor).unwrap().contains("ne convient pas"));
        assert!(anchor(&Keys::ephemeral().unwrap()).fault(&keys.anchor).unwrap().contains("absente de"));
    }

    #[test]
    fn anchors_are_read_from_their_own_lines_and_from_the_log() {
        let keys = Keys::ephemeral().unwrap();
        let line = anchor(&keys).to_line().unwrap();
        assert_eq!(Anchor::from_line(&line), Some(anchor(&keys)));
        let logged = serde_json::json!({ "level": "INFO", "fields": { "message": "audit anchored", "anchor": line } });
        assert_eq!(Anchor::from_line(&logged.to_string()), Some(anchor(&keys)));
        assert_eq!(Anchor::from_line("starting"), None);
    }
}
