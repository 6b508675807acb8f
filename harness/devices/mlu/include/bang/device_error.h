// A broken rule of the device: raised by an intrinsic, caught at the launch.
#pragma once

#include <cstring>
#include <source_location>
#include <sstream>
#include <stdexcept>
#include <string>

// The last parameter of every intrinsic: where the kernel calls it.
#define OPENXPU_MLU_AT std::source_location at = std::source_location::current()

namespace openxpu::mlu {

class device_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// One call of an intrinsic: its name and its place in the source, for the text of an error.
struct call {
  const char* intrinsic;
  std::source_location at;

  // "__bang_add at conv2d.mlu:12: n is 0, must be greater than 0"
  template <class Value>
  [[noreturn]] void fail(const char* argument, const Value& value, const std::string& rule) const {
    std::ostringstream text;
    text << place() << ": " << argument << " is " << value << ", " << rule;
    throw device_error(text.str());
  }

  std::string place() const {
    const char* slash = std::strrchr(at.file_name(), '/');
    std::ostringstream text;
    text << intrinsic << " at " << (slash != nullptr ? slash + 1 : at.file_name()) << ':' << at.line();
    return text.str();
  }
};

}  // namespace openxpu::mlu
