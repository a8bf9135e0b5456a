#include "examples/demo/http_wire.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <charconv>

namespace piprio {
namespace {

constexpr std::size_t kMaxHeader = 16u << 10;
constexpr std::size_t kMaxBody = 1u << 20;

/// Appends what has come; false at the end or on an error.
bool read_more(int socket, std::string& into) {
  std::array<char, 16384> buffer;
  ssize_t got = 0;
  do got = recv(socket, buffer.data(), buffer.size(), 0);
  while (got < 0 && errno == EINTR);
  if (got <= 0) return false;
  into.append(buffer.data(), static_cast<std::size_t>(got));
  return true;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool starts_with_name(std::string_view line, std::string_view name) {
  if (line.size() <= name.size() || line[name.size()] != ':') return false;
  for (std::size_t i = 0; i < name.size(); ++i)
    if (lower(line[i]) != name[i]) return false;
  return true;
}

/// The Content-Length; empty when there is none, larger than kMaxBody when it is nonsense.
std::optional<std::size_t> content_length(std::string_view headers) {
  const std::string text = header(headers, "content-length");
  if (text.empty()) return std::nullopt;
  std::size_t value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && rest != text.data() ? value : kMaxBody + 1;
}

}  // namespace

std::string header(std::string_view headers, std::string_view name) {
  while (!headers.empty()) {
    const std::size_t end = headers.find("\r\n");
    std::string_view line = headers.substr(0, end);
    headers = end == std::string_view::npos ? std::string_view() : headers.substr(end + 2);
    if (!starts_with_name(line, name)) continue;
    line.remove_prefix(name.size() + 1);
    while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
    return std::string(line);
  }
  return "";
}

std::optional<Message> read_message(int socket, bool to_end) {
  std::string bytes;
  std::size_t header_end = std::string::npos;
  while ((header_end = bytes.find("\r\n\r\n")) == std::string::npos)
    if (bytes.size() > kMaxHeader || !read_more(socket, bytes)) return std::nullopt;
  Message message;
  message.headers = bytes.substr(0, header_end);
  const std::size_t body_at = header_end + 4;
  const auto length = content_length(message.headers);
  if (length.value_or(0) > kMaxBody) return std::nullopt;
  message.first_line = message.headers.substr(0, message.headers.find("\r\n"));
  if (length) {
    while (bytes.size() < body_at + *length)
      if (!read_more(socket, bytes)) return std::nullopt;
    message.body = bytes.substr(body_at, *length);
  } else if (to_end) {
    while (bytes.size() < body_at + kMaxBody && read_more(socket, bytes)) {
    }
    message.body = bytes.substr(body_at);
  }
  return message;
}

bool write_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void set_timeouts(int socket, int milliseconds) {
  const timeval time{milliseconds / 1000, (milliseconds % 1000) * 1000};
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
}

}  // namespace piprio
