/* SPDX-License-Identifier: Apache-2.0 */
#include "batch/mend.h"

#include "base/log.h"
#include "batch/batch_priv.h"
#include "batch/post_priv.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MANY 10000u /* names at a time */

typedef struct search {
    const dsc_batch_options *options;
    dsc_mend *mend;
    dsc_lore *lore;
    dsc_lessons lessons;
    int64_t run, finished_run; /* this one, the last one that was finished */
    dsc_kin kin;               /* asked last, and the answer */
    dsc_status answer;
    uint64_t digest;
    bool asked;
    int64_t last; /* row */
    size_t named; /* where the last of the names begins */
    dsc_buf gone; /* of each that has no input */
    dsc_buf gone_names;
    unsigned count;
    dsc_status status;
    dsc_error *err;
} search;

typedef struct gone {
    int64_t id;
    uint64_t digest;
    size_t name; /* in `gone_names` of the search */
} gone;

static bool note_run(void *ctx, const dsc_ledger_run *run)
{
    search *s = ctx;

    s->run = run->id;
    if (!strcmp(run->state, "finished"))
        s->finished_run = run->id;
    return true;
}

static dsc_status begin(search *s, dsc_error *err)
{
    char *path = dsc_ledger_beside(s->options->ledger, "-learned");
    dsc_status st = path ? dsc_lore_open(&s->lore, path, err)
                         : dsc_fail(err, DSC_NOMEM, "out of memory");

    s->err = err;
    s->lessons = (dsc_lessons){dsc_lore_recall, s->lore};
    dsc_free(path);
    if (!st)
        st = dsc_known_keeps(s->options, s->lore, err);
    return st ? st : dsc_ledger_runs(s->options->ledger, note_run, s, err);
}

static void end(search *s)
{
    dsc_buf_free(&s->gone);
    dsc_buf_free(&s->gone_names);
    dsc_lore_close(&s->lore);
}

/* As in a batch: what was refused for too many values stays so, and where less
 * is known than before, what was judged in a finished run does. */
static bool is_stale(search *s, const dsc_ledger_judged *row)
{
    const dsc_taught *t = &row->taught;
    dsc_error e = DSC_ERROR_INIT;

    if (!t->asked)
        return false;
    if (!s->asked || t->kin.study != s->kin.study ||
        t->kin.patient != s->kin.patient) {
        s->kin = t->kin;
        s->asked = true;
        s->answer = dsc_lessons_digest(&s->lessons, &s->kin, &s->digest, &e);
        if (s->answer)
            s->digest = 0; /* nobody's */
    }
    if (s->answer == DSC_LIMIT)
        return row->outcome != DSC_QUARANTINED;
    if (s->answer == DSC_UNSUPPORTED)
        return row->outcome != DSC_QUARANTINED && row->run > s->finished_run;
    if (s->answer)
        s->status = dsc_fail(s->err, s->answer, "%s", e.msg);
    return !s->answer && s->digest != t->told && s->digest != t->known;
}

/* The '!' of the last "!3/", as names of members have it. */
static char *last_member(char *name)
{
    for (char *bang; (bang = strrchr(name, '!')); *bang = '\0') {
        size_t digits = strspn(bang + 1, "0123456789");
        if (digits && bang[1 + digits] == '/')
            return bang;
    }
    return NULL;
}

/* The file of this name, or the archive that it is in; "": it is gone. False:
 * nobody knows now. */
static bool find_input(const char *name, char *room)
{
    size_t n = strlen(name);
    struct stat sb;

    if (n >= DSC_BATCH_MAX_PATH)
        return false;
    memcpy(room, name, n + 1);
    for (char *bang = room; bang; bang = last_member(room)) {
        if (bang != room)
            *bang = '\0';
        if (!stat(room, &sb)) {
            if (S_ISREG(sb.st_mode))
                return true;
        } else if (errno != ENOENT && errno != ENOTDIR) {
            return false;
        }
    }
    *room = '\0';
    return true;
}

static dsc_status add_name(dsc_buf *names, const char *name, dsc_error *err)
{
    return dsc_buf_append(names, name, strlen(name) + 1, err);
}

/* Members of an archive follow each other: it is named once. */
static void ask_for(search *s, const char *input, const char *file)
{
    dsc_buf *names = &s->mend->names;

    s->count++;
    s->status = add_name(&s->mend->asked, input, s->err);
    if (s->status ||
        (names->len && !strcmp((char *)names->data + s->named, file)))
        return;
    s->named = names->len;
    s->status = add_name(names, file, s->err);
}

/* What is looked at is enough for now. */
static bool is_cut(search *s)
{
    bool stopped = dsc_post_is_stopped(NULL);

    s->mend->open |= stopped;
    return stopped || s->count == MANY || s->status;
}

static bool look(void *ctx, const dsc_ledger_judged *row)
{
    static char room[DSC_BATCH_MAX_PATH];
    search *s = ctx;
    gone g = {.id = row->id, .name = s->gone_names.len};
    bool written = row->outcome != DSC_QUARANTINED, known;

    if (is_cut(s))
        return false;
    s->last = row->id;
    if (!is_stale(s, row) || s->status)
        return !s->status;
    known = find_input(row->input, room);
    if (!known || *room)
        s->mend->open |= written;
    if (known && *room) {
        ask_for(s, row->input, room);
    } else if (known && written) {
        g.digest = s->digest;
        s->status = dsc_buf_append(&s->gone, &g, sizeof g, s->err);
        if (!s->status)
            s->status = add_name(&s->gone_names, row->input, s->err);
    }
    return !s->status;
}

/* Its header could not be read when it came, or was not the one that it has.
 * Where it is gone the next run sees what is lost with it. */
static bool look_for_unread(void *ctx, const dsc_ledger_row *row)
{
    static char room[DSC_BATCH_MAX_PATH];
    search *s = ctx;
    bool has = false;

    if (is_cut(s))
        return false;
    if (!dsc_known_may_tell(row))
        return true;
    s->status = dsc_lore_has(s->lore, row->input, row->size, row->modified,
                             &has, s->err);
    if (s->status || has)
        return !s->status;
    s->mend->open = true;
    if (find_input(row->input, room) && *room)
        ask_for(s, row->input, room);
    return !s->status;
}

/* What is there now is another file, which has a row: as one that is gone. */
static bool look_for_former(void *ctx, const dsc_ledger_row *row)
{
    search *s = ctx;
    bool has = false;

    if (is_cut(s))
        return false;
    s->status = dsc_lore_has(s->lore, row->input, row->size, row->modified,
                             &has, s->err);
    s->mend->open |= !s->status && !has;
    return !s->status;
}

/* Its output shows what it should not, and cannot be made anew. */
static dsc_status take_back(const dsc_batch_options *o, const char *input,
                            const gone *g, dsc_error *err)
{
    dsc_ledger_output output;
    bool stays;
    dsc_status st =
        dsc_ledger_reopen(o->ledger, input, &g->digest, &output, err);

    if (!st && output.path)
        st = dsc_record_remove(o, &output, &stays, err);
    if (!st)
        dsc_log(DSC_LOG_WARN, "watch",
                "row %" PRId64 ": headers tell more of it by now and its input "
                "is gone: its output was removed, if it was made for this "
                "ledger",
                g->id);
    dsc_free(output.path);
    return st;
}

static dsc_status take_back_all(search *s)
{
    const gone *all = (const void *)s->gone.data;
    dsc_status st = DSC_OK;

    for (size_t i = 0; !st && i < s->gone.len / sizeof *all; i++)
        st = take_back(s->options, (char *)s->gone_names.data + all[i].name,
                       &all[i], s->err);
    return st;
}

dsc_status dsc_mend_find(const dsc_batch_options *o, dsc_mend *mend,
                         dsc_error *err)
{
    search s = {.options = o, .mend = mend};
    dsc_ledger_query this_run = {.outcomes = 0};
    dsc_status st = DSC_OK;

    mend->names.len = mend->asked.len = 0;
    if (!mend->after)
        mend->open = false;
    if (!o->learn)
        return DSC_OK;
    st = begin(&s, err);
    this_run.after_run = s.run - 1;
    if (!st && !mend->after)
        st = dsc_ledger_each(o->ledger, &this_run, look_for_unread, &s, err);
    if (!st && !s.status && !mend->after)
        st = dsc_ledger_each_former(o->ledger, this_run.after_run,
                                    look_for_former, &s, err);
    if (!st)
        st = s.status;
    if (!st)
        st = dsc_ledger_each_judged(o->ledger, mend->after, look, &s, err);
    if (!st)
        st = s.status;
    if (!st)
        st = take_back_all(&s);
    mend->after = s.count == MANY ? s.last : 0;
    end(&s);
    return st;
}

static dsc_status settle(search *s, const char *input, dsc_error *err)
{
    dsc_ledger_known known;
    dsc_status st = dsc_ledger_find(s->options->ledger, input, &known, err);
    dsc_ledger_judged row = {.id = known.id,
                             .run = known.run,
                             .input = input,
                             .outcome = known.outcome,
                             .taught = known.taught};
    bool written = known.outcome == DSC_CLEAN || known.outcome == DSC_SCRUBBED;

    if (st || !known.found || !written || !is_stale(s, &row))
        return st ? st : s->status;
    return take_back(s->options, input, &(gone){row.id, s->digest, 0}, err);
}

dsc_status dsc_mend_settle(const dsc_batch_options *o, dsc_mend *mend,
                           dsc_error *err)
{
    search s = {.options = o, .mend = mend};
    dsc_status st = mend->asked.len ? begin(&s, err) : DSC_OK;

    for (size_t at = 0; !st && at < mend->asked.len;) {
        const char *input = (const char *)mend->asked.data + at;
        st = settle(&s, input, err);
        at += strlen(input) + 1;
    }
    mend->asked.len = 0;
    end(&s);
    return st;
}

void dsc_mend_free(dsc_mend *mend)
{
    dsc_buf_free(&mend->names);
    dsc_buf_free(&mend->asked);
}
