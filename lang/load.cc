// Reading a manifest and what it includes: bounds, encoding, cycles. Then parse and check.
#include "lang/load.h"

#include <algorithm>
#include <deque>

#include "lang/check/check.h"
#include "lang/encoding.h"
#include "lang/parse.h"
#include "lang/scan.h"
#include "lang/strings.h"

namespace pawl::lang {
namespace {

/// `path` seen from the folder of `from`, without `.` and `..`; nothing when it leaves the root.
std::optional<std::string> resolve_path(std::string_view from, std::string_view path) {
  if (path.empty() || path.front() == '/' || path.find('\0') != std::string_view::npos) return std::nullopt;
  std::vector<std::string_view> parts;
  const auto walk = [&](std::string_view whole) {
    while (!whole.empty()) {
      const std::size_t slash = whole.find('/');
      const std::string_view part = whole.substr(0, slash);
      whole.remove_prefix(slash == std::string_view::npos ? whole.size() : slash + 1);
      if (part.empty() || part == ".") continue;
      if (part != "..")
        parts.push_back(part);
      else if (parts.empty())
        return false;
      else
        parts.pop_back();
    }
    return true;
  };
  const std::size_t folder = from.rfind('/');
  if (folder != std::string_view::npos && !walk(from.substr(0, folder))) return std::nullopt;
  if (!walk(path)) return std::nullopt;
  std::string out;
  for (std::string_view part : parts) out.append(out.empty() ? "" : "/").append(part);
  return out;
}

std::string in_words(std::size_t bytes) {
  return bytes >= (1u << 20) ? std::to_string(bytes >> 20) + " MiB" : std::to_string(bytes) + " bytes";
}

constexpr std::size_t kMostBlocks = 200'000;

class Loader {
 public:
  Loader(const FileReader& reader, const LoadOptions& options, Loaded& out)
      : reader_(reader), options_(options), out_(out) {}

  void run() {
    const auto manifest = read(options_.manifest, {});
    if (!manifest) return;
    open_.push_back(options_.manifest);
    add(*manifest);
    Stack stack = check(items_, Span{*manifest, 0, 0}, complete_, options_, out_.diagnostics);
    if (!out_.diagnostics.has_errors()) out_.stack = std::move(stack);
  }

 private:
  /// Parses file `id`, follows its includes where they are written, and appends its items.
  void add(SourceId id) {
    const auto scanned = scan(out_.sources, id, options_.limits.nesting, out_.diagnostics);
    if (!scanned) {
      complete_ = false;
      return;
    }
    if (items_.size() + scanned->chunks.size() > kMostBlocks) {
      complete_ = false;
      report(DiagnosticKind::FileTooLarge, Span{id, 0, 1},
             "there are more than " + std::to_string(kMostBlocks) + " blocks",
             "a manifest is written by hand: check that this is the right file");
      return;
    }
    files_.push_back(parse(out_.sources, id, *scanned, out_.diagnostics));
    for (const ast::Item& item : files_.back()) {
      items_.push_back(&item);
      if (item.keyword.text == "include" && !item.damaged) include(item);
    }
  }

  void include(const ast::Item& item) {
    if (!item.label || item.label->kind != ast::Expression::Kind::String || item.value || item.has_body) {
      report(DiagnosticKind::MissingLabel, item.span, "`include` takes the name of a file",
             "write `include \"file.pawl\"`");
      return;
    }
    std::string written;
    for (const StringPart& part : decode(item.label->text, item.label->span, out_.diagnostics))
      written += part.text;
    const Span where = item.label->span;
    const auto path = resolve_path(open_.back(), written);
    if (!path || path->empty()) {
      report(DiagnosticKind::IncludeOutside, where,
             "`" + written + "` is not inside the folder of the manifest",
             "move the file into that folder and include it by its relative path");
      return;
    }
    if (std::find(open_.begin(), open_.end(), *path) != open_.end()) return report_cycle(*path, where);
    if (std::find(done_.begin(), done_.end(), *path) != done_.end()) {
      report(DiagnosticKind::RepeatedValue, where, "`" + *path + "` is included twice",
             "remove one of the two lines");
      return;
    }
    if (open_.size() > static_cast<std::size_t>(options_.limits.include_depth)) {
      report(DiagnosticKind::IncludeTooDeep, where,
             "includes are nested more than " + std::to_string(options_.limits.include_depth) + " deep",
             "include the file from a file further up");
      return;
    }
    const auto id = read(*path, where);
    done_.push_back(*path);
    if (!id) {
      complete_ = false;
      return;
    }
    open_.push_back(*path);
    add(*id);
    open_.pop_back();
  }

  void report_cycle(const std::string& path, Span where) {
    std::string cycle;
    for (auto at = std::find(open_.begin(), open_.end(), path); at != open_.end(); ++at) cycle += *at + " → ";
    report(DiagnosticKind::IncludeCycle, where, cycle + path, "remove one of these includes");
  }

  /// Reads a file into the sources. `where` is the include that asked for it.
  std::optional<SourceId> read(const std::string& path, Span where) {
    if (out_.sources.size() >= static_cast<std::size_t>(options_.limits.files)) {
      if (!too_many_)
        report(DiagnosticKind::TooManyFiles, where,
               "there are more than " + std::to_string(options_.limits.files) + " files",
               "merge some of them");
      too_many_ = true;
      return std::nullopt;
    }
    auto bytes = reader_.read(path, options_.limits.file_bytes);
    if (!bytes) {
      report(DiagnosticKind::FileUnreadable, where, bytes.error().what, bytes.error().fix);
      return std::nullopt;
    }
    if (!*bytes) {
      report(DiagnosticKind::FileMissing, where, "there is no file `" + path + "`",
             where.known() ? "create it, or correct the name"
                           : "create it with `pawl init`, or name another folder with `-C`");
      return std::nullopt;
    }
    return accept(path, std::move(**bytes), where);
  }

  std::optional<SourceId> accept(const std::string& path, std::string text, Span where) {
    total_ += text.size();
    if (text.size() > options_.limits.file_bytes || total_ > options_.limits.total_bytes) {
      const bool one = text.size() > options_.limits.file_bytes;
      report(DiagnosticKind::FileTooLarge, where,
             "`" + path + "` " +
                 (one ? "is larger than " + in_words(options_.limits.file_bytes)
                      : "and the files before it are larger than " + in_words(options_.limits.total_bytes)),
             "a manifest is written by hand: check that this is the right file");
      return std::nullopt;
    }
    return add_checked_source(path, std::move(text), out_.sources, out_.diagnostics);
  }

  void report(DiagnosticKind kind, Span span, std::string detail, std::string fix) {
    out_.diagnostics.add({kind, span, std::move(detail), {}, std::move(fix), {}, {}});
  }

  const FileReader& reader_;
  const LoadOptions& options_;
  Loaded& out_;
  std::deque<std::vector<ast::Item>> files_;
  std::vector<const ast::Item*> items_;
  std::vector<std::string> open_;  // the chain of includes we are in
  std::vector<std::string> done_;
  std::size_t total_ = 0;
  bool too_many_ = false;
  bool complete_ = true;  // every file was read
};

}  // namespace

Loaded load(const FileReader& reader, const LoadOptions& options) {
  Loaded out;
  Loader(reader, options, out).run();
  return out;
}

}  // namespace pawl::lang
