// Whatever a stack looks like, its plan keeps the promises of the design.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "fake.h"
#include "planner/file/plan_file.h"

namespace pawl::planner {
namespace {

using namespace testing;

int between(int low, int high) {
  return *rc::gen::inRange(low, high + 1);
}

/// A manifest with random services, orders that only point back (so that there is no cycle), and steps of
/// its own.
std::string random_manifest() {
  static const char* kRoles[] = {"api", "worker", "frontend", "proxy", "scheduler", "job"};
  const int services = between(1, 8);
  std::string out = "stack app { version = 1.5.0 }\ncompose { pin = env(\".env\", \"V\") }\n";
  std::string says = "#: instances";
  for (int i = 0; i < services; ++i) {
    const std::string name = "s" + std::to_string(i);
    const std::string role = kRoles[between(0, 5)];
    out += "service " + name + " {\n  role = " + role + "\n";
    if (role == "api" && between(0, 1) == 1) out += "  migrates = database.main\n";
    if (role == "proxy") out += "  reload = command(\"reload\", \"" + name + "\")\n";
    if (between(0, 2) == 0) out += "  pause = 1s\n";
    out += "}\n";
    says += " " + name + "=" + std::to_string(role == "scheduler" ? 1 : between(1, 4));
  }
  out +=
      "service db { role = datastore }\ndatabase main { engine = postgres, service = service.db, name = "
      "\"app\", down = never }\n";
  out += "backup { of = [database.main] }\n";
  if (between(0, 1) == 1) out += "release 1.5.0 { one_way = true }\n";
  const int steps = between(0, 5);
  for (int i = 0; i < steps; ++i) {
    static const char* kAfter[] = {"backup", "fetch", "pin", "replaced", "end"};
    out += "step u" + std::to_string(i) + " { run = command(\"./u.sh\"), idempotent = true, after = ";
    out += i > 0 && between(0, 1) == 1 ? "step.u" + std::to_string(between(0, i - 1)) : kAfter[between(0, 4)];
    out += between(0, 1) == 1 ? ", touches = [] }\n" : " }\n";
  }
  return says + "\n" + out;
}

/// Every step that must be finished before step `i` can start.
std::vector<std::vector<bool>> ancestors(const Plan& plan) {
  std::vector<std::vector<bool>> all(plan.steps.size(), std::vector<bool>(plan.steps.size(), false));
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    for (const StepId need : plan.steps[i].needs) {
      all[i][need.value] = true;
      for (std::size_t j = 0; j < i; ++j) {
        if (all[need.value][j]) all[i][j] = true;
      }
    }
  }
  return all;
}

bool takes_down(const Step& step) {
  return std::any_of(step.effects.services.begin(), step.effects.services.end(),
                     [](const ServiceEffect& each) { return each.down > 0; });
}
bool moves(const Step& step) {
  return std::any_of(step.effects.services.begin(), step.effects.services.end(),
                     [](const ServiceEffect& each) { return each.moves; });
}

void check_promises(const Plan& plan, const lang::Stack& stack) {
  const auto before = ancestors(plan);
  const auto role = [&](const std::string& service) {
    for (const lang::Service& each : stack.services) {
      if (each.name == service) return each.role;
    }
    return lang::Role::None;
  };
  std::size_t known = 0;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    // Where something that nobody speaks of may have begun, and only there, the way back is unknown.
    bool open = !plan.steps[i].effects.unknown.empty();
    for (std::size_t u = 0; u < plan.steps.size(); ++u)
      open = open || (!plan.steps[u].effects.unknown.empty() && !before[u][i]);
    const RecoveryKind kind = plan.steps[i].recovery.kind;
    RC_ASSERT((kind == RecoveryKind::Unknown) == (open && kind != RecoveryKind::ForwardOnly));
    known += kind == RecoveryKind::Unknown ? 0 : 1;
  }
  // No plan is written without its proof, from every step of which enough is known.
  RC_ASSERT(plan.proved == known);
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const Step& a = plan.steps[i];
    for (const StepId need : a.needs) RC_ASSERT(need.value < i);
    if (i > 0) RC_ASSERT(before[i][0]);  // everything waits for the check
    for (std::size_t j = 0; j < i; ++j) {
      const Step& b = plan.steps[j];
      const bool ordered = before[i][j];
      // Replicas, and services, go one at a time.
      if (takes_down(a) && takes_down(b)) RC_ASSERT(ordered);
      // Nothing is stopped before everything is fetched and backed up.
      if (takes_down(a) && (b.kind == StepKind::Fetch || b.kind == StepKind::Backup)) RC_ASSERT(ordered);
      // The proxies are reloaded when all services have moved.
      if (a.kind == StepKind::Reload && moves(b)) RC_ASSERT(ordered);
      if (b.kind == StepKind::Reload) RC_ASSERT(!moves(a));
      // The smoke check is last, but for what stands after the end.
      if (a.kind == StepKind::Smoke && b.kind != StepKind::Custom) RC_ASSERT(ordered);
    }
    if (a.effects.migrates.empty()) continue;
    for (std::size_t j = 0; j < plan.steps.size(); ++j) {
      const Step& b = plan.steps[j];
      if (i == j) continue;  // a scheduler of which nobody says that it does not migrate
      if (b.kind == StepKind::Stop && role(b.effects.services.at(0).service) == lang::Role::Scheduler)
        RC_ASSERT(before[i][j]);
      if (b.kind == StepKind::Start && role(b.effects.services.at(0).service) == lang::Role::Scheduler)
        RC_ASSERT(before[j][i]);
    }
  }
}

TEST(Property, PlansKeepTheirPromises) {
  EXPECT_TRUE(rc::check([] {
    const std::string manifest = random_manifest();
    const Case world(manifest);
    const auto plan = world.compile();
    // No service of it may follow the version, which is refused in words of its own.
    if (!plan && plan.error().reasons.size() == 1 &&
        plan.error().reasons[0].what.find("changes nothing") != std::string::npos)
      return;
    if (!plan) RC_FAIL(show(plan.error(), world.loaded.sources) + manifest);
    check_promises(*plan, world.stack());
    const std::string text = write_plan(*plan);
    RC_ASSERT(write_plan(*world.compile()) == text);
    const auto back = read_plan(text);
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == *plan);
  }));
}

/// Doubling the steps at most about doubles the bytes: no list in the plan grows with the square.
TEST(Property, ManySmallStepsStayLinear) {
  const auto size = [](int steps, const char* shape) {
    std::string manifest =
        "stack app { version = 1.5.0 }\ncompose { pin = env(\".env\", \"V\") }\nservice api { role = api }\n";
    for (int i = 0; i < steps; ++i) {
      manifest += "step s" + std::to_string(i) + " { run = command(\"true\"), idempotent = true";
      if (std::string(shape) == "chain" && i > 0) manifest += ", after = step.s" + std::to_string(i - 1);
      if (std::string(shape) == "wide") manifest += ", after = replaced";
      if (std::string(shape) == "before") manifest += ", before = replaced";
      manifest += " }\n";
    }
    const Case world(manifest);
    const auto plan = world.compile();
    EXPECT_TRUE(plan.has_value());
    return plan ? write_plan(*plan).size() : 0;
  };
  for (const char* shape : {"chain", "wide", "before"}) {
    const std::size_t half = size(500, shape), whole = size(1000, shape);
    EXPECT_LT(whole, 2 * half + 5'000) << shape;
  }
}

}  // namespace
}  // namespace pawl::planner
