//! `sohoa key`: what records of confirmation are signed with. Works while a server runs on the folder.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use rand::TryRngCore;
use rand::rngs::OsRng;
use time::OffsetDateTime;

use super::{Exit, Failure, output};
use crate::config::Config;
use crate::records::{KeyError, KeyFolder, KeyList, PublicKey};
use crate::store::DataFolder;

#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Folder for documents, queue and people
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// List the public keys, oldest first; the last one signs
    Show,
    /// Print the public key that signs, for those who verify records
    Export {
        /// pem: the current key; list: all keys, each signed by the one before
        #[arg(long, value_enum, default_value_t = Form::Pem)]
        form: Form,
    },
    /// Make a new key that signs from now on; the old one vouches for it, and its secret half is removed
    Rotate {
        /// The secret half of the current key is lost: begin again with a key that nothing vouches for
        #[arg(long)]
        lost: bool,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Pem,
    List,
}

/// `sohoa key`
pub fn run(arguments: &Arguments, settings: &Config) -> Result<Exit, Failure> {
    let data = arguments.data.as_ref().unwrap_or(&settings.server.data);
    let folder = KeyFolder::at(&DataFolder::keys_in(data));
    match arguments.command {
        Command::Show => show(&there(&folder)?)?,
        Command::Export { form: Form::Pem } => {
            let list = there(&folder)?;
            let keys = list.check().map_err(|e| key_failure(&e))?;
            let current = keys.last().ok_or_else(|| key_failure(&KeyError::NoKeys))?;
            output::print(&pem(current)?)?;
        }
        Command::Export { form: Form::List } => {
            let list = serde_json::to_string_pretty(&there(&folder)?);
            let list = list.map_err(|error| Failure::io("stdout", &error.into()))?;
            output::print(&(list + "\n"))?;
        }
        Command::Rotate { lost } => {
            let (seed, now) = (new_seed()?, OffsetDateTime::now_utc());
            let keys = match lost {
                true => folder.begin_again(&seed, now),
                false => folder.rotate(&seed, now),
            };
            show(&keys.map_err(|e| key_failure(&e))?.list)?;
        }
    }
    Ok(Exit::Done)
}

/// 32 bytes of the system's randomness.
pub fn new_seed() -> Result<[u8; 32], Failure> {
    let mut seed = [0_u8; 32];
    OsRng
        .try_fill_bytes(&mut seed)
        .map_err(|error| Failure::io("getrandom", &std::io::Error::other(error)))?;
    Ok(seed)
}

/// What is wrong with a key.
pub fn key_failure(error: &KeyError) -> Failure {
    let exit = match error {
        KeyError::NotAKey { .. } | KeyError::NotAList { .. } | KeyError::Unproved { .. } => Exit::Refused,
        KeyError::NoKeys | KeyError::Lost { .. } | KeyError::NotLost | KeyError::Io { .. } => Exit::Error,
    };
    Failure::new(exit, error.code(), error.said())
}

fn there(folder: &KeyFolder) -> Result<KeyList, Failure> {
    let list = folder.list().and_then(|list| list.ok_or(KeyError::NoKeys));
    list.map_err(|e| key_failure(&e))
}

/// One line a key: since when, its id, and what vouches for it.
fn show(list: &KeyList) -> Result<(), Failure> {
    let last = list.keys.len();
    for (at, entry) in list.keys.iter().enumerate() {
        let key = &entry.key;
        let (state, before) = (
            if at + 1 == last { "signs" } else { "retired" },
            key.previous.as_deref().unwrap_or("-"),
        );
        output::print(&format!(
            "{}\t{}\t{state}\t{before}\n",
            key.created_at, key.key_id
        ))?;
    }
    Ok(())
}

fn pem(key: &PublicKey) -> Result<String, Failure> {
    key.to_pem().map_err(|e| key_failure(&e))
}
