/* SPDX-License-Identifier: Apache-2.0
 *
 * The view kernels in terms of the vector words of <isa>_p.h, included once
 * by view_<isa>.c. A last partial vector is done by an overlapping whole one:
 * the same input gives the same output twice. */
#include "blit/scalar_p.h"

static inline void window_u8_at(uint8_t *out, const uint8_t *in,
                                const ramp_vec *r)
{
    vec low, high;

    v_widen(v_load(in), &low, &high);
    v_store(out, v_xor(v_narrow(v_ramp(low, r), v_ramp(high, r)), r->invert));
}

void KERNEL(window_u8)(uint8_t *out, const uint8_t *in, size_t n,
                       const dsc_ramp *ramp)
{
    const ramp_vec r = v_ramp_load(ramp);
    size_t i = 0;

    if (n < VEC_BYTES) {
        for (; i < n; i++)
            out[i] = ramp_value(ramp, in[i]);
        return;
    }
    for (; n - i >= VEC_BYTES; i += VEC_BYTES)
        window_u8_at(out + i, in + i, &r);
    if (i < n)
        window_u8_at(out + n - VEC_BYTES, in + n - VEC_BYTES, &r);
}

static inline void window_u16_at(uint8_t *out, const uint8_t *in,
                                 const ramp_vec *r)
{
    vec a = v_ramp(v_load(in), r), b = v_ramp(v_load(in + VEC_BYTES), r);

    v_store(out, v_xor(v_pack(a, b), r->invert));
}

void KERNEL(window_u16)(uint8_t *out, const uint8_t *in, size_t n,
                        const dsc_ramp *ramp)
{
    const ramp_vec r = v_ramp_load(ramp);
    size_t i = 0;

    if (n < VEC_BYTES) {
        for (; i < n; i++)
            out[i] = ramp_value(ramp, load_u16(in + 2 * i));
        return;
    }
    for (; n - i >= VEC_BYTES; i += VEC_BYTES)
        window_u16_at(out + i, in + 2 * i, &r);
    if (i < n)
        window_u16_at(out + n - VEC_BYTES, in + 2 * (n - VEC_BYTES), &r);
}

static inline vec v_strongest(vec r, vec g, vec b)
{
    return v_max(v_max(r, g), b);
}

static inline vec v_spread(vec r, vec g, vec b)
{
    return v_sub(v_strongest(r, g, b), v_min(v_min(r, g), b));
}

static inline vec v_green(vec r, vec g, vec b)
{
    return v_sub(g, v_min(v_min(r, g), b));
}

static inline vec v_cool(vec r, vec g, vec b)
{
    return v_mean(v_sub(b, v_min(v_min(r, g), b)),
                  v_sub(v_strongest(r, g, b), r));
}

#define RGB_KERNEL(name, vector, scalar)                                       \
 void KERNEL(name)(uint8_t * out, const uint8_t *rgb, size_t n)                \
 {                                                                             \
  vec r, g, b;                                                                 \
  size_t i = 0;                                                                \
                                                                               \
  if (n < VEC_BYTES) {                                                         \
   for (; i < n; i++)                                                          \
    out[i] = scalar(rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]);               \
   return;                                                                     \
  }                                                                            \
  for (; n - i >= VEC_BYTES; i += VEC_BYTES) {                                 \
   v_split_rgb(rgb + 3 * i, &r, &g, &b);                                       \
   v_store(out + i, vector(r, g, b));                                          \
  }                                                                            \
  if (i < n) {                                                                 \
   v_split_rgb(rgb + 3 * (n - VEC_BYTES), &r, &g, &b);                         \
   v_store(out + n - VEC_BYTES, vector(r, g, b));                              \
  }                                                                            \
 }

RGB_KERNEL(max_rgb, v_strongest, strongest)
RGB_KERNEL(spread_rgb, v_spread, spread)
RGB_KERNEL(green_rgb, v_green, green)
RGB_KERNEL(cool_rgb, v_cool, cool)

#define PLANAR_KERNEL(name, vector, scalar)                                    \
 static inline void name##_at(uint8_t *out, const uint8_t *r,                  \
                              const uint8_t *g, const uint8_t *b, size_t i)    \
 {                                                                             \
  v_store(out + i, vector(v_load(r + i), v_load(g + i), v_load(b + i)));       \
 }                                                                             \
 void KERNEL(name)(uint8_t * out, const uint8_t *r, const uint8_t *g,          \
                   const uint8_t *b, size_t n)                                 \
 {                                                                             \
  size_t i = 0;                                                                \
                                                                               \
  if (n < VEC_BYTES) {                                                         \
   for (; i < n; i++)                                                          \
    out[i] = scalar(r[i], g[i], b[i]);                                         \
   return;                                                                     \
  }                                                                            \
  for (; n - i >= 2 * VEC_BYTES; i += 2 * VEC_BYTES) {                         \
   name##_at(out, r, g, b, i);                                                 \
   name##_at(out, r, g, b, i + VEC_BYTES);                                     \
  }                                                                            \
  if (n - i >= VEC_BYTES)                                                      \
   name##_at(out, r, g, b, i);                                                 \
  name##_at(out, r, g, b, n - VEC_BYTES);                                      \
 }

PLANAR_KERNEL(max_planar, v_strongest, strongest)
PLANAR_KERNEL(spread_planar, v_spread, spread)
PLANAR_KERNEL(green_planar, v_green, green)
PLANAR_KERNEL(cool_planar, v_cool, cool)
