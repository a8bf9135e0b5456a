// The generated parser reads one top-level item at a time. It bails out at the first token that does not fit;
// the message is made here from that token and its neighbours, in the words of the language, not of the
// grammar. Then the line of the mistake is blanked and the item read again, so that further mistakes in it
// are found as well.
#include "lang/parse.h"

#include <antlr4-runtime.h>

#include <algorithm>
#include <optional>
#include <string>

#include "PawlLexer.h"
#include "PawlParser.h"
#include "lang/mistake.h"

namespace pawl::lang {

namespace {

/// Bytes as characters: offsets of tokens are offsets of bytes, and nothing is converted. Only strings and
/// comments may hold bytes above 127, and the text is known to be valid UTF-8.
class Bytes final : public antlr4::CharStream {
 public:
  void set(std::string_view text) {
    text_ = text;
    at_ = 0;
  }
  void consume() override { ++at_; }
  std::size_t LA(ssize_t i) override {
    if (i == 0) return 0;
    const std::size_t at = at_ + static_cast<std::size_t>(i < 0 ? i : i - 1);
    return at < text_.size() ? static_cast<unsigned char>(text_[at]) : EOF;
  }
  ssize_t mark() override { return -1; }
  void release(ssize_t) override {}
  std::size_t index() override { return at_; }
  void seek(std::size_t index) override { at_ = std::min(index, text_.size()); }
  std::size_t size() override { return text_.size(); }
  std::string getSourceName() const override { return {}; }
  std::string getText(const antlr4::misc::Interval& interval) override {
    const auto begin = static_cast<std::size_t>(std::max<ssize_t>(interval.a, 0));
    if (begin >= text_.size() || interval.b < interval.a) return {};
    return std::string(text_.substr(begin, static_cast<std::size_t>(interval.b) - begin + 1));
  }
  std::string toString() const override { return std::string(text_); }
  std::string_view text() const { return text_; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

namespace grammar {

void PawlLexer::finish_heredoc() {
  const std::size_t end = heredoc_end(static_cast<Bytes*>(_input)->text(), tokenStartCharIndex);
  if (end != std::string_view::npos) _input->seek(end);
}

}  // namespace grammar

namespace {

using antlr4::Token;
using grammar::PawlLexer;
using grammar::PawlParser;

constexpr int kMistakesInOneItem = 20;
/// Tokens and contexts take some hundred times the memory of their text.
constexpr std::size_t kLargestItem = 512u << 10;

/// Where the parser gave up.
struct Stop {
  const Token* token;
};

/// Gives up at the first mistake: `Stop` passes through the generated code untouched.
class GiveUp final : public antlr4::DefaultErrorStrategy {
 public:
  void recover(antlr4::Parser* parser, std::exception_ptr) override { throw Stop{parser->getCurrentToken()}; }
  Token* recoverInline(antlr4::Parser* parser) override { throw Stop{parser->getCurrentToken()}; }
  void sync(antlr4::Parser*) override {}
  void reportError(antlr4::Parser*, const antlr4::RecognitionException&) override {}
};

/// What the parser found → syntax tree, for one chunk of the text.
class Builder {
 public:
  Builder(std::string_view text, SourceId id, std::uint32_t offset) : text_(text), id_(id), offset_(offset) {}

  void items(const std::vector<PawlParser::ItemContext*>& contexts, std::vector<ast::Item>& out) const {
    out.reserve(out.size() + contexts.size());
    for (const PawlParser::ItemContext* context : contexts) out.push_back(item(*context));
  }

 private:
  std::string_view text(const Token& token) const {
    return text_.substr(token.getStartIndex(), token.getStopIndex() + 1 - token.getStartIndex());
  }
  Span span(std::size_t begin, std::size_t end) const {
    return {id_, static_cast<std::uint32_t>(begin) + offset_, static_cast<std::uint32_t>(end) + offset_};
  }
  Span span(const Token& token) const { return span(token.getStartIndex(), token.getStopIndex() + 1); }
  Span span(const antlr4::ParserRuleContext& context) const {
    return span(context.start->getStartIndex(), context.stop->getStopIndex() + 1);
  }

  ast::Item item(const PawlParser::ItemContext& context) const {
    ast::Item out;
    out.keyword = {text(*context.keyword), span(*context.keyword)};
    out.span = span(context);
    if (context.name) out.label = leaf(*context.name->start);
    if (context.value) out.value = expression(*context.value);
    if (context.block) {
      out.has_body = true;
      items(context.block->items, out.body);
    }
    return out;
  }

  ast::Expression leaf(const Token& token) const {
    ast::Expression out;
    const auto type = token.getType();
    out.kind = type == PawlLexer::NUMBER ? ast::Expression::Kind::Number
               : type == PawlLexer::WORD ? ast::Expression::Kind::Word
                                         : ast::Expression::Kind::String;
    out.text = text(token);
    out.span = span(token);
    return out;
  }

  using Signs = std::vector<std::string_view>;

  ast::Expression expression(const PawlParser::ExpressionContext& context) const {
    if (context.signs.empty()) return operand(*context.operands[0]);
    std::vector<ast::Expression> operands;
    Signs signs;
    for (const auto* one : context.operands) operands.push_back(operand(*one));
    for (const Token* one : context.signs) signs.push_back(text(*one));
    std::size_t at = 0;
    return any_of(operands, signs, at);
  }

  // The three levels of precedence: comparison, &&, ||. `at` is the next operand.
  static ast::Expression any_of(std::vector<ast::Expression>& operands, const Signs& signs, std::size_t& at) {
    return chain(ast::Expression::Kind::Or, "||", operands, signs, at, all_of);
  }
  static ast::Expression all_of(std::vector<ast::Expression>& operands, const Signs& signs, std::size_t& at) {
    return chain(ast::Expression::Kind::And, "&&", operands, signs, at, comparison);
  }
  static ast::Expression comparison(std::vector<ast::Expression>& operands, const Signs& signs,
                                    std::size_t& at) {
    ast::Expression left = std::move(operands[at++]);
    while (at <= signs.size() && signs[at - 1] != "&&" && signs[at - 1] != "||") {
      const std::string_view sign = signs[at - 1];
      if (left.kind == ast::Expression::Kind::Compare) {  // a < b < c: kept flat, refused by the checker
        left.span.end = operands[at].span.end;
        left.fields.push_back({{}, std::move(operands[at++])});
      } else {
        ast::Expression both = join(ast::Expression::Kind::Compare, std::move(left));
        both.text = sign;
        add(both, std::move(operands[at++]));
        left = std::move(both);
      }
    }
    return left;
  }

  template <class Next>
  static ast::Expression chain(ast::Expression::Kind kind, std::string_view sign,
                               std::vector<ast::Expression>& operands, const Signs& signs, std::size_t& at,
                               Next next) {
    ast::Expression first = next(operands, signs, at);
    if (at > signs.size() || signs[at - 1] != sign) return first;
    ast::Expression out = join(kind, std::move(first));
    while (at <= signs.size() && signs[at - 1] == sign) add(out, next(operands, signs, at));
    return out;
  }

  static ast::Expression join(ast::Expression::Kind kind, ast::Expression first) {
    ast::Expression out;
    out.kind = kind;
    out.span = first.span;
    out.fields.push_back({{}, std::move(first)});
    return out;
  }
  static void add(ast::Expression& to, ast::Expression operand) {
    to.span.end = operand.span.end;
    to.fields.push_back({{}, std::move(operand)});
  }

  ast::Expression operand(const PawlParser::OperandContext& context) const {
    if (context.nots.size() % 2 == 0) return positive(context);
    ast::Expression negated = join(ast::Expression::Kind::Not, positive(context));
    negated.span = span(context);
    return negated;
  }

  ast::Expression positive(const PawlParser::OperandContext& context) const {
    if (context.leaf) return leaf(*context.leaf);
    if (context.elements) return list(*context.elements);
    if (context.entries)
      return with_fields(ast::Expression::Kind::Object, *context.entries, context.entries->all);
    if (context.inside) return group(*context.inside);
    ast::Expression out = leaf(*context.word);
    if (!context.call) return out;
    const std::string_view name = out.text;
    out = with_fields(ast::Expression::Kind::Call, context, context.call->all);
    out.span.begin = static_cast<std::uint32_t>(context.word->getStartIndex()) + offset_;
    out.text = name;
    return out;
  }

  ast::Expression list(const PawlParser::ListContext& context) const {
    ast::Expression out;
    out.kind = ast::Expression::Kind::List;
    out.span = span(context);
    out.fields.reserve(context.all.size());
    for (const auto* element : context.all) out.fields.push_back({{}, expression(*element)});
    return out;
  }

  ast::Expression group(const PawlParser::GroupContext& context) const {
    ast::Expression out = expression(*context.inner);
    // (a < b) < c is not a chain of comparisons.
    if (out.kind != ast::Expression::Kind::Compare) out.span = span(context);
    return out;
  }

  ast::Expression with_fields(ast::Expression::Kind kind, const antlr4::ParserRuleContext& context,
                              const std::vector<PawlParser::ArgumentContext*>& arguments) const {
    ast::Expression out;
    out.kind = kind;
    out.span = span(context);
    out.fields.reserve(arguments.size());
    for (const auto* argument : arguments) out.fields.push_back(field(*argument));
    return out;
  }

  ast::Field field(const PawlParser::ArgumentContext& context) const {
    if (!context.right) return {{}, expression(*context.left)};
    const Span key = span(*context.left);
    return {{text_.substr(key.begin - offset_, key.end - key.begin), key}, expression(*context.right)};
  }

  std::string_view text_;  // of the chunk
  SourceId id_;
  std::uint32_t offset_;
};

SeenToken::Kind kind_of(const Token& token) {
  using Kind = SeenToken::Kind;
  switch (token.getType()) {
    case PawlLexer::WORD:
    case PawlLexer::NUMBER:
    case PawlLexer::STRING:
    case PawlLexer::HEREDOC:
      return Kind::Value;
    case PawlLexer::OPEN_BRACE:
    case PawlLexer::OPEN_BRACKET:
    case PawlLexer::OPEN_PAREN:
      return Kind::Open;
    case PawlLexer::CLOSE_BRACE:
    case PawlLexer::CLOSE_BRACKET:
    case PawlLexer::CLOSE_PAREN:
      return Kind::Close;
    case PawlLexer::EQUALS:
      return Kind::Equals;
    case PawlLexer::OPERATOR:
      return Kind::Sign;
    case PawlLexer::NOT:
      return Kind::Not;
    case PawlLexer::COMMA:
      return Kind::Comma;
    case PawlLexer::NEWLINE:
      return Kind::LineEnd;
    case Token::EOF:
      return Kind::End;
    default:
      return Kind::Stray;
  }
}

SeenToken seen(std::string_view text, const Token& token) {
  const SeenToken::Kind kind = kind_of(token);
  if (kind == SeenToken::Kind::End) return {kind, {}};
  const std::size_t length = kind == SeenToken::Kind::Stray
                                 ? std::string_view::npos
                                 : token.getStopIndex() + 1 - token.getStartIndex();
  return {kind, text.substr(token.getStartIndex(), length)};
}

class ItemParser {
 public:
  ItemParser(const Sources& sources, SourceId id, Diagnostics& diagnostics)
      : text_(sources.file(id).text),
        id_(id),
        diagnostics_(diagnostics),
        lexer_(&bytes_),
        tokens_(&lexer_),
        parser_(&tokens_) {
    lexer_.removeErrorListeners();
    parser_.removeErrorListeners();
    parser_.setBuildParseTree(false);
    parser_.setErrorHandler(std::make_shared<GiveUp>());
  }

  void add(const Chunk& chunk, std::vector<ast::Item>& out) {
    chunk_ = text_.substr(chunk.begin, chunk.end - chunk.begin);
    offset_ = chunk.begin;
    if (chunk.broken) return add_stub(out);
    if (chunk_.size() > kLargestItem) return report_large(out);
    const std::size_t first = out.size();
    std::string patched;  // the chunk without the lines that did not parse
    std::string_view text = chunk_;
    for (int mistakes = 0; mistakes <= kMistakesInOneItem; ++mistakes) {
      const auto stop = read(text, out);
      if (!stop) {
        for (std::size_t i = first; mistakes > 0 && i < out.size(); ++i) out[i].damaged = true;
        return;
      }
      if (patched.empty()) patched = chunk_;
      if (!blank_line(patched, *stop)) break;
      text = patched;
    }
    add_stub(out);
  }

 private:
  void report_large(std::vector<ast::Item>& out) {
    add_stub(out);
    diagnostics_.add({DiagnosticKind::FileTooLarge,
                      out.empty() ? Span{id_, offset_, offset_ + 1} : out.back().span,
                      "this block is larger than 512 KiB",
                      "",
                      "a manifest is written by hand: check that this is the right file",
                      "",
                      {}});
  }

  /// Reads `text`; at a mistake, reports it and returns its offset.
  std::optional<std::size_t> read(std::string_view text, std::vector<ast::Item>& out) {
    bytes_.set(text);
    lexer_.setInputStream(&bytes_);
    tokens_.setTokenSource(&lexer_);
    parser_.setTokenStream(&tokens_);
    try {
      Builder(chunk_, id_, offset_).items(parser_.file()->items, out);
      return std::nullopt;
    } catch (const Stop& stop) {
      return explain(text, *stop.token);
    }
  }

  std::size_t explain(std::string_view text, const Token& token) {
    const std::size_t index = token.getTokenIndex();
    const std::size_t begin = std::min(token.getStartIndex(), text.size());
    std::size_t end = token.getType() == Token::EOF ? begin : token.getStopIndex() + 1;
    std::size_t point = begin;
    // The end of a line or block is shown as the place after the last thing on it.
    if (token.getType() == Token::EOF || token.getType() == PawlLexer::NEWLINE) {
      point = index > 0 ? tokens_.get(index - 1)->getStopIndex() : begin;
      end = point + 1;
    }
    const Span where{id_, static_cast<std::uint32_t>(point) + offset_,
                     static_cast<std::uint32_t>(end) + offset_};
    std::optional<SeenToken> before;
    if (index > 0) before = seen(text, *tokens_.get(index - 1));
    diagnostics_.add(explain_mistake(seen(text, token), before, where));
    return point;
  }

  /// Blanks the line at `at`, if what is left is still balanced and worth reading.
  static bool blank_line(std::string& text, std::size_t at) {
    std::size_t begin = text.rfind('\n', at);
    begin = begin == std::string::npos ? 0 : begin + 1;
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (begin == 0) return false;  // the line of the keyword: without it the rest means nothing
    int depth = 0;
    for (std::size_t i = begin; i < end && text[i] != '#';) {
      if (text[i] == '"') {
        i = string_end(text, i);
        if (i == std::string::npos) return false;
        continue;
      }
      if (text.compare(i, 2, "<<") == 0) return false;
      if (text[i] == '{' || text[i] == '(' || text[i] == '[') ++depth;
      if (text[i] == '}' || text[i] == ')' || text[i] == ']') --depth;
      if (depth < 0) return false;
      ++i;
    }
    if (depth != 0) return false;
    std::fill(text.begin() + static_cast<std::ptrdiff_t>(begin),
              text.begin() + static_cast<std::ptrdiff_t>(end), ' ');
    return true;
  }

  /// The keyword and label of an item whose body is beyond reading, so that references to it still hold.
  void add_stub(std::vector<ast::Item>& out) {
    bytes_.set(chunk_);
    lexer_.setInputStream(&bytes_);
    const auto keyword = lexer_.nextToken();
    if (keyword->getType() != PawlLexer::WORD) return;
    ast::Item stub;
    stub.damaged = true;
    stub.keyword = word(*keyword);
    stub.span = stub.keyword.span;
    const auto label = lexer_.nextToken();
    const bool labelled = label->getType() == PawlLexer::WORD || label->getType() == PawlLexer::NUMBER ||
                          label->getType() == PawlLexer::STRING;
    if (labelled) {
      const ast::Word text = word(*label);
      const auto kind = label->getType() == PawlLexer::STRING   ? ast::Expression::Kind::String
                        : label->getType() == PawlLexer::NUMBER ? ast::Expression::Kind::Number
                                                                : ast::Expression::Kind::Word;
      stub.label = ast::Expression{kind, text.span, text.text, {}};
    }
    out.push_back(std::move(stub));
  }

  ast::Word word(const Token& token) const {
    const auto begin = static_cast<std::uint32_t>(token.getStartIndex());
    const auto end = static_cast<std::uint32_t>(token.getStopIndex() + 1);
    return {chunk_.substr(begin, end - begin), {id_, begin + offset_, end + offset_}};
  }

  std::string_view text_;
  SourceId id_;
  Diagnostics& diagnostics_;
  std::string_view chunk_;
  std::uint32_t offset_ = 0;
  Bytes bytes_;
  PawlLexer lexer_;
  antlr4::CommonTokenStream tokens_;
  PawlParser parser_;
};

}  // namespace

std::vector<ast::Item> parse(const Sources& sources, SourceId id, const Scan& scan,
                             Diagnostics& diagnostics) {
  PawlLexer::prepare();
  PawlParser::prepare();
  std::vector<ast::Item> items;
  items.reserve(scan.chunks.size());
  ItemParser parser(sources, id, diagnostics);
  for (const Chunk& chunk : scan.chunks) parser.add(chunk, items);
  return items;
}

}  // namespace pawl::lang
