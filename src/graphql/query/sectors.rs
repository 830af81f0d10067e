//! Questions about sectors of plans in force, by place.

use std::str::FromStr;

use crate::graphql::connection::{Page, PageRequest};
use crate::graphql::context::Context;
use crate::graphql::error::ApiResult;
use crate::graphql::scalars::{DepartmentCode, GeoJson};
use crate::graphql::types::enums::NationalList;
use crate::graphql::types::sectors::{Sector, SectorConnection};
use crate::store::sectors::place::Place;
use crate::workflow::sectors::{self, PlaceQuery, SectorsInForce, SeenSector};

/// What a page of sectors is asked for.
pub struct SectorsArguments {
    /// Of one department.
    pub department: Option<DepartmentCode>,
    /// Within this area.
    pub within: Option<GeoJson>,
    /// Containing this geometry.
    pub containing: Option<GeoJson>,
    /// On this list today.
    pub list: Option<NationalList>,
    /// How many.
    pub first: Option<i32>,
    /// After which.
    pub after: Option<String>,
}

/// A cursor of this list: department and rank.
struct Cursor(Place);

impl FromStr for Cursor {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let (department, rank) = text.split_once(':').ok_or(())?;
        Ok(Self(Place { department: department.parse().map_err(|_| ())?, rank: rank.parse().map_err(|_| ())? }))
    }
}

fn cursor(sector: &Sector) -> String {
    let rank = match &sector.0 {
        SeenSector::Whole(sector) => sector.rank,
        SeenSector::NameOnly { .. } => 0,
    };
    format!("{}:{rank}", sector.0.key().revision.department)
}

/// Whether a sector stands after a place.
fn is_after(seen: &SeenSector, place: &Place) -> bool {
    let rank = match seen {
        SeenSector::Whole(sector) => sector.rank,
        SeenSector::NameOnly { .. } => 0,
    };
    (seen.key().revision.department.to_string(), rank) > (place.department.to_string(), place.rank)
}

/// Sectors of plans in force, by department, worst hit first.
pub fn sectors(context: &Context, arguments: SectorsArguments) -> ApiResult<SectorConnection> {
    let request = PageRequest::new("sectors", arguments.first, arguments.after.as_deref(), &context.office().rules)?;
    let after: Option<Cursor> = request.after_key()?;
    let query = PlaceQuery {
        department: arguments.department.map(|code| code.0),
        within: arguments.within.map(|geometry| geometry.0.get().to_owned()),
        containing: arguments.containing.map(|geometry| geometry.0.get().to_owned()),
        list: arguments.list.map(Into::into),
    };
    let after = after.map(|cursor| cursor.0);
    let found = context.read(|call| sectors::by_place(call, &query, after.as_ref(), request.first.saturating_add(1)))?;
    let page = match found {
        SectorsInForce::Page(found) => {
            let total = Box::new(move |context: &Context| {
                let total = context.read(|call| sectors::total(call, &query))?;
                Ok(i32::try_from(total).unwrap_or(i32::MAX))
            });
            Page::new(&request, Sector::hand_out(context, found), cursor, total)
        }
        SectorsInForce::All(found) => {
            // By department and rank, as the cursor is.
            let is_seen = |seen: &SeenSector| after.as_ref().is_some_and(|after| !is_after(seen, after));
            let start = found.iter().take_while(|seen| is_seen(seen)).count();
            let page = Page::of_all(&request, found.into_iter().map(Sector).collect(), start, cursor);
            let shown = page.items.iter().filter_map(|(_, sector)| sector.0.whole().ok());
            context.loaders.sectors.expect(shown.map(|sector| &sector.key));
            page
        }
    };
    Ok(SectorConnection(page))
}
