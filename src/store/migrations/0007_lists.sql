-- What lists show of a rubric, apart from its words: they stand before some of it in the row, and reading past
-- them for every rubric of the house takes longer than all else.
CREATE INDEX rubrics_in_lists ON rubrics
    (document_id, position, id, title, state, version, max_score, doubtful, errors, warnings);
