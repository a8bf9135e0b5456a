// What a service of the files and a container of the engine were given, in one form that can be compared
// (planner/plan/snapshot.h). What Compose decides by itself, or reads where pawl does not look, counts as
// "whatever" (planner/engine/drift.h).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "providers/compose/engine.h"
#include "providers/compose/project.h"

namespace pawl::providers::compose {

/// Of the files: environment, command, entrypoint, mounts, ports, restart, user, working_dir.
/// `working_dir`: the project's folder on the machine, as its containers say; empty: not known.
planner::Properties wanted_properties(const ComposeService& service, const Project& project,
                                      const Engine& engine, std::string_view working_dir = {});

/// What `inspect` prints with kPropertiesFormat, of a container: one JSON object. Nothing: it is no such
/// text.
struct Inspected {
  planner::Properties own;         // what it was given
  planner::Properties from_image;  // what its image says, where it was given nothing else
};
/// `image`: what `image inspect` prints with kImageFormat, of its image; empty: not known, and then nothing
/// is, because what is the image's and what its own cannot be told apart. `working_dir`: of the project, as
/// its label says.
Inspected read_properties(std::string_view container, std::string_view image, std::string_view working_dir);

/// The folders of this machine behind the mounts of a container that outlive it, by the place where it sees
/// them: binds and volumes with a name. `container` as above.
std::map<std::string, std::string> folders_behind(std::string_view container);

/// Formats of `docker inspect` and `docker image inspect`, one line without a tab each.
inline constexpr std::string_view kPropertiesFormat =
    R"({"env":{{json .Config.Env}},"cmd":{{json .Config.Cmd}},"entrypoint":{{json .Config.Entrypoint}},)"
    R"("user":{{json .Config.User}},"dir":{{json .Config.WorkingDir}},"mounts":{{json .Mounts}},)"
    R"("ports":{{json .HostConfig.PortBindings}},"restart":{{json .HostConfig.RestartPolicy}}})";
inline constexpr std::string_view kImageFormat =
    R"({"env":{{json .Config.Env}},"cmd":{{json .Config.Cmd}},"entrypoint":{{json .Config.Entrypoint}},)"
    R"("user":{{json .Config.User}},"dir":{{json .Config.WorkingDir}}})";

/// A volume that nobody gave a name, so the engine made one up: 64 hexadecimal digits.
bool is_anonymous(const std::string& volume);

}  // namespace pawl::providers::compose
