/* SPDX-License-Identifier: Apache-2.0 */
#include "report/report.h"

#include "base/utf8.h"
#include "report/report_priv.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

static json_object *string_or_null(const char *s)
{
    return s && s[0] ? json_object_new_string(s) : NULL;
}

static void add(json_object *o, const char *key, json_object *value)
{
    json_object_object_add(o, key, value);
}

/* ---- paths ---- */

static const char *text_of(json_object *o, const char *key)
{
    json_object *v = NULL;

    return json_object_object_get_ex(o, key, &v) &&
                   json_object_is_type(v, json_type_string)
               ? json_object_get_string(v)
               : NULL;
}

#define BYTES "_bytes" /* behind a path's key: all of it in hex */

/* Paths are bytes and JSON is UTF-8: of one that is not valid UTF-8 the odd
 * bytes are told as %XX, for people. Since another file may have that for its
 * name, all bytes stand behind it, and behind every name with a '%'. */
static bool add_path(json_object *o, const char *key, const char *path)
{
    size_t n = strlen(path), at = 0, step;
    char *text = dsc_calloc(3 * n + 1, 1), *hex = dsc_calloc(2 * n + 1, 1);
    json_object *told = NULL, *bytes = NULL;
    char name[32];
    bool odd = false;

    for (size_t i = 0; text && hex && i < n; i++)
        snprintf(hex + 2 * i, 3, "%02x", (unsigned char)path[i]);
    for (size_t i = 0; text && hex && i < n; i += step) {
        const unsigned char *s = (const unsigned char *)path + i;
        uint32_t point;
        step = dsc_utf8_decode(s, n - i, &point);
        odd = odd || !step || *s == '%';
        if (step)
            memcpy(text + at, s, step);
        else
            snprintf(text + at, 4, "%%%02X", *s);
        at += step ? step : 3;
        step += !step;
    }
    if (text && hex)
        told = json_object_new_string(text);
    if (told && odd)
        bytes = json_object_new_string(hex);
    snprintf(name, sizeof name, "%s" BYTES, key);
    add(o, key, told);
    if (odd)
        add(o, name, bytes);
    dsc_wipe_free(text, text ? 3 * n : 0);
    dsc_wipe_free(hex, hex ? 2 * n : 0);
    return told && (bytes || !odd);
}

static int digit(char c)
{
    const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) : -1;
}

dsc_status dsc_report__path(char **out, json_object *o, const char *key,
                            dsc_error *err)
{
    char name[32], *path;
    const char *hex, *text = text_of(o, key);

    *out = NULL;
    if (!text)
        return DSC_OK;
    snprintf(name, sizeof name, "%s" BYTES, key);
    hex = text_of(o, name);
    path = hex ? dsc_calloc(strlen(hex) / 2 + 1, 1) : dsc_strdup(text);
    if (!path)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    for (size_t i = 0; hex && hex[i]; i += 2) {
        int high = digit(hex[i]), low = digit(hex[i + 1]);
        if (high < 0 || low < 0 || !(high | low)) {
            dsc_free(path);
            return dsc_fail(err, DSC_USAGE, "\"%s\" is no path in hex", name);
        }
        path[i / 2] = (char)(high << 4 | low);
    }
    *out = path;
    return DSC_OK;
}

static json_object *region_json(const dsc_region *r, bool blanked)
{
    json_object *o = json_object_new_object();
    json_object *frames = json_object_new_array();

    json_object_array_add(frames, json_object_new_int64(r->first_frame));
    json_object_array_add(frames, json_object_new_int64(r->last_frame));
    add(o, "frames", frames);
    add(o, "x", json_object_new_int(r->x));
    add(o, "y", json_object_new_int(r->y));
    add(o, "w", json_object_new_int(r->w));
    add(o, "h", json_object_new_int(r->h));
    if (blanked)
        add(o, "source", json_object_new_string(r->source));
    add(o, "class", json_object_new_string(r->cls));
    if (blanked)
        add(o, "mask", string_or_null(r->mask));
    if (r->rule)
        add(o, "rule", json_object_new_string(r->rule));
    add(o, "reason", json_object_new_string(r->reason));
    add(o, "doubtful", json_object_new_boolean(r->doubtful));
    add(o, "confidence",
        json_object_new_double((int)(r->confidence * 1000 + 0.5F) / 1000.0));
    if (r->overlay) {
        char group[8];
        snprintf(group, sizeof group, "%04X", r->overlay);
        add(o, "overlay", json_object_new_string(group));
    }
    return o;
}

static json_object *regions_json(const dsc_region_list *list, bool blanked)
{
    json_object *a = json_object_new_array();

    for (size_t i = 0; i < list->count; i++)
        json_object_array_add(a, region_json(&list->items[i], blanked));
    return a;
}

static json_object *count_or_null(long n)
{
    return n < 0 ? NULL : json_object_new_int64(n);
}

static json_object *proof_json(const dsc_proof *p)
{
    json_object *o = json_object_new_object();

    add(o, "boxes_blank", json_object_new_boolean(p->boxes_blank));
    add(o, "outside_identical", json_object_new_boolean(p->outside_identical));
    add(o, "residual_text", count_or_null(p->residual_text));
    add(o, "residual_header", count_or_null(p->residual_header));
    return o;
}

static json_object *ms_json(const double *ms)
{
    static const char *const names[DSC_MS_COUNT] = {"read", "plan", "act",
                                                    "prove"};
    json_object *o = json_object_new_object();

    for (int i = 0; i < DSC_MS_COUNT; i++)
        add(o, names[i],
            json_object_new_double((double)(long)(ms[i] * 1000) / 1000));
    return o;
}

/* NULL: no memory. */
static json_object *result_json(const char *input, const char *output,
                                const dsc_result *r)
{
    json_object *o = json_object_new_object();
    json_object *ts = json_object_new_object();
    json_object *notes = json_object_new_array();
    bool whole = add_path(o, "input", input);

    if (output)
        whole = add_path(o, "output", output) && whole;
    else
        add(o, "output", NULL);
    add(ts, "in", string_or_null(r->ts_in));
    add(ts, "out", string_or_null(output ? r->ts_out : ""));
    for (size_t i = 0; i < r->note_count; i++)
        json_object_array_add(notes, json_object_new_string(r->notes[i]));
    add(o, "outcome", json_object_new_string(dsc_outcome_name(r->outcome)));
    add(o, "reason", string_or_null(r->reason));
    add(o, "sop_class", string_or_null(r->sop_class));
    add(o, "modality", string_or_null(r->modality));
    add(o, "device", string_or_null(r->device));
    add(o, "study", string_or_null(r->study));
    add(o, "series", string_or_null(r->series));
    add(o, "instance", string_or_null(r->instance));
    add(o, "frames", json_object_new_int64(r->frames));
    add(o, "columns", json_object_new_int64(r->columns));
    add(o, "rows", json_object_new_int64(r->rows));
    add(o, "transfer_syntax", ts);
    add(o, "regions", regions_json(&r->regions, true));
    add(o, "kept", regions_json(&r->kept, false));
    add(o, "proof", r->proof.done ? proof_json(&r->proof) : NULL);
    add(o, "header_deidentified", json_object_new_boolean(r->proof.done));
    add(o, "notes", notes);
    add(o, "bytes_in", json_object_new_int64((int64_t)r->bytes_in));
    add(o, "bytes_out", json_object_new_int64((int64_t)r->bytes_out));
    add(o, "ms", ms_json(r->ms));
    if (whole)
        return o;
    json_object_put(o);
    return NULL;
}

dsc_status dsc_report_line(dsc_buf *out, const char *input, const char *output,
                           const dsc_result *result, dsc_error *err)
{
    json_object *o = result_json(input, output, result);
    const char *text =
        o ? json_object_to_json_string_ext(
                o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)
          : NULL;
    dsc_status st = DSC_OK;

    if (!text)
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
    if (!st)
        st = dsc_buf_append(out, text, strlen(text), err);
    if (!st)
        st = dsc_buf_append(out, "\n", 1, err);
    json_object_put(o);
    return st;
}

/* ---- read back ---- */

static int32_t int_of(json_object *o, const char *key)
{
    json_object *v = NULL;
    return json_object_object_get_ex(o, key, &v) ? json_object_get_int(v) : 0;
}

static bool parse_region(json_object *o, dsc_region *r)
{
    json_object *frames = NULL;
    const char *overlay = text_of(o, "overlay");
    unsigned group = 0;
    int64_t first, last;

    if (!json_object_object_get_ex(o, "frames", &frames) ||
        !json_object_is_type(frames, json_type_array) ||
        json_object_array_length(frames) != 2)
        return false;
    first = json_object_get_int64(json_object_array_get_idx(frames, 0));
    last = json_object_get_int64(json_object_array_get_idx(frames, 1));
    if (first < 0 || last < first || last > UINT32_MAX)
        return false;
    if (overlay && sscanf(overlay, "%4x", &group) != 1)
        return false;
    *r = (dsc_region){.first_frame = (uint32_t)first,
                      .last_frame = (uint32_t)last,
                      .x = int_of(o, "x"),
                      .y = int_of(o, "y"),
                      .w = int_of(o, "w"),
                      .h = int_of(o, "h"),
                      .source = "operator",
                      .cls = "unknown",
                      .reason = "from the report",
                      .overlay = (uint16_t)group};
    return r->w >= 0 && r->h >= 0;
}

static dsc_status parse_regions(json_object *o, dsc_region_list *out,
                                dsc_error *err)
{
    json_object *a = NULL;
    size_t n;

    if (!json_object_object_get_ex(o, "regions", &a) ||
        !json_object_is_type(a, json_type_array))
        return dsc_fail(err, DSC_USAGE, "no \"regions\"");
    n = json_object_array_length(a);
    out->items = dsc_calloc(n, sizeof *out->items);
    if (!out->items)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    out->cap = n;
    for (; out->count < n; out->count++)
        if (!parse_region(json_object_array_get_idx(a, out->count),
                          &out->items[out->count]))
            return dsc_fail(err, DSC_USAGE, "region %zu is malformed",
                            out->count);
    return DSC_OK;
}

dsc_status dsc_report_parse(dsc_report_entry *out, const char *line,
                            dsc_error *err)
{
    json_object *o = json_tokener_parse(line);
    const char *outcome;
    dsc_status st;

    *out = (dsc_report_entry){0};
    if (!o || !json_object_is_type(o, json_type_object)) {
        st = dsc_fail(err, DSC_USAGE, "not a JSON object");
        goto done;
    }
    outcome = text_of(o, "outcome");
    if (!text_of(o, "input") || !outcome) {
        st = dsc_fail(err, DSC_USAGE, "no \"input\" or \"outcome\"");
        goto done;
    }
    snprintf(out->outcome, sizeof out->outcome, "%s", outcome);
    st = dsc_report__path(&out->input, o, "input", err);
    if (!st)
        st = dsc_report__path(&out->output, o, "output", err);
    if (!st)
        st = parse_regions(o, &out->regions, err);
done:
    if (st)
        dsc_report_entry_free(out);
    json_object_put(o);
    return st;
}

void dsc_report_entry_free(dsc_report_entry *entry)
{
    dsc_free(entry->input);
    dsc_free(entry->output);
    dsc_free(entry->regions.items);
    *entry = (dsc_report_entry){0};
}

void dsc_report_describe(void (*fn)(void *, const char *, const char *),
                         void *ctx)
{
    fn(ctx, "json-c", json_c_version());
    fn(ctx, "libpng", dsc_picture_library_version());
}
