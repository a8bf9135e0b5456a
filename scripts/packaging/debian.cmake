# The Debian package: `cmake --build --preset pawl --target package`. Nothing runs when it is installed or removed.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_CONTACT "the authors of pawl")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "upgrades self-hosted software by a plan that is read first")
set(CPACK_PACKAGE_DESCRIPTION
"pawl compiles a manifest in git into a plan: every step of an upgrade, every
command, and what a failure there leads to. It runs exactly that plan,
journaled before every effect, resumable after a crash, with a way back that
is known before anything is touched.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)

# The package of this machine's Debian that has the library, and at least its version: "libcurl4 (>= 7.88.1)". It is asked of
# dpkg, because the name is not the same in each release, and because no tool sees in the program what is opened with dlopen
# (docs/decisions/libraries-opened-late.md).
function(pawl_package_of soname result)
  execute_process(COMMAND dpkg-query --search "*/${soname}" OUTPUT_VARIABLE found ERROR_QUIET)
  execute_process(COMMAND dpkg --print-architecture OUTPUT_VARIABLE architecture OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT found MATCHES "(^|\n)([a-z0-9.+-]+):${architecture}: ")
    message(FATAL_ERROR "No installed package has ${soname}, which pawl opens: scripts/setup build")
  endif()
  set(package ${CMAKE_MATCH_2})
  execute_process(COMMAND dpkg-query --show "--showformat=\${source:Upstream-Version}" ${package}:${architecture}
                  OUTPUT_VARIABLE version)
  string(REGEX REPLACE "\\+(ds|dfsg).*" "" version "${version}") # how Debian packed it
  set(${result} "${package} (>= ${version})" PARENT_SCOPE)
endfunction()

find_program(PAWL_DPKG dpkg-query)
if(PAWL_DPKG)
  file(STRINGS ${GIT2_INCLUDEDIR}/git2/version.h git2_soname REGEX "LIBGIT2_SOVERSION")
  string(REGEX REPLACE ".*\"([0-9.]+)\".*" "\\1" git2_soname "${git2_soname}")
  set(depends)
  foreach(soname libc.so.6 libcurl.so.4 libarchive.so.13 libgit2.so.${git2_soname})
    pawl_package_of(${soname} package)
    list(APPEND depends "${package}")
  endforeach()
  list(JOIN depends ", " CPACK_DEBIAN_PACKAGE_DEPENDS)
endif()

# pawl starts these programs; which of them a deployment needs, its manifest says. Recommended is what most have:
set(recommends
  git             # manifests are kept in it; `pawl plan --at` reads from it
  openssh-client  # databases on another host
  sqlite3)        # backups of SQLite
# and suggested what goes with the engine that is there:
set(suggests
  "docker.io | podman"               # deployments in containers
  "docker-compose | podman-compose"  # the same
  postgresql-client                  # pg_dump, pg_restore, psql
  mariadb-client)                    # mariadb-dump, mariadb
list(JOIN recommends ", " CPACK_DEBIAN_PACKAGE_RECOMMENDS)
list(JOIN suggests ", " CPACK_DEBIAN_PACKAGE_SUGGESTS)
