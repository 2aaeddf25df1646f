//! The pictures of the guide: the real pages, driven through what the guide says. `make pictures` runs it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use color_quant::NeuQuant;
use fantoccini::key::Key;
use image::RgbaImage;
use tempfile::TempDir;

use super::guide::{MOST_BYTES, SIZE};
use super::hands::{HOA, LAN, MINH, cell, open_first, sign_in};
use super::stage::{Browser, Server, browser_is_here};

/// Two pages of a scan, on a machine that does other things too.
const READING: Duration = Duration::from_secs(600);
/// The colours of a picture are learnt from one pixel in so many.
const EVERY_PIXELS: i32 = 10;
/// How many there may be, the most first.
const COLOURS: [usize; 5] = [256, 128, 64, 48, 32];
#[tokio::test]
#[ignore = "writes docs/guide/pictures: make pictures"]
async fn the_pages_as_the_guide_shows_them() {
    let Some(()) = browser_is_here() else { return };
    let server = Server::start(&[HOA, LAN, MINH]);
    let papers = Papers::new();

    let clerk = at(&server, HOA).await;
    upload(
        &clerk,
        &papers.copy(
            "an_giang_bang_3--serif--poor150.pdf",
            "Thang điểm thi đua 2024 (bản quét).pdf",
        ),
        1,
    )
    .await;
    clerk.keys("j").await;
    clerk.until("document.activeElement.matches('#list .open')").await;
    picture(&clerk, "inbox").await;
    open_first(&clerk).await;
    to_doubtful_cell(&clerk).await;
    // Without the grain of the scan.
    clerk.keys("i").await;
    picture(&clerk, "desk").await;
    settle(&clerk).await;
    clerk.keys("s").await;
    clerk.see("dialog[open]").await;
    clerk.press(Key::Enter).await;
    clerk.see("#state[data-state=submitted]").await;
    clerk.go(&server.address).await;
    clerk.client.clone().close().await.unwrap();

    let maintainer = at(&server, LAN).await;
    open_first(&maintainer).await;
    maintainer.see("#confirm:not([disabled])").await;
    maintainer.keys("h").await;
    maintainer.see(".history li").await;
    maintainer.keys("i").await;
    picture(&maintainer, "confirm").await;
    maintainer.keys("s").await;
    maintainer.see("dialog[open]").await;
    maintainer.press(Key::Enter).await;
    maintainer.see("#state[data-state=confirmed]").await;

    // The same table again, as the decision of the year after.
    maintainer.go(&server.address).await;
    upload(
        &maintainer,
        &papers.copy(
            "an_giang_bang_3--serif--clean300.pdf",
            "Thang điểm thi đua 2025 (bản quét).pdf",
        ),
        2,
    )
    .await;
    maintainer.click("#list tr[data-state=draft] .open").await;
    maintainer.see("table.grid").await;
    sheets(&maintainer).await;
    maintainer.click("#compare").await;
    maintainer.see("#count").await;
    drawn(&maintainer).await;
    picture(&maintainer, "compare").await;

    maintainer.keys("b").await;
    maintainer.see("table.grid").await;
    maintainer.keys("d").await;
    maintainer.see("dialog[open]").await;
    maintainer.press(Key::Enter).await;
    maintainer
        .until("document.getElementById('saved').textContent.includes('lưu lúc')")
        .await;
    let second = at(&server, MINH).await;
    second.click("#list tr[data-state=draft] .open").await;
    second.see("table.grid").await;
    second.keys("d").await;
    second.see("dialog[open]").await;
    second.press(Key::Enter).await;
    second.see("#keyed").await;
    second.keys("10").await;
    second.press(Key::Enter).await;
    second
        .until("document.activeElement.id === 'keyed' && document.activeElement.value === ''")
        .await;
    drawn(&second).await;
    second.keys("1").await;
    picture(&second, "keying").await;
    second.client.clone().close().await.unwrap();
    maintainer.client.clone().close().await.unwrap();
}

/// The sheets of the desk and the tab to try answers.
async fn sheets(browser: &Browser) {
    browser.click(&cell("I.6", "title")).await;
    browser.keys("q").await;
    browser.see("#rule-list .rule").await;
    browser.see("#rule-findings .label").await;
    picture(browser, "rules").await;
    close(browser).await;
    browser.keys("m").await;
    browser.see("dialog.rows .ways").await;
    picture(browser, "rows").await;
    close(browser).await;
    browser.keys("t").await;
    browser.click("tr[data-criterion='I.6'] .question input").await;
    browser.keys("85").await;
    browser
        .until("document.querySelector(\"tr[data-criterion='I.6'] .points\").textContent !== ''")
        .await;
    browser
        .value("document.activeElement.scrollIntoView({ block: 'center' })")
        .await;
    picture(browser, "try").await;
    browser.press(Key::Escape).await;
    browser.value("document.activeElement.blur()").await;
    browser.keys("c").await;
    browser.see("table.grid").await;
}

async fn close(browser: &Browser) {
    browser.press(Key::Escape).await;
    browser.until("!document.querySelector('dialog')").await;
}

/// Signed in, in a window whose page has the size of the pictures.
async fn at(server: &Server, person: (&str, &str, &str)) -> Browser {
    let browser = Browser::open().await;
    let frame = browser
        .value("[outerWidth - innerWidth, outerHeight - innerHeight]")
        .await;
    let side = |i: usize, page: u32| page + u32::try_from(frame[i].as_u64().unwrap()).unwrap();
    let (width, height) = (side(0, SIZE.0), side(1, SIZE.1));
    browser.client.set_window_size(width, height).await.unwrap();
    browser.go(&server.address).await;
    sign_in(&browser, person).await;
    browser
}

async fn upload(browser: &Browser, file: &Path, documents: usize) {
    let file = file.to_str().unwrap();
    browser.see("#file").await.send_keys(file).await.unwrap();
    browser
        .until(&format!(
            "document.querySelectorAll('#list tr[data-document]').length === {documents}"
        ))
        .await;
    browser
        .until_within(READING, "document.querySelector('#list tr[data-state=draft]')")
        .await;
}

/// Goes to a doubtful cell that is read in two ways.
async fn to_doubtful_cell(browser: &Browser) {
    browser.see("#accept").await;
    let all = browser
        .value("Number(document.getElementById('left').dataset.left)")
        .await;
    for _ in 0..all.as_u64().unwrap() {
        browser.keys("n").await;
        let offered =
            "document.querySelector('td.here') && document.querySelectorAll('#dock .reading').length";
        if browser.value(offered).await.as_u64() > Some(0) {
            return;
        }
    }
    panic!("nothing is read in two ways");
}

/// Accepts whatever is doubtful: the values that stand there are right.
async fn settle(browser: &Browser) {
    let left = "Number(document.getElementById('left').dataset.left)";
    let mut now = browser.value(left).await.as_u64().unwrap();
    while now > 0 {
        browser.keys("a").await;
        browser.until(&format!("{left} < {now}")).await;
        now = browser.value(left).await.as_u64().unwrap();
    }
}

/// Waits for the pictures of pages, and for the ink that is cut out of them.
async fn drawn(browser: &Browser) {
    browser
        .until("[...document.images].every((image) => image.complete) && document.fonts.status === 'loaded'")
        .await;
    browser
        .value("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")
        .await;
}

/// Writes what the window shows, in as many colours as fit into [`MOST_BYTES`].
async fn picture(browser: &Browser, name: &str) {
    drawn(browser).await;
    let screenshot = browser.client.screenshot().await.unwrap();
    let image = image::load_from_memory(&screenshot).unwrap().to_rgba8();
    // The noise of a scan packs badly: it loses its shades first.
    let mut tries = COLOURS.iter().map(|colours| packed(&image, *colours));
    let png = tries.find(|png| png.len() as u64 <= MOST_BYTES);
    let png = png.unwrap_or_else(|| panic!("{name} does not fit"));
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/guide/pictures");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(format!("{name}.png")), png).unwrap();
}

fn packed(image: &RgbaImage, colours: usize) -> Vec<u8> {
    let colours = NeuQuant::new(EVERY_PIXELS, colours, image.as_raw());
    let indices: Vec<u8> = image
        .pixels()
        .map(|pixel| u8::try_from(colours.index_of(&pixel.0)).unwrap())
        .collect();
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, image.width(), image.height());
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_palette(colours.color_map_rgb());
    encoder.set_compression(png::Compression::High);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&indices).unwrap();
    writer.finish().unwrap();
    file
}

/// Fixtures under names as an office has them.
struct Papers(TempDir);

impl Papers {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn copy(&self, fixture: &str, name: &str) -> PathBuf {
        let scans = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/scans");
        let copy = self.0.path().join(name);
        std::fs::copy(scans.join(fixture), &copy).unwrap();
        copy
    }
}
