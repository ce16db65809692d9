#include "CByteMarks.h"

#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>

/// The marks of 64 bytes that equal `byte`.
static inline uint64_t equal(__m128i a, __m128i b, __m128i c, __m128i d, char byte) {
    const __m128i wanted = _mm_set1_epi8(byte);
    uint64_t low = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(a, wanted)) |
                   (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(b, wanted)) << 16;
    uint64_t high = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(c, wanted)) |
                    (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(d, wanted)) << 16;
    return low | high << 32;
}

static inline void mark_block(const uint8_t *bytes, uint64_t *spaces, uint64_t *quotes, uint64_t *line_feeds) {
    const __m128i *at = (const __m128i *)bytes;
    const __m128i a = _mm_loadu_si128(at), b = _mm_loadu_si128(at + 1), c = _mm_loadu_si128(at + 2),
                  d = _mm_loadu_si128(at + 3);
    *spaces = equal(a, b, c, d, ' ');
    *quotes = equal(a, b, c, d, '"');
    *line_feeds = equal(a, b, c, d, '\n');
}
#else
static inline void mark_block(const uint8_t *bytes, uint64_t *spaces, uint64_t *quotes, uint64_t *line_feeds) {
    uint64_t space = 0, quote = 0, line_feed = 0;
    for (int i = 0; i < 64; i++) {
        space |= (uint64_t)(bytes[i] == ' ') << i;
        quote |= (uint64_t)(bytes[i] == '"') << i;
        line_feed |= (uint64_t)(bytes[i] == '\n') << i;
    }
    *spaces = space;
    *quotes = quote;
    *line_feeds = line_feed;
}
#endif

void byte_marks(const uint8_t *bytes, size_t count, uint64_t *spaces, uint64_t *quotes, uint64_t *line_feeds) {
    size_t whole = count / 64;
    for (size_t i = 0; i < whole; i++) mark_block(bytes + i * 64, spaces + i, quotes + i, line_feeds + i);
    if (count % 64 == 0) return;
    uint8_t last[64] = {0};
    memcpy(last, bytes + whole * 64, count % 64);
    mark_block(last, spaces + whole, quotes + whole, line_feeds + whole);
}
