// The questions the planner has for a database engine. As pure as a Provider.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "lang/result.h"
#include "lang/stack.h"
#include "planner/engine/answers.h"
#include "planner/plan/snapshot.h"

namespace pawl::planner {

using lang::Result;

/// A program that must run where a database's server is: inside its service, or on this machine. Paths are
/// those of this machine, as in Command.
struct ServerProgram {
  std::vector<Text> argv;
  std::string stdin_file{}, stdout_file{}, capture{}, stderr_file{};
  std::string tolerates{};  // as in Process
};
/// One thing a data provider wants done. Instructions are carried out by this machine.
using DataStep = std::variant<ServerProgram, Instruction>;
/// A file beside a dump, filled by a program.
struct Companion {
  std::string suffix;  // ".create"
  std::vector<Text> argv;
};
/// A question to the server, or to this machine.
struct DataQuestion {
  std::variant<std::vector<Text>, Query> ask;
  Expectation expect;
  std::string means;
};

/// One database engine: how its ledger is read, its data dumped and a dump put back. An argv runs where the
/// server is (ServerProgram); the planner sees to that.
///
/// A restore goes: `beside` names a scratch database, `create` makes it, `load` fills it, and `swap` puts it
/// in the place of the one there is, which stays under a third name until `drop`. Every step may be repeated
/// after a kill in the middle, and `swap` is one step: at every moment the database is the old or the new.
class DataProvider {
 public:
  virtual ~DataProvider() = default;
  virtual lang::Database::Engine engine() const = 0;
  /// The argv that prints one applied migration per line, in order; empty when the database has no ledger,
  /// and for `exec(…)`, whose own action prints them.
  virtual std::vector<Text> ledger_argv(const lang::Database& database) const = 0;
  /// What its error holds when the ledger's table does not exist, which means that nothing is applied.
  virtual std::string no_ledger() const { return {}; }
  /// The argv that prints the size in bytes, then the server's version, one per line.
  virtual std::vector<Text> size_argv(const lang::Database& database) const = 0;
  /// The argv that writes a complete, consistent dump to stdout.
  virtual std::vector<Text> dump_argv(const lang::Database& database) const = 0;
  /// Environment that those programs need on this machine: the password, which no command line may show.
  /// The caller adds it to Process::env; programs inside a service of an engine use that service's own.
  virtual std::vector<std::pair<std::string, Text>> env(const lang::Database& /*database*/) const {
    return {};
  }
  /// The file of the dump inside a bundle: "main.dump".
  virtual std::string dump_file(const lang::Database& database) const = 0;
  /// What else of the database goes into a bundle, beside the dump: how to make an empty one like it, what
  /// must not be there before the swap.
  virtual std::vector<Companion> companions(const lang::Database& /*database*/) const { return {}; }
  /// What tells a complete dump from one that ended early, asked right after it was made, and what writes its
  /// rows to `rows`, as census_argv prints them, as far as they can be counted. Both paths are on this
  /// machine.
  virtual std::vector<DataStep> check_dump(const std::string& path, const std::string& rows) const = 0;
  /// The argv that prints `table<TAB>rows`, one line per table, sorted; only tables whose rows a dump holds.
  virtual std::vector<Text> census_argv(const lang::Database& database) const = 0;

  /// The same database under a name that it has for a while only: as scratch ("new", "drill") or set aside
  /// ("old"). Its name holds `${run}`. Refuses what cannot be restored.
  virtual Result<lang::Database> beside(const lang::Database& database, std::string_view purpose) const = 0;
  /// An empty `scratch`, made as the bundle says; what an earlier attempt left under its name is removed, and
  /// what abandoned runs of more than a day ago have left for the same purpose. `stem` is the path of the
  /// database's files in the bundle, without their suffix.
  virtual std::vector<DataStep> create(const lang::Database& database, const lang::Database& scratch,
                                       const std::string& stem) const = 0;
  virtual std::vector<DataStep> load(const lang::Database& scratch, const std::string& dump) const = 0;
  virtual std::vector<DataStep> swap(const lang::Database& database, const lang::Database& scratch,
                                     const lang::Database& kept, const std::string& stem) const = 0;
  /// Holds when the swap has happened.
  virtual DataQuestion swapped(const lang::Database& database, const lang::Database& kept) const = 0;
  /// Removes a scratch or set-aside database for good; fine when it is not there.
  virtual std::vector<DataStep> drop(const lang::Database& database, const lang::Database& beside) const = 0;

  /// For a new server in the place of an old one (`upgrade = dump_restore`): the argv that prints, as a
  /// script, who may use the old one and with which password; empty: such a move is not known for this
  /// engine.
  virtual std::vector<Text> accounts_argv(const lang::Database& /*database*/) const { return {}; }
  /// Runs that script, a file of this machine, on the new server. What it has already may stay as it is.
  virtual std::vector<DataStep> load_accounts(const lang::Database& /*database*/,
                                              const std::string& /*script*/) const {
    return {};
  }
  /// The argv that prints who may use a server and how, one account a line, the same from every version.
  virtual std::vector<Text> accounts_census_argv(const lang::Database& /*database*/) const { return {}; }

  /// The argv that prints a line for each other client that is connected to the server.
  virtual std::vector<Text> clients_argv(const lang::Database& /*database*/) const { return {}; }

  /// Why a server of version `next` does not start on the files of one of version `server`, in one sentence;
  /// empty: it does, as far as is known.
  virtual std::string cannot_start(std::string_view /*server*/, std::string_view /*next*/) const {
    return {};
  }
  /// What the server may get wrong about files that another variant of its image (`-alpine`, `-slim`) has
  /// written, in one sentence; empty: nothing, as far as is known.
  virtual std::string in_another_variant() const { return {}; }
  /// Reads what ledger_argv and size_argv printed (nullptr: not asked). A ledger table that does not exist
  /// yet means that nothing is applied; a server that does not answer is noted in `state`, not an Error.
  virtual Result<void> read(const lang::Database& database, const Answer* ledger, const Answer* size,
                            DatabaseState& state) const = 0;
};

}  // namespace pawl::planner
