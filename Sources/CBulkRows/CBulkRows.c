#include "CBulkRows.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PAGE = BULK_PAGE, RECORD_HEADER_LIMIT = 8 * BULK_COLUMN_LIMIT };
/// Payload up to here lies in the leaf cell; beyond it, in overflow pages (file format, section 1.5).
enum { LOCAL_MAX = PAGE - 35, LOCAL_MIN = (PAGE - 12) * 32 / 255 - 23, OVERFLOW_SIZE = PAGE - 4 };
/// Leaves whose keys surely fit one interior page: 4 + 9 bytes each and 2 for the pointer.
enum { LEAF_LIMIT = (PAGE - 12) / 15 };

typedef struct {
    uint8_t *bytes;
    size_t page_limit, pages;
    uint8_t *leaf;
    uint32_t cell_count, top;
    size_t leaf_count;
    int64_t last_id;
    struct { uint32_t page; int64_t last_id; } leaves[LEAF_LIMIT];
    uint8_t *record;
    size_t record_capacity;
    const uint8_t *record_start;
    size_t record_length;
} image_builder;

static inline void put16(uint8_t *out, uint32_t value) { out[0] = (uint8_t)(value >> 8); out[1] = (uint8_t)value; }

static inline void put32(uint8_t *out, uint32_t value) {
    out[0] = (uint8_t)(value >> 24);
    out[1] = (uint8_t)(value >> 16);
    out[2] = (uint8_t)(value >> 8);
    out[3] = (uint8_t)value;
}

static inline void put64(uint8_t *out, uint64_t value) {
    put32(out, (uint32_t)(value >> 32));
    put32(out + 4, (uint32_t)value);
}

static inline int put_varint(uint8_t *out, uint64_t value) {
    if (value < 128) { out[0] = (uint8_t)value; return 1; }
    if (value >> 56) {
        out[8] = (uint8_t)value;
        value >>= 8;
        for (int i = 7; i >= 0; i--) { out[i] = (uint8_t)(value & 127) | 128; value >>= 7; }
        return 9;
    }
    int length = (70 - __builtin_clzll(value)) / 7;
    for (int i = length - 1; i >= 0; i--) { out[i] = (uint8_t)(value & 127) | 128; value >>= 7; }
    out[length - 1] &= 127;
    return length;
}

/// Writes an integer in its shortest form; returns its serial type and moves `out` behind it.
static inline uint8_t put_integer(uint8_t **out, int64_t value) {
    uint8_t *at = *out;
    if (value == 0) return 8;
    if (value == 1) return 9;
    if (value == (int8_t)value) { at[0] = (uint8_t)value; *out = at + 1; return 1; }
    if (value == (int16_t)value) { put16(at, (uint32_t)value); *out = at + 2; return 2; }
    if (value >= -8388608 && value <= 8388607) {
        at[0] = (uint8_t)(value >> 16);
        put16(at + 1, (uint32_t)value);
        *out = at + 3;
        return 3;
    }
    if (value == (int32_t)value) { put32(at, (uint32_t)value); *out = at + 4; return 4; }
    if (value >= -140737488355328LL && value <= 140737488355327LL) {
        put16(at, (uint32_t)(value >> 32));
        put32(at + 2, (uint32_t)value);
        *out = at + 6;
        return 5;
    }
    put32(at, (uint32_t)(value >> 32));
    put32(at + 4, (uint32_t)value);
    *out = at + 8;
    return 6;
}

static uint8_t *new_page(image_builder *image) {
    if (image->pages >= image->page_limit) return NULL;
    uint8_t *page = image->bytes + image->pages++ * (size_t)PAGE;
    return page;
}

static void finish_btree_page(uint8_t *header, int type, uint32_t cells, uint32_t top) {
    header[0] = (uint8_t)type;
    put16(header + 1, 0);
    put16(header + 3, cells);
    put16(header + 5, top == PAGE ? 0 : top);
    header[7] = 0;
}

static int close_leaf(image_builder *image) {
    if (!image->leaf) return 1;
    if (image->leaf_count >= LEAF_LIMIT) return 0;
    uint8_t *leaf = image->leaf;
    finish_btree_page(leaf, 13, image->cell_count, image->top);
    uint32_t gap = 8 + 2 * image->cell_count;
    memset(leaf + gap, 0, image->top - gap);
    image->leaves[image->leaf_count].page = (uint32_t)((size_t)(leaf - image->bytes) / PAGE) + 1;
    image->leaves[image->leaf_count].last_id = image->last_id;
    image->leaf_count++;
    image->leaf = NULL;
    return 1;
}

/// Puts a cell into the current leaf, or a new one; `chain` is the first overflow page or 0. Returns 0 when full.
static int put_cell(image_builder *image, int64_t id, const uint8_t *record, size_t payload, size_t local, uint32_t chain) {
    uint8_t prefix[20];
    int length = put_varint(prefix, payload);
    length += put_varint(prefix + length, (uint64_t)id);
    uint32_t need = (uint32_t)length + (uint32_t)local + (chain ? 4 : 0);
    if (!image->leaf || image->top < need + 8 + 2 * (image->cell_count + 1)) {
        if (!close_leaf(image)) return 0;
        image->leaf = new_page(image);
        if (!image->leaf) return 0;
        image->cell_count = 0;
        image->top = PAGE;
    }
    image->top -= need;
    uint8_t *cell = image->leaf + image->top;
    memcpy(cell, prefix, (size_t)length);
    memcpy(cell + length, record, local);
    if (chain) put32(cell + (size_t)length + local, chain);
    put16(image->leaf + 8 + 2 * image->cell_count, image->top);
    image->cell_count++;
    image->last_id = id;
    return 1;
}

static int put_record(image_builder *image, int64_t id, const uint8_t *record, size_t payload) {
    if (payload <= LOCAL_MAX) return put_cell(image, id, record, payload, payload, 0);
    size_t local = LOCAL_MIN + (payload - LOCAL_MIN) % OVERFLOW_SIZE;
    if (local > LOCAL_MAX) local = LOCAL_MIN;
    uint32_t first = (uint32_t)image->pages + 1;
    for (size_t at = local; at < payload; at += OVERFLOW_SIZE) {
        uint8_t *page = new_page(image);
        if (!page) return 0;
        size_t length = payload - at < OVERFLOW_SIZE ? payload - at : OVERFLOW_SIZE;
        put32(page, at + length < payload ? (uint32_t)image->pages + 1 : 0);
        memcpy(page + 4, record + at, length);
        memset(page + 4 + length, 0, OVERFLOW_SIZE - length);
    }
    return put_cell(image, id, record, payload, local, first);
}

/// What the cells of a sheet refer to.
typedef struct {
    const uint8_t *bytes;
    size_t length;
    const uint64_t *words;
    size_t word_count;
} bulk_arena;

/// What came of encoding a row.
typedef enum { RECORD_BAD, RECORD_MADE, RECORD_NEEDS_ROOM } record_result;

/// Encodes one row as a record inside `image->record`, from `record_start`, `record_length` bytes long.
static record_result make_record(
    image_builder *image, const int64_t *cells, uint32_t columns, const uint8_t *kinds, const bulk_arena *arena) {
    uint8_t header[RECORD_HEADER_LIMIT];
    uint8_t *type = header;
    *type++ = 0;  // the row id stands for the first column
    uint8_t *const begin = image->record + RECORD_HEADER_LIMIT;
    uint8_t *body = begin;
    // Columns that a record ends without are NULL.
    while (columns > 2 && cells[columns - 1] == BULK_NULL) columns--;
    for (uint32_t i = 1; i < columns; i++) {
        int64_t cell = cells[i];
        if (cell == BULK_NULL) { *type++ = 0; continue; }
        if (kinds[i] != BULK_VARIANT || cell >= 0) { *type++ = put_integer(&body, cell); continue; }
        uint64_t reference = ~(uint64_t)cell;
        size_t offset = (size_t)(reference >> 26), length = (size_t)(reference >> 1 & BULK_LENGTH_LIMIT);
        int is_blob = (int)(reference & 1);
        if (is_blob ? length > 16 || arena->word_count < 2 || offset > arena->word_count - 2
                    : offset > arena->length || length > arena->length - offset) return RECORD_BAD;
        size_t used = (size_t)(body - image->record);
        if (used + length + 9 * BULK_COLUMN_LIMIT > image->record_capacity) {
            image->record_length = (used + length) * 2 + 16 * RECORD_HEADER_LIMIT;
            return RECORD_NEEDS_ROOM;
        }
        type += put_varint(type, 2 * (uint64_t)length + (is_blob ? 12 : 13));
        if (is_blob) {
            uint8_t words[16];
            put64(words, arena->words[offset]);
            put64(words + 8, arena->words[offset + 1]);
            memcpy(body, words + 16 - length, length);
        } else {
            memcpy(body, arena->bytes + offset, length);
        }
        body += length;
    }
    size_t header_length = (size_t)(type - header);
    // The header's length counts itself: one byte up to 127, else two.
    uint8_t size[9];
    size_t size_length = header_length + 1 < 128 ? 1 : 2;
    put_varint(size, header_length + size_length);
    uint8_t *start = begin - header_length - size_length;
    memcpy(start, size, size_length);
    memcpy(start + size_length, header, header_length);
    image->record_start = start;
    image->record_length = (size_t)(body - start);
    return RECORD_MADE;
}

/// Returns 1, 0 when the image is full, or -2 when a bound is passed.
static int put_row(
    image_builder *image, const int64_t *cells, uint32_t columns, const uint8_t *kinds, const bulk_arena *arena) {
    for (;;) {
        switch (make_record(image, cells, columns, kinds, arena)) {
        case RECORD_BAD: return -2;
        case RECORD_MADE: return put_record(image, cells[0], image->record_start, image->record_length);
        case RECORD_NEEDS_ROOM: {
            uint8_t *larger = realloc(image->record, image->record_length);
            if (!larger) return -2;
            image->record = larger;
            image->record_capacity = image->record_length;
        }
        }
    }
}

/// Page 1: the file header and the one row of `sqlite_schema`.
static int write_schema(uint8_t *page, const char *sql, size_t pages) {
    size_t length = strlen(sql);
    if (length > 8192) return 0;
    memset(page, 0, PAGE);
    memcpy(page, "SQLite format 3", 16);
    put16(page + 16, 1);  // 1 means 65536
    page[18] = page[19] = 1;
    page[21] = 64;
    page[22] = page[23] = 32;
    put32(page + 24, 1);
    put32(page + 28, (uint32_t)pages);
    put32(page + 40, 1);
    put32(page + 44, 4);
    put32(page + 56, 1);
    put32(page + 92, 1);
    put32(page + 96, SQLITE_VERSION_NUMBER);
    uint8_t record[8192 + 64];
    uint8_t *at = record + 1;
    at += put_varint(at, 13 + 2 * 5);
    at += put_varint(at, 13 + 2);
    at += put_varint(at, 13 + 2);
    *at++ = 1;
    at += put_varint(at, 13 + 2 * length);
    record[0] = (uint8_t)(at - record);
    memcpy(at, "tablett", 7);
    at[7] = 2;
    memcpy(at + 8, sql, length);
    size_t payload = (size_t)(at + 8 - record) + length;
    uint8_t prefix[20];
    int prefix_length = put_varint(prefix, payload);
    prefix_length += put_varint(prefix + prefix_length, 1);
    uint32_t top = (uint32_t)(PAGE - payload - (size_t)prefix_length);
    memcpy(page + top, prefix, (size_t)prefix_length);
    memcpy(page + top + prefix_length, record, payload);
    finish_btree_page(page + 100, 13, 1, top);
    put16(page + 108, top);
    return 1;
}

/// Page 2: the root of the table, an interior page over the leaves or the only leaf itself.
static void write_root(image_builder *image) {
    uint8_t *root = image->bytes + PAGE;
    if (image->leaf_count == 1) {
        memcpy(root, image->bytes + (image->leaves[0].page - 1) * (size_t)PAGE, PAGE);
        return;
    }
    memset(root, 0, PAGE);
    uint32_t top = PAGE;
    size_t last = image->leaf_count - 1;
    for (size_t i = 0; i < last; i++) {
        uint8_t cell[16];
        put32(cell, image->leaves[i].page);
        int length = 4 + put_varint(cell + 4, (uint64_t)image->leaves[i].last_id);
        top -= (uint32_t)length;
        memcpy(root + top, cell, (size_t)length);
        put16(root + 12 + 2 * i, top);
    }
    finish_btree_page(root, 5, (uint32_t)last, top);
    put32(root + 8, image->leaves[last].page);
}

int64_t bulk_image_make(
    const char *create_sql, const int64_t *cells, const uint32_t *order, size_t rows, uint32_t columns,
    const uint8_t *kinds, const uint8_t *texts, size_t text_length, const uint64_t *words, size_t word_count, uint8_t *bytes,
    size_t capacity) {
    const bulk_arena arena = {texts, text_length, words, word_count};
    if (rows == 0 || columns < 2 || columns > BULK_COLUMN_LIMIT) return -2;
    if (capacity < 3 * (size_t)PAGE) return 0;
    image_builder *image = calloc(1, sizeof *image);
    if (!image) return -2;
    image->bytes = bytes;
    image->page_limit = capacity / PAGE;
    image->pages = 2;
    image->record_capacity = 16 * RECORD_HEADER_LIMIT;
    image->record = malloc(image->record_capacity);
    int64_t result = image->record ? 1 : -2;
    for (size_t row = 0; row < rows && result == 1; row++) {
        const int64_t *cell = cells + (order ? order[row] : row) * columns;
        // Rows out of order are read from everywhere: the one after the next is fetched meanwhile.
        if (order && row + 2 < rows) {
            const char *ahead = (const char *)(cells + (size_t)order[row + 2] * columns);
            for (size_t at = 0; at < columns * sizeof *cells; at += 64) __builtin_prefetch(ahead + at);
        }
        if (row > 0 && cell[0] <= image->last_id) result = -1;
        else result = put_row(image, cell, columns, kinds, &arena);
    }
    if (result == 1 && !close_leaf(image)) result = -2;
    if (result == 1) {
        write_root(image);
        int only_leaf = image->leaf_count == 1 && image->pages == 3;
        size_t pages = only_leaf ? 2 : image->pages;
        result = write_schema(bytes, create_sql, pages) ? (int64_t)(pages * PAGE) : -2;
    }
    free(image->record);
    free(image);
    return result;
}

struct bulk_inserter {
    sqlite3 *connection;
    uint8_t *buffer;
    size_t capacity;
};

bulk_inserter *bulk_inserter_make(void *connection) {
    bulk_inserter *inserter = calloc(1, sizeof *inserter);
    if (inserter) inserter->connection = connection;
    return inserter;
}

void bulk_inserter_free(bulk_inserter *inserter) {
    if (!inserter) return;
    free(inserter->buffer);
    free(inserter);
}

int bulk_insert(bulk_inserter *inserter, const char *table, const uint8_t *image, size_t size) {
    sqlite3 *connection = inserter->connection;
    uint8_t *old = NULL;
    // The attached database still reads the old buffer: a new one is made before that is freed, and a kept one is
    // overwritten only once the attached database is closed by the deserialization itself, which copies nothing.
    if (size > inserter->capacity) {
        uint8_t *larger = malloc(size + size / 4);
        if (!larger) return SQLITE_NOMEM;
        old = inserter->buffer;
        inserter->buffer = larger;
        inserter->capacity = size + size / 4;
    }
    memcpy(inserter->buffer, image, size);
    // Not read-only: BEGIN IMMEDIATE reserves every attached database, also one that nobody writes to.
    int result = sqlite3_deserialize(
        connection, "bulk", inserter->buffer, (sqlite3_int64)size, (sqlite3_int64)size, 0);
    free(old);
    if (result != SQLITE_OK) return result;
    char *sql = sqlite3_mprintf("INSERT INTO %s SELECT * FROM bulk.t", table);
    if (!sql) return SQLITE_NOMEM;
    result = sqlite3_exec(connection, sql, NULL, NULL, NULL);
    sqlite3_free(sql);
    return result == SQLITE_OK ? SQLITE_OK : sqlite3_extended_errcode(connection);
}

int64_t bulk_fetch(
    void *statement, const uint8_t *kinds, uint32_t columns, int64_t *cells, size_t limit, uint8_t *arena,
    size_t arena_capacity, bulk_fetch_state *state) {
    sqlite3_stmt *prepared = statement;
    size_t used = 0;
    size_t row = 0;
    for (; row < limit; row++) {
        if (!state->pending) {
            int result = sqlite3_step(prepared);
            if (result != SQLITE_ROW) { state->result = result; break; }
        }
        state->pending = 0;
        for (uint32_t i = 0; i < columns; i++) {
            int type = kinds[i] == BULK_VARIANT ? sqlite3_column_type(prepared, (int)i) : SQLITE_INTEGER;
            if (type == SQLITE_INTEGER) {
                int64_t value = sqlite3_column_int64(prepared, (int)i);
                if (value == 0 && sqlite3_column_type(prepared, (int)i) == SQLITE_NULL) value = BULK_NULL;
                *cells++ = value;
                continue;
            }
            if (type == SQLITE_NULL) { *cells++ = BULK_NULL; continue; }
            const void *bytes = type == SQLITE_BLOB ? sqlite3_column_blob(prepared, (int)i)
                                                    : (const void *)sqlite3_column_text(prepared, (int)i);
            size_t length = (size_t)sqlite3_column_bytes(prepared, (int)i);
            if (length > BULK_LENGTH_LIMIT) length = BULK_LENGTH_LIMIT;
            if (length > arena_capacity - used) {
                state->pending = 1;
                state->arena_used = used;
                return (int64_t)row;
            }
            if (length) memcpy(arena + used, bytes, length);
            *cells++ = (int64_t)~((uint64_t)used << 26 | (uint64_t)length << 1 | (type == SQLITE_BLOB));
            used += length;
        }
    }
    state->arena_used = used;
    return (int64_t)row;
}

void bulk_reset(void *statement) { sqlite3_reset(statement); }

int bulk_error_offset(void *connection) {
#if SQLITE_VERSION_NUMBER >= 3038000
    return sqlite3_error_offset(connection);
#else
    (void)connection;
    return -1;
#endif
}

int bulk_is_same_file(int descriptor, const char *path) {
    struct stat opened, named;
    if (fstat(descriptor, &opened) != 0 || stat(path, &named) != 0) return 0;
    return opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}
