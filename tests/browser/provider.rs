//! Signing in at the office's provider, from the button to the inbox. The provider is at another site (`localhost`,
//! where the service is at `127.0.0.1`), as it is in life: what cookies do between sites only a browser shows.

use serde_json::json;

use super::hands::sign_in;
use super::stage::{Browser, Server, browser_is_here};
use super::vouching::Vouching;

const HOA: (&str, &str, &str) = ("hoa", "clerk", "trời xanh mây trắng");

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
    let Some(provider) = Vouching::start(&address, "localhost", false) else {
        return;
    };
    provider.people(json!({"1001": {"preferred_username": "thu", "roles": ["so-duyet"]}}));
    let issuer = &provider.issuer;
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
