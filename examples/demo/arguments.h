// Options of the demo's own tools: --name value, --flag, and what is left over.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace piprio {

class Arguments {
 public:
  /// Throws std::runtime_error on an option that is in neither set, or lacks its value.
  Arguments(int count, char** arguments, const std::set<std::string>& with_value,
            const std::set<std::string>& flags) {
    for (int i = 1; i < count; ++i) {
      const std::string word = arguments[i];
      if (!word.starts_with("--")) {
        rest_.push_back(word);
      } else if (flags.contains(word)) {
        values_[word] = "yes";
      } else if (!with_value.contains(word) || i + 1 == count) {
        throw std::runtime_error(word + (with_value.contains(word) ? " needs a value" : " is not an option"));
      } else {
        values_[word] = arguments[++i];
      }
    }
  }
  bool has(const std::string& name) const { return values_.contains(name); }
  std::string text(const std::string& name, const std::string& fallback) const {
    const auto found = values_.find(name);
    return found == values_.end() ? fallback : found->second;
  }
  std::int64_t number(const std::string& name, std::int64_t fallback) const {
    const auto found = values_.find(name);
    if (found == values_.end()) return fallback;
    std::size_t used = 0;
    std::int64_t value = -1;
    try {
      value = std::stoll(found->second, &used);
    } catch (const std::exception&) {
      used = 0;
    }
    if (used == 0 || used != found->second.size() || value < 0)
      throw std::runtime_error(name + " must be a number, not \"" + found->second + "\"");
    return value;
  }
  const std::vector<std::string>& rest() const { return rest_; }

 private:
  std::map<std::string, std::string> values_;
  std::vector<std::string> rest_;
};

}  // namespace piprio
