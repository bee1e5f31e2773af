/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "ledger/ledger.h"
#include "report/site.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

static const dsc_cli_option options[] = {
    {"output", 'o', "DIR", "folder of the site; must be missing or empty"},
    {"pictures", 0, "N",
     "files with pictures, a study, doubtful ones first (default 12)"},
    {"frames", 0, "N", "pictures a file (default 2, at most 16)"},
    {"picture-size", 0, "N",
     "longer side of a picture in pixels (default 640)"},
    {"sample", 0, "N",
     "draw N outputs at random for review, stratified by modality and outcome"},
    {"seed", 0, "N", "of the draw (default 1)"},
    {"with-originals", 0, NULL,
     "add pictures of the inputs, the text in the boxes and input paths: "
     "patient data, so all files are 0600"},
    {"lang", 0, "LANGS", "languages to read with --with-originals"},
    {"quiet", 'q', NULL, "say nothing but errors"},
    {"verbose", 'v', NULL, "say more on stderr"},
    {"help", 'h', NULL, "show this help"},
    {NULL, 0, NULL, NULL},
};

/* ---- where rows come from ---- */

typedef struct ledger_rows {
    dsc_site_row_fn fn;
    void *ctx;
} ledger_rows;

static bool pass_on(void *ctx, const dsc_ledger_row *r)
{
    const ledger_rows *to = ctx;
    dsc_site_row row = {.number = r->id,
                        .record = r->record,
                        .pending = r->outcome == DSC_LEDGER_PENDING,
                        .ended = r->ended};
    return to->fn(to->ctx, &row);
}

static dsc_status each_of_ledger(void *ledger, bool by_study,
                                 dsc_site_row_fn fn, void *ctx, dsc_error *err)
{
    ledger_rows to = {fn, ctx};
    dsc_ledger_query query = {.by_study = by_study};

    return dsc_ledger_each(ledger, &query, pass_on, &to, err);
}

static bool is_database(const char *path)
{
    static const char magic[] = "SQLite format 3";
    char head[sizeof magic];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool yes = fd >= 0 && read(fd, head, sizeof head) == sizeof head &&
               !memcmp(head, magic, sizeof head);

    if (fd >= 0)
        close(fd);
    return yes;
}

/* ---- pictures and text ---- */

static dsc_status render(void *ctx, const char *path, uint32_t frame,
                         uint8_t **rgb, uint32_t *columns, uint32_t *rows,
                         dsc_error *err)
{
    return dsc_render(ctx, &(dsc_input){.path = path}, frame, rgb, columns,
                      rows, err);
}

static dsc_status read_text(void *ctx, const char *path,
                            const dsc_region_list *boxes,
                            void (*fn)(void *, size_t, const char *),
                            void *fn_ctx, dsc_error *err)
{
    return dsc_read_regions(ctx, &(dsc_input){.path = path}, boxes, fn, fn_ctx,
                            err);
}

/* Rendering needs no masks and no models; reading text does. */
static dsc_status make_scrubber(dsc_scrubber **out, const dsc_args *args,
                                bool reads, dsc_error *err)
{
    static const dsc_cli_option find = {"find", 0, "LIST", ""};
    dsc_options plain = DSC_OPTIONS_INIT;
    dsc_args asked = *args;
    uint8_t key[32];
    dsc_status st;

    plain.find = DSC_FIND_MASKS;
    if (!reads)
        return dsc_scrubber_create(out, &plain, err);
    asked.given[asked.given_count].option = &find;
    asked.given[asked.given_count++].value = "ocr";
    st = dsc_cli_scrubber(out, &asked, key, err);
    explicit_bzero(key, sizeof key);
    return st;
}

/* ---- the verb ---- */

static bool parse(const dsc_args *args, dsc_site_options *o)
{
    uint64_t pictures, frames, size, sample;

    if (!dsc_args_number(args, "pictures", 12, 0, 1000000, &pictures) ||
        !dsc_args_number(args, "frames", 2, 1, 16, &frames) ||
        !dsc_args_number(args, "picture-size", 640, 64, 8192, &size) ||
        !dsc_args_number(args, "sample", 0, 1, 100000, &sample) ||
        !dsc_args_number(args, "seed", 1, 0, INT64_MAX, &o->seed))
        return false;
    o->pictures = (unsigned)pictures;
    o->frames = (unsigned)frames;
    o->picture_size = (unsigned)size;
    o->sample = (size_t)sample;
    o->originals = dsc_args_has(args, "with-originals");
    o->dir = dsc_args_value(args, "output", NULL);
    return true;
}

static int say_result(const dsc_args *args, dsc_status st, const dsc_error *err,
                      const dsc_site_totals *t)
{
    if (st == DSC_USAGE || st == DSC_BADFILE)
        return dsc_cli_usage("%s", err->msg);
    if (st) {
        dsc_cli_say("the site is not finished: %s", err->msg);
        return DSC_EXIT_REFUSED;
    }
    if (!dsc_args_has(args, "quiet"))
        dsc_cli_say("%" PRIu64 " files, %" PRIu64 " studies, %" PRIu64
                    " pictures; open index.html",
                    t->files, t->studies, t->pictures);
    if (t->missing || t->changed)
        dsc_cli_say("%" PRIu64 " outputs are missing, %" PRIu64
                    " are not as they were written",
                    t->missing, t->changed);
    return t->missing || t->changed ? DSC_EXIT_REFUSED : DSC_EXIT_OK;
}

static int run_report(const dsc_args *args)
{
    dsc_site_options o = {.render = render, .read = read_text};
    dsc_site_source source = {0};
    dsc_site_totals totals = {0};
    dsc_site_lines *lines = NULL;
    dsc_ledger *ledger = NULL;
    dsc_scrubber *scrubber = NULL;
    dsc_error err = DSC_ERROR_INIT;
    dsc_status st;

    if (args->operand_count != 1 || !dsc_args_has(args, "output"))
        return dsc_cli_usage("report takes one ledger or report, and -o DIR");
    if (!parse(args, &o))
        return DSC_EXIT_USAGE;
    if (is_database(args->operands[0]))
        st = dsc_ledger_open(&ledger, args->operands[0], DSC_LEDGER_READ, &err);
    else
        st = dsc_site_lines_open(&lines, args->operands[0], &err);
    source.each = ledger ? each_of_ledger : dsc_site_lines_each;
    source.ctx = ledger ? (void *)ledger : (void *)lines;
    if (!st)
        st = make_scrubber(&scrubber, args, o.originals, &err);
    o.ctx = scrubber;
    if (!st)
        st = dsc_site_write(&source, &o, &totals, &err);
    dsc_scrubber_free(&scrubber);
    dsc_site_lines_close(&lines);
    dsc_ledger_close(&ledger);
    return say_result(args, st, &err, &totals);
}

const dsc_command dsc_cmd_report = {
    "report",
    "[options] LEDGER|REPORT -o DIR",
    "make a site of pages on what was done, for people who check it",
    "Reads a ledger, or the JSON lines of 'clean --report', and writes static "
    "pages that need no network: totals, a page a study with pictures of the "
    "outputs and outlines of the boxes, what was quarantined and why; "
    "files.csv, regions.csv and summary.json hold the same as data. Doubtful "
    "files come first. Marks that a reviewer sets can be exported as JSON.\n"
    "The pages show new UIDs and pictures of the outputs, no input path and no "
    "text that was read; --with-originals adds these.\n"
    "Exit code 1: outputs are missing or are not as they were written, or the "
    "site could not be finished (then it has no index.html).",
    options,
    run_report,
};
