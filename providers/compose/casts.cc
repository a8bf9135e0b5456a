#include "providers/compose/casts.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "providers/compose/yaml_scalar.h"

namespace pawl::providers::compose {
namespace {

enum class To { Integer, Real, Boolean };

struct Cast {
  std::string_view pattern;
  To to;
};

/// Where Compose converts after variables are filled in: compose-go's loader/interpolate.go.
constexpr Cast kCasts[] = {
    {"services.*.cpu_count", To::Integer},
    {"services.*.cpu_percent", To::Real},
    {"services.*.cpu_period", To::Integer},
    {"services.*.cpu_quota", To::Integer},
    {"services.*.cpu_rt_period", To::Integer},
    {"services.*.cpu_rt_runtime", To::Integer},
    {"services.*.cpus", To::Real},
    {"services.*.cpu_shares", To::Integer},
    {"services.*.init", To::Boolean},
    {"services.*.deploy.replicas", To::Integer},
    {"services.*.deploy.update_config.parallelism", To::Integer},
    {"services.*.deploy.update_config.max_failure_ratio", To::Real},
    {"services.*.deploy.rollback_config.parallelism", To::Integer},
    {"services.*.deploy.rollback_config.max_failure_ratio", To::Real},
    {"services.*.deploy.restart_policy.max_attempts", To::Integer},
    {"services.*.deploy.placement.max_replicas_per_node", To::Integer},
    {"services.*.healthcheck.retries", To::Integer},
    {"services.*.healthcheck.disable", To::Boolean},
    {"services.*.oom_kill_disable", To::Boolean},
    {"services.*.oom_score_adj", To::Integer},
    {"services.*.pids_limit", To::Integer},
    {"services.*.ports.[].target", To::Integer},
    {"services.*.privileged", To::Boolean},
    {"services.*.read_only", To::Boolean},
    {"services.*.scale", To::Integer},
    {"services.*.stdin_open", To::Boolean},
    {"services.*.tty", To::Boolean},
    {"services.*.ulimits.*", To::Integer},
    {"services.*.ulimits.*.hard", To::Integer},
    {"services.*.ulimits.*.soft", To::Integer},
    {"services.*.volumes.[].read_only", To::Boolean},
    {"services.*.volumes.[].volume.nocopy", To::Boolean},
    {"networks.*.external", To::Boolean},
    {"networks.*.internal", To::Boolean},
    {"networks.*.attachable", To::Boolean},
    {"networks.*.enable_ipv4", To::Boolean},
    {"networks.*.enable_ipv6", To::Boolean},
    {"volumes.*.external", To::Boolean},
    {"secrets.*.external", To::Boolean},
    {"configs.*.external", To::Boolean},
};

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

tl::unexpected<Error> not_a(const Node& text, const std::vector<std::string_view>& path, const char* what,
                            const char* fix) {
  return failure_at(text.place,
                    "`" + std::string(path.back()) + "` is `" + text.text + "`, which is not " + what, fix);
}

}  // namespace

Result<void> cast(Node& text, const std::vector<std::string_view>& path) {
  for (const Cast& each : kCasts) {
    if (!matches(path, each.pattern)) continue;
    if (each.to == To::Boolean) {
      const auto value = boolean_of(text.text);
      if (!value) return not_a(text, path, "true or false", "write true or false");
      text.text = *value ? "true" : "false";
      text.type = Node::Type::Boolean;
    } else if (each.to == To::Integer) {
      const auto value = integer_of(text.text);
      if (!value) return not_a(text, path, "a whole number", "write a number such as 3");
      text.text = std::to_string(*value);
      text.type = Node::Type::Integer;
    } else {
      const auto value = real_of(text.text);
      if (!value) return not_a(text, path, "a number", "write a number such as 0.5");
      text.text = number_text(*value);
      text.type = Node::Type::Float;
    }
    return {};
  }
  return {};
}

bool matches(const std::vector<std::string_view>& path, std::string_view pattern) {
  std::size_t part = 0;
  while (part < path.size() && !pattern.empty()) {
    const std::string_view wanted = pattern.substr(0, pattern.find('.'));
    if (wanted != "*" && wanted != path[part]) return false;
    pattern.remove_prefix(std::min(wanted.size() + 1, pattern.size()));
    ++part;
  }
  return part == path.size() && pattern.empty();
}

std::optional<std::int64_t> integer_of(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> real_of(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<bool> boolean_of(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (is_one_of(lower, {"true", "yes", "on", "y"})) return true;
  if (is_one_of(lower, {"false", "no", "off", "n"})) return false;
  return std::nullopt;
}

}  // namespace pawl::providers::compose
