-- What several servers share. The moments are the database's own: its clock
-- is the only one that they have in common.

-- Who does what. A lease that ended may be taken by anybody.
CREATE TABLE leases (
    owner  bigint NOT NULL REFERENCES owners ON DELETE CASCADE,
    name   bytea NOT NULL,
    holder uuid, -- of whoever holds it, one for each time it is taken
    until  timestamptz NOT NULL,
    PRIMARY KEY (owner, name)
);
ALTER TABLE leases ENABLE ROW LEVEL SECURITY;
ALTER TABLE leases FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON leases USING (owner = nullif(current_setting('daybook.owner', true), '')::bigint);

-- What was charged to the budgets of the models, which are those of the whole
-- installation.
CREATE TABLE budgets (
    name text PRIMARY KEY -- provider/model
);
CREATE TABLE charges (
    id     uuid PRIMARY KEY,
    budget text NOT NULL REFERENCES budgets ON DELETE CASCADE,
    at     timestamptz NOT NULL,
    tokens bigint NOT NULL
);
CREATE INDEX charges_by_budget ON charges (budget, at);
