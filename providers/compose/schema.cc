#include "providers/compose/schema.h"

#include <algorithm>
#include <cstdlib>
#include <deque>

#include "providers/compose/schema_rows.h"

namespace pawl::providers::compose {
namespace {

/// The rows as shapes. They are ours, so a mistake in them is a bug and not an Error.
class Schema {
 public:
  Schema() {
    Keys* open = nullptr;
    for (const std::string& row : split_all(kSchemaRows, '\n')) {
      std::string_view line = row;
      if (take(line, "= ")) {
        open = &keys_[std::string(word(line))];
        skip(line);
        open->closed = line == "closed";
        open->open = line == "open";
      } else if (take(line, ": ")) {
        const std::string name(word(line));
        shared_[name] = shape(line);
      } else if (open && line.starts_with("  ")) {
        add_row(*open, line);
      }
    }
    file_.keys = &keys_["file"];
  }

  const Shape& file() const { return file_; }

 private:
  static void skip(std::string_view& line) {
    while (line.starts_with(' ')) line.remove_prefix(1);
  }
  static bool take(std::string_view& line, std::string_view front) {
    if (!line.starts_with(front)) return false;
    line.remove_prefix(front.size());
    return true;
  }
  /// What comes before one of `ends`, taken from the front.
  static std::string_view until(std::string_view& line, std::string_view ends) {
    skip(line);
    const std::string_view found = line.substr(0, line.find_first_of(ends));
    line.remove_prefix(found.size());
    return found;
  }
  static std::string_view word(std::string_view& line) { return until(line, " ]}!?(/"); }

  void add_row(Keys& keys, std::string_view line) {
    std::string key(until(line, " "));
    if (key.ends_with('*')) {
      key.pop_back();
      keys.required.push_back(key);
    }
    keys.rows[key] = shape(line);
  }

  /// Reads kinds up to the end of the line or a closing bracket.
  Shape shape(std::string_view& line) {
    Shape out;
    for (skip(line); !line.empty() && line[0] != ']' && line[0] != '}'; skip(line)) kind(line, out);
    return out;
  }

  const Shape* keep(Shape shape) {
    kept_.push_back(std::move(shape));
    return &kept_.back();
  }

  void kind(std::string_view& line, Shape& out) {
    if (take(line, "->")) {
      reading(std::string(until(line, " ]}")), out);
    } else if (take(line, "[")) {
      out.item = keep(shape(line));
      take(line, "]");
      out.unique = take(line, "!");
    } else if (take(line, "{")) {
      out.names = take(line, "name:")    ? Shape::Names::Name
                  : take(line, "lower:") ? Shape::Names::Lower
                                         : Shape::Names::Any;
      out.entry = keep(shape(line));
      take(line, "}");
      out.other_names = take(line, "?");
    } else if (take(line, "@")) {
      refer(std::string(word(line)), out);
    } else {
      scalar(line, out);
    }
  }

  /// What is shared is defined before it is used; maps with known keys may be defined later.
  void refer(const std::string& name, Shape& out) {
    const auto shared = shared_.find(name);
    if (shared == shared_.end()) {
      out.keys = &keys_[name];
      out.keys_name = name;
      return;
    }
    const bool text = out.text;
    out = shared->second;
    out.text = out.text || text;
  }

  static void scalar(std::string_view& line, Shape& out) {
    const std::string_view name = word(line);
    if (name == "text") out.text = true;
    if (name == "integer") out.integer = true;
    if (name == "number") out.number = true;
    if (name == "boolean") out.boolean = true;
    if (name == "null") out.null = true;
    if (name == "any") out.any = true;
    if (take(line, "/")) {
      out.pattern = until(line, "/");
      take(line, "/");
    } else if (take(line, "(")) {
      const std::string_view inside = until(line, ")");
      take(line, ")");
      if (name == "text") {
        out.words = split_all(inside, '|');
      } else {
        range(std::string(inside), out);
      }
    }
  }

  static void range(const std::string& text, Shape& out) {
    const std::size_t dots = text.find("..");
    out.least = std::atol(text.c_str());
    if (dots + 2 < text.size()) out.most = std::atol(text.c_str() + dots + 2);
  }

  static void reading(std::string name, Shape& out) {
    out.keeps_nothing = name.ends_with('+');
    if (out.keeps_nothing) name.pop_back();
    static const std::map<std::string, Reading> kNames{
        {"flag", Reading::Flag}, {"count", Reading::Count},       {"natural", Reading::Natural},
        {"real", Reading::Real}, {"duration", Reading::Duration}, {"size", Reading::Size},
        {"mode", Reading::Mode}, {"devices", Reading::Devices},   {"words", Reading::Words},
    };
    out.reading = kNames.at(name);
  }

  std::map<std::string, Keys> keys_;
  std::map<std::string, Shape> shared_;
  std::deque<Shape> kept_;
  Shape file_;
};

}  // namespace

const Shape& file_shape() {
  static const Schema schema;
  return schema.file();
}

}  // namespace pawl::providers::compose
