// Ports: `[[host ip:]published:]target[/protocol]`, with ranges, and the long form.
#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

#include "providers/compose/forms.h"

namespace pawl::providers::compose {
namespace {

struct Range {
  int first = 0, last = 0;
  int size() const { return last - first + 1; }
};

std::optional<int> read_port(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.starts_with('-') || error != std::errc() || end != text.data() + text.size() || port > 65535)
    return std::nullopt;
  return port;
}

std::optional<Range> read_range(const std::string& text) {
  const std::vector<std::string> ends = split_all(text, '-');
  const auto first = read_port(ends[0]);
  const auto last = ends.size() == 1 ? first : read_port(ends[1]);
  if (!first || !last || *last < *first) return std::nullopt;
  return Range{*first, *last};
}

struct Parts {
  std::string host_ip, published, target, protocol = "tcp";
};

Parts split(const std::string& text) {
  std::vector<std::string> parts = split_all(text, ':');
  Parts out;
  out.target = parts.back();
  parts.pop_back();
  if (!parts.empty()) {
    out.published = parts.back();
    parts.pop_back();
  }
  for (const std::string& part : parts) out.host_ip += (&part == &parts.front() ? "" : ":") + part;
  if (out.host_ip.starts_with('[') && out.host_ip.ends_with(']'))
    out.host_ip = out.host_ip.substr(1, out.host_ip.size() - 2);
  if (const std::size_t slash = out.target.find('/'); slash != std::string::npos) {
    if (slash + 1 < out.target.size()) out.protocol = out.target.substr(slash + 1);
    out.target.resize(slash);
  }
  for (char& c : out.protocol) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

Node long_port(const Parts& parts, const std::string& published, int target, const Place& place) {
  Node port = Node::map(place);
  port.set("target", Node::scalar(std::to_string(target), place));
  port.at("target").type = Node::Type::Integer;
  if (!published.empty()) port.set("published", Node::scalar(published, place));
  if (!parts.host_ip.empty()) port.set("host_ip", Node::scalar(parts.host_ip, place));
  port.set("protocol", Node::scalar(parts.protocol, place));
  port.set("mode", Node::scalar("ingress", place));
  return port;
}

Result<void> expand_short(const Node& item, std::vector<Node>& out) {
  const auto bad = [&] {
    return failure_at(item.place, "`" + item.text + "` is not a port",
                      "write it as \"8080:80\", \"127.0.0.1:8080:80/tcp\" or 80");
  };
  const Parts parts = split(item.text);
  const auto target = read_range(parts.target);
  if (!target || (parts.protocol != "tcp" && parts.protocol != "udp" && parts.protocol != "sctp"))
    return bad();
  if (!parts.host_ip.empty() && !is_ip_address(parts.host_ip)) return bad();
  std::vector<Node> ports;
  if (parts.published.empty()) {
    for (int i = 0; i < target->size(); ++i)
      ports.push_back(long_port(parts, "", target->first + i, item.place));
  } else {
    const auto published = read_range(parts.published);
    if (!published) return bad();
    const bool any_of_range = target->size() == 1 && published->size() > 1;
    if (!any_of_range && published->size() != target->size()) {
      return failure_at(item.place, "the two port ranges of `" + item.text + "` differ in length",
                        "give both the same number of ports");
    }
    for (int i = 0; i < target->size(); ++i) {
      std::string place = std::to_string(published->first + i);
      if (any_of_range) place += "-" + std::to_string(published->last);
      ports.push_back(long_port(parts, place, target->first + i, item.place));
    }
  }
  std::move(ports.begin(), ports.end(), std::back_inserter(out));
  return {};
}

/// Four numbers up to 255, without leading zeros.
bool is_ipv4(const std::string& text) {
  const std::vector<std::string> parts = split_all(text, '.');
  return parts.size() == 4 && std::all_of(parts.begin(), parts.end(), [](const std::string& part) {
           const auto number = read_port(part);
           return number && *number <= 255 && part.size() == std::to_string(*number).size();
         });
}

}  // namespace

bool is_ip_address(const std::string& text) {
  if (text.find(':') == std::string::npos) return is_ipv4(text);
  // Groups of four hexadecimal digits, eight of them, or fewer with one `::`; the last two may be an IPv4
  // address.
  const std::size_t gap = text.find("::");
  if (gap != std::string::npos && text.find("::", gap + 1) != std::string::npos) return false;
  const auto groups = [](const std::string& part, bool last) -> std::optional<int> {
    if (part.empty()) return 0;
    int count = 0;
    const std::vector<std::string> all = split_all(part, ':');
    for (std::size_t i = 0; i < all.size(); ++i) {
      const bool hexadecimal = !all[i].empty() && all[i].size() <= 4 &&
                               all[i].find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
      const bool ipv4 = last && i + 1 == all.size() && is_ipv4(all[i]);
      if (!hexadecimal && !ipv4) return std::nullopt;
      count += hexadecimal ? 1 : 2;
    }
    return count;
  };
  if (gap == std::string::npos) return groups(text, true) == 8;
  const auto before = groups(text.substr(0, gap), false), after = groups(text.substr(gap + 2), true);
  return before && after && *before + *after < 8;
}

Result<void> expand_ports(Node& ports) {
  std::vector<Node> out;
  for (Node& item : ports.items) {
    if (!item.is_scalar()) {
      out.push_back(std::move(item));
    } else if (auto done = expand_short(item, out); !done) {
      return done;
    }
  }
  ports.items = std::move(out);
  return {};
}

}  // namespace pawl::providers::compose
