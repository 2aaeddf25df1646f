//! The hot folder: what is put in is read, and put away with what became of it.

use std::fs;

use serde_json::Value;

use crate::program::{assert_says, end_of, names_in, sohoa};

#[test]
fn files_are_read_and_put_away_and_bad_ones_say_why() {
    let root = tempfile::tempdir().unwrap();
    let (inbox, results) = (root.path().join("in"), root.path().join("out"));
    fs::create_dir(&inbox).unwrap();
    // An empty page: what is tried here is the folder, not the reading.
    let page = image::GrayImage::from_pixel(620, 877, image::Luma([255]));
    page.save(inbox.join("quyết định.png")).unwrap();
    fs::write(inbox.join("thư.txt"), "chào\n").unwrap();
    fs::write(inbox.join("đang chép.pdf.part"), "%PDF-1.7").unwrap();
    let watch = || {
        let mut command = sohoa();
        command
            .arg("watch")
            .arg(&inbox)
            .arg("-o")
            .arg(&results)
            .arg("--once");
        end_of(&command.output().unwrap())
    };
    let (exit, stderr) = watch();
    assert_eq!(exit, 3, "{stderr}");
    assert_says(&stderr, "not_a_document");
    assert_eq!(names_in(&results), ["quyết định.json", "quyết định.txt"]);
    assert_eq!(names_in(&inbox.join("done")), ["quyết định.png"]);
    assert_eq!(names_in(&inbox.join("refused")), ["thư.txt", "thư.txt.txt"]);
    let note = fs::read_to_string(inbox.join("refused/thư.txt.txt")).unwrap();
    let (vi, en) = note.split_once("\n\n").unwrap();
    assert!(
        vi.starts_with("thư.txt: ") && en.starts_with("thư.txt: ") && vi != en.trim(),
        "{note}"
    );
    assert!(inbox.join("đang chép.pdf.part").is_file());

    // Ended before a file was put away: the same results once more, not twice.
    fs::rename(inbox.join("done/quyết định.png"), inbox.join("quyết định.png")).unwrap();
    assert_eq!(watch().0, 0);
    assert_eq!(names_in(&results), ["quyết định.json", "quyết định.txt"]);
    let result: Value = serde_json::from_slice(&fs::read(results.join("quyết định.json")).unwrap()).unwrap();
    assert_eq!(result["source"]["file"], "quyết định.png");
}

#[test]
fn the_program_writes_its_own_completions_and_manual() {
    for shell in ["bash", "zsh", "fish"] {
        let output = sohoa().args(["completions", shell]).output().unwrap();
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success() && script.contains("verify") && script.contains("backup"),
            "{shell}"
        );
        let mut words = script.split(|c: char| !c.is_alphanumeric() && c != '_');
        assert!(words.all(|word| word != "__worker"), "{shell}");
    }
    let folder = tempfile::tempdir().unwrap();
    assert!(
        sohoa()
            .arg("man")
            .arg(folder.path())
            .output()
            .unwrap()
            .status
            .success()
    );
    let pages = names_in(folder.path());
    for page in [
        "sohoa.1",
        "sohoa-convert.1",
        "sohoa-backup-create.1",
        "sohoa-watch.1",
        "sohoa-worker.1",
    ] {
        assert!(pages.iter().any(|name| name == page), "{page} in {pages:?}");
    }
    // The reading child is nobody's command; `sohoa worker` is one.
    assert!(!pages.iter().any(|name| name.contains("__worker")), "{pages:?}");
    let convert = fs::read_to_string(folder.path().join("sohoa-convert.1")).unwrap();
    assert!(convert.starts_with(".ie") || convert.contains(".TH"), "{convert}");
}

/// A service that answers each upload with the next of `answers`; what came in is given back.
async fn service(
    answers: Vec<(u16, &'static str)>,
) -> (String, tokio::sync::mpsc::UnboundedReceiver<String>) {
    use axum::http::{HeaderMap, StatusCode};
    let (send, came) = tokio::sync::mpsc::unbounded_channel();
    let answers = std::sync::Arc::new(std::sync::Mutex::new(answers.into_iter()));
    let upload = move |headers: HeaderMap, body: String| async move {
        let token = headers["authorization"].to_str().unwrap().to_owned();
        send.send(format!("{token}\n{body}")).unwrap();
        let (status, body) = answers.lock().unwrap().next().unwrap();
        (StatusCode::from_u16(status).unwrap(), body)
    };
    let router = axum::Router::new().route("/api/v1/documents", axum::routing::post(upload));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
    (address, came)
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_handed_to_the_service_and_put_away_as_it_answers() {
    let problem = r#"{"code": "unknown_type", "detail": "no document", "detail_vi": "không phải văn bản"}"#;
    let answers = vec![
        (202, "{}"),
        (415, problem),
        (507, "full"),
        (202, "{}"),
        (401, "{}"),
    ];
    let (address, mut came) = service(answers).await;
    let root = tempfile::tempdir().unwrap();
    let (inbox, token) = (root.path().join("in"), root.path().join("token"));
    fs::create_dir(&inbox).unwrap();
    fs::write(&token, "bi-mat\n").unwrap();
    for name in ["a.pdf", "b.docx", "c.pdf"] {
        fs::write(inbox.join(name), format!("bytes of {name}")).unwrap();
    }
    let watch = || {
        let mut command = sohoa();
        command
            .arg("watch")
            .arg(&inbox)
            .args(["--server", &address, "--once", "--token-file"])
            .arg(&token);
        end_of(&command.output().unwrap())
    };
    let (exit, stderr) = watch();
    // Of a refusal and an error the error counts.
    assert_eq!(exit, 1, "{stderr}");
    assert_says(&stderr, "unknown_type");
    assert_says(&stderr, "http_507");
    let first = came.recv().await.unwrap();
    assert!(first.starts_with("Bearer bi-mat\n"), "{first}");
    assert!(
        first.contains("filename=\"a.pdf\"") && first.contains("bytes of a.pdf"),
        "{first}"
    );
    assert_eq!(names_in(&inbox.join("done")), ["a.pdf"]);
    assert_eq!(names_in(&inbox.join("refused")), ["b.docx", "b.docx.txt"]);
    let note = fs::read_to_string(inbox.join("refused/b.docx.txt")).unwrap();
    assert!(
        note.contains("không phải văn bản") && note.contains("no document"),
        "{note}"
    );
    // What the service could not take was kept, and goes when it can.
    assert!(inbox.join("c.pdf").is_file());
    assert_eq!(watch().0, 0);
    assert_eq!(names_in(&inbox.join("done")), ["a.pdf", "c.pdf"]);
    fs::write(inbox.join("d.pdf"), "x").unwrap();
    let (exit, stderr) = watch();
    assert_eq!(exit, 1, "{stderr}");
    assert_says(&stderr, "http_401");
    assert!(inbox.join("d.pdf").is_file());
}
