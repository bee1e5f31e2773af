/* SPDX-License-Identifier: Apache-2.0
 *
 * Linked into every Criterion program. Criterion's runner process keeps a few
 * records until it ends; the tests run in children that never reach the leak
 * check at exit. So no check at exit here: a test that is about leaks calls
 * __lsan_do_recoverable_leak_check(), and the other suites run the tool itself.
 * Without a sanitizer nobody calls this.
 */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
    return "leak_check_at_exit=0";
}
