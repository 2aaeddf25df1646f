use std::io;

use crate::batch::{Intake, Problem, Reading, Record};
use crate::stages::export::harmless_cell;

const COLUMNS: [&str; 22] = [
    "path",
    "outcome",
    "code",
    "message_vi",
    "message_en",
    "same_as",
    "sha256",
    "bytes",
    "modified",
    "pages",
    "pages_failed",
    "rubrics",
    "criteria",
    "values",
    "doubtful_values",
    "words",
    "doubtful_words",
    "intake",
    "intake_faults",
    "errors",
    "warnings",
    "outputs",
];

/// One line an input. With a byte order mark, without which Excel takes UTF-8 for something else.
pub(super) fn csv(records: &[Record]) -> io::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(COLUMNS)?;
    for record in records {
        let problem = record.problem.as_ref();
        let of_problem = |part: fn(&Problem) -> &String| problem.map(part).cloned().unwrap_or_default();
        let reading = record.reading.as_ref();
        let count =
            |part: fn(&Reading) -> usize| reading.map(part).map(|n| n.to_string()).unwrap_or_default();
        writer.write_record([
            harmless_cell(&record.path).into_owned(),
            record.outcome.name().to_owned(),
            of_problem(|p| &p.code),
            harmless_cell(&of_problem(|p| &p.message_vi)).into_owned(),
            harmless_cell(&of_problem(|p| &p.message_en)).into_owned(),
            harmless_cell(record.same_as.as_deref().unwrap_or_default()).into_owned(),
            record.sha256.clone().unwrap_or_default(),
            record.bytes.to_string(),
            record.modified.clone().unwrap_or_default(),
            count(|r| r.pages.len()),
            count(|r| r.pages.iter().filter(|p| p.outcome == "failed").count()),
            count(|r| r.rubrics),
            count(|r| r.criteria),
            count(|r| r.values),
            count(|r| r.doubtful_values),
            count(|r| r.words),
            count(|r| r.doubtful_words),
            reading
                .map(|r| r.intake.verdict.name())
                .unwrap_or_default()
                .to_owned(),
            reading.map(|r| faults(&r.intake)).unwrap_or_default(),
            count(|r| r.errors),
            count(|r| r.warnings),
            harmless_cell(&record.outputs.join("\n")).into_owned(),
        ])?;
    }
    writer.into_inner().map_err(|e| io::Error::other(e.to_string()))
}

/// `low_density: 2 3; old_pdf`
fn faults(intake: &Intake) -> String {
    let fault = |(fault, pages): (&crate::batch::IntakeFault, &Vec<u32>)| {
        let pages: Vec<String> = pages.iter().map(u32::to_string).collect();
        match pages.as_slice() {
            [] => fault.name().to_owned(),
            pages => format!("{}: {}", fault.name(), pages.join(" ")),
        }
    };
    intake.faults.iter().map(fault).collect::<Vec<_>>().join("; ")
}
