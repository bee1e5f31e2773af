/* SPDX-License-Identifier: Apache-2.0
 *
 * Streams that no library in reach of C can make: 12-bit and lossless JPEG
 * by dcmtk's dcmcjpeg, HTJ2K by openjph-tools' ojph_compress. Only the
 * streams are taken from their output.
 */
#include "generate.h"

#include <stdio.h>
#include <string.h>

static const char *scratch(const char *suffix)
{
    return gen_format("%s/scratch%s", gen_folder, suffix);
}

static uint32_t le32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

/* All fragments after the offset table of the first Pixel Data element. */
static gen_buf fragments(const gen_buf *f)
{
    static const uint8_t head[12] = {0xe0, 0x7f, 0x10, 0x00, 'O',  'B',
                                     0,    0,    0xff, 0xff, 0xff, 0xff};
    gen_buf out = {0};
    size_t at = 0;
    while (at + 12 <= f->n && memcmp(f->p + at, head, 12) != 0)
        at++;
    at += 12;
    for (int i = 0; at + 8 <= f->n; i++) {
        uint32_t len = le32(f->p + at + 4);
        if (le32(f->p + at) != 0xe000fffe)
            break;
        if (len > f->n - at - 8)
            gen_die("broken output of dcmcjpeg");
        if (i > 0)
            gen_put(&out, f->p + at + 8, len);
        at += 8 + len;
    }
    if (!out.n)
        gen_die("no pixel data in the output of dcmcjpeg");
    return out;
}

bool gen_dcmcjpeg(gen_buf *out, const gen_image *img, int frame,
                  const char *option)
{
    gen_image one = *img;
    one.frames = 1;
    one.frame[0] = img->frame[frame];
    gen_set *ds = gen_header(GEN_SC, &gen_persons[0], &one, "scratch");
    gen_pixels_native(ds, &one, img->alloc > 8);
    gen_set *meta =
        gen_meta(gen_sop_class(GEN_SC), gen_uid("scratch"), GEN_TS_EXPLICIT);
    gen_buf in = gen_part10(meta, ds, GEN_TS_EXPLICIT);
    const char *a = scratch(".in"), *b = scratch(".out");
    gen_write_file(a, in.p, in.n);
    char *argv[16];
    int n = 0;
    argv[n++] = gen_format("dcmcjpeg");
    char *save = NULL;
    for (char *t = strtok_r(gen_format("%s", option), " ", &save); t && n < 12;
         t = strtok_r(NULL, " ", &save))
        argv[n++] = t;
    argv[n++] = gen_format("%s", a);
    argv[n++] = gen_format("%s", b);
    argv[n] = NULL;
    bool there = gen_run(argv);
    remove(a);
    if (!there)
        return false;
    gen_buf f = gen_read_file(b);
    remove(b);
    *out = fragments(&f);
    return true;
}

bool gen_htj2k(gen_buf *out, const gen_image *img, int frame, bool reversible,
               const char *order)
{
    const char *a = scratch(img->samples == 3 ? ".ppm" : ".pgm");
    const char *b = scratch(".j2c");
    gen_buf in = {0};
    const char *head = gen_format("P%d\n%d %d\n%d\n", img->samples == 3 ? 6 : 5,
                                  img->w, img->h, (1 << img->stored) - 1);
    gen_put(&in, head, strlen(head));
    const gen_buf *src = &img->frame[frame];
    for (size_t i = 0; i < src->n; i++)
        gen_put8(&in, src->p[img->alloc == 16 ? i ^ 1 : i]);
    gen_write_file(a, in.p, in.n);
    char *argv[] = {gen_format("ojph_compress"),
                    gen_format("-i"),
                    gen_format("%s", a),
                    gen_format("-o"),
                    gen_format("%s", b),
                    gen_format("-reversible"),
                    gen_format("%s", reversible ? "true" : "false"),
                    gen_format("-prog_order"),
                    gen_format("%s", order),
                    gen_format("-num_decomps"),
                    gen_format("4"),
                    NULL};
    bool there = gen_run(argv);
    remove(a);
    if (!there)
        return false;
    *out = gen_read_file(b);
    remove(b);
    return true;
}
