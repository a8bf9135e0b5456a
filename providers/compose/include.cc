// `include`: other files read as projects of their own, with their own folder and env file, and their
// services, networks and so on taken in. The rules are those of compose-go's loader/include.go: relative
// paths inside start from the included project's folder, variables of the including project win over those of
// the included env file.
#include <algorithm>

#include "providers/compose/document.h"
#include "providers/compose/env_files.h"
#include "providers/compose/forms.h"

namespace pawl::providers::compose {
namespace {

/// One text, or a list of them; empty when the part is not there.
Result<std::vector<std::string>> texts_of(const Node& entry, const char* key) {
  std::vector<std::string> texts;
  const Node* found = entry.find(key);
  if (!found || found->is_null()) return texts;
  Node list = *found;
  to_list(list);
  for (const Node& item : list.items) {
    if (!item.is_scalar())
      return failure_at(item.place, "`" + std::string(key) + "` of an `include` needs texts",
                        "write one path, or one per line, each after `- `");
    texts.push_back(item.text);
  }
  return texts;
}

bool is_remote(const std::string& path) {
  return path.find("://") != std::string::npos || path.starts_with("git@") || path.starts_with("github.com/");
}

/// The files of one entry, seen from where `here` is.
Result<std::vector<std::string>> paths_of(const Node& entry, const std::string& here) {
  if (entry.is_scalar()) {
    Node map = Node::map(entry.place);
    map.at("path") = entry;
    return paths_of(map, here);
  }
  auto paths = texts_of(entry, "path");
  if (!paths) return paths;
  if (paths->empty())
    return failure_at(entry.place, "an `include` names no file", "write `- FILE`, or `path: FILE` below it");
  for (std::string& path : *paths) {
    if (is_remote(path)) {
      return failure_at(entry.place,
                        "`include` of " + path + " would have to be fetched, which pawl does not do",
                        "keep a copy beside the Compose file and include that");
    }
    path = join(here, path);
  }
  return paths;
}

/// The env files of one entry, later ones win. Without any, `.env` in the included project's folder, which
/// may be missing.
Result<std::map<std::string, std::string>> variables_of(const Node& entry, const std::string& here,
                                                        const std::string& directory, Files& files,
                                                        const Scope& scope) {
  auto named = texts_of(entry, "env_file");
  if (!named) return tl::unexpected(named.error());
  const bool by_default = named->empty();
  for (std::string& path : *named) path = join(here, path);
  if (by_default) named->push_back(join(directory, ".env"));
  std::map<std::string, std::string> values;
  Scope known = scope;
  for (const std::string& path : *named) {
    auto text = files.text(path, by_default);
    if (!text) return failure_at(entry.place, text.error().what, text.error().fix);
    if (!*text) continue;
    if (auto done = read_env_file(**text, path, known, values); !done) return tl::unexpected(done.error());
  }
  return values;
}

/// Equal as Compose compares: in kind, type and text; the order of keys does not count.
bool same(const Node& a, const Node& b) {
  if (a.kind != b.kind || a.text != b.text || a.items.size() != b.items.size() ||
      a.members.size() != b.members.size() || (a.is_scalar() && a.type != b.type)) {
    return false;
  }
  for (std::size_t i = 0; i < a.items.size(); ++i) {
    if (!same(a.items[i], b.items[i])) return false;
  }
  return std::all_of(a.members.begin(), a.members.end(), [&](const Member& member) {
    const Node* other = b.find(member.key);
    return other && same(member.value, *other);
  });
}

/// What `from` defines, each thing new or word for word what is there already.
Result<void> take_in(const Node& from, const Place& asked, Node& into) {
  for (const std::string kind : {"services", "volumes", "networks", "secrets", "configs", "models"}) {
    const Node* resources = from.find(kind);
    if (!resources) continue;
    Node& mine = into.at(kind);
    if (!mine.is_map()) mine = Node::map(asked);
    for (const Member& member : resources->members) {
      const Node* there = mine.find(member.key);
      if (!there) {
        mine.members.push_back(member);
      } else if (!same(*there, member.value)) {
        return failure_at(asked,
                          "the included " + kind.substr(0, kind.size() - 1) + " `" + member.key + "` (" +
                              where(member.value.place) + ") is defined differently in " +
                              where(there->place),
                          "change what is included in a further file that is named after this one");
      }
    }
  }
  return {};
}

}  // namespace

Result<void> Documents::include_all(Node& document, const std::string& path) {
  const Node* found = document.find("include");
  if (!found) return {};
  const Node include = *found;
  document.remove("include");
  if (include.is_null()) return {};
  if (!include.is_list())
    return failure_at(include.place, "`include` is not a list", "write one file per line, each after `- `");
  including_.push_back(path);
  for (const Node& entry : include.items) {
    const auto loaded = include_one(entry);
    if (!loaded) return tl::unexpected(loaded.error());
    if (auto done = take_in(*loaded, entry.place, document); !done) return done;
  }
  including_.pop_back();
  return {};
}

Result<Node> Documents::include_one(const Node& entry) {
  const auto paths = paths_of(entry, directory_);
  if (!paths) return tl::unexpected(paths.error());
  if (std::find(including_.begin(), including_.end(), paths->front()) != including_.end()) {
    std::string chain;
    for (const std::string& each : including_) chain += each + " → ";
    return failure_at(entry.place, "`include` has a cycle: " + chain + paths->front(),
                      "let one of them not include");
  }
  for (const std::string& path : *paths) {
    if (const auto text = files_.text(path, false); !text)
      return failure_at(entry.place, text.error().what, text.error().fix);
  }
  const std::string own = entry.text_of("project_directory");
  const std::string directory = own.empty() ? folder_of(paths->front()) : join(directory_, own);
  // A folder that is not there is taken for the name of a file: its paths then start from the folder around
  // it.
  std::string base = relative_folder(directory, directory_);
  if (!own.empty() && !files_.is_folder(directory)) base = relative_folder(folder_of(directory), directory_);
  if (directory.starts_with('/') && !directory_.starts_with('/')) base = directory;
  const auto variables = variables_of(entry, directory_, directory, files_, scope_);
  if (!variables) return tl::unexpected(variables.error());
  return load_included(*paths, directory, base, *variables);
}

Result<Node> Documents::load_included(const std::vector<std::string>& paths, const std::string& directory,
                                      const std::string& base,
                                      const std::map<std::string, std::string>& variables) {
  Scope scope = scope_;
  scope.variables.insert(variables.begin(), variables.end());
  for (const auto& [name, value] : variables) variables_set_.insert(name);
  Documents inner(files_, scope, request_, directory, warnings_);
  inner.including_ = including_;
  auto model = inner.load(paths, base);
  scope_.used.merge(scope.used);
  scope_.missing.merge(scope.missing);
  variables_set_.merge(inner.variables_set_);
  return model;
}

}  // namespace pawl::providers::compose
