#include "executor/instructions/fill.h"

#include <string>
#include <variant>

namespace pawl::executor {
namespace {

using namespace planner;

constexpr std::string_view kRun = "{run}";

class Filler {
 public:
  explicit Filler(const Bindings& bindings) : bindings_(bindings) {}

  void path(std::string& text) const {
    for (auto at = text.find(kRun); at != std::string::npos; at = text.find(kRun, at)) {
      const auto stamp = bindings_ ? bindings_("run") : std::nullopt;
      if (!stamp) return;
      text.replace(at, kRun.size(), *stamp);
      at += stamp->size();
    }
  }
  void text(Text& text) const {
    if (!bindings_ || text.is_literal()) return;
    std::optional<std::string> value;
    text = lang::fill(text, [&](const std::string& name) -> const std::string* {
      value = bindings_(name);
      return value ? &*value : nullptr;
    });
  }
  void texts(std::vector<Text>& all) const {
    for (Text& one : all) text(one);
  }
  void pairs(std::vector<std::pair<std::string, Text>>& all) const {
    for (auto& one : all) text(one.second);
  }
  void process(Process& process) const {
    texts(process.argv);
    pairs(process.env);
    path(process.cwd);
  }

  void operator()(ReadFile& it) const { path(it.path); }
  void operator()(ListFolder& it) const { path(it.path); }
  void operator()(ReadLink& it) const { path(it.path); }
  void operator()(DiskSpace& it) const {
    for (std::string& one : it.paths) path(one);
    path(it.on);
  }
  void operator()(QueryCommand& it) const {
    process(it.process);
    if (it.operands) process(*it.operands);
  }
  void operator()(HttpProbe& it) const {
    text(it.url);
    pairs(it.json);
    pairs(it.header);
  }
  void operator()(TcpProbe& it) const { text(it.address); }
  void operator()(InspectProcess& it) const { path(it.pid_file); }
  void operator()(InspectBundle& it) const { path(it.folder); }

  void operator()(Question& it) const { std::visit(*this, it.query); }
  void operator()(Condition& it) const {
    (*this)(it.question);
    text(it.expect.contains);
    for (Clause& each : it.also) {
      (*this)(each.question);
      text(each.expect.contains);
    }
  }
  void operator()(Await& it) const {
    (*this)(it.condition);
    if (it.progress) (*this)(*it.progress);
    if (it.hopeless) (*this)(*it.hopeless);
  }
  void operator()(LogWatch& it) const {
    if (auto* file = std::get_if<std::string>(&it.source)) path(*file);
    if (auto* program = std::get_if<Process>(&it.source)) process(*program);
  }
  void operator()(Wait&) const {}
  void operator()(Ask& it) const {
    path(it.prompt);
    text(it.phrase);
  }
  void operator()(Command& it) const {
    process(it.process);
    path(it.stdin_file);
    path(it.stdout_file);
    path(it.stderr_file);
    path(it.last_line_file);
  }
  void operator()(EditFile& it) const { path(it.path); }
  void operator()(StartProcess& it) const {
    process(it.process);
    path(it.pid_file);
    path(it.log_file);
    path(it.env_file);
  }
  void operator()(StopProcess& it) const { path(it.pid_file); }
  void operator()(SignalProcess& it) const { path(it.pid_file); }
  void operator()(MakeFolder& it) const { path(it.path); }
  void operator()(Archive& it) const {
    for (std::string& one : it.paths) path(one);
    path(it.to);
  }
  void operator()(Unarchive& it) const {
    path(it.from);
    path(it.to);
  }
  void operator()(SealBundle& it) const {
    path(it.folder);
    path(it.publish_as);
    path(it.description);
  }
  void operator()(PruneBundles& it) const {
    path(it.folder);
    path(it.except);
  }
  void operator()(CompareCensus& it) const {
    (*this)(it.question);
    path(it.before);
    path(it.after);
    path(it.dumped);
  }
  void operator()(ExchangePaths& it) const {
    path(it.path);
    path(it.holding);
    for (std::string& one : it.leftovers) path(one);
  }
  void operator()(GitCheckout& it) const {
    path(it.folder);
    text(it.ref);
  }
  void operator()(Notify& it) const {
    text(it.webhook);
    texts(it.command);
  }

 private:
  const Bindings& bindings_;
};

}  // namespace

planner::Question fill(planner::Question question, const Bindings& bindings) {
  Filler{bindings}(question);
  return question;
}

planner::Condition fill(planner::Condition condition, const Bindings& bindings) {
  Filler{bindings}(condition);
  return condition;
}

planner::Instruction fill(planner::Instruction instruction, const Bindings& bindings) {
  std::visit(Filler(bindings), instruction);
  return instruction;
}

}  // namespace pawl::executor
