"""A real chef-client, as the command of one of pokerd's rules."""
# SPDX-License-Identifier: Apache-2.0

import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
EXAMPLE = os.path.join(HERE, "..", "..", "contrib", "chef")
RECIPE = os.path.relpath(os.path.join(EXAMPLE, "recipe.rb"))


class NoGems(Exception):
    """Chef's gems are missing and cannot be downloaded."""


class ChefClient:
    """Chef without a server; its data is in folder, and its gems are in their cache, which is filled first."""

    configuration = os.path.abspath(os.path.join(EXAMPLE, "client.rb"))

    def __init__(self, folder):
        done = subprocess.run([os.path.join(HERE, "gems")], stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise NoGems("Chef's gems cannot be had: see what `tests/chef/gems` says")
        self._gem_home = done.stdout.strip()
        self._folder = folder

    def command(self, recipe=RECIPE):
        """The argument vector for a recipe's file; the example writes the causes of its run to CAUSES_FILE."""
        return (os.path.join(self._gem_home, "bin", "chef-client"), "--once", "--no-fork", "--no-color",
                "-c", self.configuration, os.path.abspath(recipe))

    def environment(self):
        """What a rule must add. The licence is accepted for these runs only."""
        return {"GEM_HOME": self._gem_home, "GEM_PATH": self._gem_home, "CHEF_LICENSE": "accept-no-persist",
                "CHEF_FOLDER": os.path.join(self._folder, "chef")}
