// What to ask the world, and what its answers say. Asking happens elsewhere; here are only values.
//
// Questions come in rounds, because some need the answers of others: first the configuration files, then the
// engines and everything that can be asked without them, then what is asked inside running services.
#include "planner/observe.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "planner/bundle/backup.h"
#include "planner/file/plan_text.h"
#include "planner/scene/ledgers.h"
#include "planner/scene/probes.h"

namespace pawl::planner {
namespace {

using lang::Stack;

constexpr std::size_t kMostBundles = 64;

class Observer {
 public:
  Observer(const Stack& stack, const Providers& providers, const Answers& answers)
      : stack_(stack), providers_(providers), answers_(answers) {}

  // ------------------------------------------------------------ questions

  Questions questions(bool configuration_only) {
    Questions out;
    Snapshot engines;
    for_each_engine(engines, [&](const DeploymentEngine& engine) {
      keep_open(engine.configuration(), out.configuration);
    });
    if (!out.configuration.empty() || configuration_only) return out;
    for_each_engine(engines, [&](const DeploymentEngine& engine) { keep_open(engine.queries(), out.world); });
    keep_open(outside_questions(), out.world);
    if (!out.world.empty()) return out;
    if (!read_engines(engines)) return out;  // observe() says what is wrong
    keep_open(inside_questions(engines), out.world);
    return out;
  }

  // ------------------------------------------------------------ answers

  Result<Snapshot> snapshot() {
    Snapshot out;
    out.stack = stack_.name.value;
    if (auto read = read_engines(out); !read) return tl::unexpected(read.error());
    apply_probes(out);
    for (const lang::Database& database : stack_.databases) read_database(database, out);
    read_bundles(out);
    read_space(out);
    return out;
  }

 private:
  template <class Visit>
  void for_each_engine(const Snapshot& snapshot, Visit visit) const {
    for (std::uint32_t i = 0; i < stack_.deployments.size(); ++i) {
      if (providers_.engine(stack_.deployments[i].kind()))
        visit(DeploymentEngine(stack_, lang::DeploymentId{i}, providers_, answers_, snapshot));
    }
  }

  /// Adds what has not been asked yet, each question once.
  void keep_open(std::vector<Question> questions, std::vector<Question>& out) {
    for (Question& each : questions) {
      if (!answers_.find(each) && offered_.insert(write_question(each)).second)
        out.push_back(std::move(each));
    }
  }

  Scene scene(const Snapshot& engines) const { return {stack_, providers_, answers_, engines, nullptr}; }

  /// Volumes that no engine knows count as nothing here; the backup says what is wrong.
  DiskSpace space_question(const Snapshot& engines) const {
    DiskSpace space;
    space.on = bundle_folder(stack_);
    for (const auto& item : stack_.backup->of) {
      const auto* files = std::get_if<lang::FilesId>(&item);
      if (!files) continue;
      const auto paths = paths_of(scene(engines), stack_[*files]);
      if (paths) space.paths.insert(space.paths.end(), paths->begin(), paths->end());
    }
    return space;
  }

  /// Questions that need no engine.
  std::vector<Question> outside_questions() const {
    std::vector<Question> out;
    const Snapshot nothing;
    for (std::uint32_t i = 0; i < stack_.services.size(); ++i) {
      const auto& health = stack_.services[i].health;
      if (!health || depends_on_what_runs(*health, lang::ServiceId{i})) continue;
      auto question = probe_question(*health, scene(nothing));
      if (question && *question) out.push_back(std::move(**question));
    }
    if (stack_.backup) out.push_back(ListFolder{bundle_folder(stack_)});
    return out;
  }

  std::vector<Question> inside_questions(const Snapshot& engines) const {
    std::vector<Question> out;
    for (std::uint32_t i = 0; i < stack_.services.size(); ++i) {
      const lang::ServiceId id{i};
      if (!stack_[id].health || !depends_on_what_runs(*stack_[id].health, id)) continue;
      for (auto& [instance, condition] : health_conditions(id, engines))
        out.push_back(std::move(condition.question));
    }
    for (const lang::Database& database : stack_.databases) {
      if (auto ledger = ledger_question(database, scene(engines))) out.push_back(std::move(*ledger));
      if (auto size = size_question(database, scene(engines))) out.push_back(std::move(*size));
      DatabaseState state = database_state(database, engines);
      if (auto beside = question_beside(database, state, engines)) out.push_back(std::move(*beside));
    }
    if (stack_.backup) out.push_back(space_question(engines));
    for (const std::string& name : bundle_names()) {
      out.push_back(bundle_question(name));
      out.push_back(drilled_question(name));
    }
    return out;
  }

  /// It can only be asked when it is known what runs: in which version, how many instances, where.
  static bool depends_on_what_runs(const lang::Probe& probe, lang::ServiceId service) {
    return std::holds_alternative<lang::ExecIn>(probe.how) || asks_one_instance(probe, service) ||
           mentions(probe, "version") || mentions(probe, "from") || mentions(probe, "to");
  }

  /// What the health of a service asks, of each instance where each answers for itself (from 1), else of
  /// whichever (0).
  std::vector<std::pair<int, Condition>> health_conditions(lang::ServiceId id,
                                                           const Snapshot& engines) const {
    const lang::Probe& probe = *stack_[id].health;
    const ServiceState* state = engines.service(stack_[id].name);
    const auto there = static_cast<int>(state ? state->instances.size() : 0);
    Scene here = scene(engines);
    Target runs;
    runs.from = runs.to = running_version(here, id);
    if (!runs.to.empty()) here.target = &runs;
    const bool each = there > 1 && asks_one_instance(probe, id);
    std::vector<std::pair<int, Condition>> out;
    for (int number = each ? 1 : 0; number <= (each ? there : 0); ++number) {
      auto condition = probe_condition(probe, here, {number, false});
      if (condition && *condition) out.emplace_back(number, std::move(**condition));
    }
    return out;
  }

  // ------------------------------------------------------------ reading

  /// Engines and services, in the manifest's order.
  Result<void> read_engines(Snapshot& out) const {
    Result<void> result;
    for_each_engine(out, [&](const DeploymentEngine& engine) {
      if (result) result = engine.read(out);
    });
    if (!result) return result;
    const auto place = [&](const std::string& name) {
      const auto found = std::find_if(stack_.services.begin(), stack_.services.end(),
                                      [&](const lang::Service& service) { return service.name == name; });
      return found - stack_.services.begin();
    };
    std::stable_sort(
        out.services.begin(), out.services.end(),
        [&](const ServiceState& a, const ServiceState& b) { return place(a.service) < place(b.service); });
    return {};
  }

  /// The manifest's own health probes join what the engine says.
  void apply_probes(Snapshot& out) const {
    for (std::uint32_t i = 0; i < stack_.services.size(); ++i) {
      const lang::Service& service = stack_.services[i];
      const auto state = std::find_if(out.services.begin(), out.services.end(),
                                      [&](const ServiceState& each) { return each.service == service.name; });
      if (!service.health || state == out.services.end() || state->health == Health::Stopped) continue;
      for (const auto& [instance, condition] : health_conditions(lang::ServiceId{i}, out)) {
        const Answer* answer = answers_.find(condition.question);
        if (!answer) continue;
        if (holds(condition.expect, *answer)) {
          if (state->health == Health::Unknown) state->health = Health::Healthy;
          continue;
        }
        state->health = Health::Unhealthy;
        state->detail = (instance > 0 ? "instance " + std::to_string(instance) + ": " : "") +
                        probe_complaint(*service.health, condition.expect, *answer);
        break;
      }
    }
  }

  static std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

  /// Of what a probe of the manifest can expect.
  static bool holds(const Expectation& expect, const Answer& answer) {
    return answer.ok && ends_well(expect, answer) && contains(answer.output, expect.contains.shown());
  }
  static bool ends_well(const Expectation& expect, const Answer& answer) {
    return std::find(expect.exit_codes.begin(), expect.exit_codes.end(), answer.exit_code) !=
           expect.exit_codes.end();
  }

  static std::string probe_complaint(const lang::Probe& probe, const Expectation& expect,
                                     const Answer& answer) {
    if (answer.ok && ends_well(expect, answer))
      return "its health check does not say \"" + expect.contains.shown() + "\", but \"" +
             first_line(answer.output) + "\"";
    const std::string said = first_line(answer.error.empty() ? answer.output : answer.error);
    if (std::holds_alternative<lang::HttpCheck>(probe.how) ||
        std::holds_alternative<lang::TcpCheck>(probe.how))
      return said;
    const std::string code = "its health check ended with exit code " + std::to_string(answer.exit_code);
    return said.empty() ? code : code + ": " + said;
  }

  DatabaseState database_state(const lang::Database& database, const Snapshot& engines) const {
    DatabaseState state;
    state.database = database.name;
    const DataProvider* data = providers_.database(database.engine);
    const auto find = [&](const std::optional<Question>& question) {
      return question ? answers_.find(*question) : nullptr;
    };
    if (!data) return state;
    const Answer* ledger = find(ledger_question(database, scene(engines)));
    const Answer* size = find(size_question(database, scene(engines)));
    if (auto read = data->read(database, ledger, size, state); !read) {
      state.reachable = false;
      state.detail = read.error().what;
    }
    if (database.service && !state.server.folder.empty()) {
      const auto engine = scene(engines).engine_of(*database.service);
      const auto here = engine ? engine->machine_path(*database.service, state.server.folder)
                               : Result<std::string>(lang::failure("it is part of no deployment"));
      if (here) state.server.folder_here = *here;
    }
    return state;
  }

  /// What lies beside the files of a server: earlier upgrades may have set some aside there.
  std::optional<Question> question_beside(const lang::Database& database, const DatabaseState& state,
                                          const Snapshot& engines) const {
    const std::string& here = state.server.folder_here;
    if (here.empty()) return std::nullopt;
    return Question(ListFolder{here.substr(0, std::max<std::size_t>(here.rfind('/'), 1))},
                    scene(engines).engine_of(*database.service)->host());
  }

  void read_database(const lang::Database& database, Snapshot& out) const {
    if (!providers_.database(database.engine)) return;
    DatabaseState state = database_state(database, out);
    if (const auto beside = question_beside(database, state, out)) {
      const Answer* answer = answers_.find(*beside);
      const std::string& here = state.server.folder_here;
      const std::string above = here.substr(0, here.rfind('/') + 1);
      for (const std::string& name : folders_in(answer && answer->ok ? answer->output : "")) {
        if (name.starts_with(".pawl-") && name.ends_with("-" + here.substr(above.size())))
          state.server.set_aside.push_back(above + name);
      }
    }
    out.databases.push_back(std::move(state));
  }

  /// The folders that a listing names.
  static std::vector<std::string> folders_in(std::string_view listing) {
    std::vector<std::string> names;
    while (!listing.empty()) {
      const auto end = std::min(listing.find('\n'), listing.size());
      const std::string_view line = listing.substr(0, end);
      listing.remove_prefix(std::min(end + 1, listing.size()));
      if (line.ends_with('/')) names.emplace_back(line.substr(0, line.size() - 1));
    }
    return names;
  }

  // ------------------------------------------------------------ bundles and space

  /// Complete bundles of this stack, newest first: their names end in the time of the run.
  std::vector<std::string> bundle_names() const {
    if (!stack_.backup) return {};
    const Answer* listing = answers_.find(ListFolder{bundle_folder(stack_)});
    if (!listing || !listing->ok) return {};
    std::vector<std::string> names = folders_in(listing->output);
    std::erase_if(names, [&](const std::string& name) {
      return !name.starts_with(stack_.name.value + "-") || name.ends_with(".partial");
    });
    const auto stamp = [](const std::string& name) {
      return name.size() < 15 ? name : name.substr(name.size() - 15);
    };
    std::sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
      return std::pair(stamp(a), a) > std::pair(stamp(b), b);
    });
    if (names.size() > kMostBundles) names.resize(kMostBundles);
    return names;
  }

  Question bundle_question(const std::string& name) const {
    return ReadFile{bundle_folder(stack_) + "/" + name + "/bundle.json", true, 16u << 20};
  }

  Question drilled_question(const std::string& name) const {
    return ReadFile{bundle_folder(stack_) + "/" + name + "/" + std::string(kDrilledFile), true, 4096};
  }

  /// Where several actions made parts of a bundle, nothing says which one is meant.
  static std::string captured_of(const nlohmann::json& bundle) {
    const auto actions = bundle.find("actions");
    if (actions == bundle.end() || !actions->is_array() || actions->size() != 1) return "";
    const nlohmann::json& action = actions->front();
    if (!action.is_object() || !action.contains("captured") || !action["captured"].is_string()) return "";
    return action["captured"].get<std::string>();
  }

  void read_bundles(Snapshot& out) const {
    for (const std::string& name : bundle_names()) {
      const Answer* answer = answers_.find(bundle_question(name));
      if (!answer || !answer->ok || answer->output.empty()) continue;
      const auto json = nlohmann::json::parse(answer->output, nullptr, false);
      if (!json.is_object()) continue;
      const auto member = [&](const char* key) {
        const auto found = json.find(key);
        return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
      };
      const Answer* drilled = answers_.find(drilled_question(name));
      out.bundles.push_back({.name = name,
                             .version = member("version"),
                             .taken_at = member("taken_at"),
                             .drilled = drilled && drilled->ok && !drilled->output.empty(),
                             .captured = captured_of(json)});
    }
  }

  void read_space(Snapshot& out) const {
    if (!stack_.backup) return;
    const Answer* answer = answers_.find(space_question(out));
    if (!answer || !answer->ok) return;
    const auto json = nlohmann::json::parse(answer->output, nullptr, false);
    const auto number = [&](const char* key) {
      return json.is_object() && json.contains(key) && json[key].is_number_unsigned()
                 ? json[key].get<std::uint64_t>()
                 : 0;
    };
    out.files_bytes = number("used");
    out.free_bytes = number("free");
  }

  const Stack& stack_;
  const Providers& providers_;
  const Answers& answers_;
  std::set<std::string> offered_;
};

}  // namespace

Questions next_questions(const lang::Stack& stack, const Providers& providers, const Answers& answers,
                         bool configuration_only) {
  return Observer(stack, providers, answers).questions(configuration_only);
}

Result<Snapshot> observe(const lang::Stack& stack, const Providers& providers, const Answers& answers) {
  return Observer(stack, providers, answers).snapshot();
}

}  // namespace pawl::planner
