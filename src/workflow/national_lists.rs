//! The national lists of the circular of 2010 (sectors with a 'groupe cités', neighbourhoods under the tax protocol, the most sensitive
//! schools), which the secretariat keeps. A membership is dated and outside the plans' content.

mod change;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use self::change::{Change, Wanted};
use super::{Act, Call, Error, Result, input};
use crate::access::{Capability, Scope};
use crate::domain::codes::CodeFault;
use crate::domain::codes::{DepartmentCode, SectorCode, Uai};
use crate::domain::vocabulary::{Authority, NationalList};
use crate::domain::{Explained, Message};
use crate::store::national_lists::{self, Entry, Member};
use crate::store::{schools, sectors};

/// Entries of a list, at most: ten times the longest of 2010.
const MAX_ENTRIES: usize = 2_000;

/// An entry as somebody sends it.
#[derive(Clone, Debug)]
pub struct EntryInput {
    /// The department.
    pub department: DepartmentCode,
    /// For lists of sectors.
    pub sector_code: Option<String>,
    /// For the list of schools.
    pub uai: Option<String>,
}

/// What is wrong with one entry.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EntryFault {
    /// The list holds sectors, or schools, and this is none.
    #[error("la liste {list} est faite {holds}, chacun par son département et {by}")]
    WrongKind {
        /// The list.
        list: NationalList,
        /// What it holds.
        holds: &'static str,
        /// By which field.
        by: &'static str,
    },
    /// A code that has not the form of one.
    #[error(transparent)]
    Form(CodeFault),
    /// The same member stands earlier.
    #[error("figure déjà dans la liste, à la place {first}")]
    Twice {
        /// The earlier place.
        first: usize,
    },
    /// No such school in the department's directory.
    #[error("le répertoire du département {department} n’a pas d’établissement {uai}")]
    NoSchool {
        /// The department.
        department: DepartmentCode,
        /// The UAI.
        uai: Uai,
    },
    /// A sector that no transmitted revision of the department has.
    #[error("aucun plan transmis du département {department} n’a de secteur {code}")]
    NoSector {
        /// The department.
        department: DepartmentCode,
        /// The code.
        code: SectorCode,
    },
    /// Groupes cités work in police zones.
    #[error("le secteur {code} du département {department} est de la gendarmerie ; les groupes cités sont en zone de police")]
    NotPolice {
        /// The department.
        department: DepartmentCode,
        /// The code.
        code: SectorCode,
    },
}

impl Explained for EntryFault {
    fn reason(&self) -> &'static str {
        match self {
            Self::WrongKind { .. } => "WRONG_KIND",
            Self::Form(fault) => fault.reason(),
            Self::Twice { .. } => "TWICE",
            Self::NoSchool { .. } => "UNKNOWN_SCHOOL",
            Self::NoSector { .. } => "UNKNOWN_SECTOR",
            Self::NotPolice { .. } => "NOT_POLICE",
        }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::WrongKind { list, .. } => vec![("list", list.to_string())],
            Self::Form(fault) => fault.parameters(),
            Self::Twice { first } => vec![("first", first.to_string())],
            Self::NoSchool { department, uai } => vec![("department", department.to_string()), ("uai", uai.to_string())],
            Self::NoSector { department, code } | Self::NotPolice { department, code } => {
                vec![("department", department.to_string()), ("sector", code.to_string())]
            }
        }
    }
}

impl EntryFault {
    /// The field of the entry that is at fault.
    #[must_use]
    pub fn field(&self, list: NationalList) -> &'static str {
        match (self, holds_schools(list)) {
            (Self::NoSchool { .. }, _) => "uai",
            (Self::NoSector { .. } | Self::NotPolice { .. }, _) => "sectorCode",
            (Self::WrongKind { .. } | Self::Form(_) | Self::Twice { .. }, true) => "uai",
            (Self::WrongKind { .. } | Self::Form(_) | Self::Twice { .. }, false) => "sectorCode",
        }
    }
}

/// A fault of one entry of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct EntryItemFault {
    /// Its place, from 0.
    pub index: usize,
    /// The code or UAI as sent, cut short.
    pub code: String,
    /// What is wrong.
    pub fault: EntryFault,
}

/// What came of setting a list.
#[derive(Clone, Debug, Default)]
pub struct ListReport {
    /// The membership as of the day from which it was (or, on trial, would be) set.
    pub entries: Vec<Entry>,
    /// Members that join.
    pub joined: usize,
    /// Members that leave.
    pub left: usize,
    /// Who joins (true) and who leaves.
    pub moved: Vec<(Entry, bool)>,
    /// Every fault found; with one, nothing is written unless they are skipped.
    pub faults: Vec<EntryItemFault>,
}

/// How a list is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether faulty entries are left out, and the others set. A member of old among them leaves the list, as the report says.
    pub skip_faulty: bool,
    /// Only says what would be done.
    pub trial: bool,
    /// Whether nothing is written when nobody joins or leaves, now or later.
    pub leave_unchanged: bool,
}

impl ListReport {
    /// The membership, for callers who take all or nothing.
    ///
    /// # Errors
    /// INVALID naming the first fault's field, with every fault in its message.
    pub fn into_entries(self, list: NationalList) -> Result<Vec<Entry>> {
        let shown = self.faults.iter().map(|each| {
            let field = format!("entries[{}].{}", each.index, each.fault.field(list));
            (field, each.code.clone(), each.fault.message())
        });
        match super::sectors::refusal(shown) {
            Some(refusal) => Err(refusal),
            None => Ok(self.entries),
        }
    }
}

/// Whether the members of a list are schools, and not sectors.
#[must_use]
pub fn holds_schools(list: NationalList) -> bool {
    match list {
        NationalList::SensitiveSchools => true,
        NationalList::GroupeCites | NationalList::TaxProtocol => false,
    }
}

/// A list on a day, today unless said: schools for who reads schools (the education service its department's), sectors for who reads plans in
/// force.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN.
pub fn on(call: &mut Call, list: NationalList, day: Option<NaiveDate>) -> Result<Vec<Entry>> {
    let scope = if holds_schools(list) {
        let directory = call.access().scope_or_nowhere(Capability::ReadSchools)?;
        let scope = directory.or(call.access().scope_or_nowhere(Capability::ReadSchoolSheet)?);
        if scope.is_nowhere() { call.scope(Capability::ReadSchools)? } else { scope }
    } else {
        let scope = call.plan_sight()?.plans_in_force();
        if scope.is_nowhere() { call.scope(Capability::ReadPlansInForce)? } else { scope }
    };
    let day = day.unwrap_or_else(|| call.today());
    Ok(national_lists::on(call.db()?, &scope, list, day)?)
}

/// Sets the whole membership of a list from a day on. What was in force before that day stays as it was; what had been set for a day to come
/// is replaced, and what was set today may be set anew. The day may not lie before the last change that has taken effect; from the day of
/// that change members may still be added, but none that has been in force since is forgotten: history is not rewritten (house).
///
/// Schools must be in the directory. A sector must be one of a transmitted revision of its department; where no revision was ever
/// transmitted its code is taken on trust, since the lists are older than the plans (house). Where unchanged lists are left alone, it is first
/// seen on a snapshot whether there is anything to be written: where nothing is, nothing is locked.
///
/// # Errors
/// FORBIDDEN without `KEEP_NATIONAL_LISTS`; INVALID for the day, or a list that is too long. Faults of entries are in the report.
pub fn set(call: &mut Call, list: NationalList, from: NaiveDate, inputs: &[EntryInput], options: Options) -> Result<ListReport> {
    set_as(call, Act::national("setNationalList", list.as_str()), list, from, inputs, options)
}

/// The same, under an act of the nation that is called otherwise.
///
/// # Errors
/// As of [`set`].
pub fn set_as(
    call: &mut Call,
    act: Act,
    list: NationalList,
    from: NaiveDate,
    inputs: &[EntryInput],
    options: Options,
) -> Result<ListReport> {
    call.announce(act.clone());
    call.require_nation(Capability::KeepNationalLists)?;
    input::bounded("entries", inputs, MAX_ENTRIES)?;
    if options.leave_unchanged && call.holds_nothing() {
        let (report, change) = call.on_a_snapshot(|call| judged(call, list, from, inputs, options))?;
        if change.is_none() {
            return Ok(report);
        }
    }
    let mut write = call.begin(act, Capability::KeepNationalLists)?;
    let (report, change) = judged(&mut write, list, from, inputs, options)?;
    let Some(change) = change else {
        write.unchanged();
        return Ok(report);
    };
    national_lists::forget(write.writer()?, &change.forgotten)?;
    national_lists::end(write.writer()?, &change.ending, Some(from))?;
    national_lists::end(write.writer()?, &change.prolonged, None)?;
    national_lists::insert(write.writer()?, &change.joining)?;
    write.done(format!("from {from}: {} entries, {} joined, {} left", report.entries.len(), report.joined, report.left))?;
    Ok(report)
}

/// What is to be said of a membership, and what is to be written of it; none: nothing.
fn judged(
    call: &mut Call,
    list: NationalList,
    from: NaiveDate,
    inputs: &[EntryInput],
    options: Options,
) -> Result<(ListReport, Option<Change>)> {
    let history = national_lists::history(call.db()?, list)?;
    let today = call.today();
    let changes = history.iter().flat_map(|entry| [Some(entry.since), entry.until]).flatten();
    if let Some(last) = changes.filter(|day| *day <= today).max().filter(|last| from < *last) {
        let text = format!(
            "la liste a changé pour la dernière fois le {last} ; elle ne peut pas être fixée à partir d’un jour antérieur"
        );
        return Err(Error::invalid("from", Message::new("BEFORE_LAST_CHANGE", text).with("last", last)));
    }
    let (wanted, faults) = check(call, list, inputs, options.skip_faulty)?;
    let change = Change::between(&history, list, from, today, &wanted);
    if let Some(first) = change.standing.first() {
        let member: &dyn std::fmt::Display = match &first.member {
            Member::Sector(code) => code,
            Member::School(uai) => uai,
        };
        let department = &first.department;
        let text = format!("{member} (département {department}) est entré ce jour-là, et ne peut sortir qu’un jour plus tard");
        let message = Message::new("JOINED_THAT_DAY", text).with("member", member).with("department", department);
        return Err(Error::invalid("from", message));
    }
    let moved = change.joining.iter().map(|entry| (entry.clone(), true));
    let leaving = history.iter().filter(|entry| change.ending.contains(&entry.id)).map(|entry| (entry.clone(), false));
    let moved = moved.chain(leaving).collect();
    let report = ListReport { entries: change.membership(), joined: change.joining.len(), left: change.left(), moved, faults };
    let refused = !report.faults.is_empty() && (!options.skip_faulty || wanted.is_empty());
    let stays = options.trial || refused || options.leave_unchanged && change.is_none();
    Ok((report, (!stays).then_some(change)))
}

/// The members that a list names (without the faulty ones, if they are skipped), and every fault.
fn check(call: &mut Call, list: NationalList, inputs: &[EntryInput], skip_faulty: bool) -> Result<(Wanted, Vec<EntryItemFault>)> {
    let mut parsed: BTreeMap<(DepartmentCode, Member), usize> = BTreeMap::new();
    let mut faults = Vec::new();
    for (index, input) in inputs.iter().enumerate() {
        match member(list, input) {
            Err(fault) => faults.push(item(index, input, fault)),
            Ok(member) => {
                let key = (input.department.clone(), member);
                match parsed.get(&key) {
                    Some(first) => faults.push(item(index, input, EntryFault::Twice { first: *first })),
                    None => {
                        parsed.insert(key, index);
                    }
                }
            }
        }
    }
    let strangers = if holds_schools(list) { unknown_schools(call, &parsed)? } else { wrong_sectors(call, list, &parsed)? };
    let mut strange = BTreeSet::new();
    for (index, fault) in strangers {
        if let Some(input) = inputs.get(index) {
            faults.push(item(index, input, fault));
        }
        strange.insert(index);
    }
    if skip_faulty {
        parsed.retain(|_, place| !strange.contains(place));
    }
    faults.sort_by_key(|fault| fault.index);
    Ok((parsed.into_keys().collect(), faults))
}

fn item(index: usize, input: &EntryInput, fault: EntryFault) -> EntryItemFault {
    let code = input.uai.as_deref().or(input.sector_code.as_deref()).unwrap_or_default();
    EntryItemFault { index, code: code.chars().take(48).collect(), fault }
}

fn member(list: NationalList, input: &EntryInput) -> Result<Member, EntryFault> {
    let form = EntryFault::Form;
    match (holds_schools(list), input.sector_code.as_deref(), input.uai.as_deref()) {
        (true, None, Some(uai)) => Uai::parse(uai).map(Member::School).map_err(form),
        (false, Some(code), None) => SectorCode::parse(code).map(Member::Sector).map_err(form),
        (true, _, _) => Err(EntryFault::WrongKind { list, holds: "d’établissements", by: "son UAI (uai)" }),
        (false, _, _) => Err(EntryFault::WrongKind { list, holds: "de secteurs", by: "son code (sectorCode)" }),
    }
}

type Parsed = BTreeMap<(DepartmentCode, Member), usize>;

fn unknown_schools(call: &mut Call, parsed: &Parsed) -> Result<Vec<(usize, EntryFault)>> {
    let schools: Vec<(&DepartmentCode, &Uai, usize)> = parsed
        .iter()
        .filter_map(|((department, member), index)| match member {
            Member::School(uai) => Some((department, uai, *index)),
            Member::Sector(_) => None,
        })
        .collect();
    let uais: Vec<Uai> = schools.iter().map(|(_, uai, _)| (*uai).clone()).collect();
    let keepers: BTreeMap<Uai, DepartmentCode> = schools::keepers(call.db()?, &uais)?.into_iter().collect();
    let unknown = schools.into_iter().filter(|(department, uai, _)| keepers.get(*uai) != Some(*department));
    Ok(unknown
        .map(|(department, uai, index)| (index, EntryFault::NoSchool { department: department.clone(), uai: uai.clone() }))
        .collect())
}

fn wrong_sectors(call: &mut Call, list: NationalList, parsed: &Parsed) -> Result<Vec<(usize, EntryFault)>> {
    let named: Vec<(DepartmentCode, SectorCode)> = parsed
        .keys()
        .filter_map(|(department, member)| match member {
            Member::Sector(code) => Some((department.clone(), code.clone())),
            Member::School(_) => None,
        })
        .collect();
    let departments: BTreeSet<DepartmentCode> = named.iter().map(|(department, _)| department.clone()).collect();
    let planned = sectors::departments_once_transmitted(call.db()?, &Scope::departments(departments))?;
    let mut known: BTreeMap<(DepartmentCode, SectorCode), Authority> = BTreeMap::new();
    // Latest revision first: its word counts.
    for sector in sectors::once_transmitted(call.db()?, &Scope::Nation, &named)? {
        known.entry((sector.key.revision.department, sector.key.code)).or_insert(sector.authority);
    }
    let mut faults = Vec::new();
    for ((department, member), index) in parsed {
        let Member::Sector(code) = member else { continue };
        let (department, code) = (department.clone(), code.clone());
        match known.get(&(department.clone(), code.clone())) {
            None if planned.contains(&department) => faults.push((*index, EntryFault::NoSector { department, code })),
            Some(Authority::Gendarmerie) if list == NationalList::GroupeCites => {
                faults.push((*index, EntryFault::NotPolice { department, code }));
            }
            None | Some(Authority::Gendarmerie | Authority::Police) => {}
        }
    }
    Ok(faults)
}
