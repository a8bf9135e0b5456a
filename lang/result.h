// The one way a failure of the world travels as a value. No exception crosses a folder.
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace pawl::lang {

/// A failure in words for people: what happened and, where known, what to do next.
struct Error {
  std::string what;  // one sentence, no trailing newline; names the file, host or program
  std::string fix;   // what to type or change; may be empty
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> failure(std::string what, std::string fix = {}) {
  return tl::unexpected<Error>(Error{std::move(what), std::move(fix)});
}

}  // namespace pawl::lang
