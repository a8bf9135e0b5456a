// One HTTP request. libcurl is opened on first use: loading it costs more than most of pawl's commands take.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace pawl::executor {

struct HttpRequest {
  std::string url;
  std::optional<std::string> post;   // a body: POST instead of GET
  std::vector<std::string> headers;  // "Name: value"
  std::chrono::milliseconds timeout{5'000};
  bool use_proxy = false;  // http_proxy and friends; a probe means the endpoint itself
};

struct HttpReply {
  int status = 0;    // 0: no answer, `error` says why
  std::string body;  // at most 16 MiB
  std::string error;
};

/// A fresh connection each time; redirects are not followed, TLS is verified. Any thread.
HttpReply http(const HttpRequest& request, const std::stop_token& stop);

}  // namespace pawl::executor
