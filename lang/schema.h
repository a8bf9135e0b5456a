// What the language knows: its blocks, their attributes, and the functions used as values. The checker, the
// suggestions for misspelt words and the tables of docs/language.md all come from these rows.
//
// Two columns say where a word has no effect. `engines` names the engines that a word is for; with another
// engine it is a mistake. `built` is false for a word that is checked and has no behaviour yet; a command
// that acts on the manifest refuses it. A silent word would be worse: the plan would not be what the manifest
// says.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace pawl::lang {

enum class Type {
  Flag,        // true or false
  Number,      // a whole number, `least` to `most`
  Elapsed,     // `least` to `most` milliseconds
  Size,        // bytes, written 100GB
  Name,        // a string known before planning
  Path,        // a Name that is a relative or absolute path
  Text,        // a string that may hold references and secrets
  Shown,       // a Text that people are shown, so without secrets
  Texts,       // a list of Text (one alone needs no brackets)
  Shown_list,  // a list of Shown
  Paths,       // a list of Text that are paths
  Table,       // { name = text, … }
  Codes,       // { 0 = done, 77 = again, 3 = failed }
  Word,        // one of `words`
  Words,       // a list of `words` (one alone needs no brackets)
  Version,
  Range,    // ">= 1.4 < 2"
  Ref,      // a reference to a block of the kinds in `words`
  Refs,     // a list of Ref (one alone needs no brackets)
  Call,     // a call of a function of the family `words[0]`: action, probe, pin, …
  Special,  // read by the block's own code; `note` says what
  Later,    // a word of the language that this version of pawl does not know yet
};

enum class Need { Optional, Required };

/// One attribute of a block, or one parameter of a function.
struct Row {
  std::string_view name;
  Type type = Type::Text;
  Need need = Need::Optional;
  std::string_view note = "";  // for the reference: what it says, and its default
  std::span<const std::string_view> words = {};
  std::int64_t least = 0;
  std::int64_t most = 0;
  /// Kinds of deployment (or, in `database`, database systems) that the word is for; empty: all of them.
  std::span<const std::string_view> engines = {};
  bool built = true;
  std::span<const std::string_view> unbuilt = {};  // those of `words` that have no behaviour yet
  std::string_view instead = "";                   // for the fix where the word has no effect: what to do
};

enum class Label { None, Optional, Name, Version, Scope, File };

struct BlockSchema {
  std::string_view keyword;
  Label label = Label::None;
  bool once = false;  // at most one in a manifest (of the same label, where it is optional)
  std::string_view note;
  std::span<const Row> rows;
  std::string_view nested = "";  // the keyword of the one block that may be inside
  bool built = true;
};

/// A function by name and family; one name may be in several families (`exec` is an action, a probe and a
/// ledger).
struct Function {
  std::string_view name;
  std::size_t positional = 0;  // the first rows, in this order
  bool rest = false;           // any number of further Texts (argv)
  std::string_view note;
  std::span<const Row> rows;                       // positional ones first, then named ones
  std::span<const std::string_view> engines = {};  // as of a Row
  bool built = true;
};

std::span<const BlockSchema> block_schemas();
const BlockSchema* find_block(std::string_view keyword);
/// Blocks of the second ring: known words, not built yet.
bool is_later_block(std::string_view keyword);
bool is_top_level_keyword(std::string_view word);

/// The blocks that say which engine runs the services: "compose", "helm", …, in the order of
/// Deployment::engine.
std::span<const std::string_view> deployment_kinds();

std::span<const Function> functions();
const Function* find_function(std::string_view name);
/// The names of a family: "action", "probe", "pin", "reload", "ledger", "down", "check", "gate", "store",
/// "bundle".
std::span<const std::string_view> family(std::string_view name);

/// "a duration", "a list of strings": for messages and the reference.
std::string_view type_name(Type type);

}  // namespace pawl::lang
