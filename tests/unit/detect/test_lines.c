/* SPDX-License-Identifier: Apache-2.0
 *
 * From maps that are written by hand to lines. */
#include "detect/net_lines.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

enum {
    SIDE = 96,
    STRIDE = SIDE + 1, /* the guard */
    CELLS = STRIDE * (SIDE + 2),
    SURE = 60,
    BEYOND = -20,
    NOT = -120
};

static const dsc_net_levels levels = {0, 0, 30, BEYOND};

/* A line 8 cells high, sure in all of them, and beside it cells from `x0` to
 * `x1` whose middles have a logit; rows count from the line's first. */
struct ends_case {
    char name[48];
    int line_x, length, x0, x1, y0, y1, logit;
    int want_x0, want_x1; /* the last one is inside */
};

static void fill(int8_t *map, int x0, int x1, int y0, int y1, int v,
                 bool turned)
{
    for (int y = y0; y <= y1; y++)
        for (int x = x0; x <= x1; x++)
            map[STRIDE + (turned ? x * STRIDE + y : y * STRIDE + x)] =
                (int8_t)v;
}

static void check(const struct ends_case *c, bool turned)
{
    static int8_t text[CELLS], centre[CELLS];
    dsc_net_maps m = {text + STRIDE, centre + STRIDE, SIDE, SIDE, STRIDE};
    dsc_net_lines l = {0};
    const dsc_net_line *b;

    memset(text, NOT, sizeof text);
    memset(centre, NOT, sizeof centre);
    fill(centre, c->x0, c->x1, 40 + c->y0, 40 + c->y1, c->logit, turned);
    fill(text, c->line_x, c->line_x + c->length - 1, 40, 47, SURE, turned);
    fill(centre, c->line_x, c->line_x + c->length - 1, 42, 45, SURE, turned);
    cr_assert_eq(dsc_net_lines_find(&l, &m, &levels, NULL), DSC_OK);
    cr_assert_eq(l.count, 1);
    b = l.items;
    cr_expect_eq(turned ? b->y0 : b->x0, c->want_x0, "%s: %d", c->name, turned);
    cr_expect_eq(turned ? b->y1 : b->x1, c->want_x1, "%s: %d", c->name, turned);
    cr_expect_eq(turned ? b->x0 : b->y0, 40);
    cr_expect_eq(turned ? b->x1 : b->y1, 47);
    cr_expect_eq(b->cells, 8 * c->length, "what is added is no surer");
    dsc_net_lines_free(&l);
}

ParameterizedTestParameters(lines, ends)
{
    static struct ends_case cases[] = {
        {"nothing beside", 40, 20, 0, 0, 0, 0, NOT, 40, 59},
        {"goes on at both ends", 40, 20, 31, 70, 2, 5, BEYOND, 31, 70},
        {"and is fainter than that", 40, 20, 31, 70, 2, 5, BEYOND - 1, 40, 59},
        {"before it alone", 40, 20, 35, 39, 2, 5, 0, 35, 59},
        {"no more than three heights", 30, 20, 0, 95, 2, 5, 0, 6, 73},
        {"to the plane's edges", 4, 20, 0, 30, 2, 5, 0, 0, 30},
        {"at the plane's edge", 76, 20, 70, 95, 2, 5, 0, 70, 95},
        {"a column apart", 40, 20, 61, 70, 2, 5, SURE / 2, 40, 59},
        {"of another line, above", 40, 20, 60, 70, -4, 1, SURE, 40, 59},
        {"beside the middle", 40, 20, 60, 70, 4, 7, SURE, 40, 59},
        {"short: who knows its direction", 40, 15, 31, 70, 2, 5, 0, 40, 54},
        {"just long enough", 40, 16, 31, 70, 2, 5, 0, 31, 70},
    };
    return cr_make_param_array(struct ends_case, cases,
                               sizeof cases / sizeof *cases);
}

ParameterizedTest(struct ends_case *c, lines, ends)
{
    check(c, false);
    check(c, true);
}

/* Without a sure line what is faint is none. */
Test(lines, need_a_sure_one)
{
    static int8_t text[CELLS], centre[CELLS];
    dsc_net_maps m = {text + STRIDE, centre + STRIDE, SIDE, SIDE, STRIDE};
    dsc_net_lines l = {0};

    memset(text, -1, sizeof text);
    memset(centre, -1, sizeof centre);
    cr_assert_eq(dsc_net_lines_find(&l, &m, &levels, NULL), DSC_OK);
    cr_expect_eq(l.count, 0);
    dsc_net_lines_free(&l);
}
