-- Analyses, their steps, and what those said. A result is kept once, under a
-- key of everything that it was made from, for all steps that have the key.
CREATE TABLE analyses (
    owner   bigint NOT NULL REFERENCES owners ON DELETE CASCADE,
    id      bytea NOT NULL,
    request bytea NOT NULL, -- JSON
    status  bytea NOT NULL,
    error   bytea NOT NULL,
    account bytea,          -- JSON
    created bigint NOT NULL,
    updated bigint NOT NULL,
    PRIMARY KEY (owner, id)
);

CREATE TABLE analysis_steps (
    owner    bigint NOT NULL,
    analysis bytea NOT NULL,
    place    int NOT NULL,
    id       bytea NOT NULL,
    kind     bytea NOT NULL,
    name     bytea NOT NULL,
    year     int NOT NULL,
    period   int NOT NULL,
    status   bytea NOT NULL,
    error    bytea NOT NULL,
    key      bytea NOT NULL,
    entries  bytea NOT NULL, -- JSON
    PRIMARY KEY (owner, analysis, place),
    UNIQUE (owner, analysis, id),
    FOREIGN KEY (owner, analysis) REFERENCES analyses ON DELETE CASCADE
);
CREATE INDEX analysis_steps_by_key ON analysis_steps (owner, key);

CREATE TABLE step_results (
    owner         bigint NOT NULL REFERENCES owners ON DELETE CASCADE,
    key           bytea NOT NULL,
    body          bytea NOT NULL,
    input_tokens  bigint NOT NULL,
    output_tokens bigint NOT NULL,
    calls         bigint NOT NULL,
    PRIMARY KEY (owner, key)
);

-- Which entries a result rests on, so that it can be erased with any of them.
CREATE TABLE step_reads (
    owner bigint NOT NULL,
    entry bytea NOT NULL,
    key   bytea NOT NULL,
    PRIMARY KEY (owner, entry, key),
    FOREIGN KEY (owner, key) REFERENCES step_results ON DELETE CASCADE
);
CREATE INDEX step_reads_by_key ON step_reads (owner, key);

-- What was used of the models, a row a day, model and task.
CREATE TABLE usage (
    owner         bigint NOT NULL REFERENCES owners ON DELETE CASCADE,
    day           bytea NOT NULL, -- YYYY-MM-DD
    model         bytea NOT NULL,
    task          bytea NOT NULL,
    calls         bigint NOT NULL,
    input_tokens  bigint NOT NULL,
    output_tokens bigint NOT NULL,
    cost          double precision NOT NULL,
    PRIMARY KEY (owner, day, model, task)
);

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['analyses', 'analysis_steps', 'step_results', 'step_reads', 'usage'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own ON %I USING (owner = nullif(current_setting(''daybook.owner'', true), '''')::bigint)', t);
    END LOOP;
END $$;
