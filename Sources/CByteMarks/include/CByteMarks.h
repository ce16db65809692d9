/// Where certain bytes stand in a stretch of text, one bit a byte, and what lines of logs are made of.
#ifndef C_BYTE_MARKS_H
#define C_BYTE_MARKS_H

#include <stddef.h>
#include <stdint.h>

#include "LogFields.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

typedef struct {
    uint64_t colons, line_feeds;
} byte_head_marks;

/// Marks the colons and line feeds of the 64 bytes from `bytes` on. Compiled into its callers.
static inline byte_head_marks byte_marks_of_head(const uint8_t *bytes) {
    byte_head_marks marks = {0, 0};
#if defined(__SSE2__)
    const __m128i colon = _mm_set1_epi8(':'), line_feed = _mm_set1_epi8('\n');
    for (int i = 0; i < 4; i++) {
        const __m128i part = _mm_loadu_si128((const __m128i *)bytes + i);
        marks.colons |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(part, colon)) << (16 * i);
        marks.line_feeds |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(part, line_feed)) << (16 * i);
    }
#else
    for (int i = 0; i < 64; i++) {
        marks.colons |= (uint64_t)(bytes[i] == ':') << i;
        marks.line_feeds |= (uint64_t)(bytes[i] == '\n') << i;
    }
#endif
    return marks;
}

#endif
