-- A private entry is never sent to a provider. Until the notes are read again
-- nobody knows which are: the next look through the journal reads them all.
ALTER TABLE entries ADD COLUMN private boolean NOT NULL DEFAULT false;
