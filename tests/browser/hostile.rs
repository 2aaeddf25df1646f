//! Words that came from a scan or a file name are words on every page, whatever they look like.

use serde_json::Value;
use sohoa::domain::Document;

use super::hands::{LAN, MINH, confirmed_by, hand_on, open_first, settle, sign_in, sign_out, write};
use super::made;
use super::stage::{Browser, browser_is_here};

const MARKUP: &str = "<img src=x onerror=\"window.hit=1\"><script>window.hit=1</script></textarea>'\"";
/// What comes after it would be read from right to left.
const TURNED: &str = "điểm \u{202e}01\u{202c} tối đa";

fn hostile() -> Document {
    let mut document = made::short();
    document.source.file = format!("{MARKUP}\u{202e}fdp.pdf");
    document.metadata.title = Some(MARKUP.to_owned());
    document.text = format!("{MARKUP}\n{TURNED}");
    let rubric = &mut document.rubrics[0];
    rubric.title = MARKUP.to_owned();
    for criterion in &mut rubric.criteria {
        criterion.title = format!("{} {MARKUP}", criterion.title);
        criterion.evidence = format!("{MARKUP} {TURNED}");
        criterion.notes = TURNED.to_owned();
        for entry in &mut criterion.provenance {
            entry.raw = MARKUP.to_owned();
            entry.candidates = vec!["3".to_owned(), MARKUP.to_owned()];
        }
    }
    document
}

/// Nothing of it ran, and nothing of it became part of the page.
async fn is_harmless(browser: &Browser, at: &str) {
    let found = "[window.hit === undefined, document.querySelectorAll('img[src=x]').length, \
                 [...document.scripts].filter((script) => script.textContent.includes('window.hit')).length]";
    let seen = browser.value(found).await;
    assert_eq!(seen, serde_json::json!([true, 0, 0]), "{at}");
}

async fn shows(browser: &Browser, css: &str, words: &str) {
    let text = serde_json::to_string(words).unwrap();
    let css = Value::from(css);
    browser
        .until(&format!(
            "[...document.querySelectorAll({css})].some((e) => e.textContent.includes({text}))"
        ))
        .await;
}

#[tokio::test]
async fn markup_and_turned_text_of_a_scan_are_words_on_every_page() {
    let Some(()) = browser_is_here() else { return };
    let server = made::served(&[LAN, MINH], &hostile()).await;
    let browser = Browser::open().await;
    browser.go(&server.address).await;
    sign_in(&browser, LAN).await;
    shows(&browser, "#list tr[data-document]", "<img src=x").await;
    shows(&browser, "#list tr[data-document]", "\\u{202e}fdp.pdf").await;
    is_harmless(&browser, "inbox").await;

    open_first(&browser).await;
    shows(&browser, "table.grid", "<script>window.hit=1</script>").await;
    // Turned round, `01` would show as `10`.
    shows(&browser, "table.grid", "điểm \\u{202e}01\\u{202c} tối đa").await;
    for (key, tab) in [
        ("f", "findings"),
        ("t", "try"),
        ("v", "text"),
        ("h", "history"),
        ("c", "criteria"),
    ] {
        browser.keys(key).await;
        browser.see(&format!("#tab-{tab}[aria-selected=true]")).await;
        is_harmless(&browser, tab).await;
    }
    // What was typed may look like anything, too.
    write(&browser, "I.1", "title", MARKUP).await;
    settle(&browser).await;
    is_harmless(&browser, "edited").await;
    hand_on(&browser, "submitted").await;
    sign_out(&browser).await;

    confirmed_by(&browser, &server.address, MINH).await;
    is_harmless(&browser, "confirmed").await;
    browser
        .go(&format!("{}/rubrics/rubric/compare?against=base", server.address))
        .await;
    browser.see(".difference").await;
    is_harmless(&browser, "comparison").await;
    browser.go(&format!("{}/lexicon", server.address)).await;
    browser.see("#count").await;
    is_harmless(&browser, "dictionary").await;
    browser.client.clone().close().await.unwrap();
}
