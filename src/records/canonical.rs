use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::RecordError;

/// The canonical bytes of a value: RFC 8785, JSON Canonicalization Scheme.
pub fn bytes(value: &impl Serialize) -> Result<Vec<u8>, RecordError> {
    serde_json_canonicalizer::to_vec(value).map_err(|e| RecordError::NotARecord { why: e.to_string() })
}

/// SHA-256 of the canonical bytes, hex.
pub fn digest(value: &impl Serialize) -> Result<String, RecordError> {
    Ok(hex::encode(Sha256::digest(bytes(value)?)))
}

/// What `shape` is once it has been a file: numbers as their shortest decimals.
pub fn value(shape: &impl Serialize) -> Result<Value, RecordError> {
    let text = serde_json::to_string(shape)?;
    Ok(serde_json::from_str(&text)?)
}

/// JSON in which no object names a field twice: of two values one program would show the first and another check the last.
pub fn read(bytes: &[u8]) -> Result<Value, RecordError> {
    let Strict(value) = serde_json::from_slice(bytes)?;
    Ok(value)
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        AnyValue.deserialize(deserializer).map(Self)
    }
}

struct AnyValue;

impl<'de> DeserializeSeed<'de> for AnyValue {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element_seed(Self)? {
            all.push(item);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            let value = fields.next_value_seed(Self)?;
            if all.contains_key(&name) {
                return Err(A::Error::custom(format!("the field {name:?} stands twice")));
            }
            all.insert(name, value);
        }
        Ok(Value::Object(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_canonical_form_is_that_of_rfc_8785() {
        // The example of the RFC's section 3.2.2, and a number as the readers' confidence is one.
        let text = r#"{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],
            "string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}"#;
        let expect = r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#;
        assert_eq!(
            String::from_utf8(bytes(&read(text.as_bytes()).unwrap()).unwrap()).unwrap(),
            expect
        );
        assert_eq!(bytes(&value(&0.97_f32).unwrap()).unwrap(), b"0.97");
        assert_eq!(bytes(&value(&1.0_f32).unwrap()).unwrap(), b"1");
    }

    #[test]
    fn a_field_that_stands_twice_is_refused_however_deep() {
        let check =
            |text: &str, accepted: bool| assert_eq!(read(text.as_bytes()).is_ok(), accepted, "{text}");
        check(r#"{"a": 1, "b": {"a": [1, -1, 0.5, null, true, "x"]}}"#, true);
        check(r#"{"a": 1, "a": 1}"#, false);
        check(r#"[{"b": {"a": 1, "\u0061": 2}}]"#, false);
        check("{}{}", false);
    }
}
