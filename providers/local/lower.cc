#include "providers/local/lower.h"

#include <algorithm>

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
using planner::Operation;
using planner::Repeat;
using planner::Snapshot;
using Operations = std::vector<Operation>;

constexpr Duration kGrace = 10s;   // between SIGTERM and SIGKILL when the manifest does not say
constexpr Duration kStay = 1s;     // a program that cannot work usually dies sooner
constexpr Duration kStarts = 30s;  // a process is there at once; this is for a machine under load
constexpr Duration kLongest = std::chrono::hours(24);
constexpr int kHangUp = 1;

Operation operation(planner::Instruction instruction, Duration timeout, Repeat repeat = Repeat::Safe) {
  return Operation{std::move(instruction), repeat, std::nullopt, timeout};
}

Condition condition(planner::Query query, std::string matches, std::string means) {
  Condition wanted{std::move(query), {}, std::move(means)};
  wanted.expect.matches = std::move(matches);
  return wanted;
}

/// `text` as a regular expression that matches itself.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view(R"(\^$.|?*+()[]{}/)").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string who(const Service& service, int number) {
  return service.name + (expected_instances(service) > 1 ? " " + std::to_string(number) : std::string());
}

class Lowering {
 public:
  Lowering(const Layout& layout, const Snapshot& snapshot) : layout_(layout), snapshot_(snapshot) {}

  Result<Operations> operator()(const planner::FetchVersion& action) const;
  Result<Operations> operator()(const planner::StopService& action) const;
  Result<Operations> operator()(const planner::ReplaceInstance& action) const;
  Result<Operations> operator()(const planner::ReplaceService& action) const;
  Result<Operations> operator()(const planner::StartService& action) const;
  Result<Operations> operator()(const planner::RemoveService& action) const;
  Result<Operations> operator()(const planner::RunInside& action) const;
  Result<Operations> operator()(const planner::RunOnce& action) const;
  Result<Operations> operator()(const planner::ReloadService& action) const;
  Result<Operations> operator()(const planner::AwaitService& action) const;

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
  Result<Operations> start_all(const Service& service, const std::string& version, bool stop_first) const;
  Result<Operations> run(const lang::Action& action, const Service& service) const;
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
  return operation(std::move(await), 10s);
}

/// The program is in its folder.
Operation require_program(const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string folder = slash == 0 ? "/" : path.substr(0, slash), name = path.substr(slash + 1);
  const std::string pattern = "^" + escaped(name) + "$";
  Await await;
  await.condition = condition(ListFolder{folder}, pattern, "the program " + path + " is there");
  await.hopeless = Condition{ListFolder{folder}, {}, "the program " + path + " is missing"};
  await.hopeless->expect.lacks = pattern;
  await.within = 1s;
  return operation(std::move(await), 10s);
}

Result<Operations> Lowering::operator()(const planner::FetchVersion& action) const {
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
  return out;
}

// ------------------------------------------------------------------------------------------ stop and start

Operation Lowering::stop(const std::string& engine_name, int number, Duration grace) const {
  return operation(planner::StopProcess{layout_.pid_file(engine_name, number), grace}, grace + 30s);
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
  return operation(std::move(it), 60s);
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
  return operation(std::move(await), timeout);
}

/// Stops an instance that is to come back: not one that already has, in case pawl was killed in between.
Operation Lowering::stop_old(const Service& service, const std::string& version, int number,
                             const std::string& fingerprint) const {
  Operation out = stop(service.engine_name, number, service.drain.value_or(kGrace));
  Condition back{InspectProcess{layout_.pid_file(service.engine_name, number)},
                 {},
                 who(service, number) + " runs " + version};
  back.expect.json = {{"state", "running"}, {"fingerprint", fingerprint}};
  out.done_when = std::move(back);
  return out;
}

Result<Operations> Lowering::operator()(const planner::StopService& action) const {
  Operations out;
  stop_from(layout_[action.service], 1, out);
  return out;
}

Result<Operations> Lowering::operator()(const planner::ReplaceInstance& action) const {
  const Service& service = layout_[action.service];
  const auto fingerprint = fingerprint_of(service, layout_, action.to);
  if (!fingerprint) return tl::unexpected(fingerprint.error());
  Operations out;
  if (action.number == 1) stop_from(service, std::max(action.of, expected_instances(service)) + 1, out);
  out.push_back(stop_old(service, action.to, action.number, *fingerprint));
  out.push_back(start(service, action.to, action.number, *fingerprint));
  out.push_back(await_one(service, action.number, escaped(*fingerprint) + '"', action.to, kStarts, kStay));
  return out;
}

Result<Operations> Lowering::start_all(const Service& service, const std::string& version,
                                       bool stop_first) const {
  const auto fingerprint = fingerprint_of(service, layout_, version);
  if (!fingerprint) return tl::unexpected(fingerprint.error());
  Operations out;
  stop_from(service, expected_instances(service) + 1, out);
  for (int number = 1; number <= expected_instances(service); ++number) {
    if (stop_first) out.push_back(stop_old(service, version, number, *fingerprint));
  }
  for (int number = 1; number <= expected_instances(service); ++number) {
    out.push_back(start(service, version, number, *fingerprint));
  }
  // The last one is watched for a moment, and by then the others have run as long.
  for (int number = expected_instances(service); number > 0; --number) {
    const bool last = number == expected_instances(service);
    out.push_back(await_one(service, number, escaped(*fingerprint) + '"', version_in(*fingerprint), kStarts,
                            last ? kStay : Duration(0)));
  }
  return out;
}

Result<Operations> Lowering::operator()(const planner::ReplaceService& action) const {
  return start_all(layout_[action.service], action.to, true);
}

Result<Operations> Lowering::operator()(const planner::StartService& action) const {
  const std::string version = action.version.empty() ? Layout::pinned(snapshot_, layout_) : action.version;
  return start_all(layout_[action.service], version, false);
}

Result<Operations> Lowering::operator()(const planner::RemoveService& action) const {
  Operations out;
  for (const int number : instance_numbers(action.engine_name, 0, layout_)) {
    out.push_back(stop(action.engine_name, number, kGrace));
  }
  return out;
}

/// Only the version counts: a service that stays as it is may run with settings that have changed since.
Result<Operations> Lowering::operator()(const planner::AwaitService& action) const {
  const Service& service = layout_[action.service];
  const auto fingerprint = fingerprint_of(service, layout_, action.version);
  if (!fingerprint) return tl::unexpected(fingerprint.error());
  const std::string version = version_in(*fingerprint);
  const std::string pattern = version.empty() ? "" : escaped(version) + ":";
  Operations out;
  for (int number = 1; number <= action.instances; ++number) {
    out.push_back(await_one(service, number, pattern, version, action.within, 0s));
  }
  return out;
}

// ------------------------------------------------------------------------------------------ other programs

Operation command(planner::Process process, Repeat repeat) {
  return operation(planner::Command{std::move(process), {}, {}, {}, {0}, {}}, kLongest, repeat);
}

Result<Operations> Lowering::operator()(const planner::RunInside& action) const {
  const Service& service = layout_[action.service];
  const std::string version = running_version(service, layout_, snapshot_);
  // A program whose output makes a file writes a whole new one each time; others may count.
  const Repeat repeat = action.stdout_file.empty() ? Repeat::Never : Repeat::Safe;
  Operation out = command(beside(service, action.argv, layout_, version), repeat);
  auto& it = std::get<planner::Command>(out.instruction);
  it.stdin_file = action.stdin_file;
  it.stdout_file = action.stdout_file;
  return Operations{std::move(out)};
}

Result<Operations> Lowering::operator()(const planner::RunOnce& action) const {
  return Operations{
      command(beside(layout_[action.service], action.argv, layout_, action.version), Repeat::Never)};
}

Operation Lowering::signal(const Service& service, int number) const {
  return operation(planner::SignalProcess{layout_.pid_file(service.engine_name, number),
                                          service.reload_signal.value_or(kHangUp)},
                   10s);
}

Result<Operations> Lowering::run(const lang::Action& action, const Service& service) const {
  if (const auto* exec = std::get_if<lang::ExecIn>(&action.how)) {
    const Service& in = layout_[exec->service];
    return Operations{
        command(beside(in, exec->argv, layout_, running_version(in, layout_, snapshot_)), Repeat::Safe)};
  }
  if (const auto* once = std::get_if<lang::RunIn>(&action.how)) {
    const Service& in = layout_[once->service];
    return Operations{
        command(beside(in, once->argv, layout_, running_version(in, layout_, snapshot_)), Repeat::Safe)};
  }
  if (const auto* host = std::get_if<lang::HostCommand>(&action.how)) {
    planner::Process process;
    process.argv = host->argv;
    if (host->host) process.host = layout_.view().stack[*host->host].name;
    return Operations{command(std::move(process), Repeat::Safe)};
  }
  if (const auto* shell = std::get_if<lang::ShellCommand>(&action.how)) {
    planner::Process process;
    process.argv = {Text("/bin/sh"), Text("-c"), shell->script};
    return Operations{command(std::move(process), Repeat::Safe)};
  }
  const auto& manual = std::get<lang::ManualTask>(action.how);
  return Operations{
      operation(planner::Ask{manual.instruction.shown(), {}, "reload-" + service.name}, Duration(0))};
}

Result<Operations> Lowering::operator()(const planner::ReloadService& action) const {
  const Service& service = layout_[action.service];
  if (service.reload) return run(*service.reload, service);
  Operations out;
  for (int number = 1; number <= expected_instances(service); ++number)
    out.push_back(signal(service, number));
  return out;
}

}  // namespace

Condition process_ended(const Service& service, int number, const Layout& layout) {
  return condition(InspectProcess{layout.pid_file(service.engine_name, number)},
                   R"re("state":"(stopped|foreign)")re",
                   "the process of " + who(service, number) + " has ended; its last lines are in " +
                       layout.log_file(service.engine_name, number));
}

planner::Process beside(const Service& service, const std::vector<Text>& argv, const Layout& layout,
                        const std::string& version) {
  planner::Process process = surroundings(service, layout, version, 1);
  for (const Text& word : argv) process.argv.push_back(filled(word, layout, version, 1));
  return process;
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

Result<Operations> lower(const planner::EngineAction& action, const Layout& layout,
                         const Snapshot& snapshot) {
  return std::visit(Lowering(layout, snapshot), action);
}

}  // namespace pawl::providers::local
