// The proxy: forwards by path, takes up new upstreams without dropping anybody, and says so when one is away.
#include <gmock/gmock.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <thread>

#include "tests/demo/harness.h"

namespace piprio::test {
namespace {

class Proxy : public testing::Test {
 protected:
  void route(const std::string& lines) { std::ofstream(at_.folder() + "/upstreams.conf") << lines; }
  void start() {
    proxy_ = at_.start_program(PIPRIO_BIN, "proxy", {{"PIPRIO_PROXY_PORT", std::to_string(port_)}});
    ASSERT_TRUE(at_.await_event("healthy", "proxy")) << at_.log("proxy");
  }
  std::unique_ptr<Process> start_web(const std::string& version, int port) {
    auto web = at_.start(version, "web-" + version, {{"PIPRIO_WEB_PORT", std::to_string(port)}});
    EXPECT_TRUE(at_.await_event("healthy", "web-" + version));
    return web;
  }
  Response ask(const std::string& path) const {
    return send_request({"127.0.0.1", port_}, "GET", path, "", std::chrono::seconds(5));
  }
  static std::string to(const std::string& prefix, int port) {
    return prefix + " 127.0.0.1:" + std::to_string(port) + "\n";
  }

  Deployment at_;
  int port_ = free_port();
  std::unique_ptr<Process> proxy_;
};

TEST_F(Proxy, ForwardsByLongestPrefix) {
  const int web_port = free_port();
  route("# comment\n" + to("/", web_port) + "/jobs 127.0.0.1:${PIPRIO_API_PORT}\n" +
        to("/health", at_.api_port()));
  start();
  const auto api = at_.start_api("1.4.0");
  const auto web = start_web("1.4.0", web_port);
  EXPECT_EQ(R"({"queued":0,"taken":0,"done":0})", ask("/jobs").body);
  EXPECT_THAT(ask("/").body, testing::HasSubstr("Version 1.4.0"));
  EXPECT_EQ("text/html; charset=utf-8", ask("/").type);
  EXPECT_EQ(202,
            send_request({"127.0.0.1", port_}, "POST", "/jobs?id=a", "x", std::chrono::seconds(5)).status);
  EXPECT_EQ(200, ask("/proxy-health").status);
}

TEST_F(Proxy, Answers502WhileAnUpstreamIsAway) {
  route(to("/", at_.api_port()));
  start();
  EXPECT_EQ(502, ask("/health").status);
  EXPECT_EQ("/health", at_.events("request_refused", "proxy").at(0).detail("path"));
  const auto api = at_.start_api("1.4.0");
  EXPECT_EQ(200, ask("/health").status);
}

TEST_F(Proxy, ReloadTakesUpNewUpstreamsAndDropsNoRequest) {
  const int old_port = free_port(), new_port = free_port();
  const auto old_web = start_web("1.4.0", old_port), new_web = start_web("1.5.0", new_port);
  route(to("/", old_port));
  start();
  std::atomic<bool> stop = false;
  std::atomic<int> failed = 0;
  std::thread users([&] {
    while (!stop) failed += ask("/").status != 200;
  });
  route(to("/", new_port));
  proxy_->signal(SIGHUP);
  const bool moved = eventually([&] { return ask("/").body.find("Version 1.5.0") != std::string::npos; });
  stop = true;
  users.join();
  EXPECT_TRUE(moved);
  EXPECT_EQ(0, failed);
  EXPECT_EQ(1u, at_.events("reloaded", "proxy").size());
}

TEST_F(Proxy, BadFileLeavesTheOldUpstreamsInForce) {
  const int web_port = free_port();
  const auto web = start_web("1.4.0", web_port);
  route(to("/", web_port));
  start();
  route("/ nowhere\n");
  proxy_->signal(SIGHUP);
  ASSERT_TRUE(at_.await_event("reload_failed", "proxy"));
  EXPECT_EQ(200, ask("/").status);
  EXPECT_THAT(ask("/proxy-health").body, testing::HasSubstr(R"("generation":1)"));
}

TEST_F(Proxy, RefusesToStartWithoutUpstreams) {
  route("/ 127.0.0.1:${PIPRIO_NOT_SET}\n");
  EXPECT_EQ(1, at_.start_program(PIPRIO_BIN, "proxy", {})->wait());
  EXPECT_THAT(at_.log("proxy"), testing::HasSubstr("PIPRIO_NOT_SET is not set"));
}

}  // namespace
}  // namespace piprio::test
