// Docker Compose and podman-compose as a provider: which containers of a project run, how the files render
// for a version, and the exact commands that stop, replace, start, reload and run its services. Pure: it
// starts nothing. docs/providers/compose.md says what each action becomes, and why.
#pragma once

#include "planner/engine/provider.h"

namespace pawl::providers {

class ComposeProvider final : public planner::Provider {
 public:
  std::string_view kind() const override { return "compose"; }
  planner::Traits traits(const planner::DeploymentView& view) const override;
  std::vector<planner::Query> configuration(const planner::DeploymentView& view) const override;
  std::vector<planner::Query> queries(const planner::DeploymentView& view) const override;
  planner::Result<void> read(const planner::DeploymentView& view, planner::Snapshot& snapshot) const override;
  planner::Result<planner::Rendering> render(const planner::DeploymentView& view,
                                             const planner::Snapshot& snapshot,
                                             std::string_view version) const override;
  planner::Result<planner::Lowered> lower(const planner::EngineAction& action,
                                          const planner::DeploymentView& view,
                                          const planner::Snapshot& snapshot) const override;
  planner::Result<planner::Process> program(lang::ServiceId service, std::vector<lang::Text> argv,
                                            planner::ProgramPlace place, const std::string& version,
                                            planner::Replica instance, const planner::DeploymentView& view,
                                            const planner::Snapshot& snapshot) const override;
  std::vector<planner::Query> diagnose(lang::ServiceId service, int lines,
                                       const planner::DeploymentView& view,
                                       const planner::Snapshot& snapshot) const override;
  std::optional<planner::LeftRunning> left_running(const planner::Process& stopped) const override;
  planner::Result<std::string> machine_path(lang::ServiceId service, std::string_view path,
                                            const planner::DeploymentView& view,
                                            const planner::Snapshot& snapshot) const override;
  std::string title(const planner::Snapshot& snapshot) const override;
};

}  // namespace pawl::providers
