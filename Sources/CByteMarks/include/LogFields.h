/// Reads the lines of logs where Swift's checks of each byte would cost most: fields, numbers and addresses in the form in
/// which they nearly always stand, and whether a text was met before.
///
/// Each function takes the bytes with their count and looks at none outside, whatever the places it is given. What has
/// another form is refused, never guessed: the caller then reads it with the general code, which decides.
#ifndef LOG_FIELDS_H
#define LOG_FIELDS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/// The most fields that are told apart.
enum { LOG_FIELD_LIMIT = 64 };

/// The place of a field, without its quotes.
typedef struct {
    size_t start, end;
} log_field;

/// How a line was divided.
typedef struct {
    /// A bit for each field that is empty or a dash.
    uint64_t absent;
    size_t count;
    /// The byte after the last one of the line, its line feed and carriage return excluded.
    size_t end;
    /// The first byte of the next line.
    size_t next;
} log_line;

/// Divides the line at `start` into its fields: one space between two, quotes only around whole fields.
///
/// Returns 0 for a line of another form (runs of spaces, quotes inside of bare fields, escaped or unbalanced quotes, more
/// fields than the limit, no fields), which the general reader must divide; what was written is of no use then.
int log_divide(const uint8_t *bytes, size_t count, size_t start, log_field *fields, log_line *line);

static inline uint64_t log_word(const uint8_t *at) {
    uint64_t word;
    memcpy(&word, at, 8);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/// Whether `bytes[start..<end]` are bytes of the `count`.
static inline int log_holds(size_t count, size_t start, size_t end) { return start <= end && end <= count; }

/// Reads the decimal number, of one to nineteen digits, in `bytes[start..<end]`. Returns 0 if it is none.
static inline int log_decimal(const uint8_t *bytes, size_t count, size_t start, size_t end, uint64_t *value) {
    if (!log_holds(count, start, end) || end - start - 1 > 18) return 0;
    uint64_t number = 0;
    for (size_t at = start; at < end; at++) {
        const unsigned digit = bytes[at] - (unsigned)'0';
        if (digit > 9) return 0;
        number = number * 10 + digit;
    }
    *value = number;
    return 1;
}

/// Reads the three digits of a status. Returns -1 if the field is not three digits.
static inline int log_status(const uint8_t *bytes, size_t count, size_t start, size_t end) {
    if (!log_holds(count, start, end) || end - start != 3) return -1;
    const unsigned a = bytes[start] - (unsigned)'0', b = bytes[start + 1] - (unsigned)'0',
                   c = bytes[start + 2] - (unsigned)'0';
    return a > 9 || b > 9 || c > 9 ? -1 : (int)(a * 100 + b * 10 + c);
}

/// Reads seconds in the form `d.ddd` as milliseconds. Returns -1 for any other form.
static inline int log_short_seconds(const uint8_t *bytes, size_t count, size_t start, size_t end) {
    if (!log_holds(count, start, end) || end - start != 5 || bytes[start + 1] != '.') return -1;
    const unsigned a = bytes[start] - (unsigned)'0', b = bytes[start + 2] - (unsigned)'0',
                   c = bytes[start + 3] - (unsigned)'0', d = bytes[start + 4] - (unsigned)'0';
    return a > 9 || b > 9 || c > 9 || d > 9 ? -1 : (int)(a * 1000 + b * 100 + c * 10 + d);
}

/// Reads an IPv4 address of four decimal numbers that ends where `*place` is left, at or before `end`. Returns 0 if there
/// is none.
static inline int log_v4_prefix(const uint8_t *bytes, size_t *place, size_t end, uint32_t *address) {
    size_t at = *place;
    uint32_t value = 0;
    for (int part = 0; part < 4; part++) {
        if (part && (at >= end || bytes[at++] != '.')) return 0;
        if (at >= end) return 0;
        unsigned number = bytes[at] - (unsigned)'0';
        if (number > 9) return 0;
        at++;
        for (int more = 0; more < 2 && at < end; more++, at++) {
            const unsigned digit = bytes[at] - (unsigned)'0';
            if (digit > 9) break;
            number = number * 10 + digit;
        }
        if (number > 255) return 0;
        value = value << 8 | number;
    }
    *place = at;
    *address = value;
    return 1;
}

/// Reads the IPv4 address in `bytes[start..<end]`. Returns 0 if it is none.
static inline int log_v4(const uint8_t *bytes, size_t count, size_t start, size_t end, uint32_t *address) {
    size_t place = start;
    return log_holds(count, start, end) && log_v4_prefix(bytes, &place, end, address) && place == end;
}

/// Reads the IPv4 address and port in `bytes[start..<end]`. Returns 0 if they are none.
static inline int log_v4_endpoint(
    const uint8_t *bytes, size_t count, size_t start, size_t end, uint32_t *address, uint32_t *port) {
    size_t place = start;
    if (!log_holds(count, start, end) || !log_v4_prefix(bytes, &place, end, address)) return 0;
    if (place >= end || bytes[place++] != ':' || end - place - 1 > 4) return 0;
    uint32_t number = 0;
    for (; place < end; place++) {
        const unsigned digit = bytes[place] - (unsigned)'0';
        if (digit > 9) return 0;
        number = number * 10 + digit;
    }
    *port = number;
    return number <= 65535;
}

/// Reads the seconds of a minute and their fraction from `ss.ffffffZ` as microseconds. Returns -1 for another form.
static inline int64_t log_seconds_of_minute(const uint8_t *bytes, size_t count, size_t start) {
    if (!log_holds(count, start, start + 10) || bytes[start + 2] != '.' || bytes[start + 9] != 'Z') return -1;
    const unsigned tens = bytes[start] - (unsigned)'0', ones = bytes[start + 1] - (unsigned)'0';
    if (tens > 5 || ones > 9) return -1;
    uint32_t value = tens * 10 + ones;
    for (size_t at = start + 3; at < start + 9; at++) {
        const unsigned digit = bytes[at] - (unsigned)'0';
        if (digit > 9) return -1;
        value = value * 10 + digit;
    }
    return value;
}

/// A number of each text of more than eight bytes: equal texts have equal ones.
static inline uint64_t log_text_hash(const uint8_t *text, size_t length) {
    const uint64_t first = 0x9E3779B97F4A7C15u, second = 0xD6E8FEB86659FD93u;
    uint64_t left = length * first, right = 0;
    size_t at = 0;
    for (; at + 16 < length; at += 16) {
        left = (left ^ log_word(text + at)) * first;
        right = (right ^ log_word(text + at + 8)) * second;
        left ^= left >> 32;
        right ^= right >> 29;
    }
    if (at + 8 < length) right = (right ^ log_word(text + at)) * second;
    left = (left ^ log_word(text + length - 8)) * first;
    left ^= (right ^ right >> 32) * first;
    return left ^ left >> 31;
}

/// Whether two texts of one length, more than eight bytes, are the same.
static inline int log_text_equal(const uint8_t *left, const uint8_t *right, size_t length) {
    uint64_t difference = log_word(left + length - 8) ^ log_word(right + length - 8);
    for (size_t at = 0; at + 8 < length; at += 8) difference |= log_word(left + at) ^ log_word(right + at);
    return difference == 0;
}

/// Where a text was met, and what it was told to be.
typedef struct {
    uint64_t notes;
    /// The place in the bytes; a free slot has length 0.
    size_t start;
    uint32_t length;
    uint32_t id;
    /// How it was read: texts read in different ways are different.
    uint32_t reading;
} log_text_slot;

/// The place among `1 << bits` slots of the text `bytes[start..<end]`, or -1 if it is too short, or not of the bytes.
static inline int64_t log_text_place(
    const uint8_t *bytes, size_t count, size_t start, size_t end, uint32_t reading, unsigned bits) {
    if (!log_holds(count, start, end) || end - start <= 8 || end - start > UINT32_MAX) return -1;
    return (int64_t)((log_text_hash(bytes + start, end - start) + reading * 0x9E3779B97F4A7C15u) >> (64 - bits));
}

/// Whether the text `bytes[start..<end]` is the one that stands at another place and was read in the same way.
static inline int log_text_matches(
    const uint8_t *bytes, size_t count, size_t start, size_t end, uint32_t reading, size_t other_start,
    uint32_t other_length, uint32_t other_reading) {
    if (other_length != end - start || other_reading != reading || other_length <= 8) return 0;
    if (!log_holds(count, other_start, other_start + other_length) || !log_holds(count, start, end)) return 0;
    return log_text_equal(bytes + other_start, bytes + start, other_length);
}

/// Whether two places hold the same text.
static inline int log_same_text(
    const uint8_t *bytes, size_t count, size_t start, size_t end, size_t other_start, size_t other_end) {
    if (!log_holds(count, start, end) || !log_holds(count, other_start, other_end)) return 0;
    if (end - start != other_end - other_start) return 0;
    if (end - start > 8) return log_text_equal(bytes + start, bytes + other_start, end - start);
    for (size_t at = 0; at < end - start; at++)
        if (bytes[start + at] != bytes[other_start + at]) return 0;
    return 1;
}

/// The most bytes of a template made of 64.
enum { LOG_TEMPLATE_LIMIT = 160 };

/// What a path is made of, if it is short and plain.
typedef struct {
    /// The part that a template leaves out, if there is one: `folds` is 1.
    size_t fold_start, fold_end;
    /// Parts that a template leaves out.
    unsigned folds;
    /// Whether the part is a decimal number of at most 18 digits without a leading zero.
    int is_number;
    uint64_t number;
    /// The template, where anything is folded: at most 32 parts of one byte or more become four bytes each.
    unsigned length;
    uint8_t text[LOG_TEMPLATE_LIMIT];
} log_path;

/// Finds what a template folds in the path `bytes[start..<end]`: see `PathTemplate`. Returns 0 for a path that does not
/// begin with a slash, is longer than 64 bytes, or holds a brace, a backslash or bytes that are not ASCII.
int log_read_path(const uint8_t *bytes, size_t count, size_t start, size_t end, log_path *path);

/// The parts of a request line, as places in the bytes.
typedef struct {
    log_field method, host, path, path_and_query;
    /// Ten times the major version, and the minor one.
    unsigned version;
} log_request;

/// Divides a request line of the form `METHOD http[s]://host:port/path[?query] HTTP/d.d`, one of the versions that there
/// are. Returns 0 for other forms.
int log_read_request(const uint8_t *bytes, size_t count, size_t start, size_t end, log_request *request);

/// Reads eight lower-case hexadecimal digits. Returns 0 if one is none.
static inline int log_hex_half(const uint8_t *at, uint64_t *value) {
    static const uint64_t ones = 0x0101010101010101u;
    const uint64_t word = log_word(at);
    // Digits are 0x30...0x39, letters 0x61...0x66.
    const uint64_t letters = word >> 6 & ones, low = word & 0x0F0F0F0F0F0F0F0Fu;
    if ((word & 0xF0F0F0F0F0F0F0F0u) != 0x3030303030303030u + letters * 0x30) return 0;
    const uint64_t nibbles = low + letters * 9;
    const uint64_t too_large = (low + 0x0606060606060606u) & ~(letters << 4);
    const uint64_t zero_letters = letters & ~((low + 0x0F0F0F0F0F0F0F0Fu) >> 4);
    if (((too_large | nibbles) & 0x1010101010101010u) | zero_letters) return 0;
    uint64_t packed = (nibbles << 4 | nibbles >> 8) & 0x00FF00FF00FF00FFu;
    packed = (packed << 8 | packed >> 16) & 0x0000FFFF0000FFFFu;
    *value = (packed << 16 | packed >> 32) & 0xFFFFFFFFu;
    return 1;
}

/// Reads the digits of `Root=1-<8>-<24>`. Returns 0 for another form.
static inline int log_trace_root(
    const uint8_t *bytes, size_t count, size_t start, size_t end, uint64_t *high, uint64_t *low) {
    if (!log_holds(count, start, end) || end - start != 40) return 0;
    const uint8_t *const at = bytes + start;
    uint64_t time, first, second, third;
    if (memcmp(at, "Root=1-", 7) != 0 || at[15] != '-' || !log_hex_half(at + 7, &time)) return 0;
    if (!log_hex_half(at + 16, &first) || !log_hex_half(at + 24, &second) || !log_hex_half(at + 32, &third)) return 0;
    *high = time << 32 | first;
    *low = second << 32 | third;
    return 1;
}

/// Reads the digits of `TID_<32>`, sixteen folded upon sixteen. Returns 0 for another form.
static inline int log_trace_key(const uint8_t *bytes, size_t count, size_t start, size_t end, uint64_t *key) {
    if (!log_holds(count, start, end) || end - start != 36) return 0;
    const uint8_t *const at = bytes + start;
    uint64_t first, second, third, fourth;
    if (memcmp(at, "TID_", 4) != 0 || !log_hex_half(at + 4, &first) || !log_hex_half(at + 12, &second)) return 0;
    if (!log_hex_half(at + 20, &third) || !log_hex_half(at + 28, &fourth)) return 0;
    *key = (first << 32 | second) ^ (third << 32 | fourth);
    return 1;
}

#endif
