//! `sohoa migrate`: the service's database from SQLite to PostgreSQL, or back.

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use time::OffsetDateTime;

use super::opening::{data_failure, store_failure};
use super::{Exit, Failure, Said, message, output};
use crate::config::Config;
use crate::store::{self, DataFolder, MoveError, Owner};

#[derive(Args)]
pub struct Arguments {
    /// Where the database goes: to `postgres`, named by `[store]` in the settings, or from there to `sqlite`, in the folder
    #[arg(long, value_name = "WHERE", value_parser = ["postgres", "sqlite"])]
    to: String,
    /// The service's folder; nobody may be using it
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// `sohoa migrate`
pub fn run(arguments: &Arguments, settings: &Config) -> Result<Exit, Failure> {
    let Some(address) = settings.database() else {
        return Err(no_address());
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::io("tokio", &error))?;
    let root = arguments.data.as_ref().unwrap_or(&settings.server.data);
    if !root.is_dir() {
        return Err(Failure::io(root.display(), &std::io::ErrorKind::NotFound.into()));
    }
    let folder = DataFolder::open(root).map_err(data_failure)?;
    let moved = match arguments.to.as_str() {
        "sqlite" => runtime.block_on(store::to_sqlite(&folder, address, OffsetDateTime::now_utc())),
        _ => runtime.block_on(store::to_postgres(&folder, address)),
    };
    let moved = moved.map_err(failure)?;
    let mut text = String::new();
    for (table, content) in &moved.tables {
        // Writing to a String does not fail.
        let _ = writeln!(text, "{table}\t{}\t{}", content.rows, content.digest());
    }
    output::print(&text)?;
    message::note(&match moved.left {
        Some(left) => Said::new(
            format!(
                "cơ sở dữ liệu nay ở PostgreSQL; tệp SQLite cũ còn ở {}, xoá được khi mọi thứ đã ổn",
                left.display()
            ),
            format!(
                "the database is in PostgreSQL now; the old SQLite file is {} and can go when all is well",
                left.display()
            ),
        ),
        None => Said::new(
            "cơ sở dữ liệu nay ở SQLite trong thư mục; hãy bỏ trống `database` ở mục [store]",
            "the database is in SQLite now, in the folder; leave `database` in [store] empty",
        ),
    });
    Ok(Exit::Done)
}

fn no_address() -> Failure {
    Failure::new(
        Exit::BadArguments,
        "no_database_address",
        Said::new(
            "cấu hình không nêu cơ sở dữ liệu PostgreSQL nào ở mục [store]",
            "the settings name no PostgreSQL database in [store]",
        ),
    )
    .hint(Said::new(
        "ghi `database = \"postgres://…\"` ở mục [store], cả khi chuyển từ đó về SQLite",
        "write `database = \"postgres://…\"` in [store], also to move from there back to SQLite",
    ))
}

fn failure(error: MoveError) -> Failure {
    let english = error.to_string();
    let refused = |code: &str, vi: String| Failure::new(Exit::Refused, code, Said::new(vi, english));
    match error {
        MoveError::Data(error) => data_failure(error),
        MoveError::Store(error) => store_failure(error),
        MoveError::AlreadyThere(Owner::Sqlite) => refused(
            "already_there",
            "tài liệu đã ở SQLite trong thư mục này".to_owned(),
        ),
        MoveError::AlreadyThere(Owner::Postgres(id)) => {
            refused("already_there", format!("tài liệu đã ở PostgreSQL, mã {id}"))
        }
        MoveError::NotEmpty { table } => refused(
            "database_not_empty",
            format!("cơ sở dữ liệu PostgreSQL đã có dữ liệu ở bảng {table}"),
        )
        .hint(Said::new(
            "tạo cơ sở dữ liệu mới, trống",
            "make a new, empty database",
        )),
        MoveError::AtWork => {
            refused("at_work", "một tiến trình đang đọc tài liệu".to_owned()).hint(Said::new(
                "dừng mọi `sohoa worker`; tiến trình bị tắt ngang thì đợi một phút",
                "stop every `sohoa worker`; wait a minute for one that was killed",
            ))
        }
        MoveError::OtherTables { .. } => refused(
            "other_tables",
            "hai cơ sở dữ liệu không cùng bảng; chưa có gì được chuyển".to_owned(),
        )
        .hint(Said::new(
            "cơ sở dữ liệu PostgreSQL phải chỉ dành cho sohoa, và do chính bản này tạo",
            "the PostgreSQL database has to be sohoa's alone, made by this version",
        )),
        MoveError::NotText { table, row } => refused(
            "not_text",
            format!(
                "bảng {table}, dòng {row}: có ký tự NUL mà PostgreSQL không giữ được; chưa có gì được chuyển"
            ),
        )
        .hint(Said::new(
            "sửa chỗ đó trên trang duyệt (ký tự không nhìn thấy), rồi chạy lại",
            "mend that text on its page (the character cannot be seen), then run again",
        )),
        MoveError::Differs { table } => refused(
            "arrived_differently",
            format!("bảng {table} đến nơi khác với lúc đi; chưa có gì được chuyển"),
        ),
    }
}
