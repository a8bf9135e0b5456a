// What is written is what the schema says. In a file of its own: the validator takes long to compile.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "planner/file/plan_file.h"

namespace pawl::planner {
namespace {

using Json = nlohmann::json;

class Validator {
 public:
  explicit Validator(std::string_view text) : json_(Json::parse(text)) {
    valijson::adapters::NlohmannJsonAdapter adapter(json_);
    valijson::SchemaParser().populateSchema(adapter, schema_);
  }
  /// "" when it is valid.
  std::string complaint(const Json& document) const {
    valijson::Validator validator;
    valijson::ValidationResults results;
    valijson::adapters::NlohmannJsonAdapter target(document);
    if (validator.validate(schema_, target, &results)) return "";
    std::string out = "invalid";
    int left = 6;
    for (const auto& error : results) {
      if (left-- == 0) break;
      for (const std::string& part : error.context) out += part;
      out += ": " + error.description + "\n";
    }
    return out;
  }

 private:
  Json json_;
  valijson::Schema schema_;
};

TEST(Schema, EveryWrittenPlanIsValid) {
  const Validator plans(plan_schema());
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(PAWL_TEST_DATA "/cases")) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream in(entry.path());
    EXPECT_EQ(plans.complaint(Json::parse(in)), "") << entry.path();
    ++seen;
  }
  EXPECT_GT(seen, 0);
}

TEST(Schema, RefusesWhatTheReaderRefuses) {
  const Validator plans(plan_schema());
  std::ifstream in(PAWL_TEST_DATA "/cases/piprio.json");
  const Json good = Json::parse(in);
  const auto broken = [&](auto change) {
    Json copy = good;
    change(copy);
    return plans.complaint(copy);
  };
  EXPECT_NE(broken([](Json& plan) { plan.erase("hop"); }), "");
  EXPECT_NE(broken([](Json& plan) { plan["surprise"] = 1; }), "");
  EXPECT_NE(broken([](Json& plan) { plan["version"] = 1; }), "");
  EXPECT_NE(broken([](Json& plan) { plan["steps"][0]["kind"] = "explode"; }), "");
  EXPECT_NE(broken([](Json& plan) { plan["steps"][0]["operations"][0]["do"]["op"] = "erase"; }), "");
}

TEST(Schema, SnapshotsAreValid) {
  const Validator snapshots(snapshot_schema());
  std::ifstream in(PAWL_TEST_DATA "/cases/piprio.json");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto plan = read_plan(text);
  ASSERT_TRUE(plan) << plan.error().what;
  EXPECT_EQ(snapshots.complaint(Json::parse(write_snapshot(plan->snapshot))), "");
  EXPECT_NE(snapshots.complaint(Json::parse(text)), "") << "a plan is not a snapshot";
}

}  // namespace
}  // namespace pawl::planner
