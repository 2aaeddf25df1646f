//! Real pages, read by `sohoa worker` processes.

use std::fmt::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use sohoa::store::{self, DataFolder, DocumentState, NewDocument};
use time::OffsetDateTime;

use super::measure;
use super::server::Server;

/// The pages of one bundled scan, again and again, unless `PAGES` says how many.
const PAGES: u32 = 200;
const SCAN: &str = "fixtures/scans/an_giang_bang_3--serif--office200.pdf";
const SCAN_PAGES: u32 = 2;

pub struct Real {
    pages: u32,
    one: Run,
    two: Run,
}

struct Run {
    wall: Duration,
    processor: Duration,
    /// Of the database server.
    server: Duration,
    result: String,
    /// Of the uploaded file, and of what reading left.
    disk: (u64, u64),
}

/// Ends with its owner.
struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        // Already dead is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub async fn measure(server: &Server) -> Result<Real> {
    let pages = match std::env::var("PAGES") {
        Ok(pages) => pages.parse().context("PAGES is a number")?,
        Err(_) => PAGES,
    };
    let one = run(server, 1, pages).await?;
    let two = run(server, 2, pages).await?;
    ensure!(
        one.result == two.result,
        "two workers read something else than one"
    );
    Ok(Real { pages, one, two })
}

async fn run(server: &Server, workers: usize, pages: u32) -> Result<Run> {
    let address = server.database().await;
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    let held = DataFolder::open(&data)?;
    let store = store::open(&data, Some(&address)).await?;
    let settings = folder.path().join("sohoa.toml");
    std::fs::write(
        &settings,
        format!("[server]\ndata = {data:?}\n[store]\ndatabase = {address:?}\n[limits]\npages = 1000\n"),
    )?;
    let id = "long".to_owned();
    let upload = held.blob(&id);
    document(&upload, pages)?;
    let new = NewDocument {
        id: &id,
        sha256: &id,
        file: "long.pdf",
        bytes: upload.metadata()?.len(),
        by: "bench",
    };
    let began = Instant::now();
    let spent = super::processor_time(server)?;
    let workers: Vec<Worker> = (0..workers)
        .map(|_| {
            Command::new(env!("CARGO_BIN_EXE_sohoa"))
                .args(["worker", "--workers", "1", "--config"])
                .arg(&settings)
                .env("OMP_THREAD_LIMIT", "1")
                .stderr(Stdio::null())
                .spawn()
                .map(Worker)
        })
        .collect::<Result<_, _>>()?;
    store.upload(new, OffsetDateTime::now_utc()).await?;
    let record = loop {
        let record = store.document(&id).await?.context("the document is gone")?;
        ensure!(record.state != DocumentState::Failed, "{:?}", record.problem);
        if record.state == DocumentState::Ready {
            break record;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    ensure!(record.pages == Some(pages), "{:?} of {pages} pages", record.pages);
    let run = Run {
        wall: began.elapsed(),
        processor: workers
            .iter()
            .map(|worker| measure::processor_time(worker.0.id()))
            .sum(),
        server: super::processor_time(server)? - spent,
        result: store.result(&id).await?.context("no result")?,
        disk: (size(&upload)?, size(&held.work(&id, 1))?),
    };
    eprintln!(
        "{} workers: {:?}, {:?} of processor",
        workers.len(),
        run.wall,
        run.processor
    );
    Ok(run)
}

/// A PDF of so many pages.
fn document(path: &Path, pages: u32) -> Result<()> {
    let scan = Path::new(env!("CARGO_MANIFEST_DIR")).join(SCAN);
    let mut qpdf = Command::new("qpdf");
    // Both runs read the same bytes.
    qpdf.args(["--deterministic-id", "--empty", "--pages"]);
    for number in 0..pages {
        qpdf.arg(&scan).arg((number % SCAN_PAGES + 1).to_string());
    }
    let status = qpdf
        .arg("--")
        .arg(path)
        .status()
        .context("qpdf: make setup-test")?;
    ensure!(status.success(), "qpdf: {status}");
    Ok(())
}

fn size(path: &Path) -> Result<u64> {
    if path.is_file() {
        return Ok(path.metadata()?.len());
    }
    let mut all = 0;
    for entry in std::fs::read_dir(path)? {
        all += size(&entry?.path())?;
    }
    Ok(all)
}

impl Real {
    /// Seconds of one core that a page takes.
    pub fn a_page(&self) -> f64 {
        self.one.processor.as_secs_f64() / f64::from(self.pages)
    }

    /// Seconds of the database server that a page takes.
    pub fn a_page_of_the_server(&self) -> f64 {
        self.one.server.as_secs_f64() / f64::from(self.pages)
    }

    /// Bytes a page: of the upload, and of what reading leaves.
    pub fn disk(&self) -> (f64, f64) {
        let a_page = |bytes: u64| bytes as f64 / f64::from(self.pages);
        (a_page(self.one.disk.0), a_page(self.one.disk.1))
    }

    pub fn report(&self) -> Result<String> {
        let mut text = format!(
            "## Two processes, real pages\n\n\
             One document of {} pages (those of `{SCAN}`, again and again), read by `sohoa worker --workers 1` processes on two cores; \
             the results are the same to the byte, or the benchmark fails.\n\n\
             | processes | times as fast as one | core seconds a page | PostgreSQL, ms a page |\n|---:|---:|---:|---:|\n",
            self.pages
        );
        for (processes, run) in [(1, &self.one), (2, &self.two)] {
            writeln!(
                text,
                "| {processes} | {:.2} | {:.2} | {:.1} |",
                self.one.wall.as_secs_f64() / run.wall.as_secs_f64(),
                run.processor.as_secs_f64() / f64::from(self.pages),
                1000.0 * run.server.as_secs_f64() / f64::from(self.pages),
            )?;
        }
        text.push('\n');
        Ok(text)
    }
}
