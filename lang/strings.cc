#include "lang/strings.h"

#include <algorithm>
#include <cctype>

namespace pawl::lang {
namespace {

bool is_path(std::string_view text) {
  bool begins = true;
  for (char c : text) {
    if (c == '.') {
      if (begins) return false;
      begins = true;
      continue;
    }
    const auto u = static_cast<unsigned char>(c);
    if (!(std::isalnum(u) || c == '_' || (c == '-' && !begins))) return false;
    begins = false;
  }
  return !begins;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

class Decoder {
 public:
  Decoder(std::string_view written, Span span, Diagnostics& diagnostics)
      : written_(written), span_(span), diagnostics_(diagnostics) {}

  std::vector<StringPart> quoted() {
    for (at_ = 1; at_ + 1 < written_.size();) {
      if (written_[at_] == '\\')
        escape();
      else if (written_.substr(at_, 2) == "${")
        interpolation(written_.size() - 1);
      else
        add(written_[at_++]);
    }
    return std::move(parts_);
  }

  std::vector<StringPart> heredoc() {
    const std::size_t first = written_.find('\n') + 1;
    const std::size_t last = written_.rfind('\n');  // before the closing tag
    if (last + 1 <= first) return {};
    const bool strip = written_[2] == '-' || written_[2] == '~';
    const std::size_t indent = strip ? common_indent(written_.substr(first, last - first)) : 0;
    for (at_ = first; at_ <= last;) line(indent);
    return std::move(parts_);
  }

 private:
  static std::size_t common_indent(std::string_view text) {
    std::size_t indent = std::string_view::npos;
    while (!text.empty()) {
      const std::string_view line = text.substr(0, text.find('\n'));
      const std::size_t own = line.find_first_not_of(" \t\r");
      if (own != std::string_view::npos) indent = std::min(indent, own);
      text.remove_prefix(std::min(text.size(), line.size() + 1));
    }
    return indent == std::string_view::npos ? 0 : indent;
  }

  void line(std::size_t indent) {
    const std::size_t end = written_.find('\n', at_);
    for (std::size_t i = 0; i < indent && at_ < end && (written_[at_] == ' ' || written_[at_] == '\t'); ++i)
      ++at_;
    while (at_ < end) {
      if (written_.substr(at_, 2) == "${")
        interpolation(end);
      else if (written_[at_] == '\r')
        ++at_;
      else
        add(written_[at_++]);
    }
    add('\n');
    at_ = end + 1;
  }

  void escape() {
    const char c = written_[at_ + 1];
    switch (c) {
      case 'n':
        add('\n');
        break;
      case 't':
        add('\t');
        break;
      case 'r':
        add('\r');
        break;
      case '"':
      case '\\':
      case '$':
        add(c);
        break;
      default: {
        std::size_t length = 2;
        while (at_ + length < written_.size() &&
               (static_cast<unsigned char>(written_[at_ + length]) & 0xC0u) == 0x80u) {
          ++length;
        }
        report(DiagnosticKind::BadEscape, at_, at_ + length,
               "`" + std::string(written_.substr(at_, length)) + "` is not an escape",
               "write `\\\\` for a backslash; the escapes are \\n \\t \\r \\\" \\\\ \\$");
        at_ += length;
        return;
      }
    }
    at_ += 2;
  }

  void interpolation(std::size_t limit) {
    const std::size_t begin = at_;
    bool nested = false;
    for (at_ += 2; at_ < limit && (nested || written_[at_] != '}'); ++at_) {
      if (written_[at_] == '"') nested = !nested;
    }
    const std::size_t end = std::min(at_ + 1, limit);
    const std::string_view content = trim(written_.substr(begin + 2, at_ - begin - 2));
    at_ = end;
    if (is_path(content)) {
      push(StringPart::Kind::Reference, std::string(content), begin, end);
    } else if (content.starts_with("secret(\"") && content.ends_with("\")")) {
      push(StringPart::Kind::Secret, std::string(content.substr(8, content.size() - 10)), begin, end);
    } else {
      report(DiagnosticKind::BadInterpolation, begin, end,
             content.empty() ? "`${}` holds nothing" : "`" + std::string(content) + "` is not a reference",
             "write a reference such as `${version}` or `${var.name}`, or `\\$` for a dollar sign");
    }
  }

  void add(char c) {
    if (parts_.empty() || parts_.back().kind != StringPart::Kind::Text)
      push(StringPart::Kind::Text, {}, at_, at_);
    parts_.back().text += c;
  }

  void push(StringPart::Kind kind, std::string text, std::size_t begin, std::size_t end) {
    parts_.push_back({kind, std::move(text), span(begin, end)});
  }

  void report(DiagnosticKind kind, std::size_t begin, std::size_t end, std::string detail, std::string fix) {
    diagnostics_.add({kind, span(begin, end), std::move(detail), "", std::move(fix), "", {}});
  }

  Span span(std::size_t begin, std::size_t end) const {
    return {span_.source, span_.begin + static_cast<std::uint32_t>(begin),
            span_.begin + static_cast<std::uint32_t>(end)};
  }

  std::string_view written_;
  Span span_;
  Diagnostics& diagnostics_;
  std::size_t at_ = 0;
  std::vector<StringPart> parts_;
};

}  // namespace

std::vector<StringPart> decode(std::string_view written, Span span, Diagnostics& diagnostics) {
  Decoder decoder(written, span, diagnostics);
  return written.starts_with('"') ? decoder.quoted() : decoder.heredoc();
}

}  // namespace pawl::lang
