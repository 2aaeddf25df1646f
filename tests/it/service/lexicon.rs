use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};
use sohoa::domain::{Document, Field};

use super::office::{Answer, Office, Rules, request};
use super::script::{Play, decision};

/// A decision whose criteria have words worth knowing.
fn form(file: &str) -> Document {
    let mut document = decision(file);
    document.metadata.number = Some("1420/KH-UBND".into());
    let rubric = &mut document.rubrics[0];
    rubric.title = "Bảng tiêu chí xóm kiểu mẫu".into();
    rubric.criteria[1].title = "Tổ chức hội chợ quê".into();
    rubric.criteria[1].evidence = "Biên bản nghiệm thu hội chợ\nNguyễn Văn An\n12,5".into();
    rubric.criteria[1].provenance[0].field = Field::Title;
    document
}

impl Office {
    /// Reads `document` from `bytes` and has its rubric confirmed; the rubric's id.
    async fn confirmed(&self, bytes: &[u8], document: Document) -> String {
        self.script.then(Play::Give(Box::new(document)));
        let id = self.document(bytes).await;
        let (_, last) = self.follow(&id).await.pop().unwrap();
        let rubric = last["rubrics"][0]["id"].as_str().unwrap().to_owned();
        for (who, step) in [("hoa", "submit"), ("minh", "confirm")] {
            let path = format!("/api/v1/rubrics/{rubric}/{step}");
            let answer = self.ask(who, "POST", &path, Value::Null).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.json());
        }
        rubric
    }

    async fn proposals(&self, query: &str) -> Vec<Value> {
        let answer = self
            .get("hoa", &format!("/api/v1/lexicon/proposals{query}"))
            .await;
        answer.json()["proposals"].as_array().unwrap().clone()
    }

    async fn decide(&self, who: &str, phrase: &Value, body: Value) -> Answer {
        let id = phrase["id"].as_str().unwrap();
        self.ask(who, "POST", &format!("/api/v1/lexicon/proposals/{id}"), body)
            .await
    }

    async fn import(&self, who: &str, file: &[u8]) -> Answer {
        let mut request: Request<Body> = request(who, "POST", "/api/v1/lexicon/import", &[], Value::Null);
        let kind = "text/plain; charset=utf-8".parse().unwrap();
        request.headers_mut().insert(header::CONTENT_TYPE, kind);
        *request.body_mut() = Body::from(file.to_vec());
        self.send(request).await
    }
}

fn phrases(list: &[Value]) -> Vec<&str> {
    list.iter().map(|p| p["phrase"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_confirmed_rubric_proposes_and_a_maintainer_decides() {
    let office = Office::open(Rules::default()).await;
    assert!(office.proposals("").await.is_empty());
    let rubric = office.confirmed(b"%PDF-1.7 one", form("một.pdf")).await;
    let list = office.proposals("").await;
    let found = phrases(&list);
    for expect in [
        "Bảng tiêu chí xóm kiểu mẫu",
        "Tổ chức hội chợ quê",
        "Biên bản nghiệm thu hội chợ",
    ] {
        assert!(found.contains(&expect), "{expect} in {found:?}");
    }
    for not in ["Nguyễn Văn An", "12,5", "Kế hoạch"] {
        assert!(!found.contains(&not), "{not} in {found:?}");
    }
    let fair = list
        .iter()
        .find(|p| p["phrase"] == "Tổ chức hội chợ quê")
        .unwrap();
    assert_eq!(
        (
            &fair["state"],
            &fair["source"],
            &fair["rubric_id"],
            &fair["criterion"]
        ),
        (
            &json!("proposed"),
            &json!("1420/KH-UBND"),
            &json!(rubric),
            &json!("I.1")
        )
    );
    assert_eq!(
        (&fair["page"], &fair["box"]),
        (&json!(1), &json!([1700, 900, 1760, 940]))
    );

    // A clerk looks, and does not decide.
    let accept = json!({"decision": "accept"});
    assert_eq!(
        office.decide("hoa", fair, accept.clone()).await.problem(),
        (403, "forbidden".into())
    );
    assert_eq!(office.proposals("").await, list);

    let accepted = office.decide("lan", fair, accept.clone()).await.json();
    assert_eq!(
        (&accepted["state"], &accepted["decided_by"]),
        (&json!("accepted"), &json!("lan"))
    );
    // Decided once: the other maintainer's list was old.
    assert_eq!(
        office.decide("minh", fair, accept).await.problem(),
        (409, "phrase_settled".into())
    );
    let minutes = list
        .iter()
        .find(|p| p["phrase"] == "Biên bản nghiệm thu hội chợ")
        .unwrap();
    let taken = json!({"decision": "edit", "phrase": "tổ chức hội chợ quê"});
    assert_eq!(
        office.decide("lan", minutes, taken).await.problem(),
        (409, "phrase_known".into())
    );
    for bad in [
        json!({"decision": "edit", "phrase": "12,5"}),
        json!({"decision": "edit", "phrase": "x\u{202e}y"}),
    ] {
        assert_eq!(
            office.decide("lan", minutes, bad).await.problem(),
            (422, "bad_phrase".into())
        );
    }
    for bad in [
        json!({"decision": "burn"}),
        json!({"decision": "edit"}),
        json!({"decision": "accept", "phrase": "a b"}),
    ] {
        assert_eq!(office.decide("lan", minutes, bad).await.problem().0, 400);
    }
    let edited = json!({"decision": "edit", "phrase": "Biên bản nghiệm thu hội chợ xuân"});
    assert_eq!(
        office.decide("lan", minutes, edited).await.json()["state"],
        "edited"
    );
    let title = list
        .iter()
        .find(|p| p["phrase"] == "Bảng tiêu chí xóm kiểu mẫu")
        .unwrap();
    assert_eq!(
        office
            .decide("minh", title, json!({"decision": "reject"}))
            .await
            .json()["state"],
        "rejected"
    );

    let path = format!(
        "/api/v1/lexicon/proposals/{}/history",
        minutes["id"].as_str().unwrap()
    );
    let events = office.get("hoa", &path).await.json()["events"].clone();
    let seen: Vec<(&str, &str)> = events
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (e["kind"].as_str().unwrap(), e["phrase"].as_str().unwrap()))
        .collect();
    assert_eq!(
        seen,
        [
            ("proposed", "Biên bản nghiệm thu hội chợ"),
            ("edited", "Biên bản nghiệm thu hội chợ xuân")
        ]
    );

    // The same words again, from another document, are proposed to nobody.
    office.confirmed(b"%PDF-1.7 two", form("hai.pdf")).await;
    assert!(!phrases(&office.proposals("").await).contains(&"Tổ chức hội chợ quê"));
    assert!(!phrases(&office.proposals("").await).contains(&"Bảng tiêu chí xóm kiểu mẫu"));
    // Found with and without marks.
    assert_eq!(
        phrases(&office.proposals("?state=all&q=hoi%20cho%20que").await),
        ["Tổ chức hội chợ quê"]
    );
    assert!(
        office
            .proposals("?state=all&q=h%E1%BB%8Di%20cho")
            .await
            .is_empty()
    );
    assert_eq!(
        office
            .get("hoa", "/api/v1/lexicon/proposals?state=x")
            .await
            .problem()
            .0,
        400
    );
}

#[tokio::test]
async fn what_is_accepted_is_read_with_and_every_version_can_be_had_again() {
    let office = Office::open(Rules::default()).await;
    office.confirmed(b"%PDF-1.7 one", form("một.pdf")).await;
    let empty = office.get("hoa", "/api/v1/lexicon").await;
    assert_eq!(
        (empty.json()["version"].clone(), empty.json()["phrases"].clone()),
        (json!(0), json!([]))
    );
    let list = office.proposals("").await;
    for phrase in &list[..2] {
        office.decide("lan", phrase, json!({"decision": "accept"})).await;
    }
    let now = office.get("hoa", "/api/v1/lexicon").await;
    let body = now.json();
    assert_eq!(
        (&body["version"], body["phrases"].as_array().unwrap().len()),
        (&json!(2), 2)
    );
    assert_eq!(
        now.header("etag"),
        format!("\"{}\"", body["sha256"].as_str().unwrap())
    );
    let again = request(
        "hoa",
        "GET",
        "/api/v1/lexicon",
        &[("if-none-match", now.header("etag"))],
        Value::Null,
    );
    assert_eq!(office.send(again).await.status, StatusCode::NOT_MODIFIED);
    let text = office.get("hoa", "/api/v1/lexicon?format=txt").await;
    assert_eq!(text.header("content-type"), "text/plain; charset=utf-8");
    let text = String::from_utf8(text.body).unwrap();
    assert!(
        text.contains("# from 1420/KH-UBND\n# approved by lan on 2024-03-26\n"),
        "{text}"
    );

    // The next document is read with exactly that file.
    let second = office.document(b"%PDF-1.7 second").await;
    office.follow(&second).await;
    let read_with = office.script.dictionaries.lock().unwrap().clone();
    assert_eq!(read_with, ["", text.as_str()]);

    let used = office.proposals("?state=accepted").await;
    office
        .decide("minh", &used[0], json!({"decision": "retire"}))
        .await;
    assert_eq!(office.get("hoa", "/api/v1/lexicon").await.json()["version"], 3);
    let before = office.get("hoa", "/api/v1/lexicon?version=2&format=txt").await;
    assert_eq!(String::from_utf8(before.body).unwrap(), text);
    assert_eq!(
        office.get("hoa", "/api/v1/lexicon?version=4").await.problem().0,
        404
    );
    assert_eq!(
        office.get("hoa", "/api/v1/lexicon?format=pdf").await.problem(),
        (422, "unknown_format".into())
    );
    let steps = office.get("hoa", "/api/v1/lexicon/versions").await.json();
    let kinds: Vec<&str> = steps["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["retired", "accepted", "accepted"]);
}

#[tokio::test]
async fn a_file_is_taken_in_whole_or_not_at_all() {
    let office = Office::open(Rules::default()).await;
    office.confirmed(b"%PDF-1.7 one", form("một.pdf")).await;
    let before = office.get("hoa", "/api/v1/lexicon").await.json();
    let all = office.proposals("?state=all").await;
    let damaged = "# from 7/QĐ\nPhiên chợ vùng cao\n12,5\nPhiên chợ vùng cao\n".as_bytes();
    assert_eq!(
        office.import("hoa", damaged).await.problem(),
        (403, "forbidden".into())
    );
    let refused = office.import("lan", damaged).await;
    assert_eq!(refused.problem(), (422, "damaged_lexicon".into()));
    let detail = refused.json()["detail_vi"].as_str().unwrap().to_owned();
    assert!(detail.contains("dòng 3 (no_word), dòng 4 (repeated)"), "{detail}");
    assert_eq!(
        office.import("lan", b"a b\n\xff\n").await.problem(),
        (422, "damaged_lexicon".into())
    );
    assert_eq!(
        office.import("lan", b"").await.problem(),
        (422, "damaged_lexicon".into())
    );
    assert_eq!(
        office.import("lan", &vec![b'a'; 2 << 20]).await.problem(),
        (413, "too_large".into())
    );
    assert_eq!(office.get("hoa", "/api/v1/lexicon").await.json(), before);
    assert_eq!(office.proposals("?state=all").await, all);

    // One new, one that was only proposed, one that the program has.
    let file = "# from 7/QĐ\nPhiên chợ vùng cao\nTổ chức hội chợ quê\nHồ sơ minh chứng\n".as_bytes();
    let done = office.import("lan", file).await.json();
    assert_eq!(done["version"], 1);
    assert_eq!(
        done["added"].as_u64().unwrap() + done["known"].as_u64().unwrap(),
        3
    );
    let text = office.get("hoa", "/api/v1/lexicon?format=txt").await.body;
    // What was exported is imported again without a change.
    let again = office.import("minh", &text).await.json();
    assert_eq!((&again["added"], &again["version"]), (&json!(0), &json!(1)));
    let words = String::from_utf8(text).unwrap();
    assert!(
        words.contains("Phiên chợ vùng cao") && words.contains("Tổ chức hội chợ quê"),
        "{words}"
    );
}

#[tokio::test]
async fn accepting_tells_what_may_read_differently_and_changes_nothing() {
    let office = Office::open(Rules::default()).await;
    office.confirmed(b"%PDF-1.7 one", form("một.pdf")).await;
    // Read without knowing the phrase: a draft, one that is confirmed, and one that has nothing of it.
    let mut misread = decision("nháp.pdf");
    misread.text = "Thang điểm\n2. Tố chưc hôi chợ quê\nBáo cáo".into();
    office.script.then(Play::Give(Box::new(misread.clone())));
    let draft = office.document(b"%PDF-1.7 two").await;
    office.follow(&draft).await;
    let official = office.confirmed(b"%PDF-1.7 three", misread).await;
    let other = office.document(b"%PDF-1.7 four").await;
    office.follow(&other).await;
    let (results, rubric) = (
        office.store.result(&draft).await.unwrap(),
        office.store.confirmed(&official).await.unwrap(),
    );

    let list = office.proposals("").await;
    let fair = list
        .iter()
        .find(|p| p["phrase"] == "Tổ chức hội chợ quê")
        .unwrap();
    let decided = office
        .decide("lan", fair, json!({"decision": "accept"}))
        .await
        .json();
    let affected = decided["affected"].as_array().unwrap();
    let seen: Vec<(&str, &str, bool)> = affected
        .iter()
        .map(|a| {
            (
                a["file"].as_str().unwrap(),
                a["line"].as_str().unwrap(),
                a["queued"].as_bool().unwrap(),
            )
        })
        .collect();
    let line = "2. Tố chưc hôi chợ quê";
    assert_eq!(
        seen,
        [("quyết định.pdf", line, false), ("quyết định.pdf", line, true)]
    );
    assert_eq!(affected[1]["document_id"], json!(draft));
    // Nothing was read again, nothing that is confirmed changed.
    assert_eq!(office.store.result(&draft).await.unwrap(), results);
    assert_eq!(office.store.confirmed(&official).await.unwrap(), rubric);

    let waiting = office.get("hoa", "/api/v1/lexicon/looks").await.json()["looks"].clone();
    assert_eq!(waiting.as_array().unwrap().len(), 1);
    assert_eq!(
        (&waiting[0]["document_id"], &waiting[0]["phrase"]),
        (&json!(draft), &fair["phrase"])
    );
    let look = json!({"phrase_id": fair["id"], "document_id": draft});
    let looked = office
        .ask("hoa", "POST", "/api/v1/lexicon/looks", look.clone())
        .await;
    assert_eq!(looked.status, StatusCode::NO_CONTENT);
    assert_eq!(
        office
            .ask("hoa", "POST", "/api/v1/lexicon/looks", look)
            .await
            .problem()
            .0,
        404
    );
    assert_eq!(
        office.get("hoa", "/api/v1/lexicon/looks").await.json()["looks"],
        json!([])
    );

    // What is rejected affects nothing.
    let decided = office
        .decide("lan", &list[0], json!({"decision": "reject"}))
        .await
        .json();
    assert_eq!(decided["affected"], json!([]));
}
