#include "cli/git.h"

#include <dlfcn.h>
#include <git2.h>

#include <filesystem>

namespace pawl::cli {
namespace {

#define PAWL_GIT_FUNCTIONS(X) \
  X(git_blob_free)            \
  X(git_blob_lookup)          \
  X(git_blob_rawcontent)      \
  X(git_blob_rawsize)         \
  X(git_error_last)           \
  X(git_libgit2_init)         \
  X(git_object_free)          \
  X(git_object_id)            \
  X(git_object_peel)          \
  X(git_oid_tostr)            \
  X(git_reference_name_to_id) \
  X(git_repository_free)      \
  X(git_repository_is_bare)   \
  X(git_repository_open_ext)  \
  X(git_repository_workdir)   \
  X(git_revparse_single)      \
  X(git_status_file)          \
  X(git_tree_entry_bypath)    \
  X(git_tree_entry_filemode)  \
  X(git_tree_entry_free)      \
  X(git_tree_entry_id)        \
  X(git_tree_entry_type)      \
  X(git_tree_free)

/// libgit2, opened on first use: most commands need no git, and loading it with all it needs costs 5 ms.
struct Library {
#define PAWL_MEMBER(name) decltype(&::name) name = nullptr;
  PAWL_GIT_FUNCTIONS(PAWL_MEMBER)
#undef PAWL_MEMBER
  bool loaded = false;

  Library() {
    void* handle = ::dlopen("libgit2.so." LIBGIT2_SOVERSION, RTLD_NOW | RTLD_LOCAL);
    if (!handle) return;
    loaded = true;
#define PAWL_LOAD(name) loaded = (name = reinterpret_cast<decltype(name)>(::dlsym(handle, #name))) && loaded;
    PAWL_GIT_FUNCTIONS(PAWL_LOAD)
#undef PAWL_LOAD
    if (loaded) git_libgit2_init();
  }
};

const Library& git() {
  static const Library library;
  return library;
}

struct Free {
  void operator()(git_blob* value) const { git().git_blob_free(value); }
  void operator()(git_object* value) const { git().git_object_free(value); }
  void operator()(git_repository* value) const { git().git_repository_free(value); }
  void operator()(git_tree_entry* value) const { git().git_tree_entry_free(value); }
  void operator()(git_tree* value) const { git().git_tree_free(value); }
};
using Repository = std::unique_ptr<git_repository, Free>;
using Object = std::unique_ptr<git_object, Free>;
using Tree = std::unique_ptr<git_tree, Free>;
using TreeEntry = std::unique_ptr<git_tree_entry, Free>;
using Blob = std::unique_ptr<git_blob, Free>;

/// The folder from here up that has a `.git`; empty: there is none.
std::string repository_folder() {
  std::error_code ignored;
  for (auto folder = std::filesystem::current_path(ignored);; folder = folder.parent_path()) {
    if (std::filesystem::exists(folder / ".git", ignored)) return folder.string();
    if (folder == folder.parent_path()) return {};
  }
}

std::string last_words() {
  const git_error* last = git().git_error_last();
  return last && last->message ? last->message : "unknown reason";
}

/// Git refuses the repository of another user. Some versions of libgit2 report the exception that nobody made
/// as a configuration value that is missing.
bool is_untrusted(const std::string& said) {
  return said.find("safe.directory") != std::string::npos || said.find("not owned by") != std::string::npos;
}

lang::Error git_failure(const std::string& doing) {
  const std::string said = last_words();
  if (!is_untrusted(said)) return {doing + " failed: " + said + ".", {}};
  const std::string folder = repository_folder();
  return {"Git does not trust this repository: " + folder + " is not owned by the current user.",
          "If you trust it: git config --global --add safe.directory \"" + folder + "\""};
}

/// Empty: not in a repository.
lang::Result<Repository> open_repository() {
  if (repository_folder().empty()) return Repository{};  // a cheap look before libgit2 is loaded
  if (!git().loaded) {
    return lang::failure("libgit2 " LIBGIT2_SOVERSION " is not installed, so git cannot be asked.",
                         "Install the package libgit2-" LIBGIT2_SOVERSION ".");
  }
  git_repository* raw = nullptr;
  const int code = git().git_repository_open_ext(&raw, ".", 0, nullptr);
  if (code == GIT_ENOTFOUND && !is_untrusted(last_words())) return Repository{};
  if (code != 0) return tl::unexpected(git_failure("Opening the git repository"));
  return Repository(raw);
}

/// The current folder relative to the repository's work tree: "" or "deploy/prod/".
lang::Result<std::string> prefix_of(git_repository* repository) {
  const char* work = git().git_repository_workdir(repository);
  if (!work) return lang::failure("The git repository here is bare: it has no working tree.");
  std::error_code ignored;
  const auto relative =
      std::filesystem::relative(std::filesystem::current_path(), std::filesystem::path(work), ignored);
  const std::string text = relative.generic_string();
  return text.empty() || text == "." ? std::string() : text + "/";
}

std::string hash_text(const git_oid* id) {
  char text[GIT_OID_HEXSZ + 1];
  return git().git_oid_tostr(text, sizeof text, id);
}

/// Symbolic links are followed by hand, at most this many.
constexpr int kMostLinks = 16;

class Revision final : public RevisionReader {
 public:
  Revision(Repository repository, Tree tree, std::string commit, std::string prefix)
      : repository_(std::move(repository)),
        tree_(std::move(tree)),
        commit_(std::move(commit)),
        prefix_(std::move(prefix)) {}

  const std::string& commit() const override { return commit_; }

  lang::Result<std::optional<std::string>> read(std::string_view path, std::size_t max_bytes) const override {
    std::string full = std::filesystem::path(prefix_ + std::string(path)).lexically_normal().generic_string();
    for (int links = 0; links < kMostLinks; ++links) {
      if (full.starts_with("..") || full.starts_with('/')) {
        return lang::failure(std::string(path) + " is outside the repository.");
      }
      git_tree_entry* raw = nullptr;
      const int code = git().git_tree_entry_bypath(&raw, tree_.get(), full.c_str());
      if (code == GIT_ENOTFOUND) return std::optional<std::string>();
      if (code != 0) return tl::unexpected(git_failure("Reading " + full));
      const TreeEntry entry(raw);
      auto text = blob(*entry, path, max_bytes);
      if (!text || git().git_tree_entry_filemode(entry.get()) != GIT_FILEMODE_LINK) {
        return text.map([](std::string& bytes) { return std::optional<std::string>(std::move(bytes)); });
      }
      full = (std::filesystem::path(full).parent_path() / *text).lexically_normal().generic_string();
    }
    return lang::failure(std::string(path) + " is a chain of too many symbolic links.");
  }

 private:
  lang::Result<std::string> blob(const git_tree_entry& entry, std::string_view path,
                                 std::size_t max_bytes) const {
    if (git().git_tree_entry_type(&entry) != GIT_OBJECT_BLOB) {
      return lang::failure(std::string(path) + " is a folder in " + commit_.substr(0, 7) + ".");
    }
    git_blob* raw = nullptr;
    if (git().git_blob_lookup(&raw, repository_.get(), git().git_tree_entry_id(&entry)) != 0) {
      return tl::unexpected(git_failure("Reading " + std::string(path)));
    }
    const Blob content(raw);
    const auto size = static_cast<std::size_t>(git().git_blob_rawsize(raw));
    if (size > max_bytes) {
      return lang::failure(std::string(path) + " has " + std::to_string(size) + " bytes; at most " +
                           std::to_string(max_bytes) + " are read.");
    }
    return std::string(static_cast<const char*>(git().git_blob_rawcontent(raw)), size);
  }

  Repository repository_;
  Tree tree_;
  std::string commit_;
  std::string prefix_;
};

bool is_clean(git_repository* repository, const std::string& path) {
  unsigned flags = 0;
  const int code = git().git_status_file(&flags, repository, path.c_str());
  if (code == GIT_ENOTFOUND) return true;  // neither in HEAD nor on disk
  return code == 0 && (flags == GIT_STATUS_CURRENT || flags == GIT_STATUS_IGNORED);
}

}  // namespace

lang::Result<std::unique_ptr<RevisionReader>> open_revision(const std::string& revision) {
  auto repository = open_repository();
  if (!repository) return tl::unexpected(repository.error());
  if (!*repository) {
    return lang::failure("--at " + revision + " needs a git repository, and this folder is in none.",
                         "Run without --at to plan from the files here.");
  }
  auto prefix = prefix_of(repository->get());
  if (!prefix) return tl::unexpected(prefix.error());
  git_object* raw = nullptr;
  if (git().git_revparse_single(&raw, repository->get(), (revision + "^{commit}").c_str()) != 0) {
    return lang::failure("There is no commit " + revision + " in this repository.",
                         "See: git log --oneline --all");
  }
  const Object commit(raw);
  git_object* tree = nullptr;
  if (git().git_object_peel(&tree, raw, GIT_OBJECT_TREE) != 0)
    return tl::unexpected(git_failure("Reading " + revision));
  return std::make_unique<Revision>(std::move(*repository), Tree(reinterpret_cast<git_tree*>(tree)),
                                    hash_text(git().git_object_id(raw)), *prefix);
}

lang::Result<std::optional<WorkingTree>> inspect_working_tree(const std::vector<std::string>& files) {
  auto repository = open_repository();
  if (!repository) return tl::unexpected(repository.error());
  if (!*repository || git().git_repository_is_bare(repository->get())) return std::optional<WorkingTree>();
  auto prefix = prefix_of(repository->get());
  if (!prefix) return tl::unexpected(prefix.error());
  WorkingTree tree;
  git_oid head;
  if (git().git_reference_name_to_id(&head, repository->get(), "HEAD") == 0) tree.commit = hash_text(&head);
  for (const std::string& file : files) {
    if (file.starts_with('/')) continue;
    const auto path = std::filesystem::path(*prefix + file).lexically_normal().generic_string();
    if (!path.starts_with("..") && !is_clean(repository->get(), path)) tree.clean = false;
  }
  return std::optional<WorkingTree>(std::move(tree));
}

}  // namespace pawl::cli
