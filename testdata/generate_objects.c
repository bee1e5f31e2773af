/* SPDX-License-Identifier: Apache-2.0
 *
 * Objects that are no images: presentation states, reports, waveforms, plans
 * and others, with names, dates and IDs in all the places where devices and
 * people put them.
 */
#include "generate.h"

#include <string.h>

#define STORAGE "1.2.840.10008.5.1.4.1.1."
#define CT      STORAGE "2"

static const gen_person *who(void)
{
    return &gen_persons[GEN_MAX_MUSTERMANN];
}

static gen_set *object(const char *sop_class, const char *modality,
                       const char *name)
{
    gen_set *d = gen_header_object(sop_class, modality, who(), name);
    if (strcmp(modality, "ECG") != 0 && strcmp(modality, "SEG") != 0)
        gen_str(d, 0x00200060, "CS", "");
    return d;
}

static void emit(const char *name, const char *what, gen_set *ds,
                 const char *ts)
{
    const gen_elem *c = gen_find(ds, 0x00080016);
    const gen_elem *i = gen_find(ds, 0x00080018);
    gen_set *meta =
        gen_meta((const char *)c->value.p, (const char *)i->value.p, ts);
    gen_emit(gen_format("objects/%s.dcm", name), what, gen_part10(meta, ds, ts),
             NULL, NULL);
}

static void empty(gen_set *s, uint32_t tag)
{
    gen_item(s, tag);
    gen_find(s, tag)->n_items = 0;
}

static void code(gen_set *s, uint32_t tag, const char *value,
                 const char *scheme, const char *meaning)
{
    gen_set *c = gen_item(s, tag);
    gen_str(c, 0x00080100, "SH", value);
    gen_str(c, 0x00080102, "SH", scheme);
    gen_str(c, 0x00080104, "LO", meaning);
}

static void reference(gen_set *s, uint32_t tag, const char *sop_class,
                      const char *key)
{
    gen_set *r = gen_item(s, tag);
    const char *uid = gen_uid(gen_format("instance %s", key));
    gen_plant(uid);
    gen_str(r, 0x00081150, "UI", sop_class);
    gen_str(r, 0x00081155, "UI", uid);
}

/* (0008,1115) or (0040,A375): an instance in its series in its study. */
static void in_study(gen_set *ds, uint32_t tag, const char *sop_class,
                     const char *key)
{
    const gen_elem *study = gen_find(ds, 0x0020000d);
    gen_set *s = gen_item(ds, tag);
    gen_set *r = s;
    if (tag == 0x0040a375) {
        gen_str(s, 0x0020000d, "UI", (const char *)study->value.p);
        r = gen_item(s, 0x00081115);
    }
    gen_str(r, 0x0020000e, "UI", gen_uid(gen_format("series %s", key)));
    gen_plant(gen_uid(gen_format("series %s", key)));
    /* presentation states refer to images, all others to instances */
    uint32_t list = tag == 0x0040a375 ? 0x00081199 : 0x0008114a;
    if (strcmp((const char *)gen_find(ds, 0x00080060)->value.p, "PR") == 0)
        list = 0x00081140;
    reference(r, list, sop_class, key);
}

/* ---- reports ---- */

static gen_set *report(const char *sop_class, const char *modality,
                       const char *name, const char *title_code,
                       const char *title)
{
    gen_set *d = object(sop_class, modality, name);
    gen_str(d, 0x00080023, "DA", who()->date);
    gen_str(d, 0x00080033, "TM", "104500");
    empty(d, 0x00081111);
    gen_str(d, 0x0040a040, "CS", "CONTAINER");
    code(d, 0x0040a043, title_code, "DCM", title);
    gen_str(d, 0x0040a050, "CS", "SEPARATE");
    if (strcmp(modality, "KO") != 0) {
        empty(d, 0x0040a372);
        gen_str(d, 0x0040a491, "CS", "COMPLETE");
        gen_str(d, 0x0040a493, "CS", "UNVERIFIED");
    }
    return d;
}

static void verify_by(gen_set *d)
{
    gen_str(d, 0x0040a493, "CS", "VERIFIED");
    gen_set *v = gen_item(d, 0x0040a073);
    gen_str(v, 0x0040a027, "LO", who()->institution);
    gen_str(v, 0x0040a030, "DT", "20190314110000");
    gen_str(v, 0x0040a075, "PN", who()->physician);
    empty(v, 0x0040a088);
}

static gen_set *content(gen_set *parent, const char *relation, const char *type,
                        const char *value, const char *meaning)
{
    gen_set *c = gen_item(parent, 0x0040a730);
    gen_str(c, 0x0040a010, "CS", relation);
    gen_str(c, 0x0040a040, "CS", type);
    if (value)
        code(c, 0x0040a043, value, "DCM", meaning);
    return c;
}

static gen_set *text(gen_set *parent, const char *relation, const char *value,
                     const char *meaning, const char *words)
{
    gen_set *c = content(parent, relation, "TEXT", value, meaning);
    gen_str(c, 0x0040a160, "UT", words);
    return c;
}

static gen_set *number(gen_set *parent, const char *value, const char *meaning,
                       const char *n, const char *unit)
{
    gen_set *c = content(parent, "CONTAINS", "NUM", value, meaning);
    gen_set *m = gen_item(c, 0x0040a300);
    gen_str(m, 0x0040a30a, "DS", n);
    code(m, 0x004008ea, unit, "UCUM", unit);
    return c;
}

static void image_of(gen_set *parent, const char *relation, const char *key)
{
    gen_set *c = content(parent, relation, "IMAGE", NULL, NULL);
    reference(c, 0x00081199, CT, key);
}

static void observers(gen_set *d)
{
    gen_set *c =
        content(d, "HAS OBS CONTEXT", "CODE", "121005", "Observer Type");
    code(c, 0x0040a168, "121006", "DCM", "Person");
    c = content(d, "HAS OBS CONTEXT", "PNAME", "121008",
                "Person Observer Name");
    gen_str(c, 0x0040a123, "PN", who()->physician);
    c = content(d, "HAS OBS CONTEXT", "UIDREF", "121012",
                "Device Observer UID");
    gen_str(c, 0x0040a124, "UI", gen_uid("device"));
    gen_plant(gen_uid("device"));
    c = content(d, "HAS OBS CONTEXT", "PNAME", "121029", "Subject Name");
    gen_str(c, 0x0040a123, "PN", who()->name);
    text(d, "HAS OBS CONTEXT", "121030", "Subject ID", who()->id);
}

static void born(gen_set *d)
{
    gen_set *c =
        content(d, "HAS OBS CONTEXT", "DATE", "121031", "Subject Birth Date");
    gen_str(c, 0x0040a121, "DA", who()->birth);
}

static void basic_report(void)
{
    gen_set *d =
        report(STORAGE "88.11", "SR", "sr-basic", "121144", "Document Title");
    verify_by(d);
    in_study(d, 0x0040a375, CT, "sr-basic-image");
    observers(d);
    born(d);
    gen_set *t = text(d, "CONTAINS", "121071", "Finding",
                      "Herr Mustermann, geboren 19.08.1938, ist erfunden.");
    image_of(t, "INFERRED FROM", "sr-basic-image");
    text(d, "CONTAINS", "121077", "Conclusion",
         "Nothing found.\r\nDictated by Dr. Quacksalber");
    t = content(d, "CONTAINS", "DATETIME", "111526", "DateTime Started");
    gen_str(t, 0x0040a120, "DT", "20190314104207");
    emit("sr-basic", "basic text report, verified", d, GEN_TS_EXPLICIT);
}

/* A tree whose items are referred to by their number. */
static void comprehensive_report(void)
{
    gen_set *d = report(STORAGE "88.33", "SR", "sr-comprehensive", "121144",
                        "Document Title");
    in_study(d, 0x0040a375, CT, "sr-comp-image");
    observers(d);
    gen_set *group =
        content(d, "CONTAINS", "CONTAINER", "125007", "Measurement Group");
    gen_str(group, 0x0040a050, "CS", "SEPARATE");
    text(group, "HAS OBS CONTEXT", "112039", "Tracking Identifier",
         "Mustermann lesion 1");
    number(group, "121206", "Distance", "12.3", "mm");
    gen_set *n = number(group, "121207", "Height", "4.56", "cm");
    gen_set *s =
        content(n, "INFERRED FROM", "SCOORD", "111030", "Image Region");
    static const uint8_t two_points[16] = {0, 0, 128, 63, 0, 0, 0,   64,
                                           0, 0, 64,  64, 0, 0, 128, 64};
    gen_raw(s, 0x00700022, "FL", two_points, sizeof(two_points));
    gen_str(s, 0x00700023, "CS", "POLYLINE");
    image_of(s, "SELECTED FROM", "sr-comp-image");
    gen_set *by_number = gen_item(n, 0x0040a730);
    gen_str(by_number, 0x0040a010, "CS", "INFERRED FROM");
    static const uint8_t path[12] = {1, 0, 0, 0, 6, 0, 0, 0, 2, 0, 0, 0};
    gen_raw(by_number, 0x0040db73, "UL", path, sizeof(path));
    emit("sr-comprehensive",
         "report with measurements and references by number", d,
         GEN_TS_IMPLICIT);
}

static void dose_report(void)
{
    gen_set *d = report(STORAGE "88.67", "SR", "sr-dose", "113701",
                        "X-Ray Radiation Dose Report");
    gen_set *t = gen_item(d, 0x0040a504);
    gen_str(t, 0x00080105, "CS", "DCMR");
    gen_str(t, 0x0040db00, "CS", "10011");
    observers(d);
    gen_set *c = content(d, "HAS OBS CONTEXT", "DATETIME", "113809",
                         "Start of X-Ray Irradiation");
    gen_str(c, 0x0040a120, "DT", "20190314104207");
    gen_set *sum = content(d, "CONTAINS", "CONTAINER", "113811",
                           "CT Accumulated Dose Data");
    gen_str(sum, 0x0040a050, "CS", "SEPARATE");
    number(sum, "113813", "CT Dose Length Product Total", "416.24", "mGy.cm");
    for (int i = 0; i < 3; i++) {
        gen_set *event =
            content(d, "CONTAINS", "CONTAINER", "113819", "CT Acquisition");
        gen_str(event, 0x0040a050, "CS", "SEPARATE");
        text(event, "CONTAINS", "125203", "Acquisition Protocol",
             "Abdomen Mustermann");
        c = content(event, "CONTAINS", "UIDREF", "113769",
                    "Irradiation Event UID");
        const char *uid = gen_uid(gen_format("event %d", i));
        gen_str(c, 0x0040a124, "UI", uid);
        gen_plant(uid);
        number(event, "113830", "Mean CTDIvol", "11.87", "mGy");
        number(event, "113838", "DLP", "138.75", "mGy.cm");
    }
    emit("sr-dose", "CT dose report", d, GEN_TS_EXPLICIT);
}

static void key_objects(void)
{
    gen_set *d = report(STORAGE "88.59", "KO", "ko", "113000", "Of Interest");
    in_study(d, 0x0040a375, CT, "ko-image");
    gen_set *c = content(d, "HAS OBS CONTEXT", "PNAME", "121008",
                         "Person Observer Name");
    gen_str(c, 0x0040a123, "PN", who()->physician);
    text(d, "CONTAINS", "113012", "Key Object Description",
         "For the talk about Max Mustermann");
    image_of(d, "CONTAINS", "ko-image");
    emit("ko", "key object selection, big endian", d, GEN_TS_BIG);
}

/* ---- presentation states ---- */

static void points(gen_set *g, const char *type, unsigned n)
{
    gen_buf b = {0};
    gen_str(g, 0x00700005, "CS", "PIXEL");
    gen_us(g, 0x00700020, 2);
    gen_us(g, 0x00700021, n);
    for (unsigned i = 0; i < 2 * n; i++) {
        float f = 10.0F + (float)(i % 7) + (float)i / 4;
        gen_put(&b, &f, sizeof(f));
    }
    gen_raw(g, 0x00700022, "FL", b.p, b.n);
    gen_str(g, 0x00700023, "CS", type);
    if (strcmp(type, "POINT") != 0)
        gen_str(g, 0x00700024, "CS", "N");
}

static void note(gen_set *annotation, const char *words)
{
    static const uint8_t corners[2][8] = {{0, 0, 32, 65, 0, 0, 32, 65},
                                          {0, 0, 200, 66, 0, 0, 240, 65}};
    gen_set *t = gen_item(annotation, 0x00700008);
    gen_str(t, 0x00700003, "CS", "PIXEL");
    gen_str(t, 0x00700006, "ST", words);
    gen_raw(t, 0x00700010, "FL", corners[0], 8);
    gen_raw(t, 0x00700011, "FL", corners[1], 8);
    gen_str(t, 0x00700012, "CS", "LEFT");
}

static void annotations(gen_set *d)
{
    gen_set *a = gen_item(d, 0x00700001);
    gen_str(a, 0x00700002, "CS", "MUSTERMANN");
    note(a, "Mustermann, Max");
    note(a, "12.3 mm");
    note(a, "seen by Dr. Quacksalber\r\n14.03.2019");
    points(gen_item(a, 0x00700009), "POLYLINE", 5);
    points(gen_item(a, 0x00700009), "POLYLINE", 120);
    points(gen_item(a, 0x00700009), "CIRCLE", 2);
    a = gen_item(d, 0x00700001);
    gen_str(a, 0x00700002, "CS", "LAYER2");
    note(a, "Erfundene Gasse 17");
    gen_set *layer = gen_item(d, 0x00700060);
    gen_str(layer, 0x00700002, "CS", "MUSTERMANN");
    gen_str(layer, 0x00700062, "IS", "1");
    gen_str(layer, 0x00700068, "LO", "drawn for Mustermann");
    layer = gen_item(d, 0x00700060);
    gen_str(layer, 0x00700002, "CS", "LAYER2");
    gen_str(layer, 0x00700062, "IS", "2");
}

static void display(gen_set *d)
{
    static const uint8_t first[8] = {1, 0, 0, 0, 1, 0, 0, 0};
    static const uint8_t last[8] = {0, 2, 0, 0, 0, 2, 0, 0};
    gen_set *area = gen_item(d, 0x0070005a);
    gen_raw(area, 0x00700052, "SL", first, 8);
    gen_raw(area, 0x00700053, "SL", last, 8);
    gen_str(area, 0x00700100, "CS", "SCALE TO FIT");
    gen_str(area, 0x00700101, "DS", "1\\1");
    gen_str(d, 0x20500020, "CS", "IDENTITY");
}

static void overlay(gen_set *d)
{
    gen_buf bits = {0};
    gen_put_zero(&bits, 32);
    bits.p[3] = 0x5a;
    gen_us(d, 0x60000010, 16);
    gen_us(d, 0x60000011, 16);
    gen_str(d, 0x60000022, "LO", "signed Mustermann");
    gen_str(d, 0x60000040, "CS", "G");
    gen_raw(d, 0x60000050, "SS", "\1\0\1\0", 4);
    gen_us(d, 0x60000100, 1);
    gen_us(d, 0x60000102, 0);
    gen_raw(d, 0x60003000, "OW", bits.p, bits.n);
    gen_str(d, 0x60001001, "CS", "LAYER2");
}

static void presentation_state(void)
{
    gen_set *d = object(STORAGE "11.1", "PR", "pr");
    gen_str(d, 0x00700080, "CS", "FICTION");
    gen_str(d, 0x00700081, "LO", "Mustermann for the board");
    gen_str(d, 0x00700082, "DA", who()->date);
    gen_str(d, 0x00700083, "TM", "104500");
    gen_str(d, 0x00700084, "PN", who()->operator_name);
    in_study(d, 0x00081115, CT, "pr-image");
    annotations(d);
    display(d);
    overlay(d);
    gen_str(d, 0x00190010, "LO", "FICTION CORP");
    gen_str(d, 0x00191001, "LT", "note: Mustermann, Max");
    emit("pr", "presentation state with texts, drawings and an overlay", d,
         GEN_TS_EXPLICIT);
}

static void colour_presentation_state(void)
{
    gen_set *d = object(STORAGE "11.2", "PR", "pr-colour");
    gen_str(d, 0x00700080, "CS", "FICTION");
    gen_str(d, 0x00700081, "LO", "");
    gen_str(d, 0x00700082, "DA", who()->date);
    gen_str(d, 0x00700083, "TM", "104500");
    gen_str(d, 0x00700084, "PN", "");
    in_study(d, 0x00081115, CT, "pr-colour-image");
    gen_set *a = gen_item(d, 0x00700001);
    gen_str(a, 0x00700002, "CS", "LAYER1");
    gen_set *c = gen_item(a, 0x00700209);
    gen_set *major = gen_item(c, 0x00700287);
    gen_str(major, 0x00700289, "SH", "Mustermann");
    gen_raw(major, 0x00700288, "FL", "\0\0\0\x3f", 4);
    gen_ul(c, 0x00700226, 1);
    gen_str(c, 0x00700282, "CS", "PIXEL");
    points(c, "", 80);
    gen_remove(c, 0x00700005);
    gen_remove(c, 0x00700023);
    gen_str(c, 0x00700294, "CS", "MULTILINE");
    gen_set *layer = gen_item(d, 0x00700060);
    gen_str(layer, 0x00700002, "CS", "LAYER1");
    gen_str(layer, 0x00700062, "IS", "1");
    display(d);
    gen_remove(d, 0x20500020);
    gen_raw(d, 0x00282000, "OB", "fictive icc profile", 19);
    gen_set *g = gen_item(d, 0x00700234);
    gen_us(g, 0x00700295, 1);
    gen_str(g, 0x00700207, "LO", "Knipser^Karla");
    gen_str(g, 0x00700208, "ST", "group of Mustermann");
    emit("pr-colour", "presentation state with compound graphics", d,
         GEN_TS_DEFLATED);
}

/* ---- the others ---- */

static void waveform(void)
{
    gen_set *d = object(STORAGE "9.1.2", "ECG", "ecg");
    gen_str(d, 0x00080023, "DA", who()->date);
    gen_str(d, 0x00080033, "TM", "104500");
    gen_str(d, 0x0008002a, "DT", "20190314104207");
    empty(d, 0x00400555);
    gen_set *w = gen_item(d, 0x54000100);
    gen_str(w, 0x003a0004, "CS", "ORIGINAL");
    gen_us(w, 0x003a0005, 1);
    gen_ul(w, 0x003a0010, 100);
    gen_str(w, 0x003a001a, "DS", "250");
    gen_str(w, 0x003a0020, "SH", "");
    gen_set *c = gen_item(w, 0x003a0200);
    code(c, 0x003a0208, "2:1", "MDC", "Lead I");
    gen_str(c, 0x003a0210, "DS", "5");
    code(c, 0x003a0211, "uV", "UCUM", "microvolt");
    gen_str(c, 0x003a0212, "DS", "1");
    gen_str(c, 0x003a0213, "DS", "0");
    gen_str(c, 0x003a0215, "DS", "0");
    gen_us(c, 0x003a021a, 16);
    gen_us(w, 0x54001004, 16);
    gen_str(w, 0x54001006, "CS", "SS");
    gen_buf samples = {0};
    for (unsigned i = 0; i < 100; i++)
        gen_put16(&samples, i * 37 % 251, false);
    gen_raw(w, 0x54001010, "OW", samples.p, samples.n);
    gen_set *n = gen_item(d, 0x0040b020);
    gen_raw(n, 0x0040a0b0, "US", "\1\0\0\0", 4);
    gen_str(n, 0x00700006, "ST", "Mustermann, sinus rhythm");
    n = gen_item(d, 0x0040b020);
    gen_raw(n, 0x0040a0b0, "US", "\1\0\0\0", 4);
    code(n, 0x0040a043, "5.10.3-11", "SCPECG", "Heart rate");
    gen_str(gen_find(n, 0x0040a043)->items[0], 0x00080103, "SH", "1.3");
    gen_str(n, 0x0040a30a, "DS", "72");
    code(n, 0x004008ea, "/min", "UCUM", "/min");
    emit("ecg", "electrocardiogram with annotations", d, GEN_TS_EXPLICIT);
}

static void plan(void)
{
    gen_set *d = object(STORAGE "481.5", "RTPLAN", "rtplan");
    gen_str(d, 0x300a0002, "SH", "Mustermann");
    gen_str(d, 0x300a0003, "LO", "Plan of Mustermann");
    gen_str(d, 0x300a0006, "DA", who()->date);
    gen_str(d, 0x300a0007, "TM", "104500");
    gen_str(d, 0x300a000c, "CS", "PATIENT");
    reference(d, 0x300c0060, STORAGE "481.3", "rtstruct");
    emit("rtplan", "radiotherapy plan", d, GEN_TS_IMPLICIT);
}

static void structures(void)
{
    gen_set *d = object(STORAGE "481.3", "RTSTRUCT", "rtstruct");
    gen_str(d, 0x30060002, "SH", "MM");
    gen_str(d, 0x30060004, "LO", "Structures of Mustermann");
    gen_str(d, 0x30060008, "DA", who()->date);
    gen_str(d, 0x30060009, "TM", "104500");
    const char *frame = gen_uid("frame of ref rtstruct");
    gen_plant(frame);
    gen_str(gen_item(d, 0x30060010), 0x00200052, "UI", frame);
    gen_str(d, 0x00200052, "UI", frame);
    gen_str(d, 0x00201040, "LO", "");
    gen_set *r = gen_item(d, 0x30060020);
    gen_str(r, 0x30060022, "IS", "1");
    gen_str(r, 0x30060024, "UI", frame);
    gen_str(r, 0x30060026, "LO", "GTV");
    gen_str(r, 0x30060036, "CS", "MANUAL");
    gen_set *c = gen_item(d, 0x30060039);
    gen_str(c, 0x30060084, "IS", "1");
    gen_set *points_of = gen_item(c, 0x30060040);
    gen_str(points_of, 0x30060042, "CS", "POINT");
    gen_str(points_of, 0x30060046, "IS", "1");
    gen_str(points_of, 0x30060050, "DS", "1.5\\-2.5\\30");
    gen_set *o = gen_item(d, 0x30060080);
    gen_str(o, 0x30060082, "IS", "1");
    gen_str(o, 0x30060084, "IS", "1");
    gen_str(o, 0x300600a4, "CS", "GTV");
    gen_str(o, 0x300600a6, "PN", "Erdacht^Petra");
    emit("rtstruct", "radiotherapy structures", d, GEN_TS_EXPLICIT);
}

static void registration(void)
{
    gen_set *d = object(STORAGE "66.1", "REG", "registration");
    const char *frame = gen_uid("frame of ref registration");
    gen_plant(frame);
    gen_str(d, 0x00080023, "DA", who()->date);
    gen_str(d, 0x00080033, "TM", "104500");
    gen_str(d, 0x00200052, "UI", frame);
    gen_str(d, 0x00201040, "LO", "");
    gen_str(d, 0x00700080, "CS", "REGISTRATION");
    gen_str(d, 0x00700081, "LO", "Mustermann on Mustermann");
    gen_str(d, 0x00700084, "PN", who()->operator_name);
    gen_set *r = gen_item(d, 0x00700308);
    gen_str(r, 0x00200052, "UI", frame);
    gen_set *m = gen_item(r, 0x00700309);
    empty(m, 0x0070030d);
    gen_set *x = gen_item(m, 0x0070030a);
    gen_str(x, 0x0070030c, "CS", "RIGID");
    gen_str(x, 0x300600c6, "DS",
            "1\\0\\0\\5\\0\\1\\0\\6\\0\\0\\1\\7\\0\\0\\0\\1");
    emit("registration", "spatial registration", d, GEN_TS_EXPLICIT);
}

static void spectroscopy(void)
{
    gen_set *d = object(STORAGE "4.2", "MR", "spectroscopy");
    gen_str(d, 0x00080008, "CS", "ORIGINAL\\PRIMARY\\SPECTROSCOPY\\NONE");
    gen_str(d, 0x00080023, "DA", who()->date);
    gen_str(d, 0x00080033, "TM", "104500");
    gen_str(d, 0x00181030, "LO", "Brain of Mustermann");
    gen_us(d, 0x00280010, 1);
    gen_us(d, 0x00280011, 1);
    gen_ul(d, 0x00289001, 1);
    gen_ul(d, 0x00289002, 16);
    gen_str(d, 0x00280008, "IS", "1");
    gen_str(d, 0x00289108, "CS", "COMPLEX");
    gen_buf b = {0};
    for (int i = 0; i < 32; i++) {
        float f = (float)(i * i % 11);
        gen_put(&b, &f, sizeof(f));
    }
    gen_raw(d, 0x56000020, "OF", b.p, b.n);
    emit("spectroscopy", "spectrum", d, GEN_TS_EXPLICIT);
}

/* Has pixels, so its frames are looked at as well. */
static void segmentation(void)
{
    gen_image *img = gen_image_draw(gen_scene_mr, GEN_BIT1, 64, 48, 1, who());
    gen_set *d = object(STORAGE "66.4", "SEG", "seg");
    gen_str(d, 0x00080008, "CS", "DERIVED\\PRIMARY");
    gen_str(d, 0x00080023, "DA", who()->date);
    gen_str(d, 0x00080033, "TM", "104500");
    gen_us(d, 0x00280002, 1);
    gen_str(d, 0x00280004, "CS", "MONOCHROME2");
    gen_us(d, 0x00280010, 48);
    gen_us(d, 0x00280011, 64);
    gen_us(d, 0x00280100, 1);
    gen_us(d, 0x00280101, 1);
    gen_us(d, 0x00280102, 0);
    gen_us(d, 0x00280103, 0);
    gen_str(d, 0x00280008, "IS", "1");
    gen_str(d, 0x00282110, "CS", "00");
    gen_str(d, 0x00620001, "CS", "BINARY");
    gen_str(d, 0x00700080, "CS", "SEGMENTATION");
    gen_str(d, 0x00700081, "LO", "Mustermann, segmented");
    gen_str(d, 0x00700084, "PN", who()->operator_name);
    gen_set *s = gen_item(d, 0x00620002);
    code(s, 0x00620003, "123037004", "SCT", "Anatomical structure");
    gen_us(s, 0x00620004, 1);
    gen_str(s, 0x00620005, "LO", "Liver");
    gen_str(s, 0x00620006, "ST", "Liver of Mustermann");
    gen_str(s, 0x00620008, "CS", "MANUAL");
    code(s, 0x0062000f, "10200004", "SCT", "Liver");
    gen_pixels_native(d, img, false);
    emit("seg", "segmentation of one bit", d, GEN_TS_EXPLICIT);
}

void gen_objects(void)
{
    basic_report();
    comprehensive_report();
    dose_report();
    key_objects();
    presentation_state();
    colour_presentation_state();
    waveform();
    plan();
    structures();
    registration();
    spectroscopy();
    segmentation();
    gen_release();
}
