// One value of one file, in place.
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <climits>

#include "executor/instructions/interpreters.h"
#include "executor/instructions/yaml_edit.h"
#include "executor/system/publish.h"
#include "executor/system/read_text.h"
#include "planner/engine/env_file.h"

namespace pawl::executor {
namespace {

using planner::EditFile;

constexpr std::uint64_t kFileBytes = 16u << 20;

std::string unexpected_value(const EditFile& it, const std::string& now) {
  const auto quoted = [](const std::string& value) { return value.empty() ? "not set" : "`" + value + "`"; };
  return it.path + " has changed: the value is " + quoted(now) + ", not " + quoted(it.from);
}

/// Where the original of `path` is kept: its path, flattened, below the run's folder.
std::string saved_path(const Context& context, const EditFile& it) {
  std::string name = it.path;
  for (char& c : name) {
    if (c == '/') c = '+';
  }
  const std::string run = context.run_id.empty() ? "0" : context.run_id;
  return context.path(context.settings.run_dir) + "/" + run + "/saved/" + name;
}

/// The first original of a run is the one that counts: a step that runs again must not overwrite it.
Result<void> save_original(const Context& context, const EditFile& it, const std::string& content,
                           mode_t mode) {
  const std::string path = saved_path(context, it);
  if (::access(path.c_str(), F_OK) == 0) return {};
  if (auto made = make_folders(folder_of(path), 0700); !made) return made;
  return publish_file(path, content, mode);
}

struct Edit {
  std::string before;  // the value now
  std::string text;    // the whole file with the new value; only when before is `from`
};

Result<Edit> edited(const EditFile& it, const EditFile::EnvVariable& variable, const std::string& text) {
  Edit edit;
  if (const auto entries = planner::parse_env_file(text); !entries) {
    return lang::failure(it.path + ": " + entries.error().what, entries.error().fix);
  }
  edit.before = planner::env_value(text, variable.name).value_or("");
  if (edit.before != it.from) return edit;
  auto changed = planner::set_env_value(text, variable.name, it.to);
  if (!changed) return lang::failure(it.path + ": " + changed.error().what, changed.error().fix);
  edit.text = std::move(*changed);
  return edit;
}

Result<Edit> edited(const EditFile& it, const EditFile::YamlScalar& scalar, const std::string& text) {
  Edit edit;
  auto value = yaml_value(text, scalar.path);
  if (!value) return lang::failure(it.path + ": " + value.error().what, value.error().fix);
  edit.before = std::move(*value);
  if (edit.before != it.from) return edit;
  auto changed = set_yaml_value(text, scalar.path, it.to);
  if (!changed) return lang::failure(it.path + ": " + changed.error().what, changed.error().fix);
  edit.text = std::move(*changed);
  return edit;
}

template <class What>
Outcome edit_text(const Context& context, const EditFile& it, const What& what) {
  const std::string path = context.path(it.path);
  const auto text = read_text(path, kFileBytes);
  if (!text) return failed(text.error());
  // An env file that is not there sets nothing: the pin's line can be its first.
  const bool made = !*text && std::is_same_v<What, EditFile::EnvVariable> && it.from.empty();
  if (!*text && !made) return failed(it.path + " does not exist");
  const auto edit = edited(it, what, text->value_or(""));
  if (!edit) return failed(edit.error());
  if (edit->before == it.to) return succeeded("already so\n");
  if (edit->before != it.from) return failed(unexpected_value(it, edit->before));
  if (!made) {
    struct stat info {};
    ::stat(path.c_str(), &info);
    const auto saved = save_original(context, it, **text, info.st_mode & 0777);
    if (!saved) return failed(saved.error());
  }
  const auto published = publish_file(path, edit->text, 0644);
  return published ? succeeded() : failed(published.error());
}

/// A new link is made beside the old one and renamed over it: at no time is there none.
Outcome edit_link(const Context& context, const EditFile& it) {
  const std::string path = context.path(it.path);
  const planner::Answer now = ask(context, planner::ReadLink{it.path});
  if (!now.ok) return failed(now.error);
  if (now.output == it.to) return succeeded("already so\n");
  if (now.output != it.from) return failed(unexpected_value(it, now.output));
  if (const auto saved = save_original(context, it, now.output + "\n", 0600); !saved)
    return failed(saved.error());
  const std::string beside = path + ".new";
  ::unlink(beside.c_str());
  if (::symlink(it.to.c_str(), beside.c_str()) != 0) {
    return failed(system_failure("cannot create a link beside " + it.path).value());
  }
  if (::rename(beside.c_str(), path.c_str()) != 0) {
    return failed(system_failure("cannot replace the link " + it.path).value());
  }
  const auto synced = sync_folder(folder_of(path));
  return synced ? succeeded() : failed(synced.error());
}

}  // namespace

Outcome perform(const Context& context, const EditFile& it) {
  if (std::holds_alternative<EditFile::SymbolicLink>(it.what)) return edit_link(context, it);
  if (const auto* variable = std::get_if<EditFile::EnvVariable>(&it.what))
    return edit_text(context, it, *variable);
  return edit_text(context, it, std::get<EditFile::YamlScalar>(it.what));
}

}  // namespace pawl::executor
