-- What of the journal went where: calls of providers, and programs that read it.
CREATE TABLE ledger (
    id    TEXT PRIMARY KEY,
    at    INTEGER NOT NULL, -- Unix microseconds
    model TEXT NOT NULL,
    task  TEXT NOT NULL,
    count INTEGER NOT NULL,
    body  TEXT NOT NULL, -- JSON object, without any text of the journal
    sum   INTEGER NOT NULL AS (daybook_sum(id, at, model, task, count, body)) STORED
);
CREATE INDEX ledger_by_time ON ledger (at DESC, id);
