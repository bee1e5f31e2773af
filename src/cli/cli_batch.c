/* SPDX-License-Identifier: Apache-2.0
 *
 * One run over many files, as clean and batch make it. */
#include "cli/cli_batch.h"

#include "base/log.h"
#include "batch/index.h"
#include "batch/lines.h"
#include "cli/cli_progress.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TIME_LIMIT 3600 /* seconds for a file, unless told otherwise */

/* ---- options ---- */

static bool parse_limits(const dsc_args *args, dsc_batch_limits *l)
{
    const char *rate = dsc_args_value(args, "max-rate", NULL);
    const char *hours = dsc_args_value(args, "between", NULL);
    uint64_t seconds, mib, nice;
    dsc_error err = DSC_ERROR_INIT;
    char *end = NULL;

    if (!dsc_args_number(args, "time-limit", TIME_LIMIT, 0, 1000000,
                         &seconds) ||
        !dsc_args_number(args, "memory-limit", 0, 0, (uint64_t)1 << 24, &mib) ||
        !dsc_args_number(args, "nice", 0, 0, 19, &nice))
        return false;
    l->seconds = (unsigned)seconds;
    l->memory = mib << 20;
    l->nice = (int)nice;
    if (rate) {
        l->max_rate = strtod(rate, &end);
        if (*end || end == rate || !(l->max_rate >= 0.001) ||
            !(l->max_rate <= 1e6)) {
            dsc_cli_usage("--max-rate takes a number from 0.001 to 1000000");
            return false;
        }
    }
    if (hours && dsc_batch_parse_hours(l, hours, &err)) {
        dsc_cli_usage("%s", err.msg);
        return false;
    }
    return true;
}

static bool parse_jobs(const dsc_args *args, unsigned *jobs)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    uint64_t n;

    if (!dsc_args_number(args, "jobs", cpus > 0 ? (uint64_t)cpus : 1, 1, 256,
                         &n))
        return false;
    *jobs = (unsigned)n;
    return true;
}

bool dsc_cli_batch_options(const dsc_args *args, dsc_batch_options *o)
{
    static const uint8_t hide_later[32]; /* replaced by the key in use */
    const char *paths = dsc_args_value(args, "report-paths", "plain");
    const char *progress = dsc_args_value(args, "progress", "json");

    *o = (dsc_batch_options){
        .source = {.inputs = args->operands,
                   .input_count = args->operand_count,
                   .list = dsc_args_value(args, "files-from", NULL),
                   .null_list = dsc_args_has(args, "null"),
                   .avoid = dsc_args_value(args, "output", NULL),
                   .spill = dsc_args_value(args, "output", NULL)},
        .output = dsc_args_value(args, "output", NULL),
        .keep_paths = dsc_args_has(args, "keep-paths"),
        .disc_names = dsc_args_has(args, "dicomdir"),
        .into_existing = dsc_args_has(args, "into-existing"),
        .learn = !dsc_args_has(args, "no-learn"),
        .on_refused = {.program = dsc_args_value(args, "on-quarantine", NULL),
                       .with_input = dsc_args_has(args, "hook-input")},
    };
    if (strcmp(paths, "plain") && strcmp(paths, "hash")) {
        dsc_cli_usage("--report-paths takes plain or hash");
        return false;
    }
    if (o->disc_names && o->keep_paths) {
        dsc_cli_usage("--dicomdir gives outputs names of its own: not with "
                      "--keep-paths");
        return false;
    }
    if (strcmp(progress, "json")) {
        dsc_cli_usage("--progress takes json");
        return false;
    }
    if (!strcmp(paths, "hash"))
        o->hide_key = hide_later;
    return parse_jobs(args, &o->jobs) && parse_limits(args, &o->limits);
}

/* ---- one run ---- */

typedef struct run {
    dsc_lines *report;
    bool verbose, quiet, report_failed;
    dsc_buf *outputs; /* for a DICOMDIR, where no ledger has them */
    dsc_status noted;
    dsc_progress progress;
} run;

static void tick(void *ctx)
{
    run *r = ctx;

    dsc_progress_hear(&r->progress);
    if (!r->quiet)
        dsc_progress_show(&r->progress);
    dsc_progress_json(&r->progress, "running");
}

/* Only numbers and reasons: names stay in the report. */
static void tell_refused(const run *r, const dsc_batch_event *e, bool refused)
{
    const char *what = e->id ? "row" : "file";
    uint64_t number = e->id ? (uint64_t)e->id : e->number;

    if (refused)
        dsc_log(DSC_LOG_WARN, "batch", "%s %" PRIu64 ": %s: %s", what, number,
                dsc_outcome_name(e->outcome), e->reason);
    if ((refused && !r->quiet) || r->verbose)
        fprintf(stderr, "%s%s %" PRIu64 ": %s%s%s\n",
                r->progress.terminal ? "\r\033[K" : "", what, number,
                dsc_outcome_name(e->outcome), e->reason[0] ? ": " : "",
                e->reason);
}

static bool file_done(void *ctx, const dsc_batch_event *e)
{
    run *r = ctx;

    r->progress.done++;
    r->progress.bytes += e->bytes;
    tell_refused(r, e,
                 e->outcome == DSC_QUARANTINED || e->outcome == DSC_FAILED);
    if (r->outputs && e->output)
        r->noted = dsc_index_note(r->outputs, e->output, e->study, e->series,
                                  e->instance, NULL);
    if (r->noted)
        return false;
    if (r->report && (r->report_failed ||
                      dsc_lines_add(r->report, e->line, e->line_len, NULL))) {
        r->report_failed = true; /* no other line behind a part of one */
        return false;
    }
    if (!r->quiet)
        dsc_progress_show(&r->progress);
    return true;
}

static int open_report(const char *path, dsc_lines **out)
{
    dsc_error err = DSC_ERROR_INIT;

    return path && dsc_lines_open(out, path, &err)
               ? dsc_cli_usage("%s", err.msg)
               : DSC_EXIT_OK;
}

/* With a ledger a file may have been done twice: in this run, or in one that
 * was killed. */
static void close_report(run *r, const dsc_cli_ledger *ledger)
{
    const dsc_batch_totals *t = &r->progress.totals;
    bool twice = ledger && (t->redone || ledger->mode == DSC_LEDGER_RESUME);
    dsc_status st = DSC_OK;

    if (r->report && !r->report_failed && !t->interrupted && twice)
        st = dsc_lines_unite(r->report, NULL);
    if (st == DSC_UNSUPPORTED)
        dsc_cli_say("the report cannot be replaced (a mount point, or no "
                    "permission): of files that were done twice the last line "
                    "counts");
    else if (st)
        r->report_failed = true;
    if (dsc_lines_close(&r->report, NULL))
        r->report_failed = true;
}

static void summary(const run *r)
{
    const dsc_batch_totals *t = &r->progress.totals;
    char text[256];

    snprintf(text, sizeof text,
             "%" PRIu64 " files in %.1f s: %" PRIu64 " clean, %" PRIu64
             " scrubbed, %" PRIu64 " quarantined, %" PRIu64 " failed, %" PRIu64
             " ignored",
             r->progress.done - t->redone, dsc_progress_seconds(&r->progress),
             t->outcomes[DSC_CLEAN], t->outcomes[DSC_SCRUBBED],
             t->outcomes[DSC_QUARANTINED], t->outcomes[DSC_FAILED],
             t->outcomes[DSC_IGNORED]);
    dsc_log(DSC_LOG_INFO, "batch", "%s", text);
    if (r->quiet)
        return;
    dsc_cli_say("%s", text);
    if (t->skipped_files)
        dsc_cli_say("%" PRIu64 " more were done before (%" PRIu64
                    " quarantined)",
                    t->skipped_files, t->skipped[DSC_QUARANTINED]);
    if (t->stayed)
        dsc_cli_say("%" PRIu64 " files that have the name of an old output "
                    "were not made by this ledger, and stayed",
                    t->stayed);
}

static int conclude(run *r, dsc_status st, const dsc_error *err)
{
    const dsc_batch_totals *t = &r->progress.totals;

    dsc_progress_end(&r->progress);
    dsc_progress_json(&r->progress, st || r->report_failed ? "failed"
                                    : t->interrupted       ? "interrupted"
                                                           : "finished");
    if (st == DSC_USAGE && !r->progress.done)
        return dsc_cli_usage("%s", err->msg);
    summary(r);
    if (st) {
        dsc_cli_say("%s", err->msg);
        dsc_log(DSC_LOG_ERROR, "batch", "%s", err->msg);
    }
    if (t->interrupted)
        dsc_cli_say("interrupted: not every file was looked at, or by all that "
                    "headers tell");
    if (r->report_failed)
        dsc_cli_say("the report could not be written; stopped");
    return st || r->report_failed || t->interrupted ||
                   t->outcomes[DSC_QUARANTINED] || t->outcomes[DSC_FAILED] ||
                   t->skipped[DSC_QUARANTINED]
               ? DSC_EXIT_REFUSED
               : DSC_EXIT_OK;
}

/* ---- the DICOMDIR ---- */

static bool note_row(void *ctx, const dsc_ledger_row *row)
{
    run *r = ctx;

    if (row->output)
        r->noted = dsc_index_note(r->outputs, row->output, row->study,
                                  row->series, row->instance, NULL);
    return !r->noted;
}

static int write_dicomdir(run *r, const dsc_batch_options *o)
{
    dsc_ledger_query written = {.outcomes =
                                    1u << DSC_CLEAN | 1u << DSC_SCRUBBED};
    uint64_t listed = 0, left_out = 0;
    dsc_error err = DSC_ERROR_INIT;
    dsc_status st = DSC_OK;

    if (o->ledger)
        st = dsc_ledger_each(o->ledger, &written, note_row, r, &err);
    if (!st && r->noted)
        st = dsc_fail(&err, r->noted, "out of memory");
    if (!st)
        st = dsc_index_write(o->output, r->outputs, &listed, &left_out, &err);
    if (st)
        dsc_cli_say("no DICOMDIR: %s", err.msg);
    else if (left_out)
        dsc_cli_say("the DICOMDIR leaves out %" PRIu64 " file%s: gone, "
                    "changed, or with a name that no disc can hold",
                    left_out, left_out == 1 ? "" : "s");
    else if (!r->quiet)
        dsc_cli_say("DICOMDIR: %" PRIu64 " files", listed);
    return st || left_out ? DSC_EXIT_REFUSED : DSC_EXIT_OK;
}

/* ---- the ledger ---- */

static int open_ledger(const dsc_args *args, const dsc_cli_ledger *want,
                       const uint8_t key[32], dsc_batch_options *o,
                       char settings[65])
{
    dsc_error err = DSC_ERROR_INIT;
    dsc_status st = dsc_cli_settings(args, key, settings, &err);

    if (!st)
        st = dsc_ledger_open(&o->ledger, want->path, want->mode, &err);
    if (!st && dsc_ledger_is_remote(o->ledger))
        dsc_cli_say("the ledger is on a network file system: nobody else can "
                    "read it while this runs");
    o->settings = settings;
    return st ? dsc_cli_usage("%s", err.msg) : DSC_EXIT_OK;
}

/* It names people; outputs are given away. */
static bool lies_in(const char *folder, const char *path)
{
    char *resolved = dsc_batch_resolve(path);
    size_t n = strlen(folder);
    bool inside = resolved && !strncmp(resolved, folder, n) &&
                  (resolved[n] == '/' || !strcmp(folder, "/"));

    free(resolved);
    return inside;
}

/* A ledger holds the whole path of outputs, wherever the next run is started.
 */
static int use_ledger(const dsc_args *args, const dsc_cli_ledger *want,
                      const uint8_t key[32], dsc_batch_options *o,
                      char settings[65], char **folder)
{
    if (!want)
        return DSC_EXIT_OK;
    *folder = dsc_batch_resolve(o->output);
    if (!*folder)
        return dsc_cli_usage("the output folder: %s", strerror(errno));
    if (lies_in(*folder, want->path))
        return dsc_cli_usage("the ledger is patient data: it cannot be in the "
                             "output folder");
    o->output = o->source.avoid = o->source.spill = *folder;
    return open_ledger(args, want, key, o, settings);
}

/* A stop by a signal is how this ends: what was not begun comes next time. What
 * was judged by less than is known by now is no such end. */
static dsc_status run_rounds(dsc_scrubber *scrubber, dsc_batch_options *o,
                             run *r, const dsc_cli_rounds *rounds,
                             dsc_error *err)
{
    dsc_batch_totals sum = {.worker_deaths = 0}, *now = &r->progress.totals;
    bool more = true, whole = true;
    dsc_batch_kept kept = {0};
    dsc_status st = rounds->open(rounds->ctx, o, err);

    o->in_rounds = true;
    o->kept = &kept;
    while (!st && !now->interrupted && !r->report_failed) {
        *now = (dsc_batch_totals){.worker_deaths = 0};
        st = rounds->next(rounds->ctx, o, &more, err);
        if (st || !more)
            break;
        st = dsc_batch_run(scrubber, o, file_done, r, now, err);
        o->begun = true;
        for (int i = 0; i <= DSC_IGNORED; i++) {
            sum.outcomes[i] += now->outcomes[i];
            sum.skipped[i] += now->skipped[i];
        }
        sum.skipped_files += now->skipped_files;
        sum.redone += now->redone;
        sum.stayed += now->stayed;
    }
    *now = sum;
    if (!st && o->begun)
        st = rounds->whole(rounds->ctx, o, &whole, err);
    now->interrupted = !whole;
    whole = whole && !r->report_failed;
    if (o->begun &&
        dsc_ledger_end(o->ledger,
                       st      ? "failed"
                       : whole ? "finished"
                               : "interrupted",
                       st ? NULL : err) &&
        !st)
        st = DSC_IO;
    o->kept = NULL;
    return st;
}

int dsc_cli_batch_run(const dsc_args *args, const dsc_batch_options *options,
                      const dsc_cli_ledger *ledger)
{
    return dsc_cli_batch_rounds(args, options, ledger, NULL);
}

int dsc_cli_batch_rounds(const dsc_args *args, const dsc_batch_options *base,
                         const dsc_cli_ledger *ledger,
                         const dsc_cli_rounds *rounds)
{
    dsc_batch_options o = *base;
    dsc_scrubber *scrubber = NULL;
    uint8_t key[32];
    char settings[65], *folder = NULL;
    dsc_place *place = NULL;
    dsc_buf outputs = {0};
    run r = {.verbose = dsc_args_has(args, "verbose"),
             .quiet = dsc_args_has(args, "quiet")};
    dsc_error err = DSC_ERROR_INIT;
    dsc_status st = dsc_cli_scrubber(&scrubber, args, key, &err);
    int rc = DSC_EXIT_OK;

    if (!st)
        st = dsc_batch_check(&o, &err);
    if (st)
        rc = dsc_cli_usage("%s", err.msg);
    else if (!dsc_cli_log(args))
        rc = DSC_EXIT_USAGE;
    if (!rc)
        rc = open_report(dsc_args_value(args, "report", NULL), &r.report);
    if (!rc)
        rc = use_ledger(args, ledger, key, &o, settings, &folder);
    if (!rc && dsc_place_open(&place, o.output, &err))
        rc = dsc_cli_usage("%s", err.msg);
    if (rc)
        goto done;
    o.place = place;
    if (o.hide_key)
        o.hide_key = key;
    r.progress.json = dsc_args_has(args, "progress");
    r.progress.terminal = !r.quiet && isatty(STDERR_FILENO);
    o.tick = tick;
    if (o.disc_names && !o.ledger)
        r.outputs = &outputs;
    if (rounds) {
        /* Nobody knows how many there will be: no count, only the clock. */
        r.progress.start = dsc_progress_seconds(&r.progress);
        st = run_rounds(scrubber, &o, &r, rounds, &err);
    } else {
        dsc_progress_start(&r.progress, &o);
        st = dsc_batch_run(scrubber, &o, file_done, &r, &r.progress.totals,
                           &err);
    }
    close_report(&r, ledger);
    rc = conclude(&r, st, &err);
    r.outputs = &outputs;
    if (!st && o.disc_names && write_dicomdir(&r, &o))
        rc = DSC_EXIT_REFUSED;
done:
    dsc_lines_close(&r.report, NULL);
    dsc_ledger_close(&o.ledger);
    dsc_place_close(&place);
    explicit_bzero(key, sizeof key);
    dsc_buf_free(&outputs);
    dsc_scrubber_free(&scrubber);
    free(folder);
    return rc;
}
