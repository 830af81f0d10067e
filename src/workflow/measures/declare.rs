//! Declaring an indicator not applicable: it has no object in the department, and leaves what is expected. Zero reported, not reported and
//! not applicable are three things.

use crate::access::Capability;
use crate::domain::Message;
use crate::domain::codes::DepartmentCode;
use crate::domain::fortnight::Fortnight;
use crate::domain::rollup::is_recorded;
use crate::store::declarations::{self, Declaration};
use crate::store::indicators::{self as stored, StoredIndicator};
use crate::store::measures as store;
use crate::workflow::{Act, Call, Error, Result, indicators, input};

/// A declaration as it is sent.
#[derive(Clone, Debug)]
pub struct NotApplicable {
    /// The department.
    pub department: DepartmentCode,
    /// Code of the indicator.
    pub indicator: String,
    /// The first fortnight.
    pub from: Fortnight,
    /// The last fortnight; none while it lasts.
    pub until: Option<Fortnight>,
    /// Why.
    pub reason: String,
}

/// How many declarations of one indicator a department has at most: two a year for as long as there are plans. Whoever records there reads all.
pub const MOST_DECLARATIONS: usize = 50;

/// A declaration as it stands.
#[derive(Clone, Debug)]
pub struct Declared {
    /// What is declared.
    pub declaration: Declaration,
    /// Why.
    pub reason: String,
    /// Of which indicator.
    pub indicator: StoredIndicator,
}

/// Declares an indicator not applicable in a department. Sent again with the same first fortnight it takes the place of the earlier
/// declaration, so that one that lasts can be given its end.
///
/// # Errors
/// INVALID naming the field, or where there are [too many](MOST_DECLARATIONS); CONFLICT where measures are recorded in those fortnights; FORBIDDEN, NOT_FOUND; those of the database.
pub fn declare_not_applicable(call: &mut Call, sent: NotApplicable) -> Result<Declared> {
    let NotApplicable { department, indicator, from, until, reason } = sent;
    let subject = format!("indicator {} from {from}", indicator.chars().take(48).collect::<String>());
    let mut write = call.begin(Act::local("declareNotApplicable", &department, subject), Capability::DeclareNotApplicable)?;
    let scope = write.scope();
    let reason = input::text("reason", &reason, input::REASON)?;
    if until.is_some_and(|until| until < from) {
        return Err(Error::invalid("until", Message::new("BEFORE_START", "la fin précède le début")));
    }
    let code = input::parse("indicator", &indicator)?;
    if !indicators::find(&mut write, &code)?.indicator.is_of(&department) {
        return Err(Error::invalid(
            "indicator",
            Message::new("OTHER_DEPARTMENT", format!("{code} est propre à un autre département")).with("indicator", &code),
        ));
    }
    // Nobody defines it anew before this is written.
    let held = stored::by_codes_under_lock(write.writer()?, &department, std::slice::from_ref(&code))?.remove(&code);
    let indicator = held.ok_or_else(|| Error::not_found(format!("indicateur {code}")))?;
    if !is_recorded(indicator.indicator.aggregation) {
        return Err(Error::invalid(
            "indicator",
            Message::new("RATIO_IS_COMPUTED", format!("{code} est un ratio : déclarez plutôt ce qu’il divise"))
                .with("indicator", &code),
        ));
    }
    let last = until.map_or(i32::MAX, Fortnight::ordinal);
    if let Some(first) = store::first_measured(write.db()?, &department, indicator.id, &(from.ordinal()..=last))? {
        return Err(Error::conflict(
            Message::new("MEASURED", format!("{code} a été mesuré pour {first} : il a donc un objet"))
                .with("indicator", &code)
                .with("fortnight", first),
        ));
    }
    let declaration = Declaration { department, indicator_id: indicator.id, from, until };
    let before = declarations::count_for_another(write.db()?, &declaration)?;
    if before >= MOST_DECLARATIONS {
        let text = format!(
            "{code} a déjà été déclaré sans objet {before} fois, {MOST_DECLARATIONS} au plus : prolonger une déclaration, en la renvoyant avec la \
             même première quinzaine"
        );
        return Err(Error::invalid(
            "from",
            Message::new("TOO_MANY", text).with("indicator", &code).with("most", MOST_DECLARATIONS),
        ));
    }
    let (name, now) = (write.caller().name(), write.now());
    declarations::declare(write.writer()?, &scope, &declaration, &reason, &name, now)?;
    write.done(until.map_or_else(|| "while it lasts".to_owned(), |until| format!("until {until}")))?;
    Ok(Declared { declaration, reason, indicator })
}
