// `extends`: a service takes over what another one says, of the same file or of another.
#include <algorithm>

#include "lang/diagnostic.h"
#include "providers/compose/document.h"
#include "providers/compose/forms.h"
#include "providers/compose/merge.h"

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

std::string chain_text(const std::vector<std::pair<std::string, std::string>>& chain,
                       const std::string& last) {
  std::string text;
  for (const auto& [file, service] : chain) text += service + " → ";
  return text + last;
}

/// What `own` marks with `!reset` or `!override` is marked in `merged` too: it also counts for earlier files.
void keep_marks(const Node& own, Node& merged) {
  for (const Member& member : own.members) {
    Node* same = merged.find(member.key);
    if (member.value.override == Node::Override::Reset) {
      if (!same) merged.members.push_back(member);
    } else if (same && member.value.override == Node::Override::Replace) {
      same->override = Node::Override::Replace;
    } else if (same) {
      keep_marks(member.value, *same);
    }
  }
}

}  // namespace

Result<void> Documents::extend_all(Node& document, const std::string& path) {
  Node* services = document.find("services");
  if (!services) return {};
  const Node as_written = *services;
  for (Member& member : services->members) {
    auto complete = extended(member.key, as_written, path, member.place(), {});
    if (!complete) return tl::unexpected(complete.error());
    member.value = std::move(*complete);
  }
  return {};
}

/// The services of another file, `file` as it is written. Its paths start from its own folder.
Result<Node> Documents::services_of(const std::string& path, const std::string& file, const Place& asked) {
  const auto documents = written(path);
  if (!documents) return failure_at(asked, documents.error().what, documents.error().fix);
  Node model = Node::map();
  for (Node document : **documents) {
    if (auto done = interpolate_document(document, scope_); !done) return tl::unexpected(done.error());
    if (auto done = merge_model(model, document); !done) return tl::unexpected(done.error());
    if (auto done = keep_last_of_each(model); !done) return tl::unexpected(done.error());
    if (auto done = expand_model(model); !done) return tl::unexpected(done.error());
  }
  if (auto done = resolve_paths(model, folder_of(file)); !done) return tl::unexpected(done.error());
  const Node* services = model.find("services");
  return services ? *services : Node::map();
}

Result<Node> Documents::extended(const std::string& name, const Node& services, const std::string& path,
                                 const Place& asked, Chain chain) {
  const Node* found = services.find(name);
  if (!found && !files_.wanted().empty()) return Node::map();
  if (!found) {
    return failure_at(asked, "`extends` names the service " + unknown(name, services) + " (in " + path + ")",
                      "correct the name or the file");
  }
  if (std::find(chain.begin(), chain.end(), std::pair(path, name)) != chain.end() ||
      chain.size() > kMaxChain) {
    return failure_at(asked, "`extends` has a cycle: " + chain_text(chain, name),
                      "let one of them not extend");
  }
  const Node* extends = found->find("extends");
  if (!extends || extends->override == Node::Override::Reset) return *found;
  const std::string file = extends->text_of("file");
  const std::string other = extends->is_scalar() ? extends->text : extends->text_of("service");
  if (other.empty())
    return failure_at(extends->place, "`extends` names no service", "write `service: NAME` below it");
  chain.emplace_back(path, name);
  auto base = [&]() -> Result<Node> {
    if (file.empty()) return extended(other, services, path, extends->place, chain);
    const std::string there = join(directory_, file);
    const auto others = services_of(there, file, extends->place);
    if (!others) return others;
    return extended(other, *others, there, extends->place, chain);
  }();
  if (!base || !base->is_map()) return base ? *found : base;
  clear_overrides(*base);
  Node own = *found;
  own.remove("extends");
  if (auto done = merge_service(*base, own); !done) return tl::unexpected(done.error());
  keep_marks(own, *base);
  base->place = found->place;
  return base;
}

}  // namespace pawl::providers::compose
