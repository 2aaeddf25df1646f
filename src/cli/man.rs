//! `sohoa man`: the manual pages, one a command.

use std::path::PathBuf;

use clap::{Args, CommandFactory};

use super::{Exit, Failure};

#[derive(Args)]
pub struct Arguments {
    /// Folder for sohoa.1, sohoa-convert.1 and the others
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// `sohoa man`
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let folder = &arguments.folder;
    let written = std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(super::Arguments::command(), folder));
    written.map_err(|error| Failure::io(folder.display(), &error))?;
    Ok(Exit::Done)
}
