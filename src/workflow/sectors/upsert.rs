//! Writing sectors into a draft, one or a whole file of them.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::check::{self, Ground, Sound};
use super::fault::{ItemFault, refusal};
use super::overlap::{self, SectorOverlap};
use super::{SectorInput, changed, near};
use crate::access::Capability;
use crate::domain::Explained;
use crate::domain::Message;
use crate::domain::codes::SectorCode;
use crate::domain::keys::{RevisionKey, SectorKey};
use crate::domain::ranks;
use crate::geometry::{CheckedArea, geojson};
use crate::store::sectors::{self, Sector, outlines};
use crate::workflow::editing::Editor;
use crate::workflow::imports::FieldChange;
use crate::workflow::revisions::{self, Seen};
use crate::workflow::{Act, Call, Error, Result, boundaries, input};

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
/// report, and on one (unless they are skipped) nothing is written.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND, CONFLICT; INVALID for a list that is empty or too long.
pub fn upsert(
    call: &mut Call,
    key: &RevisionKey,
    version: i32,
    mut inputs: Vec<SectorInput>,
    options: Options,
) -> Result<UpsertReport> {
    let act = Act::local("upsertSectors", &key.department, format!("revision {key}"));
    call.announce(act.clone());
    let most = call.office().rules.max_items_per_revision;
    // Shapes are examined before others have to wait, and only for who may write them at all.
    if inputs.len() <= most && may_write(call, key)? {
        let office = std::sync::Arc::clone(call.office());
        check::examine_texts(&office.rules, &mut inputs, call.deadline())?;
    }
    call.begin(act)?;
    let editor = Editor::of(call, &key.department, Capability::EditOwnSectors)?;
    revisions::draft_for_edit(call, &editor.scope(), key, version)?;
    input::bounded("sectors", &inputs, most)?;
    if inputs.is_empty() {
        return Err(Error::invalid("sectors", Message::new("EMPTY", "ne doit pas être vide")));
    }

    let existing = existing(call, &editor, key)?;
    refuse_others(call, &editor, &existing, &inputs)?;
    let outline = boundaries::outline_of(call, &key.department)?;
    let office = std::sync::Arc::clone(call.office());
    let ground = Ground {
        revision: key,
        territories: &office.territories,
        rules: &office.rules,
        outline: &outline,
        existing: &existing,
        deadline: call.deadline(),
    };
    let (mut sound, faults) = check::check(&ground, inputs)?;
    let (known, new): (Vec<_>, Vec<_>) =
        sound.iter().map(|each| each.sector.key.code.clone()).partition(|code| existing.contains_key(code));
    if existing.len() + new.len() > most {
        let text = format!("une révision a au plus {most} secteurs");
        return Err(Error::invalid("sectors", Message::new("TOO_MANY", text).with("most", most)));
    }
    keep_redrawn(call, &editor, &existing, &mut sound)?;
    let (overlaps, all) =
        if options.overlaps { overlap::with_existing(call, &editor, &existing, &sound)? } else { (Vec::new(), true) };
    let mut report = UpsertReport { added: new, faults, overlaps, overlaps_cut_short: !all, ..UpsertReport::default() };
    if options.changes {
        report.changed = changed::of(call, &editor, &existing, &sound)?;
        let changing: HashSet<&SectorCode> = report.changed.iter().map(|(_, code, _)| code).collect();
        (report.replaced, report.unchanged) = known.into_iter().partition(|code| changing.contains(code));
        sound.retain(|each| changing.contains(&each.sector.key.code) || !existing.contains_key(&each.sector.key.code));
    } else {
        report.replaced = known;
    }
    let refused = !report.faults.is_empty() && options.on_fault == OnFault::Refuse;
    if refused || options.trial || sound.is_empty() {
        return Ok(report);
    }
    write(call, &editor, key, existing.len(), sound)?;
    report.revision = Some(revisions::touch(call, key)?);
    call.done(format!("{} added, {} replaced", report.added.len(), report.replaced.len()))?;
    Ok(report)
}

/// Whether the caller may write sectors in the department at all; the refusal itself comes later, under the act.
fn may_write(call: &Call, key: &RevisionKey) -> Result<bool> {
    let holds = |capability| Ok::<_, Error>(call.access().scope_or_nowhere(capability)?.holds(&key.department));
    Ok(holds(Capability::EditPlan)? || holds(Capability::EditOwnSectors)?)
}

/// A shape that is stored already, and comes again in another form (another start, another order of parts), is no change: its text stays.
fn keep_redrawn(call: &mut Call, editor: &Editor, existing: &BTreeMap<SectorCode, Sector>, sound: &mut [Sound]) -> Result<()> {
    let drawn = sound.iter().filter(|each| each.area.is_some()).filter_map(|each| existing.get(&each.sector.key.code));
    let keys: Vec<SectorKey> = drawn.map(|sector| sector.key.clone()).collect();
    if keys.is_empty() {
        return Ok(());
    }
    let texts: HashMap<SectorKey, String> = outlines::of_sectors(call.db()?, &editor.scope(), &keys, 0)?.into_iter().collect();
    for each in sound {
        let (Some(area), Some(text)) = (&each.area, texts.get(&each.sector.key)) else { continue };
        call.deadline().check()?;
        if *text != area.geojson && geojson::canonical(&boundaries::stored_shape(text)?) == area.shape {
            each.is_redrawn = true;
        }
    }
    Ok(())
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

fn write(call: &mut Call, editor: &Editor, key: &RevisionKey, mut count: usize, sound: Vec<Sound>) -> Result<()> {
    let (mut rows, mut drawn, mut texts) = (Vec::new(), Vec::new(), Vec::new());
    for Sound { mut sector, area, is_redrawn, .. } in sound {
        if sector.rank == 0 {
            sector.rank = ranks::appended(count);
            count += 1;
        }
        if let Some(CheckedArea { shape, geojson, simplified, .. }) = area {
            if !is_redrawn {
                texts.push((sector.key.clone(), outlines::at_every_tolerance(&geojson, &simplified)));
            }
            drawn.push((sector.key.clone(), shape));
        }
        rows.push(sector);
    }
    let scope = editor.scope();
    sectors::upsert(call.db()?, &scope, &rows)?;
    outlines::upsert(call.db()?, &scope, &texts)?;
    near::sectors_drawn(call, key, drawn)
}
