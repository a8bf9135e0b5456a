// Why a program gave up, found among the lines it printed. Programs print it first, last or in the middle, on
// stdout or on stderr, and before or after sentences that say no more than that something went wrong.
#pragma once

#include <string>
#include <string_view>

namespace pawl::executor {

/// Takes the lines as they come and keeps the one that tells most. A line that says `error` or `fatal` tells
/// more than one that says `failed` or `denied`, and that one more than any other; of two that tell as much,
/// stderr goes before stdout and the later before the earlier. What only announces an end ("exit status 1",
/// "Encountered errors while bringing up the project") tells least, and progress ("Creating shop_api_1 ...
/// error") nothing.
class Reason {
 public:
  enum class Stream { Out, Err };
  void add(Stream stream, std::string_view line);
  /// The whole line, without white space around it; empty when there was none that tells anything.
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  int weight_ = 0;
};

/// The same of two streams that are at hand as a whole.
std::string reason_in(std::string_view err, std::string_view out);

/// `printed` without the lines that say what `reason` says, and at most its last `most` lines: what stands in
/// a report beside the reason. A line says the same when it is the reason, or ends as it does ("ERROR: for
/// x_api_1 …" and "ERROR: for api …").
std::string printed_besides(std::string_view printed, std::string_view reason, std::size_t most);

}  // namespace pawl::executor
