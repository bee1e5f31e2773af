/* SPDX-License-Identifier: Apache-2.0
 *
 * Prints what the classical finder measures of every chain it judges, one line
 * each: box, turned, features. detect_fit.py learns its weights from these.
 *
 *   detect_trace VIEW.pgm
 */
#include "detect/classic_priv.h"

#include <stdio.h>
#include <stdlib.h>

void dsc_classic__trace(const dsc_hat *hat, dsc_rect box, bool turned,
                        const dsc_features *f)
{
    const int32_t *v = (const int32_t *)f;
    int k = 1 << hat->shift;

    printf("%d %d %d %d %d", box.x * k, box.y * k, box.w * k, box.h * k,
           turned);
    for (size_t i = 0; i < DSC_CLASSIC_FEATURES; i++)
        printf(" %d", v[i]);
    printf("\n");
}

int main(int argc, char **argv)
{
    unsigned w = 0, h = 0;
    dsc_text_boxes found = {0};
    dsc_error err = DSC_ERROR_INIT;
    void *state = NULL;
    uint8_t *px = NULL;
    dsc_plane plane;
    FILE *f = argc == 2 ? fopen(argv[1], "rb") : NULL;

    if (!f || fscanf(f, "P5 %u %u 255", &w, &h) != 2 || fgetc(f) != '\n' ||
        w < 3 || h < 3 || w > 65535 || h > 65535)
        return 2;
    px = malloc((size_t)w * h);
    if (!px || fread(px, 1, (size_t)w * h, f) != (size_t)w * h)
        return 2;
    fclose(f);
    plane = (dsc_plane){px, w, h, w};
    if (dsc_detect__classic.create(&state, NULL, &err) ||
        dsc_detect__classic.find(state, &plane, DSC_DETECT_THOROUGH, &found,
                                 &err))
        return 1;
    dsc_detect__classic.free(state);
    dsc_text_boxes_free(&found);
    free(px);
    return 0;
}
