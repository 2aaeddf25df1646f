-- The whole schema, as SQLite's migrations have made theirs. Times are milliseconds since 1970 UTC. Texts named *_json
-- are JSON, written and read by the edges.

-- Ids and the like are compared as bytes, whatever language the database was made for.
CREATE DOMAIN bytewise AS TEXT COLLATE "C";
-- Names of accounts are compared without regard to case. The collation has the name that SQLite gives its own.
CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE DOMAIN account AS TEXT COLLATE nocase;

-- Tells this database from any other: a data folder remembers whose files it has, and the database that it has a folder.
CREATE TABLE installation (
    id         bytewise PRIMARY KEY,
    has_folder BOOLEAN NOT NULL DEFAULT FALSE
);
INSERT INTO installation (id) VALUES (gen_random_uuid()::TEXT);

-- Written to find out whether anything can be written.
CREATE TABLE probe (
    turn BIGINT NOT NULL
);
INSERT INTO probe VALUES (0);

CREATE TABLE documents (
    id           bytewise PRIMARY KEY,
    -- The same bytes are the same document.
    sha256       bytewise NOT NULL UNIQUE,
    file         bytewise NOT NULL,
    bytes        BIGINT NOT NULL,
    state        bytewise NOT NULL CHECK (state IN ('queued', 'reading', 'ready', 'failed')),
    title        bytewise,
    number       bytewise,
    pages        BIGINT,
    pages_done   BIGINT NOT NULL DEFAULT 0,
    -- Findings about the document as a whole; those of its rubrics are counted there.
    errors       BIGINT NOT NULL DEFAULT 0,
    warnings     BIGINT NOT NULL DEFAULT 0,
    problem_code bytewise,
    problem_vi   bytewise,
    problem_en   bytewise,
    uploaded_at  BIGINT NOT NULL,
    uploaded_by  bytewise NOT NULL,
    -- Who has it in hand.
    assigned_to  account,
    -- Which reading stands, and how many were ever begun: a number is never given twice.
    reading      BIGINT NOT NULL DEFAULT 1,
    readings     BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX documents_by_state ON documents (state, id);
CREATE INDEX documents_by_assignee ON documents (assigned_to) WHERE assigned_to IS NOT NULL;

-- Apart from documents: a list never reads it.
CREATE TABLE results (
    document_id bytewise PRIMARY KEY REFERENCES documents (id),
    result_json bytewise NOT NULL,
    read_at     BIGINT NOT NULL
);

-- One job a document: a document that is read again uses the same row.
CREATE TABLE jobs (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    document_id bytewise NOT NULL UNIQUE REFERENCES documents (id),
    state       bytewise NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),
    purpose     bytewise NOT NULL DEFAULT 'read' CHECK (purpose IN ('read', 'reread')),
    -- Claims since it was queued by a person, those that a dead worker never ended included.
    attempts    BIGINT NOT NULL DEFAULT 0,
    -- Claims ever: tells an older attempt's lease from the one that holds now.
    claims      BIGINT NOT NULL DEFAULT 0,
    -- Attempts that ended with an error of the document's own.
    failures    BIGINT NOT NULL DEFAULT 0,
    run_at      BIGINT NOT NULL,
    worker      bytewise,
    lease_until BIGINT,
    enqueued_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX jobs_to_claim ON jobs (state, attempts, id);

CREATE TABLE rubrics (
    id           bytewise PRIMARY KEY,
    document_id  bytewise NOT NULL REFERENCES documents (id),
    position     BIGINT NOT NULL,
    state        bytewise NOT NULL DEFAULT 'draft'
        CHECK (state IN ('draft', 'submitted', 'returned', 'confirmed', 'superseded')),
    version      BIGINT NOT NULL DEFAULT 1,
    title        bytewise NOT NULL,
    max_score    bytewise,
    doubtful     BIGINT NOT NULL,
    errors       BIGINT NOT NULL,
    warnings     BIGINT NOT NULL,
    -- As read. Changed by nothing but a reading that takes its place: what people made of it is in rubric_events.
    base_json    bytewise NOT NULL,
    -- The base with all events applied, findings checked again.
    current_json bytewise NOT NULL,
    submitted_by bytewise,
    comment      bytewise,
    UNIQUE (document_id, position)
);
CREATE INDEX rubrics_by_state ON rubrics (state);

CREATE TABLE rubric_events (
    rubric_id bytewise NOT NULL REFERENCES rubrics (id),
    seq       BIGINT NOT NULL,
    -- The version that it led to: a change of several events is one version.
    version   BIGINT NOT NULL,
    kind      bytewise NOT NULL,
    author    bytewise NOT NULL,
    at        BIGINT NOT NULL,
    data_json bytewise NOT NULL,
    PRIMARY KEY (rubric_id, seq)
);

CREATE TABLE confirmed_rubrics (
    rubric_id    bytewise PRIMARY KEY REFERENCES rubrics (id),
    version      BIGINT NOT NULL,
    rubric_json  bytewise NOT NULL,
    event_seq    BIGINT NOT NULL,
    confirmed_by bytewise NOT NULL,
    confirmed_at BIGINT NOT NULL,
    FOREIGN KEY (rubric_id, event_seq) REFERENCES rubric_events (rubric_id, seq)
);

-- What a rubric was read as before a new reading took its place, and what the criteria that people touched are called
-- in the new one: history before the event `seq` speaks of the earlier reading, and stays as it was written.
CREATE TABLE rubric_readings (
    rubric_id bytewise NOT NULL REFERENCES rubrics (id),
    -- Of the event that put the new reading in its place.
    seq       BIGINT NOT NULL,
    base_json bytewise NOT NULL,
    ids_json  bytewise NOT NULL,
    PRIMARY KEY (rubric_id, seq)
);

-- A document that is read once more. What comes of it is kept beside what stands until somebody accepts or discards it.
CREATE TABLE rereadings (
    document_id  bytewise PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE,
    -- Its work folder is another than that of the reading that stands.
    reading      BIGINT NOT NULL,
    state        bytewise NOT NULL CHECK (state IN ('reading', 'ready', 'failed')),
    asked_by     bytewise NOT NULL,
    asked_at     BIGINT NOT NULL,
    pages        BIGINT,
    pages_done   BIGINT NOT NULL DEFAULT 0,
    read_at      BIGINT,
    result_json  bytewise,
    problem_code bytewise,
    problem_vi   bytewise,
    problem_en   bytewise,
    CHECK ((state = 'ready') = (result_json IS NOT NULL))
);

CREATE TABLE users (
    name          account PRIMARY KEY,
    role          bytewise NOT NULL CHECK (role IN ('clerk', 'maintainer', 'admin')),
    -- PHC string, argon2id; empty where the provider vouches.
    password_hash bytewise NOT NULL,
    created_at    BIGINT NOT NULL,
    disabled_at   BIGINT
);

-- Whom the office's own provider of sign-ins vouches for. Its name for a person (issuer and subject) never changes and
-- is never given to another, so it alone leads to the account.
CREATE TABLE identities (
    issuer    bytewise NOT NULL,
    subject   bytewise NOT NULL,
    user_name account NOT NULL UNIQUE REFERENCES users (name),
    PRIMARY KEY (issuer, subject)
);

-- Only the SHA-256 of a token is kept: who reads this table cannot sign in with it.
CREATE TABLE sessions (
    token_sha256 bytewise PRIMARY KEY,
    user_name    account NOT NULL REFERENCES users (name),
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    seen_at      BIGINT NOT NULL,
    address      bytewise NOT NULL
);

CREATE TABLE api_tokens (
    token_sha256 bytewise PRIMARY KEY,
    user_name    account NOT NULL REFERENCES users (name),
    label        bytewise NOT NULL,
    scopes       bytewise NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT,
    used_at      BIGINT
);

-- Who did what that others may ask about later. No secrets, no words of documents.
CREATE TABLE audit (
    seq     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      BIGINT NOT NULL,
    kind    bytewise NOT NULL,
    who     bytewise NOT NULL,
    address bytewise,
    subject bytewise,
    detail  bytewise
);
CREATE INDEX audit_by_time ON audit (at);

-- Entries go only under a pruning that is on record, and a pruning reaches no further than its own day.
CREATE TABLE audit_prunings (
    id    BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    until BIGINT NOT NULL,
    who   bytewise NOT NULL,
    at    BIGINT NOT NULL,
    CHECK (until <= at)
);

-- What stays of a document that was deleted: digests, which say nothing to who does not hold the bytes.
CREATE TABLE erasures (
    document_id bytewise PRIMARY KEY,
    sha256      bytewise NOT NULL,
    erased_by   bytewise NOT NULL,
    erased_at   BIGINT NOT NULL,
    reason      bytewise
);
CREATE TABLE erased_rubrics (
    rubric_id    bytewise PRIMARY KEY,
    document_id  bytewise NOT NULL REFERENCES erasures (document_id),
    version      BIGINT NOT NULL,
    -- Of the confirmed rubric's JSON.
    sha256       bytewise NOT NULL,
    confirmed_by bytewise NOT NULL,
    confirmed_at BIGINT NOT NULL
);

-- The signed record of a confirmation, without its evidence. It outlives the rubric: a deleted document leaves
-- digests, names and times.
CREATE TABLE confirmation_records (
    rubric_id   bytewise PRIMARY KEY,
    record_json bytewise NOT NULL,
    key_id      bytewise NOT NULL,
    signed_at   BIGINT NOT NULL
);
-- What the record's digests are digests of. It goes with its rubric.
CREATE TABLE confirmation_evidence (
    rubric_id     bytewise PRIMARY KEY REFERENCES rubrics (id) ON DELETE CASCADE,
    evidence_json bytewise NOT NULL
);

-- The office's own dictionary. A phrase that was accepted outlives the document that it came from, so nothing refers to
-- documents here; what was only proposed goes with it.
CREATE TABLE phrases (
    id          bytewise PRIMARY KEY,
    phrase      bytewise NOT NULL,
    -- Its words whatever their case and bullets: known once, in whatever state.
    normal      bytewise NOT NULL UNIQUE,
    state       bytewise NOT NULL CHECK (state IN ('proposed', 'accepted', 'edited', 'rejected', 'retired')),
    source      bytewise NOT NULL,
    document_id bytewise,
    rubric_id   bytewise,
    criterion   bytewise,
    field       bytewise,
    page        BIGINT,
    x0          BIGINT,
    y0          BIGINT,
    x1          BIGINT,
    y1          BIGINT,
    proposed_at BIGINT NOT NULL,
    decided_by  bytewise,
    decided_at  BIGINT
);
CREATE INDEX phrases_by_state ON phrases (state, id);
CREATE TABLE phrase_events (
    phrase_id bytewise NOT NULL REFERENCES phrases (id),
    seq       BIGINT NOT NULL,
    kind      bytewise NOT NULL
        CHECK (kind IN ('proposed', 'accepted', 'edited', 'rejected', 'retired', 'imported')),
    author    bytewise NOT NULL,
    at        BIGINT NOT NULL,
    -- The words from here on.
    phrase    bytewise NOT NULL,
    -- The dictionary's version after it.
    version   BIGINT NOT NULL,
    PRIMARY KEY (phrase_id, seq)
);
CREATE INDEX phrase_events_by_version ON phrase_events (version);
-- Confirmed rubrics that were asked for phrases.
CREATE TABLE gathered_rubrics (
    rubric_id   bytewise PRIMARY KEY,
    gathered_at BIGINT NOT NULL
);
-- Documents to be looked at again since a phrase is in the dictionary now; none of their words.
CREATE TABLE phrase_looks (
    phrase_id   bytewise NOT NULL REFERENCES phrases (id),
    document_id bytewise NOT NULL,
    noted_at    BIGINT NOT NULL,
    seen_by     bytewise,
    seen_at     BIGINT,
    PRIMARY KEY (phrase_id, document_id)
);

-- Who outside is told what happens here. The secret is kept as it is: each message is signed with it.
CREATE TABLE webhooks (
    id            bytewise PRIMARY KEY,
    url           bytewise NOT NULL,
    secret        bytewise NOT NULL,
    -- Names with a space on either side of each.
    kinds         bytewise NOT NULL,
    created_at    BIGINT NOT NULL,
    created_by    bytewise NOT NULL,
    -- Since when nothing has been taken; NULL when the last message was.
    failing_since BIGINT,
    disabled_at   BIGINT,
    disabled_why  bytewise
);
-- The outbox and the log in one: a message is written with what it tells of, and stays with what became of it.
CREATE TABLE webhook_deliveries (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    webhook_id  bytewise NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    -- A deleted document takes with it what was written of it.
    document_id bytewise NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    -- The same for every try and every receiver, so that who hears a thing twice knows.
    message_id  bytewise NOT NULL,
    kind        bytewise NOT NULL,
    body        bytewise NOT NULL,
    created_at  BIGINT NOT NULL,
    state       bytewise NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
    attempts    BIGINT NOT NULL DEFAULT 0,
    run_at      BIGINT NOT NULL,
    tried_at    BIGINT,
    status      BIGINT,
    error       bytewise
);
CREATE INDEX webhook_deliveries_to_send ON webhook_deliveries (run_at) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_of_document ON webhook_deliveries (document_id);
CREATE INDEX webhook_deliveries_of_hook ON webhook_deliveries (webhook_id, id);

-- What only grows. The database itself refuses, whoever asks.
CREATE FUNCTION refuse() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0];
END $$;

-- History and what was confirmed go only with their document, and only once its erasure is on record.
CREATE FUNCTION refuse_unless_erased() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM rubrics JOIN erasures ON erasures.document_id = rubrics.document_id
        WHERE rubrics.id = OLD.rubric_id
    ) THEN
        RAISE EXCEPTION '%', TG_ARGV[0];
    END IF;
    RETURN OLD;
END $$;

CREATE FUNCTION refuse_unless_phrase_erased() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM phrases p JOIN erasures e ON e.document_id = p.document_id WHERE p.id = OLD.phrase_id
    ) THEN
        RAISE EXCEPTION '%', TG_ARGV[0];
    END IF;
    RETURN OLD;
END $$;

CREATE FUNCTION refuse_unless_pruned() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM audit_prunings WHERE until > OLD.at) THEN
        RAISE EXCEPTION '%', TG_ARGV[0];
    END IF;
    RETURN OLD;
END $$;

CREATE TRIGGER rubric_events_are_never_changed BEFORE UPDATE ON rubric_events
    FOR EACH ROW EXECUTE FUNCTION refuse('rubric events are append-only');
CREATE TRIGGER rubric_events_go_only_by_erasure BEFORE DELETE ON rubric_events
    FOR EACH ROW EXECUTE FUNCTION refuse_unless_erased('rubric events are append-only');
CREATE TRIGGER confirmed_rubrics_are_never_changed BEFORE UPDATE ON confirmed_rubrics
    FOR EACH ROW EXECUTE FUNCTION refuse('a confirmed rubric is final');
CREATE TRIGGER confirmed_rubrics_go_only_by_erasure BEFORE DELETE ON confirmed_rubrics
    FOR EACH ROW EXECUTE FUNCTION refuse_unless_erased('a confirmed rubric is final');
CREATE TRIGGER rubric_readings_are_never_changed BEFORE UPDATE ON rubric_readings
    FOR EACH ROW EXECUTE FUNCTION refuse('rubric readings are append-only');
CREATE TRIGGER rubric_readings_go_only_by_erasure BEFORE DELETE ON rubric_readings
    FOR EACH ROW EXECUTE FUNCTION refuse_unless_erased('rubric readings are append-only');
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
    FOR EACH ROW EXECUTE FUNCTION refuse('the audit list is append-only');
CREATE TRIGGER audit_goes_only_by_pruning BEFORE DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION refuse_unless_pruned('the audit list is append-only');
CREATE TRIGGER audit_prunings_are_kept BEFORE UPDATE OR DELETE ON audit_prunings
    FOR EACH ROW EXECUTE FUNCTION refuse('audit prunings are append-only');
CREATE TRIGGER erasures_are_kept BEFORE UPDATE OR DELETE ON erasures
    FOR EACH ROW EXECUTE FUNCTION refuse('erasures are append-only');
CREATE TRIGGER erased_rubrics_are_kept BEFORE UPDATE OR DELETE ON erased_rubrics
    FOR EACH ROW EXECUTE FUNCTION refuse('erasures are append-only');
CREATE TRIGGER confirmation_records_are_kept BEFORE UPDATE OR DELETE ON confirmation_records
    FOR EACH ROW EXECUTE FUNCTION refuse('a record of confirmation is final');
CREATE TRIGGER confirmation_evidence_is_never_changed BEFORE UPDATE ON confirmation_evidence
    FOR EACH ROW EXECUTE FUNCTION refuse('a record of confirmation is final');
CREATE TRIGGER phrase_events_are_never_changed BEFORE UPDATE ON phrase_events
    FOR EACH ROW EXECUTE FUNCTION refuse('phrase events are append-only');
CREATE TRIGGER phrase_events_go_only_by_erasure BEFORE DELETE ON phrase_events
    FOR EACH ROW EXECUTE FUNCTION refuse_unless_phrase_erased('phrase events are append-only');

-- TRUNCATE asks no trigger of single rows.
CREATE TRIGGER rubric_events_are_never_emptied BEFORE TRUNCATE ON rubric_events
    EXECUTE FUNCTION refuse('rubric events are append-only');
CREATE TRIGGER confirmed_rubrics_are_never_emptied BEFORE TRUNCATE ON confirmed_rubrics
    EXECUTE FUNCTION refuse('a confirmed rubric is final');
CREATE TRIGGER rubric_readings_are_never_emptied BEFORE TRUNCATE ON rubric_readings
    EXECUTE FUNCTION refuse('rubric readings are append-only');
CREATE TRIGGER audit_is_never_emptied BEFORE TRUNCATE ON audit
    EXECUTE FUNCTION refuse('the audit list is append-only');
CREATE TRIGGER audit_prunings_are_never_emptied BEFORE TRUNCATE ON audit_prunings
    EXECUTE FUNCTION refuse('audit prunings are append-only');
CREATE TRIGGER erasures_are_never_emptied BEFORE TRUNCATE ON erasures
    EXECUTE FUNCTION refuse('erasures are append-only');
CREATE TRIGGER erased_rubrics_are_never_emptied BEFORE TRUNCATE ON erased_rubrics
    EXECUTE FUNCTION refuse('erasures are append-only');
CREATE TRIGGER confirmation_records_are_never_emptied BEFORE TRUNCATE ON confirmation_records
    EXECUTE FUNCTION refuse('a record of confirmation is final');
CREATE TRIGGER confirmation_evidence_is_never_emptied BEFORE TRUNCATE ON confirmation_evidence
    EXECUTE FUNCTION refuse('a record of confirmation is final');
CREATE TRIGGER phrase_events_are_never_emptied BEFORE TRUNCATE ON phrase_events
    EXECUTE FUNCTION refuse('phrase events are append-only');

-- What can be found by its words: a document's own text, or one rubric of it. The triggers below write the words in
-- the very transaction that writes what they come from, whoever writes it.
CREATE TABLE search_pieces (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    document_id bytewise NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    -- NULL: the document's own text.
    rubric_id   bytewise UNIQUE REFERENCES rubrics (id) ON DELETE CASCADE,
    -- How many words it has.
    words       BIGINT NOT NULL DEFAULT 0,
    -- All of them without their marks, a space on either side of each; a line break parts the name from the text.
    line        bytewise NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX search_pieces_of_documents ON search_pieces (document_id) WHERE rubric_id IS NULL;
CREATE INDEX search_pieces_by_document ON search_pieces (document_id);

-- Where in a piece words stand: one row a criterion, or the whole text.
CREATE TABLE search_places (
    id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    piece     BIGINT NOT NULL REFERENCES search_pieces (id) ON DELETE CASCADE,
    criterion bytewise,
    page      BIGINT,
    text      bytewise NOT NULL
);
CREATE INDEX search_places_by_piece ON search_places (piece, id);

-- The words of each piece, one row for each way in which a word is written there. tsvector is not asked: it forgets what
-- stands behind the 16,383rd word, ends at a megabyte, and its ranking knows neither rare words nor long texts.
CREATE TABLE search_words (
    piece  BIGINT NOT NULL REFERENCES search_pieces (id) ON DELETE CASCADE,
    -- In lower case, with its marks.
    typed  bytewise NOT NULL,
    -- Without them.
    plain  bytewise NOT NULL,
    -- How often it stands in the name, and in the text.
    names  BIGINT NOT NULL,
    texts  BIGINT NOT NULL,
    PRIMARY KEY (piece, typed)
);
CREATE INDEX search_words_by_plain ON search_words (plain, piece);

-- The words of a text, in lower case; of a very long one, its beginning.
CREATE FUNCTION words_of(TEXT) RETURNS TABLE (typed TEXT, place BIGINT) LANGUAGE sql IMMUTABLE AS $$
    SELECT left(word, 100), place
    FROM regexp_split_to_table(lower(normalize($1, NFC) COLLATE "und-x-icu"), '[^[:alnum:]¹²³¼½¾]+')
        WITH ORDINALITY AS w (word, place)
    WHERE word <> ''
$$;

-- A word without its marks; đ is a letter of its own to Unicode.
CREATE FUNCTION without_marks(TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE AS $$
    SELECT translate(regexp_replace(normalize($1, NFD), '[\u0300-\u036f]', '', 'g'), 'đð', 'dd')
$$;

-- JSON to look into. A NUL is no letter in PostgreSQL, and is none that anybody looks for.
CREATE FUNCTION readable(TEXT) RETURNS JSON LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN position('\u0000' IN $1) = 0 THEN $1
        ELSE regexp_replace($1, '(?<!\\)((?:\\\\)*)\\u0000', '\1 ', 'g') END::JSON
$$;

-- What is in a list, in its order; nothing where there is none.
CREATE FUNCTION each_of(list JSON) RETURNS TABLE (value JSON, at BIGINT) LANGUAGE sql IMMUTABLE AS $$
    SELECT value, at
    FROM json_array_elements(CASE WHEN json_typeof(list) = 'array' THEN list END) WITH ORDINALITY AS e (value, at)
$$;

CREATE FUNCTION find_piece() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    name TEXT;
    body TEXT;
BEGIN
    IF NEW.rubric_id IS NULL THEN
        SELECT concat_ws(E'\n', file, number, title) INTO name FROM documents WHERE id = NEW.document_id;
        INSERT INTO search_places (piece, text)
        SELECT NEW.id, r.text
        FROM (SELECT readable(result_json) ->> 'text' AS text FROM results WHERE document_id = NEW.document_id) r
        WHERE r.text IS NOT NULL;
    ELSE
        SELECT title INTO name FROM rubrics WHERE id = NEW.rubric_id;
        INSERT INTO search_places (piece, criterion, page, text)
        SELECT NEW.id, c.value ->> 'id',
            (SELECT (p.value ->> 'page')::BIGINT FROM each_of(c.value -> 'provenance') p ORDER BY p.at LIMIT 1),
            concat_ws(E'\n',
                concat_ws(' ', c.value ->> 'number', c.value ->> 'title'),
                (SELECT string_agg(r.value ->> 'text', E'\n' ORDER BY r.at) FROM each_of(c.value -> 'rules') r),
                NULLIF(c.value ->> 'evidence', ''),
                (SELECT string_agg(i.value #>> '{}', E'\n' ORDER BY i.at) FROM each_of(c.value -> 'data_items') i),
                c.value ->> 'period', c.value ->> 'method', NULLIF(c.value ->> 'notes', ''))
        FROM rubrics, each_of(readable(rubrics.current_json) -> 'criteria') c
        WHERE rubrics.id = NEW.rubric_id ORDER BY c.at;
    END IF;
    SELECT string_agg(text, E'\n' ORDER BY id) INTO body FROM search_places WHERE piece = NEW.id;
    WITH written AS MATERIALIZED (
        SELECT typed, place, TRUE AS in_name FROM words_of(name)
        UNION ALL
        SELECT typed, place, FALSE FROM words_of(body)
    ), spelled AS MATERIALIZED (
        SELECT typed, without_marks(typed) AS plain, COUNT(*) FILTER (WHERE in_name) AS names,
            COUNT(*) FILTER (WHERE NOT in_name) AS texts
        FROM written GROUP BY typed
    ), kept AS (
        INSERT INTO search_words (piece, typed, plain, names, texts)
        SELECT NEW.id, typed, plain, names, texts FROM spelled
    )
    UPDATE search_pieces SET
        words = (SELECT COUNT(*) FROM written),
        line = (SELECT ' ' || concat_ws(E' \n ',
                string_agg(plain, ' ' ORDER BY place) FILTER (WHERE in_name),
                string_agg(plain, ' ' ORDER BY place) FILTER (WHERE NOT in_name)) || ' '
            FROM written JOIN spelled USING (typed))
    WHERE id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER search_pieces_come AFTER INSERT ON search_pieces FOR EACH ROW EXECUTE FUNCTION find_piece();

CREATE FUNCTION find_document() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM search_pieces WHERE document_id = NEW.id AND rubric_id IS NULL;
    INSERT INTO search_pieces (document_id) VALUES (NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER documents_are_found AFTER INSERT ON documents FOR EACH ROW EXECUTE FUNCTION find_document();
CREATE TRIGGER documents_are_found_by_new_names AFTER UPDATE OF file, number, title ON documents FOR EACH ROW
    WHEN ((NEW.file, NEW.number, NEW.title) IS DISTINCT FROM (OLD.file, OLD.number, OLD.title))
    EXECUTE FUNCTION find_document();

CREATE FUNCTION find_result() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM search_pieces WHERE document_id = NEW.document_id AND rubric_id IS NULL;
    INSERT INTO search_pieces (document_id) VALUES (NEW.document_id);
    RETURN NULL;
END $$;
CREATE TRIGGER results_are_found AFTER INSERT OR UPDATE OF result_json ON results
    FOR EACH ROW EXECUTE FUNCTION find_result();

CREATE FUNCTION find_rubric() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM search_pieces WHERE rubric_id = NEW.id;
    INSERT INTO search_pieces (document_id, rubric_id) VALUES (NEW.document_id, NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER rubrics_are_found AFTER INSERT ON rubrics FOR EACH ROW EXECUTE FUNCTION find_rubric();
CREATE TRIGGER rubrics_are_found_anew AFTER UPDATE OF title, current_json ON rubrics FOR EACH ROW
    WHEN ((NEW.title, NEW.current_json) IS DISTINCT FROM (OLD.title, OLD.current_json))
    EXECUTE FUNCTION find_rubric();
