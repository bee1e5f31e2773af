/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/ocr.h"

#include "base/cpu.h"
#include "ocr/ocr_priv.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

#include <leptonica/allheaders.h>
#include <tesseract/capi.h>

/* A row is read in this size too, relative to the usual one, unless it is that
 * sure already. */
enum {
    SMALL_PX = 14, /* a lower line's I, l and 1 are one shape */
    ENDS_PX = 40,  /* looked for beside a box */
    LARGER = 7,
    LARGER_OF = 4
};
#define SURE 0.9F

struct dsc_ocr {
    TessBaseAPI *api;
    dsc_textread *small;
    dsc_ocr_cache *cache;
    locale_t c_locale;
};

/* Tesseract asks OpenMP for several threads by number; with no active level
 * allowed, its loops run in the caller. Weak, since the runtime comes with
 * Tesseract and other builds of it have none. */
extern void omp_set_max_active_levels(int levels) __attribute__((weak));

/* At each start Tesseract sorts a table of letters that its old engine mixes
 * up, which takes longer than all else of the start, and only the new engine
 * runs here. The dynamic linker takes the one of the program; where there is no
 * such function, or libdcmscrub.so is used, nothing changes. */
__attribute__((visibility("default"))) void
dsc_ocr__no_old_table(void *table, const void *encoder, void *letters) __asm__(
    "_ZN9tesseract13UnicharAmbigs13LoadUniversalERKNS_10UNICHARSETEPS1_");
void dsc_ocr__no_old_table(void *table, const void *encoder, void *letters)
{
    (void)table;
    (void)encoder;
    (void)letters;
}

/* One thread and the C locale while Tesseract runs. */
static locale_t enter(const dsc_ocr *ocr)
{
    if (omp_set_max_active_levels)
        omp_set_max_active_levels(0);
    return uselocale(ocr->c_locale);
}

/* ---- languages ---- */

static bool language_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || c == '/' || c == '+';
}

static bool language_words_ok(const char *s)
{
    size_t n = strlen(s);

    if (!n || n > 200 || strchr("+/", s[0]) || strchr("+/", s[n - 1]) ||
        strstr(s, "++") || strstr(s, "+/") || strstr(s, "/+") ||
        strstr(s, "//"))
        return false;
    for (; *s; s++)
        if (!language_char(*s))
            return false;
    return true;
}

/* The Debian package of a language: deu -> tesseract-ocr-deu, chi_sim ->
 * tesseract-ocr-chi-sim. Those of scripts (script/Latin) follow no rule. */
static dsc_status missing_language(const char *word, size_t n, dsc_error *err)
{
    char name[64];

    n = n < sizeof name - 1 ? n : sizeof name - 1;
    for (size_t i = 0; i < n; i++)
        name[i] = word[i] == '_' ? '-' : word[i];
    name[n] = '\0';
    if (strchr(name, '/'))
        return dsc_fail(err, DSC_USAGE,
                        "no Tesseract data %.*s.traineddata: install its "
                        "tesseract-ocr-script package",
                        (int)n, word);
    return dsc_fail(err, DSC_USAGE,
                    "no Tesseract data for language %.*s: install the package "
                    "tesseract-ocr-%s",
                    (int)n, word, name);
}

static bool in_list(char **list, const char *word, size_t n)
{
    for (; list && *list; list++)
        if (strlen(*list) == n && !memcmp(*list, word, n))
            return true;
    return false;
}

/* Tesseract goes on with the languages it has; we do not. */
static dsc_status check_languages(TessBaseAPI *api, const char *languages,
                                  dsc_error *err)
{
    char **have = TessBaseAPIGetLoadedLanguagesAsVector(api);
    dsc_status st = DSC_OK;

    for (const char *p = languages; !st && *p;) {
        size_t n = strcspn(p, "+");
        if (!in_list(have, p, n))
            st = missing_language(p, n, err);
        p += n + (p[n] == '+');
    }
    TessDeleteTextArray(have);
    return st;
}

/* ---- life ---- */

/* Everything that would let one crop change how the next one is read, or that
 * prints. */
static const char *const settings[][2] = {
    {"debug_file", "/dev/null"},
    {"classify_enable_learning", "0"},
    {"classify_enable_adaptive_matcher", "0"},
    {"tessedit_enable_doc_dict", "0"},
    {"user_words_file", ""},
    {"user_patterns_file", ""},
    {"load_freq_dawg", "0"},
    {"tessedit_do_invert", "0"},
};
enum {
    SETTINGS = sizeof settings / sizeof *settings
};

static dsc_status start(dsc_ocr *ocr, const char *languages, dsc_error *err)
{
    char *names[SETTINGS], *values[SETTINGS];

    /* Messages of the loader itself are printed unless this comes first. */
    TessBaseAPISetVariable(ocr->api, "debug_file", "/dev/null");
    for (size_t i = 0; i < SETTINGS; i++) {
        names[i] = (char *)(uintptr_t)settings[i][0];
        values[i] = (char *)(uintptr_t)settings[i][1];
    }
    if (TessBaseAPIInit4(ocr->api, NULL, languages, OEM_LSTM_ONLY, NULL, 0,
                         names, values, SETTINGS, 0))
        return missing_language(languages, strcspn(languages, "+"), err);
    TessBaseAPISetPageSegMode(ocr->api, PSM_SINGLE_LINE);
    return check_languages(ocr->api, languages, err);
}

dsc_status dsc_ocr_create(dsc_ocr **out, const char *languages,
                          const char *models, dsc_error *err)
{
    dsc_ocr *ocr = NULL;
    char path[4200];
    dsc_status st;
    locale_t old;

    *out = NULL;
    if (!languages || !language_words_ok(languages))
        return dsc_fail(err, DSC_USAGE,
                        "languages are Tesseract's words "
                        "joined by +, for instance eng+deu");
    ocr = dsc_alloc(sizeof *ocr);
    if (!ocr)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    ocr->c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    ocr->api = TessBaseAPICreate();
    snprintf(path, sizeof path, "%s/textread/textread.bin", models);
    st = dsc_textread_load(&ocr->small, path, dsc_cpu_flags(), err);
    if (!st)
        st = dsc_ocr__cache_create(&ocr->cache, err);
    if (st)
        goto done;
    if (!ocr->c_locale || !ocr->api) {
        st = dsc_fail(err, DSC_NOMEM, "out of memory");
        goto done;
    }
    setMsgSeverity(L_SEVERITY_NONE);
    old = enter(ocr);
    st = start(ocr, languages, err);
    uselocale(old);
    if (st)
        goto done;
    *out = ocr;
    ocr = NULL;
done:
    dsc_ocr_free(&ocr);
    return st;
}

void dsc_ocr_free(dsc_ocr **ocr)
{
    if (!*ocr)
        return;
    if ((*ocr)->api) {
        TessBaseAPIEnd((*ocr)->api);
        TessBaseAPIDelete((*ocr)->api);
    }
    if ((*ocr)->c_locale)
        freelocale((*ocr)->c_locale);
    dsc_ocr__cache_free(&(*ocr)->cache);
    dsc_textread_free(&(*ocr)->small);
    dsc_free(*ocr);
    *ocr = NULL;
}

/* ---- reading ---- */

static dsc_status add_word(dsc_words *words, TessResultIterator *it,
                           const dsc_sheet *sheet, dsc_error *err)
{
    const TessPageIterator *page = TessResultIteratorGetPageIteratorConst(it);
    char *text = TessResultIteratorGetUTF8Text(it, RIL_WORD);
    int l = 0, t = 0, r = 0, b = 0;
    dsc_status st = DSC_OK;
    double s = sheet->scale;
    int32_t o = sheet->border;

    if (text && strspn(text, " \n") < strlen(text) &&
        TessPageIteratorBoundingBox(page, RIL_WORD, &l, &t, &r, &b)) {
        float conf = TessResultIteratorConfidence(it, RIL_WORD) / 100.0f;
        dsc_rect box = {(int32_t)((l - o) / s), (int32_t)((t - o) / s),
                        (int32_t)((r - l) / s + 1), (int32_t)((b - t) / s + 1)};
        conf = conf < 0 ? 0 : conf > 1 ? 1 : conf;
        st = dsc_words_add(words, text, box, conf, 0, err);
    }
    if (text) {
        explicit_bzero(text, strlen(text));
        TessDeleteText(text);
    }
    return st;
}

/* Left to right; Tesseract may order words by its reading order. */
static void sort_words(dsc_words *words)
{
    for (size_t i = 1; i < words->count; i++) {
        dsc_word w = words->items[i];
        size_t j = i;
        for (; j && words->items[j - 1].box.x > w.box.x; j--)
            words->items[j] = words->items[j - 1];
        words->items[j] = w;
    }
}

static dsc_status recognise(dsc_ocr *ocr, const dsc_crop *crop,
                            dsc_words *words, dsc_error *err)
{
    dsc_sheet sheet = {0};
    TessResultIterator *it = NULL;
    dsc_status st = dsc_ocr__sheet(&sheet, crop, err);

    if (st)
        return st;
    TessBaseAPISetImage(ocr->api, sheet.px, sheet.w, sheet.h, 1, sheet.w);
    TessBaseAPISetSourceResolution(ocr->api, 300);
    if (!TessBaseAPIRecognize(ocr->api, NULL))
        it = TessBaseAPIGetIterator(ocr->api);
    if (it) {
        do
            st = add_word(words, it, &sheet, err);
        while (!st && TessResultIteratorNext(it, RIL_WORD));
        TessResultIteratorDelete(it);
    }
    TessBaseAPIClear(ocr->api);
    dsc_ocr__sheet_free(&sheet);
    if (st)
        return st;
    sort_words(words);
    for (size_t i = 0; i < words->count && crop->text_h <= SMALL_PX; i++)
        if (dsc_ocr__may_be_number(words->items[i].utf8))
            words->items[i].confidence = 0;
    st = dsc_ocr__claim_ink(crop, words, err);
    sort_words(words); /* the unread among them */
    return st;
}

static dsc_status copy_words(dsc_words *to, const dsc_words *from,
                             const dsc_crop *crop, uint32_t line,
                             dsc_error *err)
{
    dsc_status st = DSC_OK;

    for (size_t i = 0; !st && i < from->count; i++) {
        const dsc_word *w = &from->items[i];
        st = dsc_words_add(to, w->utf8, dsc_ocr__to_plane(crop, w->box),
                           w->confidence, line, err);
    }
    return st;
}

/* Read the crop or remember it; words in plane coordinates, added as a line of
 * this number. */
static dsc_status read_crop(dsc_ocr *ocr, dsc_crop *crop, uint32_t line,
                            dsc_words *out, dsc_error *err)
{
    const dsc_words *known = dsc_ocr__cache_get(ocr->cache, crop);
    dsc_words fresh = {0};
    dsc_status st;

    if (known)
        return copy_words(out, known, crop, line, err);
    st = recognise(ocr, crop, &fresh, err);
    if (!st)
        st = copy_words(out, &fresh, crop, line, err);
    if (!st)
        dsc_ocr__cache_put(ocr->cache, crop, &fresh);
    dsc_words_free(&fresh);
    return st;
}

static dsc_status read_line(dsc_ocr *ocr, const dsc_plane *plane,
                            const dsc_text_box *line, dsc_words *out,
                            dsc_error *err)
{
    dsc_crop crop = {0};
    dsc_status st = dsc_ocr__crop(&crop, plane, line, err);

    if (!st && crop.px)
        st = read_crop(ocr, &crop, 0, out, err);
    dsc_ocr__crop_free(&crop);
    return st;
}

dsc_status dsc_ocr_line(dsc_ocr *ocr, const dsc_plane *plane,
                        const dsc_text_box *line, dsc_words *words,
                        dsc_error *err)
{
    dsc_text_box other = *line;
    dsc_words second = {0};
    locale_t old = enter(ocr);
    dsc_status st;

    dsc_words_free(words);
    st = read_line(ocr, plane, line, words, err);
    /* Which way turned text runs is a guess of the finder: try both. */
    if (!st && line->rotation) {
        other.rotation = line->rotation == 90 ? 270 : 90;
        st = read_line(ocr, plane, &other, &second, err);
        if (!st && dsc_words_certainty(&second) > dsc_words_certainty(words)) {
            dsc_words tmp = *words;
            *words = second;
            second = tmp;
        }
    }
    dsc_words_free(&second);
    if (st)
        dsc_words_free(words);
    uselocale(old);
    return st;
}

/* A copy of the crop that says of its text that it is this high; where that is
 * less, it is read larger. */
static dsc_status copy_crop(const dsc_crop *crop, int32_t text_h, dsc_crop *out,
                            dsc_error *err)
{
    size_t n = (size_t)crop->w * (size_t)crop->h;

    *out = *crop;
    out->text_h = text_h;
    out->px = dsc_alloc(n);
    if (!out->px)
        return dsc_fail(err, DSC_NOMEM, "out of memory");
    memcpy(out->px, crop->px, n);
    return DSC_OK;
}

static dsc_status append(dsc_words *to, const dsc_words *from, dsc_error *err)
{
    dsc_status st = DSC_OK;

    for (size_t i = 0; !st && i < from->count; i++)
        st = dsc_words_add(to, from->items[i].utf8, from->items[i].box,
                           from->items[i].confidence, from->items[i].line, err);
    return st;
}

/* A row that is not sure is read in two sizes; the surer one counts. */
static dsc_status read_row(dsc_ocr *ocr, dsc_crop *row, uint32_t line,
                           dsc_words *out, dsc_error *err)
{
    dsc_words first = {0}, second = {0};
    const dsc_words *best = &first;
    dsc_crop large;
    dsc_status st = copy_crop(
        row, (row->text_h * LARGER_OF + LARGER / 2) / LARGER, &large, err);

    if (!st)
        st = read_crop(ocr, row, line, &first, err);
    if (!st && dsc_words_certainty(&first) < SURE)
        st = read_crop(ocr, &large, line, &second, err);
    if (dsc_words_certainty(&second) > dsc_words_certainty(&first))
        best = &second;
    if (!st)
        st = append(out, best, err);
    dsc_ocr__crop_free(&large);
    dsc_words_free(&first);
    dsc_words_free(&second);
    return st;
}

/* The box with what stands around it: a finder may miss a line's ends. */
static dsc_status wide_crop(dsc_crop *crop, const dsc_plane *plane,
                            const dsc_text_box *box, dsc_error *err)
{
    int32_t side = box->box.w < box->box.h ? box->box.w : box->box.h;
    dsc_text_box wide = {.dark = box->dark};

    side = side < ENDS_PX ? side : ENDS_PX;
    wide.box = dsc_rect_grow(box->box, side, 2);
    return dsc_ocr__crop(crop, plane, &wide, err);
}

/* A word with ink in it that was left out is not what was read. */
static void doubt(dsc_words *words, const dsc_rects *others)
{
    for (size_t i = 0; i < words->count; i++)
        dsc_rects_foreach (r, others) {
            dsc_rect middle = {r->x + r->w / 2, r->y + r->h / 2, 1, 1};
            if (!dsc_rect_empty(
                    dsc_rect_intersect(words->items[i].box, middle)))
                words->items[i].confidence = 0;
        }
}

/* As the reader of small letters has it; empty where it is sure of nothing. */
static dsc_status read_small(dsc_ocr *ocr, const dsc_crop *row, uint32_t line,
                             dsc_words *out, dsc_error *err)
{
    dsc_words words = {0};
    bool sure = false;
    dsc_status st = dsc_ocr__small(ocr->small, row, &words, err);

    for (size_t i = 0; i < words.count; i++)
        sure |= words.items[i].confidence > 0;
    if (!st && sure)
        st = copy_words(out, &words, row, line, err);
    dsc_words_free(&words);
    return st;
}

/* A row as Tesseract has it, if `out` is not NULL, and as the surer reader has
 * it; false in *read where none of them read it. */
static dsc_status read_twice(dsc_ocr *ocr, dsc_crop *row, uint32_t line,
                             dsc_words *out, dsc_words *small, bool *read,
                             dsc_error *err)
{
    dsc_words first = {0}, second = {0};
    bool surer;
    dsc_status st = read_small(ocr, row, line, &second, err);

    if (!st && out)
        st = read_row(ocr, row, line, &first, err);
    surer = dsc_words_certainty(&second) > dsc_words_certainty(&first);
    if (!st && out)
        st = append(out, &first, err);
    if (!st)
        st = append(small, surer ? &second : &first, err);
    *read = surer;
    dsc_words_free(&first);
    dsc_words_free(&second);
    return st;
}

/* A word that ends where the crop does may go on there. Between its letters is
 * less room than half their height. */
static void doubt_ends(dsc_words *words, const dsc_crop *crop, uint32_t columns)
{
    bool left = crop->area.x > 0;
    bool right = crop->area.x + crop->area.w < (int32_t)columns;

    for (size_t i = 0; i < words->count; i++) {
        dsc_rect b = words->items[i].box;
        int32_t x = b.x - crop->area.x;
        if ((left && 2 * x <= b.h) || (right && 2 * (crop->w - x - b.w) <= b.h))
            words->items[i].confidence = 0;
    }
}

/* Rows that were read, and the ink of the box that is in none of them. */
static dsc_status finish_rows(const dsc_crop *crop, dsc_rect in,
                              const dsc_rects *others, dsc_words *words,
                              dsc_error *err)
{
    dsc_words rest = {0};
    dsc_status st = DSC_OK;

    for (size_t i = 0; i < words->count; i++) { /* back to the crop's */
        words->items[i].box.x -= crop->area.x;
        words->items[i].box.y -= crop->area.y;
    }
    doubt(words, others);
    if (words->count)
        st = dsc_ocr__rest(crop, in, words, &rest, err);
    if (!st)
        st = append(words, &rest, err);
    for (size_t i = 0; i < words->count; i++)
        words->items[i].box = dsc_ocr__to_plane(crop, words->items[i].box);
    dsc_words_free(&rest);
    return st;
}

/* The word that rows below each other make, in the plane's coordinates. *rows
 * are its bits, none where nothing was read, or digits: those may be marks of a
 * scale. */
static dsc_status read_stack(dsc_ocr *ocr, const dsc_plane *plane,
                             const dsc_crop *crop, const dsc_row_crops *all,
                             uint32_t *rows, dsc_words *out, dsc_error *err)
{
    dsc_crop stack;
    dsc_status st = dsc_ocr__stack(plane, crop, all, &stack, rows, err);

    if (!st && stack.px)
        st = dsc_ocr__small(ocr->small, &stack, out, err);
    if (out->count != 1 || out->items[0].confidence <= 0 ||
        strpbrk(out->items[0].utf8, "0123456789")) {
        dsc_words_free(out);
        *rows = 0;
    } else {
        out->items[0].box = dsc_rect_grow(stack.area, 1, 1);
    }
    dsc_ocr__crop_free(&stack);
    return st;
}

/* The words of such rows make room for that of all. */
static dsc_status replace_rows(dsc_words *words, uint32_t rows,
                               const dsc_word *by, uint32_t line,
                               dsc_error *err)
{
    dsc_words out = {0};
    dsc_status st = DSC_OK;

    for (size_t i = 0; !st && i < words->count; i++) {
        const dsc_word *w = &words->items[i];
        if (!(rows >> w->line & 1))
            st = dsc_words_add(&out, w->utf8, w->box, w->confidence, w->line,
                               err);
    }
    if (!st)
        st = dsc_words_add(&out, by->utf8, by->box, by->confidence, line, err);
    dsc_words_free(words);
    *words = out;
    return st;
}

/* `out` NULL: without Tesseract. *small stays empty where it says the same, or
 * not all. */
static dsc_status read_rows(dsc_ocr *ocr, const dsc_crop *crop,
                            const dsc_plane *plane, dsc_rect box,
                            dsc_words *out, dsc_words *small, dsc_error *err)
{
    dsc_row_crops rows;
    dsc_rect in = {box.x - crop->area.x, box.y - crop->area.y, box.w, box.h};
    dsc_words stack = {0};
    uint32_t stacked = 0, known; /* bits of rows */
    dsc_status st;

    in = dsc_rect_clip(in, (uint32_t)crop->w, (uint32_t)crop->h);
    st = dsc_ocr__rows(crop, in, &rows, err);
    if (!st) /* before the rows' pixels are used up */
        st = read_stack(ocr, plane, crop, &rows, &stacked, &stack, err);
    known = stacked;
    for (size_t i = 0; !st && i < rows.count; i++) {
        bool read = false;
        st = read_twice(ocr, &rows.items[i], (uint32_t)i, out, small, &read,
                        err);
        known |= (uint32_t)read << i;
    }
    doubt_ends(small, crop, plane->columns);
    if (!st && stacked)
        st = replace_rows(small, stacked, stack.items, (uint32_t)rows.count,
                          err);
    if (!known || (!out && known + 1 != UINT32_C(1) << rows.count))
        dsc_words_free(small);
    if (!st && out)
        st = finish_rows(crop, in, &rows.others, out, err);
    if (!st)
        st = finish_rows(crop, in, &rows.others, small, err);
    dsc_words_free(&stack);
    dsc_ocr__rows_free(&rows);
    return st;
}

dsc_status dsc_ocr_rows(dsc_ocr *ocr, const dsc_plane *plane,
                        const dsc_text_box *box, dsc_words *words,
                        dsc_words *small, dsc_error *err)
{
    dsc_crop crop = {0};
    locale_t old = enter(ocr);
    dsc_status st;

    if (words)
        dsc_words_free(words);
    dsc_words_free(small);
    st = wide_crop(&crop, plane, box, err);
    if (!st && crop.px)
        st = read_rows(ocr, &crop, plane, box->box, words, small, err);
    dsc_ocr__crop_free(&crop);
    if (st && words)
        dsc_words_free(words);
    if (st)
        dsc_words_free(small);
    uselocale(old);
    return st;
}

const char *dsc_ocr_tesseract_version(void)
{
    return TessVersion();
}

#define TEXT(x)    #x
#define TEXT_OF(x) TEXT(x)

const char *dsc_ocr_leptonica_version(void)
{
    return TEXT_OF(LIBLEPT_MAJOR_VERSION) "." TEXT_OF(
        LIBLEPT_MINOR_VERSION) "." TEXT_OF(LIBLEPT_PATCH_VERSION);
}
