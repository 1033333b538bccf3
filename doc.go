// Package daybook holds the nouns that the whole product speaks of: entries,
// passages, threads, messages, dates and errors. It imports the standard
// library alone and knows nothing of disks, networks or models.
package daybook
