#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <stdexcept>

#include "examples/demo/http.h"
#include "examples/demo/http_wire.h"

namespace piprio {
namespace {

constexpr std::size_t kMaxConnections = 128;
constexpr int kReadTimeoutMs = 5000;

int listen_on(const std::string& bind_to, int port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener < 0) throw std::runtime_error("cannot make a socket");
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  const bool parsed = inet_pton(AF_INET, bind_to.c_str(), &address.sin_addr) == 1;
  if (!parsed || bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener, 256) != 0) {
    const std::string why = parsed ? std::strerror(errno) : "not an IPv4 address";
    close(listener);
    throw std::runtime_error("cannot listen on " + bind_to + ":" + std::to_string(port) + ": " + why);
  }
  return listener;
}

/// "POST /jobs?id=7 HTTP/1.1"; empty method when it is not a request line.
Request parse_request(Message message) {
  Request request;
  const std::string& line = message.first_line;
  const std::size_t first = line.find(' ');
  const std::size_t second = line.find(' ', first == std::string::npos ? first : first + 1);
  if (second == std::string::npos || line.compare(second + 1, 5, "HTTP/") != 0) return request;
  const std::string target = line.substr(first + 1, second - first - 1);
  const std::size_t question = target.find('?');
  request.method = line.substr(0, first);
  request.path = target.substr(0, question);
  if (question != std::string::npos) request.query = target.substr(question + 1);
  request.body = std::move(message.body);
  return request;
}

std::string reason(int status) {
  static const std::map<int, std::string> kReasons{{200, "OK"},
                                                   {202, "Accepted"},
                                                   {400, "Bad Request"},
                                                   {404, "Not Found"},
                                                   {500, "Internal Server Error"},
                                                   {502, "Bad Gateway"},
                                                   {503, "Service Unavailable"}};
  const auto found = kReasons.find(status);
  return found == kReasons.end() ? "Unknown" : found->second;
}

std::string wire_form(const Response& response) {
  return "HTTP/1.1 " + std::to_string(response.status) + " " + reason(response.status) +
         "\r\nContent-Type: " + response.type +
         "\r\nContent-Length: " + std::to_string(response.body.size()) + "\r\nConnection: close\r\n\r\n" +
         response.body;
}

}  // namespace

std::string Request::parameter(std::string_view name) const {
  std::string_view rest = query;
  while (!rest.empty()) {
    const std::size_t end = rest.find('&');
    const std::string_view pair = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
      return std::string(pair.substr(name.size() + 1));
  }
  return "";
}

HttpServer::HttpServer(const std::string& bind, int port, Handler handler)
    : handler_(std::move(handler)), listener_(listen_on(bind, port)), stop_(eventfd(0, EFD_CLOEXEC)) {
  acceptor_ = std::thread([this] { accept_until_stopped(); });
}

HttpServer::~HttpServer() {
  const std::uint64_t one = 1;
  if (write(stop_, &one, sizeof one) != sizeof one) std::terminate();
  acceptor_.join();
  std::unique_lock lock(mutex_);
  stopping_ = true;
  all_done_.wait(lock, [this] { return open_.empty(); });
  close(listener_);
  close(stop_);
}

void HttpServer::accept_until_stopped() {
  pollfd wait_for[2] = {{listener_, POLLIN, 0}, {stop_, POLLIN, 0}};
  while ((wait_for[1].revents & POLLIN) == 0) {
    if (poll(wait_for, 2, -1) > 0) accept_pending();
  }
  accept_pending();  // what the kernel had accepted for us is still answered
  shutdown(listener_, SHUT_RDWR);
}

void HttpServer::accept_pending() {
  for (;;) {
    const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection >= 0) {
      start_connection(connection);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      return;
    } else if (errno != EINTR && errno != ECONNABORTED) {
      return;
    }
  }
}

void HttpServer::start_connection(int connection) {
  set_timeouts(connection, kReadTimeoutMs);
  std::unique_lock lock(mutex_);
  if (open_.size() >= kMaxConnections) {
    lock.unlock();
    write_all(connection, wire_form({503, "application/json", R"({"error":"too many connections"})"}));
    close(connection);
    return;
  }
  open_.insert(connection);
  lock.unlock();
  try {
    std::thread([this, connection] {
      serve(connection);
      finished(connection);
    }).detach();
  } catch (const std::system_error&) {  // no thread to be had
    finished(connection);
  }
}

void HttpServer::serve(int connection) {
  auto message = read_message(connection, false);
  if (!message) return;
  const Request request = parse_request(std::move(*message));
  Response response{400, "application/json", R"({"error":"not an HTTP request"})"};
  try {
    if (!request.method.empty()) response = handler_(request);
  } catch (const std::exception&) {
    response = {500, "application/json", R"({"error":"internal error"})"};
  }
  write_all(connection, wire_form(response));
  shutdown(connection, SHUT_WR);
}

void HttpServer::finished(int connection) {
  std::lock_guard lock(mutex_);
  close(connection);
  open_.erase(connection);
  if (open_.empty()) all_done_.notify_all();
}

}  // namespace piprio
