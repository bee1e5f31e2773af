/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/net_mask.h"

#include <string.h>

#define FAINTEST 3

/* Text is looked for up to 4 cells, 16 pixels of the plane, from a difference
 * of some levels: strokes and the gaps between words are not wider where they
 * are not seen in the halved plane. Steps that together reach every cell so
 * far, beside the plane's edge too, where what goes out does not come back. */
static const uint32_t reach[] = {1, 2, 1};

static uint16_t *row_of(const dsc_net_masks *m, uint32_t mask, uint32_t y)
{
    return m->words + ((size_t)mask * m->rows + y) * m->blocks;
}

uint16_t *dsc_net_needed(const dsc_net_masks *m, uint32_t i, uint32_t y)
{
    return row_of(m, 2 * i, y);
}

uint16_t *dsc_net_busy(const dsc_net_masks *m, uint32_t i, uint32_t y)
{
    return row_of(m, 2 * i + 1, y);
}

dsc_status dsc_net_masks_shape(dsc_net_masks *m, uint32_t layers, uint32_t w4,
                               uint32_t h4, dsc_error *err)
{
    uint32_t blocks = (w4 + NET_LANES - 1) / NET_LANES;
    size_t words = (2 * (size_t)layers + 1) * h4 * blocks;
    size_t pixels = 4 * NET_LANES * (size_t)blocks;
    size_t size = (words + blocks + 2) * sizeof *m->words + pixels;

    if (m->size < size) {
        dsc_net_masks_free(m);
        m->words = dsc_alloc(size);
        if (!m->words)
            return dsc_fail(err, DSC_NOMEM, "out of memory");
        m->size = size;
    }
    m->layers = layers;
    m->rows = h4;
    m->blocks = blocks;
    m->w4 = w4;
    m->row = m->words + words + 1;
    m->differs = (uint8_t *)(m->row + blocks + 1);
    return DSC_OK;
}

void dsc_net_masks_free(dsc_net_masks *m)
{
    dsc_wipe_free(m->words, m->size);
    *m = (dsc_net_masks){0};
}

static uint8_t most(uint8_t a, uint8_t b)
{
    return a > b ? a : b;
}

static uint8_t difference(uint8_t a, uint8_t b)
{
    return (uint8_t)(a > b ? a - b : b - a);
}

/* How much pixels differ from the one to the left and the one above. */
static void find_differences(const uint8_t *p, const uint8_t *above,
                             uint8_t *restrict out, size_t n)
{
    out[0] = most(out[0], difference(p[0], above[0]));
    for (size_t x = 1; x < n; x++)
        out[x] = most(out[x], most(difference(p[x], above[x]),
                                   difference(p[x], p[x - 1])));
}

/* Is one of four bytes as high as that? Each is looked at without a carry. */
static bool any_reaches(uint32_t bytes, uint32_t low)
{
    uint32_t rest = (bytes & 0x7F7F7F7Fu) + (0x80u - low) * 0x01010101u;
    return ((rest | bytes) & 0x80808080u) != 0;
}

/* Cells of 4 x 4 pixels with a difference, and with one that may be text's. */
static void find_cells(const dsc_net_masks *m, const uint8_t *grey,
                       size_t stride, uint32_t y, uint16_t *busy,
                       uint16_t *text)
{
    const uint8_t *d = m->differs;

    memset(m->differs, 0, 4 * NET_LANES * (size_t)m->blocks);
    for (uint32_t k = 4 * y; k < 4 * y + 4; k++) {
        const uint8_t *p = grey + k * stride;
        find_differences(p, k ? p - stride : p, m->differs, 4 * m->w4);
    }
    for (uint32_t b = 0; b < m->blocks; b++) {
        uint32_t some = 0, much = 0;
        for (uint32_t x = 0; x < NET_LANES; x++, d += 4) {
            uint32_t v;
            memcpy(&v, d, sizeof v);
            some |= (uint32_t)(v != 0) << x;
            much |= (uint32_t)any_reaches(v, FAINTEST) << x;
        }
        busy[b] = (uint16_t)some;
        text[b] = (uint16_t)much;
    }
}

/* What a kernel with this dilation makes of bits: out is set where it reads one
 * that is. `outside`: all bits or none. */
static void spread(const dsc_net_masks *m, uint16_t *out, const uint16_t *in,
                   uint32_t by, uint16_t outside)
{
    uint32_t n = m->blocks, in_last = (m->w4 - 1) % NET_LANES + 1;
    uint16_t last = (uint16_t)((1u << in_last) - 1);
    uint16_t *row = m->row, *left = row - 1, *right = row + 1;

    left[0] = row[n] = outside;
    for (uint32_t y = 0; y < m->rows; y++, out += n, in += n) {
        bool top = y < by, bottom = y + by >= m->rows;
        const uint16_t *up = top ? in : in - (size_t)by * n;
        const uint16_t *down = bottom ? in : in + (size_t)by * n;
        uint16_t all = top || bottom ? outside : 0;
        for (uint32_t b = 0; b < n; b++)
            row[b] = (uint16_t)(in[b] | up[b] | down[b] | all);
        row[n - 1] = (uint16_t)((row[n - 1] & last) | (outside & ~last));
        for (uint32_t b = 0; b < n; b++)
            out[b] = (uint16_t)(row[b] | row[b] << by | row[b] >> by |
                                left[b] >> (NET_LANES - by) |
                                right[b] << (NET_LANES - by));
        out[n - 1] &= last;
    }
}

/* What layer i reads for those blocks of its output that are computed. */
static void need(const dsc_net_masks *m, uint32_t i, uint32_t dilation)
{
    uint16_t *work = row_of(m, 2 * m->layers, 0);
    const uint16_t *needed = dsc_net_needed(m, i + 1, 0);
    const uint16_t *busy = dsc_net_busy(m, i + 1, 0);
    size_t words = (size_t)m->rows * m->blocks;

    for (size_t k = 0; k < words; k++)
        work[k] = busy[k] ? needed[k] : 0;
    spread(m, dsc_net_needed(m, i, 0), work, dilation, 0);
}

/* Leave out the cells without a hint. */
static void keep_hinted(const dsc_net_masks *m, const dsc_net_maps *hints,
                        int least, uint16_t *cells)
{
    for (uint32_t y = 0; y < m->rows; y++, cells += m->blocks) {
        const int8_t *a = hints->text + 2 * y * hints->stride;
        const int8_t *b = a + hints->stride;
        for (uint32_t x = 0; x < m->w4; x++, a += 2, b += 2)
            if (a[0] < least && a[1] < least && b[0] < least && b[1] < least)
                cells[x / NET_LANES] &= (uint16_t) ~(1u << x % NET_LANES);
    }
}

void dsc_net_masks_make(dsc_net_masks *m, const dsc_net_layer *layers,
                        const uint8_t *grey, size_t stride,
                        const dsc_net_maps *hints, int least)
{
    uint16_t *edges = dsc_net_busy(m, 0, 0), *scratch = dsc_net_needed(m, 0, 0);
    uint16_t *text = dsc_net_needed(m, m->layers - 1, 0);
    size_t bytes = (size_t)m->rows * m->blocks * sizeof *m->words;

    for (uint32_t y = 0; y < m->rows; y++)
        find_cells(m, grey, stride, y, dsc_net_busy(m, 0, y),
                   dsc_net_needed(m, 0, y));
    /* the first layer and the second reach less far together */
    spread(m, dsc_net_busy(m, 1, 0), edges, 1, UINT16_MAX);
    memcpy(dsc_net_busy(m, 2, 0), dsc_net_busy(m, 1, 0), bytes);
    for (uint32_t i = 2; i + 1 < m->layers; i++)
        spread(m, dsc_net_busy(m, i + 1, 0), dsc_net_busy(m, i, 0),
               layers[i].dilation, UINT16_MAX);
    spread(m, text, scratch, reach[0], 0);
    spread(m, scratch, text, reach[1], 0);
    spread(m, text, scratch, reach[2], 0);
    if (hints)
        keep_hinted(m, hints, least, text);
    for (uint32_t i = m->layers - 1; i-- > 0;)
        need(m, i, layers[i].dilation);
}
