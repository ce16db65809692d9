/// Rows in bulk, into and out of SQLite, without a call per value.
///
/// Writing: rows become a small SQLite database of one table in memory (its leaf pages are made here, byte by byte, on
/// whatever thread has the rows), and `INSERT INTO main.t SELECT * FROM bulk.t` copies the records as they are: SQLite
/// calls this its transfer optimization and decodes no column. Reading: one call steps a statement over thousands of
/// rows and writes their columns as words.
///
/// File format: https://www.sqlite.org/fileformat2.html
#ifndef C_BULK_ROWS_H
#define C_BULK_ROWS_H

#include <stddef.h>
#include <stdint.h>

/// A cell that is NULL.
#define BULK_NULL INT64_MIN

/// How the cells of a column are to be read.
enum {
    /// An integer, or `BULK_NULL`.
    BULK_INTEGER = 0,
    /// A non-negative integer, `BULK_NULL`, or a reference: the complement of `offset << 26 | length << 1 | is_blob`.
    /// Writing, a text is `length` bytes of the arena and a blob is the last `length` bytes of two words from word
    /// `offset` in network order; reading, both are bytes of the arena.
    BULK_VARIANT = 1
};

/// The size of an image's pages: the largest that SQLite has.
enum { BULK_PAGE = 65536 };
/// The most columns a table may have, the row id among them.
enum { BULK_COLUMN_LIMIT = 32 };
/// The most bytes one reference may have.
enum { BULK_LENGTH_LIMIT = (1 << 25) - 1 };

/// Makes the database image of a table and its rows.
///
/// Cells are row-major; the first of each row is the row id, which must ascend strictly in the order of the rows that
/// `order` numbers (`rows` of them; NULL: as they lie).
/// Returns the size of the image; 0 if `capacity` is too small; -1 if rows do not ascend; -2 if a reference lies
/// outside the arena or a bound is passed.
int64_t bulk_image_make(
    const char *create_sql, const int64_t *cells, const uint32_t *order, size_t rows, uint32_t columns,
    const uint8_t *kinds, const uint8_t *arena, size_t arena_length, const uint64_t *words, size_t word_count, uint8_t *image,
    size_t capacity);

typedef struct bulk_inserter bulk_inserter;

/// Makes an inserter, or returns NULL when memory is out. The connection must have a database attached as `bulk`.
bulk_inserter *bulk_inserter_make(void *connection);

/// Frees an inserter. Its connection must be closed already, because it reads the inserter's memory.
void bulk_inserter_free(bulk_inserter *inserter);

/// Inserts every row of an image into a table. Its name, with its schema, becomes part of the statement as it is: never text
/// from outside. Returns SQLite's extended result code. The connection must not be inside a transaction.
int bulk_insert(bulk_inserter *inserter, const char *table, const uint8_t *image, size_t size);

/// The state of a fetch between two calls.
typedef struct {
    /// A row was stepped to but did not fit the arena.
    int pending;
    /// SQLite's result code once the fetch has ended: `SQLITE_DONE` (101) or an error.
    int result;
    /// Bytes of the arena in use after the call.
    size_t arena_used;
} bulk_fetch_state;

/// Steps a prepared statement over up to `limit` rows and writes `columns` cells of each.
///
/// Integers and NULL come as they are, text and blobs as references. Returns the number of rows; fewer than `limit`
/// when the statement ended (`result` tells how) or the arena is full (`pending`).
int64_t bulk_fetch(
    void *statement, const uint8_t *kinds, uint32_t columns, int64_t *cells, size_t limit, uint8_t *arena,
    size_t arena_capacity, bulk_fetch_state *state);

/// Resets a statement that was fetched from.
void bulk_reset(void *statement);

/// Reads a table's rows from the pages of the file, through SQLite's own file object: several times faster than
/// stepping a statement. Every length and page number is checked; a damaged page ends the rows with an error.
///
/// Only right while the connection is inside a read transaction that began with an empty write-ahead log: then the
/// pages of the file are the case, and no checkpoint may change them.
typedef struct bulk_cursor bulk_cursor;

/// Makes a cursor on the table with a root page, or returns NULL when the file is of an unknown form. Of each row the
/// first `columns` columns are read. A column that a record does not have is NULL; so is a real number, which no table has.
bulk_cursor *bulk_cursor_make(void *connection, uint32_t root, uint32_t columns);

/// Makes a cursor on images that lie in a file one behind the other, or returns NULL when memory is out. The descriptor stays
/// the caller's. `bulk_cursor_open` goes to one of them.
bulk_cursor *bulk_cursor_make_spooled(int descriptor, uint32_t columns);

/// Goes to the first row of the image that lies at a place of a spooled cursor's file.
void bulk_cursor_open(bulk_cursor *cursor, int64_t place, int64_t length);

void bulk_cursor_free(bulk_cursor *cursor);

/// Sets the first and the last row id to read.
void bulk_cursor_seek(bulk_cursor *cursor, int64_t first, int64_t last);

/// Passes over rows whose time, column 1, is before `earliest` or after `latest`: nanoseconds from the base of the cells.
/// A cell's lowest bit tells nanoseconds (1) from microseconds (0). Rows without a time come.
void bulk_cursor_between(bulk_cursor *cursor, int64_t earliest, int64_t latest);

/// Passes over rows whose `column` holds none of `count` values, which ascend; with 0 of them every row comes. The values
/// are copied. Returns SQLITE_OK or SQLITE_NOMEM.
int bulk_cursor_choose(bulk_cursor *cursor, uint32_t column, const int64_t *values, size_t count);

/// Reads the next rows: as `bulk_fetch`. Rows that are passed over count for nothing.
int64_t bulk_cursor_next(
    bulk_cursor *cursor, int64_t *cells, size_t limit, uint8_t *arena, size_t arena_capacity, bulk_fetch_state *state);

/// The byte of the SQL that the connection's last error points at, or -1.
int bulk_error_offset(void *connection);

/// Whether an open file is the one that a path names now: 1 or 0. A lock file may be removed between the two.
int bulk_is_same_file(int descriptor, const char *path);

#endif
