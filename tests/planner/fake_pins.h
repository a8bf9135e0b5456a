// How the fake engine writes a version into the images of a file.
#pragma once

#include <algorithm>
#include <string>

#include "planner/engine/provider.h"
#include "planner/engine/shared.h"

namespace pawl::planner::testing {

inline bool covers(const lang::ImageTagPin& pin, lang::ServiceId service) {
  return pin.services.empty() ||
         std::find(pin.services.begin(), pin.services.end(), service) != pin.services.end();
}

inline const RenderedService* rendered(const Rendering& rendering, const std::string& service) {
  const auto found = std::find_if(rendering.services.begin(), rendering.services.end(),
                                  [&](const RenderedService& each) { return each.service == service; });
  return found == rendering.services.end() ? nullptr : &*found;
}

/// Of `image_tag(file, services)`, between two renderings.
inline Lowered edit_image_tags(const lang::ImageTagPin& pin, const Rendering& before, const Rendering& after,
                               const DeploymentView& view) {
  const std::string file = join(view.block().dir, pin.file);
  Lowered out;
  for (const lang::ServiceId id : view.services()) {
    const lang::Service& service = view.stack[id];
    const RenderedService* old_one = rendered(before, service.name);
    const RenderedService* new_one = rendered(after, service.name);
    if (!covers(pin, id) || !old_one || !new_one || old_one->image == new_one->image) continue;
    out.operations.push_back(
        operation(EditFile{file, EditFile::YamlScalar{{"services", service.engine_name, "image"}},
                           old_one->image, new_one->image},
                  Duration(30'000)));
  }
  if (out.operations.size() == 1) out.words = render(out.operations.front().instruction);
  if (out.operations.size() > 1)
    out.words = file + ": the images of " + std::to_string(out.operations.size()) + " services";
  return out;
}

}  // namespace pawl::planner::testing
