#include "providers/compose/cross_check.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "providers/compose/yaml.h"

namespace pawl::providers::compose {
namespace {

using planner::Answers;
using planner::Query;

constexpr int kMostRounds = 16;
constexpr const char* kAnswerFile = "docker-compose.yml";

using Lines = std::vector<std::string>;

std::string joined(const Lines& lines) {
  std::string out;
  for (const std::string& line : lines) out += (out.empty() ? "" : ", ") + line;
  return out.empty() ? "none" : out;
}

/// A command, an entrypoint: its words as JSON, so that their ends are seen.
std::string words(const Node& service, std::string_view key) {
  const Node* found = service.find(key);
  return !found || found->is_null() ? "" : canonical_json(*found);
}

/// "127.0.0.1:8000 → 80/tcp", "80/tcp".
Lines ports(const Node& service) {
  Lines out;
  const Node* found = service.find("ports");
  for (const Node& port : found ? found->items : std::vector<Node>()) {
    const std::string protocol = port.text_of("protocol"), address = port.text_of("host_ip");
    std::string published = port.text_of("published");
    if (!address.empty()) published = address + ":" + published;
    out.push_back((published.empty() ? "" : published + " → ") + port.text_of("target") + "/" +
                  (protocol.empty() ? "tcp" : protocol));
  }
  std::sort(out.begin(), out.end());
  return out;
}

struct Mount {
  std::string source, rest;
  bool operator==(const Mount&) const = default;
  std::string shown() const { return (source.empty() ? "" : source + ":") + rest; }
};

std::vector<Mount> mounts(const Node& service) {
  std::vector<Mount> out;
  const Node* found = service.find("volumes");
  for (const Node& each : found ? found->items : std::vector<Node>()) {
    const std::string type = each.text_of("type");
    std::string rest = each.text_of("target") + (each.text_of("read_only") == "true" ? ":ro" : "");
    if (type != "bind" && type != "volume") rest += " (" + type + ")";
    out.push_back({each.text_of("source"), std::move(rest)});
  }
  return out;
}

/// pawl sees paths from the project's folder, Compose from the machine's root.
bool same_source(const std::string& own, const std::string& other, const Roots& roots) {
  if (own == other) return true;
  if (!other.starts_with('/') || own.starts_with('/')) return false;
  if (own.starts_with("~")) return other.ends_with(own.substr(1));
  return std::any_of(roots.begin(), roots.end(),
                     [&](const std::string& root) { return join(root, own) == join("/", other); });
}

class Comparison {
 public:
  Comparison(const std::string& program, const Roots& roots) : program_(program), roots_(roots) {}

  void services(const Project& own, const Project& other) {
    for (const ComposeService& each : own.services) {
      if (!each.enabled) continue;
      const ComposeService* theirs = other.service(each.name);
      if (!theirs || !theirs->enabled)
        out_.push_back("service " + each.name + ": pawl reads it, " + program_ + " has no such service");
      else
        compare(each, *theirs);
    }
    for (const ComposeService& each : other.services) {
      const ComposeService* ours = own.service(each.name);
      if (each.enabled && (!ours || !ours->enabled))
        out_.push_back("service " + each.name + ": " + program_ + " has it, pawl reads no such service");
    }
  }

  Lines take() { return std::move(out_); }

 private:
  void compare(const ComposeService& own, const ComposeService& other) {
    service_ = own.name;
    differ("image", own.image, other.image);
    for (const char* key : {"command", "entrypoint"})
      differ(key, words(own.config, key), words(other.config, key));
    environment(own.config.find("environment"), other.config.find("environment"));
    lists("ports", ports(own.config), ports(other.config));
    mounted(mounts(own.config), mounts(other.config));
    differ("replicas", std::to_string(own.replicas), std::to_string(other.replicas));
  }

  void differ(std::string_view what, const std::string& own, const std::string& other) {
    if (own == other) return;
    const auto shown = [](const std::string& text) { return text.empty() ? "none" : text; };
    out_.push_back("service " + service_ + ": pawl reads " + std::string(what) + " " + shown(own) + ", " +
                   program_ + " says " + shown(other));
  }

  /// Only what the other does not have.
  void lists(std::string_view what, const Lines& own, const Lines& other) {
    Lines ours, theirs;
    std::set_difference(own.begin(), own.end(), other.begin(), other.end(), std::back_inserter(ours));
    std::set_difference(other.begin(), other.end(), own.begin(), own.end(), std::back_inserter(theirs));
    if (!ours.empty() || !theirs.empty()) differ(what, joined(ours), joined(theirs));
  }

  void mounted(std::vector<Mount> own, std::vector<Mount> other) {
    std::erase_if(own, [&](const Mount& ours) {
      const auto same = std::find_if(other.begin(), other.end(), [&](const Mount& theirs) {
        return ours.rest == theirs.rest && same_source(ours.source, theirs.source, roots_);
      });
      if (same == other.end()) return false;
      other.erase(same);
      return true;
    });
    if (own.empty() && other.empty()) return;
    Lines ours, theirs;
    for (const Mount& each : own) ours.push_back(each.shown());
    for (const Mount& each : other) theirs.push_back(each.shown());
    differ("mounts", joined(ours), joined(theirs));
  }

  void environment(const Node* own, const Node* other) {
    std::set<std::string> names;
    for (const Node* each : {own, other}) {
      if (!each) continue;
      for (const Member& member : each->members) names.insert(member.key);
    }
    for (const std::string& name : names) {
      const Node* ours = own ? own->find(name) : nullptr;
      const Node* theirs = other ? other->find(name) : nullptr;
      const std::string of = "service " + service_ + ": ";
      if (!theirs && ours->is_null()) continue;  // taken from the shell, which may not have it
      if (!ours || !theirs)
        out_.push_back(of + (ours ? "pawl" : program_) + " sets " + name + " in its environment, " +
                       (ours ? program_ : "pawl") + " does not");
      else if (!ours->is_null() && canonical_json(*ours) != canonical_json(*theirs))
        out_.push_back(of + "pawl and " + program_ + " read different values of " + name +
                       " in its environment");
    }
  }

  const std::string& program_;
  const Roots& roots_;
  std::string service_;
  Lines out_;
};

/// What v2 prints has long forms and all values, and is not always a file that it would take itself: the
/// models that services use are missing, and services that are off and that others need.
Result<Project> reading_of_json(const std::string& answer) {
  std::vector<std::string> warnings;
  auto documents = parse_yaml(answer, "its answer", warnings);
  if (!documents) return tl::unexpected(documents.error());
  Node* services = documents->size() == 1 ? documents->front().find("services") : nullptr;
  if (!services) return failure("It has no services.");
  Project project;
  for (Member& member : services->members) {
    halve_dollars(member.value);
    ComposeService service;
    service.name = member.key;
    service.image = member.value.text_of("image");
    const Node* deploy = member.value.find("deploy");
    const std::string scale = member.value.text_of("scale");
    const std::string replicas = scale.empty() && deploy ? deploy->text_of("replicas") : scale;
    std::from_chars(replicas.data(), replicas.data() + replicas.size(), service.replicas);
    service.config = std::move(member.value);
    project.services.push_back(std::move(service));
  }
  return project;
}

/// What is compared, and what a file needs to be read.
Result<std::string> compared_part(const std::string& answer) {
  static constexpr std::string_view kKeys[] = {"image", "build",   "command", "entrypoint", "environment",
                                               "ports", "volumes", "deploy",  "scale",      "profiles"};
  std::vector<std::string> warnings;
  auto documents = parse_yaml(answer, "its answer", warnings);
  if (!documents) return tl::unexpected(documents.error());
  if (documents->size() != 1 || !documents->front().is_map()) return failure("It is no Compose file.");
  Node& file = documents->front();
  std::erase_if(file.members,
                [](const Member& member) { return member.key != "services" && member.key != "volumes"; });
  if (Node* services = file.find("services")) {
    for (Member& service : services->members) {
      std::erase_if(service.value.members, [](const Member& member) {
        return std::find(std::begin(kKeys), std::end(kKeys), member.key) == std::end(kKeys);
      });
    }
  }
  return canonical_json(file);
}

/// What 1.29 prints is a Compose file, with short forms in it. The rest of it may be what only 1.29 takes.
Result<Project> reading_of_file(const std::string& answer, const std::vector<std::string>& profiles) {
  const auto part = compared_part(answer);
  if (!part) return tl::unexpected(part.error());
  Answers answers;
  ProjectRequest request;
  request.files = {kAnswerFile};
  request.profiles = profiles;
  for (int round = 0; round < kMostRounds; ++round) {
    const planner::HostAnswers of(answers);
    Files files(of);
    auto project = read_project(request, files);
    if (files.wanted().empty()) return project;
    for (const Query& query : files.wanted()) {
      const auto* file = std::get_if<planner::ReadFile>(&query);
      const bool is_answer = file && file->path == kAnswerFile;
      answers.add(query, {is_answer || (file && file->optional), 0, is_answer ? *part : "", ""});
    }
  }
  return failure("It cannot be read to its end.");
}

}  // namespace

Query reading_query(const Engine& engine) {
  // JSON where it is offered: then no other reading of YAML is in between.
  if (engine.form == Form::DockerComposeV2)
    return planner::QueryCommand{engine.compose({"config", "--format", "json"})};
  return planner::QueryCommand{engine.compose({"config"})};
}

void halve_dollars(Node& node) {
  const auto halve = [](std::string& text) {
    for (std::size_t at = text.find("$$"); at != std::string::npos; at = text.find("$$", at + 1))
      text.erase(at, 1);
  };
  if (node.is_scalar()) halve(node.text);
  for (Node& item : node.items) halve_dollars(item);
  for (Member& member : node.members) {
    halve(member.key);
    halve_dollars(member.value);
  }
}

Result<Project> other_reading(Form form, const std::string& answer,
                              const std::vector<std::string>& profiles) {
  return form == Form::DockerComposeV2 ? reading_of_json(answer) : reading_of_file(answer, profiles);
}

std::vector<std::string> differences(const Project& own, const Project& other, const std::string& program,
                                     const Roots& roots) {
  Comparison comparison(program, roots);
  comparison.services(own, other);
  return comparison.take();
}

}  // namespace pawl::providers::compose
