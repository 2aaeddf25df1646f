//! `sohoa user`: the accounts of a data folder. Works while a server runs on it.

mod binding;
mod tokens;

use std::io::{BufRead, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use time::OffsetDateTime;

use super::opening::{self, store_failure};
use super::{Exit, Failure, Said, output, prompt};
use crate::config::Config;
use crate::store::{AuditEntry, AuditKind, NewUser, Password, PasswordError, Role, Store, StoreError, User};

/// Who is said to have done what is done here: no account can be called so.
const WHO: &str = "(command line)";

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
    /// Make an account; the password is asked for on the terminal
    Add {
        name: String,
        /// clerk: upload, edit, submit; maintainer: confirm and return, too; admin: accounts, too
        #[arg(long, value_parser = role)]
        role: Role,
        /// Read the password from stdin, one line
        #[arg(long)]
        password_stdin: bool,
    },
    /// List the accounts
    List,
    /// Set a new password and end the person's sessions
    Password {
        name: String,
        /// Read the password from stdin, one line
        #[arg(long)]
        password_stdin: bool,
    },
    /// Give another role
    Role {
        name: String,
        #[arg(value_parser = role)]
        role: Role,
    },
    /// Close an account and end its sessions and tokens; its history stays
    Disable { name: String },
    /// Open a closed account again
    Enable { name: String },
    /// Have the provider of the settings vouch for an account: its password is void, its sessions end
    Bind {
        name: String,
        /// What the provider calls this person (`sub`), as the refused sign-in shows it
        subject: String,
    },
    /// Make a bearer token for a program that acts for this person; it is shown once
    Token(tokens::Order),
    /// List a person's tokens: id, label, scopes, end, last use
    Tokens { name: String },
    /// Make a token void
    Revoke {
        name: String,
        /// As `sohoa user tokens` lists it
        id: String,
    },
}

/// `sohoa user`
pub fn run(arguments: &Arguments, settings: &Config) -> Result<Exit, Failure> {
    let folder = arguments.data.as_ref().unwrap_or(&settings.server.data);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::io("tokio", &error))?;
    runtime.block_on(async {
        let store = opening::open(folder, settings).await?;
        let outcome = obey(&arguments.command, &*store, settings).await;
        store.close().await;
        outcome
    })?;
    Ok(Exit::Done)
}

async fn obey(command: &Command, store: &dyn Store, settings: &Config) -> Result<(), Failure> {
    let now = OffsetDateTime::now_utc();
    match command {
        Command::Add {
            name,
            role,
            password_stdin,
        } => {
            if !User::is_name(name) {
                return Err(bad_name(name));
            }
            if store.user(name).await.map_err(store_failure)?.is_some() {
                return Err(taken(name));
            }
            let password_hash = ask(name, origin(*password_stdin))?;
            let user = NewUser {
                name,
                role: *role,
                password_hash: &password_hash,
            };
            store
                .add_user(user, now)
                .await
                .map_err(|error| user_failure(name, error))?;
            note(store, AuditKind::AccountMade, name, Some(role.name()), now).await?;
        }
        Command::List => {
            for user in store.users().await.map_err(store_failure)? {
                let state = if user.disabled_at.is_some() {
                    "disabled"
                } else {
                    "open"
                };
                output::print(&format!("{}\t{}\t{state}\n", user.name, user.role.name()))?;
            }
        }
        Command::Password { name, password_stdin } => {
            binding::may_have_password(&known(store, name).await?)?;
            let hash = ask(name, origin(*password_stdin))?;
            store
                .set_password(name, &hash)
                .await
                .map_err(|error| user_failure(name, error))?;
            note(store, AuditKind::PasswordChanged, name, None, now).await?;
        }
        Command::Role { name, role } => {
            store
                .set_role(name, *role)
                .await
                .map_err(|error| user_failure(name, error))?;
            note(store, AuditKind::AccountChanged, name, Some(role.name()), now).await?;
        }
        Command::Disable { name } => {
            store
                .disable_user(name, now)
                .await
                .map_err(|error| user_failure(name, error))?;
            note(store, AuditKind::AccountClosed, name, None, now).await?;
        }
        Command::Enable { name } => {
            store
                .enable_user(name)
                .await
                .map_err(|error| user_failure(name, error))?;
            note(store, AuditKind::AccountOpened, name, None, now).await?;
        }
        Command::Bind { name, subject } => binding::bind(name, subject, settings, store, now).await?,
        Command::Token(order) => tokens::make(order, store, now).await?,
        Command::Tokens { name } => {
            known(store, name).await?;
            tokens::list(name, store).await?;
        }
        Command::Revoke { name, id } => {
            known(store, name).await?;
            tokens::revoke(name, id, store, now).await?;
        }
    }
    Ok(())
}

/// Adds what was done to the list of security events.
async fn note(
    store: &dyn Store,
    kind: AuditKind,
    subject: &str,
    detail: Option<&str>,
    now: OffsetDateTime,
) -> Result<(), Failure> {
    let entry = AuditEntry {
        at: now,
        kind,
        who: WHO,
        address: None,
        subject: Some(subject),
        detail,
    };
    store.note(entry).await.map_err(store_failure)
}

async fn known(store: &dyn Store, name: &str) -> Result<User, Failure> {
    let user = store.user(name).await.map_err(store_failure)?;
    user.ok_or_else(|| user_failure(name, StoreError::Missing { what: "user" }))
}

/// Where a password comes from.
#[derive(PartialEq, Eq)]
enum Origin {
    Terminal,
    Stdin,
}

fn origin(password_stdin: bool) -> Origin {
    match password_stdin {
        true => Origin::Stdin,
        false => Origin::Terminal,
    }
}

/// The hash of a password from stdin, or typed twice on the terminal.
fn ask(name: &str, from: Origin) -> Result<String, Failure> {
    let password = if from == Origin::Stdin {
        let mut line = String::new();
        std::io::stdin()
            .lock()
            .read_line(&mut line)
            .map_err(|error| Failure::io("stdin", &error))?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    } else {
        let typed = prompt::hidden(&format!("Mật khẩu / password ({name}): ")).map_err(no_terminal)?;
        let again = prompt::hidden("Nhập lại / again: ").map_err(no_terminal)?;
        if typed != again {
            return Err(Failure::new(
                Exit::BadArguments,
                "passwords_differ",
                Said::new("hai lần nhập mật khẩu khác nhau", "the two passwords differ"),
            ));
        }
        typed
    };
    Password::new(password)
        .hash_for(name)
        .map_err(|error| password_failure(&error))
}

fn role(name: &str) -> Result<Role, String> {
    Role::from_name(name).ok_or_else(|| "clerk, maintainer or admin".to_owned())
}

fn bad_name(name: &str) -> Failure {
    Failure::new(
        Exit::BadArguments,
        "bad_name",
        Said::new(
            format!("“{name}” không dùng làm tên được: 1 đến 64 chữ, số, dấu chấm, gạch nối hoặc gạch dưới"),
            format!("{name:?} cannot be a name: 1 to 64 letters, digits, dots, hyphens or underscores"),
        ),
    )
}

fn taken(name: &str) -> Failure {
    Failure::new(
        Exit::BadArguments,
        "name_taken",
        Said::new(
            format!("đã có tài khoản “{name}”"),
            format!("there is an account {name:?} already"),
        ),
    )
    .hint(Said::new(
        "`sohoa user password` đặt mật khẩu mới",
        "`sohoa user password` sets a new password",
    ))
}

fn user_failure(name: &str, error: StoreError) -> Failure {
    match error {
        StoreError::Missing { .. } => Failure::new(
            Exit::BadArguments,
            "no_such_user",
            Said::new(
                format!("không có tài khoản “{name}”"),
                format!("there is no account {name:?}"),
            ),
        )
        .hint(Said::new(
            "`sohoa user list` liệt kê tài khoản",
            "`sohoa user list` lists the accounts",
        )),
        StoreError::Taken { .. } => taken(name),
        error => store_failure(error),
    }
}

fn password_failure(error: &PasswordError) -> Failure {
    let vi = match error {
        PasswordError::TooShort { least } => format!("mật khẩu cần ít nhất {least} ký tự"),
        PasswordError::TooLong { most } => format!("mật khẩu dài nhất {most} byte"),
        PasswordError::TooCommon => {
            "mật khẩu này thuộc loại bị đoán trước tiên; hãy ghép vài từ khác".to_owned()
        }
        PasswordError::HoldsName => "mật khẩu gần như chỉ là tên tài khoản; hãy ghép vài từ khác".to_owned(),
        PasswordError::Hash(error) => format!("không băm được mật khẩu: {error}"),
    };
    Failure::new(
        Exit::BadArguments,
        "bad_password",
        Said::new(vi, error.to_string()),
    )
}

fn no_terminal(error: std::io::Error) -> Failure {
    // What was asked so far should not stand on the same line as the error.
    let _ = writeln!(std::io::stderr());
    Failure::io("/dev/tty", &error).hint(Said::new(
        "dùng --password-stdin khi không có màn hình",
        "use --password-stdin without a terminal",
    ))
}
