-- How an answer came about, beside its text and what it cites.
ALTER TABLE messages ADD COLUMN trace TEXT; -- JSON object, or null
