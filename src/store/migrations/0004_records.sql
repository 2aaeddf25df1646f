-- The signed record of a confirmation, without its evidence. It outlives the rubric: a deleted document leaves
-- digests, names and times.
CREATE TABLE confirmation_records (
    rubric_id   TEXT PRIMARY KEY,
    record_json TEXT NOT NULL,
    key_id      TEXT NOT NULL,
    signed_at   INTEGER NOT NULL
) STRICT;
CREATE TRIGGER confirmation_records_are_never_changed BEFORE UPDATE ON confirmation_records
BEGIN SELECT RAISE(ABORT, 'a record of confirmation is final'); END;
CREATE TRIGGER confirmation_records_are_never_deleted BEFORE DELETE ON confirmation_records
BEGIN SELECT RAISE(ABORT, 'a record of confirmation is final'); END;

-- What the record's digests are digests of. It goes with its rubric.
CREATE TABLE confirmation_evidence (
    rubric_id     TEXT PRIMARY KEY REFERENCES rubrics (id) ON DELETE CASCADE,
    evidence_json TEXT NOT NULL
) STRICT;
CREATE TRIGGER confirmation_evidence_is_never_changed BEFORE UPDATE ON confirmation_evidence
BEGIN SELECT RAISE(ABORT, 'a record of confirmation is final'); END;
