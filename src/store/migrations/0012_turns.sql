-- Whose documents are read in which order: everybody's next one goes before anybody's second (`turn`, see `sql/turns.rs`).
ALTER TABLE jobs ADD COLUMN queued_by TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;
UPDATE jobs SET queued_by = (SELECT uploaded_by FROM documents d WHERE d.id = jobs.document_id);
DROP INDEX jobs_to_claim;
CREATE INDEX jobs_to_claim ON jobs (state, attempts, purpose, turn, id);
CREATE INDEX jobs_in_turn ON jobs (queued_by, state, turn);
