-- The index's own view of its terms and of how many passages each stands in.
CREATE VIRTUAL TABLE word_counts USING fts5vocab (words, row);
