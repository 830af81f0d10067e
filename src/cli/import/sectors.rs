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
    /// Le département ; inutile quand la révision est donnée par son identifiant.
    #[arg(long, value_name = "CODE")]
    department: Option<String>,
    /// Le projet de révision : son identifiant, son numéro, ou `pending`.
    #[arg(long, value_name = "ID, N OU pending")]
    revision: String,
    /// La version dont part l’import, refusé si la révision a changé depuis ; sans cette option, la version actuelle.
    #[arg(long, value_name = "N")]
    version: Option<i32>,
    /// Laisse de côté les objets en défaut et importe les autres ; sans cette option, c’est tout ou rien.
    #[arg(long)]
    skip_invalid: bool,
    /// Répare les tracés qui se croisent, et retourne les anneaux dans le sens de la RFC 7946.
    #[arg(long)]
    repair: bool,
    /// Vide ces champs là où le fichier n’en dit rien, au lieu de garder ce qui est enregistré : communes, parquet,
    /// description, neighbourhood.
    #[arg(long, value_name = "CHAMPS")]
    clear: Option<String>,
    #[command(flatten)]
    said: Said,
    #[command(flatten)]
    properties: Properties,
}

#[derive(Args)]
#[command(next_help_heading = "Pour les nouveaux secteurs dont le fichier ne le dit pas")]
struct Said {
    /// POLICE ou GENDARMERIE.
    #[arg(long, value_name = "AUTORITÉ")]
    authority: Option<String>,
    /// NEIGHBOURHOOD, HOUSING_ESTATE, SCHOOL_SURROUNDINGS, PUBLIC_SPACE, TRANSPORT_HUB, PORT, AIRPORT ou OTHER.
    #[arg(long, value_name = "TYPE")]
    kind: Option<String>,
    /// De 1 (le moins touché) à 5.
    #[arg(long, value_name = "GRAVITÉ")]
    severity: Option<String>,
    /// Le code du parquet ; sans cette option, le seul du département s’il n’en a qu’un.
    #[arg(long, value_name = "CODE")]
    parquet: Option<String>,
}

#[derive(Args)]
#[command(next_help_heading = "Noms des propriétés du fichier")]
struct Properties {
    /// Le code [sinon : code, CODE_QP et semblables].
    #[arg(long, value_name = "PROPRIÉTÉ")]
    code_property: Option<String>,
    /// Le nom [sinon : NOM_QP, lib_qp, name ou nom].
    #[arg(long, value_name = "PROPRIÉTÉ")]
    name_property: Option<String>,
    /// Les codes INSEE des communes [sinon : communeCodes, code_commune, insee_com et semblables].
    #[arg(long, value_name = "PROPRIÉTÉ")]
    communes_property: Option<String>,
    /// Le type [sinon : kind et semblables].
    #[arg(long, value_name = "PROPRIÉTÉ")]
    kind_property: Option<String>,
    /// L’autorité [sinon : authority et semblables].
    #[arg(long, value_name = "PROPRIÉTÉ")]
    authority_property: Option<String>,
    /// La gravité [sinon : severity et semblables].
    #[arg(long, value_name = "PROPRIÉTÉ")]
    severity_property: Option<String>,
    /// Le parquet [sinon : parquetCode ou parquet].
    #[arg(long, value_name = "PROPRIÉTÉ")]
    parquet_property: Option<String>,
    /// La description [sinon : description].
    #[arg(long, value_name = "PROPRIÉTÉ")]
    description_property: Option<String>,
    /// Le quartier prioritaire [sinon : priorityNeighbourhoodCode ou CODE_QP].
    #[arg(long, value_name = "PROPRIÉTÉ")]
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
