//! The bars that a release is held to, each checked on what this run read.

use crate::Outcome;
use crate::corpus::Layer;
use crate::profiles::Profile;
use crate::restoration::Restored;
use crate::score::Flag;
use crate::tables::{Compared, OURS};

/// One bar, and every file that misses it with the reason.
pub struct Bar {
    pub name: String,
    pub checked: usize,
    pub misses: Vec<String>,
}

const MEGABYTE: u64 = 1024 * 1024;

/// A condition on one outcome: `None` when it holds, else what is wrong.
type Condition = fn(&Outcome) -> Option<String>;

pub fn check(outcomes: &[Outcome]) -> Vec<Bar> {
    let bar = |name: &str, applies: fn(&Outcome) -> bool, conditions: &[Condition]| {
        let checked: Vec<&Outcome> = outcomes.iter().filter(|o| applies(o)).collect();
        let misses = checked
            .iter()
            .filter_map(|o| {
                let reasons: Vec<String> = conditions.iter().filter_map(|c| c(o)).collect();
                (!reasons.is_empty()).then(|| format!("{}: {}", o.scan.stem(), reasons.join("; ")))
            })
            .collect();
        Bar {
            name: String::from(name),
            checked: checked.len(),
            misses,
        }
    };
    let mut bars = vec![
        bar(
            "Born digital: text CER 0, every row and score exact",
            |o| o.scan.is_born_digital(),
            &[text_exact, table_exact],
        ),
        bar(
            "An Giang clean300, office200, turned200: structure exact, no false finding, CER at most 1.5 %",
            |o| is_an_giang(o, &["clean300", "office200", "turned200"]),
            &[structure_exact, no_false_finding, |o| cer_at_most(o, 0.015)],
        ),
        bar(
            "An Giang stamped300, copy300: structure exact, no false finding, CER at most 3.5 %",
            |o| is_an_giang(o, &["stamped300", "copy300"]),
            &[structure_exact, no_false_finding, |o| cer_at_most(o, 0.035)],
        ),
        bar(
            "An Giang fax200, phone, poor150: at least 10 of 12 rows right (number, parent and maximum score)",
            |o| is_an_giang(o, &["fax200", "phone", "poor150"]),
            &[ten_rows],
        ),
        bar(
            "No wrong or missing maximum score without a flag",
            |_| true,
            &[no_silent_error],
        ),
        bar(
            "Memory: parent under 150 MB, child under 700 MB",
            |_| true,
            &[memory],
        ),
    ];
    bars.push(twins(outcomes));
    bars
}

fn is_an_giang(outcome: &Outcome, profiles: &[&str]) -> bool {
    let scan = &outcome.scan;
    scan.document == "an_giang_bang_3" && scan.profile.as_deref().is_some_and(|p| profiles.contains(&p))
}

fn percent(share: Option<f64>) -> String {
    share.map_or("-".to_owned(), |s| format!("{:.2} %", s * 100.0))
}

fn text_exact(outcome: &Outcome) -> Option<String> {
    let cer = outcome.figures.text.cer;
    (cer != Some(0.0)).then(|| format!("CER {}", percent(cer)))
}

fn table_exact(outcome: &Outcome) -> Option<String> {
    let table = outcome.figures.table.as_ref()?;
    (!table.exact).then(|| {
        format!(
            "cell F1 {}, scores right {}",
            percent(table.cell_f1),
            percent(table.score_acc)
        )
    })
}

fn structure_exact(outcome: &Outcome) -> Option<String> {
    let s = &outcome.structure;
    let wrong: Vec<&str> = [
        (s.header, "header"),
        (s.rows, "row count"),
        (s.numbers, "numbers"),
        (s.parents, "parents"),
        (s.max_scores, "maximum scores"),
    ]
    .into_iter()
    .filter(|(right, _)| !right)
    .map(|(_, what)| what)
    .collect();
    (!wrong.is_empty()).then(|| format!("not exact: {}", wrong.join(", ")))
}

fn no_false_finding(outcome: &Outcome) -> Option<String> {
    let f = &outcome.findings;
    let mut codes: Vec<&str> = f.wrong.iter().map(|(code, _)| code.as_str()).collect();
    codes.extend(f.unexpected_errors.iter().map(|(code, ..)| code.as_str()));
    (!codes.is_empty()).then(|| format!("false findings: {}", codes.join(", ")))
}

fn cer_at_most(outcome: &Outcome, most: f64) -> Option<String> {
    let cer = outcome.figures.text.cer;
    cer.is_none_or(|c| c > most)
        .then(|| format!("CER {}", percent(cer)))
}

fn ten_rows(outcome: &Outcome) -> Option<String> {
    let (right, of) = outcome.right_rows;
    (right < 10).then(|| format!("{right} of {of} rows right"))
}

fn no_silent_error(outcome: &Outcome) -> Option<String> {
    let silent: Vec<String> = outcome
        .wrong_scores
        .iter()
        .filter(|w| w.flag == Flag::Nothing)
        .map(|w| {
            format!(
                "{} is {:?}, read as {:?}",
                w.number,
                w.want,
                w.got.as_deref().unwrap_or("")
            )
        })
        .collect();
    (!silent.is_empty()).then(|| silent.join("; "))
}

fn memory(outcome: &Outcome) -> Option<String> {
    let (parent, child) = (outcome.parent_peak / MEGABYTE, outcome.child_peak / MEGABYTE);
    (parent >= 150 || child >= 700).then(|| format!("parent {parent} MB, child {child} MB"))
}

/// A scan with a text layer made without Vietnamese must be seen through, and come out like its twin without one.
fn twins(outcomes: &[Outcome]) -> Bar {
    let mut bar = Bar {
        name: "Wrong text layers: recognised, and the same rubric as without one".to_owned(),
        checked: 0,
        misses: Vec::new(),
    };
    for outcome in outcomes.iter().filter(|o| o.scan.layer == Layer::English) {
        bar.checked += 1;
        let verdicts: Vec<&str> = outcome
            .prediction
            .pages
            .iter()
            .map(|p| p.verdict.as_str())
            .collect();
        if verdicts.is_empty() || verdicts.iter().any(|v| *v != "wrong_language") {
            bar.misses.push(format!(
                "{}: verdicts {}",
                outcome.scan.stem(),
                verdicts.join(", ")
            ));
        }
        let twin = outcomes.iter().find(|o| {
            (&o.scan.document, &o.scan.style, &o.scan.profile, o.scan.layer)
                == (
                    &outcome.scan.document,
                    &outcome.scan.style,
                    &outcome.scan.profile,
                    Layer::AsIs,
                )
        });
        let criteria = |o: &Outcome| -> Vec<_> {
            crate::score::predicted(&o.prediction)
                .into_iter()
                .map(|f| (f.number, f.parent, f.max_score))
                .collect()
        };
        if twin.is_some_and(|t| criteria(t) != criteria(outcome)) {
            bar.misses
                .push(format!("{}: another rubric than its twin's", outcome.scan.stem()));
        }
    }
    bar
}

/// Restoration of text alone, with the form unknown and known.
pub fn restoration(texts: &[Restored]) -> [Bar; 3] {
    let (forms, kinds): (Vec<&Restored>, Vec<&Restored>) = texts.iter().partition(|t| t.known.is_some());
    let bar = |name: &str,
               texts: &[&Restored],
               accuracy: fn(&Restored) -> Option<f64>,
               least: fn(&Restored) -> f64| {
        let misses = texts.iter().filter(|t| accuracy(t).is_none_or(|a| a < least(t)));
        Bar {
            name: String::from(name),
            checked: texts.len(),
            misses: misses
                .map(|t| {
                    let (got, least) = (percent(accuracy(t)), percent(Some(least(t))));
                    format!("{}: {got}, bar {least}", t.name)
                })
                .collect(),
        }
    };
    [
        bar(
            "Restored text, form unknown: the real pair at least 93 % of syllables, stripped texts 98 % (Lào Cai 97 %)",
            &forms,
            |t| t.unknown.accuracy,
            |t| t.bars[0],
        ),
        bar(
            "Restored text, form known: the real pair at least 99.2 % of syllables, stripped texts 99.5 %",
            &forms,
            |t| t.known.as_ref().and_then(|k| k.accuracy),
            |t| t.bars[1],
        ),
        bar(
            "Restored text of other kinds, kept back and stripped: at least 96.5 % of syllables",
            &kinds,
            |t| t.unknown.accuracy,
            |t| t.bars[0],
        ),
    ]
}

/// Mean CER and cell F1 of the scans of a profile: (profiles, CER at most, cell F1 at least).
const READING: [(&[&str], f64, Option<f64>); 4] = [
    (&["clean300", "office200", "turned200"], 0.0025, Some(0.97)),
    (&["stamped300"], 0.008, Some(0.95)),
    (&["fax200"], 0.006, None),
    (&["copy300", "poor150", "phone"], 0.012, None),
];

/// How well scans are read, as the mean over the files of each profile.
pub fn reading(outcomes: &[Outcome]) -> Vec<Bar> {
    let mut bars = Vec::new();
    for (profiles, most_cer, least_f1) in READING {
        let named = profiles.join(", ");
        let mut bar = |name: String, of: &dyn Fn(&Outcome) -> Option<f64>, holds: &dyn Fn(f64) -> bool| {
            let mut bar = Bar {
                name,
                checked: 0,
                misses: Vec::new(),
            };
            for profile in profiles {
                let read = outcomes
                    .iter()
                    .filter(|o| o.scan.profile.as_deref() == Some(profile) && o.scan.layer == Layer::AsIs);
                let values: Vec<f64> = read.filter_map(of).collect();
                let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
                bar.checked += values.len();
                if !values.is_empty() && !holds(mean) {
                    bar.misses.push(format!("{profile}: {}", percent(Some(mean))));
                }
            }
            bars.push(bar);
        };
        let cer = percent(Some(most_cer));
        bar(
            format!("{named}: mean CER at most {cer}"),
            &|o| o.figures.text.cer,
            &|mean| mean <= most_cer,
        );
        if let Some(least) = least_f1 {
            bar(
                format!("{named}: mean cell F1 at least {}", percent(Some(least))),
                &|o| o.figures.table.as_ref()?.cell_f1,
                &|mean| mean >= least,
            );
        }
    }
    bars
}

/// How long each profile takes beside whole-page Tesseract.
pub fn speed(profiles: &[Profile]) -> Vec<Bar> {
    let held = profiles.iter().filter_map(|p| Some((p, p.most_ratio?)));
    held.map(|(profile, most)| Bar {
        name: format!(
            "Speed, profile {}: at most {most:.2} times whole-page Tesseract",
            profile.name
        ),
        checked: 1,
        misses: (profile.ratio > most)
            .then(|| format!("profile {}: {:.2}", profile.name, profile.ratio))
            .into_iter()
            .collect(),
    })
    .collect()
}

/// The rules of born-digital documents against the key written by hand.
pub fn rules(outcomes: &[Outcome]) -> [Bar; 3] {
    let judged: Vec<_> = outcomes
        .iter()
        .filter(|o| o.scan.is_born_digital())
        .filter_map(|o| Some((o, o.rules.as_ref()?)))
        .collect();
    let sum = |of: fn(&crate::score::RuleFigures) -> usize| judged.iter().map(|(_, r)| of(r)).sum::<usize>();
    let (lines, typed, right) = (sum(|r| r.lines), sum(|r| r.typed), sum(|r| r.right));
    let faults = || {
        let named = |(o, r): &(&Outcome, &crate::score::RuleFigures)| {
            r.faults
                .iter()
                .map(|f| format!("{}: {f}", o.scan.stem()))
                .collect::<Vec<_>>()
        };
        judged.iter().flat_map(named).collect::<Vec<_>>()
    };
    let bar = |name: &str, checked: usize, held: bool| Bar {
        name: name.to_owned(),
        checked,
        misses: if held { Vec::new() } else { faults() },
    };
    [
        bar(
            "Rules, born digital: at least 98 % of the key's lines of the right type",
            lines,
            typed * 100 >= lines * 98,
        ),
        bar(
            "Rules, born digital: at least 99 % of these right in every end, bound and award",
            typed,
            right * 100 >= typed * 99,
        ),
        bar(
            "Rules, born digital: none found where there is none",
            judged.len(),
            sum(|r| r.false_rules) == 0,
        ),
    ]
}

/// Ahead of every free tool, on each set of tables.
pub fn tables(compared: &[Compared]) -> Vec<Bar> {
    let ours = compared.iter().filter(|c| c.tool == OURS);
    ours.map(|ours| {
        let peers: Vec<&Compared> = compared
            .iter()
            .filter(|c| c.set == ours.set && c.tool != OURS)
            .collect();
        let ahead = |peer: &&&Compared| peer.grits >= ours.grits || peer.exact > ours.exact;
        Bar {
            name: format!(
                "Tables ({}): ahead of img2table and Camelot in GriTS, behind none in exact tables",
                ours.set
            ),
            checked: if peers.is_empty() { 0 } else { ours.documents },
            misses: peers
                .iter()
                .filter(ahead)
                .map(|p| {
                    format!(
                        "{}: {} has GriTS {:.1}, exact {}",
                        p.set,
                        p.tool,
                        p.grits * 100.0,
                        p.exact
                    )
                })
                .collect(),
        }
    })
    .collect()
}
