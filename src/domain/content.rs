//! What a revision says: the content that is signed, and its hash.
//!
//! Signed is all that the plan says, under its department, semester and number: diagnosis, contributions, mapping, objectives, ranks.
//! Remarks of the secretariat and replies to them are talk about the plan, not plan; like steps, signatures and national lists they are
//! outside (house).

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::amount::Amount;
use super::canonical;
use super::codes::{CommuneCode, DepartmentCode, IndicatorCode, ObjectiveCode, ParquetCode, SectorCode, Uai};
use super::semester::Semester;
use super::vocabulary::{Authority, ObjectiveAxis, SectorKind, ServiceKind};

/// The content of one revision. The order of its lists does not matter: ranks say what comes first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionContent {
    /// Whose plan it is.
    pub department: DepartmentCode,
    /// For which semester.
    pub semester: Semester,
    /// 1, 2, 3 … in the order of opening.
    pub number: i32,
    /// The shared diagnosis.
    pub diagnosis: String,
    /// Why listed schools are left uncovered; empty when none is.
    pub uncovered_schools_reason: String,
    /// The services' parts of the diagnosis, one per service.
    pub contributions: Vec<ContributionContent>,
    /// The mapping.
    pub sectors: Vec<SectorContent>,
    /// The priority objectives of both axes.
    pub objectives: Vec<ObjectiveContent>,
}

/// A service's part of the diagnosis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContributionContent {
    /// The service.
    pub service: ServiceKind,
    /// What it says.
    pub text: String,
    /// Of which day; a copy keeps it.
    pub dated_on: NaiveDate,
    /// The account that wrote it down.
    pub contributed_by: String,
}

/// A sector as it stands in the revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectorContent {
    /// Stable across revisions.
    pub code: SectorCode,
    /// Its name.
    pub name: String,
    /// What it is on the ground.
    pub kind: SectorKind,
    /// Who polices it.
    pub authority: Authority,
    /// The parquet in whose reach it lies.
    pub parquet: Option<ParquetCode>,
    /// The communes that it touches.
    pub commune_codes: Vec<CommuneCode>,
    /// The priority neighbourhood that it follows.
    pub priority_neighbourhood_code: Option<String>,
    /// 1 (least affected) to 5 (most).
    pub severity: i32,
    /// 1 is worst hit.
    pub rank: i32,
    /// In words.
    pub description: String,
    /// GeoJSON, as written once by `geometry`: the same outline is the same text.
    pub geometry: String,
}

/// An objective as it stands in the revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectiveContent {
    /// Stable across revisions.
    pub code: ObjectiveCode,
    /// 1 is most urgent.
    pub rank: i32,
    /// Deterrence or repression.
    pub axis: ObjectiveAxis,
    /// In a line.
    pub title: String,
    /// In words.
    pub description: String,
    /// Whose objective it is.
    pub lead_service: ServiceKind,
    /// Who else takes part.
    pub partner_services: Vec<ServiceKind>,
    /// For what no sector or school holds.
    pub department_wide: bool,
    /// Sectors that it aims at.
    pub sector_codes: Vec<SectorCode>,
    /// Schools that it aims at.
    pub school_uais: Vec<Uai>,
    /// How it is pursued. Their order is kept: it is the authors'.
    pub modes_of_action: Vec<String>,
    /// What it wants to reach, one per indicator.
    pub targets: Vec<TargetContent>,
    /// By when.
    pub due_on: Option<NaiveDate>,
}

/// A figure that an objective wants to reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetContent {
    /// Of which indicator.
    pub indicator: IndicatorCode,
    /// From where.
    pub baseline: Option<Amount>,
    /// To where.
    pub target: Amount,
}

impl RevisionContent {
    /// The content in canonical form: equal content gives equal text, in whatever order its lists stand.
    #[must_use]
    pub fn canonical_json(&self) -> String {
        let mut text = String::new();
        self.say(&mut |part| text.push_str(part));
        text
    }

    /// Says the canonical form part by part, one item of a list at a time: outlines are large. Keys stand in their order.
    fn say(&self, say: &mut dyn FnMut(&str)) {
        say("{\"contributions\":");
        say_list(&self.contributions, |item| item.service.as_str(), ContributionContent::value, say);
        say(",\"department\":");
        canonical::write(&self.department.as_str().into(), say);
        say(",\"diagnosis\":");
        canonical::write(&self.diagnosis.as_str().into(), say);
        say(",\"number\":");
        canonical::write(&self.number.into(), say);
        say(",\"objectives\":");
        say_list(&self.objectives, |item| item.code.as_str(), ObjectiveContent::value, say);
        say(",\"sectors\":");
        say_list(&self.sectors, |item| item.code.as_str(), SectorContent::value, say);
        say(",\"semester\":");
        canonical::write(&self.semester.to_string().into(), say);
        say(",\"uncoveredSchoolsReason\":");
        canonical::write(&self.uncovered_schools_reason.as_str().into(), say);
        say("}");
    }

    /// SHA-256 of the canonical form, in hexadecimal: what a signature signs.
    #[must_use]
    pub fn content_hash(&self) -> String {
        canonical::sha256_hex_of_parts(|say| self.say(say))
    }
}

impl ContributionContent {
    fn value(&self) -> Value {
        json!({
            "contributedBy": self.contributed_by,
            "datedOn": self.dated_on.to_string(),
            "service": self.service.as_str(),
            "text": self.text,
        })
    }
}

impl SectorContent {
    fn value(&self) -> Value {
        json!({
            "authority": self.authority.as_str(),
            "code": self.code.as_str(),
            "communeCodes": words(&self.commune_codes, CommuneCode::as_str),
            "description": self.description,
            "geometry": self.geometry,
            "kind": self.kind.as_str(),
            "name": self.name,
            "parquet": self.parquet.as_ref().map(ParquetCode::as_str),
            "priorityNeighbourhoodCode": self.priority_neighbourhood_code,
            "rank": self.rank,
            "severity": self.severity,
        })
    }
}

impl ObjectiveContent {
    fn value(&self) -> Value {
        json!({
            "axis": self.axis.as_str(),
            "code": self.code.as_str(),
            "departmentWide": self.department_wide,
            "description": self.description,
            "dueOn": self.due_on.map(|day| day.to_string()),
            "leadService": self.lead_service.as_str(),
            "modesOfAction": self.modes_of_action,
            "partnerServices": words(&self.partner_services, |service| service.as_str()),
            "rank": self.rank,
            "schools": words(&self.school_uais, Uai::as_str),
            "sectors": words(&self.sector_codes, SectorCode::as_str),
            "targets": list(&self.targets, |item| item.indicator.as_str(), TargetContent::value),
            "title": self.title,
        })
    }
}

impl TargetContent {
    fn value(&self) -> Value {
        json!({
            "baseline": self.baseline.map(|amount| amount.to_string()),
            "indicator": self.indicator.as_str(),
            "target": self.target.to_string(),
        })
    }
}

/// Objects in the order of their keys.
fn list<T>(items: &[T], key: impl Fn(&T) -> &str, value: impl Fn(&T) -> Value) -> Vec<Value> {
    sorted(items, key).into_iter().map(value).collect()
}

fn sorted<T>(items: &[T], key: impl Fn(&T) -> &str) -> Vec<&T> {
    let mut sorted: Vec<&T> = items.iter().collect();
    sorted.sort_by(|a, b| key(a).cmp(key(b)));
    sorted
}

/// Says objects in the order of their keys, each by itself.
fn say_list<T>(items: &[T], key: impl Fn(&T) -> &str, value: impl Fn(&T) -> Value, say: &mut dyn FnMut(&str)) {
    say("[");
    for (at, item) in sorted(items, key).into_iter().enumerate() {
        if at > 0 {
            say(",");
        }
        canonical::write(&value(item), say);
    }
    say("]");
}

/// A set of words: sorted, each once.
pub(super) fn words<T>(items: &[T], word: impl Fn(&T) -> &str) -> Vec<&str> {
    let mut words: Vec<&str> = items.iter().map(word).collect();
    words.sort_unstable();
    words.dedup();
    words
}

#[cfg(test)]
pub(super) mod samples;
#[cfg(test)]
mod tests;
