// The local provider on a manifest of its own, and the answers that a world would give: no process runs.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "lang/load.h"
#include "providers/local/local.h"
#include "tests/support/memory_reader.h"

namespace pawl::providers::local_test {

using planner::Answer;
using planner::Health;
using planner::Operation;
using planner::Query;

constexpr const char* kManifest = R"(
stack shop { version = 1.5.0 }
local {
  releases = "releases/${version}"
  env_file = ".env"
  pin      = env(".env", "SHOP_VERSION")
}
variable token { secret = true }
service api {
  role    = api
  command = ["releases/${version}/shop", "api"]
  env     = { TOKEN = "${var.token}", PORT = "8000" }
}
service worker {
  role      = worker
  instances = 3
  drain     = 30s
  command   = ["releases/${version}/shop", "worker"]
  env       = { NAME = "worker-${instance}" }
}
service proxy { role = proxy, command = ["bin/proxy"], reload = signal("USR1") }
)";

constexpr const char* kEnv = "SHOP_VERSION=1.4.0\nDATABASE_URL=sqlite:shop.db\n";

/// A manifest, what the world would answer, and the provider between them.
class Stage {
 public:
  explicit Stage(const std::string& manifest = kManifest) {
    lang::LoadOptions options;
    if (manifest.find("variable token") != std::string::npos) options.variables["token"] = "hunter2";
    options.unbuilt = lang::Unbuilt::Accept;  // the provider must bear what it is not built for
    loaded_ = lang::load(support::MemoryReader(manifest), options);
    EXPECT_TRUE(loaded_.stack) << lang::render(loaded_.diagnostics, loaded_.sources, false);
    files[".env"] = kEnv;
    folders["releases"] = "1.10.0/\n1.4.0/\n1.5.0/\nREADME\nlatest/\n";
  }

  void runs(const std::string& pid_file, int pid, const std::string& fingerprint,
            const std::string& state = "running") {
    processes[pid_file] = R"({"state":")" + state + R"(","pid":)" + std::to_string(pid) +
                          R"(,"started":77,"fingerprint":")" + fingerprint + "\"}";
  }
  /// Everything of 1.4.0 as the provider itself would have started it.
  void runs_old() {
    runs("run/api.pid", 10, fingerprint("api", "1.4.0"));
    runs("run/worker.pid", 11, fingerprint("worker", "1.4.0"));
    runs("run/worker.2.pid", 12, fingerprint("worker", "1.4.0"));
    runs("run/worker.3.pid", 13, fingerprint("worker", "1.4.0"));
    runs("run/proxy.pid", 14, fingerprint("proxy", "1.4.0"));
  }

  planner::Snapshot snapshot() {
    ask();
    planner::Snapshot found;
    const auto done = provider.read(view(), found);
    EXPECT_TRUE(done) << done.error().what;
    if (!found.engines.empty()) found.engines[0].pin.value = "1.4.0";
    return found;
  }
  planner::Rendering render(const std::string& version) {
    const planner::Snapshot found = snapshot();
    const auto rendering = provider.render(view(), found, version);
    EXPECT_TRUE(rendering) << rendering.error().what;
    return rendering ? *rendering : planner::Rendering();
  }
  std::string fingerprint(const std::string& service, const std::string& version) {
    for (const auto& one : render(version).services) {
      if (one.service == service) return one.fingerprint;
    }
    return "";
  }
  std::vector<Operation> lower(const planner::EngineAction& action) {
    const planner::Snapshot found = snapshot();
    const auto lowered = provider.lower(action, view(), found);
    EXPECT_TRUE(lowered) << lowered.error().what;
    return lowered ? lowered->operations : std::vector<Operation>();
  }
  planner::Process program(const std::string& service, std::vector<lang::Text> argv,
                           planner::ProgramPlace place, const std::string& version = "", int instance = 0) {
    const planner::Snapshot found = snapshot();
    const auto process =
        provider.program(id(service), std::move(argv), place, version, {instance, false}, view(), found);
    EXPECT_TRUE(process) << process.error().what;
    return process ? *process : planner::Process();
  }
  lang::ServiceId id(const std::string& name) const {
    const auto& services = loaded_.stack->services;
    for (std::uint32_t i = 0; i < services.size(); ++i) {
      if (services[i].name == name) return {i};
    }
    ADD_FAILURE() << "no service " << name;
    return {};
  }
  planner::DeploymentView view() const { return {*loaded_.stack, lang::DeploymentId{0}, answers_}; }

  LocalProvider provider;
  std::map<std::string, std::string> files, folders, processes;  // processes: by pid file
  int rounds = 0;                                                // that asking took

 private:
  void ask() {
    answers_ = {};
    for (rounds = 0; rounds < 8; ++rounds) {
      auto questions = provider.configuration(view());
      for (const Query& query : provider.queries(view())) questions.push_back(query);
      if (questions.empty()) return;
      for (const Query& query : questions) answers_.add(query, answer(query));
    }
    ADD_FAILURE() << "the provider never stops asking";
  }

  Answer answer(const Query& query) const {
    const auto found = [](const auto& map, const std::string& key, const std::string& otherwise) {
      const auto at = map.find(key);
      return at == map.end() ? otherwise : at->second;
    };
    if (const auto* file = std::get_if<planner::ReadFile>(&query)) {
      if (!files.contains(file->path)) return {false, 0, "", file->path + " does not exist"};
      return {true, 0, files.at(file->path), ""};
    }
    if (const auto* folder = std::get_if<planner::ListFolder>(&query)) {
      if (folder->path == "run") return {true, 0, pid_files(), ""};
      return {true, 0, found(folders, folder->path, ""), ""};
    }
    if (const auto* process = std::get_if<planner::InspectProcess>(&query)) {
      return {
          true, 0,
          found(processes, process->pid_file, R"({"state":"stopped","pid":0,"started":0,"fingerprint":""})"),
          ""};
    }
    ADD_FAILURE() << "unexpected question: " << planner::render(query);
    return {};
  }
  std::string pid_files() const {
    std::string names = "api.log\n";
    for (const auto& [file, json] : processes) names += file.substr(4) + "\n";
    return names;
  }

  lang::Loaded loaded_;
  planner::Answers answers_;
};

inline std::vector<std::string> rendered(const std::vector<Operation>& operations) {
  std::vector<std::string> lines;
  for (const Operation& operation : operations) lines.push_back(planner::render(operation.instruction));
  return lines;
}

inline const planner::ServiceState& state(const planner::Snapshot& snapshot, const std::string& name) {
  static const planner::ServiceState kNone;
  for (const auto& one : snapshot.services) {
    if (one.service == name) return one;
  }
  ADD_FAILURE() << "nothing is known about " << name;
  return kNone;
}

}  // namespace pawl::providers::local_test
