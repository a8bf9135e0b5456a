// Volumes and devices: `[source:]target[:options]`, as compose-go's format/volume.go reads them.
#include <algorithm>
#include <filesystem>

#include "providers/compose/forms.h"

namespace pawl::providers::compose {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// A path of the machine; `c:\data` and `\\.\pipe` are Windows' own.
bool is_path(const std::string& source) {
  if (source.empty()) return false;
  if (source[0] == '.' || source[0] == '/' || source[0] == '~' || source.starts_with("\\\\")) return true;
  return source.size() > 1 && is_letter(source[0]) && source[1] == ':';
}

/// The parts between colons; the colon of a Windows drive is none.
std::vector<std::string> parts_of(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    const bool drive = c == ':' && parts.back().size() == 1 && is_letter(parts.back()[0]);
    if (c == ':' && !drive)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

std::string clean_target(const std::string& target) {
  std::string clean = std::filesystem::path(target).lexically_normal().string();
  while (clean.size() > 1 && clean.ends_with('/')) clean.pop_back();
  return clean;
}

void set_in(Node& volume, const char* part, const char* key, const std::string& value) {
  Node& options = volume.at(part);
  if (!options.is_map()) options = Node::map(volume.place);
  options.set(key, Node::scalar(value, volume.place));
}

/// One word of the third part; Compose ignores those it does not know.
void apply_option(const std::string& option, Node& volume) {
  constexpr std::string_view kPropagations[] = {"rprivate", "private", "rshared",
                                                "shared",   "rslave",  "slave"};
  if (option == "ro")
    volume.set("read_only", Node::scalar("true", volume.place));
  else if (option == "rw")
    volume.remove("read_only");
  else if (option == "nocopy")
    set_in(volume, "volume", "nocopy", "true");
  else if (option == "z" || option == "Z")
    set_in(volume, "bind", "selinux", option);
  else if (std::find(std::begin(kPropagations), std::end(kPropagations), option) != std::end(kPropagations))
    set_in(volume, "bind", "propagation", option);
}

Result<Node> expand_short_volume(const Node& item) {
  const std::vector<std::string> parts = parts_of(item.text);
  const bool short_text = item.text.size() == 1 || item.text.size() == 2;
  const bool gap =
      std::any_of(parts.begin(), parts.end(), [](const std::string& part) { return part.empty(); });
  if (!short_text && (gap || parts.size() > 3)) {
    return failure_at(item.place, "`" + item.text + "` is not a volume",
                      "write it as ./folder:/in/container:ro or name:/in/container");
  }
  Node volume = Node::map(item.place);
  const bool named = !short_text && parts.size() > 1;
  const bool bind = named && is_path(parts[0]);
  volume.set("type", Node::scalar(bind ? "bind" : "volume", item.place));
  if (named) volume.set("source", Node::scalar(parts[0], item.place));
  const std::string& target = short_text ? item.text : named ? parts[1] : parts[0];
  volume.set("target", Node::scalar(clean_target(target), item.place));
  if (bind) set_in(volume, "bind", "create_host_path", "true");
  if (named && parts.size() == 3) {
    for (const std::string& option : split_all(parts[2], ',')) apply_option(option, volume);
  }
  return volume;
}

Result<Node> expand_device(const Node& item) {
  const std::vector<std::string> parts = split_all(item.text, ':');
  if (parts.size() > 3)
    return failure_at(item.place, "`" + item.text + "` is not a device",
                      "write it as /dev/here:/dev/there:rwm, or in the long form");
  Node device = Node::map(item.place);
  device.set("source", Node::scalar(parts[0], item.place));
  device.set("target", Node::scalar(parts.size() > 1 && !parts[1].empty() ? parts[1] : parts[0], item.place));
  device.set("permissions", Node::scalar(parts.size() > 2 ? parts[2] : "rwm", item.place));
  return device;
}

}  // namespace

Result<void> expand_volumes(Node& volumes) {
  for (Node& item : volumes.items) {
    if (!item.is_scalar()) continue;
    auto volume = expand_short_volume(item);
    if (!volume) return tl::unexpected(volume.error());
    item = std::move(*volume);
  }
  return {};
}

Result<void> expand_devices(Node& devices) {
  for (Node& item : devices.items) {
    if (!item.is_scalar()) continue;
    auto device = expand_device(item);
    if (!device) return tl::unexpected(device.error());
    item = std::move(*device);
  }
  return {};
}

}  // namespace pawl::providers::compose
