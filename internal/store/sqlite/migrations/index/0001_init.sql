-- Everything here can be rebuilt from the journal. The column sum of a table
-- is the checksum of the columns before it; see sums.go.

-- Entries are numbered by n inside of the database and named by id outside.
CREATE TABLE entries (
    n         INTEGER PRIMARY KEY,
    id        TEXT NOT NULL UNIQUE,
    kind      TEXT NOT NULL,
    path      TEXT NOT NULL,
    title     TEXT NOT NULL,
    day       TEXT NOT NULL, -- the first of dates
    dates     TEXT NOT NULL, -- JSON array, in the order of the note's name
    text      TEXT NOT NULL,
    text_line INTEGER NOT NULL,
    tags      TEXT NOT NULL, -- JSON array
    size      INTEGER NOT NULL,
    mtime     INTEGER NOT NULL, -- Unix nanoseconds
    inode     INTEGER NOT NULL,
    hash      BLOB NOT NULL,
    sum       INTEGER NOT NULL AS (daybook_sum(n, id, kind, path, title, day, dates, text, text_line, tags, size, mtime, inode, hash)) STORED,
    UNIQUE (kind, path)
);
CREATE INDEX entries_by_day ON entries (day DESC, path);

CREATE TABLE entry_days (
    entry INTEGER NOT NULL REFERENCES entries (n) ON DELETE CASCADE,
    day   TEXT NOT NULL,
    sum   INTEGER NOT NULL AS (daybook_sum(entry, day)) STORED,
    PRIMARY KEY (entry, day)
) WITHOUT ROWID;
-- The first and the last day are asked for with every question.
CREATE INDEX entry_days_by_day ON entry_days (day);

CREATE TABLE entry_tags (
    entry INTEGER NOT NULL REFERENCES entries (n) ON DELETE CASCADE,
    tag   TEXT NOT NULL, -- folded to lower case
    sum   INTEGER NOT NULL AS (daybook_sum(entry, tag)) STORED,
    PRIMARY KEY (entry, tag)
) WITHOUT ROWID;

-- A passage's text is in its entry, from byte start to byte end.
CREATE TABLE passages (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    entry  INTEGER NOT NULL REFERENCES entries (n) ON DELETE CASCADE,
    idx    INTEGER NOT NULL,
    start  INTEGER NOT NULL,
    end    INTEGER NOT NULL,
    line   INTEGER NOT NULL,
    hash   BLOB NOT NULL, -- of its text: the key of its vectors
    terms  TEXT NOT NULL,
    length INTEGER NOT NULL, -- the number of its terms
    sum    INTEGER NOT NULL AS (daybook_sum(id, entry, idx, start, end, line, hash, terms, length)) STORED
);
CREATE INDEX passages_by_entry ON passages (entry, idx);
CREATE INDEX passages_by_hash ON passages (hash);
CREATE INDEX passages_by_length ON passages (id, length);

-- Terms come analysed, separated by spaces: every other printable character
-- belongs to a term.
CREATE VIRTUAL TABLE words USING fts5 (
    terms, content = 'passages', content_rowid = 'id',
    tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* P* S* Co'"
);
-- What is deleted leaves no trace in the index: it is a diary.
INSERT INTO words (words, rank) VALUES ('secure-delete', 1);
-- The index's own view of where each term occurs, and in how many passages.
CREATE VIRTUAL TABLE word_instances USING fts5vocab (words, instance);
CREATE VIRTUAL TABLE word_counts USING fts5vocab (words, row);

CREATE TABLE spaces (
    id    INTEGER PRIMARY KEY,
    model TEXT NOT NULL,
    dim   INTEGER NOT NULL,
    sum   INTEGER NOT NULL AS (daybook_sum(id, model, dim)) STORED,
    UNIQUE (model, dim)
);
CREATE TABLE vectors (
    space INTEGER NOT NULL REFERENCES spaces (id),
    hash  BLOB NOT NULL,
    vec   BLOB NOT NULL, -- float32, little-endian, of length 1
    sum   INTEGER NOT NULL AS (daybook_sum(space, hash, vec)) STORED,
    UNIQUE (space, hash)
);

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    sum   INTEGER NOT NULL AS (daybook_sum(key, value)) STORED
) WITHOUT ROWID;
-- These count the changes to vectors, passages and entries, so that other
-- processes notice them.
INSERT INTO meta (key, value) VALUES ('vectors', '0'), ('passages', '0'), ('journal', '0');
CREATE TRIGGER entries_come AFTER INSERT ON entries BEGIN
    UPDATE meta SET value = value + 1 WHERE key = 'journal';
END;
CREATE TRIGGER entries_change AFTER UPDATE ON entries WHEN old.hash IS NOT new.hash BEGIN
    UPDATE meta SET value = value + 1 WHERE key = 'journal';
END;
CREATE TRIGGER entries_go AFTER DELETE ON entries BEGIN
    UPDATE meta SET value = value + 1 WHERE key = 'journal';
END;
