/* SPDX-License-Identifier: Apache-2.0
 *
 * CPU time of a decision for each word, by policy and size of the header.
 *
 *   bench_policy */
#include "policy/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS 200

static const char *const lines[] = {
    "LVIDd 4.2 cm",
    "Smithers John 04711231 M 56Y",
    "EDV(MOD-sp4) 98 ml EF(MOD-sp4) 61 %",
    "St. Mary's General Hospital Echo Lab",
    "2D Gen 62% Gn 50 C 61 P Low HPen 14:22:33 07.09.2021",
    "Parasternal long axis view of the RV inflow tract",
    "HR 72 bpm",
    "Xqzfoo barbaz 1963",
};
#define LINES (sizeof lines / sizeof lines[0])

static void must(dsc_status st)
{
    if (st) {
        fprintf(stderr, "bench_policy: no memory\n");
        exit(1);
    }
}

static double cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* A header as real ones are, and with more names and dates than those have. */
static void make_facts(dsc_facts *facts, unsigned more)
{
    char v[64];

    must(
        dsc_facts_add(facts, DSC_CLASS_NAME, "PN", "Smithers^John^Alan", NULL));
    must(dsc_facts_add(facts, DSC_CLASS_ID, "LO", "04711231", NULL));
    must(dsc_facts_add(facts, DSC_CLASS_BIRTH, "DA", "19630412", NULL));
    must(dsc_facts_add(facts, DSC_CLASS_DATE, "DA", "20210907", NULL));
    must(dsc_facts_add(facts, DSC_CLASS_TIME, "TM", "142233.120", NULL));
    must(dsc_facts_add(facts, DSC_CLASS_INSTITUTION, "LO",
                       "St. Mary's General Hospital", NULL));
    must(dsc_facts_add(facts, DSC_CLASS_PERSON, "PN", "Nguyen^Thi", NULL));
    must(dsc_facts_add(facts, DSC_CLASS_ID, "UI",
                       "1.2.826.0.1.3680043.8.498.1234567890", NULL));
    for (unsigned i = 0; i < more; i++) {
        snprintf(v, sizeof v, "N%cm%c%u^Given%u", 'a' + i % 26,
                 'a' + i / 26 % 26, i * 7919 % 1000, i);
        must(dsc_facts_add(facts, DSC_CLASS_PERSON, "PN", v, NULL));
    }
}

static size_t split(const char *line, char *copy, size_t size, dsc_word *words)
{
    char *save = NULL;
    size_t n = 0;

    snprintf(copy, size, "%s", line);
    for (char *p = strtok_r(copy, " ", &save); p;
         p = strtok_r(NULL, " ", &save))
        words[n++] = (dsc_word){.utf8 = p, .confidence = 0.8f};
    return n;
}

static void measure(const char *name, const dsc_policy *policy, unsigned more)
{
    dsc_facts facts = {0};
    dsc_word words[32];
    dsc_decision d[32];
    char copy[256];
    size_t count = 0, blank = 0;
    double start;

    make_facts(&facts, more);
    start = cpu_ms();
    for (unsigned r = 0; r < ROUNDS; r++)
        for (size_t i = 0; i < LINES; i++) {
            size_t n = split(lines[i], copy, sizeof copy, words);
            must(dsc_policy_decide_line(policy, &facts, words, n, d, NULL));
            count += n;
            for (size_t k = 0; k < n; k++)
                blank += d[k].blank;
        }
    printf("{\"policy\":\"%s\",\"facts\":%zu,\"us_per_word\":%.2f,\"blank\":"
           "%.2f}\n",
           name, facts.count, (cpu_ms() - start) * 1e3 / (double)count,
           (double)blank / (double)count);
    dsc_facts_free(&facts);
}

/* Words of a frame of 60 lines that was decided line by line. */
static void measure_frame(unsigned more)
{
    enum {
        ROWS = 60
    };
    const dsc_policy *policy = dsc_policy_plain(DSC_POLICY_SAFE);
    dsc_facts facts = {0};
    dsc_word words[ROWS * 16];
    dsc_frame_word placed[ROWS * 16];
    dsc_decision d[ROWS * 16];
    char copy[ROWS][256];
    size_t count = 0;
    double start, ms = 0;

    make_facts(&facts, more);
    for (uint32_t row = 0; row < ROWS; row++) {
        size_t n = split(lines[row % LINES], copy[row], sizeof copy[row],
                         words + count);
        int32_t x = row % 2 ? 400 : 10;
        for (size_t i = 0; i < n; i++) {
            int32_t w = (int32_t)strlen(words[count + i].utf8) * 8;
            placed[count + i] =
                (dsc_frame_word){.utf8 = words[count + i].utf8,
                                 .box = {x, (int32_t)(row / 2) * 16, w, 12},
                                 .confidence = words[count + i].confidence,
                                 .line = row,
                                 .fresh = true,
                                 .decision = &d[count + i]};
            x += w + 8;
        }
        must(dsc_policy_decide_line(policy, &facts, words + count, n, d + count,
                                    NULL));
        count += n;
    }
    for (unsigned r = 0; r < 5; r++) {
        start = cpu_ms();
        must(dsc_policy_decide_frame(policy, &facts, placed, count, NULL));
        ms += cpu_ms() - start;
    }
    printf("{\"frame\":%d,\"facts\":%zu,\"us_per_word\":%.2f}\n", ROWS,
           facts.count, ms * 1e3 / 5 / (double)count);
    dsc_facts_free(&facts);
}

int main(void)
{
    static const unsigned more[] = {0, 100, 1000};

    for (size_t i = 0; i < 3; i++) {
        measure("safe", dsc_policy_plain(DSC_POLICY_SAFE), more[i]);
        measure("phi", dsc_policy_plain(DSC_POLICY_PHI), more[i]);
        measure_frame(more[i]);
    }
    return 0;
}
