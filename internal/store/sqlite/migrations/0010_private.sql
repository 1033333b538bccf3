-- A private entry is never sent to a provider. Until the notes are read again
-- nobody knows which are: the next look through the journal reads them all.
ALTER TABLE entries ADD COLUMN private INTEGER NOT NULL DEFAULT 0;
CREATE TRIGGER entries_turn_private AFTER UPDATE OF private ON entries WHEN old.private IS NOT new.private BEGIN
    UPDATE meta SET value = value + 1 WHERE key = 'journal';
END;
CREATE INDEX entries_private ON entries (n) WHERE private;
