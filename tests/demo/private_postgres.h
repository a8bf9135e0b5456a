// A PostgreSQL server of our own, on a free port of the loopback, for as long as the program runs.
#pragma once

#include <string>

namespace piprio::test {

/// The URL of a new, empty database on it; empty when this machine has no PostgreSQL server installed.
std::string new_postgres_database();

}  // namespace piprio::test
