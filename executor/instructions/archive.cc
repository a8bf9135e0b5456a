// Tar archives with zstd, written whole or not at all, unpacked without leaving their folder.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <system_error>

#include "executor/instructions/amount.h"
#include "executor/instructions/interpreters.h"
#include "executor/instructions/libarchive.h"
#include "executor/system/publish.h"

namespace pawl::executor {
namespace {

using Handle = std::unique_ptr<archive, int (*)(archive*)>;
using Entry = std::unique_ptr<archive_entry, void (*)(archive_entry*)>;

lang::Error said(const std::string& what, archive* handle) {
  const char* why = libarchive().archive_error_string(handle);
  // An errno. EILSEQ and EINVAL are libarchive's own numbers for a damaged archive and a wrong call
  // (archive.h, ARCHIVE_ERRNO_FILE_FORMAT, ARCHIVE_ERRNO_PROGRAMMER); negative ones, too, say no more than
  // its words.
  const int code = libarchive().archive_errno(handle);
  std::string text = what + (why ? std::string(": ") + why : "");
  const std::string reason =
      code > 0 && code != EILSEQ && code != EINVAL ? std::generic_category().message(code) : "";
  if (text.find(reason) == std::string::npos) text += ": " + reason;
  return {std::move(text), code == ENOSPC ? "make room on that file system, then run again" : ""};
}

class Packer {
 public:
  Packer(const Context& context, int fd, std::string target)
      : context_(context),
        amount_(context, "packed"),
        target_(std::move(target)),
        out_(libarchive().archive_write_new(), libarchive().archive_write_free) {
    libarchive().archive_write_set_format_pax_restricted(out_.get());
    libarchive().archive_write_add_filter_zstd(out_.get());
    opened_ = libarchive().archive_write_open_fd(out_.get(), fd) == ARCHIVE_OK;
  }

  /// Everything below one path, under the name the plan gives it. Links are stored as links.
  Result<void> add(std::string name) {
    while (name.size() > 1 && name.ends_with('/')) name.pop_back();  // the names below it have none either
    const std::string path = context_.path(name);
    if (::access(path.c_str(), F_OK) != 0) return system_failure("cannot archive " + name);
    const Handle disk(libarchive().archive_read_disk_new(), libarchive().archive_read_free);
    libarchive().archive_read_disk_set_standard_lookup(disk.get());
    if (!opened_ || libarchive().archive_read_disk_open(disk.get(), path.c_str()) != ARCHIVE_OK) {
      return tl::unexpected(said("cannot archive " + name, opened_ ? disk.get() : out_.get()));
    }
    for (;;) {
      const Entry entry(libarchive().archive_entry_new(), libarchive().archive_entry_free);
      const int status = libarchive().archive_read_next_header2(disk.get(), entry.get());
      if (status == ARCHIVE_EOF) return {};
      if (status < ARCHIVE_WARN) return tl::unexpected(said("cannot archive " + name, disk.get()));
      if (context_.stopped() || context_.overdue())
        return lang::failure("stopped before " + target_ + " was complete");
      libarchive().archive_read_disk_descend(disk.get());
      if (auto added = add_entry(entry.get(), name, path); !added) return added;
    }
  }

  Result<void> finish() {
    if (libarchive().archive_write_close(out_.get()) == ARCHIVE_OK) return {};
    return tl::unexpected(said("cannot write " + target_, out_.get()));
  }

 private:
  Result<void> add_entry(archive_entry* entry, const std::string& name, const std::string& path) {
    const std::string real = libarchive().archive_entry_pathname(entry);
    // Absolute paths lose their first slash, as in every tar.
    std::string stored = name + real.substr(path.size());
    while (!stored.empty() && stored.front() == '/') stored.erase(0, 1);
    const std::string source = libarchive().archive_entry_sourcepath(entry);
    libarchive().archive_entry_set_pathname(entry, stored.c_str());
    if (libarchive().archive_entry_filetype(entry) == AE_IFSOCK) return {};  // belongs to a running process
    if (libarchive().archive_write_header(out_.get(), entry) < ARCHIVE_WARN) {
      return tl::unexpected(said("cannot write " + target_, out_.get()));
    }
    if (libarchive().archive_entry_filetype(entry) != AE_IFREG || libarchive().archive_entry_size(entry) == 0)
      return {};
    return add_content(source, libarchive().archive_entry_size(entry), stored);
  }

  /// Exactly as many bytes as the header announced: a log that grows meanwhile must not break the archive.
  Result<void> add_content(const std::string& source, la_int64_t size, const std::string& name) {
    const FileDescriptor file(::open(source.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file) return system_failure("cannot archive " + name);
    std::array<char, 65536> buffer;
    while (size > 0) {
      const auto want = std::min<la_int64_t>(size, static_cast<la_int64_t>(buffer.size()));
      const ssize_t got = ::read(file.get(), buffer.data(), static_cast<std::size_t>(want));
      if (got < 0) return system_failure("cannot archive " + name);
      if (got == 0)
        return lang::failure(name + " became shorter while it was archived",
                             "archive it while nothing writes it");
      if (libarchive().archive_write_data(out_.get(), buffer.data(), static_cast<std::size_t>(got)) < 0) {
        return tl::unexpected(said("cannot write " + target_, out_.get()));
      }
      size -= got;
      amount_.add(static_cast<std::uint64_t>(got));
      if (context_.stopped() || context_.overdue())
        return lang::failure("stopped before " + target_ + " was complete");
    }
    return {};
  }

  const Context& context_;
  Amount amount_;
  const std::string target_;
  Handle out_;
  bool opened_ = false;
};

/// libarchive refuses these while writing too; we look first, so that the message is ours and nothing is half
/// unpacked by an entry that lies.
Result<void> check_name(const char* name, const std::string& from) {
  const std::string_view text = name ? name : "";
  const auto bad = [&](const char* why) {
    return lang::failure(fmt::format("{} holds `{}`, {}", from, text, why));
  };
  if (text.empty()) return bad("an entry without a name");
  if (text.front() == '/') return bad("an absolute path");
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto slash = rest.find('/');
    if (rest.substr(0, slash) == "..") return bad("a path that climbs out of its folder");
    rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash + 1);
  }
  return {};
}

Result<void> copy_content(archive* in, archive* disk, const std::string& from, Amount& amount) {
  for (;;) {
    const void* block = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    const int status = libarchive().archive_read_data_block(in, &block, &size, &offset);
    if (status == ARCHIVE_EOF) return {};
    if (status != ARCHIVE_OK) return tl::unexpected(said(from + " is damaged", in));
    if (libarchive().archive_write_data_block(disk, block, size, offset) < ARCHIVE_OK) {
      return tl::unexpected(said("cannot unpack " + from, disk));
    }
    amount.add(size);
  }
}

/// Which entries are unpacked, and where to.
struct Place {
  std::string from;  // the archive, for messages
  std::string to;
  std::string only;  // empty: everything

  /// Where an entry goes; nothing when it stays packed.
  std::optional<std::string> of(std::string name) const {
    while (name.starts_with("./")) name.erase(0, 2);
    while (name.size() > 1 && name.ends_with('/')) name.pop_back();
    if (only.empty()) return to + "/" + name;
    if (name == only) return to;
    if (name.starts_with(only + "/")) return to + name.substr(only.size());
    return std::nullopt;
  }
};

/// libarchive works with paths: entries are given absolute ones below `to`, after check_name.
Result<void> unpack_entry(archive* in, archive* disk, archive_entry* entry, const Place& place,
                          Amount& amount) {
  const std::string& from = place.from;
  const auto path = place.of(libarchive().archive_entry_pathname(entry));
  libarchive().archive_entry_set_pathname(entry, path->c_str());
  if (const char* link = libarchive().archive_entry_hardlink(entry)) {
    if (auto safe = check_name(link, from); !safe) return safe;
    const auto target = place.of(link);
    if (!target)
      return lang::failure(fmt::format("{} holds a hard link to {}, outside of {}", from, link, place.only));
    libarchive().archive_entry_set_hardlink(entry, target->c_str());
  }
  if (libarchive().archive_write_header(disk, entry) < ARCHIVE_OK)
    return tl::unexpected(said("cannot unpack " + from, disk));
  if (libarchive().archive_entry_size(entry) > 0) {
    if (auto copied = copy_content(in, disk, from, amount); !copied) return copied;
  }
  if (libarchive().archive_write_finish_entry(disk) < ARCHIVE_OK)
    return tl::unexpected(said("cannot unpack " + from, disk));
  return {};
}

Result<void> unpack(const Context& context, const Place& place) {
  const std::string& from = place.from;
  const Handle in(libarchive().archive_read_new(), libarchive().archive_read_free);
  libarchive().archive_read_support_filter_zstd(in.get());
  libarchive().archive_read_support_filter_gzip(in.get());
  libarchive().archive_read_support_format_tar(in.get());
  if (libarchive().archive_read_open_filename(in.get(), from.c_str(), 65536) != ARCHIVE_OK) {
    return tl::unexpected(said("cannot read " + from, in.get()));
  }
  const Handle disk(libarchive().archive_write_disk_new(), libarchive().archive_write_free);
  libarchive().archive_write_disk_set_options(
      disk.get(), ARCHIVE_EXTRACT_TIME | ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_OWNER |
                      ARCHIVE_EXTRACT_SECURE_SYMLINKS | ARCHIVE_EXTRACT_SECURE_NODOTDOT);
  libarchive().archive_write_disk_set_standard_lookup(disk.get());
  bool found = place.only.empty();
  Amount amount(context, "unpacked");
  for (;;) {
    archive_entry* entry = nullptr;
    const int status = libarchive().archive_read_next_header(in.get(), &entry);
    if (status == ARCHIVE_EOF) break;
    if (status < ARCHIVE_WARN) return tl::unexpected(said(from + " is damaged", in.get()));
    if (context.stopped() || context.overdue())
      return lang::failure("stopped before " + from + " was unpacked");
    const char* name = libarchive().archive_entry_pathname(entry);
    if (auto safe = check_name(name, from); !safe) return safe;
    if (!place.of(name)) continue;
    found = true;
    if (auto done = unpack_entry(in.get(), disk.get(), entry, place, amount); !done) return done;
  }
  if (!found) return lang::failure(from + " does not hold " + place.only);
  if (libarchive().archive_write_close(disk.get()) != ARCHIVE_OK)
    return tl::unexpected(said("cannot unpack " + from, disk.get()));
  return {};
}

Outcome outcome_of(const Context& context, const Result<void>& result) {
  if (result) return succeeded();
  return context.stopped() ? interrupted() : failed(result.error());
}

Result<void> pack(const Context& context, const planner::Archive& it) {
  const std::string target = context.path(it.to);
  if (auto made = make_folders(folder_of(target), 0700); !made) return made;
  auto file = PendingFile::create(target, 0600);
  if (!file) return tl::unexpected(file.error());
  Packer packer(context, file->fd(), it.to);
  for (const std::string& path : it.paths) {
    if (auto added = packer.add(path); !added) return added;
    if (context.progress) context.progress("archived " + path);
  }
  if (auto finished = packer.finish(); !finished) return finished;
  return file->publish();
}

Outcome no_library() {
  return failed("libarchive 13 is not installed: install the package libarchive13");
}

}  // namespace

Outcome perform(const Context& context, const planner::Archive& it) {
  if (!libarchive().loaded) return no_library();
  return outcome_of(context, pack(context, it));
}

Outcome perform(const Context& context, const planner::Unarchive& it) {
  if (!libarchive().loaded) return no_library();
  const std::string to = context.path(it.to);
  // With `only`, the entry itself makes `to`: it may be a file.
  const std::string below = it.only.empty() ? to : folder_of(to);
  if (auto made = make_folders(below, 0700); !made) return failed(made.error());
  char* real =
      ::realpath(below.c_str(), nullptr);  // the target itself may be reached through links; entries may not
  const std::string folder = real ? real : below;
  std::free(real);
  const Place place{context.path(it.from),
                    it.only.empty() ? folder : folder + "/" + to.substr(to.rfind('/') + 1), it.only};
  return outcome_of(context, unpack(context, place));
}

}  // namespace pawl::executor
