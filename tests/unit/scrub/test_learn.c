/* SPDX-License-Identifier: Apache-2.0
 *
 * What one header tells about the pictures of other files. */
#include "ledger/lore.h"
#include "scrub/scrub_priv.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct file {
    uint8_t *data;
    size_t len;
} file;

static file load(const char *name)
{
    const char *dir = getenv("DSC_TESTDATA");
    char path[4096];
    file f = {NULL, 0};
    FILE *fp;

    snprintf(path, sizeof path, "%s/%s", dir ? dir : "testdata", name);
    fp = fopen(path, "rb");
    cr_assert_not_null(fp);
    fseek(fp, 0, SEEK_END);
    f.len = (size_t)ftell(fp);
    rewind(fp);
    f.data = malloc(f.len);
    cr_assert_eq(fread(f.data, 1, f.len, fp), f.len);
    fclose(fp);
    return f;
}

/* Another value of the same length, wherever it stands. */
static void replace(file *f, const char *old, const char *now)
{
    size_t n = strlen(old), found = 0;

    cr_assert_eq(strlen(now), n);
    for (size_t i = 0; i + n <= f->len; i++)
        if (!memcmp(f->data + i, old, n)) {
            memcpy(f->data + i, now, n);
            found++;
        }
    cr_assert_gt(found, 0, "no %s", old);
}

static dsc_input input_of(const file *f)
{
    return (dsc_input){.data = f->data, .len = f->len};
}

typedef struct lesson {
    dsc_lore *lore;
    dsc_kin *kin;
} lesson;

static dsc_status collect(void *ctx, const void *bytes, size_t len,
                          dsc_error *err)
{
    const lesson *l = ctx;

    return dsc_lore_add_value(l->lore, l->kin, bytes, len, err);
}

static void learn_input(dsc_lore *lore, const dsc_input *in)
{
    dsc_kin kin;
    lesson l = {lore, &kin};
    dsc_error err = DSC_ERROR_INIT;

    cr_assert_eq(dsc_learn(in, &kin, collect, &l, &err), DSC_OK, "%s", err.msg);
    cr_assert_eq(dsc_lore_add_kin(lore, &kin, &err), DSC_OK, "%s", err.msg);
}

static dsc_lore *learn_all(const file *files, size_t n, const size_t *order)
{
    dsc_lore *l = NULL;

    cr_assert_eq(dsc_lore_create(&l, NULL, NULL), DSC_OK);
    for (size_t i = 0; i < n; i++) {
        dsc_input in = input_of(&files[order ? order[i] : i]);
        learn_input(l, &in);
    }
    cr_assert_eq(dsc_lore_flush(l, NULL), DSC_OK);
    return l;
}

static dsc_taught ask(const dsc_lessons *lessons, const file *f,
                      dsc_facts *facts, dsc_status *st)
{
    dsc_scrubber s = {.lessons = lessons};
    dsc_input in = input_of(f);
    dsc_instance inst = {0};
    dsc_taught taught;

    cr_assert_eq(dsc_instance_open(&inst, &in, NULL), DSC_OK);
    *st = dsc_lessons_facts(&s, inst.ds, facts, NULL);
    dsc_instance_close(&inst);
    taught = s.taught;
    dsc_lessons_forget(&s);
    return taught;
}

static dsc_facts facts_for(dsc_lore *l, const file *f)
{
    dsc_lessons lessons = {dsc_lore_recall, l};
    dsc_facts facts = {0};
    dsc_status st;

    ask(&lessons, f, &facts, &st);
    cr_assert_eq(st, DSC_OK);
    return facts;
}

static bool has(const dsc_facts *facts, const char *value)
{
    for (size_t i = 0; i < facts->count; i++)
        if (strstr(facts->items[i].value, value))
            return true;
    return false;
}

#define NAME  "Mustermann^Max"
#define BLANK "              "
#define ID    "FV-4711-0815"
#define NO_ID "            "

/* The study's other file has lost the patient from its header. */
static void forget(file *f)
{
    replace(f, NAME, BLANK);
    replace(f, ID, NO_ID);
}

/* ---- in a picture ---- */

static size_t count_class(const dsc_result *r, const char *cls)
{
    size_t n = 0;

    for (size_t i = 0; i < r->regions.count; i++)
        n += !strcmp(r->regions.items[i].cls, cls);
    return n;
}

Test(learn, a_name_of_another_file_goes, .timeout = 120)
{
    file files[2] = {load("us-grey-explicit.dcm"),
                     load("us-grey-explicit.dcm")};
    dsc_lore *l;
    dsc_lessons lessons = {dsc_lore_recall, NULL};
    dsc_options o = DSC_OPTIONS_INIT;
    dsc_scrubber *s = NULL;
    dsc_result r = DSC_RESULT_INIT;
    dsc_error err = DSC_ERROR_INIT;
    const char *dir = getenv("DSC_TESTDATA");
    char models[4096];
    dsc_input in;
    size_t names;

    forget(&files[1]);
    in = input_of(&files[1]);
    snprintf(models, sizeof models, "%s/../models", dir ? dir : "testdata");
    o.models = models;
    o.policy = "phi";
    o.find = DSC_FIND_OCR | DSC_FIND_DETECTOR;
    cr_assert_eq(dsc_scrubber_create(&s, &o, &err), DSC_OK, "%s", err.msg);
    l = learn_all(&files[1], 1, NULL);
    lessons.ctx = l;
    dsc_scrubber_use(s, &lessons);
    dsc_plan(s, &in, &r);
    cr_expect_eq(r.outcome, DSC_SCRUBBED);
    names = count_class(&r, "id");
    dsc_lore_close(&l);
    l = learn_all(files, 2, NULL);
    lessons.ctx = l;
    dsc_plan(s, &in, &r);
    cr_expect_eq(r.outcome, DSC_SCRUBBED);
    cr_expect_gt(count_class(&r, "id"), names, "the ID is not used");
    for (size_t i = 0; i < r.regions.count; i++)
        if (r.regions.items[i].rule &&
            !strcmp(r.regions.items[i].rule, "header-name"))
            names = 0;
    cr_expect_eq(names, 0, "the name is not used");
    dsc_result_free(&r);
    dsc_scrubber_free(&s);
    dsc_lore_close(&l);
    free(files[0].data);
    free(files[1].data);
}

/* ---- who belongs together ---- */

Test(learn, order_does_not_matter)
{
    static const size_t orders[][3] = {{0, 1, 2}, {2, 1, 0}, {1, 2, 0}};
    file files[3] = {load("us-grey-explicit.dcm"), load("us-grey-explicit.dcm"),
                     load("us-grey-explicit.dcm")};
    dsc_facts first = {0};

    forget(&files[1]);
    replace(&files[2], "Mustermann^Max", "Beispielo^Erik");
    for (size_t k = 0; k < sizeof orders / sizeof *orders; k++) {
        dsc_lore *l = learn_all(files, 3, orders[k]);
        dsc_facts facts = facts_for(l, &files[1]);
        cr_expect(has(&facts, "MUSTERMANN") && has(&facts, "BEISPIELO"));
        if (k) {
            cr_assert_eq(facts.count, first.count);
            for (size_t i = 0; i < facts.count; i++)
                cr_expect_str_eq(facts.items[i].value, first.items[i].value);
            dsc_facts_free(&facts);
        } else {
            first = facts;
        }
        dsc_lore_close(&l);
    }
    dsc_facts_free(&first);
    for (int i = 0; i < 3; i++)
        free(files[i].data);
}

static void study_uid(const file *f, char *out, size_t size)
{
    dsc_input in = input_of(f);
    dsc_instance inst = {0};

    cr_assert_eq(dsc_instance_open(&inst, &in, NULL), DSC_OK);
    cr_assert(dsc_dicom_string(inst.ds, DSC_TAG(0x0020, 0x000D), out, size));
    dsc_instance_close(&inst);
}

/* A file of another study, of the same patient. */
static file other_study(unsigned number)
{
    file f = load("us-grey-explicit.dcm");
    char uid[65], now[65], tail[8];

    study_uid(&f, uid, sizeof uid);
    snprintf(now, sizeof now, "%s", uid);
    snprintf(tail, sizeof tail, "%03u", number);
    memcpy(now + strlen(now) - 3, tail, 3);
    replace(&f, uid, now);
    return f;
}

Test(learn, a_patient_has_several_studies)
{
    file files[3] = {load("us-grey-explicit.dcm"), other_study(1),
                     other_study(2)};
    dsc_lore *l;
    dsc_facts same, stranger;

    replace(&files[1], NAME, BLANK); /* the ID links it */
    forget(&files[2]);               /* nothing does */
    l = learn_all(files, 3, NULL);
    same = facts_for(l, &files[1]);
    stranger = facts_for(l, &files[2]);
    cr_expect(has(&same, "MUSTERMANN"));
    cr_expect(!has(&stranger, "MUSTERMANN"));
    dsc_facts_free(&same);
    dsc_facts_free(&stranger);
    dsc_lore_close(&l);
    for (int i = 0; i < 3; i++)
        free(files[i].data);
}

/* Half a hospital under Patient ID "ANON": nobody's names for everybody. */
Test(learn, a_placeholder_is_nobody)
{
    enum {
        N = 20
    };
    file files[N];
    dsc_lore *l;

    for (unsigned i = 0; i < N; i++) {
        char name[16];
        files[i] = other_study(100 + i);
        snprintf(name, sizeof name, "Musterfra%c^Max", 'a' + (int)i);
        replace(&files[i], NAME, name);
    }
    l = learn_all(files, N, NULL);
    for (size_t i = 0; i < N; i++) {
        dsc_facts facts = facts_for(l, &files[i]);
        size_t others = 0;
        for (size_t k = 0; k < facts.count; k++) {
            const char *at = strstr(facts.items[k].value, "MUSTERFRA");
            others += at && at[9] && at[9] != (char)('A' + i);
        }
        cr_expect_eq(others, 0, "file %zu knows %zu others", i, others);
        dsc_facts_free(&facts);
    }
    dsc_lore_close(&l);
    for (size_t i = 0; i < N; i++)
        free(files[i].data);
}

/* ---- is a file as it would be now? ---- */

static bool is_current(dsc_lore *l, const dsc_taught *t)
{
    dsc_lessons lessons = {dsc_lore_recall, l};
    uint64_t digest = 0;

    cr_assert_eq(dsc_lessons_digest(&lessons, &t->kin, &digest, NULL), DSC_OK);
    return digest == t->told || digest == t->known;
}

Test(learn, what_a_header_says_itself_is_no_news)
{
    file files[2] = {load("us-grey-explicit.dcm"),
                     load("us-grey-explicit.dcm")};
    dsc_lore *none = learn_all(NULL, 0, NULL), *own, *both;
    dsc_lessons lessons = {dsc_lore_recall, none};
    dsc_facts facts = {0};
    dsc_status st;
    dsc_taught full, lost;

    forget(&files[1]);
    own = learn_all(files, 1, NULL);
    both = learn_all(files, 2, NULL);
    full = ask(&lessons, &files[0], &facts, &st);
    cr_expect(full.asked && st == DSC_OK && !facts.count);
    cr_expect(is_current(none, &full), "nothing was learned meanwhile");
    cr_expect(is_current(own, &full), "only what it said itself");
    cr_expect(is_current(both, &full), "the other one tells no more");
    lost = ask(&lessons, &files[1], &facts, &st);
    cr_expect(is_current(none, &lost));
    cr_expect(!is_current(both, &lost), "a name was learned that it lacks");
    lessons.ctx = both;
    lost = ask(&lessons, &files[1], &facts, &st);
    cr_expect(is_current(both, &lost) && facts.count);
    dsc_facts_free(&facts);
    dsc_lore_close(&none);
    dsc_lore_close(&own);
    dsc_lore_close(&both);
    free(files[0].data);
    free(files[1].data);
}

/* ---- bad input ---- */

typedef struct kept {
    uint8_t data[4096];
    size_t len;
} kept;

static dsc_status keep(void *ctx, const void *bytes, size_t len, dsc_error *err)
{
    kept *k = ctx;

    (void)err;
    cr_assert_leq(len, sizeof k->data);
    memcpy(k->data, bytes, len);
    k->len = len;
    return DSC_OK;
}

static dsc_status give(void *ctx, const dsc_kin *kin, dsc_lesson_fn fn,
                       void *fn_ctx, dsc_error *err)
{
    const kept *k = ctx;
    uint8_t *exact = malloc(k->len ? k->len : 1); /* for the sanitizer */
    dsc_status st;

    (void)kin;
    memcpy(exact, k->data, k->len);
    st = fn(fn_ctx, exact, k->len, err);
    free(exact);
    return st;
}

Test(learn, values_are_not_trusted)
{
    file f = load("us-grey-explicit.dcm");
    dsc_input in = input_of(&f);
    kept k = {.len = 0};
    dsc_lessons lessons = {give, &k};
    dsc_facts facts = {0};
    dsc_kin kin;
    dsc_status st;
    size_t whole;

    cr_assert_eq(dsc_learn(&in, &kin, keep, &k, NULL), DSC_OK);
    whole = k.len;
    cr_assert_gt(whole, 8);
    for (k.len = 0; k.len < whole; k.len++) {
        ask(&lessons, &f, &facts, &st);
        cr_expect_neq(st, DSC_OK, "cut to %zu", k.len);
    }
    for (size_t at = 0; at < whole; at++) {
        uint8_t old = k.data[at];
        k.data[at] = (uint8_t)(old ^ 0xFF);
        ask(&lessons, &f, &facts, &st);
        cr_expect(at >= 8 || (at >= 1 && at < 3) || st != DSC_OK, "byte %zu",
                  at);
        k.data[at] = old;
    }
    dsc_facts_free(&facts);
    free(f.data);
}

Test(learn, what_is_no_instance_tells_nothing)
{
    dsc_input none = {.data = "not DICOM", .len = 9};
    kept k = {.len = 0};
    dsc_kin kin;

    cr_expect_neq(dsc_learn(&none, &kin, keep, &k, NULL), DSC_OK);
    cr_expect_eq(k.len, 0);
    cr_expect(!kin.study && !kin.patient);
}

/* ---- in a header ---- */

#define DESCRIPTION DSC_TAG(0x0008, 0x1030)

static char folder[] = "/tmp/dsc-learn-XXXXXX";

static dsc_status put_there(void *ctx, const dsc_result *result, char *buf,
                            size_t size, dsc_error *err)
{
    (void)result;
    (void)err;
    snprintf(buf, size, "%s/%s", folder, (const char *)ctx);
    return DSC_OK;
}

/* An object of the study, under another name and with a description. */
static void make_object(const char *name, const char *patient,
                        const char *description)
{
    const char *dir = getenv("DSC_TESTDATA");
    dsc_write_options o = {.implementation_class_uid = "1.2.3",
                           .implementation_version_name = "TEST"};
    char path[4096];
    dsc_dicom *ds = NULL;
    dsc_outfile *out = NULL;
    dsc_error err = DSC_ERROR_INIT;
    bool existed;

    snprintf(path, sizeof path, "%s/objects/registration.dcm",
             dir ? dir : "testdata");
    cr_assert_eq(dsc_dicom_open(&ds, path, NULL, &err), DSC_OK, "%s", err.msg);
    o.transfer_syntax = dsc_dicom_transfer_syntax(ds);
    cr_assert_eq(dsc_dicom_set(ds, DSC_TAG(0x0010, 0x0010), patient, &err),
                 DSC_OK);
    cr_assert_eq(dsc_dicom_set(ds, DESCRIPTION, description, &err), DSC_OK);
    put_there((void *)name, NULL, path, sizeof path, NULL);
    cr_assert_eq(dsc_outfile_create(&out, path, &err), DSC_OK, "%s", err.msg);
    cr_assert_eq(dsc_dicom_write(ds, out, &o, &err), DSC_OK, "%s", err.msg);
    cr_assert_eq(dsc_outfile_commit(&out, &existed, &err), DSC_OK);
    dsc_dicom_free(&ds);
}

static void expect_description(const char *name, const char *expected)
{
    char path[256], value[256] = "";
    dsc_dicom *ds = NULL;

    put_there((void *)name, NULL, path, sizeof path, NULL);
    cr_assert_eq(dsc_dicom_open(&ds, path, NULL, NULL), DSC_OK);
    dsc_dicom_string(ds, DESCRIPTION, value, sizeof value);
    cr_expect_str_eq(value, expected, "%s: \"%s\"", name, value);
    dsc_dicom_free(&ds);
}

static dsc_outcome proven(dsc_scrubber *s, const char *input,
                          const char *output)
{
    char in[256], out[256];
    dsc_result r = DSC_RESULT_INIT;
    dsc_outcome outcome;

    put_there((void *)input, NULL, in, sizeof in, NULL);
    put_there((void *)output, NULL, out, sizeof out, NULL);
    dsc_prove(s, &(dsc_input){.path = in}, &(dsc_input){.path = out}, NULL, &r);
    outcome = r.outcome;
    dsc_result_free(&r);
    return outcome;
}

static void clean_to(dsc_scrubber *s, const char *input, const char *output)
{
    char in[256];
    dsc_result r = DSC_RESULT_INIT;

    put_there((void *)input, NULL, in, sizeof in, NULL);
    dsc_clean(s, &(dsc_input){.path = in}, put_there, (void *)output, &r);
    cr_assert_eq(r.outcome, DSC_CLEAN, "%s: %s", input, r.reason);
    dsc_result_free(&r);
}

Test(learn, a_name_of_another_file_goes_from_descriptions, .timeout = 60)
{
    static const char *const names[] = {"a.dcm", "b.dcm", "c.dcm",
                                        "alone", "both",  "all"};
    static const uint8_t key[32] = {7};
    dsc_options o = DSC_OPTIONS_INIT;
    dsc_scrubber *s = NULL, *other = NULL;
    dsc_lore *l = NULL;
    dsc_lessons lessons = {dsc_lore_recall, NULL};
    dsc_error err = DSC_ERROR_INIT;

    cr_assert_not_null(mkdtemp(folder));
    make_object("a.dcm", "Xolbiqua^Wendeltraut", "Registration");
    make_object("b.dcm", "", "Chest of Xolbiqua, control");
    make_object("c.dcm", "", "Xolbiqua");
    o.profile = "internal";
    o.policy = "phi";
    o.find = DSC_FIND_MASKS;
    o.key = key;
    cr_assert_eq(dsc_scrubber_create(&s, &o, &err), DSC_OK, "%s", err.msg);
    cr_assert_eq(dsc_scrubber_create(&other, &o, &err), DSC_OK, "%s", err.msg);
    clean_to(s, "b.dcm", "alone");
    expect_description("alone", "Chest of Xolbiqua, control");

    cr_assert_eq(dsc_lore_create(&l, NULL, &err), DSC_OK);
    for (size_t i = 0; i < 3; i++) {
        char path[256];
        put_there((void *)names[i], NULL, path, sizeof path, NULL);
        learn_input(l, &(dsc_input){.path = path});
    }
    lessons.ctx = l;
    dsc_scrubber_use(s, &lessons);
    clean_to(s, "b.dcm", "both");
    expect_description("both", "Chest of control");
    clean_to(s, "c.dcm", "all");
    expect_description("all", "");
    /* who knows nothing of the others sees no fault in it; who knows them sees
     * the name that was left */
    cr_expect_eq(proven(other, "b.dcm", "both"), DSC_CLEAN);
    cr_expect_eq(proven(other, "c.dcm", "all"), DSC_CLEAN);
    cr_expect_eq(proven(s, "b.dcm", "both"), DSC_CLEAN);
    cr_expect_eq(proven(s, "b.dcm", "alone"), DSC_QUARANTINED);
    /* words that the source has not are no fewer words */
    cr_expect_eq(proven(other, "c.dcm", "both"), DSC_QUARANTINED);

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[256];
        put_there((void *)names[i], NULL, path, sizeof path, NULL);
        remove(path);
    }
    rmdir(folder);
    dsc_scrubber_free(&s);
    dsc_scrubber_free(&other);
    dsc_lore_close(&l);
}
