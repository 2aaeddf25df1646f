//! Progress on stderr, when it is a terminal.

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

    /// Says something without tearing the lines.
    pub fn say(&self, speak: impl FnOnce()) {
        self.0.suspend(speak);
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
