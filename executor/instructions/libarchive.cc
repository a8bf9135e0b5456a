#include "executor/instructions/libarchive.h"

#include <dlfcn.h>

namespace pawl::executor {
namespace {

LibArchive open_library() {
  LibArchive library;
  void* handle = ::dlopen("libarchive.so.13", RTLD_NOW | RTLD_LOCAL);
  if (!handle) return library;
  library.loaded = true;
#define PAWL_LOAD(name)                                                            \
  library.name = reinterpret_cast<decltype(library.name)>(::dlsym(handle, #name)); \
  library.loaded = library.loaded && library.name != nullptr;
  PAWL_ARCHIVE_FUNCTIONS(PAWL_LOAD)
#undef PAWL_LOAD
  return library;
}

}  // namespace

const LibArchive& libarchive() {
  static const LibArchive library = open_library();
  return library;
}

}  // namespace pawl::executor
