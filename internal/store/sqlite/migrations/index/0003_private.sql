-- The entries that are private: nothing of these is sent to a provider. Until
-- the notes are read again nobody knows which are, and they are all read again
-- then.
CREATE TABLE entry_private (
    entry INTEGER PRIMARY KEY REFERENCES entries (n) ON DELETE CASCADE,
    sum   INTEGER NOT NULL AS (daybook_sum(entry)) STORED
) WITHOUT ROWID;
CREATE TRIGGER entries_turn_private AFTER INSERT ON entry_private BEGIN
    UPDATE meta SET value = value + 1 WHERE key = 'journal';
END;
