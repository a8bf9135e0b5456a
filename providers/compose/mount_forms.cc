// Volumes and devices: `[source:]target[:options]`, and the long forms.
#include "providers/compose/forms.h"

namespace pawl::providers::compose {
namespace {

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

bool is_path(const std::string& source) {
  return source.starts_with('.') || source.starts_with('/') || source.starts_with('~');
}

std::string clean_target(std::string target) {
  while (target.size() > 1 && target.ends_with('/')) target.pop_back();
  return target;
}

/// One word of the third part of a short volume.
void apply_option(const std::string& option, Node& volume) {
  const Place& place = volume.place;
  if (option == "ro") {
    volume.at("read_only") = Node::scalar("true", place);
  } else if (option == "z" || option == "Z") {
    Node& bind = volume.at("bind");
    if (!bind.is_map()) bind = Node::map(place);
    bind.at("selinux") = Node::scalar(option, place);
  } else if (option == "nocopy") {
    volume.at("volume") = Node::map(place);
    volume.at("volume").at("nocopy") = Node::scalar("true", place);
  } else if (option == "cached" || option == "delegated" || option == "consistent") {
    volume.at("consistency") = Node::scalar(option, place);
  } else if (option.find("shared") != std::string::npos || option.find("private") != std::string::npos ||
             option.find("slave") != std::string::npos) {
    Node& bind = volume.at("bind");
    if (!bind.is_map()) bind = Node::map(place);
    bind.at("propagation") = Node::scalar(option, place);
  }
}

Result<Node> expand_short_volume(const Node& item, const std::string& base) {
  const std::vector<std::string> parts = split(item.text, ':');
  if (item.text.empty() || parts.size() > 3 || (parts.size() > 1 && parts[1].empty())) {
    return failure_at(item.place, "`" + item.text + "` is not a volume",
                      "write it as ./folder:/in/container:ro or name:/in/container");
  }
  Node volume = Node::map(item.place);
  const bool bind = parts.size() > 1 && is_path(parts[0]);
  volume.at("type") = Node::scalar(bind ? "bind" : "volume", item.place);
  if (parts.size() > 1)
    volume.at("source") = Node::scalar(bind ? canonical_path(parts[0], base) : parts[0], item.place);
  volume.at("target") = Node::scalar(clean_target(parts.size() > 1 ? parts[1] : parts[0]), item.place);
  if (parts.size() == 3) {
    for (const std::string& option : split(parts[2], ',')) apply_option(option, volume);
  }
  return volume;
}

void drop_if(Node& map, std::string_view key, std::string_view value) {
  if (map.text_of(key) == value) map.remove(key);
}

/// A long volume without what says nothing.
void tidy_volume(Node& volume) {
  drop_if(volume, "read_only", "false");
  if (Node* target = volume.find("target"); target && target->is_scalar())
    target->text = clean_target(target->text);
  if (Node* bind = volume.find("bind"); bind && bind->is_map()) drop_if(*bind, "create_host_path", "true");
  if (Node* tmpfs = volume.find("tmpfs"); tmpfs && tmpfs->is_map() && tmpfs->find("size")) {
    tmpfs->at("size").text = canonical_size(tmpfs->text_of("size"));
  }
  for (const char* part : {"bind", "volume", "tmpfs"}) {
    const Node* options = volume.find(part);
    if (options && (options->is_null() || (options->is_map() && options->members.empty())))
      volume.remove(part);
  }
}

Node expand_device(const Node& item) {
  const std::vector<std::string> parts = split(item.text, ':');
  Node device = Node::map(item.place);
  device.at("source") = Node::scalar(parts[0], item.place);
  device.at("target") = Node::scalar(parts.size() > 1 ? parts[1] : parts[0], item.place);
  device.at("permissions") = Node::scalar(parts.size() > 2 ? parts[2] : "rwm", item.place);
  return device;
}

}  // namespace

Result<void> expand_volumes(Node& volumes, const std::string& base) {
  if (!volumes.is_list())
    return failure_at(volumes.place, "`volumes` is not a list", "write one volume per line, each after `- `");
  for (Node& item : volumes.items) {
    if (item.is_scalar()) {
      auto volume = expand_short_volume(item, base);
      if (!volume) return tl::unexpected(volume.error());
      item = std::move(*volume);
    } else if (Node* source = item.find("source"); source && item.text_of("type") == "bind") {
      source->text = canonical_path(source->text, base);
    }
    if (!item.is_map())
      return failure_at(item.place, "a volume is neither text nor a map",
                        "write it as ./folder:/in/container");
    tidy_volume(item);
  }
  return {};
}

Result<void> expand_devices(Node& devices) {
  if (!devices.is_list())
    return failure_at(devices.place, "`devices` is not a list", "write one device per line, each after `- `");
  for (Node& item : devices.items) {
    if (item.is_scalar() && item.text.starts_with('/')) item = expand_device(item);
  }
  return {};
}

}  // namespace pawl::providers::compose
