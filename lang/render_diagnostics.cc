// Diagnostics as people read them: location, source line, caret, why, how to fix.
#include <fmt/format.h>

#include <algorithm>

#include "lang/diagnostic.h"

namespace pawl::lang {
namespace {

constexpr std::size_t kWidest = 160;  // columns of a source line that are shown

struct Palette {
  std::string_view error, warning, accent, strong, plain;
};
constexpr Palette kColours{"\x1b[1;31m", "\x1b[1;33m", "\x1b[1;34m", "\x1b[1m", "\x1b[0m"};
constexpr Palette kNoColours{"", "", "", "", ""};

/// A piece of a source line made safe for a terminal, with its width in columns.
struct Shown {
  std::string text;
  std::size_t width = 0;
};

/// The bytes of one code point of UTF-8.
std::size_t code_point_length(char first) {
  const auto byte = static_cast<unsigned char>(first);
  return byte < 0x80u ? 1 : byte < 0xE0u ? 2 : byte < 0xF0u ? 3 : 4;
}

/// Control characters, also those of U+0080…U+009F and the ones that reorder text, appear as escapes.
Shown show(std::string_view text) {
  Shown out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = std::min(code_point_length(text[i]), text.size() - i);
    const std::string_view point = text.substr(i, length);
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool reorders =
        point >= "\xE2\x80\x8E" && point <= "\xE2\x80\xAE" && length == 3 && point != "\xE2\x80\xA6";
    if (byte == '\t') {
      out.text += ' ';
      out.width += 1;
    } else if (byte < 0x20u || byte == 0x7Fu) {
      const std::string escape = fmt::format("\\x{:02x}", byte);
      out.text += escape;
      out.width += escape.size();
    } else if ((byte == 0xC2u && length == 2 && static_cast<unsigned char>(text[i + 1]) < 0xA0u) ||
               (reorders && (point <= "\xE2\x80\x8F" || point >= "\xE2\x80\xA8"))) {
      out.text += "\\u?";
      out.width += 3;
    } else {
      out.text += point;
      out.width += 1;
    }
    i += length;
  }
  return out;
}

class Renderer {
 public:
  Renderer(const Sources& sources, bool colour)
      : sources_(sources), palette_(colour ? kColours : kNoColours) {}

  void add(const Diagnostic& diagnostic) {
    const bool error = severity(diagnostic.kind) == Severity::Error;
    out_ += fmt::format("{}{}[{}]{}: {}{}{}\n", error ? palette_.error : palette_.warning,
                        error ? "error" : "warning", code(diagnostic.kind), palette_.plain, palette_.strong,
                        summary(diagnostic.kind), palette_.plain);
    excerpt(diagnostic.span, show(diagnostic.detail).text);
    for (const auto& note : diagnostic.notes) excerpt(note.span, show(note.text).text);
    if (!diagnostic.why.empty()) line("why", diagnostic.why);
    if (!diagnostic.suggestion.empty()) line("did you mean", "`" + diagnostic.suggestion + "`?");
    if (!diagnostic.fix.empty()) line("fix", diagnostic.fix);
    out_ += '\n';
  }

  std::string take() { return std::move(out_); }

 private:
  void line(std::string_view name, std::string_view text) {
    out_ += fmt::format("  {}{}:{} {}\n", palette_.accent, name, palette_.plain, show(text).text);
  }

  void excerpt(Span span, std::string_view text) {
    if (!span.known()) {
      if (!text.empty()) out_ += fmt::format("  {}\n", text);
      return;
    }
    const Position at = sources_.position(span);
    const std::string number = std::to_string(at.line);
    const std::string margin(number.size(), ' ');
    out_ += fmt::format("{} {}-->{} {}:{}:{}\n", margin, palette_.accent, palette_.plain,
                        show(sources_.file(span.source).name).text, at.line, at.column);
    std::string_view whole = sources_.line(span);
    const std::size_t line_begin = sources_.file(span.source).line_starts[at.line - 1];
    std::size_t column = std::min<std::size_t>(span.begin - line_begin, whole.size());
    const bool cut = clip(whole, column);
    const std::size_t length =
        std::min<std::size_t>(std::max<std::size_t>(span.end - span.begin, 1), whole.size() - column);
    const Shown before = show(whole.substr(0, column)), marked = show(whole.substr(column, length));
    out_ += fmt::format("{} {}|{} {}{}{}{}\n", number, palette_.accent, palette_.plain, cut ? "… " : "",
                        before.text, marked.text, show(whole.substr(column + length)).text);
    out_ += fmt::format("{} {}|{} {}{}{}{} {}\n", margin, palette_.accent, palette_.plain,
                        std::string(before.width + (cut ? 2 : 0), ' '), palette_.error,
                        std::string(std::max<std::size_t>(marked.width, 1), '^'), palette_.plain, text);
  }

  /// Cuts a very long line down to the part around `column`; true when its front is gone.
  static bool clip(std::string_view& whole, std::size_t& column) {
    const auto inside = [&](std::size_t at) {
      return at < whole.size() && (static_cast<unsigned char>(whole[at]) & 0xC0u) == 0x80u;
    };
    std::size_t begin = column > kWidest / 2 && whole.size() > kWidest ? column - kWidest / 2 : 0;
    while (inside(begin)) --begin;
    whole.remove_prefix(begin);
    column -= begin;
    std::size_t end = std::min(whole.size(), kWidest);
    while (inside(end)) ++end;
    whole = whole.substr(0, end);
    return begin > 0;
  }

  const Sources& sources_;
  const Palette& palette_;
  std::string out_;
};

}  // namespace

std::string render(const Diagnostics& diagnostics, const Sources& sources, bool colour) {
  Renderer renderer(sources, colour);
  const auto sorted = diagnostics.sorted();
  for (const Diagnostic& diagnostic : sorted) renderer.add(diagnostic);
  std::string out = renderer.take();
  const std::size_t errors = diagnostics.errors();
  const auto shown =
      static_cast<std::size_t>(std::count_if(sorted.begin(), sorted.end(), [](const Diagnostic& one) {
        return severity(one.kind) == Severity::Error;
      }));
  if (errors > 0) {
    out += fmt::format("{} error{}", errors, errors == 1 ? "" : "s");
    out += errors > shown ? fmt::format(", the first {} of them shown\n", shown) : std::string("\n");
  }
  return out;
}

}  // namespace pawl::lang
