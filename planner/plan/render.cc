#include "planner/plan/render.h"

#include <fmt/format.h>

#include <algorithm>

namespace pawl::planner {
namespace {

constexpr std::string_view kBold = "\x1b[1m", kDim = "\x1b[2m", kYellow = "\x1b[33m", kRed = "\x1b[31m",
                           kReset = "\x1b[0m";

// ---------------------------------------------------------------- text of a known width

/// Columns a text takes: code points, which is right for everything but wide scripts.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

/// The text cut to `columns`, with `…` where something is missing.
std::string cut(std::string_view text, std::size_t columns) {
  if (width(text) <= columns) return std::string(text);
  std::size_t end = 0, seen = 0;
  while (end < text.size()) {
    const bool begins = (text[end] & 0xC0) != 0x80;
    if (begins && ++seen == columns) break;
    ++end;
  }
  return std::string(text.substr(0, end)) + "…";
}

std::string padded(std::string_view text, std::size_t columns) {
  std::string out = cut(text, columns);
  out.append(columns - width(out), ' ');
  return out;
}

/// Words of `text` on lines of at most `columns`, all but the first indented.
std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent) {
  std::string out;
  std::size_t used = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (used > 0 && used + 1 + width(word) > columns) {
      out += '\n';
      out.append(indent, ' ');
      used = 0;
    }
    if (used > 0) out += ' ';
    out += word;
    used += width(word) + (used > 0 ? 1 : 0);
  }
  return out;
}

std::string trimmed(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

std::string place(const Origin& origin) {
  return origin.line == 0 ? "" : fmt::format("{}:{}", origin.file, origin.line);
}

// ---------------------------------------------------------------- the table

class Table {
 public:
  Table(const Plan& plan, const RenderOptions& options)
      : plan_(plan),
        colour_(options.colour),
        width_(static_cast<std::size_t>(std::clamp(options.width, 60, 400))) {
    measure();
  }

  std::string text() const {
    std::string out =
        paint(kDim, trimmed(fmt::format("{:>{}}  {}{}{}if it fails", "#", number_,
                                        padded("step", kind_ + subject_ + 3), padded("runs", runs_), "  "))) +
        "\n";
    for (std::size_t i = 0; i < plan_.steps.size(); ++i) out += row(i);
    if (short_marker_ && plan_.point_of_no_return) out += paint(kRed, "◀") + " point of no return\n";
    return out;
  }

 private:
  std::string paint(std::string_view colour, const std::string& text) const {
    return colour_ ? std::string(colour) + text + std::string(kReset) : text;
  }

  void measure() {
    number_ = std::max<std::size_t>(2, std::to_string(plan_.steps.size()).size());
    short_marker_ = short_unknown_ = width_ < 110;
    measure_columns();
    // What a step runs matters more than why its way back is unknown, which stands above the table too.
    if (runs_ < std::min<std::size_t>(kEnough, wanted_)) {
      short_unknown_ = true;
      measure_columns();
    }
  }

  void measure_columns() {
    wanted_ = width("runs");
    std::size_t fails = width("if it fails");
    for (const Step& step : plan_.steps) {
      kind_ = std::max(kind_, width(name(step.kind)));
      subject_ = std::max(subject_, width(step.subject));
      fails = std::max(fails, width(if_it_fails(step)));
      wanted_ = std::max(wanted_, width(step.summary));
    }
    subject_ = std::min<std::size_t>(subject_, width_ / (short_marker_ ? 5 : 4));
    const std::size_t marker = !plan_.point_of_no_return ? 0 : short_marker_ ? 2 : width(kMarker) + 3;
    const std::size_t taken = number_ + 2 + kind_ + 1 + subject_ + 2 + 2 + fails + marker;
    runs_ = std::min(wanted_, std::max<std::size_t>(8, width_ > taken ? width_ - taken : 0));
    fails_ = fails;
  }

  /// Where there is no room, the reason stands above the table only.
  std::string if_it_fails(const Step& step) const {
    return short_unknown_ && step.recovery.kind == RecoveryKind::Unknown
               ? std::string(name(step.recovery.kind))
               : describe(step.recovery);
  }

  std::string row(std::size_t i) const {
    const Step& step = plan_.steps[i];
    const bool marked = plan_.point_of_no_return && plan_.point_of_no_return->value == i;
    std::string line = fmt::format("{:>{}}  {} {}  {}  ", i + 1, number_, padded(name(step.kind), kind_),
                                   padded(step.subject, subject_), padded(step.summary, runs_));
    if (!marked) return trimmed(line + if_it_fails(step)) + "\n";
    line += padded(if_it_fails(step), fails_);
    return line + (short_marker_ ? " " + paint(kRed, "◀") : "   " + paint(kRed, std::string(kMarker))) + "\n";
  }

  static constexpr std::string_view kMarker = "◀ point of no return";
  const Plan& plan_;
  bool colour_;
  std::size_t width_;
  std::size_t number_ = 2, kind_ = 9, subject_ = 10, runs_ = 4, wanted_ = 4, fails_ = 0;
  bool short_marker_ = false, short_unknown_ = false;
  static constexpr std::size_t kEnough = 40;  // columns for what a step runs
};

std::string manifest_line(const Provenance& provenance) {
  if (!provenance.commit.empty()) {
    return fmt::format("manifest {} ({})", provenance.commit.substr(0, 7),
                       provenance.clean.value_or(false) ? "clean" : "changed since");
  }
  if (provenance.manifest_sha256.empty()) return "";
  return fmt::format("manifest {} ({})", provenance.manifest_sha256.substr(0, 7),
                     provenance.clean ? "git names no commit" : "not in git");
}

std::string header(const Plan& plan, bool colour) {
  std::string versions = plan.stack + "  " + (plan.from == plan.to ? plan.to : plan.from + " → " + plan.to);
  if (colour) versions = std::string(kBold) + versions + std::string(kReset);
  const std::string what = plan.purpose == Purpose::Upgrade ? plan.hop : std::string(name(plan.purpose));
  std::string out = versions + "   " + (what == "same" ? "" : what + ", ") + plan.engine;
  if (const std::string manifest = manifest_line(plan.provenance); !manifest.empty()) out += " · " + manifest;
  if (plan.purpose == Purpose::Rollback) return out + " · of " + plan.target_source + "\n";
  return out + " · target from " + plan.target_source + "\n";
}

std::string notices(const Plan& plan, const RenderOptions& options) {
  if (plan.notices.empty()) return "";
  const auto columns = static_cast<std::size_t>(std::clamp(options.width, 60, 400)) - 4;
  std::string out = plan.purpose == Purpose::Rollback ? "\nBefore you go back\n" : "\nBefore you apply\n";
  for (const Notice& notice : plan.notices) {
    const std::string where = place(notice.origin);
    out += options.colour ? "  " + std::string(kYellow) + "!" + std::string(kReset) + " " : "  ! ";
    out += wrapped(notice.text + (where.empty() ? "" : " (" + where + ")"), columns, 4) + "\n";
  }
  return out;
}

/// What was proved is not the same everywhere: ": 9 lead back, 2 only forward, 2 unknown".
std::string what_was_proved(const Plan& plan) {
  const auto count = [&](RecoveryKind kind) {
    return std::count_if(plan.steps.begin(), plan.steps.end(),
                         [&](const Step& step) { return step.recovery.kind == kind; });
  };
  const auto forward = count(RecoveryKind::ForwardOnly), unknown = count(RecoveryKind::Unknown);
  if (forward + unknown == 0) return "";
  const auto back = static_cast<std::ptrdiff_t>(plan.steps.size()) - forward - unknown;
  std::string out = fmt::format(": {} lead{} back", back, back == 1 ? "s" : "");
  if (forward > 0) out += fmt::format(", {} only forward", forward);
  if (unknown > 0) out += fmt::format(", {} unknown", unknown);
  return out;
}

std::string totals(const Plan& plan) {
  std::string out = fmt::format("{} {} · about {} (critical path {})", plan.steps.size(),
                                plan.steps.size() == 1 ? "step" : "steps", render_duration(plan.total),
                                render_duration(plan.critical_path));
  const std::string who = plan.availability ? plan.availability->service : "";
  if (plan.unavailable.count() > 0) {
    out += fmt::format(" · {}away about {}", who.empty() ? "" : who + " ", render_duration(plan.unavailable));
  }
  if (plan.availability && plan.availability->budget) {
    out += (plan.unavailable.count() > 0 ? " of" : " · nothing away,") +
           fmt::format(" a budget of {}", render_duration(*plan.availability->budget));
  }
  out += "\n";
  if (!plan.unavailable_rests_on.empty()) out += plan.unavailable_rests_on + "\n";
  if (plan.proved > 0)
    out += fmt::format("Recovery proved from {} of {} failure points{}.\n", plan.proved, plan.steps.size(),
                       what_was_proved(plan));
  return out;
}

std::string what_next(const Plan& plan, const RenderOptions& options) {
  if (plan.purpose != Purpose::Upgrade) return "";
  const RenderOptions::Next& next = options.next;
  const std::string& file = options.plan_file;
  if (!file.empty()) {
    const std::uint32_t step = plan.point_of_no_return ? plan.point_of_no_return->value + 1 : 1;
    return fmt::format("Run it: {} {}        See one step in full: {} {} --step {}\n", next.apply_file, file,
                       next.show, file, step);
  }
  if (next.plan.empty()) return "";
  const std::string save = "Save it: " + next.plan + " --out plan.pawlplan        ";
  if (next.apply.empty()) return save + "Then run it: " + next.apply_file + " plan.pawlplan\n";
  return "Run it: " + next.apply + "        Save it: " + next.plan + " --out plan.pawlplan\n";
}

// ---------------------------------------------------------------- one step

void line(std::string& out, std::string_view label, const std::string& text) {
  if (!text.empty()) out += fmt::format("  {} {}\n", padded(label, 12), text);
}

std::string effects_text(const Effects& effects) {
  std::string out;
  const auto add = [&](const std::string& text) { out += (out.empty() ? "" : ", ") + text; };
  if (effects.writes_pin) add("writes the version down");
  for (const ServiceEffect& each : effects.services) {
    if (each.down > 0) add(fmt::format("takes {} down ({} at once)", each.service, each.down));
    if (each.stops) add("leaves " + each.service + " stopped");
    if (each.starts) add("starts " + each.service);
    if (each.moves) add("moves " + each.service);
    if (each.rewrites) add("may change the files of " + each.service + " for good");
    if (each.rebuilds) add("gives " + each.service + " new files and sets the old ones aside");
  }
  for (const std::string& database : effects.migrates) add("may change the schema of " + database);
  for (const std::string& what : effects.backs_up) add("backs up " + what);
  for (const std::string& what : effects.restores) add("restores " + what);
  for (const std::string& what : effects.touches) add("may change what " + what + " holds");
  if (effects.one_way) add("is undone by nothing");
  if (effects.has_undo) add("is undone by its `undo`");
  return out;
}

std::string repeat_text(const Operation& operation) {
  switch (operation.repeat) {
    case Repeat::Safe:
      return "safe to repeat";
    case Repeat::IfNotDone:
      return "repeated only when it did not happen";
    case Repeat::Never:
      return "never repeated: a person decides";
  }
  return "";
}

std::string operation_text(const Operation& operation, std::size_t number) {
  std::string out = fmt::format("  {:>3}  {}\n", number, render(operation));
  std::string about = repeat_text(operation);
  if (operation.timeout.count() > 0) about += "; at most " + render_duration(operation.timeout);
  const auto detail = [&](const std::string& text) { out += "       " + text + "\n"; };
  detail(about);
  if (operation.done_when) {
    const std::string means = operation.done_when->means.empty() ? "" : operation.done_when->means + ": ";
    detail("done already when " + means + render(*operation.done_when));
  }
  if (operation.half_done) {
    const Condition& when = operation.half_done->when;
    detail("half done when " + (when.means.empty() ? "" : when.means + ": ") + render(when) +
           "; then first " + render(operation.half_done->undo));
  }
  if (const auto* await = std::get_if<Await>(&operation.instruction)) {
    detail("asked every " + render_duration(await->every));
    if (await->hopeless) detail("given up when " + await->hopeless->means + ": " + render(*await->hopeless));
  }
  return out;
}

std::string needs_text(const Step& step) {
  std::string out;
  for (const StepId need : step.needs) out += (out.empty() ? "" : ", ") + std::to_string(need.value + 1);
  return out;
}

}  // namespace

std::string render_size(std::uint64_t bytes) {
  if (bytes < 1'000'000) return fmt::format("{} kB", (bytes + 999) / 1000);
  constexpr std::pair<double, const char*> kUnits[] = {{1e12, "TB"}, {1e9, "GB"}, {1e6, "MB"}};
  for (const auto& [factor, unit] : kUnits) {
    const double count = static_cast<double>(bytes) / factor;
    if (count < 1) continue;
    std::string number = fmt::format("{:.1f}", count);
    if (number.ends_with(".0")) number.resize(number.size() - 2);
    return number + " " + unit;
  }
  return "";
}

std::string render_duration(Duration duration) {
  const std::int64_t ms = duration.count();
  if (ms <= 0) return "0s";
  if (ms < 1'000) return fmt::format("{}ms", ms);
  if (ms < 10'000 && ms % 1'000 >= 100) return fmt::format("{}.{}s", ms / 1'000, ms % 1'000 / 100);
  const std::int64_t seconds = ms / 1'000, minutes = seconds / 60, hours = minutes / 60;
  if (hours > 0)
    return minutes % 60 == 0 ? fmt::format("{}h", hours) : fmt::format("{}h{}m", hours, minutes % 60);
  if (minutes > 0)
    return seconds % 60 == 0 ? fmt::format("{}m", minutes) : fmt::format("{}m{}s", minutes, seconds % 60);
  return fmt::format("{}s", seconds);
}

std::string render_text(const Plan& plan, const RenderOptions& options) {
  std::string out = header(plan, options.colour) + notices(plan, options) + "\n";
  if (plan.empty())
    return out + "Nothing to do: every service of the manifest already runs " + plan.to + ".\n";
  out += Table(plan, options).text();
  out += totals(plan) + "\n";
  return out + what_next(plan, options);
}

std::string render_step(const Plan& plan, StepId id, const RenderOptions& options) {
  if (id.value >= plan.steps.size()) return "";
  const Step& step = plan.steps[id.value];
  std::string title =
      fmt::format("Step {} of {}: {} {}", id.value + 1, plan.steps.size(), name(step.kind), step.subject);
  if (options.colour) title = std::string(kBold) + title + std::string(kReset);
  std::string out = title + "\n";
  line(out, "why", step.why);
  line(out, "asked for by", place(step.origin));
  line(out, "needs", needs_text(step));
  line(
      out, "takes about",
      render_duration(step.estimate) + (step.rests_on.empty() ? ", a guess" : ", going by " + step.rests_on));
  line(out, "does", effects_text(step.effects));
  line(out, "if it fails",
       describe(step.recovery) + (step.recovery.because.empty() ? "" : ": " + step.recovery.because));
  line(out, "then type", step.recovery.next);
  if (!step.operations.empty()) out += "\n  Operations\n";
  for (std::size_t i = 0; i < step.operations.size(); ++i) out += operation_text(step.operations[i], i + 1);
  if (!step.diagnose.empty()) out += "\n  Asked when it fails\n";
  for (const Question& question : step.diagnose) out += "       " + render(question) + "\n";
  return out;
}

}  // namespace pawl::planner
