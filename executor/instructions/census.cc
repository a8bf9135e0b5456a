// Does a restored database hold what was counted when its bundle was made?
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "executor/instructions/interpreters.h"
#include "executor/instructions/matching.h"
#include "executor/system/read_text.h"

namespace pawl::executor {
namespace {

constexpr std::uint64_t kMostCensus = 64u << 20;
constexpr std::size_t kShownDifferences = 5;

using Census = std::map<std::string, std::uint64_t>;

/// `name<TAB>number` lines; a name alone counts its lines.
Census census_of(std::string_view text) {
  Census out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const auto tab = line.rfind('\t');
    std::uint64_t count = 1;
    if (tab != std::string_view::npos)
      std::from_chars(line.data() + tab + 1, line.data() + line.size(), count);
    out[std::string(line.substr(0, tab))] += count;
  }
  return out;
}

std::optional<std::uint64_t> at(const Census& census, const std::string& name) {
  const auto found = census.find(name);
  return found == census.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> differences(const Census& now, const Census& before, const Census& after,
                                     const Census& dumped) {
  std::vector<std::string> out;
  Census known = before;
  known.insert(after.begin(), after.end());
  for (const auto& [name, ignored] : known) {
    const auto is = at(now, name), exact = at(dumped, name);
    const auto was = exact ? exact : at(before, name), then = exact ? exact : at(after, name);
    if (!was || !then) continue;  // made or dropped while the dump was made: the dump may hold it or not
    const auto [least, most] = std::minmax(*was, *then);
    if (!is) {
      out.push_back(name + " is missing");
    } else if (*is < least || *is > most) {
      out.push_back(fmt::format(
          "{}: {}, and {} when the bundle was made", name, *is,
          least == most ? fmt::format("{}", least) : fmt::format("between {} and {}", least, most)));
    }
  }
  for (const auto& [name, count] : now) {
    if (!known.contains(name) && !dumped.contains(name))
      out.push_back(name + " was not there when the bundle was made");
  }
  return out;
}

std::string listed(const std::vector<std::string>& all) {
  std::string out;
  for (std::size_t i = 0; i < std::min(all.size(), kShownDifferences); ++i)
    out += (i == 0 ? "" : "; ") + all[i];
  if (all.size() > kShownDifferences) out += fmt::format("; and {} more", all.size() - kShownDifferences);
  return out;
}

enum class Missing { Fine, Wrong };

Result<Census> written(const Context& context, const std::string& path, Missing missing = Missing::Wrong) {
  if (path.empty() && missing == Missing::Fine) return Census();
  auto text = read_text(context.path(path), kMostCensus);
  if (!text) return tl::unexpected(text.error());
  if (!*text && missing == Missing::Fine) return Census();
  if (!*text) return lang::failure(path + " is missing");
  return census_of(**text);
}

}  // namespace

Outcome perform(const Context& context, const planner::CompareCensus& it) {
  const auto before = written(context, it.before), after = written(context, it.after),
             dumped = written(context, it.dumped, Missing::Fine);
  for (const auto* each : {&before, &after, &dumped}) {
    if (!*each) return failed(each->error());
  }
  const planner::Answer answer = ask(context, it.question);
  if (context.stopped()) return interrupted();
  if (const auto why = unmet(it.question.query, {}, answer))
    return failed(fmt::format("the {} cannot be counted: {}", it.what, context.mask(*why)),
                  context.mask(answer.error));
  const auto wrong = differences(census_of(answer.output), *before, *after, *dumped);
  if (!wrong.empty())
    return failed(
        fmt::format("the {} are not those of the bundle: {}", it.what, context.mask(listed(wrong))));
  return succeeded(fmt::format("the {} are those of the bundle", it.what));
}

}  // namespace pawl::executor
