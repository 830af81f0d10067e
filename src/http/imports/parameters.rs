//! What an upload asks for, in its query string. Names are those of the command line's flags, in camel case; one that is not known is refused
//! rather than passed over.

use actix_web::HttpRequest;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::domain::Message;
use crate::domain::codes::DepartmentCode;
use crate::exchange::schools::SchoolMapping;
use crate::exchange::sectors::{Given, SectorMapping};
use crate::graphql::node::NodeId;
use crate::http::parameters;
use crate::workflow::imports::{BoundaryImport, ListImport, SchoolImport, SectorImport, Target};
use crate::workflow::{Error, Result, input};

/// Reads the parameters of a request.
///
/// # Errors
/// INVALID for a parameter that is not known, lacks or is not of its type.
pub(super) fn read<P: DeserializeOwned>(request: &HttpRequest) -> Result<P> {
    parameters::read(request.query_string())
}

/// A revision as users name it: by its id, or by its number or `pending` together with its department.
///
/// # Errors
/// INVALID for a number without a department, or an id of another department; NOT_FOUND for an id of something else.
pub fn target(department: Option<&str>, revision: &str) -> Result<(DepartmentCode, Target)> {
    let department = department.map(|code| input::parse::<DepartmentCode>("department", code)).transpose()?;
    let of_department = |target| match &department {
        Some(code) => Ok((code.clone(), target)),
        None => {
            let text = "est nécessaire quand la révision est nommée par son numéro, ou par pending";
            Err(Error::invalid("department", Message::new("DEPARTMENT_NEEDED", text)))
        }
    };
    if revision == "pending" {
        return of_department(Target::Pending);
    }
    if let Ok(number) = revision.parse::<i32>() {
        return of_department(Target::Number(number));
    }
    let key = NodeId::revision(&revision.to_owned().into())?;
    match department {
        Some(other) if other != key.department => {
            let text = format!("est du département {}, et non du {other}", key.department);
            Err(Error::invalid("revision", Message::new("OTHER_DEPARTMENT", text).with("department", key.department)))
        }
        Some(_) | None => Ok((key.department, Target::Number(key.number))),
    }
}

/// `POST /imports/sectors`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Sectors {
    department: Option<String>,
    revision: String,
    version: Option<i32>,
    mode: Option<String>,
    #[serde(default)]
    repair: bool,
    #[serde(default)]
    dry_run: bool,
    code_property: Option<String>,
    name_property: Option<String>,
    communes_property: Option<String>,
    kind_property: Option<String>,
    authority_property: Option<String>,
    severity_property: Option<String>,
    parquet_property: Option<String>,
    description_property: Option<String>,
    neighbourhood_property: Option<String>,
    kind: Option<String>,
    authority: Option<String>,
    severity: Option<String>,
    parquet: Option<String>,
    clear: Option<String>,
}

/// Whether faulty features are left out.
///
/// # Errors
/// INVALID for a mode that there is not.
fn skips(mode: Option<&str>) -> Result<bool> {
    match mode {
        None | Some("strict") => Ok(false),
        Some("skip-invalid") => Ok(true),
        Some(_) => Err(Error::invalid("mode", Message::new("WRONG_VALUE", "doit être strict ou skip-invalid"))),
    }
}

impl Sectors {
    pub(super) fn import(self) -> Result<SectorImport> {
        let (department, revision) = target(self.department.as_deref(), &self.revision)?;
        let skip_invalid = skips(self.mode.as_deref())?;
        let given = Given {
            code_property: self.code_property,
            name_property: self.name_property,
            communes_property: self.communes_property,
            kind_property: self.kind_property,
            authority_property: self.authority_property,
            severity_property: self.severity_property,
            parquet_property: self.parquet_property,
            description_property: self.description_property,
            neighbourhood_property: self.neighbourhood_property,
            kind: self.kind,
            authority: self.authority,
            severity: self.severity,
            parquet: self.parquet,
            clear: self.clear,
        };
        let mapping = SectorMapping::of(given).map_err(|(option, fault)| Error::invalid(option, fault))?;
        let (version, repair, dry_run) = (self.version, self.repair, self.dry_run);
        Ok(SectorImport { department, revision, version, skip_invalid, repair, dry_run, mapping })
    }
}

/// `POST /imports/schools`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Schools {
    department: String,
    mode: Option<String>,
    #[serde(default)]
    only_department: bool,
    #[serde(default)]
    dry_run: bool,
    uai_property: Option<String>,
    name_property: Option<String>,
    department_property: Option<String>,
    kind_property: Option<String>,
}

impl Schools {
    pub(super) fn import(self) -> Result<SchoolImport> {
        Ok(SchoolImport {
            department: input::parse("department", &self.department)?,
            skip_invalid: skips(self.mode.as_deref())?,
            only_department: self.only_department,
            dry_run: self.dry_run,
            mapping: SchoolMapping::of(self.uai_property, self.name_property, self.department_property, self.kind_property),
        })
    }
}

/// `POST /imports/boundaries`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Boundaries {
    mode: Option<String>,
    #[serde(default)]
    accept_outside: bool,
    #[serde(default)]
    dry_run: bool,
    code_property: Option<String>,
}

impl Boundaries {
    pub(super) fn import(self) -> Result<BoundaryImport> {
        Ok(BoundaryImport {
            skip_invalid: skips(self.mode.as_deref())?,
            accept_outside: self.accept_outside,
            dry_run: self.dry_run,
            code: BoundaryImport::code_property(self.code_property),
        })
    }
}

/// `POST /imports/national-list`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct NationalListOf {
    list: String,
    from: String,
    mode: Option<String>,
    #[serde(default)]
    dry_run: bool,
}

impl NationalListOf {
    pub(super) fn import(self) -> Result<ListImport> {
        Ok(ListImport {
            list: input::parse("list", &self.list)?,
            from: input::parse("from", &self.from)?,
            skip_invalid: skips(self.mode.as_deref())?,
            dry_run: self.dry_run,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> DepartmentCode {
        text.parse().unwrap()
    }

    #[test]
    fn a_revision_is_named_by_its_id_its_number_or_as_pending() {
        let id = NodeId::Revision(code("13"), 4).to_string();
        assert_eq!(target(None, &id).unwrap(), (code("13"), Target::Number(4)));
        assert_eq!(target(Some("13"), &id).unwrap(), (code("13"), Target::Number(4)));
        assert_eq!(target(Some("13"), "4").unwrap(), (code("13"), Target::Number(4)));
        assert_eq!(target(Some("13"), "pending").unwrap(), (code("13"), Target::Pending));
    }

    #[test]
    fn a_number_alone_names_no_revision_and_an_id_only_its_own_department() {
        let id = NodeId::Revision(code("13"), 4).to_string();
        assert_eq!(target(None, "4").unwrap_err().code(), "INVALID");
        assert_eq!(target(None, "pending").unwrap_err().code(), "INVALID");
        assert_eq!(target(Some("75"), &id).unwrap_err().code(), "INVALID");
        assert_eq!(target(None, &NodeId::Plan(code("13")).to_string()).unwrap_err().code(), "NOT_FOUND");
    }

    fn sectors(query: &str) -> Result<SectorImport> {
        let request = actix_web::test::TestRequest::with_uri(&format!("/imports/sectors?{query}")).to_http_request();
        read(&request).and_then(Sectors::import)
    }

    #[test]
    fn parameters_are_read_as_the_command_line_names_them() {
        let import =
            sectors("department=13&revision=pending&version=3&mode=skip-invalid&repair=true&dryRun=true&authority=POLICE");
        let import = import.unwrap();
        assert_eq!((import.version, import.skip_invalid, import.repair, import.dry_run), (Some(3), true, true, true));
    }

    #[test]
    fn a_parameter_that_is_not_known_is_refused_not_passed_over() {
        let fault = sectors("department=13&revision=pending&dryrun=true").unwrap_err();
        assert!(fault.to_string().contains("dryrun"), "{fault}");
        assert_eq!(
            sectors("department=13&revision=pending&mode=lenient").unwrap_err().to_string(),
            "mode: doit être strict ou skip-invalid"
        );
        assert!(sectors("department=13").unwrap_err().to_string().contains("revision"));
    }
}
