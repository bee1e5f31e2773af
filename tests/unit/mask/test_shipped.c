/* SPDX-License-Identifier: Apache-2.0
 *
 * The outside of rectangles, and the templates that ship.
 */
#include "mask_testing.h"

/* ---- everything outside ---- */

/* Brute force over every pixel, many small random sets. */
Test(mask, complement_is_exact)
{
    uint32_t seed = 99;

    for (int round = 0; round < 3000; round++) {
        enum {
            W = 17,
            H = 13
        };
        uint8_t keep[H][W] = {{0}}, out[H][W] = {{0}};
        dsc_rects in = {0}, rest = {0};
        size_t n;
        seed = seed * 1664525u + 1013904223u;
        n = (seed >> 16) % 7;
        for (size_t i = 0; i < n; i++) {
            int32_t v[4];
            dsc_rect r;
            for (int k = 0; k < 4; k++) {
                seed = seed * 1664525u + 1013904223u;
                v[k] = (int32_t)((seed >> 16) % 22) - 4;
            }
            r.x = v[0];
            r.y = v[1];
            r.w = v[2];
            r.h = v[3];
            cr_assert_eq(dsc_rects_add(&in, r, NULL), DSC_OK);
            for (int y = 0; y < H; y++)
                for (int x = 0; x < W; x++)
                    if (x >= r.x && x < r.x + r.w && y >= r.y && y < r.y + r.h)
                        keep[y][x] = 1;
        }
        cr_assert_eq(dsc_mask_complement(&in, W, H, &rest, NULL), DSC_OK);
        dsc_rects_foreach (r, &rest) {
            cr_assert(r->w > 0 && r->h > 0 && r->x >= 0 && r->y >= 0 &&
                      r->x + r->w <= W && r->y + r->h <= H);
            for (int y = r->y; y < r->y + r->h; y++)
                for (int x = r->x; x < r->x + r->w; x++)
                    out[y][x]++;
        }
        for (int y = 0; y < H; y++)
            for (int x = 0; x < W; x++)
                cr_assert_eq(keep[y][x] + out[y][x], 1, "round %d at %d,%d",
                             round, x, y);
        dsc_rects_free(&in);
        dsc_rects_free(&rest);
    }
}

Test(mask, complement_limits, .timeout = 60)
{
    dsc_rects in = {0}, out = {0};
    dsc_rect far = {INT32_MAX - 1, INT32_MAX - 1, INT32_MAX, INT32_MAX};
    dsc_rect back = {INT32_MIN, INT32_MIN, INT32_MAX, INT32_MAX};

    cr_assert_eq(dsc_mask_complement(&in, 0, 5, &out, NULL), DSC_OK);
    cr_assert_eq(out.count, 0);
    cr_assert_eq(dsc_rects_add(&in, far, NULL), DSC_OK);
    cr_assert_eq(dsc_rects_add(&in, back, NULL), DSC_OK);
    cr_assert_eq(dsc_mask_complement(&in, 65535, 65535, &out, NULL), DSC_OK);
    cr_assert_eq(out.count, 1);
    cr_assert_eq(dsc_mask_complement(&in, UINT32_MAX, 5, &out, NULL),
                 DSC_LIMIT);
    for (int i = 0; i < 1022; i++) { /* a staircase: the most bands */
        dsc_rect r = {i * 3, i * 3, 2, 2000};
        cr_assert_eq(dsc_rects_add(&in, r, NULL), DSC_OK);
    }
    cr_assert_eq(dsc_mask_complement(&in, 65535, 65535, &out, NULL), DSC_OK);
    cr_assert_eq(dsc_rects_add(&in, far, NULL), DSC_OK);
    cr_assert_eq(dsc_mask_complement(&in, 65535, 65535, &out, NULL), DSC_LIMIT);
    dsc_rects_free(&in);
    dsc_rects_free(&out);
}

/* ---- the shipped templates ---- */

#define SHIPPED 326

static const struct {
    const char *header;
    uint32_t columns, rows;
    const char *hit; /* one of the lines; NULL: no template at all */
} known[] = {
    {"Modality=US;ManufacturerModelName=Vivid7", 636, 434,
     "ge-vivid7-434x636 0,0,280,24\n"},
    {"Modality=US;ManufacturerModelName=Vivid E9", 636, 434,
     "ge-vivid-e9-434x636 0,0,280,24\n"},
    {"Modality=US;Manufacturer=Philips Medical Systems;"
     "ManufacturerModelName=iU22",
     1024, 768, "philips-iu22-768x1024 0,0,1024,72\n"},
    {"Modality=US;ManufacturerModelName=EPIQ 7C", 800, 600,
     "philips-epiq-rows600 0,0,800,49\n"}, /* published 1024 wide: cut */
    {"Modality=US;Manufacturer=Philips Medical Systems;"
     "ManufacturerModelName=iE33",
     800, 600, "philips-ie33 0,0,800,60\n"}, /* a tenth of the height */
    {"Modality=CT;Manufacturer=GE MEDICAL SYSTEMS;SeriesDescription=Dose "
     "Report",
     512, 512, "ct-dose-report 0,0,512,110\n"},
    {"Modality=US;Manufacturer=BK Medical;ManufacturerModelName=2300", 1024,
     1072, "bk-1202-2300-1072x1024 905,168,117,730\n"},
    {"Modality=CR;Manufacturer=Canon Inc.;ManufacturerModelName=CXDI;"
     "SoftwareVersions=V6.1",
     2208, 2592, "canon-cxdi-v2 0,0,2208,104\n"},
    {"Modality=US;Manufacturer=GE Healthcare;"
     "ManufacturerModelName=Vivid S70",
     1016, 708, "ge-vivid-s70-708x1016 650,0,366,170\n"},
    {"Modality=XA;(0019,0010)=ZIEHM_1.0;(0019,1201)=LowDose", 1024, 1024,
     "ziehm-1024x1024 706,0,317,66\n"},
    {"Modality=US;SoftwareVersions=LOGIQ S6.1;ManufacturerModelName=LOGIQS7",
     1024, 768, "ge-logiq-s6-768x1024 0,0,712,67\n"},
    {"Modality=NM;Manufacturer=ADAC;ProtocolName=DUAL DETECTOR", 1024, 832,
     " 0,0,1024,130\n"},
    /* The text of these is in the overlay, not in the pixels. */
    {"Modality=MR;Manufacturer=SIEMENS;(6000,0022)=Siemens MedCom Object "
     "Graphics",
     484, 484, NULL},
    {"Modality=CT;Manufacturer=Somebody;ManufacturerModelName=Something", 512,
     512, NULL},
    {"Modality=US;Manufacturer=Somebody;ManufacturerModelName=Something", 800,
     600, NULL},
    {"", 640, 480, NULL},
};

Test(mask, shipped_templates)
{
    dsc_masks *set = NULL;
    dsc_error err = DSC_ERROR_INIT;
    dsc_mask_info info;

    cr_assert_eq(dsc_masks_create(&set, NULL, &err), DSC_OK);
    cr_assert_eq(dsc_masks_load(set, MASKS_DIR, &err), DSC_OK, "%s", err.msg);
    cr_assert_eq(dsc_masks_count(set), SHIPPED);
    for (size_t i = 0; i < SHIPPED; i++) {
        char path[512];
        dsc_masks_info(set, i, &info);
        cr_expect(info.regions >= 1 && info.conditions >= 1);
        cr_expect(strlen(info.provenance) > 20, "%s", info.id);
        cr_expect_not(info.keep_only, "CTP's first-match rule holds no more");
        if (i && !strcmp(info.file, "ge.yaml"))
            continue;
        snprintf(path, sizeof path, "%s/%s", MASKS_DIR, info.file);
        cr_expect_eq(dsc_masks_check_file(path, NULL, NULL, NULL), 0, "%s",
                     path);
    }
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        hits h = {0};
        dsc_masks_match(set, header_value, (void *)known[i].header,
                        known[i].columns, known[i].rows, on_hit, &h);
        if (known[i].hit)
            cr_expect_not_null(strstr(h.text, known[i].hit),
                               "%s: not %s but\n%s", known[i].header,
                               known[i].hit, h.text);
        else
            cr_expect_eq(h.count, 0, "%s: %s", known[i].header, h.text);
    }
    dsc_masks_free(&set);
}

/* Who changes the templates must look at what the README says of them. */
Test(mask, readme_tells_the_number)
{
    char text[16384], want[32], path[512];
    FILE *f;
    size_t n;

    snprintf(path, sizeof path, "%s/README.md", MASKS_DIR);
    f = fopen(path, "r");
    cr_assert_not_null(f);
    n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = 0;
    snprintf(want, sizeof want, "%d templates", SHIPPED);
    cr_assert_not_null(strstr(text, want));
}

/* The example of the README is a template as it stands. */
Test(mask, readme_example_loads)
{
    char text[16384], path[512];
    char *from, *to;
    FILE *f;
    size_t n;
    dsc_masks *set;

    snprintf(path, sizeof path, "%s/README.md", MASKS_DIR);
    f = fopen(path, "r");
    cr_assert_not_null(f);
    n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = 0;
    from = strstr(text, "```yaml\n");
    cr_assert_not_null(from);
    from += 8;
    to = strstr(from, "```");
    cr_assert_not_null(to);
    *to = 0;
    set = load_text(from);
    cr_assert_eq(dsc_masks_count(set), 1);
    dsc_masks_free(&set);
}
