#include "executor/store/store.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "executor/store/lease.h"
#include "executor/system/process_identity.h"
#include "fixtures.h"

namespace pawl::executor {
namespace {

using namespace testing;

class Store : public ::testing::Test {
 protected:
  std::unique_ptr<StateStore> open(const std::string& name = ".pawl/state.db") {
    auto store = open_sqlite_store(folder.path(name));
    EXPECT_TRUE(store) << store.error().what;
    return store ? std::move(*store) : nullptr;
  }
  static RunBegan began() { return {"plan-1", "piprio", "1.4.0", "1.5.0", "ann@host", 42, false}; }
  TempFolder folder;
};

/// A process that has ended, as an owner.
LockInfo dead_owner() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  LockInfo info = this_process(1000, "apply");
  info.pid = child;
  info.pid_started = 1;
  ::waitpid(child, nullptr, 0);
  return info;
}

/// A small file system that is full when it is full. Needs root.
class SmallDisk {
 public:
  explicit SmallDisk(const std::string& path) : path_(path) {
    fs::create_directories(path);
    mounted_ = ::mount("tmpfs", path.c_str(), "tmpfs", 0, "size=1m") == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  void fill() const { std::ofstream(path_ + "/filler") << std::string(2'000'000, 'x'); }
  void make_room() const { fs::remove(path_ + "/filler"); }

 private:
  std::string path_;
  bool mounted_ = false;
};

TEST_F(Store, KeepsRunsPlansAndRecordsAcrossProcesses) {
  RunId run = 0;
  {
    auto store = open();
    const auto begun = store->begin("plan-1", "{the plan}", began(), 1000);
    ASSERT_TRUE(begun) << begun.error().what;
    run = *begun;
    std::vector<Record> records{{run, 0, 1001, StepStarted{0}}, {run, 0, 1002, OperationStarted{0, 0}}};
    ASSERT_TRUE(store->append(records));
    EXPECT_EQ(records[0].sequence, 2);
    EXPECT_EQ(records[1].sequence, 3);
  }
  auto store = open();
  std::vector<Record> more{{run, 0, 1003, RunEnded{RunEnded::Outcome::Failed, "why", 5, 4}}};
  ASSERT_TRUE(store->append(more));
  EXPECT_EQ(more[0].sequence, 4);
  const auto records = store->records(run);
  ASSERT_TRUE(records);
  ASSERT_EQ(records->size(), 4u);
  EXPECT_EQ(std::get<RunBegan>(records->front().fact).owner, "ann@host");
  EXPECT_EQ(*store->plan("plan-1"), "{the plan}");
  EXPECT_FALSE(store->plan("plan-2"));
  const auto runs = store->runs(10, "");
  ASSERT_EQ(runs->size(), 1u);
  EXPECT_EQ(runs->front().end->reason, "why");
  EXPECT_EQ(*runs->front().ended, 1003);
  std::vector<Record> again{
      {run, 0, 1004, RunBegan{"plan-1", "piprio", "1.4.0", "1.5.0", "ann@host", 43, true}}};
  ASSERT_TRUE(store->append(again));
  EXPECT_FALSE(store->runs(1, "")->front().ended) << "it runs again";
  EXPECT_EQ(*store->begin("plan-1", "{the plan}", began(), 2000), run + 1);
}

TEST_F(Store, IsPrivateAndDurable) {
  open();
  EXPECT_EQ(fs::status(folder.path(".pawl")).permissions(), fs::perms::owner_all);
  SQLite::Database raw(folder.path(".pawl/state.db"));
  EXPECT_EQ(raw.execAndGet("PRAGMA journal_mode").getString(), "wal");
}

TEST_F(Store, NothingIsCreatedWhenOnlyLooking) {
  const auto none = open_existing_sqlite_store(folder.path(".pawl/state.db"));
  ASSERT_TRUE(none);
  EXPECT_EQ(*none, nullptr);
  EXPECT_FALSE(fs::exists(folder.path(".pawl")));
  open();
  EXPECT_NE(*open_existing_sqlite_store(folder.path(".pawl/state.db")), nullptr);
}

TEST_F(Store, ForeignNewerAndDamagedFilesAreRefused) {
  {
    SQLite::Database(folder.path("foreign.db"), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
        .exec("CREATE TABLE t (x)");
  }
  EXPECT_NE(open_sqlite_store(folder.path("foreign.db")).error().what.find("is not a state store of pawl"),
            std::string::npos);
  open("newer.db");
  { SQLite::Database(folder.path("newer.db"), SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 99"); }
  EXPECT_NE(open_sqlite_store(folder.path("newer.db")).error().what.find("newer version of pawl"),
            std::string::npos);
  write(folder.path("text.db"), std::string(5000, 'x'));
  EXPECT_NE(open_sqlite_store(folder.path("text.db")).error().what.find("not a state store of pawl"),
            std::string::npos);
  fs::create_directories(folder.path("folder.db"));
  EXPECT_NE(open_sqlite_store(folder.path("folder.db")).error().what.find("cannot be opened"),
            std::string::npos);
  write(folder.path("file"), "");
  EXPECT_FALSE(open_sqlite_store(folder.path("file/state.db")));
}

TEST_F(Store, AReadOnlyFolderIsSaidSo) {
  open();
  const std::string path = folder.path(".pawl");
  if (::mount(path.c_str(), path.c_str(), nullptr, MS_BIND, nullptr) != 0) GTEST_SKIP() << "needs to mount";
  ASSERT_EQ(::mount(nullptr, path.c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr), 0);
  const auto store = open_sqlite_store(path + "/state.db");
  const std::string error = store ? "opened" : store.error().what;
  ::umount2(path.c_str(), MNT_DETACH);
  EXPECT_NE(error.find("read-only"), std::string::npos) << error;
}

TEST_F(Store, AFullDiskIsSaidSoAndHarmsNothing) {
  const SmallDisk disk(folder.path("disk"));
  if (!disk.mounted()) GTEST_SKIP() << "needs to mount";
  auto store = open("disk/state.db");
  const RunId run = *store->begin("plan-1", "{}", began(), 1000);
  disk.fill();
  std::string error;
  std::int64_t durable = 1;
  for (int i = 0; i < 2000 && error.empty(); ++i) {
    OperationFinished fact{0, 0, true, false, 0, std::string(4000, 'o'), "", ""};
    std::vector<Record> records{{run, 0, 1000 + i, fact}};
    const auto appended = store->append(records);
    if (appended) {
      durable = records[0].sequence;
    } else {
      error = appended.error().what;
    }
  }
  EXPECT_NE(error.find("the disk is full"), std::string::npos) << error;
  disk.make_room();
  std::vector<Record> records{{run, 0, 9000, StepFinished{0}}};
  ASSERT_TRUE(store->append(records));
  EXPECT_EQ(records[0].sequence, durable + 1) << "the failed append left nothing";
  EXPECT_EQ(store->records(run)->size(), static_cast<std::size_t>(durable) + 1);
}

TEST_F(Store, TheLockHasOneOwner) {
  auto first = open(), second = open();
  const LockInfo mine = this_process(1000, "apply 1.4.0 → 1.5.0");
  EXPECT_TRUE(first->lock(mine)->taken);
  const auto refused = second->lock(this_process(2000, "apply"));
  ASSERT_TRUE(refused);
  EXPECT_FALSE(refused->taken);
  EXPECT_EQ(refused->holder->reason, "apply 1.4.0 → 1.5.0");
  EXPECT_EQ(refused->holder->pid, ::getpid());
  EXPECT_TRUE(first->renew(5000));
  EXPECT_EQ((*second->lock_holder())->heartbeat, 5000);
  EXPECT_TRUE(first->unlock());
  EXPECT_FALSE(*second->lock_holder());
  EXPECT_TRUE(second->lock(this_process(3000, "apply"))->taken);
}

TEST_F(Store, OnlyADeadOwnerIsTakenOver) {
  auto store = open();
  const auto held_by = [&](const LockInfo& holder, Timestamp now = 2000) {
    store->break_lock();
    EXPECT_TRUE(store->lock(holder)->taken);
    LockInfo mine = this_process(now, "mine");
    return *store->lock(mine);
  };
  const LockInfo dead = dead_owner();
  EXPECT_TRUE(held_by(dead).taken);
  EXPECT_EQ(held_by(dead).taken_over->pid, dead.pid);

  LockInfo reused = this_process(1000, "apply");
  reused.pid_started -= 1;
  EXPECT_TRUE(held_by(reused).taken) << "the pid is another process now";

  LockInfo other_host = dead;
  other_host.host = "elsewhere";
  EXPECT_FALSE(held_by(other_host).taken) << "nothing is known of another host";

  LockInfo other_boot = dead;
  other_boot.boot_id = "before";
  EXPECT_FALSE(held_by(other_boot, 2000).taken) << "renewed a second ago";
  EXPECT_TRUE(held_by(other_boot, 60'000).taken);

  EXPECT_FALSE(held_by(this_process(1000, "alive")).taken);
}

TEST_F(Store, ABrokenLockIsNoticed) {
  auto owner = open(), other = open();
  const auto clock = make_clock();
  const LockInfo mine = this_process(clock->now(), "apply");
  ASSERT_TRUE(owner->lock(mine)->taken);
  std::mutex mutex;
  std::string why;
  {
    const Heartbeat heartbeat(*owner, *clock, mine, [&](std::string text) {
      const std::lock_guard lock(mutex);
      why = std::move(text);
    });
    EXPECT_TRUE(eventually([&] { return (*other->lock_holder())->heartbeat > mine.heartbeat; }))
        << "it beats";
    EXPECT_TRUE(other->break_lock());
    EXPECT_TRUE(eventually([&] {
      const std::lock_guard lock(mutex);
      return !why.empty();
    }));
  }
  EXPECT_EQ(why, "the lock was removed by `pawl unlock`");
}

/// kill -9 at any moment: what append said was durable is there, in order, whole.
TEST_F(Store, SurvivesKillNine) {
  open();
  for (int round = 0; round < 8; ++round) {
    int report[2];
    ASSERT_EQ(::pipe(report), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      auto store = open_sqlite_store(folder.path(".pawl/state.db"));
      const auto run = (*store)->begin("plan-1", "{}", began(), 1000);
      for (std::uint32_t i = 0;; ++i) {
        std::vector<Record> records{{*run, 0, 1000, StepStarted{i}}, {*run, 0, 1000, StepFinished{i}}};
        if (!(*store)->append(records)) ::_exit(1);
        const std::int64_t said[2] = {*run, records[1].sequence};
        if (::write(report[1], said, sizeof said) < 0) ::_exit(1);
      }
    }
    ::close(report[1]);
    std::int64_t said[2] = {0, 0};
    for (int i = 0; i < 20 + round * 7; ++i) ASSERT_EQ(::read(report[0], said, sizeof said), 16);
    ::kill(child, SIGKILL);
    while (::read(report[0], said, sizeof said) == 16) {
    }
    ::close(report[0]);
    ::waitpid(child, nullptr, 0);
    auto store = open();
    const auto records = store->records(said[0]);
    ASSERT_TRUE(records) << records.error().what;
    EXPECT_GE(static_cast<std::int64_t>(records->size()), said[1]);
    EXPECT_EQ(records->size() % 2, 1u) << "a commit is there whole or not at all";
    for (std::size_t i = 0; i < records->size(); ++i)
      EXPECT_EQ((*records)[i].sequence, static_cast<std::int64_t>(i) + 1);
  }
}

}  // namespace
}  // namespace pawl::executor
