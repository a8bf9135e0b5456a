// One Compose file, read as far as it can be on its own: variables filled in, forms expanded, `extends`
// resolved, what it includes taken in.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "providers/compose/interpolate.h"
#include "providers/compose/project.h"

namespace pawl::providers::compose {

class Documents {
 public:
  /// `directory` is the project's, seen from the manifest's folder.
  Documents(Files& files, Scope& scope, const ProjectRequest& request, std::string directory,
            std::vector<std::string>& warnings)
      : files_(files),
        scope_(scope),
        request_(request),
        directory_(std::move(directory)),
        warnings_(warnings) {}

  /// The file with every service complete, those of the files that it includes too. `base` is the folder its
  /// relative paths start from, seen from the project's.
  Result<Node> load(const std::string& path, const std::string& base);

  /// Variables that env files of included files set.
  const std::set<std::string>& variables_set() const { return variables_set_; }

 private:
  using Chain = std::vector<std::pair<std::string, std::string>>;  // file, service

  Result<const Node*> expanded(const std::string& path, const std::string& base);
  Result<Node> read(const std::string& path, const std::string& base);
  Result<Node> resolve(const std::string& path, const std::string& base, const std::string& service,
                       const Place& asked, Chain chain);
  void change_tags(const std::string& path, Node& document) const;
  // include.cc
  Result<void> include_all(Node& document, const std::string& path, const std::string& base);
  Result<Node> include_one(const Node& entry, const std::string& base);
  Result<Node> load_included(const std::vector<std::string>& paths, const std::string& directory,
                             const std::map<std::string, std::string>& variables);

  Files& files_;
  Scope& scope_;
  const ProjectRequest& request_;
  std::string directory_;
  std::vector<std::string>& warnings_;
  std::vector<std::string> including_;  // the files that led here, each includes the next
  std::set<std::string> variables_set_;
  std::map<std::pair<std::string, std::string>, Node> read_;  // by path and base
};

}  // namespace pawl::providers::compose
