-- The office's own dictionary. A phrase that was accepted outlives the document that it came from, so nothing refers to
-- documents here; what was only proposed goes with it.
CREATE TABLE phrases (
    id          TEXT PRIMARY KEY,
    phrase      TEXT NOT NULL,
    -- Its words whatever their case and bullets: known once, in whatever state.
    normal      TEXT NOT NULL UNIQUE,
    state       TEXT NOT NULL CHECK (state IN ('proposed', 'accepted', 'edited', 'rejected', 'retired')),
    source      TEXT NOT NULL,
    document_id TEXT,
    rubric_id   TEXT,
    criterion   TEXT,
    field       TEXT,
    page        INTEGER,
    x0          INTEGER,
    y0          INTEGER,
    x1          INTEGER,
    y1          INTEGER,
    proposed_at INTEGER NOT NULL,
    decided_by  TEXT,
    decided_at  INTEGER
) STRICT;
CREATE INDEX phrases_by_state ON phrases (state, id);

CREATE TABLE phrase_events (
    phrase_id TEXT NOT NULL REFERENCES phrases (id),
    seq       INTEGER NOT NULL,
    kind      TEXT NOT NULL
        CHECK (kind IN ('proposed', 'accepted', 'edited', 'rejected', 'retired', 'imported')),
    author    TEXT NOT NULL,
    at        INTEGER NOT NULL,
    -- The words from here on.
    phrase    TEXT NOT NULL,
    -- The dictionary's version after it.
    version   INTEGER NOT NULL,
    PRIMARY KEY (phrase_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX phrase_events_by_version ON phrase_events (version);
CREATE TRIGGER phrase_events_are_never_changed BEFORE UPDATE ON phrase_events
BEGIN SELECT RAISE(ABORT, 'phrase events are append-only'); END;
CREATE TRIGGER phrase_events_go_only_by_erasure BEFORE DELETE ON phrase_events
WHEN NOT EXISTS (
    SELECT 1 FROM phrases p JOIN erasures e ON e.document_id = p.document_id WHERE p.id = OLD.phrase_id
)
BEGIN SELECT RAISE(ABORT, 'phrase events are append-only'); END;

-- Confirmed rubrics that were asked for phrases.
CREATE TABLE gathered_rubrics (
    rubric_id   TEXT PRIMARY KEY,
    gathered_at INTEGER NOT NULL
) STRICT;

-- Documents to be looked at again since a phrase is in the dictionary now; none of their words.
CREATE TABLE phrase_looks (
    phrase_id   TEXT NOT NULL REFERENCES phrases (id),
    document_id TEXT NOT NULL,
    noted_at    INTEGER NOT NULL,
    seen_by     TEXT,
    seen_at     INTEGER,
    PRIMARY KEY (phrase_id, document_id)
) STRICT, WITHOUT ROWID;
