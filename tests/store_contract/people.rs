//! People, their sessions and tokens, and the list of what happened.

use sohoa::store::{
    AuditEntry, AuditKind, AuditRange, Identity, NewSession, NewToken, NewUser, NewVouched, Role, Scopes,
    Store, StoreError, TokenHash,
};

use super::at;

contract!(
    sessions_end_by_time_and_with_their_account,
    people_see_and_end_their_own_sessions_alone,
    names_are_taken_once_whatever_their_case,
    whom_a_provider_vouches_for_is_found_by_its_name_for_them_alone,
    an_account_that_is_bound_to_a_provider_loses_its_password_and_sessions,
    who_is_shut_out_loses_sessions_and_tokens_and_keeps_the_account,
    tokens_work_until_they_end_or_the_account_is_closed,
    people_see_and_revoke_their_own_tokens_alone,
    the_audit_list_grows_and_goes_only_by_pruning,
);

async fn add(store: &dyn Store, name: &str) -> Result<(), StoreError> {
    store
        .add_user(
            NewUser {
                name,
                role: Role::Clerk,
                password_hash: "$argon2id$",
            },
            at(0),
        )
        .await
}

async fn open(store: &dyn Store, token: &TokenHash, user: &str, now: i64) {
    let session = NewSession {
        token,
        user,
        address: "10.0.0.1",
        expires: at(1000),
    };
    store.open_session(session, at(now)).await.unwrap();
}

async fn sessions_end_by_time_and_with_their_account(store: &dyn Store) {
    add(store, "lan").await.unwrap();
    let (one, two) = (TokenHash::of("one"), TokenHash::of("two"));
    let who = async |token, now, idle_since| {
        let user = store.session_user(token, at(now), at(idle_since)).await.unwrap();
        user.map(|u| u.name)
    };
    open(store, &one, "lan", 0).await;
    assert_eq!(who(&one, 999, 0).await.as_deref(), Some("lan"));
    assert_eq!(who(&one, 1000, 0).await, None);
    assert_eq!(who(&two, 1, 0).await, None);
    // Being used at 999 keeps it from being idle since 500, and not from being idle since 1000.
    assert_eq!(who(&one, 999, 500).await.as_deref(), Some("lan"));
    assert_eq!(who(&one, 999, 1000).await, None);
    open(store, &two, "lan", 1).await;
    store.close_session(&two).await.unwrap();
    assert_eq!(who(&two, 2, 0).await, None);
    store.set_password("lan", "$argon2id$new").await.unwrap();
    assert_eq!(who(&one, 3, 0).await, None);
    open(store, &one, "lan", 4).await;
    store.disable_user("lan", at(5)).await.unwrap();
    assert_eq!(who(&one, 6, 0).await, None);
    store.enable_user("lan").await.unwrap();
    assert_eq!(who(&one, 7, 0).await, None);
}

async fn people_see_and_end_their_own_sessions_alone(store: &dyn Store) {
    add(store, "lan").await.unwrap();
    add(store, "minh").await.unwrap();
    let (one, two) = (TokenHash::of("one"), TokenHash::of("two"));
    open(store, &one, "lan", 0).await;
    open(store, &two, "minh", 0).await;
    let seen = store.sessions("LAN", at(1), at(0)).await.unwrap();
    assert_eq!(seen.len(), 1);
    assert_eq!(
        (seen[0].id.as_str(), seen[0].address.as_str()),
        (one.id(), "10.0.0.1")
    );
    assert!(matches!(
        store.end_session("lan", two.id()).await,
        Err(StoreError::Missing { .. })
    ));
    store.end_session("lan", one.id()).await.unwrap();
    assert!(store.session_user(&one, at(1), at(0)).await.unwrap().is_none());
    assert!(store.session_user(&two, at(1), at(0)).await.unwrap().is_some());
}

async fn names_are_taken_once_whatever_their_case(store: &dyn Store) {
    add(store, "lan").await.unwrap();
    assert!(matches!(add(store, "Lan").await, Err(StoreError::Taken { .. })));
    add(store, "minh").await.unwrap();
    assert_eq!(store.user("LAN").await.unwrap().unwrap().name, "lan");
    store.set_role("Lan", Role::Admin).await.unwrap();
    let users = store.users().await.unwrap();
    let seen: Vec<(&str, Role)> = users.iter().map(|u| (u.name.as_str(), u.role)).collect();
    assert_eq!(seen, [("lan", Role::Admin), ("minh", Role::Clerk)]);
    assert!(matches!(
        store.set_role("x", Role::Admin).await,
        Err(StoreError::Missing { .. })
    ));
}

const AT_THE_OFFICE: Identity<'static> = Identity {
    issuer: "https://login.example",
    subject: "248289761001",
};

fn vouched<'a>(name: &'a str, identity: Identity<'a>) -> NewVouched<'a> {
    NewVouched {
        name,
        role: Role::Maintainer,
        identity,
    }
}

async fn whom_a_provider_vouches_for_is_found_by_its_name_for_them_alone(store: &dyn Store) {
    add(store, "lan").await.unwrap();
    let taken = |outcome: Result<(), StoreError>| matches!(outcome, Err(StoreError::Taken { .. }));
    // A provider's word does not hand over somebody's account, and leaves nothing behind when it is refused.
    assert!(taken(
        store.add_vouched_user(vouched("Lan", AT_THE_OFFICE), at(1)).await
    ));
    assert_eq!(store.vouched_user(AT_THE_OFFICE).await.unwrap(), None);
    store
        .add_vouched_user(vouched("thu", AT_THE_OFFICE), at(1))
        .await
        .unwrap();
    let thu = store.vouched_user(AT_THE_OFFICE).await.unwrap().unwrap();
    assert_eq!(
        (thu.name.as_str(), thu.role, &thu.password_hash),
        ("thu", Role::Maintainer, &None)
    );
    assert_eq!(store.user("THU").await.unwrap().unwrap(), thu);
    assert!(store.user("lan").await.unwrap().unwrap().password_hash.is_some());
    // One identity, one account.
    assert!(taken(
        store
            .add_vouched_user(vouched("thu2", AT_THE_OFFICE), at(2))
            .await
    ));
    assert_eq!(store.user("thu2").await.unwrap(), None);
    for other in [
        Identity {
            issuer: "https://login.elsewhere",
            ..AT_THE_OFFICE
        },
        Identity {
            subject: "24828976100",
            ..AT_THE_OFFICE
        },
        Identity {
            subject: "thu",
            ..AT_THE_OFFICE
        },
    ] {
        assert_eq!(store.vouched_user(other).await.unwrap(), None, "{other:?}");
    }
    store.disable_user("thu", at(3)).await.unwrap();
    let closed = store.vouched_user(AT_THE_OFFICE).await.unwrap().unwrap();
    assert_eq!(closed.disabled_at, Some(at(3)));
}

async fn an_account_that_is_bound_to_a_provider_loses_its_password_and_sessions(store: &dyn Store) {
    add(store, "lan").await.unwrap();
    add(store, "minh").await.unwrap();
    let one = TokenHash::of("one");
    open(store, &one, "lan", 0).await;
    assert!(matches!(
        store.bind_user("nobody", AT_THE_OFFICE).await,
        Err(StoreError::Missing { .. })
    ));
    store.bind_user("LAN", AT_THE_OFFICE).await.unwrap();
    let lan = store.vouched_user(AT_THE_OFFICE).await.unwrap().unwrap();
    assert_eq!(
        (lan.name.as_str(), lan.role, lan.password_hash),
        ("lan", Role::Clerk, None)
    );
    assert!(store.session_user(&one, at(1), at(0)).await.unwrap().is_none());
    let other = Identity {
        subject: "7",
        ..AT_THE_OFFICE
    };
    for (name, identity) in [("minh", AT_THE_OFFICE), ("lan", other)] {
        assert!(
            matches!(
                store.bind_user(name, identity).await,
                Err(StoreError::Taken { .. })
            ),
            "{name}"
        );
    }
    // What was refused changed nothing.
    assert!(store.user("minh").await.unwrap().unwrap().password_hash.is_some());
}

async fn who_is_shut_out_loses_sessions_and_tokens_and_keeps_the_account(store: &dyn Store) {
    store
        .add_vouched_user(vouched("lan", AT_THE_OFFICE), at(0))
        .await
        .unwrap();
    add(store, "minh").await.unwrap();
    let (one, two, secret) = (
        TokenHash::of("one"),
        TokenHash::of("two"),
        TokenHash::of("secret"),
    );
    open(store, &one, "lan", 0).await;
    open(store, &two, "minh", 0).await;
    let scopes = Scopes::of_role(Role::Clerk);
    store.add_token(token(&secret, &scopes), at(0)).await.unwrap();
    store.shut_out("LAN").await.unwrap();
    assert!(store.session_user(&one, at(1), at(0)).await.unwrap().is_none());
    assert!(store.token_user(&secret, at(1)).await.unwrap().is_none());
    assert!(store.session_user(&two, at(1), at(0)).await.unwrap().is_some());
    assert_eq!(
        store
            .vouched_user(AT_THE_OFFICE)
            .await
            .unwrap()
            .unwrap()
            .disabled_at,
        None
    );
}

/// A token of lan's that ends at 100.
fn token<'a>(token: &'a TokenHash, scopes: &'a Scopes) -> NewToken<'a> {
    NewToken {
        token,
        user: "lan",
        label: "máy quét",
        scopes,
        expires: Some(at(100)),
    }
}

async fn tokens_work_until_they_end_or_the_account_is_closed(store: &dyn Store) {
    let secret = TokenHash::of("secret");
    let scopes = Scopes::from_names("write").unwrap();
    assert!(matches!(
        store.add_token(token(&secret, &scopes), at(0)).await,
        Err(StoreError::Missing { .. })
    ));
    add(store, "lan").await.unwrap();
    store.add_token(token(&secret, &scopes), at(0)).await.unwrap();
    let (user, known) = store.token_user(&secret, at(99)).await.unwrap().unwrap();
    assert_eq!((user.name.as_str(), &known), ("lan", &scopes));
    assert!(store.token_user(&secret, at(100)).await.unwrap().is_none());
    let guess = TokenHash::of("guess");
    assert!(store.token_user(&guess, at(1)).await.unwrap().is_none());
    store.disable_user("lan", at(1)).await.unwrap();
    assert!(store.token_user(&secret, at(1)).await.unwrap().is_none());
    store.enable_user("lan").await.unwrap();
    assert!(store.token_user(&secret, at(1)).await.unwrap().is_none());
}

async fn people_see_and_revoke_their_own_tokens_alone(store: &dyn Store) {
    add(store, "lan").await.unwrap();
    add(store, "minh").await.unwrap();
    let secret = TokenHash::of("secret");
    let scopes = Scopes::of_role(Role::Clerk);
    store.add_token(token(&secret, &scopes), at(0)).await.unwrap();
    let used = async || store.tokens("lan").await.unwrap()[0].used_at;
    assert_eq!(used().await, None);
    store.token_user(&secret, at(5)).await.unwrap().unwrap();
    assert_eq!(used().await, Some(at(5)));
    // Known to the minute.
    store.token_user(&secret, at(6)).await.unwrap().unwrap();
    assert_eq!(used().await, Some(at(5)));
    store.token_user(&secret, at(70)).await.unwrap().unwrap();
    assert_eq!(used().await, Some(at(70)));
    assert!(store.tokens("minh").await.unwrap().is_empty());
    assert!(matches!(
        store.revoke_token("minh", secret.id()).await,
        Err(StoreError::Missing { .. })
    ));
    store.revoke_token("lan", secret.id()).await.unwrap();
    assert!(store.token_user(&secret, at(7)).await.unwrap().is_none());
}

async fn the_audit_list_grows_and_goes_only_by_pruning(store: &dyn Store) {
    for (second, kind) in [
        (1, AuditKind::SignInFailed),
        (2, AuditKind::SignedIn),
        (3, AuditKind::SignedOut),
    ] {
        let entry = AuditEntry {
            at: at(second),
            kind,
            who: "lan",
            address: Some("10.0.0.1"),
            subject: None,
            detail: None,
        };
        store.note(entry).await.unwrap();
    }
    let kinds = async |range| {
        let records = store.audit(range, 2).await.unwrap();
        records.iter().map(|r| (r.seq, r.kind)).collect::<Vec<_>>()
    };
    let (failed, came, went) = (AuditKind::SignInFailed, AuditKind::SignedIn, AuditKind::SignedOut);
    assert_eq!(kinds(AuditRange::Before(None)).await, [(3, went), (2, came)]);
    assert_eq!(kinds(AuditRange::Before(Some(2))).await, [(1, failed)]);
    assert_eq!(kinds(AuditRange::After(0)).await, [(1, failed), (2, came)]);
    assert_eq!(store.prune_audit(at(1), "(retention)", at(10)).await.unwrap(), 0);
    assert_eq!(store.prune_audit(at(3), "(retention)", at(10)).await.unwrap(), 2);
    let pruned = AuditKind::AuditPruned;
    assert_eq!(kinds(AuditRange::After(0)).await, [(3, went), (4, pruned)]);
    let left = store.audit(AuditRange::Before(None), 1).await.unwrap();
    assert_eq!(
        (left[0].who.as_str(), left[0].detail.as_deref()),
        ("(retention)", Some("2"))
    );
}
