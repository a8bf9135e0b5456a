#include "providers/compose/env_files.h"

#include <algorithm>
#include <cctype>

#include "planner/engine/env_file.h"

namespace pawl::providers::compose {
namespace {

bool is_space(char c) {
  return std::isspace(static_cast<unsigned char>(c)) != 0;
}

const std::string* find(const std::string& name, const Scope& scope, const Variables* own) {
  if (const auto found = scope.variables.find(name); found != scope.variables.end()) return &found->second;
  if (!own) return nullptr;
  const auto found = own->find(name);
  return found == own->end() ? nullptr : &found->second;
}

Variables set_in(const Node& service, const char* key) {
  Variables out;
  const Node* map = service.find(key);
  if (!map) return out;
  for (const Member& member : map->members) {
    if (!member.value.is_null()) out[member.key] = member.value.text;
  }
  return out;
}

/// A name that the service has already keeps what it has, nothing too.
void add_missing(const Variables& values, Node& service, const char* key) {
  if (values.empty()) return;
  Node& map = service.at(key);
  if (!map.is_map()) map = Node::map(service.place);
  for (const auto& [name, value] : values) {
    if (!map.find(name)) map.set(name, Node::scalar(value, service.place));
  }
}

Result<void> read_one(const Node& item, const std::string& text, const std::string& path, bool strict,
                      Scope& scope, Variables& out, const Variables& own) {
  const std::string format = item.text_of("format");
  if (format == "raw") return read_raw_env_file(text, path, scope, out, &own);
  if (!format.empty() && format != ".env" && strict) {
    return failure_at(item.place, "`" + format + "` is not a format of env files",
                      "write `format: raw`, or leave it out");
  }
  return read_env_file(text, path, scope, out, &own);
}

}  // namespace

Result<void> read_env_file(const std::string& text, const std::string& path, Scope& scope, Variables& out,
                           const Variables* own) {
  auto entries = planner::parse_env_template(text);
  if (!entries) return failure(path + ", " + entries.error().what, entries.error().fix);
  Scope inner;
  inner.variables = scope.variables;
  if (own) inner.variables.insert(own->begin(), own->end());
  inner.variables.insert(out.begin(), out.end());
  const auto file = std::make_shared<const std::string>(path);
  for (planner::EnvEntry& entry : *entries) {
    const std::string* known = find(entry.name, scope, own);
    if (entry.bare) {
      if (!known) continue;
      entry.value = *known;
    } else if (entry.interpolate && entry.value.find('$') != std::string::npos) {
      auto filled = interpolate(entry.value, {file, entry.line, 0}, inner);
      if (!filled) return tl::unexpected(filled.error());
      entry.value = std::move(*filled);
    }
    if (!known) inner.variables.insert_or_assign(entry.name, entry.value);
    out.insert_or_assign(entry.name, entry.value);
  }
  for (const std::string& name : inner.used) {
    if (scope.variables.contains(name)) scope.used.insert(name);
  }
  return {};
}

Result<void> read_raw_env_file(const std::string& text, const std::string& path, const Scope& scope,
                               Variables& out, const Variables* own) {
  const auto file = std::make_shared<const std::string>(path);
  std::uint32_t number = 0;
  for (std::string line : split_all(text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text, '\n')) {
    ++number;
    if (line.ends_with('\r')) line.pop_back();
    line.erase(line.begin(), std::find_if_not(line.begin(), line.end(), is_space));
    if (line.empty() || line[0] == '#') continue;
    const std::size_t equals = line.find('=');
    const std::string name = line.substr(0, equals);
    if (name.empty() || std::any_of(name.begin(), name.end(), is_space)) {
      return failure_at({file, number, 0}, "this is not NAME=value",
                        "Write NAME=value without a space before the `=`, or put # before it.");
    }
    if (equals != std::string::npos) {
      out.insert_or_assign(name, line.substr(equals + 1));
    } else if (const std::string* known = find(name, scope, own)) {
      out.insert_or_assign(name, *known);
    }
  }
  return {};
}

Result<void> read_service_files(Node& service, const std::string& directory, bool strict, Files& files,
                                Scope& scope) {
  const Variables own = set_in(service, "environment");
  Variables values = own;
  if (const Node* list = service.find("env_file")) {
    for (const Node& item : list->items) {
      const std::string path = join(directory, item.text_of("path"));
      const bool optional = !strict || item.text_of("required") == "false";
      const auto text = files.text(path, optional);
      if (!text && !strict) continue;
      if (!text) return failure_at(item.place, text.error().what, text.error().fix);
      if (!*text) continue;
      if (auto done = read_one(item, **text, path, strict, scope, values, own); !done && strict) return done;
    }
  }
  add_missing(values, service, "environment");
  Variables labels;
  if (const Node* list = service.find("label_file")) {
    Scope nothing;
    for (const Node& item : list->items) {
      const std::string path = join(directory, item.text);
      const auto text = files.text(path, !strict);
      if (!text && !strict) continue;
      if (!text) return failure_at(item.place, text.error().what, text.error().fix);
      if (!*text) continue;
      const Variables before = labels;
      if (auto done = read_env_file(**text, path, nothing, labels, &before); !done && strict) return done;
    }
  }
  add_missing(labels, service, "labels");
  service.remove("env_file");
  service.remove("label_file");
  return {};
}

}  // namespace pawl::providers::compose
