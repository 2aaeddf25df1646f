-- A rubric that a later one took the place of. A table's check cannot be widened in place, and building the table
-- anew would tear the references to it: the state moves into a column with the wider check.
ALTER TABLE rubrics ADD COLUMN wider TEXT NOT NULL DEFAULT 'draft'
    CHECK (wider IN ('draft', 'submitted', 'returned', 'confirmed', 'superseded'));
UPDATE rubrics SET wider = state;
ALTER TABLE rubrics DROP COLUMN state;
ALTER TABLE rubrics RENAME COLUMN wider TO state;
CREATE INDEX rubrics_by_state ON rubrics (state);

-- The version that an event led to: a change of several events is one version, and any version can be looked at again.
DROP TRIGGER rubric_events_are_never_changed;
ALTER TABLE rubric_events ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
-- Of what is there already, the events of one change have one time and one author.
UPDATE rubric_events SET version = 1 + (
    SELECT COUNT(DISTINCT earlier.at || ' ' || earlier.author) FROM rubric_events earlier
    WHERE earlier.rubric_id = rubric_events.rubric_id AND earlier.at <= rubric_events.at
);
CREATE TRIGGER rubric_events_are_never_changed BEFORE UPDATE ON rubric_events
BEGIN SELECT RAISE(ABORT, 'rubric events are append-only'); END;
