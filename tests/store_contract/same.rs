//! The same search finds the same documents on every database.

use sohoa::store::{InboxQuery, Order, SqliteStore, Store, Words};

use super::inbox::keep;
use super::on_postgres;

/// Few enough that they meet, with and without their marks.
const WORDS: [&str; 16] = [
    "thang", "điểm", "diem", "thi", "đua", "báo", "bao", "cáo", "Kế", "hoạch", "hoach", "tổ", "chức", "TỔNG",
    "1420", "m²",
];

/// Any generator will do, as long as it is the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most
    }

    /// Words of which one in `rare` is among those that are looked for.
    fn words(&mut self, count: usize, rare: usize) -> String {
        let word = |_| match self.below(rare) {
            0 => WORDS[self.below(WORDS.len())].to_owned(),
            other => format!("chữ{}", other * 100 + self.below(100)),
        };
        let words: Vec<String> = (0..count).map(word).collect();
        words.join([" ", ", ", "\n", "/"][self.below(4)])
    }
}

async fn found(store: &dyn Store, typed: &str) -> Vec<String> {
    let words = Words::of(typed).unwrap();
    let query = InboxQuery {
        words: Some(&words),
        order: Order::Best,
        limit: 100,
        ..InboxQuery::default()
    };
    let page = store.inbox(query).await.unwrap();
    page.documents.into_iter().map(|d| d.document.id).collect()
}

/// The order is the same but for what is nearly a tie: FTS5 goes on counting texts that were replaced when it says how
/// rare a word is, our own table does not.
#[tokio::test]
async fn a_search_finds_the_same_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = SqliteStore::open(&folder.path().join("sohoa.db")).await.unwrap();
    let postgres = on_postgres().await;
    let mut dice = Dice(7);
    for number in 0..60 {
        let text = {
            let count = dice.below(60);
            dice.words(count, 6)
        };
        let (title, rule) = (dice.words(3, 6), dice.words(30, 6));
        let id = format!("d{number:02}");
        for store in [&sqlite as &dyn Store, &postgres] {
            keep(store, &id, &text, &[(&title, &rule)]).await;
        }
    }
    let (mut several, mut same_first) = (0, 0);
    for _ in 0..200 {
        let count = 1 + dice.below(3);
        let mut typed = dice.words(count, 1);
        // The last word is often half typed.
        if dice.below(2) == 0 {
            typed.pop();
        }
        if Words::of(&typed).is_none() {
            continue;
        }
        let [one, other] = [found(&sqlite, &typed).await, found(&postgres, &typed).await];
        let sorted = |ids: &[String]| {
            let mut ids = ids.to_vec();
            ids.sort();
            ids
        };
        assert_eq!(sorted(&one), sorted(&other), "{typed:?}");
        if one.len() > 1 {
            several += 1;
            same_first += usize::from(one[0] == other[0]);
        }
    }
    assert!(several > 60, "{several} searches find several documents");
    assert!(
        same_first * 10 > several * 9,
        "{same_first} of {several} begin with the same document"
    );
}
