//! `sohoa completions`: what a shell needs to complete commands and flags.

use clap::{Args, Command, CommandFactory, ValueEnum};
use clap_complete::Shell;

use super::{Exit, Failure, output};

#[derive(Args)]
pub struct Arguments {
    shell: Completed,
}

/// The shells that are served.
#[derive(Clone, Copy, ValueEnum)]
enum Completed {
    Bash,
    Zsh,
    Fish,
}

/// `sohoa completions`
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let shell = match arguments.shell {
        Completed::Bash => Shell::Bash,
        Completed::Zsh => Shell::Zsh,
        Completed::Fish => Shell::Fish,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut for_people(), "sohoa", &mut script);
    output::copy(&mut script.as_slice())?;
    Ok(Exit::Done)
}

/// The command line without what the program says to itself, which shells would offer too.
fn for_people() -> Command {
    let whole = super::Arguments::command();
    Command::default()
        .name("sohoa")
        .args(whole.get_arguments().cloned())
        .subcommands(whole.get_subcommands().filter(|c| !c.is_hide_set()).cloned())
}
