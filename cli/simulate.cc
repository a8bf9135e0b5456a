// `pawl simulate`: a plan run in memory with a failure or a crash in it, and where that ends.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/make_plan.h"
#include "cli/output.h"
#include "executor/simulation.h"
#include "planner/file/plan_file.h"

namespace pawl::cli {
namespace {

using executor::Fault;
using executor::Simulated;
using executor::SimulatedWorld;
using End = executor::RunResult::End;

struct Loaded {
  planner::Plan plan;
  std::string json;
};

std::variant<Loaded, Exit> load(const Common& common, const SimulateArguments& arguments) {
  if (arguments.file.empty()) {
    auto made = make_plan(common, {arguments.to, {}, arguments.snapshot});
    if (const Exit* exit = std::get_if<Exit>(&made)) return *exit;
    planner::Plan& plan = std::get<Planned>(made).plan;
    std::string json = planner::write_plan(plan);
    return Loaded{std::move(plan), std::move(json)};
  }
  const lang::DiskReader disk(arguments.file.starts_with('/') ? "/" : ".");
  auto text = disk.read(arguments.file, 256u << 20);
  if (!text || !*text) {
    print_error(text ? lang::Error{"There is no plan file " + arguments.file + ".",
                                   "Make one: pawl plan --out " + arguments.file}
                     : text.error());
    return Exit::Usage;
  }
  auto plan = planner::read_plan(**text);
  if (!plan) {
    print_error({arguments.file + ": " + plan.error().what, plan.error().fix});
    return Exit::Usage;
  }
  return Loaded{std::move(*plan), std::move(**text)};
}

// ---------------------------------------------------------------- a state in words

/// "3 in 1.4.0, 1 out": how many instances run what.
std::string instances(const std::vector<SimulatedWorld::Replica>& all) {
  std::map<std::string, int> running;
  int out = 0;
  for (const auto& each : all) {
    if (each.up)
      ++running[each.version];
    else
      ++out;
  }
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  for (const auto& [version, count] : running)
    add(all.size() == 1 ? version : fmt::format("{} in {}", count, version));
  if (out > 0) add(all.size() == 1 ? "out" : fmt::format("{} out", out));
  return text;
}

std::string schema(const planner::Plan& plan, SimulatedWorld::Schema state) {
  const bool back = plan.purpose == planner::Purpose::Rollback;
  switch (state) {
    case SimulatedWorld::Schema::Old:
      return "as in " + (back ? plan.to : plan.from);
    case SimulatedWorld::Schema::Between:
      return "between " + plan.from + " and " + plan.to;
    case SimulatedWorld::Schema::New:
      return "as in " + (back ? plan.from : plan.to);
  }
  return "";
}

/// One line for each service whose state differs from the others in the table of all points: "api out ·
/// worker 1 in …".
std::string services(const planner::Plan& plan, const SimulatedWorld& world) {
  std::string text;
  for (const planner::ServiceState& service : plan.snapshot.services) {
    const auto found = world.services.find(service.service);
    if (found == world.services.end() || found->second.empty()) continue;
    text += (text.empty() ? "" : " · ") + service.service + ": " + instances(found->second);
  }
  for (const auto& [name, all] : world.services) {
    if (!plan.snapshot.service(name) && !all.empty())
      text += (text.empty() ? "" : " · ") + name + ": " + instances(all);
  }
  return text;
}

std::string schemas(const planner::Plan& plan, const SimulatedWorld& world) {
  std::string text;
  for (const auto& [name, state] : world.schemas)
    text += (text.empty() ? "" : " · ") + name + ": " + schema(plan, state);
  return text;
}

std::string ended(const executor::RunResult& result) {
  switch (result.end) {
    case End::Succeeded:
      return "succeeded";
    case End::Failed:
      return "failed";
    case End::Refused:
      return "refused";
    case End::Interrupted:
      return "interrupted";
    case End::StoreFailed:
      return "killed";
  }
  return "";
}

std::string title(const planner::Plan& plan, std::uint32_t step) {
  const planner::Step& it = plan.steps[step];
  return fmt::format("step {} ({} {})", step + 1, planner::name(it.kind), it.subject);
}

// ---------------------------------------------------------------- one point

void print_state(const planner::Plan& plan, const SimulatedWorld& world) {
  std::cout << "  runs       " << services(plan, world) << '\n';
  if (!world.schemas.empty()) std::cout << "  schema     " << schemas(plan, world) << '\n';
  std::cout << "  pin        " << world.pin << '\n';
}

void print_failure(const planner::Plan& plan, const Fault& fault, const Simulated& end) {
  const planner::Recovery& recovery = plan.steps[fault.step].recovery;
  std::cout << fmt::format("When {} fails, the run stops there.\n\n", title(plan, fault.step));
  print_state(plan, end.stopped);
  std::cout << "  way back   " << planner::describe(recovery)
            << (recovery.because.empty() ? "" : ": " + recovery.because) << '\n'
            << "  then type  " << recovery.next << "\n\n"
            << "Once the cause is gone, going on "
            << (end.resumed.end == End::Succeeded ? "succeeds" : "fails") << ": "
            << services(plan, end.finally) << '\n';
}

void print_crash(const planner::Plan& plan, const Fault& fault, const Simulated& end) {
  std::cout << fmt::format("When pawl is killed in {}, this is left.\n\n", title(plan, fault.step));
  print_state(plan, end.stopped);
  std::cout << "  then type  pawl apply --resume\n\n";
  for (const std::string& operation : end.done_again) std::cout << "  done again " << operation << '\n';
  std::cout << "The resumed run " << ended(end.resumed)
            << (end.resumed.reason.empty() ? "" : ": " + end.resumed.reason) << '\n';
  print_state(plan, end.finally);
}

// ---------------------------------------------------------------- every point

struct Point {
  Fault fault;
  Simulated end;
};

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

void print_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns(row[i]));
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i)
      line += row[i] + std::string(widths[i] - columns(row[i]) + 2, ' ');
    line.erase(line.find_last_not_of(' ') + 1);
    std::cout << line << '\n';
  }
}

void print_all(const planner::Plan& plan, const std::vector<Point>& points) {
  std::vector<std::vector<std::string>> rows{
      {"#", "step", "left when it fails", "schema", "way back", "killed there, and resumed"}};
  for (std::size_t i = 0; i + 1 < points.size(); i += 2) {
    const Point &failed = points[i], &killed = points[i + 1];
    const planner::Step& step = plan.steps[failed.fault.step];
    const bool fine = killed.end.resumed.end == End::Succeeded;
    rows.push_back({std::to_string(failed.fault.step + 1),
                    fmt::format("{} {}", planner::name(step.kind), step.subject),
                    services(plan, failed.end.stopped), schemas(plan, failed.end.stopped),
                    planner::describe(step.recovery),
                    fine ? plan.to + " runs" : ended(killed.end.resumed) + ": " + killed.end.resumed.reason});
  }
  print_table(rows);
}

// ---------------------------------------------------------------- for programs

nlohmann::ordered_json state_json(const planner::Plan& plan, const SimulatedWorld& world) {
  nlohmann::ordered_json out;
  for (const auto& [name, all] : world.services) {
    for (const auto& each : all)
      out["services"][name].push_back({{"version", each.version}, {"up", each.up}});
  }
  for (const auto& [name, state] : world.schemas) out["schemas"][name] = schema(plan, state);
  out["pin"] = world.pin;
  return out;
}

nlohmann::ordered_json point_json(const planner::Plan& plan, const Point& point) {
  const bool crash = point.fault.kind == Fault::Kind::Crash;
  const planner::Recovery& recovery = plan.steps[point.fault.step].recovery;
  nlohmann::ordered_json out;
  out["step"] = point.fault.step + 1;
  out["fault"] = crash ? "crash" : "fail";
  out["left"] = state_json(plan, point.end.stopped);
  out["recovery"] = planner::describe(recovery);
  out["next"] = crash ? "pawl apply --resume" : recovery.next;
  out["resumed"] = ended(point.end.resumed);
  out["finally"] = state_json(plan, point.end.finally);
  return out;
}

// ---------------------------------------------------------------- the command

std::vector<Fault> faults(const SimulateArguments& arguments, std::size_t steps) {
  std::vector<Fault> all;
  const auto add = [&](Fault::Kind kind, std::size_t step) {
    all.push_back({kind, static_cast<std::uint32_t>(step)});
  };
  if (arguments.fail > 0) add(Fault::Kind::Fail, static_cast<std::size_t>(arguments.fail) - 1);
  if (arguments.crash > 0) add(Fault::Kind::Crash, static_cast<std::size_t>(arguments.crash) - 1);
  for (std::size_t step = 0; arguments.all && step < steps; ++step) {
    add(Fault::Kind::Fail, step);
    add(Fault::Kind::Crash, step);
  }
  return all;
}

Exit print_undisturbed(const Common& common, const Loaded& loaded) {
  const Simulated end = executor::simulate(loaded.plan, loaded.json, {});
  if (common.json) {
    nlohmann::ordered_json out;
    out["ended"] = ended(end.result);
    out["finally"] = state_json(loaded.plan, end.finally);
    std::cout << out.dump() << '\n';
  } else {
    std::cout << fmt::format("Undisturbed, the run {}.\n\n", ended(end.result));
    print_state(loaded.plan, end.finally);
  }
  return end.result.end == End::Succeeded ? Exit::Done : Exit::Failed;
}

}  // namespace

Exit run(const Common& common, const SimulateArguments& arguments) {
  auto got = load(common, arguments);
  if (const Exit* exit = std::get_if<Exit>(&got)) return *exit;
  const Loaded& loaded = std::get<Loaded>(got);
  const planner::Plan& plan = loaded.plan;
  const int named = std::max(arguments.fail, arguments.crash);
  if (named > 0 && static_cast<std::size_t>(named) > plan.steps.size()) {
    print_error({fmt::format("The plan has {} steps; there is no step {}.", plan.steps.size(), named), {}});
    return Exit::Usage;
  }
  if (plan.empty()) {
    if (common.json)
      std::cout << "{\"nothing_to_do\":true}\n";
    else
      std::cout << fmt::format("Nothing to simulate: {} runs {}.\n", plan.stack, plan.to);
    return Exit::Done;
  }
  std::vector<Point> points;
  for (const Fault& fault : faults(arguments, plan.steps.size()))
    points.push_back({fault, executor::simulate(plan, loaded.json, fault)});
  if (points.empty()) return print_undisturbed(common, loaded);
  if (common.json) {
    for (const Point& point : points) std::cout << point_json(plan, point).dump() << '\n';
  } else if (arguments.all) {
    print_all(plan, points);
  } else if (points.front().fault.kind == Fault::Kind::Fail) {
    print_failure(plan, points.front().fault, points.front().end);
  } else {
    print_crash(plan, points.front().fault, points.front().end);
  }
  const bool all_go_on = std::all_of(points.begin(), points.end(), [](const Point& point) {
    return point.end.resumed.end == End::Succeeded;
  });
  return all_go_on ? Exit::Done : Exit::Failed;
}

}  // namespace pawl::cli
