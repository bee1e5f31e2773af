/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers that make a scale: in one column or row, at distances that go with
 * their values, three at least; or a value and its negative at the two ends of
 * a colour bar. What identifies somebody does not stand so.
 */
#include "policy/policy_priv.h"

#include <math.h>

/* A frame with more bare numbers is a table. */
#define MAX_NUMBERS 96u

/* A number along the scale and across it; `size` is its height. */
typedef struct place {
    float along, low, high, size, value;
} place;

static place place_of(const dsc_number *n, bool row)
{
    dsc_rect b = n->box;
    float x = (float)b.x, y = (float)b.y, w = (float)b.w, h = (float)b.h;

    if (row)
        return (place){x + w / 2, y, y + h, h, n->decision->value};
    return (place){y + h / 2, x, x + w, h, n->decision->value};
}

static bool near(float a, float b, float limit)
{
    return fabsf(a - b) <= limit;
}

/* Side by side across the scale: the left, the right or the middle agrees. */
static bool aligned(const place *a, const place *b)
{
    float limit = 0.6F * (a->size < b->size ? a->size : b->size);

    return near(a->low, b->low, limit) || near(a->high, b->high, limit) ||
           near(a->low + a->high, b->low + b->high, 2 * limit);
}

/* Far enough apart to be no words of one sentence. */
static bool apart(const place *a, const place *b, bool row)
{
    return fabsf(a->along - b->along) >= (row ? 3.0F : 1.4F) * a->size;
}

/* Numbers on the line that i and j draw, these two among them. */
static size_t fit(const place *p, size_t n, size_t i, size_t j, bool row,
                  bool *on)
{
    float step = (p[j].value - p[i].value) / (p[j].along - p[i].along);
    size_t count = 0;

    for (size_t k = 0; k < n; k++) {
        float at = p[i].along + (p[k].value - p[i].value) / step;
        on[k] = k == i || k == j ||
                (aligned(&p[i], &p[k]) && near(at, p[k].along, p[i].size / 2) &&
                 apart(&p[i], &p[k], row) && apart(&p[j], &p[k], row));
        count += on[k];
    }
    return count;
}

static bool opposite(const place *a, const place *b)
{
    return a->value * b->value < 0 &&
           near(a->value, -b->value, fabsf(a->value) / 1000);
}

static void find(const place *p, size_t n, bool row, bool *scale)
{
    bool on[MAX_NUMBERS];

    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++) {
            if (near(p[i].value, p[j].value, 1e-4F) || !aligned(&p[i], &p[j]) ||
                !apart(&p[i], &p[j], row))
                continue;
            if (fit(p, n, i, j, row, on) < 3 && !opposite(&p[i], &p[j]))
                continue;
            for (size_t k = 0; k < n; k++)
                scale[k] = scale[k] || on[k];
        }
}

void dsc_policy_decide_scales(const dsc_policy *policy,
                              const dsc_number *numbers, size_t count)
{
    place p[MAX_NUMBERS];
    bool scale[MAX_NUMBERS] = {false};

    if (count > MAX_NUMBERS || policy->kind != DSC_POLICY_SAFE ||
        policy->drop & DSC_POLICY_BIT(DSC_CLASS_SCALE))
        return;
    for (int row = 0; row < 2; row++) {
        for (size_t i = 0; i < count; i++)
            p[i] = place_of(&numbers[i], row);
        find(p, count, row, scale);
    }
    for (size_t i = 0; i < count; i++)
        if (scale[i]) {
            dsc_decision *d = numbers[i].decision;
            d->blank = false;
            d->cls = DSC_CLASS_SCALE;
            d->confidence = 0.8F;
            d->rule = "scale";
            d->reason = "a mark of a scale";
        }
}
