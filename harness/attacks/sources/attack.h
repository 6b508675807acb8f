// What every attack in C++ shares: the arguments of silu_and_mul in float32, an honest answer, and a way to show loot.
// An attack that finds what it must not find prints a line with the word LOOT: the runner reads the logs for it.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <tvm/ffi/c_api.h>

struct call {
  DLTensor *in, *out;
  float *x, *y;
  int64_t rows, size;

  explicit call(const TVMFFIAny* args)
      : in(static_cast<DLTensor*>(args[0].v_ptr)), out(static_cast<DLTensor*>(args[1].v_ptr)),
        x(static_cast<float*>(in->data)), y(static_cast<float*>(out->data)), rows(out->shape[0]), size(out->shape[1]) {}

  int64_t count() const { return rows * size; }
  size_t bytes() const { return count() * sizeof(float); }
};

// The right answer of one element of y.
inline float right(const call& a, int64_t at) {
  const int64_t row = at / a.size, d = at % a.size;
  const float gate = a.x[row * 2 * a.size + d], up = a.x[row * 2 * a.size + a.size + d];
  return gate / (1 + std::exp(-gate)) * up;
}

inline void honest(const call& a, int64_t from = 0, int64_t to = -1) {
  for (int64_t at = from; at < (to < 0 ? a.count() : to); ++at) a.y[at] = right(a, at);
}

inline void loot(const char* what) {
  std::printf("LOOT %s\n", what);
  std::fflush(stdout);
}

// The attack could not even begin: that must not look like an attack that was stopped.
inline int broken(const char* why) {
  TVMFFIErrorSetRaisedFromCStr("AttackBroken", why);
  return -1;
}

#define ATTACK(name)                                                                                                  \
  static int name##_body(const call& a);                                                                              \
  extern "C" TVM_FFI_DLL_EXPORT int __tvm_ffi_##name(void*, const TVMFFIAny* args, int32_t, TVMFFIAny*) {             \
    return name##_body(call(args));                                                                                   \
  }                                                                                                                   \
  static int name##_body([[maybe_unused]] const call& a)
