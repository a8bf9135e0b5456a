#include "lang/tokens.h"

#include <algorithm>

#include "lang/scan.h"

namespace pawl::lang {
namespace {

std::string_view trim_end(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
    text.remove_suffix(1);
  return text;
}

/// Length and kind of the token at the front of `rest`, which is not a space.
Token next_token(std::string_view whole, std::size_t at) {
  const std::string_view rest = whole.substr(at);
  const char c = rest[0];
  const auto token = [&](Token::Kind kind, std::size_t length) {
    return Token{kind, rest.substr(0, length)};
  };
  switch (c) {
    case '\n':
      return token(Token::Kind::Newline, 1);
    case '#':
      return token(Token::Kind::Comment, std::min(rest.find('\n'), rest.size()));
    case '"':
      return token(Token::Kind::String, std::min(string_end(whole, at), whole.size()) - at);
    case '{':
    case '(':
    case '[':
      return token(Token::Kind::Open, 1);
    case '}':
    case ')':
    case ']':
      return token(Token::Kind::Close, 1);
    case ',':
      return token(Token::Kind::Comma, 1);
    default:
      break;
  }
  if (rest.starts_with("<<"))
    return token(Token::Kind::Heredoc, std::min(heredoc_end(whole, at), whole.size()) - at);
  for (std::string_view sign : {"==", "!=", "<=", ">=", "&&", "||", "<", ">"}) {
    if (rest.starts_with(sign)) return token(Token::Kind::Operator, sign.size());
  }
  if (c == '=') return token(Token::Kind::Equals, 1);
  if (c == '!') return token(Token::Kind::Not, 1);
  const std::size_t end = rest.find_first_of(" \t\r\n#\"{}()[],=!<>&|");
  return token(Token::Kind::Atom, std::max<std::size_t>(1, std::min(end, rest.size())));
}

}  // namespace

std::vector<Token> tokenise(std::string_view text) {
  std::vector<Token> out;
  std::vector<std::size_t> open;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == ' ' || text[at] == '\t' || text[at] == '\r') {
      ++at;
      continue;
    }
    Token token = next_token(text, at);
    at += token.text.size();
    if (token.kind == Token::Kind::Comment) token.text = trim_end(token.text);
    if (token.kind == Token::Kind::Open) open.push_back(out.size());
    if (token.kind == Token::Kind::Close && !open.empty()) {
      token.partner = open.back();
      out[open.back()].partner = out.size();
      open.pop_back();
    }
    out.push_back(token);
  }
  return out;
}

}  // namespace pawl::lang
