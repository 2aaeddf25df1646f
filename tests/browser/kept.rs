//! Nothing that a person typed is lost: not by a cut connection, not by a reload, not by somebody else.

use fantoccini::key::Key;
use serde_json::{Value, json};

use super::hands::{LAN, MINH, becomes, begin_to_type, cell, desk_of, type_over, write};
use super::made;
use super::stage::{Browser, Server, browser_is_here};

async fn server() -> Server {
    made::served(&[LAN, MINH], &made::short()).await
}

/// What the server has, whatever the page shows.
async fn stored(browser: &Browser, criterion: &str, field: &str) -> Value {
    let script = format!(
        "fetch('/api/v1/rubrics/rubric').then((a) => a.json()).then(({{ rubric }}) => rubric.criteria.find((c) => c.id === '{criterion}').{field})"
    );
    browser.value(&script).await
}

const NOTHING_WAITS: &str = "!document.querySelector('#connection .notice')";

#[tokio::test]
async fn a_connection_that_is_cut_in_mid_edit_loses_nothing() {
    let Some(()) = browser_is_here() else { return };
    let mut server = server().await;
    let browser = desk_of(&server, LAN).await;

    server.stop();
    write(&browser, "I.1", "notes", "một").await;
    browser.see("#connection .notice").await;
    becomes(&browser, "I.1", "notes", "một").await;
    // One works on, in whatever order; a doubtful score is settled meanwhile.
    write(&browser, "I.2", "notes", "hai").await;
    write(&browser, "I.2", "max_score", "3,5").await;
    write(&browser, "I.1", "notes", "một, sửa lại").await;
    // Taken back without the server.
    write(&browser, "I.1", "evidence", "nhầm").await;
    browser.keys("u").await;
    becomes(&browser, "I.1", "evidence", "Báo cáo").await;
    browser.click(&cell("I", "notes")).await;
    begin_to_type(&browser, "còn đang gõ").await;

    server.again();
    browser.until(NOTHING_WAITS).await;
    browser
        .until("document.getElementById('saved').textContent.includes('lưu')")
        .await;
    // The field that was open still is.
    assert_eq!(browser.value("document.activeElement.value").await, "còn đang gõ");
    browser.press(Key::Enter).await;
    becomes(&browser, "I", "notes", "còn đang gõ").await;
    browser
        .until("Object.keys(localStorage).every((key) => !key.startsWith('sohoa.kept'))")
        .await;
    assert_eq!(stored(&browser, "I", "notes").await, "còn đang gõ");
    assert_eq!(stored(&browser, "I.1", "notes").await, "một, sửa lại");
    assert_eq!(stored(&browser, "I.1", "evidence").await, "Báo cáo");
    assert_eq!(stored(&browser, "I.2", "notes").await, "hai");
    assert_eq!(stored(&browser, "I.2", "max_score").await, "3.5");
    // In the order in which they were made.
    let history = "fetch('/api/v1/rubrics/rubric/history').then((a) => a.json())\
                   .then(({ events }) => events.map((e) => e.after))";
    assert_eq!(
        browser.value(history).await,
        json!(["một", "hai", "3.5", "một, sửa lại", "còn đang gõ"])
    );
    browser.client.clone().close().await.unwrap();
}

#[tokio::test]
async fn a_reload_at_any_point_gives_back_what_was_typed() {
    let Some(()) = browser_is_here() else { return };
    let mut server = server().await;
    let browser = desk_of(&server, LAN).await;

    // In the middle of a word.
    browser.click(&cell("I.1", "notes")).await;
    begin_to_type(&browser, "nửa chừ").await;
    browser.client.refresh().await.unwrap();
    browser.see(".editor").await;
    browser.until("document.activeElement.matches('.editor')").await;
    browser.keys("ng").await;
    browser.press(Key::Enter).await;
    becomes(&browser, "I.1", "notes", "nửa chừng").await;

    // Made without a connection, on a page that is then left.
    server.stop();
    write(&browser, "I.2", "notes", "gửi sau").await;
    browser.see("#connection .notice").await;
    assert_eq!(
        browser
            .value("!dispatchEvent(new Event('beforeunload', { cancelable: true }))")
            .await,
        true,
        "closing is not asked about"
    );
    browser.go("about:blank").await;
    server.again();
    browser.go(&format!("{}/documents/made", server.address)).await;
    becomes(&browser, "I.2", "notes", "gửi sau").await;
    browser
        .until("Object.keys(localStorage).every((key) => !key.startsWith('sohoa.kept'))")
        .await;
    assert_eq!(stored(&browser, "I.2", "notes").await, "gửi sau");
    assert_eq!(stored(&browser, "I.1", "notes").await, "nửa chừng");

    // What is refused late comes back with its reason.
    server.stop();
    browser.click(&cell("I.1", "max_score")).await;
    type_over(&browser, "mười").await;
    browser.see("#connection .notice").await;
    server.again();
    browser.see(".editor[aria-invalid=true]").await;
    assert!(browser.text(".editor-hint.bad").await.contains("mười"));
    browser.press(Key::Escape).await;
    becomes(&browser, "I.1", "max_score", "2").await;
    browser.client.clone().close().await.unwrap();
}

#[tokio::test]
async fn two_people_at_one_cell_see_each_other_and_overwrite_nothing() {
    let Some(()) = browser_is_here() else { return };
    let server = server().await;
    let (lan, minh) = tokio::join!(desk_of(&server, LAN), desk_of(&server, MINH));
    assert!(lan.text("#others").await.contains("minh"));
    assert!(minh.text("#others").await.contains("lan"));

    // Different cells: both stay, nobody is asked.
    write(&lan, "I.1", "notes", "của Lan").await;
    write(&minh, "I.2", "notes", "của Minh").await;
    for browser in [&lan, &minh] {
        becomes(browser, "I.1", "notes", "của Lan").await;
        becomes(browser, "I.2", "notes", "của Minh").await;
    }

    // The same cell: whoever comes second is shown both and says which is to stand.
    for (keep, stands) in [("mine", "2,5"), ("theirs", "1,5")] {
        lan.click(&cell("I.1", "max_score")).await;
        begin_to_type(&lan, "2,5").await;
        minh.see("td.other[data-key='I.1|max_score'][data-others='lan']")
            .await;
        write(&minh, "I.1", "max_score", "1,5").await;
        becomes(&minh, "I.1", "max_score", "1,5").await;
        lan.until("document.querySelector('#state').textContent.includes('bản ')")
            .await;
        lan.press(Key::Enter).await;
        lan.see("dialog.conflict[open]").await;
        assert_eq!(lan.text("#value-mine").await, "2,5");
        assert_eq!(lan.text("#value-theirs").await, "1,5");
        assert!(lan.text("dialog.conflict").await.contains("minh"));
        lan.click(&format!("#keep-{keep}")).await;
        for browser in [&lan, &minh] {
            becomes(browser, "I.1", "max_score", stands).await;
        }
        lan.until("!document.querySelector('dialog')").await;
        if keep == "mine" {
            write(&lan, "I.1", "max_score", "2").await;
            becomes(&minh, "I.1", "max_score", "2").await;
        }
    }
    let (lan, minh) = (lan.client.clone(), minh.client.clone());
    lan.close().await.unwrap();
    minh.close().await.unwrap();
}
