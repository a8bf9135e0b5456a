// What may be typed next, told from an unfinished command line and the description of the whole one. Reads no
// file: words that only this deployment knows, such as runs and bundles, are looked up by complete.cc.
#pragma once

#include <string>
#include <vector>

#include "cli/arguments.h"

namespace pawl::cli {

struct Candidate {
  std::string word;
  std::string help;  // one line; may be empty
};

/// Where the word that is being typed is, and what was typed before it.
struct Typed {
  Common common;                    // -C, --manifest, --var and --var-file so far
  std::string command;              // empty: not yet typed
  std::vector<std::string> places;  // words that are not options, after the command
  std::string begun;                // what there is of the word; of an option's value: without --option=
  std::string prefix;               // the --option= that belongs to the word, for shells that see one word
  std::string type;                 // what may go there, as in OptionDescription; empty: see `fixed`
  std::vector<Candidate> fixed;     // commands or options that may go there
};

/// `words` are those after `pawl`, the last one being typed. A lone "=" belongs to the words around it,
/// because bash takes --option=value apart.
Typed read_typed(const CommandLineDescription& line, std::vector<std::string> words);

}  // namespace pawl::cli
