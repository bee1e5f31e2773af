/* SPDX-License-Identifier: Apache-2.0 */
#include "deid/face_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STORAGE "1.2.840.10008.5.1.4.1.1."

/* Slices further apart show no features; less than this of a head, along any
 * axis of the patient, neither. */
#define MAX_STEP_MM   10.0
#define MIN_EXTENT_MM 60.0

/* What the header says, gathered in one walk. */
typedef struct study {
    unsigned coded, told; /* DSC_PART_* of body part and region; of texts */
    double thickness, step, row_mm, column_mm;
    double direction[6];
    bool oriented;
} study;

/* Of slices through a body; craniofacial ones say by that what they are of. */
static bool makes_slices(const char *sop_class, bool *head)
{
    static const char *const classes[] = {
        "2",   "2.1", "2.2", "4",     "4.1",    "4.3",
        "4.4", "128", "130", "128.1", "13.1.1", "13.1.2",
    };
    size_t n = sizeof STORAGE - 1;

    *head = false;
    if (strncmp(sop_class, STORAGE, n))
        return false;
    *head = !strcmp(sop_class + n, "13.1.2");
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (!strcmp(sop_class + n, classes[i]))
            return true;
    return false;
}

/* "a\b\c": the first number is taken where it is a length. */
static void first_length(const char *text, double *out)
{
    double v = strtod(text, NULL);

    if (*out <= 0 && v > 0 && v < 1e6)
        *out = v;
}

static void read_spacing(study *s, const char *text)
{
    const char *second = strchr(text, '\\');
    double row = strtod(text, NULL), column = row;

    if (second)
        column = strtod(second + 1, NULL);
    if (s->row_mm <= 0 && row > 0 && column > 0 && row < 1e6 && column < 1e6) {
        s->row_mm = row;
        s->column_mm = column;
    }
}

static void read_orientation(study *s, const char *text)
{
    double d[6], a = 0, b = 0;

    if (s->oriented)
        return;
    for (unsigned i = 0; i < 6; i++) {
        char *end;
        d[i] = strtod(text, &end);
        if (end == text)
            return;
        text = end + (*end == '\\');
    }
    for (unsigned i = 0; i < 3; i++) {
        a += d[i] * d[i];
        b += d[3 + i] * d[3 + i];
    }
    if (!(fabs(a - 1) < 0.1 && fabs(b - 1) < 0.1))
        return;
    memcpy(s->direction, d, sizeof d);
    s->oriented = true;
}

static bool visit(void *ctx, const dsc_element *e)
{
    study *s = ctx;
    bool region = strstr(e->path, "(0008,2218)") != NULL;

    if (!e->utf8 || !e->utf8[0] || e->in_meta)
        return true;
    switch (e->tag) {
    case DSC_TAG(0x0008, 0x0100):
        s->coded |= region ? dsc_face__code(e->utf8) : 0;
        break;
    case DSC_TAG(0x0008, 0x0104):
        s->coded |= region ? dsc_face__words(e->utf8) : 0;
        break;
    case DSC_TAG(0x0018, 0x0015): /* Body Part Examined */
        s->coded |= dsc_face__words(e->utf8);
        break;
    case DSC_TAG(0x0008, 0x1030): /* descriptions of study, series, protocol */
    case DSC_TAG(0x0008, 0x103E):
    case DSC_TAG(0x0018, 0x0024):
    case DSC_TAG(0x0018, 0x1030):
    case DSC_TAG(0x0020, 0x4000):
    case DSC_TAG(0x0032, 0x1060):
    case DSC_TAG(0x0040, 0x0007):
    case DSC_TAG(0x0040, 0x0254):
        s->told |= dsc_face__words(e->utf8);
        break;
    case DSC_TAG(0x0018, 0x0050):
        first_length(e->utf8, &s->thickness);
        break;
    case DSC_TAG(0x0018, 0x0088):
        first_length(e->utf8[0] == '-' ? e->utf8 + 1 : e->utf8, &s->step);
        break;
    case DSC_TAG(0x0028, 0x0030):
        read_spacing(s, e->utf8);
        break;
    case DSC_TAG(0x0020, 0x0037):
        read_orientation(s, e->utf8);
        break;
    default:
        break;
    }
    return true;
}

/* Too small for a face along an axis of which the extent is known: those in
 * the plane, and across the slices of one instance. */
static bool is_small(const study *s, double rows, double columns, double frames)
{
    double width = columns * s->column_mm, height = rows * s->row_mm;
    double step = s->step > 0 ? s->step : s->thickness;
    double across = frames > 1 && step > 0 ? frames * step : 0;

    if (s->row_mm <= 0 || rows < 1 || columns < 1)
        return false;
    if (!s->oriented)
        return width < MIN_EXTENT_MM || height < MIN_EXTENT_MM ||
               (across > 0 && across < MIN_EXTENT_MM);
    for (unsigned i = 0; i < 3; i++) {
        const double *r = s->direction, *c = s->direction + 3;
        double normal = fabs(r[(i + 1) % 3] * c[(i + 2) % 3] -
                             r[(i + 2) % 3] * c[(i + 1) % 3]);
        double extent =
            fabs(r[i]) * width + fabs(c[i]) * height + normal * across;
        /* of slices that other instances may add to */
        bool known = across > 0 || normal < 0.5;
        if (known && extent < MIN_EXTENT_MM)
            return true;
    }
    return false;
}

static double number(const dsc_dicom *ds, uint32_t tag)
{
    double v = 0;

    return dsc_dicom_number(ds, tag, 0, &v) && v > 0 ? v : 0;
}

static bool has_term(const char *values, const char *term)
{
    size_t n = strlen(term);

    for (const char *p = values; p; p = strchr(p, '\\')) {
        p += *p == '\\';
        if (!strncmp(p, term, n) && (!p[n] || p[n] == '\\' || p[n] == ' '))
            return true;
    }
    return false;
}

dsc_status dsc_face_judge(const dsc_dicom *ds, dsc_face *out, const char **why,
                          dsc_error *err)
{
    study s = {.coded = 0};
    char sop_class[65], type[1024];
    bool head;
    double step, frames = number(ds, DSC_TAG(0x0028, 0x0008));
    dsc_status st;

    *out = DSC_FACE_NO;
    *why = "";
    dsc_dicom_string(ds, DSC_TAG(0x0008, 0x0016), sop_class, sizeof sop_class);
    dsc_dicom_strings(ds, DSC_TAG(0x0008, 0x0008), type, sizeof type);
    if (!makes_slices(sop_class, &head))
        return DSC_OK;
    /* a scout of a CT is no slice */
    if (!strcmp(sop_class, STORAGE "2") && has_term(type, "LOCALIZER"))
        return DSC_OK;
    st = dsc_dicom_walk(ds, visit, &s, err);
    if (st)
        return st;
    step = s.step > 0 ? s.step : s.thickness;
    if (dsc_dicom_has(ds, DSC_TAG(0x0020, 0x9161)))
        frames = 1; /* the concatenation goes on in other instances */
    if (step > MAX_STEP_MM ||
        is_small(&s, number(ds, DSC_TAG(0x0028, 0x0010)),
                 number(ds, DSC_TAG(0x0028, 0x0011)), frames))
        return DSC_OK;
    if (head || s.coded & DSC_PART_HEAD ||
        (s.told & DSC_PART_HEAD && !(s.coded & DSC_PART_OTHER))) {
        *out = DSC_FACE_YES;
        *why = "slices of a head, which can be rendered to a face";
    } else if (s.told & DSC_PART_HEAD || !(s.coded | s.told)) {
        *out = DSC_FACE_MAYBE;
        *why = "slices, perhaps of a head, which could be rendered to a face";
    }
    return DSC_OK;
}
