mod weak;

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};

/// Why a password is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    #[error("a password needs at least {least} characters")]
    TooShort { least: usize },
    #[error("a password has at most {most} bytes")]
    TooLong { most: usize },
    #[error("this password is among the first that are guessed")]
    TooCommon,
    #[error("a password must be more than the account's name")]
    HoldsName,
    #[error("hashing the password: {0}")]
    Hash(String),
}

/// A password in clear, never printed.
pub struct Password(String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Verified in place of an unknown person's password, so that the answer takes as long as for a known one.
static NOBODY: LazyLock<Option<String>> =
    LazyLock::new(|| Password::new("nobody has this password").hash().ok());

impl Password {
    /// NIST SP 800-63B-4 asks for 15 where a password stands alone and 8 beside a second factor;
    /// 10 is what the offices here will bear, with sign-in slowed down.
    pub const LEAST_CHARACTERS: usize = 10;
    /// Hashing is costly on purpose: a megabyte of password must not buy a second of it.
    pub const MOST_BYTES: usize = 1024;

    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The hash to keep for the account of this name: [`Password::hash`], once it is sure that the name is not
    /// most of the password.
    pub fn hash_for(&self, name: &str) -> Result<String, PasswordError> {
        self.check_length()?;
        if weak::holds_name(&self.0, name) {
            return Err(PasswordError::HoldsName);
        }
        self.hash()
    }

    /// An argon2id PHC string (m = 19 MiB, t = 2, p = 1, as OWASP advises) with a salt of its own.
    /// Slow by design: call it off the async threads.
    pub fn hash(&self) -> Result<String, PasswordError> {
        self.check_length()?;
        if weak::is_common(&self.0) {
            return Err(PasswordError::TooCommon);
        }
        Argon2::default()
            .hash_password(self.0.as_bytes())
            .map(|hash| hash.to_string())
            .map_err(|e| PasswordError::Hash(e.to_string()))
    }

    fn check_length(&self) -> Result<(), PasswordError> {
        if self.0.chars().count() < Self::LEAST_CHARACTERS {
            return Err(PasswordError::TooShort {
                least: Self::LEAST_CHARACTERS,
            });
        }
        if self.0.len() > Self::MOST_BYTES {
            return Err(PasswordError::TooLong {
                most: Self::MOST_BYTES,
            });
        }
        Ok(())
    }

    /// Whether this is the password of `hash`; `None`: of an account that does not exist, which takes as long.
    pub fn matches(&self, hash: Option<&str>) -> bool {
        if self.0.len() > Self::MOST_BYTES {
            return false;
        }
        let known = hash.is_some();
        let Some(hash) = hash.or(NOBODY.as_deref()) else {
            return false;
        };
        let Ok(parsed) = PasswordHash::new(hash) else {
            return false;
        };
        Argon2::default()
            .verify_password(self.0.as_bytes(), &parsed)
            .is_ok()
            && known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_matches_its_own_hash_only() {
        let hash = Password::new("mật khẩu đủ dài").hash().unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(Password::new("mật khẩu đủ dài").matches(Some(&hash)));
        assert!(!Password::new("mật khẩu du dài").matches(Some(&hash)));
        assert!(!Password::new("nobody has this password").matches(None));
        assert_eq!(
            Password::new("ngắn").hash(),
            Err(PasswordError::TooShort {
                least: Password::LEAST_CHARACTERS
            })
        );
    }
}
