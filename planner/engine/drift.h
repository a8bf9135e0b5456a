// What runs against what the configuration asks for, property by property.
#pragma once

#include <string>
#include <vector>

#include "planner/engine/provider.h"

namespace pawl::planner {

/// One property of an instance that is not what the configuration asks for.
struct Difference {
  std::string property;      // "image", "environment SMTP_HOST", "port 80/tcp", "mount /data", "instances"
  std::string runs, wanted;  // empty: not there; a digest (Properties) where the value may be a secret
  bool operator==(const Difference&) const = default;
};
/// "image db:16.4 → db:17.2", "environment SMTP_HOST added", "command changed".
std::string describe(const Difference& difference);
/// The same of several, each once, with commas.
std::string describe(const std::vector<Difference>& differences);

/// Nothing: it runs as configured, so far as anybody can tell (is_known).
std::vector<Difference> drift(const Instance& runs, const RenderedService& wanted);
/// Whether something is known of the configuration that the instance was started with.
bool is_known(const Instance& runs, const RenderedService& wanted);

/// Properties of the image count, whose code may work on data: "image", "image id".
bool is_code(const Difference& difference);
/// The same, and what is started from it: "command", "entrypoint".
bool is_program(const Difference& difference);

/// As the value of a wanted property: whatever it is, or is not. Under the name "mount *", of all mounts that
/// are not named.
inline constexpr std::string_view kWhatever = "*";

/// A value of Properties that may be a secret.
std::string digest(std::string_view value);

}  // namespace pawl::planner
