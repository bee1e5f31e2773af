/* SPDX-License-Identifier: Apache-2.0
 *
 * What goes, what stays: words that were read, facts of the header, and a
 * policy in; a decision with a reason for each word out. Pure: no files, no
 * libraries, no state.
 */
#ifndef DSC_POLICY_POLICY_H
#define DSC_POLICY_POLICY_H

#include "image/text.h"

typedef enum dsc_class {
    DSC_CLASS_UNKNOWN,
    DSC_CLASS_NAME,
    DSC_CLASS_ID,
    DSC_CLASS_DATE,
    DSC_CLASS_TIME,
    DSC_CLASS_INSTITUTION,
    DSC_CLASS_PERSON, /* physicians, operators */
    DSC_CLASS_DEVICE,
    DSC_CLASS_BIRTH,   /* a date of birth */
    DSC_CLASS_CONTACT, /* telephone, e-mail, address */
    DSC_CLASS_AGE,     /* age, sex */
    /* From here on nobody is identified. */
    DSC_CLASS_MEASUREMENT,
    DSC_CLASS_LABEL,
    DSC_CLASS_UNIT,
    DSC_CLASS_SCALE,
    DSC_CLASS_LATERALITY, /* left, right */
    DSC_CLASS_VENDOR      /* text of the device's own screens */
} dsc_class;
#define DSC_CLASS_COUNT (DSC_CLASS_VENDOR + 1)
const char *dsc_class_name(dsc_class c);
/* The same in the few words that the report's format knows. */
const char *dsc_class_report_name(dsc_class c);

/* An identifying value of the header in the form that words are compared in:
 * UTF-8, capitals without diacritics, digits, no separators. */
typedef enum dsc_fact_kind {
    DSC_FACT_WHOLE,
    DSC_FACT_SHORT,   /* Li, An: means little without a name beside it */
    DSC_FACT_INITIALS /* of a name, in some order */
} dsc_fact_kind;

typedef struct dsc_fact {
    dsc_class cls;
    dsc_fact_kind kind;
    uint32_t hash; /* of the value */
    char *value;
} dsc_fact;

typedef struct dsc_facts {
    dsc_fact *items;
    size_t count, cap;
} dsc_facts;

/* Add what one header value contributes: a person name gives its components,
 * a date its written forms, an ID its form without separators. Values too
 * short to mean anything are left out. The header's VR ("PN", "DA", "LO" ...)
 * says how to read the value. DSC_LIMIT past some thousands of values, or
 * where one has more than 64 KiB: the instance cannot be judged then. Dates and
 * times past that are left out instead, as they are also known by their shape.
 */
dsc_status dsc_facts_add(dsc_facts *facts, dsc_class cls, const char *vr,
                         const char *utf8, dsc_error *err) DSC_WARN_UNUSED;
void dsc_facts_free(dsc_facts *facts); /* wipes */

/* The class that an attribute's value belongs to when it identifies somebody
 * ((0010,0010) is a name, (0008,0080) an institution); false for attributes
 * that do not identify. Works for any nesting level. */
bool dsc_policy_identifying(uint32_t tag, const char *vr, dsc_class *cls);

/* The same of one value: a Study ID that reads "Thyroid" identifies nobody, and
 * the word may stay in the image. True where it cannot be told. */
bool dsc_policy_value_identifies(uint32_t tag, const char *vr, const char *utf8,
                                 dsc_class *cls);

typedef enum dsc_policy_kind {
    DSC_POLICY_ALL, /* every text goes */
    DSC_POLICY_PHI, /* what is recognised as identifying goes */
    DSC_POLICY_SAFE /* only what is known to be harmless stays */
} dsc_policy_kind;

/* A kind with its adjustments and a site's own harmless terms. Does not change
 * once it is made, so threads may share it. */
typedef struct dsc_policy dsc_policy;

/* `kind`: "safe", "phi", "all". `keep` and `drop`: lists of kinds of text as
 * "dates,times" that stay, or go, all the same; NULL or "" for none. Names, IDs
 * and dates of birth cannot be kept. DSC_USAGE for what is none. */
dsc_status dsc_policy_create(dsc_policy **out, const char *kind,
                             const char *keep, const char *drop,
                             dsc_error *err) DSC_WARN_UNUSED;
/* Terms that may stay, in the format of masks/allow/README.md. `name` is for
 * messages: DSC_USAGE, "NAME:LINE: what is wrong". */
dsc_status dsc_policy_allow(dsc_policy *policy, const char *name,
                            const char *text, size_t len,
                            dsc_error *err) DSC_WARN_UNUSED;
void dsc_policy_free(dsc_policy **policy);
/* Does only what is known to be harmless stay? */
bool dsc_policy_is_safe(const dsc_policy *policy);
/* A kind without adjustments. */
const dsc_policy *dsc_policy_plain(dsc_policy_kind kind);

typedef struct dsc_decision {
    bool blank;
    bool doubtful; /* near the threshold: for people to look at */
    dsc_class cls;
    float confidence; /* 0..1: that the class is right */
    /* Static text, no patient data: a word for programs, as "header-name" or
     * "allow-label", and a few for people, as "matches the header's name". */
    const char *rule;
    const char *reason;
} dsc_decision;

/* Decide on the words of one line, which are judged together (a name may be
 * two words, a date three). `out` has one entry a word. A line in which
 * nothing could be read is decided by dsc_policy_decide_unread. */
dsc_status dsc_policy_decide_line(const dsc_policy *policy,
                                  const dsc_facts *facts, const dsc_word *words,
                                  size_t count, dsc_decision *out,
                                  dsc_error *err) DSC_WARN_UNUSED;
/* A straight line of marks at even distances, from the upper end on, from the
 * left one if it lies. */
typedef struct dsc_ruler {
    float x, y;            /* the mark that is nearest to a number */
    float dx, dy;          /* to the next one, pixels */
    int32_t before, after; /* marks on either side of it */
    bool is_long;          /* it is larger than those beside it */
} dsc_ruler;
/* The rule of ink that is nothing but marks of a ruler, and that of a number
 * which is explained by it. Beside such a number the marks stay. */
#define DSC_RULE_RULER "ruler"
#define DSC_RULE_DEPTH "depth"
/* A word and its place on a frame. */
typedef struct dsc_frame_word {
    const char *utf8; /* "" for ink that could not be read; borrowed */
    dsc_rect box;
    float confidence;
    uint32_t line; /* words of one line follow each other and share it */
    bool fresh;    /* not on the frame that was decided before this one */
    dsc_decision *decision;
    const dsc_ruler *ruler; /* beside a number; NULL: none */
    float read; /* how sure a reader is, where that is more: the box shows more
                   than the word, which is text for others all the same */
} dsc_frame_word;
/* What lines that were decided one by one tell of each other: a value goes that
 * stands below or beside its caption, or is broken over two lines. */
dsc_status dsc_policy_decide_lines(const dsc_policy *policy,
                                   const dsc_facts *facts,
                                   const dsc_frame_word *words, size_t count,
                                   dsc_error *err) DSC_WARN_UNUSED;
/* The same for all words of a frame: then also numbers that make a scale, and
 * marks that stand alone, stay. */
dsc_status dsc_policy_decide_frame(const dsc_policy *policy,
                                   const dsc_facts *facts,
                                   const dsc_frame_word *words, size_t count,
                                   dsc_error *err) DSC_WARN_UNUSED;
/* Text that is there but cannot be read. */
dsc_decision dsc_policy_decide_unread(const dsc_policy *policy, float score);

#endif
