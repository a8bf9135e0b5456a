// The many ways to write one part of a file, brought to one. Short forms become long ones and lists of
// NAME=value maps, each time a document has been merged: that of a later one is merged with the long forms.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "providers/compose/node.h"

namespace pawl::providers::compose {

/// Rewrites a model that fits the schema. What is long already stays, and environments do: what a name
/// without a value means depends on how it is written. A part that cannot be read is an Error with its place.
Result<void> expand_model(Node& model);
/// One service; what is not as the schema wants it stays as it is.
Result<void> expand_service(Node& service);

/// Paths in a model are relative to a folder: rewrites them as seen from where `base` is seen from ("" for
/// the folder itself). Absolute paths, `~` and addresses stay.
Result<void> resolve_paths(Node& model, const std::string& base);

/// An IPv4 or IPv6 address.
bool is_ip_address(const std::string& text);

// One part each; an Error has its place.
Result<void> expand_ports(Node& ports);                  // → [{target, published, protocol, host_ip}]
Result<void> expand_volumes(Node& volumes);              // → [{type, source, target, read_only, …}]
Result<void> expand_devices(Node& devices);              // → [{source, target, permissions}]
Result<void> to_map(Node& node, std::string_view what);  // ["A=b", "C"] → {A: b, C: null}
void to_list(Node& node);                                // a → [a]

/// The words of a command line as Compose splits them: quotes and backslashes, and an end at `;`, `&`, `|`,
/// `<` and `>`. Nothing when a quote is not closed.
std::optional<std::vector<std::string>> shell_words(std::string_view text);
/// "90s" → "1m30s", "0.1s" → "100ms"; nothing when it is not a duration.
std::optional<std::string> canonical_duration(const std::string& text);
/// "512m" → "536870912"; nothing when it is not a size.
std::optional<std::string> canonical_size(const std::string& text);
/// `path` seen from where `base` is seen from: "./data", "../x", "."; absolute paths and `~` stay.
std::string canonical_path(const std::string& path, const std::string& base);

}  // namespace pawl::providers::compose
