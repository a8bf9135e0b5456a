// Checks of one part each: compose-go's validation package.
#include "lang/diagnostic.h"
#include "providers/compose/consistency.h"
#include "providers/compose/forms.h"

namespace pawl::providers::compose {
namespace {

Result<void> check_volumes(const Node& volumes) {
  for (const Member& volume : volumes.members) {
    if (volume.value.text_of("external") != "true") continue;
    for (const Member& member : volume.value.members) {
      if (member.key == "name" || member.key == "external" || member.key.starts_with("x-")) continue;
      return failure_at(member.place(),
                        "the volume `" + volume.key + "` is external, so `" + member.key + "` has no effect",
                        "remove `" + member.key + "`, or `external: true`");
    }
  }
  return {};
}

/// Where the content of a secret or a config comes from.
Result<void> check_contents(const Node& resources, const std::string& kind,
                            const std::vector<std::string>& sources) {
  std::string all;
  for (const std::string& source : sources)
    all += (all.empty() ? "" : &source == &sources.back() ? " or " : ", ") + ("`" + source + "`");
  for (const Member& resource : resources.members) {
    int given = 0;
    for (const std::string& source : sources) given += resource.value.find(source) ? 1 : 0;
    if (given > 1) {
      return failure_at(resource.place(),
                        "the " + kind + " `" + resource.key + "` has its content from two places",
                        "keep one of " + all);
    }
    if (given == 0 && !resource.value.find("driver") && !resource.value.find("external")) {
      return failure_at(resource.place(), "the " + kind + " `" + resource.key + "` has no content",
                        "add " + all + ", or `external: true`");
    }
  }
  return {};
}

Result<void> check_devices(const Node* devices) {
  if (!devices) return {};
  for (const Node& item : devices->items) {
    if (item.find("count") && item.find("device_ids"))
      return failure_at(item.place, "a request for devices has both `count` and `device_ids`",
                        "keep one of the two");
  }
  return {};
}

Result<void> check_ports(const Node* ports) {
  if (!ports) return {};
  for (const Node& item : ports->items) {
    const Node* host = item.find("host_ip");
    if (host && !is_ip_address(host->text))
      return failure_at(host->place, "`" + host->text + "` is not an IP address", "write it as 127.0.0.1");
  }
  return {};
}

Result<void> check_watches(const Node* develop) {
  const Node* watches = develop ? develop->find("watch") : nullptr;
  if (!watches) return {};
  for (const Node& item : watches->items) {
    if (item.find("path") && item.text_of("path").empty())
      return failure_at(item.place, "`path` of a `watch` is empty", "name the folder that is watched");
  }
  return {};
}

}  // namespace

Result<void> check_resources(const Node& model) {
  if (const Node* volumes = model.find("volumes")) {
    if (auto done = check_volumes(*volumes); !done) return done;
  }
  if (const Node* configs = model.find("configs")) {
    if (auto done = check_contents(*configs, "config", {"file", "environment", "content"}); !done)
      return done;
  }
  if (const Node* secrets = model.find("secrets")) {
    if (auto done = check_contents(*secrets, "secret", {"file", "environment"}); !done) return done;
  }
  const Node* services = model.find("services");
  if (!services) return {};
  for (const Member& service : services->members) {
    if (auto done = check_ports(service.value.find("ports")); !done) return done;
    if (auto done = check_watches(service.value.find("develop")); !done) return done;
    if (auto done = check_devices(service.value.find("gpus")); !done) return done;
    const Node* part = &service.value;
    for (const char* key : {"deploy", "resources", "reservations"}) part = part ? part->find(key) : nullptr;
    if (auto done = check_devices(part ? part->find("devices") : nullptr); !done) return done;
  }
  return {};
}

}  // namespace pawl::providers::compose
