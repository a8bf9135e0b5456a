// Checks of services among each other: compose-go's loader/validate.go and graph/cycle.go.
#include "providers/compose/consistency.h"

#include <algorithm>
#include <functional>
#include <map>

#include "lang/diagnostic.h"
#include "providers/compose/casts.h"

namespace pawl::providers::compose {
namespace {

/// One service that runs, in the form of the files with values read.
class ServiceCheck {
 public:
  ServiceCheck(const std::string& name, const Node& service, const Node& model,
               const std::vector<ComposeService>& all)
      : name_(name), service_(service), model_(model), all_(all) {}

  Result<void> all() const {
    for (const auto check :
         {&ServiceCheck::what_runs, &ServiceCheck::build, &ServiceCheck::networks, &ServiceCheck::health,
          &ServiceCheck::needed, &ServiceCheck::volumes, &ServiceCheck::grants, &ServiceCheck::limits,
          &ServiceCheck::replicas, &ServiceCheck::watches, &ServiceCheck::mounts}) {
      if (auto done = (this->*check)(); !done) return done;
    }
    return {};
  }

 private:
  std::string us() const { return "service `" + name_ + "`"; }
  const ComposeService* running(const std::string& name) const {
    for (const ComposeService& each : all_) {
      if (each.name == name && each.enabled) return &each;
    }
    return nullptr;
  }
  const Node* part(std::initializer_list<const char*> path) const {
    const Node* found = &service_;
    for (const char* key : path) found = found ? found->find(key) : nullptr;
    return found;
  }

  /// `name` is among the model's `kind`, "networks" say.
  Result<void> defined(const char* kind, const std::string& name, const Place& asked) const {
    const Node* resources = model_.find(kind);
    if (resources && resources->find(name)) return {};
    std::vector<std::string_view> names;
    if (resources) {
      for (const Member& member : resources->members) names.push_back(member.key);
    }
    const std::string near = lang::nearest(name, names);
    const std::string one = std::string(kind).substr(0, std::string_view(kind).size() - 1);
    return failure_at(asked, us() + " uses the " + one + " `" + name + "`, which no file defines",
                      near.empty() ? "define it below `" + std::string(kind) + ":` at the top level"
                                   : "did you mean `" + near + "`?");
  }

  Result<void> what_runs() const {
    if (part({"image"}) || part({"build"}) || part({"provider"})) return {};
    return failure_at(service_.place, us() + " has neither an `image` nor a `build`", "add one of the two");
  }

  Result<void> build() const {
    const Node* build = part({"build"});
    if (!build) return {};
    if (build->find("dockerfile") && build->find("dockerfile_inline"))
      return failure_at(build->place, us() + " has a `dockerfile` and a `dockerfile_inline`",
                        "keep one of the two");
    if (const Node* contexts = build->find("additional_contexts")) {
      for (const Member& member : contexts->members) {
        if (!member.value.text.starts_with("service:")) continue;
        const ComposeService* other = running(member.value.text.substr(8));
        if (!other || !other->builds) {
          return failure_at(
              member.place(),
              us() + " builds from `" + member.value.text + "`, which is no service that is built",
              "name a service with a `build`");
        }
      }
    }
    const Node* platforms = build->find("platforms");
    const std::string platform = service_.text_of("platform");
    if (platforms && !platforms->items.empty() && !platform.empty() &&
        std::none_of(platforms->items.begin(), platforms->items.end(),
                     [&](const Node& each) { return each.text == platform; })) {
      return failure_at(platforms->place, us() + " runs on `" + platform + "`, for which it is not built",
                        "add it to `platforms` of its `build`");
    }
    if (const Node* secrets = build->find("secrets")) {
      for (const Node& item : secrets->items) {
        if (auto done = defined("secrets", item.text_of("source"), item.place); !done) return done;
      }
    }
    return {};
  }

  Result<void> networks() const {
    const Node* networks = part({"networks"});
    const Node* mode = part({"network_mode"});
    if (!networks) return {};
    if (mode && !networks->members.empty())
      return failure_at(mode->place, us() + " has both `network_mode` and `networks`", "keep one of the two");
    for (const Member& member : networks->members) {
      if (member.key == "default") continue;
      if (auto done = defined("networks", member.key, member.place()); !done) return done;
    }
    return {};
  }

  Result<void> health() const {
    const Node* test = part({"healthcheck", "test"});
    if (!test || !test->is_list() || test->items.empty()) return {};
    const std::string& first = test->items[0].text;
    if (first == "CMD" || first == "CMD-SHELL" || first == "NONE") return {};
    return failure_at(test->place, "the test of the health check of " + us() + " begins with `" + first + "`",
                      "begin it with CMD, CMD-SHELL or NONE");
  }

  Result<void> needed() const {
    const Node* depends = part({"depends_on"});
    if (!depends) return {};
    for (const Member& member : depends->members) {
      if (running(member.key)) continue;
      const auto same = std::find_if(all_.begin(), all_.end(),
                                     [&](const ComposeService& each) { return each.name == member.key; });
      if (same != all_.end() && member.value.text_of("required") == "false") continue;
      if (same != all_.end())
        return failure_at(member.place(),
                          us() + " needs `" + member.key + "`, which is off: none of its profiles is on",
                          "turn a profile of it on, or write `required: false` below it");
      std::vector<std::string_view> names;
      for (const ComposeService& each : all_) names.push_back(each.name);
      const std::string near = lang::nearest(member.key, names);
      return failure_at(
          member.place(), us() + " needs `" + member.key + "`, which no file defines",
          near.empty() ? "add the service or remove the dependency" : "did you mean `" + near + "`?");
    }
    return {};
  }

  Result<void> volumes() const {
    const Node* volumes = part({"volumes"});
    if (!volumes) return {};
    for (const Node& item : volumes->items) {
      const std::string source = item.text_of("source");
      if (item.text_of("type") != "volume" || source.empty()) continue;
      if (auto done = defined("volumes", source, item.place); !done) return done;
    }
    return {};
  }

  Result<void> grants() const {
    for (const char* kind : {"secrets", "configs"}) {
      const Node* list = part({kind});
      if (!list) continue;
      for (const Node& item : list->items) {
        if (auto done = defined(kind, item.text_of("source"), item.place); !done) return done;
      }
    }
    if (const Node* models = part({"models"})) {
      for (const Member& member : models->members) {
        if (auto done = defined("models", member.key, member.place()); !done) return done;
      }
    }
    return {};
  }

  /// A limit in the old place and in `deploy` must be the same.
  Result<void> limits() const {
    struct Pair {
      const char *old, *kind, *key;
    };
    for (const Pair& each :
         {Pair{"cpus", "limits", "cpus"}, Pair{"mem_limit", "limits", "memory"},
          Pair{"mem_reservation", "reservations", "memory"}, Pair{"pids_limit", "limits", "pids"}}) {
      const Node* old = part({each.old});
      const Node* group = part({"deploy", "resources", each.kind});
      if (!old || !group || group->text_of(each.key) == old->text) continue;
      return failure_at(old->place,
                        us() + " has `" + each.old + "` and `deploy.resources." + each.kind +
                            "`, which do not say the same",
                        "write it in one of the two places only");
    }
    return {};
  }

  Result<void> replicas() const {
    const Node* scale = part({"scale"});
    const Node* replicas = part({"deploy", "replicas"});
    if (scale && replicas && scale->text != replicas->text)
      return failure_at(
          scale->place,
          us() + " has `scale: " + scale->text + "` and `deploy.replicas: " + replicas->text + "`",
          "keep one of the two");
    const Node* count = scale ? scale : replicas;
    const auto number = count ? integer_of(count->text) : std::nullopt;
    if (number && *number < 0)
      return failure_at(count->place, "`" + count->text + "` is not a number of replicas", "write 0 or more");
    if (number && *number > 1 && part({"container_name"}))
      return failure_at(
          part({"container_name"})->place,
          us() + " has a `container_name` and " + count->text + " replicas, which cannot all have it",
          "remove `container_name`");
    return {};
  }

  Result<void> watches() const {
    const Node* watches = part({"develop", "watch"});
    if (!watches) return {};
    for (const Node& item : watches->items) {
      const std::string action = item.text_of("action");
      if (!item.text_of("target").empty() || action == "rebuild" || action == "restart") continue;
      return failure_at(item.place,
                        "a `watch` of " + us() + " with the action `" + action + "` has no `target`",
                        "add `target:`, the folder in the container");
    }
    return {};
  }

  Result<void> mounts() const {
    std::map<std::string, int> targets;
    const auto add = [&](const std::string& target, const Node& item) -> Result<void> {
      if (targets[target]++ == 0) return {};
      return failure_at(item.place, us() + " mounts two things at " + target, "remove one of the two");
    };
    for (const char* key : {"tmpfs", "volumes"}) {
      const Node* list = part({key});
      if (!list) continue;
      for (const Node& item : list->items) {
        const std::string target =
            item.is_map() ? item.text_of("target") : item.text.substr(0, item.text.find(':'));
        if (auto done = add(target, item); !done) return done;
      }
    }
    return {};
  }

  const std::string& name_;
  const Node& service_;
  const Node& model_;
  const std::vector<ComposeService>& all_;
};

/// No service waits for itself by way of others.
Result<void> check_cycles(const std::vector<ComposeService>& services) {
  std::vector<std::string> path;
  std::map<std::string, bool> done;
  const std::function<Result<void>(const ComposeService&)> visit =
      [&](const ComposeService& service) -> Result<void> {
    if (const auto at = std::find(path.begin(), path.end(), service.name); at != path.end()) {
      std::string cycle;
      for (auto each = at; each != path.end(); ++each) cycle += *each + " → ";
      return failure_at(service.config.place,
                        "services wait for each other in a circle: " + cycle + service.name,
                        "remove one of these `depends_on`");
    }
    if (done[service.name]) return {};
    path.push_back(service.name);
    for (const std::string& needed : service.depends_on) {
      for (const ComposeService& other : services) {
        if (other.name != needed || !other.enabled) continue;
        if (auto visited = visit(other); !visited) return visited;
      }
    }
    path.pop_back();
    done[service.name] = true;
    return {};
  };
  for (const ComposeService& service : services) {
    if (!service.enabled) continue;
    if (auto visited = visit(service); !visited) return visited;
  }
  return {};
}

Result<void> check_container_names(const std::vector<ComposeService>& services) {
  std::map<std::string, std::string> owners;
  for (const ComposeService& service : services) {
    const Node* name = service.config.find("container_name");
    if (!service.enabled || !name) continue;
    const auto [owner, added] = owners.emplace(name->text, service.name);
    if (!added)
      return failure_at(
          name->place,
          "services `" + owner->second + "` and `" + service.name + "` have the same `container_name`",
          "give each a name of its own");
  }
  return {};
}

}  // namespace

Result<void> check_services(const std::vector<ComposeService>& services, const Node& model) {
  const Node* written = model.find("services");
  for (const ComposeService& service : services) {
    const Node* found = written ? written->find(service.name) : nullptr;
    if (!service.enabled || !found) continue;
    if (auto done = ServiceCheck(service.name, *found, model, services).all(); !done) return done;
  }
  if (const Node* secrets = model.find("secrets")) {
    for (const Member& secret : secrets->members) {
      if (secret.value.text_of("external") == "true") continue;
      if (!secret.value.text_of("file").empty() || !secret.value.text_of("environment").empty()) continue;
      return failure_at(secret.place(), "the secret `" + secret.key + "` has no content",
                        "add `file` or `environment`, or `external: true`");
    }
  }
  if (auto done = check_cycles(services); !done) return done;
  return check_container_names(services);
}

}  // namespace pawl::providers::compose
