/* SPDX-License-Identifier: Apache-2.0
 *
 * Every row of Table E.1-1 under every option, against the table itself; dates,
 * references, private elements, and files of settings that are wrong. */
#include "deid/deid_priv.h"

#include "../dicom/build.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const dsc_key key = {{7}};
static const dsc_facts no_facts;

static void ruling_of(const dsc_deid_case *c, const dsc_at *at,
                      dsc_edit_kind *kind, const char **code)
{
    dsc_edit edit = {0};
    dsc_ruling r = {.edit = &edit};
    cr_assert_eq(dsc_deid_rule(c, at, &r, NULL), DSC_OK);
    *kind = edit.kind;
    *code = r.code;
    dsc_buf_free(&edit.text);
}

/* A sequence needs no value, so that every row can be asked without a file. */
static dsc_at bare(uint32_t tag)
{
    return (dsc_at){.tag = tag, .vr = "SQ", .meaning = "SQ", .path = ""};
}

Test(table, every_row_has_its_action_and_its_options)
{
    size_t seen = 0;

    for (size_t i = 0; i < dsc_deid__row_count; i++) {
        const dsc_deid__row *row = &dsc_deid__rows[i];
        if (row->tag >> 16 < 8 || row->basic == DSC_ACTION_U)
            continue;
        for (unsigned bit = 0; bit <= DSC_DEID_GRAPHICS;
             bit = bit ? bit << 1 : 1) {
            dsc_deid d = {.key = key, .options = bit};
            dsc_deid_case c = {.deid = &d, .facts = &no_facts, .iod = 0};
            dsc_at at = bare(row->tag);
            dsc_edit_kind kind;
            const char *code;
            ruling_of(&c, &at, &kind, &code);
            if (row->keep & bit)
                cr_assert_str_eq(code, "K", "%08X", row->tag);
            else if (row->clean & bit)
                cr_assert_str_eq(code, "C", "%08X", row->tag);
            else
                cr_assert_str_eq(code, dsc_deid__action_name(row->basic),
                                 "%08X", row->tag);
            if ((row->keep | row->clean) & bit)
                cr_assert_eq(kind, DSC_EDIT_KEEP, "%08X", row->tag);
            else if (row->basic == DSC_ACTION_X &&
                     dsc_deid__type_of(row->tag, 0, 0) > DSC_TYPE_2C)
                cr_assert_eq(kind, DSC_EDIT_REMOVE, "%08X", row->tag);
            seen++;
        }
    }
    cr_assert_gt(seen, 6000);
}

Test(date, moves_keep_intervals_and_nothing_invalid_passes)
{
    static const char *const wrong[] = {
        "",           "2024",     "20240230",  "20241301", "19000229",
        "2024-01-01", "00000101", "20240101X", "2024.01",  "99999999"};
    char out[40];

    cr_assert(dsc_deid__move_date("DA", "20240301", -1, out, sizeof out));
    cr_assert_str_eq(out, "20240229");
    cr_assert(dsc_deid__move_date("DA", "2024.03.01", -1, out, sizeof out));
    cr_assert_str_eq(out, "20240229");
    cr_assert(dsc_deid__move_date("DT", "20240101120000.5+0100", -1, out,
                                  sizeof out));
    cr_assert_str_eq(out, "20231231120000.5+0100");
    cr_assert(dsc_deid__move_date("TM", "12:30:59", -1, out, sizeof out));
    cr_assert_str_eq(out, "123059");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_assert_not(dsc_deid__move_date("DA", wrong[i], -1, out, sizeof out),
                      "%zu", i);
    cr_assert_not(dsc_deid__move_date("DA", "00010101", -1, out, sizeof out));
    cr_assert_not(dsc_deid__move_date("TM", "256060", 0, out, sizeof out));
    cr_assert_not(dsc_deid__move_date("DT", "2024010112x", 0, out, sizeof out));
}

Test(uid, well_known_ones_stay_and_broken_ones_do_not)
{
    cr_assert(dsc_deid__is_well_known("1.2.840.10008.1.4.1.1", true));
    cr_assert_not(dsc_deid__is_well_known("1.2.840.10008.99.1", true));
    cr_assert_not(dsc_deid__is_uid(".."));
    cr_assert_not(dsc_deid__is_uid("1..2"));
    cr_assert_not(dsc_deid__is_uid("1.02"));
    cr_assert_not(dsc_deid__is_uid(
        "1.234567890123456789012345678901234567890123456789012345678901234"));
}

static dsc_status settings(const char *text, bool map, dsc_error *err)
{
    char path[] = "/tmp/dcmscrub-profile-XXXXXX";
    int fd = mkstemp(path);
    dsc_deid_settings s = {.key = &key};
    dsc_deid *d = NULL;
    dsc_status st;

    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    if (map)
        s.id_map = path;
    else
        s.profile = path;
    st = dsc_deid_create(&d, &s, err);
    dsc_deid_free(&d);
    unlink(path);
    return st;
}

Test(settings, wrong_files_are_told_with_their_line)
{
    static const struct {
        const char *text, *line;
        bool map;
    } cases[] = {
        {"profile: best\n", ":1:", false},
        {"options:\n  retain-all: yes\n", ":2:", false},
        {"options:\n  retain-uids: maybe\n", ":2:", false},
        {"options:\n  retain-uids: yes\n  retain-uids: no\n", ":3:", false},
        {"attributes:\n  PatientAge: burn\n", ":2:", false},
        {"attributes:\n  NoSuchThing: keep\n", ":2:", false},
        {"attributes:\n  \"(0009,0010)\": keep\n", ":2:", false},
        {"attributes:\n  SOPClassUID: map-uid\n", ":2:", false},
        {"attributes:\n  ReferencedSOPClassUID: remove\n", ":2:", false},
        {"attributes:\n  SpecificCharacterSet: empty\n", ":2:", false},
        {"attributes:\n  Rows: keep\n  PixelData: clean\n", ":3:", false},
        {"attributes:\n  PatientSex: map-uid\n", ":2:", false},
        {"surprise: 1\n", ":1:", false},
        {"profile: [basic\n", ":", false},
        {"", ":", false},
        {"A,B\nC\n", ":2:", true},
        {"A,B\n\"C,D\n", ":2:", true},
        {"A,B\nC,\n", ":2:", true},
        {"A,B\nX,Y\nA,C\n", ":3:", true},
        {"A,A\n", ":1:", true},
        {"A,B,C\n", ":1:", true},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dsc_error err = DSC_ERROR_INIT;
        cr_assert_eq(settings(cases[i].text, cases[i].map, &err), DSC_USAGE,
                     "case %zu", i);
        cr_assert(strstr(err.msg, cases[i].line), "case %zu: %s", i, err.msg);
    }
}

Test(settings, good_files_are_taken)
{
    dsc_error err = DSC_ERROR_INIT;

    cr_assert_eq(settings("profile: research\noptions:\n  clean-descriptors: "
                          "yes\nattributes:\n  PatientAge: remove\n",
                          false, &err),
                 DSC_OK, "%s", err.msg);
    cr_assert_eq(settings("real,trial\r\n\"1,2\",T-1\r\n", true, &err), DSC_OK,
                 "%s", err.msg);
}
