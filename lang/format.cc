// The formatter works on tokens, not on the tree, so that no comment can be lost. Line breaks are the
// author's, with these exceptions: a block is either on one line or has one item per line; commas at line
// ends go; a one-line block that does not fit is broken; at most one blank line stays. Indentation, spaces
// and alignment are ours.
#include "lang/format.h"

#include <algorithm>

#include "lang/parse.h"
#include "lang/scan.h"
#include "lang/tokens.h"

namespace pawl::lang {
namespace {

using Kind = Token::Kind;

constexpr std::size_t kWidest = 110;
constexpr std::size_t kIndent = 2;

/// One line to be written: tokens of the text, by index.
struct Line {
  std::vector<std::size_t> tokens;
  bool blank_before = false;
  std::size_t indent = 0;
};

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; }));
}

/// Decides where lines end.
class Breaker {
 public:
  explicit Breaker(const std::vector<Token>& tokens) : tokens_(tokens), broken_(tokens.size(), false) {
    mark_broken_blocks();
  }

  std::vector<Line> lines() {
    while (true) {
      std::vector<Line> out = split();
      if (!break_long_blocks(out)) return out;
    }
  }

 private:
  /// A brace with a line end anywhere inside gets one item per line.
  void mark_broken_blocks() {
    std::size_t last_break = 0;  // one past the last line end seen so far
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const Token& token = tokens_[i];
      if (token.kind == Kind::Newline || token.kind == Kind::Heredoc) last_break = i + 1;
      if (token.kind == Kind::Close && token.text == "}" && last_break > token.partner &&
          !is_empty(token.partner)) {
        broken_[token.partner] = broken_[i] = true;
      }
    }
  }

  /// Nothing but line ends between the brackets.
  bool is_empty(std::size_t open) const {
    for (std::size_t i = open + 1; i < tokens_[open].partner; ++i) {
      if (tokens_[i].kind != Kind::Newline && tokens_[i].kind != Kind::Comma) return false;
    }
    return true;
  }

  std::vector<Line> split() const {
    std::vector<Line> out;
    Line line;
    int ends = 2;  // line ends since the last token: two make a blank line
    std::vector<std::size_t> open;
    const auto end_line = [&] {
      if (!line.tokens.empty()) out.push_back(std::move(line));
      line = Line{};
    };
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const Token& token = tokens_[i];
      if (token.kind == Kind::Newline) {
        if (!open.empty() && is_empty(open.back())) continue;
        end_line();
        ++ends;
        continue;
      }
      if (token.kind == Kind::Comma) {
        if (open.empty() || broken_[open.back()])
          end_line(), ends = 0;
        else if (is_separator(i))
          line.tokens.push_back(i);
        continue;
      }
      if (token.kind == Kind::Close) {
        if (broken_[i]) end_line(), ends = 1;
        open.pop_back();
      }
      if (line.tokens.empty())
        line.blank_before = ends > 1 && !out.empty() && !opens(out.back()) && token.kind != Kind::Close;
      line.tokens.push_back(i);
      ends = 0;
      if (token.kind == Kind::Open) {
        open.push_back(i);
        if (broken_[i] && !(i + 1 < tokens_.size() && tokens_[i + 1].kind == Kind::Comment))
          end_line(), ends = 1;
      }
    }
    end_line();
    return out;
  }

  /// Is this comma between two things on one line?
  bool is_separator(std::size_t comma) const {
    if (comma == 0 || comma + 1 >= tokens_.size()) return false;
    const Kind before = tokens_[comma - 1].kind, behind = tokens_[comma + 1].kind;
    return before != Kind::Open && before != Kind::Comma && before != Kind::Newline &&
           behind != Kind::Close && behind != Kind::Newline && behind != Kind::Comment &&
           !only_commas_behind(comma);
  }
  bool only_commas_behind(std::size_t comma) const {
    std::size_t i = comma + 1;
    while (i < tokens_.size() && tokens_[i].kind == Kind::Comma) ++i;
    return i == tokens_.size() || tokens_[i].kind == Kind::Close || tokens_[i].kind == Kind::Newline ||
           tokens_[i].kind == Kind::Comment;
  }

  bool opens(const Line& line) const {
    std::size_t last = line.tokens.size() - 1;
    if (tokens_[line.tokens[last]].kind == Kind::Comment && last > 0) --last;
    return tokens_[line.tokens[last]].kind == Kind::Open;
  }

  /// Marks the block of every line that is too wide; true when there was one.
  bool break_long_blocks(const std::vector<Line>& lines);

  const std::vector<Token>& tokens_;
  std::vector<bool> broken_;  // by token: this brace has a line end inside
};

/// Is a space between these two, on one line?
bool space_between(const Token& before, const Token& behind) {
  if (before.kind == Kind::Not || behind.kind == Kind::Comma) return false;
  if (before.kind == Kind::Open) return before.text == "{" && behind.text != "}";
  if (behind.kind == Kind::Close) return behind.text == "}";
  if (behind.kind == Kind::Open && behind.text == "(") return before.kind != Kind::Atom;
  return true;
}

/// The tokens [from, to) of a line as text.
std::string joined(const std::vector<Token>& tokens, const Line& line, std::size_t from, std::size_t to) {
  std::string out;
  for (std::size_t i = from; i < to; ++i) {
    const Token& token = tokens[line.tokens[i]];
    if (i > from && space_between(tokens[line.tokens[i - 1]], token)) out += ' ';
    if (token.kind != Kind::Heredoc) {
      out += token.text;
      continue;
    }
    for (char c : token.text) {
      if (c != '\r') out += c;
    }
  }
  return out;
}

bool Breaker::break_long_blocks(const std::vector<Line>& lines) {
  bool any = false;
  for (const Line& line : lines) {
    const auto block = std::find_if(line.tokens.begin(), line.tokens.end(), [&](std::size_t i) {
      return tokens_[i].kind == Kind::Equals || tokens_[i].kind == Kind::Open;
    });
    if (block == line.tokens.end() || tokens_[*block].text != "{" || broken_[*block] || is_empty(*block))
      continue;
    std::size_t count = line.tokens.size();
    if (tokens_[line.tokens.back()].kind == Kind::Comment) --count;
    std::size_t depth = 0;  // how far it will be indented: by the braces around it
    for (std::size_t i = *block; i-- > 0;) {
      if (tokens_[i].kind == Kind::Close)
        i = tokens_[i].partner;
      else if (tokens_[i].kind == Kind::Open)
        ++depth;
    }
    if (columns(joined(tokens_, line, 0, count)) + depth * kIndent <= kWidest) continue;
    broken_[*block] = broken_[tokens_[*block].partner] = any = true;
  }
  return any;
}

/// Gives each line its indentation: one step for each line that leaves brackets open, however many.
void indent(const std::vector<Token>& tokens, std::vector<Line>& lines) {
  std::vector<std::size_t> steps;  // for each open bracket, the step it added
  std::size_t depth = 0;
  bool continued = false;
  for (Line& line : lines) {
    std::size_t leading = 0;
    std::size_t own = depth;
    while (leading < line.tokens.size() && tokens[line.tokens[leading]].kind == Kind::Close) {
      own -= steps[steps.size() - 1 - leading];
      ++leading;
    }
    line.indent = own + (continued ? 1 : 0);
    std::vector<std::size_t> opened;
    for (std::size_t i : line.tokens) {
      if (tokens[i].kind == Kind::Open) opened.push_back(i), steps.push_back(0);
      if (tokens[i].kind == Kind::Close) {
        depth -= steps.back();
        steps.pop_back();
        if (!opened.empty()) opened.pop_back();
      }
    }
    if (!opened.empty()) {
      steps[steps.size() - opened.size()] = 1;
      ++depth;
    }
    continued = tokens[line.tokens.back()].kind == Kind::Operator;
  }
}

/// Writes lines, aligning `=` and one-line braces of neighbours, and the comments at their ends.
class Writer {
 public:
  Writer(const std::vector<Token>& tokens, const std::vector<Line>& lines) : tokens_(tokens), lines_(lines) {}

  std::string write() {
    for (const Line& line : lines_) rows_.push_back(split(line));
    for_groups(
        [](const Row& a, const Row& b) {
          return b.alignable && a.alignable && a.indent == b.indent && a.key == b.key;
        },
        [this](std::size_t begin, std::size_t end) { align_heads(begin, end); });
    for_groups(
        [](const Row& a, const Row& b) {
          return !a.comment.empty() && !b.comment.empty() && !a.code().empty() && !b.code().empty();
        },
        [this](std::size_t begin, std::size_t end) { align_comments(begin, end); });
    std::string out;
    for (const Row& row : rows_) {
      if (row.blank_before) out += '\n';
      out += row.code();
      if (!row.comment.empty())
        out += (row.head.empty() && row.tail.empty() ? std::string(row.indent, ' ')
                                                     : std::string(row.gap, ' ')) +
               row.comment;
      out += '\n';
    }
    return out;
  }

 private:
  struct Row {
    bool blank_before = false;
    bool alignable = false;
    std::size_t indent = 0;  // in columns
    std::string key;         // rows of different keys are not aligned with each other
    std::string head, tail;  // `name` and `= value`
    std::size_t padding = 0;
    std::string comment;
    std::size_t gap = 2;

    std::string code() const {
      if (head.empty() && tail.empty()) return {};
      std::string out(indent, ' ');
      out += head;
      if (!head.empty() && !tail.empty()) out += std::string(padding + 1, ' ');
      return out + tail;
    }
  };

  Row split(const Line& line) const {
    Row row;
    row.blank_before = line.blank_before;
    row.indent = line.indent * kIndent;
    std::size_t count = line.tokens.size();
    if (tokens_[line.tokens.back()].kind == Kind::Comment) row.comment = tokens_[line.tokens[--count]].text;
    const std::size_t cut = alignment_point(line, count);
    row.head = joined(tokens_, line, 0, cut > 0 ? cut : count);
    if (cut > 0) row.tail = joined(tokens_, line, cut, count);
    row.alignable = cut > 0 && row.tail != "{}";
    if (row.alignable && row.indent == 0) row.key = tokens_[line.tokens[0]].text;
    return row;
  }

  /// Index in the line of the `=` or `{` to align, or 0: only on lines that close every bracket they open.
  std::size_t alignment_point(const Line& line, std::size_t count) const {
    std::size_t point = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const Token& token = tokens_[line.tokens[i]];
      if (token.kind == Kind::Heredoc) return 0;
      const bool bracket = token.kind == Kind::Open || token.kind == Kind::Close;
      if (bracket && (token.partner < line.tokens[0] || token.partner > line.tokens[count - 1])) return 0;
      if (point == 0 && (token.kind == Kind::Equals || token.kind == Kind::Open)) {
        if (token.kind == Kind::Open && token.text != "{") return 0;
        point = i;
      }
    }
    return point;
  }

  template <class Together, class Align>
  void for_groups(Together together, Align align) {
    for (std::size_t begin = 0; begin < rows_.size();) {
      std::size_t end = begin + 1;
      while (end < rows_.size() && !rows_[end].blank_before && together(rows_[end - 1], rows_[end])) ++end;
      if (end - begin > 1) align(begin, end);
      begin = end;
    }
  }

  void align_heads(std::size_t begin, std::size_t end) {
    std::size_t widest = 0;
    for (std::size_t i = begin; i < end; ++i) widest = std::max(widest, columns(rows_[i].head));
    for (std::size_t i = begin; i < end; ++i) rows_[i].padding = widest - columns(rows_[i].head);
  }

  void align_comments(std::size_t begin, std::size_t end) {
    std::size_t widest = 0;
    for (std::size_t i = begin; i < end; ++i) widest = std::max(widest, columns(rows_[i].code()));
    for (std::size_t i = begin; i < end; ++i) rows_[i].gap = widest - columns(rows_[i].code()) + 2;
  }

  const std::vector<Token>& tokens_;
  const std::vector<Line>& lines_;
  std::vector<Row> rows_;
};

bool parses(const Sources& sources, SourceId id, Diagnostics& diagnostics) {
  const std::size_t before = diagnostics.errors();
  constexpr int kNesting = 200;
  if (const auto scanned = scan(sources, id, kNesting, diagnostics))
    parse(sources, id, *scanned, diagnostics);
  return diagnostics.errors() == before;
}

}  // namespace

std::optional<std::string> format(const Sources& sources, SourceId id, Diagnostics& diagnostics) {
  if (!parses(sources, id, diagnostics)) return std::nullopt;
  const std::vector<Token> tokens = tokenise(sources.file(id).text);
  std::vector<Line> lines = Breaker(tokens).lines();
  indent(tokens, lines);
  return Writer(tokens, lines).write();
}

}  // namespace pawl::lang
