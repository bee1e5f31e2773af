/* SPDX-License-Identifier: Apache-2.0
 *
 * The structure of a dataset, checked without recursion and without reading
 * values: every length lies inside its parent, every delimiter is where it
 * belongs, nesting and element count are within the limits. What passes here
 * cannot make DCMTK recurse deeper or allocate more than we allowed.
 */
#include "dicom/dicom_priv.h"

#include <string.h>

#define WINDOW        ((size_t)64 * 1024)
#define MAX_CREATORS  1024u  /* private blocks of one item */
#define MAX_IN_ITEM   65536u /* elements: DCMTK's lists are slow beyond */
#define MAX_FRAGMENTS ((size_t)1 << 24)
#define MAX_ZEROS     ((uint64_t)1 << 20)
#define ITEM_BYTES    0xE000FFFEu /* an item's tag as it lies in little endian */

typedef enum level_kind {
    DATASET,
    SEQUENCE,
    ITEM
} level_kind;

typedef struct level {
    level_kind kind;
    bool undefined; /* ends with a delimiter */
    dsc_encoding enc;
    uint64_t end; /* own end, or the nearest known one of its parents */
    uint32_t last_tag;
    uint32_t elements;
    size_t creators; /* where its private creators begin */
} level;

typedef struct creator {
    uint16_t group;
    uint8_t block;
    char name[65];
} creator;

typedef struct scanner {
    const dsc_source *src;
    const dsc_dicom_limits *limits;
    dsc_scan *out;
    dsc_place_fn place; /* told of each value, or NULL */
    void *ctx;
    uint64_t pos;
    level *stack;
    size_t depth, cap;
    dsc_buf creators; /* of creator */
    bool is_trial;    /* see try_items */
    uint8_t *window;
    uint64_t window_at;
    size_t window_len;
} scanner;

bool dsc_dicom__known_vr(const char *vr)
{
    static const char all[] = "AEASATCSDADSDTFLFDISLOLTOBODOFOLOVOWPNSHSLSQSSST"
                              "SVTMUCUIULUNURUSUTUV";
    for (size_t i = 0; i + 1 < sizeof all; i += 2) {
        if (vr[0] == all[i] && vr[1] == all[i + 1])
            return true;
    }
    return false;
}

bool dsc_dicom__long_form(const char *vr)
{
    static const char all[] = "OBODOFOLOVOWSQSVUCUNURUTUV";
    for (size_t i = 0; i + 1 < sizeof all; i += 2) {
        if (vr[0] == all[i] && vr[1] == all[i + 1])
            return true;
    }
    return false;
}

static uint16_t get16(const uint8_t *p, bool big)
{
    unsigned v = big ? (unsigned)p[0] << 8 | p[1] : (unsigned)p[1] << 8 | p[0];
    return (uint16_t)v;
}

static uint32_t get32(const uint8_t *p, bool big)
{
    return big ? (uint32_t)get16(p, true) << 16 | get16(p + 2, true)
               : dsc_dicom__u32(p);
}

bool dsc_dicom__header(dsc_header *h, const uint8_t *p, size_t n,
                       dsc_encoding enc)
{
    bool big = enc.big_endian;

    memset(h, 0, sizeof *h);
    if (n < 8)
        return false;
    h->tag = (uint32_t)get16(p, big) << 16 | get16(p + 2, big);
    h->size = 8;
    if (!enc.explicit_vr || h->tag >> 16 == 0xFFFE) {
        h->length = get32(p + 4, big);
        return true;
    }
    h->vr[0] = (char)p[4];
    h->vr[1] = (char)p[5];
    if (!dsc_dicom__known_vr(h->vr))
        return false;
    if (!dsc_dicom__long_form(h->vr)) {
        h->length = get16(p + 6, big);
        return true;
    }
    if (n < 12)
        return false;
    h->length = get32(p + 8, big);
    h->size = 12;
    return true;
}

static dsc_status bad(dsc_error *err, uint32_t tag, const char *what)
{
    return dsc_fail(err, DSC_BADFILE, "(%04X,%04X) %s", tag >> 16,
                    tag & 0xFFFFu, what);
}

/* Up to `want` bytes at pos; *got may be fewer at the end of the file. */
static dsc_status peek(scanner *s, uint64_t pos, size_t want, uint8_t **p,
                       size_t *got, dsc_error *err)
{
    uint64_t left = s->src->size - pos;

    if (pos < s->window_at || pos - s->window_at > s->window_len ||
        s->window_len - (size_t)(pos - s->window_at) < want) {
        size_t n = left < WINDOW ? (size_t)left : WINDOW;
        dsc_status st = dsc_dicom__source_read(s->src, pos, s->window, n, err);
        if (st)
            return st;
        s->window_at = pos;
        s->window_len = n;
    }
    *p = s->window + (pos - s->window_at);
    *got = left < want ? (size_t)left : want;
    return DSC_OK;
}

static dsc_status push(scanner *s, level_kind kind, bool undefined,
                       uint32_t length, dsc_encoding enc, dsc_error *err)
{
    level *top = &s->stack[s->depth - 1];
    level *next = top + 1;

    if (s->depth == s->cap)
        return dsc_fail(err, DSC_LIMIT, "sequences are nested over %u deep",
                        s->limits->max_depth);
    *next = (level){.kind = kind, .undefined = undefined, .enc = enc};
    next->end = undefined ? top->end : s->pos + length;
    next->creators = s->creators.len;
    s->depth++;
    return DSC_OK;
}

static void pop(scanner *s)
{
    s->creators.len = s->stack[--s->depth].creators;
}

/* ---- private creators: where the VR is not written, only they tell what is a
 * sequence ---- */

static dsc_status note_creator(scanner *s, const dsc_header *h, dsc_error *err)
{
    const level *top = &s->stack[s->depth - 1];
    creator c = {.group = (uint16_t)(h->tag >> 16),
                 .block = (uint8_t)(h->tag & 0xFFu)};
    size_t n = h->length < 64 ? h->length : 64, got;
    uint8_t *p;
    dsc_status st = peek(s, s->pos + h->size, n, &p, &got, err);

    if (st)
        return st;
    memcpy(c.name, p, n);
    for (n = strlen(c.name); n && c.name[n - 1] == ' ';)
        c.name[--n] = '\0';
    if (s->creators.len - top->creators >= MAX_CREATORS * sizeof c)
        return dsc_fail(err, DSC_LIMIT, "over %u private blocks in one item",
                        MAX_CREATORS);
    return dsc_buf_append(&s->creators, &c, sizeof c, err);
}

static const char *find_creator(const scanner *s, uint32_t tag)
{
    const creator *all = (const creator *)(const void *)s->creators.data;
    size_t first = s->stack[s->depth - 1].creators / sizeof *all;

    for (size_t i = s->creators.len / sizeof *all; i > first; i--) {
        const creator *c = &all[i - 1];
        if (c->group == tag >> 16 && c->block == (tag >> 8 & 0xFFu))
            return c->name;
    }
    return NULL;
}

/* What the dictionary says; for private elements that of their creator. */
static void look_up(const scanner *s, uint32_t tag, char vr[3])
{
    const char *name = tag >> 16 & 1u ? find_creator(s, tag) : NULL;

    dsc_dicom__dictionary_vr(tag, name, vr);
}

/* ---- where values lie ---- */

static dsc_status tell_place(scanner *s, uint32_t tag, const char *vr,
                             uint64_t offset, uint32_t length, dsc_error *err)
{
    dsc_place place = {.tag = tag,
                       .outer = s->depth > 1 ? s->stack[0].last_tag : 0,
                       .depth = (uint32_t)(s->depth - 1) / 2,
                       .offset = offset,
                       .length = length};

    if (!s->place)
        return DSC_OK;
    if (vr[0])
        memcpy(place.vr, vr, sizeof place.vr);
    else
        look_up(s, tag, place.vr);
    return s->place(s->ctx, &place, err);
}

/* ---- encapsulated pixel data ---- */

static dsc_status add_fragment(dsc_scan *out, uint64_t offset, uint32_t length,
                               dsc_error *err)
{
    if (out->fragment_count == out->fragment_cap) {
        size_t cap = out->fragment_cap ? out->fragment_cap * 2 : 64;
        dsc_fragment *items;
        if (cap > MAX_FRAGMENTS)
            return dsc_fail(err, DSC_LIMIT, "over %zu fragments",
                            MAX_FRAGMENTS);
        items = dsc_calloc(cap, sizeof *items);
        if (!items)
            return dsc_fail(err, DSC_NOMEM, "out of memory");
        if (out->fragments)
            memcpy(items, out->fragments, out->fragment_count * sizeof *items);
        dsc_free(out->fragments);
        out->fragments = items;
        out->fragment_cap = cap;
    }
    out->fragments[out->fragment_count++] = (dsc_fragment){offset, length};
    return DSC_OK;
}

/* Items at s->pos up to the closing delimiter; `top`: remember them. */
static dsc_status fragments(scanner *s, bool top, dsc_encoding enc,
                            uint64_t end, dsc_error *err)
{
    bool table_seen = false;

    for (;;) {
        dsc_header h;
        uint8_t *p;
        size_t got;
        dsc_status st;

        if (end - s->pos < 8)
            return bad(err, TAG_PIXELS, "ends without a delimiter");
        st = peek(s, s->pos, 8, &p, &got, err);
        if (st)
            return st;
        dsc_dicom__header(&h, p, got, (dsc_encoding){false, enc.big_endian});
        s->pos += 8;
        if (h.tag == TAG_SEQ_END && h.length == 0)
            return DSC_OK;
        if (h.tag != TAG_ITEM || h.length == UNDEFINED)
            return bad(err, TAG_PIXELS, "holds something that is no fragment");
        if (h.length > end - s->pos)
            return bad(err, TAG_PIXELS, "has a fragment that ends early");
        if (top && !table_seen) {
            s->out->table = (dsc_fragment){s->pos, h.length};
        } else if (top) {
            st = add_fragment(s->out, s->pos, h.length, err);
        } else {
            st = tell_place(s, TAG_PIXELS, "OB", s->pos, h.length, err);
        }
        if (st)
            return st;
        table_seen = true;
        s->pos += h.length;
    }
}

static dsc_status encapsulated(scanner *s, const dsc_header *h, dsc_error *err)
{
    const level *top = &s->stack[s->depth - 1];
    bool outer = s->depth == 1;
    dsc_scan *out = s->out;
    dsc_status st;

    if (outer) {
        out->has_pixels = out->encapsulated = true;
        memcpy(out->pixel_vr, h->vr, sizeof out->pixel_vr);
        out->pixel_header = s->pos;
        out->pixel_value = s->pos + h->size;
    } else {
        out->nested_encapsulated = true;
    }
    s->pos += h->size;
    st = fragments(s, outer, top->enc, top->end, err);
    if (!st && outer) {
        out->pixel_end = s->pos;
        out->pixel_length = s->pos - 8 - out->pixel_value;
    }
    return st;
}

/* ---- elements ---- */

static dsc_status check_order(scanner *s, const dsc_header *h, dsc_error *err)
{
    level *top = &s->stack[s->depth - 1];

    if (h->tag == top->last_tag)
        return bad(err, h->tag, "appears twice");
    /* sorted to the front, it would pass for File Meta in the output */
    if (s->depth == 1 && (h->tag >> 16 == 0 || h->tag >> 16 == 2))
        return bad(err, h->tag, "does not belong into a dataset");
    if (++s->out->elements > s->limits->max_elements)
        return dsc_fail(err, DSC_LIMIT, "over %llu elements",
                        (unsigned long long)s->limits->max_elements);
    if (++top->elements > MAX_IN_ITEM)
        return dsc_fail(err, DSC_LIMIT, "over %u elements in one item",
                        MAX_IN_ITEM);
    top->last_tag = h->tag;
    return DSC_OK;
}

/* An element whose value is no sequence. */
static dsc_status leaf(scanner *s, const dsc_header *h, dsc_error *err)
{
    dsc_scan *out = s->out;
    const level *top = &s->stack[s->depth - 1];
    dsc_status st = DSC_OK;

    if (h->length > top->end - s->pos - h->size)
        return bad(err, h->tag, "is longer than what holds it");
    if (s->depth == 1 && h->tag == TAG_PIXELS) {
        out->has_pixels = true;
        memcpy(out->pixel_vr, h->vr, sizeof out->pixel_vr);
        out->pixel_header = s->pos;
        out->pixel_value = s->pos + h->size;
        out->pixel_length = h->length;
        out->pixel_end = out->pixel_value + h->length;
    }
    if ((h->tag >> 16 & 1u) && (h->tag & 0xFFFFu) >= 0x10 &&
        (h->tag & 0xFFFFu) <= 0xFF)
        st = note_creator(s, h, err);
    if (!st)
        st = tell_place(s, h->tag, h->vr, s->pos + h->size, h->length, err);
    s->pos += h->size + (uint64_t)h->length;
    return st;
}

static dsc_status run(scanner *s, dsc_error *err);

/* Do length bytes at `begin` hold items in implicit VR, and nothing else? What
 * is over a limit counts, and is refused where it is entered. A trial makes no
 * further ones, so that all of them together read nothing twice. */
static dsc_status try_items(scanner *s, uint64_t begin, uint32_t length,
                            bool *out, dsc_error *err)
{
    scanner trial = *s;
    dsc_scan unused = {0};
    dsc_error why = DSC_ERROR_INIT;
    size_t creators = s->creators.len;
    dsc_status st = DSC_LIMIT;

    if (s->depth < s->cap) {
        trial.out = &unused;
        trial.place = NULL;
        trial.is_trial = true;
        trial.pos = begin;
        trial.stack += s->depth;
        trial.cap -= s->depth;
        trial.depth = 1;
        trial.stack[0] = (level){
            .kind = SEQUENCE, .end = begin + length, .creators = creators};
        st = run(&trial, &why);
        s->window_at = trial.window_at;
        s->window_len = trial.window_len;
        s->creators = trial.creators;
        s->creators.len = creators;
    }
    *out = st == DSC_OK || st == DSC_LIMIT;
    return *out || st == DSC_BADFILE ? DSC_OK
                                     : dsc_fail(err, st, "%s", why.msg);
}

/* Is the value of an element whose VR nobody wrote a sequence? That of an
 * attribute which the dictionary calls one is, and that of a private element
 * which it does not know, where the value is one to its last byte. */
static dsc_status is_hidden_sequence(scanner *s, const dsc_header *h, bool *out,
                                     dsc_error *err)
{
    const level *top = &s->stack[s->depth - 1];
    bool is_private = (h->tag >> 16 & 1u) != 0;
    uint64_t begin = s->pos + h->size;
    char vr[3];
    uint8_t *p;
    size_t got;
    dsc_status st;

    if (is_private && (h->tag & 0xFFFFu) < 0x1000)
        return DSC_OK;
    look_up(s, h->tag, vr);
    if (!strcmp(vr, "SQ") && (!top->enc.explicit_vr || !h->length)) {
        *out = true;
        return DSC_OK;
    }
    if ((strcmp(vr, "SQ") && (!is_private || vr[0])) || s->is_trial ||
        h->length < 8 || h->length > top->end - begin)
        return DSC_OK;
    st = peek(s, begin, 4, &p, &got, err);
    if (st || got < 4 || dsc_dicom__u32(p) != ITEM_BYTES)
        return st;
    return try_items(s, begin, h->length, out, err);
}

static dsc_status is_sequence(scanner *s, const dsc_header *h, bool *out,
                              dsc_error *err)
{
    bool is_explicit = s->stack[s->depth - 1].enc.explicit_vr;

    *out = false;
    if (is_explicit && strcmp(h->vr, "UN")) {
        *out = !strcmp(h->vr, "SQ");
        return DSC_OK;
    }
    if (!is_explicit && h->tag == TAG_PIXELS)
        return DSC_OK;
    if (h->length != UNDEFINED)
        return is_hidden_sequence(s, h, out, err);
    *out = true;
    return DSC_OK;
}

static dsc_status element(scanner *s, const dsc_header *h, dsc_error *err)
{
    const level *top = &s->stack[s->depth - 1];
    dsc_encoding enc = top->enc;
    bool undefined = h->length == UNDEFINED, sequence;
    dsc_status st = check_order(s, h, err);

    if (st)
        return st;
    if (undefined && enc.explicit_vr && h->tag == TAG_PIXELS &&
        (!strcmp(h->vr, "OB") || !strcmp(h->vr, "OW")))
        return encapsulated(s, h, err);
    st = is_sequence(s, h, &sequence, err);
    if (st)
        return st;
    if (undefined && !sequence)
        return bad(err, h->tag, "has no length");
    if (!sequence)
        return leaf(s, h, err);
    if (!undefined && h->length > top->end - s->pos - h->size)
        return bad(err, h->tag, "is longer than what holds it");
    if (!strcmp(h->vr, "UN")) /* PS3.5 6.2.2 */
        enc = (dsc_encoding){false, false};
    s->pos += h->size;
    st = push(s, SEQUENCE, undefined, h->length, enc, err);
    if (!st)
        s->stack[s->depth - 1].last_tag = h->tag;
    return st;
}

static dsc_status all_zero(scanner *s, bool *zero, dsc_error *err)
{
    uint64_t left = s->src->size - s->pos;

    *zero = left <= MAX_ZEROS;
    for (uint64_t at = 0; *zero && at < left;) {
        uint8_t *p;
        size_t got;
        dsc_status st = peek(s, s->pos + at, 4096, &p, &got, err);
        if (st)
            return st;
        for (size_t i = 0; i < got && *zero; i++)
            *zero = p[i] == 0;
        at += got;
    }
    return DSC_OK;
}

/* Is what stands at the top level no part of the dataset any more? That is so
 * when nothing after Pixel Data looks like its next element, and for zeros up
 * to the end of the file. */
static dsc_status at_trailer(scanner *s, const dsc_header *h, bool valid,
                             bool *trailer, dsc_error *err)
{
    const level *top = &s->stack[0];

    *trailer = false;
    if (s->depth != 1 || (valid && h->tag > top->last_tag))
        return DSC_OK;
    if (valid && h->tag == top->last_tag)
        return DSC_OK;
    if (top->last_tag >= TAG_PIXELS) {
        *trailer = true;
        return DSC_OK;
    }
    return top->last_tag && h->tag == 0 ? all_zero(s, trailer, err) : DSC_OK;
}

static dsc_status in_elements(scanner *s, bool *finished, dsc_error *err)
{
    level *top = &s->stack[s->depth - 1];
    uint64_t left = top->end - s->pos;
    dsc_header h;
    uint8_t *p;
    size_t got;
    bool valid, trailer;
    dsc_status st = peek(s, s->pos, 12, &p, &got, err);

    if (st)
        return st;
    valid = dsc_dicom__header(&h, p, got < left ? got : (size_t)left, top->enc);
    if (valid && h.tag == TAG_ITEM_END && top->kind == ITEM && top->undefined &&
        h.length == 0) {
        s->pos += 8;
        pop(s);
        return DSC_OK;
    }
    st = at_trailer(s, &h, valid, &trailer, err);
    if (st)
        return st;
    if (trailer) {
        s->out->end = s->pos;
        *finished = true;
        return DSC_OK;
    }
    if (left < 8 || (!valid && h.size == 0))
        return dsc_fail(err, DSC_BADFILE,
                        "the file ends early: after (%04X,%04X)",
                        top->last_tag >> 16, top->last_tag & 0xFFFFu);
    if (!valid)
        return bad(err, h.tag, "has no valid VR");
    if (h.tag >> 16 == 0xFFFE)
        return bad(err, h.tag, "is a delimiter out of place");
    return element(s, &h, err);
}

static dsc_status in_sequence(scanner *s, dsc_error *err)
{
    level *top = &s->stack[s->depth - 1];
    dsc_header h;
    uint8_t *p;
    size_t got;
    dsc_status st;

    if (top->end - s->pos < 8)
        return bad(err, top->last_tag, "is a sequence that ends early");
    st = peek(s, s->pos, 8, &p, &got, err);
    if (st)
        return st;
    dsc_dicom__header(&h, p, got, (dsc_encoding){false, top->enc.big_endian});
    s->pos += 8;
    if (h.tag == TAG_SEQ_END && top->undefined && h.length == 0) {
        pop(s);
        return DSC_OK;
    }
    if (h.tag != TAG_ITEM)
        return bad(err, top->last_tag,
                   "is a sequence of something else than "
                   "items");
    if (h.length != UNDEFINED && h.length > top->end - s->pos)
        return bad(err, top->last_tag, "has an item longer than itself");
    /* DCMTK holds an object for each item too. */
    if (++s->out->elements > s->limits->max_elements)
        return dsc_fail(err, DSC_LIMIT, "over %llu elements",
                        (unsigned long long)s->limits->max_elements);
    return push(s, ITEM, h.length == UNDEFINED, h.length, top->enc, err);
}

static dsc_status run(scanner *s, dsc_error *err)
{
    bool finished = false;
    dsc_status st = DSC_OK;

    while (!st && !finished) {
        level *top = &s->stack[s->depth - 1];
        if (s->pos == top->end && !top->undefined) {
            if (s->depth == 1)
                return DSC_OK;
            pop(s);
        } else if (s->pos == top->end) {
            st = dsc_fail(err, DSC_BADFILE,
                          "the file ends early: inside a sequence");
        } else if (top->kind == SEQUENCE) {
            st = in_sequence(s, err);
        } else {
            st = in_elements(s, &finished, err);
        }
    }
    return st;
}

dsc_status dsc_dicom__scan_places(dsc_scan *scan, const dsc_source *src,
                                  uint64_t begin, dsc_encoding enc,
                                  const dsc_dicom_limits *limits,
                                  dsc_place_fn place, void *ctx, dsc_error *err)
{
    scanner s = {.src = src,
                 .limits = limits,
                 .out = scan,
                 .place = place,
                 .ctx = ctx,
                 .pos = begin};
    dsc_status st;

    *scan = (dsc_scan){.begin = begin, .end = src->size};
    s.cap = (size_t)limits->max_depth * 2 + 1;
    s.stack = dsc_calloc(s.cap, sizeof *s.stack);
    s.window = dsc_alloc(WINDOW);
    if (!s.stack || !s.window) {
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
        goto done;
    }
    s.stack[0] = (level){.kind = DATASET, .enc = enc, .end = src->size};
    s.depth = 1;
    st = begin < src->size
             ? run(&s, err)
             : dsc_fail(err, DSC_BADFILE, "the file has no dataset");
done:
    if (st)
        dsc_dicom__scan_free(scan);
    dsc_free(s.stack);
    dsc_buf_free(&s.creators);
    dsc_wipe_free(s.window, s.window ? WINDOW : 0);
    return st;
}

dsc_status dsc_dicom__holds_items(const uint8_t *data, size_t len,
                                  const dsc_dicom_limits *limits, bool *out,
                                  dsc_error *err)
{
    dsc_source src;
    scanner s = {.src = &src, .limits = limits};
    dsc_status st;

    *out = false;
    if (len < 8 || len >= UNDEFINED || dsc_dicom__u32(data) != ITEM_BYTES)
        return DSC_OK;
    dsc_dicom__source_memory(&src, data, len);
    s.cap = (size_t)limits->max_depth * 2 + 1;
    s.stack = dsc_calloc(s.cap, sizeof *s.stack);
    s.window = dsc_alloc(len < WINDOW ? len : WINDOW);
    st = s.stack && s.window ? try_items(&s, 0, (uint32_t)len, out, err)
                             : dsc_fail(err, DSC_NOMEM, "out of memory");
    dsc_free(s.stack);
    dsc_buf_free(&s.creators);
    dsc_wipe_free(s.window, s.window ? (len < WINDOW ? len : WINDOW) : 0);
    return st;
}

dsc_status dsc_dicom__scan(dsc_scan *scan, const dsc_source *src,
                           uint64_t begin, dsc_encoding enc,
                           const dsc_dicom_limits *limits, dsc_error *err)
{
    return dsc_dicom__scan_places(scan, src, begin, enc, limits, NULL, NULL,
                                  err);
}

void dsc_dicom__scan_free(dsc_scan *scan)
{
    dsc_free(scan->fragments);
    scan->fragments = NULL;
    scan->fragment_count = scan->fragment_cap = 0;
}
