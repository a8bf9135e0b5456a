// The model of some Compose files: variables filled in, `extends` resolved, what they include taken in, one
// laid over the other. The order of things is that of compose-go's loader.
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
  /// `directory` is where paths of the files start from, seen from the manifest's folder.
  Documents(Files& files, Scope& scope, const ProjectRequest& request, std::string directory,
            std::vector<std::string>& warnings)
      : files_(files),
        scope_(scope),
        request_(request),
        directory_(std::move(directory)),
        warnings_(warnings) {}

  /// The files merged, with those that they include. Paths in it are seen from where `base` is seen from.
  Result<Node> load(const std::vector<std::string>& paths, const std::string& base);

  /// The documents of one file as they are written; none when it has not been read yet.
  Result<const std::vector<Node>*> written(const std::string& path);

  /// Variables that env files of included files set.
  const std::set<std::string>& variables_set() const { return variables_set_; }

 private:
  Result<void> add(Node document, const std::string& path, Node& model);
  void change_tags(const std::string& path, Node& document) const;
  // extends.cc
  using Chain = std::vector<std::pair<std::string, std::string>>;  // file, service
  Result<void> extend_all(Node& document, const std::string& path);
  Result<Node> extended(const std::string& name, const Node& services, const std::string& path,
                        const Place& asked, Chain chain);
  Result<Node> services_of(const std::string& path, const std::string& file, const Place& asked);
  // include.cc
  Result<void> include_all(Node& document, const std::string& path);
  Result<Node> include_one(const Node& entry);
  Result<Node> load_included(const std::vector<std::string>& paths, const std::string& directory,
                             const std::string& base, const std::map<std::string, std::string>& variables);

  Files& files_;
  Scope& scope_;
  const ProjectRequest& request_;
  std::string directory_;
  std::vector<std::string>& warnings_;
  std::vector<std::string> including_;  // the files that led here, each includes the next
  std::set<std::string> variables_set_;
  std::map<std::string, std::vector<Node>> written_;  // by path
};

}  // namespace pawl::providers::compose
