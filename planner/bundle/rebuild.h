// A new server in the place of an old one whose files it cannot read (`upgrade = dump_restore`): what the old
// one holds goes out into a folder, its files are set aside as they are, and the new server, which starts on
// an empty folder, takes it in and is compared. Until the old files are forgotten they lead back, whole.
#pragma once

#include "planner/scene/probes.h"

namespace pawl::planner {

/// One server. `folder` is that of its files, on its machine.
struct Rebuild {
  lang::ServiceId service;
  std::string folder;
  std::vector<lang::DatabaseId> databases;  // all that it holds, manifest order
};
/// The server of `service`, whose files are at `folder`.
Rebuild rebuild_of(const lang::Stack& stack, lang::ServiceId service, std::string folder);

/// Refuses, before anything changes, files that cannot be set aside or taken in: a mount point, a folder that
/// cannot be written to, no room for the content a second time.
std::vector<Operation> check_rebuild(const Scene& scene, const Rebuild& rebuild);
/// While the old server runs and nobody else uses it: accounts, and a dump of every database with what counts
/// it. Does nothing once the files are set aside, whatever server runs by then.
Result<std::vector<Operation>> take_out(const Scene& scene, const Rebuild& rebuild);
/// The server is stopped: its files go aside, and an empty folder like theirs is in their place.
std::vector<Operation> set_aside(const Scene& scene, const Rebuild& rebuild);
/// The new server runs and is healthy: what was taken out is loaded beside, compared and put in its place.
Result<std::vector<Operation>> take_in(const Scene& scene, const Rebuild& rebuild);

/// The way back, with whatever server was started since stopped: the files that the run of `stamp`
/// ("20261121-143005") has set aside are in their place again; nothing where it had not come to that.
std::vector<Operation> put_back(const Scene& scene, const Rebuild& rebuild, const std::string& stamp);
/// Holds while they are there.
Operation files_are_aside(const Scene& scene, const Rebuild& rebuild, const std::string& stamp);
/// Removes what `put_back` has left: the files of the newer server.
std::vector<Operation> forget_newer(const Scene& scene, const Rebuild& rebuild, const std::string& stamp);
/// Removes folders of files that earlier runs have set aside on the machine of `service`.
std::vector<Operation> forget_set_aside(const Scene& scene, lang::ServiceId service,
                                        const std::vector<std::string>& folders);

}  // namespace pawl::planner
