// How PostgreSQL's programs are called.
#pragma once

#include <vector>

#include "lang/stack.h"

namespace pawl::providers::data {

/// -h, -p, -U and -d, where the manifest says them.
void add_connection(const lang::Database& database, std::vector<lang::Text>& argv);
/// psql that runs `queries` one after the other and stops at the first mistake.
std::vector<lang::Text> psql(const lang::Database& database, const std::vector<lang::Text>& queries);

}  // namespace pawl::providers::data
