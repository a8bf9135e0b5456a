// Ports: `[[host ip:]published:]target[/protocol]`, with ranges, and the long form.
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
  if (error != std::errc() || end != text.data() + text.size() || port < 0 || port > 65535)
    return std::nullopt;
  return port;
}

std::optional<Range> read_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto first = read_port(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : read_port(text.substr(dash + 1));
  if (!first || !last || *last < *first) return std::nullopt;
  return Range{*first, *last};
}

struct Parts {
  std::string host_ip, published, target, protocol = "tcp";
};

Parts split(std::string text) {
  Parts parts;
  if (const std::size_t slash = text.rfind('/'); slash != std::string::npos) {
    parts.protocol = text.substr(slash + 1);
    text.resize(slash);
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) {
    parts.target = text;
    return parts;
  }
  parts.target = text.substr(colon + 1);
  text.resize(colon);
  const std::size_t before = text.rfind(':');
  parts.published = before == std::string::npos ? text : text.substr(before + 1);
  if (before != std::string::npos) parts.host_ip = text.substr(0, before);
  if (parts.host_ip.starts_with('[') && parts.host_ip.ends_with(']'))
    parts.host_ip = parts.host_ip.substr(1, parts.host_ip.size() - 2);
  return parts;
}

Node long_port(const Parts& parts, const std::string& published, int target, const Place& place) {
  Node port = Node::map(place);
  port.at("target") = Node::scalar(std::to_string(target), place);
  if (!published.empty()) port.at("published") = Node::scalar(published, place);
  if (!parts.host_ip.empty()) port.at("host_ip") = Node::scalar(parts.host_ip, place);
  port.at("protocol") = Node::scalar(parts.protocol, place);
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
  if (parts.published.empty()) {
    for (int i = 0; i < target->size(); ++i)
      out.push_back(long_port(parts, "", target->first + i, item.place));
    return {};
  }
  const auto published = read_range(parts.published);
  if (!published) return bad();
  if (target->size() == 1) {
    out.push_back(long_port(parts, parts.published, target->first, item.place));
    return {};
  }
  if (published->size() != target->size()) {
    return failure_at(item.place, "the two port ranges of `" + item.text + "` differ in length",
                      "give both the same number of ports");
  }
  for (int i = 0; i < target->size(); ++i) {
    out.push_back(long_port(parts, std::to_string(published->first + i), target->first + i, item.place));
  }
  return {};
}

void tidy_long(Node& port) {
  if (port.text_of("protocol").empty()) port.at("protocol") = Node::scalar("tcp", port.place);
  if (port.text_of("mode") == "ingress") port.remove("mode");
  if (port.find("published") && port.text_of("published").empty()) port.remove("published");
}

}  // namespace

Result<void> expand_ports(Node& ports) {
  if (!ports.is_list())
    return failure_at(ports.place, "`ports` is not a list", "write one port per line, each after `- `");
  std::vector<Node> out;
  for (Node& item : ports.items) {
    if (item.is_map()) {
      tidy_long(item);
      out.push_back(std::move(item));
    } else if (!item.is_scalar()) {
      return failure_at(item.place, "a port is neither text nor a map", "write it as \"8080:80\"");
    } else if (auto done = expand_short(item, out); !done) {
      return done;
    }
  }
  ports.items = std::move(out);
  return {};
}

}  // namespace pawl::providers::compose
