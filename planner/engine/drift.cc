#include "planner/engine/drift.h"

#include <algorithm>

#include "planner/plan/hash.h"

namespace pawl::planner {

namespace {

constexpr std::string_view kImage = "image", kImageId = "image id";
/// It differs, and no property that is compared does; or no property is known.
constexpr std::string_view kOther = "something else in its configuration", kAny = "its configuration";

bool is_hidden(const std::string& value) {
  return value.starts_with('#');
}

void compare_images(const Instance& runs, const RenderedService& wanted, std::vector<Difference>& out) {
  if (!runs.image.empty() && !wanted.image.empty() && runs.image != wanted.image) {
    out.push_back({std::string(kImage), runs.image, wanted.image});
  } else if (!runs.image_id.empty() && !wanted.image_id.empty() && runs.image_id != wanted.image_id) {
    out.push_back({std::string(kImageId), runs.image_id, wanted.image_id});
  }
}

const std::string* find(const Properties& properties, const std::string& name) {
  const auto found = properties.find(name);
  return found == properties.end() ? nullptr : &found->second;
}

void compare_properties(const Instance& runs, const RenderedService& wanted, std::vector<Difference>& out) {
  for (const auto& [name, value] : wanted.properties) {
    if (value == kWhatever) continue;
    const std::string* has = find(runs.properties, name);
    if (!has) has = find(runs.image_properties, name);
    if (!has || *has != value) out.push_back({name, has ? *has : "", value});
  }
  for (const auto& [name, value] : runs.properties) {
    const std::string any = name.substr(0, name.find(' ')) + " *";
    if (!wanted.properties.contains(name) && !wanted.properties.contains(any))
      out.push_back({name, value, ""});
  }
}

}  // namespace

std::string describe(const Difference& difference) {
  if (difference.property == kImageId)
    return "the image " + short_id(difference.runs) + " is not the one its name means now, " +
           short_id(difference.wanted);
  if (difference.runs.empty()) return difference.property + " added";
  if (difference.wanted.empty()) return difference.property + " removed";
  if (is_hidden(difference.runs) || is_hidden(difference.wanted)) return difference.property + " changed";
  return difference.property + " " + difference.runs + " → " + difference.wanted;
}

std::string describe(const std::vector<Difference>& differences) {
  std::vector<std::string> said;
  std::string out;
  for (const Difference& each : differences) {
    std::string text = describe(each);
    if (std::find(said.begin(), said.end(), text) != said.end()) continue;
    out += (out.empty() ? "" : ", ") + text;
    said.push_back(std::move(text));
  }
  return out;
}

std::vector<Difference> drift(const Instance& runs, const RenderedService& wanted) {
  std::vector<Difference> out;
  compare_images(runs, wanted, out);
  if (!runs.started_as.empty() && runs.started_as == wanted.fingerprint) return out;
  const bool properties = !runs.properties.empty() && !wanted.properties.empty();
  if (properties) compare_properties(runs, wanted, out);
  const bool differs =
      !runs.started_as.empty() || (!runs.not_started_as.empty() && runs.not_started_as == wanted.fingerprint);
  if (out.empty() && differs) out.push_back({std::string(properties ? kOther : kAny), "#", "#"});
  return out;
}

bool is_known(const Instance& runs, const RenderedService& wanted) {
  return !runs.started_as.empty() || !runs.not_started_as.empty() ||
         (!runs.properties.empty() && !wanted.properties.empty());
}

bool is_code(const Difference& difference) {
  return difference.property == kImage || difference.property == kImageId;
}

bool is_program(const Difference& difference) {
  return is_code(difference) || difference.property == "command" || difference.property == "entrypoint";
}

std::string digest(std::string_view value) {
  return "#" + sha256(value).substr(0, 4);
}

}  // namespace pawl::planner
