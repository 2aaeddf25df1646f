//! What the product does for its people, one file a user story; one binary, so that it links once.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops here")]

#[path = "../../benches/accuracy/score/mod.rs"]
#[expect(unused_imports, reason = "the benchmark uses the rest")]
mod score;
#[path = "../postgres/mod.rs"]
mod postgres;
#[path = "../vouching/mod.rs"]
mod vouching;

mod accounts_command;
mod archive;
mod batch;
mod broken;
mod check;
mod convert;
mod diff_command;
mod exports;
mod findings;
mod formats;
mod hostile;
mod layers;
mod lexicon;
mod limits;
mod pages;
mod program;
mod restore;
mod rules;
mod scans;
mod score_command;
mod scorer;

mod service;
mod survival;
mod tables;
mod torture;
mod watch;
mod worker_command;
