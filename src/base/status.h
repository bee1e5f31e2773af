/* SPDX-License-Identifier: Apache-2.0
 *
 * Status codes and the error object.
 *
 * Every function that can fail returns a dsc_status and takes a
 * `dsc_error *err` as its last parameter (NULL is fine). The error is owned by
 * the caller, has a fixed size (so that running out of memory can be told
 * without memory) and keeps the first failure; callers on the way up only add
 * context in front of it ("frame 12: ...").
 *
 * Messages never hold a patient value, a file name or an original UID: name
 * the tag, the frame, the byte offset.
 */
#ifndef DSC_BASE_STATUS_H
#define DSC_BASE_STATUS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum dsc_status {
    DSC_OK = 0,
    DSC_NOMEM,       /* an allocation failed */
    DSC_IO,          /* the environment: disk, permission, vanished file */
    DSC_NOTDICOM,    /* the input is no DICOM instance at all */
    DSC_BADFILE,     /* the input is DICOM but broken */
    DSC_UNSUPPORTED, /* valid, but not something dcmscrub can prove clean */
    DSC_LIMIT,       /* valid perhaps, but over a stated limit */
    DSC_UNPROVEN,    /* the proof found a difference or remaining text */
    DSC_CANCELLED,
    DSC_USAGE,   /* wrong option, wrong mask file: the user's to mend */
    DSC_INTERNAL /* a broken invariant of ours */
} dsc_status;

typedef struct dsc_error {
    dsc_status status;
    char msg[256];
} dsc_error;

#define DSC_ERROR_INIT                                                         \
 {                                                                             \
  DSC_OK, ""                                                                   \
 }

#define DSC_WARN_UNUSED  __attribute__((warn_unused_result))
#define DSC_PRINTF(f, a) __attribute__((format(printf, f, a)))
/* What the library exports; everything else is hidden. */
#define DSC_API __attribute__((visibility("default")))

/* Record a failure (the first one wins) and return `status`. */
dsc_status dsc_fail(dsc_error *err, dsc_status status, const char *fmt, ...)
    DSC_PRINTF(3, 4);

/* Put "context: " before the message of an error that has been recorded. */
void dsc_error_context(dsc_error *err, const char *fmt, ...) DSC_PRINTF(2, 3);

/* Make one clean line of text that quotes a file: '?' for control characters.
 */
void dsc_one_line(char *text);

/* A short lower-case word for a status, e.g. "badfile". */
const char *dsc_status_name(dsc_status status);

/* Invariants that guard patient data stay in release builds. */
#define DSC_CHECK(cond, err)                                                   \
 do {                                                                          \
  if (!(cond))                                                                 \
   return dsc_fail((err), DSC_INTERNAL, "%s:%d: broken invariant", __func__,   \
                   __LINE__);                                                  \
 } while (0)

#endif
