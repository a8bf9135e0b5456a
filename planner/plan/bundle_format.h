// The names and numbers of the bundle format (docs/backups.md), for those who write bundles and those who
// read them.
#pragma once

#include <string_view>

namespace pawl::planner {

/// Of bundle.json. 2: every database has its ledger and its census in the bundle.
inline constexpr int kBundleFormat = 2;
/// The time at which a bundle was proved to restore, in a file of this name; not among the checksummed ones.
inline constexpr std::string_view kDrilledFile = "drilled";
/// How the names of folders begin that a drill unpacks into, among the bundles.
inline constexpr std::string_view kDrillFolder = ".drill-";
/// Behind a database's name: what its dump had to say although it succeeded. No file: nothing.
inline constexpr std::string_view kWarnings = ".warnings";
/// What follows a database's name in the names of its files: the migrations that are applied, the rows of
/// every table.
inline constexpr const char *kLedger = ".ledger", *kCensusBefore = ".census-before",
                            *kCensusAfter = ".census-after", *kRows = ".rows";

}  // namespace pawl::planner
