//! Reading a document once more: what would change is shown, what people did stays, and nothing happens unasked.

mod keeping;

use axum::http::StatusCode;
use serde_json::{Value, json};
use sohoa::domain::{Criterion, CriterionKind, Document, PixelBox};
use sohoa::http::event_of;
use sohoa::records::{Asked, Replayed, verify};

use super::office::{Answer, Events, Office, Play, Rules, decision, request};
use super::script::criterion;

const PHRASE: &str = "Tổ chức hội chợ quê";

/// The decision as it is read with a dictionary: a phrase that is known is read right.
fn fair(dictionary: &str) -> Document {
    let mut document = decision("quyết định.pdf");
    let known = dictionary.contains(PHRASE);
    let title = if known {
        PHRASE
    } else {
        "Tố chưc hôi chợ quê"
    };
    document.pipeline.version = "0.1.0".into();
    document
        .pipeline
        .models
        .insert("language model".into(), "aa".into());
    if known {
        document.pipeline.models.insert("lexicon.txt".into(), "dd".into());
    }
    document.text = title.into();
    let rows = &mut document.rubrics[0].criteria;
    rows[1].title = title.into();
    for (index, row) in rows.iter_mut().enumerate() {
        let top = 900 + 100 * i32::try_from(index).unwrap();
        row.provenance[0].bbox = PixelBox::new(1700, top, 1760, top + 40);
    }
    document
}

/// What a program that reads better makes of the same pages.
fn better() -> Document {
    let mut document = fair("");
    document.pipeline.version = "0.2.0".into();
    document
}

struct Case {
    office: Office,
    document: String,
    rubric: String,
}

impl Case {
    async fn open(first: Document) -> Self {
        let office = Office::open(Rules::default()).await;
        office.script.then(Play::Give(Box::new(first)));
        let (document, rubric) = office.read_document().await;
        Self {
            office,
            document,
            rubric,
        }
    }

    fn path(&self) -> String {
        format!("/api/v1/documents/{}/reread", self.document)
    }

    async fn ask(&self, who: &str) -> Answer {
        self.office.ask(who, "POST", &self.path(), Value::Null).await
    }

    async fn look(&self) -> Answer {
        self.office.get("hoa", &self.path()).await
    }

    /// Has it read once more as the play says, and waits for the end.
    async fn again(&self, play: Play) -> Answer {
        let mut events = self.office.listen("lan", "/api/v1/events").await;
        self.office.script.then(play);
        let asked = self.ask("hoa").await;
        assert_eq!(asked.status, StatusCode::ACCEPTED, "{}", asked.json());
        ended(&mut events).await;
        self.look().await
    }

    async fn accept(&self, who: &str, etag: &str) -> Answer {
        let path = format!("{}/accept", self.path());
        let headers = [("if-match", etag)];
        let headers = if etag.is_empty() { &[][..] } else { &headers[..] };
        self.office
            .send(request(who, "POST", &path, headers, Value::Null))
            .await
    }

    async fn discard(&self, who: &str) -> Answer {
        self.office.ask(who, "DELETE", &self.path(), Value::Null).await
    }

    async fn edit(&self, etag: &str, change: Value) -> Answer {
        let path = format!("/api/v1/rubrics/{}", self.rubric);
        let answer = self.office.patch("hoa", &path, etag, change).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.json());
        answer
    }

    async fn rubric(&self) -> Value {
        let path = format!("/api/v1/rubrics/{}", self.rubric);
        self.office.get("hoa", &path).await.json()
    }

    async fn step(&self, who: &str, step: &str) {
        let path = format!("/api/v1/rubrics/{}/{step}", self.rubric);
        let answer = self.office.ask(who, "POST", &path, Value::Null).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.json());
    }
}

/// Waits until a second reading is ready or has failed.
async fn ended(events: &mut Events) -> Value {
    loop {
        let (name, news) = events.next().await.unwrap();
        if name == "reread" && news["state"] != "reading" {
            return news;
        }
    }
}

fn edit(criterion: &str, field: &str, value: &str) -> Value {
    json!({"edits": [{"criterion": criterion, "field": field, "value": value}]})
}

/// `what criterion field: before → after` of every line of the first rubric.
fn lines(preview: &Value) -> Vec<String> {
    let word = |value: &Value| value.as_str().unwrap_or("–").to_owned();
    let lines = preview["rubrics"][0]["changes"].as_array().unwrap();
    lines
        .iter()
        .map(|line| {
            let [criterion, field] = ["criterion", "field"].map(|name| word(&line[name]));
            let [before, after] = ["before", "after"].map(|name| word(&line[name]));
            format!(
                "{} {criterion} {field}: {before} → {after}",
                line["what"].as_str().unwrap()
            )
        })
        .collect()
}

fn row<'a>(rubric: &'a Value, id: &str) -> &'a Value {
    let rows = rubric["rubric"]["criteria"].as_array().unwrap();
    rows.iter().find(|row| row["id"] == id).unwrap()
}

#[tokio::test]
async fn a_phrase_that_was_accepted_since_changes_one_cell_and_the_edit_stays() {
    let case = Case::open(fair("")).await;
    let office = &case.office;
    case.edit("\"1\"", edit("I.1", "max_score", "1,5")).await;
    case.edit(
        "\"2\"",
        json!({"accept": [{"criterion": "I.2", "field": "max_score"}]}),
    )
    .await;
    assert_eq!(case.look().await.json()["state"], "none");

    // The office accepts the phrase: the document is to be looked at again.
    let file = format!("# from 7/QĐ\n{PHRASE}\n");
    let mut import = request("lan", "POST", "/api/v1/lexicon/import", &[], Value::Null);
    *import.body_mut() = axum::body::Body::from(file);
    assert_eq!(office.send(import).await.status, StatusCode::OK);
    let phrases = office
        .get("hoa", "/api/v1/lexicon/proposals?state=all")
        .await
        .json();
    let phrase = phrases["proposals"][0]["id"].as_str().unwrap().to_owned();
    let now = *office.clock.lock().unwrap();
    office
        .store
        .note_looks(&phrase, std::slice::from_ref(&case.document), now)
        .await
        .unwrap();

    let before = (
        case.rubric().await,
        office.store.result(&case.document).await.unwrap(),
    );
    let ready = case.again(Play::With(fair)).await;
    assert_eq!(ready.header("etag"), "\"3\"");
    let ready = ready.json();
    assert_eq!(
        (&ready["state"], &ready["asked_by"]),
        (&json!("ready"), &json!("hoa"))
    );
    let preview = &ready["preview"];
    assert_eq!(
        lines(preview),
        [format!("changed I.1 title: Tố chưc hôi chợ quê → {PHRASE}")]
    );
    assert_eq!(
        (&preview["count"], &preview["acceptable"], &preview["blocks"]),
        (&json!(1), &json!(true), &json!([]))
    );
    assert_eq!(preview["differs"], json!(["lexicon.txt"]));
    assert_eq!(
        (
            &preview["old"]["version"],
            &preview["new"]["models"]["lexicon.txt"]
        ),
        (&json!("0.1.0"), &json!("dd"))
    );
    let rubric = &preview["rubrics"][0];
    assert_eq!(
        (
            &rubric["id"],
            &rubric["fate"],
            &rubric["kept_changes"],
            &rubric["kept_accepted"]
        ),
        (&json!(case.rubric), &json!("kept"), &json!(1), &json!(1))
    );
    assert_eq!(rubric["changes"][0]["page"], 1);
    // Nothing has changed by reading or by looking.
    let still = (
        case.rubric().await,
        office.store.result(&case.document).await.unwrap(),
    );
    assert_eq!(still, before);
    assert_eq!(
        office.get("hoa", "/api/v1/lexicon/looks").await.json()["looks"][0]["document_id"],
        json!(case.document)
    );

    let mut events = office.listen("minh", "/api/v1/events").await;
    assert_eq!(case.accept("hoa", "\"3\"").await.status, StatusCode::NO_CONTENT);
    let rubric = case.rubric().await;
    assert_eq!(
        (&rubric["version"], &rubric["state"]),
        (&json!(4), &json!("draft"))
    );
    assert_eq!(row(&rubric, "I.1")["title"], PHRASE);
    assert_eq!(row(&rubric, "I.1")["max_score"], "1.5");
    assert_eq!(rubric["doubtful"], json!([]), "what was accepted stays accepted");
    let result = office
        .get("hoa", &format!("/api/v1/documents/{}/result", case.document))
        .await;
    assert_eq!(result.json()["text"], PHRASE);
    // Open desks hear of it, and what asked for another look is settled.
    let heard = loop {
        let (name, news) = events.next().await.unwrap();
        if name == "reread" {
            break news;
        }
        assert!(
            ["rubric", "document", "presence"].contains(&name.as_str()),
            "{name} {news}"
        );
    };
    assert_eq!(
        heard,
        json!({"id": case.document, "state": "none", "pages": null, "pages_done": 0, "reading": 2})
    );
    assert_eq!(
        office.get("hoa", "/api/v1/lexicon/looks").await.json()["looks"],
        json!([])
    );
    // It is found by its new words, and said in the history and the audit list.
    let found = office
        .get("hoa", "/api/v1/documents?q=hoi%20cho%20que")
        .await
        .json();
    assert_eq!(found["documents"].as_array().unwrap().len(), 1);
    let path = format!("/api/v1/rubrics/{}/history", case.rubric);
    let history = office.get("hoa", &path).await.json();
    let last = history["events"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&last["kind"], &last["author"], &last["version"]),
        (&json!("reread"), &json!("hoa"), &json!(4))
    );
    let audit = office.get("sep", "/api/v1/audit").await.json();
    assert_eq!(
        (&audit["entries"][0]["kind"], &audit["entries"][0]["subject"]),
        (&json!("rereading_accepted"), &json!(case.document))
    );
    assert_eq!(case.look().await.json()["state"], "none");
}

#[tokio::test]
async fn earlier_versions_are_those_of_the_earlier_reading_and_edits_go_on_over_the_new_one() {
    let case = Case::open(fair("")).await;
    let office = &case.office;
    case.edit("\"1\"", edit("I.1", "max_score", "1,5")).await;
    // The new reading numbers the rows otherwise: the edit finds its row by its place on the page.
    let mut other = better();
    for row in &mut other.rubrics[0].criteria {
        row.id = format!("A.{}", row.id);
        row.parent = row.parent.take().map(|parent| format!("A.{parent}"));
    }
    other.rubrics[0].criteria[1].title = PHRASE.into();
    case.again(Play::Give(Box::new(other))).await;
    assert_eq!(case.accept("lan", "\"2\"").await.status, StatusCode::NO_CONTENT);
    let rubric = case.rubric().await;
    assert_eq!(row(&rubric, "A.I.1")["max_score"], "1.5");
    case.edit("\"3\"", edit("A.I.2", "max_score", "2,5")).await;
    let version = async |n: u32| {
        let path = format!("/api/v1/rubrics/{}/versions/{n}", case.rubric);
        office.get("hoa", &path).await.json()
    };
    let first = version(1).await;
    assert_eq!(
        (&row(&first, "I.1")["max_score"], &row(&first, "I.1")["title"]),
        (&json!("2"), &json!("Tố chưc hôi chợ quê"))
    );
    assert_eq!(row(&version(2).await, "I.1")["max_score"], "1.5");
    assert_eq!(version(3).await["by"], "lan");
    assert_eq!(row(&version(3).await, "A.I.2")["max_score"], "3");
    assert_eq!(row(&version(4).await, "A.I.2")["max_score"], "2.5");
    // Taken back over the new reading, the old edit shows what that one reads.
    case.edit("\"4\"", json!({"undo": true})).await;
    let undone = case.edit("\"5\"", json!({"undo": true})).await.json();
    assert_eq!(row(&undone, "A.I.1")["max_score"], "2");
    case.edit("\"6\"", edit("A.I.1", "max_score", "1,5")).await;

    // A second time, over what was read twice; then it is confirmed, with a record that proves itself.
    case.again(Play::Give(Box::new(better()))).await;
    assert_eq!(case.accept("lan", "\"7\"").await.status, StatusCode::NO_CONTENT);
    assert_eq!(row(&case.rubric().await, "I.1")["max_score"], "1.5");
    assert_eq!(row(&version(2).await, "I.1")["max_score"], "1.5");
    assert_eq!(row(&version(4).await, "A.I.2")["max_score"], "2.5");
    case.step("hoa", "submit").await;
    case.step("minh", "confirm").await;
    let path = format!("/api/v1/rubrics/{}/record", case.rubric);
    let record = office.get("hoa", &path).await;
    assert_eq!(record.json()["statement"]["pipeline"]["version"], "0.2.0");
    let alone = Asked {
        trusted: None,
        file_sha256: None,
    };
    let proven = verify(&record.body, &event_of, alone).unwrap();
    assert_eq!(proven.replayed, Replayed::Yes);
}

#[tokio::test]
async fn a_criterion_that_the_new_reading_misses_is_carried_over_where_people_worked_on_it() {
    let case = Case::open(fair("")).await;
    case.edit("\"1\"", edit("I.2", "max_score", "2,5")).await;
    let mut other = better();
    let rows = &mut other.rubrics[0].criteria;
    rows.truncate(1);
    rows.push(Criterion {
        number: "9".into(),
        ..criterion(
            "I.9",
            Some("I"),
            CriterionKind::Criterion,
            "Khen thưởng đột xuất",
            "4",
        )
    });
    rows[1].provenance[0].bbox = PixelBox::new(1700, 2900, 1760, 2940);
    let preview = case.again(Play::Give(Box::new(other))).await.json()["preview"].clone();
    let lines = lines(&preview);
    for expect in [
        "carried I.2 –: – → –",
        "appears – –: – → –",
        "vanishes I.1 –: – → –",
    ] {
        assert!(lines.iter().any(|line| line == expect), "{expect} in {lines:?}");
    }
    assert_eq!(case.accept("hoa", "\"2\"").await.status, StatusCode::NO_CONTENT);
    let rubric = case.rubric().await;
    assert_eq!(row(&rubric, "I.2")["max_score"], "2.5");
    assert_eq!(row(&rubric, "I.9")["max_score"], "4");
}

#[tokio::test]
async fn a_change_that_does_not_fit_is_named_with_who_made_it_and_nothing_is_done() {
    let case = Case::open(fair("")).await;
    case.edit(
        "\"1\"",
        json!({"rows": [{"op": "move", "criterion": "I.2", "to": {"parent": "I", "after": null}}]}),
    )
    .await;
    case.edit("\"2\"", edit("I.1", "max_score", "1,5")).await;
    // In the new reading the section hangs below the row that was moved into it.
    let mut other = better();
    let rows = &mut other.rubrics[0].criteria;
    rows[2].parent = None;
    rows[0].parent = Some("I.2".into());
    rows.rotate_right(1);
    let ready = case.again(Play::Give(Box::new(other))).await;
    let etag = ready.header("etag").to_owned();
    let preview = ready.json()["preview"].clone();
    assert_eq!(preview["acceptable"], false);
    let block = &preview["blocks"][0];
    assert_eq!(
        (&block["seq"], &block["by"], &block["code"]),
        (&json!(1), &json!("hoa"), &json!("under_itself"))
    );
    assert_eq!(
        preview["blocks"].as_array().unwrap().len(),
        1,
        "the edit of a value fits"
    );
    let said = block["message_vi"].as_str().unwrap();
    assert!(
        said.contains("hoa") && said.contains("chuyển hàng “I.2”"),
        "{said}"
    );
    let before = case.rubric().await;
    let refused = case.accept("hoa", &etag).await;
    assert_eq!(refused.problem(), (409, "reread_blocked".into()));
    assert!(
        refused.json()["detail_vi"]
            .as_str()
            .unwrap()
            .contains("chuyển hàng “I.2”")
    );
    assert_eq!(case.rubric().await, before);
    assert_eq!(case.look().await.json()["state"], "ready");
}

#[tokio::test]
async fn accepting_needs_the_version_that_was_looked_at() {
    let case = Case::open(fair("")).await;
    assert_eq!(
        case.accept("hoa", "\"1\"").await.problem(),
        (409, "no_reread".into())
    );
    case.again(Play::Give(Box::new(better()))).await;
    assert_eq!(
        case.accept("hoa", "").await.problem(),
        (428, "if_match_required".into())
    );
    case.edit("\"1\"", edit("I.1", "max_score", "1,5")).await;
    assert_eq!(case.accept("hoa", "\"1\"").await.problem(), (412, "stale".into()));
    assert_eq!(case.rubric().await["version"], 2);
    // What was submitted is a draft again: it is no longer what is there.
    case.step("hoa", "submit").await;
    assert_eq!(case.accept("lan", "\"3\"").await.status, StatusCode::NO_CONTENT);
    assert_eq!(case.rubric().await["state"], "draft");
    assert_eq!(
        case.accept("lan", "\"4\"").await.problem(),
        (409, "no_reread".into())
    );
}

#[tokio::test]
async fn what_is_confirmed_can_be_looked_at_with_a_new_reading_and_stays_as_it_is() {
    let case = Case::open(fair("")).await;
    case.edit("\"1\"", edit("I.1", "max_score", "1,5")).await;
    case.step("hoa", "submit").await;
    case.step("minh", "confirm").await;
    let kept = (
        case.rubric().await,
        case.office.store.confirmed(&case.rubric).await.unwrap(),
        case.office.store.result(&case.document).await.unwrap(),
    );
    let mut other = better();
    other.rubrics[0].criteria[1].title = PHRASE.into();
    let ready = case.again(Play::Give(Box::new(other))).await;
    let preview = ready.json()["preview"].clone();
    assert_eq!(preview["acceptable"], false);
    assert_eq!(preview["blocks"][0]["code"], "wrong_state");
    assert!(
        !lines(&preview).is_empty(),
        "what it would read is shown all the same"
    );
    for who in ["hoa", "sep"] {
        assert_eq!(
            case.accept(who, ready.header("etag")).await.problem(),
            (409, "wrong_state".into())
        );
    }
    assert_eq!(case.discard("hoa").await.status, StatusCode::NO_CONTENT);
    let now = (
        case.rubric().await,
        case.office.store.confirmed(&case.rubric).await.unwrap(),
        case.office.store.result(&case.document).await.unwrap(),
    );
    assert_eq!(now, kept);
}
