#include "cli/command_words.h"

#include <algorithm>

namespace pawl::cli {
namespace {

struct Given {
  std::string name;   // "--format"
  std::string value;  // after "="
  bool has_value = false;
};

Given split(const std::string& word) {
  const std::size_t equals = word.starts_with("--") ? word.find('=') : std::string::npos;
  if (equals == std::string::npos) return {word, "", false};
  return {word.substr(0, equals), word.substr(equals + 1), true};
}

/// Joins what bash took apart at "=". True when the last word was, so that only its last part is being typed.
bool join_at_equals(std::vector<std::string>& words) {
  bool last = false;
  std::vector<std::string> joined;
  for (std::size_t at = 0; at < words.size(); ++at) {
    last = words[at] == "=" && !joined.empty();
    if (!last) {
      joined.push_back(words[at]);
      continue;
    }
    joined.back() += '=';
    if (at + 1 < words.size()) joined.back() += words[++at];
  }
  words = std::move(joined);
  return last;
}

class Reader {
 public:
  explicit Reader(const CommandLineDescription& line) : line_(line) {}

  Typed read(std::vector<std::string> words) {
    const bool apart = join_at_equals(words);
    if (words.empty()) words.emplace_back();
    for (std::size_t at = 0; at + 1 < words.size(); ++at) take(words[at]);
    type(words.back());
    if (apart) out_.prefix.clear();
    return std::move(out_);
  }

 private:
  const OptionDescription* find(const std::string& name) const {
    const OptionDescription* own = command_ ? find_in(command_->options, name) : nullptr;
    return own ? own : find_in(line_.common, name);
  }

  static const OptionDescription* find_in(const std::vector<OptionDescription>& options,
                                          const std::string& name) {
    const auto at = std::find_if(options.begin(), options.end(), [&](const OptionDescription& each) {
      return std::find(each.names.begin(), each.names.end(), name) != each.names.end();
    });
    return at == options.end() ? nullptr : &*at;
  }

  static bool is_option(const std::string& word) { return word.size() > 1 && word[0] == '-'; }

  void keep(const OptionDescription& option, const std::string& value) {
    const std::string& name = option.names.back();
    if (name == "--chdir") out_.common.dir = value;
    if (name == "--manifest") out_.common.manifest = value;
    if (name == "--var") out_.common.var.push_back(value);
    if (name == "--var-file") out_.common.var_files.push_back(value);
  }

  /// A word that is finished.
  void take(const std::string& word) {
    if (open_) {
      keep(*open_, word);
      open_ = nullptr;
    } else if (!only_places_ && word == "--") {
      only_places_ = true;
    } else if (!only_places_ && is_option(word)) {
      take_option(word);
    } else if (out_.command.empty()) {
      take_command(word);
    } else {
      out_.places.push_back(word);
    }
  }

  void take_option(const std::string& word) {
    const bool is_short = word[1] != '-';
    const Given given = is_short ? Given{word.substr(0, 2), word.substr(2), word.size() > 2} : split(word);
    const OptionDescription* option = find(given.name);
    if (!option || option->type.empty()) return;
    if (given.has_value) keep(*option, given.value);
    if (!given.has_value) open_ = option;
  }

  void take_command(const std::string& word) {
    out_.command = word;
    const auto at = std::find_if(line_.commands.begin(), line_.commands.end(),
                                 [&](const CommandDescription& each) { return each.name == word; });
    if (at != line_.commands.end()) command_ = &*at;
  }

  /// The word that is being typed.
  void type(const std::string& word) {
    out_.begun = word;
    if (open_) {
      out_.type = open_->type;
    } else if (!only_places_ && word.starts_with('-')) {
      type_option(word);
    } else if (out_.command.empty()) {
      for (const CommandDescription& each : line_.commands) out_.fixed.push_back({each.name, each.help});
    } else if (command_) {
      type_place();
    }
  }

  void type_option(const std::string& word) {
    const Given given = split(word);
    const OptionDescription* option = given.has_value ? find(given.name) : nullptr;
    if (given.has_value && !option) return;
    if (option) {
      out_.prefix = given.name + "=";
      out_.begun = given.value;
      out_.type = option->type;
      return;
    }
    if (command_) add_names(command_->options);
    if (command_ || out_.command.empty()) add_names(line_.common);
  }

  void add_names(const std::vector<OptionDescription>& options) {
    for (const OptionDescription& each : options) {
      if (each.names.back() != "--help" || &options == &line_.common)
        out_.fixed.push_back({each.names.back(), each.help});
    }
  }

  void type_place() {
    const std::vector<std::string>& types = command_->places;
    if (out_.places.size() < types.size()) {
      out_.type = types[out_.places.size()];
    } else if (command_->many) {
      out_.type = types.back();
    }
  }

  const CommandLineDescription& line_;
  Typed out_;
  const CommandDescription* command_ = nullptr;
  const OptionDescription* open_ = nullptr;  // waits for its value
  bool only_places_ = false;                 // after "--"
};

}  // namespace

Typed read_typed(const CommandLineDescription& line, std::vector<std::string> words) {
  return Reader(line).read(std::move(words));
}

}  // namespace pawl::cli
