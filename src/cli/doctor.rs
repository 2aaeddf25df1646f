use super::{Exit, Failure, output};
use crate::config::Config;

/// `sohoa doctor`
pub fn run(settings: &Config) -> Result<Exit, Failure> {
    output::print(&format!("{:#?}\n", settings.parts()))?;
    Ok(Exit::Done)
}
