use axum::http::StatusCode;
use serde_json::{Value, json};

use super::office::{Office, Play, Rules, request};

#[tokio::test]
async fn a_clerk_corrects_and_submits_and_somebody_else_confirms() {
    let office = Office::open(Rules::default()).await;
    let (document, rubric) = office.read_document().await;
    let path = format!("/api/v1/rubrics/{rubric}");

    let first = office.get("hoa", &path).await;
    assert_eq!((first.status, first.header("etag")), (StatusCode::OK, "\"1\""));
    let body = first.json();
    assert_eq!(
        (&body["document_id"], &body["state"]),
        (&json!(document), &json!("draft"))
    );
    assert_eq!(body["can_undo"], false);
    let doubt = &body["doubtful"][0];
    assert_eq!(
        (&doubt["criterion"], &doubt["field"], &doubt["value"]),
        (&json!("I.2"), &json!("max_score"), &json!("3"))
    );
    assert_eq!(
        (&doubt["box"], &doubt["candidates"]),
        (&json!([1700, 900, 1760, 940]), &json!(["3", "8"]))
    );
    assert!(doubt["reason"].as_str().unwrap().contains("không khớp"));

    let edit = json!({"edits": [{"criterion": "I.1", "field": "max_score", "value": "1,5"}]});
    let edited = office.patch("hoa", &path, "\"1\"", edit.clone()).await;
    assert_eq!((edited.status, edited.header("etag")), (StatusCode::OK, "\"2\""));
    assert_eq!(edited.json()["rubric"]["criteria"][1]["max_score"], "1.5");
    assert_eq!(edited.json()["can_undo"], true);

    let accept = json!({"accept": [{"criterion": "I.2", "field": "max_score"}]});
    let accepted = office.patch("hoa", &path, "\"2\"", accept).await;
    let doubted = accepted.json()["doubtful"].clone();
    assert!(
        !doubted
            .as_array()
            .unwrap()
            .iter()
            .any(|d| d["criterion"] == "I.2"),
        "{doubted}"
    );
    let undone = office.patch("hoa", &path, "\"3\"", json!({"undo": true})).await;
    let doubted = undone.json()["doubtful"].clone();
    assert!(
        doubted
            .as_array()
            .unwrap()
            .iter()
            .any(|d| d["criterion"] == "I.2"),
        "{doubted}"
    );
    assert_eq!(undone.json()["rubric"]["criteria"][1]["max_score"], "1.5");

    // Who may confirm: a maintainer, and not the submitter.
    let step = async |who: &str, step: &str| {
        office
            .ask(who, "POST", &format!("{path}/{step}"), Value::Null)
            .await
    };
    assert_eq!(
        step("minh", "confirm").await.problem(),
        (409, "wrong_state".into())
    );
    assert_eq!(step("lan", "submit").await.json()["state"], "submitted");
    assert_eq!(
        office.patch("hoa", &path, "\"5\"", edit).await.problem(),
        (409, "wrong_state".into())
    );
    assert_eq!(step("hoa", "confirm").await.problem(), (403, "forbidden".into()));
    assert_eq!(
        step("lan", "confirm").await.problem(),
        (403, "same_person".into())
    );
    let empty = office
        .ask("minh", "POST", &format!("{path}/return"), json!({"comment": " "}))
        .await;
    assert_eq!(empty.problem(), (422, "empty_comment".into()));
    let returned = office
        .ask(
            "minh",
            "POST",
            &format!("{path}/return"),
            json!({"comment": "xem lại mục 2"}),
        )
        .await;
    assert_eq!(
        (&returned.json()["state"], &returned.json()["comment"]),
        (&json!("returned"), &json!("xem lại mục 2"))
    );
    assert_eq!(step("hoa", "submit").await.json()["submitted_by"], "hoa");
    let confirmed = step("minh", "confirm").await.json();
    assert_eq!(
        (&confirmed["state"], &confirmed["confirmed_by"]),
        (&json!("confirmed"), &json!("minh"))
    );
    assert_eq!(step("lan", "submit").await.problem(), (409, "wrong_state".into()));

    let history = office.get("hoa", &format!("{path}/history")).await.json();
    let seen: Vec<(&str, &str)> = history["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (e["kind"].as_str().unwrap(), e["author"].as_str().unwrap()))
        .collect();
    let expect = [
        ("edited", "hoa"),
        ("accepted", "hoa"),
        ("undone", "hoa"),
        ("submitted", "lan"),
        ("returned", "minh"),
        ("submitted", "hoa"),
        ("confirmed", "minh"),
    ];
    assert_eq!(seen, expect);
    let edit = &history["events"][0];
    assert_eq!(
        (&edit["before"], &edit["after"], &edit["criterion"]),
        (&json!("2"), &json!("1.5"), &json!("I.1"))
    );
    assert_eq!(edit["at"], "2024-03-26T00:00:00Z");
    let kept = office.store.confirmed(&rubric).await.unwrap().unwrap();
    assert_eq!((kept.confirmed_by.as_str(), kept.event_seq), ("minh", 7));
    assert!(kept.rubric_json.contains("\"1.5\""));
    let list = office
        .get("hoa", "/api/v1/documents?state=confirmed")
        .await
        .json();
    assert_eq!(list["documents"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_change_needs_the_version_that_was_seen() {
    let office = Office::open(Rules::default()).await;
    let (_, rubric) = office.read_document().await;
    let path = format!("/api/v1/rubrics/{rubric}");
    let edit = |value: &str| json!({"edits": [{"criterion": "I.1", "field": "notes", "value": value}]});
    assert_eq!(
        office.ask("hoa", "PATCH", &path, edit("a")).await.problem(),
        (428, "if_match_required".into())
    );
    assert_eq!(
        office.patch("hoa", &path, "\"1\"", edit("a")).await.status,
        StatusCode::OK
    );
    assert_eq!(
        office.patch("lan", &path, "\"1\"", edit("b")).await.problem(),
        (412, "stale".into())
    );
    let submit = request(
        "lan",
        "POST",
        &format!("{path}/submit"),
        &[("if-match", "\"1\"")],
        Value::Null,
    );
    assert_eq!(office.send(submit).await.problem(), (412, "stale".into()));
    let now = office.get("hoa", &path).await;
    assert_eq!(
        (now.header("etag"), &now.json()["rubric"]["criteria"][1]["notes"]),
        ("\"2\"", &json!("a"))
    );
    // Typing what stands there is no change.
    let same = office.patch("hoa", &path, "\"2\"", edit("a")).await;
    assert_eq!((same.status, same.header("etag")), (StatusCode::OK, "\"2\""));
}

#[tokio::test]
async fn bad_changes_are_problems_and_change_nothing() {
    let office = Office::open(Rules::default()).await;
    let (_, rubric) = office.read_document().await;
    let path = format!("/api/v1/rubrics/{rubric}");
    let check = async |body: Value, status: u16, code: &str| {
        let answer = office.patch("hoa", &path, "\"1\"", body.clone()).await;
        assert_eq!(answer.problem(), (status, code.to_owned()), "{body}");
    };
    check(json!({}), 400, "bad_request").await;
    check(json!({"edits": []}), 400, "bad_request").await;
    check(
        json!({"undo": true, "edits": [{"criterion": "I.1", "field": "title", "value": "x"}]}),
        400,
        "bad_request",
    )
    .await;
    check(
        json!({"edits": [{"criterion": "I.1", "field": "colour", "value": "x"}]}),
        400,
        "bad_request",
    )
    .await;
    check(
        json!({"edits": [{"criterion": "I.9", "field": "title", "value": "x"}]}),
        422,
        "unknown_criterion",
    )
    .await;
    check(
        json!({"edits": [{"criterion": "I.1", "field": "max_score", "value": "nhiều"}]}),
        422,
        "not_a_number",
    )
    .await;
    check(json!({"undo": true}), 409, "nothing_to_undo").await;
    // One bad edit among good ones: none is kept.
    let mixed = json!({"edits": [
        {"criterion": "I.1", "field": "notes", "value": "tốt"},
        {"criterion": "I.9", "field": "notes", "value": "x"},
    ]});
    check(mixed, 422, "unknown_criterion").await;
    let now = office.get("hoa", &path).await;
    assert_eq!(
        (now.header("etag"), &now.json()["rubric"]["criteria"][1]["notes"]),
        ("\"1\"", &json!(""))
    );
    assert_eq!(
        office.get("hoa", "/api/v1/rubrics/none").await.problem(),
        (404, "not_found".into())
    );
}

#[tokio::test]
async fn findings_follow_the_edits() {
    let office = Office::open(Rules::default()).await;
    let (_, rubric) = office.read_document().await;
    let path = format!("/api/v1/rubrics/{rubric}");
    let mismatches = |body: &Value| {
        let findings = body["rubric"]["findings"].as_array().unwrap();
        findings.iter().filter(|f| f["code"] == "sum_mismatch").count()
    };
    assert_eq!(mismatches(&office.get("hoa", &path).await.json()), 0);
    let edit = |value: &str| json!({"edits": [{"criterion": "I.1", "field": "max_score", "value": value}]});
    let wrong = office.patch("hoa", &path, "\"1\"", edit("4")).await.json();
    assert_eq!(
        mismatches(&wrong),
        1,
        "5 over 4 and 3: {}",
        wrong["rubric"]["findings"]
    );
    assert_eq!(mismatches(&office.get("hoa", &path).await.json()), 1);
    let listed = office.get("hoa", "/api/v1/documents").await.json();
    assert!(listed["documents"][0]["errors"].as_u64().unwrap() > 0, "{listed}");
    assert_eq!(
        mismatches(&office.patch("hoa", &path, "\"2\"", edit("2")).await.json()),
        0
    );
}

#[tokio::test]
async fn an_export_is_a_draft_until_it_is_confirmed() {
    let office = Office::open(Rules::default()).await;
    let (_, rubric) = office.read_document().await;
    let path = format!("/api/v1/rubrics/{rubric}");
    let export = async |format: &str| office.get("hoa", &format!("{path}/export?format={format}")).await;
    let draft = export("json").await;
    assert_eq!(
        (draft.json()["status"].as_str(), draft.header("content-type")),
        (Some("draft"), "application/json")
    );
    assert!(draft.header("content-disposition").starts_with("attachment; "));
    assert!(
        String::from_utf8(export("md").await.body)
            .unwrap()
            .contains("BẢN NHÁP")
    );
    assert_eq!(export("xlsx").await.body[..2], *b"PK");
    assert_eq!(export("docx").await.body[..2], *b"PK");
    let edit = json!({"edits": [{"criterion": "I.1", "field": "title", "value": "Kế hoạch năm"}]});
    office.patch("hoa", &path, "\"1\"", edit).await;
    assert!(
        String::from_utf8(export("csv").await.body)
            .unwrap()
            .contains("Kế hoạch năm")
    );
    office
        .ask("hoa", "POST", &format!("{path}/submit"), Value::Null)
        .await;
    assert_eq!(export("json").await.json()["status"], "draft");
    office
        .ask("minh", "POST", &format!("{path}/confirm"), Value::Null)
        .await;
    let confirmed = export("json").await.json();
    assert_eq!(confirmed["status"], "confirmed");
    assert_eq!(confirmed["rubrics"][0]["criteria"][1]["title"], "Kế hoạch năm");
    assert!(
        !String::from_utf8(export("md").await.body)
            .unwrap()
            .contains("BẢN NHÁP")
    );
    assert_eq!(export("pdf").await.problem(), (422, "unknown_format".into()));
    assert_eq!(export("odt").await.problem(), (422, "unknown_format".into()));
}

#[tokio::test]
async fn a_document_is_exported_as_it_was_read() {
    let office = Office::open(Rules::default()).await;
    office.script.then(Play::Wait);
    let waiting = office.document(b"%PDF-1.7 other").await;
    let of = |id: &str, format: &str| format!("/api/v1/documents/{id}/export?format={format}");
    assert_eq!(
        office.get("hoa", &of(&waiting, "pdf")).await.problem(),
        (409, "not_ready".into())
    );
    office.go_on();
    office.follow(&waiting).await;
    let (id, _) = office.read_document().await;
    let text = office.get("hoa", &of(&id, "txt")).await;
    assert_eq!(text.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(
        office.get("hoa", &of(&id, "json")).await.json()["status"],
        "draft"
    );
    let xlsx = office.get("hoa", &of(&id, "xlsx")).await;
    assert!(xlsx.header("content-disposition").contains("_b_n nh_p_.xlsx"));
    // Made by what reads documents, of the pages that it kept.
    let page = office.get("hoa", &of(&id, "page")).await;
    assert_eq!(page.header("content-type"), "application/zip");
    assert!(page.header("content-disposition").contains(".page.zip"));
    assert_eq!(page.body, "page of quyết định.pdf".as_bytes());

    office.script.then(Play::Refuse);
    let gone = office.get("hoa", &of(&id, "alto")).await;
    assert_eq!(gone.problem(), (409, "pages_not_kept".into()));
    office.script.then(Play::Crash);
    let crashed = office.get("hoa", &of(&id, "pdfa")).await;
    assert_eq!(crashed.problem(), (422, "not_made".into()));
    let unknown = office.get("hoa", &of(&id, "exe")).await;
    assert_eq!(unknown.problem(), (422, "unknown_format".into()));
    let nothing = office.get("hoa", &of("x", "pdf")).await;
    assert_eq!(nothing.problem(), (404, "not_found".into()));
}
