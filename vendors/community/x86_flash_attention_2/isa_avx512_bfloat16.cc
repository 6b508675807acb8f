// The implementation compiled for AVX-512 with the bfloat16 dot product: Q K^T on pairs, P V in float32 as everywhere.
#define FA_BFLOAT16_PAIRS
#include "vector_avx512.h"

#include "attention.h"

namespace x86_flash_attention_2::avx512_bfloat16 {

void attention(const Problem& problem) { attend<Element::bfloat16, Product::bfloat16_pairs>(problem); }

}  // namespace x86_flash_attention_2::avx512_bfloat16
