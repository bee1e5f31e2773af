/* SPDX-License-Identifier: Apache-2.0
 *
 * Two readers of one row that do not agree: what one of them takes for somebody
 * goes, whatever the other says. Words are made up; "text@75" was read with a
 * certainty of 0.75, and words of one place stand one above the other. */
#include "scrub/scrub_priv.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    STEP_PX = 80,
    LETTER_PX = 8,
    HEIGHT_PX = 11
};

struct readers_case {
    char what[32];
    char line[48], rows[48], small[48];
    char name[16]; /* of the header's patient, or "" */
    char kept[48];
    char policy[8]; /* "": safe */
};

ParameterizedTestParameters(readers, decide)
{
    static struct readers_case cases[] = {
        {"one reader", "SSBPM@40", "SSBPM@67", "", "", "", ""},
        {"the second knows", "SSBPM@40", "SSBPM@67", "85BPM@99", "", "85BPM",
         ""},
        {"nothing by the first", "", "", "85BPM@99", "", "85BPM", ""},
        {"of two words", "aMIT@40 52@50", "aMIT@60 52@70", "GAIN@99 52@99", "",
         "GAIN 52", ""},
        {"one is not sure", "SSBPM@40 x@20", "SSBPM@50 x@20", "85BPM@99 XY@0",
         "", "85BPM", ""},
        {"unknown to both", "aMIT@40", "aMIT@60", "QXWRT@99", "", "", ""},
        {"the first is as good", "GAIN@70 52@70", "GAIN@80 52@80", "", "",
         "GAIN 52", ""},
        {"not surer than the line", "GAIN@80 52@80", "GAIN@70 52@70",
         "OUX@50 52@0", "", "GAIN 52", ""},
        /* by the header */
        {"the line has the name", "Gainer@65 52@50", "CAlN@60 52@60",
         "GAIN@99 52@99", "Gainer", "", ""},
        {"the rows have the name", "xx@30 CINE@50", "Gainer@60 CINE@60",
         "GAIN@99 CINE@99", "Gainer", "CINE", ""},
        {"they have it badly", "xx@10 DEPTH@20", "Gainer@30 DEPTH@60",
         "GAIN@99 DEPTH@99", "Gainer", "DEPTH", ""},
        {"the second has it", "xx@30 52@50", "GAIN@60 52@60", "GAINER@99 52@99",
         "Gainer", "", ""},
        {"nearly", "xx@30 CINE@50", "Galner@40 CINE@60", "GAIN@99 CINE@99",
         "Gainer", "CINE", ""},
        {"a number beside it", "xx@30 52@50", "Gainer@60 52@60",
         "GAIN@99 52@99", "Gainer", "", ""},
        /* by what it looks like */
        {"a date to the line", "19.08.1938@70", "GAIN@80", "GAIN@99", "", "",
         ""},
        {"a date to the rows", "xx@30", "19.08.1938@70", "GAIN@99", "", "", ""},
        {"a caption to the rows", "xx@30 yy@20", "NAME:@80 xx@60",
         "GAIN@99 52@99", "", "NAME:", ""},
        {"a date to the second", "xx@30 52@20", "GAIN@80 GAIN@60",
         "19.08.1938@99 GAIN@99", "", "GAIN", ""},
        {"an ID to the second, and a line that stays", "Ob?43Lb@34",
         "Ob?43Lb@35", "0674316@99", "", "", ""},
        {"a name that no list knows to the second", "xx@30", "GAIN@84",
         "GAUN@99", "", "", ""},
        {"the same, and a line that stays", "GAIN@80", "", "GAUN@99", "", "",
         ""},
        {"a term to the surer first", "xx@30", "GAIN@84", "GAUN@80", "", "GAIN",
         ""},
        {"two words to the first", "xx@30", "Gainer@60 Gainer@60", "GAIN@99",
         "Gainer", "", ""},
        /* not for the others */
        {"phi", "SSBPM@40", "SSBPM@67", "85BPM@99", "", "SSBPM", "phi"},
        {"all", "SSBPM@40", "SSBPM@67", "85BPM@99", "", "", "all"},
    };
    return cr_make_param_array(struct readers_case, cases,
                               sizeof cases / sizeof cases[0]);
}

static dsc_words words_of(const char *text)
{
    dsc_words out = {0};
    char copy[64], *rest = copy;
    int32_t x = 10;

    snprintf(copy, sizeof copy, "%s", text);
    while (*rest) {
        char *word = rest, *at = strchr(word, '@');
        long percent = strtol(at + 1, &rest, 10);
        dsc_rect box = {x, 10, (int32_t)(at - word) * LETTER_PX, HEIGHT_PX};
        *at = '\0';
        cr_assert_eq(
            dsc_words_add(&out, word, box, (float)percent / 100, 0, NULL),
            DSC_OK);
        rest += *rest == ' ';
        x += STEP_PX;
    }
    return out;
}

/* Words of which no pixel goes. */
static void list_kept(const dsc_tracks *tracks, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 0; i < tracks->count; i++)
        for (size_t k = 0; k < tracks->items[i].span_count; k++) {
            const dsc_track *t = &tracks->items[i];
            if (t->spans[k].decision.blank)
                continue;
            if (out[0])
                strncat(out, " ", size - strlen(out) - 1);
            strncat(out, t->words.items[k].utf8, size - strlen(out) - 1);
        }
}

ParameterizedTest(struct readers_case *c, readers, decide)
{
    static uint8_t px[400 * 40];
    dsc_scrubber s = {.find = DSC_FIND_ALL};
    dsc_plane plane = {px, 400, 40, 400};
    dsc_reading r = {.line = words_of(c->line),
                     .rows = words_of(c->rows),
                     .small = words_of(c->small)};
    dsc_track track = {.box = {8, 8, 200, 15}, .score = 1};
    dsc_tracks tracks = {0};
    dsc_facts facts = {0};
    char kept[64];

    cr_assert_eq(dsc_policy_create(&s.policy, c->policy[0] ? c->policy : "safe",
                                   NULL, NULL, NULL),
                 DSC_OK);
    if (c->name[0])
        cr_assert_eq(dsc_facts_add(&facts, DSC_CLASS_NAME, "PN", c->name, NULL),
                     DSC_OK);
    dsc_reading_choose(&r);
    cr_assert_eq(dsc_words_judge(&s, &facts, &plane, &r, &track, &tracks, NULL),
                 DSC_OK);
    cr_assert_eq(dsc_decide_frames(&s, &facts, &tracks, NULL, NULL), DSC_OK);
    list_kept(&tracks, kept, sizeof kept);
    cr_expect_str_eq(kept, c->kept, "%s: %s", c->what, kept);
    dsc_tracks_free(&tracks);
    dsc_reading_free(&r);
    dsc_facts_free(&facts);
    dsc_policy_free(&s.policy);
}

/* A reader of lines takes a lone S for a 5; as lone letter or digit both may
 * stay, so that the surer one counts. */
Test(readers, one_sign_is_what_the_surer_one_says)
{
    static const struct {
        const char *line, *small, *read;
    } cases[] = {
        {"5@86", "S@99", "S"}, {"5@95", "S@90", "5"}, {"52@86", "ST@99", "52"}};
    static uint8_t px[400 * 40];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dsc_scrubber s = {.find = DSC_FIND_ALL};
        dsc_plane plane = {px, 400, 40, 400};
        dsc_reading r = {.line = words_of(cases[i].line),
                         .small = words_of(cases[i].small)};
        dsc_track track = {.box = {8, 8, 16, 15}, .score = 1};
        dsc_tracks tracks = {0};
        dsc_facts facts = {0};

        cr_assert_eq(dsc_policy_create(&s.policy, "safe", NULL, NULL, NULL),
                     DSC_OK);
        dsc_reading_choose(&r);
        cr_assert_eq(
            dsc_words_judge(&s, &facts, &plane, &r, &track, &tracks, NULL),
            DSC_OK);
        cr_assert_eq(tracks.count, 1);
        cr_expect_str_eq(tracks.items[0].words.items[0].utf8, cases[i].read);
        dsc_tracks_free(&tracks);
        dsc_reading_free(&r);
        dsc_policy_free(&s.policy);
    }
}
