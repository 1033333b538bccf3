-- Whose journals a server serves besides the one of its settings: where their
-- notes are, and the tokens that stand for them.
ALTER TABLE owners ADD COLUMN journal text, ADD COLUMN evergreen text NOT NULL DEFAULT '';

CREATE TABLE tokens (
    hash       bytea PRIMARY KEY, -- SHA-256 of the token, which is as long by itself
    owner      bigint NOT NULL REFERENCES owners ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX tokens_by_owner ON tokens (owner);
