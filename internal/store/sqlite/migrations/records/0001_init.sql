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
    UNIQUE (kind, path)
);
CREATE INDEX entries_by_day ON entries (day DESC, path);

CREATE TABLE entry_days (
    entry INTEGER NOT NULL REFERENCES entries (n) ON DELETE CASCADE,
    day   TEXT NOT NULL,
    PRIMARY KEY (entry, day)
) WITHOUT ROWID;

CREATE TABLE entry_tags (
    entry INTEGER NOT NULL REFERENCES entries (n) ON DELETE CASCADE,
    tag   TEXT NOT NULL, -- folded to lower case
    PRIMARY KEY (entry, tag)
) WITHOUT ROWID;

-- A passage's text stands in its entry, from byte start to byte end.
CREATE TABLE passages (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    entry INTEGER NOT NULL REFERENCES entries (n) ON DELETE CASCADE,
    idx   INTEGER NOT NULL,
    start INTEGER NOT NULL,
    end   INTEGER NOT NULL,
    line  INTEGER NOT NULL,
    hash  BLOB NOT NULL, -- of its text: the key of its vectors
    terms TEXT NOT NULL
);
CREATE INDEX passages_by_entry ON passages (entry, idx);
CREATE INDEX passages_by_hash ON passages (hash);

-- Terms come analysed, separated by spaces: every other printable character
-- belongs to a term.
CREATE VIRTUAL TABLE words USING fts5 (
    terms, content = 'passages', content_rowid = 'id',
    tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* P* S* Co'"
);
-- What is deleted leaves no trace in the index: it is a diary.
INSERT INTO words (words, rank) VALUES ('secure-delete', 1);

CREATE TABLE spaces (
    id    INTEGER PRIMARY KEY,
    model TEXT NOT NULL,
    dim   INTEGER NOT NULL,
    UNIQUE (model, dim)
);
CREATE TABLE vectors (
    space INTEGER NOT NULL REFERENCES spaces (id),
    hash  BLOB NOT NULL,
    vec   BLOB NOT NULL, -- float32, little-endian, of length 1
    UNIQUE (space, hash)
);

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
-- Counts the changes to vectors, so that other processes notice them.
INSERT INTO meta VALUES ('vectors', '0');

CREATE TABLE threads (
    id         TEXT PRIMARY KEY,
    title      TEXT NOT NULL,
    tags       TEXT, -- JSON array, or null
    created_at INTEGER NOT NULL, -- Unix microseconds, as all times below
    updated_at INTEGER NOT NULL
);
CREATE INDEX threads_by_update ON threads (updated_at DESC);

CREATE TABLE messages (
    n         INTEGER PRIMARY KEY AUTOINCREMENT,
    id        TEXT NOT NULL UNIQUE,
    thread    TEXT NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
    at        INTEGER NOT NULL,
    role      TEXT NOT NULL,
    text      TEXT NOT NULL,
    status    TEXT NOT NULL,
    citations TEXT -- JSON array, or null
);
CREATE INDEX messages_by_thread ON messages (thread, n);

CREATE TABLE turns (
    thread      TEXT NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
    key         TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    question    TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    answer      TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    beat        INTEGER NOT NULL,
    PRIMARY KEY (thread, key)
) WITHOUT ROWID;
CREATE INDEX turns_by_question ON turns (question);
CREATE INDEX turns_by_answer ON turns (answer);
CREATE INDEX messages_pending ON messages (id) WHERE status = 'pending';
