// The implementation compiled for the baseline instruction set.
#include "vector_portable.h"

#include "attention.h"

namespace x86_flash_attention_2::portable {

void attention(const Problem& problem) {
  switch (problem.element) {
    case Element::float16: return attend<Element::float16, Product::float32>(problem);
    case Element::bfloat16: return attend<Element::bfloat16, Product::float32>(problem);
    case Element::float32: return attend<Element::float32, Product::float32>(problem);
  }
}

}  // namespace x86_flash_attention_2::portable
