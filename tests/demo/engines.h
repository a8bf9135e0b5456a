// Cases that run on SQLite and on PostgreSQL.
#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "tests/demo/harness.h"
#include "tests/demo/private_postgres.h"

namespace piprio::test {

class OnBothEngines : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    std::string url;
    if (GetParam() == "postgres" && (url = new_postgres_database()).empty())
      GTEST_SKIP() << "no PostgreSQL server is installed: apt-get install postgresql";
    deployment_ = std::make_unique<Deployment>(url);
  }
  Deployment& at() { return *deployment_; }

 private:
  std::unique_ptr<Deployment> deployment_;
};

inline std::string engine_name(const testing::TestParamInfo<std::string>& info) {
  return info.param;
}

}  // namespace piprio::test
