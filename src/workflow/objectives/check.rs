//! Checks an objective on its way in: its texts, and that what it names is there.

use std::collections::BTreeSet;

use super::{ObjectiveInput, TargetInput};
use crate::access::Scope;
use crate::domain::amount::Amount;
use crate::domain::codes::{DepartmentCode, IndicatorCode, SectorCode, Uai};
use crate::domain::french::Noun;
use crate::domain::keys::{ObjectiveKey, RevisionKey, SectorKey};
use crate::domain::vocabulary::ServiceKind;
use crate::domain::{Explained, Message};
use crate::store::objectives::{Named, Objective, Target, links};
use crate::store::{schools, sectors};
use crate::workflow::{Call, Error, Result, input};

/// Modes of action, targets and schools that one objective has, at most.
const MAX_LISTED: usize = 100;

/// What the objective says and names; its rank is not known yet.
pub(super) fn check(call: &mut Call, revision: &RevisionKey, input: &ObjectiveInput) -> Result<(Objective, Named)> {
    let objective = Objective {
        key: ObjectiveKey { revision: revision.clone(), code: input::parse("code", &input.code)? },
        rank: 0,
        axis: input.axis,
        title: input::text("title", &input.title, input::NAME)?,
        description: input::optional_text("description", &input.description, input::DESCRIPTION)?,
        lead_service: input.lead_service,
        partner_services: partners(input)?,
        department_wide: input.department_wide,
        modes_of_action: modes(&input.modes_of_action)?,
        due_on: input.due_on,
    };
    let named = Named {
        sectors: named_sectors(call, revision, &input.sector_codes)?,
        schools: named_schools(call, &revision.department, &input.school_uais)?,
        targets: targets(call, &revision.department, &input.targets)?,
    };
    Ok((objective, named))
}

fn partners(input: &ObjectiveInput) -> Result<Vec<ServiceKind>> {
    let partners: BTreeSet<ServiceKind> = input.partner_services.iter().copied().collect();
    if partners.contains(&input.lead_service) {
        let noun = Noun::of_service(input.lead_service);
        let verbs = noun.verb("pilote, et n’est donc pas partenaire", "pilotent, et ne sont donc pas partenaires");
        let message = Message::new("LEAD_IS_NO_PARTNER", format!("{} {verbs}", noun.the()));
        return Err(Error::invalid("partnerServices", message));
    }
    Ok(partners.into_iter().collect())
}

fn modes(texts: &[String]) -> Result<Vec<String>> {
    input::bounded("modesOfAction", texts, MAX_LISTED)?;
    let checked = texts.iter().enumerate();
    checked.map(|(index, text)| input::text(&format!("modesOfAction[{index}]"), text, input::REASON)).collect()
}

/// Parses codes, each once, in their order.
fn codes<C: std::str::FromStr<Err: Explained> + Ord + Clone>(field: &str, texts: &[String], most: usize) -> Result<Vec<C>> {
    input::bounded(field, texts, most)?;
    let mut seen = BTreeSet::new();
    let mut codes = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        let code: C = input::parse(&format!("{field}[{index}]"), text)?;
        if seen.insert(code.clone()) {
            codes.push(code);
        }
    }
    Ok(codes)
}

/// Refuses the first code that is not there.
fn all_there<C: Ord + std::fmt::Display>(field: &str, codes: &[C], there: &BTreeSet<C>, what: &str) -> Result<()> {
    match codes.iter().position(|code| !there.contains(code)) {
        None => Ok(()),
        Some(index) => {
            let code = codes.get(index).map(ToString::to_string).unwrap_or_default();
            Err(Error::invalid(field, Message::new("UNKNOWN_CODE", format!("{code} n’est pas {what}")).with("code", code)))
        }
    }
}

fn named_sectors(call: &mut Call, revision: &RevisionKey, texts: &[String]) -> Result<Vec<SectorCode>> {
    let codes: Vec<SectorCode> = codes("sectorCodes", texts, call.office().rules.max_items_per_revision)?;
    if codes.is_empty() {
        return Ok(codes);
    }
    let keys: Vec<SectorKey> = codes.iter().map(|code| SectorKey { revision: revision.clone(), code: code.clone() }).collect();
    let rows = sectors::by_keys(call.db()?, &Scope::department(revision.department.clone()), &keys)?;
    let there = rows.into_iter().map(|row| row.key.code).collect();
    all_there("sectorCodes", &codes, &there, "un secteur de cette révision")?;
    Ok(codes)
}

fn named_schools(call: &mut Call, department: &DepartmentCode, texts: &[String]) -> Result<Vec<Uai>> {
    let uais: Vec<Uai> = codes("schoolUais", texts, MAX_LISTED)?;
    if uais.is_empty() {
        return Ok(uais);
    }
    let keepers = schools::keepers(call.db()?, &uais)?;
    let there = keepers.into_iter().filter(|(_, keeper)| keeper == department).map(|(uai, _)| uai).collect();
    all_there("schoolUais", &uais, &there, "un établissement de l’annuaire du département")?;
    Ok(uais)
}

fn targets(call: &mut Call, department: &DepartmentCode, inputs: &[TargetInput]) -> Result<Vec<Target>> {
    input::bounded("targets", inputs, MAX_LISTED)?;
    let mut targets: Vec<Target> = Vec::with_capacity(inputs.len());
    for (index, input) in inputs.iter().enumerate() {
        let amount = |field: &str, value: f64| {
            Amount::from_f64(value).map_err(|fault| Error::invalid(format!("targets[{index}].{field}"), fault.message()))
        };
        let indicator: IndicatorCode = input::parse(&format!("targets[{index}].indicator"), &input.indicator)?;
        if targets.iter().any(|target| target.indicator == indicator) {
            return Err(Error::invalid(
                format!("targets[{index}].indicator"),
                Message::new("TWICE", "cet indicateur a déjà une cible"),
            ));
        }
        let baseline = input.baseline.map(|value| amount("baseline", value)).transpose()?;
        targets.push(Target { indicator, baseline, target: amount("target", input.target)? });
    }
    if targets.is_empty() {
        return Ok(targets);
    }
    let codes: Vec<IndicatorCode> = targets.iter().map(|target| target.indicator.clone()).collect();
    let there = links::indicators_of(call.db()?, department, &codes)?;
    all_there("targets", &codes, &there, "un indicateur national ou de ce département")?;
    Ok(targets)
}
