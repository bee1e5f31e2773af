/* SPDX-License-Identifier: Apache-2.0
 *
 * A row of small letters as words, with all of its ink in one or another. The
 * net tells where about it saw a letter; here each piece of ink must be one,
 * for what no letter tells of was not read. */
#include "ocr/ocr_priv.h"

#include <string.h>

/* Words that the net is less sure of were not read. */
#define SURE 0.95F

enum {
    RUNS = 512,   /* more are no row of letters */
    APART_PX = 2, /* of ink and the columns that tell of it */
    SPECK_PX = 4, /* lower than this is no letter */
    WORD_BYTES = DSC_TEXTREAD_LETTERS * 4 + 1
};

/* Columns of ink side by side. */
typedef struct run {
    int32_t x0, x1;
    int32_t letters;
} run;

/* A word's letters are in runs from..to. */
typedef struct word {
    size_t from, to;
    bool sure;
} word;

typedef struct desk {
    const dsc_crop *row;
    const dsc_textread_text *text;
    run runs[RUNS];
    size_t count;
    word words[DSC_TEXTREAD_LETTERS];
} desk;

/* The smallest box of the ink in columns [x0, x1). */
static dsc_rect ink_box(const dsc_crop *c, int32_t x0, int32_t x1)
{
    dsc_rect r = {0, 0, 0, 0};

    for (int32_t y = 0; y < c->h; y++)
        for (int32_t x = x0; x < x1; x++)
            if (c->px[(size_t)y * (size_t)c->w + (size_t)x] < DSC_OCR_INK)
                r = dsc_rect_union(r, (dsc_rect){x, y, 1, 1});
    return r;
}

/* false: too many */
static bool find_runs(desk *d)
{
    bool before = false;

    for (int32_t x = 0; x < d->row->w; x++) {
        bool now = !dsc_rect_empty(ink_box(d->row, x, x + 1));
        if (now && !before) {
            if (d->count == RUNS)
                return false;
            d->runs[d->count++].x0 = x;
        }
        if (now)
            d->runs[d->count - 1].x1 = x + 1;
        before = now;
    }
    return true;
}

/* Pixels between the ink and the columns that tell of a letter. */
static int32_t gap_of(const run *r, const dsc_textread_letter *l)
{
    int32_t gap = l->x0 > r->x0 ? l->x0 - r->x1 : r->x0 - l->x1;

    return gap < 0 ? 0 : gap;
}

/* Give each letter the ink at its columns; false where one has none. */
static bool place_letters(desk *d)
{
    for (size_t i = 0; i < d->text->count; i++) {
        const dsc_textread_letter *l = &d->text->letters[i];
        word *w = &d->words[l->word];
        size_t best = 0;
        for (size_t k = 1; k < d->count; k++)
            if (gap_of(&d->runs[k], l) < gap_of(&d->runs[best], l))
                best = k;
        if (!d->count || gap_of(&d->runs[best], l) > APART_PX)
            return false;
        if (!i || l->word != d->text->letters[i - 1].word)
            w->from = best;
        w->to = best;
        d->runs[best].letters++;
    }
    return true;
}

/* Does it go on beyond the crop, so that a letter may be cut? A row has a
 * margin where it does not. */
static bool is_cut(const desk *d, const run *r)
{
    dsc_rect b = ink_box(d->row, r->x0, r->x1);

    return !b.x || !b.y || b.x + b.w == d->row->w || b.y + b.h == d->row->h;
}

/* Is it whole, and as much ink as its letters have? */
static bool is_told(const desk *d, const run *r)
{
    return r->letters && !is_cut(d, r) &&
           2 * (r->x1 - r->x0) <= 3 * r->letters * d->row->text_h + 4;
}

static void text_of(const desk *d, size_t i, char *utf8)
{
    for (size_t k = 0; k < d->text->count; k++) {
        const dsc_textread_letter *l = &d->text->letters[k];
        size_t n = strlen(l->utf8);
        if (l->word != i)
            continue;
        memcpy(utf8, l->utf8, n);
        utf8 += n;
    }
    *utf8 = '\0';
}

bool dsc_ocr__may_be_number(const char *utf8)
{
    return utf8[0] && utf8[1] && utf8[strspn(utf8, "0Oo1Il|")] == '\0' &&
           utf8[strspn(utf8, "01")] != '\0';
}

static bool is_sure(const desk *d, size_t i)
{
    const word *w = &d->words[i];
    char utf8[WORD_BYTES];
    bool number;

    text_of(d, i, utf8);
    number = dsc_ocr__may_be_number(utf8);
    explicit_bzero(utf8, sizeof utf8);
    if (d->text->sure[i] < SURE || number || (i && w[-1].to >= w->from) ||
        (i + 1 < d->text->words && w[1].from <= w->to))
        return false;
    for (size_t k = w->from; k <= w->to; k++)
        if (!is_told(d, &d->runs[k]))
            return false;
    for (size_t k = 0; k < d->text->count; k++)
        if (d->text->letters[k].word == i &&
            !strcmp(d->text->letters[k].utf8, "\xEF\xBF\xBD"))
            return false;
    return true;
}

static dsc_status add_ink(const desk *d, const char *utf8, size_t from,
                          size_t to, float sure, dsc_words *out, dsc_error *err)
{
    dsc_rect box = ink_box(d->row, d->runs[from].x0, d->runs[to].x1);

    if (!utf8[0] && (box.h < SPECK_PX || box.w < 2))
        return DSC_OK;
    box = dsc_rect_clip(dsc_rect_grow(box, 1, 1), (uint32_t)d->row->w,
                        (uint32_t)d->row->h);
    return dsc_words_add(out, utf8, box, sure, 0, err);
}

static dsc_status add_word(const desk *d, size_t i, dsc_words *out,
                           dsc_error *err)
{
    char utf8[WORD_BYTES];
    dsc_status st;

    text_of(d, i, utf8);
    st = add_ink(d, utf8, d->words[i].from, d->words[i].to,
                 d->words[i].sure ? d->text->sure[i] : 0, out, err);
    explicit_bzero(utf8, sizeof utf8);
    return st;
}

/* The words, and the ink beside them. */
static dsc_status add_all(const desk *d, dsc_words *out, dsc_error *err)
{
    dsc_status st = DSC_OK;
    size_t next = 0;

    for (size_t i = 0; !st && i < d->text->words; i++) {
        for (; !st && next < d->words[i].from; next++)
            st = add_ink(d, "", next, next, 0, out, err);
        if (!st)
            st = add_word(d, i, out, err);
        next = d->words[i].to + 1;
    }
    for (; !st && next < d->count; next++)
        st = add_ink(d, "", next, next, 0, out, err);
    return st;
}

dsc_status dsc_ocr__letters(const dsc_crop *row, const dsc_textread_text *text,
                            dsc_words *out, dsc_error *err)
{
    desk *d = dsc_alloc(sizeof *d);
    dsc_status st = DSC_OK;

    if (!d)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    d->row = row;
    d->text = text;
    if (find_runs(d) && place_letters(d)) {
        for (size_t i = 0; i < text->words; i++)
            d->words[i].sure = is_sure(d, i);
        st = add_all(d, out, err);
    }
    dsc_wipe_free(d, sizeof *d);
    return st;
}

dsc_status dsc_ocr__small(dsc_textread *net, const dsc_crop *row,
                          dsc_words *out, dsc_error *err)
{
    dsc_textread_logits logits;
    dsc_textread_text *text = dsc_alloc(sizeof *text);
    dsc_status st = DSC_OK;

    if (!text)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    st = dsc_textread_run(net, row->px, row->w, row->h, &logits, err);
    if (!st)
        st = dsc_textread_decode(net, &logits, text, err);
    if (!st && text->count)
        st = dsc_ocr__letters(row, text, out, err);
    dsc_wipe_free(text, sizeof *text);
    return st;
}
