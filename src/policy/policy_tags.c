/* SPDX-License-Identifier: Apache-2.0
 *
 * Which attributes identify somebody.
 */
#include "policy/policy_term.h"

#include <string.h>

static const struct {
    uint32_t tag;
    dsc_class cls;
} identifying[] = {
    {0x00080050, DSC_CLASS_ID},          /* Accession Number */
    {0x00080055, DSC_CLASS_DEVICE},      /* Station AE Title */
    {0x00080080, DSC_CLASS_INSTITUTION}, /* Institution Name */
    {0x00080081, DSC_CLASS_INSTITUTION}, /* Institution Address */
    {0x00080092, DSC_CLASS_PERSON},      /* Referring Physician's Address */
    {0x00080094, DSC_CLASS_PERSON},      /* ... Telephone Numbers */
    {0x00081010, DSC_CLASS_DEVICE},      /* Station Name */
    {0x00081040, DSC_CLASS_INSTITUTION}, /* Institutional Department Name */
    {0x00100020, DSC_CLASS_ID},          /* Patient ID */
    {0x00100021, DSC_CLASS_INSTITUTION}, /* Issuer of Patient ID */
    {0x00100050, DSC_CLASS_ID},          /* Insurance Plan Identification */
    {0x00101000, DSC_CLASS_ID},          /* Other Patient IDs */
    {0x00101040, DSC_CLASS_NAME},        /* Patient's Address */
    {0x00101050, DSC_CLASS_ID},          /* Insurance Plan Identification */
    {0x00101080, DSC_CLASS_INSTITUTION}, /* Military Rank */
    {0x00101081, DSC_CLASS_INSTITUTION}, /* Branch of Service */
    {0x00101090, DSC_CLASS_ID},          /* Medical Record Locator */
    {0x00102150, DSC_CLASS_NAME},        /* Country of Residence */
    {0x00102152, DSC_CLASS_NAME},        /* Region of Residence */
    {0x00102154, DSC_CLASS_ID},          /* Patient's Telephone Numbers */
    {0x00102155, DSC_CLASS_ID},          /* ... Telecom Information */
    {0x00102299, DSC_CLASS_INSTITUTION}, /* Responsible Organization */
    {0x00120010, DSC_CLASS_INSTITUTION}, /* Clinical Trial Sponsor Name */
    {0x00120031, DSC_CLASS_INSTITUTION}, /* Clinical Trial Site Name */
    {0x00120030, DSC_CLASS_ID},          /* Clinical Trial Site ID */
    {0x00120040, DSC_CLASS_ID},          /* Clinical Trial Subject ID */
    {0x00120042, DSC_CLASS_ID},          /* ... Subject Reading ID */
    {0x00181000, DSC_CLASS_DEVICE},      /* Device Serial Number */
    {0x00181004, DSC_CLASS_DEVICE},      /* Plate ID */
    {0x00181005, DSC_CLASS_DEVICE},      /* Generator ID */
    {0x00181007, DSC_CLASS_DEVICE},      /* Cassette ID */
    {0x00181008, DSC_CLASS_DEVICE},      /* Gateway ID */
    {0x00181010, DSC_CLASS_DEVICE},      /* SC Device ID */
    {0x0018700A, DSC_CLASS_DEVICE},      /* Detector ID */
    {0x00200010, DSC_CLASS_ID},          /* Study ID */
    {0x00380010, DSC_CLASS_ID},          /* Admission ID */
    {0x00380011, DSC_CLASS_INSTITUTION}, /* Issuer of Admission ID */
    {0x00380060, DSC_CLASS_ID},          /* Service Episode ID */
    {0x00380300, DSC_CLASS_INSTITUTION}, /* Current Patient Location */
    {0x00380400, DSC_CLASS_INSTITUTION}, /* Patient's Residence */
    {0x00400241, DSC_CLASS_DEVICE},      /* Performed Station AE Title */
    {0x00400242, DSC_CLASS_DEVICE},      /* Performed Station Name */
    {0x00400243, DSC_CLASS_INSTITUTION}, /* Performed Location */
    {0x00400253, DSC_CLASS_ID},          /* Performed Procedure Step ID */
    {0x00400001, DSC_CLASS_DEVICE},      /* Scheduled Station AE Title */
    {0x00400010, DSC_CLASS_DEVICE},      /* Scheduled Station Name */
    {0x00400011, DSC_CLASS_INSTITUTION}, /* Scheduled Location */
    {0x00401001, DSC_CLASS_ID},          /* Requested Procedure ID */
    {0x00401005, DSC_CLASS_INSTITUTION}, /* Requested Procedure Location */
    {0x00401101, DSC_CLASS_ID},          /* Person Identification Code */
    {0x00401102, DSC_CLASS_PERSON},      /* Person's Address */
    {0x00401103, DSC_CLASS_ID},          /* Person's Telephone Numbers */
    {0x00402008, DSC_CLASS_PERSON},      /* Order Entered By */
    {0x00402009, DSC_CLASS_INSTITUTION}, /* Order Enterer's Location */
    {0x00402010, DSC_CLASS_ID},          /* Order Callback Phone Number */
    {0x00402016, DSC_CLASS_ID},          /* Placer Order Number */
    {0x00402017, DSC_CLASS_ID},          /* Filler Order Number */
    {0x40080114, DSC_CLASS_PERSON},      /* Physician Approving */
    {0x40080118, DSC_CLASS_INSTITUTION}, /* Results Distribution Name */
};

bool dsc_policy_identifying(uint32_t tag, const char *vr, dsc_class *cls)
{
    uint32_t group = tag >> 16;

    if (!vr)
        vr = "";
    if (!strcmp(vr, "UI")) {
        /* Study, Series, SOP Instance */
        *cls = DSC_CLASS_ID;
        return tag == 0x0020000D || tag == 0x0020000E || tag == 0x00080018;
    }
    if (!strcmp(vr, "SQ"))
        return false;
    if (!strcmp(vr, "PN")) {
        *cls = group == 0x0010 && tag != 0x00102297 /* Responsible Person */
                   ? DSC_CLASS_NAME
                   : DSC_CLASS_PERSON;
        return true;
    }
    if (tag == 0x00100030) { /* Patient's Birth Date */
        *cls = DSC_CLASS_BIRTH;
        return true;
    }
    if (!strcmp(vr, "DA") || !strcmp(vr, "DT")) {
        *cls = DSC_CLASS_DATE;
        return true;
    }
    if (!strcmp(vr, "TM")) {
        *cls = DSC_CLASS_TIME;
        return true;
    }
    for (size_t i = 0; i < sizeof identifying / sizeof identifying[0]; i++)
        if (identifying[i].tag == tag) {
            *cls = identifying[i].cls;
            return true;
        }
    return false;
}

/* Numbers of a procedure, and names of devices, for which people and systems
 * also write what is looked at, or how. */
static bool is_of_procedure(uint32_t tag)
{
    static const uint32_t tags[] = {
        0x00081010, /* Station Name */
        0x00200010, /* Study ID */
        0x00400010, /* Scheduled Station Name */
        0x00400242, /* Performed Station Name */
        0x00400253, /* Performed Procedure Step ID */
        0x00401001  /* Requested Procedure ID */
    };

    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++)
        if (tags[i] == tag)
            return true;
    return false;
}

/* Sites and modes that say enough in one word. */
#define SITES                                                                  \
 "ABDOMEN ABDOMINAL ANGIO ANGIOGRAPHY AORTA BREAST CARDIAC CAROTID CHEST "     \
 "CORONARY DOPPLER ECHOCARDIOGRAPHY ELBOW FETAL KIDNEY KNEE LIVER LUMBAR "     \
 "MAMMOGRAPHY PELVIS PROSTATE RENAL SHOULDER SPINE SPLEEN THORAX THYROID "     \
 "UTERUS VASCULAR WRIST"

/* Is no word of it somebody's name, whatever a list says of it? One word alone
 * must be a site. */
static bool names_nobody(const dsc_word *word)
{
    dsc_policy__line line = {0};
    bool nobody = !dsc_policy__line_make(&line, word, 1, NULL) &&
                  (line.token_count > 1 ||
                   (line.token_count == 1 &&
                    dsc_policy__token_in(&line, line.tokens, SITES)));

    for (size_t i = 0; i < line.token_count; i++) {
        const dsc_policy__token *t = &line.tokens[i];
        nobody = nobody &&
                 !dsc_policy__is_name(line.text + t->start, t->end - t->start);
    }
    dsc_policy__line_free(&line);
    return nobody;
}

/* Terms of the lists, and nothing else. */
static bool is_known_text(const char *utf8)
{
    dsc_decision d;
    dsc_word word = {.utf8 = (char *)utf8, .confidence = 1};

    return !strpbrk(utf8, "0123456789\\") && names_nobody(&word) &&
           !dsc_policy_decide_line(dsc_policy_plain(DSC_POLICY_SAFE), NULL,
                                   &word, 1, &d, NULL) &&
           (!strcmp(d.rule, "allow-text") || !strcmp(d.rule, "allow-label"));
}

bool dsc_policy_value_identifies(uint32_t tag, const char *vr, const char *utf8,
                                 dsc_class *cls)
{
    return dsc_policy_identifying(tag, vr, cls) &&
           !(is_of_procedure(tag) && is_known_text(utf8));
}
