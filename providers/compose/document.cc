#include "providers/compose/document.h"

#include <algorithm>

#include "lang/diagnostic.h"
#include "providers/compose/forms.h"
#include "providers/compose/keys.h"
#include "providers/compose/merge.h"
#include "providers/compose/yaml.h"

namespace pawl::providers::compose {
namespace {

constexpr std::size_t kMaxChain = 32;

/// "`name`; did you mean `near`?" for a service that is not there.
std::string unknown(const std::string& name, const Node& services) {
  std::vector<std::string_view> names;
  for (const Member& member : services.members) names.push_back(member.key);
  const std::string near = lang::nearest(name, names);
  return "`" + name + "`, which is not there" + (near.empty() ? "" : "; did you mean `" + near + "`?");
}

Result<void> check_top_level(const std::string& path, const Node& document) {
  if (!document.is_map())
    return failure(path + " is not a Compose file: it holds no `services:`", "check the path");
  const Node* services = document.find("services");
  if (!services && (document.find("version") || document.members.empty())) return {};
  for (const char* known : {"services", "networks", "volumes", "configs", "secrets", "name", "include"}) {
    if (document.find(known)) return {};
  }
  return failure(path + " has no `services:`",
                 "put its services below `services:`; the format of 2014 without it is not supported");
}

std::string chain_text(const std::vector<std::pair<std::string, std::string>>& chain,
                       const std::string& last) {
  std::string text;
  for (const auto& [file, service] : chain) text += service + " → ";
  return text + last;
}

}  // namespace

void Documents::change_tags(const std::string& path, Node& document) const {
  const auto& change = request_.tag_change;
  Node* services = document.find("services");
  if (!change || change->file != path || !services) return;
  for (Member& member : services->members) {
    Node* image = member.value.find("image");
    if (!image || !image->is_scalar()) continue;
    const ImageName parts = split_image(image->text);
    const bool named =
        std::find(change->services.begin(), change->services.end(), member.key) != change->services.end();
    if (change->services.empty() ? parts.tag == change->from && !parts.tag.empty() : named) {
      image->text = parts.repository + ":" + change->to;
    }
  }
}

Result<Node> Documents::read(const std::string& path, const std::string& base) {
  auto text = files_.text(path, false);
  if (!text) return tl::unexpected(text.error());
  if (!*text) return Node::map();
  auto document = parse_yaml(**text, path, warnings_);
  if (!document) return document;
  if (auto checked = check_top_level(path, *document); !checked) return tl::unexpected(checked.error());
  change_tags(path, *document);
  if (auto filled = interpolate_document(*document, scope_); !filled) return tl::unexpected(filled.error());
  Node* services = document->find("services");
  if (!services || services->is_null()) return document;
  if (!services->is_map())
    return failure_at(services->place, "`services` is not a map",
                      "write each service's name with a `:` below it");
  std::erase_if(services->members, [](const Member& member) { return member.key.starts_with("x-"); });
  for (Member& member : services->members) {
    if (auto done = expand_service(member.key, member.value, base); !done)
      return tl::unexpected(done.error());
    warn_of_unknown_keys(member.key, member.value, warnings_);
  }
  return document;
}

Result<const Node*> Documents::expanded(const std::string& path, const std::string& base) {
  const auto key = std::pair(path, base);
  if (const auto found = read_.find(key); found != read_.end()) return &found->second;
  auto document = read(path, base);
  if (!document) return tl::unexpected(document.error());
  return &(read_[key] = std::move(*document));
}

Result<Node> Documents::resolve(const std::string& path, const std::string& base, const std::string& service,
                                const Place& asked, Chain chain) {
  const auto document = expanded(path, base);
  if (!document) return tl::unexpected(document.error());
  const Node* services = (*document)->find("services");
  const Node* found = services ? services->find(service) : nullptr;
  if (!found && !files_.wanted().empty()) return Node::map();
  if (!found)
    return failure_at(asked,
                      "`extends` names the service " + unknown(service, services ? *services : Node::map()) +
                          " (in " + path + ")",
                      "correct the name or the file");
  if (std::find(chain.begin(), chain.end(), std::pair(path, service)) != chain.end() ||
      chain.size() > kMaxChain) {
    return failure_at(asked, "`extends` has a cycle: " + chain_text(chain, service),
                      "let one of them not extend");
  }
  const Node* extends = found->find("extends");
  if (!extends || extends->is_null()) return *found;
  chain.emplace_back(path, service);
  const std::string file = extends->text_of("file");
  const std::string other = file.empty() ? path : join(folder_of(path), file);
  // Paths inside another file start from that file's folder.
  const std::string other_base = file.empty() ? base : join(base.empty() ? "." : base, folder_of(file));
  auto merged =
      resolve(other, other_base == "." ? "" : other_base, extends->text_of("service"), extends->place, chain);
  if (!merged) return merged;
  Node own = *found;
  own.remove("extends");
  merge_service(*merged, own);
  merged->place = found->place;
  return merged;
}

Result<Node> Documents::load(const std::string& path, const std::string& base) {
  const auto document = expanded(path, base);
  if (!document) return tl::unexpected(document.error());
  Node complete = **document;
  if (Node* services = complete.find("services")) {
    for (Member& member : services->members) {
      auto resolved = resolve(path, base, member.key, member.value.place, {});
      if (!resolved) return tl::unexpected(resolved.error());
      member.value = std::move(*resolved);
    }
  }
  if (auto included = include_all(complete, path, base); !included) return tl::unexpected(included.error());
  return complete;
}

}  // namespace pawl::providers::compose
