#include "planner/file/json_writer.h"
#include "planner/file/plan_fields.h"
#include "planner/file/plan_file.h"
#include "planner/file/plan_text.h"
#include "planner/plan/hash.h"

namespace pawl::planner {
namespace {

using namespace fields;

/// Walks a description and writes it. `out_` always ends in a place where the next value may go.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  void object(const char*) {}

  template <class T>
  void required(const char* name, const T& value, const char* = "") {
    key(name);
    put(value);
  }
  template <class T>
  void optional(const char* name, const T& value, const char* = "") {
    if (is_absent(value)) return;
    key(name);
    put(value);
  }
  /// A list with one member per line, so that two plans can be compared line by line.
  template <class T>
  void lines(const char* name, const std::vector<T>& values, const char* = "") {
    key(name);
    out_ += '[';
    for (std::size_t i = 0; i < values.size(); ++i) {
      out_ += i == 0 ? "\n" : ",\n";
      put(values[i]);
    }
    out_ += values.empty() ? "]" : "\n]";
  }

  void key(const char* name) {
    if (out_.back() != '{' && out_.back() != '\n') out_ += ',';
    append_json_string(out_, name);
    out_ += ':';
  }

  template <class T>
  void put(const T& value) {
    if constexpr (std::same_as<T, bool>) {
      out_ += value ? "true" : "false";
    } else if constexpr (std::integral<T>) {
      append_json_number(out_, value);
    } else if constexpr (std::is_enum_v<T>) {
      append_json_string(out_, name(value));
    } else if constexpr (std::same_as<T, std::string>) {
      append_json_string(out_, value);
    } else if constexpr (std::same_as<T, Duration>) {
      append_json_number(out_, value.count());
    } else if constexpr (std::same_as<T, StepId>) {
      append_json_number(out_, value.value + 1);
    } else if constexpr (IsVector<T>::value) {
      put_list(value);
    } else if constexpr (IsOptional<T>::value) {
      put(*value);
    } else if constexpr (IsPair<T>::value) {
      out_ += '[';
      put(value.first);
      out_ += ',';
      put(value.second);
      out_ += ']';
    } else {
      put_object(value);
    }
  }

 private:
  template <class T>
  void put_list(const std::vector<T>& values) {
    out_ += '[';
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out_ += ',';
      put(values[i]);
    }
    out_ += ']';
  }

  template <class T>
  void put_object(const T& value) {
    out_ += '{';
    if constexpr (Tagged<T>) {
      key(Tags<T>::kKey);
      append_json_string(out_, Tags<T>::kNames[value.index()]);
      std::visit([&](const auto& alternative) { describe(*this, alternative); }, value);
    } else {
      describe(*this, value);
    }
    out_ += '}';
  }
  void put_object(const std::map<std::string, std::string>& members) {
    out_ += '{';
    for (const auto& [name, value] : members) required(name.c_str(), value);
    out_ += '}';
  }
  void put_object(const LogSource& source) {
    std::visit([&](const auto& alternative) { put(alternative); }, source);
  }
  /// A text that stands for itself is a string; others are a list of their pieces.
  void put_object(const Text& text) {
    if (text.empty()) {
      out_ += "\"\"";
      return;
    }
    const auto* literal = std::get_if<lang::Literal>(&text.pieces.front());
    if (literal && text.pieces.size() == 1) {
      append_json_string(out_, literal->text);
      return;
    }
    put_list(text.pieces);
  }
  void put_object(const lang::Piece& piece) {
    if (const auto* literal = std::get_if<lang::Literal>(&piece)) {
      append_json_string(out_, literal->text);
      return;
    }
    out_ += '{';
    if (const auto* reference = std::get_if<lang::Reference>(&piece)) {
      required("ref", reference->path);
    } else {
      required("secret", std::get<lang::Secret>(piece).source);
    }
    out_ += '}';
  }

  std::string& out_;
};

void write_head(std::string& out, std::string_view format, int version) {
  out += "{\"format\":";
  append_json_string(out, format);
  out += ",\"version\":";
  append_json_number(out, version);
}

/// The plan without its id: what the id is the hash of.
std::string write_body(const Plan& plan) {
  std::string out;
  out.reserve(4096 + plan.steps.size() * 1024);
  write_head(out, kPlanFormat, Plan::kFormat);
  Writer writer(out);
  describe(writer, plan);
  return out;
}

template <class T>
std::string write_value(const T& value) {
  std::string out;
  Writer(out).put(value);
  return out;
}

}  // namespace

std::string write_plan(const Plan& plan) {
  std::string out = write_body(plan);
  out += ",\n\"id\":";
  append_json_string(out, plan.id);
  out += "}\n";
  return out;
}

std::string plan_id(const Plan& plan) {
  return sha256(write_body(plan));
}

std::string write_snapshot(const Snapshot& snapshot) {
  std::string out;
  write_head(out, kSnapshotFormat, Snapshot::kFormat);
  Writer writer(out);
  describe(writer, snapshot);
  out += "}\n";
  return out;
}

std::string write_operation(const Operation& operation) {
  return write_value(operation);
}
std::string write_question(const Question& question) {
  return write_value(question);
}

}  // namespace pawl::planner
