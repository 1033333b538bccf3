-- Analyses, their steps, and what those said. A result is kept once, under a
-- key of everything that it was made from, for all steps that have the key.
CREATE TABLE analyses (
    id      TEXT PRIMARY KEY,
    request TEXT NOT NULL, -- JSON
    status  TEXT NOT NULL,
    error   TEXT NOT NULL,
    account TEXT,          -- JSON
    created INTEGER NOT NULL, -- Unix microseconds
    updated INTEGER NOT NULL
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
    PRIMARY KEY (analysis, place)
) WITHOUT ROWID;
CREATE UNIQUE INDEX analysis_steps_by_id ON analysis_steps (analysis, id);
CREATE INDEX analysis_steps_by_key ON analysis_steps (key);

CREATE TABLE step_results (
    key           TEXT PRIMARY KEY,
    body          BLOB NOT NULL,
    input_tokens  INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    calls         INTEGER NOT NULL
) WITHOUT ROWID;

-- Which entries a result rests on, so that it can be erased with any of them.
CREATE TABLE step_reads (
    entry TEXT NOT NULL,
    key   TEXT NOT NULL REFERENCES step_results (key) ON DELETE CASCADE,
    PRIMARY KEY (entry, key)
) WITHOUT ROWID;
CREATE INDEX step_reads_by_key ON step_reads (key);

-- What was used of the models, a row a day, model and task.
CREATE TABLE usage (
    day           TEXT NOT NULL,
    model         TEXT NOT NULL,
    task          TEXT NOT NULL,
    calls         INTEGER NOT NULL,
    input_tokens  INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cost          REAL NOT NULL,
    PRIMARY KEY (day, model, task)
) WITHOUT ROWID;
