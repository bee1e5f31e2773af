/* SPDX-License-Identifier: Apache-2.0
 *
 * A record of the report, read with distrust: what is not as it should be is
 * empty, and only what is no record at all is an error. */
#include "base/sort.h"
#include "report/report_priv.h"
#include "report/site_priv.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BOXES 100000u
/* What the policy itself calls doubtful is at least so. */
#define DOUBTFUL 0.5

static const char *text(json_object *o, const char *key)
{
    json_object *v = NULL;

    if (!json_object_object_get_ex(o, key, &v) ||
        !json_object_is_type(v, json_type_string))
        return "";
    return json_object_get_string(v);
}

/* Text that may hold only these characters and be so long. */
static const char *only(json_object *o, const char *key, const char *allowed,
                        size_t limit)
{
    const char *s = text(o, key);

    return strlen(s) > limit || s[strspn(s, allowed)] ? "" : s;
}

static const char *uid(json_object *o, const char *key)
{
    return only(o, key, "0123456789.", 64);
}

static int64_t whole(json_object *o, const char *key, int64_t low, int64_t high)
{
    json_object *v = NULL;
    int64_t n;

    if (!json_object_object_get_ex(o, key, &v))
        return low > 0 ? low : 0;
    n = json_object_get_int64(v);
    return n < low ? low : n > high ? high : n;
}

static double real(json_object *o, const char *key, double low, double high)
{
    json_object *v = NULL;
    double d = 0;

    if (json_object_object_get_ex(o, key, &v))
        d = json_object_get_double(v);
    return d >= low && d <= high ? d : low;
}

static long count_or_unknown(json_object *o, const char *key)
{
    json_object *v = NULL;

    return json_object_object_get_ex(o, key, &v) && v
               ? (long)whole(o, key, 0, INT32_MAX)
               : -1;
}

static bool truth(json_object *o, const char *key)
{
    json_object *v = NULL;
    return json_object_object_get_ex(o, key, &v) && json_object_get_boolean(v);
}

static void parse_box(json_object *o, bool kept, dsc_site_box *box)
{
    json_object *frames = NULL;
    dsc_region *r = &box->region;
    const char *overlay = text(o, "overlay");

    *box = (dsc_site_box){.kept = kept};
    if (json_object_object_get_ex(o, "frames", &frames) &&
        json_object_is_type(frames, json_type_array) &&
        json_object_array_length(frames) == 2) {
        int64_t a = json_object_get_int64(json_object_array_get_idx(frames, 0));
        int64_t b = json_object_get_int64(json_object_array_get_idx(frames, 1));
        r->first_frame = a < 0 || a > UINT32_MAX ? 0 : (uint32_t)a;
        r->last_frame = b < a || b > UINT32_MAX ? r->first_frame : (uint32_t)b;
    }
    r->x = (int32_t)whole(o, "x", 0, UINT16_MAX);
    r->y = (int32_t)whole(o, "y", 0, UINT16_MAX);
    r->w = (int32_t)whole(o, "w", 0, UINT16_MAX);
    r->h = (int32_t)whole(o, "h", 0, UINT16_MAX);
    r->source = text(o, "source");
    r->cls = text(o, "class");
    r->reason = text(o, "reason");
    snprintf(r->mask, sizeof r->mask, "%s", text(o, "mask"));
    r->confidence = (float)real(o, "confidence", 0, 1);
    r->overlay = (uint16_t)strtoul(overlay, NULL, 16);
    /* What stays and should have gone is worse than what went. */
    box->doubt = (1 - (double)r->confidence) * (kept ? 1 : 0.5);
    r->doubtful = truth(o, "doubtful");
    if (r->doubtful && box->doubt < DOUBTFUL)
        box->doubt = DOUBTFUL;
}

static int by_doubt(const void *pa, const void *pb)
{
    const dsc_site_box *a = pa, *b = pb;

    if (a->doubt < b->doubt || a->doubt > b->doubt)
        return a->doubt < b->doubt ? 1 : -1;
    if (a->region.y != b->region.y)
        return a->region.y < b->region.y ? -1 : 1;
    return (a->region.x > b->region.x) - (a->region.x < b->region.x);
}

static size_t length_of(json_object *o, const char *key, json_object **out)
{
    *out = NULL;
    if (!json_object_object_get_ex(o, key, out) ||
        !json_object_is_type(*out, json_type_array)) {
        *out = NULL;
        return 0;
    }
    return json_object_array_length(*out);
}

static dsc_status parse_boxes(dsc_site_file *f, dsc_error *err)
{
    static const char *const keys[2] = {"regions", "kept"};

    json_object *lists[2];
    size_t counts[2];

    for (int kept = 0; kept < 2; kept++) {
        counts[kept] = length_of(f->json, keys[kept], &lists[kept]);
        if (counts[kept] > MAX_BOXES)
            return dsc_fail(err, DSC_USAGE, "row %ld has over %u boxes",
                            (long)f->number, MAX_BOXES);
    }
    f->boxes = dsc_calloc(counts[0] + counts[1], sizeof *f->boxes);
    if (!f->boxes)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    for (int kept = 0; kept < 2; kept++)
        for (size_t i = 0; i < counts[kept]; i++)
            parse_box(json_object_array_get_idx(lists[kept], i), kept,
                      &f->boxes[f->box_count++]);
    dsc_sort(f->boxes, f->box_count, sizeof *f->boxes, by_doubt);
    return DSC_OK;
}

static void parse_numbers(dsc_site_file *f)
{
    static const char *const stages[DSC_MS_COUNT] = {"read", "plan", "act",
                                                     "prove"};
    json_object *o = f->json, *part = NULL;

    f->frames = (uint32_t)whole(o, "frames", 0, UINT32_MAX);
    f->columns = (uint32_t)whole(o, "columns", 0, UINT16_MAX);
    f->rows = (uint32_t)whole(o, "rows", 0, UINT16_MAX);
    f->bytes_in = (uint64_t)whole(o, "bytes_in", 0, INT64_MAX);
    f->bytes_out = (uint64_t)whole(o, "bytes_out", 0, INT64_MAX);
    if (json_object_object_get_ex(o, "ms", &part))
        for (int i = 0; i < DSC_MS_COUNT; i++)
            f->ms[i] = real(part, stages[i], 0, 1e12);
    f->proof = (dsc_proof){.residual_text = -1, .residual_header = -1};
    if (json_object_object_get_ex(o, "proof", &part) &&
        json_object_is_type(part, json_type_object))
        f->proof = (dsc_proof){
            .done = true,
            .boxes_blank = truth(part, "boxes_blank"),
            .outside_identical = truth(part, "outside_identical"),
            .residual_text = count_or_unknown(part, "residual_text"),
            .residual_header = count_or_unknown(part, "residual_header")};
    length_of(o, "notes", &f->notes);
}

static bool parse_outcome(dsc_site_file *f)
{
    const char *name = text(f->json, "outcome");

    for (unsigned i = 0; i < DSC_SITE_STATES; i++)
        if (!strcmp(name, dsc_site_state(i))) {
            f->outcome = i;
            return true;
        }
    return false;
}

static dsc_status read_paths(dsc_site_file *f, dsc_error *err)
{
    dsc_status st = dsc_report__path(&f->input_path, f->json, "input", err);

    if (!st)
        st = dsc_report__path(&f->output_path, f->json, "output", err);
    if (!st && !f->input_path)
        f->input_path = dsc_strdup("");
    if (!st && !f->output_path)
        f->output_path = dsc_strdup("");
    return st || (f->input_path && f->output_path)
               ? st
               : dsc_fail(err, DSC_NOMEM, "out of memory");
}

dsc_status dsc_site_file_parse(dsc_site_file *f, const dsc_site_row *row,
                               dsc_error *err)
{
    json_object *ts = NULL;
    dsc_status st = DSC_OK;

    *f = (dsc_site_file){.number = row->number, .ended = row->ended};
    f->json = json_tokener_parse(row->record);
    if (!json_object_is_type(f->json, json_type_object) || !parse_outcome(f)) {
        st = dsc_fail(err, DSC_USAGE, "row %ld is no record of a file",
                      (long)row->number);
        goto done;
    }
    if (row->pending)
        f->outcome = DSC_SITE_PENDING;
    f->reason = text(f->json, "reason");
    f->device = text(f->json, "device");
    f->input = text(f->json, "input");
    f->output = text(f->json, "output");
    st = read_paths(f, err);
    if (st)
        goto done;
    f->modality = only(f->json, "modality", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", 16);
    f->sop_class = uid(f->json, "sop_class");
    f->study = uid(f->json, "study");
    f->series = uid(f->json, "series");
    f->instance = uid(f->json, "instance");
    f->ts_in = f->ts_out = "";
    if (json_object_object_get_ex(f->json, "transfer_syntax", &ts)) {
        f->ts_in = uid(ts, "in");
        f->ts_out = uid(ts, "out");
    }
    if (f->study[0] == '.') /* it becomes a file's name */
        f->study = "";
    parse_numbers(f);
    st = parse_boxes(f, err);
done:
    if (st)
        dsc_site_file_free(f);
    return st;
}

void dsc_site_file_free(dsc_site_file *f)
{
    for (size_t i = 0; i < f->box_count; i++)
        if (f->boxes[i].text)
            dsc_wipe_free(f->boxes[i].text, strlen(f->boxes[i].text));
    dsc_free(f->boxes);
    dsc_free(f->input_path);
    dsc_free(f->output_path);
    json_object_put(f->json);
    *f = (dsc_site_file){0};
}

bool dsc_site_is_written(const dsc_site_file *f)
{
    return (f->outcome == DSC_CLEAN || f->outcome == DSC_SCRUBBED) &&
           f->output[0];
}

size_t dsc_site_notes(const dsc_site_file *f)
{
    return f->notes ? json_object_array_length(f->notes) : 0;
}

const char *dsc_site_note(const dsc_site_file *f, size_t index)
{
    json_object *o = json_object_array_get_idx(f->notes, index);
    const char *s = json_object_is_type(o, json_type_string)
                        ? json_object_get_string(o)
                        : NULL;
    return s ? s : "";
}

const char *dsc_site_state(unsigned outcome)
{
    return outcome < DSC_SITE_PENDING ? dsc_outcome_name((dsc_outcome)outcome)
                                      : "pending";
}

void dsc_site_kind(const dsc_site_file *f, char *buf, size_t size)
{
    snprintf(buf, size, "%s %.150s", f->modality[0] ? f->modality : "?",
             f->device[0] ? f->device : "?");
}

/* ---- JSON lines as a source ---- */

typedef struct line_place {
    char study[65];
    int64_t number;
    long offset;
} line_place;

struct dsc_site_lines {
    FILE *fp;
    char *line;
    size_t cap;
};

dsc_status dsc_site_lines_open(dsc_site_lines **out, const char *path,
                               dsc_error *err)
{
    dsc_site_lines *l = dsc_alloc(sizeof *l);

    *out = NULL;
    if (!l)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    l->fp = fopen(path, "re");
    if (!l->fp) {
        dsc_free(l);
        return dsc_fail(err, DSC_USAGE, "the report cannot be read: %s",
                        strerror(errno));
    }
    *out = l;
    return DSC_OK;
}

void dsc_site_lines_close(dsc_site_lines **l)
{
    if (!*l)
        return;
    if ((*l)->line)
        explicit_bzero((*l)->line, (*l)->cap);
    free((*l)->line);
    fclose((*l)->fp);
    dsc_free(*l);
    *l = NULL;
}

static dsc_status check_line(const dsc_site_lines *l, ssize_t n, int64_t number,
                             dsc_error *err)
{
    if (n > 0 && l->line[n - 1] != '\n')
        return dsc_fail(err, DSC_USAGE,
                        "line %ld ends early: the report is cut off",
                        (long)number);
    if (strlen(l->line) != (size_t)n)
        return dsc_fail(err, DSC_USAGE, "line %ld holds a zero byte",
                        (long)number);
    return DSC_OK;
}

static int by_study(const void *pa, const void *pb)
{
    const line_place *a = pa, *b = pb;
    int order = strcmp(a->study, b->study);

    return order ? order : (a->number > b->number) - (a->number < b->number);
}

typedef struct line_index {
    line_place *items;
    size_t count, cap;
} line_index;

static dsc_status note_line(line_index *x, const dsc_site_row *row, long offset,
                            dsc_error *err)
{
    dsc_site_file f;
    dsc_status st = dsc_site_file_parse(&f, row, err);

    if (st)
        return st;
    if (x->count == x->cap) {
        size_t cap = x->cap ? 2 * x->cap : 256;
        line_place *items = dsc_calloc(cap, sizeof *items);
        if (!items) {
            dsc_site_file_free(&f);
            return dsc_fail(err, DSC_NOMEM, "out of memory");
        }
        if (x->count)
            memcpy(items, x->items, x->count * sizeof *items);
        dsc_free(x->items);
        x->items = items;
        x->cap = cap;
    }
    snprintf(x->items[x->count].study, sizeof x->items[0].study, "%s", f.study);
    x->items[x->count].number = row->number;
    x->items[x->count++].offset = offset;
    dsc_site_file_free(&f);
    return DSC_OK;
}

/* In the file's order; with an index, only to fill that. */
static dsc_status pass(dsc_site_lines *l, line_index *index, dsc_site_row_fn fn,
                       void *fn_ctx, dsc_error *err)
{
    dsc_status st = DSC_OK;
    int64_t number = 0;
    long offset = 0;
    ssize_t n;

    rewind(l->fp);
    while (!st && (n = getline(&l->line, &l->cap, l->fp)) > 0) {
        dsc_site_row row = {.number = ++number, .record = l->line};
        st = check_line(l, n, number, err);
        if (!st && index)
            st = note_line(index, &row, offset, err);
        else if (!st && !fn(fn_ctx, &row))
            return DSC_OK;
        offset += n;
    }
    if (!st && ferror(l->fp))
        st = dsc_fail(err, DSC_USAGE, "the report cannot be read to its end");
    return st;
}

dsc_status dsc_site_lines_each(void *lines, bool sorted, dsc_site_row_fn fn,
                               void *fn_ctx, dsc_error *err)
{
    dsc_site_lines *l = lines;
    line_index index = {0};
    dsc_status st = pass(l, sorted ? &index : NULL, fn, fn_ctx, err);

    if (index.count)
        dsc_sort(index.items, index.count, sizeof *index.items, by_study);
    for (size_t i = 0; !st && i < index.count; i++) {
        dsc_site_row row = {.number = index.items[i].number};
        if (fseek(l->fp, index.items[i].offset, SEEK_SET) ||
            getline(&l->line, &l->cap, l->fp) <= 0)
            st = dsc_fail(err, DSC_IO, "the report changed while it was read");
        row.record = l->line;
        if (!st && !fn(fn_ctx, &row))
            break;
    }
    dsc_free(index.items);
    return st;
}
