-- Who outside is told what happens here. The secret is kept as it is: each message is signed with it.
CREATE TABLE webhooks (
    id            TEXT PRIMARY KEY,
    url           TEXT NOT NULL,
    secret        TEXT NOT NULL,
    -- Names with a space on either side of each.
    kinds         TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    created_by    TEXT NOT NULL,
    -- Since when nothing has been taken; NULL when the last message was.
    failing_since INTEGER,
    disabled_at   INTEGER,
    disabled_why  TEXT
) STRICT;

-- The outbox and the log in one: a message is written with what it tells of, and stays with what became of it.
CREATE TABLE webhook_deliveries (
    id          INTEGER PRIMARY KEY,
    webhook_id  TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    -- A deleted document takes with it what was written of it.
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    -- The same for every try and every receiver, so that who hears a thing twice knows.
    message_id  TEXT NOT NULL,
    kind        TEXT NOT NULL,
    body        TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    state       TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
    attempts    INTEGER NOT NULL DEFAULT 0,
    run_at      INTEGER NOT NULL,
    tried_at    INTEGER,
    status      INTEGER,
    error       TEXT
) STRICT;
CREATE INDEX webhook_deliveries_to_send ON webhook_deliveries (run_at) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_of_document ON webhook_deliveries (document_id);
CREATE INDEX webhook_deliveries_of_hook ON webhook_deliveries (webhook_id, id);
