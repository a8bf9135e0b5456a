// Reading and writing HTTP messages on a socket; shared by server and client.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace piprio {

struct Message {
  std::string first_line;
  std::string headers;  // all lines, the first one too
  std::string body;
};

/// Reads one message: headers of at most 16 KiB, a body of at most 1 MiB. Without a Content-Length the body
/// is what comes before the end (`to_end`) or nothing. Empty when the message is broken off, too large or too
/// slow.
std::optional<Message> read_message(int socket, bool to_end);
/// The value of a header; empty when there is none. `name` in lower case.
std::string header(std::string_view headers, std::string_view name);
/// Whether everything was written.
bool write_all(int socket, std::string_view bytes);
void set_timeouts(int socket, int milliseconds);

}  // namespace piprio
