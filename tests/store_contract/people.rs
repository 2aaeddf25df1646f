use sohoa::store::{NewUser, Role, Store, StoreError, TokenHash};

use super::at;

contract!(
    sessions_end_by_time_and_with_their_account,
    names_are_taken_once_whatever_their_case,
    tokens_work_until_the_account_is_closed,
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

async fn sessions_end_by_time_and_with_their_account(store: &dyn Store) {
    add(store, "lan").await.unwrap();
    let (one, two) = (TokenHash::of("one"), TokenHash::of("two"));
    store.open_session(&one, "lan", at(0), at(100)).await.unwrap();
    let who = async |token, now| store.session_user(token, at(now)).await.unwrap().map(|u| u.name);
    assert_eq!(who(&one, 99).await.as_deref(), Some("lan"));
    assert_eq!(who(&one, 100).await, None);
    assert_eq!(who(&two, 1).await, None);
    store.open_session(&two, "lan", at(1), at(100)).await.unwrap();
    store.close_session(&two).await.unwrap();
    assert_eq!(who(&two, 2).await, None);
    store.set_password("lan", "$argon2id$new").await.unwrap();
    assert_eq!(who(&one, 3).await, None);
    store.open_session(&one, "lan", at(4), at(100)).await.unwrap();
    store.disable_user("lan", at(5)).await.unwrap();
    assert_eq!(who(&one, 6).await, None);
    store.enable_user("lan").await.unwrap();
    assert_eq!(who(&one, 7).await, None);
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

async fn tokens_work_until_the_account_is_closed(store: &dyn Store) {
    let token = TokenHash::of("secret");
    assert!(matches!(
        store.add_token(&token, "lan", "scan", at(0)).await,
        Err(StoreError::Missing { .. })
    ));
    add(store, "lan").await.unwrap();
    store.add_token(&token, "lan", "scan", at(0)).await.unwrap();
    assert_eq!(store.token_user(&token).await.unwrap().unwrap().name, "lan");
    assert!(store.token_user(&TokenHash::of("guess")).await.unwrap().is_none());
    store.disable_user("lan", at(1)).await.unwrap();
    assert!(store.token_user(&token).await.unwrap().is_none());
}
