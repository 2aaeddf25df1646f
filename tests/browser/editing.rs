//! Rows, rules, columns, double keying and trying out, with the keyboard.

use fantoccini::key::Key;
use sohoa::domain::{Column, ColumnRole, Document};

use super::hands::{HOA, LAN, MINH, becomes, cell, desk_of};
use super::made;
use super::stage::{Browser, Server, browser_is_here};

/// The short rubric with its columns, the last of them taken for notes.
fn decision() -> Document {
    let mut document = made::short();
    document.rubrics[0].columns = [
        ("STT", ColumnRole::Number),
        ("NỘI DUNG", ColumnRole::Title),
        ("ĐIỂM", ColumnRole::MaxScore),
        ("MINH CHỨNG", ColumnRole::Evidence),
        ("CÁCH TÍNH", ColumnRole::Notes),
    ]
    .map(|(header, role)| Column {
        header: header.to_owned(),
        role,
    })
    .to_vec();
    document.rubrics[0].criteria[1].notes = "Từ 80% trở lên: 2 điểm".to_owned();
    document.rubrics[0].criteria[2].notes = String::new();
    document.rubrics[0].criteria[0].notes = String::new();
    document
}

async fn server() -> Server {
    made::served(&[LAN, MINH, HOA], &decision()).await
}

/// The rows as they hang: `id<parent`.
const TREE: &str = "fetch('/api/v1/rubrics/rubric').then((a) => a.json())\
    .then(({ rubric }) => rubric.criteria.map((c) => c.id + (c.parent ? '<' + c.parent : '')).join(' '))";

async fn hangs(browser: &Browser, expect: &str) {
    browser
        .until(&format!(
            "(() => {{ {TREE}.then((tree) => (window.tree = tree)); return window.tree === '{expect}'; }})()"
        ))
        .await;
}

async fn with_control(browser: &Browser, key: Key) {
    let keys = [Key::Control, key, Key::Null].map(char::from);
    browser.keys(&keys.iter().collect::<String>()).await;
}

async fn go_to(browser: &Browser, criterion: &str, field: &str) {
    browser.click(&cell(criterion, field)).await;
    browser
        .see(&format!("td.here[data-key='{criterion}|{field}']"))
        .await;
}

#[tokio::test]
async fn rows_are_changed_with_the_keyboard_and_taken_back() {
    let Some(()) = browser_is_here() else { return };
    let server = server().await;
    let browser = desk_of(&server, LAN).await;
    go_to(&browser, "I.1", "title").await;

    browser.keys("o").await;
    hangs(&browser, "I I.1<I I.+1<I I.2<I").await;
    // The new row is where the person is: its title can be typed at once.
    browser
        .until("document.activeElement.dataset.key === 'I.+1|title'")
        .await;
    browser.press(Key::F2).await;
    browser.see(".editor").await;
    browser.keys("Sáng kiến, khen thưởng").await;
    browser.press(Key::Enter).await;
    becomes(&browser, "I.+1", "title", "Sáng kiến, khen thưởng").await;

    browser.keys(">").await;
    hangs(&browser, "I I.1<I I.+1<I.1 I.2<I").await;
    browser.keys("<").await;
    hangs(&browser, "I I.1<I I.+1<I I.2<I").await;
    browser.keys("{").await;
    hangs(&browser, "I I.+1<I I.1<I I.2<I").await;

    // Split behind the comma: the cursor goes there by the arrow.
    browser.keys("m").await;
    browser.see("dialog.rows").await;
    browser.keys("t").await;
    browser.see("#split-at").await;
    for _ in 0..10 {
        browser.press(Key::Right).await;
    }
    browser.press(Key::Enter).await;
    hangs(&browser, "I I.+1<I I.+2<I I.1<I I.2<I").await;
    becomes(&browser, "I.+1", "title", "Sáng kiến,").await;
    becomes(&browser, "I.+2", "title", "khen thưởng").await;

    // A row with two scores is not merged, and the sheet says why.
    go_to(&browser, "I.2", "title").await;
    browser.keys("m").await;
    browser.see("dialog.rows").await;
    browser.keys("g").await;
    browser.see("#merge-into").await;
    browser.click("dialog.rows .answers button").await;
    browser.see("dialog.rows [role=alert]:not([hidden])").await;
    browser.press(Key::Escape).await;
    browser.until("!document.querySelector('dialog')").await;

    // What was taken back is a version of its own.
    for version in 8..14 {
        browser.keys("u").await;
        browser
            .until(&format!(
                "document.getElementById('state').textContent.includes('{version}')"
            ))
            .await;
    }
    hangs(&browser, "I I.1<I I.2<I").await;
    browser.client.clone().close().await.unwrap();
}

#[tokio::test]
async fn a_column_becomes_rules_that_are_edited_in_words_and_tried() {
    let Some(()) = browser_is_here() else { return };
    let server = server().await;
    let browser = desk_of(&server, LAN).await;

    browser.keys("w").await;
    browser.see("dialog.columns").await;
    browser
        .value("(() => { const c = document.getElementById('column-4'); c.value = 'rule'; c.dispatchEvent(new Event('change')); })()")
        .await;
    browser.see(&format!("{} .rule-band", cell("I.1", "rules"))).await;

    go_to(&browser, "I.1", "rules").await;
    browser.press(Key::Enter).await;
    browser.see("#rule-words").await;
    browser
        .until("document.querySelectorAll('#rule-list .rule-band').length === 1")
        .await;
    // What the checks say changes while one types.
    with_control(&browser, Key::End).await;
    browser.press(Key::Enter).await;
    browser.keys("Dưới 70%: 0 điểm").await;
    browser
        .until("document.querySelectorAll('#rule-list .rule-band').length === 2")
        .await;
    browser.see("#rule-findings .look, #rule-findings .bad").await;
    // A reload loses nothing of it.
    browser.client.refresh().await.unwrap();
    browser.see("table.grid").await;
    go_to(&browser, "I.1", "rules").await;
    browser.keys("q").await;
    browser.see("#rule-words").await;
    browser
        .until("document.getElementById('rule-words').value.includes('Dưới 70%')")
        .await;
    with_control(&browser, Key::Enter).await;
    browser.until("!document.querySelector('dialog')").await;
    browser
        .until("document.querySelectorAll(\"td[data-key='I.1|rules'] .rule-band\").length === 2")
        .await;

    browser.keys("t").await;
    browser.see("tr[data-criterion='I.1'] .question input").await;
    browser.click("tr[data-criterion='I.1'] .question input").await;
    browser.keys("85,5").await;
    browser
        .until("document.querySelector(\"tr[data-criterion='I.1'] .points\").textContent === '2'")
        .await;
    assert!(
        browser
            .text("tr[data-criterion='I.1'] .trace")
            .await
            .contains("85")
    );
    // No band covers it: refused with a reason, and no points.
    browser.click("tr[data-criterion='I.1'] .question input").await;
    browser.value("document.activeElement.select()").await;
    browser.keys("75").await;
    browser.see("tr[data-criterion='I.1'] .trace.bad").await;
    browser.client.clone().close().await.unwrap();
}

#[tokio::test]
async fn scores_are_keyed_twice_and_a_difference_comes_back_to_the_queue() {
    let Some(()) = browser_is_here() else { return };
    let server = server().await;
    let browser = desk_of(&server, LAN).await;
    browser.keys("d").await;
    browser.see("dialog[open]").await;
    browser.press(Key::Enter).await;
    browser
        .until("fetch('/api/v1/rubrics/rubric').then((a) => a.json()).then((r) => (window.keying = r.keying)) && window.keying")
        .await;

    let second = desk_of(&server, HOA).await;
    second.keys("d").await;
    second.see("dialog[open]").await;
    second.press(Key::Enter).await;
    second.see("#keyed").await;
    // Ink is dark; the frame around it is not.
    let dark = "(({ data }) => data.some((value, i) => i % 4 === 0 && value < 90))";
    let seen = "((c) => c.getContext('2d').getImageData(0, 0, c.width, c.height))(document.querySelector('dialog.keying canvas'))";
    second
        .until(&format!(
            "{dark}({seen}) && document.querySelector('dialog.keying canvas').width > 300"
        ))
        .await;
    // Nothing on the sheet says what was read.
    assert!(!second.text("dialog.keying").await.contains('5'));
    for typed in ["5", "2", "8"] {
        second
            .until("document.activeElement.id === 'keyed' && document.activeElement.value === ''")
            .await;
        second.keys(typed).await;
        second.press(Key::Enter).await;
    }
    second.until("!document.querySelector('dialog')").await;
    second.see("#left[data-left='1']").await;
    second.keys("n").await;
    second.see("td.here[data-key='I.2|max_score']").await;
    second
        .until("document.getElementById('dock').textContent.includes('hoa')")
        .await;
    second.client.clone().close().await.unwrap();
    browser.client.clone().close().await.unwrap();
}
