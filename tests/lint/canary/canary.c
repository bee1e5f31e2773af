/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests that must fail. canary.py runs each by name and is content only when
 * it fails in the way it should: a green suite then means that the net is up.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <limits.h>
#include <sanitizer/lsan_interface.h>
#include <stdlib.h>

/* Hides a value from the optimiser. */
static int opaque(int v)
{
    volatile int hidden = v;
    return hidden;
}

Test(canary, failed_assert)
{
    cr_assert_eq(opaque(1), 2, "the canary sang");
}

Test(canary, heap_overflow)
{
    char *p = malloc((size_t)opaque(8));

    cr_assert_not_null(p);
    p[opaque(8)] = 1;
    cr_assert_eq(p[opaque(8)], 1);
    free(p);
}

Test(canary, undefined_shift)
{
    int v = INT_MAX;

    v += opaque(1);
    cr_assert_neq(v, opaque(0));
}

#if defined(__has_feature)
# if __has_feature(address_sanitizer)
#  define WITH_LSAN 1
# endif
#endif
#if defined(__SANITIZE_ADDRESS__)
# define WITH_LSAN 1
#endif

static char *volatile kept;

static __attribute__((noinline)) void lose_memory(void)
{
    kept = malloc((size_t)opaque(100));
    cr_assert_not_null(kept);
    kept[0] = 1;
    kept = NULL;
}

/* Overwrites the stack where lose_memory left its pointer. */
static __attribute__((noinline)) void scrub_stack(void)
{
    volatile char fill[4096];

    for (size_t i = 0; i < sizeof fill; i++)
        fill[i] = 0;
}

Test(canary, leak)
{
    lose_memory();
    scrub_stack();
#ifdef WITH_LSAN
    cr_assert_eq(__lsan_do_recoverable_leak_check(), 0, "leak seen");
#endif
}

ParameterizedTestParameters(canary, counted)
{
    static int values[] = {1, 2, 3};
    return cr_make_param_array(int, values, 3);
}

/* The one that passes: three times, or parameterized tests get lost. */
ParameterizedTest(int *value, canary, counted)
{
    cr_assert_gt(*value, 0);
}
