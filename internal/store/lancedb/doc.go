// Package lancedb is a store on a LanceDB server: what LanceDB Cloud and
// Enterprise are, and what pylance's RestAdapter makes of a folder of LanceDB.
// It speaks the Lance REST namespace protocol: Arrow IPC over HTTP.
//
// It opens the folders of the service before Daybook. It shares the tables
// threads and messages with that service: each reads what the other wrote. That
// service's table journal is served until the first note of the vault is read.
// Daybook also writes the notes to it, so that the older service finds them;
// but that service overwrites it at every start, so Daybook keeps its own data
// in tables named daybook_….
//
// The server keeps the entries, passages, vectors, threads and messages. The
// rest (progress of scans and analyses, turns, and the usage of models) is in a
// local store, which is given to [Open].
//
// # What holds
//
// Lance has no transactions over several tables; a request changes one table,
// at once or not at all. Therefore:
//
//   - A change of the index ([Store.Apply]) is seen at once or not at all: what
//     the new entries refer to is written first, then their rows in one
//     request, then what was replaced is deleted. A process that is killed
//     between leaves rows that nothing refers to, and that [Store.Tidy] deletes.
//   - A thread is seen with its first messages; messages that are merged into
//     a thread are seen together; a thread that is replaced by one from
//     elsewhere is not seen until all of that is there; a turn is begun, and an
//     answer kept, in the local store first, durably, and sent to the server
//     when it is done, or as soon as the server is there.
//   - What is done in several steps – a deletion of a thread, what the table
//     journal is told of a change – is noted in the local store first, and ended
//     later where it was interrupted: while the store is open, or at its next
//     opening.
//   - The server may come back with an older copy of its folder, or an empty
//     one: what it has then holds. Nothing is deleted for that.
//   - A message of more than about 2 MB, compressed, is refused; an answer that
//     long stays in the local store. A note that long is kept in parts, and left
//     out of the table journal.
//   - When an error is returned the change may have been made all the same,
//     where the connection broke after the request: everything can be done
//     again.
//   - Processes on one machine write in turn, by a file that they lock, and
//     see each other's changes within a fraction of a second. On several
//     machines at once only one should write.
//   - Turns are known on the machine that began them alone.
//   - Search by meaning is exact below 50,000 passages. Above, the engine's
//     index decides what is compared.
//   - What is deleted is gone from the tables, but not from the older versions
//     of them that Lance keeps, until these are cleaned up: the protocol has no
//     call for that. LanceDB Cloud does it by itself, and Python's lancedb by
//     table.optimize(cleanup_older_than=…).
package lancedb
