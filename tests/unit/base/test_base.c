/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cpu.h"
#include "base/log.h"
#include "base/mem.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>
#include <string.h>

Test(error, the_first_one_wins_and_context_goes_in_front)
{
    dsc_error err = DSC_ERROR_INIT;

    cr_assert_eq(dsc_fail(&err, DSC_BADFILE, "no Rows"), DSC_BADFILE);
    cr_assert_eq(dsc_fail(&err, DSC_IO, "later"), DSC_IO);
    cr_assert_eq(err.status, DSC_BADFILE);
    dsc_error_context(&err, "frame %d", 12);
    cr_assert_str_eq(err.msg, "frame 12: no Rows");
}

Test(error, may_be_null)
{
    cr_assert_eq(dsc_fail(NULL, DSC_LIMIT, "x"), DSC_LIMIT);
    dsc_error_context(NULL, "x");
}

Test(error, context_without_a_failure_says_nothing)
{
    dsc_error err = DSC_ERROR_INIT;

    dsc_error_context(&err, "frame 1");
    cr_assert_str_eq(err.msg, "");
}

Test(error, long_messages_are_cut_not_overrun)
{
    dsc_error err = DSC_ERROR_INIT;
    char text[1000];

    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    dsc_fail(&err, DSC_BADFILE, "%s", text);
    cr_assert_eq(strlen(err.msg), sizeof err.msg - 1);
    for (int i = 0; i < 50; i++)
        dsc_error_context(&err, "%s", text + 900);
    cr_assert_lt(strlen(err.msg), sizeof err.msg);
    cr_assert_eq(err.status, DSC_BADFILE);
    dsc_error_context(&err, "%s", text);
    cr_assert_lt(strlen(err.msg), sizeof err.msg);
}

Test(error, every_status_has_its_own_name)
{
    for (int a = DSC_OK; a <= DSC_INTERNAL; a++)
        for (int b = a + 1; b <= DSC_INTERNAL; b++)
            cr_assert_str_neq(dsc_status_name((dsc_status)a),
                              dsc_status_name((dsc_status)b));
}

Test(size, overflow_is_told_and_leaves_the_result_alone)
{
    size_t out = 7;

    cr_assert(dsc_mul(6, 7, &out));
    cr_assert_eq(out, 42);
    cr_assert(dsc_mul(SIZE_MAX, 0, &out));
    cr_assert_eq(out, 0);
    cr_assert(dsc_add(SIZE_MAX - 1, 1, &out));
    cr_assert_eq(out, SIZE_MAX);
    cr_assert_not(dsc_mul(SIZE_MAX / 2 + 1, 2, &out));
    cr_assert_not(dsc_add(SIZE_MAX, 1, &out));
}

Test(alloc, is_zeroed_aligned_and_readable_past_its_end)
{
    for (size_t n = 0; n < 300; n += 37) {
        uint8_t *p = dsc_alloc(n);
        cr_assert_not_null(p);
        cr_assert_eq((uintptr_t)p % 64, 0);
        for (size_t i = 0; i < n + 64; i++)
            cr_assert_eq(p[i], 0);
        dsc_wipe_free(p, n);
    }
    dsc_free(NULL);
    dsc_wipe_free(NULL, 0);
}

Test(alloc, impossible_sizes_give_null)
{
    cr_assert_null(dsc_alloc(SIZE_MAX));
    cr_assert_null(dsc_alloc(SIZE_MAX - 63));
    cr_assert_null(dsc_calloc(SIZE_MAX / 2, 3));
    cr_assert_null(dsc_calloc(SIZE_MAX, 1));
}

Test(alloc, a_list_moves_to_where_there_is_room)
{
    int *items = NULL, *moved;
    size_t cap = 0;

    for (int i = 0; i < 100; i++) {
        items = dsc_room(items, (size_t)i, &cap, sizeof *items);
        cr_assert(items && cap > (size_t)i);
        items[i] = i;
    }
    for (int i = 0; i < 100; i++)
        cr_expect_eq(items[i], i);
    dsc_alloc_fail_after(1);
    moved = dsc_room(items, cap, &cap, sizeof *items);
    dsc_alloc_fail_after(0);
    cr_assert_null(moved);
    cr_expect_eq(items[99], 99, "the old ones are there");
    dsc_free(items);
}

Test(alloc, the_nth_one_fails_once)
{
    void *a, *b;

    dsc_alloc_fail_after(2);
    a = dsc_alloc(1);
    b = dsc_strdup("x");
    cr_assert_not_null(a);
    cr_assert_null(b);
    b = dsc_alloc(1);
    cr_assert_not_null(b);
    dsc_free(a);
    dsc_free(b);
}

Test(buf, stops_at_its_limit)
{
    dsc_buf b = {.limit = 100};
    dsc_error err = DSC_ERROR_INIT;
    uint8_t bytes[64] = {7};

    cr_assert_eq(dsc_buf_append(&b, bytes, 64, &err), DSC_OK);
    cr_assert_eq(dsc_buf_append(&b, bytes, 64, &err), DSC_LIMIT);
    cr_assert_eq(b.len, 64);
    cr_assert_eq(dsc_buf_resize(&b, 101, NULL), DSC_LIMIT);
    cr_assert_eq(dsc_buf_resize(&b, 100, NULL), DSC_OK);
    cr_assert_eq(b.len, 100);
    dsc_buf_free(&b);
}

Test(buf, overflowing_appends_are_refused)
{
    dsc_buf b = {0};

    cr_assert_eq(dsc_buf_append(&b, "abc", 3, NULL), DSC_OK);
    cr_assert_eq(dsc_buf_append(&b, "abc", SIZE_MAX - 1, NULL), DSC_LIMIT);
    cr_assert_eq(dsc_buf_append(&b, "abc", (size_t)1 << 40, NULL), DSC_LIMIT);
    cr_assert_eq(dsc_buf_reserve(&b, SIZE_MAX, NULL), DSC_LIMIT);
    cr_assert_eq(b.len, 3);
    cr_assert_arr_eq(b.data, "abc", 3);
    dsc_buf_free(&b);
}

Test(buf, grown_bytes_are_zero_even_after_shrinking)
{
    dsc_buf b = {0};

    cr_assert_eq(dsc_buf_append(&b, "secret", 6, NULL), DSC_OK);
    cr_assert_eq(dsc_buf_resize(&b, 1, NULL), DSC_OK);
    cr_assert_eq(dsc_buf_resize(&b, 6, NULL), DSC_OK);
    cr_assert_arr_eq(b.data, "s\0\0\0\0\0", 6);
    dsc_buf_free(&b);
    cr_assert_null(b.data);
    cr_assert_eq(b.cap, 0);
}

Test(buf, keeps_its_bytes_when_memory_runs_out)
{
    dsc_buf b = {0};
    dsc_error err = DSC_ERROR_INIT;

    cr_assert_eq(dsc_buf_append(&b, "abc", 3, NULL), DSC_OK);
    dsc_alloc_fail_after(1);
    cr_assert_eq(dsc_buf_reserve(&b, 5000, &err), DSC_NOMEM);
    cr_assert_eq(b.len, 3);
    cr_assert_arr_eq(b.data, "abc", 3);
    dsc_buf_free(&b);
}

Test(buf, nothing_can_be_appended)
{
    dsc_buf b = {0};

    cr_assert_eq(dsc_buf_append(&b, NULL, 0, NULL), DSC_OK);
    cr_assert_eq(b.len, 0);
    dsc_buf_free(&b);
}

/* ---- CPU levels ---- */

struct level {
    char name[8];
    unsigned most; /* flags that the level may show */
};

ParameterizedTestParameters(cpu, a_level_hides_what_is_above_it)
{
    static struct level levels[] = {
        {"none", 0},
        {"sse2", DSC_CPU_SSE2},
        {"avx2", DSC_CPU_SSE2 | DSC_CPU_AVX2},
        {"avxvnni", DSC_CPU_SSE2 | DSC_CPU_AVX2 | DSC_CPU_AVX_VNNI},
        {"avx512", DSC_CPU_SSE2 | DSC_CPU_AVX2 | DSC_CPU_AVX_VNNI |
                       DSC_CPU_AVX512 | DSC_CPU_AVX512_VNNI},
        {"neon", DSC_CPU_NEON},
    };
    return cr_make_param_array(struct level, levels, 6);
}

ParameterizedTest(struct level *p, cpu, a_level_hides_what_is_above_it)
{
    unsigned all = dsc_cpu_flags();

    unsetenv("DSC_CPU");
    cr_assert_eq(dsc_cpu_set_level(p->name, NULL), DSC_OK);
    cr_assert_eq(dsc_cpu_flags() & ~p->most, 0);
    cr_assert_eq(dsc_cpu_flags(), all & p->most,
                 "what the CPU has under the level stays");
}

Test(cpu, an_unknown_level_changes_nothing)
{
    static const char *const bad[] = {"", "AVX2", "avx2 ", "avx", "all"};
    dsc_error err = DSC_ERROR_INIT;
    unsigned before = dsc_cpu_flags();

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert_eq(dsc_cpu_set_level(bad[i], &err), DSC_USAGE);
    cr_assert_eq(dsc_cpu_flags(), before);
}

Test(cpu, the_environment_sets_the_level)
{
    setenv("DSC_CPU", "none", 1);
    cr_assert_eq(dsc_cpu_flags(), 0);
}

Test(cpu, an_unknown_level_in_the_environment_means_scalar)
{
    setenv("DSC_CPU", "fast", 1);
    cr_assert_eq(dsc_cpu_flags(), 0);
}

Test(cpu, the_highest_level_gives_the_name)
{
    cr_assert_str_eq(dsc_cpu_level_name(0), "none");
    cr_assert_str_eq(dsc_cpu_level_name(DSC_CPU_SSE2), "sse2");
    cr_assert_str_eq(dsc_cpu_level_name(DSC_CPU_SSE2 | DSC_CPU_AVX2), "avx2");
    cr_assert_str_eq(dsc_cpu_level_name(DSC_CPU_AVX2 | DSC_CPU_AVX_VNNI),
                     "avxvnni");
    cr_assert_str_eq(dsc_cpu_level_name(DSC_CPU_SSE2 | DSC_CPU_AVX512),
                     "avx512");
    cr_assert_str_eq(dsc_cpu_level_name(DSC_CPU_NEON), "neon");
}

/* ---- log ---- */

static int logged;

static void count(void *cookie, dsc_log_level level, const char *component,
                  const char *message)
{
    logged++;
    cr_assert_eq(cookie, &logged);
    cr_assert_leq(level, DSC_LOG_INFO);
    cr_assert_str_eq(component, "base");
    cr_assert_lt(strlen(message), 512);
}

Test(log, goes_to_the_callback_up_to_its_level)
{
    char text[2000];

    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    dsc_log(DSC_LOG_ERROR, "base", "dropped: nobody listens");
    dsc_log_set(count, &logged, DSC_LOG_INFO);
    dsc_log(DSC_LOG_DEBUG, "base", "too chatty");
    cr_assert_eq(logged, 0);
    dsc_log(DSC_LOG_INFO, "base", "%s", text);
    dsc_log(DSC_LOG_ERROR, "base", "two");
    cr_assert_eq(logged, 2);
}
