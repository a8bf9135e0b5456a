// One Compose file, read as far as it can be on its own: variables filled in, forms expanded, `extends`
// resolved.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "providers/compose/interpolate.h"
#include "providers/compose/project.h"

namespace pawl::providers::compose {

class Documents {
 public:
  Documents(Files& files, Scope& scope, const ProjectRequest& request, std::vector<std::string>& warnings)
      : files_(files), scope_(scope), request_(request), warnings_(warnings) {}

  /// The file with every service complete. `base` is the folder its relative paths start from, seen from the
  /// project's.
  Result<Node> load(const std::string& path, const std::string& base);

 private:
  using Chain = std::vector<std::pair<std::string, std::string>>;  // file, service

  Result<const Node*> expanded(const std::string& path, const std::string& base);
  Result<Node> read(const std::string& path, const std::string& base);
  Result<Node> resolve(const std::string& path, const std::string& base, const std::string& service,
                       const Place& asked, Chain chain);
  void change_tags(const std::string& path, Node& document) const;

  Files& files_;
  Scope& scope_;
  const ProjectRequest& request_;
  std::vector<std::string>& warnings_;
  std::map<std::pair<std::string, std::string>, Node> read_;  // by path and base
};

}  // namespace pawl::providers::compose
