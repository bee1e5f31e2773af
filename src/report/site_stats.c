/* SPDX-License-Identifier: Apache-2.0 */
#include "report/site_stats.h"
#include "base/sort.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- counts by name ---- */

/* Rows are kept sorted by name while they are added to. */
static size_t place_of(const dsc_tally *t, const char *name, bool *found)
{
    size_t low = 0, high = t->count;

    *found = false;
    while (low < high) {
        size_t mid = (low + high) / 2;
        int order = strcmp(t->rows[mid].name, name);
        if (!order)
            *found = true;
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

const dsc_tally_row *dsc_tally_find(const dsc_tally *t, const char *name)
{
    bool found;
    size_t at = place_of(t, name, &found);
    return found ? &t->rows[at] : NULL;
}

static dsc_status insert(dsc_tally *t, size_t at, const char *name,
                         dsc_error *err)
{
    char *copy = dsc_strdup(name);

    if (!t->rows)
        t->rows = dsc_calloc(DSC_TALLY_MAX + 1, sizeof *t->rows);
    if (!t->rows || !copy) {
        dsc_free(copy);
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    }
    memmove(t->rows + at + 1, t->rows + at, (t->count - at) * sizeof *t->rows);
    t->rows[at] = (dsc_tally_row){.name = copy};
    t->count++;
    return DSC_OK;
}

dsc_status dsc_tally_add(dsc_tally *t, const char *name, unsigned column,
                         uint64_t n, dsc_error *err)
{
    bool found;
    size_t at = place_of(t, name, &found);
    dsc_status st = DSC_OK;

    if (!found && t->count >= DSC_TALLY_MAX) {
        name = "(others)";
        at = place_of(t, name, &found);
    }
    if (!found)
        st = insert(t, at, name, err);
    if (st)
        return st;
    t->rows[at].counts[column] += n;
    t->rows[at].total += n;
    return DSC_OK;
}

static int by_total(const void *pa, const void *pb)
{
    const dsc_tally_row *a = pa, *b = pb;

    if (a->total != b->total)
        return a->total < b->total ? 1 : -1;
    return strcmp(a->name, b->name);
}

void dsc_tally_sort(dsc_tally *t)
{
    if (t->count)
        dsc_sort(t->rows, t->count, sizeof *t->rows, by_total);
}

void dsc_tally_free(dsc_tally *t)
{
    for (size_t i = 0; i < t->count; i++)
        dsc_free(t->rows[i].name);
    dsc_free(t->rows);
    *t = (dsc_tally){0};
}

/* Is the number at `s` part of a name ("JPEG 2000", "H.264", "12-bit")? */
static bool is_name(const char *start, const char *s, size_t digits)
{
    if (s > start &&
        (isalpha((unsigned char)s[-1]) || s[-1] == '-' || s[-1] == '.'))
        return true;
    if (s[digits] == '-' || isalpha((unsigned char)s[digits]))
        return true;
    return s - start >= 5 && !strncmp(s - 5, "JPEG ", 5);
}

void dsc_reason_kind(const char *reason, char *buf, size_t size)
{
    const char *s = reason;
    size_t at = 0;

    while (*s && at + 1 < size) {
        const char *close = *s == '(' ? strchr(s, ')') : NULL;
        size_t digits = strspn(s, "0123456789");
        size_t take = close ? (size_t)(close - s) + 1 : digits ? digits : 1;
        if (digits && !is_name(reason, s, digits)) {
            buf[at++] = '#';
        } else {
            size_t n = take < size - 1 - at ? take : size - 1 - at;
            memcpy(buf + at, s, n);
            at += n;
        }
        s += take;
    }
    if (size)
        buf[at] = '\0';
}

/* ---- durations ---- */

/* Eight buckets an octave from a microsecond on. */
void dsc_durations_add(dsc_durations *d, double ms)
{
    double place;

    if (!(ms > 0) || !isfinite(ms))
        ms = 0;
    place = ms > 0.001 ? 8 * log2(ms * 1000) : 0;
    if (place > DSC_DURATION_BUCKETS - 1)
        place = DSC_DURATION_BUCKETS - 1;
    d->buckets[(size_t)place]++;
    d->count++;
    d->sum += ms;
}

double dsc_durations_quantile(const dsc_durations *d, double q)
{
    double want = q * (double)d->count;
    uint64_t seen = 0;

    for (size_t i = 0; i < DSC_DURATION_BUCKETS; i++) {
        seen += d->buckets[i];
        if (d->buckets[i] && (double)seen >= want)
            return exp2(((double)i + 0.5) / 8) / 1000;
    }
    return 0;
}

/* ---- error bounds ---- */

double dsc_error_bound(double wrong, double n)
{
    const double z = 1.959963984540054;
    double p, centre, half, bound;

    if (!(n > 0))
        return 1;
    if (wrong <= 0)
        return 1 - pow(0.05, 1 / n);
    p = wrong < n ? wrong / n : 1;
    centre = p + z * z / (2 * n);
    half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    bound = (centre + half) / (1 + z * z / n);
    return bound < 1 ? bound : 1;
}

/* ---- a stratified sample ---- */

/* The stratum that is furthest below its share; count where all are full. */
static size_t most_short(const uint64_t *sizes, const uint64_t *drawn,
                         size_t count, bool only_empty)
{
    size_t best = count;
    double best_need = -1;

    for (size_t i = 0; i < count; i++) {
        double need = (double)sizes[i] / ((double)drawn[i] + 0.5);
        if (drawn[i] < sizes[i] && !(only_empty && drawn[i]) &&
            need > best_need) {
            best = i;
            best_need = need;
        }
    }
    return best;
}

/* One from each, then one by one by the divisors .5, 1.5, 2.5 (Sainte-Lague),
 * which keeps to the shares as closely as whole files can. */
void dsc_sample_allocate(const uint64_t *sizes, size_t count, uint64_t n,
                         uint64_t *drawn)
{
    memset(drawn, 0, count * sizeof *drawn);
    for (uint64_t i = 0; i < n; i++) {
        size_t at = most_short(sizes, drawn, count, true);
        if (at == count)
            at = most_short(sizes, drawn, count, false);
        if (at == count)
            return;
        drawn[at]++;
    }
}

double dsc_sample_effective(const uint64_t *sizes, const uint64_t *drawn,
                            size_t count)
{
    double all = 0, sum = 0;

    for (size_t i = 0; i < count; i++)
        all += drawn[i] ? (double)sizes[i] : 0;
    for (size_t i = 0; i < count; i++) {
        double w = all > 0 ? (double)sizes[i] / all : 0;
        sum += drawn[i] ? w * w / (double)drawn[i] : 0;
    }
    return sum > 0 ? 1 / sum : 0;
}

/* splitmix64's finisher */
static uint64_t mix(uint64_t x)
{
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

uint64_t dsc_sample_key(uint64_t seed, const char *instance, int64_t number)
{
    uint64_t h = mix(seed);

    if (!instance || !*instance)
        return mix(h ^ (uint64_t)number);
    for (; *instance; instance++)
        h = mix(h ^ (uint8_t)*instance);
    return h;
}

static void swap(dsc_draw_item *a, dsc_draw_item *b)
{
    dsc_draw_item t = *a;
    *a = *b;
    *b = t;
}

static int by_key(const void *pa, const void *pb)
{
    const dsc_draw_item *a = pa, *b = pb;

    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

static void sift_down(dsc_draw *d)
{
    size_t i = 0;

    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= d->count)
            return;
        if (child + 1 < d->count &&
            by_key(&d->items[child + 1], &d->items[child]) > 0)
            child++;
        if (by_key(&d->items[child], &d->items[i]) <= 0)
            return;
        swap(&d->items[child], &d->items[i]);
        i = child;
    }
}

dsc_status dsc_draw_add(dsc_draw *d, size_t limit, uint64_t key, int64_t number,
                        dsc_error *err)
{
    dsc_draw_item item = {key, number}, *items;

    if (!limit)
        return DSC_OK;
    if (d->count == limit) {
        if (by_key(&item, &d->items[0]) < 0) {
            d->items[0] = item;
            sift_down(d);
        }
        return DSC_OK;
    }
    items = dsc_room(d->items, d->count, &d->cap, sizeof *items);
    if (!items)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    d->items = items;
    d->items[d->count] = item;
    for (size_t i = d->count++; i > 0; i = (i - 1) / 2) {
        if (by_key(&d->items[i], &d->items[(i - 1) / 2]) <= 0)
            break;
        swap(&d->items[i], &d->items[(i - 1) / 2]);
    }
    return DSC_OK;
}

void dsc_draw_sort(dsc_draw *d)
{
    if (d->count)
        dsc_sort(d->items, d->count, sizeof *d->items, by_key);
}

void dsc_draw_free(dsc_draw *d)
{
    dsc_free(d->items);
    *d = (dsc_draw){0};
}
