#include "CBulkRows.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/// Deeper trees than this hold more rows than a file can.
enum { DEPTH_LIMIT = 24 };
/// Bytes behind each buffer, so that a number at its end can be loaded as eight bytes.
enum { SLACK = 8 };

struct bulk_cursor {
    /// The pages of the case, or NULL where they are those of an image in a file, from `place` on.
    sqlite3_file *file;
    int descriptor;
    int64_t place;
    uint32_t page_size, usable, root, columns;
    uint32_t page_count;
    int64_t first, last;
    /// Rows whose time (column 1) is not in here are passed over, and so are those whose `chosen_column` holds none of
    /// the `chosen_count` ascending values; 0 of them: every row is wanted.
    int64_t earliest, latest;
    uint32_t chosen_column;
    size_t chosen_count;
    int64_t *chosen;
    /// The interior pages from the root down, with the cell that was followed in each.
    int depth;
    struct { uint8_t *page; uint32_t cell; } levels[DEPTH_LIMIT];
    uint8_t *leaf;
    uint32_t leaf_cell, leaf_cells;
    uint8_t *overflow;
    uint8_t *record;
    size_t record_capacity;
    /// 0 before the first row, 1 on a leaf, 2 at the end.
    int state;
};

static inline uint32_t get16(const uint8_t *at) { return (uint32_t)at[0] << 8 | at[1]; }

static inline uint32_t get32(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static int get_long_varint(const uint8_t *at, const uint8_t *end, uint64_t *value) {
    uint64_t result = 0;
    for (int i = 0; i < 9; i++) {
        if (at + i >= end) return 0;
        if (i == 8) { *value = result << 8 | at[8]; return 9; }
        result = result << 7 | (at[i] & 127);
        if (at[i] < 128) { *value = result; return i + 1; }
    }
    return 0;
}

/// Reads a varint that must end before `end`; returns its length, or 0.
static inline __attribute__((always_inline)) int get_varint(const uint8_t *at, const uint8_t *end, uint64_t *value) {
    if (at < end && at[0] < 128) { *value = at[0]; return 1; }
    return get_long_varint(at, end, value);
}

static int read_page(bulk_cursor *cursor, uint32_t number, uint8_t *page) {
    if (number < 2 || number > cursor->page_count) return SQLITE_CORRUPT;
    sqlite3_int64 offset = (sqlite3_int64)(number - 1) * cursor->page_size;
    if (cursor->file) return cursor->file->pMethods->xRead(cursor->file, page, (int)cursor->page_size, offset);
    for (size_t done = 0; done < cursor->page_size;) {
        ssize_t length = pread(
            cursor->descriptor, page + done, cursor->page_size - done, (off_t)(cursor->place + offset + (int64_t)done));
        if (length < 0 && errno == EINTR) continue;
        if (length <= 0) return SQLITE_IOERR_READ;
        done += (size_t)length;
    }
    return SQLITE_OK;
}

/// Makes a cursor on pages of a size, of which the last `reserved` bytes are not used, or returns NULL when memory is out.
static bulk_cursor *make(uint32_t page_size, uint32_t reserved, uint32_t columns) {
    bulk_cursor *cursor = calloc(1, sizeof *cursor);
    if (!cursor) return NULL;
    cursor->page_size = page_size;
    cursor->usable = page_size - reserved;
    cursor->columns = columns;
    cursor->earliest = INT64_MIN;
    cursor->latest = INT64_MAX;
    cursor->state = 2;
    cursor->record_capacity = page_size;
    cursor->leaf = calloc(1, page_size + SLACK);
    cursor->overflow = malloc(page_size);
    cursor->record = calloc(1, cursor->record_capacity + SLACK);
    if (!cursor->leaf || !cursor->overflow || !cursor->record) {
        bulk_cursor_free(cursor);
        return NULL;
    }
    return cursor;
}

bulk_cursor *bulk_cursor_make_spooled(int descriptor, uint32_t columns) {
    if (columns < 2 || columns > BULK_COLUMN_LIMIT) return NULL;
    bulk_cursor *cursor = make(BULK_PAGE, 0, columns);
    if (cursor) cursor->descriptor = descriptor;
    return cursor;
}

void bulk_cursor_open(bulk_cursor *cursor, int64_t place, int64_t length) {
    cursor->place = place;
    cursor->page_count = (uint32_t)(length / cursor->page_size);
    cursor->root = 2;
    bulk_cursor_seek(cursor, INT64_MIN, INT64_MAX);
}

bulk_cursor *bulk_cursor_make(void *connection, uint32_t root, uint32_t columns) {
    sqlite3_file *file = NULL;
    if (sqlite3_file_control(connection, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || !file) return NULL;
    uint8_t header[100];
    sqlite3_int64 size = 0;
    if (!file->pMethods || file->pMethods->xRead(file, header, 100, 0) != SQLITE_OK) return NULL;
    if (file->pMethods->xFileSize(file, &size) != SQLITE_OK) return NULL;
    uint32_t page_size = get16(header + 16);
    if (page_size == 1) page_size = 65536;
    if (memcmp(header, "SQLite format 3", 16) != 0 || page_size < 512 || (page_size & (page_size - 1))) return NULL;
    if (columns < 2 || columns > BULK_COLUMN_LIMIT || page_size - header[20] < 480) return NULL;
    bulk_cursor *cursor = make(page_size, header[20], columns);
    if (!cursor) return NULL;
    cursor->file = file;
    cursor->page_count = (uint32_t)(size / page_size);
    cursor->root = root;
    return cursor;
}

void bulk_cursor_free(bulk_cursor *cursor) {
    if (!cursor) return;
    for (int i = 0; i < DEPTH_LIMIT; i++) free(cursor->levels[i].page);
    free(cursor->leaf);
    free(cursor->overflow);
    free(cursor->record);
    free(cursor->chosen);
    free(cursor);
}

void bulk_cursor_seek(bulk_cursor *cursor, int64_t first, int64_t last) {
    cursor->first = first;
    cursor->last = last;
    cursor->state = 0;
    cursor->depth = 0;
}

void bulk_cursor_between(bulk_cursor *cursor, int64_t earliest, int64_t latest) {
    cursor->earliest = earliest;
    cursor->latest = latest;
}

int bulk_cursor_choose(bulk_cursor *cursor, uint32_t column, const int64_t *values, size_t count) {
    int64_t *chosen = malloc((count ? count : 1) * sizeof *chosen);
    if (!chosen) return SQLITE_NOMEM;
    if (count) memcpy(chosen, values, count * sizeof *chosen);
    free(cursor->chosen);
    cursor->chosen = chosen;
    cursor->chosen_count = count;
    cursor->chosen_column = column;
    return SQLITE_OK;
}

/// Whether the value of a column lets its row pass.
static inline int passes(const bulk_cursor *cursor, uint32_t column, int64_t cell) {
    if (column == 1) {
        if (cell == BULK_NULL) return 1;
        // The lowest bit tells nanoseconds from microseconds; what does not fit saturates.
        int64_t time = cell >> 1;
        if (!(cell & 1) && __builtin_mul_overflow(time, 1000, &time)) time = cell < 0 ? INT64_MIN : INT64_MAX;
        return time >= cursor->earliest && time <= cursor->latest;
    }
    if (!cursor->chosen_count || column != cursor->chosen_column) return 1;
    size_t low = 0, high = cursor->chosen_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (cursor->chosen[middle] < cell) low = middle + 1;
        else high = middle;
    }
    return low < cursor->chosen_count && cursor->chosen[low] == cell;
}

/// The place of a page's cell, or NULL where it lies outside of the page.
static inline const uint8_t *cell_at(bulk_cursor *cursor, const uint8_t *page, uint32_t header, uint32_t cell) {
    uint32_t pointer = header + 2 * cell;
    if (pointer + 2 > cursor->usable) return NULL;
    uint32_t offset = get16(page + pointer);
    return offset < header || offset + 4 > cursor->usable ? NULL : page + offset;
}

/// Goes down from a page to the leaf that holds the first row from `cursor->first` on.
static int descend(bulk_cursor *cursor, uint32_t number) {
    for (;;) {
        int result = read_page(cursor, number, cursor->leaf);
        if (result != SQLITE_OK) return result;
        uint32_t cells = get16(cursor->leaf + 3);
        if (cursor->leaf[0] == 13) {
            cursor->leaf_cells = cells;
            cursor->leaf_cell = 0;
            return SQLITE_OK;
        }
        if (cursor->leaf[0] != 5 || cursor->depth >= DEPTH_LIMIT) return SQLITE_CORRUPT;
        int level = cursor->depth++;
        uint8_t *page = cursor->levels[level].page;
        if (!page && !(page = calloc(1, cursor->page_size + SLACK))) return SQLITE_NOMEM;
        uint8_t *read = cursor->leaf;
        cursor->levels[level].page = read;
        cursor->leaf = page;
        uint32_t low = 0, high = cells;
        while (low < high) {
            uint32_t middle = (low + high) / 2;
            const uint8_t *cell = cell_at(cursor, read, 12, middle);
            uint64_t key;
            if (!cell || !get_varint(cell + 4, read + cursor->usable, &key)) return SQLITE_CORRUPT;
            if ((int64_t)key < cursor->first) low = middle + 1;
            else high = middle;
        }
        cursor->levels[level].cell = low;
        const uint8_t *cell = low < cells ? cell_at(cursor, read, 12, low) : read + 8;
        if (!cell) return SQLITE_CORRUPT;
        number = get32(cell);
    }
}

/// Moves to the leaf after the one at hand.
static int next_leaf(bulk_cursor *cursor) {
    while (cursor->depth > 0) {
        uint8_t *page = cursor->levels[cursor->depth - 1].page;
        uint32_t cells = get16(page + 3), next = cursor->levels[cursor->depth - 1].cell + 1;
        if (next > cells) { cursor->depth--; continue; }
        cursor->levels[cursor->depth - 1].cell = next;
        const uint8_t *cell = next < cells ? cell_at(cursor, page, 12, next) : page + 8;
        return cell ? descend(cursor, get32(cell)) : SQLITE_CORRUPT;
    }
    return SQLITE_DONE;
}

/// Gathers a record that reaches into overflow pages; file format, section 1.6.
static int gather(bulk_cursor *cursor, const uint8_t *at, uint64_t payload) {
    uint32_t usable = cursor->usable;
    uint64_t least = (usable - 12) * 32 / 255 - 23, local = least + (payload - least) % (usable - 4);
    if (local > usable - 35) local = least;
    if (payload > 1 << 30 || at + local + 4 > cursor->leaf + usable) return SQLITE_CORRUPT;
    if (payload > cursor->record_capacity) {
        uint8_t *larger = realloc(cursor->record, payload + SLACK);
        if (!larger) return SQLITE_NOMEM;
        memset(larger + payload, 0, SLACK);
        cursor->record = larger;
        cursor->record_capacity = payload;
    }
    memcpy(cursor->record, at, local);
    uint32_t number = get32(at + local);
    for (uint64_t have = local; have < payload;) {
        int result = read_page(cursor, number, cursor->overflow);
        if (result != SQLITE_OK) return result;
        uint64_t length = payload - have < usable - 4 ? payload - have : usable - 4;
        memcpy(cursor->record + have, cursor->overflow + 4, length);
        have += length;
        number = get32(cursor->overflow);
    }
    return SQLITE_OK;
}

/// Reads the text or blob of a serial type; returns 0 if it leaves the record.
static int get_text(
    uint64_t type, const uint8_t **body, const uint8_t *end, int64_t *cell, uint8_t *arena, size_t *used,
    size_t capacity, int *is_full) {
    if (type < 12) return 0;
    const uint8_t *at = *body;
    uint64_t length = (type - 12) / 2;
    if (length > (uint64_t)(end - at) || length > BULK_LENGTH_LIMIT) return 0;
    if (length > capacity - *used) { *is_full = 1; return 1; }
    memcpy(arena + *used, at, length);
    *cell = (int64_t)~((uint64_t)*used << 26 | length << 1 | !(type & 1));
    *used += length;
    *body = at + length;
    return 1;
}

/// Reads one column's value by its serial type (file format, section 2.1); returns 0 if it leaves the record.
static inline __attribute__((always_inline)) int get_cell(
    uint64_t type, const uint8_t **body, const uint8_t *end, int64_t *cell, uint8_t *arena, size_t *used,
    size_t capacity, int *is_full) {
    static const uint8_t sizes[10] = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0};
    if (type >= 10) return get_text(type, body, end, cell, arena, used, capacity, is_full);
    const uint8_t *at = *body;
    uint32_t size = sizes[type];
    if ((size_t)(end - at) < size) return 0;
    *body = at + size;
    if (type - 1 < 6) {
        // The number is the first bytes of eight: what lies behind it, or behind the buffer's end, is shifted out.
        *cell = (int64_t)((uint64_t)get32(at) << 32 | get32(at + 4)) >> (64 - 8 * size);
    } else {
        *cell = type < 8 ? BULK_NULL : (int64_t)(type - 8);
    }
    return 1;
}

/// What came of a record.
enum record_state { RECORD_READ, RECORD_BAD, RECORD_FULL, RECORD_UNWANTED };

/// Reads the columns of one record into `cell`, of which the first stands for the row id.
static enum record_state read_record(
    const bulk_cursor *cursor, const uint8_t *record, const uint8_t *end, int64_t *cell, uint8_t *arena, size_t *used,
    size_t capacity) {
    uint64_t header = 0;
    int header_length = get_varint(record, end, &header);
    if (!header_length || header > (uint64_t)(end - record)) return RECORD_BAD;
    const uint8_t *type = record + header_length, *types_end = record + header, *body = types_end;
    size_t begin = *used;
    uint32_t column = 0;
    for (; column < cursor->columns && type < types_end; column++) {
        uint64_t serial = 0;
        int serial_length = get_varint(type, types_end, &serial), is_full = 0;
        type += serial_length;
        if (!serial_length || !get_cell(serial, &body, end, cell + column, arena, used, capacity, &is_full))
            return RECORD_BAD;
        if (is_full || !passes(cursor, column, cell[column])) {
            *used = begin;
            return is_full ? RECORD_FULL : RECORD_UNWANTED;
        }
    }
    if (column <= cursor->chosen_column && cursor->chosen_count) {
        *used = begin;
        return RECORD_UNWANTED;
    }
    for (; column < cursor->columns; column++) cell[column] = BULK_NULL;
    return RECORD_READ;
}

int64_t bulk_cursor_next(
    bulk_cursor *cursor, int64_t *cells, size_t limit, uint8_t *arena, size_t capacity, bulk_fetch_state *state) {
    size_t used = 0, row = 0;
    state->pending = 0;
    state->result = 0;
    if (cursor->state == 0) {
        int result = descend(cursor, cursor->root);
        if (result != SQLITE_OK) { state->result = result; cursor->state = 2; return 0; }
        cursor->state = 1;
    }
    if (cursor->state == 2) { state->result = SQLITE_DONE; return 0; }
    while (row < limit) {
        if (cursor->leaf_cell >= cursor->leaf_cells) {
            int result = next_leaf(cursor);
            if (result != SQLITE_OK) { state->result = result; cursor->state = 2; break; }
            continue;
        }
        const uint8_t *end = cursor->leaf + cursor->usable;
        const uint8_t *at = cell_at(cursor, cursor->leaf, 8, cursor->leaf_cell);
        uint64_t payload = 0, id = 0;
        int length = at ? get_varint(at, end, &payload) : 0;
        int id_length = length ? get_varint(at + length, end, &id) : 0;
        if (!id_length) { state->result = SQLITE_CORRUPT; cursor->state = 2; break; }
        if ((int64_t)id < cursor->first) { cursor->leaf_cell++; continue; }
        if ((int64_t)id > cursor->last) { state->result = SQLITE_DONE; cursor->state = 2; break; }
        const uint8_t *record = at + length + id_length;
        if (payload > cursor->usable - 35) {
            int result = gather(cursor, record, payload);
            if (result != SQLITE_OK) { state->result = result; cursor->state = 2; break; }
            record = cursor->record;
            end = record + payload;
        } else {
            if (payload > (uint64_t)(end - record)) { state->result = SQLITE_CORRUPT; cursor->state = 2; break; }
            end = record + payload;
        }
        int64_t *cell = cells + row * cursor->columns;
        enum record_state read = read_record(cursor, record, end, cell, arena, &used, capacity);
        if (read == RECORD_BAD) { state->result = SQLITE_CORRUPT; cursor->state = 2; break; }
        if (read == RECORD_FULL) { state->pending = 1; break; }
        cursor->leaf_cell++;
        if (read == RECORD_UNWANTED) continue;
        cell[0] = (int64_t)id;
        row++;
    }
    state->arena_used = used;
    return (int64_t)row;
}
