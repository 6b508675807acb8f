// One call of flash_attention after its arguments were checked: sizes, strides and addresses, no TVM FFI types.
#pragma once

#include <cstdint>

namespace x86_flash_attention_2 {

enum class Element { float16, bfloat16, float32 };

// A tensor [batch, token, head, head_size] whose last dimension is contiguous. Strides count elements.
struct TokenTensor {
  void* first;
  int64_t batch_stride;
  int64_t token_stride;
  int64_t head_stride;

  int64_t offset(int64_t batch, int64_t token, int64_t head) const {
    return batch * batch_stride + token * token_stride + head * head_stride;
  }
};

// The optional output lse [batch, head, query]; `first` is null when it is absent.
struct LogSumExp {
  float* first;
  int64_t batch_stride;
  int64_t head_stride;
  int64_t query_stride;
};

struct Problem {
  Element element;
  int64_t batches;
  int64_t queries;
  int64_t keys;
  int64_t heads;
  int64_t kv_heads;  // divides heads; at least 1 when heads is
  int64_t head_size;
  bool causal;
  double scale;
  TokenTensor q;
  TokenTensor k;
  TokenTensor v;
  TokenTensor o;
  LogSumExp lse;

  // Query heads that share one key/value head.
  int64_t group() const { return heads / kv_heads; }

  // How many leading keys a query sees: causal is bottom-right aligned, key j is visible iff
  // j <= query + keys - queries.
  int64_t visible(int64_t query) const {
    if (!causal) return keys;
    const int64_t end = query + keys - queries + 1;
    return end < 0 ? 0 : (end < keys ? end : keys);
  }
};

// One implementation per instruction set, each compiled with its own target attributes.
namespace portable {
void attention(const Problem& problem);
}
namespace avx2 {
void attention(const Problem& problem);
}
namespace avx512 {
void attention(const Problem& problem);
}
namespace avx512_bfloat16 {
void attention(const Problem& problem);  // element must be bfloat16
}

}  // namespace x86_flash_attention_2
