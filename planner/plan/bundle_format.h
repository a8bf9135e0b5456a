// The names and numbers of the bundle format (docs/backups.md), for those who write bundles and those who
// read them.
#pragma once

#include <string_view>

namespace pawl::planner {

/// Of bundle.json. 2: every database has its ledger and its census in the bundle.
inline constexpr int kBundleFormat = 2;
/// The time at which a bundle was proved to restore, in a file of this name; not among the checksummed ones.
inline constexpr std::string_view kDrilledFile = "drilled";
/// How the names of the folders that a drill unpacks into begin, among the bundles.
inline constexpr std::string_view kDrillFolder = ".drill-";
/// After a database's name: what its dump printed although it succeeded. No file: it printed nothing.
inline constexpr std::string_view kWarnings = ".warnings";
/// After "action-" and a number: what an action of the manifest printed last.
inline constexpr std::string_view kLastLine = ".last-line";
/// What follows a database's name in the names of its files: the migrations that are applied, the rows of
/// every table.
inline constexpr const char *kLedger = ".ledger", *kCensusBefore = ".census-before",
                            *kCensusAfter = ".census-after", *kRows = ".rows";

}  // namespace pawl::planner
