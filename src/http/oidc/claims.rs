//! What a provider's claims are here: a name and a role.

use openidconnect::AdditionalClaims;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization;

use crate::store::Role;

/// Letters of an account's name.
const LONGEST_NAME: usize = 64;

/// The claims that the protocol does not know by name; the roles are among them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Others {
    #[serde(flatten)]
    pub claims: Map<String, Value>,
}

impl AdditionalClaims for Others {}

/// The claim of this name. One with dots lies inside others (`realm_access.roles`), unless it is called so as a whole
/// (`https://so.gov.vn/roles`).
pub fn claim<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    if let Some(whole) = claims.get(name) {
        return Some(whole);
    }
    let (outer, inner) = name.split_once('.')?;
    claim(claims.get(outer)?.as_object()?, inner)
}

/// The highest of the roles that the claim names, a text or a list of texts, and that are known here.
pub fn role(claim: &Value, known: &[(String, Role)]) -> Option<Role> {
    let held: Vec<&str> = match claim {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let meant = known
        .iter()
        .filter(|(name, _)| !name.is_empty() && held.contains(&name.as_str()));
    meant.map(|(_, role)| *role).max()
}

/// What somebody's account is called: what can be no part of a name becomes a hyphen.
pub fn account_name(called: &str) -> String {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    let letters = called.nfc().map(|c| if fits(c) { c } else { '-' });
    letters.take(LONGEST_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::User;

    #[test]
    fn names_of_others_become_names_of_accounts() {
        let check = |called: &str, expect: &str| {
            let name = account_name(called);
            assert_eq!(name, expect, "{called:?}");
            assert!(User::is_name(&name), "{called:?}");
        };
        check("lan", "lan");
        check("lan@so.gov.vn", "lan-so.gov.vn");
        check("Nguyễn Lan", "Nguyễn-Lan");
        // Letters and their marks apart, as some systems write them.
        check("Nguye\u{302}\u{303}n", "Nguyễn");
        check("(retention)", "-retention-");
        check(&"x".repeat(80), &"x".repeat(64));
    }

    #[test]
    fn the_highest_known_role_counts_and_nothing_else_does() {
        let known = [
            ("so-nhap".to_owned(), Role::Clerk),
            ("so-duyet".to_owned(), Role::Maintainer),
            ("so-truong".to_owned(), Role::Admin),
            (String::new(), Role::Admin),
        ];
        let check = |text: &str, expect: Option<Role>| {
            let value = serde_json::from_str(text).unwrap();
            assert_eq!(role(&value, &known), expect, "{text}");
        };
        check(r#""so-nhap""#, Some(Role::Clerk));
        check(r#"["so-nhap", "so-duyet", "khac"]"#, Some(Role::Maintainer));
        check(r#"["khac"]"#, None);
        check(r#"["so-truong-phong", "SO-TRUONG", ""]"#, None);
        check(r#""so-nhap so-truong""#, None);
        check(r#"{"so-truong": true}"#, None);
        check("[]", None);
        check("true", None);
        check("null", None);
    }

    #[test]
    fn a_claim_is_found_inside_others() {
        let value = r#"{"roles": 1, "realm_access": {"roles": 2}, "so.gov.vn/roles": 3, "a": {"b.c": 4}}"#;
        let claims: Map<String, Value> = serde_json::from_str(value).unwrap();
        let check = |name: &str, expect: Option<i64>| {
            assert_eq!(claim(&claims, name).and_then(Value::as_i64), expect, "{name}");
        };
        check("roles", Some(1));
        check("realm_access.roles", Some(2));
        check("so.gov.vn/roles", Some(3));
        check("a.b.c", Some(4));
        check("realm_access.groups", None);
        check("roles.roles", None);
        check("", None);
    }
}
