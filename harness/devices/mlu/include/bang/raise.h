// The only header that knows TVM FFI: a device error leaves the launch as a RuntimeError of the kernel ABI.
#pragma once

#include <tvm/ffi/error.h>

#include <string>

namespace openxpu::mlu {

[[noreturn]] inline void raise_to_caller(const std::string& text) { TVM_FFI_THROW(RuntimeError) << text; }

}  // namespace openxpu::mlu
