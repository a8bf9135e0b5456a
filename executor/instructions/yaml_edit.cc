// yaml-cpp says where a node begins but not where it ends, gives an alias the mark of its anchor, and takes
// the last of two equal keys without a word. So: find the mark, scan the scalar ourselves, and afterwards
// read the new text and require that exactly the intended node differs, with its aliases.
#include "executor/instructions/yaml_edit.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

namespace pawl::executor {
namespace {

using lang::Result;
using Path = std::vector<std::string>;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string shown(const Path& path) {
  std::string out;
  for (const std::string& key : path) out += (out.empty() ? "" : ".") + key;
  return out;
}

std::optional<std::size_t> index_of(const std::string& key) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), index);
  if (error != std::errc() || end != key.data() + key.size()) return std::nullopt;
  return index;
}

/// The child under `key`; refuses a key that appears twice.
Result<YAML::Node> child(const YAML::Node& node, const std::string& key, const Path& path) {
  if (node.IsSequence()) {
    const auto index = index_of(key);
    if (index && *index < node.size()) return node[*index];
  }
  YAML::Node found;
  int times = 0;
  if (node.IsMap()) {
    for (const auto& pair : node) {
      if (!pair.first.IsScalar() || pair.first.Scalar() != key) continue;
      found.reset(pair.second);
      ++times;
    }
  }
  if (times == 0) return lang::failure("there is no `" + key + "` (looking for " + shown(path) + ")");
  if (times > 1)
    return lang::failure("`" + key + "` appears twice (looking for " + shown(path) + ")", "keep one of them");
  return found;
}

Result<YAML::Node> node_at(const YAML::Node& document, const Path& path) {
  YAML::Node node;
  node.reset(document);
  for (const std::string& key : path) {
    auto next = child(node, key, path);
    if (!next) return next;
    node.reset(*next);
  }
  return node;
}

Result<YAML::Node> scalar_at(const std::string& text, const Path& path) {
  YAML::Node document;
  try {
    document.reset(YAML::Load(text));
  } catch (const YAML::Exception& error) {
    return lang::failure("it is not valid YAML (line " + std::to_string(error.mark.line + 1) + ")");
  }
  auto node = node_at(document, path);
  if (node && !node->IsScalar()) return lang::failure(shown(path) + " is not a single value");
  return node;
}

/// Bytes [begin, end) of a scalar as written, quotes included.
struct Extent {
  std::size_t begin = 0, end = 0;
};

Result<Extent> quoted_extent(const std::string& text, std::size_t begin) {
  const char quote = text[begin];
  for (std::size_t at = begin + 1; at < text.size() && text[at] != '\n'; ++at) {
    if (quote == '"' && text[at] == '\\') {
      ++at;
    } else if (text[at] == quote) {
      if (quote == '\'' && at + 1 < text.size() && text[at + 1] == quote) {
        ++at;
        continue;
      }
      return Extent{begin, at + 1};
    }
  }
  return lang::failure("the value runs over several lines, which cannot be changed in place");
}

Result<Extent> extent(const std::string& text, const YAML::Node& node) {
  const std::size_t shift = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  std::size_t begin = static_cast<std::size_t>(std::max(0, node.Mark().pos)) + shift;
  const auto refuse = [](const char* what) {
    return lang::failure(std::string(what) + " cannot be changed in place",
                         "write the value plainly, or in quotes");
  };
  // The mark of a tagged or anchored node is that of its tag or anchor.
  while (begin < text.size() && (text[begin] == '!' || text[begin] == '&')) {
    begin = text.find_first_of(" \n", begin);
    begin = begin == std::string::npos ? text.size() : text.find_first_not_of(' ', begin);
  }
  if (begin >= text.size()) return refuse("an empty value");
  if (text[begin] == '|' || text[begin] == '>') return refuse("a block scalar");
  if (text[begin] == '*') return refuse("an alias");
  if (text[begin] == '"' || text[begin] == '\'') return quoted_extent(text, begin);
  const std::string& value = node.Scalar();
  if (value.empty() || text.compare(begin, value.size(), value) != 0)
    return refuse("a value over several lines");
  return Extent{begin, begin + value.size()};
}

std::string in_double_quotes(const std::string& value) {
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string in_single_quotes(const std::string& value) {
  std::string out = "'";
  for (const char c : value) out += c == '\'' ? "''" : std::string(1, c);
  return out + "'";
}

/// Whether the two documents are equal except for one node of the first. Where an alias stands for that node,
/// or for what it is in, it differs as well.
bool same_but(const YAML::Node& a, const YAML::Node& b, const YAML::Node* changed) {
  if (changed && a.is(*changed)) return a.IsScalar() && b.IsScalar();
  if (a.Type() != b.Type() || a.size() != b.size() || a.Tag() != b.Tag()) return false;
  if (a.IsScalar()) return a.Scalar() == b.Scalar();
  auto other = b.begin();
  for (auto one = a.begin(); one != a.end(); ++one, ++other) {
    const bool same = a.IsMap() ? same_but(one->first, other->first, nullptr) &&
                                      same_but(one->second, other->second, changed)
                                : same_but(*one, *other, changed);
    if (!same) return false;
  }
  return true;
}

/// The new text reads as the old one with this value changed and nothing else.
bool only_that_changed(const std::string& before, const std::string& after, const Path& path,
                       const std::string& value) {
  try {
    const YAML::Node a = YAML::Load(before), b = YAML::Load(after);
    const auto was = node_at(a, path), now = node_at(b, path);
    return was && now && now->IsScalar() && now->Scalar() == value && same_but(a, b, &*was);
  } catch (const YAML::Exception&) {
    return false;
  }
}

std::string with(const std::string& text, Extent extent, const std::string& replacement) {
  return text.substr(0, extent.begin) + replacement + text.substr(extent.end);
}

}  // namespace

Result<std::string> yaml_value(const std::string& text, const Path& path) {
  const auto node = scalar_at(text, path);
  if (!node) return tl::unexpected(node.error());
  return node->Scalar();
}

Result<std::string> set_yaml_value(const std::string& text, const Path& path, const std::string& value) {
  const auto node = scalar_at(text, path);
  if (!node) return tl::unexpected(node.error());
  const auto where = extent(text, *node);
  if (!where) return lang::failure(shown(path) + ": " + where.error().what, where.error().fix);
  if (value.find('\n') != std::string::npos)
    return lang::failure("a value with a line break cannot be written");
  const char quote = text[where->begin];
  // A plain value keeps its plainness unless YAML would then read something else.
  std::vector<std::string> forms;
  if (quote == '\'') {
    forms = {in_single_quotes(value)};
  } else if (quote == '"') {
    forms = {in_double_quotes(value)};
  } else {
    forms = {value, in_double_quotes(value)};
  }
  for (const std::string& form : forms) {
    std::string after = with(text, *where, form);
    if (only_that_changed(text, after, path, value)) return after;
  }
  return lang::failure(shown(path) + " cannot be changed without changing more of the file",
                       "write the value plainly");
}

}  // namespace pawl::executor
