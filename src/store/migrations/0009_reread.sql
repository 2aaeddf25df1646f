-- A document that is read once more. What comes of it is kept beside what stands until somebody accepts or discards it;
-- the document, its rubrics and their history stay as they are meanwhile.
CREATE TABLE rereadings (
    document_id  TEXT PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE,
    -- Its work folder is another than that of the reading that stands.
    reading      INTEGER NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('reading', 'ready', 'failed')),
    asked_by     TEXT NOT NULL,
    asked_at     INTEGER NOT NULL,
    pages        INTEGER,
    pages_done   INTEGER NOT NULL DEFAULT 0,
    read_at      INTEGER,
    result_json  TEXT,
    problem_code TEXT,
    problem_vi   TEXT,
    problem_en   TEXT,
    CHECK ((state = 'ready') = (result_json IS NOT NULL))
) STRICT;

-- Which reading stands, and how many were ever begun: a number is never given twice.
ALTER TABLE documents ADD COLUMN reading INTEGER NOT NULL DEFAULT 1;
ALTER TABLE documents ADD COLUMN readings INTEGER NOT NULL DEFAULT 1;

-- Both kinds of reading stand in one queue, under the same rules.
ALTER TABLE jobs ADD COLUMN purpose TEXT NOT NULL DEFAULT 'read' CHECK (purpose IN ('read', 'reread'));

-- What a rubric was read as before a new reading took its place, and what the criteria that people touched are called
-- in the new one: history before the event `seq` speaks of the earlier reading, and stays as it was written.
CREATE TABLE rubric_readings (
    rubric_id TEXT NOT NULL REFERENCES rubrics (id),
    -- Of the event that put the new reading in its place.
    seq       INTEGER NOT NULL,
    base_json TEXT NOT NULL,
    ids_json  TEXT NOT NULL,
    PRIMARY KEY (rubric_id, seq)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER rubric_readings_are_never_changed BEFORE UPDATE ON rubric_readings
BEGIN SELECT RAISE(ABORT, 'rubric readings are append-only'); END;
CREATE TRIGGER rubric_readings_go_only_by_erasure BEFORE DELETE ON rubric_readings
WHEN NOT EXISTS (
    SELECT 1 FROM rubrics JOIN erasures ON erasures.document_id = rubrics.document_id
    WHERE rubrics.id = OLD.rubric_id
)
BEGIN SELECT RAISE(ABORT, 'rubric readings are append-only'); END;
