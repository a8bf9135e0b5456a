// What the checker knows while it reads blocks: every declared name, the values of variables, and where to
// report.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "lang/ast.h"
#include "lang/diagnostic.h"
#include "lang/stack.h"

namespace pawl::lang {

/// A declared name: which of its kind, and where.
struct Symbol {
  std::uint32_t index = 0;
  Span span;
};

/// What a reference such as `service.api` names.
struct Referent {
  std::string_view kind;  // keyword of the block
  std::uint32_t index = 0;
};

struct Row;

/// A word of a service, database or file set that is for some kinds of deployment only. It is judged when all
/// blocks have been read, because a block may come before its deployment.
struct DeploymentWord {
  const Row* row;
  Span span;
  std::string owner;  // "service `api`"
  std::variant<ServiceId, DatabaseId, FilesId> block;
};

class Scope {
 public:
  using Names = std::unordered_map<std::string_view, Symbol>;

  explicit Scope(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  /// Declares a block. A name that is taken is reported; the block still has its index.
  void declare(std::string_view kind, std::string_view name, Span span);
  /// The names of a kind.
  const Names& names(std::string_view kind) const;
  /// What the path at `span` names, if it is one of `kinds`; otherwise reports it.
  std::optional<Referent> resolve(std::string_view path, Span span, std::span<const std::string_view> kinds);

  void set_variable(const Variable& variable, bool has_value) {
    variables_[variable.name] = {&variable, has_value};
  }
  struct Value {
    const Variable* variable = nullptr;
    bool known = false;  // false when its value is missing or wrong, which has been reported
  };
  /// The variable of a path `var.NAME`; reports unknown ones.
  std::optional<Value> variable(std::string_view path, Span span);

  /// A file could not be read, so a name that is not found may be in it: unknown names are not reported.
  void set_incomplete() { incomplete_ = true; }
  bool incomplete() const { return incomplete_; }

  /// References that have a value in what is read now, besides those that have one everywhere.
  void also_know(std::vector<std::string_view> references) { also_known_ = std::move(references); }
  const std::vector<std::string_view>& also_known() const { return also_known_; }

  void accept_unbuilt() { accepts_unbuilt_ = true; }
  /// Reports a word that is checked and has no behaviour yet, unless those are accepted. `instead`: what to
  /// do without it; may be empty.
  void report_unbuilt(Span span, const std::string& what, std::string_view instead = {});

  void report(DiagnosticKind kind, Span span, std::string detail, std::string fix = {}, std::string why = {},
              std::string suggestion = {}, std::vector<Diagnostic::Note> notes = {});
  Diagnostics& diagnostics() { return diagnostics_; }

  void add(DeploymentWord word) { deployment_words_.push_back(std::move(word)); }
  const std::vector<DeploymentWord>& deployment_words() const { return deployment_words_; }

 private:
  Diagnostics& diagnostics_;
  bool incomplete_ = false;
  bool accepts_unbuilt_ = false;
  std::map<std::string_view, Names> names_;
  std::map<std::string_view, std::uint32_t> counts_;
  std::unordered_map<std::string_view, Value> variables_;
  std::vector<DeploymentWord> deployment_words_;
  std::vector<std::string_view> also_known_;
};

/// "`a`, `b` or `c`".
std::string one_of(std::span<const std::string_view> words);
/// "service `api`" for messages.
std::string describe(const ast::Item& item);
/// "a string", "the word `x`", "a call of `http`" for messages.
std::string describe(const ast::Expression& expression);

}  // namespace pawl::lang
