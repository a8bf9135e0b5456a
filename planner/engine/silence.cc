#include "planner/engine/silence.h"

#include <algorithm>

#include "planner/engine/shared.h"

namespace pawl::planner {
namespace {

constexpr Duration kWithin{10'000};  // children of a process that has ended may take a moment longer
constexpr Duration kEvery{200};
constexpr Duration kMargin{30'000};

/// "127.0.0.1:8000" of an http or tcp probe, the scheme's port where none is written; empty for other probes.
std::string address_of(const std::optional<lang::Probe>& probe) {
  if (!probe) return "";
  std::string text;
  if (const auto* http = std::get_if<lang::HttpCheck>(&probe->how)) text = http->url.shown();
  if (const auto* tcp = std::get_if<lang::TcpCheck>(&probe->how)) text = tcp->address.shown();
  const bool secure = text.starts_with("https:");
  if (const auto scheme = text.find("://"); scheme != std::string::npos) text.erase(0, scheme + 3);
  text.erase(std::min(text.find_first_of("/?#"), text.size()));
  const bool has_port = text.find(':', text.starts_with('[') ? text.find(']') : 0) != std::string::npos;
  if (!text.empty() && !has_port) text += secure ? ":443" : ":80";
  if (text.starts_with("localhost:")) text.replace(0, 9, "127.0.0.1");
  return text;
}

/// True when the address is known in full and is on this machine.
bool on_this_machine(const std::string& address) {
  const bool known = address.find_first_of("${}()") == std::string::npos;
  return known && (address.starts_with("127.") || address.starts_with("[::1]"));
}

bool shared(const std::string& address, lang::ServiceId of, const lang::Stack& stack) {
  for (std::uint32_t i = 0; i < stack.services.size(); ++i) {
    const lang::Service& other = stack.services[i];
    if (i != of.value && (address_of(other.health) == address || address_of(other.ready) == address))
      return true;
  }
  return false;
}

}  // namespace

std::optional<Operation> await_silence(lang::ServiceId service, const lang::Stack& stack, Condition started) {
  const lang::Service& of = stack[service];
  const std::string address = address_of(of.health);
  if (!on_this_machine(address) || shared(address, service, stack)) return std::nullopt;
  Await await;
  await.condition.question = TcpProbe{Text(address)};
  await.condition.expect.silent = true;
  await.condition.means = "nobody listens on " + address + " while " + of.name + " is stopped";
  await.within = kWithin;
  await.every = kEvery;
  Operation silent = operation(std::move(await), kWithin + kMargin);
  silent.done_when = std::move(started);
  return silent;
}

}  // namespace pawl::planner
