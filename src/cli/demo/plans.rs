//! The three plans: Bouches-du-Rhône acknowledged last semester and drafting the next revision, Paris transmitted, Seine-Saint-Denis
//! submitted and signed by the préfet alone.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::script::Script;
use super::{Semesters, after};
use crate::cli::Failure;
use crate::domain::semester::Semester;

/// A department of the demonstration.
struct Place {
    code: &'static str,
    parquet: &'static str,
    prosecutor: &'static str,
    /// Where its sectors are drawn: longitude, latitude.
    around: (f64, f64),
    sectors: &'static [(&'static str, &'static str, &'static str, &'static str, i32)],
    schools: &'static [(&'static str, &'static str)],
    diagnosis: &'static str,
}

const BOUCHES: Place = Place {
    code: "13",
    parquet: "TJ-MARSEILLE",
    prosecutor: "procureur-marseille",
    around: (5.385, 43.325),
    sectors: &[
        ("S-TILLEULS", "Cité des Tilleuls", "HOUSING_ESTATE", "POLICE", 5),
        ("S-GARE", "Abords de la gare de marchandises", "TRANSPORT_HUB", "POLICE", 4),
        ("S-OLIVIERS", "Quartier des Oliviers", "NEIGHBOURHOOD", "POLICE", 3),
        ("S-PORT", "Darse nord du port", "PORT", "GENDARMERIE", 3),
    ],
    schools: &[("0139901", "Collège de démonstration des Tilleuls"), ("0139902", "Lycée de démonstration de la Darse")],
    diagnosis: "Le trafic de proximité se concentre sur quatre secteurs, dont deux points de revente tenus toute la journée à la cité des \
                Tilleuls. Les halls et la voie publique sont appropriés par les guetteurs ; deux établissements scolaires en subissent les effets.",
};

const PARIS: Place = Place {
    code: "75",
    parquet: "TJ-PARIS",
    prosecutor: "procureur-paris",
    around: (2.37, 48.885),
    sectors: &[
        ("S-CANAL", "Berges du canal", "PUBLIC_SPACE", "POLICE", 4),
        ("S-PORTE", "Porte nord", "TRANSPORT_HUB", "POLICE", 4),
        ("S-JARDINS", "Square des Jardins", "PUBLIC_SPACE", "POLICE", 2),
    ],
    schools: &[("0759901", "Collège de démonstration du Canal")],
    diagnosis: "La revente s'est déplacée des berges du canal vers la porte nord depuis le semestre dernier. La consommation sur la voie publique \
                demeure visible aux abords du square des Jardins.",
};

const SEINE_SAINT_DENIS: Place = Place {
    code: "93",
    parquet: "TJ-BOBIGNY",
    prosecutor: "procureur-bobigny",
    around: (2.44, 48.905),
    sectors: &[
        ("S-TOURS", "Les Tours hautes", "HOUSING_ESTATE", "POLICE", 5),
        ("S-MARCHE", "Place du marché", "PUBLIC_SPACE", "POLICE", 3),
    ],
    schools: &[("0939901", "Collège de démonstration des Tours")],
    diagnosis: "Deux secteurs concentrent les signalements. Les saisies de résine ont doublé ; les équipes changent de hall chaque semaine.",
};

/// Plays the three plans.
pub fn play(script: &Script, semesters: &Semesters) -> Result<(), Failure> {
    lists(script, semesters.before.first_day())?;

    let open = after(semesters.before.first_day(), 40);
    let mut first = Revision::open(script, &BOUCHES, semesters.before, open)?;
    first.fill(script)?;
    first.submit(script, after(open, 20))?;
    first.sign_as(script, "prefet-13", "PREFECT", after(open, 25))?;
    first.sign_as(script, BOUCHES.prosecutor, "PUBLIC_PROSECUTOR", after(open, 27))?;
    first.step(script, "prefecture-13", "transmitRevision", json!({}), after(open, 30))?;
    first.step(script, "secretariat", "acknowledgeRevision", json!({}), after(open, 60))?;

    let open = after(semesters.now.first_day(), 20);
    let mut draft = Revision::open(script, &BOUCHES, semesters.now, open)?;
    let quay = sector(&BOUCHES, 5, ("S-QUAI", "Quai des Docks", "PUBLIC_SPACE", "POLICE", 2));
    draft.step(script, "police-13", "upsertSectors", json!({ "sectors": [quay] }), open)?;

    let mut paris = Revision::open(script, &PARIS, semesters.now, open)?;
    paris.fill(script)?;
    paris.submit(script, after(open, 10))?;
    paris.sign_as(script, PARIS.prosecutor, "PUBLIC_PROSECUTOR", after(open, 12))?;
    paris.sign_as(script, "prefet-75", "PREFECT", after(open, 13))?;
    paris.step(script, "prefecture-75", "transmitRevision", json!({}), after(open, 14))?;

    let mut signed = Revision::open(script, &SEINE_SAINT_DENIS, semesters.now, open)?;
    signed.fill(script)?;
    signed.submit(script, after(open, 15))?;
    signed.sign_as(script, "prefet-93", "PREFECT", after(open, 16))
}

/// The schools of the demonstration, and the national list that they are on.
fn lists(script: &Script, day: NaiveDate) -> Result<(), Failure> {
    script.on(day);
    let mut entries = Vec::new();
    for place in [&BOUCHES, &PARIS, &SEINE_SAINT_DENIS] {
        let schools: Vec<Value> = place
            .schools
            .iter()
            .enumerate()
            .map(|(index, (digits, name))| {
                let centre = centre(place, index);
                entries.push(json!({ "departmentCode": place.code, "uai": uai(digits) }));
                let kind = if name.starts_with("Lycée") { "LYCEE" } else { "COLLEGE" };
                json!({
                    "uai": uai(digits), "name": name, "kind": kind, "departmentCode": place.code,
                    "location": { "type": "Point", "coordinates": [centre.0, centre.1] },
                })
            })
            .collect();
        let document = "mutation($i: [SchoolInput!]!) { upsertSchools(input: $i) { id } }";
        script.run(&format!("prefecture-{}", place.code), document, json!({ "i": schools }))?;
    }
    let document = "mutation($i: SetNationalListInput!) { setNationalList(input: $i) { since } }";
    let input = json!({ "list": "SENSITIVE_SCHOOLS", "from": day.to_string(), "entries": entries });
    script.run("secretariat", document, json!({ "i": input })).map(|_| ())
}

/// Seven digits and the letter that checks them.
fn uai(digits: &str) -> String {
    const LETTERS: &[u8; 23] = b"ABCDEFGHJKLMNPRSTUVWXYZ";
    let number: usize = digits.parse().unwrap_or(0);
    let letter = LETTERS.get(number % 23).copied().map_or('A', char::from);
    format!("{digits}{letter}")
}

fn centre(place: &Place, index: usize) -> (f64, f64) {
    let step = |count: usize| f64::from(u32::try_from(count).unwrap_or(0));
    (place.around.0 + 0.012 * step(index % 3), place.around.1 + 0.010 * step(index / 3))
}

/// A sector with an outline of its own: twelve corners, none of them regular.
fn sector(place: &Place, index: usize, (code, name, kind, authority, severity): (&str, &str, &str, &str, i32)) -> Value {
    let (lon, lat) = centre(place, index);
    let mut ring: Vec<[f64; 2]> = (0_u32..12)
        .map(|corner| {
            let angle = f64::from(corner) * std::f64::consts::TAU / 12.0;
            let far = 0.0032 + 0.0009 * (f64::from(corner) * 2.3 + lon * 40.0).sin();
            [lon + far * angle.cos() * 1.3, lat + far * angle.sin()]
        })
        .collect();
    ring.extend(ring.first().copied());
    json!({
        "code": code, "name": name, "kind": kind, "authority": authority, "severity": severity, "parquetCode": place.parquet,
        "description": "Secteur fictif, dessiné pour la démonstration.", "geometry": { "type": "Polygon", "coordinates": [ring] },
    })
}

/// A revision under way.
struct Revision {
    place: &'static Place,
    semester: Semester,
    id: String,
    version: i64,
}

impl Revision {
    fn open(script: &Script, place: &'static Place, semester: Semester, day: NaiveDate) -> Result<Self, Failure> {
        let document = "mutation($i: OpenRevisionInput!) { openRevision(input: $i) { id version } }";
        let input = json!({ "i": { "departmentCode": place.code, "semester": semester.to_string() } });
        let data = script.on(day).run(&format!("prefecture-{}", place.code), document, input)?;
        let id = data.pointer("/openRevision/id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let version = data.pointer("/openRevision/version").and_then(Value::as_i64).unwrap_or_default();
        Ok(Self { place, semester, id, version })
    }

    fn step(&mut self, script: &Script, username: &str, mutation: &str, more: Value, day: NaiveDate) -> Result<(), Failure> {
        script.on(day);
        let mut input = json!({ "revisionId": self.id, "version": self.version });
        if let (Some(input), Value::Object(more)) = (input.as_object_mut(), more) {
            input.extend(more);
        }
        let kind = match mutation {
            "submitRevision" | "transmitRevision" | "acknowledgeRevision" => "RevisionStepInput",
            "updateDiagnosis" => "UpdateDiagnosisInput",
            "contributeToDiagnosis" => "ContributeToDiagnosisInput",
            "upsertSectors" => "UpsertSectorsInput",
            "upsertObjective" => "UpsertObjectiveInput",
            _ => "SignRevisionInput",
        };
        let document = format!("mutation($i: {kind}!) {{ {mutation}(input: $i) {{ version }} }}");
        let data = script.run(username, &document, json!({ "i": input }))?;
        self.version = data.pointer(&format!("/{mutation}/version")).and_then(Value::as_i64).unwrap_or(self.version);
        Ok(())
    }

    fn fill(&mut self, script: &Script) -> Result<(), Failure> {
        let place = self.place;
        let department = place.code;
        let prefecture = format!("prefecture-{department}");
        let day = after(self.semester.first_day(), 45);
        self.step(script, &prefecture, "updateDiagnosis", json!({ "diagnosis": place.diagnosis }), day)?;
        for (username, service, text) in [
            (format!("police-{department}"), "POLICE", "Les patrouilles relèvent une hausse des guetteurs en soirée."),
            (format!("gendarmerie-{department}"), "GENDARMERIE", "Des livraisons sont observées sur les axes d'accès."),
            (place.prosecutor.to_owned(), "PARQUET", "Les enquêtes ouvertes visent d'abord les gérants des points de revente."),
        ] {
            let contribution = json!({ "service": service, "text": text, "datedOn": script.day().to_string() });
            self.step(script, &username, "contributeToDiagnosis", contribution, day)?;
        }
        let sectors: Vec<Value> = place.sectors.iter().enumerate().map(|(index, row)| sector(place, index, *row)).collect();
        self.step(script, &prefecture, "upsertSectors", json!({ "sectors": sectors }), day)?;
        let codes: Vec<&str> = place.sectors.iter().map(|(code, ..)| *code).collect();
        let schools: Vec<String> = place.schools.iter().map(|(digits, _)| uai(digits)).collect();
        for objective in [
            json!({
                "code": "O-PRESENCE", "axis": "DETERRENCE", "title": "Rendre les abords des établissements scolaires aux élèves",
                "description": "Présence visible à l'entrée et à la sortie, avec les équipes mobiles de sécurité.", "leadService": "POLICE",
                "partnerServices": ["EDUCATION"], "sectorCodes": codes.first().into_iter().collect::<Vec<_>>(), "schoolUais": schools,
                "modesOfAction": ["Présence affirmée et visible", "Réunions d'information pour les parents"],
                "targets": [{ "indicator": "PRESENCE_H", "baseline": 40, "target": 80 }],
            }),
            json!({
                "code": "O-RESEAUX", "axis": "REPRESSION", "title": "Démanteler les points de revente les plus actifs",
                "description": "Enquêtes avec volet patrimonial, en co-saisine du GIR.", "leadService": "JUDICIAL_POLICE",
                "partnerServices": ["GIR", "TAX", "PARQUET"], "sectorCodes": codes,
                "modesOfAction": ["Enquêtes judiciaires", "Saisie des avoirs"],
                "targets": [{ "indicator": "RESEAUX", "baseline": 1, "target": 4 }],
            }),
        ] {
            self.step(script, &prefecture, "upsertObjective", objective, day)?;
        }
        Ok(())
    }

    fn submit(&mut self, script: &Script, day: NaiveDate) -> Result<(), Failure> {
        let prefecture = format!("prefecture-{}", self.place.code);
        self.step(script, &prefecture, "submitRevision", json!({}), day)
    }

    fn sign_as(&mut self, script: &Script, username: &str, role: &str, day: NaiveDate) -> Result<(), Failure> {
        let document = "query($id: ID!) { planRevision(id: $id) { contentHash } }";
        let data = script.on(day).run(username, document, json!({ "id": self.id }))?;
        let hash = data.pointer("/planRevision/contentHash").cloned().unwrap_or_default();
        self.step(script, username, "signRevision", json!({ "role": role, "capacity": "IN_PERSON", "contentHash": hash }), day)
    }
}
