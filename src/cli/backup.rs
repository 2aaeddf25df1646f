//! `sohoa backup`: whole copies of a data folder. Made while a server runs on it.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use time::OffsetDateTime;

use super::opening::store_failure;
use super::{Exit, Failure, Said, output};
use crate::config::Config;
use crate::store::backup::{self, BackupError, Manifest};

#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Copy the data folder as it is at one moment, also while the service runs
    Create {
        /// The backup's folder; must not be there yet
        #[arg(value_name = "BACKUP")]
        target: PathBuf,
        /// Folder for documents, queue and people
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
    },
    /// Read every file of a backup and compare it with its digest
    Check {
        #[arg(value_name = "BACKUP")]
        backup: PathBuf,
    },
    /// Make a data folder from a backup; it must be empty or not there yet
    Restore {
        #[arg(value_name = "BACKUP")]
        backup: PathBuf,
        /// Folder for documents, queue and people
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
    },
}

/// `sohoa backup`
pub fn run(arguments: &Arguments, settings: &Config) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::io("tokio", &error))?;
    let folder = |data: &Option<PathBuf>| data.clone().unwrap_or_else(|| settings.server.data.clone());
    if let (Some(_), Command::Create { .. } | Command::Restore { .. }) =
        (settings.database(), &arguments.command)
    {
        return Err(not_all_here());
    }
    let (path, outcome) = match &arguments.command {
        Command::Create { target, data } => {
            let now = OffsetDateTime::now_utc();
            (
                target,
                runtime.block_on(backup::create(&folder(data), target, now)),
            )
        }
        Command::Check { backup } => (backup, runtime.block_on(backup::check(backup))),
        Command::Restore { backup, data } => {
            (backup, runtime.block_on(backup::restore(backup, &folder(data))))
        }
    };
    output::print(&line(path, &outcome.map_err(backup_failure)?))?;
    Ok(Exit::Done)
}

/// Half a backup would be taken for a whole one.
fn not_all_here() -> Failure {
    Failure::new(
        Exit::Refused,
        "backup_of_postgres",
        Said::new(
            "cơ sở dữ liệu ở PostgreSQL, nên `sohoa backup` không sao lưu hay khôi phục trọn vẹn được",
            "the database is on PostgreSQL, so `sohoa backup` can neither copy nor restore all of it",
        ),
    )
    .hint(Said::new(
        "dùng pg_dump (và pg_restore) cho cơ sở dữ liệu trước, rồi sao chép thư mục dữ liệu (blobs, work, keys, postgres) bằng công cụ khác",
        "use pg_dump (and pg_restore) for the database first, then copy the data folder (blobs, work, keys, postgres) by other means",
    ))
}

/// When it was made, how many files and bytes, and where it is.
fn line(path: &Path, manifest: &Manifest) -> String {
    format!(
        "{}\t{}\t{}\t{}\n",
        manifest.created_at,
        manifest.files.len(),
        manifest.bytes(),
        path.display()
    )
}

/// What is wrong with a backup.
fn backup_failure(error: BackupError) -> Failure {
    let refused = |code: &str, path: &Path, vi: &str, en: &str| {
        let path = path.display();
        Failure::new(
            Exit::Refused,
            code,
            Said::new(format!("{path}: {vi}"), format!("{path}: {en}")),
        )
    };
    let another = Said::new(
        "hãy lập bản sao lưu khác, hoặc dùng một bản cũ hơn",
        "make another backup, or take an older one",
    );
    match error {
        BackupError::NoData { path } => refused(
            "no_data",
            &path,
            "không có dữ liệu của sohoa",
            "there is no data folder of sohoa",
        )
        .hint(Said::new(
            "chỉ thư mục bằng --data",
            "name the folder with --data",
        )),
        BackupError::Exists { path } => {
            refused("exists", &path, "đã có rồi", "is there already").hint(Said::new(
                "chọn tên khác, ví dụ có ngày tháng",
                "choose another name, such as one with the date",
            ))
        }
        BackupError::NotEmpty { path } => refused(
            "not_empty",
            &path,
            "không trống nên không ghi gì vào",
            "is not empty, so nothing is written there",
        )
        .hint(Said::new(
            "chọn thư mục mới bằng --data",
            "choose a new folder with --data",
        )),
        BackupError::NotABackup { path, why } => refused(
            "not_a_backup",
            &path,
            &format!("không phải bản sao lưu của sohoa: {why}"),
            &format!("not a backup of sohoa: {why}"),
        ),
        BackupError::Missing { path } => refused(
            "backup_incomplete",
            &path,
            "thiếu tệp này",
            "this file is missing",
        )
        .hint(another),
        BackupError::Damaged { path } => refused(
            "backup_damaged",
            &path,
            "tệp không khớp mã băm",
            "the file is not what its digest says",
        )
        .hint(another),
        BackupError::Store(error) => store_failure(error),
        BackupError::Io { path, source } => Failure::io(path.display(), &source),
    }
}
