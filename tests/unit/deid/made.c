/* SPDX-License-Identifier: Apache-2.0 */
#include "made.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool print(void *ctx, const dsc_element *e)
{
    dsc_buf *out = ctx;
    char line[512];
    int n;

    if (e->in_meta)
        return true;
    n = snprintf(line, sizeof line, "%s %s %s\n", e->path, e->vr,
                 e->utf8 ? e->utf8 : "-");
    cr_assert_eq(dsc_buf_append(out, line, (size_t)n, NULL), DSC_OK);
    return true;
}

char *cleaned(const maker *m, dsc_object_kind kind, const char *profile)
{
    static const dsc_key key = {{1, 2, 3}};
    dsc_deid_settings settings = {.profile = profile, .key = &key};
    dsc_write_options options = {.implementation_class_uid = "1.2.3",
                                 .implementation_version_name = "TEST"};
    dsc_error err = DSC_ERROR_INIT;
    dsc_deid *deid = NULL;
    dsc_deid_case *c = NULL;
    dsc_object *o = NULL;
    dsc_dicom *source = NULL, *work = NULL, *output = NULL;
    dsc_facts facts = {0};
    dsc_buf bytes = {0}, text = {0};
    dsc_retag what = {.pixels_changed = false};

    cr_assert_eq(
        dsc_facts_add(&facts, DSC_CLASS_NAME, "PN", "Mustermann^Max", NULL),
        DSC_OK);
    cr_assert_eq(open_made(&source, m, &err), DSC_OK, "%s", err.msg);
    cr_assert_eq(open_made(&work, m, &err), DSC_OK, "%s", err.msg);
    cr_assert_eq(dsc_deid_create(&deid, &settings, &err), DSC_OK, "%s",
                 err.msg);
    cr_assert_eq(dsc_deid_open(&c, deid, source, &facts, &err), DSC_OK);
    cr_assert_eq(dsc_object_open(&o, kind, c, source, &err), DSC_OK);
    cr_assert_eq(dsc_deid_apply(c, work, &what, &err), DSC_OK, "%s", err.msg);
    cr_assert_eq(write_made(work, &options, &bytes, &err), DSC_OK, "%s",
                 err.msg);
    cr_assert_eq(
        dsc_dicom_open_memory(&output, bytes.data, bytes.len, NULL, &err),
        DSC_OK, "%s", err.msg);
    cr_assert_eq(dsc_deid_check(c, output, 0, &err), DSC_OK, "%s", err.msg);
    cr_assert_eq(dsc_dicom_walk(output, print, &text, NULL), DSC_OK);
    cr_assert_eq(dsc_buf_append(&text, "", 1, NULL), DSC_OK);
    dsc_object_close(&o);
    dsc_deid_close(&c);
    dsc_deid_free(&deid);
    dsc_dicom_free(&source);
    dsc_dicom_free(&work);
    dsc_dicom_free(&output);
    dsc_facts_free(&facts);
    dsc_buf_free(&bytes);
    return (char *)text.data;
}

void expect_line(const char *text, const char *line)
{
    cr_expect_not_null(strstr(text, line), "%s\nis not in\n%s", line, text);
}

void expect_none(const char *text, const char *word)
{
    cr_expect_null(strstr(text, word), "%s\nis in\n%s", word, text);
}

void begin(maker *m, const char *sop_class)
{
    put_meta(m, EXPLICIT);
    put_text(m, DSC_TAG(0x0008, 0x0016), "UI", sop_class);
    put_text(m, DSC_TAG(0x0008, 0x0018), "UI", "1.2.276.0.99.1");
    put_text(m, DSC_TAG(0x0008, 0x0060), "CS", "SR");
    put_text(m, DSC_TAG(0x0010, 0x0010), "PN", "Mustermann^Max");
    put_text(m, DSC_TAG(0x0010, 0x0020), "LO", "FV-4711");
    put_text(m, DSC_TAG(0x0020, 0x000D), "UI", "1.2.276.0.99.2");
}

void open_item(maker *m)
{
    put_item(m, OPEN);
}

void code(maker *m, uint32_t sequence, const char *value, const char *scheme,
          const char *meaning)
{
    put_header(m, sequence, "SQ", OPEN);
    open_item(m);
    put_text(m, DSC_TAG(0x0008, 0x0100), "SH", value);
    put_text(m, DSC_TAG(0x0008, 0x0102), "SH", scheme);
    put_text(m, DSC_TAG(0x0008, 0x0104), "LO", meaning);
    put_item_end(m);
    put_sequence_end(m);
}

void open_tree(maker *m)
{
    begin(m, STORAGE "88.33");
    put_text(m, DSC_TAG(0x0040, 0xA040), "CS", "CONTAINER");
    code(m, DSC_TAG(0x0040, 0xA043), "121144", "DCM", "Title");
    put_header(m, DSC_TAG(0x0040, 0xA730), "SQ", OPEN);
}

void close_tree(maker *m)
{
    put_sequence_end(m);
}

void content(maker *m, const char *type, const char *concept, uint32_t tag,
             const char *vr, const char *value)
{
    open_item(m);
    put_text(m, DSC_TAG(0x0040, 0xA010), "CS", "CONTAINS");
    put_text(m, DSC_TAG(0x0040, 0xA040), "CS", type);
    if (tag && tag < DSC_TAG(0x0040, 0xA043))
        put_text(m, tag, vr, value);
    code(m, DSC_TAG(0x0040, 0xA043), concept, "DCM", "Meaning");
    if (tag > DSC_TAG(0x0040, 0xA043))
        put_text(m, tag, vr, value);
}

char *cleaned_with(const maker *m, dsc_object_kind kind, const char *profile)
{
    char path[] = "/tmp/dsc-object-XXXXXX";
    int fd = mkstemp(path);
    char *text;

    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, profile, strlen(profile)), (ssize_t)strlen(profile));
    close(fd);
    text = cleaned(m, kind, path);
    unlink(path);
    return text;
}
