/* SPDX-License-Identifier: Apache-2.0 */
#include "batch/mend.h"
#include "batch/watch.h"
#include "cli/cli_batch.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const dsc_cli_option options[] = {
    {"ledger", 0, "FILE",
     "what becomes of each file; made when missing, else gone on with"},
    {"move-to", 0, "DIR",
     "move complete files to DIR, on the same file system, and clean them "
     "there; else they stay where they are"},
    {"settle", 0, "SECONDS",
     "a file that nobody has closed or renamed is complete when it has not "
     "changed for so long (default 10)"},
    {"rescan", 0, "SECONDS",
     "look at the whole folder so often, for network mounts that do not tell "
     "(default 60)"},
    {"know-less", 0, NULL,
     "go on where less is known of patients than in a run before: what headers "
     "told was lost, and not all of them are among the inputs"},
    DSC_CLEAN_OPTIONS,
    DSC_SCRUB_OPTIONS,
    {NULL, 0, NULL, NULL},
};

typedef struct watcher {
    char *folder, *taken; /* resolved */
    dsc_watch_options options;
    dsc_watch *watch;
    dsc_buf names;
    bool first, begun; /* the round at hand, or to come; it came to its end */
    double mend_at; /* by dsc_watch_now; 0: nothing came since the last time */
    double mend_pause, retry_pause;
    dsc_mend mend;
    int list; /* a file of the names; -1: none */
    char list_path[32];
    const char *inputs[1];
} watcher;

static dsc_status open_watch(void *ctx, const dsc_batch_options *o,
                             dsc_error *err)
{
    watcher *w = ctx;

    w->options.ledger = o->ledger;
    w->first = true;
    w->mend_at = dsc_watch_now();
    w->mend_pause = w->options.rescan;
    return dsc_watch_open(&w->watch, &w->options, err);
}

static dsc_status write_list(watcher *w, const dsc_buf *names, dsc_error *err)
{
    size_t done = 0;

    if (w->list >= 0)
        close(w->list);
    w->list = memfd_create("names", MFD_CLOEXEC);
    while (w->list >= 0 && done < names->len) {
        ssize_t n = write(w->list, names->data + done, names->len - done);
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    if (w->list < 0 || done < names->len)
        return dsc_fail(err, DSC_IO, "the list of files: %s", strerror(errno));
    snprintf(w->list_path, sizeof w->list_path, "/proc/self/fd/%d", w->list);
    return DSC_OK;
}

#define MEND_SHARE                                                             \
 100 /* of the time, at most, goes into looking at all rows                    \
      */

#define RETRY_PAUSE 3600.0 /* seconds, at most */

/* What came lately may tell of what came before. */
static dsc_status look_back(watcher *w, const dsc_batch_options *o,
                            dsc_error *err)
{
    double begun = dsc_watch_now(), taken;
    dsc_status st = dsc_mend_find(o, &w->mend, err);

    taken = MEND_SHARE * (dsc_watch_now() - begun);
    w->mend_pause = taken > w->options.rescan ? taken : w->options.rescan;
    w->mend_at = begun;
    if (w->mend.after) /* there are more */
        return st;
    /* A header that cannot be read ever is asked for less and less often. */
    w->retry_pause = w->mend.open ? 2 * w->retry_pause : 0;
    if (w->retry_pause > RETRY_PAUSE)
        w->retry_pause = RETRY_PAUSE;
    if (w->retry_pause < w->mend_pause)
        w->retry_pause = w->mend_pause;
    w->mend_at = w->mend.open ? begun + w->retry_pause : 0;
    return st;
}

/* Files that came, or that are to be done anew; none: told to stop. */
static dsc_status wait_for_names(watcher *w, dsc_batch_options *o,
                                 const dsc_buf **names, dsc_error *err)
{
    dsc_status st = DSC_OK;
    double soon;

    *names = &w->names;
    w->names.len = 0;
    while (!st && !(*names)->len && !dsc_watch_is_stopped()) {
        o->mends = w->mend_at > 0 && dsc_watch_now() >= w->mend_at;
        *names = o->mends ? &w->mend.names : &w->names;
        if (o->mends) {
            st = look_back(w, o, err);
            continue;
        }
        st = dsc_watch_wait(w->watch, w->mend_at, &w->names, err);
        soon = dsc_watch_now() + w->mend_pause;
        if (w->names.len && !(w->mend_at > 0 && w->mend_at < soon))
            w->mend_at = soon;
    }
    return st;
}

/* What was moved and not cleaned before a stop; or none, but it is seen whether
 * as much is known as before. */
static dsc_status first_round(watcher *w, dsc_source_options *source,
                              dsc_error *err)
{
    w->first = false;
    if (!w->taken)
        return write_list(w, &w->names, err);
    w->inputs[0] = w->taken;
    source->inputs = w->inputs;
    source->input_count = 1;
    source->list = NULL;
    return DSC_OK;
}

static dsc_status next_round(void *ctx, dsc_batch_options *o, bool *more,
                             dsc_error *err)
{
    watcher *w = ctx;
    dsc_source_options *source = &o->source;
    const dsc_buf *names;
    dsc_status st;

    source->input_count = 0;
    source->list = w->list_path;
    source->null_list = true;
    source->root = w->taken ? w->taken : w->folder;
    if (w->first)
        return first_round(w, source, err);
    w->begun = true;
    st = dsc_mend_settle(o, &w->mend, err);
    if (!st)
        st = wait_for_names(w, o, &names, err);
    *more = !st && names->len;
    return *more ? write_list(w, names, err) : st;
}

/* Without the last look where nothing came since the one before. */
static dsc_status is_whole(void *ctx, const dsc_batch_options *o, bool *whole,
                           dsc_error *err)
{
    watcher *w = ctx;
    dsc_status st = DSC_OK;

    *whole = w->begun;
    if (!w->begun || !(w->mend_at > 0))
        return DSC_OK;
    w->mend.after = 0;
    do
        st = dsc_mend_find(o, &w->mend, err);
    while (!st && w->mend.after && !w->mend.open);
    *whole = !w->mend.open;
    return st;
}

/* What we write ourselves must not be taken for an arrival. */
static bool check_places(const dsc_args *args, const watcher *w)
{
    static const char *const ours[] = {"ledger", "report", "log", "key",
                                       "id-map"};

    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        const char *path = dsc_args_value(args, ours[i], NULL);
        char *full = path ? dsc_batch_resolve(path) : NULL;
        size_t n = strlen(w->folder);
        bool inside = full && !strncmp(full, w->folder, n) && full[n] == '/';
        free(full);
        if (inside) {
            dsc_cli_usage("--%s lies in the watched folder", ours[i]);
            return false;
        }
    }
    return true;
}

static bool parse(const dsc_args *args, watcher *w, dsc_batch_options *o)
{
    const char *taken = dsc_args_value(args, "move-to", NULL);
    uint64_t settle, rescan;

    if (!dsc_cli_batch_options(args, o))
        return false;
    if (args->operand_count != 1 || o->source.list ||
        !strcmp(args->operands[0], "-")) {
        dsc_cli_usage("watch takes one folder");
        return false;
    }
    if (!dsc_args_has(args, "ledger") || !dsc_args_has(args, "key")) {
        dsc_cli_usage("watch takes --ledger FILE and --key FILE");
        return false;
    }
    if (!dsc_args_number(args, "settle", 10, 1, 86400, &settle) ||
        !dsc_args_number(args, "rescan", 60, 1, 86400, &rescan))
        return false;
    w->folder = dsc_batch_resolve(args->operands[0]);
    w->taken = taken ? dsc_batch_resolve(taken) : NULL;
    if (!w->folder || (taken && !w->taken)) {
        dsc_cli_usage("the folder: %s", strerror(errno));
        return false;
    }
    w->options = (dsc_watch_options){.folder = w->folder,
                                     .taken = w->taken,
                                     .settle = (double)settle,
                                     .rescan = (double)rescan};
    o->into_existing = true;
    o->know_less = dsc_args_has(args, "know-less");
    return check_places(args, w);
}

static int run_watch(const dsc_args *args)
{
    dsc_cli_ledger ledger = {dsc_args_value(args, "ledger", NULL),
                             DSC_LEDGER_RESUME};
    watcher w = {.list = -1};
    dsc_cli_rounds rounds = {open_watch, next_round, is_whole, &w};
    dsc_batch_options o;
    sigset_t block;
    int rc = DSC_EXIT_USAGE;

    /* Delivered while we wait, so that none is missed in between. */
    sigemptyset(&block);
    sigaddset(&block, SIGINT);
    sigaddset(&block, SIGTERM);
    sigprocmask(SIG_BLOCK, &block, NULL);
    if (parse(args, &w, &o))
        rc = dsc_cli_batch_rounds(args, &o, &ledger, &rounds);
    dsc_watch_close(&w.watch);
    dsc_buf_free(&w.names);
    dsc_mend_free(&w.mend);
    if (w.list >= 0)
        close(w.list);
    free(w.folder);
    free(w.taken);
    return rc;
}

const dsc_command dsc_cmd_watch = {
    "watch",
    "[options] FOLDER -o OUTDIR --ledger FILE --key FILE",
    "clean what is put into a folder, until told to stop",
    "Takes files as they are complete: when their writer closed them or they "
    "were renamed into the folder, at once; when nobody tells (network "
    "mounts), after they have not changed for a while. Names that begin with a "
    "dot or end in .part, .tmp or .filepart are left alone until they are "
    "renamed. Folders in it are watched, too; links are not followed.\n"
    "Files stay where they are, and the ledger knows those that are done, or "
    "are moved with --move-to. SIGINT or SIGTERM finishes the files at hand "
    "and ends; the same command goes on.",
    options,
    run_watch,
};
