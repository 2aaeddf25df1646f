//! Which stored documents a phrase would have them read differently.
//!
//! Reading a document again takes minutes, so what is looked for is bounded: in the newest documents' texts, lines that have
//! the phrase's letters under other marks, or that are the phrase but for a few letters. That is what restoration would make
//! the phrase of; whether it does, the ink decides, so a person looks.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{fold_aligned, one_line};
use crate::http::App;
use crate::http::problem::HttpError;
use crate::store::{DocumentFilter, DocumentRecord, DocumentState, RubricState};

/// The newest documents that are searched.
const MOST_DOCUMENTS: usize = 500;
/// Documents that the store gives at a time.
const AT_A_TIME: u32 = 100;
/// From this likeness on a whole line is taken for the phrase, misread.
const ALIKE: f64 = 0.85;

/// A stored document that may read differently now.
#[derive(Debug, Serialize, ToSchema)]
pub struct Affected {
    document_id: String,
    file: String,
    /// As it was read.
    line: String,
    /// True where a draft waits to be looked at again; what is confirmed stays as it is.
    queued: bool,
}

#[derive(Deserialize)]
struct Words {
    #[serde(default)]
    text: String,
}

/// Finds the documents that `words` may change, and notes those with a draft for another look.
pub async fn affected(app: &App, phrase: &str, words: &str) -> Result<Vec<Affected>, HttpError> {
    let mut found = Vec::new();
    let mut searched = 0;
    let mut before: Option<String> = None;
    while searched < MOST_DOCUMENTS {
        let filter = DocumentFilter::State(DocumentState::Ready);
        let listed = app.store.documents(filter, before.as_deref(), AT_A_TIME).await?;
        let Some(last) = listed.last() else { break };
        before = Some(last.id.clone());
        searched += listed.len();
        for document in listed {
            if let Some(line) = line_near(app, &document.id, words).await? {
                found.push(affected_document(document, line));
            }
        }
    }
    let queued: Vec<String> = found
        .iter()
        .filter(|a| a.queued)
        .map(|a| a.document_id.clone())
        .collect();
    app.store.note_looks(phrase, &queued, app.now()).await?;
    Ok(found)
}

fn affected_document(document: DocumentRecord, line: String) -> Affected {
    let open = |state| !matches!(state, RubricState::Confirmed | RubricState::Superseded);
    Affected {
        queued: document.rubrics.iter().any(|r| open(r.state)),
        document_id: document.id,
        file: document.file,
        line,
    }
}

async fn line_near(app: &App, document: &str, words: &str) -> Result<Option<String>, HttpError> {
    let Some(result) = app.store.result(document).await? else {
        return Ok(None);
    };
    let words = words.to_owned();
    let found = tokio::task::spawn_blocking(move || {
        let Words { text } = serde_json::from_str(&result)?;
        Ok::<_, HttpError>(text.lines().find(|line| may_be(line, &words)).map(one_line))
    });
    found.await?
}

/// Whether a line may be the phrase, read without knowing it.
fn may_be(line: &str, phrase: &str) -> bool {
    let line: Vec<char> = one_line(line).to_lowercase().chars().collect();
    let phrase = one_line(phrase).to_lowercase();
    let letters: Vec<char> = fold_aligned(&line.iter().collect::<String>()).chars().collect();
    let wanted: Vec<char> = fold_aligned(&phrase).chars().collect();
    if wanted.is_empty() || letters.len() != line.len() {
        return false;
    }
    let ends_word = |at: Option<&char>| at.is_none_or(|c| !c.is_alphanumeric());
    let stands = |at: usize| {
        letters[at..].starts_with(&wanted)
            && ends_word(at.checked_sub(1).and_then(|i| letters.get(i)))
            && ends_word(letters.get(at + wanted.len()))
    };
    let mut same_letters = (0..letters.len().saturating_sub(wanted.len() - 1))
        .filter(|at| stands(*at))
        .peekable();
    if same_letters.peek().is_some() {
        return same_letters.any(|at| {
            let here: String = line[at..at + wanted.len()].iter().collect();
            here != phrase
        });
    }
    let (letters, wanted): (String, String) = (letters.iter().collect(), wanted.iter().collect());
    letters.len().abs_diff(wanted.len()) * 5 <= wanted.len()
        && strsim::normalized_levenshtein(&letters, &wanted) >= ALIKE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_marks_or_a_few_other_letters_may_be_the_phrase() {
        let check = |line: &str, expect: bool| {
            assert_eq!(may_be(line, "Tổ chức hội chợ quê"), expect, "{line:?}");
        };
        check("Tổ chức hội cho quê", true);
        check("2. TO CHUC HOI CHO QUE năm 2024", true);
        check("Tổ chức hội chợ quê", false);
        check("tổ chức hội chợ quê năm 2024", false);
        check("Tố chưc hôi chọ qué", true);
        check("Tổ chưc hộj chợ quê", true);
        check("Tổ chức hội nghị", false);
        check("Tổ chức hội chợ quên", true);
        check("", false);
    }
}
