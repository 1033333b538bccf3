// Package lancedb is a store on a LanceDB server: LanceDB Cloud or Enterprise, or a
// folder of LanceDB behind pylance's RestAdapter. It speaks the Lance REST
// namespace protocol: Arrow IPC over HTTP.
//
// It opens the folders of the older service. The two share the tables threads and
// messages: each reads what the other wrote. The older service's table journal is
// served until the first note of the vault is read. Daybook also writes the notes
// to it, so that the older service finds them. But that service overwrites it at
// every start, so Daybook keeps its own data in tables named daybook_….
//
// The server keeps the entries, passages, vectors, threads and messages. The
// rest (progress of scans and analyses, turns, and the usage of models) is in a
// local store, which is passed to [Open].
//
// # What holds
//
// Lance has no transactions over several tables; a request changes one table,
// at once or not at all. Therefore:
//
//   - A change of the index ([Store.Apply]) becomes visible as a whole or not at
//     all. The data that new entries refer to is written first, then their rows in
//     one request; then replaced data is deleted. A process that is killed in
//     between leaves rows that nothing refers to, which [Store.Tidy] deletes.
//   - A thread becomes visible with its first messages. Messages that are merged
//     into a thread become visible together. A thread that replaces another is not
//     visible until it is complete.
//   - A turn is begun, and an answer saved, in the local store first, durably. It is
//     sent to the server when it is done, or as soon as the server is available.
//   - Changes in several steps (deleting a thread, updating the table journal) are
//     recorded in the local store first. If interrupted, they are finished later,
//     while the store is open or when it is opened next.
//   - The server may come back with an older copy of its folder, or an empty one.
//     Its data is then what counts; nothing is deleted because of that.
//   - A message of more than about 2 MB, compressed, is refused. An answer of that
//     length stays in the local store. A note of that length is kept in parts, and
//     left out of the table journal.
//   - If an error is returned, the change may have been made nevertheless, because
//     the connection broke after the request. Everything can be repeated.
//   - Processes on one machine take turns writing, by locking a file, and see each
//     other's changes within a fraction of a second. Of several machines, only one
//     should write.
//   - Turns are only known on the machine that began them.
//   - Search by meaning is exact below 50,000 passages. Above that, the engine's
//     index decides which vectors are compared.
//   - Deleted data is removed from the tables, but remains in older versions that
//     Lance keeps until they are cleaned up. The protocol has no call for that.
//     LanceDB Cloud does it by itself, Python's lancedb with
//     table.optimize(cleanup_older_than=…).
package lancedb
