use std::fs;
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use time::OffsetDateTime;

use super::KeyError;
use super::key::SecretKey;
use super::key_list::KeyList;

const LIST: &str = "keys.json";

/// Where an installation keeps its keys.
///
/// ```text
/// keys/
///   keys.json    the public keys, each signed by the one before
///   ID.pem       the secret key that signs now, readable by the owner alone
/// ```
#[derive(Debug, Clone)]
pub struct KeyFolder {
    root: PathBuf,
}

/// The keys of an installation, ready to sign.
#[derive(Debug)]
pub struct Keys {
    pub secret: SecretKey,
    pub list: KeyList,
}

impl KeyFolder {
    pub fn at(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    /// The list, where there is one.
    pub fn list(&self) -> Result<Option<KeyList>, KeyError> {
        let path = self.root.join(LIST);
        match fs::read(&path) {
            Ok(bytes) => KeyList::read(&bytes).map(Some),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(KeyError::Io { path, source }),
        }
    }

    /// The keys; where there are none yet, `seed` (32 random bytes) makes the first.
    pub fn open_or_create(&self, seed: &[u8; 32], now: OffsetDateTime) -> Result<Keys, KeyError> {
        if let Some(list) = self.list()? {
            return self.with_secret(list);
        }
        let secret = SecretKey::from_seed(seed);
        let list = KeyList::first(&secret, now)?;
        fs::create_dir_all(&self.root).map_err(self.at_path(&self.root))?;
        let private = fs::Permissions::from_mode(0o700);
        fs::set_permissions(&self.root, private).map_err(self.at_path(&self.root))?;
        self.write_secret(&secret)?;
        let path = self.root.join(LIST);
        match self
            .whole_file(&list_bytes(&list)?, 0o644)?
            .persist_noclobber(&path)
        {
            Ok(_) => self.sync()?,
            // Another process was first: its key is the one.
            Err(error) if error.error.kind() == ErrorKind::AlreadyExists => {
                self.forget(&secret.public().id())?;
                return match self.list()? {
                    Some(list) => self.with_secret(list),
                    None => Err(KeyError::Io {
                        path,
                        source: error.error,
                    }),
                };
            }
            Err(error) => {
                return Err(KeyError::Io {
                    path,
                    source: error.error,
                });
            }
        }
        Ok(Keys { secret, list })
    }

    /// Makes `seed` the key that signs from now on, vouched for by the one before, whose secret half is removed.
    pub fn rotate(&self, seed: &[u8; 32], now: OffsetDateTime) -> Result<Keys, KeyError> {
        let list = self.list()?.ok_or(KeyError::NoKeys)?;
        let Keys {
            secret: current,
            list,
        } = self.with_secret(list)?;
        let secret = SecretKey::from_seed(seed);
        let list = list.rotated(&current, &secret.public(), now)?;
        self.replace(&list, &secret)?;
        self.forget(&current.public().id())?;
        Ok(Keys { secret, list })
    }

    /// Makes `seed` the key that signs from now on where the secret half of the one before is lost.
    /// Refused while it is there.
    pub fn begin_again(&self, seed: &[u8; 32], now: OffsetDateTime) -> Result<Keys, KeyError> {
        let list = self.list()?.ok_or(KeyError::NoKeys)?;
        match self.with_secret(list.clone()) {
            Err(KeyError::Lost { .. }) => {}
            Err(error) => return Err(error),
            Ok(_) => return Err(KeyError::NotLost),
        }
        let secret = SecretKey::from_seed(seed);
        let list = list.begun_again(&secret, now)?;
        self.replace(&list, &secret)?;
        Ok(Keys { secret, list })
    }

    /// The secret key comes first: a list never names a key that is not there.
    fn replace(&self, list: &KeyList, secret: &SecretKey) -> Result<(), KeyError> {
        self.write_secret(secret)?;
        self.put(self.root.join(LIST), &list_bytes(list)?, 0o644)
    }

    fn with_secret(&self, list: KeyList) -> Result<Keys, KeyError> {
        let id = list.current().unwrap_or_default().to_owned();
        let path = self.secret_path(&id);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                // Somebody may have rotated between the two readings.
                return match self.list()? {
                    Some(newer) if newer.current() != Some(id.as_str()) => self.with_secret(newer),
                    _ => Err(KeyError::Lost { key_id: id, path }),
                };
            }
            Err(source) => return Err(KeyError::Io { path, source }),
        };
        let secret = SecretKey::from_pem(&text)?;
        match secret.public().id() == id {
            true => Ok(Keys { secret, list }),
            false => Err(KeyError::Lost { key_id: id, path }),
        }
    }

    fn write_secret(&self, secret: &SecretKey) -> Result<(), KeyError> {
        let path = self.secret_path(&secret.public().id());
        self.put(path, secret.to_pem()?.as_bytes(), 0o600)
    }

    /// Gives a file its name once it is whole; one of that name is replaced.
    fn put(&self, path: PathBuf, bytes: &[u8], mode: u32) -> Result<(), KeyError> {
        self.whole_file(bytes, mode)?
            .persist(&path)
            .map_err(|e| KeyError::Io {
                path,
                source: e.error,
            })?;
        self.sync()
    }

    /// A file without a name yet, on disk in full.
    fn whole_file(&self, bytes: &[u8], mode: u32) -> Result<tempfile::NamedTempFile, KeyError> {
        let write = || {
            let mut file = tempfile::Builder::new()
                .permissions(fs::Permissions::from_mode(mode))
                .tempfile_in(&self.root)?;
            file.write_all(bytes)?;
            file.as_file().sync_all()?;
            Ok(file)
        };
        write().map_err(self.at_path(&self.root))
    }

    fn sync(&self) -> Result<(), KeyError> {
        fs::File::open(&self.root)
            .and_then(|folder| folder.sync_all())
            .map_err(self.at_path(&self.root))
    }

    fn forget(&self, id: &str) -> Result<(), KeyError> {
        let path = self.secret_path(id);
        fs::remove_file(&path).map_err(self.at_path(&path))
    }

    fn secret_path(&self, id: &str) -> PathBuf {
        self.root.join(format!("{id}.pem"))
    }

    fn at_path(&self, path: &Path) -> impl FnOnce(io::Error) -> KeyError + use<> {
        let path = path.to_owned();
        move |source| KeyError::Io { path, source }
    }
}

fn list_bytes(list: &KeyList) -> Result<Vec<u8>, KeyError> {
    let mut bytes = serde_json::to_vec_pretty(list).map_err(|e| KeyError::NotAList { why: e.to_string() })?;
    bytes.push(b'\n');
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn names(root: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(root)
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn the_first_key_is_made_once_and_read_by_its_owner_alone() {
        let parent = tempfile::tempdir().unwrap();
        let root = parent.path().join("keys");
        let folder = KeyFolder::at(&root);
        assert!(folder.list().unwrap().is_none());
        let first = folder.open_or_create(&[1; 32], NOW).unwrap();
        let again = folder.open_or_create(&[2; 32], NOW).unwrap();
        assert_eq!(first.secret.public(), again.secret.public());
        let file = format!("{}.pem", first.secret.public().id());
        assert_eq!(names(&root).len(), 2);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&root), mode(&root.join(file))), (0o700, 0o600));
    }

    #[test]
    fn rotation_keeps_the_public_keys_and_one_secret_key() {
        let root = tempfile::tempdir().unwrap();
        let folder = KeyFolder::at(root.path());
        assert!(matches!(folder.rotate(&[2; 32], NOW), Err(KeyError::NoKeys)));
        let first = folder.open_or_create(&[1; 32], NOW).unwrap();
        let second = folder.rotate(&[2; 32], NOW).unwrap();
        assert_eq!(
            second.list.check().unwrap(),
            [first.secret.public(), second.secret.public()]
        );
        let now = folder.open_or_create(&[3; 32], NOW).unwrap();
        assert_eq!(now.secret.public(), second.secret.public());
        assert_eq!(names(root.path()).len(), 2);
        assert!(matches!(
            folder.begin_again(&[4; 32], NOW),
            Err(KeyError::NotLost)
        ));
    }

    #[test]
    fn a_lost_key_is_told_and_replaced_only_when_asked_for() {
        let root = tempfile::tempdir().unwrap();
        let folder = KeyFolder::at(root.path());
        let first = folder.open_or_create(&[1; 32], NOW).unwrap();
        fs::remove_file(root.path().join(format!("{}.pem", first.secret.public().id()))).unwrap();
        assert!(matches!(
            folder.open_or_create(&[2; 32], NOW),
            Err(KeyError::Lost { .. })
        ));
        assert!(matches!(folder.rotate(&[2; 32], NOW), Err(KeyError::Lost { .. })));
        let next = folder.begin_again(&[2; 32], NOW).unwrap();
        assert_eq!(next.list.keys.len(), 2);
        assert_eq!(next.list.keys[1].key.previous, None);
        folder.open_or_create(&[3; 32], NOW).unwrap();
    }
}
