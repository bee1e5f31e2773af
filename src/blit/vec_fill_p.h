/* SPDX-License-Identifier: Apache-2.0
 *
 * The fill kernel in terms of the vector words of <isa>_p.h, included once by
 * fill_<isa>.c. Nothing but stores in the row loops: loads from the pattern
 * there would wait for the stores of rows that lie a multiple of 4 KB apart. */
#include "blit/scalar_p.h"

/* Rows from here on are worth the work of aligning the stores. */
#define ALIGN_FROM ((size_t)2048)

/* Short rows this far apart share a few sets of the first cache. Wide stores
 * then put more lines of one set in flight than it has ways, and each is
 * fetched twice; 16 bytes at a time keep the queue within it (measured: five
 * times as fast). */
#define CROWDED_BELOW  ((size_t)512)
#define CROWDED_STRIDE ((size_t)2048)

/* Runs that no second-level cache holds; the block fits one and is a whole
 * number of pattern periods. */
#define HUGE_FROM  ((size_t)4 << 20)
#define HUGE_BLOCK ((size_t)192 << 10)
_Static_assert(HUGE_BLOCK % DSC_PATTERN_PERIOD == 0, "phase of a block");

typedef uint8_t bytes_16 __attribute__((vector_size(16)));
typedef uint8_t bytes_32 __attribute__((vector_size(32)));

/* Rows of sizeof(type) to 2 * sizeof(type) bytes: a head and a tail that
 * overlap. */
#define FILL_PAIRS(type)                                                       \
 do {                                                                          \
  type head, tail;                                                             \
  memcpy(&head, pattern, sizeof head);                                         \
  memcpy(&tail, pattern + n - sizeof tail, sizeof tail);                       \
  for (size_t y = 0; y < rows; y++, dst += stride) {                           \
   memcpy(dst, &head, sizeof head);                                            \
   memcpy(dst + n - sizeof tail, &tail, sizeof tail);                          \
  }                                                                            \
 } while (0)

/* n < 64 */
static inline void fill_narrow(uint8_t *dst, size_t stride, size_t n,
                               size_t rows, const uint8_t *pattern)
{
    if (n >= 32)
        FILL_PAIRS(bytes_32);
    else if (n >= 16)
        FILL_PAIRS(bytes_16);
    else if (n >= 8)
        FILL_PAIRS(uint64_t);
    else if (n >= 4)
        FILL_PAIRS(uint32_t);
    else if (n >= 2)
        FILL_PAIRS(uint16_t);
    else if (n)
        FILL_PAIRS(uint8_t);
}

/* Rows of at least sizeof(type) bytes: stores at any alignment, the same in
 * each row, the last one overlapping. */
#define FILL_ROWS(name, type)                                                  \
 static inline void name(uint8_t *dst, size_t stride, size_t n, size_t rows,   \
                         const uint8_t *pattern)                               \
 {                                                                             \
  const size_t size = sizeof(type), last = n - size;                           \
  type v0, v1, v2, tail;                                                       \
                                                                               \
  memcpy(&v0, pattern, size);                                                  \
  memcpy(&v1, pattern + size, size);                                           \
  memcpy(&v2, pattern + 2 * size, size);                                       \
  memcpy(&tail, pattern + last % DSC_PATTERN_PERIOD, size);                    \
  for (size_t y = 0; y < rows; y++, dst += stride) {                           \
   size_t i = 0;                                                               \
   for (; n - i >= 3 * size; i += 3 * size) {                                  \
    memcpy(dst + i, &v0, size);                                                \
    memcpy(dst + i + size, &v1, size);                                         \
    memcpy(dst + i + 2 * size, &v2, size);                                     \
   }                                                                           \
   if (n - i >= size) {                                                        \
    memcpy(dst + i, &v0, size);                                                \
    i += size;                                                                 \
    if (n - i >= size) {                                                       \
     memcpy(dst + i, &v1, size);                                               \
     i += size;                                                                \
    }                                                                          \
   }                                                                           \
   if (i < n)                                                                  \
    memcpy(dst + last, &tail, size);                                           \
  }                                                                            \
 }

FILL_ROWS(fill_rows, vec)
FILL_ROWS(fill_crowded, bytes_16)

/* One long row, whole vectors from the first aligned byte on. */
static inline void fill_long(uint8_t *dst, size_t n, const uint8_t *pattern)
{
    size_t i = VEC_BYTES - ((uintptr_t)dst & (VEC_BYTES - 1));

    v_store(dst, v_load(pattern));
    fill_rows(dst + i, 0, n - i, 1, pattern + i % DSC_PATTERN_PERIOD);
}

/* The C library knows how to write memory without reading it first, which
 * plain stores do not; it is given copies of a first block. */
static inline void fill_huge(uint8_t *dst, size_t n, const uint8_t *pattern)
{
    size_t i = HUGE_BLOCK;

    fill_long(dst, HUGE_BLOCK, pattern);
    for (; n - i >= HUGE_BLOCK; i += HUGE_BLOCK)
        memcpy(dst + i, dst, HUGE_BLOCK);
    memcpy(dst + i, dst, n - i);
}

void KERNEL(fill)(uint8_t *dst, size_t stride, size_t n, size_t rows,
                  const uint8_t *pattern)
{
    if (n >= 16 && n < CROWDED_BELOW && stride % CROWDED_STRIDE == 0) {
        fill_crowded(dst, stride, n, rows, pattern);
    } else if (n < VEC_BYTES) {
        fill_narrow(dst, stride, n, rows, pattern);
    } else if (n <= 2 * VEC_BYTES) {
        FILL_PAIRS(vec);
    } else if (n < ALIGN_FROM) {
        fill_rows(dst, stride, n, rows, pattern);
    } else if (n >= HUGE_FROM) {
        for (size_t y = 0; y < rows; y++)
            fill_huge(dst + y * stride, n, pattern);
    } else {
        for (size_t y = 0; y < rows; y++)
            fill_long(dst + y * stride, n, pattern);
    }
}
