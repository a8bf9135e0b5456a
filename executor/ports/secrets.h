// Where the values of secrets come from, and how they are kept out of everything that is stored or shown.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "lang/result.h"

namespace pawl::executor {

/// Turns a secret's source ("env:NAME", "file:PATH", "var:NAME") into its value.
class Secrets {
 public:
  virtual ~Secrets() = default;
  virtual lang::Result<std::string> resolve(const std::string& source) = 0;
  /// `text` with every secret value resolved so far replaced by `***`. Values shorter than 4 bytes are
  /// matched as whole words.
  virtual std::string mask(std::string text) const = 0;
};
/// `variables`: values of secret variables by name.
std::unique_ptr<Secrets> make_secrets(std::map<std::string, std::string> variables);

}  // namespace pawl::executor
