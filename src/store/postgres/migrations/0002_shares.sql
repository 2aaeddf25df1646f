-- Stretches of pages of a long document, which any worker may read for whoever holds its job.
CREATE TABLE shares (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id      BIGINT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    first_page  BIGINT NOT NULL,
    last_page   BIGINT NOT NULL,
    state       bytewise NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'taken', 'done')),
    pages_done  BIGINT NOT NULL DEFAULT 0,
    -- Claims ever: tells an older lease from the one that holds now.
    claims      BIGINT NOT NULL DEFAULT 0,
    worker      bytewise,
    lease_until BIGINT,
    UNIQUE (job_id, first_page),
    CHECK ((state = 'taken') = (worker IS NOT NULL))
);
CREATE INDEX shares_to_claim ON shares (state, job_id);

-- Other processes on this database hear of what happens here: who did it (the name of the connection, which is one a
-- process), what, and to which document. Sent when the transaction commits; the same news of one transaction come once.
CREATE FUNCTION tell_of_document() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('sohoa', concat_ws(' ', current_setting('application_name'), NEW.state, NEW.id));
    RETURN NULL;
END $$;
CREATE TRIGGER documents_tell AFTER UPDATE OF state, pages, pages_done ON documents
    FOR EACH ROW EXECUTE FUNCTION tell_of_document();

CREATE FUNCTION tell_of_rereading() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('sohoa', concat_ws(' ', current_setting('application_name'), 'reread', NEW.document_id));
    RETURN NULL;
END $$;
CREATE TRIGGER rereadings_tell AFTER UPDATE OF state, pages, pages_done ON rereadings
    FOR EACH ROW EXECUTE FUNCTION tell_of_rereading();

-- There may be something to claim, or nothing left to wait for.
CREATE FUNCTION tell_of_work() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('sohoa', concat_ws(' ', current_setting('application_name'), 'work'));
    RETURN NULL;
END $$;
CREATE TRIGGER jobs_tell AFTER INSERT OR UPDATE OF state ON jobs
    FOR EACH ROW WHEN (NEW.state = 'queued') EXECUTE FUNCTION tell_of_work();
CREATE TRIGGER shares_tell AFTER INSERT OR UPDATE OF state ON shares
    FOR EACH ROW WHEN (NEW.state <> 'taken') EXECUTE FUNCTION tell_of_work();
