-- When a note's file last changed in any way; 0 is not known.
ALTER TABLE entries ADD COLUMN ctime bigint NOT NULL DEFAULT 0; -- Unix nanoseconds
-- A note that was renamed is recognised by its bytes or its inode.
CREATE INDEX entries_by_hash ON entries (owner, hash);
CREATE INDEX entries_by_inode ON entries (owner, inode);
