-- The index has its own file, index.db: see index/0001_init.sql. What it held
-- was copied there before this runs.
DROP TABLE word_counts;
DROP TABLE word_instances;
DROP TABLE words;
DROP TABLE passages;
DROP TABLE entry_days;
DROP TABLE entry_tags;
DROP TABLE entries;
DROP TABLE vectors;
DROP TABLE spaces;
DELETE FROM meta WHERE key IN ('vectors', 'passages');
INSERT INTO meta (key, value) VALUES ('sequence', '0'); -- numbers the changes to this file

-- Every table gets a column sum: the checksum of the columns before it; see
-- sums.go. A stored column cannot be added to a table, so all are made anew.
ALTER TABLE threads RENAME TO old_threads;
ALTER TABLE messages RENAME TO old_messages;
ALTER TABLE turns RENAME TO old_turns;
ALTER TABLE scans RENAME TO old_scans;
ALTER TABLE page_texts RENAME TO old_page_texts;
ALTER TABLE written_notes RENAME TO old_written_notes;
ALTER TABLE analyses RENAME TO old_analyses;
ALTER TABLE analysis_steps RENAME TO old_analysis_steps;
ALTER TABLE step_results RENAME TO old_step_results;
ALTER TABLE step_reads RENAME TO old_step_reads;
ALTER TABLE usage RENAME TO old_usage;
ALTER TABLE meta RENAME TO old_meta;

CREATE TABLE threads (
    id         TEXT PRIMARY KEY,
    title      TEXT NOT NULL,
    tags       TEXT, -- JSON array, or null
    created_at INTEGER NOT NULL, -- Unix microseconds, as all times below
    updated_at INTEGER NOT NULL,
    messages   INTEGER NOT NULL DEFAULT 0, -- how many it has, counted by triggers
    sum        INTEGER NOT NULL AS (daybook_sum(id, title, tags, created_at, updated_at, messages)) STORED
);

CREATE TABLE messages (
    n         INTEGER PRIMARY KEY AUTOINCREMENT,
    id        TEXT NOT NULL UNIQUE,
    thread    TEXT NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
    at        INTEGER NOT NULL,
    role      TEXT NOT NULL,
    text      TEXT NOT NULL,
    status    TEXT NOT NULL,
    citations TEXT, -- JSON array, or null
    trace     TEXT, -- how an answer came about: JSON object, or null
    sum       INTEGER NOT NULL AS (daybook_sum(n, id, thread, at, role, text, status, citations, trace)) STORED
);

CREATE TABLE turns (
    thread      TEXT NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
    key         TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    question    TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    answer      TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    beat        INTEGER NOT NULL,
    sum         INTEGER NOT NULL AS (daybook_sum(thread, key, fingerprint, question, answer, beat)) STORED,
    PRIMARY KEY (thread, key)
) WITHOUT ROWID;

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
    updated  INTEGER NOT NULL,
    sum      INTEGER NOT NULL AS (daybook_sum(path, note, size, mtime, inode, hash, pages, done, stage, error, attempts, updated)) STORED
) WITHOUT ROWID;

CREATE TABLE page_texts (
    key  TEXT PRIMARY KEY,
    scan BLOB NOT NULL, -- the hash of the file
    text TEXT NOT NULL,
    sum  INTEGER NOT NULL AS (daybook_sum(key, scan, text)) STORED
) WITHOUT ROWID;

CREATE TABLE written_notes (
    note   TEXT PRIMARY KEY,
    text   TEXT NOT NULL,
    before TEXT NOT NULL, -- the text before that
    parts  TEXT NOT NULL, -- JSON array
    sum    INTEGER NOT NULL AS (daybook_sum(note, text, before, parts)) STORED
) WITHOUT ROWID;

CREATE TABLE analyses (
    id      TEXT PRIMARY KEY,
    request TEXT NOT NULL, -- JSON
    status  TEXT NOT NULL,
    error   TEXT NOT NULL,
    account TEXT,          -- JSON
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    sum     INTEGER NOT NULL AS (daybook_sum(id, request, status, error, account, created, updated)) STORED
) WITHOUT ROWID;

CREATE TABLE analysis_steps (
    analysis TEXT NOT NULL REFERENCES analyses (id) ON DELETE CASCADE,
    place    INTEGER NOT NULL,
    id       TEXT NOT NULL,
    kind     TEXT NOT NULL,
    name     TEXT NOT NULL,
    year     INTEGER NOT NULL,
    period   INTEGER NOT NULL,
    status   TEXT NOT NULL,
    error    TEXT NOT NULL,
    key      TEXT NOT NULL,
    entries  TEXT NOT NULL, -- JSON
    sum      INTEGER NOT NULL AS (daybook_sum(analysis, place, id, kind, name, year, period, status, error, key, entries)) STORED,
    PRIMARY KEY (analysis, place)
) WITHOUT ROWID;

CREATE TABLE step_results (
    key           TEXT PRIMARY KEY,
    body          BLOB NOT NULL,
    input_tokens  INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    calls         INTEGER NOT NULL,
    sum           INTEGER NOT NULL AS (daybook_sum(key, body, input_tokens, output_tokens, calls)) STORED
) WITHOUT ROWID;

CREATE TABLE step_reads (
    entry TEXT NOT NULL,
    key   TEXT NOT NULL REFERENCES step_results (key) ON DELETE CASCADE,
    sum   INTEGER NOT NULL AS (daybook_sum(entry, key)) STORED,
    PRIMARY KEY (entry, key)
) WITHOUT ROWID;

CREATE TABLE usage (
    day           TEXT NOT NULL,
    model         TEXT NOT NULL,
    task          TEXT NOT NULL,
    calls         INTEGER NOT NULL,
    input_tokens  INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cost          REAL NOT NULL,
    sum           INTEGER NOT NULL AS (daybook_sum(day, model, task, calls, input_tokens, output_tokens, cost)) STORED,
    PRIMARY KEY (day, model, task)
) WITHOUT ROWID;

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    sum   INTEGER NOT NULL AS (daybook_sum(key, value)) STORED
) WITHOUT ROWID;

INSERT INTO threads (id, title, tags, created_at, updated_at, messages)
    SELECT id, title, tags, created_at, updated_at, (SELECT count(*) FROM old_messages m WHERE m.thread = t.id) FROM old_threads t;
INSERT INTO messages (n, id, thread, at, role, text, status, citations, trace)
    SELECT n, id, thread, at, role, text, status, citations, trace FROM old_messages;
INSERT INTO turns (thread, key, fingerprint, question, answer, beat)
    SELECT thread, key, fingerprint, question, answer, beat FROM old_turns;
INSERT INTO scans (path, note, size, mtime, inode, hash, pages, done, stage, error, attempts, updated)
    SELECT path, note, size, mtime, inode, hash, pages, done, stage, error, attempts, updated FROM old_scans;
INSERT INTO page_texts (key, scan, text)
    SELECT key, scan, text FROM old_page_texts;
INSERT INTO written_notes (note, text, before, parts)
    SELECT note, text, before, parts FROM old_written_notes;
INSERT INTO analyses (id, request, status, error, account, created, updated)
    SELECT id, request, status, error, account, created, updated FROM old_analyses;
INSERT INTO analysis_steps (analysis, place, id, kind, name, year, period, status, error, key, entries)
    SELECT analysis, place, id, kind, name, year, period, status, error, key, entries FROM old_analysis_steps;
INSERT INTO step_results (key, body, input_tokens, output_tokens, calls)
    SELECT key, body, input_tokens, output_tokens, calls FROM old_step_results;
INSERT INTO step_reads (entry, key)
    SELECT entry, key FROM old_step_reads;
INSERT INTO usage (day, model, task, calls, input_tokens, output_tokens, cost)
    SELECT day, model, task, calls, input_tokens, output_tokens, cost FROM old_usage;
INSERT INTO meta (key, value)
    SELECT key, value FROM old_meta;

-- Those that refer to others go first.
DROP TABLE old_turns;
DROP TABLE old_messages;
DROP TABLE old_threads;
DROP TABLE old_analysis_steps;
DROP TABLE old_analyses;
DROP TABLE old_step_reads;
DROP TABLE old_step_results;
DROP TABLE old_scans;
DROP TABLE old_page_texts;
DROP TABLE old_written_notes;
DROP TABLE old_usage;
DROP TABLE old_meta;

CREATE INDEX threads_by_update ON threads (updated_at DESC);
CREATE INDEX messages_by_thread ON messages (thread, n);
CREATE INDEX messages_pending ON messages (id) WHERE status = 'pending';
CREATE INDEX turns_by_question ON turns (question);
CREATE INDEX turns_by_answer ON turns (answer);
CREATE INDEX scans_by_note ON scans (note);
CREATE INDEX page_texts_by_scan ON page_texts (scan);
CREATE UNIQUE INDEX analysis_steps_by_id ON analysis_steps (analysis, id);
CREATE INDEX analysis_steps_by_key ON analysis_steps (key);
CREATE INDEX step_reads_by_key ON step_reads (key);

-- Counts the changes to scans, so that what was computed of the journal can
-- be kept until then. Changes to entries are counted in the index.
CREATE TRIGGER scans_come AFTER INSERT ON scans BEGIN
    UPDATE meta SET value = value + 1 WHERE key = 'journal';
END;
CREATE TRIGGER scans_go AFTER DELETE ON scans BEGIN
    UPDATE meta SET value = value + 1 WHERE key = 'journal';
END;

CREATE TRIGGER messages_come AFTER INSERT ON messages BEGIN
    UPDATE threads SET messages = messages + 1 WHERE id = new.thread;
END;
CREATE TRIGGER messages_go AFTER DELETE ON messages BEGIN
    UPDATE threads SET messages = messages - 1 WHERE id = old.thread;
END;

-- A row that does not fit its checksum is not changed: that would give it one
-- that fits.
CREATE TRIGGER threads_sound BEFORE UPDATE ON threads WHEN old.sum IS NOT daybook_sum(old.id, old.title, old.tags, old.created_at, old.updated_at, old.messages) BEGIN
    SELECT RAISE(ABORT, 'damaged row');
END;
CREATE TRIGGER messages_sound BEFORE UPDATE ON messages WHEN old.sum IS NOT daybook_sum(old.n, old.id, old.thread, old.at, old.role, old.text, old.status, old.citations, old.trace) BEGIN
    SELECT RAISE(ABORT, 'damaged row');
END;
CREATE TRIGGER turns_sound BEFORE UPDATE ON turns WHEN old.sum IS NOT daybook_sum(old.thread, old.key, old.fingerprint, old.question, old.answer, old.beat) BEGIN
    SELECT RAISE(ABORT, 'damaged row');
END;
CREATE TRIGGER analyses_sound BEFORE UPDATE ON analyses WHEN old.sum IS NOT daybook_sum(old.id, old.request, old.status, old.error, old.account, old.created, old.updated) BEGIN
    SELECT RAISE(ABORT, 'damaged row');
END;
CREATE TRIGGER analysis_steps_sound BEFORE UPDATE ON analysis_steps WHEN old.sum IS NOT daybook_sum(old.analysis, old.place, old.id, old.kind, old.name, old.year, old.period, old.status, old.error, old.key, old.entries) BEGIN
    SELECT RAISE(ABORT, 'damaged row');
END;
CREATE TRIGGER usage_sound BEFORE UPDATE ON usage WHEN old.sum IS NOT daybook_sum(old.day, old.model, old.task, old.calls, old.input_tokens, old.output_tokens, old.cost) BEGIN
    SELECT RAISE(ABORT, 'damaged row');
END;
CREATE TRIGGER meta_sound BEFORE UPDATE ON meta WHEN old.sum IS NOT daybook_sum(old.key, old.value) BEGIN
    SELECT RAISE(ABORT, 'damaged row');
END;
