//! Reading sectors: mapped names, what is said for all, faults of features and of files.

use super::*;

const FILE: &str = r#"{"type":"FeatureCollection","features":[
    {"type":"Feature","properties":{"CODE_QP":"QP013001","NOM_QP":"Florida Parc","COMMUNE_QP":"Marignane"},
     "geometry":{"type":"Polygon","coordinates":[[[5.2,43.4],[5.21,43.4],[5.21,43.41],[5.2,43.4]]]}},
    {"type":"Feature","properties":{"NOM_QP":"Sans code","severity":"grave"},"geometry":null}]}"#;

fn given() -> Given {
    let said = |text: &str| Some(text.to_owned());
    Given { kind: said("NEIGHBOURHOOD"), authority: said("POLICE"), severity: said("3"), ..Given::default() }
}

fn read_as(given: Given) -> Result<SectorFile, Vec<Message>> {
    read(FILE.as_bytes(), FeatureLimits::DEFAULT, &SectorMapping::of(given).unwrap())
}

#[test]
fn a_priority_neighbourhood_becomes_a_sector_row() {
    let file = read_as(given()).unwrap();
    let row = &file.rows[0];
    assert_eq!((row.code.as_str(), row.name.as_deref(), row.severity), ("QP013001", Some("Florida Parc"), None));
    assert_eq!(row.neighbourhood.as_deref(), Some("QP013001"));
    assert_eq!(row.communes, None, "Marignane is a name, not an INSEE code");
}

#[test]
fn every_fault_of_a_feature_is_reported() {
    let file = read_as(given()).unwrap();
    let faulty = &file.rows[1];
    let fields: Vec<&str> = faulty.faults.iter().map(|fault| fault.field).collect();
    assert_eq!(fields, ["code", "severity", "geometry"]);
    assert_eq!((faulty.index, faulty.name.as_deref(), faulty.shape.is_none()), (1, Some("Sans code"), true));
}

#[test]
fn what_a_file_lacks_is_absent_and_said() {
    let file = read_as(Given::default()).unwrap();
    let row = &file.rows[0];
    assert_eq!((row.kind, row.authority, &row.parquet, &row.description), (None, None, &None, &None));
    assert_eq!(file.properties.missing, ["communeCodes", "kind", "authority", "parquetCode", "description"]);
    assert_eq!(file.properties.unread, ["COMMUNE_QP"]);
}

#[test]
fn a_property_under_another_name_is_read_where_the_user_says() {
    let code_property = Some("NOM_QP".to_owned());
    let file = read_as(Given { code_property, ..given() }).unwrap();
    assert_eq!(file.rows[0].code, "Florida Parc");
}

#[test]
fn a_word_that_is_none_names_its_option() {
    let fault = SectorMapping::of(Given { authority: Some("MAIRE".to_owned()), ..given() }).unwrap_err();
    assert_eq!(fault.0, "authority");
}

#[test]
fn a_file_without_features_is_refused() {
    let empty = br#"{"type":"FeatureCollection","features":[]}"#;
    let faults = read(empty, FeatureLimits::DEFAULT, &SectorMapping::default()).unwrap_err();
    assert_eq!(faults.iter().map(|fault| fault.reason).collect::<Vec<_>>(), ["NO_FEATURE"]);
}

#[test]
fn words_are_read_in_any_case_and_numbers_with_decimals() {
    let shape = r#"{"type":"Polygon","coordinates":[[[5.2,43.4],[5.21,43.4],[5.21,43.41],[5.2,43.4]]]}"#;
    let properties = r#"{"code":13001.0,"kind":"housing estate","authority":"gendarmerie","severity":3.0}"#;
    let text = format!(
        r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{properties},"geometry":{shape}}}]}}"#
    );
    let file = read(text.as_bytes(), FeatureLimits::DEFAULT, &SectorMapping::default()).unwrap();
    let row = &file.rows[0];
    assert_eq!((row.code.as_str(), row.severity), ("13001", Some(3)));
    assert_eq!((row.kind, row.authority), (Some(SectorKind::HousingEstate), Some(Authority::Gendarmerie)));
}

#[test]
fn french_names_and_labels_are_read_and_two_that_disagree_are_told() {
    let read_one = |properties: &str| {
        let text = format!(
            r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{properties},"geometry":null}}]}}"#
        );
        read(text.as_bytes(), FeatureLimits::DEFAULT, &SectorMapping::default()).unwrap()
    };
    let file = read_one(
        r#"{"Code secteur":"X-1","Libellé":"Cité","Nature":"Grand ensemble","Autorité compétente":"Zone gendarmerie",
            "Sévérité":4,"Codes INSEE":"13055","Code du parquet":"TJ-MARSEILLE","Descriptif":"Zone nord","QPV":"QP013001"}"#,
    );
    let row = &file.rows[0];
    assert!(row.faults.is_empty() && file.notices.is_empty(), "{:?} {:?}", row.faults, file.notices);
    assert_eq!((row.code.as_str(), row.name.as_deref(), row.severity), ("X-1", Some("Cité"), Some(4)));
    assert_eq!((row.kind, row.authority), (Some(SectorKind::HousingEstate), Some(Authority::Gendarmerie)));
    assert_eq!((row.parquet.as_deref(), row.description.as_deref()), (Some("TJ-MARSEILLE"), Some("Zone nord")));
    assert_eq!((row.communes.as_deref(), row.neighbourhood.as_deref()), (Some(&["13055".to_owned()][..]), Some("QP013001")));
    assert!(file.properties.unread.is_empty(), "{:?}", file.properties);

    let file = read_one(r#"{"code":"X-1","Commentaires":"vu avec le maire","code_quartier_prioritaire":"quartier 3"}"#);
    assert_eq!((&file.rows[0].description, &file.rows[0].neighbourhood), (&None, &None));
    assert_eq!(file.properties.unread, ["Commentaires", "code_quartier_prioritaire"]);

    let file = read_one(r#"{"code":"X-1","CODE_QP":"QP013001"}"#);
    assert_eq!((file.rows[0].code.as_str(), file.rows[0].neighbourhood.as_deref()), ("X-1", Some("QP013001")));

    let file = read_one(r#"{"code":"X-1","severite":4,"gravite":2,"nature":"autre","kind":"OTHER"}"#);
    let told: Vec<_> = file.notices.iter().map(|notice| (notice.reason, notice.parameters[0].1.as_str())).collect();
    assert_eq!(told, [("AMBIGUOUS_PROPERTY", "kind"), ("AMBIGUOUS_PROPERTY", "severity")]);
}

#[test]
fn only_fields_that_may_be_empty_are_cleared_by_name() {
    let clear = |names: &str| SectorMapping::of(Given { clear: Some(names.to_owned()), ..given() }).map(|mapping| mapping.clear);
    assert_eq!(clear("communes, parquet").unwrap(), Clear { communes: true, parquet: true, ..Clear::default() });
    assert_eq!(clear("severity").unwrap_err().0, "clear");
}
