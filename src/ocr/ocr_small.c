/* SPDX-License-Identifier: Apache-2.0
 *
 * A row of small letters as words, with all of its ink in one or another. The
 * net tells where about it saw a letter; here each piece of ink must be one,
 * for what no letter tells of was not read. */
#include "ocr/ocr_priv.h"

#include <string.h>

/* Words that the net is less sure of were not read. */
#define SURE 0.95F
/* A row that is not too high is read in this size, too. There a word counts as
 * read where the chance that both readings err is no more than this, or where
 * the second one does not speak against the sure first one. */
#define LARGER     1.15
#define LIKELY     0.5F
#define BOTH_WRONG 0.01F

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
    size_t at[DSC_TEXTREAD_LETTERS]; /* per letter: its run */
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

/* The ink nearest to the letter's columns; RUNS where none is near. */
static size_t nearest(const desk *d, const dsc_textread_letter *l)
{
    size_t best = 0;

    for (size_t k = 1; k < d->count; k++)
        if (gap_of(&d->runs[k], l) < gap_of(&d->runs[best], l))
            best = k;
    return d->count && gap_of(&d->runs[best], l) <= APART_PX ? best : RUNS;
}

/* The net tells of a thin letter up to a pixel or two beside it, where the next
 * one may be nearer. Ink that would have no letter takes that of ink beside it
 * that has more and is no wider than one the less. */
static void hand_over(desk *d, size_t letter, size_t to)
{
    run *from = &d->runs[d->at[letter]];

    if (to >= d->count || d->runs[to].letters || from->letters < 2 ||
        gap_of(&d->runs[to], &d->text->letters[letter]) > APART_PX ||
        from->x1 - from->x0 > (from->letters - 1) * d->row->text_h)
        return;
    from->letters--;
    d->runs[to].letters++;
    d->at[letter] = to;
}

/* Give each letter the ink at its columns; false where one has none. */
static bool place_letters(desk *d)
{
    size_t n = d->text->count;

    for (size_t i = 0; i < n; i++) {
        d->at[i] = nearest(d, &d->text->letters[i]);
        if (d->at[i] == RUNS)
            return false;
        d->runs[d->at[i]].letters++;
    }
    for (size_t i = 0; i < n; i++) {
        if (!i || d->at[i - 1] != d->at[i])
            hand_over(d, i, d->at[i] - 1); /* wraps to none */
        if (i + 1 == n || d->at[i + 1] != d->at[i])
            hand_over(d, i, d->at[i] + 1);
    }
    for (size_t i = 0; i < n; i++) {
        word *w = &d->words[d->text->letters[i].word];
        if (!i || d->text->letters[i - 1].word != d->text->letters[i].word)
            w->from = d->at[i];
        w->to = d->at[i];
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

/* ---- two sizes ---- */

/* The letters of a word, which stand together. */
static const dsc_textread_letter *word_at(const dsc_textread_text *text,
                                          size_t at, size_t *count)
{
    size_t from = 0, end;

    while (from < text->count && text->letters[from].word < at)
        from++;
    for (end = from; end < text->count && text->letters[end].word == at;)
        end++;
    *count = end - from;
    return text->letters + from;
}

static bool same_word(const dsc_textread_text *a, size_t i,
                      const dsc_textread_text *b, size_t k)
{
    size_t n, m;
    const dsc_textread_letter *p = word_at(a, i, &n), *q = word_at(b, k, &m);

    for (size_t c = 0; n == m && c < n; c++)
        if (p[c].shape != q[c].shape)
            return false;
    return n == m;
}

/* How sure the other reading is of the word. */
static float sure_of(const dsc_textread_text *other,
                     const dsc_textread_text *text, size_t i)
{
    float sure = 0;

    for (size_t k = 0; k < other->words; k++)
        if (other->sure[k] > sure && same_word(text, i, other, k))
            sure = other->sure[k];
    return sure;
}

void dsc_ocr__agree(dsc_textread_text *text, const dsc_textread_text *other)
{
    for (size_t i = 0; i < text->words; i++) {
        float first = text->sure[i], second = sure_of(other, text, i);
        float wrong = (1 - first) * (1 - second);
        bool sure = first >= LIKELY && wrong <= BOTH_WRONG;
        sure = sure || (first >= SURE && second >= LIKELY);
        text->sure[i] = sure ? 1 - wrong : 0;
    }
}

static bool any_likely(const dsc_textread_text *text)
{
    for (size_t i = 0; i < text->words; i++)
        if (text->sure[i] >= LIKELY)
            return true;
    return false;
}

/* What the net says of the row, nothing where it is not for the net; `read`:
 * is it? */
static dsc_status read_row(dsc_textread *net, const dsc_crop *row,
                           dsc_textread_text *text, bool *read, dsc_error *err)
{
    dsc_textread_logits logits;
    dsc_status st =
        dsc_textread_run(net, row->px, row->w, row->h, &logits, err);

    *read = !st && logits.columns;
    return st ? st : dsc_textread_decode(net, &logits, text, err);
}

static dsc_status read_larger(dsc_textread *net, const dsc_crop *row,
                              dsc_textread_text *text, dsc_error *err)
{
    dsc_textread_text *other = dsc_alloc(sizeof *other);
    dsc_crop large = {0};
    bool read = false;
    dsc_status st = other ? dsc_ocr__larger(&large, row, LARGER, err)
                          : dsc_fail(err, DSC_NOMEM, "out of memory");

    if (!st)
        st = read_row(net, &large, other, &read, err);
    if (!st && read)
        dsc_ocr__agree(text, other);
    dsc_ocr__crop_free(&large);
    if (other)
        dsc_wipe_free(other, sizeof *other);
    return st;
}

dsc_status dsc_ocr__small(dsc_textread *net, const dsc_crop *row,
                          dsc_words *out, dsc_error *err)
{
    dsc_textread_text *text = dsc_alloc(sizeof *text);
    bool read = false;
    dsc_status st;

    if (!text)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    st = read_row(net, row, text, &read, err);
    if (!st && any_likely(text))
        st = read_larger(net, row, text, err);
    if (!st && text->count)
        st = dsc_ocr__letters(row, text, out, err);
    dsc_wipe_free(text, sizeof *text);
    return st;
}
