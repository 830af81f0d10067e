//! The demonstration's meetings and figures: two meetings a month (Seine-Saint-Denis missed one), measures by the services, and the last
//! ended quarter published.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::script::Script;
use super::{Semesters, after};
use crate::cli::Failure;
use crate::domain::fortnight::Fortnight;
use crate::domain::period::Period;
use crate::domain::vocabulary::Granularity;

/// Plays the meetings of the departments, then publishes.
pub fn play(script: &Script, semesters: &Semesters) -> Result<(), Failure> {
    let from = after(semesters.before.first_day(), 90);
    let mut fortnights = Vec::new();
    let mut next = Fortnight::of(from).ok();
    while let Some(fortnight) = next {
        if fortnight.last_day() >= script.today() {
            break;
        }
        fortnights.push(fortnight);
        next = fortnight.next();
    }
    for (number, fortnight) in fortnights.iter().enumerate() {
        let number = u32::try_from(number).unwrap_or(0);
        for (place, department) in ["13", "75", "93"].into_iter().enumerate() {
            if department == "93" && number == 2 {
                continue;
            }
            let seed = number * 7 + u32::try_from(place).unwrap_or(0) * 3;
            meeting(script, department, after(fortnight.first_day(), 8), seed)?;
        }
    }
    publish(script)
}

fn meeting(script: &Script, department: &str, day: NaiveDate, seed: u32) -> Result<(), Failure> {
    script.on(day);
    let (prosecutor, sector) = match department {
        "13" => ("procureur-marseille", Some("S-TILLEULS")),
        "75" => ("procureur-paris", None),
        _ => ("procureur-bobigny", None),
    };
    let document = "mutation($i: RecordMeetingInput!) { recordMeeting(input: $i) { id } }";
    let input = json!({
        "departmentCode": department, "kind": "PLENARY", "heldOn": day.to_string(),
        "attendance": ["PREFECTURE", "PARQUET", "POLICE", "GENDARMERIE", "CUSTOMS"],
        "minutes": "Point sur les opérations de la quinzaine et sur les suites judiciaires.",
        "decisions": [{ "text": "Reconduire l'opération à la sortie des collèges.", "owner": "POLICE" }],
        "measures": [measure("CANNABIS_KG", "CUSTOMS", 1 + seed % 5, None)],
    });
    let data = script.run(&format!("prefecture-{department}"), document, json!({ "i": input }))?;
    let id = data.pointer("/recordMeeting/id").cloned().unwrap_or_default();
    let police: Vec<Value> = [
        ("ILS_TOTAL", 60 + seed % 17),
        ("ILS_TRAFIC", 12 + seed % 5),
        ("ILS_USAGE", 40 + seed % 11),
        ("OPS_CP", 2 + seed % 3),
        ("CANNABIS_KG", 4 + seed % 9),
        ("ARMES", seed % 3),
        ("PRESENCE_H", 30 + seed % 20),
    ]
    .into_iter()
    .map(|(indicator, value)| measure(indicator, "POLICE", value, sector))
    .collect();
    let gendarmerie = vec![measure("ILS_TOTAL", "GENDARMERIE", 8 + seed % 6, None), measure("OPS_CP", "GENDARMERIE", 1, None)];
    let parquet = vec![
        measure("ENQUETES", "PARQUET", 6 + seed % 3, None),
        measure("ENQUETES_GIR", "PARQUET", 1 + seed % 2, None),
        measure("RESEAUX", "PARQUET", seed % 2, None),
        measure("DEFERES", "PARQUET", 9 + seed % 7, None),
    ];
    for (username, measures) in [
        (format!("police-{department}"), police),
        (format!("gendarmerie-{department}"), gendarmerie),
        (prosecutor.to_owned(), parquet),
    ] {
        let document = "mutation($i: RecordMeasuresInput!) { recordMeasures(input: $i) { id } }";
        script.run(&username, document, json!({ "i": { "meetingId": id, "measures": measures } }))?;
    }
    Ok(())
}

fn measure(indicator: &str, service: &str, value: u32, sector: Option<&str>) -> Value {
    json!({ "indicator": indicator, "service": service, "value": value, "sectorCode": sector })
}

fn publish(script: &Script) -> Result<(), Failure> {
    let today = script.today();
    let quarter = Period::of(today, Granularity::Quarter).ok().and_then(Period::previous);
    let Some(quarter) = quarter else { return Ok(()) };
    script.on(today);
    let document = "mutation($p: Period!) { publishPeriod(period: $p) { version } }";
    script.run("secretariat", document, json!({ "p": quarter.to_string() })).map(|_| ())
}
