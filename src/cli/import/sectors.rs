//! The flags of `palts import sectors`.

use clap::Args;

use super::Common;
use crate::cli::Failure;
use crate::exchange::sectors::{Given, SectorMapping};
use crate::http::imports::target;
use crate::workflow::imports::SectorImport;

/// What may be asked of it.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// The department; may be left out where the revision is named by its id.
    #[arg(long, value_name = "CODE")]
    department: Option<String>,
    /// The draft: its id, its number, or `pending`.
    #[arg(long, value_name = "ID, NUMBER OR pending")]
    revision: String,
    /// The version that the import is made from; refused when the revision has moved on. The current one, unless said.
    #[arg(long, value_name = "N")]
    version: Option<i32>,
    /// Leave faulty features out, and import the others. Otherwise it is all or nothing.
    #[arg(long)]
    skip_invalid: bool,
    /// Mend shapes that cross themselves, and turn rings to the order of RFC 7946.
    #[arg(long)]
    repair: bool,
    /// Empty these where the file has nothing for them, in place of keeping what is stored: communes, parquet, description, neighbourhood.
    #[arg(long, value_name = "FIELDS")]
    clear: Option<String>,
    #[command(flatten)]
    said: Said,
    #[command(flatten)]
    properties: Properties,
}

#[derive(Args)]
#[command(next_help_heading = "For new sectors whose features do not say it themselves")]
struct Said {
    /// POLICE or GENDARMERIE.
    #[arg(long)]
    authority: Option<String>,
    /// NEIGHBOURHOOD, HOUSING_ESTATE, SCHOOL_SURROUNDINGS, PUBLIC_SPACE, TRANSPORT_HUB, PORT, AIRPORT or OTHER.
    #[arg(long)]
    kind: Option<String>,
    /// 1 (least affected) to 5.
    #[arg(long)]
    severity: Option<String>,
    /// The parquet's code; the department's only one, where there is one alone.
    #[arg(long, value_name = "CODE")]
    parquet: Option<String>,
}

#[derive(Args)]
#[command(next_help_heading = "Names of the file's properties")]
struct Properties {
    /// The code [default: CODE_QP, code and the like].
    #[arg(long, value_name = "PROPERTY")]
    code_property: Option<String>,
    /// The name [default: NOM_QP, lib_qp, name or nom].
    #[arg(long, value_name = "PROPERTY")]
    name_property: Option<String>,
    /// INSEE codes of communes [default: communeCodes, code_commune, insee_com and the like].
    #[arg(long, value_name = "PROPERTY")]
    communes_property: Option<String>,
    /// The kind [default: kind].
    #[arg(long, value_name = "PROPERTY")]
    kind_property: Option<String>,
    /// The authority [default: authority].
    #[arg(long, value_name = "PROPERTY")]
    authority_property: Option<String>,
    /// The severity [default: severity].
    #[arg(long, value_name = "PROPERTY")]
    severity_property: Option<String>,
    /// The parquet [default: parquetCode or parquet].
    #[arg(long, value_name = "PROPERTY")]
    parquet_property: Option<String>,
    /// The description [default: description].
    #[arg(long, value_name = "PROPERTY")]
    description_property: Option<String>,
    /// The priority neighbourhood [default: priorityNeighbourhoodCode or CODE_QP].
    #[arg(long, value_name = "PROPERTY")]
    neighbourhood_property: Option<String>,
}

impl Arguments {
    /// The import that they ask for.
    pub(super) fn import(self) -> Result<(Common, SectorImport), Failure> {
        let Self { common, department, revision, version, skip_invalid, repair, clear, said, properties } = self;
        let (department, revision) = target(department.as_deref(), &revision)?;
        let given = Given {
            code_property: properties.code_property,
            name_property: properties.name_property,
            communes_property: properties.communes_property,
            kind_property: properties.kind_property,
            authority_property: properties.authority_property,
            severity_property: properties.severity_property,
            parquet_property: properties.parquet_property,
            description_property: properties.description_property,
            neighbourhood_property: properties.neighbourhood_property,
            kind: said.kind,
            authority: said.authority,
            severity: said.severity,
            parquet: said.parquet,
            clear,
        };
        let mapping = SectorMapping::of(given).map_err(|(option, fault)| Failure::new(format!("--{option} : {}", fault.text)))?;
        let dry_run = common.dry_run;
        Ok((common, SectorImport { department, revision, version, skip_invalid, repair, dry_run, mapping }))
    }
}
