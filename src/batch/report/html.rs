use std::fmt::Write as _;

use quick_xml::escape::escape;

use super::Totals;
use crate::batch::sample::{self, Checked};
use crate::batch::{Account, Estimate, IntakeVerdict, Outcome, Record};
use crate::domain::{Said, harmless};

/// Inputs that a section lists; the rest is in `report.csv`.
const MOST_LISTED: usize = 5_000;

const STYLE: &str = "
:root{color-scheme:light dark;--line:#8884;--quiet:#767676}
body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem;margin:0}h2{font-size:1.2rem;margin:2rem 0 .5rem}
small,.en{color:var(--quiet);font-weight:normal}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid var(--line)}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
td.path{overflow-wrap:anywhere;max-width:28rem}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(13rem,1fr));gap:.5rem 1.5rem}
dt .en{display:block;font-size:.85rem}dt{color:var(--quiet)}dd{margin:0;font-size:1.3rem;font-variant-numeric:tabular-nums}
img.ink{max-height:3.5rem;background:#fff}img.page{border:1px solid var(--line);margin-top:.3rem}
summary{cursor:pointer;font-size:1.2rem;font-weight:600;margin:2rem 0 .5rem}
";

/// The report as a page of its own: no script, nothing from elsewhere, Vietnamese first.
pub(super) fn page(
    account: &Account,
    totals: &Totals,
    sample: &[Checked<'_>],
    estimate: Option<&Estimate>,
) -> String {
    let mut html = String::new();
    let _ = write!(
        html,
        "<!doctype html>\n<html lang=\"vi\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src 'self' file:\">\
         <title>Báo cáo đọc hàng loạt</title><style>{STYLE}</style></head><body>\n\
         <h1>Báo cáo đọc hàng loạt <span class=\"en\" lang=\"en\">Batch report</span></h1>\n"
    );
    let _ = writeln!(
        html,
        "<p class=\"en\">sohoa {} · {} · {}</p>",
        escape(&account.settings.version),
        escape(&account.settings.profile),
        escape(account.settings.formats.join(", "))
    );
    figures(&mut html, totals);
    check_by_lot(&mut html, sample, estimate);
    let (look, rest): (Vec<&Record>, Vec<&Record>) =
        account.records.iter().partition(|record| needs_a_look(record));
    let _ = writeln!(
        html,
        "<h2>Cần người xem: {} <span class=\"en\" lang=\"en\">For a person to look at</span></h2>",
        look.len()
    );
    table(&mut html, &look);
    let _ = writeln!(
        html,
        "<details><summary>Các tệp còn lại: {} <span class=\"en\" lang=\"en\">All others</span></summary>",
        rest.len()
    );
    table(&mut html, &rest);
    html.push_str("</details>\n");
    if !account.gone.is_empty() {
        let gone: Vec<&Record> = account.gone.iter().collect();
        let _ = writeln!(
            html,
            "<details><summary>Không còn trong nguồn: {} <span class=\"en\" lang=\"en\">No longer in the source</span></summary>",
            gone.len()
        );
        table(&mut html, &gone);
        html.push_str("</details>\n");
    }
    html.push_str("</body></html>\n");
    html
}

/// Anything but a document that was read whole, without errors and doubts.
fn needs_a_look(record: &Record) -> bool {
    match record.outcome {
        Outcome::Duplicate | Outcome::Skipped => false,
        Outcome::Ok => record
            .reading
            .as_ref()
            .is_some_and(|r| r.errors + r.doubtful_values > 0),
        Outcome::Partial | Outcome::Refused | Outcome::Failed | Outcome::Pending => true,
    }
}

/// The words that a person should check, with their ink, and what has been found so far.
fn check_by_lot(html: &mut String, sample: &[Checked<'_>], estimate: Option<&Estimate>) {
    if sample.is_empty() {
        return;
    }
    html.push_str(
        "<h2>Còn sai bao nhiêu? <span class=\"en\" lang=\"en\">How much is still wrong?</span></h2>\n",
    );
    match estimate {
        Some(found) => {
            let _ = writeln!(
                html,
                "<p>Đã kiểm {0} chữ rút thăm, {1} chữ sai: {2:.2} % (khoảng tin cậy 95 %: {3:.2} đến {4:.2} %) của {5} chữ không bị đánh dấu ngờ. \
                 <span class=\"en\" lang=\"en\">{0} words checked, {1} wrong: {2:.2} % (95 % confidence: {3:.2} to {4:.2} %) of {5} settled words.</span></p>",
                found.checked,
                found.wrong,
                found.rate * 100.0,
                found.lower * 100.0,
                found.upper * 100.0,
                found.settled_words,
            );
        }
        None => html
            .push_str("<p>Chưa ai kiểm. <span class=\"en\" lang=\"en\">Nobody has checked yet.</span></p>\n"),
    }
    let _ = writeln!(
        html,
        "<p>So chữ với nét mực, ghi <b>đúng</b> hoặc <b>sai</b> vào cột <code>right</code> của <code>{0}</code>, rồi chạy lại lệnh. \
         <span class=\"en\" lang=\"en\">Compare word and ink, put <b>đúng</b> (right) or <b>sai</b> (wrong) into the column <code>right</code> of <code>{0}</code>, and run the command again.</span></p>\n\
         <details><summary>{1} chữ rút thăm <span class=\"en\" lang=\"en\">words drawn by lot</span></summary>\n\
         <table><thead><tr><th scope=\"col\">key</th><th scope=\"col\">Nét mực <span class=\"en\" lang=\"en\">ink</span></th><th scope=\"col\">Chữ <span class=\"en\" lang=\"en\">word</span></th><th scope=\"col\">Tệp <span class=\"en\" lang=\"en\">input</span></th></tr></thead><tbody>",
        sample::FILE,
        sample.len(),
    );
    for word in sample {
        let _ = writeln!(
            html,
            "<tr><td><code>{0}</code></td><td><img class=\"ink\" loading=\"lazy\" alt=\"\" src=\"{1}/{2}\"></td><td>{3}</td><td class=\"path\">{4}, tr. {5}</td></tr>",
            escape(&word.drawn.key),
            super::FILES,
            escape(super::ink_name(&word.drawn.key)),
            shown(&word.drawn.text),
            shown(word.file),
            word.drawn.page,
        );
    }
    html.push_str("</tbody></table></details>\n");
}

fn figures(html: &mut String, totals: &Totals) {
    html.push_str("<dl>\n");
    let mut figure = |said: Said, value: String| {
        let _ = writeln!(
            html,
            "<div><dt>{} <span class=\"en\" lang=\"en\">{}</span></dt><dd>{value}</dd></div>",
            escape(said.vi),
            escape(said.en)
        );
    };
    figure(Said::new("tệp", "inputs"), totals.inputs.to_string());
    for outcome in Outcome::ALL {
        let count = totals.outcome(outcome);
        if count > 0 {
            figure(outcome.said(), count.to_string());
        }
    }
    figure(Said::new("trang", "pages"), totals.pages.to_string());
    figure(Said::new("bảng tiêu chí", "rubrics"), totals.rubrics.to_string());
    figure(Said::new("tiêu chí", "criteria"), totals.criteria.to_string());
    figure(
        Said::new("giá trị còn ngờ", "doubtful values"),
        format!("{} / {}", totals.doubtful_values, totals.values),
    );
    if let Some(share) = totals.doubtful_share {
        figure(
            Said::new("chữ còn ngờ", "doubtful words"),
            format!("{:.1} %", share * 100.0),
        );
    }
    for (verdict, said) in [
        (
            IntakeVerdict::Pass,
            Said::new("bản quét đạt NĐ 30/2020", "scans that pass Decree 30/2020"),
        ),
        (
            IntakeVerdict::Fail,
            Said::new("bản quét không đạt NĐ 30/2020", "scans that fail Decree 30/2020"),
        ),
        (
            IntakeVerdict::Unknown,
            Said::new("bản quét không rõ đạt hay không", "scans that do not say enough"),
        ),
    ] {
        if let Some(count) = totals.intake.get(verdict.name()) {
            figure(said, count.to_string());
        }
    }
    figure(
        Said::new("phát hiện: lỗi", "findings: errors"),
        totals.errors.to_string(),
    );
    html.push_str("</dl>\n");
}

fn table(html: &mut String, records: &[&Record]) {
    if records.is_empty() {
        html.push_str("<p>— </p>\n");
        return;
    }
    html.push_str(
        "<table><thead><tr><th scope=\"col\">Tệp <span class=\"en\" lang=\"en\">input</span></th>\
         <th scope=\"col\">Kết quả <span class=\"en\" lang=\"en\">outcome</span></th>\
         <th scope=\"col\" class=\"n\">Trang <span class=\"en\" lang=\"en\">pages</span></th>\
         <th scope=\"col\" class=\"n\">Còn ngờ <span class=\"en\" lang=\"en\">doubtful</span></th>\
         <th scope=\"col\" class=\"n\">Lỗi <span class=\"en\" lang=\"en\">errors</span></th></tr></thead><tbody>\n",
    );
    for record in records.iter().take(MOST_LISTED) {
        row(html, record);
    }
    html.push_str("</tbody></table>\n");
    if records.len() > MOST_LISTED {
        let _ = writeln!(
            html,
            "<p>… và {0} tệp nữa, xem <code>report.csv</code> <span class=\"en\" lang=\"en\">and {0} more, in report.csv</span></p>",
            records.len() - MOST_LISTED
        );
    }
}

/// Text from outside: nothing in it acts.
fn shown(text: &str) -> String {
    escape(harmless(text)).into_owned()
}

fn row(html: &mut String, record: &Record) {
    let said = record.outcome.said();
    let mut why = format!(
        "{} <span class=\"en\" lang=\"en\">{}</span>",
        escape(said.vi),
        escape(said.en)
    );
    if let Some(problem) = &record.problem {
        let _ = write!(
            why,
            "<br>{}<br><span class=\"en\" lang=\"en\">{}</span>",
            shown(&problem.message_vi),
            shown(&problem.message_en)
        );
    }
    if let Some(same) = &record.same_as {
        let _ = write!(why, "<br>{}", shown(same));
    }
    let failed_pages = record
        .reading
        .iter()
        .flat_map(|r| &r.pages)
        .filter_map(|p| Some((p.page, p.why.as_ref()?)));
    for (page, reason) in failed_pages {
        let _ = write!(why, "<br>tr. {page}: {}", shown(reason));
    }
    let faults = record.reading.iter().flat_map(|r| &r.intake.faults);
    for (fault, pages) in faults {
        let said = fault.said();
        let pages = match pages.as_slice() {
            [] => String::new(),
            pages => format!(": tr. {}", ranges(pages)),
        };
        let _ = write!(
            why,
            "<br>{}{pages} <span class=\"en\" lang=\"en\">{}</span>",
            escape(said.vi),
            escape(said.en)
        );
    }
    let small = record.thumbnail.as_ref().map(|path| {
        format!(
            "<br><img class=\"page\" loading=\"lazy\" alt=\"\" src=\"{}\">",
            shown(path)
        )
    });
    let small = small.unwrap_or_default();
    let figure = |part: fn(&crate::batch::Reading) -> usize| {
        record
            .reading
            .as_ref()
            .map(part)
            .map(|n| n.to_string())
            .unwrap_or_default()
    };
    let _ = writeln!(
        html,
        "<tr><td class=\"path\">{}{small}</td><td>{why}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
        shown(&record.path),
        figure(|r| r.pages.len()),
        figure(|r| r.doubtful_values),
        figure(|r| r.errors),
    );
}

/// `1–3, 7`: page numbers that rise.
fn ranges(pages: &[u32]) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for page in pages {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *page => *last = *page,
            _ => runs.push((*page, *page)),
        }
    }
    let run = |(first, last): &(u32, u32)| match first == last {
        true => first.to_string(),
        false => format!("{first}–{last}"),
    };
    runs.iter().map(run).collect::<Vec<_>>().join(", ")
}
