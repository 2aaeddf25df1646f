//! The program itself, with the provider in its settings.

use std::io::Read;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::super::super::program::{assert_says, end_of, sohoa};
use super::THU;
use super::place::{Browser, Terms, refused};

const SECRET: &str = "100% bi mat: a+b/c=d";

/// A running `sohoa serve`; killed when dropped.
struct Server {
    child: Child,
    address: String,
    log: PathBuf,
}

impl Server {
    fn start(folder: &Path, address: &str, secret: Option<&str>) -> Self {
        let log = folder.join("log");
        let mut serve = Command::new(env!("CARGO_BIN_EXE_sohoa"));
        serve
            .args(["serve", "--config"])
            .arg(folder.join("sohoa.toml"))
            .env("SOHOA_LOG", "trace")
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&log).unwrap());
        if let Some(secret) = secret {
            serve.env("SOHOA_OIDC_SECRET", secret);
        }
        Self {
            child: serve.spawn().unwrap(),
            address: address.to_owned(),
            log,
        }
    }

    /// Once it listens.
    async fn ready(&mut self) {
        let health = format!("{}/healthz", self.address);
        while reqwest::get(&health).await.is_err() {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "{ended:?}: {}", self.said());
            tokio::task::yield_now().await;
        }
    }

    fn said(&self) -> String {
        let mut bytes = Vec::new();
        std::fs::File::open(&self.log)
            .unwrap()
            .read_to_end(&mut bytes)
            .unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address of this machine that nobody listens at.
fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

const ROLES: &str = "clerk = [\"so-nhap\", \"so-tap-su\"]\n";

fn settings(folder: &Path, address: &str, issuer: &str, more: &str) {
    let listen = address.trim_start_matches("http://");
    let data = folder.join("data");
    let data = data.display();
    let text = format!(
        "[server]\nlisten = \"{listen}\"\ndata = \"{data}\"\n\
         [oidc]\nissuer = \"{issuer}\"\nclient_id = \"sohoa\"\npublic_url = \"{address}\"\n{more}"
    );
    std::fs::write(folder.join("sohoa.toml"), text).unwrap();
}

/// `sohoa user …` on the server's folder; exit code, stdout and stderr.
fn user(folder: &Path, arguments: &[&str], stdin: &str) -> (i32, String) {
    let output = sohoa()
        .arg("user")
        .args(arguments)
        .arg("--data")
        .arg(folder.join("data"))
        .arg("--config")
        .arg(folder.join("sohoa.toml"))
        .write_stdin(stdin)
        .output()
        .unwrap();
    let (exit, stderr) = end_of(&output);
    (exit, String::from_utf8(output.stdout).unwrap() + &stderr)
}

#[tokio::test]
async fn the_secret_is_in_no_setting_and_in_no_log() {
    let address = free_address();
    let Some(provider) = Terms::default().provider(&address) else {
        return;
    };
    provider.people(json!({THU: {"preferred_username": "thu", "roles": ["so-tap-su"]}}));
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let file = folder.join("secret");
    std::fs::write(&file, format!("{SECRET}\n")).unwrap();
    let by_file = format!("{ROLES}secret_file = \"{}\"\n", file.display());
    for (more, environment) in [(by_file.as_str(), None), (ROLES, Some(SECRET))] {
        settings(folder, &address, &provider.issuer, more);
        let mut server = Server::start(folder, &address, environment);
        server.ready().await;
        let browser = Browser::new();
        let begun = browser.get(&format!("{address}/signin/provider")).await;
        let callback = browser.through_the_provider(begun, THU).await;
        let back = browser.get(&callback).await;
        assert_eq!(back.status(), 303, "{}", server.said());
        let (status, who) = browser.json(&format!("{address}/api/v1/session")).await;
        assert_eq!(
            (status, &who["user"], &who["role"]),
            (200, &json!("thu"), &json!("clerk"))
        );

        let said = server.said();
        assert!(said.contains("people can sign in at a provider"), "{said}");
        let url = reqwest::Url::parse(&callback).unwrap();
        let parts = url.query_pairs().filter(|(name, _)| name != "iss");
        let mut secrets: Vec<String> = parts.map(|(_, value)| value.into_owned()).collect();
        assert_eq!(secrets.len(), 2, "{callback}");
        secrets.push(SECRET.to_owned());
        for secret in secrets {
            assert!(!said.contains(&secret), "{secret}: {said}");
        }
    }
    let printed = sohoa()
        .args(["config", "--config"])
        .arg(folder.join("sohoa.toml"))
        .env("SOHOA_OIDC_SECRET", SECRET)
        .output()
        .unwrap();
    assert!(!String::from_utf8(printed.stdout).unwrap().contains(SECRET));
}

#[tokio::test]
async fn an_account_that_was_there_before_is_bound_by_an_admin() {
    let address = free_address();
    let Some(provider) = Terms::default().provider(&address) else {
        return;
    };
    provider.people(json!({THU: {"preferred_username": "thu", "roles": "so-nhap"}}));
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    settings(folder, &address, "", ROLES);
    let add = ["add", "thu", "--role", "admin", "--password-stdin"];
    assert_eq!(user(folder, &add, "trời xanh mây trắng\n").0, 0);
    assert_says(&user(folder, &["bind", "thu", THU], "").1, "no_provider");
    settings(folder, &address, &provider.issuer, ROLES);
    let mut server = Server::start(folder, &address, Some(SECRET));
    server.ready().await;
    let sign_in = async || {
        let browser = Browser::new();
        let begun = browser.get(&format!("{address}/signin/provider")).await;
        let callback = browser.through_the_provider(begun, THU).await;
        let back = browser.get(&callback).await;
        (browser, back)
    };
    let told = sign_in().await.1;
    assert_eq!(refused(told).await, (409, "provider_name_taken".to_owned()));

    assert_says(&user(folder, &["bind", "ai", THU], "").1, "no_such_user");
    assert_eq!(user(folder, &["bind", "thu", THU], ""), (0, String::new()));
    assert_says(&user(folder, &["bind", "thu", "another"], "").1, "already_bound");
    let password = ["password", "thu", "--password-stdin"];
    assert_says(&user(folder, &password, "nắng vàng biển bạc\n").1, "no_password");
    let (browser, back) = sign_in().await;
    assert_eq!(back.status(), 303);
    let who: Value = browser.json(&format!("{address}/api/v1/session")).await.1;
    assert_eq!((&who["user"], &who["role"]), (&json!("thu"), &json!("clerk")));
}

#[test]
fn settings_with_which_nobody_could_sign_in_are_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let check = |change: (&str, &str), words: &str| {
        settings(
            folder,
            "http://127.0.0.1:1",
            "https://login.example.gov.vn",
            ROLES,
        );
        let file = folder.join("sohoa.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains(change.0), "{text}");
        std::fs::write(&file, text.replace(change.0, change.1)).unwrap();
        let output = sohoa()
            .args(["serve", "--listen", "127.0.0.1:0", "--config"])
            .arg(file)
            .output()
            .unwrap();
        let (exit, stderr) = end_of(&output);
        assert_eq!(exit, 2, "{stderr}");
        assert_says(&stderr, "bad_oidc");
        assert!(stderr.contains(words), "{stderr}");
    };
    check(
        ("https://login", "http://login"),
        "the issuer has to be an https address",
    );
    check(
        ("http://127.0.0.1:1\"", "http://sohoa.example.gov.vn\""),
        "public_url has to be",
    );
    check(("\"sohoa\"", "\"\""), "there is no client_id");
    let nobody = "clerk = []\nmaintainer = []\nadmin = []\n";
    check((ROLES, nobody), "no role is named");
}
