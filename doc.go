// Package daybook defines the domain types of the product: entries, passages,
// threads, messages, dates and errors. It imports only the standard library and
// does no I/O.
package daybook
