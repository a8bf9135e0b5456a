#include "providers/local/lower.h"

#include <algorithm>

#include "planner/engine/pins.h"
#include "planner/engine/shared.h"
#include "planner/engine/silence.h"
#include "planner/plan/render.h"
#include "providers/local/observe.h"
#include "providers/local/rendering.h"

namespace pawl::providers::local {
namespace {

using namespace std::chrono_literals;
using planner::Await;
using planner::Condition;
using planner::Duration;
using planner::InspectProcess;
using planner::ListFolder;
using planner::Lowered;
using planner::Operation;
using planner::Snapshot;
using Operations = std::vector<Operation>;

constexpr Duration kGrace = 10s;   // between SIGTERM and SIGKILL when the manifest does not say
constexpr Duration kStay = 1s;     // a program that cannot work usually dies sooner
constexpr Duration kStarts = 30s;  // a process is there at once; this is for a machine under load
constexpr int kHangUp = 1;

Condition condition(planner::Query query, std::string matches, std::string means) {
  Condition wanted{std::move(query), {}, std::move(means)};
  wanted.expect.matches = std::move(matches);
  return wanted;
}

std::string who(const Service& service, int number) {
  return service.name + (expected_instances(service) > 1 ? " " + std::to_string(number) : std::string());
}

class Lowering {
 public:
  Lowering(const Layout& layout, const Snapshot& snapshot) : layout_(layout), snapshot_(snapshot) {}

  Result<Lowered> operator()(const planner::FetchVersion& action) const;
  Result<Lowered> operator()(const planner::WritePin& action) const {
    return planner::pins::edit(layout_.view().block(), action.from, action.to);
  }
  Result<Lowered> operator()(const planner::TakeUpPin&) const { return Lowered{}; }
  Result<Lowered> operator()(const planner::MoveDeployment&) const {
    return lang::failure("local services move one by one");
  }
  Result<Lowered> operator()(const planner::StopService& action) const;
  Result<Lowered> operator()(const planner::ReplaceInstance& action) const;
  Result<Lowered> operator()(const planner::ReplaceService& action) const;
  Result<Lowered> operator()(const planner::StartService& action) const;
  Result<Lowered> operator()(const planner::RemoveService& action) const;
  Result<Lowered> operator()(const planner::ReloadService& action) const;
  Result<Lowered> operator()(const planner::AwaitService& action) const;

 private:
  Operation stop(const std::string& engine_name, int number, Duration grace) const;
  Operation stop_old(const Service& service, const std::string& version, int number,
                     const std::string& fingerprint) const;
  void stop_from(const Service& service, int first, Operations& out) const;
  Operation start(const Service& service, const std::string& version, int number,
                  const std::string& fingerprint) const;
  /// `fingerprint`: a regular expression for it.
  Operation await_one(const Service& service, int number, const std::string& fingerprint,
                      const std::string& version, Duration within, Duration stay) const;
  Result<Operations> start_all(ServiceId id, const std::string& version, bool stop_first) const;
  void await_silence(ServiceId id, const std::string& version, const std::string& fingerprint,
                     Operations& out) const;
  Condition runs(const Service& service, const std::string& version, int number,
                 const std::string& fingerprint) const;
  Operation signal(const Service& service, int number) const;

  const Layout& layout_;
  const Snapshot& snapshot_;
};

// ------------------------------------------------------------------------------------------ the release

/// `folder` is there and holds something.
Operation require_folder(const std::string& folder, const std::string& version) {
  Await await;
  await.condition = condition(ListFolder{folder}, ".", "release " + version + " is in " + folder);
  await.hopeless = Condition{
      ListFolder{folder}, {}, folder + " is missing or empty; put release " + version + " there and go on"};
  await.hopeless->expect.lines = 0;
  await.within = 1s;
  return planner::operation(std::move(await), 10s);
}

/// The program is in its folder.
Operation require_program(const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string folder = slash == 0 ? "/" : path.substr(0, slash), name = path.substr(slash + 1);
  const std::string pattern = "^" + planner::regex_escape(name) + "$";
  Await await;
  await.condition = condition(ListFolder{folder}, pattern, "the program " + path + " is there");
  await.hopeless = Condition{ListFolder{folder}, {}, "the program " + path + " is missing"};
  await.hopeless->expect.lacks = pattern;
  await.within = 1s;
  return planner::operation(std::move(await), 10s);
}

Result<Lowered> Lowering::operator()(const planner::FetchVersion& action) const {
  Operations out;
  const Text folder = filled(layout_.settings().releases, layout_, action.version, 0);
  if (!folder.is_literal()) {
    return lang::failure(
        "`releases` of the local block holds " + folder.shown() + ", which has no value here",
        "Use ${version} only.");
  }
  out.push_back(require_folder(layout_.below(folder.shown()), action.version));
  std::vector<std::string> programs;
  for (const ServiceId id : action.services) {
    if (layout_[id].command.empty()) continue;
    const Text program = filled(layout_[id].command[0], layout_, action.version, 0);
    if (!program.is_literal() || program.shown().find('/') == std::string::npos) continue;
    const std::string path = layout_.below(program.shown());
    if (std::find(programs.begin(), programs.end(), path) == programs.end()) programs.push_back(path);
  }
  for (const std::string& path : programs) out.push_back(require_program(path));
  return Lowered{std::move(out), "release " + action.version + " is in " + layout_.below(folder.shown())};
}

// ------------------------------------------------------------------------------------------ stop and start

Operation Lowering::stop(const std::string& engine_name, int number, Duration grace) const {
  return planner::operation(planner::StopProcess{layout_.pid_file(engine_name, number), grace}, grace + 30s);
}

/// Stops every instance from number `first` on, those that the manifest no longer wants included.
void Lowering::stop_from(const Service& service, int first, Operations& out) const {
  for (const int number : instance_numbers(service.engine_name, expected_instances(service), layout_)) {
    if (number >= first) out.push_back(stop(service.engine_name, number, service.drain.value_or(kGrace)));
  }
}

Operation Lowering::start(const Service& service, const std::string& version, int number,
                          const std::string& fingerprint) const {
  planner::StartProcess it;
  it.process = process_of(service, layout_, version, number);
  it.env_file = std::move(it.process.env_file);
  it.process.env_file.clear();
  it.pid_file = layout_.pid_file(service.engine_name, number);
  it.log_file = layout_.log_file(service.engine_name, number);
  it.fingerprint = fingerprint;
  return planner::operation(std::move(it), 60s);
}

Operation Lowering::await_one(const Service& service, int number, const std::string& fingerprint,
                              const std::string& version, Duration within, Duration stay) const {
  const InspectProcess look{layout_.pid_file(service.engine_name, number)};
  Await await;
  await.condition = condition(look, R"re("state":"running".*"fingerprint":")re" + fingerprint,
                              who(service, number) + " runs" + (version.empty() ? "" : " " + version));
  await.hopeless = process_ended(service, number, layout_);
  await.within = std::max(within, stay + 1s);
  await.every = 100ms;
  await.stay = stay;
  const Duration timeout = await.within + 30s;
  return planner::operation(std::move(await), timeout);
}

/// The new process of an instance runs: pawl was killed after it had started it.
Condition Lowering::runs(const Service& service, const std::string& version, int number,
                         const std::string& fingerprint) const {
  Condition back{InspectProcess{layout_.pid_file(service.engine_name, number)},
                 {},
                 who(service, number) + " runs " + version};
  back.expect.json = {{"state", "running"}, {"fingerprint", fingerprint}};
  return back;
}

/// Stops an instance that is to come back: not one that already has, in case pawl was killed in between.
Operation Lowering::stop_old(const Service& service, const std::string& version, int number,
                             const std::string& fingerprint) const {
  Operation out = stop(service.engine_name, number, service.drain.value_or(kGrace));
  out.done_when = runs(service, version, number, fingerprint);
  return out;
}

/// Only where one instance is all there is: the others of several may answer.
void Lowering::await_silence(ServiceId id, const std::string& version, const std::string& fingerprint,
                             Operations& out) const {
  const Service& service = layout_[id];
  const planner::ServiceState* state = snapshot_.service(service.name);
  if (expected_instances(service) > 1 || (state && state->instances.size() > 1)) return;
  auto silent = planner::await_silence(id, layout_.view().stack, runs(service, version, 1, fingerprint));
  if (silent) out.push_back(std::move(*silent));
}

Result<Lowered> Lowering::operator()(const planner::StopService& action) const {
  const Service& service = layout_[action.service];
  Lowered out;
  stop_from(service, 1, out.operations);
  out.words = "stop, killed after " + planner::render_duration(service.drain.value_or(kGrace));
  return out;
}

Result<Lowered> Lowering::operator()(const planner::ReplaceInstance& action) const {
  const Service& service = layout_[action.service];
  const auto fingerprint = fingerprint_of(service, layout_, action.to);
  if (!fingerprint) return tl::unexpected(fingerprint.error());
  Operations out;
  if (action.number == 1) stop_from(service, std::max(action.of, expected_instances(service)) + 1, out);
  out.push_back(stop_old(service, action.to, action.number, *fingerprint));
  out.push_back(start(service, action.to, action.number, *fingerprint));
  out.push_back(await_one(service, action.number, planner::regex_escape(*fingerprint) + '"', action.to,
                          kStarts, kStay));
  return Lowered{std::move(out), "stop, start in " + action.to};
}

Result<Operations> Lowering::start_all(ServiceId id, const std::string& version, bool stop_first) const {
  const Service& service = layout_[id];
  const auto fingerprint = fingerprint_of(service, layout_, version);
  if (!fingerprint) return tl::unexpected(fingerprint.error());
  Operations out;
  stop_from(service, expected_instances(service) + 1, out);
  for (int number = 1; number <= expected_instances(service); ++number) {
    if (stop_first) out.push_back(stop_old(service, version, number, *fingerprint));
  }
  await_silence(id, version_in(*fingerprint), *fingerprint, out);
  for (int number = 1; number <= expected_instances(service); ++number) {
    out.push_back(start(service, version, number, *fingerprint));
  }
  // The last one is watched for a moment, and by then the others have run as long.
  for (int number = expected_instances(service); number > 0; --number) {
    const bool last = number == expected_instances(service);
    out.push_back(await_one(service, number, planner::regex_escape(*fingerprint) + '"',
                            version_in(*fingerprint), kStarts, last ? kStay : Duration(0)));
  }
  return out;
}

Result<Lowered> Lowering::operator()(const planner::ReplaceService& action) const {
  auto out = start_all(action.service, action.to, true);
  if (!out) return tl::unexpected(out.error());
  return Lowered{std::move(*out), "stop, start in " + action.to};
}

Result<Lowered> Lowering::operator()(const planner::StartService& action) const {
  const std::string version = action.version.empty() ? Layout::pinned(snapshot_, layout_) : action.version;
  auto out = start_all(action.service, version, false);
  if (!out) return tl::unexpected(out.error());
  return Lowered{std::move(*out), "start in " + version};
}

Result<Lowered> Lowering::operator()(const planner::RemoveService& action) const {
  Operations out;
  for (const int number : instance_numbers(action.engine_name, 0, layout_)) {
    out.push_back(stop(action.engine_name, number, kGrace));
  }
  return Lowered{std::move(out), "stop for good"};
}

/// Only the version counts: a service that stays as it is may run with settings that have changed since.
Result<Lowered> Lowering::operator()(const planner::AwaitService& action) const {
  const Service& service = layout_[action.service];
  const auto fingerprint = fingerprint_of(service, layout_, action.version);
  if (!fingerprint) return tl::unexpected(fingerprint.error());
  const std::string version = version_in(*fingerprint);
  const std::string pattern = version.empty() ? "" : planner::regex_escape(version) + ":";
  Operations out;
  for (int number = 1; number <= action.instances; ++number) {
    Operation one = await_one(service, number, pattern, version, action.within, 0s);
    Condition& condition = std::get<Await>(one.instruction).condition;
    if (action.held.count() > 0) {
      condition.expect.at_least = {{"age_ms", static_cast<std::uint64_t>(action.held.count())}};
      condition.means += ", for " + planner::render_duration(action.held) + " or longer";
    }
    out.push_back(std::move(one));
  }
  return Lowered{std::move(out), ""};
}

// ------------------------------------------------------------------------------------------ reload

Operation Lowering::signal(const Service& service, int number) const {
  return planner::operation(planner::SignalProcess{layout_.pid_file(service.engine_name, number),
                                                   service.reload_signal.value_or(kHangUp)},
                            10s);
}

Result<Lowered> Lowering::operator()(const planner::ReloadService& action) const {
  const Service& service = layout_[action.service];
  Lowered out;
  for (int number = 1; number <= expected_instances(service); ++number)
    out.operations.push_back(signal(service, number));
  out.words = planner::render(out.operations.front().instruction);
  if (out.operations.size() > 1) out.words += ", and to the others";
  return out;
}

}  // namespace

Condition process_ended(const Service& service, int number, const Layout& layout) {
  return condition(InspectProcess{layout.pid_file(service.engine_name, number)},
                   R"re("state":"(stopped|foreign)")re",
                   "the process of " + who(service, number) + " has ended; its last lines are in " +
                       layout.log_file(service.engine_name, number));
}

std::string running_version(const Service& service, const Layout& layout, const Snapshot& snapshot) {
  for (const planner::ServiceState& state : snapshot.services) {
    if (state.service != service.name) continue;
    for (const planner::Instance& one : state.instances) {
      if (!one.version.empty()) return one.version;
    }
  }
  return Layout::pinned(snapshot, layout);
}

Result<Lowered> lower(const planner::EngineAction& action, const Layout& layout, const Snapshot& snapshot) {
  return std::visit(Lowering(layout, snapshot), action);
}

}  // namespace pawl::providers::local
