// Services as processes that pawl itself starts and stops, on the machine it runs on: a folder for each
// release, a pid file and a log for each instance. docs/providers/local.md says what each action becomes, and
// why.
#pragma once

#include "planner/engine/provider.h"

namespace pawl::providers {

class LocalProvider final : public planner::Provider {
 public:
  std::string_view kind() const override { return "local"; }
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
  std::optional<planner::Condition> ended(lang::ServiceId service, const planner::DeploymentView& view,
                                          const planner::Snapshot& snapshot) const override;
  planner::Result<std::string> machine_path(lang::ServiceId service, std::string_view path,
                                            const planner::DeploymentView& view,
                                            const planner::Snapshot& snapshot) const override;
  std::string title(const planner::Snapshot&) const override { return "local processes"; }
};

}  // namespace pawl::providers
