/* SPDX-License-Identifier: Apache-2.0
 *
 * What the finder told before is told again only of the same pixels.
 */
#include "scrub/scrub_priv.h"

#include <criterion/criterion.h>
#include <string.h>

#include "draw.h"

static const dsc_rect within = {120, 100, 40, 24};

static void write_at(canvas *c, int x, int y, const char *text)
{
    stroke s = {
        .text = text, .size = 16, .x = x, .y = y, .ink = 230, .outline = -1};

    canvas_write(c, &s);
}

/* Through what was remembered the boxes are those of a new search. */
static void check(dsc_looks *looks, dsc_detector *d, const canvas *c,
                  dsc_detect_effort effort, const char *what)
{
    dsc_plane p = canvas_plane(c);
    dsc_text_boxes told = {0}, fresh = {0};

    cr_assert_eq(dsc_look_at(looks, d, &p, &within, effort, &told, NULL),
                 DSC_OK);
    cr_assert_eq(dsc_detector_find(d, &p, &within, effort, &fresh, NULL),
                 DSC_OK);
    cr_assert_eq(told.count, fresh.count, "%s", what);
    for (size_t i = 0; i < told.count; i++) {
        cr_expect_eq(
            memcmp(&told.items[i].box, &fresh.items[i].box, sizeof(dsc_rect)),
            0, "%s: box %zu", what, i);
        cr_expect_eq(told.items[i].score, fresh.items[i].score, "%s", what);
    }
    dsc_text_boxes_free(&told);
    dsc_text_boxes_free(&fresh);
}

Test(look, remembers_only_what_it_saw)
{
    canvas c = canvas_make(500, 300, 20);
    dsc_detector *d = NULL;
    dsc_looks *looks = NULL;

    cr_assert_eq(dsc_detector_create(&d, MODELS, NULL), DSC_OK);
    cr_assert_eq(dsc_looks_create(&looks, NULL), DSC_OK);
    check(looks, d, &c, DSC_DETECT_THOROUGH, "nothing");
    write_at(&c, 122, 116, "Max");
    check(looks, d, &c, DSC_DETECT_THOROUGH, "a word");
    check(looks, d, &c, DSC_DETECT_THOROUGH, "again");
    check(looks, d, &c, DSC_DETECT_FAST, "less effort");
    /* beside the part, but one line with what is in it */
    write_at(&c, 162, 116, "Mustermann");
    check(looks, d, &c, DSC_DETECT_THOROUGH, "a longer line");
    /* far from it */
    write_at(&c, 380, 250, "Erika");
    check(looks, d, &c, DSC_DETECT_THOROUGH, "another line");
    memset(c.px, 20, 500 * 300);
    check(looks, d, &c, DSC_DETECT_THOROUGH, "nothing again");
    dsc_looks_free(&looks);
    dsc_detector_free(&d);
    canvas_free(&c);
}
