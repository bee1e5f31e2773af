/* SPDX-License-Identifier: Apache-2.0
 *
 * Looking things up in the generated tables. */
#include "deid/deid_priv.h"

#include <string.h>

#define STORAGE "1.2.840.10008.5.1.4.1.1."

const char *dsc_deid__action_name(dsc_deid__action action)
{
    static const char *const names[] = {
        [DSC_ACTION_NONE] = "",       [DSC_ACTION_K] = "K",
        [DSC_ACTION_X] = "X",         [DSC_ACTION_Z] = "Z",
        [DSC_ACTION_D] = "D",         [DSC_ACTION_C] = "C",
        [DSC_ACTION_U] = "U",         [DSC_ACTION_Z_D] = "Z/D",
        [DSC_ACTION_X_Z] = "X/Z",     [DSC_ACTION_X_D] = "X/D",
        [DSC_ACTION_X_Z_D] = "X/Z/D", [DSC_ACTION_X_Z_U] = "X/Z/U*",
    };
    return names[action];
}

/* First of `count` entries of `size` bytes, each starting with a tag, that is
 * not below `tag`. */
static size_t lower(const void *table, size_t count, size_t size, uint32_t tag)
{
    size_t from = 0;

    while (count) {
        size_t half = count / 2;
        uint32_t at;
        memcpy(&at, (const char *)table + (from + half) * size, sizeof at);
        if (at < tag) {
            from += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return from;
}

const dsc_deid__row *dsc_deid__find(uint32_t tag)
{
    size_t i =
        lower(dsc_deid__rows, dsc_deid__row_count, sizeof *dsc_deid__rows, tag);

    return i < dsc_deid__row_count && dsc_deid__rows[i].tag == tag
               ? &dsc_deid__rows[i]
               : NULL;
}

unsigned dsc_deid__iod(const char *sop_class)
{
    size_t n = sizeof STORAGE - 1;

    if (strncmp(sop_class, STORAGE, n))
        return DSC_DEID__NO_IOD;
    for (size_t i = 0; i < dsc_deid__class_count; i++)
        if (!strcmp(dsc_deid__classes[i].uid, sop_class + n))
            return dsc_deid__classes[i].iod;
    return DSC_DEID__NO_IOD;
}

static dsc_deid__kind inner_type(uint32_t tag, uint32_t sequence)
{
    size_t i = lower(dsc_deid__inners, dsc_deid__inner_count,
                     sizeof *dsc_deid__inners, tag);
    dsc_deid__kind kind = DSC_TYPE_UNKNOWN;

    for (; i < dsc_deid__inner_count && dsc_deid__inners[i].tag == tag; i++) {
        if (dsc_deid__inners[i].sequence == sequence)
            return dsc_deid__inners[i].kind;
        kind = DSC_TYPE_FOREIGN;
    }
    return kind;
}

/* Of an IOD that the tables lack, the strictest Type of any IOD is taken. */
dsc_deid__kind dsc_deid__type_of(uint32_t tag, uint32_t sequence, unsigned iod)
{
    dsc_deid__kind kind = DSC_TYPE_UNKNOWN;
    size_t i;

    if (sequence)
        return inner_type(tag, sequence);
    i = lower(dsc_deid__types, dsc_deid__type_count, sizeof *dsc_deid__types,
              tag);
    for (; i < dsc_deid__type_count && dsc_deid__types[i].tag == tag; i++) {
        const dsc_deid__type *t = &dsc_deid__types[i];
        if (iod == DSC_DEID__NO_IOD || (t->iods[iod / 64] >> iod % 64 & 1u))
            return t->kind; /* stricter ones stand first */
        kind = DSC_TYPE_FOREIGN;
    }
    return kind;
}

static int compare(const dsc_deid__safe *s, const char *creator, uint16_t group,
                   uint8_t element)
{
    int d = strcmp(s->creator, creator);

    if (d == 0)
        d = (int)s->group - (int)group;
    return d ? d : (int)s->element - (int)element;
}

const dsc_deid__safe *dsc_deid__is_safe(const char *creator, uint16_t group,
                                        uint8_t element)
{
    size_t from = 0, to = dsc_deid__safe_count;

    while (from < to) {
        size_t half = from + (to - from) / 2;
        int d = compare(&dsc_deid__safe_private[half], creator, group, element);
        if (d == 0)
            return &dsc_deid__safe_private[half];
        if (d < 0)
            from = half + 1;
        else
            to = half;
    }
    return NULL;
}
