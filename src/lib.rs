//! sohoa (số hoá: to digitise) turns scanned Vietnamese scoring decisions into rubrics
//! that people can check against the scan, confirm, run and defend.
//!
//! In reading order:

/// Values of the trade: pages, words, tables, rubrics, rules, findings. No I/O.
pub mod domain;
/// Prometheus' text format.
pub mod exposition;
/// Pictures and their arithmetic, shared by the stages that look at pixels.
pub mod raster;
/// Vietnamese before Unicode: TCVN3, VNI, VIQR, exact both ways.
pub mod encoding;
/// A rubric run on answers: points with a trace, exact, or a refusal that says why.
pub mod scoring;
/// Two rubrics side by side: what an amendment changed.
pub mod compare;
/// The steps from bytes to files, each a pure function of its input and options.
pub mod stages;
/// The only place that starts programs: sandboxed children with limits.
pub mod exec;
/// The order of the stages: the table of contents of the whole product.
pub mod pipeline;
/// Folders and archives of documents: every input read once, and accounted for.
pub mod batch;
/// Edits, history, confirmation: the only maker of a confirmed rubric.
pub mod review;
/// What is kept: documents, jobs, rubrics, people. One trait, on SQLite or PostgreSQL.
pub mod store;
/// Signed records of confirmation, made and verified.
pub mod records;
/// The queue's worker: claims, runs, reports, gives up.
pub mod jobs;
/// Routes, sign-in, pages, problem responses.
pub mod http;
/// The settings, parsed once.
pub mod config;
/// The command line, one file a command.
pub mod cli;
