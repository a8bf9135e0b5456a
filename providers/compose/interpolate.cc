#include "providers/compose/interpolate.h"

#include <cctype>
#include <optional>

namespace pawl::providers::compose {
namespace {

constexpr int kMaxNesting = 20;

bool begins_name(char c) {
  return c == '_' || std::isalpha(static_cast<unsigned char>(c)) != 0;
}
bool continues_name(char c) {
  return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0;
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
    if (at_ < text_.size() && text_[at_] == '$') {
      out_ += '$';
      ++at_;
      return {};
    }
    if (at_ < text_.size() && begins_name(text_[at_])) {
      out_ += value_or_missing(name());
      return {};
    }
    if (at_ < text_.size() && text_[at_] == '{') return braced();
    return bad("a `$` stands alone");
  }

  Result<void> braced() {
    ++at_;
    if (at_ >= text_.size() || !begins_name(text_[at_])) return bad("no name follows `${`");
    const std::string variable = name();
    const auto close = closing();
    if (!close) return bad("`${" + variable + "` is not closed");
    const std::string_view rest = text_.substr(at_, *close - at_);
    at_ = *close + 1;
    if (rest.empty()) {
      out_ += value_or_missing(variable);
      return {};
    }
    return operation(variable, rest);
  }

  /// `rest` is what is between the name and the brace: an operator and its word.
  Result<void> operation(const std::string& variable, std::string_view rest) {
    const bool colon = rest[0] == ':';
    if (rest.size() < (colon ? 2u : 1u)) return bad("`${" + variable + ":` has no operator");
    const char op = rest[colon ? 1 : 0];
    const std::string_view word = rest.substr(colon ? 2 : 1);
    if (op != '-' && op != '?' && op != '+')
      return bad("`" + std::string(rest) + "` is not an operator of `${" + variable + "}`");
    scope_.used.insert(variable);
    const auto found = scope_.variables.find(variable);
    const bool set = found != scope_.variables.end() && !(colon && found->second.empty());
    if (op == '+' ? !set : set) {
      if (op != '+') out_ += found->second;
      return {};
    }
    auto filled = Template(word, place_, scope_, nesting_ + 1).fill();
    if (!filled) return tl::unexpected(filled.error());
    if (op == '?') return required(variable, *filled);
    out_ += *filled;
    return {};
  }

  Result<void> required(const std::string& variable, const std::string& why) {
    scope_.missing.insert(variable);
    return failure_at(place_, variable + " is required and not set" + (why.empty() ? "" : ": " + why),
                      "set " + variable + " in the env file");
  }

  std::string name() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && continues_name(text_[at_])) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  /// The brace that closes the one before the name; braces of variables inside count.
  std::optional<std::size_t> closing() const {
    int open = 1;
    for (std::size_t i = at_; i < text_.size(); ++i) {
      if (text_[i] == '$' && i + 1 < text_.size() && text_[i + 1] == '$')
        ++i;
      else if (text_[i] == '$' && i + 1 < text_.size() && text_[i + 1] == '{')
        ++open, ++i;
      else if (text_[i] == '}' && --open == 0)
        return i;
    }
    return std::nullopt;
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

Result<void> interpolate_node(Node& node, Scope& scope) {
  if (node.is_scalar() && node.text.find('$') != std::string::npos) {
    auto filled = interpolate(node.text, node.place, scope);
    if (!filled) return tl::unexpected(filled.error());
    node.text = std::move(*filled);
  }
  for (Node& item : node.items) {
    if (auto done = interpolate_node(item, scope); !done) return done;
  }
  for (Member& member : node.members) {
    if (auto done = interpolate_node(member.value, scope); !done) return done;
  }
  return {};
}

}  // namespace

Result<std::string> interpolate(std::string_view text, const Place& place, Scope& scope) {
  return Template(text, place, scope, 0).fill();
}

Result<void> interpolate_document(Node& document, Scope& scope) {
  for (Member& member : document.members) {
    if (member.key.starts_with("x-")) continue;
    if (auto done = interpolate_node(member.value, scope); !done) return done;
  }
  return {};
}

}  // namespace pawl::providers::compose
