-- Who has a document in hand.
ALTER TABLE documents ADD COLUMN assigned_to TEXT;
CREATE INDEX documents_by_assignee ON documents (assigned_to) WHERE assigned_to IS NOT NULL;

-- What can be found by its words: a document's own text, or one rubric of it. The triggers below write the words in
-- the very transaction that writes what they come from, whoever writes it.
CREATE TABLE search_pieces (
    id          INTEGER PRIMARY KEY,
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    -- NULL: the document's own text.
    rubric_id   TEXT UNIQUE REFERENCES rubrics (id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX search_pieces_of_documents ON search_pieces (document_id) WHERE rubric_id IS NULL;
CREATE INDEX search_pieces_by_document ON search_pieces (document_id);

-- Where in a piece words stand: one row a criterion, or the whole text.
CREATE TABLE search_places (
    id        INTEGER PRIMARY KEY,
    piece     INTEGER NOT NULL REFERENCES search_pieces (id) ON DELETE CASCADE,
    criterion TEXT,
    page      INTEGER,
    text      TEXT NOT NULL
) STRICT;
CREATE INDEX search_places_by_piece ON search_places (piece, id);

-- The words of each piece, with their marks and without; đ is a letter of its own to the tokenizer.
CREATE VIRTUAL TABLE search_marked USING fts5 (
    name, body, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 0"
);
CREATE VIRTUAL TABLE search_plain USING fts5 (
    name, body, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 2", prefix = '2 3'
);

CREATE TRIGGER search_pieces_come AFTER INSERT ON search_pieces
BEGIN
    INSERT INTO search_places (piece, text)
    SELECT NEW.id, result_json ->> '$.text' FROM results
    WHERE NEW.rubric_id IS NULL AND document_id = NEW.document_id AND result_json ->> '$.text' IS NOT NULL;

    INSERT INTO search_places (piece, criterion, page, text)
    SELECT NEW.id, c.value ->> '$.id',
        (SELECT p.value ->> '$.page' FROM json_each(c.value, '$.provenance') p LIMIT 1),
        concat_ws(char(10),
            concat_ws(' ', c.value ->> '$.number', c.value ->> '$.title'),
            (SELECT group_concat(r.value ->> '$.text', char(10)) FROM json_each(c.value, '$.rules') r),
            NULLIF(c.value ->> '$.evidence', ''),
            (SELECT group_concat(i.value, char(10)) FROM json_each(c.value, '$.data_items') i),
            c.value ->> '$.period', c.value ->> '$.method', NULLIF(c.value ->> '$.notes', ''))
    FROM rubrics, json_each(rubrics.current_json, '$.criteria') c
    WHERE rubrics.id = NEW.rubric_id;

    INSERT INTO search_marked (rowid, name, body)
    SELECT NEW.id, name, body FROM (
        SELECT
            CASE WHEN NEW.rubric_id IS NULL
                THEN (SELECT concat_ws(char(10), file, number, title) FROM documents WHERE id = NEW.document_id)
                ELSE (SELECT title FROM rubrics WHERE id = NEW.rubric_id) END AS name,
            (SELECT group_concat(text, char(10)) FROM search_places WHERE piece = NEW.id) AS body
    );
    INSERT INTO search_plain (rowid, name, body)
    SELECT NEW.id, replace(replace(name, 'đ', 'd'), 'Đ', 'D'), replace(replace(body, 'đ', 'd'), 'Đ', 'D') FROM (
        SELECT
            CASE WHEN NEW.rubric_id IS NULL
                THEN (SELECT concat_ws(char(10), file, number, title) FROM documents WHERE id = NEW.document_id)
                ELSE (SELECT title FROM rubrics WHERE id = NEW.rubric_id) END AS name,
            (SELECT group_concat(text, char(10)) FROM search_places WHERE piece = NEW.id) AS body
    );
END;

CREATE TRIGGER search_pieces_go AFTER DELETE ON search_pieces
BEGIN
    DELETE FROM search_places WHERE piece = OLD.id;
    DELETE FROM search_marked WHERE rowid = OLD.id;
    DELETE FROM search_plain WHERE rowid = OLD.id;
END;

CREATE TRIGGER documents_are_found AFTER INSERT ON documents
BEGIN
    INSERT INTO search_pieces (document_id) VALUES (NEW.id);
END;
CREATE TRIGGER documents_are_found_by_new_names AFTER UPDATE OF file, number, title ON documents
WHEN NEW.file IS NOT OLD.file OR NEW.number IS NOT OLD.number OR NEW.title IS NOT OLD.title
BEGIN
    DELETE FROM search_pieces WHERE document_id = NEW.id AND rubric_id IS NULL;
    INSERT INTO search_pieces (document_id) VALUES (NEW.id);
END;
CREATE TRIGGER results_are_found AFTER INSERT ON results
BEGIN
    DELETE FROM search_pieces WHERE document_id = NEW.document_id AND rubric_id IS NULL;
    INSERT INTO search_pieces (document_id) VALUES (NEW.document_id);
END;
CREATE TRIGGER results_are_found_anew AFTER UPDATE OF result_json ON results
BEGIN
    DELETE FROM search_pieces WHERE document_id = NEW.document_id AND rubric_id IS NULL;
    INSERT INTO search_pieces (document_id) VALUES (NEW.document_id);
END;
CREATE TRIGGER rubrics_are_found AFTER INSERT ON rubrics
BEGIN
    INSERT INTO search_pieces (document_id, rubric_id) VALUES (NEW.document_id, NEW.id);
END;
CREATE TRIGGER rubrics_are_found_anew AFTER UPDATE OF title, current_json ON rubrics
WHEN NEW.title IS NOT OLD.title OR NEW.current_json IS NOT OLD.current_json
BEGIN
    DELETE FROM search_pieces WHERE rubric_id = NEW.id;
    INSERT INTO search_pieces (document_id, rubric_id) VALUES (NEW.document_id, NEW.id);
END;

-- What is here already.
INSERT INTO search_pieces (document_id) SELECT id FROM documents;
INSERT INTO search_pieces (document_id, rubric_id) SELECT document_id, id FROM rubrics;
