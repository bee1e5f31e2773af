/* SPDX-License-Identifier: Apache-2.0
 *
 * A policy as it is asked for: a kind, what is kept or dropped all the same,
 * and a site's own harmless terms.
 */
#include "policy/policy_priv.h"

#include <string.h>

static const struct {
    const char *word;
    dsc_class cls;
    bool keep, drop;
} kinds[] = {
    {"dates", DSC_CLASS_DATE, true, false},
    {"times", DSC_CLASS_TIME, true, false},
    {"institution", DSC_CLASS_INSTITUTION, true, false},
    {"device", DSC_CLASS_DEVICE, true, false},
    {"ages", DSC_CLASS_AGE, true, false},
    {"laterality", DSC_CLASS_LATERALITY, true, true},
    {"measurements", DSC_CLASS_MEASUREMENT, false, true},
    {"labels", DSC_CLASS_LABEL, false, true},
    {"units", DSC_CLASS_UNIT, false, true},
    {"scales", DSC_CLASS_SCALE, false, true},
    {"vendor", DSC_CLASS_VENDOR, false, true},
};
#define KINDS (sizeof kinds / sizeof kinds[0])

static bool parse_kinds(const char *list, bool keep, uint32_t *out)
{
    *out = 0;
    while (list && *list) {
        size_t n = strcspn(list, ","), k = 0;
        while (k < KINDS &&
               (strlen(kinds[k].word) != n || strncmp(kinds[k].word, list, n) ||
                !(keep ? kinds[k].keep : kinds[k].drop)))
            k++;
        if (k == KINDS)
            return false;
        *out |= DSC_POLICY_BIT(kinds[k].cls);
        list += n;
        if (*list && !*++list)
            return false; /* a comma at the end */
    }
    return true;
}

static bool parse_kind(const char *name, dsc_policy_kind *out)
{
    static const char *const names[] = {[DSC_POLICY_ALL] = "all",
                                        [DSC_POLICY_PHI] = "phi",
                                        [DSC_POLICY_SAFE] = "safe"};

    for (int i = DSC_POLICY_ALL; name && i <= DSC_POLICY_SAFE; i++)
        if (!strcmp(name, names[i])) {
            *out = (dsc_policy_kind)i;
            return true;
        }
    return false;
}

dsc_status dsc_policy_create(dsc_policy **out, const char *kind,
                             const char *keep, const char *drop, dsc_error *err)
{
    dsc_policy p = {.kind = DSC_POLICY_ALL};

    *out = NULL;
    if (!parse_kind(kind, &p.kind))
        return dsc_fail(err, DSC_USAGE, "unknown policy (safe, phi, all)");
    if (!parse_kinds(keep, true, &p.keep))
        return dsc_fail(err, DSC_USAGE,
                        "--keep takes dates, times, institution, device, ages, "
                        "laterality");
    if (!parse_kinds(drop, false, &p.drop))
        return dsc_fail(err, DSC_USAGE,
                        "--remove takes measurements, labels, units, scales, "
                        "laterality, vendor");
    if (p.kind == DSC_POLICY_ALL && (p.keep || p.drop))
        return dsc_fail(err, DSC_USAGE,
                        "the policy all keeps nothing: --keep and --remove go "
                        "with safe and phi");
    if (p.keep & p.drop)
        return dsc_fail(err, DSC_USAGE, "the same kind to keep and to remove");
    *out = dsc_alloc(sizeof **out);
    if (!*out)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    **out = p;
    return DSC_OK;
}

void dsc_policy_free(dsc_policy **policy)
{
    if (!*policy)
        return;
    dsc_free((*policy)->terms);
    dsc_free(*policy);
    *policy = NULL;
}

bool dsc_policy_is_safe(const dsc_policy *policy)
{
    return policy->kind == DSC_POLICY_SAFE;
}

const dsc_policy *dsc_policy_plain(dsc_policy_kind kind)
{
    static const dsc_policy plain[] = {
        [DSC_POLICY_ALL] = {.kind = DSC_POLICY_ALL},
        [DSC_POLICY_PHI] = {.kind = DSC_POLICY_PHI},
        [DSC_POLICY_SAFE] = {.kind = DSC_POLICY_SAFE}};

    return &plain[kind];
}
