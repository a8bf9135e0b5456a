// Text → syntax tree. The only door to the generated parser; nothing of it is seen outside parse.cc.
#pragma once

#include <vector>

#include "lang/ast.h"
#include "lang/diagnostic.h"
#include "lang/scan.h"

namespace pawl::lang {

/// The top-level items of file `id`, cut as `scan` found them. Mistakes are reported; an item that is hurt by
/// one is marked damaged, and keeps its keyword and label where they can be told, so that references to it
/// hold.
std::vector<ast::Item> parse(const Sources& sources, SourceId id, const Scan& scan, Diagnostics& diagnostics);

}  // namespace pawl::lang
