/// Where spaces, quotes and line feeds stand in a stretch of text, one bit a byte.
#ifndef C_BYTE_MARKS_H
#define C_BYTE_MARKS_H

#include <stddef.h>
#include <stdint.h>

/// Sets bit `i % 64` of word `i / 64` of each array where byte `i` is a space, a quote or a line feed.
///
/// Each array has a word for every 64 bytes begun; bits past the last byte are 0.
void byte_marks(const uint8_t *bytes, size_t count, uint64_t *spaces, uint64_t *quotes, uint64_t *line_feeds);

#endif
