//! An import's report in words, for a terminal. Programs take the JSON.

use std::fmt::Write as _;

use crate::domain::french::counted;
use crate::exchange::properties::PropertyUse;
use crate::workflow::imports::{Beyond, Changed, Common, Fault, LeftOut, Mend, Report, Subject, Warning};

/// Objects whose changes are shown; the JSON has more.
const CHANGED: usize = 50;
/// What was left out is shown as far as this; the JSON has more.
const LEFT_OUT: usize = 100;

/// The report, each line ended.
pub(super) fn of(report: &Report) -> String {
    let mut text = String::new();
    // Writing to a String does not fail.
    let _ = write(&mut text, report);
    text
}

fn write(text: &mut String, report: &Report) -> std::fmt::Result {
    let part = report.subject.part();
    writeln!(text, "{} : {}", report.target, counted(report.read, part))?;
    write_properties(text, &report.properties)?;
    for notice in &report.notices {
        writeln!(text, "Remarque : {}", plain(&notice.message))?;
    }
    if !report.mended.is_empty() {
        write_mended(text, part, &report.mended)?;
        if let Some(beyond) = report.mended_beyond {
            writeln!(text, "  et {beyond} de plus")?;
        }
    }
    if !report.faults.is_empty() {
        writeln!(text, "\n{} dans {} :", counted(report.faulted(), "défaut"), counted(report.faulty(), part))?;
        for fault in &report.faults {
            write_fault(text, part, fault)?;
        }
        if let Some(Beyond { faults, rows }) = report.beyond {
            writeln!(text, "  et {} de plus, dans {}", counted(faults, "défaut"), counted(rows, part))?;
        }
    }
    if !report.warnings.is_empty() {
        let beyond = report.warnings_beyond.unwrap_or_default();
        writeln!(text, "\n{} :", counted(report.warnings.len() + beyond, "avertissement"))?;
        for Warning { message, .. } in &report.warnings {
            writeln!(text, "  {}", plain(message))?;
        }
        if beyond > 0 {
            writeln!(text, "  et {beyond} de plus")?;
        }
    }
    if !report.left_out.is_empty() {
        let left_out = report.left_out.len() + report.left_out_beyond.unwrap_or_default();
        writeln!(text, "\nDe côté ({}) :", counted(left_out, part))?;
        for LeftOut { index, line, code, name, message, .. } in report.left_out.iter().take(LEFT_OUT) {
            writeln!(text, "  {} : {}", named(part, *index, *line, code, name), plain(message))?;
        }
        let beyond = report.left_out.len().saturating_sub(LEFT_OUT) + report.left_out_beyond.unwrap_or_default();
        if beyond > 0 {
            writeln!(text, "  et {beyond} de plus")?;
        }
    }
    write_changed(text, report)?;
    writeln!(text, "\n{}", outcome(report))
}

fn write_properties(text: &mut String, properties: &PropertyUse) -> std::fmt::Result {
    if !properties.read.is_empty() {
        let read: Vec<String> =
            properties.read.iter().map(|read| format!("{} ← {}", read.field, plain(&read.property))).collect();
        writeln!(text, "Propriétés lues : {}", read.join(", "))?;
    }
    if !properties.missing.is_empty() {
        writeln!(text, "Champs absents du fichier : {}", properties.missing.join(", "))?;
    }
    if !properties.unread.is_empty() {
        let unread: Vec<String> = properties.unread.iter().map(|name| plain(name)).collect();
        let more = if properties.unread_beyond > 0 { format!(" et {} de plus", properties.unread_beyond) } else { String::new() };
        writeln!(text, "Propriétés non lues : {}{more}", unread.join(", "))?;
    }
    Ok(())
}

/// What changes of the objects that were there, before and after.
fn write_changed(text: &mut String, report: &Report) -> std::fmt::Result {
    if report.changed.is_empty() {
        return Ok(());
    }
    let count = report.changed.len() + report.changed_beyond.unwrap_or_default();
    let verb = if report.is_written() { "Modifiés" } else { "Seraient modifiés" };
    writeln!(text, "\n{verb} ({count}) :")?;
    for Changed { code, fields, .. } in report.changed.iter().take(CHANGED) {
        let fields: Vec<String> = fields
            .iter()
            .map(|change| format!("{} : « {} » → « {} »", change.field, plain(&change.before), plain(&change.after)))
            .collect();
        writeln!(text, "  {} : {}", plain(code), fields.join(" ; "))?;
    }
    if count > CHANGED {
        writeln!(text, "  et {} de plus", count - CHANGED)?;
    }
    Ok(())
}

fn write_fault(text: &mut String, part: &str, fault: &Fault) -> std::fmt::Result {
    match fault.index {
        None => write!(text, "  {}", plain(&fault.message))?,
        Some(index) => {
            let named = named(part, index, fault.line, &fault.code, &fault.name);
            // What is wrong with a row as a whole says so itself.
            let field = if fault.field == "row" { String::new() } else { format!(", {}", fault.field) };
            write!(text, "  {named}{field} : {}", plain(&fault.message))?;
        }
    }
    if let Some(Common { count, first, .. }) = &fault.common {
        let parts = if fault.line.is_some() { "lignes" } else { "objets" };
        let first: Vec<String> = first.iter().map(ToString::to_string).collect();
        let more = if *count > first.len() { "…" } else { "" };
        write!(text, " ({count} {parts} : {}{more})", first.join(", "))?;
    }
    if let Some((longitude, latitude)) = fault.place {
        write!(text, ", en {longitude:.7}, {latitude:.7}")?;
    }
    if let Some(rule) = fault.rule {
        write!(text, " [{rule}]")?;
    }
    writeln!(text)
}

/// Whole files are drawn clockwise: features of which nothing but that was changed are one line.
fn write_mended(text: &mut String, part: &str, mended: &[Mend]) -> std::fmt::Result {
    let (turned, others): (Vec<&Mend>, Vec<&Mend>) = mended.iter().partition(|mend| mend.turned_only());
    if !turned.is_empty() {
        let codes: Vec<String> = turned.iter().map(|mend| plain(&mend.code)).collect();
        writeln!(
            text,
            "\nAnneaux retournés dans le sens de la RFC 7946 dans {}, aucune surface n’a bougé :",
            counted(turned.len(), part)
        )?;
        writeln!(text, "  {}", codes.join(" "))?;
    }
    if !others.is_empty() {
        writeln!(text, "\nRéparations dans {} :", counted(others.len(), part))?;
    }
    for mend in others {
        writeln!(text, "  {} : {}", named(part, mend.index, None, &mend.code, ""), mend.changes.join(" ; "))?;
        let (before, after, moved) = (mend.area_before_m2, mend.area_after_m2, mend.moved_m2());
        let share = if before > 0.0 { format!(", {:+.4} %", 100.0 * moved / before) } else { String::new() };
        writeln!(text, "    surface de {before:.1} m², maintenant {after:.1} m² : {moved:+.1} m²{share}")?;
    }
    Ok(())
}

fn outcome(report: &Report) -> String {
    if report.is_refused() {
        return if report.dry_run { "Refusé : rien ne serait importé." } else { "Refusé : rien n’a été importé." }.to_owned();
    }
    let begins = if report.dry_run { "Rien n’est écrit ; sans --dry-run il y aurait :" } else { "Importé :" };
    let (added, replaced, unchanged) = (report.added, report.replaced, report.unchanged);
    let counts = match report.subject {
        Subject::Sectors | Subject::Schools => {
            format!("{}, {}, {unchanged} sans changement", counted(added, "ajouté"), counted(replaced, "remplacé"))
        }
        Subject::Boundaries => format!("{}, {unchanged} sans changement", counted(replaced, "contour")),
        Subject::Measures => counted(added, "mesure"),
        Subject::NationalList => {
            let left = report.removed.unwrap_or_default();
            format!("membres : {added} de plus, {unchanged} qui restent, {left} de moins")
        }
    };
    match report.version.filter(|_| report.is_written()) {
        Some(version) => format!("{begins} {counts} ; la révision est maintenant à la version {version}."),
        None => format!("{begins} {counts}."),
    }
}

/// `objet 57, QP013058 (La Carraire)`; `ligne 3, ILS_TOTAL (13)` of a table.
fn named(part: &str, index: usize, line: Option<usize>, code: &str, name: &str) -> String {
    let mut text = line.map_or_else(|| format!("{part} {index}"), |line| format!("ligne {line}"));
    if !code.is_empty() {
        text.push_str(", ");
        text.push_str(&plain(code));
    }
    if !name.is_empty() {
        let _ = write!(text, " ({})", plain(name));
    }
    text
}

/// What a file says, without what a terminal would obey.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::imports::Outcome;

    fn report() -> Report {
        Report {
            subject: Subject::Sectors,
            target: "révision 13/1".to_owned(),
            outcome: Outcome::Refused,
            dry_run: false,
            version: Some(1),
            read: 65,
            added: 0,
            replaced: 0,
            unchanged: 0,
            removed: None,
            faults: vec![Fault {
                index: Some(57),
                line: None,
                code: "QP013058".to_owned(),
                name: "Centre\u{1b}[2J".to_owned(),
                field: "geometry".to_owned(),
                rule: Some("SELF_INTERSECTION"),
                message: "l’anneau se croise".to_owned(),
                reason: "SELF_INTERSECTION",
                parameters: Vec::new(),
                common: None,
                place: Some((4.99, 43.4)),
            }],
            beyond: None,
            left_out: Vec::new(),
            left_out_beyond: None,
            mended: Vec::new(),
            mended_beyond: None,
            warnings: Vec::new(),
            warnings_beyond: None,
            properties: PropertyUse::default(),
            changed: Vec::new(),
            changed_beyond: None,
            notices: Vec::new(),
            joined_rows: 0,
        }
    }

    #[test]
    fn a_fault_is_told_by_feature_code_and_place_and_no_file_commands_the_terminal() {
        let text = of(&report());
        let line =
            "objet 57, QP013058 (Centre\u{fffd}[2J), geometry : l’anneau se croise, en 4.9900000, 43.4000000 [SELF_INTERSECTION]";
        assert!(text.contains(line), "{text}");
        assert!(text.ends_with("Refusé : rien n’a été importé.\n"), "{text}");
    }

    #[test]
    fn a_mended_shape_tells_by_how_much_its_area_moved() {
        let mend = Mend {
            index: 0,
            code: "S1".to_owned(),
            changes: vec!["1 éclat retiré".to_owned()],
            area_before_m2: 1000.0,
            area_after_m2: 1010.0,
        };
        let text = of(&Report { mended: vec![mend], faults: Vec::new(), outcome: Outcome::Imported, added: 1, ..report() });
        assert!(text.contains("surface de 1000.0 m², maintenant 1010.0 m² : +10.0 m², +1.0000 %"), "{text}");
        assert!(
            text.ends_with("Importé : 1 ajouté, 0 remplacé, 0 sans changement ; la révision est maintenant à la version 1.\n"),
            "{text}"
        );
    }
}
