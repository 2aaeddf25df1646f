//! The account page: one's own password and tokens, and for admins the accounts and what happened.

use fantoccini::key::Key;

use super::hands::{SEP, sign_in};
use super::stage::{Browser, Server, browser_is_here};

const HOA: (&str, &str, &str) = ("hoa", "clerk", "trời xanh mây trắng");

async fn open_account(browser: &Browser) {
    browser.click("#person > summary").await;
    browser.click("#person .menu a[href='/account']").await;
    browser.see("#password").await;
}

/// Types into a field by its name.
async fn fill(browser: &Browser, css: &str, words: &str) {
    let field = browser.see(css).await;
    field.clear().await.unwrap();
    field.send_keys(words).await.unwrap();
}

#[tokio::test]
async fn a_person_keeps_their_own_account() {
    let Some(()) = browser_is_here() else { return };
    let server = Server::start(&[HOA]);
    let browser = Browser::open().await;
    browser.go(&server.address).await;
    sign_in(&browser, HOA).await;
    open_account(&browser).await;
    browser.see("#sessions tbody tr").await;
    // What an admin sees is not there.
    browser
        .until("!document.querySelector('#people') && !document.querySelector('#audit')")
        .await;
    browser
        .until(
            "[...document.querySelectorAll('[name=scope]')].map((box) => box.value).join() === 'read,write'",
        )
        .await;

    fill(&browser, "#new-token [name=label]", "máy quét").await;
    browser.press(Key::Enter).await;
    let token = browser.text("#token").await;
    assert!(token.starts_with("sohoa_"), "{token}");
    browser.client.refresh().await.unwrap();
    browser.see("#tokens tbody td.do button").await;
    assert!(browser.text("#tokens").await.contains("máy quét"));
    browser
        .until(&format!("!document.body.innerText.includes('{token}')"))
        .await;
    browser.click("#tokens tbody td.do button").await;
    browser.click("dialog .danger").await;
    browser.see("#tokens td.empty").await;

    fill(&browser, "#password [name=old]", "không phải thế").await;
    fill(&browser, "#password [name=new]", "Matkhau@123").await;
    fill(&browser, "#password [name=again]", "Matkhau@123").await;
    browser.press(Key::Enter).await;
    browser
        .until("document.querySelector('#password .failed').textContent.length > 0")
        .await;
    fill(&browser, "#password [name=old]", HOA.2).await;
    browser.press(Key::Enter).await;
    browser
        .until("document.querySelector('#password .failed').textContent.includes('đoán')")
        .await;
    fill(&browser, "#password [name=new]", "suối trong rừng sâu").await;
    fill(&browser, "#password [name=again]", "suối trong rừng sâu").await;
    browser.press(Key::Enter).await;
    browser.see("#user").await;
    browser.keys("hoa").await;
    browser.press(Key::Tab).await;
    browser.keys("suối trong rừng sâu").await;
    browser.press(Key::Enter).await;
    browser.see("#password").await;
    browser.client.clone().close().await.unwrap();
}

#[tokio::test]
async fn an_admin_keeps_the_accounts_and_sees_what_happened() {
    let Some(()) = browser_is_here() else { return };
    let server = Server::start(&[SEP]);
    let browser = Browser::open().await;
    browser.go(&server.address).await;
    sign_in(&browser, SEP).await;
    open_account(&browser).await;
    fill(&browser, "#new-account [name=name]", "tu").await;
    fill(&browser, "#new-account [name=password]", "mưa rào tháng bảy").await;
    browser.press(Key::Enter).await;
    browser
        .until("document.querySelectorAll('#people tbody tr').length === 2")
        .await;
    // One's own account is not closed by oneself.
    browser
        .until("document.querySelectorAll('#people td.do button').length === 1")
        .await;
    browser.click("#people td.do button").await;
    browser.click("dialog .danger").await;
    browser
        .until("document.querySelector('#people').innerText.includes('đã đóng')")
        .await;
    for words in ["đăng nhập", "tạo tài khoản", "đóng tài khoản"] {
        browser
            .until(&format!(
                "document.querySelector('#audit')?.innerText.includes('{words}')"
            ))
            .await;
    }
    browser.client.clone().close().await.unwrap();
}
