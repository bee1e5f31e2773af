/* SPDX-License-Identifier: Apache-2.0
 *
 * What the columns say together: the best class of each, runs of one class
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
    double *powers;   /* [STEPS]: of STEP */
    double *sums;     /* [column]: of all classes, the best one's 1 */
    uint16_t *best;   /* [column] */
    uint16_t *labels; /* of the word at hand */
    double *paths;    /* its states, at a column and the next one */
} desk;

static const int32_t *column(const desk *d, int32_t x)
{
    return d->logits->of + (size_t)x * d->logits->classes;
}

static double below_best(const desk *d, int32_t x, uint32_t cls)
{
    const int32_t *l = column(d, x);
    int64_t less = (int64_t)l[d->best[x]] - l[cls];

    return less < STEPS ? d->powers[less] : 0;
}

/* The same for a letter, whether it is small or a capital where these have one
 * shape. */
static double chance_of(const desk *d, int32_t x, uint32_t cls)
{
    uint32_t twin = d->net->twins[cls];

    return (below_best(d, x, cls) + (twin ? below_best(d, x, twin) : 0)) /
           d->sums[x];
}

static void find_best(desk *d)
{
    for (int32_t x = 0; x < d->logits->columns; x++) {
        const int32_t *l = column(d, x);
        uint32_t best = 0;
        for (uint32_t c = 1; c < d->logits->classes; c++)
            best = l[c] > l[best] ? c : best;
        d->best[x] = (uint16_t)best;
        d->sums[x] = 0;
        for (uint32_t c = 0; c < d->logits->classes; c++)
            d->sums[x] += below_best(d, x, c);
    }
}

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
            uint32_t cls = s % 2 ? d->labels[s / 2] : 0;
            double p = now[s];
            if (s && (x > from || s == 1))
                p += now[s - 1];
            if (s >= 3 && s % 2 && x > from && cls != d->labels[s / 2 - 1])
                p += now[s - 2];
            next[s] = p * chance_of(d, x, cls);
        }
        now = next;
        next = done;
    }
    return now[states - 1] + now[states - 2];
}

/* Ends the word whose letters are labels, in columns [from, end). */
static void end_word(const desk *d, size_t count, int32_t from, int32_t end,
                     dsc_textread_text *out)
{
    if (count)
        out->sure[out->words++] = (float)chance(d, count, from, end);
}

static void list_letters(const desk *d, dsc_textread_text *out)
{
    const dsc_textread_logits *l = d->logits;
    int32_t from = 0;
    size_t in_word = 0;

    for (int32_t x = 0, end; x < l->columns; x = end) {
        uint32_t cls = d->best[x];
        for (end = x; end < l->columns && d->best[end] == cls; end++)
            ;
        if (cls == d->net->space) {
            end_word(d, in_word, from, x, out);
            in_word = 0;
            from = end;
        } else if (cls) {
            if (out->count == DSC_TEXTREAD_LETTERS) {
                out->count = out->words = 0;
                return;
            }
            d->labels[in_word++] = (uint16_t)cls;
            out->letters[out->count++] =
                (dsc_textread_letter){.utf8 = d->net->names[cls],
                                      .x0 = l->first + x,
                                      .x1 = l->first + end,
                                      .word = (uint32_t)out->words};
        }
    }
    end_word(d, in_word, from, l->columns, out);
}

static void desk_free(desk *d)
{
    size_t n = (size_t)d->logits->columns;

    dsc_free(d->powers);
    dsc_wipe_free(d->sums, n * sizeof *d->sums);
    dsc_wipe_free(d->best, n * sizeof *d->best);
    dsc_wipe_free(d->labels, DSC_TEXTREAD_LETTERS * sizeof *d->labels);
    dsc_free(d->paths);
}

dsc_status dsc_textread_decode(const dsc_textread *t,
                               const dsc_textread_logits *logits,
                               dsc_textread_text *out, dsc_error *err)
{
    desk d = {.net = t, .logits = logits};
    size_t n = (size_t)logits->columns;
    dsc_status st = DSC_OK;

    out->count = out->words = 0;
    if (!n)
        return DSC_OK;
    d.powers = dsc_calloc(STEPS, sizeof *d.powers);
    d.sums = dsc_calloc(n, sizeof *d.sums);
    d.best = dsc_calloc(n, sizeof *d.best);
    d.labels = dsc_calloc(DSC_TEXTREAD_LETTERS, sizeof *d.labels);
    d.paths = dsc_calloc(2 * (2 * DSC_TEXTREAD_LETTERS + 1), sizeof *d.paths);
    if (!d.powers || !d.sums || !d.best || !d.labels || !d.paths)
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
    if (!st) {
        d.powers[0] = 1;
        for (size_t i = 1; i < STEPS; i++)
            d.powers[i] = d.powers[i - 1] * STEP;
        find_best(&d);
        list_letters(&d, out);
    }
    desk_free(&d);
    return st;
}
