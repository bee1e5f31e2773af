/* SPDX-License-Identifier: Apache-2.0
 *
 * The pieces of the five steps. One file a step; this header is what they
 * hand to each other.
 */
#ifndef DSC_SCRUB_SCRUB_PRIV_H
#define DSC_SCRUB_SCRUB_PRIV_H

#include "blit/blit.h"
#include "codec/codec.h"
#include "dcmscrub.h"
#include "deid/face.h"
#include "deid/mapping.h"
#include "deid/object.h"
#include "deid/residual.h"
#include "detect/codes.h"
#include "detect/detect.h"
#include "mask/mask.h"
#include "ocr/ocr.h"
#include "policy/policy.h"

typedef enum dsc_documents { /* images that are pages of text */
    DSC_DOCUMENTS_QUARANTINE,
    DSC_DOCUMENTS_BLANK, /* all of it */
    DSC_DOCUMENTS_POLICY /* word by word, as others */
} dsc_documents;

typedef struct dsc_value_list { /* as dsc_learn gives them */
    char **items;
    size_t count, cap, bytes;
} dsc_value_list;

struct dsc_scrubber {
    unsigned find;
    dsc_policy *policy;
    dsc_documents documents;
    bool us_regions;
    bool keep_overlays;
    dsc_object_ways objects;
    bool refuse_faces;
    char transfer_syntax[65]; /* "" as read */
    dsc_key key;
    bool fresh_key;
    dsc_deid *deid;
    dsc_mapping *mapping; /* NULL: nothing is kept */
    const dsc_blit *blit;
    dsc_masks *masks;
    dsc_detector *detector;
    dsc_detect_effort effort;   /* of the plan */
    dsc_ocr *ocr;               /* NULL when nothing is read */
    const dsc_lessons *lessons; /* NULL: none */
    dsc_value_list told; /* news from other headers of the file at hand */
    dsc_taught taught;
};

/* ---- read: an instance opened, and all that follows from its header ---- */

typedef struct dsc_instance {
    dsc_dicom *ds;
    dsc_object_kind kind;
    bool has_pixels;        /* else there are no frames, and all below but
                               the facts is empty */
    const dsc_codec *codec; /* NULL without pixels */
    dsc_format fmt;
    uint32_t frames;
    dsc_palette palette;
    dsc_padding padding;
    bool has_padding;
    dsc_window window; /* of the header, in stored values */
    bool has_window;
    bool has_icon;         /* a picture in (0088,0200), at any level */
    uint32_t overlay_bits; /* bits of a sample word that hold overlays */
    dsc_cells cells;       /* of dsc_plan_cells; w is 0 before */
    dsc_facts facts;
    bool facts_known;  /* all of the header was read for them */
    dsc_facts learned; /* and those of other headers; empty: there are none */
    dsc_face face;
    const char *face_why;
} dsc_instance;

dsc_status dsc_instance_open(dsc_instance *out, const dsc_input *input,
                             dsc_error *err);
void dsc_instance_close(dsc_instance *inst);
/* Looks at all frames for words with bits beyond their sample that no header
 * claims: then all such bits are taken for overlay bits. */
dsc_status dsc_instance_find_spare_bits(dsc_instance *inst,
                                        dsc_error *err) DSC_WARN_UNUSED;
/* Take over what is known from other headers of the study and the patient. */
dsc_status dsc_instance_learn(dsc_scrubber *s, dsc_instance *inst,
                              dsc_error *err) DSC_WARN_UNUSED;
/* What text in the picture and in the header is compared with. */
static inline const dsc_facts *dsc_instance_facts(const dsc_instance *inst)
{
    return inst->learned.count ? &inst->learned : &inst->facts;
}
/* What others tell of this dataset and it does not say itself, added to the
 * facts; asked for once until it is forgotten, at the next file. */
dsc_status dsc_lessons_facts(dsc_scrubber *s, const dsc_dicom *ds,
                             dsc_facts *facts, dsc_error *err) DSC_WARN_UNUSED;
void dsc_lessons_forget(dsc_scrubber *s);
/* What the options say of instances of this kind: DSC_OK to clean it,
 * DSC_UNSUPPORTED to quarantine, DSC_NOTDICOM to drop it. */
dsc_status dsc_instance_admit(const dsc_scrubber *s, const dsc_instance *inst,
                              dsc_error *err) DSC_WARN_UNUSED;
/* What of `result` the header tells (SOP class, sizes, new UIDs). */
dsc_status dsc_instance_describe(const dsc_instance *inst, const dsc_deid *deid,
                                 dsc_result *result, dsc_error *err);
/* Encoded bytes of a frame, and its samples with overlay bits cleared. Either
 * output may be NULL, not both. */
dsc_status dsc_instance_frame(dsc_instance *inst, uint32_t frame,
                              dsc_buf *encoded, dsc_frame *decoded,
                              dsc_error *err);
/* The samples of bytes that are in the instance's transfer syntax. */
dsc_status dsc_instance_decode(const dsc_instance *inst, uint32_t frame,
                               dsc_bytes encoded, dsc_frame *decoded,
                               dsc_error *err);
/* The same for looking for text: colour is as clear as the stream allows, and
 * samples need not be those of dsc_instance_decode. */
dsc_status dsc_instance_look(const dsc_instance *inst, uint32_t frame,
                             dsc_bytes encoded, dsc_frame *decoded,
                             dsc_error *err);
/* Clear the bits that overlays claim. */
void dsc_instance_clear_overlays(const dsc_instance *inst, dsc_frame *frame);
static inline dsc_bytes dsc_bytes_of(const dsc_buf *buf)
{
    return (dsc_bytes){buf->data, buf->len};
}
/* The black of a decoded frame. */
dsc_fill dsc_instance_black(const dsc_instance *inst, const dsc_frame *frame);
/* May a stream of this instance be changed without decoding it? */
bool dsc_instance_edits_streams(const dsc_instance *inst);

/* ---- views: what a text finder sees of a frame ---- */

#define DSC_MAX_VIEWS 4

typedef struct dsc_views {
    dsc_view items[DSC_MAX_VIEWS];
    size_t count;
} dsc_views;

dsc_status dsc_views_render(dsc_views *views, const dsc_blit *blit,
                            const dsc_instance *inst, const dsc_frame *frame,
                            dsc_error *err);
void dsc_views_free(dsc_views *views);
/* A pixel's red, green and blue from what all views of a frame in colour show
 * of it, a level more or less, and back. */
void dsc_views_to_rgb(const int *views, int *rgb);
void dsc_views_of_rgb(const int *rgb, int *views);
/* A pixel's strongest channel, its luma, and its hue: red less green and blue
 * less green. Of a frame in colour only. */
typedef struct dsc_colour {
    int16_t m, luma, u, v;
} dsc_colour;
dsc_colour dsc_views_colour(const dsc_views *views, int32_t x, int32_t y);
/* How the hue of a pixel differs from the ground's, and how strong that is,
 * squared. */
typedef struct dsc_hue {
    int64_t u, v;
} dsc_hue;
dsc_hue dsc_hue_from(dsc_colour ground, dsc_colour c);
int64_t dsc_hue_square(dsc_hue h);
/* How far a hue is off those between the ground's (0, 0) and letters, and half
 * as far beyond these, for a compression changes how strong a colour is. */
dsc_hue dsc_hue_off(dsc_hue h, dsc_hue letters);
/* The first views show text of nearly all colours. Later ones are for what has
 * the brightness and the strength of the colour behind it, and count only where
 * they show what no earlier one shows as well. */
#define DSC_FIRST_VIEWS 2
static inline int dsc_views_at(const dsc_views *views, size_t view, int32_t x,
                               int32_t y)
{
    const dsc_view *v = &views->items[view];

    return v->data[(size_t)y * v->stride + (size_t)x];
}
/* Row y of a box. */
static inline const uint8_t *dsc_view_row(const dsc_view *v, dsc_rect box,
                                          int32_t y)
{
    return v->data + (size_t)(box.y + y) * v->stride + (size_t)box.x;
}
/* Does view `which` do so in the box? */
bool dsc_views_has_news(const dsc_views *views, size_t which, dsc_rect box);
/* The part of `within` in which it does. */
dsc_rect dsc_views_news(const dsc_views *views, size_t which, dsc_rect within);
/* A bar that is explained, as a region that stays. */
#define DSC_RULE_BAR "bar"
/* Bars of colours in which each pixel is accounted for (scrub_bar.c), which are
 * no text: *bars is replaced by them, and the views show ground there. With
 * `kept` only those that were one before, on this frame: what is left of
 * another where text is blanked may look like one. */
dsc_status dsc_take_bars(dsc_views *views, const dsc_region_list *kept,
                         uint32_t frame, dsc_rects *bars,
                         dsc_error *err) DSC_WARN_UNUSED;
/* Tiles of `from` (columns x rows of them) within a bar's width of one are
 * marked in `to` as well. */
void dsc_bars_take_tiles(const dsc_rects *bars, const uint8_t *from,
                         uint32_t columns, uint32_t rows, uint8_t *to);
/* Ink in bars of colours or greys: *ink is replaced by a box around what lines
 * across them show besides one colour. `filled`: pixels that are not known, or
 * NULL. */
dsc_status dsc_find_bar_ink(const dsc_views *views, const uint8_t *filled,
                            dsc_rects *ink, dsc_error *err) DSC_WARN_UNUSED;
/* Panels and buttons that hold text (scrub_level.c): *panels is replaced by
 * them, and the views show what is on them on the ground around them. `boxed`
 * as below. */
dsc_status dsc_level_panels(dsc_views *views, const uint8_t *boxed,
                            dsc_rects *panels, dsc_error *err) DSC_WARN_UNUSED;
/* Mark what is in boxes of this frame, a byte a pixel of the views; false: none
 * is. */
dsc_status dsc_mark_boxes(const dsc_views *views, const dsc_region_list *boxes,
                          uint32_t frame, dsc_buf *boxed, bool *any,
                          dsc_error *err) DSC_WARN_UNUSED;
/* Put the surroundings' colour there. */
void dsc_fill_boxes(dsc_views *views, const uint8_t *boxed);

/* ---- plan: what changed from frame to frame ---- */

/* Noise and compression between frames of a still scene are below this. With 12
 * a noisy still scene is searched on every frame, at 30 times the cost. */
#define DSC_CHANGE_LEVELS 24

/* Tiles of DSC_TILE pixels a side, columns x rows of them. Starts empty. */
typedef struct dsc_changes {
    dsc_views seen;         /* each part of each view as it was last searched */
    uint32_t width, height; /* of the picture, in pixels */
    uint32_t columns, rows;
    uint8_t *any;  /* tiles that changed in any view */
    uint8_t *todo; /* those of them that are to be searched yet */
} dsc_changes;
dsc_status dsc_changes_make(dsc_changes *changes, uint32_t width,
                            uint32_t height, dsc_error *err) DSC_WARN_UNUSED;
void dsc_changes_free(dsc_changes *changes);
/* Compare; false: nothing changed. */
bool dsc_changes_find(dsc_changes *changes, const dsc_blit *blit,
                      const dsc_views *now, const dsc_rects *bars);
void dsc_changes_none(dsc_changes *changes);
/* Did anything change in the box, in any view? */
bool dsc_changes_at(const dsc_changes *changes, dsc_rect box);
/* What is searched again, part by part. */
bool dsc_changes_next(dsc_changes *changes, dsc_rect *part);
/* When all was searched: `now` becomes what was seen, and may be swapped. */
void dsc_changes_take(dsc_changes *changes, dsc_views *now);

/* ---- plan: find text ---- */

/* A word or a whole line, with what the policy says. */
typedef struct dsc_span {
    dsc_rect box;  /* its ink and a pixel around */
    dsc_rect halo; /* what else should go with it, if it goes */
    dsc_decision decision;
    bool was_read; /* OCR gave words for it */
    bool sure;     /* and is sure of them */
    bool settled;  /* another finding says better what this is: no box */
    float read;    /* 0..1: how sure the OCR is */
    bool at_ruler; /* a number that stands beside this one: */
    dsc_ruler ruler;
} dsc_span;

/* A line of text on a range of frames. */
typedef struct dsc_track {
    dsc_rect box;
    uint32_t first, last;
    float score;
    bool was_read;
    bool doubted;    /* a second look did not find it, nor says it anything */
    bool extended;   /* it was there unchanged on another frame as well */
    bool is_code;    /* no text: a barcode or a QR code */
    bool is_rest;    /* ink of a box that is in none of its rows */
    bool is_news;    /* read where an earlier view has text, for other ink */
    bool is_bar;     /* no text: a bar of colours that is explained whole */
    bool is_bar_ink; /* ink in one, whatever it says */
    dsc_rect beside; /* of faint ink: the finder's box that it was seen in */
    bool loose;      /* it shows more than the words: other ones on other
                        frames, or something far beside them */
    dsc_span *spans;
    size_t span_count;
    dsc_words words; /* of the spans; empty where nothing was read */
} dsc_track;

/* How much of a picture is text. */
typedef struct dsc_page {
    size_t lines;         /* that were read */
    size_t text, picture; /* tiles with text, and with something else */
} dsc_page;

typedef struct dsc_tracks {
    dsc_track *items;
    size_t count, cap;
    dsc_page page; /* of the first frame */
} dsc_tracks;
void dsc_track_free(dsc_track *track); /* what it owns */
void dsc_tracks_free(dsc_tracks *tracks);
/* Takes spans and words over. */
dsc_status dsc_track_add(dsc_tracks *tracks, dsc_track *track,
                         dsc_error *err) DSC_WARN_UNUSED;

/* What the finder told of planes it has seen, so that a plane which is searched
 * again, in the next round of the proof or on another frame, costs nothing. */
typedef struct dsc_looks dsc_looks;
dsc_status dsc_looks_create(dsc_looks **out, dsc_error *err) DSC_WARN_UNUSED;
void dsc_looks_free(dsc_looks **looks);
/* dsc_detector_find, through them; `looks` NULL: none. */
dsc_status dsc_look_at(dsc_looks *looks, dsc_detector *detector,
                       const dsc_plane *plane, const dsc_rect *within,
                       dsc_detect_effort effort, dsc_text_boxes *out,
                       dsc_error *err) DSC_WARN_UNUSED;

/* Of a line that was seen on another frame, with its box's pixels there, row by
 * row: is its ink the same in the view, wherever the finder's box `line`
 * reaches now? */
bool dsc_ink_same(const dsc_view *view, const uint8_t *old, dsc_rect box,
                  const dsc_text_box *line);
/* Does it stand there, whatever moves behind it? */
bool dsc_ink_stands(const dsc_view *view, const uint8_t *old, dsc_rect box,
                    bool dark);

/* A line as the first frame showed it on which it was found: its box in a view.
 */
typedef struct dsc_start {
    size_t track;
    dsc_rect box;
    size_t view;
    bool dark;
    uint8_t *px;
} dsc_start;
typedef struct dsc_starts {
    dsc_start *items;
    size_t count, cap, bytes;
} dsc_starts;
/* With a copy of its pixels. Beyond 32 MiB of them a clip is noise: then none
 * is added. */
dsc_status dsc_starts_add(dsc_starts *starts, dsc_start start,
                          const uint8_t *px, dsc_error *err) DSC_WARN_UNUSED;
void dsc_starts_free(dsc_starts *starts);

/* All text on all frames. Frames are compared, and only what changed is
 * searched again. */
typedef struct dsc_text_search {
    dsc_detect_effort effort;
    const dsc_region_list *blank; /* boxes that are known to be, or NULL */
    const dsc_region_list *gone;  /* where text was before, or NULL */
    const dsc_region_list *kept;  /* what was found to be harmless, or NULL */
    dsc_looks *looks;             /* or NULL */
} dsc_text_search;
dsc_status dsc_find_text(dsc_scrubber *s, dsc_instance *inst,
                         const dsc_text_search *how, dsc_tracks *tracks,
                         dsc_error *err) DSC_WARN_UNUSED;
/* When all lines of all frames are there: what those of one frame tell of each
 * other, words that cannot be told apart, and text that was found twice. What
 * stood beside text that is `gone` (NULL: none) does not stand alone. */
dsc_status dsc_decide_frames(const dsc_scrubber *s, const dsc_facts *facts,
                             dsc_tracks *tracks, const dsc_region_list *gone,
                             dsc_error *err) DSC_WARN_UNUSED;
/* The last of these: text that was read well once and badly once is what was
 * read well. Only where what stays is known to be harmless. */
void dsc_tracks_reconcile(dsc_tracks *tracks);
/* Tracks from `first` on are lines that a view shows where an earlier one
 * showed text, and other ink: two texts at one place look like one that is hard
 * to read. What was not read well there is taken for unread, unless it was read
 * the same in both. */
void dsc_tracks_doubt(const dsc_policy *policy, dsc_tracks *tracks,
                      size_t first);
/* Lines on one plane, read and decided each by itself: the part of the above
 * that overlays share. */
typedef struct dsc_line_search {
    const dsc_facts *facts;
    const dsc_rect *within; /* NULL: all of the plane */
    dsc_detect_effort effort;
    uint32_t frame;
    dsc_looks *looks;       /* NULL: none */
    const dsc_views *views; /* of which the plane is number `view`, or NULL */
    size_t view;
    dsc_tracks *old;         /* of earlier frames, some go on here, or NULL */
    const dsc_rects *bars;   /* that the plane does not show, or NULL */
    const dsc_rects *panels; /* that it shows as ground, or NULL */
    const dsc_plane *whole;  /* the plane with all; NULL: there are none */
    const uint8_t *filled;   /* per pixel: was it in a black box? or NULL */
    /* Lines that are new on this frame are looked at again; NULL: none. */
    bool (*is_new)(void *clip, const dsc_text_box *line);
    /* Lines that are known need not be read; NULL: none is. */
    bool (*is_known)(void *clip, const dsc_text_box *line);
    /* A line was read; its tracks are those from `first` on. May be NULL. */
    dsc_status (*was_read)(void *clip, const dsc_text_box *line, size_t first,
                           dsc_error *err);
    void *clip;
    bool still; /* the only frame */
} dsc_line_search;
dsc_status dsc_find_lines(dsc_scrubber *s, const dsc_plane *plane,
                          const dsc_line_search *how, dsc_tracks *tracks,
                          dsc_error *err) DSC_WARN_UNUSED;
/* Of the tracks from `first` on: a word that may stay leaves a strip of another
 * line's words to those, and what shows nothing but words is settled. */
dsc_status dsc_share_ink(const dsc_line_search *how, const dsc_plane *plane,
                         dsc_tracks *tracks, size_t first,
                         dsc_error *err) DSC_WARN_UNUSED;
/* Two boxes that are one line seen twice. */
bool dsc_same_line(dsc_rect a, dsc_rect b);

/* Barcodes and QR codes of a plane as tracks, whatever the policy. */
dsc_status dsc_find_codes(const dsc_plane *plane, const dsc_rect *within,
                          uint32_t frame, dsc_tracks *tracks,
                          dsc_error *err) DSC_WARN_UNUSED;
/* Does the box lie wholly in a code of this frame? */
bool dsc_codes_hold(const dsc_tracks *tracks, uint32_t frame, dsc_rect box);
/* Lines that stand at a code say what it says: they go with it. */
void dsc_codes_claim_text(dsc_tracks *tracks);
/* The level of the paper: what most of the box's edge shows. */
int dsc_ground_of(const dsc_plane *plane, dsc_rect box);
/* Is the box's ink a piece of a straight line that goes on far beyond it? */
bool dsc_is_rule(const dsc_plane *plane, dsc_rect box);
/* Does the box hold nothing but a piece of a scale of colours? */
bool dsc_is_bar(const dsc_plane *plane, dsc_rect box);
/* The ruler with a mark beside a number, of which the box and its paper's level
 * and contrast are told. */
bool dsc_ruler_beside(const dsc_plane *plane, dsc_rect number, int ground,
                      int contrast, dsc_ruler *out);
/* Does the box hold nothing but marks of a ruler? */
bool dsc_is_ticks(const dsc_plane *plane, dsc_rect box, int ground,
                  int contrast);
/* The spans of a track whose box, score and frames are set: of its words, or of
 * a line in which nothing could be read. */
dsc_status dsc_words_decide(const dsc_scrubber *s, const dsc_facts *facts,
                            const dsc_plane *plane, dsc_track *track,
                            dsc_error *err) DSC_WARN_UNUSED;
dsc_status dsc_words_unread(const dsc_scrubber *s, const dsc_plane *plane,
                            dsc_track *track, dsc_error *err) DSC_WARN_UNUSED;
/* Does ink that goes speak against what stands right beside it? The marks of a
 * ruler do, but not against its numbers: any other ink at them was not told
 * apart from them. */
bool dsc_span_speaks(const dsc_span *by, const dsc_span *of);
/* Where a word that goes and one that stays touch, both go. */
void dsc_words_part(dsc_track *track);

/* A box of the finder as it was read: as a line, and where that went badly also
 * as rows of letters, twice (dsc_ocr_rows); else these are empty. */
typedef struct dsc_reading {
    dsc_words line, rows, small;
    /* A box of the line, read well, shows more than its letters. */
    bool crowded;
    const uint8_t *filled; /* borrowed: as in dsc_holds_other_ink */
} dsc_reading;
void dsc_reading_free(dsc_reading *r);
/* Drop the rows where the line is the surer reading. With a second reading of
 * the rows, the first has its say in any case. */
void dsc_reading_choose(dsc_reading *r);
/* *out is replaced. For policies that keep only what is known. */
dsc_status dsc_words_read(dsc_ocr *ocr, const dsc_plane *plane,
                          const uint8_t *filled, const dsc_text_box *box,
                          dsc_reading *out, dsc_error *err) DSC_WARN_UNUSED;
/* Judge all readings and add one: the rows, if they are the surer reading and
 * some of them stays (under "safe" only), else the line, which goes whole. Of
 * the rows that two readers read, nothing stays that one of them takes for what
 * identifies. `track` has box, score and frames; spans and words are used up.
 */
dsc_status dsc_words_judge(const dsc_scrubber *s, const dsc_facts *facts,
                           const dsc_plane *plane, const dsc_reading *reading,
                           dsc_track *track, dsc_tracks *tracks,
                           dsc_error *err) DSC_WARN_UNUSED;

/* What view `which` shows in the box besides the colour of words that were read
 * well and may stay, as a compression spreads it around their strokes: *left is
 * replaced by boxes of all other ink, none where there is none, or by the box,
 * where it cannot be told. */
dsc_status dsc_take_fringe(const dsc_views *views, size_t which, dsc_rect box,
                           const dsc_rects *words, dsc_rects *left,
                           dsc_error *err) DSC_WARN_UNUSED;
/* Is word `span`, read so well, one that stays, or may it? */
bool dsc_span_is_trusted(const dsc_track *track, size_t span, float read);
/* The darkest and the brightest pixel of a box; false where it is outside. */
bool dsc_range_of(const dsc_plane *p, dsc_rect r, int *low, int *high);
/* Does what was read there identify somebody? What the header does not know has
 * to be read for that. */
bool dsc_span_identifies(const dsc_span *s);
/* Does a word of the line stay, or may it for what stands around it? */
bool dsc_words_may_stay(const dsc_track *track);
/* Panels and buttons of a screen are its paper, each in a colour of its own. In
 * the mask, a byte a pixel of the plane, those get DSC_PANEL that lie in bars
 * of one colour (levels `same`) longer than `length`, which is to be more than
 * any stroke has there; of pixels with the mark `of` (0: all). The mask's
 * highest bit must be free. */
#define DSC_PANEL        16
#define DSC_PANEL_LEVELS 2 /* that the colour of one differs by */
void dsc_mark_bars(const dsc_plane *plane, uint8_t of, int same, int32_t length,
                   uint8_t *mask);
/* The same in and around a box of text, with all that is of such a colour and
 * connected to it within half a letter: the mask, the caller's, of an area. */
dsc_status dsc_panels_in(const dsc_plane *plane, dsc_rect box, uint8_t **mask,
                         dsc_rect *area, dsc_error *err) DSC_WARN_UNUSED;
/* Ink in one of the finder's boxes that a reader did not see, too faint beside
 * the brightest letters or dark where they are bright, and in no word of the
 * tracks that this frame shows: rows of letters, each of one kind, added to
 * `out`. */
dsc_status dsc_find_faint(const dsc_plane *plane, const dsc_text_boxes *boxes,
                          size_t which, const dsc_tracks *tracks,
                          uint32_t frame, dsc_text_boxes *out,
                          dsc_error *err) DSC_WARN_UNUSED;
/* The same beside a bar, both darker and brighter than the ground, and of any
 * strength: where a bar is even there is no ringing. `boxes` is as before. */
dsc_status dsc_find_beside_bar(const dsc_plane *plane, dsc_text_boxes *boxes,
                               dsc_rect bar, const dsc_tracks *tracks,
                               uint32_t frame, dsc_text_boxes *out,
                               dsc_error *err) DSC_WARN_UNUSED;
/* Does a word's box show ink that is none of its strokes, nor beside one? */
bool dsc_bars_holds_other_ink(const dsc_views *views,
                              dsc_rect word) DSC_WARN_UNUSED;

/* Ink in a word's box that has neither the colour of its letters nor of their
 * ground: all of it that ends near the word, in *ink; else that is empty. Only
 * where there are views of colour. */
dsc_status dsc_find_tint(const dsc_views *views, dsc_rect word, dsc_rect *ink,
                         dsc_error *err) DSC_WARN_UNUSED;
/* Words of the track with such ink do not stay, and go with it. */
dsc_status dsc_words_see_tint(const dsc_scrubber *s, const dsc_views *views,
                              dsc_track *t, dsc_error *err) DSC_WARN_UNUSED;

/* Does the word's box show ink that its letters cannot have? `filled`: pixels
 * that only look like what is beside them, or NULL. */
dsc_status dsc_holds_other_ink(const dsc_plane *plane, const uint8_t *filled,
                               const dsc_word *word, bool *does,
                               dsc_error *err) DSC_WARN_UNUSED;
/* Words of the track with such ink do not stay. */
dsc_status dsc_words_see_inside(const dsc_scrubber *s, const dsc_plane *plane,
                                const uint8_t *filled, dsc_track *t,
                                dsc_error *err) DSC_WARN_UNUSED;

/* The page that a plane and the lines found on it make. */
void dsc_page_measure(dsc_page *page, const dsc_plane *plane,
                      const dsc_tracks *tracks);
/* Is it a page of text, by the header or by the page? */
bool dsc_is_document(const dsc_instance *inst, const dsc_page *page);

/* ---- plan: findings to regions ---- */

dsc_status dsc_region_add(dsc_region_list *list, const dsc_region *region,
                          dsc_error *err);
/* Regions to blank and text that is kept, from masks, ultrasound regions,
 * pixels and overlays. */
dsc_status dsc_plan_instance(dsc_scrubber *s, dsc_instance *inst,
                             dsc_result *result, dsc_error *err);
/* The part of it that needs no pixels; DSC_UNSUPPORTED where no mask is known
 * and no text search was asked for. */
dsc_status dsc_plan_masks(dsc_scrubber *s, dsc_instance *inst,
                          dsc_result *result, dsc_error *err);
/* A region of these frames, to be filled in. */
dsc_region dsc_region_of(dsc_rect box, uint32_t first, uint32_t last);
/* What can be blanked in all frames; borrowed from the instance. With `parts`
 * for good in parts of cells where the frames allow it, which takes a look at
 * all that they store: worth it where there is text beside the boxes. */
dsc_status dsc_plan_cells(dsc_instance *inst, bool parts,
                          const dsc_cells **cells,
                          dsc_error *err) DSC_WARN_UNUSED;
/* Findings of a text search as regions, added to the lists. Blanked boxes reach
 * as far as their halo, but not into text that is kept; with `cells` (or NULL)
 * nor where the halo's cells would. */
dsc_status dsc_plan_tracks(const dsc_tracks *tracks, uint16_t overlay,
                           const dsc_cells *cells, dsc_region_list *regions,
                           dsc_region_list *kept, dsc_error *err);
dsc_rect dsc_region_box(const dsc_region *region);
/* On one plane, and on one frame at least? */
bool dsc_regions_meet(const dsc_region *a, const dsc_region *b);
/* Grow the pixel regions to the codec's cells and clip them. Kept text that a
 * region cuts goes as a region of its own; may be called again after more
 * regions have come. */
dsc_status dsc_plan_settle(dsc_instance *inst, dsc_region_list *regions,
                           dsc_region_list *kept, dsc_error *err);
/* The rectangles of one frame. */
dsc_status dsc_plan_rects(const dsc_region_list *regions, uint32_t frame,
                          dsc_rects *out, dsc_error *err);

/* ---- the header ---- */

/* The de-identification of one instance. */
typedef struct dsc_header_case {
    dsc_deid_case *deid;
    dsc_object *object; /* the rules for its kind */
} dsc_header_case;

/* Borrows the instance. */
dsc_status dsc_header_open(dsc_header_case *out, const dsc_scrubber *s,
                           const dsc_instance *inst, dsc_error *err);
void dsc_header_close(dsc_header_case *header);

/* ---- act ---- */

/* Write the cleaned instance to `out` as the regions say. Changes the header
 * of inst->ds. */
dsc_status dsc_act(dsc_scrubber *s, dsc_instance *inst, dsc_outfile *out,
                   dsc_result *result, dsc_error *err);
/* The same for what has no pixels. */
dsc_status dsc_act_object(dsc_scrubber *s, dsc_instance *inst, dsc_outfile *out,
                          dsc_result *result, dsc_error *err);

/* ---- prove ---- */

/* Compare frame by frame and search for text again. A failed check is
 * DSC_UNPROVEN; text that is left goes to `residual` as regions and is no
 * error by itself. `regions` NULL: every difference must be black, where
 * the differences are goes to `differences`, and what `required` names must be
 * blank too. */
typedef struct dsc_prove_request {
    const dsc_region_list *regions;
    const dsc_region_list *kept;     /* may be NULL */
    dsc_region_list *differences;    /* used when regions is NULL */
    const dsc_region_list *required; /* the same */
    dsc_region_list *residual;
    dsc_looks *looks; /* of other rounds, or NULL */
    unsigned unknown; /* of the run that made the output: see dsc_deid_check */
} dsc_prove_request;
dsc_status dsc_prove_instance(dsc_scrubber *s, dsc_instance *source,
                              dsc_instance *output,
                              const dsc_prove_request *request,
                              dsc_proof *proof, dsc_error *err);

/* The part of it that is about no frame: attributes that tell how frames look,
 * overlay planes, icons and curves. */
dsc_status dsc_prove_rest(dsc_scrubber *s, dsc_instance *source,
                          dsc_instance *output,
                          const dsc_prove_request *request, dsc_error *err);
/* A mark, or a number of a scale, that was kept for what stands around it is
 * the same ink still, though others of its scale are cut off now, or are read
 * otherwise: on all frames of the track it has no box. What identifies has. */
void dsc_prove_settle(dsc_tracks *tracks, const dsc_region_list *kept);
/* Is the find so near to such a mark that it does not stand alone? */
bool dsc_prove_disturbs(const dsc_region *found, const dsc_region *kept);
/* Is text found in the output blanked, or judged harmless, already? */
bool dsc_prove_is_known(const dsc_region *found,
                        const dsc_prove_request *request, dsc_error *err);

/* Rectangles of cells of 8 x 8 pixels in which the two frames differ. */
typedef struct dsc_difference {
    const dsc_frame *source, *output;
    const dsc_fill *fill;
} dsc_difference;
dsc_status dsc_prove_find_cells(const dsc_difference *d, dsc_rects *out,
                                dsc_error *err);
/* Does every sample that differs have the blank value? */
bool dsc_prove_only_black(const dsc_difference *d, dsc_rect *where);
/* Frames of one sample a pixel: is the output in the rectangles as black as the
 * fill, or blacker? A quantiser may not hold the fill itself. */
bool dsc_prove_as_black(const dsc_difference *d, const dsc_rects *rects,
                        dsc_rect *where);

/* ---- small ---- */

void dsc_result_note(dsc_result *result, const char *note);
double dsc_now_ms(void);

#endif
