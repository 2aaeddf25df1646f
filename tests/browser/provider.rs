//! Signing in at the office's provider, from the button to the inbox. The provider is at another site (`localhost`,
//! where the service is at `127.0.0.1`), as it is in life: what cookies do between sites only a browser shows.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::json;

use super::hands::sign_in;
use super::stage::{Browser, Server, browser_is_here};

/// What `make setup-test` puts there.
const PROVIDER: &str = ".runtime/provider";
const HOA: (&str, &str, &str) = ("hoa", "clerk", "trời xanh mây trắng");

/// Ends when dropped.
struct Vouching(Child);

impl Drop for Vouching {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `None` when the provider is not on this machine and nobody insists on it.
fn provider(address: &str, folder: &Path) -> Option<(Vouching, String)> {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR"));
    let runtime = checkout.join(PROVIDER);
    if !runtime.join(".sha256").exists() {
        let words = "oidc-provider is not here: make setup-test";
        assert!(std::env::var_os("CI").is_none(), "{words}");
        eprintln!("\n*** SKIPPED, NOT TESTED: {words} ***\n");
        return None;
    }
    let people = folder.join("people.json");
    let thu = json!({"1001": {"preferred_username": "thu", "roles": ["so-duyet"]}});
    std::fs::write(&people, thu.to_string()).unwrap();
    let order = json!({
        "packages": runtime.join("node_modules"),
        "callback": format!("{address}/signin/provider/callback"),
        "people": people,
        "host": "localhost",
        "id_token": false,
    });
    let mut process = Command::new(runtime.join("node"))
        .arg(checkout.join("tests/it/service/oidc/provider.mjs"))
        .arg(order.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut issuer = String::new();
    BufReader::new(process.stdout.take().unwrap())
        .read_line(&mut issuer)
        .unwrap();
    Some((Vouching(process), issuer.trim().to_owned()))
}

#[tokio::test]
async fn a_person_comes_in_by_the_button_and_others_by_their_password() {
    let Some(()) = browser_is_here() else { return };
    let folder = tempfile::tempdir().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let address = format!("http://127.0.0.1:{port}");
    let Some((_provider, issuer)) = provider(&address, folder.path()) else {
        return;
    };
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "100% bi mat: a+b/c=d").unwrap();
    let settings = folder.path().join("sohoa.toml");
    let text = format!(
        "[oidc]\nissuer = \"{issuer}\"\nclient_id = \"sohoa\"\nsecret_file = \"{}\"\npublic_url = \"{address}\"\n\
         maintainer = [\"so-duyet\"]\nlabel_vi = \"Vào bằng tài khoản Sở\"\n",
        secret.display()
    );
    std::fs::write(&settings, text).unwrap();
    let server = Server::at(port, Server::folder(&[HOA]), Some(settings));

    let browser = Browser::open().await;
    browser.go(&server.address).await;
    assert_eq!(browser.text("#provider").await, "Vào bằng tài khoản Sở");
    browser.click("#provider").await;
    browser.see("input[name=login]").await;
    let field = browser.see("input[name=login]").await;
    field.send_keys("1001").await.unwrap();
    let field = browser.see("input[name=password]").await;
    field.send_keys("bất kỳ").await.unwrap();
    browser.click("button[type=submit]").await;
    browser.see("input[name=prompt][value=consent]").await;
    browser.click("button[type=submit]").await;
    browser.see("#drop").await;
    assert_eq!(browser.text("#person > summary").await.trim(), "thu");

    // There is no password to change.
    browser.go(&format!("{address}/account")).await;
    browser.see("#sessions tbody tr").await;
    browser.until("!document.querySelector('#password')").await;

    // Somebody else's browser, and the way in that was there before.
    let other = Browser::open().await;
    other.go(&server.address).await;
    other.see("#provider").await;
    sign_in(&other, HOA).await;
    assert_eq!(other.text("#person > summary").await.trim(), "hoa");

    // A callback that leads nowhere is a page that can be read.
    other
        .go(&format!("{address}/signin/provider/callback?state=a&code=b"))
        .await;
    assert!(
        other
            .text("#page")
            .await
            .contains("Hãy bắt đầu lại từ trang đăng nhập")
    );
}
