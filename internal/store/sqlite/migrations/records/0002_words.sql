-- What ranking needs of the words without reading them: the number of a
-- passage's terms, and the index's own view of where each term stands.
ALTER TABLE passages ADD COLUMN length INTEGER NOT NULL DEFAULT 0;
UPDATE passages SET length = length(terms) - length(replace(terms, ' ', '')) + 1 WHERE terms <> '';
CREATE INDEX passages_by_length ON passages (id, length);
CREATE VIRTUAL TABLE word_instances USING fts5vocab (words, instance);
INSERT INTO meta VALUES ('passages', '0');
