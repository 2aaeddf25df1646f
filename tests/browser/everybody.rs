//! Pages that everybody can use: no violation of WCAG 2.2 A or AA that axe can find, and the whole story without a mouse.

use std::path::PathBuf;

use fantoccini::key::Key;
use serde_json::Value;

use super::hands::{
    HOA, LAN, MINH, SEP, becomes, begin_to_type, cell, confirmed_by, confirmed_by_two, hand_on, open_first,
    settle, sign_in, sign_out, tab_to,
};
use super::made;
use super::stage::{Browser, Server, browser_is_here};

/// A laptop and a tablet upright.
const SCREENS: [(u32, u32); 2] = [(1366, 768), (820, 1180)];
const RULES: &str = "['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22a','wcag22aa']";

pub struct Axe<'b> {
    browser: &'b Browser,
    script: String,
    /// Violations, each with the page it is on.
    pub found: Vec<String>,
}

impl<'b> Axe<'b> {
    pub fn of(browser: &'b Browser) -> Self {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(".runtime/axe.min.js");
        let script = std::fs::read_to_string(&path)
            .unwrap_or_else(|e| panic!("{}: {e}; run make setup-test", path.display()));
        Self {
            browser,
            script,
            found: Vec::new(),
        }
    }

    pub async fn look(&mut self, at: &str) {
        self.look_at("document", at).await;
    }

    async fn look_at(&mut self, context: &str, at: &str) {
        self.browser
            .client
            .execute(&self.script, Vec::new())
            .await
            .unwrap();
        let violations = self
            .browser
            .value(&format!(
                "axe.run({context}, {{ runOnly: {RULES} }}).then(({{ violations, passes }}) => [passes.length, violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.html.slice(0, 200)).join(' | '))])"
            ))
            .await;
        let [Value::Number(passed), Value::Array(violations)] = violations.as_array().unwrap().as_slice()
        else {
            panic!("{at}: {violations}");
        };
        assert!(passed.as_u64() > Some(2), "{at}: axe looked at nothing");
        self.found
            .extend(violations.iter().map(|violation| format!("{at}: {violation}")));
    }
}

#[tokio::test]
async fn axe_finds_nothing_on_any_page_in_both_languages_and_sizes() {
    let Some(()) = browser_is_here() else { return };
    let server = made::served(&[LAN, MINH], &made::short()).await;
    let browser = Browser::open().await;
    let mut axe = Axe::of(&browser);
    browser.go(&format!("{}/login", server.address)).await;
    browser.see("#user").await;
    axe.look("login").await;
    sign_in(&browser, LAN).await;
    for (width, height) in SCREENS {
        browser.client.set_window_size(width, height).await.unwrap();
        for language in ["vi", "en"] {
            let script = format!("localStorage.setItem('sohoa.language', '{language}')");
            browser.value(&script).await;
            browser.go(&server.address).await;
            browser.see("#list tr[data-document]").await;
            axe.look(&format!("inbox {width} {language}")).await;
            open_first(&browser).await;
            look_round_the_desk(&browser, &mut axe, &format!("{width} {language}")).await;
        }
    }
    assert!(axe.found.is_empty(), "{:#?}", axe.found);
    browser.client.clone().close().await.unwrap();
}

async fn look_round_the_desk(browser: &Browser, axe: &mut Axe<'_>, how: &str) {
    for (key, tab) in [
        ("f", "findings"),
        ("t", "try"),
        ("v", "text"),
        ("h", "history"),
        ("l", "reread"),
        ("c", "criteria"),
    ] {
        browser.keys(key).await;
        browser.see(&format!("#tab-{tab}[aria-selected=true]")).await;
        axe.look(&format!("{tab} {how}")).await;
    }
    browser.click(&cell("I.1", "max_score")).await;
    begin_to_type(browser, "mười").await;
    axe.look(&format!("field {how}")).await;
    browser.press(Key::Enter).await;
    browser.see(".editor[aria-invalid=true]").await;
    axe.look(&format!("refused field {how}")).await;
    browser.press(Key::Escape).await;
    for (key, dialog) in [
        ("?", "dialog.help"),
        ("s", "dialog"),
        ("m", "dialog.rows"),
        ("q", "dialog.rule-editor"),
        ("d", "dialog"),
    ] {
        browser.keys(key).await;
        browser.see(&format!("{dialog}[open]")).await;
        axe.look(&format!("{dialog} {how}")).await;
        browser.press(Key::Escape).await;
        browser.until("!document.querySelector('dialog')").await;
    }
    browser.keys("x").await;
    browser.see("#export[open]").await;
    // What lies under an open menu cannot be aimed at, and need not be.
    axe.look_at("{ include: '#head' }", &format!("export menu {how}"))
        .await;
    browser.press(Key::Escape).await;
}

#[tokio::test]
async fn axe_finds_nothing_beside_the_desk_either() {
    let Some(()) = browser_is_here() else { return };
    let server = made::served(&[LAN, MINH, SEP], &made::short()).await;
    let browser = Browser::open().await;
    confirmed_by_two(&browser, &server.address, "Tỷ lệ buôn làng phủ sóng").await;
    browser.go(&server.address).await;
    sign_in(&browser, SEP).await;
    let mut axe = Axe::of(&browser);
    for (width, height) in SCREENS {
        browser.client.set_window_size(width, height).await.unwrap();
        for language in ["vi", "en"] {
            let script = format!("localStorage.setItem('sohoa.language', '{language}')");
            browser.value(&script).await;
            look_beside_the_desk(
                &browser,
                &mut axe,
                &server.address,
                &format!("{width} {language}"),
            )
            .await;
        }
    }
    assert!(axe.found.is_empty(), "{:#?}", axe.found);
    browser.client.clone().close().await.unwrap();
}

async fn look_beside_the_desk(browser: &Browser, axe: &mut Axe<'_>, address: &str, how: &str) {
    browser.go(&format!("{address}/lexicon")).await;
    browser.see("section[data-phrase]").await;
    axe.look(&format!("proposals {how}")).await;
    browser.keys("e").await;
    browser.see("form .editor").await;
    axe.look(&format!("phrase in hand {how}")).await;
    browser.press(Key::Escape).await;
    for tab in ["used", "looks"] {
        browser.click(&format!("#tab-{tab}")).await;
        browser.see(&format!("#tab-{tab}[aria-selected=true]")).await;
        axe.look(&format!("lexicon {tab} {how}")).await;
    }
    browser
        .go(&format!("{address}/rubrics/rubric/compare?against=base"))
        .await;
    browser.see(".difference").await;
    axe.look(&format!("comparison {how}")).await;
    browser.go(&format!("{address}/account")).await;
    browser.see("#audit tbody tr").await;
    axe.look(&format!("account {how}")).await;
}

fn scan() -> String {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/layouts/ruled.pdf");
    file.to_str().unwrap().to_owned()
}

/// Clerk, maintainer, clerk, second maintainer: nothing is clicked.
#[tokio::test]
async fn the_whole_story_is_told_with_the_keyboard_alone() {
    let Some(()) = browser_is_here() else { return };
    let server = Server::start(&[HOA, LAN, MINH]);
    let browser = Browser::open().await;
    browser.go(&server.address).await;

    sign_in(&browser, HOA).await;
    // The system's own file dialog is no page: the file is put where that dialog puts it.
    tab_to(&browser, "#upload").await;
    browser.see("#file").await.send_keys(&scan()).await.unwrap();
    browser.see("#list tr[data-state=draft]").await;
    open_first(&browser).await;
    settle(&browser).await;
    hand_on(&browser, "submitted").await;
    sign_out(&browser).await;

    browser.go(&server.address).await;
    sign_in(&browser, LAN).await;
    open_first(&browser).await;
    browser.see("#return:not([disabled])").await;
    browser.keys("r").await;
    browser.see("dialog[open] textarea").await;
    browser.keys("Ghi chú mục đầu").await;
    browser.press(Key::Tab).await;
    tab_to(&browser, "dialog button.danger").await;
    browser.press(Key::Enter).await;
    browser.see("#state[data-state=returned]").await;
    sign_out(&browser).await;

    browser.go(&server.address).await;
    sign_in(&browser, HOA).await;
    open_first(&browser).await;
    assert!(browser.text("#returned").await.contains("Ghi chú mục đầu"));
    browser.keys("j").await;
    let first = browser.value("document.activeElement.dataset.key").await;
    let first = first.as_str().unwrap().split('|').next().unwrap().to_owned();
    while browser
        .value("document.activeElement.dataset.key.endsWith('|title')")
        .await
        == Value::Bool(false)
    {
        browser.press(Key::Right).await;
    }
    begin_to_type(&browser, "Đã sửa theo ý kiến").await;
    browser.press(Key::Enter).await;
    becomes(&browser, &first, "title", "Đã sửa theo ý kiến").await;
    hand_on(&browser, "submitted").await;
    sign_out(&browser).await;

    confirmed_by(&browser, &server.address, MINH).await;
    browser.client.clone().close().await.unwrap();
}
