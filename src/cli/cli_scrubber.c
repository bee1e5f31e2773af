/* SPDX-License-Identifier: Apache-2.0
 *
 * The options that clean, inspect and verify share, made into a scrubber. */
#include "cli/cli_mapping.h"

#include "base/cpu.h"
#include "deid/deid.h"
#include "ledger/id_map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_folder(const char *path)
{
    struct stat sb;
    return !stat(path, &sb) && S_ISDIR(sb.st_mode);
}

/* A folder that we ship: where `env` says, installed beside the program
 * (bin/../share/dcmscrub), or beside the build folder. */
static bool shipped(const char *env, const char *name, char *buf, size_t size)
{
    static const char *const places[] = {"/../share/dcmscrub/", "/../"};
    const char *told = getenv(env);
    char exe[4096];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    char *slash;

    if (told) {
        snprintf(buf, size, "%s", told);
        return is_folder(buf);
    }
    if (n < 0)
        return false;
    exe[n] = '\0';
    slash = strrchr(exe, '/');
    if (slash)
        *slash = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        snprintf(buf, size, "%s%s%s", exe, places[i], name);
        if (is_folder(buf))
            return true;
    }
    return false;
}

bool dsc_cli_builtin_masks(char *buf, size_t size)
{
    return shipped("DSC_MASKS", "masks", buf, size);
}

bool dsc_cli_models(char *buf, size_t size)
{
    return shipped("DSC_MODELS", "models", buf, size);
}

static dsc_status parse_find(const char *list, unsigned *find, dsc_error *err)
{
    static const struct {
        const char *name;
        unsigned flag;
    } kinds[] = {{"masks", DSC_FIND_MASKS},
                 {"ocr", DSC_FIND_OCR},
                 {"detector", DSC_FIND_DETECTOR},
                 {"all", DSC_FIND_ALL}};

    *find = 0;
    while (*list) {
        size_t n = strcspn(list, ","), k = 0;
        while (k < 4 &&
               (strlen(kinds[k].name) != n || strncmp(kinds[k].name, list, n)))
            k++;
        if (k == 4)
            return dsc_fail(err, DSC_USAGE,
                            "--find takes masks, ocr, detector or all");
        *find |= kinds[k].flag;
        list += n + (list[n] == ',');
    }
    return DSC_OK;
}

typedef struct mask_options {
    const char *paths[DSC_CLI_MAX + 1];
    size_t count;
    char builtin[4200];
    bool us_regions;
} mask_options;

static dsc_status add_builtin(mask_options *m, dsc_error *err)
{
    if (!dsc_cli_builtin_masks(m->builtin, sizeof m->builtin))
        return dsc_fail(err, DSC_USAGE,
                        "the built-in templates are not found; say where with "
                        "DSC_MASKS, or --mask none");
    m->paths[m->count++] = m->builtin;
    return DSC_OK;
}

static dsc_status parse_masks(const dsc_args *args, mask_options *m,
                              dsc_error *err)
{
    bool named = false, none = false;
    dsc_status st = DSC_OK;

    for (size_t i = 0; !st && i < args->given_count; i++) {
        const char *value = args->given[i].value;
        if (strcmp(args->given[i].option->name, "mask"))
            continue;
        if (!strcmp(value, "us-regions")) {
            m->us_regions = true;
            continue;
        }
        named = true;
        if (!strcmp(value, "none"))
            none = true;
        else if (!strcmp(value, "builtin"))
            st = m->builtin[0] ? DSC_OK : add_builtin(m, err);
        else
            m->paths[m->count++] = value;
    }
    if (!st && none && m->count)
        st = dsc_fail(err, DSC_USAGE, "--mask none goes with no other mask");
    if (!st && !named)
        st = add_builtin(m, err);
    return st;
}

/* All values of an option that may be repeated. */
static size_t all_values(const dsc_args *args, const char *name,
                         const char *out[DSC_CLI_MAX + 1])
{
    size_t n = 0;

    for (size_t i = 0; i < args->given_count; i++)
        if (!strcmp(args->given[i].option->name, name))
            out[n++] = args->given[i].value;
    return n;
}

dsc_status dsc_cli_scrubber(dsc_scrubber **out, const dsc_args *args,
                            uint8_t key_bytes[32], dsc_error *err)
{
    dsc_options o = DSC_OPTIONS_INIT;
    mask_options masks = {.count = 0};
    const char *allow[DSC_CLI_MAX + 1];
    const char *objects[DSC_CLI_MAX + 1];
    dsc_cli_secret secret;
    dsc_buf ids = {0};
    char models[4200];
    const char *level = dsc_args_value(args, "cpu-mask", NULL);
    const char *key_file = dsc_args_value(args, "key", NULL);
    dsc_key key;
    dsc_status st = DSC_OK;

    if (level)
        st = dsc_cpu_set_level(level, err);
    if (!st)
        st = parse_find(dsc_args_value(args, "find", "all"), &o.find, err);
    if (!st && o.find & DSC_FIND_MASKS)
        st = parse_masks(args, &masks, err);
    else if (!st && dsc_args_has(args, "mask"))
        st = dsc_fail(err, DSC_USAGE, "--mask goes with --find masks");
    if (!st && dsc_args_has(args, "anonymise") &&
        (key_file || dsc_args_has(args, "id-map")))
        st = dsc_fail(err, DSC_USAGE,
                      "--anonymise leaves no way back: it goes with no --key "
                      "and no --id-map");
    if (!st)
        st = key_file ? dsc_key_read(&key, key_file, err)
                      : dsc_key_random(&key, err);
    if (st)
        return st;
    memcpy(key_bytes, key.bytes, sizeof key.bytes);
    explicit_bzero(&key, sizeof key);
    o.policy = dsc_args_value(args, "policy", o.policy);
    o.documents = dsc_args_value(args, "documents", NULL);
    o.keep = dsc_args_value(args, "keep", NULL);
    o.remove = dsc_args_value(args, "remove", NULL);
    o.allow = allow;
    for (size_t i = 0; i < args->given_count; i++)
        if (!strcmp(args->given[i].option->name, "allow"))
            allow[o.allow_count++] = args->given[i].value;
    o.detect = dsc_args_value(args, "detect", o.detect);
    /* not found: the detector says so, if it needs them */
    if (!dsc_cli_models(models, sizeof models))
        models[0] = '\0';
    o.models = models;
    o.languages = dsc_args_value(args, "lang", o.languages);
    o.masks = masks.paths;
    o.mask_count = masks.count;
    o.us_regions = masks.us_regions;
    o.faces = dsc_args_value(args, "faces", NULL);
    o.keep_overlays = dsc_args_has(args, "keep-overlays");
    o.transfer_syntax = dsc_args_value(args, "transfer-syntax", NULL);
    o.key = key_bytes;
    o.fresh_key = !key_file;
    o.profile = dsc_args_value(args, "profile", NULL);
    o.id_map = dsc_args_value(args, "id-map", NULL);
    o.objects = objects;
    o.object_count = all_values(args, "objects", objects);
    st = dsc_cli_mapping(&secret, args, &o, err);
    if (!st && o.id_map && dsc_id_map_is_sqlite(o.id_map)) {
        st = dsc_id_map_read_sqlite(&ids, o.id_map, err);
        if (!st)
            st = dsc_buf_append(&ids, "", 1, err);
        o.id_map_text = (const char *)ids.data;
    }
    if (!st)
        st = dsc_scrubber_create(out, &o, err);
    dsc_buf_free(&ids);
    explicit_bzero(&secret, sizeof secret);
    return st;
}
