// Endpoints: one GET, one TCP connection.
#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

#include "executor/instructions/http.h"
#include "executor/instructions/interpreters.h"
#include "executor/instructions/matching.h"
#include "executor/instructions/remote.h"
#include "executor/system/file_descriptor.h"

namespace pawl::executor {
namespace {

using namespace std::chrono_literals;
using Pairs = std::vector<std::pair<std::string, std::string>>;

Result<Pairs> plain(const Context& context, const std::vector<std::pair<std::string, lang::Text>>& texts) {
  Pairs out;
  for (const auto& [name, text] : texts) {
    auto value = context.text(text);
    if (!value) return tl::unexpected(value.error());
    out.emplace_back(name, std::move(*value));
  }
  return out;
}

std::string config_quoted(const std::string& value) {
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

/// Through the host's own curl. Its options travel on stdin: a header may be a secret.
HttpReply http_on_host(const Context& context, const HttpRequest& request) {
  planner::Process curl;
  for (const char* word : {"curl", "-K", "-"}) curl.argv.emplace_back(word);
  auto process = request_for(context, curl);
  if (!process) return {0, "", process.error().what};
  std::string options = "silent\nshow-error\nnoproxy = \"*\"\nwrite-out = \"\\n%{http_code}\"\n";
  options += fmt::format("max-time = {:.3f}\n", static_cast<double>(request.timeout.count()) / 1000.0);
  options += "url = " + config_quoted(request.url) + "\n";
  for (const std::string& header : request.headers) options += "header = " + config_quoted(header) + "\n";
  process->stdin_text = options;
  process->timeout = request.timeout + 10s;  // the connection to the host itself
  process->keep = 16u << 20;
  ProcessEnd end = run_process(*process, context.stop);
  const auto line = end.out.rfind('\n');
  if (end.how != ProcessEnd::How::Exited || end.code != 0 || line == std::string::npos) {
    return {0, "", end.err.empty() ? describe(end, process->timeout) : end.err.substr(0, end.err.find('\n'))};
  }
  return {std::atoi(end.out.c_str() + line + 1), end.out.substr(0, line), ""};
}

planner::Answer judged(const planner::HttpProbe& query, const Pairs& json, HttpReply reply) {
  planner::Answer answer;
  answer.output = std::move(reply.body);
  const std::string url = query.url.shown();
  if (reply.status == 0) {
    answer.error = fmt::format("no answer from {}: {}", url, reply.error);
  } else if (reply.status != query.status) {
    answer.error = fmt::format("{} from {}", reply.status, url);
  } else if (auto why = json_mismatch(answer.output, json)) {
    answer.error = fmt::format("{} from {}, but {}", reply.status, url, *why);
  }
  answer.ok = answer.error.empty();
  return answer;
}

/// "host:port", "[::1]:port".
std::optional<std::pair<std::string, std::string>> host_and_port(const std::string& address) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos || colon + 1 == address.size()) return std::nullopt;
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return std::pair(host, address.substr(colon + 1));
}

/// Waits for a connection in small slices, so that a stop is seen.
int connect_error(const Context& context, const addrinfo& to, std::chrono::steady_clock::time_point until) {
  const FileDescriptor socket(::socket(to.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return errno;
  if (::connect(socket.get(), to.ai_addr, to.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  for (;;) {
    pollfd waiting{socket.get(), POLLOUT, 0};
    if (::poll(&waiting, 1, 20) > 0) break;
    if (context.stopped()) return ECANCELED;
    if (std::chrono::steady_clock::now() >= until) return ETIMEDOUT;
  }
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

}  // namespace

planner::Answer ask(const Context& context, const planner::HttpProbe& query) {
  const auto url = context.text(query.url);
  const auto json = plain(context, query.json);
  const auto headers = plain(context, query.header);
  if (!url) return unanswered(url.error().what);
  if (!json) return unanswered(json.error().what);
  if (!headers) return unanswered(headers.error().what);
  HttpRequest request;
  request.url = *url;
  for (const auto& [name, value] : *headers) request.headers.push_back(name + ": " + value);
  // A cache in between would answer for a service that is gone.
  const auto about_caches = [](const auto& header) {
    return ::strcasecmp(header.first.c_str(), "cache-control") == 0;
  };
  if (std::none_of(headers->begin(), headers->end(), about_caches))
    request.headers.emplace_back("Cache-Control: no-cache");
  request.timeout = context.left(query.timeout);
  HttpReply reply = context.host.empty() ? http(request, context.stop) : http_on_host(context, request);
  return judged(query, *json, std::move(reply));
}

planner::Answer ask(const Context& context, const planner::TcpProbe& query) {
  const auto address = context.text(query.address);
  if (!address) return unanswered(address.error().what);
  const auto target = host_and_port(*address);
  if (!target) return unanswered("`" + query.address.shown() + "` is not host:port");
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(target->first.c_str(), target->second.c_str(), &hints, &found);
      error != 0) {
    return unanswered(fmt::format("{} is not known: {}", query.address.shown(), ::gai_strerror(error)));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, ::freeaddrinfo);
  const auto until = std::chrono::steady_clock::now() + context.left(query.timeout);
  int error = 0;
  for (const addrinfo* one = found; one; one = one->ai_next) {
    error = connect_error(context, *one, until);
    if (error == 0) return answered("");
  }
  return unanswered(
      fmt::format("no connection to {}: {}", query.address.shown(), std::generic_category().message(error)));
}

}  // namespace pawl::executor
