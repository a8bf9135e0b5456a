// The JSON Schema of plan files and snapshots, written by walking the same descriptions as the writer and the
// reader.
#include <algorithm>

#include "planner/file/json_writer.h"
#include "planner/file/plan_fields.h"
#include "planner/file/plan_file.h"
#include "planner/file/plan_text.h"

namespace pawl::planner {
namespace {

using namespace fields;

constexpr const char* kText =
    R"({"description":"a text; pieces are literal, a reference filled in later, or a secret by its source","anyOf":[{"type":"string"},)"
    R"({"type":"array","items":{"anyOf":[{"type":"string"},)"
    R"({"type":"object","properties":{"ref":{"type":"string"}},"required":["ref"],"additionalProperties":false},)"
    R"({"type":"object","properties":{"secret":{"type":"string"}},"required":["secret"],"additionalProperties":false}]}}]})";

/// Definitions by name, in the order in which they were first met.
using Definitions = std::vector<std::pair<std::string, std::string>>;

/// The name a description gives itself, without looking at what it holds.
struct NameOnly {
  std::string name;
  void object(const char* text) { name = text; }
  void required(const char*, const auto&, const char* = "") {}
  void optional(const char*, const auto&, const char* = "") {}
  void lines(const char*, const auto&, const char* = "") {}
};
template <class T>
std::string name_of(const T& value) {
  NameOnly only;
  describe(only, value);
  return only.name;
}

/// Visits one struct and collects its properties; the structs it uses become definitions.
class Shape {
 public:
  explicit Shape(Definitions& definitions) : definitions_(definitions) {}

  void object(const char*) {}
  template <class T>
  void required(const char* name, const T& value, const char* doc = "") {
    property(name, value, doc);
    if (!required_.empty()) required_ += ',';
    append_json_string(required_, name);
  }
  template <class T>
  void optional(const char* name, const T& value, const char* doc = "") {
    property(name, value, doc);
  }
  template <class T>
  void lines(const char* name, const T& value, const char* doc = "") {
    required(name, value, doc);
  }

  /// `extra`: properties that come before the described ones, `also`: names of those that are required.
  std::string schema(const std::string& extra = "", const std::string& also = "") const {
    const auto joined = [](const std::string& a, const std::string& b) {
      return a.empty() || b.empty() ? a + b : a + ',' + b;
    };
    return R"({"type":"object","properties":{)" + joined(extra, properties_) + R"(},"required":[)" +
           joined(also, required_) + R"(],"additionalProperties":false})";
  }

 private:
  template <class T>
  void property(const char* name, const T& value, const char* doc) {
    if (!properties_.empty()) properties_ += ',';
    append_json_string(properties_, name);
    properties_ += ':';
    std::string schema = of(value);
    if (*doc != '\0') {
      std::string described = "{\"description\":";
      append_json_string(described, doc);
      schema = described + (schema == "{}" ? "}" : "," + schema.substr(1));
    }
    properties_ += schema;
  }

  template <class T>
  std::string of(const T& value) {
    if constexpr (std::same_as<T, bool>) {
      return R"({"type":"boolean"})";
    } else if constexpr (std::integral<T>) {
      return std::is_unsigned_v<T> ? R"({"type":"integer","minimum":0})" : R"({"type":"integer"})";
    } else if constexpr (std::is_enum_v<T>) {
      return one_of_names<T>();
    } else if constexpr (std::same_as<T, std::string>) {
      return R"({"type":"string"})";
    } else if constexpr (std::same_as<T, Duration>) {
      return R"({"type":"integer","minimum":0})";
    } else if constexpr (std::same_as<T, StepId>) {
      return R"({"type":"integer","minimum":1})";
    } else if constexpr (IsVector<T>::value) {
      return R"({"type":"array","items":)" + of(typename T::value_type{}) + "}";
    } else if constexpr (IsOptional<T>::value) {
      return of(typename T::value_type{});
    } else if constexpr (IsPair<T>::value) {
      return R"({"type":"array","prefixItems":[)" + of(value.first) + "," + of(value.second) +
             R"(],"minItems":2,"maxItems":2})";
    } else if constexpr (std::same_as<T, Text>) {
      return define("text", [] { return std::string(kText); });
    } else if constexpr (std::same_as<T, LogSource>) {
      return R"({"anyOf":[{"type":"string"},)" + of(Process{}) + "]}";
    } else if constexpr (std::same_as<T, std::map<std::string, std::string>>) {
      return R"({"type":"object","additionalProperties":{"type":"string"}})";
    } else if constexpr (Tagged<T>) {
      return one_of_tagged<T>(std::make_index_sequence<std::variant_size_v<T>>());
    } else {
      return struct_reference(value);
    }
  }

  template <class E>
  std::string one_of_names() {
    std::string out = R"({"enum":[)";
    for (const std::string_view each : names_of<E>()) {
      if (out.back() != '[') out += ',';
      append_json_string(out, each);
    }
    return out + "]}";
  }

  template <class T>
  std::string struct_reference(const T& value) {
    return define(name_of(value), [&] {
      Shape shape(definitions_);
      describe(shape, value);
      return shape.schema();
    });
  }

  template <class V, std::size_t I>
  std::string tagged() {
    const std::variant_alternative_t<I, V> value{};
    const std::string tag = Tags<V>::kNames[I];
    // A struct may also appear somewhere without its tag, which is another definition.
    return define("tagged-" + tag, [&] {
      Shape shape(definitions_);
      describe(shape, value);
      const std::string key = std::string("\"") + Tags<V>::kKey + "\"";
      return shape.schema(key + R"(:{"const":")" + tag + "\"}", key);
    });
  }
  template <class V, std::size_t... I>
  std::string one_of_tagged(std::index_sequence<I...>) {
    std::string out = R"({"oneOf":[)";
    ((out += (I == 0 ? "" : ",") + tagged<V, I>()), ...);
    return out + "]}";
  }

  /// A reference to the definition `name`, made by `make` when it is not there yet.
  template <class Make>
  std::string define(const std::string& name, Make make) {
    const bool known = std::any_of(definitions_.begin(), definitions_.end(),
                                   [&](const auto& definition) { return definition.first == name; });
    if (!known) {
      const std::size_t place = definitions_.size();
      definitions_.emplace_back(name, "");
      std::string schema = make();
      definitions_[place].second = std::move(schema);
    }
    return R"({"$ref":"#/$defs/)" + name + "\"}";
  }

  Definitions& definitions_;
  std::string properties_, required_;
};

template <class T>
std::string schema_of(const T& value, std::string_view format, int version, std::string_view title,
                      bool has_id) {
  Definitions definitions;
  Shape shape(definitions);
  describe(shape, value);
  std::string extra = R"("format":{"const":")" + std::string(format) + R"("},"version":{"const":)" +
                      std::to_string(version) + "}";
  if (has_id)
    extra +=
        R"(,"id":{"description":"SHA-256 of the rest of the file","type":"string","pattern":"^[0-9a-f]{64}$"})";
  std::string out =
      R"({"$schema":"https://json-schema.org/draft/2020-12/schema","title":")" + std::string(title) + "\",\n";
  out += shape.schema(extra, has_id ? R"("format","version","id")" : R"("format","version")").substr(1);
  out.pop_back();
  out += ",\n\"$defs\":{";
  for (std::size_t i = 0; i < definitions.size(); ++i) {
    out += (i == 0 ? "\n\"" : ",\n\"") + definitions[i].first + "\":" + definitions[i].second;
  }
  return out + "}}\n";
}

}  // namespace

std::string_view plan_schema() {
  static const std::string kSchema =
      schema_of(Plan{}, kPlanFormat, Plan::kFormat, "A compiled upgrade plan of pawl", true);
  return kSchema;
}

std::string_view snapshot_schema() {
  static const std::string kSchema =
      schema_of(Snapshot{}, kSnapshotFormat, Snapshot::kFormat, "What pawl observed of a deployment", false);
  return kSchema;
}

}  // namespace pawl::planner
