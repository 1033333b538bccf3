package main

import "daybook/internal/httpapi"

// shownBook shows the pages of entries; nil if they cannot be drawn.
func shownBook(j *journal) httpapi.Book {
	book, err := j.book()
	if err != nil {
		j.log.Error("pages cannot be shown", "err", err)
		return nil
	}
	return book
}
