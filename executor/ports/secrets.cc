// Secrets: resolved at the last moment, remembered only to be masked.
#include "executor/ports/secrets.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <sstream>
#include <vector>

namespace pawl::executor {
namespace {

using lang::Result;

/// Shorter values appear in innocent text by chance, so they are masked as whole words only.
constexpr std::size_t kShort = 4;
constexpr std::string_view kMask = "***";

bool word_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}

bool whole_word(const std::string& text, std::size_t at, std::size_t length) {
  const bool open = at == 0 || !word_character(text[at - 1]);
  const bool close = at + length >= text.size() || !word_character(text[at + length]);
  return open && close;
}

void replace_all(std::string& text, const std::string& value) {
  for (auto at = text.find(value); at != std::string::npos; at = text.find(value, at)) {
    if (value.size() < kShort && !whole_word(text, at, value.size())) {
      ++at;
      continue;
    }
    text.replace(at, value.size(), kMask);
    at += kMask.size();
  }
}

/// As the value looks inside a JSON or C string.
std::string escaped(const std::string& value) {
  std::string out;
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

Result<std::string> read_secret_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) {
    return lang::failure("the secret file " + path + " cannot be read", "create it, readable only by you");
  }
  std::string value = text.str();
  if (!value.empty() && value.back() == '\n') value.pop_back();
  if (!value.empty() && value.back() == '\r') value.pop_back();
  return value;
}

class SecretStore final : public Secrets {
 public:
  explicit SecretStore(std::map<std::string, std::string> variables) : variables_(std::move(variables)) {}

  Result<std::string> resolve(const std::string& source) override {
    const std::lock_guard lock(mutex_);
    if (const auto known = resolved_.find(source); known != resolved_.end()) return known->second;
    auto value = look_up(source);
    if (value) {
      resolved_[source] = *value;
      remember(*value);
    }
    return value;
  }

  std::string mask(std::string text) const override {
    const std::lock_guard lock(mutex_);
    for (const std::string& value : masked_) replace_all(text, value);
    return text;
  }

 private:
  Result<std::string> look_up(const std::string& source) const {
    const auto colon = source.find(':');
    const std::string kind = source.substr(0, colon);
    const std::string name = colon == std::string::npos ? "" : source.substr(colon + 1);
    if (kind == "env") {
      const char* value = std::getenv(name.c_str());
      if (value) return std::string(value);
      return lang::failure("the secret " + name + " is not set in the environment", "export " + name + "=…");
    }
    if (kind == "file") return read_secret_file(name);
    const auto found = variables_.find(name);
    if (kind == "var" && found != variables_.end()) return found->second;
    return lang::failure("the secret variable " + name + " has no value", "pass it as PAWL_VAR_" + name);
  }

  /// The value, its lines (output is masked line by line) and its escaped form; the longest are masked first.
  void remember(const std::string& value) {
    std::set<std::string> forms(masked_.begin(), masked_.end());
    forms.insert(value);
    forms.insert(escaped(value));
    std::istringstream lines(value);
    for (std::string line; std::getline(lines, line);) {
      if (line.size() >= kShort) forms.insert(line);
    }
    forms.erase("");
    masked_.assign(forms.begin(), forms.end());
    std::sort(masked_.begin(), masked_.end(),
              [](const auto& a, const auto& b) { return a.size() > b.size(); });
  }

  mutable std::mutex mutex_;
  const std::map<std::string, std::string> variables_;
  std::map<std::string, std::string> resolved_;
  std::vector<std::string> masked_;
};

}  // namespace

std::unique_ptr<Secrets> make_secrets(std::map<std::string, std::string> variables) {
  return std::make_unique<SecretStore>(std::move(variables));
}

}  // namespace pawl::executor
