#include "providers/compose/yaml.h"

#include <yaml-cpp/anchor.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <optional>
#include <sstream>

#include "providers/compose/yaml_scalar.h"

namespace pawl::providers::compose {
namespace {

/// Leaves the YAML library from inside a callback; caught in parse_yaml.
struct Refused {
  Error error;
};

[[noreturn]] void refuse(const Place& place, std::string what, std::string fix) {
  throw Refused{failure_at(place, std::move(what), std::move(fix)).value()};
}

std::size_t count(const Node& node) {
  std::size_t total = 1;
  for (const Node& item : node.items) total += count(item);
  for (const Member& member : node.members) total += count(member.value);
  return total;
}

/// Adds the members of `from` that `into` does not have: what `<<` means. A member that is `!reset` takes an
/// earlier file's value away and then has the one that is merged, as in Compose.
void merge_missing(const Node& from, Node& into) {
  for (const Member& member : from.members) {
    Node* mine = into.find(member.key);
    if (!mine) {
      into.members.push_back(member);
    } else if (mine->override == Node::Override::Reset && member.value.override == Node::Override::Merge) {
      *mine = member.value;
      mine->override = Node::Override::Replace;
    }
  }
}

/// Builds the tree from the library's events. A frame is an open list or map.
class Builder final : public YAML::EventHandler {
 public:
  Builder(std::shared_ptr<const std::string> file, std::vector<std::string>& warnings)
      : file_(std::move(file)), warnings_(warnings) {}

  Node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node node;
    node.place = place(mark);
    finish(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      refuse(place(mark), "an alias is inside the very value it names, so it has no end",
             "write the inner value out");
    }
    spend(place(mark), found->second.size);
    finish(Node(found->second.node), 0, found->second.size);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node node = Node::scalar(value, place(mark));
    is_merge_key_ = value == "<<" && (tag == "?" || tag.empty() || tag == "tag:yaml.org,2002:merge");
    if (tag == "!reset") {
      node = Node();
      node.place = place(mark);
      node.override = Node::Override::Reset;
    } else if (tag == "?" || tag.empty() || is_resolved(tag)) {
      read_plain_into(node);
    } else if (tag == "!override") {
      node.override = Node::Override::Replace;
    }
    finish(std::move(node), anchor);
    is_merge_key_ = false;
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Node::list(place(mark)), tag, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Node::map(place(mark)), tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    Node node;
    YAML::anchor_t anchor = 0;
    std::optional<Member> key;  // a map's key that waits for its value
    bool key_merges = false;    // it is `<<`
    std::vector<Node> merges;   // values of `<<`, applied at the end
    std::map<std::string, std::uint32_t> lines;
    std::size_t size = 1;
  };
  struct Anchored {
    Node node;
    std::size_t size;
  };

  Place place(const YAML::Mark& mark) const {
    return {file_, static_cast<std::uint32_t>(mark.line + 1), static_cast<std::uint32_t>(mark.column + 1)};
  }

  /// Tags of YAML itself that say how a plain scalar is to be read. Others, `!secret` say, mean nothing to
  /// Compose, and the scalar is text.
  static bool is_resolved(const std::string& tag) {
    for (const char* name : {"int", "float", "bool", "null"}) {
      if (tag == std::string("tag:yaml.org,2002:") + name) return true;
    }
    return false;
  }

  void spend(const Place& at, std::size_t nodes) {
    total_ += nodes;
    if (total_ > kMaxNodes) {
      refuse(at,
             "the file grows beyond " + std::to_string(kMaxNodes) + " values once its aliases are expanded",
             "split the file, or use fewer aliases of aliases");
    }
  }

  void read_plain_into(Node& node) {
    const PlainScalar scalar = read_plain(node.text);
    if (!scalar.differs.empty()) {
      warnings_.push_back(where(node.place) + ": " + node.text + " is " + scalar.differs +
                          " to docker-compose 1.29 and text to Docker Compose v2; quote it to be sure");
    }
    node.type = scalar.type;
    node.text = scalar.text;
    if (scalar.null) node.kind = Node::Kind::Null;
  }

  void open(Node node, const std::string& tag, YAML::anchor_t anchor) {
    if (frames_.size() >= static_cast<std::size_t>(kMaxDepth)) {
      refuse(node.place, "values are nested deeper than " + std::to_string(kMaxDepth) + " levels",
             "flatten the file");
    }
    if (tag == "!reset")
      node.override = Node::Override::Reset;
    else if (tag == "!override")
      node.override = Node::Override::Replace;
    Frame frame;
    frame.node = std::move(node);
    frame.anchor = anchor;
    frames_.push_back(std::move(frame));
  }

  void close() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    for (const Node& merge : frame.merges) merge_missing(merge, frame.node);
    finish(std::move(frame.node), frame.anchor, frame.size);
  }

  /// A value is complete: it becomes a key, a member, an item or the root.
  void finish(Node node, YAML::anchor_t anchor, std::size_t size = 1) {
    if (size == 1) spend(node.place, 1);
    if (anchor != 0) anchors_[anchor] = {node, count(node)};
    if (frames_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& frame = frames_.back();
    frame.size += size;
    if (frame.node.is_list()) {
      frame.node.items.push_back(std::move(node));
    } else if (!frame.key) {
      begin_member(frame, std::move(node));
    } else {
      end_member(frame, std::move(node));
    }
  }

  void begin_member(Frame& frame, Node key) {
    if (!key.is_scalar() && !key.is_null()) {
      refuse(key.place, "a list or a map is where the name of a key should be",
             "write a plain name before the `:`");
    }
    if (key.is_null() || key.type != Node::Type::Text) {
      refuse(key.place, "the key `" + (key.is_null() ? "null" : key.text) + "` is not text",
             "put the key in quotes");
    }
    const std::string name = key.text;
    if (!frame.lines.emplace(name, key.place.line).second) {
      const bool merges = is_merge_key_ && name == "<<";
      refuse(key.place,
             "`" + name + "` appears twice in one map; first on line " + std::to_string(frame.lines[name]),
             merges ? "use one: <<: [*first, *second]"
                    : "remove one of the two: Compose would refuse the file or keep only the last");
    }
    frame.key = Member{name, std::move(key), key.place.line};
    frame.key_merges = is_merge_key_;
  }

  void end_member(Frame& frame, Node value) {
    Member member = std::move(*frame.key);
    frame.key.reset();
    if (!frame.key_merges) {
      frame.node.members.push_back({std::move(member.key), std::move(value), member.line});
      return;
    }
    if (value.is_map()) {
      frame.merges.push_back(std::move(value));
      return;
    }
    bool maps = value.is_list();
    for (const Node& item : value.items) maps = maps && item.is_map();
    if (!maps) refuse(member.value.place, "`<<` needs a map or a list of maps", "name a map: <<: *anchor");
    for (Node& item : value.items) frame.merges.push_back(std::move(item));
  }

  std::shared_ptr<const std::string> file_;
  std::vector<std::string>& warnings_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  Node root_;
  std::size_t total_ = 0;
  bool is_merge_key_ = false;  // of the scalar that is being finished
};

/// The library's wording becomes ours: what a person most likely did wrong.
std::pair<std::string, std::string> explain(const std::string& message) {
  const auto has = [&](const char* part) { return message.find(part) != std::string::npos; };
  if (has("unknown anchor") || has("the referenced anchor"))
    return {"an alias names an anchor that is not defined before it", "define it with & first"};
  if (has("tab")) return {"a tab is used for indentation", "indent with spaces"};
  if (has("illegal map value"))
    return {"a second `:` follows on one line, or the indentation is off",
            "quote the value, or indent it under its key"};
  if (has("end of map") || has("end of sequence"))
    return {"the indentation does not fit the lines above, or a bracket is not closed",
            "line the key up with its siblings"};
  if (has("illegal block entry"))
    return {"a list begins where none can be", "put `-` on a line of its own, under its key"};
  if (has("illegal EOF")) return {"the file ends inside a value", "close the quote or bracket"};
  if (has("quote") || has("end of scalar") || has("EOF"))
    return {"a quoted text is not closed", "close the quote"};
  if (has("escape"))
    return {"there is an unknown escape in double quotes",
            "use single quotes, or write \\\\ for a backslash"};
  if (has("unknown token") || has("character"))
    return {"a character is where none of its kind can be", "quote the value"};
  return {"this line cannot be read as YAML", "check indentation, quotes and brackets"};
}

bool valid_utf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80                   ? 1
                               : lead >= 0xc2 && lead < 0xe0 ? 2
                               : lead >= 0xe0 && lead < 0xf0 ? 3
                               : lead >= 0xf0 && lead < 0xf5 ? 4
                                                             : 0;
    if (length == 0 || i + length > text.size()) return false;
    for (std::size_t k = 1; k < length; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80) return false;
    }
    i += length;
  }
  return true;
}

Result<void> check_bytes(std::string_view text, const std::string& file) {
  if (text.size() > kMaxFileBytes) {
    return failure(file + " is larger than " + std::to_string(kMaxFileBytes >> 20) + " MiB",
                   "check that it is a Compose file");
  }
  if (text.find('\0') != std::string_view::npos || !valid_utf8(text)) {
    return failure(file + " is not UTF-8 text", "save it as UTF-8");
  }
  return {};
}

}  // namespace

Result<std::vector<Node>> parse_yaml(std::string_view text, const std::string& file,
                                     std::vector<std::string>& warnings) {
  if (auto checked = check_bytes(text, file); !checked) return tl::unexpected(checked.error());
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  const auto name = std::make_shared<const std::string>(file);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    std::vector<Node> documents;
    for (;;) {
      Builder builder(name, warnings);
      if (!parser.HandleNextDocument(builder)) return documents;
      documents.push_back(builder.take());
      // The library can find empty documents without end in a broken text.
      if (documents.size() > kMaxDocuments) {
        return failure(file + " holds more than " + std::to_string(kMaxDocuments) + " documents",
                       "check that it is a Compose file, or split it");
      }
    }
  } catch (const Refused& refused) {
    return tl::unexpected(refused.error);
  } catch (const YAML::Exception& exception) {
    const auto [what, fix] = explain(exception.msg);
    return failure_at({name, static_cast<std::uint32_t>(std::max(exception.mark.line, 0) + 1), 0}, what, fix);
  }
}

}  // namespace pawl::providers::compose
