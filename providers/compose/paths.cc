// Which parts of a model are paths of the machine: compose-go's paths/resolve.go.
#include <cctype>
#include <filesystem>

#include "providers/compose/forms.h"

namespace pawl::providers::compose {
namespace {

void resolve(Node* node, const std::string& base) {
  if (!node) return;
  if (node->is_scalar()) node->text = canonical_path(node->text, base);
  for (Node& item : node->items) resolve(&item, base);
}

/// A path of Windows stays as it is: the engine may run there.
bool is_of_windows(const std::string& path) {
  const bool letter = !path.empty() && std::isalpha(static_cast<unsigned char>(path[0])) != 0;
  return path.starts_with("\\\\") ||
         (letter && path.size() > 2 && path[1] == ':' && (path[2] == '/' || path[2] == '\\'));
}

void resolve_unless_windows(Node* node, const std::string& base) {
  if (node && !is_of_windows(node->text)) resolve(node, base);
}

/// What a build starts from may be an address, or the image of another service.
void resolve_context(Node* node, const std::string& base) {
  if (!node || !node->is_scalar()) return;
  const std::string& text = node->text;
  if (text.find("://") != std::string::npos) return;
  for (const char* prefix : {"service:", "github.com/", "git@"}) {
    if (text.starts_with(prefix)) return;
  }
  resolve(node, base);
}

void resolve_build(Node& build, const std::string& base) {
  resolve_context(build.find("context"), base);
  if (Node* contexts = build.find("additional_contexts")) {
    for (Member& member : contexts->members) resolve_context(&member.value, base);
  }
  if (Node* keys = build.find("ssh")) {
    for (Member& member : keys->members) resolve_unless_windows(&member.value, base);
  }
}

Result<void> resolve_mounts(Node& volumes, const std::string& base) {
  for (Node& item : volumes.items) {
    if (item.text_of("type") != "bind") continue;
    Node* source = item.find("source");
    if (!source) {
      return failure_at(item.place, "a volume of the type `bind` has no `source`",
                        "add `source:`, the path on this machine");
    }
    if (source->text.empty()) source->text = ".";
    resolve_unless_windows(source, base);
  }
  return {};
}

Result<void> resolve_service(Node& service, const std::string& base) {
  if (Node* build = service.find("build")) resolve_build(*build, base);
  if (Node* files = service.find("env_file")) {
    for (Node& item : files->items) resolve(item.find("path"), base);
  }
  resolve(service.find("label_file"), base);
  if (Node* extends = service.find("extends")) resolve(extends->find("file"), base);
  if (Node* develop = service.find("develop")) {
    Node* watch = develop->find("watch");
    if (watch) {
      for (Node& item : watch->items) resolve(item.find("path"), base);
    }
  }
  if (Node* volumes = service.find("volumes")) return resolve_mounts(*volumes, base);
  return {};
}

/// A volume of the local driver can be a folder of the machine.
void resolve_volume(Node& volume, const std::string& base) {
  Node* options = volume.text_of("driver") == "local" ? volume.find("driver_opts") : nullptr;
  if (options && options->text_of("o") == "bind") resolve_unless_windows(options->find("device"), base);
}

}  // namespace

Result<void> resolve_paths(Node& model, const std::string& base) {
  if (Node* services = model.find("services")) {
    for (Member& service : services->members) {
      if (auto done = resolve_service(service.value, base); !done) return done;
    }
  }
  for (const char* kind : {"configs", "secrets"}) {
    if (Node* resources = model.find(kind)) {
      for (Member& resource : resources->members) resolve_unless_windows(resource.value.find("file"), base);
    }
  }
  if (Node* volumes = model.find("volumes")) {
    for (Member& volume : volumes->members) resolve_volume(volume.value, base);
  }
  return {};
}

std::string canonical_path(const std::string& path, const std::string& base) {
  if (path.starts_with('/') || path.starts_with('~') || path.empty()) return path;
  const std::string normal = (std::filesystem::path(base) / path).lexically_normal().string();
  const std::string trimmed =
      normal.size() > 1 && normal.ends_with('/') ? normal.substr(0, normal.size() - 1) : normal;
  if (trimmed == "." || trimmed == ".." || trimmed.starts_with("../") || trimmed.starts_with('/'))
    return trimmed;
  return "./" + trimmed;
}

}  // namespace pawl::providers::compose
