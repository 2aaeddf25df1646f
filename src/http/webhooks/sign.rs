//! Signatures as Standard Webhooks has them (standardwebhooks.com, version 1): HMAC-SHA256 of
//! `id.timestamp.body` under the secret's bytes.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::hmac;

/// What a secret begins with.
const PREFIX: &str = "whsec_";
/// Bytes of a secret; the standard asks for 24 to 64.
const BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A secret in its written form.
pub fn written(bytes: &[u8]) -> String {
    format!("{PREFIX}{}", BASE64_STANDARD.encode(bytes))
}

/// The bytes of a written secret; `None` when it is none.
pub fn read(secret: &str) -> Option<Vec<u8>> {
    let bytes = BASE64_STANDARD.decode(secret.strip_prefix(PREFIX)?).ok()?;
    BYTES.contains(&bytes.len()).then_some(bytes)
}

/// The value of `webhook-signature`. `timestamp` is in seconds since 1970.
pub fn signature(secret: &[u8], id: &str, timestamp: i64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let tag = hmac::sign(&key, format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", BASE64_STANDARD.encode(tag.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example that the standard's own libraries are tested with.
    #[test]
    fn signatures_are_those_of_the_standard() {
        let secret = read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        assert_eq!(
            signature(
                &secret,
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                1_614_265_330,
                "{\"test\": 2432232314}"
            ),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn secrets_are_written_and_read_and_bad_ones_refused() {
        let bytes = [7_u8; 32];
        assert_eq!(read(&written(&bytes)).as_deref(), Some(&bytes[..]));
        for bad in [
            "",
            "whsec_",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_c2hvcnQ=",
            "whsec_?",
        ] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }
}
