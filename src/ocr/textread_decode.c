/* SPDX-License-Identifier: Apache-2.0
 *
 * What the columns say together: the best shape of each, runs of one shape
 * being one letter (CTC). How sure a word is counts every way in which its
 * columns may say it, so that letters nearly seen and nearly missed tell. In
 * doubles, always in the same order and without functions of libm, so that
 * every machine says the same. */
#include "ocr/textread_priv.h"

#include <string.h>

/* exp(-1 / DSC_TEXTREAD_LOGIT), and how many steps of it are not nothing. */
#define STEP  0.9961013694701175
#define STEPS (40 * DSC_TEXTREAD_LOGIT)

typedef struct desk {
    const dsc_textread *net;
    const dsc_textread_logits *logits;
    dsc_textread_text *out;
    double *powers;   /* [STEPS]: of STEP */
    double *shapes;   /* [column][class]: how probable, at the lowest class of
                         each shape */
    uint16_t *best;   /* [column]: shape */
    uint16_t *labels; /* shapes of the word at hand */
    double *paths;    /* its states, at a column and the next one */
} desk;

static const int32_t *column(const desk *d, int32_t x)
{
    return d->logits->of + (size_t)x * d->logits->classes;
}

static double *shapes_at(const desk *d, int32_t x)
{
    return d->shapes + (size_t)x * d->logits->classes;
}

static uint32_t best_class(const desk *d, int32_t x)
{
    const int32_t *l = column(d, x);
    uint32_t best = 0;

    for (uint32_t c = 1; c < d->logits->classes; c++)
        best = l[c] > l[best] ? c : best;
    return best;
}

static void weigh_column(desk *d, int32_t x)
{
    const int32_t *l = column(d, x);
    double *p = shapes_at(d, x), sum = 0;
    int32_t top = l[best_class(d, x)];
    uint32_t best = 0;

    for (uint32_t c = 0; c < d->logits->classes; c++) {
        int64_t less = (int64_t)top - l[c];
        double one = less < STEPS ? d->powers[less] : 0;
        p[d->net->shape[c]] += one;
        sum += one;
    }
    for (uint32_t c = 0; c < d->logits->classes; c++) {
        p[c] /= sum;
        best = p[c] > p[best] ? c : best;
    }
    d->best[x] = (uint16_t)best;
}

/* ---- how sure a word is ---- */

/* The probability that columns [from, end) say the labels. States are the
 * labels with nothing before, between and after them. */
static double chance(const desk *d, size_t count, int32_t from, int32_t end)
{
    size_t states = 2 * count + 1;
    double *now = d->paths, *next = now + states;

    memset(now, 0, states * sizeof *now);
    now[0] = 1;
    for (int32_t x = from; x < end; x++) {
        double *done = now;
        for (size_t s = 0; s < states; s++) {
            uint32_t shape = s % 2 ? d->labels[s / 2] : 0;
            double p = now[s];
            if (s && (x > from || s == 1))
                p += now[s - 1];
            if (s >= 3 && s % 2 && x > from && shape != d->labels[s / 2 - 1])
                p += now[s - 2];
            next[s] = p * shapes_at(d, x)[shape];
        }
        now = next;
        next = done;
    }
    return now[states - 1] + now[states - 2];
}

/* ---- letters ---- */

/* The class of a letter that columns [from, end) say: that of the shape which
 * is highest where the shape is. */
static uint32_t class_of(const desk *d, int32_t from, int32_t end)
{
    uint32_t shape = d->best[from], best = shape;
    int32_t at = from;

    for (int32_t x = from; x < end; x++)
        if (shapes_at(d, x)[shape] > shapes_at(d, at)[shape])
            at = x;
    for (uint32_t c = shape; c < d->logits->classes; c++)
        if (d->net->shape[c] == shape && column(d, at)[c] > column(d, at)[best])
            best = c;
    return best;
}

static bool is_digit(const char *utf8)
{
    return utf8[0] >= '0' && utf8[0] <= '9';
}

static bool is_letter(const char *utf8)
{
    return (utf8[0] & 0xC0) >= 0x80 || (utf8[0] >= 'A' && utf8[0] <= 'Z') ||
           (utf8[0] >= 'a' && utf8[0] <= 'z');
}

/* May be a digit or a letter: O, I, l. */
static bool is_either(const desk *d, size_t label)
{
    return is_digit(d->net->names[d->labels[label]]) &&
           d->net->shared[d->labels[label]];
}

/* What stands nearest in the word and is clearly one or the other. */
static const char *clear_from(const desk *d, size_t first, size_t count,
                              size_t label, int step)
{
    for (size_t i = label + (size_t)step; i < count; i += (size_t)step) {
        const char *utf8 = d->out->letters[first + i].utf8;
        if (!is_either(d, i) && (is_digit(utf8) || is_letter(utf8)))
            return utf8;
    }
    return "";
}

/* O and l are digits among digits, and beside a point alone. */
static void find_digits(const desk *d, size_t first, size_t count)
{
    bool point = false;

    for (size_t i = 1; i + 1 < count; i++)
        point |= d->out->letters[first + i].utf8[0] == '.';
    for (size_t i = 0; i < count; i++) {
        const char *before = clear_from(d, first, count, i, -1);
        const char *after = clear_from(d, first, count, i, 1);
        if (is_either(d, i) && !is_letter(before) && !is_letter(after) &&
            (point || is_digit(before) || is_digit(after)))
            d->out->letters[first + i].utf8 = d->net->names[d->labels[i]];
    }
}

/* Ends the word of the last letters, whose shapes are labels, in columns
 * [from, end). */
static void end_word(const desk *d, size_t count, int32_t from, int32_t end)
{
    if (!count)
        return;
    find_digits(d, d->out->count - count, count);
    d->out->sure[d->out->words++] = (float)chance(d, count, from, end);
}

static void list_letters(const desk *d)
{
    const dsc_textread_logits *l = d->logits;
    dsc_textread_text *out = d->out;
    int32_t from = 0;
    size_t in_word = 0;

    for (int32_t x = 0, end; x < l->columns; x = end) {
        uint32_t shape = d->best[x];
        for (end = x; end < l->columns && d->best[end] == shape; end++)
            ;
        if (shape == d->net->space) {
            end_word(d, in_word, from, x);
            in_word = 0;
            from = end;
        } else if (shape) {
            if (out->count == DSC_TEXTREAD_LETTERS) {
                out->count = out->words = 0;
                return;
            }
            d->labels[in_word++] = (uint16_t)shape;
            out->letters[out->count++] = (dsc_textread_letter){
                .utf8 = d->net->names[class_of(d, x, end)],
                .x0 = l->first + x,
                .x1 = l->first + end,
                .shape = shape,
                .word = (uint32_t)out->words};
        }
    }
    end_word(d, in_word, from, l->columns);
}

static void desk_free(desk *d)
{
    size_t n = (size_t)d->logits->columns;

    dsc_free(d->powers);
    dsc_wipe_free(d->shapes, n * d->logits->classes * sizeof *d->shapes);
    dsc_wipe_free(d->best, n * sizeof *d->best);
    dsc_wipe_free(d->labels, DSC_TEXTREAD_LETTERS * sizeof *d->labels);
    dsc_free(d->paths);
}

dsc_status dsc_textread_decode(const dsc_textread *t,
                               const dsc_textread_logits *logits,
                               dsc_textread_text *out, dsc_error *err)
{
    desk d = {.net = t, .logits = logits, .out = out};
    size_t n = (size_t)logits->columns;
    dsc_status st = DSC_OK;

    out->count = out->words = 0;
    if (!n)
        return DSC_OK;
    d.powers = dsc_calloc(STEPS, sizeof *d.powers);
    d.shapes = dsc_calloc(n * logits->classes, sizeof *d.shapes);
    d.best = dsc_calloc(n, sizeof *d.best);
    d.labels = dsc_calloc(DSC_TEXTREAD_LETTERS, sizeof *d.labels);
    d.paths = dsc_calloc(2 * (2 * DSC_TEXTREAD_LETTERS + 1), sizeof *d.paths);
    if (!d.powers || !d.shapes || !d.best || !d.labels || !d.paths)
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
    if (!st) {
        d.powers[0] = 1;
        for (size_t i = 1; i < STEPS; i++)
            d.powers[i] = d.powers[i - 1] * STEP;
        for (int32_t x = 0; x < logits->columns; x++)
            weigh_column(&d, x);
        list_letters(&d);
    }
    desk_free(&d);
    return st;
}
