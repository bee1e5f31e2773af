/* SPDX-License-Identifier: Apache-2.0
 *
 * Is it a picture of a patient or a page of text: a scanned letter, a report, a
 * dose screen, a screen of patient data? Pages say things about people that no
 * rule about words knows, and are written by hand in part. */
#include "scrub/scrub_priv.h"

#include <string.h>

#define TAG_IMAGE_TYPE DSC_TAG(0x0008, 0x0008)
#define TAG_SOP_CLASS  DSC_TAG(0x0008, 0x0016)
#define TAG_MODALITY   DSC_TAG(0x0008, 0x0060)
#define TAG_CONVERSION DSC_TAG(0x0008, 0x0064)
#define CAPTURE        "1.2.840.10008.5.1.4.1.1.7" /* Secondary Capture */

#define TILE 16
#define BUSY 32 /* grey levels in a tile that is not plain paper */

/* Lines of a page, and tiles with something else for a hundred with text. Real
 * screens of ultrasound have 70 and more; letters and dose screens 7 to 13. */
#define LINES        8
#define PICTURE      25
#define HINT_LINES   3 /* where the header speaks for a page as well */
#define HINT_PICTURE 50

/* ---- what the picture shows ---- */

static bool is_busy(const dsc_plane *p, uint32_t x0, uint32_t y0)
{
    uint32_t x1 = x0 + TILE < p->columns ? x0 + TILE : p->columns;
    uint32_t y1 = y0 + TILE < p->rows ? y0 + TILE : p->rows;
    int low = 255, high = 0;

    for (uint32_t y = y0; y < y1; y++)
        for (uint32_t x = x0; x < x1; x++) {
            int v = p->data[(size_t)y * p->stride + x];
            low = v < low ? v : low;
            high = v > high ? v : high;
        }
    return high - low >= BUSY;
}

/* A line of words that somebody could read, not tissue taken for letters. */
static bool is_line(const dsc_track *t)
{
    size_t read = 0;

    for (size_t i = 0; i < t->span_count; i++)
        read += t->spans[i].was_read && t->spans[i].sure;
    return t->was_read && read * 2 >= t->span_count && read;
}

void dsc_page_measure(dsc_page *page, const dsc_plane *p,
                      const dsc_tracks *tracks)
{
    *page = (dsc_page){0};
    for (size_t i = 0; i < tracks->count; i++)
        page->lines += is_line(&tracks->items[i]);
    for (uint32_t y = 0; y < p->rows; y += TILE)
        for (uint32_t x = 0; x < p->columns; x += TILE) {
            dsc_rect tile = {(int32_t)x, (int32_t)y, TILE, TILE};
            bool text = false;
            if (!is_busy(p, x, y))
                continue;
            for (size_t i = 0; i < tracks->count && !text; i++)
                text = is_line(&tracks->items[i]) &&
                       !dsc_rect_empty(
                           dsc_rect_intersect(tile, tracks->items[i].box));
            page->text += text;
            page->picture += !text;
        }
}

/* ---- what the header says ---- */

typedef enum hint {
    NONE,
    MAYBE,
    SURELY
} hint;

/* Capitals and digits of one value of a list, the rest left out. */
static const char *next_value(const char *list, char *out, size_t size)
{
    size_t n = 0;

    for (; *list && *list != '\\'; list++) {
        char c = *list >= 'a' && *list <= 'z' ? (char)(*list - 32) : *list;
        if (((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) && n + 1 < size)
            out[n++] = c;
    }
    out[n] = '\0';
    return *list ? list + 1 : list;
}

static bool is_one_of(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (!strcmp(word, *list))
            return true;
    return false;
}

static hint hint_of(const dsc_dicom *ds)
{
    static const char *const pages[] = {
        "PATIENTINFO", "DOSEINFO", "DOSEREPORT",      "REPORT",
        "DOCUMENT",    "LETTER",   "SCANNEDDOCUMENT", NULL};
    static const char *const screens[] = {"SCREENSAVE", "PROTOCOL",
                                          "CSAPROTOCOL", "CSAREPORT", NULL};
    char text[1100], word[64];
    hint found = NONE;

    if (dsc_dicom_string(ds, TAG_MODALITY, text, sizeof text) &&
        !strcmp(text, "DOC"))
        return SURELY;
    if (dsc_dicom_string(ds, TAG_CONVERSION, text, sizeof text) &&
        !strcmp(text, "SD")) /* Scanned Document */
        return SURELY;
    if (dsc_dicom_string(ds, TAG_SOP_CLASS, text, sizeof text) &&
        !strncmp(text, CAPTURE, strlen(CAPTURE)) &&
        (!text[strlen(CAPTURE)] || text[strlen(CAPTURE)] == '.'))
        found = MAYBE;
    if (!dsc_dicom_strings(ds, TAG_IMAGE_TYPE, text, sizeof text))
        return found;
    for (const char *p = text; *p;) {
        p = next_value(p, word, sizeof word);
        if (is_one_of(word, pages))
            return SURELY;
        if (is_one_of(word, screens))
            found = MAYBE;
    }
    return found;
}

bool dsc_is_document(const dsc_instance *inst, const dsc_page *page)
{
    hint h = hint_of(inst->ds);
    size_t lines = h == MAYBE ? HINT_LINES : LINES;
    size_t picture = h == MAYBE ? HINT_PICTURE : PICTURE;

    return h == SURELY || (page->lines >= lines &&
                           page->picture * 100 <= page->text * picture);
}
