//! The service through its real router: store, queue and review are real, only reading is scripted.

mod access;
mod amendments;
mod backup;
mod accounts;
mod audit;
mod deletion;
mod editing;
mod client;
mod inbox;
mod interface;
mod lexicon;
mod live;
mod matrix;
mod office;
mod oidc;
mod on_postgres;
mod queue;
mod records;
mod reread;
mod review;
mod script;
mod together;
mod uploads;
mod webhooks;
