/* SPDX-License-Identifier: Apache-2.0
 *
 * The files that must come out clean: one row each.
 */
#include "generate.h"

#include <string.h>

typedef enum coder {
    NATIVE,
    NATIVE_OW, /* samples of 8 bit (or 1 bit) in words */
    RLE,
    JPEG,
    TOOL_JPEG, /* dcmcjpeg with the options of `tool` */
    JPEGLS,    /* a: interleave mode, b: near */
    J2K,       /* a: tile size, b: 1 = irreversible */
    HTJ2K      /* tool: progression order, b: 1 = irreversible */
} coder;

enum {
    BOT_EMPTY,
    BOT_FILLED,
    EXTENDED_TABLE
};

enum {
    BARE = 1 << 0,           /* no preamble, no file meta */
    OVERLAY = 1 << 1,        /* group 6000 with a bitmap */
    EMBEDDED = 1 << 2,       /* group 6000 in a bit of the samples */
    OVERLAY_FRAMES = 1 << 3, /* one overlay plane for each frame */
    ICON = 1 << 4,
    OVERLAY_SMALL = 1 << 8, /* group 6002, smaller than the image */
    CARRIERS = 1 << 5,      /* names in preamble, meta, private, padding */
    UNDEFINED = 1 << 6,     /* sequences of undefined length */
    ODD = 1 << 7,           /* a fragment of odd length (illegal, seen) */
    MIXED = 1 << 9          /* first frame coded otherwise than the rest */
};

typedef struct recipe {
    const char *name, *what;
    gen_iod iod;
    gen_scene_fn scene;
    gen_pixfmt format;
    int w, h, frames, who;
    const char *ts;
    coder coder;
    int a, b;
    const char *tool;
    const char *photometric; /* after encoding, where it changes */
    int table, fragments;    /* 0 = one a frame */
    unsigned flags;
    gen_jpeg_opts jpeg;
} recipe;

/* Columns that repeat. */
#define US_GREY   GEN_US, gen_scene_us, GEN_GREY8, 320, 240, 1
#define US_SMALL  GEN_US, gen_scene_us, GEN_GREY8, 256, 192, 1
#define US_COLOUR GEN_US, gen_scene_us, GEN_RGB, 240, 180, 1
#define ECHO8     GEN_US_MULTI, gen_scene_echo, GEN_GREY8, 256, 192
#define CT_SLICE  GEN_CT, gen_scene_ct, GEN_SIGNED16, 208, 208, 1
#define CHEST(f)  GEN_CR, gen_scene_chest, f, 200, 240, 1
#define SCREEN(f) GEN_SC, gen_scene_screen, f, 320, 240, 1

#define MAX   GEN_MAX_MUSTERMANN
#define ERIKA GEN_ERIKA_BEISPIEL
#define JANE  GEN_JANE_DOE
#define J(n)  GEN_TS_JPEG(#n)

static const recipe recipes[] = {
    /* native, one row a transfer syntax */
    {"us-grey-explicit", "ultrasound still", US_GREY, MAX, GEN_TS_EXPLICIT,
     .coder = NATIVE},
    {"us-grey-implicit", "ultrasound still", US_SMALL, ERIKA, GEN_TS_IMPLICIT,
     .coder = NATIVE_OW},
    {"us-grey-big-ow", "8-bit samples in big-endian words", US_SMALL, MAX,
     GEN_TS_BIG, .coder = NATIVE_OW},
    {"us-grey-big-ob", "8-bit samples in bytes, big endian", US_SMALL, JANE,
     GEN_TS_BIG, .coder = NATIVE},
    {"us-grey-big-ow-odd", "odd number of samples in big-endian words", GEN_US,
     gen_scene_us, GEN_GREY8, 255, 193, 1, MAX, GEN_TS_BIG, .coder = NATIVE_OW},
    {"us-grey-deflated", "ultrasound still", US_SMALL, ERIKA, GEN_TS_DEFLATED,
     .coder = NATIVE},
    {"us-grey-mono1", "MONOCHROME1 of 8 bits", GEN_US, gen_scene_us,
     GEN_GREY8_M1, 256, 192, 1, JANE, GEN_TS_EXPLICIT, .coder = NATIVE},
    {"us-grey-bare", "dataset without preamble and file meta", US_SMALL, MAX,
     GEN_TS_IMPLICIT, NATIVE_OW, .flags = BARE},
    {"us-grey-latin1", "names in ISO_IR 100", US_SMALL, GEN_LATIN1,
     GEN_TS_EXPLICIT, .coder = NATIVE},
    {"us-grey-utf8", "names in UTF-8", US_GREY, GEN_UTF8, GEN_TS_DEFLATED,
     .coder = NATIVE},
    {"us-grey-japanese", "name in three representations, ISO 2022", US_GREY,
     GEN_JAPANESE, GEN_TS_RLE, .coder = RLE},
    {"us-grey-sequences", "sequences of undefined length", US_SMALL, MAX,
     GEN_TS_RLE, RLE, .flags = UNDEFINED},
    {"us-grey-carriers",
     "names in preamble, file meta, private elements, nested sequences, "
     "padding",
     US_SMALL, MAX, GEN_TS_EXPLICIT, NATIVE, .flags = CARRIERS | UNDEFINED},
    {"us-grey-overlay", "text in an overlay plane", US_SMALL, ERIKA, GEN_TS_RLE,
     RLE, .flags = OVERLAY},
    {"us-grey-overlay-6002", "overlay smaller than the image, own origin",
     US_SMALL, MAX, GEN_TS_RLE, .coder = RLE, .flags = OVERLAY_SMALL},
    {"us-grey-icon", "icon image", US_GREY, JANE, J(50), JPEG, .flags = ICON},
    {"us-console", "letters of 7 x 9 pixels", GEN_US, gen_scene_console,
     GEN_GREY8, 400, 280, 1, JANE, GEN_TS_RLE, .coder = RLE},
    {"us-dim", "dim names beside bright settings", GEN_US, gen_scene_dim,
     GEN_GREY8, 400, 320, 1, JANE, GEN_TS_RLE, .coder = RLE},
    {"us-codes", "barcodes and a QR code", GEN_US, gen_scene_codes, GEN_GREY8,
     400, 300, 1, MAX, GEN_TS_EXPLICIT, .coder = NATIVE},
    {"us-codes-jpeg50", "barcodes and a QR code, lossy", GEN_US,
     gen_scene_codes, GEN_RGB, 400, 300, 1, JANE, J(50), JPEG,
     .photometric = "YBR_FULL_422", .jpeg = {.h = 2, .v = 2, .quality = 80}},
    /* RLE */
    {"us-grey-rle", "ultrasound still", US_GREY, MAX, GEN_TS_RLE, RLE,
     .table = BOT_FILLED},
    {"us-rgb-rle", "colour Doppler", US_COLOUR, ERIKA, GEN_TS_RLE,
     .coder = RLE},
    {"us-ybr-rle", "YBR_FULL", GEN_US, gen_scene_us, GEN_YBR_FULL, 240, 180, 1,
     JANE, GEN_TS_RLE, .coder = RLE},
    {"ct-rle", "signed 16 bit", CT_SLICE, MAX, GEN_TS_RLE, .coder = RLE},
    {"letter-rle", "scanned letter", GEN_SC, gen_scene_letter, GEN_GREY8, 850,
     1100, 1, MAX, GEN_TS_RLE, .coder = RLE},
    /* JPEG baseline */
    {"us-grey-jpeg50", "grey, no JFIF marker", US_GREY, MAX, J(50), JPEG,
     .table = BOT_FILLED},
    {"us-grey-jpeg50-restart", "restart marker every 7 MCUs", US_GREY, ERIKA,
     J(50), JPEG, .jpeg = {.restart_mcus = 7}},
    {"us-grey-jpeg50-optimised", "own Huffman tables", US_GREY, JANE, J(50),
     JPEG, .jpeg = {.optimise = true}},
    {"us-grey-jpeg50-odd", "size no multiple of an MCU", GEN_US, gen_scene_us,
     GEN_GREY8, 317, 235, 1, MAX, J(50), .coder = JPEG},
    {"us-grey-jpeg50-progressive", "progressive (illegal for .50, seen)",
     US_GREY, MAX, J(50), JPEG, .jpeg = {.progressive = true}},
    {"us-grey-jpeg50-fragments", "one frame in four fragments", US_GREY, ERIKA,
     J(50), JPEG, .fragments = 4},
    {"us-rgb-jpeg50-444", "4:4:4", US_COLOUR, ERIKA, J(50), JPEG,
     .photometric = "YBR_FULL"},
    {"us-rgb-jpeg50-422", "4:2:2", US_COLOUR, MAX, J(50), JPEG,
     .photometric = "YBR_FULL_422", .jpeg = {.h = 2}},
    {"us-rgb-jpeg50-420", "4:2:0", GEN_US, gen_scene_us, GEN_RGB, 640, 480, 1,
     JANE, J(50), JPEG, .photometric = "YBR_FULL_422",
     .jpeg = {.h = 2, .v = 2, .quality = 75}},
    {"us-rgb-jpeg50-420-odd", "4:2:0, size no multiple of an MCU", GEN_US,
     gen_scene_us, GEN_RGB, 311, 229, 1, MAX, J(50), JPEG,
     .photometric = "YBR_FULL_422", .jpeg = {.h = 2, .v = 2}},
    {"us-rgb-jpeg50-440-restart", "4:4:0, restart markers", US_COLOUR, ERIKA,
     J(50), JPEG, .photometric = "YBR_FULL",
     .jpeg = {.v = 2, .restart_mcus = 5}},
    {"us-rgb-jpeg50-rgb", "RGB components, APP14", US_COLOUR, JANE, J(50), JPEG,
     .photometric = "RGB", .jpeg = {.rgb = true}},
    {"us-rgb-jpeg50-scans", "one scan a component", US_COLOUR, MAX, J(50), JPEG,
     .photometric = "YBR_FULL_422",
     .jpeg = {.h = 2, .per_component_scans = true}},
    {"us-rgb-jpeg50-progressive", "progressive 4:2:0 (illegal, seen)",
     US_COLOUR, ERIKA, J(50), JPEG, .photometric = "YBR_FULL_422",
     .jpeg = {.h = 2, .v = 2, .progressive = true}},
    {"us-rgb-jpeg50-mislabelled", "YCbCr stream labelled RGB (seen)", US_COLOUR,
     JANE, J(50), JPEG, .photometric = "RGB"},
    {"letter-jpeg50", "scanned letter", GEN_SC, gen_scene_letter, GEN_GREY8,
     850, 1100, 1, GEN_LATIN1, J(50), JPEG, .jpeg = {.quality = 60}},
    /* JPEG extended */
    {"us-grey-jpeg51", "8 bit", US_GREY, MAX, J(51), .coder = JPEG},
    {"us-rgb-jpeg51-422", "8 bit 4:2:2", US_COLOUR, ERIKA, J(51), JPEG,
     .photometric = "YBR_FULL_422", .jpeg = {.h = 2}},
    {"cr-jpeg51-12bit", "12 bit", CHEST(GEN_GREY12), MAX, J(51), TOOL_JPEG,
     .tool = "+ee +q 90"},
    {"cr-mono1-jpeg51-12bit", "12 bit, MONOCHROME1", CHEST(GEN_GREY12_M1), JANE,
     J(51), TOOL_JPEG, .tool = "+ee +q 90"},
    /* JPEG lossless */
    {"us-grey-jpeg57", "predictor 6", US_GREY, ERIKA, J(57), TOOL_JPEG,
     .tool = "+el +sv 6"},
    {"ct-jpeg57", "signed 16 bit, predictor 4", CT_SLICE, MAX, J(57), TOOL_JPEG,
     .tool = "+el +sv 4"},
    {"us-grey-jpeg70", "ultrasound still", US_GREY, MAX, J(70), TOOL_JPEG,
     .tool = "+e1"},
    {"us-rgb-jpeg70", "RGB", US_COLOUR, JANE, J(70), TOOL_JPEG, .tool = "+e1"},
    {"ct-jpeg70", "signed 16 bit", CT_SLICE, MAX, J(70), TOOL_JPEG,
     .tool = "+e1"},
    {"cr-mono1-jpeg70", "12 bit, MONOCHROME1", CHEST(GEN_GREY12_M1), ERIKA,
     J(70), TOOL_JPEG, .tool = "+e1"},
    {"palette-jpeg70", "palette indices", SCREEN(GEN_PALETTE8), MAX, J(70),
     TOOL_JPEG, .tool = "+e1"},
    /* JPEG-LS */
    {"us-grey-jpegls80", "ultrasound still", US_GREY, MAX, J(80),
     .coder = JPEGLS},
    {"us-rgb-jpegls80-none", "ILV none", US_COLOUR, ERIKA, J(80), JPEGLS,
     .a = 0},
    {"us-rgb-jpegls80-line", "ILV line", US_COLOUR, MAX, J(80), JPEGLS, .a = 1},
    {"us-rgb-jpegls80-sample", "ILV sample", US_COLOUR, JANE, J(80), JPEGLS,
     .a = 2},
    {"cr-jpegls80-12bit", "12 bit", CHEST(GEN_GREY12), MAX, J(80),
     .coder = JPEGLS},
    {"ct-jpegls80", "signed 16 bit", CT_SLICE, JANE, J(80), .coder = JPEGLS},
    {"letter-jpegls80", "scanned letter", GEN_SC, gen_scene_letter, GEN_GREY8,
     850, 1100, 1, ERIKA, J(80), .coder = JPEGLS},
    {"us-grey-jpegls81", "NEAR 2", US_GREY, ERIKA, J(81), JPEGLS, .b = 2},
    {"us-rgb-jpegls81", "NEAR 2, ILV line", US_COLOUR, MAX, J(81), JPEGLS,
     .a = 1, .b = 2},
    /* JPEG 2000 */
    {"us-grey-j2k90", "ultrasound still", US_GREY, MAX, J(90), .coder = J2K},
    {"us-rgb-j2k90", "reversible colour transform", US_COLOUR, ERIKA, J(90),
     J2K, .photometric = "YBR_RCT"},
    {"us-rgb-j2k90-nomct", "no colour transform", US_COLOUR, MAX, J(90), J2K,
     .photometric = "RGB"},
    {"ct-j2k90", "signed 16 bit", CT_SLICE, MAX, J(90), .coder = J2K},
    {"cr-mono1-j2k90", "12 bit, MONOCHROME1", CHEST(GEN_GREY12_M1), JANE, J(90),
     .coder = J2K},
    {"us-grey-j2k91", "irreversible", US_GREY, JANE, J(91), J2K, .b = 1},
    {"us-grey-j2k91-reversible", "lossless stream under .91", US_GREY, ERIKA,
     J(91), .coder = J2K},
    {"us-rgb-j2k91", "irreversible colour transform", US_COLOUR, ERIKA, J(91),
     J2K, .b = 1, .photometric = "YBR_ICT"},
    {"us-grey-j2k91-tiled", "irreversible, tiles of 128", US_GREY, MAX, J(91),
     J2K, .a = 128, .b = 1},
    {"us-rgb-j2k91-tiled", "irreversible, tiles of 128", GEN_US, gen_scene_us,
     GEN_RGB, 640, 480, 1, MAX, J(91), J2K, .a = 128, .b = 1,
     .photometric = "YBR_ICT"},
    {"us-grey-j2k91-tiled-reversible", "lossless, tiles of 128", US_GREY, ERIKA,
     J(91), J2K, .a = 128},
    /* HTJ2K */
    {"us-grey-htj2k201", "lossless", US_GREY, MAX, J(201), HTJ2K,
     .tool = "LRCP"},
    {"us-rgb-htj2k202", "lossless RPCL", US_COLOUR, ERIKA, J(202), HTJ2K,
     .tool = "RPCL", .photometric = "YBR_RCT"},
    {"us-grey-htj2k203", "irreversible", US_GREY, JANE, J(203), HTJ2K, .b = 1,
     .tool = "RPCL"},
    {"us-rgb-htj2k203", "irreversible colour transform", US_COLOUR, JANE,
     J(203), HTJ2K, .b = 1, .tool = "RPCL", .photometric = "YBR_ICT"},
    {"cr-htj2k201-12bit", "lossless 12 bit", CHEST(GEN_GREY12), MAX, J(201),
     HTJ2K, .tool = "RPCL"},
    /* colour, native */
    {"us-rgb-explicit", "pixel by pixel", US_COLOUR, MAX, GEN_TS_EXPLICIT,
     .coder = NATIVE},
    {"us-rgb-planar", "planar configuration 1", GEN_US, gen_scene_us,
     GEN_RGB_PLANAR, 160, 120, 1, ERIKA, GEN_TS_EXPLICIT, .coder = NATIVE},
    {"us-rgb-big-ow", "RGB in big-endian words", GEN_US, gen_scene_us, GEN_RGB,
     160, 120, 1, JANE, GEN_TS_BIG, .coder = NATIVE_OW},
    {"us-rgb-planar-rle", "planar configuration 1", GEN_US, gen_scene_us,
     GEN_RGB_PLANAR, 240, 180, 1, MAX, GEN_TS_RLE, .coder = RLE},
    {"us-ybr-explicit", "YBR_FULL", GEN_US, gen_scene_us, GEN_YBR_FULL, 160,
     120, 1, MAX, GEN_TS_EXPLICIT, .coder = NATIVE},
    {"us-ybr422-explicit", "YBR_FULL_422", GEN_US, gen_scene_us,
     GEN_YBR_FULL_422, 240, 180, 1, ERIKA, GEN_TS_EXPLICIT, .coder = NATIVE},
    {"us-ybrpartial422-explicit", "YBR_PARTIAL_422 (retired)", GEN_US,
     gen_scene_us, GEN_YBR_PARTIAL_422, 240, 180, 1, JANE, GEN_TS_EXPLICIT,
     .coder = NATIVE},
    {"screen-rgb16-deflated", "16 bit colour", SCREEN(GEN_RGB16), MAX,
     GEN_TS_DEFLATED, .coder = NATIVE_OW},
    {"palette8-explicit", "palette of 8 bits, darkest entry last",
     SCREEN(GEN_PALETTE8), ERIKA, GEN_TS_EXPLICIT, .coder = NATIVE},
    {"palette16-deflated", "16-bit indices and palette", SCREEN(GEN_PALETTE16),
     JANE, GEN_TS_DEFLATED, .coder = NATIVE_OW},
    {"screen-rgb-explicit", "workstation screen", GEN_SC, gen_scene_screen,
     GEN_RGB, 400, 300, 1, GEN_LATIN1, GEN_TS_DEFLATED, .coder = NATIVE},
    /* clips */
    {"clip-explicit", "4 frames", GEN_US_MULTI, gen_scene_echo, GEN_GREY8, 192,
     144, 4, MAX, GEN_TS_EXPLICIT, .coder = NATIVE},
    {"clip-jpeg50", "10 frames, empty offset table", ECHO8, 10, MAX, J(50),
     .coder = JPEG},
    {"clip-jpeg50-table", "filled offset table", ECHO8, 4, ERIKA, J(50), JPEG,
     .table = BOT_FILLED},
    {"clip-jpeg50-extended", "extended offset table", ECHO8, 4, JANE, J(50),
     JPEG, .table = EXTENDED_TABLE},
    {"clip-jpeg50-fragments", "three fragments a frame, offset table", ECHO8, 4,
     MAX, J(50), JPEG, .table = BOT_FILLED, .fragments = 3},
    {"clip-jpeg50-fragments-notable",
     "three fragments a frame, empty offset table", ECHO8, 4, ERIKA, J(50),
     JPEG, .fragments = 3},
    {"clip-jpeg50-oddfragment", "fragments of odd length (illegal, seen)",
     ECHO8, 4, MAX, J(50), JPEG, .flags = ODD},
    {"clip-rgb-jpeg50", "colour clip 4:2:2", GEN_US_MULTI, gen_scene_echo,
     GEN_RGB, 256, 192, 8, MAX, J(50), JPEG, .photometric = "YBR_FULL_422",
     .jpeg = {.h = 2}},
    {"clip-rgb-jpeg50-mixed", "4:4:4, then 4:2:0", GEN_US_MULTI, gen_scene_echo,
     GEN_RGB, 160, 120, 3, JANE, J(50), JPEG, .photometric = "YBR_FULL_422",
     .flags = MIXED, .jpeg = {.h = 2, .v = 2}},
    {"clip-j2k91-mixed", "reversible, then irreversible, no lossy attributes",
     GEN_US_MULTI, gen_scene_echo, GEN_GREY8, 160, 120, 3, MAX, J(91), J2K,
     .b = 1, .flags = MIXED},
    {"clip-rle", "offset table", GEN_US_MULTI, gen_scene_echo, GEN_GREY8, 192,
     144, 6, ERIKA, GEN_TS_RLE, RLE, .table = BOT_FILLED},
    {"clip-jpegls80", "6 frames", GEN_US_MULTI, gen_scene_echo, GEN_GREY8, 192,
     144, 6, JANE, J(80), .coder = JPEGLS},
    {"clip-j2k90", "extended offset table", GEN_US_MULTI, gen_scene_echo,
     GEN_GREY8, 192, 144, 6, MAX, J(90), J2K, .table = EXTENDED_TABLE},
    {"clip-j2k91-fragments", "two fragments a frame, offset table",
     GEN_US_MULTI, gen_scene_echo, GEN_GREY8, 192, 144, 6, ERIKA, J(91), J2K,
     .b = 1, .table = BOT_FILLED, .fragments = 2},
    {"clip-jpeg70", "6 frames", GEN_US_MULTI, gen_scene_echo, GEN_GREY8, 192,
     144, 6, MAX, J(70), TOOL_JPEG, .tool = "+e1"},
    {"clip-overlays", "an overlay plane for each frame", GEN_US_MULTI,
     gen_scene_echo, GEN_GREY8, 160, 120, 3, JANE, GEN_TS_EXPLICIT, NATIVE,
     .flags = OVERLAY_FRAMES},
    {"screens-mf-byte", "multi-frame grey byte secondary capture",
     GEN_SC_MULTI_BYTE, gen_scene_screen, GEN_GREY8, 320, 240, 2, ERIKA,
     GEN_TS_RLE, .coder = RLE},
    {"screens-mf-colour", "multi-frame colour secondary capture",
     GEN_SC_MULTI_COLOUR, gen_scene_screen, GEN_RGB, 320, 240, 2, MAX,
     GEN_TS_RLE, RLE, .table = BOT_FILLED},
    {"screens-mf-word", "multi-frame grey word secondary capture",
     GEN_SC_MULTI_WORD, gen_scene_screen, GEN_GREY12, 320, 240, 2, JANE,
     GEN_TS_DEFLATED, .coder = NATIVE_OW},
    {"form-1bit", "1 bit, frames not byte aligned", GEN_SC_MULTI_BIT,
     gen_scene_bitmap, GEN_BIT1, 203, 117, 3, MAX, GEN_TS_EXPLICIT,
     .coder = NATIVE},
    {"form-1bit-implicit", "1 bit in words", GEN_SC_MULTI_BIT, gen_scene_bitmap,
     GEN_BIT1, 209, 119, 3, ERIKA, GEN_TS_IMPLICIT, .coder = NATIVE_OW},
    {"form-1bit-rle", "1 bit, a byte a pixel", GEN_SC_MULTI_BIT,
     gen_scene_bitmap, GEN_BIT1, 203, 117, 2, JANE, GEN_TS_RLE, .coder = RLE},
    {"form-1bit-rle-packed", "1 bit, eight pixels a byte", GEN_SC_MULTI_BIT,
     gen_scene_bitmap, GEN_BIT1, 203, 117, 2, MAX, GEN_TS_RLE, RLE, .a = 1},
    {"clip-moving-jpeg50", "text at another place in each frame", GEN_US_MULTI,
     gen_scene_moving, GEN_GREY8, 256, 192, 5, MAX, J(50), .coder = JPEG},
    {"large-letters-jpeg50", "letters of 44 and 60 pixels", GEN_SC,
     gen_scene_large, GEN_GREY8, 480, 200, 1, MAX, J(50), .coder = JPEG},
    {"large-letters-rgb-jpeg50", "letters of 44 and 60 pixels, 4:2:0", GEN_SC,
     gen_scene_large, GEN_RGB, 480, 200, 1, MAX, J(50), JPEG,
     .photometric = "YBR_FULL_422", .jpeg = {.h = 2, .v = 2}},
    /* more than 8 bits */
    {"cr-mono2-10bit", "10 of 16 bits", CHEST(GEN_GREY10), MAX, GEN_TS_EXPLICIT,
     .coder = NATIVE_OW},
    {"cr-mono1-12bit", "MONOCHROME1, 12 of 16 bits", CHEST(GEN_GREY12_M1),
     ERIKA, GEN_TS_IMPLICIT, .coder = NATIVE_OW},
    {"cr-mono2-12bit-high", "12 bits, high bit 15", CHEST(GEN_GREY12_HIGH),
     JANE, GEN_TS_EXPLICIT, .coder = NATIVE_OW},
    {"cr-overlay-embedded", "overlay in bit 12 of the samples",
     CHEST(GEN_GREY12_EMBEDDED), MAX, GEN_TS_EXPLICIT, NATIVE_OW,
     .flags = EMBEDDED},
    {"cr-rotated", "text rotated by 90 degrees", GEN_CR, gen_scene_rotated,
     GEN_GREY12_M1, 176, 256, 1, MAX, GEN_TS_EXPLICIT, .coder = NATIVE_OW},
    {"cr-16bit", "16 of 16 bits", CHEST(GEN_GREY16), ERIKA, J(80),
     .coder = JPEGLS},
    {"dx-mono1-14bit", "MONOCHROME1, 14 of 16 bits", GEN_DX, gen_scene_chest,
     GEN_GREY14_M1, 200, 240, 1, JANE, GEN_TS_EXPLICIT, .coder = NATIVE_OW},
    {"ct-explicit", "signed 16 bit, padding value", CT_SLICE, MAX,
     GEN_TS_EXPLICIT, .coder = NATIVE_OW},
    {"ct-implicit", "signed 16 bit", CT_SLICE, GEN_LATIN1, GEN_TS_IMPLICIT,
     .coder = NATIVE_OW},
    {"ct-big", "signed 16 bit", CT_SLICE, MAX, GEN_TS_BIG, .coder = NATIVE_OW},
    {"ct-signed12", "signed 12 of 16 bits", GEN_CT, gen_scene_ct, GEN_SIGNED12,
     208, 208, 1, JANE, GEN_TS_EXPLICIT, .coder = NATIVE_OW},
    {"ct-dose-screen", "dose report", GEN_SC, gen_scene_dose, GEN_GREY8, 400,
     320, 1, JANE, J(80), .coder = JPEGLS},
    {"ct-dose-screen-rle", "dose report", GEN_SC, gen_scene_dose, GEN_GREY8,
     400, 320, 1, MAX, GEN_TS_RLE, .coder = RLE},
    {"dose-32bit", "32 bit samples", GEN_DOSE, gen_scene_dose, GEN_GREY32, 400,
     320, 1, ERIKA, GEN_TS_DEFLATED, .coder = NATIVE_OW},
    {"mr-notext", "no text at all", GEN_MR, gen_scene_mr, GEN_GREY12, 160, 160,
     1, GEN_JAPANESE, GEN_TS_EXPLICIT, .coder = NATIVE_OW},
    {"mr-notext-jpeg70", "no text at all", GEN_MR, gen_scene_mr, GEN_GREY12,
     160, 160, 1, MAX, J(70), TOOL_JPEG, .tool = "+e1"},
};

static bool encode(gen_buf *out, const recipe *r, const gen_image *img, int i)
{
    bool first = (r->flags & MIXED) && i == 0;
    gen_jpeg_opts jpeg = r->jpeg;
    if (first)
        jpeg.h = jpeg.v = 1;
    switch (r->coder) {
    case RLE:
        *out = r->a ? gen_rle_bits(img, i) : gen_rle(img, i);
        return true;
    case JPEG:
        *out = gen_jpeg(img, i, &jpeg);
        return true;
    case JPEGLS:
        *out = gen_jpegls(img, i, r->a, r->b);
        return true;
    case J2K:
        *out = gen_j2k(img, i, !r->b || first, r->a,
                       img->samples == 3 && strcmp(r->photometric, "RGB") != 0);
        return true;
    case TOOL_JPEG:
        return gen_dcmcjpeg(out, img, i, r->tool);
    case HTJ2K:
        return gen_htj2k(out, img, i, !r->b, r->tool);
    case NATIVE:
    case NATIVE_OW:
        break;
    }
    gen_die("%s: not an encapsulated syntax", r->name);
}

static void put64(gen_buf *b, uint64_t v)
{
    gen_put32(b, (uint32_t)v, false);
    gen_put32(b, (uint32_t)(v >> 32), false);
}

/* Cut a stream into fragments of even length, or leave the last one odd. */
static void cut(gen_elem *e, const gen_buf *stream, int parts, bool odd)
{
    size_t size = stream->n / (size_t)parts / 2 * 2, at = 0;
    for (int k = 0; k < parts; k++) {
        size_t n = k == parts - 1 ? stream->n - at : size;
        gen_buf f = gen_bytes(stream->p + at, n);
        if (f.n % 2 && !odd)
            gen_put8(&f, 0);
        at += n;
        e->frag[e->n_frag++] = f;
    }
}

static bool pixels_encapsulated(gen_set *ds, const recipe *r,
                                const gen_image *img, size_t *total)
{
    int parts = r->fragments ? r->fragments : 1;
    gen_elem *e = gen_raw(ds, 0x7fe00010, "OB", NULL, 0);
    gen_buf table = {0}, offsets = {0}, lengths = {0};
    uint64_t at = 0;
    *total = 0;
    e->frag = gen_alloc((size_t)(img->frames * parts + 1) * sizeof(gen_buf));
    e->n_frag = 1;
    for (int i = 0; i < img->frames; i++) {
        gen_buf s = {0};
        if (!encode(&s, r, img, i))
            return false;
        *total += s.n;
        gen_put32(&table, (uint32_t)at, false);
        put64(&offsets, at);
        /* RLE segments are even; a DCT stream may need its odd byte kept. */
        if ((r->flags & ODD) && s.n % 2 == 0)
            gen_put8(&s, 0);
        int first = e->n_frag;
        cut(e, &s, parts, r->flags & ODD);
        uint64_t start = at;
        for (int k = first; k < e->n_frag; k++)
            at += 8 + e->frag[k].n;
        put64(&lengths, at - start - 8);
    }
    if (r->table == BOT_FILLED)
        e->frag[0] = table;
    if (r->table == EXTENDED_TABLE) {
        gen_raw(ds, 0x7fe00001, "OV", offsets.p, offsets.n);
        gen_raw(ds, 0x7fe00002, "OV", lengths.p, lengths.n);
    }
    return true;
}

static void lossy_tags(gen_set *ds, const recipe *r, const gen_image *img,
                       size_t total)
{
    bool dct = r->coder == JPEG || (r->tool && strstr(r->tool, "+ee"));
    if ((!dct && !r->b) || (r->coder == J2K && (r->flags & MIXED)))
        return;
    size_t raw = img->frame[0].n * (size_t)img->frames;
    unsigned tenth = (unsigned)(raw * 10 / (total ? total : 1));
    gen_str(ds, 0x00282110, "CS", "01");
    gen_str(ds, 0x00282112, "DS", gen_format("%u.%u", tenth / 10, tenth % 10));
    gen_str(ds, 0x00282114, "CS",
            dct                  ? "ISO_10918_1"
            : r->coder == JPEGLS ? "ISO_14495_1"
            : r->coder == HTJ2K  ? "ISO_15444_15"
                                 : "ISO_15444_1");
}

/* row and column count from 1 */
static void overlay_tags(gen_set *ds, uint32_t group, int w, int h, int row,
                         int column)
{
    const uint8_t origin[4] = {(uint8_t)row, 0, (uint8_t)column, 0};
    gen_us(ds, group | 0x0010, (unsigned)h);
    gen_us(ds, group | 0x0011, (unsigned)w);
    gen_str(ds, group | 0x0040, "CS", "G");
    gen_raw(ds, group | 0x0050, "SS", origin, 4);
    gen_us(ds, group | 0x0100, 1);
    gen_us(ds, group | 0x0102, 0);
}

static void embedded_overlay_tags(gen_set *ds, const gen_image *img)
{
    overlay_tags(ds, 0x60000000, img->w, img->h, 1, 1);
    gen_us(ds, 0x60000100, 16);
    gen_us(ds, 0x60000102, 12);
}

static void add_overlay(gen_set *ds, gen_image *img, const gen_person *who,
                        int frames)
{
    gen_image *o = gen_image_draw(gen_scene_overlay, GEN_BIT1, img->w, img->h,
                                  frames, who);
    overlay_tags(ds, 0x60000000, img->w, img->h, 1, 1);
    if (frames > 1) {
        gen_str(ds, 0x60000015, "IS", gen_format("%d", frames));
        gen_us(ds, 0x60000051, 1);
    }
    gen_raw(ds, 0x60003000, "OW", o->bits.p, o->bits.n);
    int same = o->truth.n / frames;
    for (int i = 0; i < same; i++)
        img->truth.box[img->truth.n++] = o->truth.box[i];
}

static void add_small_overlay(gen_set *ds, gen_image *img,
                              const gen_person *who)
{
    enum {
        W = 120,
        H = 20,
        ROW = 101,
        COLUMN = 61
    };
    gen_image *o =
        gen_image_draw(gen_scene_overlay_small, GEN_BIT1, W, H, 1, who);
    overlay_tags(ds, 0x60020000, W, H, ROW, COLUMN);
    gen_raw(ds, 0x60023000, "OW", o->bits.p, o->bits.n);
    gen_box b = o->truth.box[0];
    b.x += COLUMN - 1;
    b.y += ROW - 1;
    img->truth.box[img->truth.n++] = b;
}

static void scene_icon(gen_scene *s)
{
    gen_pen p = gen_pen_new(s->c, s->truth, 8, s->max);
    gen_text(&p, 2, 10, "name", "%s", "DOE, JANE");
    gen_circle(&p, s->w / 2.0, s->h * 0.6, s->w / 5.0, 0);
}

static void add_icon(gen_set *ds, const gen_person *who)
{
    gen_image *i = gen_image_draw(scene_icon, GEN_GREY8, 64, 48, 1, who);
    gen_set *d = gen_item(ds, 0x00880200);
    gen_us(d, 0x00280002, 1);
    gen_str(d, 0x00280004, "CS", i->photometric);
    gen_us(d, 0x00280010, 48);
    gen_us(d, 0x00280011, 64);
    gen_us(d, 0x00280100, 8);
    gen_us(d, 0x00280101, 8);
    gen_us(d, 0x00280102, 7);
    gen_us(d, 0x00280103, 0);
    gen_pixels_native(d, i, false);
}

static void add_carriers(gen_set *meta, gen_set *ds, const gen_person *who)
{
    gen_str(meta, 0x00020016, "AE", "FICTIVUS1");
    gen_set *source = gen_item(ds, 0x00082112);
    gen_str(source, 0x00081150, "UI", gen_sop_class(GEN_US));
    gen_str(source, 0x00081155, "UI", gen_uid("referenced instance"));
    gen_plant(gen_uid("referenced instance"));
    gen_set *old = gen_item(ds, 0x04000561);
    gen_str(old, 0x04000562, "DT", "20190315120000");
    gen_str(old, 0x04000563, "LO", "FICTIVPACS");
    gen_str(old, 0x04000564, "LO", "");
    gen_str(old, 0x04000565, "CS", "COERCE");
    gen_set *was = gen_item(old, 0x04000550);
    gen_str(was, 0x00100010, "PN", "Mustermann^Maximilian");
    gen_str(was, 0x00100020, "LO", "OLD-00815");
    gen_plant("Mustermann^Maximilian");
    gen_plant("OLD-00815");
    gen_plant("FICTIVPACS");
    gen_str(ds, 0x00090010, "LO", "FICTITIOUS PRIVATE");
    gen_str(ds, 0x00091001, "LO", who->shown);
    gen_str(ds, 0x00091002, "UN", who->id);
    gen_set *priv = gen_item(ds, 0x00091010);
    gen_str(priv, 0x00090010, "LO", "FICTITIOUS PRIVATE");
    gen_str(priv, 0x00091001, "LO", who->name);
    gen_str(ds, 0x00104000, "LT", "Knows Mr. Mustermann, Max well");
    gen_append(ds, 0xfffcfffc, "OB", "padding: Mustermann^Max", 23);
}

static void undefine(gen_set *ds)
{
    for (int i = 0; i < ds->n; i++) {
        ds->e[i].undefined = true;
        for (int k = 0; k < ds->e[i].n_items; k++)
            undefine(ds->e[i].items[k]);
    }
}

static gen_buf serialise(const recipe *r, gen_set *ds, const gen_person *who)
{
    const gen_elem *uid = gen_find(ds, 0x00080018);
    gen_set *meta =
        gen_meta(gen_sop_class(r->iod), (const char *)uid->value.p, r->ts);
    if (r->flags & BARE)
        return gen_dataset(ds, false, false);
    if (r->flags & CARRIERS)
        add_carriers(meta, ds, who);
    if (r->flags & UNDEFINED)
        undefine(ds);
    gen_buf b = gen_part10(meta, ds, r->ts);
    if (r->flags & CARRIERS) {
        memcpy(b.p, "Mustermann^Max FV-4711-0815", 27);
    }
    return b;
}

static void make(const recipe *r)
{
    const gen_person *who = &gen_persons[r->who];
    gen_image *img =
        gen_image_draw(r->scene, r->format, r->w, r->h, r->frames, who);
    const char *path = gen_format("%s.dcm", r->name);
    gen_set *ds = gen_header(r->iod, who, img, r->name);
    if (r->coder <= NATIVE_OW) {
        gen_pixels_native(ds, img, r->coder == NATIVE_OW);
    } else {
        size_t total = 0;
        if (!pixels_encapsulated(ds, r, img, &total)) {
            gen_missing(path, r->coder == HTJ2K
                                  ? "ojph_compress (openjph-tools)"
                                  : "dcmcjpeg (dcmtk)");
            return;
        }
        lossy_tags(ds, r, img, total);
        if (r->photometric)
            gen_str(ds, 0x00280004, "CS", r->photometric);
    }
    if (r->flags & OVERLAY)
        add_overlay(ds, img, who, 1);
    if (r->flags & OVERLAY_FRAMES)
        add_overlay(ds, img, who, r->frames);
    if (r->flags & OVERLAY_SMALL)
        add_small_overlay(ds, img, who);
    if (r->flags & EMBEDDED)
        embedded_overlay_tags(ds, img);
    if (r->flags & ICON)
        add_icon(ds, who);
    bool exact =
        r->coder != JPEG && !r->b && !(r->tool && strstr(r->tool, "+ee"));
    gen_emit(path, r->what, serialise(r, ds, who), &img->truth,
             exact ? img : NULL);
}

void gen_good(void)
{
    for (size_t i = 0; i < sizeof(recipes) / sizeof(recipes[0]); i++) {
        make(&recipes[i]);
        gen_release();
    }
}
