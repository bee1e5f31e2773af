/* SPDX-License-Identifier: Apache-2.0
 *
 * Which slices can be rendered to a face: heads and other parts in several
 * codings, headers that say nothing or nonsense, and geometry. */
#include "../dicom/build.h"
#include "deid/face_priv.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define STORAGE "1.2.840.10008.5.1.4.1.1."
#define AXIAL   "1\\0\\0\\0\\1\\0"
#define SAGITAL "0\\1\\0\\0\\0\\-1"

/* Of a slice; "" leaves an attribute out. */
typedef struct slice {
    const char *sop, *part, *code, *meaning, *study, *series;
    const char *thickness, *step, *spacing, *frames, *orientation, *type;
    uint16_t size;
} slice;

static const slice plain = {
    .sop = STORAGE "2",
    .part = "",
    .code = "",
    .meaning = "",
    .study = "",
    .series = "",
    .thickness = "1.25",
    .step = "",
    .spacing = "0.5\\0.5",
    .frames = "",
    .orientation = AXIAL,
    .type = "ORIGINAL\\PRIMARY\\AXIAL",
    .size = 512,
};

static void put_optional(maker *m, uint32_t tag, const char *vr,
                         const char *text)
{
    if (text[0])
        put_text(m, tag, vr, text);
}

static void put_region(maker *m, const slice *s)
{
    if (!s->code[0] && !s->meaning[0])
        return;
    put_header(m, DSC_TAG(0x0008, 0x2218), "SQ", OPEN);
    put_item(m, OPEN);
    put_optional(m, DSC_TAG(0x0008, 0x0100), "SH", s->code);
    put_text(m, DSC_TAG(0x0008, 0x0102), "SH", "SCT");
    put_optional(m, DSC_TAG(0x0008, 0x0104), "LO", s->meaning);
    put_item_end(m);
    put_sequence_end(m);
}

static dsc_face judge(const slice *s)
{
    maker m = {0};
    dsc_dicom *ds = NULL;
    dsc_face face = DSC_FACE_NO;
    dsc_error err = DSC_ERROR_INIT;
    const char *why = NULL;

    put_meta(&m, EXPLICIT);
    put_text(&m, DSC_TAG(0x0008, 0x0005), "CS", "ISO_IR 192");
    put_optional(&m, DSC_TAG(0x0008, 0x0008), "CS", s->type);
    put_text(&m, DSC_TAG(0x0008, 0x0016), "UI", s->sop);
    put_text(&m, DSC_TAG(0x0008, 0x0018), "UI", "1.2.3");
    put_optional(&m, DSC_TAG(0x0008, 0x1030), "LO", s->study);
    put_optional(&m, DSC_TAG(0x0008, 0x103E), "LO", s->series);
    put_region(&m, s);
    put_optional(&m, DSC_TAG(0x0018, 0x0015), "CS", s->part);
    put_optional(&m, DSC_TAG(0x0018, 0x0050), "DS", s->thickness);
    put_optional(&m, DSC_TAG(0x0018, 0x0088), "DS", s->step);
    put_optional(&m, DSC_TAG(0x0020, 0x0037), "DS", s->orientation);
    put_optional(&m, DSC_TAG(0x0028, 0x0008), "IS", s->frames);
    put_us(&m, DSC_TAG(0x0028, 0x0010), s->size);
    put_us(&m, DSC_TAG(0x0028, 0x0011), s->size);
    put_optional(&m, DSC_TAG(0x0028, 0x0030), "DS", s->spacing);
    cr_assert_eq(open_made(&ds, &m, &err), DSC_OK, "%s", err.msg);
    cr_assert_eq(dsc_face_judge(ds, &face, &why, &err), DSC_OK, "%s", err.msg);
    cr_expect_eq(face == DSC_FACE_NO, !*why);
    dsc_dicom_free(&ds);
    dsc_buf_free(&m.out);
    return face;
}

Test(face, body_parts_in_many_codings)
{
    static const struct {
        const char *part, *code, *meaning, *study, *series;
        dsc_face face;
    } cases[] = {
        /* Body Part Examined */
        {"HEAD", "", "", "", "", DSC_FACE_YES},
        {"BRAIN", "", "", "", "", DSC_FACE_YES},
        {"SKULL", "", "", "", "", DSC_FACE_YES},
        {"HEADNECK", "", "", "", "", DSC_FACE_YES},
        {"ORBIT", "", "", "", "", DSC_FACE_YES},
        {"CSPINE", "", "", "", "", DSC_FACE_YES},
        {"WHOLEBODY", "", "", "", "", DSC_FACE_YES},
        {"CHEST", "", "", "", "", DSC_FACE_NO},
        {"ABDOMEN", "", "", "", "", DSC_FACE_NO},
        {"LSPINE", "", "", "", "", DSC_FACE_NO},
        {"KNEE", "", "", "", "", DSC_FACE_NO},
        /* Anatomic Region Sequence: SNOMED CT, its older codes, words */
        {"", "69536005", "", "", "", DSC_FACE_YES},
        {"", "T-D1100", "", "", "", DSC_FACE_YES},
        {"", "12738006", "Brain", "", "", DSC_FACE_YES},
        {"", "0815", "Structure of head", "", "", DSC_FACE_YES},
        {"", "51185008", "", "", "", DSC_FACE_NO},
        {"", "T-D4000", "Abdomen", "", "", DSC_FACE_NO},
        {"", "0815", "Entire knee region", "", "", DSC_FACE_NO},
        /* descriptions, in some languages */
        {"", "", "", "CT Head w/o contrast", "", DSC_FACE_YES},
        {"", "", "", "", "t1_mprage_sag", DSC_FACE_YES},
        {"", "", "",
         "CCT Sch\xC3\xA4"
         "del nativ",
         "", DSC_FACE_YES},
        {"", "", "", "RM DE CR\xC3\x82NIO", "", DSC_FACE_YES},
        {"", "", "",
         "IRM c\xC3\xA9r\xC3\xA9"
         "brale",
         "", DSC_FACE_YES},
        {"", "", "", "Kopf-Hals", "", DSC_FACE_YES},
        {"", "", "", "PET WHOLE BODY", "", DSC_FACE_YES},
        {"", "", "", "C-SPINE", "", DSC_FACE_YES},
        {"", "", "", "L-SPINE", "", DSC_FACE_NO},
        {"", "", "", "CT Thorax", "", DSC_FACE_NO},
        {"", "", "", "Femoral head", "", DSC_FACE_MAYBE},
        {"", "", "", "MR hip", "femoral head cor", DSC_FACE_NO},
        {"", "", "", "Head/Chest/Abdomen", "", DSC_FACE_YES},
        {"", "", "", "", "AHEADS", DSC_FACE_MAYBE},
        /* two things, nothing, nonsense */
        {"CHEST", "", "", "CT HEAD", "", DSC_FACE_MAYBE},
        {"HEAD", "", "", "CT CHEST", "", DSC_FACE_YES},
        {"", "", "", "", "", DSC_FACE_MAYBE},
        {"XYZZY", "", "", "Routine", "1", DSC_FACE_MAYBE},
        {"XYZZY", "", "", "Routine head", "1", DSC_FACE_YES},
        {"", "", "", "\xFF\xC3", "\xC3", DSC_FACE_MAYBE},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slice s = plain;
        s.part = cases[i].part;
        s.code = cases[i].code;
        s.meaning = cases[i].meaning;
        s.study = cases[i].study;
        s.series = cases[i].series;
        cr_expect_eq(judge(&s), cases[i].face, "%s|%s|%s|%s|%s", s.part, s.code,
                     s.meaning, s.study, s.series);
    }
}

Test(face, geometry_and_kinds)
{
    static const struct {
        slice s; /* what differs from a slice of a head; NULL: nothing */
        uint16_t size;
        dsc_face face;
    } cases[] = {
        {{.sop = STORAGE "2"}, 512, DSC_FACE_YES},
        {{.sop = STORAGE "2.1"}, 512, DSC_FACE_YES},
        {{.sop = STORAGE "4"}, 256, DSC_FACE_YES},
        {{.sop = STORAGE "4.1"}, 256, DSC_FACE_YES},
        {{.sop = STORAGE "128"}, 256, DSC_FACE_YES},
        {{.sop = STORAGE "13.1.2"}, 256, DSC_FACE_YES},
        {{.sop = STORAGE "7"}, 512, DSC_FACE_NO},
        {{.sop = STORAGE "1"}, 512, DSC_FACE_NO},
        {{.sop = STORAGE "6.1"}, 512, DSC_FACE_NO},
        {{.type = "ORIGINAL\\PRIMARY\\LOCALIZER"}, 512, DSC_FACE_NO},
        {{.sop = STORAGE "4", .type = "ORIGINAL\\PRIMARY\\LOCALIZER"},
         512,
         DSC_FACE_YES},
        {{.type = ""}, 512, DSC_FACE_YES},
        /* slices too thick, or too far from each other */
        {{.thickness = "10"}, 512, DSC_FACE_YES},
        {{.thickness = "12"}, 512, DSC_FACE_NO},
        {{.thickness = "5", .step = "20"}, 512, DSC_FACE_NO},
        {{.thickness = "15", .step = "3"}, 512, DSC_FACE_YES},
        {{.thickness = "5", .step = "-20"}, 512, DSC_FACE_NO},
        /* what is missing or wrong is no excuse */
        {{.thickness = ""}, 512, DSC_FACE_YES},
        {{.thickness = "thick"}, 512, DSC_FACE_YES},
        {{.thickness = "-1"}, 512, DSC_FACE_YES},
        {{.thickness = "1e99"}, 512, DSC_FACE_YES},
        {{.thickness = "nan"}, 512, DSC_FACE_YES},
        {{.spacing = ""}, 64, DSC_FACE_YES},
        {{.spacing = "0\\0"}, 64, DSC_FACE_YES},
        {{.spacing = "x"}, 64, DSC_FACE_YES},
        {{.orientation = ""}, 512, DSC_FACE_YES},
        {{.orientation = "1\\0\\0"}, 512, DSC_FACE_YES},
        {{.orientation = "0\\0\\0\\0\\0\\0"}, 512, DSC_FACE_YES},
        /* a small field of view */
        {{.spacing = "0.1\\0.1"}, 512, DSC_FACE_NO},
        {{.spacing = "0.1\\0.1", .orientation = ""}, 512, DSC_FACE_NO},
        {{.spacing = "0.2\\0.2"}, 512, DSC_FACE_YES},
        /* extent across the slices of one instance */
        {{.sop = STORAGE "2.1", .frames = "10"}, 512, DSC_FACE_NO},
        {{.sop = STORAGE "2.1", .frames = "100"}, 512, DSC_FACE_YES},
        {{.sop = STORAGE "2.1", .frames = "100", .orientation = SAGITAL},
         512,
         DSC_FACE_YES},
        {{.sop = STORAGE "2.1", .frames = "10", .orientation = ""},
         512,
         DSC_FACE_NO},
        {{.sop = STORAGE "2.1", .frames = "10", .thickness = ""},
         512,
         DSC_FACE_YES},
        {{.sop = STORAGE "2.1", .frames = "1"}, 512, DSC_FACE_YES},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const slice *c = &cases[i].s;
        slice s = plain;
        s.part = "HEAD";
        s.size = cases[i].size;
        s.sop = c->sop ? c->sop : s.sop;
        s.thickness = c->thickness ? c->thickness : s.thickness;
        s.step = c->step ? c->step : s.step;
        s.spacing = c->spacing ? c->spacing : s.spacing;
        s.frames = c->frames ? c->frames : s.frames;
        s.orientation = c->orientation ? c->orientation : s.orientation;
        s.type = c->type ? c->type : s.type;
        cr_expect_eq(judge(&s), cases[i].face, "case %zu", i);
    }
}

/* In an enhanced image body part and geometry lie in functional groups. */
Test(face, functional_groups_are_looked_into)
{
    maker m = {0};
    dsc_dicom *ds = NULL;
    dsc_face face;
    const char *why;

    put_meta(&m, EXPLICIT);
    put_text(&m, DSC_TAG(0x0008, 0x0016), "UI", STORAGE "4.1");
    put_text(&m, DSC_TAG(0x0008, 0x0018), "UI", "1.2.3");
    put_us(&m, DSC_TAG(0x0028, 0x0010), 256);
    put_us(&m, DSC_TAG(0x0028, 0x0011), 256);
    put_header(&m, DSC_TAG(0x5200, 0x9229), "SQ", OPEN);
    put_item(&m, OPEN);
    put_header(&m, DSC_TAG(0x0020, 0x9071), "SQ", OPEN);
    put_item(&m, OPEN);
    put_header(&m, DSC_TAG(0x0008, 0x2218), "SQ", OPEN);
    put_item(&m, OPEN);
    put_text(&m, DSC_TAG(0x0008, 0x0100), "SH", "12738006");
    put_item_end(&m);
    put_sequence_end(&m);
    put_item_end(&m);
    put_sequence_end(&m);
    put_header(&m, DSC_TAG(0x0028, 0x9110), "SQ", OPEN);
    put_item(&m, OPEN);
    put_text(&m, DSC_TAG(0x0018, 0x0050), "DS", "1");
    put_text(&m, DSC_TAG(0x0028, 0x0030), "DS", "1\\1");
    put_item_end(&m);
    put_sequence_end(&m);
    put_item_end(&m);
    put_sequence_end(&m);
    cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
    cr_assert_eq(dsc_face_judge(ds, &face, &why, NULL), DSC_OK);
    cr_expect_eq(face, DSC_FACE_YES);
    dsc_dicom_free(&ds);
    dsc_buf_free(&m.out);
}
