// Records as JSON lines. One table of fields per fact serves writing and reading, so the two cannot drift
// apart.
#include "executor/record/record.h"

#include <array>
#include <nlohmann/json.hpp>

namespace pawl::executor {
namespace {

// Insertion order is kept: an event reads run, sequence, time, kind, then its own fields.
using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, std::variant_size_v<Fact>> kKinds{
    "run-began",   "step-started", "operation-started", "operation-finished", "step-finished",
    "step-failed", "sample",       "notified",          "run-ended"};
constexpr std::array<std::string_view, 4> kOutcomes{"succeeded", "failed", "refused", "interrupted"};

/// A record that is not ours or not complete.
struct Broken {
  std::string what;
};

class Writer {
 public:
  explicit Writer(Json& json) : json_(json) {}
  template <class Value>
  void operator()(const char* name, const Value& value) {
    json_[name] = value;
  }
  void operator()(const char* name, const RunEnded::Outcome& outcome) {
    json_[name] = kOutcomes[static_cast<std::size_t>(outcome)];
  }
  void optional(const char* name, const std::string& value) { (*this)(name, value); }

 private:
  Json& json_;
};

class Reader {
 public:
  explicit Reader(const Json& json) : json_(json) {}
  /// A field that records of older versions do not have.
  void optional(const char* name, std::string& value) {
    if (json_.contains(name)) (*this)(name, value);
  }
  void operator()(const char* name, std::string& value) {
    if (!at(name).is_string()) throw Broken{wrong(name)};
    value = at(name).get<std::string>();
  }
  void operator()(const char* name, bool& value) {
    if (!at(name).is_boolean()) throw Broken{wrong(name)};
    value = at(name).get<bool>();
  }
  template <std::integral Number>
  void operator()(const char* name, Number& value) {
    const Json& field = at(name);
    const auto wide = field.is_number_integer() ? field.get<std::int64_t>() : std::int64_t{-1};
    const bool fits =
        field.is_number_integer() && std::in_range<Number>(wide) && !(field.is_number_unsigned() && wide < 0);
    if (!fits) throw Broken{wrong(name)};
    value = static_cast<Number>(wide);
  }
  void operator()(const char* name, RunEnded::Outcome& outcome) {
    std::string word;
    (*this)(name, word);
    for (std::size_t i = 0; i < kOutcomes.size(); ++i) {
      if (kOutcomes[i] == word) {
        outcome = static_cast<RunEnded::Outcome>(i);
        return;
      }
    }
    throw Broken{wrong(name)};
  }

 private:
  const Json& at(const char* name) const {
    const auto found = json_.find(name);
    if (found == json_.end()) throw Broken{std::string("`") + name + "` is missing"};
    return *found;
  }
  static std::string wrong(const char* name) {
    return std::string("`") + name + "` has the wrong type or value";
  }
  const Json& json_;
};

template <class F, class T>
concept Is = std::same_as<std::remove_const_t<F>, T>;

// The fields of each fact, in the order they are written.
void fields(auto& io, Is<RunBegan> auto& it) {
  io("plan", it.plan_id);
  io("stack", it.stack);
  io("from", it.from);
  io("to", it.to);
  io("owner", it.owner);
  io("pid", it.pid);
  io("resumed", it.resumed);
  io.optional("purpose", it.purpose);
}
void fields(auto& io, Is<StepStarted> auto& it) {
  io("step", it.step);
}
void fields(auto& io, Is<OperationStarted> auto& it) {
  io("step", it.step);
  io("operation", it.operation);
}
void fields(auto& io, Is<OperationFinished> auto& it) {
  io("step", it.step);
  io("operation", it.operation);
  io("ok", it.ok);
  io("skipped", it.skipped);
  io("exit_code", it.exit_code);
  io("output", it.output);
  io("error", it.error);
  io("capture", it.capture);
}
void fields(auto& io, Is<StepFinished> auto& it) {
  io("step", it.step);
}
void fields(auto& io, Is<StepFailed> auto& it) {
  io("step", it.step);
  io("reason", it.reason);
  io("evidence", it.evidence);
}
void fields(auto& io, Is<Sample> auto& it) {
  io("available", it.available);
  io("detail", it.detail);
}
void fields(auto& io, Is<Notified> auto& it) {
  io("name", it.name);
  io("event", it.event);
  io("ok", it.ok);
  io("error", it.error);
}
void fields(auto& io, Is<RunEnded> auto& it) {
  io("outcome", it.outcome);
  io("reason", it.reason);
  io("unavailable_ms", it.unavailable_ms);
  io("longest_unavailable_ms", it.longest_unavailable_ms);
}

/// A default fact of the kind with that index.
template <std::size_t... Indices>
Fact make_fact(std::size_t kind, std::index_sequence<Indices...>) {
  Fact fact;
  ((kind == Indices ? void(fact.emplace<Indices>()) : void()), ...);
  return fact;
}

Fact fact_of(std::string_view word) {
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    if (kKinds[i] == word) return make_fact(i, std::make_index_sequence<std::variant_size_v<Fact>>());
  }
  throw Broken{"`kind` is not one this version of pawl knows"};
}

Record parse(std::string_view text) {
  const Json json = Json::parse(text.begin(), text.end(), nullptr, false);
  if (!json.is_object()) throw Broken{"it is not a JSON object"};
  Record record;
  Reader reader(json);
  std::string kind;
  reader("run", record.run);
  reader("sequence", record.sequence);
  reader("at", record.at);
  reader("kind", kind);
  record.fact = fact_of(kind);
  std::visit([&](auto& fact) { fields(reader, fact); }, record.fact);
  return record;
}

}  // namespace

std::string_view kind(const Fact& fact) {
  return kKinds[fact.index()];
}

std::string write_record(const Record& record) {
  Json json;
  Writer writer(json);
  writer("run", record.run);
  writer("sequence", record.sequence);
  writer("at", record.at);
  writer("kind", kind(record.fact));
  std::visit([&](const auto& fact) { fields(writer, fact); }, record.fact);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

lang::Result<Record> read_record(std::string_view json) {
  try {
    return parse(json);
  } catch (const Broken& broken) {
    return lang::failure("a record of the journal cannot be read: " + broken.what);
  } catch (const Json::exception&) {
    return lang::failure("a record of the journal cannot be read: it is not a record");
  }
}

}  // namespace pawl::executor
