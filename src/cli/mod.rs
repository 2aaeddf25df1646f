//! The command line, one file a command. stdout carries data only; what people should know goes to
//! stderr.

mod backup;
mod batch;
mod batch_estimate;
mod audit;
mod check;
mod child;
mod completions;
mod config;
mod convert;
mod diff;
mod doctor;
mod exit;
mod interrupt;
mod key;
mod lexicon;
mod man;
mod message;
mod migrate;
mod opening;
mod output;
mod progress;
mod prompt;
mod restore;
mod rubric_file;
mod running;
mod score;
mod serve;
mod show;
mod textfile;
mod user;
mod verify;
mod watch;
mod worker;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use exit::Exit;
pub use message::Failure;

pub use crate::domain::Said;

use crate::config::Config;

/// Scanned Vietnamese scoring decisions to rubrics that people can check, confirm and defend.
#[derive(Parser)]
#[command(name = "sohoa", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Settings (TOML); `sohoa config` prints the defaults
    #[arg(long, global = true, value_name = "FILE", env = "SOHOA_CONFIG")]
    config: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Read documents and write their rubrics and text
    Convert(convert::Arguments),
    /// Read whole archives: folders, zip, tar; every input accounted for
    Batch(batch::Arguments),
    /// Show a result's rubric as a table
    Show(show::Arguments),
    /// Print the findings of a rubric file
    Check(check::Arguments),
    /// Score a unit's answers by a rubric, with a trace
    Score(score::Arguments),
    /// Say what an amendment changed between two rubrics
    Diff(diff::Arguments),
    /// Serve the review pages and the HTTP interface
    Serve(serve::Arguments),
    /// Read for a service on PostgreSQL, beside it or on another machine
    Worker(worker::Arguments),
    /// Keep the accounts of the service
    User(user::Arguments),
    /// Read or upload whatever is put into a folder
    Watch(watch::Arguments),
    /// Say what a record of confirmation proves, offline
    Verify(verify::Arguments),
    /// Show, export and rotate what records of confirmation are signed with
    Key(key::Arguments),
    /// Copy, check and restore the data folder of the service
    Backup(backup::Arguments),
    /// Move the service's database from SQLite to PostgreSQL, or back
    Migrate(migrate::Arguments),
    /// Print the security events of the service as JSON lines, oldest first
    Audit(audit::Arguments),
    /// Restore garbled text: marks and letters that an OCR without Vietnamese lost
    Restore(restore::Arguments),
    /// Keep a dictionary of known phrases: build, list, add, check
    Lexicon(lexicon::Arguments),
    /// Say which parts are there, what the sandbox enforces, and what mends the rest
    Doctor,
    /// Print the settings as a commented file
    Config,
    /// Print what a shell needs to complete commands and flags
    Completions(completions::Arguments),
    /// Write the manual pages
    Man(man::Arguments),
    /// Parse one document inside the sandbox: started by the program itself
    #[command(name = "__worker", hide = true)]
    Child,
}

/// Runs the command that the arguments name. Every exit code comes from here.
pub fn run() -> ExitCode {
    crate::exec::this_is_the_program();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let exit = if error.use_stderr() {
                Exit::BadArguments
            } else {
                Exit::Done
            };
            // Help that nobody reads any more is no failure.
            let _ = error.print();
            return exit.into();
        }
    };
    let exit = command(arguments).unwrap_or_else(|failure| {
        failure.print();
        failure.exit
    });
    exit.into()
}

fn command(arguments: Arguments) -> Result<Exit, Failure> {
    let settings = || {
        Config::load(arguments.config.as_deref()).map_err(|error| {
            Failure::new(
                Exit::BadArguments,
                "bad_config",
                Said::new(
                    format!("không đọc được cấu hình: {error:#}"),
                    format!("cannot read the settings: {error:#}"),
                ),
            )
            .hint(Said::new(
                "`sohoa config` in ra tệp cấu hình mẫu",
                "`sohoa config` prints a file to start from",
            ))
        })
    };
    match arguments.command {
        Command::Convert(arguments) => convert::run(&arguments, &settings()?),
        Command::Batch(arguments) => batch::run(&arguments, &settings()?),
        Command::Serve(arguments) => serve::run(&arguments, &settings()?),
        Command::User(arguments) => user::run(&arguments, &settings()?),
        Command::Backup(arguments) => backup::run(&arguments, &settings()?),
        Command::Migrate(arguments) => migrate::run(&arguments, &settings()?),
        Command::Key(arguments) => key::run(&arguments, &settings()?),
        Command::Watch(arguments) => watch::run(&arguments, &settings()?),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Man(arguments) => man::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Audit(arguments) => audit::run(&arguments, &settings()?),
        Command::Show(arguments) => show::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Score(arguments) => score::run(&arguments),
        Command::Restore(arguments) => restore::run(&arguments),
        Command::Lexicon(arguments) => lexicon::run(&arguments),
        Command::Doctor => doctor::run(&settings()?),
        Command::Config => config::run(),
        Command::Worker(arguments) => worker::run(&arguments, &settings()?),
        Command::Child => child::run(),
    }
}
