/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_mapping.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

static const dsc_cli_option options[] = {
    {"mapping", 0, "FILE", "what 'dcmscrub clean --keep-mapping' kept"},
    {"key", 0, "FILE", "the key that it is under"},
    {"passphrase", 0, "FILE",
     "the passphrase (first line of FILE) it is under"},
    {"all", 0, NULL, "tell everything; what was kept more than once comes so"},
    {"help", 'h', NULL, "show this help"},
    {NULL, 0, NULL, NULL},
};

/* What was answered already: a pair is kept once for each run and worker. */
typedef struct said {
    char **lines;
    size_t count, cap;
} said;

typedef struct question {
    const dsc_args *args;
    bool all, failed;
    bool *found; /* for each operand */
    said said;
} question;

static bool say_once(said *s, const char *line)
{
    for (size_t i = 0; i < s->count; i++)
        if (!strcmp(s->lines[i], line))
            return true;
    if (s->count == s->cap) {
        size_t cap = s->cap ? s->cap * 2 : 16;
        char **more = dsc_calloc(cap, sizeof *more);
        if (!more)
            return false;
        if (s->count)
            memcpy(more, s->lines, s->count * sizeof *more);
        dsc_free(s->lines);
        s->lines = more;
        s->cap = cap;
    }
    s->lines[s->count] = dsc_strdup(line);
    if (!s->lines[s->count])
        return false;
    s->count++;
    puts(line);
    return true;
}

/* Is the new value one of those asked for? */
static bool is_asked(question *q, const char *now)
{
    bool asked = q->all;

    for (size_t i = 0; !q->all && i < q->args->operand_count; i++)
        if (!strcmp(q->args->operands[i], now))
            asked = q->found[i] = true;
    return asked;
}

static bool hear(void *ctx, const dsc_mapped *pair)
{
    question *q = ctx;
    char line[4096];

    if (!is_asked(q, pair->now))
        return true;
    snprintf(line, sizeof line, "%s  %s  %s", pair->now, pair->kind,
             pair->real);
    dsc_one_line(line);
    if (q->all)
        puts(line);
    else
        q->failed = !say_once(&q->said, line);
    explicit_bzero(line, sizeof line);
    return !q->failed && !ferror(stdout);
}

static int ask(question *q, const char *path, const dsc_cli_secret *secret)
{
    dsc_error err = DSC_ERROR_INIT;
    dsc_status st = dsc_reidentify(
        path, secret->has_key ? secret->key : NULL,
        secret->has_passphrase ? secret->passphrase : NULL, hear, q, &err);
    size_t unknown = 0;

    if (st == DSC_USAGE)
        return dsc_cli_usage("%s", err.msg);
    if (!st && (q->failed || fflush(stdout) || ferror(stdout)))
        st = dsc_fail(&err, DSC_IO, "the answers could not be written");
    if (st) {
        dsc_cli_say("%s", err.msg);
        return DSC_EXIT_REFUSED;
    }
    for (size_t i = 0; !q->all && i < q->args->operand_count; i++)
        unknown += !q->found[i];
    if (unknown)
        dsc_cli_say("%zu of %zu values are not in the mapping", unknown,
                    q->args->operand_count);
    return unknown ? DSC_EXIT_REFUSED : DSC_EXIT_OK;
}

static int run_reidentify(const dsc_args *args)
{
    question q = {.args = args, .all = dsc_args_has(args, "all")};
    const char *path = dsc_args_value(args, "mapping", NULL);
    dsc_cli_secret secret;
    dsc_error err = DSC_ERROR_INIT;
    int rc;

    if (!path)
        return dsc_cli_usage("which mapping? (--mapping FILE)");
    if (q.all ? args->operand_count > 0 : !args->operand_count)
        return dsc_cli_usage("reidentify takes pseudonyms and new UIDs, or "
                             "--all alone");
    if (dsc_cli_read_secret(&secret, args, "key", "passphrase", &err))
        return dsc_cli_usage("%s", err.msg);
    if (!secret.has_key && !secret.has_passphrase)
        return dsc_cli_usage("what opens the mapping? (--key or --passphrase)");
    q.found = dsc_calloc(args->operand_count + 1, sizeof *q.found);
    rc = q.found ? ask(&q, path, &secret) : DSC_EXIT_REFUSED;
    explicit_bzero(&secret, sizeof secret);
    for (size_t i = 0; i < q.said.count; i++)
        dsc_wipe_free(q.said.lines[i], strlen(q.said.lines[i]));
    dsc_free(q.said.lines);
    dsc_free(q.found);
    return rc;
}

const dsc_command dsc_cmd_reidentify = {
    "reidentify",
    "--mapping FILE [options] VALUE...",
    "tell who stands behind a pseudonym or a new UID",
    "Answers from the encrypted file that 'dcmscrub clean --keep-mapping' "
    "kept. Each VALUE is a Patient ID or a UID of an output; a line of the "
    "answer is the value, what it is (patient-id, patient-name, uid, or days: "
    "what was added to the patient's dates), and the real value. These are "
    "patient data. Exit code 1: some value is not in the mapping, or the "
    "mapping is truncated or was tampered with.",
    options,
    run_reidentify,
};
