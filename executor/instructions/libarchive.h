// libarchive, opened on first use: it brings eleven more libraries, and most commands never touch an archive.
#pragma once

#include <archive.h>
#include <archive_entry.h>

namespace pawl::executor {

#define PAWL_ARCHIVE_FUNCTIONS(X)           \
  X(archive_entry_filetype)                 \
  X(archive_entry_free)                     \
  X(archive_entry_hardlink)                 \
  X(archive_entry_new)                      \
  X(archive_entry_pathname)                 \
  X(archive_entry_set_hardlink)             \
  X(archive_entry_set_pathname)             \
  X(archive_entry_size)                     \
  X(archive_entry_sourcepath)               \
  X(archive_error_string)                   \
  X(archive_errno)                          \
  X(archive_read_data_block)                \
  X(archive_read_disk_descend)              \
  X(archive_read_disk_new)                  \
  X(archive_read_disk_open)                 \
  X(archive_read_disk_set_standard_lookup)  \
  X(archive_read_free)                      \
  X(archive_read_new)                       \
  X(archive_read_next_header)               \
  X(archive_read_next_header2)              \
  X(archive_read_open_filename)             \
  X(archive_read_support_filter_gzip)       \
  X(archive_read_support_filter_zstd)       \
  X(archive_read_support_format_tar)        \
  X(archive_write_add_filter_zstd)          \
  X(archive_write_close)                    \
  X(archive_write_data)                     \
  X(archive_write_data_block)               \
  X(archive_write_disk_new)                 \
  X(archive_write_disk_set_options)         \
  X(archive_write_disk_set_standard_lookup) \
  X(archive_write_finish_entry)             \
  X(archive_write_free)                     \
  X(archive_write_header)                   \
  X(archive_write_new)                      \
  X(archive_write_open_fd)                  \
  X(archive_write_set_format_pax_restricted)

struct LibArchive {
#define PAWL_MEMBER(name) decltype(&::name) name = nullptr;
  PAWL_ARCHIVE_FUNCTIONS(PAWL_MEMBER)
#undef PAWL_MEMBER
  bool loaded = false;  // false: not installed, and no member may be called
};

const LibArchive& libarchive();

}  // namespace pawl::executor
