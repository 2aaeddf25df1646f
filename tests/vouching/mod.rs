//! A provider of sign-ins, a real one, for the tests that people sign in at it in: over HTTP and in a browser.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// What `make setup-test` puts there.
const PROVIDER: &str = ".runtime/provider";

/// `None` when the provider is not on this machine and nobody insists on it.
fn provider_is_here() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(PROVIDER);
    if folder.join(".sha256").exists() {
        return Some(folder);
    }
    let words = "oidc-provider is not here: make setup-test";
    assert!(std::env::var_os("CI").is_none(), "{words}");
    eprintln!("\n*** SKIPPED, NOT TESTED: {words} ***\n");
    None
}

/// The provider, for as long as this lives.
pub struct Vouching {
    pub issuer: String,
    people: PathBuf,
    _folder: TempDir,
    process: Child,
}

impl Vouching {
    /// For a service that people reach at `address`; `host` is what the provider is called, a name of this machine, and
    /// `id_token` whether its claims stand in the ID token. `None` where there is no provider to start.
    pub fn start(address: &str, host: &str, id_token: bool) -> Option<Self> {
        let runtime = provider_is_here()?;
        let folder = tempfile::tempdir().unwrap();
        let people = folder.path().join("people.json");
        let order = json!({
            "packages": runtime.join("node_modules"),
            "callback": format!("{address}/signin/provider/callback"),
            "people": people,
            "host": host,
            "id_token": id_token,
        });
        let mut process = Command::new(runtime.join("node"))
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vouching/provider.mjs"))
            .arg(order.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut issuer = String::new();
        let mut said = BufReader::new(process.stdout.take().unwrap());
        said.read_line(&mut issuer).unwrap();
        let issuer = issuer.trim().to_owned();
        assert!(issuer.starts_with(&format!("http://{host}:")), "{issuer:?}");
        let provider = Self {
            issuer,
            people,
            _folder: folder,
            process,
        };
        provider.people(json!({}));
        Some(provider)
    }

    /// Whom the provider knows from now on: what they type as their login -> their claims.
    pub fn people(&self, people: Value) {
        std::fs::write(&self.people, people.to_string()).unwrap();
    }

    /// The provider is gone.
    pub fn end(&mut self) {
        // Already dead is as good.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Vouching {
    fn drop(&mut self) {
        self.end();
    }
}
