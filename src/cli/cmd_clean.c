/* SPDX-License-Identifier: Apache-2.0 */
#include "batch/batch.h"
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const dsc_cli_option options[] = {
    {"output", 'o', "DIR", "folder to write to; made when missing"},
    {"report", 0, "FILE",
     "append one JSON object a file; holds input paths, so it is made 0600"},
    {"report-paths", 0, "HOW",
     "plain (default), or hash: keyed digests in place of input paths"},
    {"keep-paths", 0, NULL,
     "name outputs as the inputs, not by their new UIDs (names may identify)"},
    {"into-existing", 0, NULL,
     "add to an output folder that is not empty; never overwrites"},
    {"transfer-syntax", 0, "UID",
     "write all frames in this lossless transfer syntax"},
    {"keep-mapping", 0, "FILE",
     "keep, encrypted, which real IDs, names and UIDs became which new ones; "
     "for 'dcmscrub reidentify'"},
    {"mapping-key", 0, "FILE", "key of the mapping (default: that of --key)"},
    {"mapping-passphrase", 0, "FILE",
     "put the mapping under the passphrase in the first line of FILE"},
    {"jobs", 'j', "N", "worker processes (default: the CPUs there are)"},
    {"quiet", 'q', NULL, "say nothing but errors"},
    DSC_SCRUB_OPTIONS,
    {NULL, 0, NULL, NULL},
};

typedef struct run {
    FILE *report;
    bool verbose, quiet, terminal, report_failed;
    uint64_t total, done, refused, bytes;
    struct timespec start;
    double last_shown;
} run;

static double seconds_since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) +
           (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

static void show_progress(run *r)
{
    double t = seconds_since(&r->start);
    double rate = t > 0 ? (double)r->done / t : 0;
    double left = rate > 0 ? (double)(r->total - r->done) / rate : 0;

    if (!r->terminal || (t - r->last_shown < 0.2 && r->done != r->total))
        return;
    r->last_shown = t;
    fprintf(stderr,
            "\r%" PRIu64 "/%" PRIu64 " files, %.1f/s, %.1f MB/s, "
            "%.0f:%02.0f left, %" PRIu64 " refused \033[K",
            r->done, r->total, rate, (double)r->bytes / 1e6 / (t > 0 ? t : 1),
            left / 60 - 0.5 < 0 ? 0 : left / 60 - 0.5,
            left - 60 * (double)(long)(left / 60), r->refused);
}

/* Only numbers and reasons: names stay in the report. */
static bool file_done(void *ctx, const dsc_batch_event *e)
{
    run *r = ctx;
    bool refused = e->outcome == DSC_QUARANTINED || e->outcome == DSC_FAILED;

    r->done++;
    r->refused += refused;
    r->bytes += e->bytes;
    if ((refused && !r->quiet) || r->verbose)
        fprintf(stderr, "%sfile %" PRIu64 ": %s%s%s\n",
                r->terminal ? "\r\033[K" : "", e->number,
                dsc_outcome_name(e->outcome), e->reason[0] ? ": " : "",
                e->reason);
    if (r->report &&
        (fwrite(e->line, 1, e->line_len, r->report) != e->line_len ||
         fflush(r->report))) {
        r->report_failed = true;
        return false;
    }
    if (!r->quiet)
        show_progress(r);
    return true;
}

static int open_report(const char *path, FILE **out)
{
    int fd;

    *out = NULL;
    if (!path)
        return 0;
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return dsc_cli_usage("the report cannot be written: %s",
                             strerror(errno));
    *out = fdopen(fd, "a");
    return *out ? 0 : dsc_cli_usage("the report cannot be written");
}

static void summary(const run *r, const dsc_batch_totals *t)
{
    if (r->quiet)
        return;
    if (r->terminal)
        fprintf(stderr, "\n");
    dsc_cli_say("%" PRIu64 " files in %.1f s: %" PRIu64 " clean, %" PRIu64
                " scrubbed, %" PRIu64 " quarantined, %" PRIu64
                " failed, %" PRIu64 " ignored",
                r->done, seconds_since(&r->start), t->outcomes[DSC_CLEAN],
                t->outcomes[DSC_SCRUBBED], t->outcomes[DSC_QUARANTINED],
                t->outcomes[DSC_FAILED], t->outcomes[DSC_IGNORED]);
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

static int clean(const dsc_args *args, const dsc_batch_options *base, run *r)
{
    dsc_batch_options o = *base;
    dsc_batch_totals totals;
    dsc_scrubber *scrubber = NULL;
    uint8_t key[32];
    dsc_error err = DSC_ERROR_INIT;
    dsc_status st = dsc_cli_scrubber(&scrubber, args, key, &err);
    int rc = DSC_EXIT_OK;

    if (!st)
        st = dsc_batch_check(&o, &err);
    if (st)
        rc = dsc_cli_usage("%s", err.msg);
    if (!rc)
        rc = open_report(dsc_args_value(args, "report", NULL), &r->report);
    if (rc)
        goto done;
    if (o.hide_key)
        o.hide_key = key;
    if (r->terminal)
        r->total = dsc_batch_count(&o);
    clock_gettime(CLOCK_MONOTONIC, &r->start);
    st = dsc_batch_run(scrubber, &o, file_done, r, &totals, &err);
    summary(r, &totals);
    if (st)
        dsc_cli_say("%s", err.msg);
    if (totals.interrupted)
        dsc_cli_say("interrupted: not every file was looked at");
    if (r->report && fclose(r->report))
        r->report_failed = true;
    if (r->report_failed)
        dsc_cli_say("the report could not be written; stopped");
    if (st || r->report_failed || totals.interrupted ||
        totals.outcomes[DSC_QUARANTINED] || totals.outcomes[DSC_FAILED])
        rc = DSC_EXIT_REFUSED;
done:
    explicit_bzero(key, sizeof key);
    dsc_scrubber_free(&scrubber);
    return rc;
}

static int run_clean(const dsc_args *args)
{
    const char *paths = dsc_args_value(args, "report-paths", "plain");
    static const uint8_t hide_later[32];
    dsc_batch_options o = {
        .inputs = args->operands,
        .input_count = args->operand_count,
        .output = dsc_args_value(args, "output", NULL),
        .keep_paths = dsc_args_has(args, "keep-paths"),
        .into_existing = dsc_args_has(args, "into-existing"),
    };
    run r = {.verbose = dsc_args_has(args, "verbose"),
             .quiet = dsc_args_has(args, "quiet"),
             .terminal = isatty(STDERR_FILENO)};

    if (strcmp(paths, "plain") && strcmp(paths, "hash"))
        return dsc_cli_usage("--report-paths takes plain or hash");
    if (!parse_jobs(args, &o.jobs))
        return DSC_EXIT_USAGE;
    if (!strcmp(paths, "hash"))
        o.hide_key = hide_later; /* replaced by the key in use */
    return clean(args, &o, &r);
}

const dsc_command dsc_cmd_clean = {
    "clean",
    "[options] INPUT... -o OUTDIR",
    "clean files and folders; only proven outputs are written",
    "Finds burned-in text in DICOM images, blanks it, re-encodes without "
    "touching anything else, and proves each output before it appears. Folders "
    "are searched to any depth. A file that cannot be cleaned and proven is "
    "quarantined: it has a line in the report and no output. What is no DICOM "
    "instance is ignored. Reports, presentation states and other objects "
    "without pixels are cleaned by rules for their kind (--objects).\n"
    "Outputs are named study/series/instance.dcm from their new UIDs. The new "
    "UIDs are the same in every run that uses the same --key.\n"
    "The header is de-identified by the Basic Profile of DICOM PS3.15 at every "
    "level (--profile); 'dcmscrub header' shows what becomes of a file's "
    "attributes.",
    options,
    run_clean,
};
