//! What confirmed rubrics propose for the dictionary.

use std::collections::HashSet;

use crate::domain::{Criterion, Named, PixelBox, Provenance, Rubric};
use crate::http::App;
use crate::http::problem::HttpError;
use crate::http::rubrics::rubric;
use crate::stages::restore::Restorer;
use crate::stages::restore::dictionary::Dictionary;
use crate::stages::restore::harvest::{self, Proposal};
use crate::store::{NewPhrase, PhrasePlace, PhraseSource};

/// Asks every confirmed rubric that was not asked yet; what is known already, built in or in whatever state, is left out.
pub async fn gather(app: &App) -> Result<(), HttpError> {
    let waiting = app.store.not_gathered().await?;
    if waiting.is_empty() {
        return Ok(());
    }
    let known = tokio::task::spawn_blocking(built_in).await?;
    for id in waiting {
        let (Some(confirmed), Some(record)) = (app.store.confirmed(&id).await?, app.store.rubric(&id).await?)
        else {
            continue;
        };
        let document = app.store.document(&record.document).await?;
        let name = document.map(|d| d.number.unwrap_or(d.file)).unwrap_or_default();
        let settled = rubric(&confirmed.rubric_json)?;
        let phrases = harvest::proposals(&settled, &known)
            .into_iter()
            .map(|proposal| new_phrase(&settled, proposal, (app.ids)()))
            .collect();
        let source = PhraseSource {
            rubric: &id,
            document: &record.document,
            name: &name,
        };
        app.store
            .propose(source, phrases, &confirmed.confirmed_by, app.now())
            .await?;
    }
    Ok(())
}

/// The normal forms of the phrases built into the program.
pub fn built_in() -> HashSet<String> {
    let dictionary = Dictionary::parse(Restorer::built_in_phrases());
    dictionary
        .entries
        .iter()
        .map(|e| harvest::normal(&e.phrase))
        .collect()
}

fn new_phrase(rubric: &Rubric, proposal: Proposal, id: String) -> NewPhrase {
    NewPhrase {
        id,
        normal: harvest::normal(&proposal.phrase),
        place: place_of(rubric, &proposal),
        phrase: proposal.phrase,
        criterion: proposal.criterion,
        field: proposal.field.map(|f| f.name().to_owned()),
    }
}

/// Where its field was read.
fn place_of(rubric: &Rubric, proposal: &Proposal) -> Option<PhrasePlace> {
    let criterion = |id: &String| -> Option<&Criterion> { rubric.criterion(id) };
    let origins: &[Provenance] = match &proposal.criterion {
        None => &rubric.provenance,
        Some(id) => &criterion(id)?.provenance,
    };
    let field = proposal.field?;
    let origin = origins
        .iter()
        .find(|p| p.field == field && p.bbox != PixelBox::default())?;
    Some(PhrasePlace {
        page: origin.page.get(),
        bbox: [origin.bbox.x0, origin.bbox.y0, origin.bbox.x1, origin.bbox.y1],
    })
}
