#!/usr/bin/env python3
"""includes.py on trees made up here: a right one passes, and each kind of wrong include is found where it stands."""

import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import includes  # noqa: E402

RIGHT = {
    "lang/stack.h": '#include <string>\n#include "lang/span.h"\n',
    "lang/result.h": "#include <tl/expected.hpp>\n",
    "lang/parse.cc": '#include <antlr4-runtime.h>\n#include "PawlParser.h"\n',
    "lang/disk_reader.cc": "#include <fstream>\n",
    "lang/check/fields.cc": '#include "lang/stack.h"\n',
    "planner/plan/plan.h": '#include "lang/stack.h"\n#include "planner/plan/step.h"\n',
    "planner/plans/compile.cc": '#include <fmt/format.h>\n#include "planner/pass/passes.h"\n',
    "planner/observe.cc": '#include <nlohmann/json.hpp>\n#include "planner/scene/probes.h"\n',
    "providers/providers.cc": '#include "providers/local/local.h"\n#include "providers/compose/compose.h"\n',
    "providers/local/local.cc": '#include "planner/engine/provider.h"\n#include "providers/local/local.h"\n',
    "executor/run.cc": '#include <sys/wait.h>\n#include "planner/plan/plan.h"\n#include "executor/store/store.h"\n',
    "cli/main.cc": '#include "executor/run.h"\n#include "providers/providers.h"\n#include <iostream>\n',
}


class Includes(unittest.TestCase):
    def found(self, path="", text=""):
        with tempfile.TemporaryDirectory() as root:
            for name, content in {**RIGHT, **({path: text} if path else {})}.items():
                os.makedirs(os.path.dirname(os.path.join(root, name)), exist_ok=True)
                with open(os.path.join(root, name), "w", encoding="utf-8") as file:
                    file.write(content)
            return list(includes.violations(root))

    def refused(self, path, text, line, why):
        found = self.found(path, text)
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(f"{path}:{line}: "), found)
        self.assertIn(why, found[0])

    def test_a_right_tree(self):
        self.assertEqual(self.found(), [])

    def test_arrows(self):
        for path, header in (("lang/a.cc", "planner/plan/plan.h"), ("planner/a.h", "providers/providers.h"),
                             ("planner/a.cc", "executor/run.h"), ("executor/a.cc", "providers/local/local.h"),
                             ("providers/local/a.cc", "executor/run.h"), ("executor/a.h", "cli/view.h"),
                             ("providers/a.cc", "cli/view.h")):
            here, there = path.split("/")[0], header.split("/")[0]
            self.refused(path, f'#include <string>\n#include "{header}"\n', 2, f"{here}/ may not include {there}/")

    def test_rooms(self):
        for path, header in (("planner/plan/a.h", "planner/file/plan_file.h"), ("planner/engine/a.cc", "planner/scene/probes.h"),
                             ("planner/scene/a.h", "planner/pass/draft.h"), ("planner/pass/a.cc", "planner/proof/rules.h"),
                             ("planner/proof/a.cc", "planner/plans/compile.h"), ("planner/pass/a.cc", "planner/observe.h"),
                             ("executor/ports/a.h", "executor/store/store.h"), ("executor/store/a.cc", "executor/run.h")):
            here = "/".join(path.split("/")[:-1])
            self.refused(path, f'#include "{header}"\n', 1, f"{here}/ may not include")

    def test_a_room_that_is_not_in_the_picture(self):
        self.refused("planner/attic/a.h", '#include "planner/plan/plan.h"\n', 1, "planner/attic/ is not a room of the picture")

    def test_what_may_be_seen_from_outside(self):
        for path, header in (("executor/a.cc", "planner/scene/probes.h"), ("executor/instructions/a.cc", "planner/plans/compile.h"),
                             ("providers/local/a.cc", "planner/file/plan_file.h"), ("providers/local/a.cc", "planner/observe.h")):
            here = path.split("/")[0]
            self.refused(path, f'#include "{header}"\n', 1, f"{here}/ may see of planner/ only")
        self.assertEqual(self.found("executor/a.cc", '#include "planner/file/plan_file.h"\n'), [])
        self.assertEqual(self.found("cli/a.cc", '#include "planner/plans/compile.h"\n'), [])

    def test_engines_do_not_know_each_other(self):
        self.refused("providers/local/a.cc", '#include "providers/compose/compose.h"\n', 1, "providers/compose/")
        self.refused("providers/local/a.cc", '#include "providers/providers.h"\n', 1, "list of all providers")

    def test_from_the_root(self):
        self.refused("planner/a.cc", '#include "plan.h"\n', 1, "root of the project")
        self.refused("planner/a.cc", '#include "../lang/stack.h"\n', 1, "root of the project")
        self.refused("executor/a.cc", '#include "tests/support.h"\n', 1, "root of the project")

    def test_third_party(self):
        for path, header in (("lang/check.cc", "antlr4-runtime.h"), ("lang/a.h", "fmt/format.h"),
                             ("planner/a.h", "nlohmann/json.hpp"), ("planner/pass/order.cc", "boost/graph/adjacency_list.hpp"),
                             ("executor/a.cc", "git2.h"), ("executor/run.cc", "SQLiteCpp/SQLiteCpp.h"),
                             ("providers/local/a.cc", "yaml-cpp/yaml.h"), ("planner/a.h", "tl/expected.hpp")):
            self.refused(path, f"#include <{header}>\n", 1, "is allowed only in")

    def test_a_quoted_third_party_header_is_one_too(self):
        self.refused("lang/check.cc", '#include "PawlParser.h"\n', 1, "is allowed only in")

    def test_unknown_third_party(self):
        self.refused("planner/a.cc", "#include <absl/strings/cord.h>\n", 1, "not a known third-party header")

    def test_pure_folders(self):
        for path, header in (("providers/local/a.cc", "unistd.h"), ("planner/a.cc", "thread"),
                             ("planner/a.cc", "sys/wait.h"), ("lang/a.cc", "fstream")):
            self.refused(path, f"#include <{header}>\n", 1, "touches the world")

    def test_pure_folders_use_paths_only(self):
        self.assertEqual(self.found("planner/a.cc", "#include <filesystem>\nstd::filesystem::path p;\n"), [])
        self.refused("planner/a.cc", "#include <filesystem>\nbool b = std::filesystem::exists(p);\n", 2, "touches the world")

    def test_only_providers_know_engines(self):
        for line in ("std::get_if<lang::ComposeSettings>(&engine)", 'if (deployment.kind() != "local") stop();'):
            self.refused("planner/pass/a.cc", line + "\n", 1, "names an engine")
            self.refused("executor/a.cc", line + "\n", 1, "names an engine")
            self.assertEqual(self.found("providers/local/a.cc", line + "\n"), [])

    def test_spaces_do_not_hide_an_include(self):
        self.refused("lang/a.cc", '  #  include   "planner/plan/plan.h"\n', 1, "lang/ may not include planner/")


if __name__ == "__main__":
    unittest.main()
