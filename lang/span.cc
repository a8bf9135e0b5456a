#include "lang/span.h"

#include <algorithm>

namespace pawl::lang {
namespace {

std::vector<std::uint32_t> find_line_starts(std::string_view text) {
  std::vector<std::uint32_t> starts{0};
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    starts.push_back(static_cast<std::uint32_t>(at + 1));
  }
  return starts;
}

std::size_t line_index(const Sources::File& file, std::uint32_t offset) {
  const auto after = std::upper_bound(file.line_starts.begin(), file.line_starts.end(), offset);
  return static_cast<std::size_t>(after - file.line_starts.begin()) - 1;
}

bool continues_code_point(char c) {
  return (static_cast<unsigned char>(c) & 0xC0u) == 0x80u;
}

}  // namespace

SourceId Sources::add(std::string name, std::string text) {
  auto starts = find_line_starts(text);
  files_.push_back({std::move(name), std::move(text), std::move(starts)});
  return static_cast<SourceId>(files_.size() - 1);
}

Position Sources::position(Span span) const {
  const File& file = files_[span.source];
  const std::size_t line = line_index(file, span.begin);
  const std::size_t end = std::min<std::size_t>(span.begin, file.text.size());
  std::uint32_t column = 1;
  for (std::size_t i = file.line_starts[line]; i < end; ++i) {
    if (!continues_code_point(file.text[i])) ++column;
  }
  return {static_cast<std::uint32_t>(line + 1), column};
}

std::string_view Sources::line(Span span) const {
  const File& file = files_[span.source];
  const std::size_t begin = file.line_starts[line_index(file, span.begin)];
  std::string_view rest = std::string_view(file.text).substr(begin);
  rest = rest.substr(0, rest.find('\n'));
  if (rest.ends_with('\r')) rest.remove_suffix(1);
  return rest;
}

std::string Sources::where(Span span) const {
  if (!span.known()) return {};
  return files_[span.source].name + ":" + std::to_string(position(span).line);
}

}  // namespace pawl::lang
