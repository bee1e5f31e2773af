/* SPDX-License-Identifier: Apache-2.0
 *
 * JPEG in colour, made clear to be read: clearer where brightness tells of the
 * colour, as strong where it does not, and a picture of the same stream. */
#include "jpeg_maker.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of no whole number of tiles, which are of 128 samples of chroma. */
enum {
    W = 300,
    H = 171
};

typedef struct ycc {
    uint8_t y, cb, cr;
} ycc;

typedef struct picture {
    ycc at[H][W];
    bool ink[H][W];
} picture;

static const struct sampling {
    const char *name;
    int h, v, quality;
} samplings[] = {
    {"4:2:0, 75", 2, 2, 75}, {"4:2:0, 90", 2, 2, 90}, {"4:2:2, 80", 2, 1, 80},
    {"4:4:4, 85", 1, 1, 85}, {"4:4:0, 85", 1, 2, 85}, {"4:1:1, 85", 4, 1, 85},
};
enum {
    SAMPLINGS = sizeof samplings / sizeof *samplings
};

static const dsc_codec *jpeg(void)
{
    return dsc_codec_for("1.2.840.10008.1.2.4.50");
}

/* Letters of 5 x 7 dots, a dot `size` pixels wide. */
static void write_text(picture *p, int left, int top, int size, ycc colour)
{
    static const char *const rows[7] = {
        "# # ### #   ##  # # ###", "# # #   #   # # # # #  ",
        "# # #   #   # # # # #  ", "### ##  #   ##  # # ## ",
        "# # #   #   #   # # #  ", "# # #   #   #   # # #  ",
        "# # ### ### #    #  ###",
    };

    for (int y = 0; y < 7 * size; y++)
        for (int x = 0; x < 23 * size; x++)
            if (rows[y / size][x / size] == '#') {
                p->at[top + y][left + x] = colour;
                p->ink[top + y][left + x] = true;
            }
}

static picture *blank_picture(ycc ground)
{
    picture *p = calloc(1, sizeof *p);

    cr_assert_not_null(p);
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            p->at[y][x] = ground;
    return p;
}

/* Coloured labels, line below line. */
static picture *console(ycc ground, ycc first, ycc second)
{
    picture *p = blank_picture(ground);

    for (int line = 0; line < 8; line++) {
        int size = 1 + line % 3;
        write_text(p, 10 + line, 4 + 20 * line, size, first);
        write_text(p, 150 + line, 4 + 20 * line, size, second);
    }
    return p;
}

typedef struct decoded {
    dsc_frame plain, clear;
} decoded;

static jpeg_recipe recipe_of(const struct sampling *s, const picture *p)
{
    return (jpeg_recipe){.w = W,
                         .h = H,
                         .comps = 3,
                         .hs = {s->h, 1, 1},
                         .vs = {s->v, 1, 1},
                         .quality = s->quality,
                         .picture = &p->at[0][0].y};
}

static decoded decode_both(const struct sampling *s, const picture *p)
{
    jpeg_recipe j = recipe_of(s, p);
    dsc_format fmt = jpeg_format(&j);
    dsc_error err = DSC_ERROR_INIT;
    dsc_buf in = {0};
    decoded d = {0};

    jpeg_make(&in, &j);
    cr_assert_eq(jpeg()->decode(&d.plain, bytes_of(&in), &fmt, &err), DSC_OK);
    cr_assert_eq(jpeg()->decode(&d.clear, bytes_of(&in), &fmt, &err), DSC_OK);
    cr_assert_eq(jpeg()->clear(&d.clear, bytes_of(&in), &fmt, &err), DSC_OK,
                 "%s", err.msg);
    dsc_buf_free(&in);
    return d;
}

static void free_both(decoded *d)
{
    dsc_frame_free(&d->plain);
    dsc_frame_free(&d->clear);
}

static void rgb_of(ycc c, double *rgb)
{
    rgb[0] = c.y + 1.402 * (c.cr - 128);
    rgb[1] = c.y - 0.344136 * (c.cb - 128) - 0.714136 * (c.cr - 128);
    rgb[2] = c.y + 1.772 * (c.cb - 128);
}

/* Mean square of what differs from the picture that was encoded. */
static double error_of(const dsc_frame *f, const picture *p)
{
    double sum = 0;

    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            double rgb[3];
            rgb_of(p->at[y][x], rgb);
            for (int c = 0; c < 3; c++) {
                double off = f->data[(y * W + x) * 3 + c] - rgb[c];
                sum += off * off;
            }
        }
    return sum / (W * H * 3);
}

/* How far apart ink and ground are along the line between their colours. */
static double contrast_of(const dsc_frame *f, const picture *p, ycc ground,
                          ycc ink)
{
    double from[3], to[3], sum[2] = {0};
    int count[2] = {0};

    rgb_of(ground, from);
    rgb_of(ink, to);
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            const uint8_t *v = f->data + (y * W + x) * 3;
            for (int c = 0; c < 3; c++)
                sum[p->ink[y][x]] += v[c] * (to[c] - from[c]);
            count[p->ink[y][x]]++;
        }
    return sum[1] / count[1] - sum[0] / count[0];
}

Test(jpeg_clear, coloured_letters_get_their_edges_back)
{
    static const ycc grounds[] = {{20, 128, 128}, {40, 150, 120}};
    static const ycc inks[] = {{170, 60, 170}, {200, 150, 80}, {90, 190, 110}};

    for (size_t s = 0; s < SAMPLINGS; s++)
        for (size_t g = 0; g < 2; g++) {
            picture *p =
                console(grounds[g], inks[(s + g) % 3], inks[(s + g + 1) % 3]);
            decoded d = decode_both(&samplings[s], p);
            double plain = error_of(&d.plain, p), clear = error_of(&d.clear, p);

            /* a third of the error where chroma is coarse */
            cr_assert_lt(clear *
                             (samplings[s].h * samplings[s].v > 1 ? 3 : 1.5),
                         plain, "%s on %zu: %.1f, decode %.1f",
                         samplings[s].name, g, clear, plain);
            free_both(&d);
            free(p);
        }
}

Test(jpeg_clear, what_only_hue_shows_stays_as_strong)
{
    static const ycc grounds[] = {{90, 108, 150}, {120, 150, 110}};
    static const ycc inks[] = {{90, 150, 100}, {120, 130, 160}};

    for (size_t s = 0; s < SAMPLINGS; s++)
        for (size_t k = 0; k < 4; k++) {
            ycc ground = grounds[k % 2], ink = inks[k % 2];
            picture *p = blank_picture(ground);
            decoded d;

            for (int line = 0; line < 8; line++)
                write_text(p, 10 + 3 * line, 2 + 21 * line, 1 + line % 3, ink);
            if (k >= 2) /* beside and across a bright label */
                for (int line = 0; line < 8; line++) {
                    picture *label = blank_picture(ground);
                    write_text(label, 40 + line, 5 + 21 * line, 2, ground);
                    for (int y = 0; y < H; y++)
                        for (int x = 0; x < W; x++)
                            if (label->ink[y][x] && !p->ink[y][x])
                                p->at[y][x] = (ycc){220, 70, 140};
                    free(label);
                }
            d = decode_both(&samplings[s], p);
            cr_assert_geq(contrast_of(&d.clear, p, ground, ink),
                          (samplings[s].h < 4 ? 0.9 : 0.85) *
                              contrast_of(&d.plain, p, ground, ink),
                          "%s, %zu: %.1f, decode %.1f", samplings[s].name, k,
                          contrast_of(&d.clear, p, ground, ink),
                          contrast_of(&d.plain, p, ground, ink));
            free_both(&d);
            free(p);
        }
}

/* Without colour there is nothing to clear. */
Test(jpeg_clear, grey_stays_as_it_is)
{
    for (size_t s = 0; s < SAMPLINGS; s++) {
        picture *p = console((ycc){30, 128, 128}, (ycc){200, 128, 128},
                             (ycc){120, 128, 128});
        decoded d = decode_both(&samplings[s], p);

        cr_assert(!memcmp(d.plain.data, d.clear.data, d.plain.size), "%s",
                  samplings[s].name);
        free_both(&d);
        free(p);
    }
}

Test(jpeg_clear, grain_of_luma_does_not_come_through)
{
    static const int grains[] = {8, 25};

    for (size_t s = 0; s < SAMPLINGS; s++)
        for (size_t g = 0; g < 2; g++) {
            picture *p = console((ycc){110, 129, 160}, (ycc){140, 70, 180},
                                 (ycc){100, 150, 100});
            uint32_t seed = 7;
            decoded d;

            for (int y = 0; y < H; y++)
                for (int x = 0; x < W; x++) {
                    seed = seed * 1664525u + 1013904223u;
                    p->at[y][x].y =
                        (uint8_t)(p->at[y][x].y - grains[g] +
                                  (int)((seed >> 16) %
                                        (2u * (unsigned)grains[g] + 1u)));
                }
            d = decode_both(&samplings[s], p);
            /* a compression makes fine grain flat here and there */
            if (grains[g] == 25)
                cr_assert(!memcmp(d.plain.data, d.clear.data, d.plain.size),
                          "%s", samplings[s].name);
            cr_assert_leq(error_of(&d.clear, p), 1.1 * error_of(&d.plain, p),
                          "%s", samplings[s].name);
            free_both(&d);
            free(p);
        }
}

/* The chroma of a block of a picture in 4:4:4. */
static void chroma_coefs(const dsc_frame *f, int comp, int left, int top,
                         double *out)
{
    double samples[64];

    for (int i = 0; i < 64; i++) {
        const uint8_t *v = f->data + ((top + i / 8) * W + left + i % 8) * 3;
        double y = 0.299 * v[0] + 0.587 * v[1] + 0.114 * v[2];
        samples[i] = comp == 1 ? (v[2] - y) / 1.772 : (v[0] - y) / 1.402;
    }
    for (int v = 0; v < 8; v++)
        for (int u = 0; u < 8; u++) {
            double sum = 0;
            for (int i = 0; i < 64; i++)
                sum += samples[i] * cos((2 * (i % 8) + 1) * u * M_PI / 16) *
                       cos((2 * (i / 8) + 1) * v * M_PI / 16);
            out[v * 8 + u] =
                sum / 4 * (u ? 1 : sqrt(0.5)) * (v ? 1 : sqrt(0.5));
        }
}

/* In the middle of levels, so that no sample is cut off. */
Test(jpeg_clear, no_coefficient_is_a_step_off)
{
    const struct sampling s = {"4:4:4, 70", 1, 1, 70};
    picture *p = console((ycc){110, 128, 128}, (ycc){150, 110, 140},
                         (ycc){135, 140, 120});
    jpeg_recipe j = recipe_of(&s, p);
    decoded d = decode_both(&s, p);
    dsc_buf in = {0};
    jpeg_coefs stored;
    int moved = 0;

    jpeg_make(&in, &j);
    jpeg_look(&stored, bytes_of(&in));
    for (int c = 1; c < 3; c++)
        for (int y = 0; y + 8 <= H; y += 8)
            for (int x = 0; x + 8 <= W; x += 8) {
                const int16_t *k =
                    stored.block[c] +
                    ((size_t)(y / 8) * stored.across[c] + (size_t)(x / 8)) * 64;
                double now[64];
                chroma_coefs(&d.clear, c, x, y, now);
                for (int i = 0; i < 64; i++) {
                    double off = fabs(now[i] - k[i] * stored.quant[c][i]);
                    /* and what rounding to levels adds */
                    cr_assert_leq(off, stored.quant[c][i] + 4.0,
                                  "component %d at %d,%d: %d is %.1f off", c, x,
                                  y, i, off);
                    moved += off > 8.0;
                }
            }
    cr_assert_gt(moved, 100, "only %d moved", moved);
    jpeg_look_free(&stored);
    dsc_buf_free(&in);
    free_both(&d);
    free(p);
}

Test(jpeg_clear, other_streams_are_left_alone)
{
    jpeg_recipe recipes[] = {
        {"grey", 65, 43, 1, .hs = {1}, .vs = {1}},
        {"RGB", 65, 43, 3, .hs = {1, 1, 1}, .vs = {1, 1, 1}, .rgb = true},
        {"coarse luma", 65, 43, 3, .hs = {1, 2, 2}, .vs = {1, 2, 2}},
        {"two resolutions", 65, 43, 3, .hs = {2, 2, 1}, .vs = {2, 1, 2}},
        {"4:4:4, 100", 65, 43, 3, .hs = {1, 1, 1}, .vs = {1, 1, 1},
         .quality = 100},
    };

    for (size_t i = 0; i < sizeof recipes / sizeof *recipes; i++) {
        dsc_format fmt = jpeg_format(&recipes[i]);
        dsc_frame plain = {0}, clear = {0};
        dsc_buf in = {0};

        jpeg_make(&in, &recipes[i]);
        cr_assert_eq(jpeg()->decode(&plain, bytes_of(&in), &fmt, NULL), DSC_OK);
        cr_assert_eq(jpeg()->decode(&clear, bytes_of(&in), &fmt, NULL), DSC_OK);
        cr_assert_eq(jpeg()->clear(&clear, bytes_of(&in), &fmt, NULL), DSC_OK);
        cr_assert(!memcmp(plain.data, clear.data, plain.size), "%s",
                  recipes[i].name);
        dsc_frame_free(&plain);
        dsc_frame_free(&clear);
        dsc_buf_free(&in);
    }
}

Test(jpeg_clear, any_size_and_process)
{
    jpeg_recipe recipes[] = {
        {"1x1", 1, 1, 3, .hs = {2, 1, 1}, .vs = {2, 1, 1}},
        {"100x1", 100, 1, 3, .hs = {2, 1, 1}, .vs = {2, 1, 1}},
        {"1x100", 1, 100, 3, .hs = {4, 1, 1}, .vs = {1, 1, 1}},
        {"256x256", 256, 256, 3, .hs = {2, 1, 1}, .vs = {2, 1, 1}},
        {"257x129", 257, 129, 3, .hs = {1, 1, 1}, .vs = {1, 1, 1}},
        {"progressive", 65, 43, 3, .hs = {2, 1, 1}, .vs = {2, 1, 1},
         .progressive = true},
        {"said as 2x2", 65, 43, 3, .hs = {2, 2, 2}, .vs = {2, 2, 2},
         .separate = true},
        {"quality 1", 65, 43, 3, .hs = {2, 1, 1}, .vs = {2, 1, 1},
         .quality = 1},
        {"quality 100", 65, 43, 3, .hs = {2, 1, 1}, .vs = {1, 1, 1},
         .quality = 100},
        {"16-bit tables", 65, 43, 3, .hs = {2, 1, 1}, .vs = {1, 1, 1},
         .wide_tables = true},
    };

    for (size_t i = 0; i < sizeof recipes / sizeof *recipes; i++) {
        dsc_format fmt = jpeg_format(&recipes[i]);
        dsc_error err = DSC_ERROR_INIT;
        dsc_frame a = {0}, b = {0};
        dsc_buf in = {0};

        jpeg_make(&in, &recipes[i]);
        cr_assert_eq(jpeg()->decode(&a, bytes_of(&in), &fmt, &err), DSC_OK);
        cr_assert_eq(jpeg()->decode(&b, bytes_of(&in), &fmt, &err), DSC_OK);
        cr_assert_eq(jpeg()->clear(&a, bytes_of(&in), &fmt, &err), DSC_OK,
                     "%s: %s", recipes[i].name, err.msg);
        cr_assert_eq(jpeg()->clear(&b, bytes_of(&in), &fmt, &err), DSC_OK);
        cr_assert_eq(a.size, (size_t)recipes[i].w * recipes[i].h * 3);
        cr_assert(!memcmp(a.data, b.data, a.size));
        dsc_frame_free(&a);
        dsc_frame_free(&b);
        dsc_buf_free(&in);
    }
}

Test(jpeg_clear, broken_streams)
{
    jpeg_recipe j = {"420", 65, 43, 3, .hs = {2, 1, 1}, .vs = {2, 1, 1}};
    dsc_format fmt = jpeg_format(&j);
    dsc_frame frame = {0};
    dsc_buf in = {0};

    jpeg_make(&in, &j);
    cr_assert_eq(jpeg()->decode(&frame, bytes_of(&in), &fmt, NULL), DSC_OK);
    for (size_t n = 0; n < in.len; n += 1 + n / 64) {
        dsc_frame other = {0};
        dsc_bytes cut = {in.data, n};

        cr_assert_eq(jpeg()->clear(&frame, cut, &fmt, NULL),
                     jpeg()->decode(&other, cut, &fmt, NULL), "%zu bytes", n);
    }
    for (size_t n = 2; n < in.len; n += 3) {
        dsc_frame other = {0};
        dsc_error err = DSC_ERROR_INIT;
        uint8_t was = in.data[n];

        in.data[n] = (uint8_t)(was ^ 0x5A);
        if (jpeg()->decode(&other, bytes_of(&in), &fmt, NULL))
            cr_assert(jpeg()->clear(&frame, bytes_of(&in), &fmt, &err),
                      "byte %zu", n);
        in.data[n] = was;
        dsc_frame_free(&other);
    }
    dsc_frame_free(&frame);
    dsc_buf_free(&in);
}

Test(jpeg_clear, out_of_memory)
{
    jpeg_recipe j = {"420", 40, 40, 3, .hs = {2, 1, 1}, .vs = {2, 1, 1}};
    dsc_format fmt = jpeg_format(&j);
    dsc_frame frame = {0};
    dsc_buf in = {0};
    int failed = 0;

    jpeg_make(&in, &j);
    cr_assert_eq(jpeg()->decode(&frame, bytes_of(&in), &fmt, NULL), DSC_OK);
    for (unsigned long n = 1; n < 9; n++) {
        dsc_status st;

        dsc_alloc_fail_after(n);
        st = jpeg()->clear(&frame, bytes_of(&in), &fmt, NULL);
        dsc_alloc_fail_after(0);
        cr_assert(st == DSC_OK || st == DSC_NOMEM);
        failed += st == DSC_NOMEM;
    }
    cr_assert_geq(failed, 2);
    dsc_frame_free(&frame);
    dsc_buf_free(&in);
}
