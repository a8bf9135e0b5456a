#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <stdexcept>

#include "examples/demo/http.h"
#include "examples/demo/http_wire.h"

namespace piprio {
namespace {

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Response no_answer(const std::string& why) {
  return {0, "", why};
}

Addresses resolve(const Address& to, std::string& why) {
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(to.host.c_str(), std::to_string(to.port).c_str(), &hints, &found);
  if (error != 0) why = gai_strerror(error);
  return {error == 0 ? found : nullptr, freeaddrinfo};
}

/// A container that is replaced takes its address along: nothing refuses, nothing answers. A proxy must not
/// hold its user for the whole timeout then.
constexpr int kConnectMs = 500;

/// A connected socket, or -1 with the reason in `why`.
int connect_within(const addrinfo& to, int timeout_ms, std::string& why) {
  const int connection = socket(to.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int error = 0;
  if (connect(connection, to.ai_addr, to.ai_addrlen) != 0) error = errno;
  if (error == EINPROGRESS) {
    pollfd writable{connection, POLLOUT, 0};
    socklen_t size = sizeof error;
    if (poll(&writable, 1, timeout_ms) <= 0)
      error = ETIMEDOUT;
    else
      getsockopt(connection, SOL_SOCKET, SO_ERROR, &error, &size);
  }
  if (error == 0) {
    fcntl(connection, F_SETFL, 0);
    return connection;
  }
  why = std::strerror(error);
  close(connection);
  return -1;
}

Response parse_response(const Message& message) {
  Response response;
  const std::string& line = message.first_line;
  if (line.size() < 12 || line.compare(0, 7, "HTTP/1.") != 0) return no_answer("the answer is not HTTP");
  std::from_chars(line.data() + 9, line.data() + 12, response.status);
  if (const std::string type = header(message.headers, "content-type"); !type.empty()) response.type = type;
  response.body = message.body;
  return response;
}

}  // namespace

Address parse_address(std::string_view text) {
  const std::string shown(text);
  if (text.starts_with("http://")) text.remove_prefix(7);
  if (text.ends_with('/')) text.remove_suffix(1);
  const std::size_t colon = text.rfind(':');
  Address address;
  if (colon != std::string_view::npos) {
    address.host = text.substr(0, colon);
    const std::string_view port = text.substr(colon + 1);
    const auto [rest, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
    if (error != std::errc() || rest != port.data() + port.size()) address.port = 0;
  }
  if (address.host.empty() || address.port < 1 || address.port > 65535)
    throw std::runtime_error("\"" + shown + "\" is not HOST:PORT");
  return address;
}

Response send_request(const Address& to, const std::string& method, const std::string& target,
                      const std::string& body, std::chrono::milliseconds timeout) {
  std::string why;
  const Addresses addresses = resolve(to, why);
  if (!addresses) return no_answer(why);
  const int timeout_ms = static_cast<int>(timeout.count());
  const int connection = connect_within(*addresses, std::min(timeout_ms, kConnectMs), why);
  if (connection < 0) return no_answer(why);
  set_timeouts(connection, timeout_ms);
  const std::string head = method + " " + target + " HTTP/1.1\r\nHost: " + to.str() +
                           "\r\nContent-Length: " + std::to_string(body.size()) +
                           "\r\nConnection: close\r\n\r\n";
  const bool sent = write_all(connection, head + body);
  const auto message = sent ? read_message(connection, true) : std::nullopt;
  close(connection);
  return message ? parse_response(*message) : no_answer("the connection was closed before an answer came");
}

}  // namespace piprio
