/* SPDX-License-Identifier: Apache-2.0
 *
 * Profiles: three that are built in, and files that start from one of them.
 *
 *     profile: research
 *     options:
 *       clean-descriptors: yes
 *     attributes:
 *       PatientAge: remove
 *       "(0008,0070)": keep
 */
#include "base/sort.h"
#include "deid/deid_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define MAX_FILE ((size_t)1 << 20)

static const struct {
    const char *name;
    unsigned options;
} presets[] = {
    {"basic", 0},
    {"research",
     DSC_DEID_SHIFT_DATES | DSC_DEID_KEEP_PATIENT | DSC_DEID_KEEP_DEVICE},
    {"internal", DSC_DEID_FULL_DATES | DSC_DEID_KEEP_PATIENT |
                     DSC_DEID_KEEP_DEVICE | DSC_DEID_KEEP_INSTITUTION |
                     DSC_DEID_DESCRIPTORS | DSC_DEID_SAFE_PRIVATE},
};

static const struct {
    const char *name;
    unsigned option;
} names[] = {
    {"retain-safe-private", DSC_DEID_SAFE_PRIVATE},
    {"retain-uids", DSC_DEID_KEEP_UIDS},
    {"retain-device-identity", DSC_DEID_KEEP_DEVICE},
    {"retain-institution-identity", DSC_DEID_KEEP_INSTITUTION},
    {"retain-patient-characteristics", DSC_DEID_KEEP_PATIENT},
    {"retain-full-dates", DSC_DEID_FULL_DATES},
    {"retain-modified-dates", DSC_DEID_SHIFT_DATES},
    {"clean-descriptors", DSC_DEID_DESCRIPTORS},
    {"clean-structured-content", DSC_DEID_CONTENT},
    {"clean-graphics", DSC_DEID_GRAPHICS},
};

static const struct {
    const char *name;
    dsc_deid__action action;
} actions[] = {
    {"keep", DSC_ACTION_K},  {"remove", DSC_ACTION_X},
    {"empty", DSC_ACTION_Z}, {"replace", DSC_ACTION_D},
    {"clean", DSC_ACTION_C}, {"map-uid", DSC_ACTION_U},
};

#define COUNT(a) (sizeof(a) / sizeof *(a))

static bool preset(dsc_deid *d, const char *name)
{
    for (size_t i = 0; i < COUNT(presets); i++) {
        if (!strcmp(presets[i].name, name)) {
            d->options = presets[i].options;
            return true;
        }
    }
    return false;
}

/* ---- overrides ---- */

dsc_status dsc_deid__add_override(dsc_deid *d, uint32_t tag,
                                  dsc_deid__action action, dsc_error *err)
{
    if (d->override_count == d->override_cap) {
        size_t cap = d->override_cap ? d->override_cap * 2 : 16;
        dsc_deid__override *more = dsc_calloc(cap, sizeof *more);
        if (!more)
            return dsc_fail(err, DSC_NOMEM, "out of memory");
        if (d->override_count)
            memcpy(more, d->overrides, d->override_count * sizeof *more);
        dsc_free(d->overrides);
        d->overrides = more;
        d->override_cap = cap;
    }
    d->overrides[d->override_count++] = (dsc_deid__override){tag, action};
    return DSC_OK;
}

static int compare_override(const void *a, const void *b)
{
    uint32_t x = ((const dsc_deid__override *)a)->tag;
    uint32_t y = ((const dsc_deid__override *)b)->tag;

    return x < y ? -1 : x > y;
}

const dsc_deid__override *dsc_deid__overridden(const dsc_deid *d, uint32_t tag)
{
    dsc_deid__override key = {tag, DSC_ACTION_NONE};

    return d->override_count
               ? dsc_lookup(&key, d->overrides, d->override_count,
                            sizeof *d->overrides, compare_override)
               : NULL;
}

/* ---- the file ---- */

typedef struct reader {
    dsc_deid *d;
    const char *path;
    yaml_parser_t parser;
    yaml_event_t event;
    bool has_event;
    bool seen[3];  /* profile, options, attributes */
    unsigned told; /* options that the file names */
    dsc_error *err;
} reader;

static dsc_status wrong(reader *r, const char *fmt, ...) DSC_PRINTF(2, 3);

/* Keys of the file may be quoted: it holds settings, no patients. */
static dsc_status wrong(reader *r, const char *fmt, ...)
{
    char text[160];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    dsc_one_line(text);
    return dsc_fail(r->err, DSC_USAGE, "%.80s:%zu: %s", r->path,
                    (r->has_event ? r->event.start_mark.line
                                  : r->parser.problem_mark.line) +
                        1,
                    text);
}

static dsc_status next(reader *r)
{
    if (r->has_event)
        yaml_event_delete(&r->event);
    r->has_event = false;
    if (!yaml_parser_parse(&r->parser, &r->event))
        return wrong(r, "no valid YAML: %s",
                     r->parser.problem ? r->parser.problem : "unreadable");
    r->has_event = true;
    return DSC_OK;
}

static dsc_status expect(reader *r, yaml_event_type_t type, const char *what)
{
    dsc_status st = next(r);

    if (!st && r->event.type != type)
        st = wrong(r, "%s expected", what);
    return st;
}

static const char *scalar(const reader *r)
{
    return (const char *)r->event.data.scalar.value;
}

/* A key of a map, copied; *end at the end of the map. */
static dsc_status key(reader *r, char *buf, size_t size, bool *end)
{
    dsc_status st = next(r);

    *end = !st && r->event.type == YAML_MAPPING_END_EVENT;
    if (st || *end)
        return st;
    if (r->event.type != YAML_SCALAR_EVENT || r->event.data.scalar.length == 0)
        return wrong(r, "a name expected");
    if (r->event.data.scalar.length >= size)
        return wrong(r, "too long");
    snprintf(buf, size, "%s", scalar(r));
    return DSC_OK;
}

static dsc_status read_options(reader *r)
{
    char name[80];
    bool end;
    dsc_status st = expect(r, YAML_MAPPING_START_EVENT, "options: a map");

    while (!st) {
        unsigned option = 0;
        bool yes, no;
        st = key(r, name, sizeof name, &end);
        if (st || end)
            break;
        for (size_t i = 0; i < COUNT(names); i++)
            if (!strcmp(names[i].name, name))
                option = names[i].option;
        if (!option)
            return wrong(r, "\"%s\" is no option", name);
        if (r->told & option)
            return wrong(r, "\"%s\" appears twice", name);
        r->told |= option;
        st = expect(r, YAML_SCALAR_EVENT, "yes or no");
        if (st)
            break;
        yes = !strcmp(scalar(r), "yes") || !strcmp(scalar(r), "true");
        no = !strcmp(scalar(r), "no") || !strcmp(scalar(r), "false");
        if (!yes && !no)
            return wrong(r, "\"%s\" takes yes or no", name);
        if (yes)
            r->d->options |= option;
        else
            r->d->options &= ~option;
    }
    return st;
}

/* "(0010,0010)", "00100010" or a keyword. */
static bool parse_tag(const char *text, uint32_t *tag)
{
    char digits[9];
    size_t n = 0;
    char *stop;

    for (const char *p = text; *p && n < 9; p++) {
        if (*p == '(' || *p == ')' || *p == ',' || *p == ' ')
            continue;
        if (n == 8 || !strchr("0123456789abcdefABCDEF", *p))
            return dsc_dicom_keyword(text, tag);
        digits[n++] = *p;
    }
    digits[n < 9 ? n : 8] = '\0';
    if (n != 8)
        return dsc_dicom_keyword(text, tag);
    *tag = (uint32_t)strtoul(digits, &stop, 16);
    return true;
}

/* Weaker than the standard: what the profile would change is left alone. */
static bool is_weaker(const dsc_deid *d, uint32_t tag, dsc_deid__action action)
{
    const dsc_deid__row *row = dsc_deid__find(tag);

    if (action == DSC_ACTION_C)
        return row && !row->clean;
    return action == DSC_ACTION_K && (!row || !(row->keep & d->options));
}

/* What says how the instance and its pixels are to be read. */
static bool is_fixed(uint32_t tag)
{
    static const uint32_t tags[] = {
        0x00080005, 0x00280002, 0x00280004, 0x00280006, 0x00280008, 0x00280010,
        0x00280011, 0x00280100, 0x00280101, 0x00280102, 0x00280103, 0x7FE00010,
    };

    for (size_t i = 0; i < COUNT(tags); i++)
        if (tags[i] == tag)
            return true;
    return dsc_deid__is_structural(tag);
}

static dsc_status check_action(reader *r, const char *name, uint32_t tag,
                               dsc_deid__action action)
{
    char vr[3];

    dsc_dicom_vr(tag, vr);
    if (action != DSC_ACTION_K && is_fixed(tag))
        return wrong(r, "\"%s\" tells how to read the instance, so it stays",
                     name);
    if (action == DSC_ACTION_U && strcmp(vr, "UI"))
        return wrong(r, "\"%s\" is no UID", name);
    if (action == DSC_ACTION_K && strstr("DA DT TM", vr) && vr[0])
        r->d->keeps_dates = true;
    return DSC_OK;
}

static dsc_status read_attributes(reader *r)
{
    char name[80];
    bool end;
    dsc_status st = expect(r, YAML_MAPPING_START_EVENT, "attributes: a map");

    while (!st) {
        dsc_deid__action action = DSC_ACTION_NONE;
        uint32_t tag;
        st = key(r, name, sizeof name, &end);
        if (st || end)
            break;
        if (!parse_tag(name, &tag))
            return wrong(r, "\"%s\" is no attribute", name);
        if ((tag >> 16) % 2 || tag >> 16 < 8)
            return wrong(r,
                         "\"%s\": private and group 0002 to 0006 "
                         "attributes have no rule of their own",
                         name);
        st = expect(r, YAML_SCALAR_EVENT, "an action");
        if (st)
            break;
        for (size_t i = 0; i < COUNT(actions); i++)
            if (!strcmp(actions[i].name, scalar(r)))
                action = actions[i].action;
        if (!action)
            return wrong(r,
                         "\"%s\" takes keep, remove, empty, replace, clean "
                         "or map-uid",
                         name);
        for (size_t i = 0; i < r->d->override_count; i++)
            if (r->d->overrides[i].tag == tag)
                return wrong(r, "\"%s\" appears twice", name);
        st = check_action(r, name, tag, action);
        if (!st)
            st = dsc_deid__add_override(r->d, tag, action, r->err);
    }
    return st;
}

static dsc_status read_section(reader *r, const char *name)
{
    static const char *const sections[] = {"profile", "options", "attributes"};
    size_t i = 0;
    dsc_status st;

    while (i < 3 && strcmp(sections[i], name))
        i++;
    if (i == 3)
        return wrong(r, "\"%s\" is none of profile, options, attributes", name);
    if (r->seen[i])
        return wrong(r, "\"%s\" appears twice", name);
    r->seen[i] = true;
    if (i == 1)
        return read_options(r);
    if (i == 2)
        return read_attributes(r);
    if (r->seen[1])
        return wrong(r, "\"profile\" must stand before the options");
    st = expect(r, YAML_SCALAR_EVENT, "the name of a profile");
    if (!st && !preset(r->d, scalar(r)))
        st = wrong(r, "profile takes basic, research or internal");
    return st;
}

static dsc_status read_document(reader *r)
{
    char name[80];
    bool end = false;
    dsc_status st = expect(r, YAML_STREAM_START_EVENT, "a stream");

    if (!st)
        st = expect(r, YAML_DOCUMENT_START_EVENT, "a document");
    if (!st)
        st = expect(r, YAML_MAPPING_START_EVENT, "a map");
    while (!st) {
        st = key(r, name, sizeof name, &end);
        if (st || end)
            break;
        st = read_section(r, name);
    }
    if (!st)
        st = expect(r, YAML_DOCUMENT_END_EVENT, "the end of the document");
    if (!st)
        st = expect(r, YAML_STREAM_END_EVENT, "one document only");
    if (!st && r->d->options & DSC_DEID_FULL_DATES &&
        r->d->options & DSC_DEID_SHIFT_DATES)
        st = wrong(r, "retain-full-dates and retain-modified-dates exclude "
                      "each other");
    return st;
}

static dsc_status load_file(dsc_deid *d, const char *path, dsc_error *err)
{
    dsc_buf text = {0};
    reader r = {.d = d, .path = path, .err = err};
    dsc_status st = dsc_read_file(&text, path, MAX_FILE, err);

    if (st) {
        dsc_error_context(err, "profile");
        return st == DSC_NOMEM ? st : DSC_USAGE;
    }
    if (!yaml_parser_initialize(&r.parser)) {
        dsc_buf_free(&text);
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    }
    /* libyaml aborts on NULL, which is what an empty file gives */
    yaml_parser_set_input_string(
        &r.parser, text.len ? text.data : (const uint8_t *)"", text.len);
    st = read_document(&r);
    if (r.has_event)
        yaml_event_delete(&r.event);
    yaml_parser_delete(&r.parser);
    dsc_buf_free(&text);
    return st;
}

dsc_status dsc_deid__load_profile(dsc_deid *d, const char *name, dsc_error *err)
{
    dsc_status st = DSC_OK;

    if (!preset(d, name))
        st = load_file(d, name, err);
    if (st || !d->override_count)
        return st;
    dsc_sort(d->overrides, d->override_count, sizeof *d->overrides,
             compare_override);
    for (size_t i = 0; i < d->override_count; i++)
        d->weaker |= is_weaker(d, d->overrides[i].tag, d->overrides[i].action);
    return st;
}
