//! A program writes a client from `/openapi.json`, and the client does what the pages do.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::office::{Office, Rules};

/// What `make setup-test` puts there.
const PYTHON: &str = ".runtime/client/bin/python";

/// `None` when the generator is not on this machine and nobody insists on it.
fn python() -> Option<PathBuf> {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join(PYTHON);
    if python.exists() {
        return Some(python);
    }
    let words = "openapi-python-client is not here: make setup-test";
    assert!(std::env::var_os("CI").is_none(), "{words}");
    eprintln!("\n*** SKIPPED, NOT TESTED: {words} ***\n");
    None
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_generated_client_takes_a_document_from_its_upload_to_its_confirmation() {
    let Some(python) = python() else { return };
    let office = Office::open(Rules::default()).await;
    let folder = tempfile::tempdir().unwrap();
    let description = folder.path().join("openapi.json");
    std::fs::write(&description, office.get("", "/openapi.json").await.body).unwrap();
    let settings = folder.path().join("settings.yaml");
    // No tidying of what nobody reads; pictures are bytes.
    std::fs::write(
        &settings,
        "post_hooks: []\ncontent_type_overrides:\n  image/jpeg: application/octet-stream\n",
    )
    .unwrap();

    let mut generate = Command::new(&python);
    generate
        .args([
            "-m",
            "openapi_python_client",
            "generate",
            "--meta",
            "none",
            "--fail-on-warning",
        ])
        .arg("--path")
        .arg(&description)
        .arg("--config")
        .arg(&settings)
        .arg("--output-path")
        .arg(folder.path().join("sohoa_client"));
    let generated = tokio::task::spawn_blocking(move || generate.output())
        .await
        .unwrap()
        .unwrap();
    assert!(generated.status.success(), "{}", said(&generated));

    let address = office.listen_on_a_port().await;
    let mut tell = Command::new(&python);
    tell.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/service/client/story.py"))
        .arg(folder.path())
        .arg(address);
    let told = tokio::task::spawn_blocking(move || tell.output())
        .await
        .unwrap()
        .unwrap();
    assert!(told.status.success(), "{}", said(&told));
    assert!(said(&told).contains("the story is told"));
}
