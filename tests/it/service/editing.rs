//! Rows, rules, double keying and trying out, over HTTP.

use axum::http::StatusCode;
use serde_json::{Value, json};
use sohoa::domain::{
    Column, ColumnRole, Confidence, Document, Field, PageNo, PixelBox, Provenance, Reader, TableCell,
};

use super::office::{Answer, Office, Play, Rules, decision};

/// One rubric on the desk; each change is made on the version that the last answer named.
struct Desk {
    office: Office,
    path: String,
    etag: String,
}

impl Desk {
    async fn open() -> Self {
        Self::of(decision("a.pdf")).await
    }

    async fn of(document: Document) -> Self {
        let office = Office::open(Rules::default()).await;
        office.script.then(Play::Give(Box::new(document)));
        let (_, rubric) = office.read_document().await;
        Self {
            office,
            path: format!("/api/v1/rubrics/{rubric}"),
            etag: "\"1\"".to_owned(),
        }
    }

    async fn change(&mut self, who: &str, change: Value) -> Answer {
        let answer = self.office.patch(who, &self.path, &self.etag, change).await;
        if answer.status == StatusCode::OK {
            self.etag = answer.header("etag").to_owned();
        }
        answer
    }

    async fn ask(&self, who: &str, method: &str, tail: &str, body: Value) -> Answer {
        self.office
            .ask(who, method, &format!("{}/{tail}", self.path), body)
            .await
    }
}

/// `id < parent` of every row in order.
fn tree(answer: &Answer) -> Vec<String> {
    let body = answer.json();
    let rows = body["rubric"]["criteria"].as_array().expect("criteria");
    rows.iter()
        .map(|c| match c["parent"].as_str() {
            Some(parent) => format!("{} < {parent}", c["id"].as_str().unwrap()),
            None => c["id"].as_str().unwrap().to_owned(),
        })
        .collect()
}

#[tokio::test]
async fn rows_are_added_moved_split_merged_and_removed_and_all_can_be_taken_back() {
    let mut desk = Desk::open().await;
    let added = desk
        .change(
            "hoa",
            json!({"rows": [{"op": "add", "to": {"parent": "I", "after": "I.1"}, "kind": "criterion"}]}),
        )
        .await;
    assert_eq!(tree(&added), ["I", "I.1 < I", "I.+1 < I", "I.2 < I"]);
    let titled = desk
        .change(
            "hoa",
            json!({"edits": [{"criterion": "I.+1", "field": "title", "value": "Sáng kiến - Khen thưởng"}]}),
        )
        .await;
    assert_eq!(
        titled.json()["rubric"]["criteria"][2]["title"],
        "Sáng kiến - Khen thưởng"
    );
    let split = desk
        .change(
            "hoa",
            json!({"rows": [{"op": "split", "criterion": "I.+1", "cut": 10}]}),
        )
        .await;
    assert_eq!(tree(&split), ["I", "I.1 < I", "I.+1 < I", "I.+2 < I", "I.2 < I"]);
    let criteria = split.json()["rubric"]["criteria"].clone();
    assert_eq!(
        (&criteria[2]["title"], &criteria[3]["title"]),
        (&json!("Sáng kiến"), &json!("- Khen thưởng"))
    );
    let moved = desk
        .change(
            "hoa",
            json!({"rows": [{"op": "move", "criterion": "I.+2", "to": {"parent": "I.1"}}]}),
        )
        .await;
    assert_eq!(
        tree(&moved),
        ["I", "I.1 < I", "I.+2 < I.1", "I.+1 < I", "I.2 < I"]
    );
    let refused = |answer: Answer| answer.problem();
    let itself = json!({"rows": [{"op": "move", "criterion": "I", "to": {"parent": "I.1"}}]});
    assert_eq!(
        refused(desk.change("hoa", itself).await),
        (422, "under_itself".into())
    );
    let not_empty = json!({"rows": [{"op": "remove", "criterion": "I.1"}]});
    assert_eq!(
        refused(desk.change("hoa", not_empty).await),
        (422, "has_rows_below".into())
    );
    let two = json!({"rows": [{"op": "merge", "criterion": "I.2", "into": "I.1"}]});
    assert_eq!(refused(desk.change("hoa", two).await), (422, "two_scores".into()));

    let merged = desk
        .change(
            "hoa",
            json!({"rows": [{"op": "merge", "criterion": "I.+1", "into": "I.2"}]}),
        )
        .await;
    assert_eq!(tree(&merged), ["I", "I.1 < I", "I.+2 < I.1", "I.2 < I"]);
    assert_eq!(
        merged.json()["rubric"]["criteria"][3]["title"],
        "Sáng kiến\nBáo cáo"
    );
    let several = json!({"rows": [
        {"op": "remove", "criterion": "I.+2"},
        {"op": "recast", "criterion": "I.2", "kind": "bonus"},
    ]});
    let gone = desk.change("hoa", several).await;
    assert_eq!(tree(&gone), ["I", "I.1 < I", "I.2 < I"]);
    assert_eq!(gone.json()["rubric"]["criteria"][2]["kind"], "bonus");

    // Half of a change is not made: the second row is unknown.
    let half =
        json!({"rows": [{"op": "remove", "criterion": "I.1"}, {"op": "remove", "criterion": "nowhere"}]});
    assert_eq!(
        refused(desk.change("hoa", half).await),
        (422, "unknown_criterion".into())
    );

    for _ in 0..7 {
        let undone = desk.change("lan", json!({"undo": true})).await;
        assert_eq!(undone.status, StatusCode::OK);
    }
    let back = desk.office.get("lan", &desk.path).await;
    assert_eq!(tree(&back), ["I", "I.1 < I", "I.2 < I"]);
    assert_eq!(back.json()["can_undo"], false);
    let history = desk.ask("lan", "GET", "history", Value::Null).await.json();
    let moved = &history["events"][3];
    assert_eq!(
        (&moved["kind"], &moved["from"]["parent"], &moved["to"]["parent"]),
        (&json!("row_moved"), &json!("I"), &json!("I.1"))
    );
}

#[tokio::test]
async fn rules_are_tried_in_words_then_kept_and_scored() {
    let mut desk = Desk::open().await;
    let words = "Từ 80% trở lên: 2 điểm\nDưới 70%: 0 điểm";
    let tried = desk
        .ask(
            "hoa",
            "POST",
            "rules",
            json!({"criterion": "I.1", "words": words}),
        )
        .await
        .json();
    assert_eq!(tried["rules"][0]["type"], "band");
    assert_eq!((&tried["most"], &tried["words"]), (&json!("2"), &json!(words)));
    let codes: Vec<&str> = tried["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["band_gap"]);
    // Nothing was kept.
    let now = desk.office.get("hoa", &desk.path).await.json();
    assert_eq!(
        (&now["version"], &now["rubric"]["criteria"][1]["rules"]),
        (&json!(1), &json!([]))
    );

    let whole = "Từ 80% trở lên: 2 điểm\nDưới 80%: 0,5 điểm";
    let kept = desk
        .change("hoa", json!({"rules": {"criterion": "I.1", "words": whole}}))
        .await
        .json();
    assert_eq!(
        kept["rubric"]["criteria"][1]["rules"].as_array().unwrap().len(),
        2
    );
    let person = &kept["rubric"]["criteria"][1]["provenance"];
    assert!(
        person
            .as_array()
            .unwrap()
            .iter()
            .any(|p| p["field"] == "rules" && p["readers"] == json!(["person"])),
        "{person}"
    );
    // As a structure: what came out goes in again.
    let mut rules = kept["rubric"]["criteria"][1]["rules"].clone();
    rules[1]["award"]["points"] = json!("1");
    let structured = desk
        .change("hoa", json!({"rules": {"criterion": "I.1", "rules": rules}}))
        .await
        .json();
    assert_eq!(structured["rubric"]["criteria"][1]["rules"], rules);
    let damaged = json!({"rules": {"criterion": "I.1", "rules": [{"type": "band", "lower": "viel"}]}});
    assert_eq!(
        desk.change("hoa", damaged).await.problem(),
        (400, "bad_request".into())
    );

    let scored = desk
        .ask(
            "hoa",
            "POST",
            "score",
            json!({"I.1": {"value": "79,5"}, "I.2": {"points": "3"}}),
        )
        .await
        .json();
    assert_eq!(scored["total"], "4");
    let line = &scored["criteria"][1];
    assert_eq!((&line["points"], &line["rule"]), (&json!("1"), &json!(1)));
    assert!(line["trace"].as_str().unwrap().contains('1'), "{line}");
    let refused = desk
        .ask("hoa", "POST", "score", json!({"I.1": {"value": "-3"}}))
        .await
        .json();
    assert_eq!(
        (&refused["refused"], &refused["criteria"][1]["points"]),
        (&json!(1), &Value::Null)
    );
    let nonsense = desk.ask("hoa", "POST", "score", json!({"I.1": 3})).await;
    assert_eq!(nonsense.problem(), (400, "bad_request".into()));
}

#[tokio::test]
async fn scores_are_typed_twice_by_somebody_who_did_not_see_them() {
    let mut desk = Desk::open().await;
    let early = json!({"keyed": [{"criterion": "I.1", "field": "max_score", "value": "2"}]});
    assert_eq!(
        desk.change("lan", early).await.problem(),
        (422, "keying_not_asked".into())
    );
    let asked = desk.change("hoa", json!({"keying": true})).await.json();
    assert_eq!(asked["keying"], true);
    let edited = json!({"edits": [{"criterion": "I.2", "field": "max_score", "value": "8"}]});
    desk.change("hoa", edited).await;

    // Hoa wrote one of them, so it is not hers to type; nobody is told what stands there.
    let left = |answer: Answer| -> Vec<String> {
        let body = answer.json();
        let left = body["left"].as_array().unwrap().clone();
        assert!(left.iter().all(|l| l.get("value").is_none()), "{left:?}");
        left.iter()
            .map(|l| l["criterion"].as_str().unwrap().to_owned())
            .collect()
    };
    let of_hoa = left(desk.ask("hoa", "GET", "keying", Value::Null).await);
    assert_eq!(of_hoa, ["I", "I.1"]);
    let of_lan = left(desk.ask("lan", "GET", "keying", Value::Null).await);
    assert_eq!(of_lan, ["I", "I.1", "I.2"]);
    let own = json!({"keyed": [{"criterion": "I.2", "field": "max_score", "value": "8"}]});
    assert_eq!(
        desk.change("hoa", own).await.problem(),
        (403, "not_unseen".into())
    );
    let submit = desk.ask("hoa", "POST", "submit", Value::Null).await;
    assert_eq!(submit.problem(), (422, "keying_left".into()));

    let keyed = json!({"keyed": [
        {"criterion": "I", "field": "max_score", "value": "5"},
        {"criterion": "I.1", "field": "max_score", "value": "2"},
        {"criterion": "I.2", "field": "max_score", "value": "3"},
    ]});
    let differing = desk.change("lan", keyed).await.json();
    let doubts: Vec<(&str, &Value)> = differing["doubtful"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|d| d["reason"].as_str().unwrap().contains("lan"))
        .map(|d| (d["criterion"].as_str().unwrap(), &d["candidates"]))
        .collect();
    assert_eq!(doubts, [("I.2", &json!(["8", "3"]))]);
    // What was typed the same twice is settled; the difference has to be, before it goes on.
    let submit = desk.ask("hoa", "POST", "submit", Value::Null).await;
    assert_eq!(submit.problem(), (422, "keying_left".into()));
    let settled = json!({"edits": [{"criterion": "I.2", "field": "max_score", "value": "3"}]});
    let settled = desk.change("hoa", settled).await.json();
    assert_eq!(settled["doubtful"], json!([]));
    let submit = desk.ask("hoa", "POST", "submit", Value::Null).await.json();
    assert_eq!(submit["state"], "submitted");
}

/// The decision with two columns more: notes, and one of no known kind with one cell in it.
fn with_columns() -> Document {
    let mut document = decision("a.pdf");
    let title = PixelBox::new(400, 800, 1500, 860);
    let rubric = &mut document.rubrics[0];
    rubric.columns = [
        ("STT", ColumnRole::Number),
        ("NỘI DUNG", ColumnRole::Title),
        ("ĐIỂM", ColumnRole::MaxScore),
        ("GHI CHÚ", ColumnRole::Notes),
        ("SỔ SÁCH", ColumnRole::Other),
    ]
    .map(|(header, role)| Column {
        header: header.to_owned(),
        role,
    })
    .to_vec();
    rubric.criteria[1].provenance.push(Provenance {
        field: Field::Title,
        page: PageNo::FIRST,
        bbox: title,
        raw: "Kế hoạch".to_owned(),
        confidence: Confidence::CERTAIN,
        readers: vec![Reader::LineReader],
        candidates: Vec::new(),
        restored_by: None,
        doubtful: false,
    });
    let table = &mut document.tables[0];
    table
        .header
        .extend(["GHI CHÚ", "SỔ SÁCH"].map(TableCell::from_text));
    for row in &mut table.rows {
        row.cells
            .extend([TableCell::from_text(""), TableCell::from_text("")]);
    }
    let row = &mut table.rows[1].cells;
    row[1].places = vec![(PageNo::FIRST, PixelBox::new(390, 790, 1520, 870))];
    row[4] = TableCell {
        places: vec![(PageNo::FIRST, PixelBox::new(1900, 800, 2300, 860))],
        ..TableCell::from_text("Sổ theo dõi")
    };
    document
}

#[tokio::test]
async fn a_column_taken_for_another_is_put_right_for_all_rows_at_once() {
    let mut desk = Desk::of(with_columns()).await;
    for (criterion, words) in [("I.1", "Từ 80% trở lên: 2 điểm"), ("I.2", "Báo cáo quý")] {
        let edit = json!({"edits": [{"criterion": criterion, "field": "notes", "value": words}]});
        desk.change("hoa", edit).await;
    }
    let unknown = json!({"column": {"column": 9, "role": "evidence"}});
    assert_eq!(
        desk.change("hoa", unknown).await.problem(),
        (422, "unknown_column".into())
    );
    let fixed = json!({"column": {"column": 1, "role": "notes"}});
    assert_eq!(
        desk.change("hoa", fixed).await.problem(),
        (422, "unknown_column".into())
    );

    let moved = desk
        .change("hoa", json!({"column": {"column": 3, "role": "rule"}}))
        .await
        .json();
    let criteria = &moved["rubric"]["criteria"];
    assert_eq!(moved["rubric"]["columns"][3]["role"], "rule");
    assert_eq!(
        (&criteria[1]["notes"], &criteria[1]["rules"][0]["type"]),
        (&json!(""), &json!("band"))
    );
    // No word is lost where no grammar fits, and a person is to look at what was turned into rules.
    assert_eq!(
        criteria[2]["rules"][0],
        json!({"type": "text", "text": "Báo cáo quý"})
    );

    // A text that is no number stays where it was.
    let score = desk.change("hoa", json!({"undo": true})).await;
    assert_eq!(
        score.json()["rubric"]["criteria"][1]["notes"],
        "Từ 80% trở lên: 2 điểm"
    );
    let kept = desk
        .change("hoa", json!({"column": {"column": 3, "role": "bonus"}}))
        .await
        .json();
    assert_eq!(kept["rubric"]["criteria"][2]["notes"], "Báo cáo quý");
    let undone = desk.change("hoa", json!({"undo": true})).await.json();
    assert_eq!(undone["rubric"]["columns"][3]["role"], "notes");

    // A column that the criteria had nothing of: its cells come from the table.
    let other = desk
        .change("hoa", json!({"column": {"column": 4, "role": "evidence"}}))
        .await
        .json();
    let criterion = &other["rubric"]["criteria"][1];
    assert_eq!(criterion["evidence"], "Sổ theo dõi");
    let doubted = other["doubtful"].as_array().unwrap().iter();
    let doubted: Vec<&Value> = doubted.filter(|d| d["field"] == "evidence").collect();
    assert_eq!(
        (doubted.len(), &doubted[0]["box"]),
        (1, &json!([1900, 800, 2300, 860]))
    );
}

#[tokio::test]
async fn a_cell_of_two_megabytes_is_refused_and_nothing_is_lost() {
    let mut desk = Desk::open().await;
    let edit = |value: &str| json!({"edits": [{"criterion": "I.1", "field": "evidence", "value": value}]});
    assert_eq!(desk.change("lan", edit("Báo cáo")).await.status, StatusCode::OK);
    let before = desk.etag.clone();
    for (long, status, code) in [(2 << 20, 413, "too_large"), (300_000, 422, "too_long")] {
        let refused = desk.change("lan", edit(&"x".repeat(long))).await;
        assert_eq!(refused.problem(), (status, code.to_owned()), "{long}");
    }
    assert_eq!(desk.etag, before);
    let now = desk.office.get("lan", &desk.path).await.json();
    let rows = now["rubric"]["criteria"].as_array().unwrap();
    let row = rows.iter().find(|row| row["id"] == "I.1").unwrap();
    assert_eq!(row["evidence"], "Báo cáo");
}
