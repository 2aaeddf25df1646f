use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use super::{DataError, DataFolder, PostgresStore, SqliteStore, Store, StoreError};

/// The file of a data folder that says which PostgreSQL database has its documents.
pub(super) const OWNER: &str = "postgres";

/// The database that has the documents of a data folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// The one in the folder.
    Sqlite,
    /// A PostgreSQL database with this id.
    Postgres(String),
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite => f.write_str("the SQLite file there"),
            Self::Postgres(id) => write!(f, "the PostgreSQL database {id}"),
        }
    }
}

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Opens the store of the data folder `root`, which is made where it is missing: the PostgreSQL database at `address`,
/// or the SQLite file in the folder.
///
/// A folder serves one database for good, and a PostgreSQL database one folder: what no document refers to is swept from
/// the folder, and that would be every file when another database was asked.
pub async fn open(root: &Path, address: Option<&str>) -> Result<Arc<dyn Store>, OpenError> {
    let file = DataFolder::prepare(root)?;
    let known = owner(root)?;
    let others = |owner: Owner| StoreError::OthersFolder {
        folder: root.to_owned(),
        owner,
    };
    match (address, known) {
        (None, None | Some(Owner::Sqlite)) => Ok(Arc::new(SqliteStore::open(&file).await?)),
        (Some(address), None) => {
            let store = PostgresStore::open(address).await?;
            let id = store.installation().await?;
            if !store.take_folder().await? {
                let owner = root.join(OWNER);
                return Err(StoreError::OthersDatabase { owner, id }.into());
            }
            note(root, &id)?;
            Ok(Arc::new(store))
        }
        (Some(address), Some(Owner::Postgres(id))) => {
            let store = PostgresStore::open(address).await?;
            match store.installation().await? == id {
                true => Ok(Arc::new(store)),
                false => Err(others(Owner::Postgres(id)).into()),
            }
        }
        (None | Some(_), Some(owner)) => Err(others(owner).into()),
    }
}

/// The database that has the documents of the folder `root`; `None` where there never was one.
pub(super) fn owner(root: &Path) -> Result<Option<Owner>, DataError> {
    let owner = root.join(OWNER);
    match std::fs::read_to_string(&owner) {
        Ok(id) => Ok(Some(Owner::Postgres(id.trim().to_owned()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Ok(DataFolder::database_in(root).exists().then_some(Owner::Sqlite))
        }
        Err(error) => Err(DataError::at(&owner)(error)),
    }
}

/// Notes that a PostgreSQL database has the documents of the folder: whole or not there.
pub(super) fn note(root: &Path, id: &str) -> Result<(), DataError> {
    let owner = &root.join(OWNER);
    let mut file = tempfile::NamedTempFile::new_in(root).map_err(DataError::at(root))?;
    writeln!(file, "{id}").map_err(DataError::at(owner))?;
    file.as_file().sync_all().map_err(DataError::at(owner))?;
    file.persist(owner)
        .map_err(|error| DataError::at(owner)(error.error))?;
    Ok(())
}
