//! Fairness among those who upload: start-time fair queueing (Goyal, Vin and Cheng, 1996) with one turn a document.
//!
//! A document's turn is one after the last that its uploader has waiting, but not before the turn that is at hand: the
//! least of all that wait. So an archive of thousands does not hold up whoever brings one document, and who was away
//! has saved nothing up.

/// The turn of what `who` (a column of `jobs`, or a parameter) queues now, as an SQL expression.
pub(super) fn next(who: &str) -> String {
    format!(
        "(SELECT MAX(turn) FROM ( \
             SELECT 0 AS turn \
             UNION ALL SELECT MIN(w.turn) FROM jobs w WHERE w.state = 'queued' AND w.attempts = 0 AND w.purpose = 'read' \
             UNION ALL SELECT MAX(w.turn) + 1 FROM jobs w WHERE w.queued_by = {who} AND w.state = 'queued') AS turns)"
    )
}
