/* SPDX-License-Identifier: Apache-2.0
 *
 * Letters of 7 x 9 pixels, as consoles of ultrasound machines drew them:
 * strokes one pixel wide from point to point. For the files and for the
 * reader's tests.
 */
#ifndef GENERATE_CONSOLE_H
#define GENERATE_CONSOLE_H

enum {
    CONSOLE_PITCH = 9,
    CONSOLE_HEIGHT = 9
};

typedef void (*console_dot_fn)(void *ctx, int x, int y);

/* `dot` gets each pixel of the text, some twice; (0, 0) is its upper left
 * corner. Characters that the font lacks are spaces. */
void console_write(const char *text, console_dot_fn dot, void *ctx);

#endif
