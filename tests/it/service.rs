//! The service through its real router: store, queue and review are real, only reading is scripted.

mod access;
mod amendments;
mod interface;
mod live;
mod matrix;
mod office;
mod queue;
mod review;
mod uploads;
