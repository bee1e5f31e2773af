/* SPDX-License-Identifier: Apache-2.0
 *
 * Looking terms up, and the allow-lists of a site.
 */
#include "policy/policy_term.h"

#include "base/hash.h"
#include "base/sort.h"

#include <ctype.h>
#include <string.h>

/* A site's terms; more are no list but a dictionary. */
#define MAX_TERMS 100000u

uint64_t dsc_policy__hash(uint64_t hash, uint32_t c)
{
    char utf8[4];

    return dsc_hash_bytes(hash, utf8, dsc_policy__put(utf8, c));
}

/* The best of the terms with this hash: the first section counts most. */
static const dsc_policy__term *search(const dsc_policy__term *terms,
                                      size_t count, uint64_t hash, size_t words,
                                      size_t chars)
{
    const dsc_policy__term *best = NULL;
    size_t low = 0, high = count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (terms[mid].hash < hash)
            low = mid + 1;
        else
            high = mid;
    }
    for (; low < count && terms[low].hash == hash; low++) {
        const dsc_policy__term *t = &terms[low];
        if ((t->words == words ||
             (chars >= DSC_TERM_SOLID && t->section != DSC_TERM_UNIT)) &&
            (!best || t->section < best->section))
            best = t;
    }
    return best;
}

const dsc_policy__term *dsc_policy__find_term(const dsc_policy *policy,
                                              uint64_t hash, size_t words,
                                              size_t chars)
{
    const dsc_policy__term *own =
        search(policy->terms, policy->term_count, hash, words, chars);

    return own ? own
               : search(dsc_policy__terms, dsc_policy__terms_count, hash, words,
                        chars);
}

const dsc_policy__term *dsc_policy__find_alike(uint64_t hash, size_t words,
                                               size_t chars)
{
    return search(dsc_policy__alikes, dsc_policy__alikes_count, hash, words,
                  chars);
}

uint32_t dsc_policy__look(uint32_t c)
{
    static const char from[] = "0QD1L5826", to[] = "OOOIISBZG";
    const char *p = c && c < 0x80 ? strchr(from, (int)c) : NULL;

    return p ? (uint32_t)to[p - from] : c;
}

static uint64_t hash_text(const dsc_policy__char *text, size_t count)
{
    uint64_t hash = DSC_HASH_START;

    for (size_t i = 0; i < count; i++)
        hash = dsc_policy__hash(hash, text[i].c);
    return hash;
}

static const dsc_policy__term *search_unit(const dsc_policy__term *terms,
                                           size_t count, uint64_t hash)
{
    for (size_t low = 0, high = count; low < high;) {
        size_t mid = low + (high - low) / 2;
        if (terms[mid].hash == hash) {
            while (mid && terms[mid - 1].hash == hash)
                mid--;
            for (; mid < count && terms[mid].hash == hash; mid++)
                if (terms[mid].section == DSC_TERM_UNIT)
                    return &terms[mid];
            return NULL;
        }
        if (terms[mid].hash < hash)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

static const dsc_policy__term *find_unit(const dsc_policy *policy,
                                         uint64_t hash)
{
    const dsc_policy__term *own =
        search_unit(policy->terms, policy->term_count, hash);

    return own ? own
               : search_unit(dsc_policy__terms, dsc_policy__terms_count, hash);
}

const dsc_policy__term *dsc_policy__find_unit(const dsc_policy *policy,
                                              const dsc_policy__char *text,
                                              size_t count)
{
    return find_unit(policy, hash_text(text, count));
}

bool dsc_policy__are_initials(const dsc_policy *policy, const char *utf8)
{
    uint64_t hash = DSC_HASH_START;
    const dsc_policy__term *term;

    for (size_t i = 0; i < 2; i++) {
        if (!isalpha((unsigned char)utf8[i]))
            return false;
        hash =
            dsc_policy__hash(hash, (uint32_t)toupper((unsigned char)utf8[i]));
    }
    term = utf8[2] ? NULL : dsc_policy__find_term(policy, hash, 1, 2);
    if (!term || !term->initials)
        return false;
    term = find_unit(policy, hash); /* CM is a label, too */
    return !term || term->name;
}

bool dsc_policy__make_term(const dsc_policy *policy,
                           const dsc_frame_word *words, size_t count)
{
    uint64_t hash = DSC_HASH_START;
    size_t tokens = 0, chars = 0;

    for (size_t i = 0; i < count; i++) {
        bool inside = false;
        for (const char *p = words[i].utf8; *p; p++) {
            bool is = isalnum((unsigned char)*p);
            tokens += is && !inside;
            inside = is;
            if (!is)
                continue;
            hash = dsc_policy__hash(hash, (uint32_t)toupper((unsigned char)*p));
            chars++;
        }
    }
    return chars && dsc_policy__find_term(policy, hash, tokens, chars);
}

static int compare_names(const void *pa, const void *pb)
{
    uint32_t a, b;

    memcpy(&a, pa, sizeof a);
    memcpy(&b, pb, sizeof b);
    return a < b ? -1 : a > b;
}

bool dsc_policy__is_name(const dsc_policy__char *text, size_t count)
{
    uint32_t low = (uint32_t)hash_text(text, count);

    return count >= 3 &&
           dsc_lookup(&low, dsc_policy__names, dsc_policy__names_count,
                      sizeof low, compare_names);
}

bool dsc_policy__is_ordinary(const dsc_policy__char *text, size_t count)
{
    uint32_t low = (uint32_t)hash_text(text, count);

    return dsc_lookup(&low, dsc_policy__ordinary, dsc_policy__ordinary_count,
                      sizeof low, compare_names);
}

/* ---- a site's list ---- */

typedef struct reader {
    dsc_policy *policy;
    const char *name;
    unsigned line;
    int section; /* -1: none yet */
    dsc_error *err;
} reader;

static dsc_status wrong(const reader *r, const char *what)
{
    return dsc_fail(r->err, DSC_USAGE, "%s:%u: %s", r->name, r->line, what);
}

static dsc_status add_term(dsc_policy *p, const dsc_policy__term *term,
                           dsc_error *err)
{
    if (p->term_count == p->term_cap) {
        size_t cap = p->term_cap ? p->term_cap * 2 : 64;
        dsc_policy__term *more = dsc_calloc(cap, sizeof *more);
        if (!more)
            return dsc_fail(err, DSC_NOMEM, "out of memory");
        if (p->term_count)
            memcpy(more, p->terms, p->term_count * sizeof *more);
        dsc_free(p->terms);
        p->terms = more;
        p->term_cap = cap;
    }
    p->terms[p->term_count++] = *term;
    return DSC_OK;
}

static dsc_status read_section(reader *r, const char *text, size_t n)
{
    static const char *const names[] = {"label",      "text",   "unit",
                                        "laterality", "vendor", "caption"};

    if (text[n - 1] != ']')
        return wrong(r, "a section has no ]");
    for (int i = 0; i < 6; i++)
        if (strlen(names[i]) == n - 2 && !strncmp(names[i], text + 1, n - 2)) {
            r->section = i;
            return DSC_OK;
        }
    return wrong(r, "no section of this name (label, text, unit, laterality, "
                    "vendor, caption)");
}

/* Fold one line of text, which is a word to the line maker. */
static dsc_status fold_term(reader *r, const char *text, size_t n,
                            dsc_policy__line *line)
{
    dsc_words words = {0};
    char copy[4 * DSC_TERM_CHARS + 1];
    dsc_status st;

    if (n >= sizeof copy)
        return wrong(r, "a term is too long");
    memcpy(copy, text, n);
    copy[n] = '\0';
    st = dsc_words_add(&words, copy, (dsc_rect){0, 0, 1, 1}, 1, 0, r->err);
    if (!st)
        st = dsc_policy__line_make(line, words.items, words.count, r->err);
    dsc_words_free(&words);
    return st;
}

/* cm/s */
static bool is_quotient(const char *text, size_t n)
{
    const char *slash = memchr(text, '/', n);

    return slash && slash > text && slash + 1 < text + n &&
           !memchr(text, ' ', n) && !memchr(text, '\t', n);
}

static dsc_status read_term(reader *r, const char *text, size_t n)
{
    dsc_policy__line line = {0};
    dsc_policy__term term = {.section = (uint8_t)r->section};
    bool alone = text[0] == '!', two;
    dsc_status st;

    if (r->section < 0)
        return wrong(r, "a term before the first [section]");
    st = fold_term(r, text + alone, n - alone, &line);
    if (st)
        goto done;
    if (line.unclear[0])
        st = wrong(r, "a term holds what is no text in UTF-8");
    else if (line.solid_count < (r->section == DSC_TERM_UNIT ? 1u : 2u))
        st = wrong(r, "a term has two letters or digits at least");
    else if (line.solid_count > DSC_TERM_CHARS ||
             line.token_count > DSC_TERM_WORDS)
        st = wrong(r, "a term is too long");
    else if (r->section == DSC_TERM_UNIT && line.token_count > 1 &&
             !(line.token_count == 2 && is_quotient(text + alone, n - alone)))
        st =
            wrong(r, "a unit is one run of letters and digits, or two and a /");
    else if (r->policy->term_count >= MAX_TERMS)
        st = wrong(r, "too many terms");
    if (st)
        goto done;
    term.words = (uint8_t)line.token_count;
    term.hash = hash_text(line.solid, line.solid_count);
    alone |= line.token_count > 1;
    two = line.solid_count == 2 && dsc_policy__is_letter(line.solid[0].c) &&
          dsc_policy__is_letter(line.solid[1].c);
    term.name = !alone && ((two && r->section == DSC_TERM_UNIT) ||
                           dsc_policy__is_name(line.solid, line.solid_count));
    term.initials = !alone && two && r->section != DSC_TERM_UNIT &&
                    r->section != DSC_TERM_VENDOR &&
                    r->section != DSC_TERM_CAPTION;
    st = add_term(r->policy, &term, r->err);
done:
    dsc_policy__line_free(&line);
    return st;
}

static int compare_terms(const void *pa, const void *pb)
{
    const dsc_policy__term *a = pa, *b = pb;

    return a->hash < b->hash ? -1 : a->hash > b->hash;
}

dsc_status dsc_policy_allow(dsc_policy *policy, const char *name,
                            const char *text, size_t len, dsc_error *err)
{
    reader r = {policy, name, 0, -1, err};
    dsc_status st = DSC_OK;

    if (len >= 3 && !memcmp(text, "\xEF\xBB\xBF", 3)) {
        text += 3;
        len -= 3;
    }
    while (!st && len) {
        const char *end = memchr(text, '\n', len);
        size_t whole = end ? (size_t)(end - text) + 1 : len;
        size_t n = end ? whole - 1 : whole;
        const char *p = text;
        r.line++;
        while (n && strchr(" \t\r", p[n - 1]) && p[n - 1])
            n--;
        while (n && (*p == ' ' || *p == '\t')) {
            p++;
            n--;
        }
        if (n && memchr(p, '\0', n))
            st = wrong(&r, "a zero byte: this is no text");
        else if (n && *p == '[')
            st = read_section(&r, p, n);
        else if (n && *p != '#')
            st = read_term(&r, p, n);
        text += whole;
        len -= whole;
    }
    if (!st)
        dsc_sort(policy->terms, policy->term_count, sizeof *policy->terms,
                 compare_terms);
    return st;
}
