#include <fmt/format.h>
#include <unistd.h>

#include <iostream>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/workspace.h"
#include "lang/format.h"

namespace pawl::cli {
namespace {

/// The manifest and every file it includes, as far as they can be read.
std::vector<std::string> manifest_and_includes(const Common& common) {
  const lang::DiskReader disk(".");
  const lang::Loaded loaded = lang::load(disk, {.manifest = common.manifest,
                                                .variables = {},
                                                .environment = {},
                                                .limits = {},
                                                .unbuilt = lang::Unbuilt::Accept});
  std::vector<std::string> names;
  for (lang::SourceId id = 0; id < loaded.sources.size(); ++id) names.push_back(loaded.sources.file(id).name);
  if (names.empty()) names.push_back(common.manifest);
  return names;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1);
    lines.push_back(text.substr(0, end + 1));
    text.remove_prefix(end + 1);
  }
  return lines;
}

/// What changes, as removed and added lines between the common beginning and end.
std::string difference(const std::string& name, const std::string& before, const std::string& after) {
  const auto old_lines = lines_of(before);
  const auto new_lines = lines_of(after);
  std::size_t head = 0;
  while (head < old_lines.size() && head < new_lines.size() && old_lines[head] == new_lines[head]) ++head;
  std::size_t tail = 0;
  while (tail < old_lines.size() - head && tail < new_lines.size() - head &&
         old_lines[old_lines.size() - 1 - tail] == new_lines[new_lines.size() - 1 - tail]) {
    ++tail;
  }
  std::string text = fmt::format("--- {0}\n+++ {0} (formatted)\n@@ -{1},{2} +{1},{3} @@\n", name, head + 1,
                                 old_lines.size() - head - tail, new_lines.size() - head - tail);
  const auto add = [&](char mark, const auto& lines) {
    for (std::size_t i = head; i < lines.size() - tail; ++i) {
      text += fmt::format("{}{}", mark, lines[i]);
      if (!lines[i].ends_with('\n')) text += "\n\\ no newline at the end\n";
    }
  };
  add('-', old_lines);
  add('+', new_lines);
  return text;
}

struct Formatted {
  std::string before, after;
};

/// Empty, with the reason printed, when the file cannot be read or does not parse.
std::optional<Formatted> format_file(const Common& common, const std::string& name) {
  const lang::DiskReader disk(name.starts_with('/') ? "/" : ".");
  auto text = disk.read(name, lang::Limits().file_bytes);
  if (!text || !*text) {
    print_error(text ? lang::Error{"There is no file " + name + ".", {}} : text.error());
    return std::nullopt;
  }
  lang::Sources sources;
  lang::Diagnostics diagnostics;
  const lang::SourceId id = sources.add(name, **text);
  auto formatted = lang::format(sources, id, diagnostics);
  if (!formatted) {
    print_diagnostics(common, diagnostics, sources);
    return std::nullopt;
  }
  return Formatted{std::move(**text), std::move(*formatted)};
}

/// Writes one file unless only looking; true when it was not formatted yet.
lang::Result<bool> handle(const FmtArguments& arguments, const std::string& name, const Formatted& file) {
  if (file.before == file.after) return false;
  if (arguments.diff) std::cout << difference(name, file.before, file.after);
  if (arguments.check || arguments.diff) {
    if (!arguments.diff) std::cout << name << '\n';
    return true;
  }
  if (auto wrote = publish(name, file.after); !wrote) return tl::unexpected(wrote.error());
  std::cout << name << '\n';
  return true;
}

}  // namespace

Exit run(const Common& common, const FmtArguments& arguments) {
  const auto names = arguments.files.empty() ? manifest_and_includes(common) : arguments.files;
  bool changed = false;
  Exit exit = Exit::Done;
  for (const std::string& name : names) {
    const auto file = format_file(common, name);
    if (!file) {
      exit = Exit::Usage;
      continue;
    }
    const auto handled = handle(arguments, name, *file);
    if (!handled) {
      print_error(handled.error());
      return Exit::Failed;
    }
    changed = changed || *handled;
  }
  if (exit == Exit::Done && changed && arguments.check) return Exit::Failed;
  return exit;
}

}  // namespace pawl::cli
