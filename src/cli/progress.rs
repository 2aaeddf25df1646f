//! Progress on stderr, when it is a terminal.

use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::exec::Event;

/// One line a document that is being read.
pub struct Board(MultiProgress);

/// The line of one document; gone when dropped.
pub struct Line(ProgressBar);

impl Board {
    pub fn new() -> Self {
        // On stderr, and silent when that is no terminal.
        Self(MultiProgress::new())
    }

    pub fn document(&self, name: &str) -> Line {
        let style = ProgressStyle::with_template("{prefix}  {bar:24}  {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = self.0.add(ProgressBar::new(1).with_style(style));
        bar.set_prefix(name.to_owned());
        bar.set_message("đang mở tệp");
        bar.tick();
        Line(bar)
    }

    /// One line for all documents together.
    pub fn overall(&self) -> Overall {
        let template = "{bar:24}  {pos}/{len} tệp  {msg}  còn {eta}";
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        Overall {
            bar: self.0.add(ProgressBar::new(0).with_style(style)),
            pages: AtomicU64::new(0),
        }
    }

    /// Says something without tearing the lines.
    pub fn say(&self, speak: impl FnOnce()) {
        self.0.suspend(speak);
    }
}

/// The line of a whole batch: how many of the documents, pages a minute, time left, and how much of what was read is in doubt.
pub struct Overall {
    bar: ProgressBar,
    pages: AtomicU64,
}

impl Overall {
    pub fn begin(&self, documents: usize) {
        self.bar.set_length(documents as u64);
        self.bar.reset_elapsed();
        self.bar.tick();
    }

    pub fn page(&self) {
        self.pages.fetch_add(1, Ordering::Relaxed);
    }

    /// A document is done; `doubtful`: the share of words in doubt so far, 0 to 1.
    pub fn done(&self, doubtful: Option<f64>) {
        let pages = self.pages.load(Ordering::Relaxed) as f64;
        let minutes = self.bar.elapsed().as_secs_f64().max(1.0) / 60.0;
        let doubtful = doubtful.map_or_else(String::new, |share| format!(", còn ngờ {:.1} %", share * 100.0));
        self.bar
            .set_message(format!("{:.0} trang/phút{doubtful}", pages / minutes));
        self.bar.inc(1);
    }
}

impl Drop for Overall {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Line {
    pub fn show(&self, event: &Event) {
        match event {
            Event::Opened { pages, .. } => self.0.set_length(*pages as u64),
            Event::PageDone { .. } => self.0.inc(1),
        }
        let (done, of) = (self.0.position(), self.0.length().unwrap_or_default());
        self.0.set_message(format!("trang {done}/{of}"));
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
