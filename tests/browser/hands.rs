//! What a person does on the pages, with the keyboard.

use fantoccini::key::Key;

use super::stage::Browser;

pub const LAN: (&str, &str, &str) = ("lan", "maintainer", "mật khẩu dài của Lan");
pub const MINH: (&str, &str, &str) = ("minh", "maintainer", "mật khẩu dài của Minh");
pub const HOA: (&str, &str, &str) = ("hoa", "clerk", "mật khẩu dài của Hoa");

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
