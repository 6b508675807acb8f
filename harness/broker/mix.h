// Fresh inputs: each 64-byte chunk of a tensor is taken from one of two staged sets, as a keyed function decides that no child can know.
#ifndef OPENXPU_MIX_H
#define OPENXPU_MIX_H

#include <stdint.h>
#include <string.h>

// Whole elements of every dtype; a cache line of the source.
enum { MIX_CHUNK = 64 };

static inline uint64_t mix_rotate(uint64_t word, int bits) { return word << bits | word >> (64 - bits); }

static inline void mix_round(uint64_t v[4]) {
  v[0] += v[1], v[2] += v[3];
  v[1] = mix_rotate(v[1], 13) ^ v[0], v[3] = mix_rotate(v[3], 16) ^ v[2];
  v[0] = mix_rotate(v[0], 32);
  v[2] += v[1], v[0] += v[3];
  v[1] = mix_rotate(v[1], 17) ^ v[2], v[3] = mix_rotate(v[3], 21) ^ v[0];
  v[2] = mix_rotate(v[2], 32);
}

// SipHash-2-4 (Aumasson and Bernstein, 2012) of three words. One-way: a child that sees many mixes cannot compute the next one.
static inline uint64_t mix_bits(uint64_t seed, uint64_t variant, uint64_t tensor, uint64_t block) {
  const uint64_t words[4] = {variant, tensor, block, (uint64_t)24 << 56};
  uint64_t key[2] = {seed, ~seed};
  uint64_t v[4] = {0x736f6d6570736575 ^ key[0], 0x646f72616e646f6d ^ key[1], 0x6c7967656e657261 ^ key[0], 0x7465646279746573 ^ key[1]};
  for (int i = 0; i < 4; i++) {
    v[3] ^= words[i];
    mix_round(v), mix_round(v);
    v[0] ^= words[i];
  }
  v[2] ^= 0xff;
  for (int i = 0; i < 4; i++) mix_round(v);
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

// Writes the mix of `one` and `other`, the same tensor in two sets: about the cost of a copy.
static inline void mix_tensors(char *to, const char *one, const char *other, uint64_t bytes, uint64_t seed, int64_t variant, int tensor) {
  uint64_t bits = 0;
  for (uint64_t chunk = 0, at = 0; at < bytes; chunk++, at += MIX_CHUNK) {
    if (chunk % 64 == 0) bits = mix_bits(seed, (uint64_t)variant, (uint64_t)tensor, chunk / 64);
    const char *from = bits >> (chunk % 64) & 1 ? other : one;
    if (bytes - at >= MIX_CHUNK) memcpy(to + at, from + at, MIX_CHUNK);
    else memcpy(to + at, from + at, bytes - at);
  }
}

#endif
