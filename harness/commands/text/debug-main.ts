// A small C++ main that calls a kernel on dumped tensors: for a debugger, without the harness. Pure.
import { type DType, dtypeBytes } from "../../domain/dtype.ts";
import type { BoundCase, Op, TensorSpec } from "../../domain/op.ts";

/** DLPack type codes (dlpack.h 1.1): 0 int, 1 uint, 2 float, 4 bfloat, 6 bool, 10 and 12 the 8-bit floats. */
const CODE: Record<DType, number> = {
  float16: 2,
  bfloat16: 4,
  float32: 2,
  float64: 2,
  int8: 0,
  uint8: 1,
  int32: 0,
  int64: 0,
  bool: 6,
  float8_e4m3fn: 10,
  float8_e5m2: 12,
  int4: 0,
  uint4: 1,
};

function argument(spec: TensorSpec, input: boolean): string {
  if (spec.absent) return `  args.push_back(none());  // ${spec.name} is absent`;
  const shape = `{${spec.shape.join(", ")}}`;
  const bits = dtypeBytes(spec.dtype) * 8;
  const file = input ? `"${spec.name}.npy"` : "nullptr";
  return `  args.push_back(tensor("${spec.name}", ${file}, {${CODE[spec.dtype]}, ${bits}, 1}, ${shape}));`;
}

function attribute(op: Op, bound: BoundCase, name: string): string {
  const value = bound.attributes[name];
  const type = op.attributes[name]?.type ?? "int64";
  if (Array.isArray(value)) return `  args.push_back(tuple({${value.join(", ")}}));  // ${name}`;
  if (type.startsWith("float64")) return `  args.push_back(real(${Number(value)}));  // ${name}`;
  return `  args.push_back(integer(${Number(value)}, ${type.startsWith("bool") ? 2 : 1}));  // ${name}`;
}

/** The program's text. It is built with the submission's own sources. */
export function debugMain(op: Op, bound: BoundCase, entry: string, sources: readonly string[]): string {
  const tensors = [
    ...bound.inputs.map((spec) => argument(spec, true)),
    ...bound.outputs.map((spec) => argument(spec, false)),
  ];
  const attributes = Object.keys(op.attributes).map((name) => attribute(op, bound, name));
  return `// Calls ${entry} on the tensors of this folder and writes its outputs as <name>.out.
// Build in this folder: g++ -std=c++20 -g -I"$(tvm-ffi-config --includedir)" main.cc ${sources.join(" ")} -L"$(tvm-ffi-config --libdir)" -ltvm_ffi -o step
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <tvm/ffi/any.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/error.h>

extern "C" int __tvm_ffi_${entry}(void *, const TVMFFIAny *, int32_t, TVMFFIAny *);

struct held { std::string name; DLTensor tensor; std::vector<int64_t> shape, strides; std::vector<char> bytes; bool output; };
static std::vector<held *> tensors;
static std::vector<tvm::ffi::Array<int64_t>> tuples;

static TVMFFIAny none() { return TVMFFIAny{}; }
static TVMFFIAny integer(int64_t v, int kind) { TVMFFIAny a{}; a.type_index = kind; a.v_int64 = v; return a; }
static TVMFFIAny real(double v) { TVMFFIAny a{}; a.type_index = 3; a.v_float64 = v; return a; }
static TVMFFIAny tuple(std::initializer_list<int64_t> v) {
  tuples.push_back(tvm::ffi::Array<int64_t>(v));
  return tvm::ffi::AnyView(tuples.back()).CopyToTVMFFIAny();
}
static TVMFFIAny tensor(const char *name, const char *file, DLDataType type, std::vector<int64_t> shape) {
  auto *t = new held{name, {}, std::move(shape), {}, {}, file == nullptr};
  size_t count = 1;
  t->strides.resize(t->shape.size());
  for (size_t i = t->shape.size(); i-- > 0;) { t->strides[i] = int64_t(count); count *= size_t(t->shape[i]); }
  t->bytes.resize((count * type.bits + 7) / 8);
  if (file) {
    FILE *f = fopen(file, "rb");
    unsigned char head[10];
    if (!f || fread(head, 1, 10, f) != 10 || fseek(f, 10 + head[8] + 256 * head[9], SEEK_SET) || fread(t->bytes.data(), 1, t->bytes.size(), f) != t->bytes.size()) { perror(file); exit(1); }
    fclose(f);
  }
  t->tensor = DLTensor{t->bytes.data(), {kDLCPU, 0}, int(t->shape.size()), type, t->shape.data(), t->strides.data(), 0};
  tensors.push_back(t);
  TVMFFIAny a{};
  a.type_index = 7;
  a.v_ptr = &t->tensor;
  return a;
}

int main() {
  std::vector<TVMFFIAny> args;
  tuples.reserve(16);
${[...tensors, ...attributes].join("\n")}
  TVMFFIAny result{};
  int code = __tvm_ffi_${entry}(nullptr, args.data(), int32_t(args.size()), &result);
  for (held *t : tensors) {
    if (!t->output) continue;
    FILE *f = fopen((t->name + ".out").c_str(), "wb");
    fwrite(t->bytes.data(), 1, t->bytes.size(), f);
    fclose(f);
  }
  printf("${entry} returned %d\\n", code);
  return code;
}
`;
}
