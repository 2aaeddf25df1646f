//! Accounts and tokens from the command line, and the list of what was done.

use std::path::Path;

use serde_json::Value;

use super::program::{end_of, sohoa};

/// Runs `sohoa … --data FOLDER`; exit code, stdout, stderr.
fn run(data: &Path, arguments: &[&str], stdin: &str) -> (i32, String, String) {
    let output = sohoa()
        .args(arguments)
        .arg("--data")
        .arg(data)
        .write_stdin(stdin)
        .output()
        .unwrap();
    let (exit, stderr) = end_of(&output);
    (exit, String::from_utf8(output.stdout).unwrap(), stderr)
}

fn add(data: &Path, name: &str, role: &str, password: &str) -> (i32, String, String) {
    let arguments = ["user", "add", name, "--role", role, "--password-stdin"];
    run(data, &arguments, &format!("{password}\n"))
}

/// The security events, oldest first.
fn events(data: &Path, arguments: &[&str]) -> Vec<Value> {
    let (exit, lines, stderr) = run(data, &[&["audit"], arguments].concat(), "");
    assert_eq!((exit, stderr.as_str()), (0, ""));
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_token_is_made_listed_and_revoked() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    assert_eq!(add(data, "lan", "maintainer", "trời xanh mây trắng").0, 0);
    let make = [
        "user",
        "token",
        "lan",
        "--label",
        "máy quét",
        "--scope",
        "read,write",
        "--days",
        "30",
    ];
    let (exit, token, said) = run(data, &make, "");
    assert_eq!(exit, 0, "{said}");
    assert!(
        token.starts_with("sohoa_") && token.len() == 6 + 64 + 1,
        "{token}"
    );
    assert!(
        said.contains("read write") && said.contains("chỉ hiện một lần"),
        "{said}"
    );

    let (_, listed, _) = run(data, &["user", "tokens", "lan"], "");
    let fields: Vec<&str> = listed.trim_end().split('\t').collect();
    let [id, label, scopes, _, used] = fields[..] else {
        panic!("{listed}")
    };
    assert_eq!((label, scopes, used), ("máy quét", "read write", "-"));
    assert!(!listed.contains(token.trim()));

    assert_eq!(run(data, &["user", "revoke", "lan", id], "").0, 0);
    assert_eq!(run(data, &["user", "tokens", "lan"], "").1, "");
    let (exit, _, said) = run(data, &["user", "revoke", "lan", id], "");
    assert!(exit == 2 && said.contains("no_such_token"), "{said}");
}

#[test]
fn a_token_is_no_more_than_the_role_of_its_owner() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    add(data, "hoa", "clerk", "trời xanh mây trắng");
    let (exit, token, said) = run(data, &["user", "token", "hoa", "--scope", "read,confirm"], "");
    assert_eq!((exit, token.as_str()), (2, ""));
    assert!(said.contains("scope_over_role"), "{said}");
    for odd in [
        &["user", "token", "hoa", "--scope", "everything"][..],
        &["user", "token", "hoa", "--days", "0"],
        &["user", "token", "nobody"],
    ] {
        assert_eq!(run(data, odd, "").0, 2, "{odd:?}");
    }
    assert_eq!(run(data, &["user", "token", "hoa"], "").0, 0);
    let (_, listed, _) = run(data, &["user", "tokens", "hoa"], "");
    assert!(listed.contains("\tread write\t"), "{listed}");
}

#[test]
fn passwords_that_are_guessed_first_make_no_account() {
    let data = tempfile::tempdir().unwrap();
    for password in ["ngắn", "Matkhau@123", "lan.lan.1980"] {
        let (exit, _, said) = add(data.path(), "lan", "clerk", password);
        assert!(exit == 2 && said.contains("bad_password"), "{password}: {said}");
    }
    assert_eq!(run(data.path(), &["user", "list"], "").1, "");
}

#[test]
fn what_is_done_here_is_on_the_list_and_can_be_followed() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    add(data, "lan", "clerk", "trời xanh mây trắng");
    let token = run(data, &["user", "token", "lan", "--scope", "read"], "").1;
    run(data, &["user", "role", "lan", "maintainer"], "");
    run(data, &["user", "disable", "lan"], "");
    run(data, &["user", "enable", "lan"], "");
    let seen = events(data, &[]);
    let told: Vec<(&str, &str)> = seen
        .iter()
        .map(|e| {
            (
                e["kind"].as_str().unwrap(),
                e["detail"].as_str().unwrap_or_default(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("account_made", "clerk"),
            ("token_made", "lan: read"),
            ("account_changed", "maintainer"),
            ("account_closed", ""),
            ("account_opened", ""),
        ]
    );
    for event in &seen {
        assert_eq!(
            (&event["who"], &event["address"]),
            (&"(command line)".into(), &Value::Null)
        );
        assert!(!event.to_string().contains(token.trim()));
    }
    let after = seen[2]["seq"].to_string();
    assert_eq!(events(data, &["--after", &after]), seen[3..]);
}
