CREATE INDEX scans_by_note ON scans (note);
