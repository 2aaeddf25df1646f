-- Stretches of pages of a long document, which any worker may read for whoever holds its job.
CREATE TABLE shares (
    id          INTEGER PRIMARY KEY,
    job_id      INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    first_page  INTEGER NOT NULL,
    last_page   INTEGER NOT NULL,
    state       TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'taken', 'done')),
    pages_done  INTEGER NOT NULL DEFAULT 0,
    -- Claims ever: tells an older lease from the one that holds now.
    claims      INTEGER NOT NULL DEFAULT 0,
    worker      TEXT,
    lease_until INTEGER,
    UNIQUE (job_id, first_page),
    CHECK ((state = 'taken') = (worker IS NOT NULL))
) STRICT;
CREATE INDEX shares_to_claim ON shares (state, job_id);
