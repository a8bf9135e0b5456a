// What a restore stands on: bundles that are looked at closely, counts that are compared, paths that change
// places.
#include <sys/stat.h>

#include <functional>

#include "fixtures.h"

namespace pawl::executor {
namespace {

using namespace testing;
using planner::CompareCensus;
using planner::ExchangePaths;
using planner::InspectBundle;

// ---------------------------------------------------------------- bundles

class Inspecting : public RealWorldTest {
 protected:
  /// A sealed bundle "b" of two files.
  void SetUp() override {
    write(folder.path("b.partial/main.dump"), "PGDMP dump of main");
    write(folder.path("b.partial/main.ledger"), "");
    const planner::SealBundle seal{
        "b.partial", "b", R"({"stack":"piprio","version":"1.4.0"})", {"main.ledger"}};
    const Outcome sealed = perform(seal);
    ASSERT_TRUE(sealed.ok) << sealed.error;
  }
  planner::Answer inspect(bool deep = true, const std::string& bundle = "b") {
    return ask(InspectBundle{bundle, "piprio", {"main.dump"}, deep});
  }
  /// What is said of the bundle; empty when it is whole.
  std::string wrong(bool deep = true, const std::string& bundle = "b") { return inspect(deep, bundle).error; }
  void edit_description(const std::string& from, const std::string& to) {
    std::string text = read(folder.path("b/bundle.json"));
    ASSERT_NE(text.find(from), std::string::npos) << text;
    write(folder.path("b/bundle.json"), text.replace(text.find(from), from.size(), to));
  }
};

TEST_F(Inspecting, AWholeBundleSaysWhatItIs) {
  const planner::Answer answer = inspect();
  EXPECT_TRUE(answer.ok) << answer.error;
  EXPECT_NE(answer.output.find(R"("version":"1.4.0")"), std::string::npos) << answer.output;
  EXPECT_NE(answer.output.find(R"("drilled_at":"")"), std::string::npos) << answer.output;
  write(folder.path("b/drilled"), "2026-11-22T10:00:00Z\n");
  EXPECT_NE(inspect().output.find(R"("drilled_at":"2026-11-22T10:00:00Z")"), std::string::npos)
      << "and the file of the drill changes nothing about it";
}

TEST_F(Inspecting, TruncatedGrownAndMissingFilesAreFoundWithoutReadingThem) {
  write(folder.path("b/main.dump"), "PGDMP");
  EXPECT_EQ(wrong(false), "b: main.dump is truncated: 5 of 18 bytes");
  write(folder.path("b/main.dump"), "PGDMP dump of main and more");
  EXPECT_EQ(wrong(false), "b: main.dump has grown since: 27 bytes, not 18");
  fs::remove(folder.path("b/main.dump"));
  EXPECT_EQ(wrong(false), "b: main.dump is missing");
}

TEST_F(Inspecting, ACorruptedFileIsFoundByReadingIt) {
  write(folder.path("b/main.dump"), "PGDMP dump of mian");
  EXPECT_EQ(wrong(false), "");
  EXPECT_EQ(wrong(true), "b: main.dump is corrupted: its SHA-256 is not the one in bundle.json");
}

TEST_F(Inspecting, HalfWrittenBundlesAreNamedSo) {
  EXPECT_EQ(wrong(true, "nope"), "nope: there is no such bundle");
  write(folder.path("half.partial/main.dump"), "PG");
  EXPECT_EQ(wrong(true, "half"), "half: it is half written: the backup that made it did not finish");
  EXPECT_EQ(wrong(true, "half.partial"),
            "half.partial: it is half written: the backup that made it did not finish");
  fs::remove(folder.path("b/bundle.json"));
  EXPECT_EQ(wrong(), "b: it has no bundle.json: half a bundle, or none at all");
  write(folder.path("b/bundle.json"), "{\"form");
  EXPECT_EQ(wrong(), "b: its bundle.json is damaged: it is not a JSON object");
}

TEST_F(Inspecting, AForeignBundleIsRefused) {
  edit_description("piprio", "evose");
  EXPECT_EQ(wrong(), "b: it is a bundle of stack evose, not of piprio");
}

TEST_F(Inspecting, OtherFormatsAreRefused) {
  edit_description("\"format\": 2", "\"format\": 1");
  EXPECT_NE(wrong().find("format 1, made by an older pawl"), std::string::npos) << wrong();
  edit_description("\"format\": 1", "\"format\": 3");
  EXPECT_NE(wrong().find("format 3, made by a newer pawl"), std::string::npos) << wrong();
}

TEST_F(Inspecting, APartThatTheManifestBacksUpMustBeThere) {
  const auto answer = ask(InspectBundle{"b", "piprio", {"objects.tar.zst"}, false});
  EXPECT_EQ(answer.error, "b: it does not hold objects.tar.zst, which the manifest backs up");
}

TEST_F(Inspecting, NamesThatLeaveTheBundleAreDamage) {
  edit_description("main.dump", "../main.dump");
  EXPECT_NE(ask(InspectBundle{"b", "piprio", {}, true}).error.find("damaged"), std::string::npos);
}

// ---------------------------------------------------------------- counts

class Counting : public RealWorldTest {
 protected:
  Outcome compare(const std::string& before, const std::string& after, const std::string& now) {
    write(folder.path("before"), before);
    write(folder.path("after"), after);
    write(folder.path("now"), now);
    planner::QueryCommand cat;
    cat.process = process({"cat", "now"});
    return perform(CompareCensus{"tables of main", cat, "before", "after"});
  }
  std::string wrong(const std::string& before, const std::string& after, const std::string& now) {
    return compare(before, after, now).error;
  }
};

TEST_F(Counting, ATableThatDidNotChangeMustHaveExactlyItsRows) {
  EXPECT_EQ(wrong("jobs\t5\n", "jobs\t5\n", "jobs\t5\n"), "");
  EXPECT_EQ(wrong("jobs\t5\n", "jobs\t5\n", "jobs\t4\n"),
            "the tables of main are not those of the bundle: jobs: 4, and 5 when the bundle was made");
}

TEST_F(Counting, OneThatChangedMustHaveARowCountBetween) {
  for (const char* now : {"jobs\t5\n", "jobs\t7\n", "jobs\t9\n"})
    EXPECT_EQ(wrong("jobs\t5\n", "jobs\t9\n", now), "");
  EXPECT_NE(wrong("jobs\t9\n", "jobs\t5\n", "jobs\t10\n").find("between 5 and 9"), std::string::npos);
}

TEST_F(Counting, TablesMustBeTheSame) {
  EXPECT_NE(wrong("a\t1\nb\t0\n", "a\t1\nb\t0\n", "a\t1\n").find("b is missing"), std::string::npos);
  EXPECT_NE(wrong("a\t1\n", "a\t1\n", "a\t1\nc\t0\n").find("c was not there"), std::string::npos);
  EXPECT_EQ(wrong("a\t1\n", "a\t1\nnew\t3\n", "a\t1\n"), "") << "made while the dump was made";
  EXPECT_EQ(wrong("a\t1\n", "a\t1\nnew\t3\n", "a\t1\nnew\t2\n"), "");
}

/// A queue that is empty whenever it is counted, and was not when it was dumped.
TEST_F(Counting, WhatTheDumpHoldsCountsBeforeWhatWasThereBeforeAndAfter) {
  const auto wrong_with = [&](const std::string& dumped, const std::string& now) {
    write(folder.path("before"), "queue\t0\nusers\t9\n");
    write(folder.path("after"), "queue\t0\nusers\t9\n");
    write(folder.path("dumped"), dumped);
    write(folder.path("now"), now);
    planner::QueryCommand cat;
    cat.process = process({"cat", "now"});
    return perform(CompareCensus{"tables of main", cat, "before", "after", "dumped"}).error;
  };
  EXPECT_EQ(wrong_with("queue\t2\nusers\t9\n", "queue\t2\nusers\t9\n"), "");
  EXPECT_NE(wrong_with("queue\t2\nusers\t9\n", "queue\t0\nusers\t9\n").find("queue: 0, and 2 when"),
            std::string::npos);
  EXPECT_NE(wrong_with("queue\t2\n", "queue\t2\nusers\t8\n").find("users: 8, and 9 when"), std::string::npos)
      << "a table that was not counted in the dump";
  EXPECT_NE(wrong_with("", "queue\t2\nusers\t9\n").find("queue: 2, and 0 when"), std::string::npos);
  EXPECT_EQ(wrong_with("queue\t0\nusers\t9\nnew\t1\n", "queue\t0\nusers\t9\nnew\t1\n"), "")
      << "made and dropped again around the dump";
  fs::remove(folder.path("dumped"));
  planner::QueryCommand cat;
  cat.process = process({"cat", "before"});
  EXPECT_TRUE(perform(CompareCensus{"tables of main", cat, "before", "after", "dumped"}).ok)
      << "a bundle without such a file";
}

TEST_F(Counting, LinesWithoutANumberAreALedger) {
  EXPECT_EQ(wrong("0001\n0002\n", "0001\n0002\n", "0001\n0002\n"), "");
  EXPECT_NE(wrong("0001\n0002\n", "0001\n0002\n", "0001\n").find("0002 is missing"), std::string::npos);
  EXPECT_NE(wrong("0001\n", "0001\n", "0001\n0002\n").find("0002 was not there"), std::string::npos);
  EXPECT_EQ(wrong("", "", ""), "");
}

TEST_F(Counting, AQuestionThatFailsIsNoAgreement) {
  write(folder.path("before"), "");
  planner::QueryCommand query;
  query.process = shell("echo no such table >&2; exit 1");
  const Outcome outcome = perform(CompareCensus{"tables of main", query, "before", "before"});
  EXPECT_FALSE(outcome.ok);
  EXPECT_NE(outcome.error.find("cannot be counted"), std::string::npos) << outcome.error;
  EXPECT_NE(perform(CompareCensus{"x", query, "nope", "nope"}).error.find("nope is missing"),
            std::string::npos);
}

// ---------------------------------------------------------------- exchange

class Exchanging : public RealWorldTest {
 protected:
  void lay_out() {
    write(folder.path("data/objects/a"), "old");
    write(folder.path("data/.hold/new/a"), "new");
  }
  const ExchangePaths it{"data/objects", "data/.hold"};
};

TEST_F(Exchanging, TheNewStandsWhereTheOldStoodAndTheOldIsKept) {
  lay_out();
  for (int times = 0; times < 2; ++times) {
    const Outcome outcome = perform(it);
    ASSERT_TRUE(outcome.ok) << outcome.error;
    EXPECT_EQ(read(folder.path("data/objects/a")), "new") << "also when it is repeated";
    EXPECT_EQ(read(folder.path("data/.hold/old/a")), "old");
    EXPECT_FALSE(fs::exists(folder.path("data/.hold/new")));
  }
}

/// The states in which a kill can leave it, made by hand; each must end as if nothing had happened.
TEST_F(Exchanging, GoesOnFromWhereverItWasKilled) {
  const auto inode = [&](const std::string& name) {
    struct stat info {};
    EXPECT_EQ(::stat(folder.path(name).c_str(), &info), 0);
    return std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino);
  };
  const auto noted = [&] { write(folder.path("data/.hold/inode"), inode("data/.hold/new")); };
  const auto exchanged = [&] {
    noted();
    fs::rename(folder.path("data/objects"), folder.path("data/tmp"));
    fs::rename(folder.path("data/.hold/new"), folder.path("data/objects"));
    fs::rename(folder.path("data/tmp"), folder.path("data/.hold/new"));
  };
  const auto kept = [&] {
    exchanged();
    fs::rename(folder.path("data/.hold/new"), folder.path("data/.hold/old"));
  };
  const auto between_two_renames = [&] {
    noted();
    fs::rename(folder.path("data/objects"), folder.path("data/.hold/old"));
  };
  for (const std::function<void()>& state :
       {std::function<void()>(noted), std::function<void()>(exchanged), std::function<void()>(kept),
        std::function<void()>(between_two_renames)}) {
    fs::remove_all(folder.path("data"));
    lay_out();
    state();
    const Outcome outcome = perform(it);
    ASSERT_TRUE(outcome.ok) << outcome.error;
    EXPECT_EQ(read(folder.path("data/objects/a")), "new");
    EXPECT_EQ(read(folder.path("data/.hold/old/a")), "old");
  }
}

TEST_F(Exchanging, AMissingOriginalIsReplacedByTheNew) {
  write(folder.path("data/.hold/new/a"), "new");
  ASSERT_TRUE(perform(it).ok);
  EXPECT_EQ(read(folder.path("data/objects/a")), "new");
  EXPECT_FALSE(fs::exists(folder.path("data/.hold/old")));
  ASSERT_TRUE(perform(it).ok);
}

TEST_F(Exchanging, FilesAndLinksChangePlacesToo) {
  write(folder.path(".env"), "VERSION=1.5.0\n");
  ::chmod(folder.path(".env").c_str(), 0640);
  write(folder.path(".hold/new"), "VERSION=1.4.0\n");
  ASSERT_TRUE(perform(ExchangePaths{".env", ".hold", true}).ok);
  EXPECT_EQ(read(folder.path(".env")), "VERSION=1.4.0\n");
  EXPECT_EQ(read(folder.path(".hold/old")), "VERSION=1.5.0\n");
  EXPECT_EQ(fs::status(folder.path(".env")).permissions(), fs::perms(0640)) << "like the one it replaced";
  fs::create_symlink("releases/1.5.0", folder.path("current"));
  fs::create_directories(folder.path(".hold2"));
  fs::create_symlink("releases/1.4.0", folder.path(".hold2/new"));
  ASSERT_TRUE(perform(ExchangePaths{"current", ".hold2"}).ok);
  EXPECT_EQ(fs::read_symlink(folder.path("current")), "releases/1.4.0");
}

TEST_F(Exchanging, WhatTheOldHasNotTakenInHoldsItUp) {
  write(folder.path("app.db"), "old");
  write(folder.path(".hold/new"), "new");
  write(folder.path("app.db-wal"), "pages");
  const ExchangePaths with_log{"app.db", ".hold", true, {"app.db-wal"}};
  const Outcome outcome = perform(with_log);
  EXPECT_NE(outcome.error.find("something still has it open"), std::string::npos) << outcome.error;
  EXPECT_EQ(read(folder.path("app.db")), "old");
  write(folder.path("app.db-wal"), "");
  EXPECT_TRUE(perform(with_log).ok);
  EXPECT_EQ(read(folder.path("app.db")), "new");
}

TEST_F(Exchanging, NothingToPutInPlaceIsAFailure) {
  write(folder.path("data/objects/a"), "old");
  fs::create_directories(folder.path("data/.hold"));
  EXPECT_NE(perform(it).error.find("nothing at data/.hold/new"), std::string::npos);
  EXPECT_EQ(read(folder.path("data/objects/a")), "old");
}

// ---------------------------------------------------------------- one path of an archive

class Unpacking : public RealWorldTest {
 protected:
  void SetUp() override {
    write(folder.path("data/objects/deep/a"), "a");
    write(folder.path("data/objects-too/b"), "b");
    write(folder.path(".env"), "X=1\n");
    const Outcome packed =
        perform(planner::Archive{{"data/objects", "data/objects-too/", ".env"}, "all.tar.zst"});
    ASSERT_TRUE(packed.ok) << packed.error;
  }
};

TEST_F(Unpacking, AFolderOrAFileBecomesTheTarget) {
  const Outcome outcome = perform(planner::Unarchive{"all.tar.zst", "data/.hold/new", "data/objects"});
  ASSERT_TRUE(outcome.ok) << outcome.error;
  EXPECT_EQ(read(folder.path("data/.hold/new/deep/a")), "a");
  EXPECT_FALSE(fs::exists(folder.path("data/.hold/new/b")));
  ASSERT_TRUE(perform(planner::Unarchive{"all.tar.zst", "data/.hold2/new", "data/objects-too"}).ok);
  EXPECT_EQ(read(folder.path("data/.hold2/new/b")), "b");
  ASSERT_TRUE(perform(planner::Unarchive{"all.tar.zst", ".hold/new", ".env"}).ok);
  EXPECT_EQ(read(folder.path(".hold/new")), "X=1\n");
}

TEST_F(Unpacking, WhatAKillLeftIsReplaced) {
  write(folder.path("data/.hold/new/deep/a"), "half");
  ASSERT_TRUE(perform(planner::Unarchive{"all.tar.zst", "data/.hold/new", "data/objects"}).ok);
  EXPECT_EQ(read(folder.path("data/.hold/new/deep/a")), "a");
}

TEST_F(Unpacking, APathThatIsNotInItIsAFailure) {
  const Outcome outcome = perform(planner::Unarchive{"all.tar.zst", ".hold/new", "data/nope"});
  EXPECT_NE(outcome.error.find("does not hold data/nope"), std::string::npos) << outcome.error;
}

}  // namespace
}  // namespace pawl::executor
