/* SPDX-License-Identifier: Apache-2.0
 *
 * libdcmscrub: remove burned-in identifying text from a DICOM instance.
 *
 *     read -> plan -> act -> prove -> commit
 *
 * A dsc_scrubber holds what is needed for many instances (masks, detector,
 * OCR handle, key) and serves one thread; make one per worker. No function
 * prints, and no message holds a patient value, file name or original UID.
 *
 * The outcome of an instance is not an error: a file that cannot be cleaned
 * and proven is DSC_QUARANTINED with a reason, and its output does not exist.
 * A dsc_status comes back only from set-up.
 */
#ifndef DCMSCRUB_H
#define DCMSCRUB_H

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- options ---- */

enum {                           /* where findings come from */
    DSC_FIND_MASKS = 1u << 0,    /* region templates */
    DSC_FIND_OCR = 1u << 1,      /* lines that could be read */
    DSC_FIND_DETECTOR = 1u << 2, /* lines that were found, read or not */
    DSC_FIND_ALL = 7u
};

typedef struct dsc_options {
    unsigned find;            /* DSC_FIND_* */
    const char *policy;       /* "safe", "phi" or "all" */
    const char *keep;         /* kinds of text that stay, "dates,times" */
    const char *remove;       /* kinds that go, "vendor"; NULL: none */
    const char *const *allow; /* files of terms that may stay */
    size_t allow_count;
    const char *detect;       /* "fast" or "thorough": how the plan looks for
                                 text; the proof is always thorough */
    const char *documents;    /* images of letters, reports, dose screens:
                                 "quarantine" (also NULL), "blank" or "policy" */
    const char *models;       /* folder of the text finder's weights */
    const char *languages;    /* of the OCR, "eng", "eng+deu" */
    const char *const *masks; /* files or folders of templates */
    size_t mask_count;
    bool us_regions;    /* also blank outside (0018,6011) */
    bool keep_overlays; /* keep 60xx planes, blank text in them */
    const char *faces;  /* slices that can be rendered to a face: "warn" (also
                           NULL) or "quarantine" */
    const char *transfer_syntax; /* UID to write; NULL: as read */
    const uint8_t *key;          /* 32 bytes; NULL: a random one */
    bool fresh_key;      /* nobody else has it: dsc_prove cannot expect the
                            UIDs, pseudonyms and dates of another run */
    const char *profile; /* of the header: "basic" (also NULL), "research",
                            "internal", or a YAML file */
    const char *id_map;  /* CSV of real and trial Patient IDs, or NULL */
    /* "sr=quarantine,document=drop": what is done with kinds of objects, each
     * on top of those before */
    const char *const *objects;
    size_t object_count;
    /* What is in id_map, where it need not be read: its name then only serves
     * messages. */
    const char *id_map_text;
    /* Encrypted file that will tell what stands for what (dsc_reidentify);
     * NULL: nothing is kept. It is under 32 bytes of its own, a passphrase, or
     * else `key`. */
    const char *keep_mapping;
    const uint8_t *mapping_key;
    const char *mapping_passphrase;
} dsc_options;
#define DSC_OPTIONS_INIT                                                       \
 {                                                                             \
  .find = DSC_FIND_ALL, .policy = "safe", .detect = "thorough",                \
  .languages = "eng"                                                           \
 }

/* ---- result ---- */

typedef enum dsc_outcome {
    DSC_CLEAN,       /* written; nothing had to be blanked */
    DSC_SCRUBBED,    /* written; something was blanked */
    DSC_QUARANTINED, /* not written: see reason */
    DSC_FAILED,      /* not written: the environment, try again */
    DSC_IGNORED      /* no DICOM instance (other files, DICOMDIR), or dropped
                        as the options ask */
} dsc_outcome;
DSC_API const char *dsc_outcome_name(dsc_outcome outcome);

/* A rectangle in stored pixel coordinates over a range of frames (from 0,
 * both included). In dsc_result.regions it is what was blanked, grown to
 * whole MCUs for JPEG, or blocks without colour; in dsc_result.kept it is text
 * that stayed. */
typedef struct dsc_region {
    uint32_t first_frame, last_frame;
    int32_t x, y, w, h;
    const char *source; /* "mask", "detector", "ocr", "operator" */
    const char *cls;    /* "name", "id", "date", ..., "unknown" */
    const char *rule;   /* the policy's, as "header-name"; NULL: no text */
    const char *reason; /* why, without patient data */
    float confidence;   /* 0..1 */
    bool doubtful;      /* near a threshold: for people to look at */
    uint16_t overlay;   /* 0: pixels, else the 60xx group it was in */
    char mask[96];      /* template id, or "" */
} dsc_region;

typedef struct dsc_region_list {
    dsc_region *items;
    size_t count, cap;
} dsc_region_list;

/* The proof. Counts are -1 where nobody looked: residual_text without a text
 * search (masks only), residual_header where the proof ended before. */
typedef struct dsc_proof {
    bool done;
    bool boxes_blank;
    bool outside_identical;
    long residual_text;
    long residual_header;
} dsc_proof;

enum {
    DSC_MS_READ,
    DSC_MS_PLAN,
    DSC_MS_ACT,
    DSC_MS_PROVE,
    DSC_MS_COUNT
};

/* Whose file it is: hashes, of the Study Instance UID, of the Patient ID with
 * its issuer, of the Patient's Name. 0: the header does not tell. */
typedef struct dsc_kin {
    uint64_t study, patient, name;
} dsc_kin;

/* What other headers told when a file was judged. */
typedef struct dsc_taught {
    bool asked; /* else all is 0 */
    dsc_kin kin;
    uint64_t told, known; /* digests: of what others told; of this and what its
                             own header says */
} dsc_taught;

#define DSC_MAX_NOTES  8
#define DSC_MAX_DEVICE 130

typedef struct dsc_result {
    dsc_outcome outcome;
    char reason[256];
    char sop_class[65];
    char modality[17];
    char device[DSC_MAX_DEVICE]; /* maker and model; "" where it may identify */
    char ts_in[65], ts_out[65];
    char study[65], series[65], instance[65]; /* keyed new UIDs */
    uint32_t columns, rows, frames;
    dsc_region_list regions, kept;
    dsc_proof proof;
    double ms[DSC_MS_COUNT];
    /* What a reader should know: "12-bit JPEG rewritten as JPEG lossless",
     * "overlay planes removed". Static strings. */
    const char *notes[DSC_MAX_NOTES];
    size_t note_count;
    uint64_t bytes_in, bytes_out;
    dsc_taught taught;
    bool name_taken; /* quarantined since another output has its name */
    bool was_there;  /* the output, with the same bytes */
} dsc_result;
#define DSC_RESULT_INIT                                                        \
 {                                                                             \
  .outcome = DSC_FAILED                                                        \
 }
DSC_API void dsc_result_free(dsc_result *result); /* leaves it empty */

/* ---- work ---- */

typedef struct dsc_scrubber dsc_scrubber;

/* DSC_USAGE for a wrong option, mask file or missing OCR language. */
DSC_API dsc_status dsc_scrubber_create(dsc_scrubber **out,
                                       const dsc_options *options,
                                       dsc_error *err) DSC_WARN_UNUSED;
DSC_API void dsc_scrubber_free(dsc_scrubber **scrubber);

/* An input: a file, or bytes that stay in place during the call. */
typedef struct dsc_input {
    const char *path; /* NULL: memory */
    const void *data;
    size_t len;
} dsc_input;

/* What one file tells about others of its study and its patient: a name that
 * stands in the header of one may be in the picture of another, which lacks it.
 * dsc_learn takes the values of a header, whoever calls it keeps them, and a
 * scrubber asks for those that concern the file at hand. Used for pictures
 * and descriptions; patient data. */

/* A value is bytes that the library understands; equal values have equal
 * bytes. */
typedef dsc_status (*dsc_lesson_fn)(void *ctx, const void *value, size_t len,
                                    dsc_error *err);
/* Gives no values where the header tells neither study nor patient. */
DSC_API dsc_status dsc_learn(const dsc_input *input, dsc_kin *kin,
                             dsc_lesson_fn fn, void *ctx,
                             dsc_error *err) DSC_WARN_UNUSED;

typedef struct dsc_lessons {
    /* Gives each value that is known of this study or patient, in any order. */
    dsc_status (*recall)(void *ctx, const dsc_kin *kin, dsc_lesson_fn fn,
                         void *fn_ctx, dsc_error *err);
    void *ctx;
} dsc_lessons;
/* Borrowed; NULL: each file is judged by its own header. */
DSC_API void dsc_scrubber_use(dsc_scrubber *scrubber,
                              const dsc_lessons *lessons);
/* Of all that is known of this kin: a file that was judged when its `told` or
 * `known` was the same would be judged the same now. */
DSC_API dsc_status dsc_lessons_digest(const dsc_lessons *lessons,
                                      const dsc_kin *kin, uint64_t *digest,
                                      dsc_error *err) DSC_WARN_UNUSED;

/* What would be blanked and kept; writes nothing. */
DSC_API void dsc_plan(dsc_scrubber *scrubber, const dsc_input *input,
                      dsc_result *result);

/* Where an output goes: writes the path for `result` (its new UIDs are set)
 * to buf. */
typedef dsc_status (*dsc_output_path_fn)(void *ctx, const dsc_result *result,
                                         char *buf, size_t size,
                                         dsc_error *err);

/* All five steps, for images and, without a search for text, for objects that
 * have no pixels (presentation states, reports ...). The output appears whole
 * and proven under the path that `path` gives, or not at all; result->outcome
 * says which. */
DSC_API void dsc_clean(dsc_scrubber *scrubber, const dsc_input *input,
                       dsc_output_path_fn path, void *ctx, dsc_result *result);

/* The proof on its own: is `output` the input with nothing changed but
 * blanked boxes, and no text left that the policy forbids? With `regions`
 * exactly those boxes; with NULL whatever is black in the output and was not
 * before, the masks' boxes among it. result->outcome is DSC_QUARANTINED with
 * the failed check, else DSC_CLEAN or DSC_SCRUBBED. */
DSC_API void dsc_prove(dsc_scrubber *scrubber, const dsc_input *input,
                       const dsc_input *output, const dsc_region_list *regions,
                       dsc_result *result);

/* What becomes of one attribute of the header. Borrowed during the call. */
typedef struct dsc_header_line {
    const char *path;    /* "(0008,1110)[0].(0008,1155)" */
    const char *keyword; /* "" for what no dictionary knows */
    const char *vr;
    const char *action; /* "keep", "remove", "empty", "set" */
    const char *code;   /* of PS3.15 Table E.1-1: "X/Z", "U" ...; "" */
    const char *why;
    const char *was, *now; /* patient data; NULL: no text, or none set */
} dsc_header_line;
typedef dsc_status (*dsc_header_fn)(void *ctx, const dsc_header_line *line);

/* The plan for the header, attribute by attribute; writes nothing. DSC_USAGE
 * and others as for reading an instance. */
DSC_API dsc_status dsc_header(dsc_scrubber *scrubber, const dsc_input *input,
                              dsc_header_fn fn, void *ctx,
                              dsc_error *err) DSC_WARN_UNUSED;

/* One pair of a mapping that was kept. Patient data, borrowed. */
typedef struct dsc_mapped {
    const char *kind; /* "patient-id", "patient-name", "uid", or "days": what
                         was added to dates */
    const char *real, *now;
} dsc_mapped;
/* Return false to stop. */
typedef bool (*dsc_mapped_fn)(void *ctx, const dsc_mapped *pair);

/* Tell every pair of the mapping at `path`; some may come more than once. One
 * of `key` (32 bytes) and `passphrase` is NULL. DSC_USAGE: it cannot be read,
 * or is under another key; DSC_BADFILE: truncated, damaged or tampered with;
 * the pairs told before that are right all the same. */
DSC_API dsc_status dsc_reidentify(const char *path, const uint8_t *key,
                                  const char *passphrase, dsc_mapped_fn fn,
                                  void *ctx, dsc_error *err) DSC_WARN_UNUSED;

/* One frame as 8-bit RGB for people to look at; free with free(). */
DSC_API dsc_status dsc_render(dsc_scrubber *scrubber, const dsc_input *input,
                              uint32_t frame, uint8_t **rgb, uint32_t *columns,
                              uint32_t *rows, dsc_error *err) DSC_WARN_UNUSED;

/* What is written in boxes of a file: calls fn(ctx, index, text) for each in
 * which words could be read on its first frame. The text is patient data, and
 * lives during the call. */
typedef void (*dsc_text_fn)(void *ctx, size_t box, const char *utf8);
DSC_API dsc_status dsc_read_regions(dsc_scrubber *scrubber,
                                    const dsc_input *input,
                                    const dsc_region_list *boxes,
                                    dsc_text_fn fn, void *ctx,
                                    dsc_error *err) DSC_WARN_UNUSED;

/* What the policy makes of one word of a text. Borrowed during the call. */
typedef struct dsc_explanation {
    const char *word; /* patient data, maybe */
    bool blank, doubtful;
    const char *cls, *rule, *reason; /* as in dsc_region */
    float confidence;
} dsc_explanation;
typedef void (*dsc_explain_fn)(void *ctx, const dsc_explanation *word);

/* The words of a text, line by line, as they would be judged in an image of
 * `input`; NULL: nothing is known of its header. */
DSC_API dsc_status dsc_explain(dsc_scrubber *scrubber, const dsc_input *input,
                               const char *text, dsc_explain_fn fn, void *ctx,
                               dsc_error *err) DSC_WARN_UNUSED;

/* ---- about ---- */

DSC_API const char *dsc_version(void);
/* Calls fn("DCMTK", "3.6.7"), fn("fill", "avx2") ... */
DSC_API void dsc_build_info(void (*fn)(void *ctx, const char *what,
                                       const char *value),
                            void *ctx);

#ifdef __cplusplus
}
#endif
#endif
