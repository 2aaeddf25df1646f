//! A rubric's history, each part of it over the reading that it speaks of.

use super::App;
use super::problem::HttpError;
use super::review_dto::from_store;
use super::rubrics::rubric;
use crate::domain::Rubric;
use crate::review::{Event, Renamed};
use crate::store::{EarlierReading, EventRecord};

/// What was done to a rubric, and the readings that it was done to before the one that stands.
pub struct Past {
    records: Vec<EventRecord>,
    earlier: Vec<(EarlierReading, Renamed)>,
}

impl Past {
    pub async fn of(app: &App, id: &str) -> Result<Self, HttpError> {
        let records = app.store.events(id).await?;
        let named = |reading: EarlierReading| {
            let ids = serde_json::from_str(&reading.ids_json)?;
            Ok::<_, HttpError>((reading, Renamed(ids)))
        };
        let earlier = app.store.earlier_readings(id).await?;
        let earlier = earlier.into_iter().map(named).collect::<Result<_, _>>()?;
        Ok(Self { records, earlier })
    }

    /// The version that the last event led to.
    pub fn version(&self) -> u64 {
        self.records.last().map_or(1, |last| last.version)
    }

    /// Everything, as it stands over the reading that stands.
    pub fn events(&self) -> Result<Vec<Event>, HttpError> {
        self.until_seq(u64::MAX)
    }

    /// The history up to a version, and what it was done to: `None` is the reading that stands.
    pub fn until(&self, version: u64) -> Result<(Option<Rubric>, Vec<Event>), HttpError> {
        let last = self.records.iter().take_while(|r| r.version <= version).last();
        let seq = last.map_or(0, |record| record.seq);
        let next = self.earlier.iter().find(|(reading, _)| reading.seq > seq);
        let base = next.map(|(reading, _)| rubric(&reading.base_json)).transpose()?;
        Ok((base, self.until_seq(seq)?))
    }

    /// The events up to one, each with the names of the last reading among them.
    fn until_seq(&self, seq: u64) -> Result<Vec<Event>, HttpError> {
        let records = self.records.iter().take_while(|record| record.seq <= seq);
        let renamed = |record: &EventRecord| {
            let mut event = from_store(record)?;
            let after = |reading: &EarlierReading| reading.seq > record.seq && reading.seq <= seq;
            for (_, renamed) in self.earlier.iter().filter(|(reading, _)| after(reading)) {
                renamed.apply(&mut event);
            }
            Ok(event)
        };
        records.map(renamed).collect()
    }
}
