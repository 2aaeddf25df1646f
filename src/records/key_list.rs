use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::canonical;
use super::key::{ALGORITHM, PublicKey, SecretKey};
use super::{KeyError, RecordError};

/// The value of `schema` in every key list and every entry of one.
pub const KEYS_SCHEMA: &str = "sohoa-keys/1";

/// The public keys of an installation, oldest first. Each was signed by the one before it, so that who knows one of them
/// knows all that came after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyList {
    pub schema: String,
    pub keys: Vec<SignedKey>,
}

/// A key and who vouches for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedKey {
    pub key: KeyStatement,
    /// Over the canonical form of `key`, by the key before; by the key itself where there is none before. Base64.
    pub signature: String,
}

/// What is said of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyStatement {
    pub schema: String,
    pub algorithm: String,
    /// SHA-256 of the key's SubjectPublicKeyInfo.
    pub key_id: String,
    /// SubjectPublicKeyInfo in DER, base64.
    pub public_key: String,
    /// RFC 3339.
    pub created_at: String,
    /// The key before, which signed this; `None`: the first key, or the first after a loss.
    pub previous: Option<String>,
}

impl KeyList {
    /// The list of an installation's first key.
    pub fn first(key: &SecretKey, now: OffsetDateTime) -> Result<Self, KeyError> {
        Ok(Self {
            schema: KEYS_SCHEMA.to_owned(),
            keys: vec![SignedKey::new(&key.public(), None, key, now)?],
        })
    }

    /// The list with one more key, signed by the current one.
    pub fn rotated(
        &self,
        current: &SecretKey,
        next: &PublicKey,
        now: OffsetDateTime,
    ) -> Result<Self, KeyError> {
        let previous = Some(current.public().id());
        self.with(SignedKey::new(next, previous, current, now)?)
    }

    /// The list with one more key that nobody vouches for, since the current one is lost.
    pub fn begun_again(&self, next: &SecretKey, now: OffsetDateTime) -> Result<Self, KeyError> {
        self.with(SignedKey::new(&next.public(), None, next, now)?)
    }

    fn with(&self, key: SignedKey) -> Result<Self, KeyError> {
        let mut list = self.clone();
        list.keys.push(key);
        list.check()?;
        Ok(list)
    }

    /// The id of the key that signs now.
    pub fn current(&self) -> Option<&str> {
        self.keys.last().map(|entry| entry.key.key_id.as_str())
    }

    /// From a file; every signature in it is checked.
    pub fn read(bytes: &[u8]) -> Result<Self, KeyError> {
        let not_a_list = |why: String| KeyError::NotAList { why };
        let value = canonical::read(bytes).map_err(|e| not_a_list(e.to_string()))?;
        let list: Self = serde_json::from_value(value).map_err(|e| not_a_list(e.to_string()))?;
        list.check()?;
        Ok(list)
    }

    /// The public keys, each proved by the one before it. The error names the entry that does not fit.
    pub fn check(&self) -> Result<Vec<PublicKey>, KeyError> {
        if self.schema != KEYS_SCHEMA {
            return Err(KeyError::NotAList {
                why: format!("schema is {:?}", self.schema),
            });
        }
        chain(&self.keys)
    }
}

/// The public keys of `entries`, each proved by the one before it.
pub fn chain(entries: &[SignedKey]) -> Result<Vec<PublicKey>, KeyError> {
    let mut keys: Vec<PublicKey> = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let unproved = || KeyError::Unproved { entry: at + 1 };
        let key = PublicKey::from_base64(&entry.key.public_key).map_err(|_| unproved())?;
        let signer = match (&entry.key.previous, keys.last()) {
            (None, _) => &key,
            (Some(id), Some(before)) if before.id() == *id => before,
            (Some(_), _) => return Err(unproved()),
        };
        let said = canonical::bytes(&entry.key).map_err(|_| unproved())?;
        let as_stated = entry.key.schema == KEYS_SCHEMA
            && entry.key.algorithm == ALGORITHM
            && entry.key.key_id == key.id()
            && OffsetDateTime::parse(&entry.key.created_at, &Rfc3339).is_ok();
        if !as_stated || keys.contains(&key) || !signer.has_signed(&said, &entry.signature) {
            return Err(unproved());
        }
        keys.push(key);
    }
    match keys.is_empty() {
        true => Err(KeyError::NotAList {
            why: "there is no key in it".to_owned(),
        }),
        false => Ok(keys),
    }
}

/// True when `trusted` is the last key of `entries`, or one from which every later entry was signed by the one before.
/// `entries` have passed [`chain`].
pub fn vouches(trusted: &PublicKey, entries: &[SignedKey]) -> bool {
    let id = trusted.id();
    let Some(at) = entries.iter().position(|entry| entry.key.key_id == id) else {
        return false;
    };
    entries[at + 1..].iter().all(|entry| entry.key.previous.is_some())
}

impl SignedKey {
    fn new(
        key: &PublicKey,
        previous: Option<String>,
        signer: &SecretKey,
        now: OffsetDateTime,
    ) -> Result<Self, KeyError> {
        let not_a_key = |why: String| KeyError::NotAKey { why };
        let key = KeyStatement {
            schema: KEYS_SCHEMA.to_owned(),
            algorithm: ALGORITHM.to_owned(),
            key_id: key.id(),
            public_key: key.to_base64()?,
            created_at: now.format(&Rfc3339).map_err(|e| not_a_key(e.to_string()))?,
            previous,
        };
        let said = canonical::bytes(&key).map_err(|e: RecordError| not_a_key(e.to_string()))?;
        Ok(Self {
            signature: signer.sign(&said),
            key,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u8) -> SecretKey {
        SecretKey::from_seed(&[n; 32])
    }

    fn at(second: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(second).unwrap()
    }

    fn three() -> KeyList {
        let list = KeyList::first(&key(1), at(1)).unwrap();
        let list = list.rotated(&key(1), &key(2).public(), at(2)).unwrap();
        list.rotated(&key(2), &key(3).public(), at(3)).unwrap()
    }

    #[test]
    fn each_key_is_vouched_for_by_the_one_before() {
        let list = three();
        assert_eq!(list.check().unwrap(), [1, 2, 3].map(|n| key(n).public()));
        assert_eq!(list.current(), Some(key(3).public().id().as_str()));
        let read = KeyList::read(&serde_json::to_vec_pretty(&list).unwrap()).unwrap();
        assert_eq!(read, list);
        for n in 1..=3 {
            assert!(vouches(&key(n).public(), &list.keys), "{n}");
        }
        assert!(!vouches(&key(4).public(), &list.keys));
    }

    #[test]
    fn a_list_that_was_touched_is_refused() {
        let check = |touch: fn(&mut KeyList)| {
            let mut list = three();
            touch(&mut list);
            assert!(list.check().is_err(), "{list:?}");
        };
        check(|list| list.keys[1].key.created_at = "1970-01-01T00:00:09Z".into());
        check(|list| list.keys[0].signature = list.keys[1].signature.clone());
        check(|list| list.keys.swap(1, 2));
        check(|list| drop(list.keys.remove(1)));
        check(|list| list.keys[1].key.previous = None);
        check(|list| list.keys[2].key.key_id = list.keys[1].key.key_id.clone());
        check(|list| list.keys.clear());
        check(|list| list.schema = "sohoa-keys/2".into());
        // A key of a stranger, signed by itself, that claims a place in the line.
        check(|list| {
            let mut own = KeyList::first(&key(9), at(9)).unwrap().keys.remove(0);
            own.key.previous = Some(key(2).public().id());
            list.keys[2] = own;
        });
    }

    #[test]
    fn trust_does_not_pass_a_loss() {
        let list = three().begun_again(&key(4), at(4)).unwrap();
        assert!(vouches(&key(4).public(), &list.keys));
        assert!(!vouches(&key(3).public(), &list.keys));
        let list = list.rotated(&key(4), &key(5).public(), at(5)).unwrap();
        assert!(vouches(&key(4).public(), &list.keys) && !vouches(&key(1).public(), &list.keys));
    }

    #[test]
    fn no_key_stands_twice() {
        assert!(three().rotated(&key(3), &key(2).public(), at(4)).is_err());
    }
}
