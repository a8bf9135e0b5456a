// Fuzz target: any bytes are loaded and formatted without a crash, and formatting twice is formatting once.
// With libFuzzer, link this file alone; driver.cc makes a program of it for any compiler.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "lang/format.h"
#include "lang/load.h"

namespace {

using namespace pawl::lang;

class OneFile final : public FileReader {
 public:
  explicit OneFile(std::string text) : text_(std::move(text)) {}
  Result<std::optional<std::string>> read(std::string_view path, std::size_t) const override {
    // The text includes itself under any other name as well: includes are part of the input.
    if (path == "stack.pawl" || path.size() % 2 == 0) return std::optional(text_);
    return std::optional<std::string>();
  }

 private:
  std::string text_;
};

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "lang_fuzz: %s\n", what);
  std::abort();
}

std::optional<std::string> formatted(const std::string& text) {
  Sources sources;
  Diagnostics diagnostics;
  return format(sources, sources.add("stack.pawl", text), diagnostics);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  LoadOptions options;
  options.variables = {{"domain", "example.org"}};
  options.limits.files = 8;
  const Loaded loaded = load(OneFile(text), options);
  require(loaded.stack.has_value() != loaded.diagnostics.has_errors(),
          "a stack exactly when there is no error");
  const std::string said = render(loaded.diagnostics, loaded.sources, false);
  require(said.find('\x1b') == std::string::npos, "no escape sequence of the input reaches the terminal");
  if (loaded.sources.size() == 0) return 0;
  const auto once = formatted(loaded.sources.file(0).text);
  if (!once) return 0;
  const auto twice = formatted(*once);
  require(twice.has_value(), "what was formatted parses");
  require(*twice == *once, "formatting twice is formatting once");
  return 0;
}
