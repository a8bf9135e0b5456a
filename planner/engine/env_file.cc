#include "planner/engine/env_file.h"

#include <algorithm>

#include "lang/characters.h"

namespace pawl::planner {
namespace {

using lang::failure;
using lang::Result;

/// An entry and where its value is, so that it can be changed without touching any other byte.
struct Found {
  EnvEntry entry;
  std::size_t begin = 0, end = 0;  // of the value, quotes included
  char quote = 0;
};

/// White space within a line, as Compose skips it around names and before values.
bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

bool is_space(char c) {
  return is_blank(c) || c == '\n';
}

/// Any letter will do, so bytes of characters beyond ASCII do, too.
bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || lang::is_digit(c) || c == '_' || c == '.' ||
         c == '-' || c == '[' || c == ']' || static_cast<unsigned char>(c) >= 0x80;
}

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_name_char);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

void append_utf8(unsigned code, std::string& out) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else {
    out += static_cast<char>(0xc0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3f));
  }
}

/// `\0` and three octal digits: the character of that number. Anything shorter or beyond 255 stays as text,
/// without its zero, which is what Compose makes of it.
std::size_t append_octal(std::string_view after_zero, std::string& out) {
  std::size_t count = 0;
  unsigned code = 0;
  bool octal = true;
  while (count < 3 && count < after_zero.size() && lang::is_digit(after_zero[count])) {
    octal = octal && after_zero[count] < '8';
    code = code * 8 + static_cast<unsigned>(after_zero[count++] - '0');
  }
  if (count == 3 && octal && code < 256)
    append_utf8(code, out);
  else
    out += '\\' + std::string(after_zero.substr(0, count));
  return count;
}

/// The escapes of double quotes, once the quotes themselves are taken off.
std::string without_escapes(std::string_view text, std::string_view dollar) {
  constexpr std::string_view kNames = "abfnrtv\"\\", kMeanings = "\a\b\f\n\r\t\v\"\\";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : '\0';
    const std::size_t known = next == '\0' ? std::string_view::npos : kNames.find(next);
    if (known != std::string_view::npos) {
      out += kMeanings[known];
      ++i;
    } else if (next == '$') {
      out += dollar;
      ++i;
    } else if (next == '0') {
      i += 1 + append_octal(text.substr(i + 2), out);
    } else {
      out += text[i];
    }
  }
  return out;
}

/// Reads entry after entry. Positions are byte offsets into the whole text.
class Scanner {
 public:
  /// `dollar` is what `\$` in double quotes becomes.
  Scanner(std::string_view text, std::string_view dollar) : text_(text), dollar_(dollar) {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  }

  Result<std::vector<Found>> all() {
    std::vector<Found> found;
    while (skip_to_entry()) {
      auto next = entry();
      if (!next) return tl::unexpected(next.error());
      found.push_back(std::move(*next));
    }
    return found;
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\n'; }
  bool more() const { return at_ < text_.size(); }

  void skip_blanks() {
    while (more() && is_blank(peek())) ++at_;
  }

  /// Moves over empty lines and comments; false at the end of the text.
  bool skip_to_entry() {
    for (; more(); ++at_) {
      if (peek() == '#') at_ = std::min(text_.find('\n', at_), text_.size());
      if (!more()) return false;
      if (peek() == '\n') ++line_;
      if (!is_space(peek())) return true;
    }
    return false;
  }

  tl::unexpected<lang::Error> wrong(const std::string& what, std::string fix) const {
    return failure("line " + std::to_string(line_) + ": " + what, std::move(fix));
  }

  Result<Found> entry() {
    Found found;
    found.entry.line = line_;
    if (text_.substr(at_).starts_with("export") && at_ + 6 < text_.size() && is_space(text_[at_ + 6])) {
      at_ += 6;
      skip_blanks();
    }
    const std::size_t begin = at_;
    while (more() && (is_blank(peek()) || is_name_char(peek()))) ++at_;
    if (!more()) {  // what Compose makes of a last line without `=` and without a line break
      at_ = begin;
      return value(std::move(found));
    }
    if (peek() != '=' && peek() != ':' && peek() != '\n')
      return wrong("this is not NAME=value", "Write NAME=value, or put # before it.");
    const std::string_view name = trimmed(text_.substr(begin, at_ - begin));
    if (name.find(' ') != std::string_view::npos) {
      const std::string first(name.substr(0, name.find(' ')));
      return wrong("`" + first + "` is not followed by `=`", "Write " + first + "=value.");
    }
    found.entry.name = name;
    found.entry.bare = peek() == '\n';
    ++at_;
    if (!found.entry.bare) return value(std::move(found));
    ++line_;
    return found;
  }

  Result<Found> value(Found found) {
    skip_blanks();
    found.begin = at_;
    if (more() && (peek() == '"' || peek() == '\'')) return quoted(std::move(found));
    const std::size_t end = std::min(text_.find('\n', at_), text_.size());
    const std::string_view rest = text_.substr(at_, end - at_);
    found.entry.value = trimmed(rest.substr(0, rest.find(" #")));
    found.end = at_ + found.entry.value.size();
    at_ = std::min(end + 1, text_.size());
    ++line_;
    return found;
  }

  Result<Found> quoted(Found found) {
    const std::uint32_t opened = line_;
    found.quote = peek();
    found.entry.interpolate = found.quote == '"';
    std::string inner;
    for (++at_; more() && peek() != found.quote; ++at_) {
      if (peek() == '\\' && at_ + 1 < text_.size()) {
        ++at_;
        if (peek() != found.quote) inner += '\\';
      }
      if (peek() == '\n') ++line_;
      inner += peek();
    }
    if (!more()) {
      return failure(
          "line " + std::to_string(opened) + ": the quote of `" + found.entry.name + "` is not closed",
          std::string("Close it with ") + found.quote + ".");
    }
    found.end = ++at_;
    found.entry.value = found.quote == '"' ? without_escapes(inner, dollar_) : inner;
    return found;
  }

  std::string_view text_;
  std::string_view dollar_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
};

Result<std::vector<EnvEntry>> entries_of(std::string_view text, std::string_view dollar) {
  auto found = Scanner(text, dollar).all();
  if (!found) return tl::unexpected(found.error());
  std::vector<EnvEntry> entries;
  entries.reserve(found->size());
  for (Found& each : *found) entries.push_back(std::move(each.entry));
  return entries;
}

std::string in_double_quotes(std::string_view value) {
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\' || c == '$') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else {
      out += c;
    }
  }
  return out + '"';
}

bool fits_without_quotes(std::string_view value) {
  if (value.empty()) return true;
  if (is_blank(value.front()) || is_blank(value.back())) return false;
  return value.find_first_of("\"'#$\\`\n\r") == std::string_view::npos;
}

bool fits_in_single_quotes(std::string_view value) {
  return value.find_first_of("'\n\r") == std::string_view::npos && !value.ends_with('\\');
}

/// The value as it is written with the quotes that were there (0: none), or with the ones it needs.
std::string written(std::string_view value, char quote) {
  if (quote == 0 && fits_without_quotes(value)) return std::string(value);
  if (quote != '"' && fits_in_single_quotes(value)) return '\'' + std::string(value) + '\'';
  return in_double_quotes(value);
}

std::string with_line_added(std::string_view text, std::string_view name, std::string_view value) {
  const std::string_view newline = text.find("\r\n") != std::string_view::npos ? "\r\n" : "\n";
  std::string out(text);
  if (!out.empty() && out.back() != '\n') out += newline;
  out += name;
  out += '=';
  out += written(value, 0);
  out += newline;
  return out;
}

}  // namespace

Result<std::vector<EnvEntry>> parse_env_file(std::string_view text) {
  auto entries = entries_of(text, "$");
  if (entries)
    std::erase_if(*entries, [](const EnvEntry& entry) { return entry.bare || entry.name.empty(); });
  return entries;
}

Result<std::vector<EnvEntry>> parse_env_template(std::string_view text) {
  return entries_of(text, "$$");
}

std::optional<std::string> env_value(std::string_view text, std::string_view name) {
  const auto entries = parse_env_file(text);
  if (!entries) return std::nullopt;
  for (auto entry = entries->rbegin(); entry != entries->rend(); ++entry) {
    if (entry->name == name) return entry->value;
  }
  return std::nullopt;
}

Result<std::string> set_env_value(std::string_view text, std::string_view name, std::string_view value) {
  if (!is_name(name) || lang::is_digit(name[0]))
    return failure("`" + std::string(name) + "` cannot be the name of a variable");
  if (value.find('\0') != std::string_view::npos) {
    return failure("the value for " + std::string(name) + " holds a NUL byte, which no env file can hold");
  }
  auto found = Scanner(text, "$").all();
  if (!found) return tl::unexpected(found.error());
  // Alone at the end it is read as a value without a name; with a line after it, it would be a mistake.
  if (!found->empty() && found->back().entry.name.empty() && !found->back().entry.bare)
    return failure("line " + std::to_string(found->back().entry.line) + ": this is not NAME=value",
                   "Write NAME=value, or put # before it.");
  const auto last = std::find_if(found->rbegin(), found->rend(), [&](const Found& each) {
    return each.entry.name == name && !each.entry.bare;
  });
  if (last == found->rend()) return with_line_added(text, name, value);
  // An empty value before a comment would make the comment the value.
  const bool needs_quotes = value.empty() && last->quote == 0 && text.substr(last->end).starts_with(" #");
  std::string out(text.substr(0, last->begin));
  out += needs_quotes ? "''" : written(value, last->quote);
  out += text.substr(last->end);
  return out;
}

}  // namespace pawl::planner
