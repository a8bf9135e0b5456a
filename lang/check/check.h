// Syntax tree → Stack. First every name is declared, so that blocks may refer to each other in any order;
// then each block is read by its own function (the files of this folder); last come the rules that span blocks.
#pragma once

#include <variant>
#include <vector>

#include "lang/ast.h"
#include "lang/check/fields.h"
#include "lang/check/scope.h"
#include "lang/diagnostic.h"
#include "lang/load.h"
#include "lang/schema.h"
#include "lang/stack.h"

namespace pawl::lang {

/// `items` are the top-level items of all files, in reading order; `manifest` is where missing blocks are
/// reported. `complete` is false when a file could not be read: what is not found may be there, and is not
/// reported. The result counts only when there are no errors.
Stack check(const std::vector<const ast::Item*>& items, Span manifest, bool complete,
            const LoadOptions& options, Diagnostics& diagnostics);

/// What a block's function gets: where to look up and report, the block, its row of the schema, and the Stack
/// to add to.
struct BlockReader {
  Scope& scope;
  const ast::Item& item;
  const BlockSchema& schema;
  Stack& stack;
  std::string label() const;
};

void read_stack(const BlockReader& block);
void read_deployment(const BlockReader& block);
void read_host(const BlockReader& block);
void read_source(const BlockReader& block);
void read_service(const BlockReader& block);
void read_database(const BlockReader& block);
void read_files(const BlockReader& block);
void read_backup(const BlockReader& block);
void read_restore(const BlockReader& block);
void read_release(const BlockReader& block);
void read_policy(const BlockReader& block);
void read_gate(const BlockReader& block);
void read_check(const BlockReader& block);
void read_step(const BlockReader& block);
void read_window(const BlockReader& block);
void read_downtime(const BlockReader& block);
void read_notify(const BlockReader& block);
void read_state(const BlockReader& block);

/// Notes the words of a block that are for some kinds of deployment only, for check_engines().
void note_deployment_words(const BlockReader& block, const Fields& fields,
                           std::variant<ServiceId, DatabaseId, FilesId> id);
/// Reports words of a database that mean nothing to its system: `path` of a PostgreSQL database.
void check_system(const BlockReader& block, const Fields& fields, Database::Engine system);
/// Reports a pin that means nothing to its deployment.
void check_pin(const BlockReader& block, const ast::Expression& pin);

/// Reads the `variable` blocks and gives each its value, before anything else is read.
void read_variables(Scope& scope, const std::vector<const ast::Item*>& items, const LoadOptions& options,
                    Stack& stack);

// Rules that span blocks.
/// Before attach_services(), which gives a service that names no deployment the first one.
void check_engines(Scope& scope, const Stack& stack);
void attach_services(Scope& scope, Stack& stack);
void attach_downtime(Scope& scope, Stack& stack);
void check_order(Scope& scope, const Stack& stack);
void check_releases(Scope& scope, const Stack& stack);

}  // namespace pawl::lang
