/* SPDX-License-Identifier: Apache-2.0 */
#include "made.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_floats(maker *m, uint32_t tag, size_t n)
{
    float values[256];

    for (size_t i = 0; i < n; i++)
        values[i] = (float)i + 0.5f;
    put_raw(m, tag, "FL", values, n * sizeof *values);
}

static void graphic(maker *m, const char *type, uint16_t points)
{
    open_item(m);
    put_text(m, DSC_TAG(0x0070, 0x0005), "CS", "PIXEL");
    put_us(m, DSC_TAG(0x0070, 0x0020), 2);
    put_us(m, DSC_TAG(0x0070, 0x0021), points);
    put_floats(m, DSC_TAG(0x0070, 0x0022), (size_t)points * 2);
    put_text(m, DSC_TAG(0x0070, 0x0023), "CS", type);
    put_item_end(m);
}

Test(annotation, graphics_of_a_presentation_state)
{
    maker m = {0};
    char *text;

    begin(&m, STORAGE "11.1");
    put_header(&m, DSC_TAG(0x0070, 0x0001), "SQ", OPEN);
    open_item(&m);
    put_text(&m, DSC_TAG(0x0070, 0x0002), "CS", "LAYER1");
    put_header(&m, DSC_TAG(0x0070, 0x0008), "SQ", OPEN);
    open_item(&m);
    put_text(&m, DSC_TAG(0x0070, 0x0006), "ST", "Mustermann, lesion");
    put_item_end(&m);
    put_sequence_end(&m);
    put_header(&m, DSC_TAG(0x0070, 0x0009), "SQ", OPEN);
    graphic(&m, "POLYLINE", 5);
    graphic(&m, "POLYLINE", 120);
    graphic(&m, "CIRCLE", 2);
    put_sequence_end(&m);
    put_item_end(&m);
    put_sequence_end(&m);
    text = cleaned(&m, DSC_OBJECT_PR, "basic");
    expect_none(text, "Mustermann");
    expect_line(text, "(0070,0001)[0].(0070,0008)[0].(0070,0006) ST ANON");
    expect_line(text, "(0070,0009)[0].(0070,0022) FL 0.5\\1.5\\2.5");
    expect_line(text, "(0070,0009)[1].(0070,0021) US 2\n");
    expect_line(text, "(0070,0009)[1].(0070,0022) FL 0\\0\\0\\0\n");
    expect_line(text, "(0070,0009)[2].(0070,0022) FL 0.5\\1.5\\2.5\\3.5\n");
    free(text);
    text = cleaned(&m, DSC_OBJECT_PR, "internal");
    expect_none(text, "Mustermann");
    expect_line(text, "(0070,0006) ST lesion\n");
    free(text);
    dsc_buf_free(&m.out);
}

/* ---- annotations ---- */

#define ANNOTATION "(0070,0001)"

/* A presentation state with one annotation; its sequences follow. */
static void open_annotation(maker *m, const char *layer)
{
    begin(m, STORAGE "11.1");
    put_header(m, DSC_TAG(0x0070, 0x0001), "SQ", OPEN);
    open_item(m);
    put_text(m, DSC_TAG(0x0070, 0x0002), "CS", layer);
}

static void close_annotation(maker *m)
{
    put_item_end(m);
    put_sequence_end(m);
}

static void text_objects(maker *m, const char *const *texts, size_t count)
{
    put_header(m, DSC_TAG(0x0070, 0x0008), "SQ", OPEN);
    for (size_t i = 0; i < count; i++) {
        open_item(m);
        put_text(m, DSC_TAG(0x0070, 0x0006), "ST", texts[i]);
        put_item_end(m);
    }
    put_sequence_end(m);
}

Test(annotation, only_harmless_words_stay_without_clean_descriptors)
{
    static const struct {
        const char *text;
        bool stays;
    } cases[] = {
        {"12.3 mm", true},
        {"-40 HU", true},
        {"50%", true},
        {"37.2 mm 12.3 mm", true},
        {"0171 5550 123 mm", false},
        {"", false},
        {"Mustermann 3 mm", false},
        {"lesion 3 mm", true},
        {"Knipser 3 mm", false},
        {"lesion of a friend", false},
        {"Mark", false},
        {"lesion\r\nKnipser", false},
        {"4711", false},
        {"0815 4711", false},
        {"19380819 mm", false},
        {"123456 mm", false},
        {"19.08.1938", false},
        {"mm", true},
        {"5thAvenue 3 mm", false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        maker m = {0};
        char line[128], *text;
        open_annotation(&m, "LAYER1");
        text_objects(&m, &cases[i].text, 1);
        close_annotation(&m);
        text = cleaned(&m, DSC_OBJECT_PR, "basic");
        snprintf(line, sizeof line,
                 ANNOTATION "[0].(0070,0008)[0].(0070,0006) ST %s\n",
                 cases[i].stays ? cases[i].text : "ANONYMIZED");
        expect_line(text, line);
        free(text);
        dsc_buf_free(&m.out);
    }
}

/* A name of a layer links items: it changes in all of them alike, or in none.
 */
Test(annotation, layers_are_renamed_alike)
{
    static const char *const layers[] = {"MUSTERMANN", "LAYER1"};

    for (int i = 0; i < 2; i++) {
        maker m = {0};
        char *text, *at, name[17] = "", line[64];
        open_annotation(&m, layers[i]);
        close_annotation(&m);
        put_header(&m, DSC_TAG(0x0070, 0x0060), "SQ", OPEN);
        open_item(&m);
        put_text(&m, DSC_TAG(0x0070, 0x0002), "CS", layers[i]);
        put_text(&m, DSC_TAG(0x0070, 0x0068), "LO", "of Mustermann");
        put_item_end(&m);
        put_sequence_end(&m);
        put_text(&m, DSC_TAG(0x0070, 0x0080), "CS", layers[i]);
        put_text(&m, DSC_TAG(0x0070, 0x0081), "LO", "said Knipser");
        text = cleaned(&m, DSC_OBJECT_PR, "basic");
        at = strstr(text, ANNOTATION "[0].(0070,0002) CS ");
        cr_assert_not_null(at);
        sscanf(at, ANNOTATION "[0].(0070,0002) CS %16s", name);
        cr_expect_eq(strcmp(name, layers[i]) != 0, i == 0, "%s", name);
        snprintf(line, sizeof line, "(0070,0060)[0].(0070,0002) CS %s\n", name);
        expect_line(text, line);
        snprintf(line, sizeof line, "\n(0070,0080) CS %s\n", name);
        expect_line(text, line);
        expect_line(text, "(0070,0068) LO ANONYMIZED\n");
        expect_line(text, "(0070,0081) LO ANONYMIZED\n");
        free(text);
        dsc_buf_free(&m.out);
    }
}

Test(annotation, words_in_compound_graphics_and_groups_go)
{
    maker m = {0};
    char *text;

    open_annotation(&m, "LAYER1");
    put_header(&m, DSC_TAG(0x0070, 0x0209), "SQ", OPEN);
    open_item(&m);
    put_us(&m, DSC_TAG(0x0070, 0x0021), 90);
    put_floats(&m, DSC_TAG(0x0070, 0x0022), 180);
    put_header(&m, DSC_TAG(0x0070, 0x0231), "SQ", OPEN);
    open_item(&m);
    put_text(&m, DSC_TAG(0x0070, 0x0227), "LO", "Helvetica");
    put_item_end(&m);
    put_sequence_end(&m);
    put_header(&m, DSC_TAG(0x0070, 0x0287), "SQ", OPEN);
    open_item(&m);
    put_text(&m, DSC_TAG(0x0070, 0x0289), "SH", "Knipser 3");
    put_item_end(&m);
    put_sequence_end(&m);
    put_text(&m, DSC_TAG(0x0070, 0x0294), "CS", "MULTILINE");
    put_item_end(&m);
    put_sequence_end(&m);
    close_annotation(&m);
    put_header(&m, DSC_TAG(0x0070, 0x0234), "SQ", OPEN);
    open_item(&m);
    put_text(&m, DSC_TAG(0x0070, 0x0207), "LO", "Knipser");
    put_text(&m, DSC_TAG(0x0070, 0x0208), "ST", "by Knipser");
    put_item_end(&m);
    put_sequence_end(&m);
    text = cleaned(&m, DSC_OBJECT_PR, "basic");
    expect_none(text, "Knipser");
    expect_line(text, "(0070,0227) LO Helvetica\n");
    expect_line(text, "(0070,0022) FL 0\\0\\0\\0\n");
    expect_line(text, "(0070,0021) US 2\n");
    free(text);
    dsc_buf_free(&m.out);
}

/* The overlay that shapes a shutter goes, and the shutter with it. */
Test(annotation, bitmap_shutters_go_others_stay)
{
    for (int bitmap = 0; bitmap < 2; bitmap++) {
        maker m = {0};
        char *text;
        begin(&m, STORAGE "11.1");
        put_text(&m, DSC_TAG(0x0018, 0x1600), "CS",
                 bitmap ? "BITMAP" : "CIRCULAR");
        put_us(&m, DSC_TAG(0x0018, 0x1622), 0);
        put_us(&m, DSC_TAG(0x0018, 0x1623), 0x6000);
        text = cleaned(&m, DSC_OBJECT_PR, "basic");
        cr_expect_eq(strstr(text, "(0018,1600)") == NULL, bitmap == 1);
        cr_expect_eq(strstr(text, "(0018,1622)") == NULL, bitmap == 1);
        cr_expect_eq(strstr(text, "(0018,1623)") == NULL, bitmap == 1);
        free(text);
        dsc_buf_free(&m.out);
    }
}

Test(annotation, annotations_of_waveforms)
{
    maker m = {0};
    char *text;

    begin(&m, STORAGE "9.1.1");
    put_header(&m, DSC_TAG(0x0040, 0xB020), "SQ", OPEN);
    open_item(&m);
    put_text(&m, DSC_TAG(0x0070, 0x0006), "ST", "seen by Knipser");
    put_item_end(&m);
    open_item(&m);
    code(&m, DSC_TAG(0x0040, 0xA043), "X1", "99LOCAL", "Mustermann rate");
    put_text(&m, DSC_TAG(0x0040, 0xA30A), "DS", "72");
    put_item_end(&m);
    put_sequence_end(&m);
    text = cleaned(&m, DSC_OBJECT_WAVEFORM, "basic");
    expect_none(text, "Knipser");
    expect_none(text, "Mustermann");
    expect_line(text, "(0040,B020)[0].(0070,0006) ST ANONYMIZED\n");
    expect_line(text, "(0040,B020)[1].(0040,A30A) DS 72\n");
    expect_line(text, "(0008,0104) LO rate\n");
    free(text);
    dsc_buf_free(&m.out);
}

/* ---- labels, overrides, claims ---- */

Test(annotation, labels_lose_what_identifies_and_remarks_go)
{
    maker m = {0};
    char *text;

    begin(&m, STORAGE "66.4");
    put_header(&m, DSC_TAG(0x0062, 0x0002), "SQ", OPEN);
    open_item(&m);
    put_text(&m, DSC_TAG(0x0062, 0x0005), "LO", "Liver of Mustermann");
    put_text(&m, DSC_TAG(0x0062, 0x0006), "ST", "Liver, as a friend saw it");
    put_item_end(&m);
    put_sequence_end(&m);
    put_text(&m, DSC_TAG(0x6000, 0x0022), "LO", "overlay of Mustermann");
    text = cleaned(&m, DSC_OBJECT_SEGMENTATION, "basic");
    expect_line(text, "(0062,0005) LO Liver of\n");
    expect_line(text, "(0062,0006) ST ANONYMIZED\n");
    expect_none(text, "(6000,0022)");
    free(text);
    text = cleaned(&m, DSC_OBJECT_SEGMENTATION, "internal");
    expect_line(text, "(0062,0006) ST Liver, as a friend saw it\n");
    free(text);
    dsc_buf_free(&m.out);
}

/* In every kind, images among them. */
Test(annotation, addresses_go)
{
    static const dsc_object_kind kinds[] = {DSC_OBJECT_KO, DSC_OBJECT_IMAGE};

    for (int i = 0; i < 2; i++) {
        maker m = {0};
        char *text;
        begin(&m, STORAGE "88.59");
        put_text(&m, DSC_TAG(0x0008, 0x1190), "UR", "http://pacs/?id=1");
        put_header(&m, DSC_TAG(0x0040, 0xA390), "SQ", OPEN);
        open_item(&m);
        put_text(&m, DSC_TAG(0x0040, 0xE001), "ST", "1.2.276^ward");
        put_text(&m, DSC_TAG(0x0040, 0xE010), "UR", "http://pacs/?id=2");
        put_item_end(&m);
        put_sequence_end(&m);
        text = cleaned(&m, kinds[i], "internal");
        expect_none(text, "pacs");
        expect_none(text, "ward");
        expect_line(text, "(0008,1190) UR urn:anonymized\n");
        expect_line(text, "[0].(0040,E001) ST urn:anonymized\n");
        expect_line(text, "[0].(0040,E010) UR urn:anonymized\n");
        free(text);
        dsc_buf_free(&m.out);
    }
}

Test(annotation, a_profile_file_has_the_last_word)
{
    maker m = {0};
    char *text;

    open_tree(&m);
    content(&m, "TEXT", "999901", TEXT, "UT", "calm");
    put_item_end(&m);
    close_tree(&m);
    text = cleaned_with(&m, DSC_OBJECT_SR,
                        "profile: basic\nattributes:\n  TextValue: keep\n");
    expect_line(text, "(0040,A160) UT calm\n");
    free(text);
    text = cleaned_with(&m, DSC_OBJECT_SR,
                        "profile: basic\nattributes:\n  ContentSequence: "
                        "remove\n");
    expect_none(text, "(0040,A730)");
    free(text);
    dsc_buf_free(&m.out);
}

#define CONTENT_CLAIM  "(0008,0100) SH 113104\n"
#define GRAPHICS_CLAIM "(0008,0100) SH 113103\n"

/* Claimed is what was done, whoever asked. */
Test(annotation, claims_of_what_was_done)
{
    static const char asked[] = "profile: basic\noptions:\n  clean-graphics: "
                                "yes\n  clean-structured-content: yes\n";
    static const struct {
        dsc_object_kind kind;
        bool asked, content, graphics;
    } cases[] = {
        {DSC_OBJECT_SR, false, true, false},
        {DSC_OBJECT_KO, false, true, false},
        {DSC_OBJECT_PR, false, false, true},
        {DSC_OBJECT_WAVEFORM, false, true, false},
        {DSC_OBJECT_RT, false, false, false},
        {DSC_OBJECT_IMAGE, false, false, false},
        {DSC_OBJECT_IMAGE, true, true, true},
        {DSC_OBJECT_SR, true, true, true},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        maker m = {0};
        char *text;
        begin(&m, STORAGE "7");
        text = cases[i].asked ? cleaned_with(&m, cases[i].kind, asked)
                              : cleaned(&m, cases[i].kind, "basic");
        cr_expect_eq(strstr(text, CONTENT_CLAIM) != NULL, cases[i].content,
                     "%zu", i);
        cr_expect_eq(strstr(text, GRAPHICS_CLAIM) != NULL, cases[i].graphics,
                     "%zu", i);
        free(text);
        dsc_buf_free(&m.out);
    }
}

/* What an option keeps in an image is cleaned there too. */
Test(annotation, content_and_graphics_inside_of_images)
{
    static const char asked[] = "profile: basic\noptions:\n  clean-graphics: "
                                "yes\n  clean-structured-content: yes\n";
    maker m = {0};
    char *text;

    begin(&m, STORAGE "7");
    put_header(&m, DSC_TAG(0x0040, 0x0555), "SQ", OPEN);
    content(&m, "TEXT", "999901", TEXT, "UT", "held by Knipser");
    put_item_end(&m);
    put_sequence_end(&m);
    put_header(&m, DSC_TAG(0x0070, 0x0001), "SQ", OPEN);
    open_item(&m);
    put_header(&m, DSC_TAG(0x0070, 0x0009), "SQ", OPEN);
    graphic(&m, "POLYLINE", 120);
    put_sequence_end(&m);
    put_item_end(&m);
    put_sequence_end(&m);
    text = cleaned_with(&m, DSC_OBJECT_IMAGE, asked);
    expect_none(text, "Knipser");
    expect_line(text, "(0040,0555)[0].(0040,A160) UT ANONYMIZED\n");
    expect_line(text, "(0070,0022) FL 0\\0\\0\\0\n");
    free(text);
    dsc_buf_free(&m.out);
}
