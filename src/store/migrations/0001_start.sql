-- Times are milliseconds since 1970 UTC. Texts named *_json are JSON, written and read by the edges.

CREATE TABLE documents (
    id           TEXT PRIMARY KEY,
    -- The same bytes are the same document.
    sha256       TEXT NOT NULL UNIQUE,
    file         TEXT NOT NULL,
    bytes        INTEGER NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('queued', 'reading', 'ready', 'failed')),
    title        TEXT,
    number       TEXT,
    pages        INTEGER,
    pages_done   INTEGER NOT NULL DEFAULT 0,
    -- Findings about the document as a whole; those of its rubrics are counted there.
    errors       INTEGER NOT NULL DEFAULT 0,
    warnings     INTEGER NOT NULL DEFAULT 0,
    problem_code TEXT,
    problem_vi   TEXT,
    problem_en   TEXT,
    uploaded_at  INTEGER NOT NULL,
    uploaded_by  TEXT NOT NULL
) STRICT;
CREATE INDEX documents_by_state ON documents (state, id);

-- Apart from documents: a list never reads it.
CREATE TABLE results (
    document_id TEXT PRIMARY KEY REFERENCES documents (id),
    result_json TEXT NOT NULL,
    read_at     INTEGER NOT NULL
) STRICT;

-- One job a document: a document that is read again uses the same row.
CREATE TABLE jobs (
    id          INTEGER PRIMARY KEY,
    document_id TEXT NOT NULL UNIQUE REFERENCES documents (id),
    state       TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),
    -- Claims since it was queued by a person, those that a dead worker never ended included.
    attempts    INTEGER NOT NULL DEFAULT 0,
    -- Claims ever: tells an older attempt's lease from the one that holds now.
    claims      INTEGER NOT NULL DEFAULT 0,
    -- Attempts that ended with an error of the document's own.
    failures    INTEGER NOT NULL DEFAULT 0,
    run_at      INTEGER NOT NULL,
    worker      TEXT,
    lease_until INTEGER,
    enqueued_at INTEGER NOT NULL,
    finished_at INTEGER
) STRICT;
CREATE INDEX jobs_to_claim ON jobs (state, attempts, id);

CREATE TABLE rubrics (
    id           TEXT PRIMARY KEY,
    document_id  TEXT NOT NULL REFERENCES documents (id),
    position     INTEGER NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('draft', 'submitted', 'returned', 'confirmed')),
    version      INTEGER NOT NULL DEFAULT 1,
    title        TEXT NOT NULL,
    max_score    TEXT,
    doubtful     INTEGER NOT NULL,
    errors       INTEGER NOT NULL,
    warnings     INTEGER NOT NULL,
    -- As read. Never changed: what people made of it is in rubric_events.
    base_json    TEXT NOT NULL,
    -- The base with all events applied, findings checked again.
    current_json TEXT NOT NULL,
    submitted_by TEXT,
    comment      TEXT,
    UNIQUE (document_id, position)
) STRICT;

CREATE TABLE rubric_events (
    rubric_id TEXT NOT NULL REFERENCES rubrics (id),
    seq       INTEGER NOT NULL,
    kind      TEXT NOT NULL,
    author    TEXT NOT NULL,
    at        INTEGER NOT NULL,
    data_json TEXT NOT NULL,
    PRIMARY KEY (rubric_id, seq)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER rubric_events_are_never_changed BEFORE UPDATE ON rubric_events
BEGIN SELECT RAISE(ABORT, 'rubric events are append-only'); END;
CREATE TRIGGER rubric_events_are_never_deleted BEFORE DELETE ON rubric_events
BEGIN SELECT RAISE(ABORT, 'rubric events are append-only'); END;

CREATE TABLE confirmed_rubrics (
    rubric_id    TEXT PRIMARY KEY REFERENCES rubrics (id),
    version      INTEGER NOT NULL,
    rubric_json  TEXT NOT NULL,
    event_seq    INTEGER NOT NULL,
    confirmed_by TEXT NOT NULL,
    confirmed_at INTEGER NOT NULL,
    FOREIGN KEY (rubric_id, event_seq) REFERENCES rubric_events (rubric_id, seq)
) STRICT;
CREATE TRIGGER confirmed_rubrics_are_never_changed BEFORE UPDATE ON confirmed_rubrics
BEGIN SELECT RAISE(ABORT, 'a confirmed rubric is final'); END;
CREATE TRIGGER confirmed_rubrics_are_never_deleted BEFORE DELETE ON confirmed_rubrics
BEGIN SELECT RAISE(ABORT, 'a confirmed rubric is final'); END;

CREATE TABLE users (
    name          TEXT PRIMARY KEY COLLATE NOCASE,
    role          TEXT NOT NULL CHECK (role IN ('clerk', 'maintainer', 'admin')),
    -- PHC string, argon2id.
    password_hash TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    disabled_at   INTEGER
) STRICT;

-- Only the SHA-256 of a token is kept: who reads this table cannot sign in with it.
CREATE TABLE sessions (
    token_sha256 TEXT PRIMARY KEY,
    user_name    TEXT NOT NULL COLLATE NOCASE REFERENCES users (name),
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL
) STRICT;

CREATE TABLE api_tokens (
    token_sha256 TEXT PRIMARY KEY,
    user_name    TEXT NOT NULL COLLATE NOCASE REFERENCES users (name),
    label        TEXT NOT NULL,
    created_at   INTEGER NOT NULL
) STRICT;
