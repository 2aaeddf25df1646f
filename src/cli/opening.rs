//! The store that the settings name, and what people are told where it does not open.

use std::path::Path;
use std::sync::Arc;

use super::{Exit, Failure, Said};
use crate::config::Config;
use crate::store::{self, DataError, OpenError, Owner, Store, StoreError};

/// Opens the store of a data folder, wherever the settings have it.
pub async fn open(folder: &Path, settings: &Config) -> Result<Arc<dyn Store>, Failure> {
    let opened = store::open(folder, settings.database()).await;
    opened.map_err(|error| match error {
        OpenError::Data(error) => data_failure(error),
        OpenError::Store(error) => store_failure(error),
    })
}

/// What is wrong with the data folder.
pub fn data_failure(error: DataError) -> Failure {
    match error {
        DataError::InUse { path } => {
            let path = path.display();
            Failure::new(
                Exit::Error,
                "data_in_use",
                Said::new(
                    format!("thư mục dữ liệu {path} đang được một máy chủ sohoa khác dùng"),
                    format!("the data folder {path} is in use by another sohoa server"),
                ),
            )
            .hint(Said::new(
                "dừng máy chủ kia, hoặc chọn thư mục khác bằng --data",
                "stop that server, or choose another folder with --data",
            ))
        }
        DataError::Full => Failure::new(
            Exit::Error,
            "disk_full",
            Said::new("ổ đĩa đã đầy", "the disk is full"),
        ),
        DataError::Io { path, source } => Failure::io(path.display(), &source),
    }
}

/// What is wrong with the database.
pub fn store_failure(error: StoreError) -> Failure {
    let failure = |code: &str, vi: String, en: String| Failure::new(Exit::Error, code, Said::new(vi, en));
    let english = error.to_string();
    match error {
        StoreError::Address => failure(
            "bad_database_address",
            "địa chỉ cơ sở dữ liệu ở mục [store] không phải của PostgreSQL".to_owned(),
            english,
        )
        .hint(Said::new(
            "viết như postgres://NGƯỜI_DÙNG@MÁY:5432/TÊN; để trống thì dùng SQLite",
            "write it as postgres://USER@HOST:5432/DATABASE; leave it empty for SQLite",
        )),
        StoreError::Unreachable { server, source } => failure(
            "database_unreachable",
            format!("không kết nối được máy chủ PostgreSQL {server}: {source}"),
            english,
        )
        .hint(Said::new(
            "xem máy chủ đó có đang chạy không, và mục [store] có ghi đúng địa chỉ không",
            "see whether that server runs, and whether [store] has the right address",
        )),
        StoreError::NotLetIn { server, user } => failure(
            "database_not_let_in",
            format!("máy chủ PostgreSQL {server} không cho “{user}” vào: sai mật khẩu, hoặc không có quyền"),
            english,
        )
        .hint(Said::new(
            "mật khẩu được đọc từ ~/.pgpass hoặc tệp nêu trong PGPASSFILE, hay từ PGPASSWORD",
            "the password is read from ~/.pgpass or the file that PGPASSFILE names, or from PGPASSWORD",
        )),
        StoreError::NoDatabase { server } => {
            failure("no_database", format!("không có cơ sở dữ liệu {server}"), english).hint(Said::new(
                "người quản trị PostgreSQL tạo bằng: createdb -E UTF8 -T template0 -O NGƯỜI_DÙNG TÊN",
                "whoever runs PostgreSQL makes one with: createdb -E UTF8 -T template0 -O USER DATABASE",
            ))
        }
        StoreError::NotUtf8 { server, encoding } => failure(
            "database_encoding",
            format!("cơ sở dữ liệu {server} dùng bảng mã {encoding}, không phải UTF8"),
            english,
        )
        .hint(Said::new(
            "tạo cơ sở dữ liệu khác: createdb -E UTF8 -T template0 -O NGƯỜI_DÙNG TÊN",
            "make another one: createdb -E UTF8 -T template0 -O USER DATABASE",
        )),
        StoreError::NotOwner { server, user } => failure(
            "database_not_owned",
            format!("“{user}” không được tạo bảng trong {server}"),
            english,
        )
        .hint(Said::new(
            "người quản trị PostgreSQL giao cơ sở dữ liệu: ALTER DATABASE TÊN OWNER TO NGƯỜI_DÙNG",
            "whoever runs PostgreSQL hands it over: ALTER DATABASE name OWNER TO user",
        )),
        StoreError::Newer { migration } => failure(
            "database_newer",
            format!("cơ sở dữ liệu thuộc một bản sohoa mới hơn bản này (bước {migration})"),
            english,
        )
        .hint(Said::new(
            "dùng lại bản mới hơn đó, hoặc khôi phục bản sao lưu làm bằng bản này",
            "run that newer version again, or restore a backup that this one made",
        )),
        StoreError::OthersFolder { folder, owner } => {
            let folder = folder.display();
            let vi = match &owner {
                Owner::Sqlite => "tệp SQLite nằm trong đó".to_owned(),
                Owner::Postgres(id) => format!("PostgreSQL, mã {id}"),
            };
            failure(
                "others_folder",
                format!("các tệp trong {folder} thuộc một cơ sở dữ liệu khác: {vi}"),
                english,
            )
            .hint(Said::new(
                "sửa mục [store] cho đúng cơ sở dữ liệu đó, hoặc chọn thư mục dữ liệu khác bằng --data",
                "name that database in [store], or choose another data folder with --data",
            ))
        }
        StoreError::OthersDatabase { owner, id } => {
            let owner = owner.display();
            failure(
                "others_database",
                format!("cơ sở dữ liệu {id} có tệp ở một thư mục dữ liệu khác: {owner} không ghi mã này"),
                english,
            )
            .hint(Said::new(
                format!("chọn thư mục đó bằng --data; nếu chính là thư mục này thì ghi mã {id} vào {owner}"),
                format!("name that folder with --data; if it is this one after all, write {id} into {owner}"),
            ))
        }
        error => failure("database", format!("cơ sở dữ liệu: {error}"), english),
    }
}
