-- Strings are bytea: text refuses a NUL and what is no UTF-8, counts in
-- characters, and sorts by a locale. Times are Unix microseconds and days
-- YYYYMMDD, both whole numbers. Every row has its owner first in its key.
CREATE TABLE owners (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- What an owner's index comes to. Whoever changes the index holds the row's
-- lock, so that changes of one owner follow one another.
CREATE TABLE indexes (
    owner       bigint PRIMARY KEY REFERENCES owners ON DELETE CASCADE,
    generation  bigint NOT NULL DEFAULT 0, -- counts the changes
    last_number bigint NOT NULL DEFAULT 0, -- of an entry or a passage; none comes twice
    passages    bigint NOT NULL DEFAULT 0,
    length      bigint NOT NULL DEFAULT 0  -- of all passages, in terms
);

-- Counts the changes to entries and scans, so that what was computed of the
-- journal can be kept until then. It is apart from the index, whose row may be
-- locked for a while.
CREATE TABLE changes (
    owner bigint PRIMARY KEY REFERENCES owners ON DELETE CASCADE,
    n     bigint NOT NULL
);

CREATE TABLE entries (
    owner     bigint NOT NULL REFERENCES indexes ON DELETE CASCADE,
    n         bigint NOT NULL,
    id        bytea NOT NULL,
    kind      bytea NOT NULL,
    path      bytea NOT NULL,
    title     bytea NOT NULL,
    day       int NOT NULL,   -- the first of dates
    dates     int[] NOT NULL, -- in the order of the note's name
    text      bytea NOT NULL,
    text_line int NOT NULL,
    tags      bytea[],
    size      bigint NOT NULL,
    mtime     bigint NOT NULL, -- Unix nanoseconds
    inode     bigint NOT NULL,
    hash      bytea NOT NULL,
    PRIMARY KEY (owner, n),
    UNIQUE (owner, id)
);
-- A path is hashed, since it may be longer than a key. Two notes that
-- exchange their paths do so in one transaction: all that is replaced goes
-- before anything comes.
CREATE UNIQUE INDEX entries_by_path ON entries (owner, kind, sha256(path));
CREATE INDEX entries_by_day ON entries (owner, day);

CREATE TABLE entry_days (
    owner bigint NOT NULL,
    day   int NOT NULL,
    entry bigint NOT NULL,
    PRIMARY KEY (owner, day, entry),
    FOREIGN KEY (owner, entry) REFERENCES entries ON DELETE CASCADE
);
CREATE INDEX entry_days_by_entry ON entry_days (owner, entry);

CREATE TABLE entry_tags (
    owner bigint NOT NULL,
    tag   bytea NOT NULL, -- SHA-256 of the tag in lower case
    entry bigint NOT NULL,
    PRIMARY KEY (owner, tag, entry),
    FOREIGN KEY (owner, entry) REFERENCES entries ON DELETE CASCADE
);
CREATE INDEX entry_tags_by_entry ON entry_tags (owner, entry);

-- A passage's text stands in its entry, from byte start_at to byte end_at.
CREATE TABLE passages (
    owner    bigint NOT NULL,
    id       bigint NOT NULL,
    entry    bigint NOT NULL,
    idx      int NOT NULL,
    start_at int NOT NULL,
    end_at   int NOT NULL,
    line     int NOT NULL,
    length   int NOT NULL,   -- in terms
    hash     bytea NOT NULL, -- of its text: the key of its vectors
    terms    bytea NOT NULL, -- as in store.IndexedPassage
    PRIMARY KEY (owner, id),
    FOREIGN KEY (owner, entry) REFERENCES entries ON DELETE CASCADE
);
CREATE INDEX passages_by_entry ON passages (owner, entry, idx);
CREATE INDEX passages_by_hash ON passages (owner, hash);

-- Where a term stands, a row for each stretch of passage numbers: see
-- postings.go. What stands in a list is found by an equality of owner and
-- term, which row-level security lets an index answer; the operator of
-- tsvector is none that it does.
CREATE TABLE postings (
    owner    bigint NOT NULL REFERENCES indexes ON DELETE CASCADE,
    term     bytea NOT NULL,
    part     int NOT NULL,
    passages int NOT NULL,
    list     bytea NOT NULL,
    whole    bytea, -- the term, where it is too long for a key
    PRIMARY KEY (owner, term, part)
);

CREATE TABLE spaces (
    id    bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    owner bigint NOT NULL REFERENCES indexes ON DELETE CASCADE,
    model bytea NOT NULL,
    dim   int NOT NULL,
    PRIMARY KEY (owner, id),
    UNIQUE (owner, model, dim)
);
-- What a search goes through stays in the row; what it looks at in the end
-- lies apart.
CREATE TABLE vectors (
    owner bigint NOT NULL,
    space bigint NOT NULL,
    hash  bytea NOT NULL,
    code  halfvec NOT NULL,
    vec   vector NOT NULL, -- of length 1
    PRIMARY KEY (owner, space, hash),
    FOREIGN KEY (owner, space) REFERENCES spaces ON DELETE CASCADE
) WITH (toast_tuple_target = 128);
ALTER TABLE vectors ALTER code SET STORAGE MAIN, ALTER vec SET STORAGE EXTERNAL;

CREATE TABLE meta (
    owner bigint NOT NULL REFERENCES owners ON DELETE CASCADE,
    key   bytea NOT NULL,
    value bytea NOT NULL,
    PRIMARY KEY (owner, key)
);

CREATE TABLE threads (
    owner      bigint NOT NULL REFERENCES owners ON DELETE CASCADE,
    id         bytea NOT NULL,
    title      bytea NOT NULL,
    tags       bytea[],
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    PRIMARY KEY (owner, id)
);
CREATE INDEX threads_by_update ON threads (owner, updated_at DESC);

CREATE TABLE messages (
    owner     bigint NOT NULL,
    id        bytea NOT NULL,
    thread    bytea NOT NULL,
    n         int NOT NULL, -- the message's place in its thread
    at        bigint NOT NULL,
    role      bytea NOT NULL,
    text      bytea NOT NULL,
    status    bytea NOT NULL,
    citations bytea, -- JSON array, or null
    PRIMARY KEY (owner, id),
    FOREIGN KEY (owner, thread) REFERENCES threads ON DELETE CASCADE
);
CREATE INDEX messages_by_thread ON messages (owner, thread, n);
CREATE INDEX messages_pending ON messages (owner, id) WHERE status = 'pending';

CREATE TABLE turns (
    owner       bigint NOT NULL,
    thread      bytea NOT NULL,
    key         bytea NOT NULL,
    fingerprint bytea NOT NULL,
    question    bytea NOT NULL,
    answer      bytea NOT NULL,
    beat        bigint NOT NULL,
    PRIMARY KEY (owner, thread, key),
    FOREIGN KEY (owner, thread) REFERENCES threads ON DELETE CASCADE,
    FOREIGN KEY (owner, question) REFERENCES messages ON DELETE CASCADE,
    FOREIGN KEY (owner, answer) REFERENCES messages ON DELETE CASCADE
);
CREATE INDEX turns_by_question ON turns (owner, question);
CREATE INDEX turns_by_answer ON turns (owner, answer);

CREATE TABLE scans (
    owner    bigint NOT NULL REFERENCES owners ON DELETE CASCADE,
    path     bytea NOT NULL,
    note     bytea NOT NULL,
    size     bigint NOT NULL,
    mtime    bigint NOT NULL, -- Unix nanoseconds
    inode    bigint NOT NULL,
    hash     bytea NOT NULL,
    pages    int NOT NULL,
    done     int NOT NULL,
    stage    bytea NOT NULL,
    error    bytea NOT NULL,
    attempts int NOT NULL,
    updated  bigint NOT NULL,
    PRIMARY KEY (owner, path)
);
CREATE INDEX scans_by_note ON scans (owner, note);

-- What was paid for once is not paid for again.
CREATE TABLE page_texts (
    owner bigint NOT NULL REFERENCES owners ON DELETE CASCADE,
    key   bytea NOT NULL,
    scan  bytea NOT NULL, -- the hash of the file
    text  bytea NOT NULL,
    PRIMARY KEY (owner, key)
);
CREATE INDEX page_texts_by_scan ON page_texts (owner, scan);

CREATE TABLE written_notes (
    owner  bigint NOT NULL REFERENCES owners ON DELETE CASCADE,
    note   bytea NOT NULL,
    text   bytea NOT NULL,
    before bytea NOT NULL, -- the text before that
    parts  bytea NOT NULL, -- JSON array
    PRIMARY KEY (owner, note)
);

-- A query that forgot its owner finds nothing. Forced, since the role that
-- runs Daybook may own the tables.
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['indexes', 'changes', 'entries', 'entry_days', 'entry_tags', 'passages', 'postings', 'spaces', 'vectors',
        'meta', 'threads', 'messages', 'turns', 'scans', 'page_texts', 'written_notes'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own ON %I USING (owner = nullif(current_setting(''daybook.owner'', true), '''')::bigint)', t);
    END LOOP;
END $$;
