//! The report as Markdown.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::Outcome;
use crate::bars::Bar;
use crate::certainty::{self, CERTAIN, Judged, Reliability};
use crate::profiles::Profile;
use crate::real::Page;
use crate::restoration::Restored;
use crate::score::{Flag, Structure};
use crate::shown::Shown;
use crate::tables::Compared;

const DEFINITIONS: &str = "\
**How to read it.** Every scan is converted by the built program (`sohoa convert`, one thread) and scored against its
true text by the scorer in `benches/accuracy/score/`, whose figures agree with the shared `score.py` to 1e-9
(`tests/it/scorer.rs`). All figures but counts are per cent.

- **CER**: character errors in reading order, titles and cells one after the other. **DER**: wrong marks among the syllables whose letters are right.
- **rows**: true rows found, and found rows that are true (R/P). **header**, **row count**, **№**, **parent**, **max**: exact in the whole document (✓) or not (✗).
- **scores**: score cells with the right number. **right rows**: criteria whose number, parent and maximum score are all right.
- **wrong scores**: maximum scores wrong, missing or invented, as `at the cell / by the group / unflagged`.
  - *At the cell*: the criterion's `max_score` is marked doubtful in its provenance, or a finding `readers_disagree`, `low_confidence`, `unread_ink`, `digit_fix_proposed`, `missing_max_score`, `sum_mismatch`, `component_sum_mismatch` or `award_over_max` names the criterion and no other field of it.
  - *By the group*: the sum it is part of is reported wrong (`sum_mismatch` above it, `total_mismatch` for one at the top), or its column or page is reported unread (`missing_max_score` or `unknown_layout` without a criterion, a failed page); for a row that was lost also `number_skipped`, `count_mismatch`, `page_missing`, `unread_ink` anywhere; and for a file that did not come out at all.
  - *Unflagged*: anything else. **This is the one unforgivable error**, so it has a column of its own in bold when it is not 0.
- **findings**: known defects of the decision that were found, of how many; then false ones (findings known to be wrong, or errors laid at the decision's door that are not known).
- **peer**: CER of `tesseract -l vie` on the same page images, whole pages, in the same run (in brackets order-free, since it reads a table in another order); for born-digital PDFs `pdftotext`.
- What is known beforehand: the phrases of the measured document's own decision are left out of the dictionary (`--phrases`); the language model never saw a scoring table.
- **s**: seconds for the whole document on the machine of the run, for orientation only; `docs/bench.md` has the ratio that counts. **MB**: peak memory of parent / child.
";

fn percent(share: Option<f64>, decimals: usize) -> String {
    share.map_or("-".to_owned(), |s| format!("{:.decimals$}", s * 100.0))
}

fn mark(right: bool) -> &'static str {
    if right { "✓" } else { "✗" }
}

/// One outcome in one line, for the terminal.
pub fn line(outcome: &Outcome) -> String {
    let text = &outcome.figures.text;
    let (right, of) = outcome.right_rows;
    format!(
        "{:<48} CER {:>6}  DER {:>5}  rows right {right}/{of}  wrong scores {}  {:.1} s  exit {}",
        outcome.scan.stem(),
        percent(text.cer, 2),
        percent(text.der, 2),
        wrong_scores(outcome),
        outcome.wall.as_secs_f64(),
        outcome.exit.map_or("-".to_owned(), |c| c.to_string()),
    )
}

fn wrong_scores(outcome: &Outcome) -> String {
    let count = |flag| outcome.wrong_scores.iter().filter(|w| w.flag == flag).count();
    let silent = match count(Flag::Nothing) {
        0 => "0".to_owned(),
        n => format!("**{n}**"),
    };
    format!("{} / {} / {silent}", count(Flag::Cell), count(Flag::Group))
}

/// The whole report.
pub fn document(
    set: &str,
    outcomes: &[Outcome],
    profiles: &[Profile],
    real: &[Page],
    restored: &[Restored],
    tables: &[Compared],
    bars: &[Bar],
) -> String {
    let mut out = String::from("# Accuracy\n\n");
    let _ = writeln!(
        out,
        "Written by `make accuracy` from {set}; do not edit. `ALL=1 make accuracy` reads the shared scans and writes `accuracy-shared.md`.\n"
    );
    out += DEFINITIONS;
    out += &bars_table(bars);
    out += &scans_table(outcomes);
    out += &means_table(outcomes);
    out += &profiles_table(profiles);
    out += &rules_table(outcomes);
    out += &tables_table(tables);
    out += &real_table(real);
    out += &shown_table(outcomes);
    out += &certainty_tables(outcomes);
    out += &restoration_table(restored);
    out
}

fn profiles_table(profiles: &[Profile]) -> String {
    let mut out = String::from(
        "\n## Profiles\n\nThe bundled scans clean300 and office200 with each `--profile`: `draft` reads running text with the line reader \
         alone, `standard` reads again with Tesseract where that leaves a doubt, `archive` reads every line with both. Time is that of \
         the whole program over that of `tesseract -l vie` on whole pages, one thread each, in the same run.\n\n\
         | profile | CER | cell F1 | time / Tesseract |\n|---|---|---|---|\n",
    );
    for p in profiles {
        let (cer, f1) = (percent(Some(p.cer), 2), percent(Some(p.cell_f1), 1));
        let _ = writeln!(out, "| {} | {cer} | {f1} | {:.2} |", p.name, p.ratio);
    }
    out
}

fn rules_table(outcomes: &[Outcome]) -> String {
    let mut out = String::from(
        "\n## Scoring rules\n\nAgainst keys that were written by hand from the words of the decisions (`fixtures/rules-truth/`). **lines**: lines \
         of the key that are rules. **typed**: found as a rule of the right type. **right**: of these, right in every end, bound and award, and at \
         the right criterion. **false**: rules found where the key has none; the two decisions are prose alone.\n\n\
         | document | profile | lines | typed | right | false |\n|---|---|---|---|---|---|\n",
    );
    for (o, r) in outcomes.iter().filter_map(|o| Some((o, o.rules.as_ref()?))) {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            o.scan.document,
            o.scan.profile_name(),
            r.lines,
            r.typed,
            r.right,
            r.false_rules
        );
    }
    out
}

fn tables_table(compared: &[Compared]) -> String {
    if compared.is_empty() {
        return String::new();
    }
    let mut out = String::from(
        "\n## Tables of other kinds\n\nLegal tables rendered with rulings all around, across alone, dotted, and without any (`fixtures/tables/`; none was \
         looked at while tables were worked on, but one, dotted, whose letters showed a fault of the text layer afterwards), and where the shared files are read the European half of the ICDAR 2013 table competition. **GriTS**: \
         GriTS-Con, the mean over the documents; tables that are none count against it. **exact**: true tables of which every cell is right, white space \
         aside. img2table is asked for borderless tables too, and reads scans with Tesseract `vie`; Camelot reads no scans.\n\n\
         | set | documents | tool | GriTS | exact | tables found |\n|---|---|---|---|---|---|\n",
    );
    for c in compared {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} of {} | {} |",
            c.set,
            c.documents,
            c.tool,
            percent(Some(c.grits), 1),
            c.exact,
            c.true_tables,
            c.found
        );
    }
    out
}

fn real_table(pages: &[Page]) -> String {
    if pages.is_empty() {
        return String::new();
    }
    let mut out = String::from(
        "\n## Real scans\n\nPages of real documents, transcribed by eye (`fixtures/real-truth/`; the scans are not ours to pass on). **CER**: \
         character errors in reading order, masked names and handwriting left out; ink of seals and signatures that was taken for text counts \
         as an error. **words found**: words of the transcript that were read, wherever they stand. The peer is `tesseract -l vie` on the page \
         at 300 dpi.\n\n| page | what is hard | words | CER | words found | peer CER | peer words found |\n|---|---|---|---|---|---|---|\n",
    );
    for p in pages {
        let (ours, peer) = (p.ours, p.peer);
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} |",
            p.name,
            p.kinds,
            p.words,
            percent(Some(ours.cer), 2),
            percent(Some(ours.found), 1),
            percent(Some(peer.cer), 2),
            percent(Some(peer.found), 1),
        );
    }
    let mean = |of: fn(&Page) -> f64| {
        let (sum, words) = pages.iter().fold((0.0, 0.0), |(sum, n), p| {
            (sum + of(p) * p.words as f64, n + p.words as f64)
        });
        Some(sum / f64::max(words, 1.0))
    };
    let _ = writeln!(
        out,
        "| **all**, by words | | | {} | {} | {} | {} |",
        percent(mean(|p| p.ours.cer), 2),
        percent(mean(|p| p.ours.found), 1),
        percent(mean(|p| p.peer.cer), 2),
        percent(mean(|p| p.peer.found), 1),
    );
    out
}

fn bars_table(bars: &[Bar]) -> String {
    let mut out = String::from("\n## Bars\n\n| bar | files | result |\n|---|---|---|\n");
    for bar in bars {
        let result = match (bar.checked, bar.misses.len()) {
            (0, _) => "not in this set".to_owned(),
            (_, 0) => "**pass**".to_owned(),
            (_, missed) => format!("**fail** on {missed}"),
        };
        let _ = writeln!(out, "| {} | {} | {result} |", bar.name, bar.checked);
    }
    let misses: Vec<&String> = bars.iter().flat_map(|b| &b.misses).collect();
    if !misses.is_empty() {
        out += "\nMissed:\n\n";
        for miss in misses {
            let _ = writeln!(out, "- {miss}");
        }
    }
    out
}

fn scans_table(outcomes: &[Outcome]) -> String {
    let mut out = String::from(
        "\n## Every scan\n\n\
         | document | style | profile | CER | DER | rows R/P | header | row count | № | parent | max | scores | right rows | wrong scores | findings | peer | s | MB |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for o in outcomes {
        let text = &o.figures.text;
        let table = o.figures.table.as_ref();
        let (right, of) = o.right_rows;
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {right}/{of} | {} | {} | {} | {:.1} | {} / {} |",
            o.scan.document,
            o.scan.style,
            o.scan.profile_name(),
            percent(text.cer, 2),
            percent(text.der, 2),
            table.map_or("-".to_owned(), |t| format!(
                "{} / {}",
                percent(t.row_r, 0),
                percent(t.row_p, 0)
            )),
            structure(&o.structure),
            table.map_or("-".to_owned(), |t| percent(t.score_acc, 1)),
            wrong_scores(o),
            findings(o),
            peer(o),
            o.wall.as_secs_f64(),
            o.parent_peak >> 20,
            o.child_peak >> 20,
        );
    }
    out
}

fn structure(s: &Structure) -> String {
    [s.header, s.rows, s.numbers, s.parents, s.max_scores]
        .map(mark)
        .join(" | ")
}

fn findings(outcome: &Outcome) -> String {
    let f = &outcome.findings;
    format!(
        "{}/{}, {} false",
        f.found,
        f.must,
        f.wrong.len() + f.unexpected_errors.len()
    )
}

fn peer(outcome: &Outcome) -> String {
    let Some(peer) = &outcome.peer else {
        return "-".to_owned();
    };
    let cer = format!("{} ({})", percent(peer.cer, 1), percent(peer.cer_free, 1));
    if outcome.scan.is_born_digital() {
        format!("{cer}; {} words lost, {} invented", peer.lost, peer.invented)
    } else {
        format!("{cer}, DER {}", percent(peer.der, 1))
    }
}

fn means_table(outcomes: &[Outcome]) -> String {
    let mut profiles: BTreeMap<String, Vec<&Outcome>> = BTreeMap::new();
    for outcome in outcomes {
        profiles
            .entry(outcome.scan.profile_name())
            .or_default()
            .push(outcome);
    }
    let mut out = String::from(
        "\n## Means per profile\n\n| profile | files | CER | CER free | DER | cell F1 | scores | rubric micro F1 | unflagged | peer CER (free) |\n\
         |---|---|---|---|---|---|---|---|---|---|\n",
    );
    for (profile, of) in profiles {
        let mean = |figure: &dyn Fn(&Outcome) -> Option<f64>| {
            let figures: Vec<f64> = of.iter().filter_map(|o| figure(o)).collect();
            (!figures.is_empty()).then(|| figures.iter().sum::<f64>() / figures.len() as f64)
        };
        let table = |figure: fn(&crate::score::TableFigures) -> Option<f64>| {
            percent(mean(&|o| o.figures.table.as_ref().and_then(figure)), 1)
        };
        let silent: usize = of
            .iter()
            .flat_map(|o| &o.wrong_scores)
            .filter(|w| w.flag == Flag::Nothing)
            .count();
        let _ = writeln!(
            out,
            "| {profile} | {} | {} | {} | {} | {} | {} | {} | {silent} | {} ({}) |",
            of.len(),
            percent(mean(&|o| o.figures.text.cer), 2),
            percent(mean(&|o| o.figures.text.cer_free), 2),
            percent(mean(&|o| o.figures.text.der), 2),
            table(|t| t.cell_f1),
            table(|t| t.score_acc),
            percent(mean(&|o| o.figures.rubric.micro_f1), 1),
            percent(mean(&|o| o.peer.as_ref().and_then(|p| p.cer)), 1),
            percent(mean(&|o| o.peer.as_ref().and_then(|p| p.cer_free)), 1),
        );
    }
    out
}

fn restoration_table(restored: &[Restored]) -> String {
    let mut out = String::from(
        "\n## Restoration\n\n\
         Text without layout through `sohoa restore`: share of the true syllables that stand in their line, in order. *Form unknown*: the phrases of \
         the document's own decision are left out. *Form known*: its lines are among the phrases. *Invented*: syllables that stand in no line of the truth.\n\n\
         | text | what was done to it | syllables | raw | form unknown | invented | form known |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for text in restored {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} |",
            text.name,
            text.garbled,
            text.raw.syllables,
            percent(text.raw.accuracy, 1),
            percent(text.unknown.accuracy, 2),
            text.unknown.not_in_truth,
            text.known
                .as_ref()
                .map_or_else(|| "-".to_owned(), |k| percent(k.accuracy, 2)),
        );
    }
    out
}

fn shown_table(outcomes: &[Outcome]) -> String {
    let mut out = String::from(
        "\n## What a person is shown\n\nThe queue of the review desk as a scan leaves it, against the cells that differ from the true rubric (`rubrics/known/`). \
         **shown**: cells in the queue. **caught**: wrong ones among them. **trifles**: wrong ones that are not shown and differ in nothing but white space, \
         dots and quotation marks. **missed**: the other wrong ones.\n\n\
         | document | profile | cells | wrong | shown | caught | trifles | missed |\n|---|---|---|---|---|---|---|---|\n",
    );
    let mut all = Shown::default();
    let mut line = |document: &str, profile: &str, s: &Shown| {
        let missed = s.wrong - s.caught - s.trifles;
        let _ = writeln!(
            out,
            "| {document} | {profile} | {} | {} | {} | {} | {} | {missed} |",
            s.cells, s.wrong, s.shown, s.caught, s.trifles,
        );
    };
    for (o, s) in outcomes.iter().filter_map(|o| Some((o, o.shown.as_ref()?))) {
        line(&o.scan.document, &o.scan.profile_name(), s);
        all.add(s);
    }
    line("**all**", "", &all);
    out
}

fn certainty_tables(outcomes: &[Outcome]) -> String {
    let all: Vec<Judged> = outcomes.iter().flat_map(|o| &o.words).copied().collect();
    let mut out = format!(
        "\n## Certainty\n\n\
         Every word of the scans says how probable it is that it is right (`WC` in ALTO, `x_wconf` in hOCR). A word of {CERTAIN} and more is *certain*. \
         The weights were fitted on other documents (`models/README.md`).\n\n\
         | profile | words | wrong | certain | of these right | wrong ones among the doubtful |\n|---|---|---|---|---|---|\n"
    );
    let mut profiles: BTreeMap<String, Vec<Judged>> = BTreeMap::new();
    for outcome in outcomes.iter().filter(|o| !o.words.is_empty()) {
        profiles
            .entry(outcome.scan.profile_name())
            .or_default()
            .extend(&outcome.words);
    }
    profiles.insert("**all**".to_owned(), all.clone());
    for (profile, words) in profiles {
        let r = Reliability::of(&words);
        let _ = writeln!(
            out,
            "| {profile} | {} | {} | {} | {} | {} |",
            r.words,
            r.wrong,
            percent(Some(r.certain_share()), 1),
            percent(Some(r.right_share()), 3),
            percent(Some(r.caught_share()), 1),
        );
    }
    out += "\nReliability curve:\n\n| certainty | words | said | right |\n|---|---|---|---|\n";
    for (from, to, words, said, right) in certainty::curve(&all) {
        let _ = writeln!(
            out,
            "| {from} – {to} | {words} | {} | {} |",
            percent(Some(said), 2),
            percent(Some(right), 2)
        );
    }
    out
}
