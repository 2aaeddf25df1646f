//! What a person does on the pages, with the keyboard.

use fantoccini::key::Key;
use serde_json::Value;

use super::stage::{Browser, Server};

pub const LAN: (&str, &str, &str) = ("lan", "maintainer", "mật khẩu dài của Lan");
pub const MINH: (&str, &str, &str) = ("minh", "maintainer", "mật khẩu dài của Minh");
pub const SEP: (&str, &str, &str) = ("sep", "admin", "mật khẩu dài của Sếp");
pub const HOA: (&str, &str, &str) = ("hoa", "clerk", "mật khẩu dài của Hoa");

/// A browser of this person's, with the first document open.
pub async fn desk_of(server: &Server, person: (&str, &str, &str)) -> Browser {
    let browser = Browser::open().await;
    browser.go(&server.address).await;
    sign_in(&browser, person).await;
    open_first(&browser).await;
    browser
}

pub async fn sign_in(browser: &Browser, (name, _, password): (&str, &str, &str)) {
    browser.see("#user").await;
    browser.keys(name).await;
    browser.press(Key::Tab).await;
    browser.keys(password).await;
    browser.press(Key::Enter).await;
    browser.see("#drop").await;
}

/// With the keyboard, from the inbox.
pub async fn open_first(browser: &Browser) {
    browser.see("#list tbody tr[data-document]").await;
    browser.keys("j").await;
    browser
        .until("document.activeElement.matches('#list .open')")
        .await;
    browser.press(Key::Enter).await;
    browser.see("table.grid").await;
}

pub fn cell(criterion: &str, field: &str) -> String {
    format!("td[data-key='{criterion}|{field}']")
}

/// Waits for the words in a cell.
pub async fn becomes(browser: &Browser, criterion: &str, field: &str, words: &str) {
    let css = cell(criterion, field).replace('\'', "\\'");
    browser
        .until(&format!(
            "document.querySelector('{css} .words')?.textContent === '{words}'"
        ))
        .await;
}

/// Replaces the value of the cell that has the focus.
pub async fn type_over(browser: &Browser, words: &str) {
    begin_to_type(browser, words).await;
    browser.press(Key::Enter).await;
}

/// The same without sending it.
pub async fn begin_to_type(browser: &Browser, words: &str) {
    browser.press(Key::F2).await;
    browser.see(".editor").await;
    browser.keys(words).await;
}

/// Goes to a cell and replaces its value.
pub async fn write(browser: &Browser, criterion: &str, field: &str, words: &str) {
    browser.click(&cell(criterion, field)).await;
    type_over(browser, words).await;
}

pub async fn sign_out(browser: &Browser) {
    browser.see("#person > summary").await;
    // Round to the account menu, as somebody without a mouse gets there.
    tab_to(browser, "#person > summary").await;
    browser.press(Key::Enter).await;
    tab_to(browser, "#person .menu button").await;
    browser.press(Key::Enter).await;
    browser.see("#user").await;
}

pub async fn tab_to(browser: &Browser, css: &str) {
    let there = format!("document.activeElement?.matches('{css}') === true");
    for _ in 0..200 {
        if browser.value(&there).await == Value::Bool(true) {
            return;
        }
        browser.press(Key::Tab).await;
    }
    panic!("{css} cannot be reached with the tab key");
}

/// Accepts every doubtful place.
pub async fn settle(browser: &Browser) {
    let left = "Number(document.getElementById('left').dataset.left)";
    while browser.value(left).await.as_u64() > Some(0) {
        let now = browser.value(left).await;
        browser.keys("n").await;
        browser.keys("a").await;
        browser.until(&format!("{left} < {now}")).await;
    }
}

pub async fn hand_on(browser: &Browser, state: &str) {
    browser.keys("s").await;
    browser.see("dialog[open]").await;
    browser.press(Key::Enter).await;
    browser.see(&format!("#state[data-state={state}]")).await;
}

/// The document of [`super::made::short`], its first criterion with another title, submitted by Lan and confirmed by Minh.
pub async fn confirmed_by_two(browser: &Browser, address: &str, title: &str) {
    browser.go(address).await;
    sign_in(browser, LAN).await;
    open_first(browser).await;
    write(browser, "I.1", "title", title).await;
    becomes(browser, "I.1", "title", title).await;
    settle(browser).await;
    hand_on(browser, "submitted").await;
    sign_out(browser).await;
    confirmed_by(browser, address, MINH).await;
    sign_out(browser).await;
}

/// What somebody else submitted, the first of the inbox.
pub async fn confirmed_by(browser: &Browser, address: &str, person: (&str, &str, &str)) {
    browser.go(address).await;
    sign_in(browser, person).await;
    open_first(browser).await;
    browser.see("#confirm:not([disabled])").await;
    hand_on(browser, "confirmed").await;
}
