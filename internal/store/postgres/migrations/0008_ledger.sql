-- What of the journal went where: calls of providers, and programs that read it.
CREATE TABLE ledger (
    owner bigint NOT NULL REFERENCES owners ON DELETE CASCADE,
    id    bytea NOT NULL,
    at    bigint NOT NULL, -- Unix microseconds
    model bytea NOT NULL,
    task  bytea NOT NULL,
    count bigint NOT NULL,
    body  bytea NOT NULL, -- JSON object, without any text of the journal
    PRIMARY KEY (owner, id)
);
CREATE INDEX ledger_by_time ON ledger (owner, at DESC, id);
ALTER TABLE ledger ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON ledger USING (owner = nullif(current_setting('daybook.owner', true), '')::bigint);
