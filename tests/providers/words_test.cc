// The schema marks engines and database systems that are not built; here is what is built.
#include <gtest/gtest.h>

#include <algorithm>

#include "lang/schema.h"
#include "providers/providers.h"

namespace pawl::providers {
namespace {

TEST(Words, AnEngineIsMarkedAsLongAsItHasNoProvider) {
  const planner::Providers built = all_providers();
  for (const std::string_view kind : lang::deployment_kinds())
    EXPECT_EQ(lang::find_block(kind)->built, built.engine(kind) != nullptr) << kind;
}

TEST(Words, ADatabaseSystemIsMarkedAsLongAsItHasNoProvider) {
  const planner::Providers built = all_providers();
  const auto& rows = lang::find_block("database")->rows;
  const auto row =
      std::find_if(rows.begin(), rows.end(), [](const auto& one) { return one.name == "engine"; });
  ASSERT_NE(row, rows.end());
  for (std::size_t i = 0; i < row->words.size(); ++i) {
    const bool marked =
        std::find(row->unbuilt.begin(), row->unbuilt.end(), row->words[i]) != row->unbuilt.end();
    EXPECT_NE(marked, built.database(static_cast<lang::Database::Engine>(i)) != nullptr) << row->words[i];
  }
}

}  // namespace
}  // namespace pawl::providers
