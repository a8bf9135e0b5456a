// Reads plan files and snapshots. Nothing in a file is taken on trust: every field is there, of its type and
// in range, no field is unknown, every step needs only earlier ones, and the id is that of the content.
#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "planner/file/plan_fields.h"
#include "planner/file/plan_file.h"
#include "planner/file/plan_text.h"

namespace pawl::planner {
namespace {

using namespace fields;
using Json = nlohmann::json;
using lang::Result;

/// Where in the document we are; spelled out only when something is wrong.
struct Place {
  const Place* outer = nullptr;
  const char* name = "";
  std::size_t index = 0;
  bool is_index = false;

  std::string spelled() const {
    if (!outer) return name;
    if (is_index) return outer->spelled() + '[' + std::to_string(index + 1) + ']';
    const std::string before = outer->spelled();
    return before.empty() ? name : before + '.' + name;
  }
};

/// Remembers the first thing that is wrong; reading goes on with defaults, which keeps every visit free of
/// checks.
struct Findings {
  std::string first;
  void add(const Place& at, const std::string& what) {
    if (!first.empty()) return;
    const std::string where = at.spelled();
    first = where.empty() ? what : "`" + where + "` " + what;
  }
};

class Reader {
 public:
  Reader(const Json& node, const Place& at, Findings& findings) : node_(node), at_(at), findings_(findings) {}

  void object(const char*) {}

  template <class T>
  void required(const char* name, T& value, const char* = "") {
    const Json* member = find(name);
    const Place place{&at_, name};
    if (!member) return findings_.add(place, "is missing");
    get(*member, place, value);
  }
  template <class T>
  void optional(const char* name, T& value, const char* = "") {
    const Json* member = find(name);
    if (!member) return;
    get(*member, Place{&at_, name}, value);
  }
  template <class T>
  void lines(const char* name, std::vector<T>& values, const char* = "") {
    required(name, values);
  }

  /// Marks a member that the caller read itself.
  const Json* find(const char* name) {
    if (!node_.is_object()) return nullptr;
    const auto found = node_.find(name);
    if (found == node_.end()) return nullptr;
    seen_.push_back(name);
    return &*found;
  }
  void refuse_unknown() {
    if (!node_.is_object() || node_.size() == seen_.size()) return;
    for (const auto& [name, value] : node_.items()) {
      const auto is_it = [&known = name](const char* seen) { return known == seen; };
      if (std::none_of(seen_.begin(), seen_.end(), is_it)) {
        return findings_.add(Place{&at_, name.c_str()}, "is not a field of this format");
      }
    }
  }

  template <class T>
  void get(const Json& node, const Place& at, T& value) {
    if constexpr (std::same_as<T, bool>) {
      if (!node.is_boolean()) return findings_.add(at, "is not true or false");
      value = node.get<bool>();
    } else if constexpr (std::integral<T>) {
      get_number(node, at, value);
    } else if constexpr (std::is_enum_v<T>) {
      get_name(node, at, value);
    } else if constexpr (std::same_as<T, std::string>) {
      if (!node.is_string()) return findings_.add(at, "is not a string");
      value = node.get_ref<const std::string&>();
    } else if constexpr (std::same_as<T, Duration>) {
      std::int64_t count = 0;
      get_number(node, at, count);
      if (count < 0) findings_.add(at, "is a negative time");
      value = Duration(count);
    } else if constexpr (std::same_as<T, StepId>) {
      std::uint32_t number = 1;
      get_number(node, at, number);
      if (number == 0) return findings_.add(at, "is 0; steps count from 1");
      value.value = number - 1;
    } else if constexpr (IsVector<T>::value) {
      get_list(node, at, value);
    } else if constexpr (IsOptional<T>::value) {
      get(node, at, value.emplace());
    } else if constexpr (IsPair<T>::value) {
      if (!node.is_array() || node.size() != 2) return findings_.add(at, "is not a list of two");
      get(node[0], at, value.first);
      get(node[1], at, value.second);
    } else {
      get_object(node, at, value);
    }
  }

 private:
  template <class T>
  void get_number(const Json& node, const Place& at, T& value) {
    using Limits = std::numeric_limits<T>;
    if (!node.is_number_integer()) return findings_.add(at, "is not a whole number");
    const bool fits =
        node.is_number_unsigned()
            ? node.get<std::uint64_t>() <= static_cast<std::uint64_t>(Limits::max())
            : std::is_signed_v<T> && node.get<std::int64_t>() >= static_cast<std::int64_t>(Limits::min());
    if (!fits) return findings_.add(at, "is out of range");
    value = node.get<T>();
  }

  template <class E>
  void get_name(const Json& node, const Place& at, E& value) {
    if (!node.is_string()) return findings_.add(at, "is not a string");
    const auto& text = node.get_ref<const std::string&>();
    constexpr auto names = names_of<E>();
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (text != names[i]) continue;
      value = static_cast<E>(i);
      return;
    }
    findings_.add(at, "is \"" + text + "\", which this pawl does not know");
  }

  template <class T>
  void get_list(const Json& node, const Place& at, std::vector<T>& values) {
    if (!node.is_array()) return findings_.add(at, "is not a list");
    values.clear();
    values.resize(node.size());
    for (std::size_t i = 0; i < node.size(); ++i) get(node[i], Place{&at, "", i, true}, values[i]);
  }

  template <class T>
  void get_object(const Json& node, const Place& at, T& value) {
    if (!node.is_object()) return findings_.add(at, "is not an object");
    Reader inner(node, at, findings_);
    if constexpr (Tagged<T>) {
      inner.read_tagged(value, std::make_index_sequence<std::variant_size_v<T>>());
    } else {
      describe(inner, value);
    }
    inner.refuse_unknown();
  }
  void get_object(const Json& node, const Place& at, std::map<std::string, std::string>& members) {
    if (!node.is_object()) return findings_.add(at, "is not an object");
    for (const auto& [name, value] : node.items()) get(value, Place{&at, name.c_str()}, members[name]);
  }
  void get_object(const Json& node, const Place& at, LogSource& source) {
    if (node.is_string()) {
      source = node.get<std::string>();
    } else {
      get(node, at, source.emplace<Process>());
    }
  }
  void get_object(const Json& node, const Place& at, Text& text) {
    text.pieces.clear();
    if (node.is_string()) {
      text = Text(node.get<std::string>());
      return;
    }
    if (!node.is_array()) return findings_.add(at, "is not a text");
    for (std::size_t i = 0; i < node.size(); ++i)
      get_piece(node[i], Place{&at, "", i, true}, text.pieces.emplace_back());
  }
  void get_piece(const Json& node, const Place& at, lang::Piece& piece) {
    if (node.is_string()) {
      piece = lang::Literal{node.get<std::string>()};
      return;
    }
    if (!node.is_object() || node.size() != 1) return findings_.add(at, "is not a piece of a text");
    Reader inner(node, at, findings_);
    if (node.contains("ref")) {
      inner.required("ref", piece.emplace<lang::Reference>().path);
    } else {
      inner.required("secret", piece.emplace<lang::Secret>().source);
    }
  }

  template <class V, std::size_t... I>
  void read_tagged(V& value, std::index_sequence<I...>) {
    std::string tag;
    required(Tags<V>::kKey, tag);
    const bool known =
        ((tag == Tags<V>::kNames[I] && (describe(*this, value.template emplace<I>()), true)) || ...);
    if (!known)
      findings_.add(Place{&at_, Tags<V>::kKey}, "is \"" + tag + "\", which this pawl does not know");
  }

  const Json& node_;
  const Place& at_;
  Findings& findings_;
  std::vector<const char*> seen_;
};

/// What the messages call the thing, and how a good one is made.
struct Document {
  std::string_view format;
  int version;
  const char* what;
  const char* remake;
};
constexpr Document kPlanDocument{kPlanFormat, Plan::kFormat, "plan file",
                                 "Make the plan again: pawl plan --out FILE"};
constexpr Document kSnapshotDocument{kSnapshotFormat, Snapshot::kFormat, "snapshot",
                                     "Take it again: pawl observe --out FILE"};

std::string article(const Document& document) {
  return std::string("This is not a ") + document.what;
}

/// The document with the right head, or why not.
Result<Json> open(std::string_view text, const Document& document) {
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return lang::failure(article(document) + ": it is not JSON.", document.remake);
  if (!json.is_object() || !json.contains("format") || json["format"] != document.format) {
    return lang::failure(
        article(document) + ": it does not begin with \"format\": \"" + std::string(document.format) + "\".",
        document.remake);
  }
  const auto version = json.find("version");
  if (version == json.end() || !version->is_number_integer()) {
    return lang::failure(article(document) + ": it does not say the version of its format.", document.remake);
  }
  const auto number = version->get<std::int64_t>();
  if (number == document.version) return json;
  const bool newer = number > document.version;
  return lang::failure(
      std::string("This ") + document.what + " has format " + std::to_string(number) +
          ", this pawl reads format " + std::to_string(document.version) + ".",
      newer ? "Use the newer pawl that made it, or " + std::string("make it again with this one.")
            : document.remake);
}

template <class T>
Result<void> read_into(const Json& json, const Document& document, T& value, std::string* id) {
  Findings findings;
  const Place top;
  Reader reader(json, top, findings);
  reader.find("format");
  reader.find("version");
  if (id) reader.required("id", *id);
  describe(reader, value);
  reader.refuse_unknown();
  if (findings.first.empty()) return {};
  return lang::failure("This " + std::string(document.what) + " is damaged: " + findings.first + ".",
                       document.remake);
}

/// The graph of a plan is one that can run: needs are sorted, unique and point back.
std::string graph_mistake(const Plan& plan) {
  for (std::uint32_t i = 0; i < plan.steps.size(); ++i) {
    const std::vector<StepId>& needs = plan.steps[i].needs;
    for (std::size_t n = 0; n < needs.size(); ++n) {
      const std::string at =
          "step " + std::to_string(i + 1) + " needs step " + std::to_string(needs[n].value + 1);
      if (needs[n].value >= i) return at + ", which does not come before it";
      if (n > 0 && needs[n] <= needs[n - 1]) return at + " out of order or twice";
    }
  }
  if (plan.point_of_no_return && plan.point_of_no_return->value >= plan.steps.size()) {
    return "its point of no return is step " + std::to_string(plan.point_of_no_return->value + 1) +
           ", which it does not have";
  }
  return "";
}

/// A host that an operation or a question names and the plan has no target for; empty: there is none.
std::string unknown_host(const Plan& plan) {
  std::set<std::string> known{""};
  for (const HostPlan& each : plan.hosts) known.insert(each.name);
  std::string found;
  const auto look = [&](const std::string& host) {
    if (!known.contains(host)) found = host;
  };
  for (const Step& step : plan.steps) {
    for (const Question& each : step.diagnose) look(each.host);
    for (const Operation& each : step.operations) {
      look(each.host);
      each_question(each, [&](const Question& question) { look(question.host); });
    }
  }
  return found;
}

}  // namespace

Result<Plan> read_plan(std::string_view text) {
  const auto json = open(text, kPlanDocument);
  if (!json) return tl::unexpected(json.error());
  Plan plan;
  if (auto read = read_into(*json, kPlanDocument, plan, &plan.id); !read) return tl::unexpected(read.error());
  if (const std::string mistake = graph_mistake(plan); !mistake.empty()) {
    return lang::failure("This plan file is damaged: " + mistake + ".", kPlanDocument.remake);
  }
  if (const std::string host = unknown_host(plan); !host.empty()) {
    return lang::failure(
        "This plan file is damaged: it names host " + host + ", which is not among its `hosts`.",
        kPlanDocument.remake);
  }
  if (plan_id(plan) != plan.id) {
    return lang::failure("This plan file was changed after it was made: its content does not have the id " +
                             plan.id.substr(0, 12) + ".",
                         kPlanDocument.remake);
  }
  return plan;
}

Result<Snapshot> read_snapshot(std::string_view text) {
  const auto json = open(text, kSnapshotDocument);
  if (!json) return tl::unexpected(json.error());
  Snapshot snapshot;
  if (auto read = read_into(*json, kSnapshotDocument, snapshot, nullptr); !read)
    return tl::unexpected(read.error());
  return snapshot;
}

}  // namespace pawl::planner
