//! The inbox by the keyboard alone: find, choose many, take, hand over, and see what others do without asking.

use std::io::Cursor;
use std::path::PathBuf;

use fantoccini::key::Key;
use image::{DynamicImage, GrayImage, ImageFormat, Luma};
use serde_json::Value;

use super::stage::{Browser, Server, browser_is_here};

const LAN: (&str, &str, &str) = ("lan", "maintainer", "mật khẩu dài của Lan");
const HOA: (&str, &str, &str) = ("hoa", "clerk", "mật khẩu dài của Hoa");
const ROWS: &str = "document.querySelectorAll('#list tr[data-document]')";

async fn sign_in(browser: &Browser, (name, _, password): (&str, &str, &str)) {
    browser.see("#user").await;
    browser.keys(name).await;
    browser.press(Key::Tab).await;
    browser.keys(password).await;
    browser.press(Key::Enter).await;
    browser.see("#drop").await;
}

/// Empty pages, each of another grey: read at once, and nothing on them to settle.
fn empty_pages(folder: &std::path::Path, names: &[&str]) -> Vec<PathBuf> {
    let page = |(number, name): (usize, &&str)| {
        let grey = 255 - u8::try_from(number).unwrap();
        let page = DynamicImage::ImageLuma8(GrayImage::from_pixel(620, 877, Luma([grey])));
        let mut bytes = Cursor::new(Vec::new());
        page.write_to(&mut bytes, ImageFormat::Png).unwrap();
        let path = folder.join(name);
        std::fs::write(&path, bytes.into_inner()).unwrap();
        path
    };
    names.iter().enumerate().map(page).collect()
}

async fn names(browser: &Browser) -> Vec<String> {
    let names = browser
        .value(&format!(
            "[...{ROWS}].map((row) => row.querySelector('.open').textContent)"
        ))
        .await;
    let names = names.as_array().unwrap().iter();
    names.map(|name| name.as_str().unwrap().to_owned()).collect()
}

/// Until this many rows are there, all of them read.
async fn settled(browser: &Browser, rows: usize) {
    browser
        .until(&format!(
            "{ROWS}.length === {rows} && [...{ROWS}].every((row) => !['queued', 'reading'].includes(row.dataset.state))"
        ))
        .await;
}

async fn holders(browser: &Browser) -> Value {
    browser
        .value(&format!(
            "[...{ROWS}].map((row) => row.querySelector('td:last-child span')?.textContent ?? '')"
        ))
        .await
}

#[tokio::test]
async fn what_finds_the_queue_full_is_sent_again_by_itself() {
    let Some(()) = browser_is_here() else { return };
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("sohoa.toml");
    std::fs::write(&settings, "[server]\nworkers = 1\nmost_waiting = 1\n").unwrap();
    let server = Server::at(0, Server::folder(&[LAN]), Some(settings));
    let scan = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/fixtures/scans/an_giang_bang_3--serif--office200.pdf"
    );
    let scan = std::fs::read(scan).unwrap();
    let files: Vec<String> = (1..=3)
        .map(|number| {
            let path = folder.path().join(format!("bản quét {number}.pdf"));
            // A comment to every reader, and other bytes.
            let bytes = [scan.as_slice(), format!("\n% {number}\n").as_bytes()].concat();
            std::fs::write(&path, bytes).unwrap();
            path.to_str().unwrap().to_owned()
        })
        .collect();
    let browser = Browser::open().await;
    browser.go(&server.address).await;
    sign_in(&browser, LAN).await;
    browser
        .see("#file")
        .await
        .send_keys(&files.join("\n"))
        .await
        .unwrap();
    browser
        .until("document.querySelector('.uploads [role=status]')?.textContent.includes('tự gửi lại')")
        .await;
    settled(&browser, 3).await;
    browser
        .until("document.querySelector('.uploads li') === null")
        .await;
}

#[tokio::test]
async fn many_documents_are_found_chosen_and_given_with_the_keyboard() {
    let Some(()) = browser_is_here() else { return };
    let server = Server::start(&[LAN, HOA]);
    let folder = tempfile::tempdir().unwrap();
    let files = empty_pages(folder.path(), &["Báo cáo quý.png", "Kế hoạch.png", "Đề án.png"]);
    let browser = Browser::open().await;
    browser.go(&server.address).await;
    sign_in(&browser, LAN).await;
    for file in &files {
        browser
            .see("#file")
            .await
            .send_keys(file.to_str().unwrap())
            .await
            .unwrap();
    }
    settled(&browser, 3).await;
    assert_eq!(
        names(&browser).await,
        ["Đề án.png", "Kế hoạch.png", "Báo cáo quý.png"]
    );

    // Without marks, from the file's name; Esc shows everything again.
    browser.keys("/").await;
    browser.until("document.activeElement.id === 'search'").await;
    browser.keys("bao cao").await;
    browser
        .until(&format!(
            "{ROWS}.length === 1 && location.search.includes('q=bao')"
        ))
        .await;
    assert_eq!(names(&browser).await, ["Báo cáo quý.png"]);
    // A reload shows the same list.
    browser.client.refresh().await.unwrap();
    browser.until(&format!("{ROWS}.length === 1")).await;
    browser.keys("/").await;
    browser.press(Key::Escape).await;
    browser
        .until(&format!("{ROWS}.length === 3 && location.search === ''"))
        .await;

    // Two of three: the first with x, up to the second with shift and x.
    browser.keys("j").await;
    browser
        .until("document.activeElement.matches('#list .open')")
        .await;
    browser.keys("x").await;
    browser.keys("j").await;
    browser.keys("X").await;
    browser
        .until("document.querySelectorAll('#list tr.selected').length === 2")
        .await;
    browser.keys("t").await;
    browser
        .until(&format!(
            "[...{ROWS}].filter((row) => row.textContent.includes('lan')).length === 2"
        ))
        .await;
    // Mine, then nobody's.
    browser.keys("m").await;
    browser.until(&format!("{ROWS}.length === 2")).await;
    browser.keys("m").await;
    browser.until(&format!("{ROWS}.length === 1")).await;
    assert_eq!(names(&browser).await, ["Báo cáo quý.png"]);
    browser.keys("m").await;
    browser.until(&format!("{ROWS}.length === 3")).await;

    // Somebody else's list changes by itself.
    let other = Browser::open().await;
    other.go(&server.address).await;
    sign_in(&other, HOA).await;
    settled(&other, 3).await;
    assert_eq!(holders(&other).await, serde_json::json!(["lan", "lan", ""]));
    browser.press(Key::Escape).await;
    browser.keys("j").await;
    browser.keys("h").await;
    browser.see("dialog[open] #receiver").await;
    browser.press(Key::Enter).await;
    other
        .until(&format!(
            "[...{ROWS}].some((row) => row.querySelector('td:last-child span')?.textContent === 'hoa')"
        ))
        .await;

    // What can be done stands in the sheet of keys.
    browser.until("!document.querySelector('dialog[open]')").await;
    browser.keys("?").await;
    let sheet = browser.text("dialog.help").await;
    for words in ["Chuyển cho người khác", "Tải lên cả thư mục", "Chọn, bỏ chọn"] {
        assert!(sheet.contains(words), "{words}: {sheet}");
    }

    // What goes asks first, and is gone for everybody.
    browser.press(Key::Escape).await;
    browser.until("!document.querySelector('dialog[open]')").await;
    browser.keys("d").await;
    browser.see("dialog[open] .danger").await;
    browser.press(Key::Enter).await;
    other.until(&format!("{ROWS}.length === 2")).await;
    other.client.clone().close().await.unwrap();
    browser.client.clone().close().await.unwrap();
}
