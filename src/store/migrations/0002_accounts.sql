-- Sessions end when they are not used, and their owner sees where they are.
ALTER TABLE sessions ADD COLUMN seen_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN address TEXT NOT NULL DEFAULT '';
UPDATE sessions SET seen_at = created_at;

-- Tokens say what they are for. Those made before could do all that their owner may, and still can.
ALTER TABLE api_tokens ADD COLUMN scopes TEXT NOT NULL DEFAULT 'read write confirm admin';
ALTER TABLE api_tokens ADD COLUMN expires_at INTEGER;
ALTER TABLE api_tokens ADD COLUMN used_at INTEGER;

-- Who did what that others may ask about later. No secrets, no words of documents.
CREATE TABLE audit (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    kind    TEXT NOT NULL,
    who     TEXT NOT NULL,
    address TEXT,
    subject TEXT,
    detail  TEXT
) STRICT;
CREATE INDEX audit_by_time ON audit (at);

-- Entries go only under a pruning that is on record, and a pruning reaches no further than its own day.
CREATE TABLE audit_prunings (
    id    INTEGER PRIMARY KEY,
    until INTEGER NOT NULL,
    who   TEXT NOT NULL,
    at    INTEGER NOT NULL,
    CHECK (until <= at)
) STRICT;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit list is append-only'); END;
CREATE TRIGGER audit_goes_only_by_pruning BEFORE DELETE ON audit
WHEN NOT EXISTS (SELECT 1 FROM audit_prunings WHERE until > OLD.at)
BEGIN SELECT RAISE(ABORT, 'the audit list is append-only'); END;
CREATE TRIGGER audit_prunings_are_never_changed BEFORE UPDATE ON audit_prunings
BEGIN SELECT RAISE(ABORT, 'audit prunings are append-only'); END;
CREATE TRIGGER audit_prunings_are_never_deleted BEFORE DELETE ON audit_prunings
BEGIN SELECT RAISE(ABORT, 'audit prunings are append-only'); END;

-- What stays of a document that was deleted: digests, which say nothing to who does not hold the bytes.
CREATE TABLE erasures (
    document_id TEXT PRIMARY KEY,
    sha256      TEXT NOT NULL,
    erased_by   TEXT NOT NULL,
    erased_at   INTEGER NOT NULL,
    reason      TEXT
) STRICT;
CREATE TABLE erased_rubrics (
    rubric_id    TEXT PRIMARY KEY,
    document_id  TEXT NOT NULL REFERENCES erasures (document_id),
    version      INTEGER NOT NULL,
    -- Of the confirmed rubric's JSON.
    sha256       TEXT NOT NULL,
    confirmed_by TEXT NOT NULL,
    confirmed_at INTEGER NOT NULL
) STRICT;
CREATE TRIGGER erasures_are_never_changed BEFORE UPDATE ON erasures
BEGIN SELECT RAISE(ABORT, 'erasures are append-only'); END;
CREATE TRIGGER erasures_are_never_deleted BEFORE DELETE ON erasures
BEGIN SELECT RAISE(ABORT, 'erasures are append-only'); END;
CREATE TRIGGER erased_rubrics_are_never_changed BEFORE UPDATE ON erased_rubrics
BEGIN SELECT RAISE(ABORT, 'erasures are append-only'); END;
CREATE TRIGGER erased_rubrics_are_never_deleted BEFORE DELETE ON erased_rubrics
BEGIN SELECT RAISE(ABORT, 'erasures are append-only'); END;

-- History and confirmed rubrics go only with their document, and only once its erasure is on record.
DROP TRIGGER rubric_events_are_never_deleted;
CREATE TRIGGER rubric_events_go_only_by_erasure BEFORE DELETE ON rubric_events
WHEN NOT EXISTS (
    SELECT 1 FROM rubrics JOIN erasures ON erasures.document_id = rubrics.document_id
    WHERE rubrics.id = OLD.rubric_id
)
BEGIN SELECT RAISE(ABORT, 'rubric events are append-only'); END;
DROP TRIGGER confirmed_rubrics_are_never_deleted;
CREATE TRIGGER confirmed_rubrics_go_only_by_erasure BEFORE DELETE ON confirmed_rubrics
WHEN NOT EXISTS (
    SELECT 1 FROM rubrics JOIN erasures ON erasures.document_id = rubrics.document_id
    WHERE rubrics.id = OLD.rubric_id
)
BEGIN SELECT RAISE(ABORT, 'a confirmed rubric is final'); END;
