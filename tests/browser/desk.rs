//! A scan comes in, two people work on it, a confirmed rubric goes out.

use std::path::PathBuf;
use std::time::Duration;

use fantoccini::key::Key;
use serde_json::Value;
use sohoa::domain::{Document, Field, Provenance};
use sohoa::stages::export::json;

use super::hands::{LAN, MINH, becomes, cell, desk_of, open_first, sign_in, type_over};
use super::made;
use super::stage::{Browser, Server, browser_is_here};

/// Two pages at 200 dpi: seconds on an idle machine.
const READING: Duration = Duration::from_secs(300);

fn scan() -> String {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/scans/an_giang_bang_3--serif--office200.pdf");
    file.to_str().unwrap().to_owned()
}

async fn value_of(browser: &Browser, criterion: &str, field: &str) -> String {
    browser.text(&format!("{} .words", cell(criterion, field))).await
}

#[tokio::test]
async fn a_scan_becomes_a_confirmed_rubric_by_two_people() {
    let Some(()) = browser_is_here() else { return };
    let server = Server::start(&[LAN, MINH]);
    let browser = Browser::open().await;

    // Nobody is signed in: every page leads to the sign-in page.
    browser.go(&server.address).await;
    sign_in(&browser, LAN).await;

    upload_and_watch(&browser).await;
    open_first(&browser).await;
    let before = compare_cell_and_box(&browser).await;
    edit_and_undo(&browser, &before).await;
    settle_every_doubt(&browser).await;
    submit(&browser).await;
    cannot_confirm_own(&browser).await;

    // The second person.
    browser.click("#person > summary").await;
    browser.click("#person .menu button").await;
    browser.see("#user").await;
    browser.go(&server.address).await;
    sign_in(&browser, MINH).await;
    open_first(&browser).await;
    browser.see("#confirm:not([disabled])").await;
    browser.keys("s").await;
    browser.see("dialog[open]").await;
    browser.press(Key::Enter).await;
    browser.see("#state[data-state=confirmed]").await;
    // Official: nothing can be edited any more.
    browser.click(&cell("I.1", "notes")).await;
    browser.press(Key::F2).await;
    browser.see("#says .failed").await;

    exported(&browser).await;
    browser.client.clone().close().await.unwrap();
}

async fn upload_and_watch(browser: &Browser) {
    // Note every state and page count that the row shows, however short.
    browser
        .value(
            "(() => { window.seen = []; const note = () => document.querySelectorAll('#list tr[data-document]')\
             .forEach((row) => window.seen.push(row.dataset.state + '|' + (row.querySelector('progress')?.value ?? '')));\
             new MutationObserver(note).observe(document.body, { childList: true, subtree: true }); })()",
        )
        .await;
    browser.see("#file").await.send_keys(&scan()).await.unwrap();
    browser.see("#list tr[data-document]").await;
    browser
        .until_within(READING, "!['queued', 'reading'].includes(document.querySelector('#list tr[data-document]')?.dataset.state)")
        .await;
    browser.see("#list tr[data-state=draft]").await;
    let seen = browser.value("window.seen").await;
    let seen: Vec<&str> = seen
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    // Pages may be done so close together that only the last of them shows.
    let page_done = seen.iter().any(|s| matches!(*s, "reading|1" | "reading|2"));
    assert!(page_done, "no page was seen done: {seen:?}");

    // The same bytes again are the same document.
    browser.see("#file").await.send_keys(&scan()).await.unwrap();
    browser
        .until("document.getElementById('says')?.textContent.includes('đã có sẵn')")
        .await;
    assert_eq!(
        browser
            .value("document.querySelectorAll('#list tr[data-document]').length")
            .await,
        1
    );
}

/// Cell and box are one thing seen twice. Gives the maximum of I.7 as shown.
async fn compare_cell_and_box(browser: &Browser) -> String {
    browser.click(&cell("I.6", "max_score")).await;
    browser.see(".box.here[data-key='I.6|max_score']").await;
    browser.click(".box[data-key='I.7|max_score']").await;
    browser.see("td.here[data-key='I.7|max_score']").await;
    browser
        .until("document.activeElement.dataset.key === 'I.7|max_score'")
        .await;
    value_of(browser, "I.7", "max_score").await
}

async fn edit_and_undo(browser: &Browser, before: &str) {
    // What is no number is refused, and what was typed stays to be mended.
    type_over(browser, "mười").await;
    browser.see(".editor[aria-invalid=true]").await;
    assert!(browser.text(".editor-hint.bad").await.contains("mười"));
    browser.press(Key::Escape).await;
    becomes(browser, "I.7", "max_score", before).await;

    browser.click(&cell("I.7", "max_score")).await;
    type_over(browser, "9,75").await;
    becomes(browser, "I.7", "max_score", "9,75").await;
    browser.see("tr[data-criterion='I'] .sum.bad").await;

    browser.keys("u").await;
    becomes(browser, "I.7", "max_score", before).await;
    browser.see("tr[data-criterion='I'] .sum.good").await;

    browser.click(&cell("I.1", "notes")).await;
    type_over(browser, "đã đối chiếu <b>").await;
    becomes(browser, "I.1", "notes", "đã đối chiếu <b>").await;

    // The history keeps all of it, what was taken back too.
    browser.keys("h").await;
    browser.see(".history li.undone").await;
    assert!(browser.text(".history").await.contains("9,75"));
    // Any version can be looked at.
    browser
        .until("document.querySelectorAll('.history a.version').length > 1")
        .await;
    browser.keys("c").await;
    browser.see("table.grid").await;
}

/// Enter accepts and leads on to the next, until none is left.
async fn settle_every_doubt(browser: &Browser) {
    let left = async || {
        let left = browser
            .value("Number(document.getElementById('left').dataset.left)")
            .await;
        left.as_u64().unwrap()
    };
    let mut now = left().await;
    if now > 0 {
        browser.keys("n").await;
    }
    while now > 0 {
        browser.until("document.activeElement.id === 'accept'").await;
        browser.press(Key::Enter).await;
        browser
            .until(&format!(
                "Number(document.getElementById('left').dataset.left) < {now}"
            ))
            .await;
        now = left().await;
    }
}

async fn submit(browser: &Browser) {
    browser.keys("s").await;
    browser.see("dialog[open]").await;
    browser.press(Key::Enter).await;
    browser.see("#state[data-state=submitted]").await;
}

/// The page does not offer it, and the server refuses it.
async fn cannot_confirm_own(browser: &Browser) {
    browser.see("#confirm[disabled]").await;
    let refused = browser
        .value(
            "(async () => { const id = document.querySelector('#export a').pathname.split('/').at(-2);\
             const path = '/api/v1/rubrics/' + id;\
             const etag = (await fetch(path)).headers.get('ETag');\
             const answer = await fetch(path + '/confirm', { method: 'POST', headers: { 'X-Sohoa': '1', 'If-Match': etag } });\
             return [answer.status, (await answer.json()).code]; })()",
        )
        .await;
    assert_eq!(refused, serde_json::json!([403, "same_person"]));
}

async fn exported(browser: &Browser) {
    browser.keys("x").await;
    browser.until("document.activeElement.matches('#export a')").await;
    browser.press(Key::Enter).await;
    let file: Value = serde_json::from_slice(&browser.downloaded("json").await).unwrap();
    assert_eq!(file["status"], "confirmed");
    let criteria = file["rubrics"][0]["criteria"].as_array().unwrap();
    assert_eq!(criteria.len(), 12);
    let first = criteria.iter().find(|c| c["id"] == "I.1").unwrap();
    assert_eq!(first["notes"], "đã đối chiếu <b>");

    browser.click("#export > summary").await;
    browser.click("#export a[data-format=csv]").await;
    let csv = String::from_utf8(browser.downloaded("csv").await).unwrap();
    assert!(csv.contains("đã đối chiếu <b>"), "{csv}");
    assert!(csv.contains("đã xác nhận") && !csv.contains("bản nháp"), "{csv}");
}

/// A table of seven columns: rules must not be squeezed until their words break letter by letter.
#[tokio::test]
async fn rules_in_a_column_of_their_own_can_be_read() {
    let Some(()) = browser_is_here() else { return };
    let server = Server::start(&[LAN]);
    let browser = Browser::open().await;
    browser.go(&server.address).await;
    sign_in(&browser, LAN).await;
    let file = scan().replace("an_giang_bang_3--serif--office200", "ha_giang_1--serifland");
    browser.see("#file").await.send_keys(&file).await.unwrap();
    browser.see("#list tr[data-state=draft]").await;
    open_first(&browser).await;
    browser.see(".rule").await;
    let widths = "[...document.querySelectorAll('td.f-rules')].map((cell) => cell.clientWidth)";
    let narrowest = browser.value(&format!("Math.min(...{widths})")).await;
    assert!(narrowest.as_f64().is_some_and(|w| w >= 180.0), "{narrowest}");
    browser.client.clone().close().await.unwrap();
}

#[tokio::test]
async fn sums_and_rules_are_exact_in_the_browser() {
    let Some(()) = browser_is_here() else { return };
    let server = Server::start(&[LAN]);
    let browser = Browser::open().await;
    browser.go(&format!("{}/login", server.address)).await;
    browser.see("#user").await;
    let check = async |expression: &str, expect: Value| {
        let script = format!(
            "(async () => {{ const [d, r, s] = await Promise.all(['decimal', 'rules', 'sums'].map((m) => import('/assets/' + m + '.js'))); return {expression}; }})()"
        );
        assert_eq!(browser.value(&script).await, expect, "{expression}");
    };
    check(
        "d.plain(d.total(['0.1', '0.2', '1,05'].map(d.decimal)))",
        "1.35".into(),
    )
    .await;
    check("d.plain(d.total(Array(10).fill(d.decimal('0.1'))))", "1".into()).await;
    check(
        "d.plain(d.subtract(d.decimal('1'), d.decimal('1.5')))",
        "-0.5".into(),
    )
    .await;
    check("d.decimal('1,5 điểm')", Value::Null).await;
    check("d.shown('1.50')", "1,5".into()).await;
    check("d.same(d.decimal('10'), d.decimal('10.000'))", true.into()).await;
    let band = "r.chip({type:'band',variable:'%',unit:'%',lower:'80',lower_closed:true,upper:'100',upper_closed:false,award:{points:'1.5'}})";
    check(
        &format!("{band}.before + {band}.points"),
        "80% ≤ x < 100% → 1,5".into(),
    )
    .await;
    check(
        "r.interval({variable:'%',lower:'100',lower_closed:true,upper:'100',upper_closed:true})",
        "x = 100%".into(),
    )
    .await;
    check(
        "r.interval({variable:'a/b',unit:null,lower:'1.5',lower_closed:true})",
        "a/b ≥ 1,5".into(),
    )
    .await;
    let rubric = "{max_score:'10',criteria:[{id:'I',kind:'section',max_score:'10'},{id:'I.1',parent:'I',kind:'criterion',max_score:'8.5'},{id:'I.2',parent:'I',kind:'criterion',max_score:'15'}]}";
    let doubt = "[{criterion:'I.2',field:'max_score',candidates:['15','1,5']}]";
    check(
        &format!("(({{proven, sum, fits}}) => [proven, sum, fits])(s.proof({rubric}, {rubric}.criteria[0], {doubt}))"),
        serde_json::json!([false, "23.5", { "criterion": "I.2", "value": "1.5" }]),
    )
    .await;
    browser.client.clone().close().await.unwrap();
}

/// A section and two criteria, of which the first has rules that were read without certainty.
fn with_doubtful_rules() -> Document {
    let mut document = made::short();
    let rubric = &mut document.rubrics[0];
    let known = json::known_rubrics().iter().flat_map(|known| &known.criteria);
    let ruled = known.max_by_key(|c| c.rules.len()).unwrap();
    let entry = rubric.criteria[1].provenance[0].clone();
    rubric.criteria[1].rules = ruled.rules.clone();
    rubric.criteria[1].provenance.push(Provenance {
        field: Field::Rules,
        doubtful: true,
        ..entry
    });
    document
}

#[tokio::test]
async fn rules_in_doubt_are_shown_in_words() {
    let Some(()) = browser_is_here() else { return };
    let document = with_doubtful_rules();
    let words = document.rubrics[0].criteria[1].rules[0].text.clone();
    let server = made::served(&[LAN], &document).await;
    let browser = desk_of(&server, LAN).await;
    let of_rules = "document.querySelector('#dock .what .label').textContent.startsWith('Cách tính điểm')";
    for _ in 0..2 {
        if browser.value(of_rules).await == Value::Bool(true) {
            break;
        }
        browser.keys("n").await;
    }
    let told = browser.text("#dock .now").await;
    let told: Vec<&str> = told.split_whitespace().collect();
    let words: Vec<&str> = words.split_whitespace().collect();
    assert!(told.starts_with(&words), "{told:?} {words:?}");
    browser.client.clone().close().await.unwrap();
}

#[tokio::test]
async fn a_tab_that_loads_late_is_not_laid_over_the_one_that_is_open() {
    let Some(()) = browser_is_here() else { return };
    let server = made::served(&[LAN], &made::short()).await;
    let browser = desk_of(&server, LAN).await;
    // The history's answer is held back until it is let go.
    browser
        .value(
            "(window.held = new Promise((go) => (window.letGo = go)), window.asked = window.fetch, \
             window.fetch = (...of) => String(of[0]).endsWith('/history') ? held.then(() => asked(...of)) : asked(...of), 0)",
        )
        .await;
    browser.keys("h").await;
    browser.see("#tab-history[aria-selected=true]").await;
    browser.keys("c").await;
    browser.see("#panel table.grid").await;
    browser
        .value("(letGo(), asked('/livez').then(() => new Promise((done) => setTimeout(done, 500))))")
        .await;
    browser.until("document.querySelector('#panel table.grid')").await;
    browser.client.clone().close().await.unwrap();
}
