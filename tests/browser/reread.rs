//! Reading a document once more, at the desk, with the keyboard.

use fantoccini::key::Key;
use sohoa::domain::{Document, PixelBox, Score};

use super::everybody::Axe;
use super::hands::{LAN, MINH, becomes, cell, open_first, sign_in, write};
use super::made;
use super::stage::{Browser, Server, browser_is_here};

/// The short rubric, each row at a place of its own.
fn first() -> Document {
    let mut document = made::short();
    let rows = document.rubrics[0].criteria.iter_mut();
    for (top, row) in (900..).step_by(100).zip(rows) {
        row.provenance[0].bbox = PixelBox::new(1700, top, 1760, top + 40);
    }
    document
}

/// The same as it is read by a program that reads one title better, and a score otherwise.
fn better() -> Document {
    let mut document = first();
    document.pipeline.version = "9.9.9".into();
    let rows = &mut document.rubrics[0].criteria;
    rows[1].title = "Kế hoạch công tác năm".into();
    rows[2].max_score = Score::parse_vietnamese("4");
    document
}

/// Goes on with Tab until the element that fits has the focus.
async fn tab_to(browser: &Browser, css: &str) {
    for _ in 0..60 {
        let there = format!("document.activeElement.matches('{css}')");
        if browser.value(&there).await == true {
            return;
        }
        browser.press(Key::Tab).await;
    }
    panic!("Tab never comes to {css}");
}

async fn state_is(browser: &Browser, state: &str) {
    browser.see(&format!(".reread[data-state='{state}']")).await;
}

#[tokio::test]
async fn a_new_reading_is_looked_at_and_taken_with_the_keyboard() {
    let Some(()) = browser_is_here() else { return };
    let data = Server::folder(&[LAN, MINH]);
    made::put(data.path(), "lan", &first()).await;
    made::read_again(data.path(), "minh", &better()).await;
    let server = Server::on(data);
    let (browser, other) = (Browser::open().await, Browser::open().await);
    browser.go(&server.address).await;
    sign_in(&browser, LAN).await;
    open_first(&browser).await;
    write(&browser, "I.2", "max_score", "2,5").await;
    becomes(&browser, "I.2", "max_score", "2,5").await;
    other.go(&server.address).await;
    sign_in(&other, MINH).await;
    open_first(&other).await;

    let mut axe = Axe::of(&browser);
    browser.keys("l").await;
    state_is(&browser, "ready").await;
    for language in ["vi", "en"] {
        axe.look(&format!("a new reading, {language}")).await;
        tab_to(&browser, "[lang=en], [lang=vi]:not(html)").await;
        browser.press(Key::Enter).await;
        state_is(&browser, "ready").await;
    }
    // The edit stays, so the score that reads otherwise is no change.
    let lines = "[...document.querySelectorAll('.changes .finding')].map((b) => b.dataset.criterion + ' ' + b.dataset.field).join()";
    assert_eq!(browser.value(lines).await, "I.1 title");
    let said = browser.text(".reread").await;
    for expect in [
        "Sẽ đổi 1 chỗ",
        "Giữ lại 1 chỗ đã sửa",
        "Kế hoạch công tác năm",
        "9.9.9",
        "minh",
    ] {
        assert!(said.contains(expect), "{expect} in {said}");
    }

    // A line leads to its cell, and the tab back to the list.
    browser.click("#tab-reread").await;
    tab_to(&browser, ".changes .finding").await;
    browser.press(Key::Enter).await;
    browser
        .until("document.activeElement.dataset.key === 'I.1|title'")
        .await;
    browser.see(&format!("{}.here", cell("I.1", "title"))).await;
    browser.keys("l").await;
    state_is(&browser, "ready").await;
    browser.click("#tab-reread").await;
    tab_to(&browser, "#reread-accept").await;
    browser.press(Key::Enter).await;
    state_is(&browser, "none").await;
    browser.keys("c").await;
    becomes(&browser, "I.1", "title", "Kế hoạch công tác năm").await;
    becomes(&browser, "I.2", "max_score", "2,5").await;
    // The page's picture is that of the new reading.
    browser.see(".sheet img[src*='reading=2']").await;
    // The other desk has noticed by itself.
    becomes(&other, "I.1", "title", "Kế hoạch công tác năm").await;
    other.see(".sheet img[src*='reading=2']").await;

    // Asked for from the desk: here the scan is not kept, so it comes to nothing and says why.
    browser.keys("l").await;
    tab_to(&browser, "#reread-ask").await;
    browser.press(Key::Enter).await;
    state_is(&browser, "failed").await;
    browser.see(".reread [role=alert]").await;
    axe.look("a reading that failed").await;
    tab_to(&browser, "#reread-discard").await;
    browser.press(Key::Enter).await;
    state_is(&browser, "none").await;
    assert!(axe.found.is_empty(), "{:#?}", axe.found);
    other.client.clone().close().await.unwrap();
    browser.client.clone().close().await.unwrap();
}
