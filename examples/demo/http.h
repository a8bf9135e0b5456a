// As much HTTP/1.1 as the demo needs: one request a connection, bodies with a Content-Length.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>

namespace piprio {

struct Request {
  std::string method;
  std::string path;   // without the query
  std::string query;  // without the '?'
  std::string body;

  /// The value of a query parameter; empty when there is none. Values are not percent-decoded.
  std::string parameter(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string type = "application/json";
  std::string body;
};

/// Called from several threads at once.
using Handler = std::function<Response(const Request&)>;

/// Serves from the moment it is made until it is destroyed, which finishes every request that had reached it
/// first.
class HttpServer {
 public:
  /// Throws std::runtime_error when the address cannot be listened on.
  HttpServer(const std::string& bind, int port, Handler handler);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

 private:
  void accept_until_stopped();
  void accept_pending();
  void start_connection(int connection);
  void serve(int connection);
  void finished(int connection);

  Handler handler_;
  int listener_ = -1;
  int stop_ = -1;  // eventfd
  std::mutex mutex_;
  std::condition_variable all_done_;
  std::set<int> open_;
  bool stopping_ = false;
  std::thread acceptor_;
};

struct Address {
  std::string host;
  int port = 0;
  std::string str() const { return host + ":" + std::to_string(port); }
};
/// "host:port", with or without "http://" before and a "/" behind. Throws std::runtime_error.
Address parse_address(std::string_view text);

/// One request. A response with status 0 means that there was no answer; its body says why.
Response send_request(const Address& to, const std::string& method, const std::string& target,
                      const std::string& body, std::chrono::milliseconds timeout);

}  // namespace piprio
