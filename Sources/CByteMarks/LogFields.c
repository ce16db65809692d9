#include "CByteMarks.h"

#if defined(__SSE2__)
#include <emmintrin.h>

typedef struct {
    __m128i part[4];
} block;

static inline block load_block(const uint8_t *at) {
    const __m128i *from = (const __m128i *)at;
    block loaded = {{_mm_loadu_si128(from), _mm_loadu_si128(from + 1), _mm_loadu_si128(from + 2),
                     _mm_loadu_si128(from + 3)}};
    return loaded;
}

static inline uint64_t gather(__m128i a, __m128i b, __m128i c, __m128i d) {
    const uint64_t low = (uint32_t)_mm_movemask_epi8(a) | (uint64_t)(uint32_t)_mm_movemask_epi8(b) << 16;
    const uint64_t high = (uint32_t)_mm_movemask_epi8(c) | (uint64_t)(uint32_t)_mm_movemask_epi8(d) << 16;
    return low | high << 32;
}

static inline uint64_t equal_bytes(block b, char byte) {
    const __m128i wanted = _mm_set1_epi8(byte);
    return gather(
        _mm_cmpeq_epi8(b.part[0], wanted), _mm_cmpeq_epi8(b.part[1], wanted), _mm_cmpeq_epi8(b.part[2], wanted),
        _mm_cmpeq_epi8(b.part[3], wanted));
}

static inline int has_byte(block b, char byte) {
    const __m128i wanted = _mm_set1_epi8(byte);
    const __m128i any = _mm_or_si128(
        _mm_or_si128(_mm_cmpeq_epi8(b.part[0], wanted), _mm_cmpeq_epi8(b.part[1], wanted)),
        _mm_or_si128(_mm_cmpeq_epi8(b.part[2], wanted), _mm_cmpeq_epi8(b.part[3], wanted)));
    return _mm_movemask_epi8(any) != 0;
}

/// The bytes from `first` through `first + span`, after `bits` were set in all.
static inline uint64_t bytes_between(block b, char bits, unsigned char first, unsigned char span) {
    const __m128i set = _mm_set1_epi8(bits), base = _mm_set1_epi8((char)first), limit = _mm_set1_epi8((char)span);
    __m128i found[4];
    for (int i = 0; i < 4; i++) {
        const __m128i distance = _mm_sub_epi8(_mm_or_si128(b.part[i], set), base);
        found[i] = _mm_cmpeq_epi8(_mm_min_epu8(distance, limit), distance);
    }
    return gather(found[0], found[1], found[2], found[3]);
}

static inline uint64_t high_bytes(block b) { return gather(b.part[0], b.part[1], b.part[2], b.part[3]); }
#else
typedef struct {
    uint8_t bytes[64];
} block;

static inline block load_block(const uint8_t *at) {
    block loaded;
    memcpy(loaded.bytes, at, 64);
    return loaded;
}

static inline uint64_t equal_bytes(block b, char byte) {
    uint64_t marks = 0;
    for (int i = 0; i < 64; i++) marks |= (uint64_t)(b.bytes[i] == (uint8_t)byte) << i;
    return marks;
}

static inline int has_byte(block b, char byte) { return equal_bytes(b, byte) != 0; }

static inline uint64_t bytes_between(block b, char bits, unsigned char first, unsigned char span) {
    uint64_t marks = 0;
    for (int i = 0; i < 64; i++) marks |= (uint64_t)((uint8_t)((b.bytes[i] | (uint8_t)bits) - first) <= span) << i;
    return marks;
}

static inline uint64_t high_bytes(block b) {
    uint64_t marks = 0;
    for (int i = 0; i < 64; i++) marks |= (uint64_t)(b.bytes[i] >> 7) << i;
    return marks;
}
#endif

/// The 64 bytes at `at`; past `end` stand line feeds.
static inline block block_at(const uint8_t *at, const uint8_t *end) {
    if ((size_t)(end - at) >= 64) return load_block(at);
    uint8_t padded[64];
    memset(padded, '\n', sizeof padded);
    memcpy(padded, at, (size_t)(end - at));
    return load_block(padded);
}

/// Each bit is the exclusive or of all bits up to it: between quotes, the opening one included.
static inline uint64_t running_parity(uint64_t bits) {
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    return bits ^ bits << 32;
}

/// Whether each quote that opens stands at the beginning of its field or, behind a comma, follows a part in quotes.
static int are_openings_sound(const uint8_t *block_start, const uint8_t *line_start, uint64_t openings) {
    for (; openings; openings &= openings - 1) {
        const uint8_t *quote = block_start + __builtin_ctzll(openings);
        if (quote - line_start < 3 || quote[-1] != ',' || quote[-2] != '"' || quote[-3] == '\\') return 0;
    }
    return 1;
}

/// The spaces and quotes of 64 bytes, a bit each.
typedef struct {
    uint64_t spaces, quotes;
} line_marks;

/// A line of more blocks is left to the general reader.
enum { BLOCK_LIMIT = 64 };

/// Marks the blocks of a line from `at` on through the one with its line feed, whose place in that block it tells. Returns
/// the number of blocks, or 0 if the line has too many.
__attribute__((noinline)) static size_t mark_line(
    const uint8_t *at, const uint8_t *end, line_marks *marks, unsigned *line_feed) {
    for (size_t i = 0; i < BLOCK_LIMIT; i++, at += 64) {
        const block b = block_at(at, end);
        marks[i].spaces = equal_bytes(b, ' ');
        marks[i].quotes = equal_bytes(b, '"');
        if (!has_byte(b, '\n')) continue;
        *line_feed = (unsigned)__builtin_ctzll(equal_bytes(b, '\n'));
        return i + 1;
    }
    return 0;
}

#if defined(__x86_64__)
#include <immintrin.h>

/// The same with registers of 32 bytes, where the processor has them.
__attribute__((target("avx2"))) static size_t mark_line_wide(
    const uint8_t *at, const uint8_t *end, line_marks *marks, unsigned *line_feed) {
    const __m256i space = _mm256_set1_epi8(' '), quote = _mm256_set1_epi8('"'), feed = _mm256_set1_epi8('\n');
    uint8_t padded[64];
    for (size_t i = 0; i < BLOCK_LIMIT; i++, at += 64) {
        const uint8_t *from = at;
        if ((size_t)(end - at) < 64) {
            memset(padded, '\n', sizeof padded);
            memcpy(padded, at, (size_t)(end - at));
            from = padded;
        }
        const __m256i low = _mm256_loadu_si256((const __m256i *)from),
                      high = _mm256_loadu_si256((const __m256i *)(from + 32));
        marks[i].spaces = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, space)) |
                          (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, space)) << 32;
        marks[i].quotes = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, quote)) |
                          (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, quote)) << 32;
        const __m256i feeds_low = _mm256_cmpeq_epi8(low, feed), feeds_high = _mm256_cmpeq_epi8(high, feed);
        if (!_mm256_movemask_epi8(_mm256_or_si256(feeds_low, feeds_high))) continue;
        *line_feed = (unsigned)__builtin_ctzll(
            (uint32_t)_mm256_movemask_epi8(feeds_low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(feeds_high) << 32);
        return i + 1;
    }
    return 0;
}

static inline size_t mark(const uint8_t *at, const uint8_t *end, line_marks *marks, unsigned *line_feed) {
    return __builtin_cpu_supports("avx2") ? mark_line_wide(at, end, marks, line_feed)
                                          : mark_line(at, end, marks, line_feed);
}
#else
static inline size_t mark(const uint8_t *at, const uint8_t *end, line_marks *marks, unsigned *line_feed) {
    return mark_line(at, end, marks, line_feed);
}
#endif

int log_divide(const uint8_t *bytes, size_t count, size_t start, log_field *restrict fields, log_line *restrict line) {
    if (start >= count) return 0;
    const uint8_t *const first = bytes + start;
    line_marks marks[BLOCK_LIMIT];
    unsigned line_feed = 0;
    const size_t blocks = mark(first, bytes + count, marks, &line_feed);
    if (!blocks) return 0;
    // Where the line ends, as a place of the last block: before its carriage return, which must be of that block.
    unsigned stop = line_feed;
    const size_t last_block = start + (blocks - 1) * 64;
    if (last_block + stop > start && bytes[last_block + stop - 1] == '\r' && stop-- == 0) return 0;
    // More carriage returns at the end.
    if (last_block + stop > start && bytes[last_block + stop - 1] == '\r') return 0;
    const uint64_t before = ((uint64_t)1 << stop) - 1;
    marks[blocks - 1].spaces = (marks[blocks - 1].spaces & before) | (uint64_t)1 << stop;
    marks[blocks - 1].quotes &= before;
    uint64_t inside = 0, separator_carry = 1, absent = 0;
    size_t found = 0, from = start;
    for (size_t i = 0; i < blocks; i++) {
        const uint64_t quotes = marks[i].quotes;
        inside = running_parity(quotes) ^ (uint64_t)((int64_t)inside >> 63);
        uint64_t separators = marks[i].spaces & ~inside;
        const uint64_t openings = quotes & inside & ~(separators << 1 | separator_carry);
        if (openings && !are_openings_sound(first + i * 64, first, openings)) return 0;
        separator_carry = separators >> 63;
        for (; separators; separators &= separators - 1) {
            size_t to = start + i * 64 + (unsigned)__builtin_ctzll(separators);
            const size_t next = to + 1;
            // A run of spaces, or nothing before the line's end; more fields than are kept apart.
            if (from >= to || found == LOG_FIELD_LIMIT) return 0;
            uint8_t byte = bytes[from];
            if (byte == '"') {
                // A quote that is not closed at the end of the field, or closed by one that is escaped.
                if (++from > --to || bytes[to] != '"' || bytes[to - 1] == '\\') return 0;
                byte = bytes[from];
            }
            fields[found].start = from;
            fields[found].end = to;
            // What is empty in quotes begins with the quote that closes it.
            if (to - from <= 1 && (byte == '-' || to == from)) absent |= (uint64_t)1 << found;
            found++;
            from = next;
        }
    }
    // An open quote: the end is no separator then.
    if (inside >> stop & 1) return 0;
    line->next = last_block + line_feed < count ? last_block + line_feed + 1 : count;
    line->end = last_block + stop;
    line->count = found;
    line->absent = absent;
    return 1;
}

/// The decimal number in `bytes[start..<end]`, at most 18 digits; the bytes are digits.
static inline uint64_t digits_value(const uint8_t *bytes, size_t start, size_t end) {
    uint64_t value = 0;
    for (size_t at = start; at < end; at++) value = value * 10 + (bytes[at] - (unsigned)'0');
    return value;
}

/// The bits from `low` up to `high`, both at most 64 and `low` below `high`.
static inline uint64_t bits_between(unsigned low, unsigned high) { return (~0ull >> (64 - (high - low))) << low; }

int log_read_path(const uint8_t *bytes, size_t count, size_t start, size_t end, log_path *path) {
    if (!log_holds(count, start, end) || end == start || end - start > 64 || bytes[start] != '/') return 0;
    const unsigned length = (unsigned)(end - start);
    const block b = block_at(bytes + start, bytes + count);
    const uint64_t all = bits_between(0, length);
    if ((high_bytes(b) | equal_bytes(b, '\\') | equal_bytes(b, '{')) & all) return 0;
    uint64_t slashes = equal_bytes(b, '/') & all;
    const uint64_t dots = equal_bytes(b, '.') & all, dashes = equal_bytes(b, '-') & all;
    const uint64_t digits = bytes_between(b, 0, '0', 9) & all, letters = bytes_between(b, 0x20, 'a', 5) & all;
    const uint64_t other = all & ~(digits | letters | dashes);
    path->folds = 0;
    path->is_number = 0;
    path->length = 0;
    unsigned copied = 0;
    while (slashes) {
        const unsigned from = (unsigned)__builtin_ctzll(slashes) + 1;
        slashes &= slashes - 1;
        unsigned to = slashes ? (unsigned)__builtin_ctzll(slashes) : length;
        if (from >= to) continue;
        const uint64_t segment = bits_between(from, to), ending = dots & segment;
        if (ending) to = (unsigned)__builtin_ctzll(ending);
        if (from >= to) continue;
        const uint64_t part = bits_between(from, to);
        if (other & part) continue;
        const unsigned size = to - from;
        const int is_decimal = !(part & ~digits);
        if (!is_decimal) {
            if (!(dashes & part)) {
                if (size < 8 || !(digits & part)) continue;
            } else if (size != 36 || __builtin_popcountll(dashes & part) != 4) {
                continue;
            }
        }
        memcpy(path->text + path->length, bytes + start + copied, from - copied);
        path->length += from - copied;
        memcpy(path->text + path->length, "{id}", 4);
        path->length += 4;
        copied = to;
        path->folds++;
        path->fold_start = start + from;
        path->fold_end = start + to;
        path->is_number = is_decimal && size <= 18 && (size == 1 || bytes[start + from] != '0');
    }
    if (path->folds) {
        memcpy(path->text + path->length, bytes + start + copied, length - copied);
        path->length += length - copied;
    }
    if (path->folds == 1 && path->is_number) path->number = digits_value(bytes, path->fold_start, path->fold_end);
    return 1;
}

int log_read_request(const uint8_t *bytes, size_t count, size_t start, size_t end, log_request *request) {
    // `G http://h/ HTTP/1.1`
    if (!log_holds(count, start, end) || end - start < 20) return 0;
    const uint8_t *version = bytes + end - 9;
    if (memcmp(version, " HTTP/", 6) != 0 || version[7] != '.') return 0;
    const unsigned major = version[6] - (unsigned)'0', minor = version[8] - (unsigned)'0';
    const unsigned known = major * 10 + minor;
    if (major > 9 || minor > 9 || (known != 11 && known != 20 && known != 10 && known != 30 && known != 9)) return 0;
    request->version = known;
    const size_t url_end = end - 9;
    size_t at = start;
    while (at < url_end && bytes[at] != ' ') at++;
    if (at == start || at + 8 > url_end || (at == start + 1 && bytes[start] == '-')) return 0;
    request->method.start = start;
    request->method.end = at++;
    if (at + 8 > url_end) return 0;
    if (memcmp(bytes + at, "https://", 8) == 0) at += 8;
    else if (memcmp(bytes + at, "http://", 7) == 0) at += 7;
    else return 0;
    const size_t authority = at;
    const block host = block_at(bytes + at, bytes + count);
    const uint64_t slashes = equal_bytes(host, '/');
    if (!slashes) return 0;
    const uint64_t before = (slashes & -slashes) - 1;
    const uint64_t colons = equal_bytes(host, ':') & before;
    at += (size_t)__builtin_ctzll(slashes);
    // No host, one in brackets or with more colons, what may end it before the path, and a user's name before it.
    if (at >= url_end || at == authority || bytes[at - 1] == ']' || (colons & (colons - 1))) return 0;
    if ((equal_bytes(host, '?') | equal_bytes(host, '#') | equal_bytes(host, '@')) & before) return 0;
    request->host.start = authority;
    request->host.end = colons & ~1ull ? authority + (size_t)__builtin_ctzll(colons) : at;
    request->path.start = request->path_and_query.start = at;
    request->path_and_query.end = url_end;
    const uint8_t *query = memchr(bytes + at, '?', url_end - at);
    request->path.end = query ? (size_t)(query - bytes) : url_end;
    return 1;
}
