// The typed C++ stub of an op: what a native kernel exports, in argument order. Pure.
import type { Op } from "../../domain/op.ts";

/** One C++ parameter with its comment. */
function parameters(op: Op): string[] {
  const tensors = [...Object.entries(op.inputs), ...Object.entries(op.outputs)].map(([name, tensor]) => {
    const type = tensor.optional ? "Optional<TensorView>" : "TensorView";
    const shape = tensor.shape.length === 0 ? "scalar" : `[${tensor.shape.join(", ")}]`;
    return { type, name, comment: `${tensor.dtype} ${shape}${tensor.optional ? ", absent is None" : ""}` };
  });
  const attributes = Object.entries(op.attributes).map(([name, attribute]) => {
    const tuple = attribute.type.includes("[");
    const scalar = attribute.type.startsWith("float64")
      ? "double"
      : attribute.type.startsWith("bool")
        ? "bool"
        : "int64_t";
    return { type: tuple ? "Array<int64_t>" : scalar, name, comment: attribute.type };
  });
  const all = [...tensors, ...attributes];
  return all.map(
    ({ type, name, comment }, index) => `    ${type} ${name}${index === all.length - 1 ? ")" : ","}  // ${comment}`,
  );
}

/** The stub's text; it compiles and declines every case. */
export function stub(op: Op, entry: string): string {
  return `// ${op.title}: inputs, then outputs (write into them), then attributes. kernels/${op.op}/README.md has the formula.
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/optional.h>

using tvm::ffi::Array;
using tvm::ffi::Optional;
using tvm::ffi::TensorView;

static void kernel(
${parameters(op).join("\n")}
{
  TVM_FFI_THROW(NotImplementedError) << "nothing is implemented yet";
}

TVM_FFI_DLL_EXPORT_TYPED_FUNC(${entry}, kernel);
`;
}
