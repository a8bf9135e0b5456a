// The many ways to write one part of a service, brought to one: short forms become long ones, lists of
// NAME=value become maps, durations and sizes one spelling, paths relative to the project's folder. Done to
// each file before files are merged, so that merging sees one form only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "providers/compose/node.h"

namespace pawl::providers::compose {

/// Rewrites one service. `base` is the folder its relative paths start from, seen from the project's folder
/// ("" for the project's own). A part of the wrong type is an Error with its place.
Result<void> expand_service(const std::string& name, Node& service, const std::string& base);

// One part each; an Error has its place.
Result<void> expand_ports(Node& ports);  // → [{target, published, protocol, host_ip}]
Result<void> expand_volumes(Node& volumes,
                            const std::string& base);  // → [{type, source, target, read_only, …}]
Result<void> expand_devices(Node& devices);            // → [{source, target, permissions}]
Result<void> to_map(Node& node, std::string_view what,
                    bool keep_unset);                     // ["A=b", "C"] → {A: b, C: null or ""}
Result<void> to_list(Node& node, std::string_view what);  // a → [a]

/// The words of a command line as a POSIX shell splits them (quotes and backslashes, nothing else).
std::vector<std::string> shell_words(std::string_view text);
/// "90s" → "1m30s"; text that is not a duration stays.
std::string canonical_duration(const std::string& text);
/// "512m" → "536870912"; text that is not a size stays.
std::string canonical_size(const std::string& text);
/// `path` seen from the project's folder: "./data", "../x", "."; absolute paths and `~` stay.
std::string canonical_path(const std::string& path, const std::string& base);

}  // namespace pawl::providers::compose
