#include "providers/compose/interpolate.h"

#include <cctype>
#include <optional>

#include "providers/compose/casts.h"

namespace pawl::providers::compose {
namespace {

constexpr int kMaxNesting = 20;

bool begins_name(char c) {
  return c == '_' || std::isalpha(static_cast<unsigned char>(c)) != 0;
}
bool continues_name(char c) {
  return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0;
}

/// The brace that closes the first one of `text`, counted as Compose counts: every `{` counts, not only `${`,
/// and the character after a `{` is not looked at. Nothing when the braces do not come out even.
std::optional<std::size_t> closing_brace(std::string_view text) {
  int open = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '}' && --open == 0) return i;
    if (text[i] == '{') ++open, ++i;
  }
  return std::nullopt;
}

/// One pass over one text. A template inside a default is read by another one.
class Template {
 public:
  Template(std::string_view text, const Place& place, Scope& scope, int nesting)
      : text_(text), place_(place), scope_(scope), nesting_(nesting) {}

  Result<std::string> fill() {
    if (nesting_ > kMaxNesting)
      return failure_at(place_, "variables are nested too deeply in defaults", "use a shorter default");
    while (at_ < text_.size()) {
      const std::size_t dollar = text_.find('$', at_);
      out_ += text_.substr(at_, dollar == std::string_view::npos ? dollar : dollar - at_);
      if (dollar == std::string_view::npos) break;
      at_ = dollar + 1;
      if (auto done = variable(); !done) return tl::unexpected(done.error());
    }
    return std::move(out_);
  }

 private:
  Result<void> variable() {
    const char next = at_ < text_.size() ? text_[at_] : '\0';
    if (next == '{') return braced();
    if (begins_name(next)) {
      out_ += value_or_missing(name(at_));
    } else {
      out_ += '$';
      if (next == '$') ++at_;
    }
    return {};
  }

  /// `at_` is at the brace. The variable ends at the brace that closes it, or when the braces do not come out
  /// even, at the last one of the line.
  Result<void> braced() {
    const std::size_t opened = at_;
    std::size_t inside = opened + 1;
    if (inside >= text_.size() || !begins_name(text_[inside])) return bad("no name follows `${`");
    const std::string variable = name(inside);
    if (inside < text_.size() && text_[inside] == '}') {
      at_ = inside + 1;
      out_ += value_or_missing(variable);
      return {};
    }
    const std::size_t mark = inside < text_.size() && text_[inside] == ':' ? inside + 1 : inside;
    const std::string_view line = text_.substr(opened, text_.find('\n', opened) - opened);
    const std::size_t last = line.rfind('}');
    if (last == std::string_view::npos || opened + last < mark)
      return bad("`${" + variable + "` is not closed");
    if (text_[mark] != '-' && text_[mark] != '?' && text_[mark] != '+')
      return bad("`" + std::string(text_.substr(inside, opened + last - inside)) +
                 "` is not an operator of `${" + variable + "}`");
    const std::size_t end = opened + closing_brace(line.substr(0, last + 1)).value_or(last);
    at_ = end + 1;
    return operation(variable, text_[mark], mark != inside, text_.substr(mark + 1, end - mark - 1));
  }

  /// The word is read even when it is not used, so that a mistake in it is always found.
  Result<void> operation(const std::string& variable, char op, bool colon, std::string_view word) {
    scope_.used.insert(variable);
    const auto found = scope_.variables.find(variable);
    const bool set = found != scope_.variables.end() && !(colon && found->second.empty());
    const bool uses_word = op == '+' ? set : !set;
    std::set<std::string> missing = scope_.missing;
    auto filled = Template(word, place_, scope_, nesting_ + 1).fill();
    if (!filled) return tl::unexpected(filled.error());
    if (!uses_word) scope_.missing = std::move(missing);
    if (op == '?' && !set) return required(variable, *filled);
    if (uses_word)
      out_ += *filled;
    else if (found != scope_.variables.end())
      out_ += found->second;
    return {};
  }

  Result<void> required(const std::string& variable, const std::string& why) {
    scope_.missing.insert(variable);
    return failure_at(place_, variable + " is required and not set" + (why.empty() ? "" : ": " + why),
                      "set " + variable + " in the env file");
  }

  /// The name at `at`, which is moved behind it.
  std::string name(std::size_t& at) const {
    const std::size_t begin = at;
    while (at < text_.size() && continues_name(text_[at])) ++at;
    return std::string(text_.substr(begin, at - begin));
  }

  std::string value_or_missing(const std::string& variable) {
    scope_.used.insert(variable);
    const auto found = scope_.variables.find(variable);
    if (found != scope_.variables.end()) return found->second;
    scope_.missing.insert(variable);
    return {};
  }

  tl::unexpected<Error> bad(const std::string& what) const {
    return failure_at(place_, what, "write ${NAME} for a variable, and $$ for a dollar sign");
  }

  std::string_view text_;
  const Place& place_;
  Scope& scope_;
  int nesting_;
  std::size_t at_ = 0;
  std::string out_;
};

Result<void> interpolate_node(Node& node, std::vector<std::string_view>& path, Scope& scope) {
  if (node.is_scalar() && node.type == Node::Type::Text) {
    if (node.text.find('$') != std::string::npos) {
      auto filled = interpolate(node.text, node.place, scope);
      if (!filled) return tl::unexpected(filled.error());
      node.text = std::move(*filled);
    }
    return cast(node, path);
  }
  path.emplace_back("[]");
  for (Node& item : node.items) {
    if (auto done = interpolate_node(item, path, scope); !done) return done;
  }
  for (Member& member : node.members) {
    path.back() = member.key;
    if (auto done = interpolate_node(member.value, path, scope); !done) return done;
  }
  path.pop_back();
  return {};
}

}  // namespace

Result<std::string> interpolate(std::string_view text, const Place& place, Scope& scope) {
  return Template(text, place, scope, 0).fill();
}

Result<void> interpolate_document(Node& document, Scope& scope) {
  std::vector<std::string_view> path;
  return interpolate_node(document, path, scope);
}

}  // namespace pawl::providers::compose
