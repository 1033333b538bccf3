-- How far the scans have come.
CREATE TABLE scans (
    path     TEXT PRIMARY KEY,
    note     TEXT NOT NULL,
    size     INTEGER NOT NULL,
    mtime    INTEGER NOT NULL, -- Unix nanoseconds
    inode    INTEGER NOT NULL,
    hash     BLOB NOT NULL,
    pages    INTEGER NOT NULL,
    done     INTEGER NOT NULL,
    stage    TEXT NOT NULL,
    error    TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    updated  INTEGER NOT NULL -- Unix microseconds
) WITHOUT ROWID;

-- What was paid for once is not paid for again.
CREATE TABLE page_texts (
    key  TEXT PRIMARY KEY,
    scan BLOB NOT NULL, -- the hash of the file
    text TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX page_texts_by_scan ON page_texts (scan);

CREATE TABLE written_notes (
    note   TEXT PRIMARY KEY,
    text   TEXT NOT NULL,
    before TEXT NOT NULL, -- the text before that
    parts  TEXT NOT NULL  -- JSON array
) WITHOUT ROWID;
