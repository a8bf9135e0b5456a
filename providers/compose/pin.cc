#include "providers/compose/pin.h"

#include <algorithm>
#include <set>

#include "planner/engine/pins.h"
#include "planner/engine/shared.h"
#include "providers/compose/yaml.h"

namespace pawl::providers::compose {
namespace {

using planner::EditFile;
using planner::Lowered;

tl::unexpected<Error> has_digest(const std::string& service, const std::string& image, const Place& place,
                                 const std::string& to) {
  return failure_at(place,
                    "the image of service `" + service + "` is pinned to a digest, " +
                        image.substr(std::min(image.find('@') + 1, image.size())) + ", and the one of " + to +
                        " is not known",
                    "remove the digest (from the `@` on) and pin the tag, or write both yourself");
}

bool is_at(const Node& node, const Place& place) {
  return node.place.line == place.line && node.place.column == place.column && node.place.file &&
         place.file && *node.place.file == *place.file;
}

using Keys = std::vector<std::string>;

/// Every place where what is written at `place` stands, in the order of the file: first where it is written,
/// because what an alias stands for is written before it.
void find_paths(const Node& node, const Place& place, Keys& path, std::vector<Keys>& out) {
  if (node.is_scalar() && is_at(node, place)) out.push_back(path);
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    path.push_back(std::to_string(i));
    find_paths(node.items[i], place, path, out);
    path.pop_back();
  }
  for (const Member& member : node.members) {
    path.push_back(member.key);
    find_paths(member.value, place, path, out);
    path.pop_back();
  }
}

std::string shown(const Keys& path) {
  std::string out;
  for (const std::string& key : path) out += (out.empty() ? "" : ".") + key;
  return out;
}

const Node* at_path(const Node& node, const Keys& path) {
  const Node* found = &node;
  for (const std::string& key : path) {
    if (!found) return nullptr;
    found = found->is_list() ? &found->items[static_cast<std::size_t>(std::stoul(key))] : found->find(key);
  }
  return found;
}

/// Images that are written in one file, moved to another tag.
class ImageTags {
 public:
  ImageTags(const Deployment& deployment, const lang::ImageTagPin& pin, const planner::WritePin& action)
      : deployment_(deployment), pin_(pin), action_(action), file_(join(deployment.block().dir, pin.file)) {}

  Result<Lowered> edits() {
    const auto before = deployment_.project(""), after = deployment_.project(action_.to);
    if (!before) return tl::unexpected(before.error());
    if (!after) return tl::unexpected(after.error());
    const auto written = deployment_.written(file_);
    if (!written) return tl::unexpected(written.error());
    if (written->empty()) return failure(file_ + " holds nothing", "name the file that has the images");
    Lowered out;
    for (const ComposeService& service : before->services) {
      const ComposeService* moved = after->service(service.name);
      if (!moved || moved->image == service.image) {
        if (auto done = check_stays(service); !done) return tl::unexpected(done.error());
        continue;
      }
      if (auto done = add(service, moved->image, written->front(), *before, *after, out); !done)
        return tl::unexpected(done.error());
    }
    if (out.operations.size() == 1) out.words = planner::render(out.operations.front().instruction);
    if (out.operations.size() > 1)
      out.words = file_ + ": " + std::to_string(out.operations.size()) + " images";
    return out;
  }

 private:
  tl::unexpected<Error> elsewhere(const ComposeService& service, const Node* image) const {
    return failure("the image of service `" + service.name + "` is not written in " + file_ +
                       (image && image->place.file ? " but in " + where(image->place) : "") + ".",
                   "Name the file that has it in the pin, or write it in " + file_ + ".");
  }

  /// A service that the pin names and that does not move has its image elsewhere, or is there already.
  Result<void> check_stays(const ComposeService& service) const {
    const bool named = std::any_of(pin_.services.begin(), pin_.services.end(), [&](lang::ServiceId id) {
      return deployment_[id].engine_name == service.name;
    });
    if (!named || split_image(service.image).tag == action_.to) return {};
    return elsewhere(service, service.config.find("image"));
  }

  Result<void> add(const ComposeService& service, const std::string& to, const Node& document,
                   const Project& before, const Project& after, Lowered& out) {
    const Node* image = service.config.find("image");
    const std::string us = "the image of service `" + service.name + "`";
    if (service.image.find('@') != std::string::npos)
      return has_digest(service.name, service.image, image->place, action_.to);
    Keys path;
    std::vector<Keys> places;
    if (image && image->place.file && *image->place.file == file_)
      find_paths(document, image->place, path, places);
    if (places.empty()) return elsewhere(service, image);
    path = places.front();
    const Node* there = at_path(document, path);
    if (there->text.find('$') != std::string::npos) {
      return failure_at(image->place, us + " is `" + there->text + "`, which has variables",
                        "pin the variable: pin = env(\".env\", \"NAME\")");
    }
    for (const Keys& each : places) {
      const bool is_image = each.size() == 3 && each[0] == "services" && each[2] == "image";
      const ComposeService* other = is_image ? before.service(each[1]) : nullptr;
      const ComposeService* moved = other ? after.service(each[1]) : nullptr;
      if (each[0].starts_with("x-") || (moved && moved->image != other->image)) continue;
      return failure_at(
          image->place, us + " is also `" + shown(each) + "`, by way of an anchor, and that does not move",
          is_image ? "give one of them an `image` of its own, or name both in `services` of the pin"
                   : "write the image of the service out");
    }
    if (!paths_.insert(path).second) return {};
    EditFile edit{file_, EditFile::YamlScalar{path}, service.image, to};
    out.operations.push_back(planner::operation(std::move(edit), planner::Duration(30'000)));
    return {};
  }

  const Deployment& deployment_;
  const lang::ImageTagPin& pin_;
  const planner::WritePin& action_;
  std::string file_;
  std::set<Keys> paths_;  // edited already
};

}  // namespace

Result<void> check_pin(const Deployment& deployment, const std::map<std::string, ImagePattern>& patterns) {
  const auto variable = deployment.pin_variable();
  if (!variable) return {};
  const auto project = deployment.project("");
  if (!project) return tl::unexpected(project.error());
  for (const auto& [service, pattern] : patterns) {
    if (!pattern.before.empty() || !pattern.after.empty()) continue;
    const ComposeService* found = project->service(service);
    const std::string image = found ? found->image : "";
    const ImageName name = split_image(image);
    const std::string repository = name.repository.empty() ? "NAME" : name.repository;
    return failure("The variable " + *variable + " is the whole image of service `" + service + "`" +
                       (image.empty() ? "" : ", `" + image + "`") + ", and a pin moves a version only.",
                   "Give the tag a variable of its own: image: " + repository +
                       ":${TAG} in the Compose file, TAG=" + (name.tag.empty() ? "VERSION" : name.tag) +
                       " in the env file, and pin = env(…, \"TAG\"). Until then leave " + *variable +
                       " as it is.");
  }
  return {};
}

namespace {

constexpr std::string_view kPinIsDefault = "pin is a default";

/// A default of the Compose files stands in for the variable, which was not set when the snapshot was taken.
bool is_default(const Deployment& deployment, const planner::Snapshot& snapshot, const std::string& version) {
  return std::any_of(snapshot.engines.begin(), snapshot.engines.end(),
                     [&](const planner::EngineState& state) {
                       return state.deployment == deployment.block().label &&
                              state.facts.contains(std::string(kPinIsDefault)) && state.pin.value == version;
                     });
}

}  // namespace

void note_pin(const Deployment& deployment, planner::EngineState& state) {
  state.pin = deployment.pin_state();
  if (deployment.pin_variable() && !state.pin.value.empty() && deployment.pin_value_written().empty())
    state.facts[std::string(kPinIsDefault)] = "true";
}

Result<planner::Lowered> write_pin(const Deployment& deployment, const planner::WritePin& action,
                                   const planner::Snapshot& snapshot) {
  if (const auto* tags = std::get_if<lang::ImageTagPin>(&deployment.block().pin->where))
    return ImageTags(deployment, *tags, action).edits();
  const auto project = deployment.project("");
  const auto patterns = deployment.patterns();
  if (!project) return tl::unexpected(project.error());
  if (!patterns) return tl::unexpected(patterns.error());
  for (const auto& [service, pattern] : *patterns) {
    const ComposeService* found = project->service(service);
    if (!found || pattern.after.find('@') == std::string::npos) continue;
    return has_digest(service, found->image, found->config.find("image")->place, action.to);
  }
  const bool is_new = is_default(deployment, snapshot, action.from);  // its line
  return planner::pins::edit(deployment.block(), is_new ? "" : action.from, action.to);
}

}  // namespace pawl::providers::compose
