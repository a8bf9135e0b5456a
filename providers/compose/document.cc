#include "providers/compose/document.h"

#include <algorithm>

#include "providers/compose/forms.h"
#include "providers/compose/merge.h"
#include "providers/compose/schema.h"
#include "providers/compose/yaml.h"

namespace pawl::providers::compose {
namespace {

Result<void> check_top_level(const Node& document) {
  if (!document.is_map())
    return failure_at(document.place, "this is not a Compose file: a map with `services:` should be here",
                      "check the path");
  const Node* services = document.find("services");
  if (services && !services->is_map())
    return failure_at(services->place, "`services` is not a map",
                      "write each service's name with a `:` below it");
  return {};
}

/// `- NAME` in an environment takes the value that the variable has where the file is read; a NAME without a
/// value in a map waits for that of the whole project.
void fill_listed_names(Node& model, Scope& scope) {
  Node* services = model.find("services");
  if (!services) return;
  for (Member& service : services->members) {
    Node* environment = service.value.find("environment");
    if (!environment || !environment->is_list()) continue;
    for (Node& item : environment->items) {
      const auto found = scope.variables.find(item.text);
      if (found == scope.variables.end()) continue;
      scope.used.insert(item.text);
      item.text += "=" + found->second;
    }
  }
}

}  // namespace

void Documents::change_tags(const std::string& path, Node& document) const {
  const auto& change = request_.tag_change;
  Node* services = document.find("services");
  if (!change || change->file != path || !services) return;
  for (Member& member : services->members) {
    Node* image = member.value.find("image");
    if (!image || !image->is_scalar()) continue;
    const ImageName parts = split_image(image->text);
    const bool named =
        std::find(change->services.begin(), change->services.end(), member.key) != change->services.end();
    if (change->services.empty() ? parts.tag == change->from && !parts.tag.empty() : named) {
      image->text = parts.repository + ":" + change->to;
    }
  }
}

Result<const std::vector<Node>*> Documents::written(const std::string& path) {
  if (const auto found = written_.find(path); found != written_.end()) return &found->second;
  auto text = files_.text(path, false);
  if (!text) return tl::unexpected(text.error());
  auto documents = *text ? parse_yaml(**text, path, warnings_) : std::vector<Node>();
  if (!documents) return tl::unexpected(documents.error());
  for (Node& document : *documents) {
    if (!document.place.file) document.place = {std::make_shared<const std::string>(path), 1, 1};
    change_tags(path, document);
  }
  return &(written_[path] = std::move(*documents));
}

Result<void> Documents::add(Node document, const std::string& path, Node& model) {
  if (auto done = check_top_level(document); !done) return done;
  if (auto done = interpolate_document(document, scope_); !done) return done;
  if (auto done = extend_all(document, path); !done) return done;
  if (auto done = include_all(document, path); !done) return done;
  if (auto done = merge_model(model, document); !done) return done;
  if (auto done = keep_last_of_each(model); !done) return done;
  // What it refers to may not have been read yet, so that it is not whole.
  if (!files_.wanted().empty()) return {};
  if (auto done = check_schema(model); !done) return done;
  model.remove("version");
  if (auto done = expand_model(model); !done) return done;
  return keep_last_of_each(model);
}

Result<Node> Documents::load(const std::vector<std::string>& paths, const std::string& base) {
  Node model = Node::map();
  for (const std::string& path : paths) {
    const auto documents = written(path);
    if (!documents) return tl::unexpected(documents.error());
    for (const Node& document : **documents) {
      if (auto done = add(document, path, model); !done) return tl::unexpected(done.error());
    }
  }
  if (auto done = resolve_paths(model, base); !done) return tl::unexpected(done.error());
  fill_listed_names(model, scope_);
  return model;
}

}  // namespace pawl::providers::compose
