// Where a database's programs run: inside the service it belongs to, or on this machine.
#pragma once

#include "planner/scene/probes.h"

namespace pawl::planner {

void append(std::vector<Operation>& out, std::vector<Operation> more);
/// A program of a data provider as an operation, safe to repeat.
Result<std::vector<Operation>> at_server(const Scene& scene, const lang::Database& database,
                                         const ServerProgram& program, Duration timeout);
/// All that a data provider wants done, in its order.
Result<std::vector<Operation>> at_server(const Scene& scene, const lang::Database& database,
                                         const std::vector<DataStep>& steps, Duration timeout);
/// `argv` as a question; only programs that read.
Result<Question> ask_server(const Scene& scene, const lang::Database& database, std::vector<Text> argv);
Result<Condition> ask_server(const Scene& scene, const lang::Database& database, DataQuestion question);

}  // namespace pawl::planner
