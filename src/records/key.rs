use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::KeyError;

/// The name of the only algorithm, in records and key lists.
pub const ALGORITHM: &str = "Ed25519";

/// The half of a key pair that signs.
pub struct SecretKey(SigningKey);

/// The half of a key pair that everybody may know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl SecretKey {
    /// The key that 32 random bytes make.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// From PKCS #8 PEM, as [`Self::to_pem`] and `openssl genpkey -algorithm ed25519` write it.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        SigningKey::from_pkcs8_pem(text)
            .map(Self)
            .map_err(|e| KeyError::NotAKey { why: e.to_string() })
    }

    pub fn to_pem(&self) -> Result<String, KeyError> {
        let pem = self
            .0
            .to_pkcs8_pem(LineEnding::LF)
            .map_err(|e| KeyError::NotAKey { why: e.to_string() })?;
        Ok(pem.to_string())
    }

    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// RFC 8032, base64.
    pub fn sign(&self, message: &[u8]) -> String {
        BASE64_STANDARD.encode(self.0.sign(message).to_bytes())
    }
}

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SecretKey({})", self.public().id())
    }
}

/// A public key as JSON Web Keys have it (RFC 8037).
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
}

impl PublicKey {
    /// From SubjectPublicKeyInfo PEM: `-----BEGIN PUBLIC KEY-----`.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        VerifyingKey::from_public_key_pem(text.trim())
            .map_err(|e| KeyError::NotAKey { why: e.to_string() })
            .and_then(Self::strong)
    }

    /// From a JSON Web Key: `{"kty": "OKP", "crv": "Ed25519", "x": "…"}`.
    pub fn from_jwk(text: &str) -> Result<Self, KeyError> {
        let not_a_key = |why: String| KeyError::NotAKey { why };
        let jwk: Jwk = serde_json::from_str(text).map_err(|e| not_a_key(e.to_string()))?;
        if (jwk.kty.as_str(), jwk.crv.as_str()) != ("OKP", ALGORITHM) {
            return Err(not_a_key(format!(
                "{} {} is no {ALGORITHM} key",
                jwk.kty, jwk.crv
            )));
        }
        let bytes = BASE64_URL_SAFE_NO_PAD
            .decode(&jwk.x)
            .map_err(|e| not_a_key(e.to_string()))?;
        let bytes = <[u8; 32]>::try_from(bytes).map_err(|_| not_a_key("32 bytes are a key".to_owned()))?;
        VerifyingKey::from_bytes(&bytes)
            .map_err(|e| not_a_key(e.to_string()))
            .and_then(Self::strong)
    }

    /// From the base64 of [`Self::to_base64`].
    pub fn from_base64(text: &str) -> Result<Self, KeyError> {
        let der = BASE64_STANDARD
            .decode(text)
            .map_err(|e| KeyError::NotAKey { why: e.to_string() })?;
        VerifyingKey::from_public_key_der(&der)
            .map_err(|e| KeyError::NotAKey { why: e.to_string() })
            .and_then(Self::strong)
    }

    /// The DER of SubjectPublicKeyInfo, base64: the PEM without its frame.
    pub fn to_base64(&self) -> Result<String, KeyError> {
        Ok(BASE64_STANDARD.encode(self.der()?))
    }

    pub fn to_pem(&self) -> Result<String, KeyError> {
        self.0
            .to_public_key_pem(LineEnding::LF)
            .map_err(|e| KeyError::NotAKey { why: e.to_string() })
    }

    /// The fingerprint: SHA-256 of the SubjectPublicKeyInfo in DER, hex.
    pub fn id(&self) -> String {
        // A key that is there has a DER form.
        self.der()
            .map(|der| hex::encode(Sha256::digest(der)))
            .unwrap_or_default()
    }

    /// True when `signature` (base64) is this key's over `message`; only the one encoding of a signature is taken.
    pub fn has_signed(&self, message: &[u8], signature: &str) -> bool {
        let bytes = BASE64_STANDARD.decode(signature).unwrap_or_default();
        Signature::from_slice(&bytes).is_ok_and(|s| self.0.verify_strict(message, &s).is_ok())
    }

    fn der(&self) -> Result<Vec<u8>, KeyError> {
        let der = self.0.to_public_key_der();
        der.map(|der| der.into_vec())
            .map_err(|e| KeyError::NotAKey { why: e.to_string() })
    }

    /// A weak key has signatures that fit any message.
    fn strong(key: VerifyingKey) -> Result<Self, KeyError> {
        match key.is_weak() {
            true => Err(KeyError::NotAKey {
                why: "this is a weak key".to_owned(),
            }),
            false => Ok(Self(key)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032, section 7.1, test 2; its public key as JWK and, with the frame of RFC 8410, as PEM.
    const SEED: &str = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
    const PUBLIC: &str = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
    const SIGNATURE: &str = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

    fn key() -> SecretKey {
        SecretKey::from_seed(&hex::decode(SEED).unwrap().try_into().unwrap())
    }

    #[test]
    fn a_key_signs_as_the_standard_has_it() {
        let signature = BASE64_STANDARD.decode(key().sign(b"\x72")).unwrap();
        assert_eq!(hex::encode(signature), SIGNATURE);
        let public = key().public();
        assert!(public.has_signed(b"\x72", &key().sign(b"\x72")));
        assert!(!public.has_signed(b"\x73", &key().sign(b"\x72")));
        assert!(!public.has_signed(b"\x72", ""));
    }

    #[test]
    fn a_key_is_the_same_in_every_form() {
        let public = key().public();
        let der = [
            hex::decode("302a300506032b6570032100").unwrap(),
            hex::decode(PUBLIC).unwrap(),
        ]
        .concat();
        assert_eq!(public.id(), hex::encode(Sha256::digest(&der)));
        assert_eq!(public.to_base64().unwrap(), BASE64_STANDARD.encode(&der));
        assert_eq!(
            PublicKey::from_base64(&public.to_base64().unwrap()).unwrap(),
            public
        );
        assert_eq!(PublicKey::from_pem(&public.to_pem().unwrap()).unwrap(), public);
        let x = BASE64_URL_SAFE_NO_PAD.encode(hex::decode(PUBLIC).unwrap());
        let jwk = format!(r#"{{"kty": "OKP", "crv": "Ed25519", "x": "{x}", "kid": "one"}}"#);
        assert_eq!(PublicKey::from_jwk(&jwk).unwrap(), public);
        assert!(PublicKey::from_jwk(&jwk.replace("OKP", "EC")).is_err());
        let secret = SecretKey::from_pem(&key().to_pem().unwrap()).unwrap();
        assert_eq!(secret.public(), public);
        assert!(!format!("{:?}", key()).contains(&SEED[..8]));
    }

    #[test]
    fn a_key_under_which_anything_is_signed_is_none() {
        let x = BASE64_URL_SAFE_NO_PAD.encode([0_u8; 32]);
        assert!(PublicKey::from_jwk(&format!(r#"{{"kty": "OKP", "crv": "Ed25519", "x": "{x}"}}"#)).is_err());
    }
}
