#include "executor/record/record.h"

#include <random>

#include "fixtures.h"

namespace pawl::executor {
namespace {

std::vector<Record> one_of_each() {
  RunEnded ended;
  ended.outcome = RunEnded::Outcome::Interrupted;
  ended.reason = "stopped";
  ended.unavailable_ms = 4100;
  ended.longest_unavailable_ms = 4000;
  const std::vector<Fact> facts{RunBegan{"abc", "piprio", "1.4.0", "1.5.0", "ann@host", 42, true},
                                StepStarted{7},
                                OperationStarted{7, 2},
                                OperationFinished{7, 2, true, true, 3, "out \"quoted\"\nnext", "why", "cap"},
                                StepFinished{7},
                                StepFailed{8, "reason", "evidence → here"},
                                Sample{true, "503"},
                                Notified{"ops", "failed", false, "no answer"},
                                ended};
  std::vector<Record> records;
  for (const Fact& fact : facts)
    records.push_back({5, static_cast<std::int64_t>(records.size()) + 1, 1'763'735'000'123, fact});
  return records;
}

TEST(Record, EveryKindComesBackAsItWas) {
  for (const Record& record : one_of_each()) {
    const std::string json = write_record(record);
    EXPECT_EQ(json.find('\n'), std::string::npos) << json;
    const auto back = read_record(json);
    ASSERT_TRUE(back) << back.error().what << json;
    EXPECT_EQ(write_record(*back), json);
    EXPECT_EQ(back->fact.index(), record.fact.index());
  }
  EXPECT_EQ(one_of_each().size(), std::variant_size_v<Fact>);
}

TEST(Record, ReadsAsAnEvent) {
  EXPECT_EQ(write_record({5, 2, 1000, OperationStarted{7, 2}}),
            R"({"run":5,"sequence":2,"at":1000,"kind":"operation-started","step":7,"operation":2})");
}

TEST(Record, ExtremesSurvive) {
  const Record record{INT64_MAX, INT64_MAX, INT64_MIN, StepStarted{UINT32_MAX}};
  const auto back = read_record(write_record(record));
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(back->run, INT64_MAX);
  EXPECT_EQ(back->at, INT64_MIN);
  EXPECT_EQ(std::get<StepStarted>(back->fact).step, UINT32_MAX);
}

TEST(Record, RefusesWhatIsNotARecord) {
  const auto error = [](const char* json) {
    return read_record(json) ? std::string("read") : read_record(json).error().what;
  };
  const std::string prefix = "a record of the journal cannot be read: ";
  EXPECT_EQ(error(""), prefix + "it is not a JSON object");
  EXPECT_EQ(error("[1]"), prefix + "it is not a JSON object");
  EXPECT_EQ(error("{}"), prefix + "`run` is missing");
  EXPECT_EQ(error(R"({"run":1,"sequence":1,"at":1,"kind":"dance"})"),
            prefix + "`kind` is not one this version of pawl knows");
  EXPECT_EQ(error(R"({"run":1,"sequence":1,"at":1,"kind":"step-started"})"), prefix + "`step` is missing");
  for (const char* step : {"-1", "4294967296", "1.5", "\"1\"", "18446744073709551615", "null"}) {
    EXPECT_EQ(
        error((std::string(R"({"run":1,"sequence":1,"at":1,"kind":"step-started","step":)") + step + "}")
                  .c_str()),
        prefix + "`step` has the wrong type or value");
  }
}

/// Every prefix, and thousands of mutations, are either read or refused; nothing else happens.
TEST(Record, FuzzedBytesAreReadOrRefused) {
  std::mt19937 random(20261121);
  int refused = 0;
  for (const Record& record : one_of_each()) {
    const std::string json = write_record(record);
    for (std::size_t length = 0; length < json.size(); ++length)
      EXPECT_FALSE(read_record(json.substr(0, length)));
    for (int round = 0; round < 2000; ++round) {
      std::string bytes = json;
      for (unsigned change = random() % 4 + 1; change > 0; --change) {
        const std::size_t at = random() % bytes.size();
        switch (random() % 3) {
          case 0:
            bytes[at] = static_cast<char>(random());
            break;
          case 1:
            bytes.erase(at, random() % 8);
            break;
          default:
            bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 8));
            break;
        }
        if (bytes.empty()) bytes = "{";
      }
      const auto read = read_record(bytes);
      if (!read) {
        ++refused;
        continue;
      }
      EXPECT_TRUE(read_record(write_record(*read))) << bytes;
    }
  }
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace pawl::executor
