//! Writing sectors into a draft, one or a whole file of them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::check::{self, Ground, Sound};
use super::fault::{ItemFault, refusal};
use super::overlap::{self, SectorOverlap};
use super::{SectorInput, changed, near};
use crate::access::Capability;
use crate::domain::codes::SectorCode;
use crate::domain::keys::{RevisionKey, SectorKey};
use crate::domain::ranks;
use crate::domain::{Deadline, Explained, Message};
use crate::geometry::{AreaIndex, geojson, redrawn};
use crate::store::schools::{self, School};
use crate::store::sectors::near::Near;
use crate::store::sectors::{self, Sector, outlines};
use crate::workflow::boundaries::Land;
use crate::workflow::editing::Editor;
use crate::workflow::imports::FieldChange;
use crate::workflow::revisions::{self, Seen};
use crate::workflow::{Act, Call, Error, Result, Write, boundaries, input};

/// What is done about faulty items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFault {
    /// All or nothing.
    #[default]
    Refuse,
    /// The sound ones are written, the faulty ones left out.
    Skip,
}

/// How a list is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// What is done about faulty items.
    pub on_fault: OnFault,
    /// Only says what would be done.
    pub trial: bool,
    /// Whether faults are known already, for which nothing will be written: the list is only checked.
    pub is_refused: bool,
    /// Whether overlaps with the revision's other sectors are looked for.
    pub overlaps: bool,
    /// Whether it is told what changes of the sectors that there are, and those that stay as they are are left alone: when nothing changes, nothing
    /// is written, and the version stays.
    pub changes: bool,
}

/// What came of a list.
#[derive(Clone, Debug, Default)]
pub struct UpsertReport {
    /// The codes that the revision did not have, in the list's order.
    pub added: Vec<SectorCode>,
    /// The codes that it had.
    pub replaced: Vec<SectorCode>,
    /// Where changes are told: the codes whose sectors stay as they are. They are not among the replaced.
    pub unchanged: Vec<SectorCode>,
    /// Every fault found.
    pub faults: Vec<ItemFault>,
    /// Of the sectors that there were: place in the list, code, and the fields that differ.
    pub changed: Vec<(usize, SectorCode, Vec<FieldChange>)>,
    /// Sectors written and others of the revision that share ground: warnings. Those of one list are compared by [`among`](super::among).
    pub overlaps: Vec<SectorOverlap>,
    /// Whether there was work enough to compare only some of them.
    pub overlaps_cut_short: bool,
    /// The revision as it stands now; absent when nothing was written.
    pub revision: Option<Seen>,
}

impl UpsertReport {
    /// The revision, for callers who take all or nothing.
    ///
    /// # Errors
    /// INVALID naming the first fault's field, with every fault in its message.
    pub fn into_revision(self) -> Result<Seen> {
        let shown = self.faults.iter().map(|each| (each.path(), each.code.clone(), each.fault.message()));
        match (refusal(shown), self.revision) {
            (Some(refusal), _) => Err(refusal),
            (None, Some(revision)) => Ok(revision),
            (None, None) => Err(Error::Internal("sectors were neither refused nor written".to_owned())),
        }
    }
}

/// Writes sectors into a draft: the préfecture any, police and gendarmerie those of their authority, neither turning another authority's into
/// theirs nor theirs away. Known codes are replaced and keep their rank; new ones are ranked last, in the list's order. Faults are in the
/// report, and on one (unless they are skipped) nothing is written. Everything is examined and compared while everybody writes: under the
/// department's lock it is only seen that the draft, the outline and the schools are those that it was compared with.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND, CONFLICT; INVALID for a list that is empty or too long; LIMIT where the draft would be too large; UNAVAILABLE when what shapes were compared with changed
/// meanwhile: then nothing is written.
pub fn upsert(
    call: &mut Call,
    key: &RevisionKey,
    version: i32,
    inputs: Vec<SectorInput>,
    options: Options,
) -> Result<UpsertReport> {
    upsert_as(call, Act::local("upsertSectors", &key.department, format!("revision {key}")), key, version, inputs, options)
}

/// The same, under an act of the revision's department that is called otherwise.
///
/// # Errors
/// As of [`upsert`].
pub fn upsert_as(
    call: &mut Call,
    act: Act,
    key: &RevisionKey,
    version: i32,
    mut inputs: Vec<SectorInput>,
    options: Options,
) -> Result<UpsertReport> {
    call.announce(act.clone());
    let editor = Editor::of(call, &key.department, Capability::EditOwnSectors)?;
    let office = std::sync::Arc::clone(call.office());
    input::bounded("sectors", &inputs, office.rules.max_items_per_revision)?;
    if inputs.is_empty() {
        return Err(Error::invalid("sectors", Message::new("EMPTY", "ne doit pas être vide")));
    }
    refuse_others(call, &editor, &BTreeMap::new(), &inputs)?;
    let is_ahead = call.holds_nothing();
    if is_ahead {
        // A first look, so that nobody's shapes are examined for a draft that is not there.
        call.on_a_snapshot(|call| revisions::draft_for_edit(call, &editor.scope(), key, version))?;
    } else {
        // A document that wrote before must be decided over what it wrote itself, which no snapshot shows.
        call.lock(act.chain())?;
    }
    check::examine_texts(&office.rules, &mut inputs, call.deadline())?;
    let stored = if is_ahead {
        call.on_a_snapshot(|call| Stored::read(call, &editor, key, version, &inputs, options))?
    } else {
        Stored::read(call, &editor, key, version, &inputs, options)?
    };
    let judged = judge(call, key, &stored, inputs, options, is_ahead)?;
    let refused = !judged.report.faults.is_empty() && options.on_fault == OnFault::Refuse;
    if refused || options.is_refused || judged.sound.is_empty() {
        return Ok(judged.report);
    }
    // Of a draft of the same version, so that it is so still under the lock.
    revisions::fits(call, stored.bytes, grown(&stored, &judged.sound))?;
    if options.trial {
        return Ok(judged.report);
    }
    let mut write = call.begin_within(act, editor.scope())?;
    if is_ahead && !stored.stands(&mut write, &editor, key, version)? {
        return Err(write.overtaken());
    }
    let Judged { sound, near, mut report } = judged;
    store(&mut write, &editor, key, stored.existing.len(), sound, &near)?;
    report.revision = Some(revisions::touch(&mut write, key)?);
    write.done(format!("{} added, {} replaced", report.added.len(), report.replaced.len()))?;
    Ok(report)
}

/// What a list is held against, as it was read.
struct Stored {
    /// Bytes of the draft.
    bytes: u64,
    existing: BTreeMap<SectorCode, Sector>,
    land: Land,
    /// Outlines of sectors that are drawn anew.
    drawn: HashMap<SectorCode, String>,
    /// Outlines of others that may share ground with them.
    neighbours: Vec<(SectorCode, String)>,
    /// Schools that may lie near them; none where nothing is drawn.
    schools: Option<Vec<School>>,
}

impl Stored {
    fn read(
        call: &mut Call,
        editor: &Editor,
        key: &RevisionKey,
        version: i32,
        inputs: &[SectorInput],
        options: Options,
    ) -> Result<Self> {
        let scope = editor.scope();
        revisions::draft_for_edit(call, &scope, key, version)?;
        let bytes = revisions::size(call, key)?;
        let existing = existing(call, editor, key)?;
        refuse_others(call, editor, &existing, inputs)?;
        let land = boundaries::outline_of(call, &key.department)?;
        let anew: BTreeSet<&str> =
            inputs.iter().filter(|input| input.geometry.is_some()).map(|input| input.code.as_str()).collect();
        let wanted = |code: &SectorCode| SectorKey { revision: key.clone(), code: code.clone() };
        let keys: Vec<SectorKey> = existing.keys().filter(|code| anew.contains(code.as_str())).map(wanted).collect();
        let texts = if keys.is_empty() { Vec::new() } else { outlines::of_sectors(call.db()?, &scope, &keys, 0)? };
        let drawn = texts.into_iter().map(|(key, text)| (key.code, text)).collect();
        let beside: Vec<SectorKey> = if options.overlaps {
            let others = existing.values().filter(|sector| !anew.contains(sector.key.code.as_str()));
            overlap::beside(inputs, others).map(|sector| sector.key.clone()).collect()
        } else {
            Vec::new()
        };
        let texts = if beside.is_empty() { Vec::new() } else { outlines::of_sectors(call.db()?, &scope, &beside, 0)? };
        let neighbours = texts.into_iter().map(|(key, text)| (key.code, text)).collect();
        let schools = if anew.is_empty() { None } else { Some(schools::all(call.db()?, &scope)?) };
        Ok(Self { bytes, existing, land, drawn, neighbours, schools })
    }

    /// Under the lock: whether it is so still. A draft of the same version holds the same sectors.
    fn stands(&self, call: &mut Call, editor: &Editor, key: &RevisionKey, version: i32) -> Result<bool> {
        let scope = editor.scope();
        revisions::draft_for_edit(call, &scope, key, version)?;
        let schools = match &self.schools {
            Some(known) => schools::all(call.db()?, &scope)? == *known,
            None => true,
        };
        Ok(schools && self.land.stands(call, &key.department)?)
    }
}

/// What is to be written, and what is to be said of it.
struct Judged {
    sound: Vec<Sound>,
    near: Vec<Near>,
    report: UpsertReport,
}

/// Holds a list against what is stored, without asking for anything.
fn judge(
    call: &Call,
    key: &RevisionKey,
    stored: &Stored,
    inputs: Vec<SectorInput>,
    options: Options,
    is_ahead: bool,
) -> Result<Judged> {
    let (office, deadline) = (std::sync::Arc::clone(call.office()), call.deadline());
    let most = office.rules.max_items_per_revision;
    let existing = &stored.existing;
    let ground = Ground {
        revision: key,
        territories: &office.territories,
        rules: &office.rules,
        outline: &stored.land.outline,
        existing,
        skips_faulty: options.on_fault == OnFault::Skip,
        deadline,
    };
    let (mut sound, faults) = check::check(&ground, inputs)?;
    let (known, new): (Vec<_>, Vec<_>) =
        sound.iter().map(|each| each.sector.key.code.clone()).partition(|code| existing.contains_key(code));
    if existing.len() + new.len() > most {
        let text = format!("une révision a au plus {most} secteurs");
        return Err(Error::invalid("sectors", Message::new("TOO_MANY", text).with("most", most)));
    }
    let redrawn = keep_redrawn(&stored.drawn, &mut sound, deadline)?;
    let (overlaps, all) = if options.overlaps {
        overlap::with_existing(&stored.neighbours, &sound, is_ahead, deadline)?
    } else {
        (Vec::new(), true)
    };
    let mut report = UpsertReport { added: new, faults, overlaps, overlaps_cut_short: !all, ..UpsertReport::default() };
    if options.changes {
        report.changed = changed::of(&stored.drawn, &redrawn, existing, &sound);
        let changing: HashSet<&SectorCode> = report.changed.iter().map(|(_, code, _)| code).collect();
        (report.replaced, report.unchanged) = known.into_iter().partition(|code| changing.contains(code));
        sound.retain(|each| changing.contains(&each.sector.key.code) || !existing.contains_key(&each.sector.key.code));
    } else {
        report.replaced = known;
    }
    let is_written = !options.trial && !options.is_refused && (report.faults.is_empty() || options.on_fault == OnFault::Skip);
    let near = if is_written {
        let drawn = sound.iter().filter_map(|each| Some((each.sector.key.clone(), each.area.as_ref()?.shape.clone())));
        let schools = stored.schools.as_deref().unwrap_or_default();
        near::measure(&AreaIndex::new(drawn.collect()), schools, office.rules.school_distance_m, deadline)?
    } else {
        Vec::new()
    };
    Ok(Judged { sound, near, report })
}

/// Bytes of the draft once these are written: their outlines and descriptions in place of those that they replace, as
/// [`size`](revisions::size) counts them.
fn grown(stored: &Stored, sound: &[Sound]) -> u64 {
    let (mut come, mut gone) = (0, 0);
    for each in sound {
        let code = &each.sector.key.code;
        come += each.sector.description.len();
        gone += stored.existing.get(code).map_or(0, |before| before.description.len());
        if let Some(area) = each.area.as_ref().filter(|_| !each.is_redrawn) {
            come += area.geojson.len();
            gone += stored.drawn.get(code).map_or(0, String::len);
        }
    }
    let bytes = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    stored.bytes.saturating_add(bytes(come)).saturating_sub(bytes(gone))
}

/// A shape that is stored already, and comes again in another form (another start, another order of parts), is no change: its text stays. Answers
/// how each of the others differs from the one that is stored.
fn keep_redrawn(
    drawn: &HashMap<SectorCode, String>,
    sound: &mut [Sound],
    deadline: Deadline,
) -> Result<HashMap<SectorCode, String>> {
    let mut differ = HashMap::new();
    for each in sound {
        let (Some(area), Some(text)) = (&each.area, drawn.get(&each.sector.key.code)) else { continue };
        deadline.check()?;
        if *text == area.geojson {
            continue;
        }
        let before = boundaries::stored_shape(text)?;
        if geojson::canonical(&before) == area.shape {
            each.is_redrawn = true;
        } else {
            differ.insert(each.sector.key.code.clone(), redrawn::difference(&before, &area.shape));
        }
    }
    Ok(differ)
}

/// The sectors of a revision by code.
pub(in crate::workflow) fn existing(call: &mut Call, editor: &Editor, key: &RevisionKey) -> Result<BTreeMap<SectorCode, Sector>> {
    let rows = sectors::of_revisions(call.db()?, &editor.scope(), std::slice::from_ref(key))?;
    Ok(rows.into_iter().map(|row| (row.key.code.clone(), row)).collect())
}

/// Police and gendarmerie write sectors of their own authority, and leave it to them.
fn refuse_others(
    call: &mut Call,
    editor: &Editor,
    existing: &BTreeMap<SectorCode, Sector>,
    inputs: &[SectorInput],
) -> Result<()> {
    let foreign = inputs.iter().enumerate().filter(|(_, input)| !input.is_faulty).find_map(|(index, input)| {
        let before = existing.get(input.code.as_str()).map(|sector| sector.authority);
        let all = before.into_iter().chain([input.authority]);
        all.into_iter().find(|authority| !editor.keeps_sectors_of(*authority)).map(|authority| (index, authority))
    });
    match foreign {
        None => Ok(()),
        Some((index, authority)) => {
            let text = format!("sectors[{index}] : les secteurs de l’autorité {authority} ne sont pas les vôtres");
            let message = Message::new("SECTOR_NOT_YOURS", text).with("index", index).with("authority", authority);
            Err(editor.refusal(call, message))
        }
    }
}

fn store(
    write: &mut Write<'_>,
    editor: &Editor,
    key: &RevisionKey,
    mut count: usize,
    sound: Vec<Sound>,
    near: &[Near],
) -> Result<()> {
    let (mut rows, mut drawn, mut texts) = (Vec::new(), Vec::new(), Vec::new());
    for Sound { mut sector, area, is_redrawn, .. } in sound {
        if sector.rank == 0 {
            sector.rank = ranks::appended(count);
            count += 1;
        }
        if let Some(area) = area {
            if !is_redrawn {
                texts.push((sector.key.clone(), outlines::at_every_tolerance(&area.geojson, &area.simplified)));
            }
            drawn.push(sector.key.code.clone());
        }
        rows.push(sector);
    }
    let scope = editor.scope();
    sectors::upsert(write.writer()?, &scope, &rows)?;
    outlines::upsert(write.writer()?, &scope, &texts)?;
    near::keep_of_sectors(write, key, &drawn, near)
}
