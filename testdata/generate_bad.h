/* SPDX-License-Identifier: Apache-2.0
 *
 * What the two parts that make broken files share.
 */
#ifndef DSC_TESTDATA_GENERATE_BAD_H
#define DSC_TESTDATA_GENERATE_BAD_H

#include "generate.h"

enum {
    BAD_W = 48,
    BAD_H = 32
};

void gen_bad_scene(gen_scene *s);
/* Header of a small image, Pixel Data not yet in. */
gen_set *bad_header(gen_pixfmt format, int frames, gen_image **out);
gen_buf bad_file(gen_set *ds, const char *ts);
/* Names that begin with "odd/" go there, others to bad/. */
void bad_emit(const char *name, const char *what, gen_buf b);
/* Offset of an explicit little endian element. */
size_t bad_find(const gen_buf *b, uint32_t tag);
/* Encapsulated Pixel Data: offset table and fragments as they are. */
void bad_fragments(gen_set *ds, int n, const gen_buf *frag);

/* Part 2: encapsulation, offset tables, streams of each codec. */
void bad_streams(void);

#endif
