/* SPDX-License-Identifier: Apache-2.0
 *
 * JPEG of 8 bits: what edit promises, looked at with libjpeg directly. */
#include "jpeg_maker.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define UID50 "1.2.840.10008.1.2.4.50"

static const dsc_fill black = {{0, 0, 0}};

/* clang-format off */
#define S444 .hs = {1, 1, 1}, .vs = {1, 1, 1}
#define S422 .hs = {2, 1, 1}, .vs = {1, 1, 1}
#define S420 .hs = {2, 1, 1}, .vs = {2, 1, 1}
#define S411 .hs = {4, 1, 1}, .vs = {1, 1, 1}
#define S440 .hs = {1, 1, 1}, .vs = {2, 1, 1}
static jpeg_recipe recipes[] = {
    {"444", 65, 43, 3, S444},
    {"422", 65, 43, 3, S422},
    {"420", 65, 43, 3, S420},
    {"411", 131, 43, 3, S411},
    {"440", 65, 43, 3, S440},
    {"410", 131, 43, 3, .hs = {4, 1, 1}, .vs = {2, 1, 1}},
    {"mixed", 65, 43, 3, .hs = {2, 2, 1}, .vs = {2, 1, 2}},
    {"444 said as 2x1", 65, 43, 3, .hs = {2, 2, 2}, .vs = {1, 1, 1}},
    {"444 said as 2x2", 65, 43, 3, .hs = {2, 2, 2}, .vs = {2, 2, 2}, .separate = true},
    {"444 said as 1x2, restart", 65, 43, 3, .hs = {1, 1, 1}, .vs = {2, 2, 2}, .restart = 2, .optimise = true},
    {"fine chroma", 65, 43, 3, .hs = {1, 2, 2}, .vs = {1, 2, 2}},
    {"grey", 65, 43, 1, .hs = {1}, .vs = {1}},
    {"grey 2x2", 65, 43, 1, .hs = {2}, .vs = {2}},
    {"grey 4x1", 65, 43, 1, .hs = {4}, .vs = {1}},
    {"420 restart 1", 65, 43, 3, S420, .restart = 1},
    {"420 restart 3", 65, 43, 3, S420, .restart = 3},
    {"grey restart 4", 65, 43, 1, .hs = {1}, .vs = {1}, .restart = 4},
    {"grey 2x2 restart", 65, 43, 1, .hs = {2}, .vs = {2}, .restart = 3, .optimise = true},
    {"420 optimised", 65, 43, 3, S420, .optimise = true},
    {"444 optimised restart", 65, 43, 3, S444, .restart = 2, .optimise = true},
    {"grey optimised", 65, 43, 1, .hs = {1}, .vs = {1}, .optimise = true},
    {"420 flat optimised", 65, 43, 3, S420, .optimise = true, .flat = true},
    {"444 flat optimised restart", 65, 43, 3, S444, .optimise = true, .flat = true, .restart = 5},
    {"grey flat optimised", 65, 43, 1, .hs = {1}, .vs = {1}, .optimise = true, .flat = true},
    {"420 separate scans", 65, 43, 3, S420, .separate = true},
    {"422 separate optimised", 65, 43, 3, S422, .separate = true, .optimise = true, .restart = 7},
    {"420 progressive", 65, 43, 3, S420, .progressive = true},
    {"444 progressive", 65, 43, 3, S444, .progressive = true, .restart = 4},
    {"grey progressive", 65, 43, 1, .hs = {1}, .vs = {1}, .progressive = true},
    {"411 progressive", 131, 43, 3, S411, .progressive = true},
    {"420 progressive, DC cut", 65, 43, 3, S420, .cut_dc = true},
    {"grey 64 scans", 65, 43, 1, .hs = {1}, .vs = {1}, .many_scans = true},
    {"RGB", 65, 43, 3, S444, .rgb = true},
    {"RGB progressive", 65, 43, 3, S444, .rgb = true, .progressive = true},
    {"RGB bare", 65, 43, 3, S444, .rgb = true, .bare = true},
    {"YBR bare", 65, 43, 3, S420, .bare = true},
    {"with text segments", 65, 43, 3, S420, .comment = true},
    {"quality 1", 65, 43, 3, S420, .quality = 1},
    {"quality 100", 65, 43, 3, S420, .quality = 100},
    {"grey quality 100", 65, 43, 1, .hs = {1}, .vs = {1}, .quality = 100, .optimise = true},
    {"16-bit tables", 65, 43, 3, S420, .wide_tables = true},
    {"DC quantiser 3", 65, 43, 3, S444, .dc_quant = 3},
    {"DC quantiser 253", 65, 43, 3, S444, .dc_quant = 253},
    {"17x9", 17, 9, 3, S420},
    {"17x9 422", 17, 9, 3, S422, .progressive = true},
    {"17x9 grey", 17, 9, 1, .hs = {1}, .vs = {1}},
    {"1x1", 1, 1, 3, S420},
    {"1x1 grey", 1, 1, 1, .hs = {1}, .vs = {1}},
    {"1x1 411", 1, 1, 3, S411, .optimise = true},
    {"8x8", 8, 8, 3, S444},
    {"16x16 420", 16, 16, 3, S420},
    {"100x1", 100, 1, 3, S420, .restart = 2},
    {"1x100", 1, 100, 3, S422},
    {"444 neutral", 65, 43, 3, S444, .neutral = true},
    {"422 neutral", 65, 43, 3, S422, .neutral = true},
    {"420 neutral", 65, 43, 3, S420, .neutral = true},
    {"411 neutral", 131, 43, 3, S411, .neutral = true, .restart = 2},
    {"440 neutral", 65, 43, 3, S440, .neutral = true, .optimise = true},
    {"410 neutral", 131, 43, 3, .hs = {4, 1, 1}, .vs = {2, 1, 1}, .neutral = true},
    {"mixed neutral", 65, 43, 3, .hs = {2, 2, 1}, .vs = {2, 1, 2}, .neutral = true},
    {"fine chroma, neutral", 65, 43, 3, .hs = {1, 2, 2}, .vs = {1, 2, 2}, .neutral = true},
    {"420 neutral progressive", 65, 43, 3, S420, .neutral = true, .progressive = true},
    {"420 neutral separate restart", 65, 43, 3, S420, .neutral = true, .separate = true, .restart = 3},
    {"420 neutral optimised", 65, 43, 3, S420, .neutral = true, .optimise = true, .restart = 1},
    {"420 neutral bare, 16-bit", 65, 43, 3, S420, .neutral = true, .bare = true, .wide_tables = true},
    {"17x9 neutral", 17, 9, 3, S420, .neutral = true},
};
/* clang-format on */

/* Boxes of each round; they may stick out and overlap. */
typedef struct round {
    dsc_rect r[3];
    size_t n;
} round;
static const round rounds[] = {
    {{{20, 10, 11, 9}}, 1},
    {{{0, 0, 1, 1}}, 1},
    {{{16, 16, 16, 8}}, 1},
    {{{60, 40, 100, 100}}, 1},
    {{{-5, -5, 9, 9}, {30, 20, 4, 4}, {31, 22, 10, 3}}, 3},
    {{{0, 0, 1000, 1000}}, 1},
};

static const dsc_codec *jpeg(void)
{
    return dsc_codec_for(UID50);
}

static dsc_rects rects_of(const round *r)
{
    return (dsc_rects){(dsc_rect *)(uintptr_t)r->r, r->n, r->n};
}

/* What the stream can be changed by; free `whole`. */
static dsc_cells cells_of(dsc_bytes in, const dsc_format *fmt)
{
    dsc_cells c = {.columns = fmt->columns, .rows = fmt->rows};
    dsc_error err = DSC_ERROR_INIT;

    cr_assert_eq(jpeg()->cell(&c.w, &c.h, in, fmt, &err), DSC_OK);
    c.whole = calloc(dsc_cells_across(&c), dsc_cells_down(&c));
    cr_assert_not_null(c.whole);
    cr_assert_eq(jpeg()->parts(&c, in, fmt, &err), DSC_OK, "%s", err.msg);
    return c;
}

/* The same rectangles grown and clipped. */
static round grown(const round *r, const dsc_cells *c)
{
    round g = *r;
    for (size_t i = 0; i < r->n; i++)
        g.r[i] = dsc_rect_to_parts(r->r[i], c);
    return g;
}

static bool inside(const round *r, int x, int y)
{
    for (size_t i = 0; i < r->n; i++) {
        if (x >= r->r[i].x && x < r->r[i].x + r->r[i].w && y >= r->r[i].y &&
            y < r->r[i].y + r->r[i].h)
            return true;
    }
    return false;
}

/* Does any pixel of block (bx, by) of component c lie in a grown box? Boxes
 * are whole blocks, so one pixel decides, but for chroma without colour, where
 * it makes no difference; blocks wholly outside the image, in the last MCU,
 * take that of the nearest pixel. */
static bool block_inside(const jpeg_coefs *c, int comp, unsigned bx,
                         unsigned by, const round *g, const jpeg_recipe *j)
{
    unsigned x = bx * 8u * (unsigned)c->maxh / (unsigned)c->h[comp];
    unsigned y = by * 8u * (unsigned)c->maxv / (unsigned)c->v[comp];
    x = x < j->w ? x : j->w - 1;
    y = y < j->h ? y : j->h - 1;
    return inside(g, (int)x, (int)y);
}

static void check_block(const jpeg_coefs *now, const int16_t *p,
                        const int16_t *q, int comp, bool in,
                        const jpeg_recipe *j)
{
    bool chroma = comp > 0 && !j->rgb;

    if (!in) {
        cr_assert(!memcmp(p, q, 128), "%s: changed outside", j->name);
        return;
    }
    for (int k = 1; k < 64; k++)
        cr_assert_eq(q[k], 0, "%s: AC left inside", j->name);
    if (chroma)
        cr_assert_eq(q[0], 0, "%s: colour left inside", j->name);
    else
        cr_assert_leq(q[0] * now->quant[comp][0], -1024, "%s: DC %d", j->name,
                      q[0]);
}

static void check_coefs(dsc_bytes in, dsc_bytes out, const round *g,
                        const jpeg_recipe *j)
{
    jpeg_coefs a, b;

    jpeg_look(&a, in);
    jpeg_look(&b, out);
    cr_assert_eq(a.comps, b.comps);
    cr_assert_eq(a.restart, b.restart, "%s: restart interval", j->name);
    cr_assert_eq(a.progressive, b.progressive, "%s: process", j->name);
    cr_assert_eq(a.jfif, b.jfif, "%s: JFIF", j->name);
    cr_assert_eq(a.adobe, b.adobe, "%s: Adobe", j->name);
    cr_assert_eq(a.adobe_transform, b.adobe_transform);
    for (int c = 0; c < a.comps; c++) {
        cr_assert_eq(a.h[c], b.h[c]);
        cr_assert_eq(a.v[c], b.v[c]);
        cr_assert(!memcmp(a.quant[c], b.quant[c], sizeof a.quant[c]));
        for (unsigned y = 0; y < a.down[c]; y++) {
            for (unsigned x = 0; x < a.across[c]; x++) {
                size_t at = ((size_t)y * a.across[c] + x) * 64;
                check_block(&b, a.block[c] + at, b.block[c] + at, c,
                            block_inside(&a, c, x, y, g, j), j);
            }
        }
    }
    jpeg_look_free(&a);
    jpeg_look_free(&b);
}

/* Chroma upsampling may carry the neighbour's colour this far over the edge of
 * a box, in both directions. */
static int bleed(const jpeg_recipe *j)
{
    bool sub = false;
    for (int c = 0; c < j->comps; c++)
        sub |= j->hs[c] != j->hs[0] || j->vs[c] != j->vs[0];
    /* no colour; luma itself may be the coarse one */
    if (j->neutral && j->hs[0] >= j->hs[1] && j->vs[0] >= j->vs[1])
        return 0;
    return sub ? 2 : 0;
}

static bool all_inside(const round *g, int x, int y, int d,
                       const jpeg_recipe *j)
{
    for (int yy = y - d; yy <= y + d; yy++) {
        for (int xx = x - d; xx <= x + d; xx++) {
            if (xx >= 0 && yy >= 0 && xx < (int)j->w && yy < (int)j->h &&
                !inside(g, xx, yy))
                return false;
        }
    }
    return true;
}

static bool any_inside(const round *g, int x, int y, int d)
{
    for (int yy = y - d; yy <= y + d; yy++) {
        for (int xx = x - d; xx <= x + d; xx++) {
            if (inside(g, xx, yy))
                return true;
        }
    }
    return false;
}

static void check_pixels(const dsc_frame *a, const dsc_frame *b, const round *g,
                         const jpeg_recipe *j)
{
    int d = bleed(j);
    size_t n = (size_t)j->comps;

    for (int y = 0; y < (int)j->h; y++) {
        for (int x = 0; x < (int)j->w; x++) {
            size_t at = ((size_t)y * j->w + (size_t)x) * n;
            if (all_inside(g, x, y, d, j)) {
                for (size_t i = 0; i < n; i++)
                    cr_assert_eq(b->data[at + i], 0, "%s: %d,%d is %d", j->name,
                                 x, y, b->data[at + i]);
            } else if (!any_inside(g, x, y, d)) {
                cr_assert(!memcmp(a->data + at, b->data + at, n),
                          "%s: %d,%d outside changed", j->name, x, y);
            }
        }
    }
}

static void check_proof(dsc_bytes in, dsc_bytes out, const dsc_format *fmt,
                        const dsc_rects *rects, const jpeg_recipe *j)
{
    dsc_error err = DSC_ERROR_INIT;
    dsc_rects none = {0};
    bool yes;

    cr_assert_eq(jpeg()->same_outside(&yes, in, out, fmt, rects, &err), DSC_OK,
                 "%s", err.msg);
    cr_assert(yes, "%s: not the same outside", j->name);
    cr_assert_eq(jpeg()->is_blank(&yes, out, fmt, rects, &err), DSC_OK);
    cr_assert(yes, "%s: not blank", j->name);
    cr_assert_eq(jpeg()->same_outside(&yes, in, out, fmt, &none, &err), DSC_OK);
    cr_assert(!yes, "%s: nothing changed", j->name);
    if (j->w * j->h > 1 && !j->flat && j->quality != 1) {
        cr_assert_eq(jpeg()->is_blank(&yes, in, fmt, rects, &err), DSC_OK);
        cr_assert(!yes, "%s: the source passes for blank", j->name);
    }
}

/* The making of the stream is kept: kind of frame header, number of scans. */
static void check_making(dsc_bytes in, dsc_bytes out, const jpeg_recipe *j)
{
    for (uint8_t m = 0xC0; m <= 0xC2; m++)
        cr_assert_eq(jpeg_count_markers(in, m), jpeg_count_markers(out, m),
                     "%s: frame header", j->name);
    if (!j->cut_dc)
        cr_assert_eq(jpeg_count_markers(in, 0xDA),
                     jpeg_count_markers(out, 0xDA), "%s: scans", j->name);
    cr_assert_eq(jpeg_count_markers(out, 0xFE), 0);
    cr_assert_eq(jpeg_count_markers(out, 0xE1), 0);
    cr_assert_eq(jpeg_count_markers(out, 0xE5), 0);
    cr_assert_leq(jpeg_count_markers(out, 0xE0), 1);
    cr_assert_leq(jpeg_count_markers(out, 0xEE), 1);
    cr_assert(!memmem(out.data, out.len, "DOE", 3), "%s: text kept", j->name);
    cr_assert(!memmem(out.data, out.len, "\xAB\xAB\xAB\xAB", 4),
              "%s: thumbnail kept", j->name);
}

static void edit_round(const jpeg_recipe *j, const round *r)
{
    dsc_buf in = {0}, out = {0};
    dsc_format fmt = jpeg_format(j);
    dsc_frame a = {0}, b = {0};
    dsc_error err = DSC_ERROR_INIT;
    dsc_rects rects;
    dsc_cells c;
    round g;

    jpeg_make(&in, j);
    c = cells_of(bytes_of(&in), &fmt);
    g = grown(r, &c);
    rects = rects_of(&g);
    if (dsc_rects_covered(&rects, (dsc_rect){0, 0, (int)j->w, (int)j->h}) == 0)
        goto done;
    cr_assert_eq(jpeg()->edit(&out, bytes_of(&in), &fmt, &rects, &black, &err),
                 DSC_OK, "%s: %s", j->name, err.msg);
    check_coefs(bytes_of(&in), bytes_of(&out), &g, j);
    check_making(bytes_of(&in), bytes_of(&out), j);
    check_proof(bytes_of(&in), bytes_of(&out), &fmt, &rects, j);
    cr_assert_eq(jpeg()->decode(&a, bytes_of(&in), &fmt, &err), DSC_OK);
    cr_assert_eq(jpeg()->decode(&b, bytes_of(&out), &fmt, &err), DSC_OK, "%s",
                 err.msg);
    cr_assert_eq(b.fmt.photometric, j->comps == 1 ? DSC_MONOCHROME2 : DSC_RGB);
    check_pixels(&a, &b, &g, j);
done:
    free(c.whole);
    dsc_buf_free(&in);
    dsc_buf_free(&out);
    dsc_frame_free(&a);
    dsc_frame_free(&b);
}

ParameterizedTestParameters(jpeg, edit)
{
    return cr_make_param_array(jpeg_recipe, recipes,
                               sizeof recipes / sizeof *recipes);
}

ParameterizedTest(jpeg_recipe *j, jpeg, edit)
{
    for (size_t i = 0; i < sizeof rounds / sizeof *rounds; i++)
        edit_round(j, &rounds[i]);
}

static void expect_cell(jpeg_recipe j, uint32_t w, uint32_t h)
{
    dsc_buf in = {0};
    dsc_format fmt = jpeg_format(&j);
    dsc_error err = DSC_ERROR_INIT;
    uint32_t cw, ch;

    jpeg_make(&in, &j);
    cr_assert_eq(jpeg()->cell(&cw, &ch, bytes_of(&in), &fmt, &err), DSC_OK);
    cr_assert(cw == w && ch == h, "%s: %u x %u", j.name, cw, ch);
    dsc_buf_free(&in);
}

Test(jpeg, cell_is_the_smallest_that_is_whole_in_every_component)
{
    expect_cell((jpeg_recipe){"444", 40, 40, 3, S444}, 8, 8);
    expect_cell((jpeg_recipe){"422", 40, 40, 3, S422}, 16, 8);
    expect_cell((jpeg_recipe){"420", 40, 40, 3, S420}, 16, 16);
    expect_cell((jpeg_recipe){"411", 40, 40, 3, S411}, 32, 8);
    expect_cell((jpeg_recipe){"440", 40, 40, 3, S440}, 8, 16);
    expect_cell(
        (jpeg_recipe){"2x1", 40, 40, 3, .hs = {2, 2, 2}, .vs = {1, 1, 1}}, 8,
        8);
    expect_cell((jpeg_recipe){"grey", 40, 40, 1, .hs = {1}, .vs = {1}}, 8, 8);
    expect_cell((jpeg_recipe){"grey 2x2", 40, 40, 1, .hs = {2}, .vs = {2}}, 8,
                8);
    expect_cell(
        (jpeg_recipe){"mixed", 40, 40, 3, .hs = {2, 2, 1}, .vs = {2, 1, 2}}, 16,
        16);
}

/* ---- parts of cells ---- */

static size_t count_whole(const dsc_cells *c)
{
    size_t n = 0;

    for (size_t i = 0; i < dsc_cells_across(c) * dsc_cells_down(c); i++)
        n += c->whole[i];
    return n;
}

static void expect_parts(jpeg_recipe j, bool some)
{
    dsc_buf in = {0};
    dsc_format fmt = jpeg_format(&j);
    dsc_cells c;

    jpeg_make(&in, &j);
    c = cells_of(bytes_of(&in), &fmt);
    cr_expect_eq(count_whole(&c),
                 some ? 0 : dsc_cells_across(&c) * dsc_cells_down(&c), "%s",
                 j.name);
    cr_expect(!some || (c.part_w == 8 && c.part_h == 8));
    free(c.whole);
    dsc_buf_free(&in);
}

Test(jpeg, only_cells_without_colour_have_parts)
{
    expect_parts((jpeg_recipe){"420", 70, 50, 3, S420}, false);
    expect_parts((jpeg_recipe){"422", 70, 50, 3, S422}, false);
    expect_parts((jpeg_recipe){"flat", 70, 50, 3, S420, .flat = true}, false);
    expect_parts((jpeg_recipe){"RGB", 70, 50, 3, S420, .rgb = true}, false);
    expect_parts((jpeg_recipe){"grey", 70, 50, 1, .hs = {1}, .vs = {1}}, false);
    expect_parts((jpeg_recipe){"444", 70, 50, 3, S444, .neutral = true}, false);
    expect_parts((jpeg_recipe){"fine chroma", 70, 50, 3, .hs = {1, 2, 2},
                               .vs = {1, 2, 2}, .neutral = true},
                 false);
    expect_parts((jpeg_recipe){"420", 70, 50, 3, S420, .neutral = true}, true);
    expect_parts((jpeg_recipe){"422", 70, 50, 3, S422, .neutral = true}, true);
    expect_parts((jpeg_recipe){"411", 70, 50, 3, S411, .neutral = true}, true);
}

/* One coefficient of chroma is colour: text of the same luma as its paper, a
 * tint. What stands beside it in its cell goes too; all else stays. */
static void expect_whole(jpeg_recipe j, int comp, unsigned bx, unsigned by,
                         int k, int delta)
{
    dsc_buf grey = {0}, in = {0}, out = {0};
    dsc_format fmt = jpeg_format(&j);
    dsc_error err = DSC_ERROR_INIT;
    bool same = false, blank = false;
    dsc_cells c;
    dsc_rects rects;
    dsc_rect cell;
    round g;

    jpeg_make(&grey, &j);
    jpeg_alter(&in, bytes_of(&grey), comp, bx, by, k, delta);
    c = cells_of(bytes_of(&in), &fmt);
    cr_assert_eq(count_whole(&c), 1);
    cr_assert(c.whole[by * dsc_cells_across(&c) + bx]);
    cell = (dsc_rect){(int32_t)(bx * c.w), (int32_t)(by * c.h), (int32_t)c.w,
                      (int32_t)c.h};
    /* a pixel of the cell's first block, and of the cell to its right */
    g = grown(&(round){{{cell.x + 1, cell.y + 1, 1, 1},
                        {cell.x + cell.w, cell.y, 1, 1}},
                       2},
              &c);
    cr_assert(!memcmp(&g.r[0], &cell, sizeof cell), "%s", j.name);
    cr_assert(g.r[1].w == 8 && g.r[1].h == 8);
    rects = rects_of(&g);
    cr_assert_eq(jpeg()->edit(&out, bytes_of(&in), &fmt, &rects, &black, &err),
                 DSC_OK, "%s", err.msg);
    check_coefs(bytes_of(&in), bytes_of(&out), &g, &j);
    check_proof(bytes_of(&in), bytes_of(&out), &fmt, &rects, &j);
    /* what is not grown: nothing is left in it, and the proof sees the rest */
    g.r[0] = (dsc_rect){cell.x, cell.y, 8, 8};
    cr_assert_eq(jpeg()->edit(&out, bytes_of(&in), &fmt, &rects, &black, &err),
                 DSC_OK);
    cr_assert_eq(jpeg()->is_blank(&blank, bytes_of(&out), &fmt, &rects, &err),
                 DSC_OK);
    cr_assert(blank);
    cr_assert_eq(jpeg()->same_outside(&same, bytes_of(&in), bytes_of(&out),
                                      &fmt, &rects, &err),
                 DSC_OK);
    cr_assert(!same, "%s: colour beside the box went unseen", j.name);
    free(c.whole);
    dsc_buf_free(&grey);
    dsc_buf_free(&in);
    dsc_buf_free(&out);
}

Test(jpeg, colour_keeps_a_cell_whole)
{
    static const jpeg_recipe made[] = {
        {"420", 100, 60, 3, S420, .neutral = true},
        {"422", 100, 60, 3, S422, .neutral = true, .restart = 2},
        {"411", 160, 60, 3, S411, .neutral = true, .optimise = true},
        {"440", 100, 60, 3, S440, .neutral = true, .progressive = true},
    };

    for (size_t i = 0; i < sizeof made / sizeof *made; i++)
        for (int comp = 1; comp <= 2; comp++) {
            expect_whole(made[i], comp, 2, 1, 0, 1);
            expect_whole(made[i], comp, 0, 2, 0, -1);
            expect_whole(made[i], comp, 1, 0, 1, 3);
            expect_whole(made[i], comp, 2, 2, 63, -1);
        }
}

/* ---- other programs ---- */

static int run(const char *const argv[])
{
    int status = -1;
    pid_t pid = fork();

    if (pid == 0) {
        execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Test(jpeg, other_programs_read_the_result)
{
    const char *version[] = {"djpeg", "-version", NULL};

    if (run(version) == 127)
        cr_skip("djpeg is not installed");
    for (size_t i = 0; i < sizeof recipes / sizeof *recipes; i++) {
        char path[] = "/tmp/dsc_jpeg_XXXXXX";
        const char *djpeg[] = {"djpeg",     "-strict", "-outfile",
                               "/dev/null", path,      NULL};
        const char *tran[] = {"jpegtran",  "-strict", "-outfile",
                              "/dev/null", path,      NULL};
        dsc_buf in = {0}, out = {0};
        dsc_format fmt = jpeg_format(&recipes[i]);
        dsc_rects rects = rects_of(&rounds[2]);
        dsc_error err = DSC_ERROR_INIT;
        int fd = mkstemp(path);

        cr_assert_geq(fd, 0);
        jpeg_make(&in, &recipes[i]);
        cr_assert_eq(
            jpeg()->edit(&out, bytes_of(&in), &fmt, &rects, &black, &err),
            DSC_OK);
        cr_assert_eq(write(fd, out.data, out.len), (ssize_t)out.len);
        close(fd);
        cr_expect_eq(run(djpeg), 0, "%s", recipes[i].name);
        /* jpegtran wants to interleave, which not every sampling allows */
        if (!recipes[i].separate)
            cr_expect_eq(run(tran), 0, "%s", recipes[i].name);
        unlink(path);
        dsc_buf_free(&in);
        dsc_buf_free(&out);
    }
}

/* ---- Huffman tables ---- */

/* Which symbols have codes: the sum over all tables, and set[class << 12 | id
 * << 8 | symbol]. */
static unsigned table_codes(dsc_bytes in, bool set[8192])
{
    unsigned sum = 0;

    memset(set, 0, 8192);
    for (size_t i = 2; i + 4 < in.len && in.data[i + 1] != 0xDA;) {
        size_t end = i + 2 + ((size_t)in.data[i + 2] << 8 | in.data[i + 3]);
        size_t p = in.data[i + 1] == 0xC4 ? i + 4 : end;
        while (p < end) {
            unsigned n = 0, table = in.data[p] & 0x1Fu;
            for (unsigned k = 1; k <= 16; k++)
                n += in.data[p + k];
            for (unsigned k = 0; k < n; k++)
                set[table << 8 | in.data[p + 17 + k]] = true;
            sum += n;
            p += 17 + n;
        }
        i = end;
    }
    return sum;
}

/* A stream keeps its tables, and gets the codes that only the blank blocks
 * need. The box is at the start, so that tables made anew would lack the code
 * of the first block. */
Test(jpeg, optimised_tables_are_completed)
{
    static const jpeg_recipe made[] = {
        {"grey flat", 65, 43, 1, .hs = {1}, .vs = {1}, .optimise = true,
         .flat = true},
        {"444 flat", 65, 43, 3, S444, .optimise = true, .flat = true},
        {"420 flat", 65, 43, 3, S420, .optimise = true, .flat = true},
        {"422 fine", 65, 43, 3, S422, .optimise = true, .quality = 100},
    };
    static bool before[8192], after[8192];
    round box = {{{0, 0, 16, 16}}, 1};

    for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
        const jpeg_recipe *j = &made[i];
        dsc_rects rects = rects_of(&box);
        dsc_format fmt = jpeg_format(j);
        dsc_buf in = {0}, out = {0};
        unsigned had, has, lost = 0;
        jpeg_make(&in, j);
        cr_assert_eq(
            jpeg()->edit(&out, bytes_of(&in), &fmt, &rects, &black, NULL),
            DSC_OK);
        had = table_codes(bytes_of(&in), before);
        has = table_codes(bytes_of(&out), after);
        for (size_t k = 0; k < 8192; k++)
            lost += before[k] && !after[k];
        cr_assert_eq(lost, 0, "%s: %u codes lost", j->name, lost);
        cr_assert(!j->flat || has > had, "%s: %u codes, %u before", j->name,
                  has, had);
        dsc_buf_free(&in);
        dsc_buf_free(&out);
    }
}
