// The attributes of one block, or the arguments of one call, matched against the rows of the schema: unknown,
// doubled and missing ones are reported here; then the block's own code asks for each by name and gets it
// typed.
#pragma once

#include <cassert>
#include <initializer_list>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "lang/ast.h"
#include "lang/check/scope.h"
#include "lang/check/values.h"
#include "lang/schema.h"

namespace pawl::lang {

class Fields {
 public:
  /// The attributes of `item`. Nested blocks are not looked at, except that a keyword other than
  /// `schema.nested` is reported.
  Fields(Scope& scope, const ast::Item& item, const BlockSchema& schema);
  /// The arguments of `call`; further positional ones are in rest().
  Fields(Scope& scope, const ast::Expression& call, const Function& function);

  /// Is it written? (Its value may still be wrong.)
  bool has(std::string_view name) const { return find(name) != nullptr; }
  const ast::Expression* find(std::string_view name) const { return values_[index(name)]; }
  const Row& row(std::string_view name) const { return rows_[index(name)]; }
  const std::vector<const ast::Expression*>& rest() const { return rest_; }
  Span span() const { return span_; }
  Scope& scope() const { return scope_; }
  /// False when a part did not parse or a required one is missing: its absence is not to be reported again.
  bool whole() const { return whole_; }

  std::optional<bool> flag(std::string_view name) const { return read(name, read_flag); }
  std::optional<int> number(std::string_view name) const { return read(name, read_number); }
  std::optional<Duration> duration(std::string_view name) const { return read(name, read_duration); }
  std::optional<std::uint64_t> size(std::string_view name) const { return read(name, read_size); }
  std::optional<Version> version(std::string_view name) const { return read(name, read_version); }
  std::optional<VersionRange> range(std::string_view name) const { return read(name, read_range); }
  std::string name(std::string_view attribute) const { return read(attribute, read_name).value_or(""); }
  Text text(std::string_view name) const { return read(name, read_text).value_or(Text{}); }
  std::vector<Text> texts(std::string_view name) const;
  std::vector<std::pair<std::string, Text>> table(std::string_view name) const;
  std::optional<Referent> reference(std::string_view name) const { return read(name, read_reference); }
  std::vector<Referent> references(std::string_view name) const;
  /// The word as a value of an enum whose first listed value is `first`.
  template <class Enum>
  std::optional<Enum> word(std::string_view name, int first = 0) const {
    const auto index = read(name, read_word);
    if (!index) return std::nullopt;
    return static_cast<Enum>(static_cast<int>(*index) + first);
  }
  template <class Enum>
  std::vector<Enum> words(std::string_view name, int first = 0) const {
    std::vector<Enum> out;
    for (std::size_t i : word_indices(name)) out.push_back(static_cast<Enum>(static_cast<int>(i) + first));
    return out;
  }

  /// An attribute that is for some engines only (Row::engines), and where its name is written.
  struct EngineWord {
    const Row* row;
    Span span;
  };
  /// Those that are written.
  std::vector<EngineWord> engine_words() const;

  /// Reports unless exactly one (or, with `none_is_fine`, at most one) of `names` is written.
  void exactly_one(std::initializer_list<std::string_view> names, bool none_is_fine = false) const;

 private:
  std::size_t index(std::string_view name) const;
  template <class Reader>
  std::invoke_result_t<Reader, Scope&, const ast::Expression&, const Row&> read(std::string_view name,
                                                                                Reader reader) const {
    const ast::Expression* value = find(name);
    if (!value) return {};
    return reader(scope_, *value, row(name));
  }
  std::vector<std::size_t> word_indices(std::string_view name) const;
  void add_attribute(const ast::Item& item, const BlockSchema& schema);
  void add_argument(const ast::Field& argument, const Function& function, std::size_t& position);
  void require_all(DiagnosticKind kind);

  Scope& scope_;
  std::string owner_;  // "service `api`", "`http`"
  Span span_;          // where something missing is reported
  std::span<const Row> rows_;
  std::vector<const ast::Expression*> values_;
  std::vector<Span> names_;
  std::vector<const ast::Expression*> rest_;
  bool whole_ = true;
};

}  // namespace pawl::lang
