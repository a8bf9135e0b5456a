#include "lang/scan.h"

#include <cctype>
#include <string>

#include "lang/schema.h"

namespace pawl::lang {
namespace {

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
}

char closing(char open) {
  return open == '{' ? '}' : open == '(' ? ')' : ']';
}

/// Does a top-level block begin at the start of this line? In the middle of an open bracket that means that
/// the bracket was forgotten, not that the rest of the file belongs to it.
bool begins_top_level_block(std::string_view line) {
  line = line.substr(0, line.find('\n'));
  std::size_t i = 0;
  while (i < line.size() && is_word(line[i])) ++i;
  if (i == 0 || !is_top_level_keyword(line.substr(0, i))) return false;
  const std::size_t brace = line.find('{');
  return brace != std::string_view::npos &&
         line.substr(0, brace).find_first_of("=(),") == std::string_view::npos;
}

class Scanner {
 public:
  Scanner(const Sources& sources, SourceId id, int max_nesting, Diagnostics& diagnostics)
      : text_(sources.file(id).text), id_(id), max_nesting_(max_nesting), diagnostics_(diagnostics) {}

  std::optional<Scan> run() {
    while (at_ < text_.size() && !hopeless_) step();
    if (hopeless_) return std::nullopt;
    if (!open_.empty()) report_unclosed();
    end_chunk(text_.size());
    return std::move(scan_);
  }

 private:
  struct Open {
    char bracket;
    std::size_t at;
  };

  void step() {
    if (at_line_start() && !open_.empty() && begins_top_level_block(text_.substr(at_))) {
      report_unclosed();
      end_chunk(at_);
    }
    const char c = text_[at_];
    if (c == '\n') return newline();
    if (c == ' ' || c == '\t' || c == '\r') return advance(1);
    if (c == '#') return comment();
    if (!in_chunk_) begin_chunk();
    if (c == '"') return string();
    if (c == '<' && text_.substr(at_, 2) == "<<") return heredoc();
    if (c == '{' || c == '(' || c == '[') return open_bracket(c);
    if (c == '}' || c == ')' || c == ']') return close_bracket(c);
    advance(1);
  }

  bool at_line_start() const { return at_ == 0 || text_[at_ - 1] == '\n'; }
  void advance(std::size_t n) { at_ += n; }

  void begin_chunk() {
    in_chunk_ = true;
    chunk_ = Chunk{static_cast<std::uint32_t>(at_), 0, false};
  }

  void end_chunk(std::size_t end) {
    if (!in_chunk_) return;
    chunk_.end = static_cast<std::uint32_t>(end);
    scan_.chunks.push_back(chunk_);
    in_chunk_ = false;
    open_.clear();
  }

  void newline() {
    if (open_.empty()) end_chunk(at_);
    advance(1);
    depth_at_line_start_ = open_.size();
  }

  void comment() {
    const std::size_t end = std::min(text_.find('\n', at_), text_.size());
    scan_.comments.push_back(span(at_, end));
    at_ = end;
  }

  void string() {
    const std::size_t end = string_end(text_, at_);
    if (end != std::string_view::npos) {
      at_ = end;
      return;
    }
    const std::size_t line_end = std::min(text_.find('\n', at_), text_.size());
    report(DiagnosticKind::UnterminatedString, at_, line_end, "this string has no closing quote on its line",
           "close it with `\"`, or write text of several lines as a heredoc (`<<END` … `END`)");
    // The missing quote swallowed the rest of the line, brackets too: go on as if the line had been balanced.
    open_.resize(std::min(open_.size(), depth_at_line_start_));
    at_ = line_end;
  }

  void heredoc() {
    const std::size_t end = heredoc_end(text_, at_);
    if (end != std::string_view::npos) {
      at_ = end;
      return;
    }
    std::size_t tag = at_;
    while (tag < text_.size() && text_[tag] != '\n') ++tag;
    report(DiagnosticKind::UnterminatedHeredoc, at_, tag, "this heredoc runs to the end of the file",
           "write its tag alone on the line after the text");
    open_.clear();
    at_ = text_.size();
  }

  void open_bracket(char c) {
    open_.push_back({c, at_});
    if (open_.size() > static_cast<std::size_t>(max_nesting_)) {
      report(DiagnosticKind::TooDeep, at_, at_ + 1,
             "more than " + std::to_string(max_nesting_) + " brackets are open here",
             "nest them less deeply");
      hopeless_ = true;
    }
    advance(1);
  }

  void close_bracket(char c) {
    if (open_.empty()) {
      if (!chunk_.broken) {
        report(DiagnosticKind::UnopenedBracket, at_, at_ + 1,
               std::string("nothing is open that `") + c + "` could close",
               "remove it, or add the bracket that it should close");
      }
    } else if (closing(open_.back().bracket) == c) {
      open_.pop_back();
    } else {
      wrong_bracket(c);
    }
    advance(1);
  }

  void wrong_bracket(char c) {
    const Open innermost = open_.back();
    if (!chunk_.broken) {
      report(DiagnosticKind::WrongBracket, at_, at_ + 1,
             std::string("`") + c + "` is written where `" + closing(innermost.bracket) + "` should close `" +
                 innermost.bracket + "`",
             std::string("close `") + innermost.bracket + "` first",
             {{std::string("`") + innermost.bracket + "` was opened here",
               span(innermost.at, innermost.at + 1)}});
    }
    // If it fits the enclosing bracket, the inner one was forgotten; otherwise it was mistyped for the inner
    // one.
    if (open_.size() > 1 && closing(open_[open_.size() - 2].bracket) == c) open_.pop_back();
    open_.pop_back();
  }

  void report_unclosed() {
    if (chunk_.broken) return;
    const Open& outermost = open_.front();
    const Open& innermost = open_.back();
    const char c = innermost.bracket;
    (void)outermost;
    report(DiagnosticKind::UnclosedBracket, innermost.at, innermost.at + 1,
           std::string("`") + c + "` is not closed before the next block or the end of the file",
           std::string("add the missing `") + closing(c) + "`");
  }

  void report(DiagnosticKind kind, std::size_t begin, std::size_t end, std::string detail, std::string fix,
              std::vector<Diagnostic::Note> notes = {}) {
    chunk_.broken = true;
    diagnostics_.add({kind, span(begin, end), std::move(detail), "", std::move(fix), "", std::move(notes)});
  }

  Span span(std::size_t begin, std::size_t end) const {
    return {id_, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
  }

  std::string_view text_;
  SourceId id_;
  int max_nesting_;
  Diagnostics& diagnostics_;
  Scan scan_;
  std::size_t at_ = 0;
  Chunk chunk_;
  bool in_chunk_ = false;
  bool hopeless_ = false;
  std::vector<Open> open_;
  std::size_t depth_at_line_start_ = 0;
};

}  // namespace

std::size_t string_end(std::string_view text, std::size_t begin) {
  bool inside_reference = false, inside_nested = false;
  for (std::size_t i = begin + 1; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n' || c == '\r') break;
    if (c == '\\' && (!inside_reference || inside_nested)) {
      if (++i < text.size() && (text[i] == '\n' || text[i] == '\r')) break;
    } else if (inside_reference) {
      if (c == '"') inside_nested = !inside_nested;
      if (c == '}' && !inside_nested) inside_reference = false;
    } else if (c == '$' && i + 1 < text.size() && text[i + 1] == '{') {
      inside_reference = true;
      ++i;
    } else if (c == '"') {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

std::size_t heredoc_end(std::string_view text, std::size_t begin) {
  std::size_t i = begin + 2;
  if (i < text.size() && (text[i] == '-' || text[i] == '~')) ++i;
  const std::size_t tag_begin = i;
  while (i < text.size() && is_word(text[i])) ++i;
  const std::string_view tag = text.substr(tag_begin, i - tag_begin);
  if (tag.empty()) return std::string_view::npos;
  std::size_t line = text.find('\n', i);
  while (line != std::string_view::npos) {
    const std::size_t next = text.find('\n', line + 1);
    std::string_view content = text.substr(line + 1, next == std::string_view::npos ? next : next - line - 1);
    const std::size_t indent = content.find_first_not_of(" \t");
    if (indent != std::string_view::npos && content.substr(indent, tag.size()) == tag) {
      // Only brackets, commas and a comment may follow, so that a call can be closed on the line of the tag.
      const std::string_view behind = content.substr(indent + tag.size());
      const std::size_t next_thing = behind.find_first_not_of(" \t\r");
      if (next_thing == std::string_view::npos ||
          std::string_view(",)]}#").find(behind[next_thing]) != std::string_view::npos) {
        return line + 1 + indent + tag.size();
      }
    }
    line = next;
  }
  return std::string_view::npos;
}

std::optional<Scan> scan(const Sources& sources, SourceId id, int max_nesting, Diagnostics& diagnostics) {
  return Scanner(sources, id, max_nesting, diagnostics).run();
}

}  // namespace pawl::lang
