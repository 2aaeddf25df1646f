use axum::http::StatusCode;
use serde_json::json;

use super::office::{Office, Play, Rules, request, upload_request};

#[tokio::test]
async fn an_upload_is_answered_at_once_and_read_page_by_page() {
    let office = Office::open(Rules::default()).await;
    office.script.then(Play::Wait);
    let answer = office.upload("hoa", "Quyết định 1420.pdf", b"%PDF-1.7 one").await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    let body = answer.json();
    let id = body["id"].as_str().unwrap();
    assert_eq!(answer.header("location"), format!("/api/v1/documents/{id}"));
    assert_eq!(
        (&body["duplicate"], &body["state"]),
        (&json!(false), &json!("queued"))
    );
    assert_eq!(body["sha256"].as_str().unwrap().len(), 64);

    let mut events = office.events(id).await;
    let first_page = loop {
        let (name, data) = events.next().await.unwrap();
        assert_eq!(name, "progress");
        if data["pages_done"] == 1 {
            break data;
        }
    };
    assert_eq!(
        (&first_page["state"], &first_page["pages"]),
        (&json!("reading"), &json!(2))
    );
    let page = office
        .get("hoa", &format!("/api/v1/documents/{id}/pages/1/image"))
        .await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (StatusCode::OK, "image/jpeg")
    );
    assert_eq!(
        office
            .get("hoa", &format!("/api/v1/documents/{id}/pages/2/image"))
            .await
            .problem(),
        (404, "not_found".into())
    );
    assert_eq!(
        office
            .get("hoa", &format!("/api/v1/documents/{id}/pages/0/image"))
            .await
            .problem(),
        (404, "not_found".into())
    );

    office.go_on();
    let mut names = Vec::new();
    while let Some((name, data)) = events.next().await {
        names.push(name);
        if names.last().is_some_and(|n| n == "done") {
            assert_eq!(
                (&data["state"], &data["pages_done"], &data["id"]),
                (&json!("ready"), &json!(2), &json!(id))
            );
        }
    }
    assert_eq!(names.last().map(String::as_str), Some("done"));

    let document = office.get("hoa", &format!("/api/v1/documents/{id}")).await.json();
    assert_eq!(document["file"], "Quyết định 1420.pdf");
    assert_eq!(
        (&document["number"], &document["title"]),
        (&json!("1420/KH-UBND"), &json!("Thang điểm thi đua"))
    );
    assert_eq!(document["metadata"]["number"], "1420/KH-UBND");
    assert_eq!(document["page_list"][1]["width"], 2480);
    assert_eq!(document["page_list"][0]["verdict"], "none");
    assert_eq!(
        (&document["doubtful"], &document["uploaded_by"]),
        (&json!(1), &json!("hoa"))
    );
    assert_eq!(document["uploaded_at"], "2024-03-26T00:00:00Z");
    assert_eq!(document["rubrics"][0]["state"], "draft");
    assert_eq!(document["rubrics"][0]["max_score"], "5");
    // Who comes late hears the end at once.
    let late = office.follow(id).await;
    assert_eq!(late.last().unwrap().0, "done");
}

#[tokio::test]
async fn the_same_file_twice_is_one_document() {
    let office = Office::open(Rules::default()).await;
    let first = office.document(b"%PDF-1.7 same").await;
    office.follow(&first).await;
    let again = office
        .upload("lan", "another name.pdf", b"%PDF-1.7 same")
        .await
        .json();
    assert_eq!(
        (again["id"].as_str(), &again["duplicate"]),
        (Some(first.as_str()), &json!(true))
    );
    assert_eq!(again["state"], "ready");
    let other = office.document(b"%PDF-1.7 other").await;
    let list = office.get("hoa", "/api/v1/documents").await.json();
    let ids: Vec<&str> = list["documents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| d["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, [other.as_str(), first.as_str()]);
    office.follow(&other).await;
    let listed = async |state: &str| {
        let list = office
            .get("hoa", &format!("/api/v1/documents?state={state}"))
            .await
            .json();
        list["documents"].as_array().unwrap().len()
    };
    assert_eq!(
        (
            listed("ready").await,
            listed("draft").await,
            listed("failed").await
        ),
        (2, 2, 0)
    );
    assert_eq!(
        office.get("hoa", "/api/v1/documents?state=lost").await.problem(),
        (400, "bad_request".into())
    );
}

#[tokio::test]
async fn what_cannot_be_taken_is_refused_and_leaves_nothing() {
    let office = Office::open(Rules {
        most_bytes: 1000,
        ..Rules::default()
    })
    .await;
    let refused = async |bytes: &[u8]| office.upload("hoa", "a.pdf", bytes).await.problem();
    assert_eq!(refused(b"").await, (422, "empty".into()));
    assert_eq!(
        refused(b"<html><script>alert(1)</script>").await,
        (415, "unknown_type".into())
    );
    assert_eq!(
        refused(&[b"%PDF-1.7 ".as_slice(), &[b'x'; 2000]].concat()).await,
        (413, "too_large".into())
    );
    // Announced as too large: refused before a byte of it is read.
    assert_eq!(
        refused(&[b"%PDF-1.7 ".as_slice(), &[b'x'; 100_000]].concat()).await,
        (413, "too_large".into())
    );
    let mut no_file = upload_request("hoa", "a.pdf", b"%PDF-");
    *no_file.body_mut() = axum::body::Body::from(
        "--frontier\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1\r\n--frontier--\r\n",
    );
    assert_eq!(office.send(no_file).await.problem(), (422, "no_file".into()));
    let json = request("hoa", "POST", "/api/v1/documents", &[], json!({"file": "x"}));
    assert_eq!(office.send(json).await.problem(), (400, "bad_request".into()));
    for folder in ["blobs", "tmp"] {
        assert_eq!(
            std::fs::read_dir(office.folder.path().join(folder))
                .unwrap()
                .count(),
            0,
            "{folder}"
        );
    }
    assert_eq!(
        office.get("hoa", "/api/v1/documents").await.json()["documents"],
        json!([])
    );
}

#[tokio::test]
async fn a_full_disk_is_said_before_anything_is_written() {
    let office = Office::open(Rules {
        least_free: u64::MAX,
        ..Rules::default()
    })
    .await;
    assert_eq!(
        office.upload("hoa", "a.pdf", b"%PDF-1.7").await.problem(),
        (507, "disk_full".into())
    );
    assert_eq!(
        std::fs::read_dir(office.folder.path().join("tmp"))
            .unwrap()
            .count(),
        0
    );
    let ready = office.get("", "/readyz").await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    let checks = ready.json()["checks"].clone();
    let check = |name: &str| {
        checks
            .as_array()
            .unwrap()
            .iter()
            .find(|c| c["name"] == name)
            .unwrap()["ok"]
            .clone()
    };
    assert_eq!(
        (check("database"), check("disk"), check("pdfium")),
        (json!(true), json!(false), json!(false))
    );
}

#[tokio::test]
async fn an_original_comes_back_as_a_download_only() {
    let office = Office::open(Rules::default()).await;
    let id = office.document(b"%PDF-1.7 <script>alert(1)</script>").await;
    let file = office.get("hoa", &format!("/api/v1/documents/{id}/file")).await;
    assert_eq!(file.status, StatusCode::OK);
    assert_eq!(file.body, b"%PDF-1.7 <script>alert(1)</script>");
    assert_eq!(file.header("content-type"), "application/octet-stream");
    assert!(file.header("content-disposition").starts_with("attachment; "));
    assert_eq!(file.header("x-content-type-options"), "nosniff");
    assert!(file.header("content-security-policy").contains("sandbox"));
}
