/* SPDX-License-Identifier: Apache-2.0
 *
 * The public face: a scrubber, and the five steps for one instance. */
#include "scrub/scrub_priv.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* Text that the proof finds is blanked and proven again; text that shows up
 * over and over is not ours to chase. */
#define MAX_ROUNDS 8
/* Bytes of an allow-list. */
#define MAX_ALLOW ((size_t)4 << 20)

double dsc_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

void dsc_result_note(dsc_result *result, const char *note)
{
    for (size_t i = 0; i < result->note_count; i++)
        if (!strcmp(result->notes[i], note))
            return;
    if (result->note_count < DSC_MAX_NOTES)
        result->notes[result->note_count++] = note;
}

const char *dsc_outcome_name(dsc_outcome outcome)
{
    static const char *const names[] = {
        [DSC_CLEAN] = "clean",
        [DSC_SCRUBBED] = "scrubbed",
        [DSC_QUARANTINED] = "quarantined",
        [DSC_FAILED] = "failed",
        [DSC_IGNORED] = "ignored",
    };
    return names[outcome];
}

void dsc_result_free(dsc_result *result)
{
    dsc_free(result->regions.items);
    dsc_free(result->kept.items);
    *result = (dsc_result)DSC_RESULT_INIT;
}

/* ---- set-up ---- */

static dsc_status load_masks(dsc_scrubber *s, const dsc_options *o,
                             dsc_error *err)
{
    dsc_status st = dsc_masks_create(&s->masks, dsc_dicom_keyword, err);

    for (size_t i = 0; !st && i < o->mask_count; i++)
        st = dsc_masks_load(s->masks, o->masks[i], err);
    return st;
}

static bool parse_documents(const char *name, dsc_documents *out)
{
    if (!name || !strcmp(name, "quarantine"))
        *out = DSC_DOCUMENTS_QUARANTINE;
    else if (!strcmp(name, "blank"))
        *out = DSC_DOCUMENTS_BLANK;
    else if (!strcmp(name, "policy"))
        *out = DSC_DOCUMENTS_POLICY;
    else
        return false;
    return true;
}

static dsc_status load_policy(dsc_scrubber *s, const dsc_options *o,
                              dsc_error *err)
{
    dsc_status st =
        dsc_policy_create(&s->policy, o->policy, o->keep, o->remove, err);

    for (size_t i = 0; !st && i < o->allow_count; i++) {
        dsc_buf text = {0};
        st = dsc_read_file(&text, o->allow[i], MAX_ALLOW, err);
        if (st)
            dsc_error_context(err, "allow-list %zu", i + 1);
        else
            st = dsc_policy_allow(s->policy, o->allow[i],
                                  (const char *)text.data, text.len, err);
        dsc_buf_free(&text);
    }
    return !st || st == DSC_NOMEM ? st : DSC_USAGE;
}

static dsc_status check_options(dsc_scrubber *s, const dsc_options *o,
                                dsc_error *err)
{
    if (!(o->find & DSC_FIND_ALL) || o->find & ~DSC_FIND_ALL)
        return dsc_fail(err, DSC_USAGE, "nothing to find findings with");
    if (!strcmp(o->detect, "fast"))
        s->effort = DSC_DETECT_FAST;
    else if (!strcmp(o->detect, "thorough"))
        s->effort = DSC_DETECT_THOROUGH;
    else
        return dsc_fail(err, DSC_USAGE,
                        "text is looked for fast or thorough (--detect)");
    dsc_object_default(&s->objects);
    for (size_t i = 0; i < o->object_count; i++) {
        dsc_status st = dsc_object_set(&s->objects, o->objects[i], err);
        if (st)
            return st;
    }
    if (!parse_documents(o->documents, &s->documents))
        return dsc_fail(err, DSC_USAGE,
                        "document images go to quarantine, blank or policy "
                        "(--documents)");
    s->find = o->find;
    s->us_regions = o->us_regions;
    s->keep_overlays = o->keep_overlays;
    if (o->faces && !strcmp(o->faces, "quarantine"))
        s->refuse_faces = true;
    else if (o->faces && strcmp(o->faces, "warn"))
        return dsc_fail(err, DSC_USAGE,
                        "faces are for warn or quarantine "
                        "(--faces)");
    if (o->transfer_syntax) {
        if (!dsc_codec_can_encode(o->transfer_syntax))
            return dsc_fail(err, DSC_USAGE,
                            "this transfer syntax cannot be written without "
                            "loss");
        snprintf(s->transfer_syntax, sizeof s->transfer_syntax, "%s",
                 o->transfer_syntax);
    }
    return DSC_OK;
}

/* A fresh key is known to nobody, so it opens nothing. */
static dsc_status open_mapping(dsc_scrubber *s, const dsc_options *o,
                               dsc_error *err)
{
    dsc_key own;
    dsc_secret secret = {.passphrase = o->mapping_passphrase};
    dsc_status st;

    if (o->mapping_key)
        memcpy(own.bytes, o->mapping_key, sizeof own.bytes);
    else if (!secret.passphrase && s->fresh_key)
        return dsc_fail(err, DSC_USAGE,
                        "a mapping needs a key or a passphrase: one under a "
                        "key that is thrown away could not be read");
    else
        own = s->key;
    if (!secret.passphrase)
        secret.key = &own;
    st = dsc_mapping_open(&s->mapping, o->keep_mapping, &secret, err);
    explicit_bzero(&own, sizeof own);
    return st;
}

dsc_status dsc_scrubber_create(dsc_scrubber **out, const dsc_options *o,
                               dsc_error *err)
{
    dsc_scrubber *s = dsc_alloc(sizeof *s);
    dsc_status st;

    *out = NULL;
    if (!s)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    st = check_options(s, o, err);
    if (!st && o->key)
        memcpy(s->key.bytes, o->key, sizeof s->key.bytes);
    else if (!st)
        st = dsc_key_random(&s->key, err);
    s->fresh_key = o->fresh_key || !o->key;
    if (!st)
        st = load_policy(s, o, err);
    if (!st) {
        /* "all" would leave no free text at all. */
        dsc_deid_settings header = {.profile = o->profile,
                                    .id_map = o->id_map,
                                    .id_map_text = o->id_map_text,
                                    .text = strcmp(o->policy, "all") ? s->policy
                                                                     : NULL,
                                    .key = &s->key};
        st = dsc_deid_create(&s->deid, &header, err);
    }
    if (!st && o->keep_mapping)
        st = open_mapping(s, o, err);
    s->blit = dsc_blit_for(dsc_cpu_flags());
    if (!st)
        st = load_masks(s, o, err);
    if (!st && s->find & (DSC_FIND_OCR | DSC_FIND_DETECTOR))
        st = dsc_detector_create(&s->detector, o->models, err);
    if (!st && s->find & DSC_FIND_OCR)
        st = dsc_ocr_create(&s->ocr, o->languages, o->models, err);
    if (st)
        dsc_scrubber_free(&s);
    *out = s;
    return st;
}

void dsc_scrubber_free(dsc_scrubber **ps)
{
    dsc_scrubber *s = *ps;

    if (!s)
        return;
    dsc_ocr_free(&s->ocr);
    dsc_detector_free(&s->detector);
    dsc_masks_free(&s->masks);
    dsc_policy_free(&s->policy);
    dsc_deid_free(&s->deid);
    dsc_mapping_close(&s->mapping);
    dsc_lessons_forget(s);
    dsc_wipe_free(s, sizeof *s);
    *ps = NULL;
}

/* ---- outcomes ---- */

static void conclude(dsc_result *r, dsc_status st, const dsc_error *e)
{
    switch (st) {
    case DSC_OK:
        r->outcome = r->regions.count ? DSC_SCRUBBED : DSC_CLEAN;
        return;
    case DSC_NOTDICOM:
        r->outcome = DSC_IGNORED;
        break;
    case DSC_IO:
    case DSC_NOMEM:
    case DSC_CANCELLED:
        r->outcome = DSC_FAILED;
        break;
    default:
        r->outcome = DSC_QUARANTINED;
    }
    snprintf(r->reason, sizeof r->reason, "%s",
             e->msg[0] ? e->msg : dsc_status_name(st));
    r->ts_out[0] = '\0';
    r->bytes_out = 0;
}

static uint64_t input_size(const dsc_input *input)
{
    struct stat sb;

    if (!input->path)
        return input->len;
    return stat(input->path, &sb) ? 0 : (uint64_t)sb.st_size;
}

/* ---- read and plan ---- */

/* What the options refuse or drop need not be readable to its last frame. */
static dsc_status open_admitted(dsc_scrubber *s, const dsc_input *input,
                                dsc_instance *inst, dsc_error *err)
{
    dsc_error e = DSC_ERROR_INIT;
    dsc_status st = dsc_instance_open(inst, input, &e);

    dsc_lessons_forget(s);
    if (inst->ds && st != DSC_NOTDICOM) {
        dsc_status admitted = dsc_instance_admit(s, inst, err);
        if (admitted)
            return admitted;
    }
    if (st)
        return dsc_fail(err, st, "%s", e.msg);
    st = dsc_instance_find_spare_bits(inst, err);
    return !st && s->lessons ? dsc_instance_learn(s, inst, err) : st;
}

static dsc_status read_and_plan(dsc_scrubber *s, const dsc_input *input,
                                dsc_instance *inst, dsc_result *r,
                                dsc_error *err)
{
    double start = dsc_now_ms(), read;
    dsc_status st = open_admitted(s, input, inst, err);

    r->taught = s->taught;
    r->bytes_in = input_size(input);
    if (!st)
        st = dsc_instance_describe(inst, s->deid, r, err);
    else if (inst->ds) /* what can be told of a file that is refused */
        (void)dsc_instance_describe(inst, s->deid, r, NULL);
    read = dsc_now_ms();
    r->ms[DSC_MS_READ] = read - start;
    if (st)
        return st;
    st = dsc_plan_instance(s, inst, r, err);
    r->ms[DSC_MS_PLAN] = dsc_now_ms() - read;
    return st;
}

void dsc_plan(dsc_scrubber *s, const dsc_input *input, dsc_result *r)
{
    dsc_instance inst = {0};
    dsc_error e = DSC_ERROR_INIT;
    dsc_status st;

    dsc_result_free(r);
    st = read_and_plan(s, input, &inst, r, &e);
    conclude(r, st, &e);
    dsc_instance_close(&inst);
}

/* ---- act and prove ---- */

static dsc_status prove_file(dsc_scrubber *s, dsc_instance *source,
                             const char *path, dsc_looks *looks, dsc_result *r,
                             dsc_region_list *residual, dsc_error *err)
{
    dsc_input written = {.path = path};
    dsc_instance output = {0};
    dsc_prove_request request = {.regions = &r->regions,
                                 .kept = &r->kept,
                                 .residual = residual,
                                 .looks = looks};
    double start = dsc_now_ms();
    dsc_status st = dsc_instance_open(&output, &written, err);

    if (!st)
        st = dsc_prove_instance(s, source, &output, &request, &r->proof, err);
    if (st) {
        dsc_error_context(err, "proof");
        if (st != DSC_IO && st != DSC_NOMEM)
            st = DSC_UNPROVEN;
    }
    r->ms[DSC_MS_PROVE] += dsc_now_ms() - start;
    dsc_instance_close(&output);
    return st;
}

/* One round: write, prove. Writing changes the header, so it has an instance of
 * its own. */
static dsc_status act_and_prove(dsc_scrubber *s, const dsc_input *input,
                                dsc_instance *source, dsc_outfile *out,
                                dsc_looks *looks, dsc_result *r,
                                dsc_region_list *residual, dsc_error *err)
{
    dsc_instance inst = {0};
    double start = dsc_now_ms();
    dsc_status st = dsc_instance_open(&inst, input, err);

    if (!st && s->lessons)
        st = dsc_instance_learn(s, &inst, err);
    inst.overlay_bits = source->overlay_bits;
    if (!st)
        st = inst.has_pixels ? dsc_act(s, &inst, out, r, err)
                             : dsc_act_object(s, &inst, out, r, err);
    if (!st)
        st = dsc_outfile_flush(out, err);
    r->bytes_out = st ? 0 : dsc_outfile_tell(out);
    dsc_instance_close(&inst);
    r->ms[DSC_MS_ACT] += dsc_now_ms() - start;
    return st ? st
              : prove_file(s, source, dsc_outfile_temp_path(out), looks, r,
                           residual, err);
}

/* Does one reach into the room of the other's height around it? */
static bool are_close(const dsc_region *a, const dsc_region *b)
{
    int32_t room = a->h < b->h ? b->h : a->h;
    dsc_rect around = dsc_rect_grow(dsc_region_box(a), room, room);

    return dsc_regions_meet(a, b) &&
           !dsc_rect_empty(dsc_rect_intersect(around, dsc_region_box(b)));
}

/* What stayed was judged by what stood around it. Where a second look finds
 * more, marks go, and what is beside it where a third one does, at last
 * everything. */
static dsc_status drop_kept(const dsc_region_list *residual, int round,
                            dsc_result *r, dsc_error *err)
{
    size_t left = 0;
    dsc_status st = DSC_OK;

    for (size_t k = 0; k < r->kept.count; k++) {
        dsc_region t = r->kept.items[k];
        bool goes = round == MAX_ROUNDS - 2;
        for (size_t i = 0; i < residual->count && !goes; i++)
            goes = dsc_prove_disturbs(&residual->items[i], &t) ||
                   (round && are_close(&residual->items[i], &t));
        if (!goes || st) {
            r->kept.items[left++] = t;
            continue;
        }
        t.cls = "unknown";
        t.rule = "unsettled";
        t.reason = "stands where each look found more text that must go";
        st = dsc_region_add(&r->regions, &t, err);
    }
    r->kept.count = left;
    return st;
}

static dsc_status take_over(dsc_instance *source,
                            const dsc_region_list *residual, int round,
                            dsc_result *r, dsc_error *err)
{
    dsc_status st = DSC_OK;

    for (size_t i = 0; !st && i < residual->count; i++)
        st = dsc_region_add(&r->regions, &residual->items[i], err);
    if (!st)
        st = drop_kept(residual, round, r, err);
    return st ? st : dsc_plan_settle(source, &r->regions, &r->kept, err);
}

/* The file is opened twice; what was searched and compared and what was written
 * must be one and the same. */
typedef struct fingerprint {
    dev_t dev;
    ino_t ino;
    off_t size;
    struct timespec modified, changed;
} fingerprint;

static fingerprint take_fingerprint(const dsc_input *input)
{
    fingerprint f;
    struct stat sb;

    memset(&f, 0, sizeof f); /* padding too: it is compared as bytes */
    if (input->path && !stat(input->path, &sb)) {
        f.dev = sb.st_dev;
        f.ino = sb.st_ino;
        f.size = sb.st_size;
        f.modified = sb.st_mtim;
        f.changed = sb.st_ctim;
    }
    return f;
}

static dsc_status check_unchanged(const dsc_input *input,
                                  const fingerprint *before, dsc_error *err)
{
    fingerprint now = take_fingerprint(input);

    return memcmp(&now, before, sizeof now)
               ? dsc_fail(err, DSC_IO, "the input changed while it was read")
               : DSC_OK;
}

static dsc_status write_proven(dsc_scrubber *s, const dsc_input *input,
                               dsc_instance *source, const char *path,
                               const fingerprint *before, dsc_result *r,
                               dsc_error *err)
{
    dsc_region_list residual = {0};
    dsc_looks *looks = NULL;
    dsc_outfile *out = NULL;
    bool existed = false;
    dsc_status st = s->detector ? dsc_looks_create(&looks, err) : DSC_OK;

    for (int round = 0; !st && round < MAX_ROUNDS; round++) {
        residual.count = 0;
        st = dsc_outfile_create(&out, path, err);
        if (!st)
            st = act_and_prove(s, input, source, out, looks, r, &residual, err);
        if (st || !residual.count)
            break;
        dsc_outfile_abort(&out);
        st = take_over(source, &residual, round, r, err);
    }
    if (!st && residual.count)
        st = dsc_fail(err, DSC_UNPROVEN,
                      "proof: frame %u still shows text that must go",
                      residual.items[0].first_frame);
    if (!st)
        st = check_unchanged(input, before, err);
    /* before the output has its name: none without its way back */
    if (!st && s->mapping)
        st = dsc_mapping_keep(s->mapping, err);
    if (!st)
        st = dsc_outfile_commit(&out, &existed, err);
    r->was_there = !st && existed;
    if (st == DSC_IO && existed) {
        r->name_taken = true;
        st = DSC_BADFILE; /* trying again does not help: two instances share
                             one SOP Instance UID */
    }
    dsc_outfile_abort(&out);
    dsc_looks_free(&looks);
    dsc_free(residual.items);
    return st;
}

void dsc_clean(dsc_scrubber *s, const dsc_input *input,
               dsc_output_path_fn path_fn, void *ctx, dsc_result *r)
{
    char path[4096 + 256];
    dsc_instance inst = {0};
    dsc_error e = DSC_ERROR_INIT;
    fingerprint before = take_fingerprint(input);
    dsc_status st;

    dsc_result_free(r);
    if (s->mapping)
        dsc_mapping_start(s->mapping);
    st = read_and_plan(s, input, &inst, r, &e);
    if (!st)
        st = path_fn(ctx, r, path, sizeof path, &e);
    if (!st)
        st = write_proven(s, input, &inst, path, &before, r, &e);
    dsc_instance_close(&inst);
    conclude(r, st, &e);
    if (r->outcome != DSC_QUARANTINED && r->outcome != DSC_IGNORED)
        return;
    /* Whatever is wrong with it may be so only now. */
    e = (dsc_error)DSC_ERROR_INIT;
    st = check_unchanged(input, &before, &e);
    if (st)
        conclude(r, st, &e);
}

/* What the masks name, and what goes with it whichever way text is found. */
static dsc_status plan_required(dsc_scrubber *s, dsc_instance *inst,
                                dsc_result *planned, dsc_error *err)
{
    const dsc_cells *cells;
    dsc_status st = dsc_plan_masks(s, inst, planned, err);

    if (!st && planned->regions.count)
        st = dsc_plan_cells(inst, true, &cells, err);
    return st ? st
              : dsc_plan_settle(inst, &planned->regions, &planned->kept, err);
}

void dsc_prove(dsc_scrubber *s, const dsc_input *input, const dsc_input *output,
               const dsc_region_list *regions, dsc_result *r)
{
    dsc_instance a = {0}, b = {0};
    dsc_region_list residual = {0};
    dsc_error e = DSC_ERROR_INIT;
    dsc_result planned = DSC_RESULT_INIT, seen = DSC_RESULT_INIT;
    dsc_prove_request request = {
        .regions = regions,
        .kept = &seen.kept,
        .differences = &r->regions,
        .required = &planned.regions,
        .residual = &residual,
        .unknown = DSC_UNKNOWN_FACTS | (s->fresh_key ? DSC_UNKNOWN_KEY : 0)};
    double start = dsc_now_ms();
    dsc_status st;

    dsc_result_free(r);
    if (s->mapping)
        dsc_mapping_start(s->mapping);
    st = open_admitted(s, input, &a, &e);
    if (st)
        dsc_error_context(&e, "input");
    else if ((st = dsc_instance_open(&b, output, &e)))
        dsc_error_context(&e, "output");
    if (!st)
        st = dsc_instance_describe(&a, s->deid, r, &e);
    /* A report knows more boxes than the masks; a pair of files needs them. */
    if (!st && !regions && a.has_pixels)
        st = plan_required(s, &a, &planned, &e);
    /* What the input shows around a mark; where no plan can be made, nothing.
     */
    if (!st && s->detector && a.has_pixels &&
        dsc_plan_instance(s, &a, &seen, NULL))
        seen.kept.count = 0;
    if (!st)
        st = dsc_prove_instance(s, &a, &b, &request, &r->proof, &e);
    for (size_t i = 0; !st && regions && i < regions->count; i++)
        st = dsc_region_add(&r->regions, &regions->items[i], &e);
    if (!st && residual.count)
        st = dsc_fail(&e, DSC_UNPROVEN,
                      "frame %u still shows text that must go (%zu places)",
                      residual.items[0].first_frame, residual.count);
    conclude(r, st, &e);
    r->ms[DSC_MS_PROVE] = dsc_now_ms() - start;
    dsc_free(residual.items);
    dsc_result_free(&planned);
    dsc_result_free(&seen);
    dsc_instance_close(&a);
    dsc_instance_close(&b);
}

/* ---- about ---- */

const char *dsc_version(void)
{
    return DSC_VERSION;
}

void dsc_build_info(void (*fn)(void *, const char *, const char *), void *ctx)
{
    unsigned flags = dsc_cpu_flags();

    dsc_codec_describe(fn, ctx);
    fn(ctx, "Tesseract", dsc_ocr_tesseract_version());
    fn(ctx, "Leptonica", dsc_ocr_leptonica_version());
    fn(ctx, "libcyaml", dsc_masks_library_version());
    fn(ctx, "OpenSSL", dsc_deid_library_version());
    fn(ctx, "SIMD", dsc_cpu_level_name(flags));
    dsc_blit_describe(dsc_blit_for(flags), fn, ctx);
}
