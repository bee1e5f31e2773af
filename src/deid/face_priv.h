/* SPDX-License-Identifier: Apache-2.0
 *
 * Shared by the two files of the face's judge. */
#ifndef DSC_DEID_FACE_PRIV_H
#define DSC_DEID_FACE_PRIV_H

#include "deid/face.h"

/* Parts of the body that a text speaks of; 0: of none that is known. */
enum {
    DSC_PART_HEAD = 1u << 0, /* and neck, and the whole body */
    DSC_PART_OTHER = 1u << 1
};
unsigned dsc_face__words(const char *utf8);
/* The same for a code of SNOMED. */
unsigned dsc_face__code(const char *code);

#endif
