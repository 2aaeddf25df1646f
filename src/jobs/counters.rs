use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::exposition::Text;

/// What the workers have done since the server started.
#[derive(Debug, Default)]
pub struct Counters {
    pages_read: AtomicU64,
    pages_failed: AtomicU64,
    pages_kept: AtomicU64,
    documents_done: AtomicU64,
    documents_failed: AtomicU64,
    retries: AtomicU64,
    millis: AtomicU64,
}

/// A snapshot of [`Counters`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    pub pages_read: u64,
    pub pages_failed: u64,
    /// Taken over from an interrupted run.
    pub pages_kept: u64,
    pub documents_done: u64,
    pub documents_failed: u64,
    pub retries: u64,
    /// Spent reading, all workers together.
    pub reading: Duration,
}

impl Counted {
    /// What a process has read, as metrics.
    pub fn expose(&self, text: &mut Text) {
        text.family(
            "sohoa_pages_total",
            "counter",
            "Pages since the start, by what became of them.",
        );
        let pages = [
            ("read", self.pages_read),
            ("failed", self.pages_failed),
            ("kept", self.pages_kept),
        ];
        for (outcome, number) in pages {
            text.sample("sohoa_pages_total", &[("outcome", outcome)], number);
        }
        text.family(
            "sohoa_documents_ended_total",
            "counter",
            "Documents since the start, by how they ended.",
        );
        text.sample(
            "sohoa_documents_ended_total",
            &[("outcome", "ready")],
            self.documents_done,
        );
        text.sample(
            "sohoa_documents_ended_total",
            &[("outcome", "failed")],
            self.documents_failed,
        );
        text.family(
            "sohoa_retries_total",
            "counter",
            "Readings that failed and were queued again.",
        );
        text.sample("sohoa_retries_total", &[], self.retries);
        text.family(
            "sohoa_reading_seconds_total",
            "counter",
            "Time spent reading, all workers together.",
        );
        text.sample("sohoa_reading_seconds_total", &[], self.reading.as_secs_f64());
    }
}

impl Counters {
    pub(super) fn page_read(&self) {
        self.pages_read.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn page_failed(&self) {
        self.pages_failed.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn page_kept(&self) {
        self.pages_kept.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn document_done(&self) {
        self.documents_done.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn document_failed(&self) {
        self.documents_failed.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn retry(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn spent(&self, time: Duration) {
        let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.millis.fetch_add(millis, Ordering::Relaxed);
    }

    pub fn counted(&self) -> Counted {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counted {
            pages_read: get(&self.pages_read),
            pages_failed: get(&self.pages_failed),
            pages_kept: get(&self.pages_kept),
            documents_done: get(&self.documents_done),
            documents_failed: get(&self.documents_failed),
            retries: get(&self.retries),
            reading: Duration::from_millis(get(&self.millis)),
        }
    }
}
