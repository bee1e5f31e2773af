/* SPDX-License-Identifier: Apache-2.0
 *
 * Sequences whose VR nobody wrote (PS3.5 6.2.2): UN in explicit VR, private
 * elements that no dictionary knows in implicit VR.
 */
#include "build.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <string.h>

#define REFERENCED DSC_TAG(0x0008, 0x1140)
#define PRIVATE    DSC_TAG(0x0009, 0x1001)

/* "path vr value" of all elements but those of put_meta and put_identity. */
static bool note(void *ctx, const dsc_element *e)
{
    char *text = ctx;
    size_t n = strlen(text);

    if (!e->in_meta && e->tag != DSC_TAG(8, 0x16) && e->tag != DSC_TAG(8, 0x18))
        snprintf(text + n, 1000 - n, "%s %s %s|", e->path, e->vr,
                 e->utf8 ? e->utf8 : "-");
    return true;
}

/* What the walk sees, or the message of the refusal. */
static void see(const void *data, size_t len, char text[1000])
{
    dsc_dicom *ds = NULL;
    dsc_error err = DSC_ERROR_INIT;

    text[0] = '\0';
    if (dsc_dicom_open_memory(&ds, data, len, NULL, &err))
        snprintf(text, 1000, "%s", err.msg);
    else
        cr_assert_eq(dsc_dicom_walk(ds, note, text, &err), DSC_OK);
    dsc_dicom_free(&ds);
}

/* Values in hexadecimal, for they hold NULs; "" in VR: implicit. */
typedef struct sample {
    char name[48], syntax[24], creator[24], vr[3];
    uint32_t tag;
    char value[200], seen[200];
} sample;

#define ITEM   "feff00e0"
#define ROWS   "28001000020000000700" /* (0028,0010), 2 bytes: 7 */
#define ROWS_X "280010005553020007 00"
#define AS_SQ  "(0008,1140) SQ -|(0008,1140)[0].(0028,0010) US 7|"
#define AS_UN  "(0008,1140) UN -|"

ParameterizedTestParameters(unknown, values)
{
    static sample s[] = {
        {"one item", EXPLICIT, "", "UN", REFERENCED, ITEM "0a000000" ROWS,
         AS_SQ},
        {"items that end with delimiters", EXPLICIT, "", "UN", REFERENCED,
         ITEM "ffffffff" ROWS "feff0de000000000", AS_SQ},
        {"little endian in big", BIG, "", "UN", REFERENCED,
         ITEM "0a000000" ROWS, AS_SQ},
        {"no item", EXPLICIT, "", "UN", REFERENCED, "", "(0008,1140) SQ -|"},
        {"an empty item", EXPLICIT, "", "UN", REFERENCED, ITEM "00000000",
         "(0008,1140) SQ -|"},
        {"explicit VR inside", EXPLICIT, "", "UN", REFERENCED,
         ITEM "0a000000" ROWS_X, AS_UN},
        {"a text", EXPLICIT, "", "UN", REFERENCED, "4d75737465726d61", AS_UN},
        {"an item that ends early", EXPLICIT, "", "UN", REFERENCED,
         ITEM "0c000000" ROWS, AS_UN},
        {"an item without its end", EXPLICIT, "", "UN", REFERENCED,
         ITEM "ffffffff" ROWS, AS_UN},
        {"something after the items", EXPLICIT, "", "UN", REFERENCED,
         ITEM "0a000000" ROWS "0000", AS_UN},
        {"an element twice", EXPLICIT, "", "UN", REFERENCED,
         ITEM "14000000" ROWS ROWS, AS_UN},
        {"less than an item", EXPLICIT, "", "UN", REFERENCED, ITEM "0000",
         AS_UN},
        {"an attribute that is no sequence", EXPLICIT, "", "UN",
         DSC_TAG(0x10, 0x20), ITEM "0a000000" ROWS, "(0010,0020) UN "},
        {"private, nobody's", EXPLICIT, "", "UN", PRIVATE, ITEM "0a000000" ROWS,
         "(0009,1001) SQ -|(0009,1001)[0].(0028,0010) US 7|"},
        {"private, nobody's, implicit", IMPLICIT, "", "", PRIVATE,
         ITEM "0a000000" ROWS,
         "(0009,1001) SQ -|(0009,1001)[0].(0028,0010) US 7|"},
        {"private, broken, implicit", IMPLICIT, "", "", PRIVATE,
         ITEM "0c000000" ROWS, "(0009,1001) UN -|"},
        {"private, empty", EXPLICIT, "", "UN", PRIVATE, "",
         "(0009,1001) UN -|"},
        {"private, known as a sequence", EXPLICIT, "Philips Imaging DD 001",
         "UN", DSC_TAG(0x2001, 0x105F), ITEM "0a000000" ROWS,
         "(2001,0010) LO Philips Imaging DD 001|(2001,105F) SQ -|"
         "(2001,105F)[0].(0028,0010) US 7|"},
        {"private, known and empty", EXPLICIT, "Philips Imaging DD 001 ", "UN",
         DSC_TAG(0x2001, 0x105F), "",
         "(2001,0010) LO Philips Imaging DD 001|(2001,105F) SQ -|"},
        {"private, known as a number", EXPLICIT, "Philips Imaging DD 001", "UN",
         DSC_TAG(0x2001, 0x1001), ITEM "0a000000" ROWS,
         "(2001,0010) LO Philips Imaging DD 001|(2001,1001) UN "},
        {"private in private", EXPLICIT, "", "UN", PRIVATE,
         ITEM "1a000000"
              "0900011012000000" ITEM "0a000000" ROWS,
         "(0009,1001) SQ -|(0009,1001)[0].(0009,1001) SQ -|"
         "(0009,1001)[0].(0009,1001)[0].(0028,0010) US 7|"},
        {"broken private in private", EXPLICIT, "", "UN", PRIVATE,
         ITEM "1a000000"
              "0900011012000000" ITEM "0c000000" ROWS,
         "(0009,1001) SQ -|(0009,1001)[0].(0009,1001) UN -|"},
    };
    return cr_make_param_array(sample, s, sizeof s / sizeof *s);
}

static size_t from_hex(const char *hex, uint8_t *out)
{
    size_t n = 0;
    unsigned byte;

    for (; *hex; hex++)
        if (*hex != ' ' && sscanf(hex, "%2x", &byte) == 1) {
            out[n++] = (uint8_t)byte;
            hex++;
        }
    return n;
}

static void make(maker *m, const sample *s)
{
    uint8_t value[200];
    size_t n = from_hex(s->value, value);

    put_meta(m, s->syntax);
    put_identity(m);
    if (s->creator[0])
        put_text(m, (s->tag & 0xFFFF0000u) | 0x10, "LO", s->creator);
    put_raw(m, s->tag, s->vr, value, n);
}

/* What came to light is written as what it is, and read so again. */
ParameterizedTest(sample *s, unknown, values)
{
    dsc_write_options o = plain_options();
    dsc_dicom *ds = NULL;
    maker m = {0};
    dsc_buf bytes = {0};
    char seen[1000], again[1000];

    make(&m, s);
    see(m.out.data, m.out.len, seen);
    cr_assert_eq(strncmp(seen, s->seen, strlen(s->seen)), 0, "%s: %s", s->name,
                 seen);
    cr_assert_eq(open_made(&ds, &m, NULL), DSC_OK);
    cr_assert_eq(write_made(ds, &o, &bytes, NULL), DSC_OK);
    see(bytes.data, bytes.len, again);
    cr_assert_str_eq(again, seen, "%s", s->name);
    dsc_dicom_free(&ds);
    dsc_buf_free(&bytes);
    dsc_buf_free(&m.out);
    CHECK_LEAKS();
}

/* `depth` private sequences, one in the other, each a value of its own. */
static void nested(unsigned depth, bool implicit, char seen[1000])
{
    maker m = {0};

    put_meta(&m, implicit ? IMPLICIT : EXPLICIT);
    put_identity(&m);
    for (unsigned i = depth; i > 0; i--) {
        put_header(&m, PRIVATE, "UN", (i - 1) * 16 + 8);
        m.implicit = true;
        put_item(&m, (i - 1) * 16);
    }
    see(m.out.data, m.out.len, seen);
    dsc_buf_free(&m.out);
}

Test(unknown, nesting)
{
    char seen[1000];

    for (int implicit = 0; implicit < 2; implicit++) {
        nested(20, implicit, seen);
        cr_assert_eq(strncmp(seen, "(0009,1001) SQ -|(0009,1001)[0].", 32), 0,
                     "%s", seen);
        nested(65, implicit, seen);
        cr_assert_not_null(strstr(seen, "nested over 64 deep"), "%s", seen);
        nested(100000, implicit, seen);
        cr_assert_not_null(strstr(seen, "nested over 64 deep"), "%s", seen);
    }
    CHECK_LEAKS();
}

/* Each value is tried once; all of them together are read twice. */
Test(unknown, many, .timeout = 60)
{
    static const uint8_t item[8] = {0xFE, 0xFF, 0, 0xE0};
    maker m = {0};
    char seen[1000];

    put_meta(&m, EXPLICIT);
    put_identity(&m);
    for (uint32_t i = 0; i < 60000; i++)
        put_raw(&m, DSC_TAG(9, 0x1000) + i, "UN", item, sizeof item);
    see(m.out.data, m.out.len, seen);
    cr_assert_eq(strncmp(seen, "(0009,1000) SQ -|(0009,1001) SQ -|", 34), 0,
                 "%s", seen);
    dsc_buf_free(&m.out);
    CHECK_LEAKS();
}
