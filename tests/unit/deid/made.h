/* SPDX-License-Identifier: Apache-2.0
 *
 * Objects without pixels, made and cleaned, for the tests of their rules. */
#ifndef DSC_TESTS_UNIT_DEID_MADE_H
#define DSC_TESTS_UNIT_DEID_MADE_H

#include "../dicom/build.h"
#include "deid/object.h"

#define STORAGE "1.2.840.10008.5.1.4.1.1."

#define TEXT     DSC_TAG(0x0040, 0xA160)
#define PNAME    DSC_TAG(0x0040, 0xA123)
#define DATETIME DSC_TAG(0x0040, 0xA120)
#define UIDREF   DSC_TAG(0x0040, 0xA124)
#define ROOT     "(0040,A730)"

/* Clean it and list what it has become, a line for each element; the check is
 * asked whether it agrees. Free the list. */
char *cleaned(const maker *m, dsc_object_kind kind, const char *profile);
/* The same with this text as the profile file. */
char *cleaned_with(const maker *m, dsc_object_kind kind, const char *profile);
void expect_line(const char *text, const char *line);
void expect_none(const char *text, const char *word);

/* SOP Class, UIDs and a patient. */
void begin(maker *m, const char *sop_class);
void open_item(maker *m);
void code(maker *m, uint32_t sequence, const char *value, const char *scheme,
          const char *meaning);
/* Root of a report; content items follow, then close_tree. */
void open_tree(maker *m);
void close_tree(maker *m);
/* A content item with one value; left open. */
void content(maker *m, const char *type, const char *concept, uint32_t tag,
             const char *vr, const char *value);

#endif
