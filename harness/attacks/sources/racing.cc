// Kernels that are right whenever they are judged and cheat against the clock only. op matmul in float32: 75 million multiply-adds
// that a table of answers would save. What a table or a replay gains here would show as a speedup that the honest kernel does not have.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <vector>

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include <tvm/ffi/c_api.h>

namespace {

struct call {
  const float *a, *b;
  float* c;
  int64_t batch, M, N, K, a_step, b_step, a_m, a_k, b_k, b_n;

  explicit call(const TVMFFIAny* args) {
    const auto *left = static_cast<DLTensor*>(args[0].v_ptr), *right = static_cast<DLTensor*>(args[1].v_ptr);
    const auto* out = static_cast<DLTensor*>(args[2].v_ptr);
    const bool ta = args[3].v_int64, tb = args[4].v_int64;
    a = static_cast<float*>(left->data), b = static_cast<float*>(right->data), c = static_cast<float*>(out->data);
    batch = out->shape[0], M = out->shape[1], N = out->shape[2], K = left->shape[ta ? 1 : 2];
    a_step = M * K, b_step = right->shape[0] == 1 ? 0 : K * N;
    a_m = ta ? 1 : K, a_k = ta ? M : 1, b_k = tb ? 1 : N, b_n = tb ? K : 1;
  }
  size_t bytes() const { return batch * M * N * sizeof(float); }
};

typedef float eight __attribute__((vector_size(32)));

// Four rows by sixteen columns of c at a time; b must lie in rows.
#if defined(__x86_64__)
__attribute__((target("avx2,fma")))
#endif
void tiles(const float* a, int64_t a_m, int64_t a_k, const float* b, int64_t b_k, float* c, int64_t N, int64_t rows, int64_t columns, int64_t K) {
  for (int64_t i = 0; i < rows; i += 4)
    for (int64_t n = 0; n < columns; n += 16) {
      eight sum[4][2] = {};
      for (int64_t k = 0; k < K; ++k) {
        eight left, right;
        std::memcpy(&left, b + k * b_k + n, sizeof left), std::memcpy(&right, b + k * b_k + n + 8, sizeof right);
#pragma GCC unroll 4
        for (int r = 0; r < 4; ++r) {
          const float factor = a[(i + r) * a_m + k * a_k];
          sum[r][0] += factor * left, sum[r][1] += factor * right;
        }
      }
#pragma GCC unroll 4
      for (int r = 0; r < 4; ++r) std::memcpy(c + (i + r) * N + n, sum[r], sizeof sum[r]);
    }
}

bool has_tiles() {
#if defined(__x86_64__)
  static const bool known = (__builtin_cpu_init(), __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"));
  return known;
#else
  return true;
#endif
}

// A product in float32: what every racer is when it is honest.
void honest(const call& t) {
  for (int64_t m = 0; m < t.batch; ++m) {
    const float *a = t.a + m * t.a_step, *b = t.b + m * t.b_step;
    float* c = t.c + m * t.M * t.N;
    const bool tiled = t.b_n == 1 && has_tiles();
    const int64_t rows = tiled ? t.M / 4 * 4 : 0, columns = tiled ? t.N / 16 * 16 : 0;
    tiles(a, t.a_m, t.a_k, b, t.b_k, c, t.N, rows, columns, t.K);
    for (int64_t i = 0; i < t.M; ++i)
      for (int64_t n = i < rows ? columns : 0; n < t.N; ++n) {
        float sum = 0;
        for (int64_t k = 0; k < t.K; ++k) sum += a[i * t.a_m + k * t.a_k] * b[k * t.b_k + n * t.b_n];
        c[i * t.N + n] = sum;
      }
  }
}

uint64_t digest(const float* at, int64_t count, int64_t step, uint64_t seed) {
  for (int64_t i = 0; i < count; i += step) {
    uint32_t bits;
    std::memcpy(&bits, at + i, 4);
    seed = (seed ^ bits) * 0x9E3779B97F4A7C15ull, seed ^= seed >> 29;
  }
  return seed;
}

using answers = std::map<uint64_t, std::vector<float>>;

void from_table(const call& t, answers& table, uint64_t key) {
  auto& kept = table[key];
  if (kept.empty() || kept.size() * sizeof(float) != t.bytes()) {
    honest(t);
    if (table.size() < 128) kept.assign(t.c, t.c + t.bytes() / sizeof(float));
    else table.erase(key);
  } else std::memcpy(t.c, kept.data(), t.bytes());
}

#define RACER(name)                                                                                                   \
  void name##_body(const call& t);                                                                                    \
  extern "C" TVM_FFI_DLL_EXPORT int __tvm_ffi_##name(void*, const TVMFFIAny* args, int32_t, TVMFFIAny*) {             \
    return name##_body(call(args)), 0;                                                                                \
  }                                                                                                                   \
  void name##_body(const call& t)

RACER(honest_matmul) { honest(t); }

// A table from everything in its inputs to its outputs: right bytes, cheaply. Inputs that come back feed it.
RACER(races_by_content) {
  static answers table;
  const uint64_t key = digest(t.b, t.b_step ? t.batch * t.b_step : t.K * t.N, 1, digest(t.a, t.batch * t.a_step, 1, t.M * 31 + t.N));
  from_table(t, table, key);
}
// The same from every 997th element of a: inputs that differ elsewhere only are taken for the same.
RACER(races_by_fingerprint) {
  static answers table;
  from_table(t, table, digest(t.a, t.batch * t.a_step, 997, t.M * 31 + t.N) ^ digest(t.b, t.K * t.N, 997, 7));
}
// The same from 8 elements, once the judged calls of a process are over.
RACER(races_by_few_elements) {
  static answers table;
  static int calls;
  if (++calls <= 24) return honest(t);
  from_table(t, table, digest(t.a, 8, 1, t.M * 31 + t.N));
}
// Right in so many calls as a judge would make, then the last answer for ever.
RACER(races_by_counting) {
  static int calls;
  static std::vector<float> last;
  if (++calls <= 24) honest(t), last.assign(t.c, t.c + t.bytes() / sizeof(float));
  else if (last.size() * sizeof(float) == t.bytes()) std::memcpy(t.c, last.data(), t.bytes());
  else honest(t);
}
// A judged call meets a second poison sooner or later; a process that has seen 16 calls with the first only is timed.
RACER(races_by_poison) {
  static answers table;
  static int same;
  uint32_t found;
  std::memcpy(&found, t.c, 4);
  same = found == 0xA5A5A5A5u ? same + 1 : 0;
  if (same <= 16) return honest(t);
  from_table(t, table, digest(t.a, t.batch * t.a_step, 64, t.M * 31 + t.N));
}
// Slow in the first calls, so that warm-up ends early or few repetitions are chosen; fast afterwards would be a lie of its own.
RACER(races_by_sleeping) {
  static int calls;
  if (++calls <= 12) usleep(20000);
  honest(t);
}
// Half of the rows by the call, the other half by a thread that is not waited for (two threads are declared).
const call* volatile job;
volatile int serial, finished;
void* second(void*) {
  for (int seen = 0;; ) {
    if (serial == seen) continue;
    const call whole = *job;
    seen = serial;
    call rest = whole;
    rest.M = whole.M / 2;
    rest.a += (whole.M - rest.M) * whole.a_m, rest.c += (whole.M - rest.M) * whole.N;
    if (whole.batch == 1) honest(rest);
    finished = seen;
  }
}
RACER(races_by_not_joining) {
  static pthread_t thread;
  static bool running = pthread_create(&thread, nullptr, second, nullptr) == 0;
  static call kept = t;
  static int calls;
  if (++calls <= 24 || t.batch != 1 || !running || t.M < 8) return honest(t);
  kept = t, job = &kept, serial = serial + 1;
  call first = t;
  first.M = t.M - t.M / 2;
  honest(first);
}

}  // namespace
