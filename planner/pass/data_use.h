// Who works on the application's data, and which steps may change its form: what `expand`, `recover` and
// `prove` must agree on.
#pragma once

#include <string>
#include <vector>

#include "planner/pass/changes.h"

namespace pawl::planner {

/// An instance of it reads or writes the databases of the stack, as far as anybody can tell: frontends and
/// proxies do not, unless they migrate one, and a datastore is the database.
bool uses_databases(const lang::Service& service);

/// It has data of its own that outlives its instances: its role says so, or a database's server runs in it.
bool keeps_data(const lang::Stack& stack, const lang::Service& service);

/// Databases of which nothing says who migrates them: no service and no step of every upgrade names them, and
/// they have no `migrate`.
std::vector<lang::DatabaseId> undeclared(const lang::Stack& stack);

/// Datastores that no `database` names as its `service`, and that do not say `migrates = []`: what they hold
/// may be migrated by anybody.
std::vector<lang::ServiceId> undescribed(const lang::Stack& stack);

/// The manifest does not say whether it changes a schema when it starts in another version, and its role does
/// not rule it out. Where every datastore is described and every database has somebody who migrates it,
/// nobody else does. `undeclared`, `undescribed`: those of the stack.
bool is_silent(const lang::Stack& stack, const lang::Service& service,
               const std::vector<lang::DatabaseId>& undeclared,
               const std::vector<lang::ServiceId>& undescribed);

/// Databases whose schema it may change when it starts in another version: those that it names, or, where the
/// manifest is silent, every one of which nothing says who migrates it.
std::vector<lang::DatabaseId> may_migrate(const lang::Stack& stack, const lang::Service& service,
                                          const std::vector<lang::DatabaseId>& undeclared);

/// The first release between the two versions whose data the version before it cannot read; nullptr: none.
const lang::Release* one_way_release(const lang::Stack& stack, const Target& target);

/// By step: the databases whose schema it may change. Those of Effects::migrates; and when a release is one
/// way and no step of the plan says who migrates a database, the first service that uses it and moves may.
std::vector<std::vector<std::string>> schema_changes(const lang::Stack& stack, const Target& target,
                                                     const Plan& plan);

/// Databases whose schema may be that of the newer version before the plan begins: a service that migrates
/// them runs it already, because an earlier run did not finish.
std::vector<std::string> schemas_ahead(const lang::Stack& stack, const Snapshot& snapshot,
                                       const Target& target);

/// Services that must not run while the schema changes, because what they run cannot read it afterwards: by
/// ServiceId. Left out is the one whose own replacement makes the change, when it has a single instance.
std::vector<bool> stopped_for_one_way(const lang::Stack& stack, const Target& target, const Changes& changes);

}  // namespace pawl::planner
