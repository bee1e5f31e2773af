/* SPDX-License-Identifier: Apache-2.0
 *
 * A file of masks with one box, for instances of any kind. */
#ifndef BOX_MASK_H
#define BOX_MASK_H

#include "image/image.h"

#include <criterion/criterion.h>
#include <stdio.h>

static inline void write_box_mask(const char *path, dsc_rect box)
{
    FILE *fp = fopen(path, "w");

    cr_assert_not_null(fp);
    fprintf(fp,
            "- id: box\n  description: \"a box\"\n  provenance:\n"
            "    - {source: \"the tests\", version: \"1\", licence: own}\n"
            "  match:\n    - any:\n"
            "        - {attribute: Modality, present: yes}\n"
            "        - {attribute: Modality, present: no}\n"
            "  regions:\n"
            "    - {left: %d, width: %d, top: %d, height: %d}\n",
            box.x, box.w, box.y, box.h);
    fclose(fp);
}

#endif
