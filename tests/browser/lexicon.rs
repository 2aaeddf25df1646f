//! The dictionary's page and the comparison's: what a confirmed rubric proposes, and what people changed of the reading.

use fantoccini::key::Key;

use super::hands::{HOA, LAN, MINH, confirmed_by_two, sign_in, sign_out};
use super::made;
use super::stage::{Browser, Server, browser_is_here};

const TITLE: &str = "Tỷ lệ buôn làng phủ sóng";

async fn confirmed() -> (Server, Browser) {
    let server = made::served(&[HOA, LAN, MINH], &made::short()).await;
    let browser = Browser::open().await;
    confirmed_by_two(&browser, &server.address, TITLE).await;
    browser.go(&server.address).await;
    (server, browser)
}

/// How many phrases the tab shows.
async fn count(browser: &Browser, expect: usize) {
    browser
        .until(&format!(
            "document.getElementById('count')?.dataset.count === '{expect}'"
        ))
        .await;
}

#[tokio::test]
async fn a_maintainer_decides_with_the_keyboard_what_documents_are_read_with() {
    let Some(()) = browser_is_here() else { return };
    let (server, browser) = confirmed().await;
    sign_in(&browser, LAN).await;
    browser.go(&format!("{}/lexicon", server.address)).await;
    browser.see("section[data-phrase]").await;
    let proposed = browser
        .value("[...document.querySelectorAll('section[data-phrase] .words')].map((p) => p.textContent)")
        .await;
    let proposed: Vec<&str> = proposed
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|p| p.as_str())
        .collect();
    assert!(proposed.contains(&TITLE), "{proposed:?}");

    // What somebody is asked for is found without its marks.
    browser.keys("/").await;
    browser.keys("buon lang").await;
    count(&browser, 1).await;
    browser.press(Key::Tab).await;
    browser.keys("n").await;
    browser
        .until("document.activeElement.matches('section[data-phrase]')")
        .await;
    browser.keys("e").await;
    browser.see("form .editor").await;
    let all = [Key::Control.into(), 'a', Key::Null.into()];
    browser.keys(&all.iter().collect::<String>()).await;
    browser.keys("Tỷ lệ buôn làng phủ sóng di động").await;
    browser.press(Key::Enter).await;
    count(&browser, 0).await;

    browser.click("#tab-used").await;
    browser.see("#tab-used[aria-selected=true]").await;
    count(&browser, 1).await;
    let used = browser.text("section[data-phrase]").await;
    assert!(
        used.contains("phủ sóng di động") && used.contains("lan"),
        "{used}"
    );
    browser.client.clone().close().await.unwrap();
}

#[tokio::test]
async fn a_clerk_sees_the_dictionary_and_decides_nothing() {
    let Some(()) = browser_is_here() else { return };
    let (server, browser) = confirmed().await;
    sign_in(&browser, HOA).await;
    browser.go(&format!("{}/lexicon", server.address)).await;
    browser.see("section[data-phrase]").await;
    browser.keys("a").await;
    browser.keys("r").await;
    browser
        .until("document.querySelectorAll('.answers button').length === 0")
        .await;
    browser.until("!document.querySelector('form .editor')").await;
    browser.go(&server.address).await;
    sign_out(&browser).await;
    browser.client.clone().close().await.unwrap();
}

#[tokio::test]
async fn a_comparison_shows_what_people_changed_of_the_reading() {
    let Some(()) = browser_is_here() else { return };
    let (server, browser) = confirmed().await;
    sign_in(&browser, LAN).await;
    browser
        .go(&format!("{}/rubrics/rubric/compare?against=base", server.address))
        .await;
    browser.see(".difference[data-criterion='I.1']").await;
    browser.keys("n").await;
    browser
        .until("document.activeElement.matches('.difference[data-criterion=\"I.1\"]')")
        .await;
    let side = |which: &str| format!(".difference [data-field=title] [data-side={which}] p");
    assert_eq!(browser.text(&side("before")).await, "Kế hoạch");
    assert_eq!(browser.text(&side("after")).await, TITLE);
    browser.keys("b").await;
    browser.see("table.grid").await;
    browser.client.clone().close().await.unwrap();
}
