//! Time and motion: what a person has to do from opening a scan to submitting a fully right rubric, by somebody who knows the truth
//! and never errs. `make motion` runs it and writes docs/motion.md.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fantoccini::key::Key;
use serde_json::Value;

use super::hands::{LAN, open_first, sign_in};
use super::known;
use super::stage::{Browser, Server, browser_is_here};

const SCAN: &str = "ha_giang_2--serifland--poor150";
const TRUTH: &str = "rubrics/known/ha_giang_2.json";
/// What the scan is of: the phrases of its own decision are left out of what is known.
const DOCUMENT: &str = "ha_giang_2";
/// Seven pages, on a machine that does other things too.
const READING: Duration = Duration::from_secs(900);
/// Cells visited for each cell that was truly wrong, at most.
const BAR: f64 = 1.3;

/// The fields that are compared with the truth.
const FIELDS: [&str; 12] = [
    "number",
    "title",
    "max_score",
    "bonus",
    "deduction",
    "rules",
    "evidence",
    "data_items",
    "period",
    "method",
    "notes",
    "kind",
];

type Cell = (String, String);

struct Person<'b> {
    browser: &'b Browser,
    truth: Value,
    keys: usize,
    visited: Vec<Visit>,
}

struct Visit {
    cell: Cell,
    was: Was,
    keys: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Was {
    Right,
    Chosen,
    Typed,
    /// Wrong, and there is no way yet to put it right on the desk.
    Stuck,
}

impl Person<'_> {
    async fn press(&mut self, keys: &str) {
        self.keys += keys.chars().count();
        self.browser.keys(keys).await;
    }

    async fn rubric(&self) -> Value {
        let id = "document.querySelector('#export a').pathname.split('/').at(-2)";
        let fetched = format!("fetch('/api/v1/rubrics/' + {id}).then((a) => a.json())");
        self.browser.value(&fetched).await["rubric"].clone()
    }

    fn true_value(&self, (criterion, field): &Cell) -> Value {
        match criterion.is_empty() {
            true => plain(&self.truth[field.as_str()]),
            false => plain(&of(&self.truth, criterion)[field.as_str()]),
        }
    }

    /// The cell where the person is.
    async fn here(&self) -> Cell {
        let key = self
            .browser
            .value("document.querySelector('td.here')?.dataset.key ?? ''")
            .await;
        let (criterion, field) = key.as_str().unwrap().rsplit_once('|').expect("nowhere");
        (criterion.to_owned(), field.to_owned())
    }

    /// Goes through the queue until it is empty.
    async fn settle_all(&mut self) {
        let left = "Number(document.getElementById('left').dataset.left)";
        loop {
            let now = self.browser.value(left).await.as_u64().unwrap();
            if now == 0 {
                return;
            }
            self.browser.until("document.querySelector('#dock.look')").await;
            let cell = self.here().await;
            let before = self.keys;
            let was = self.settle(&cell).await;
            self.visited.push(Visit {
                cell,
                was,
                keys: self.keys - before,
            });
            self.browser.until(&format!("{left} < {now}")).await;
        }
    }

    async fn settle(&mut self, cell: &Cell) -> Was {
        let wanted = self.true_value(cell);
        let rubric = self.rubric().await;
        let now = match cell.0.is_empty() {
            true => plain(&rubric[cell.1.as_str()]),
            false => plain(&of(&rubric, &cell.0)[cell.1.as_str()]),
        };
        if now == wanted {
            self.press("a").await;
            return Was::Right;
        }
        if cell.1 == "rules" {
            self.write_rules(&wanted).await;
            return Was::Typed;
        }
        let Some(words) = typed(&cell.1, &wanted) else {
            self.press("a").await;
            return Was::Stuck;
        };
        let offered = self
            .browser
            .value("[...document.querySelectorAll('#dock .reading')].map((r) => r.title)")
            .await;
        let choice = offered
            .as_array()
            .unwrap()
            .iter()
            .position(|text| plain(text) == wanted);
        if let Some(choice) = choice.filter(|choice| *choice < 9) {
            self.press(&(choice + 1).to_string()).await;
            return Was::Chosen;
        }
        self.press("e").await;
        self.browser.see(".editor").await;
        self.press(&words).await;
        self.press(&char::from(Key::Enter).to_string()).await;
        Was::Typed
    }

    /// Types the rules anew, in words, and goes on to what is left.
    async fn write_rules(&mut self, wanted: &Value) {
        let rules = wanted.as_array().cloned().unwrap_or_default();
        let mut lines: Vec<&str> = rules.iter().filter_map(|rule| rule["text"].as_str()).collect();
        lines.dedup();
        self.press("q").await;
        self.browser.see("#rule-words").await;
        let all = [Key::Control.into(), 'a', Key::Null.into()];
        self.press(&all.iter().collect::<String>()).await;
        self.press(&lines.join(&char::from(Key::Enter).to_string())).await;
        let save = [Key::Control, Key::Enter, Key::Null].map(char::from);
        self.press(&save.iter().collect::<String>()).await;
        self.browser.until("!document.querySelector('dialog')").await;
        let left = "Number(document.getElementById('left').dataset.left)";
        if self.browser.value(left).await.as_u64() > Some(0) {
            self.press("n").await;
        }
    }

    /// Cells that are not as the truth has them.
    fn wrong(&self, rubric: &Value) -> BTreeSet<Cell> {
        let mut wrong = BTreeSet::new();
        for criterion in self.truth["criteria"].as_array().unwrap() {
            let id = criterion["id"].as_str().unwrap();
            let read = of(rubric, id);
            for field in FIELDS {
                if plain(&read[field]) != plain(&criterion[field]) {
                    wrong.insert((id.to_owned(), field.to_owned()));
                }
            }
        }
        wrong
    }
}

fn of<'a>(rubric: &'a Value, criterion: &str) -> &'a Value {
    let all = rubric["criteria"].as_array().unwrap();
    all.iter().find(|c| c["id"] == criterion).unwrap_or(&Value::Null)
}

/// A value without what is no matter of truth: white space, and nothing for nothing.
fn plain(value: &Value) -> Value {
    match value {
        Value::String(text) => match text.split_whitespace().collect::<Vec<_>>().join(" ") {
            empty if empty.is_empty() => Value::Null,
            text => text.into(),
        },
        Value::Array(items) if items.is_empty() => Value::Null,
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(fields) => fields.iter().map(|(k, v)| (k.clone(), plain(v))).collect(),
        other => other.clone(),
    }
}

/// What has to be typed for a value; `None` where the desk has no field for it.
fn typed(field: &str, value: &Value) -> Option<String> {
    match (field, value) {
        ("rules" | "kind", _) => None,
        (_, Value::Null) => Some(char::from(Key::Delete).to_string()),
        (_, Value::String(text)) => Some(text.replace('.', if field.ends_with("score") { "," } else { "." })),
        _ => None,
    }
}

#[tokio::test]
#[ignore = "a measurement: make motion"]
async fn from_open_to_submit_with_the_truth_at_hand() {
    let Some(()) = browser_is_here() else { return };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let data = Server::folder(&[LAN]);
    let phrases = data.path().join("phrases.txt");
    let known = known::without(DOCUMENT);
    assert_ne!(known, known::without(""), "{DOCUMENT} is not among the phrases");
    std::fs::write(&phrases, known).unwrap();
    let settings = format!("[parts]\nphrases = {:?}\n", phrases.to_str().unwrap());
    let file = data.path().join("sohoa.toml");
    std::fs::write(&file, settings).unwrap();
    let server = Server::at(0, data, Some(file));
    let browser = Browser::open().await;
    browser.go(&server.address).await;
    sign_in(&browser, LAN).await;
    let scan: PathBuf = root.join(format!("fixtures/motion/{SCAN}.pdf"));
    browser
        .see("#file")
        .await
        .send_keys(scan.to_str().unwrap())
        .await
        .unwrap();
    browser
        .until_within(READING, "document.querySelector('#list tr[data-state=draft]')")
        .await;
    open_first(&browser).await;
    let truth = serde_json::from_slice(&std::fs::read(root.join(TRUTH)).unwrap()).unwrap();
    let mut person = Person {
        browser: &browser,
        truth,
        keys: 0,
        visited: Vec::new(),
    };
    let wrong = person.wrong(&person.rubric().await);
    person.settle_all().await;
    let left = person.wrong(&person.rubric().await);
    person.press("s").await;
    browser.see("dialog[open]").await;
    person.press(&char::from(Key::Enter).to_string()).await;
    browser.see("#state[data-state=submitted]").await;

    let report = report(&person, &wrong, &left);
    println!("{report}");
    std::fs::write(root.join("docs/motion.md"), report).unwrap();
    browser.client.clone().close().await.unwrap();
}

fn report(person: &Person<'_>, wrong: &BTreeSet<Cell>, left: &BTreeSet<Cell>) -> String {
    let visited: BTreeSet<&Cell> = person.visited.iter().map(|v| &v.cell).collect();
    let unseen: Vec<&Cell> = wrong.iter().filter(|cell| !visited.contains(cell)).collect();
    let needless: Vec<&Visit> = person.visited.iter().filter(|v| v.was == Was::Right).collect();
    let each = person.visited.len() as f64 / wrong.len().max(1) as f64;
    let verdict = match each <= BAR {
        true => "met",
        false => "missed",
    };
    let name = |(criterion, field): &Cell| format!("{criterion} {field}");
    let names = |cells: &mut dyn Iterator<Item = &Cell>| {
        let all: Vec<String> = cells.map(name).collect();
        if all.is_empty() {
            "none".to_owned()
        } else {
            all.join(", ")
        }
    };
    let mut text = format!(
        "# Time and motion\n\n\
         Written by `make motion`: the scan `{SCAN}` is read, and somebody who knows the truth and never errs goes through the\n\
         queue of doubtful cells in the browser with the keyboard, from opening the desk to submitting. The phrases of its own decision\n\
         are left out of the dictionary that it is read with.\n\n\
         | | |\n| --- | --- |\n\
         | cells that were read wrong | {} |\n| cells visited | {} |\n| visited for each wrong one | {each:.2} (at most {BAR}: {verdict}) |\n\
         | wrong cells that the queue never showed | {} |\n| cells still wrong at the end | {} |\n| keys pressed | {} |\n\n",
        wrong.len(),
        person.visited.len(),
        unseen.len(),
        left.len(),
        person.keys,
    );
    let _ = writeln!(
        text,
        "Wrong and never shown: {}.\n",
        names(&mut unseen.into_iter())
    );
    let _ = writeln!(text, "Still wrong: {}.\n", names(&mut left.iter()));
    let _ = writeln!(
        text,
        "Shown though right: {}.\n",
        names(&mut needless.iter().map(|v| &v.cell))
    );
    text.push_str("| visited | what it was | keys |\n| --- | --- | --- |\n");
    for visit in &person.visited {
        let was = match visit.was {
            Was::Right => "right: accepted",
            Was::Chosen => "wrong: another reading chosen",
            Was::Typed => "wrong: typed",
            Was::Stuck => "wrong: the desk has no field for it yet",
        };
        let _ = writeln!(text, "| {} | {was} | {} |", name(&visit.cell), visit.keys);
    }
    text
}
