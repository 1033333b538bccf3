-- Counts the changes to entries and scans, whoever makes them, so that what
-- was computed of the journal can be kept until then.
INSERT INTO meta VALUES ('journal', '0');
CREATE TRIGGER entries_come AFTER INSERT ON entries BEGIN
    UPDATE meta SET value = value + 1 WHERE key = 'journal';
END;
CREATE TRIGGER entries_change AFTER UPDATE ON entries WHEN old.hash IS NOT new.hash BEGIN
    UPDATE meta SET value = value + 1 WHERE key = 'journal';
END;
CREATE TRIGGER entries_go AFTER DELETE ON entries BEGIN
    UPDATE meta SET value = value + 1 WHERE key = 'journal';
END;
CREATE TRIGGER scans_come AFTER INSERT ON scans BEGIN
    UPDATE meta SET value = value + 1 WHERE key = 'journal';
END;
CREATE TRIGGER scans_go AFTER DELETE ON scans BEGIN
    UPDATE meta SET value = value + 1 WHERE key = 'journal';
END;
