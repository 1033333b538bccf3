-- The first and the last day are asked for with every question.
CREATE INDEX entry_days_by_day ON entry_days (day);
