/* SPDX-License-Identifier: Apache-2.0 */
#include "mask_testing.h"

#include <sys/stat.h>

/* ---- mistakes: each with its line and its words ---- */

#define HEAD        "- id: a\n  description: d\n  provenance: [" ORIGIN "]\n"
#define ORIGIN      "{source: s, version: v, licence: l}"
#define MATCH       "  match: [{attribute: Modality, equals: [US]}]\n"
#define BOX         "  regions: [{left: 0, top: 0, width: 1, height: 1}]\n"
#define COND(c)     HEAD "  match:\n    - " c "\n" BOX
#define AREA(r)     HEAD MATCH "  regions:\n    - " r "\n"
#define FRACTION(r) HEAD MATCH "  unit: fraction\n  regions:\n    - " r "\n"

static const struct {
    const char *yaml;
    int line;
    const char *words;
} mistakes[] = {
    {"", 1, "list of templates"},
    {"# nothing\n", 1, "list of templates"},
    {"[]", 1, "list of templates"},
    {"a: b\n", 1, "list of templates"},
    {"just words\n", 1, "list of templates"},
    {"- just words\n", 1, "keys with values"},
    {"- [a, b]\n", 1, "keys with values"},
    {"- id: a\n", 1, "\"description\" is missing"},
    {HEAD BOX, 1, "\"match\" is missing"},
    {HEAD MATCH, 1, "\"regions\" is missing"},
    {"- id: a\n  description: d\n" MATCH BOX, 1, "\"provenance\" is missing"},
    {HEAD MATCH BOX "  colour: red\n", 6, "unknown key \"colour\""},
    {HEAD "  Match: []\n" BOX, 4, "unknown key \"Match\""},
    {HEAD MATCH BOX "  id: b\n", 6, "given twice"},
    {HEAD MATCH BOX HEAD MATCH BOX, 6, "used by another template"},
    {"- id: A b\n  description: d\n  provenance: [" ORIGIN "]\n" MATCH BOX, 1,
     "lower-case"},
    {"- id: ''\n  description: d\n  provenance: [" ORIGIN "]\n" MATCH BOX, 1,
     "lower-case"},
    {"- id: a\n  description: ''\n  provenance: [" ORIGIN "]\n" MATCH BOX, 2,
     "description is empty"},
    {"- id: a\n  description: d\n  provenance: []\n" MATCH BOX, 3, "empty"},
    {"- id: a\n  description: d\n  provenance: [{source: s}]\n" MATCH BOX, 3,
     "is missing"},
    {"- id: a\n  description: d\n"
     "  provenance: [{source: '', version: v, licence: l}]\n" MATCH BOX,
     3, "must be told"},
    {"- id: [a]\n  description: d\n  provenance: [" ORIGIN "]\n" MATCH BOX, 1,
     "plain value is wanted"},
    {HEAD "  match: []\n" BOX, 4, "empty"},
    {HEAD "  match: yes\n" BOX, 4, "a list"},
    {HEAD "  match: {attribute: Modality}\n" BOX, 4, "a list"},
    /* conditions */
    {COND("{equals: [US]}"), 5, "\"attribute\" is missing"},
    {COND("{attribute: Modality}"), 5, "exactly one of"},
    {COND("{attribute: Modality, equals: [a], contains: [b]}"), 5,
     "exactly one of"},
    {COND("{attribute: Modality, equals: US}"), 5, "a list"},
    {COND("{attribute: Modality, equals: []}"), 5, "empty"},
    {COND("{attribute: Modality, equals: ['']}"), 5, "empty text"},
    {COND("{attribute: Modality, contains: [US, '  ']}"), 5, "empty text"},
    {COND("{attribute: Modality, equals: [{a: b}]}"), 5, "plain value"},
    {COND("{attribute: modality, equals: [US]}"), 5, "is no attribute"},
    {COND("{attribute: Patient's Name, equals: [a]}"), 5, "is no attribute"},
    {COND("{attribute: '(0010,001)', equals: [a]}"), 5, "is no attribute"},
    {COND("{attribute: '(0010,00g0)', equals: [a]}"), 5, "is no attribute"},
    {COND("{attribute: 0x00100010, equals: [a]}"), 5, "is no attribute"},
    {COND("{attribute: '', equals: [a]}"), 5, "is no attribute"},
    {COND("{attribute: Modality, like: [a]}"), 5, "unknown key \"like\""},
    {COND("{attribute: Modality, regex: ['(']}"), 5, "regex"},
    {COND("{attribute: Modality, regex: ['[z-a]']}"), 5, "regex"},
    {COND("{attribute: Modality, regex: ['*']}"), 5, NULL}, /* see below */
    {COND("{attribute: Modality, regex: ['']}"), 5, "empty pattern"},
    {COND("{attribute: Modality, regex: ['(a)\\1']}"), 5, "back references"},
    {COND("{attribute: Modality, regex: ['a{2000}']}"), 5, "repeat count"},
    {COND("{attribute: Modality, regex: ['((a{50}){50}){50}']}"), 5,
     "repeat counts"},
    {COND("{attribute: Modality, regex: ['((((((((((((((((((a']}"), 5,
     "too many brackets"},
    {COND("{attribute: Rows, min: big}"), 5, "is no number"},
    {COND("{attribute: Rows, max: 12px}"), 5, "is no number"},
    {COND("{attribute: Rows, min: 9, max: 8}"), 5, "can never match"},
    {COND("{attribute: Rows, min: 9, ignore_case: yes}"), 5, "does not go"},
    {COND("{attribute: Rows, present: perhaps}"), 5, ""},
    {COND("{attribute: Rows, present: yes, not: 7}"), 5, ""},
    {COND("{any: []}"), 5, "empty"},
    {COND("{any: [], all: []}"), 5, "empty"},
    {COND("{attribute: Rows, any: [{attribute: Rows, min: 1}]}"), 5,
     "take no attribute"},
    {COND("{any: [{attribute: Rows}]}"), 5, "exactly one of"},
    {COND("{any: [{any: [{any: [{any: [{any: [{any: [{any: [{any: [{any: "
          "[{attribute: Rows, min: 1}]}]}]}]}]}]}]}]}]}"),
     5, "nested too deep"},
    /* regions */
    {HEAD MATCH "  regions: []\n", 5, "empty"},
    {HEAD MATCH "  regions:\n", 5, "a list"},
    {AREA("{left: 0, top: 0, width: -1, height: 1}"), 6, "-1 is negative"},
    {AREA("{left: -5, top: 0, width: 1, height: 1}"), 6, "negative"},
    {AREA("{left: 0, top: 0, width: 0, height: 1}"), 6, "width is zero"},
    {AREA("{left: 0, top: 0, width: 1, height: 0}"), 6, "height is zero"},
    {AREA("{left: 0, top: 0, width: 0.5, height: 1}"), 6, "whole number"},
    {AREA("{left: 0, top: 0, width: 10%, height: 1}"), 6, "whole number"},
    {AREA("{left: 0, top: 0, width: 99999, height: 1}"), 6, "whole number"},
    {AREA("{left: 0, top: 0, width: 99999999999999999999, height: 1}"), 6,
     "whole number"},
    {AREA("{left: 0, top: 0, width: 0x10, height: 1}"), 6, "whole number"},
    {AREA("{left: '', top: 0, width: 1, height: 1}"), 6, "whole number"},
    {AREA("{left: 0, top: 0, height: 1}"), 6, "exactly two of left"},
    {AREA("{left: 0, right: 0, width: 1, top: 0, height: 1}"), 6,
     "exactly two of left"},
    {AREA("{left: 0, width: 1}"), 6, "exactly two of top"},
    {AREA("{x: 0, y: 0, w: 1, h: 1}"), 6, "unknown key \"x\""},
    {AREA("[0, 0, 1, 1]"), 6, "keys with values"},
    {FRACTION("{left: 0, top: 0, width: 1, height: 40}"), 7, "no fraction"},
    {FRACTION("{left: 0, top: 0, width: 1.1, height: 1}"), 7, "no fraction"},
    {FRACTION("{left: 0, top: 0, width: 1, height: .5}"), 7, "no fraction"},
    {FRACTION("{left: 0, top: 0, width: 1, height: 0.1234567}"), 7,
     "no fraction"},
    {FRACTION("{left: 0.5, right: 0.5, top: 0, height: 1}"), 7, "is empty"},
    {HEAD MATCH BOX "  unit: inches\n", 6, "unit"},
    {HEAD MATCH BOX "  unit: 1\n", 6, "unit"},
    {HEAD MATCH BOX "  mode: keep\n", 6, "mode"},
    /* no YAML */
    {"- id: a\n\tdescription: d\n", 2, "tab"},
    {"- id: a\n  description: 'd\n", 3, "not YAML"},
    {"- id: a\n description: d\n   x: y\n", 2, "not YAML"},
    {"- id: {a\n", 2, "not YAML"},
    {"- id: @a\n", 1, "not YAML"},
    {"- {a: b}}\n", 1, "not YAML"},
    {"%YAML 9.9\n---\n- id: a\n", 1, "not YAML"},
    {"- id: \x01\n", 1, "control character"},
    {"- id: a\n  description: \x7f\n", 2, "control character"},
    {"- id: a\n  description: \xff\xfe\n", 2, "not valid UTF-8"},
    {"- id: a\n  description: \xc0\x80\n", 2, "not valid UTF-8"},
    {"- id: a\n  description: \xed\xa0\x80\n", 2, "not valid UTF-8"},
    {"- id: a\n  description: \xe2\x82", 2, "not valid UTF-8"},
    {"- id: a\n  description: a\xe2\x80\xa8"
     "b\n",
     2, "unusual line"},
    {"- id: a\n  description: \"a\\0b\"\n", 2, "NUL"},
    {"- &x id: a\n", 1, "anchors"},
    {"- id: &x a\n", 1, "anchors"},
    {"- id: !!str a\n", 1, "tags"},
    {"- id: a\n  description: *x\n", 2, "aliases"},
    {"- {? [a] : b}\n", 1, "a key must be a word"},
    {"- id: a\n---\n- id: b\n", 2, "second document"},
};

Test(mask, mistakes_are_told_with_their_line)
{
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        problems p = {0};
        char path[64], where[32];
        dsc_masks *set = NULL;
        dsc_error err = DSC_ERROR_INIT;
        size_t n;
        if (!mistakes[i].words) /* a lone star is a pattern to glibc */
            continue;
        make_file(path, mistakes[i].yaml, strlen(mistakes[i].yaml));
        n = dsc_masks_check_file(path, NULL, on_problem, &p);
        cr_expect(n >= 1, "no problem in: %s", mistakes[i].yaml);
        cr_expect_eq(n, p.count);
        cr_expect_eq(p.line, mistakes[i].line, "line %d, not %d, in: %s\n%s",
                     p.line, mistakes[i].line, mistakes[i].yaml, p.all);
        cr_expect(strstr(p.first, mistakes[i].words) != NULL,
                  "\"%s\" should hold \"%s\": %s", p.first, mistakes[i].words,
                  mistakes[i].yaml);
        /* Loading refuses the same file and leaves nothing behind. */
        cr_assert_eq(dsc_masks_create(&set, NULL, &err), DSC_OK);
        cr_expect_eq(dsc_masks_load(set, path, &err), DSC_USAGE);
        cr_expect_eq(dsc_masks_count(set), 0);
        snprintf(where, sizeof where, ":%d: ", mistakes[i].line);
        cr_expect_not_null(strstr(err.msg, where), "%s", err.msg);
        cr_expect_not_null(strstr(err.msg, path + 5), "%s", err.msg);
        dsc_masks_free(&set);
        unlink(path);
    }
}

Test(mask, unknown_keywords)
{
    const char *yaml =
        HEAD "  match:\n"
             "    - {attribute: Manfacturer, equals: [US]}\n"
             "    - {attribute: Manufacturer, equals: [US]}\n"
             "    - {attribute: \"(0009,1001)\", present: no}\n"
             "  regions: [{left: 0, top: 0, width: 1, height: 2}]\n";
    problems p = {0};
    char path[64];

    make_file(path, yaml, strlen(yaml));
    cr_expect_eq(dsc_masks_check_file(path, NULL, on_problem, &p), 0);
    cr_expect_eq(dsc_masks_check_file(path, all_but_misspelt, on_problem, &p),
                 1);
    cr_expect_eq(p.line, 5);
    cr_expect_not_null(strstr(p.first, "\"Manfacturer\" is no keyword"));
    unlink(path);
}

Test(mask, all_problems_are_told)
{
    const char *yaml = HEAD "  match: [{attribute: modality, equals: [US]},\n"
                            "    {attribute: Rows, min: x}]\n"
                            "  regions:\n"
                            "    - {left: 0, top: 0, width: -1, height: -2}\n"
                            "- id: b\n  nonsense: 1\n"
                            "- id: c\n  description: d\n";
    problems p = {0};
    char path[64];

    make_file(path, yaml, strlen(yaml));
    cr_assert_eq(dsc_masks_check_file(path, NULL, on_problem, &p), 6, "%s",
                 p.all);
    cr_expect_not_null(strstr(p.all, "4: \"modality\""));
    cr_expect_not_null(strstr(p.all, "5: min"));
    cr_expect_not_null(strstr(p.all, "7: width"));
    cr_expect_not_null(strstr(p.all, "7: height"));
    cr_expect_not_null(strstr(p.all, "9: unknown key"));
    cr_expect_not_null(strstr(p.all, "10: "));
    unlink(path);
}

/* ---- files that are bad as a whole ---- */

static void expect_problem(const char *path, const char *words)
{
    problems p = {0};

    cr_expect(dsc_masks_check_file(path, NULL, on_problem, &p) >= 1);
    cr_expect_not_null(strstr(p.first, words), "%s", p.first);
}

Test(mask, bad_files, .timeout = 60)
{
    size_t size = (size_t)10 << 20, n = 0;
    char path[64], *big = malloc(size);
    static const uint8_t utf16[] = {0xFF, 0xFE, '-', 0, ' ', 0, 'a', 0};

    cr_assert_not_null(big);
    expect_problem("/nonexistent/file.yaml", "cannot be read");
    expect_problem("/tmp", "cannot be read");

    memset(big, '#', size);
    make_file(path, big, size);
    expect_problem(path, "larger than");
    unlink(path);

    memset(big, '[', 100000); /* nesting */
    make_file(path, big, 100000);
    expect_problem(path, "nested too deep");
    unlink(path);

    while (n < 900000) { /* many values */
        memcpy(big + n, "- a\n", 4);
        n += 4;
    }
    make_file(path, big, n);
    expect_problem(path, "too many values");
    unlink(path);

    n = add_text(big, "- id: a\n  description: \"");
    memset(big + n, 'x', 5000);
    memcpy(big + n + 5000, "\"\n", 2);
    make_file(path, big, n + 5002);
    expect_problem(path, "text longer than");
    unlink(path);

    n = add_text(big, "- id: a\n");
    for (int i = 0; i < 500; i++)
        n += add_text(big + n, "  k%d: v\n", i);
    make_file(path, big, n);
    expect_problem(path, "too many keys");
    unlink(path);

    n = add_text(big, HEAD MATCH "  regions:\n");
    for (int i = 0; i < 65; i++)
        n +=
            add_text(big + n, "    - {left: 0, top: 0, width: 1, height: 1}\n");
    make_file(path, big, n);
    expect_problem(path, "more than 64");
    unlink(path);

    make_file(path, utf16, sizeof utf16);
    expect_problem(path, "");
    unlink(path);
    make_file(path, "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16);
    expect_problem(path, "");
    unlink(path);
    free(big);
}

/* Every prefix and every changed byte of a good file: told, not crashed. */
Test(mask, damaged_files, .timeout = 60)
{
    static const char good[] =
        HEAD "  match:\n    - any: [{attribute: \"(0018,1000)\", regex: "
             "['^a{2}$']}, {attribute: Rows, min: 1.5e2}]\n"
             "      not: yes\n" BOX;
    char copy[sizeof good], path[64];
    uint32_t seed = 7;

    for (size_t n = 0; n < sizeof good - 1; n += 3) {
        problems p = {0};
        make_file(path, good, n);
        dsc_masks_check_file(path, NULL, on_problem, &p);
        unlink(path);
    }
    for (int i = 0; i < 2000; i++) {
        problems p = {0};
        memcpy(copy, good, sizeof good);
        for (int k = 0; k < 3; k++) {
            seed = seed * 1664525u + 1013904223u;
            copy[(seed >> 8) % (sizeof good - 1)] =
                " \n\t:-{}[]\"',#&*!?|>%a0"[(seed >> 4) % 23];
        }
        make_file(path, copy, sizeof good - 1);
        dsc_masks_check_file(path, NULL, on_problem, &p);
        unlink(path);
    }
    make_file(path, good, sizeof good - 1);
    cr_assert_eq(dsc_masks_check_file(path, NULL, NULL, NULL), 0);
    unlink(path);
}

/* ---- matching ---- */

static const struct {
    const char *condition, *header;
    bool yes;
} conditions[] = {
    {"{attribute: Modality, equals: [US]}", "Modality=US", true},
    {"{attribute: Modality, equals: [US]}", "Modality=US ", true},
    {"{attribute: Modality, equals: [US]}", "Modality=us", false},
    {"{attribute: Modality, equals: [US]}", "Modality=USA", false},
    {"{attribute: Modality, equals: [US]}", "Modality=", false},
    {"{attribute: Modality, equals: [US]}", "", false},
    {"{attribute: Modality, equals: [CT, US]}", "Modality=US", true},
    {"{attribute: Modality, equals: [us], ignore_case: yes}", "Modality=US",
     true},
    {"{attribute: Modality, equals: [us], ignore_case: no}", "Modality=US",
     false},
    {"{attribute: ImageType, equals: [PRIMARY]}",
     "ImageType=DERIVED\\PRIMARY\\X", true},
    {"{attribute: ImageType, equals: ['DERIVED\\PRIMARY']}",
     "ImageType=DERIVED\\PRIMARY", true},
    {"{attribute: ImageType, equals: [DERIVED]}", "ImageType=DERIVED2\\X",
     false},
    {"{attribute: ImageType, starts_with: [SEC]}",
     "ImageType=DERIVED\\SECONDARY", true},
    {"{attribute: ImageType, starts_with: [ARY]}",
     "ImageType=DERIVED\\SECONDARY", false},
    {"{attribute: ImageType, contains: ['D\\S']}",
     "ImageType=DERIVED\\SECONDARY", true},
    {"{attribute: Manufacturer, contains: [philips, ge]}",
     "Manufacturer=Philips", false},
    {"{attribute: Manufacturer, contains: [philips, ge], ignore_case: yes}",
     "Manufacturer=Philips", true},
    {"{attribute: Manufacturer, contains: [PhilipsX]}", "Manufacturer=Philips",
     false},
    {"{attribute: StationName, regex: ['^US-[0-9]+$']}", "StationName=US-12",
     true},
    {"{attribute: StationName, regex: ['^us', '^ct']}", "StationName=US-12",
     false},
    {"{attribute: StationName, regex: ['^us'], ignore_case: yes}",
     "StationName=US-12", true},
    {"{attribute: StationName, regex: ['.']}", "", false},
    {"{attribute: StationName, regex: ['^us'], not: yes}", "", true},
    {"{attribute: Rows, equals: [600]}", "Rows=1", true}, /* the image's own */
    {"{attribute: Rows, min: 600, max: 600}", "", true},
    {"{attribute: Columns, min: 801}", "", false},
    {"{attribute: '(0028,0011)', max: 800}", "", true},
    {"{attribute: SliceThickness, min: 1.5, max: 2}", "SliceThickness=1.50",
     true},
    {"{attribute: SliceThickness, min: -1, max: 2e0}", "SliceThickness=-5.0E-1",
     true},
    {"{attribute: SliceThickness, min: 1}", "SliceThickness=thick", false},
    {"{attribute: SliceThickness, min: 1}", "SliceThickness=0\\0.5\\3", true},
    {"{attribute: SliceThickness, min: 1}", "", false},
    {"{attribute: SliceThickness, min: 1, not: yes}", "", true},
    {"{attribute: '(0018,6011)', present: yes}", "(0018,6011)=x", true},
    {"{attribute: '(0018,6011)', present: yes}", "", false},
    {"{attribute: '(0018,6011)', present: no}", "", true},
    {"{attribute: '(0018,6011)', present: no}", "(0018,6011)=  ", true},
    {"{attribute: '(0018,60AB)', present: yes}", "(0018,60ab)=x", true},
    {"{any: [{attribute: A1, equals: [x]}, {attribute: B1, equals: [y]}]}",
     "B1=y", true},
    {"{any: [{attribute: A1, equals: [x]}, {attribute: B1, equals: [y]}]}",
     "A1=y;B1=x", false},
    {"{any: [{attribute: A1, equals: [x]}], not: yes}", "A1=x", false},
    {"{all: [{attribute: A1, equals: [x]}, {attribute: B1, equals: [y]}]}",
     "B1=y", false},
    {"{all: [{attribute: A1, equals: [x]}, {attribute: B1, equals: [y]}]}",
     "B1=y;A1=x", true},
    {"{all: [{any: [{attribute: A1, present: yes}, {attribute: B1, present: "
     "yes}]}, {attribute: C1, equals: [z], not: yes}]}",
     "B1=y;C1=q", true},
};

Test(mask, conditions_match)
{
    for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++) {
        char yaml[1024];
        dsc_masks *set;
        hits h = {0};
        size_t n;
        snprintf(yaml, sizeof yaml, HEAD "  match:\n    - %s\n" BOX,
                 conditions[i].condition);
        set = load_text(yaml);
        n = dsc_masks_match(set, header_value, (void *)conditions[i].header,
                            800, 600, on_hit, &h);
        cr_expect_eq(n, conditions[i].yes, "%s on \"%s\"",
                     conditions[i].condition, conditions[i].header);
        cr_expect_eq(h.count, n);
        dsc_masks_free(&set);
    }
}

/* More attributes than the matcher keeps: each asks again, none is mixed up. */
Test(mask, many_attributes)
{
    char yaml[4096];
    char header[1024] = "";
    size_t n = 0, k = 0;
    dsc_masks *set;
    hits h = {0};

    n += add_text(yaml, HEAD "  match:\n");
    for (int i = 0; i < 30; i++) {
        n += add_text(yaml + n, "    - {attribute: Key%d, equals: [v%d]}\n", i,
                      i);
        k += add_text(header + k, "Key%d=v%d;", i, i);
    }
    add_text(yaml + n, BOX);
    set = load_text(yaml);
    cr_assert_eq(dsc_masks_match(set, header_value, header, 8, 8, on_hit, &h),
                 1);
    dsc_masks_free(&set);
}

static const struct {
    const char *unit, *mode, *regions;
    uint32_t columns, rows;
    const char *boxes;
} boxes[] = {
    {"pixels", "blank", "{left: 1, width: 2, top: 3, height: 4}", 100, 50,
     "a 1,3,2,4\n"},
    {"pixels", "blank", "{right: 0, width: 10, bottom: 0, height: 5}", 100, 50,
     "a 90,45,10,5\n"},
    {"pixels", "blank", "{left: 10, right: 20, top: 1, bottom: 2}", 100, 50,
     "a 10,1,70,47\n"},
    {"pixels", "blank", "{left: 90, width: 65535, top: 0, height: 65535}", 100,
     50, "a 90,0,10,50\n"},
    {"pixels", "blank", "{right: 90, width: 65535, top: 0, height: 1}", 100, 50,
     "a 0,0,10,1\n"},
    {"pixels", "blank", "{left: 100, width: 5, top: 0, height: 5}", 100, 50,
     ""},
    {"pixels", "blank", "{left: 60, right: 60, top: 0, height: 5}", 100, 50,
     ""},
    {"pixels", "blank", "{left: 50, right: 50, top: 0, height: 5}", 100, 50,
     ""},
    {"pixels", "blank", "{right: 200, width: 50, top: 0, height: 5}", 100, 50,
     ""},
    {"pixels", "blank",
     "{left: 0, width: 1, top: 0, height: 1}, {left: 500, width: 1, top: 0, "
     "height: 1}, {left: 2, width: 1, top: 0, height: 1}",
     100, 50, "a 0,0,1,1\na 2,0,1,1\n"},
    {"fraction", "blank", "{left: 0, width: 1, top: 0, height: 0.1}", 800, 600,
     "a 0,0,800,60\n"},
    {"fraction", "blank", "{left: 0, width: 1, top: 0, height: 0.1}", 101, 55,
     "a 0,0,101,6\n"},
    {"fraction", "blank",
     "{left: 0.333333, right: 0.333333, top: 0.5, "
     "height: 0.5}",
     10, 10, "a 3,5,4,5\n"},
    {"fraction", "blank", "{left: 0, width: 0.000001, top: 0, height: 1}", 10,
     10, "a 0,0,1,10\n"},
    {"fraction", "keep only", "{left: 0, width: 1, top: 0.15, bottom: 0}", 10,
     10, "a 0,0,10,2\n"},
    {"fraction", "keep only", "{left: 0, width: 0.01, top: 0, height: 1}", 10,
     10, "a 0,0,10,10\n"}, /* less than a pixel keeps nothing */
    {"pixels", "keep only", "{left: 2, width: 3, top: 1, height: 2}", 10, 5,
     "a 0,0,10,1\na 0,1,2,2\na 5,1,5,2\na 0,3,10,2\n"},
    {"pixels", "keep only", "{left: 0, right: 0, top: 0, bottom: 0}", 10, 5,
     ""},
    {"pixels", "keep only", "{left: 20, width: 3, top: 1, height: 2}", 10, 5,
     "a 0,0,10,5\n"},
    {"pixels", "keep only",
     "{left: 0, width: 5, top: 0, height: 5}, {left: 5, "
     "width: 5, top: 0, height: 5}",
     10, 5, ""},
};

Test(mask, boxes_are_exact)
{
    for (size_t i = 0; i < sizeof boxes / sizeof boxes[0]; i++) {
        char yaml[1024];
        dsc_masks *set;
        hits h = {0};
        snprintf(yaml, sizeof yaml,
                 HEAD MATCH "  unit: %s\n  mode: %s\n  regions: [%s]\n",
                 boxes[i].unit, boxes[i].mode, boxes[i].regions);
        set = load_text(yaml);
        cr_expect_eq(dsc_masks_match(set, header_value, "Modality=US",
                                     boxes[i].columns, boxes[i].rows, on_hit,
                                     &h),
                     1);
        cr_expect_str_eq(h.text, boxes[i].boxes, "%s: %s", boxes[i].regions,
                         h.text);
        dsc_masks_free(&set);
    }
}

Test(mask, information_and_sets)
{
    static const char second[] =
        "- id: b\n  description: two\n  provenance:\n    - {source: s, rule: "
        "r 1, version: v, licence: l}\n    - " ORIGIN "\n" MATCH
        "  mode: keep only\n" BOX;
    dsc_masks *set = load_text("\xEF\xBB\xBF" HEAD MATCH BOX);
    dsc_error err = DSC_ERROR_INIT;
    dsc_mask_info info;
    char path[64];
    hits h = {0};

    dsc_masks_info(set, 0, &info);
    cr_assert_str_eq(info.id, "a");
    cr_assert_str_eq(info.provenance, "s, v, l");
    cr_assert_eq(info.conditions, 1);
    cr_assert_eq(info.regions, 1);
    cr_assert_not(info.keep_only);
    make_file(path, second, strlen(second));
    cr_assert_eq(dsc_masks_load(set, path, &err), DSC_OK);
    dsc_masks_info(set, 1, &info);
    cr_assert_str_eq(info.provenance, "s, r 1, v, l; s, v, l");
    cr_assert(info.keep_only);
    /* All that match apply. */
    cr_assert_eq(
        dsc_masks_match(set, header_value, "Modality=US", 2, 1, on_hit, &h), 2);
    cr_assert_str_eq(h.text, "a 0,0,1,1\nb 1,0,1,1\n");
    /* The same file again: its id is taken; what was there stays. */
    cr_assert_eq(dsc_masks_load(set, path, &err), DSC_USAGE);
    cr_assert_eq(dsc_masks_count(set), 2);
    dsc_masks_info(set, 2, &info);
    cr_assert_null(info.id);
    unlink(path);
    dsc_masks_free(&set);
    cr_assert_null(set);
    dsc_masks_free(&set);
}

Test(mask, folders)
{
    char dir[] = "/tmp/dsc-masks-XXXXXX", path[128];
    dsc_masks *set = NULL;
    dsc_error err = DSC_ERROR_INIT;
    FILE *f;

    cr_assert_not_null(mkdtemp(dir));
    cr_assert_eq(dsc_masks_create(&set, NULL, NULL), DSC_OK);
    cr_assert_eq(dsc_masks_load(set, dir, &err), DSC_USAGE, "an empty folder");
    snprintf(path, sizeof path, "%s/good.yaml", dir);
    f = fopen(path, "w");
    fputs(HEAD MATCH BOX, f);
    fclose(f);
    snprintf(path, sizeof path, "%s/notes.txt", dir);
    f = fopen(path, "w");
    fputs("no template", f);
    fclose(f);
    memset(&err, 0, sizeof err);
    cr_assert_eq(dsc_masks_load(set, dir, &err), DSC_OK, "%s", err.msg);
    cr_assert_eq(dsc_masks_count(set), 1);
    dsc_masks_free(&set);
    /* One bad file spoils the folder. */
    snprintf(path, sizeof path, "%s/zz.yaml", dir);
    f = fopen(path, "w");
    fputs("- id: b\n", f);
    fclose(f);
    cr_assert_eq(dsc_masks_create(&set, NULL, NULL), DSC_OK);
    cr_assert_eq(dsc_masks_load(set, dir, &err), DSC_USAGE);
    cr_assert_not_null(strstr(err.msg, "zz.yaml:1: "), "%s", err.msg);
    cr_assert_eq(dsc_masks_count(set), 0);
    dsc_masks_free(&set);
    unlink(path);
    snprintf(path, sizeof path, "%s/good.yaml", dir);
    unlink(path);
    snprintf(path, sizeof path, "%s/notes.txt", dir);
    unlink(path);
    rmdir(dir);
}

Test(mask, out_of_memory)
{
    static const char yaml[] =
        HEAD "  match: [{attribute: A1, regex: [a]}]\n  mode: keep only\n" BOX;
    char path[64];
    unsigned long n = 0;
    dsc_status st;

    make_file(path, yaml, strlen(yaml));
    do {
        dsc_masks *set = NULL;
        dsc_error err = DSC_ERROR_INIT;
        dsc_alloc_fail_after(++n);
        st = dsc_masks_create(&set, NULL, &err);
        if (!st)
            st = dsc_masks_load(set, path, &err);
        dsc_alloc_fail_after(0);
        cr_expect(st == DSC_OK || st == DSC_NOMEM || st == DSC_USAGE, "%d %s",
                  st, err.msg);
        if (st && set)
            cr_expect_eq(dsc_masks_count(set), 0);
        if (!st) {
            /* No memory for the complement: all of the image goes. */
            hits h = {0};
            dsc_alloc_fail_after(1);
            dsc_masks_match(set, header_value, "A1=a", 9, 9, on_hit, &h);
            dsc_alloc_fail_after(0);
            cr_expect_str_eq(h.text, "a 0,0,9,9\n");
        }
        dsc_masks_free(&set);
    } while (st && n < 100);
    cr_assert(n > 5 && n < 100);
    unlink(path);
}
