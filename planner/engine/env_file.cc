#include "planner/engine/env_file.h"

#include <algorithm>

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

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         c == '-';
}

bool is_name(std::string_view text) {
  return !text.empty() && !(text[0] >= '0' && text[0] <= '9') &&
         std::all_of(text.begin(), text.end(), is_name_char);
}

/// Reads entry after entry. Positions are byte offsets into the whole text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  }

  Result<std::vector<Found>> all() {
    std::vector<Found> found;
    while (skip_to_entry()) {
      auto next = entry();
      if (!next) return tl::unexpected(next.error());
      if (next->begin != 0) found.push_back(std::move(*next));
    }
    return found;
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\n'; }
  bool more() const { return at_ < text_.size(); }

  void skip_blanks() {
    while (more() && is_blank(peek())) ++at_;
  }
  void skip_line() {
    while (more() && peek() != '\n') ++at_;
  }
  void end_line() {
    if (more()) ++at_;
    ++line_;
  }

  /// Moves over empty lines and comments; false at the end of the text.
  bool skip_to_entry() {
    for (;;) {
      skip_blanks();
      if (!more()) return false;
      if (peek() == '#') skip_line();
      if (more() && peek() != '\n') return true;
      if (!more()) return false;
      end_line();
    }
  }

  tl::unexpected<lang::Error> wrong(const std::string& what, std::string fix) const {
    return failure("line " + std::to_string(line_) + ": " + what, std::move(fix));
  }

  Result<Found> entry() {
    Found found;
    found.entry.line = line_;
    std::string_view word = name();
    if (word == "export" && is_blank(peek())) {
      skip_blanks();
      word = name();
    }
    if (!is_name(word)) return wrong("this is not NAME=value", "Write NAME=value, or put # before it.");
    found.entry.name = word;
    skip_blanks();
    if (peek() == '\n') {  // a bare name passes the caller's own variable on: it sets nothing here
      end_line();
      return Found{};
    }
    if (peek() != '=' && peek() != ':')
      return wrong("`" + found.entry.name + "` is not followed by `=`",
                   "Write " + found.entry.name + "=value.");
    ++at_;
    while (more() && (peek() == ' ' || peek() == '\t')) ++at_;
    const auto read = (peek() == '"' || peek() == '\'') ? quoted(found) : plain(found);
    if (!read) return tl::unexpected(read.error());
    return found;
  }

  std::string_view name() {
    const std::size_t begin = at_;
    while (more() && is_name_char(peek())) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  Result<void> plain(Found& found) {
    found.begin = at_;
    std::size_t end = at_;
    bool after_blank = true;
    for (; more() && peek() != '\n'; ++at_) {
      if (peek() == '#' && after_blank) break;
      after_blank = is_blank(peek());
      if (!after_blank) end = at_ + 1;
    }
    found.end = end;
    found.entry.value = text_.substr(found.begin, end - found.begin);
    skip_line();
    end_line();
    return {};
  }

  Result<void> quoted(Found& found) {
    const std::uint32_t opened = line_;
    found.begin = at_;
    found.quote = peek();
    found.entry.interpolate = found.quote == '"';
    for (++at_; more() && peek() != found.quote; ++at_) {
      if (peek() == '\n') ++line_;
      if (found.quote == '"' && peek() == '\\' && at_ + 1 < text_.size()) {
        escape(found.entry.value);
      } else {
        found.entry.value += peek();
      }
    }
    if (!more()) {
      return failure(
          "line " + std::to_string(opened) + ": the quote of `" + found.entry.name + "` is not closed",
          std::string("Close it with ") + found.quote + ".");
    }
    found.end = ++at_;
    skip_blanks();
    if (peek() != '\n' && peek() != '#')
      return wrong("there is more text after the closing quote of `" + found.entry.name + "`",
                   "Put it inside the quotes, or after #.");
    skip_line();
    end_line();
    return {};
  }

  /// One `\x` of double quotes. `\$` stays as written: it is interpolation that reads it.
  void escape(std::string& value) {
    const char next = text_[++at_];
    if (next == 'n') {
      value += '\n';
    } else if (next == 'r') {
      value += '\r';
    } else if (next == '$') {
      value += "\\$";
    } else {
      if (next == '\n') ++line_;
      value += next;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
};

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
  return value.find_first_of("'\n\r") == std::string_view::npos;
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
  auto found = Scanner(text).all();
  if (!found) return tl::unexpected(found.error());
  std::vector<EnvEntry> entries;
  entries.reserve(found->size());
  for (Found& each : *found) entries.push_back(std::move(each.entry));
  return entries;
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
  if (!is_name(name)) return failure("`" + std::string(name) + "` cannot be the name of a variable");
  if (value.find('\0') != std::string_view::npos) {
    return failure("the value for " + std::string(name) + " holds a NUL byte, which no env file can hold");
  }
  auto found = Scanner(text).all();
  if (!found) return tl::unexpected(found.error());
  const auto last = std::find_if(found->rbegin(), found->rend(),
                                 [&](const Found& each) { return each.entry.name == name; });
  if (last == found->rend()) return with_line_added(text, name, value);
  std::string out(text.substr(0, last->begin));
  out += written(value, last->quote);
  // An empty value may be right before its comment, which would then become part of the new value.
  if (last->end < text.size() && text[last->end] == '#') out += ' ';
  out += text.substr(last->end);
  return out;
}

}  // namespace pawl::planner
