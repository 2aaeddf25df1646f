use super::{Exit, Failure, output};
use crate::config;

/// `sohoa config`
pub fn run() -> Result<Exit, Failure> {
    output::print(config::DEFAULT)?;
    Ok(Exit::Done)
}
