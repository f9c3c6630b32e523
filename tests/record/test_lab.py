"""Checks of the lab itself: `python3 -m unittest discover tests/record` (the second class needs root)."""

import os
import subprocess
import sys
import unittest

from lab import names

HERE = os.path.dirname(os.path.abspath(__file__))


class Names(unittest.TestCase):
    """Names that are known from nodes in the field or were computed with the upstream functions."""

    def test_host_veth(self):
        self.assertEqual(names.host_veth("kube-system", "coredns-57ff979f67-qqbdh"), "enib5faff8a083")
        self.assertEqual(names.host_veth("default", "web-0", index=1), "enib813f772d20")

    def test_service_chains(self):
        self.assertEqual(names.service_suffix("default/kubernetes:https", "tcp"), "NPX46M4PTMTKRN6Y")
        self.assertEqual(names.service_suffix("kube-system/kube-dns:dns", "udp"), "TCOU7JCQXEZGVUNU")
        self.assertEqual(names.service_suffix("default/kubernetes:https", "tcp", "10.0.9.9:443"), "SEEKMS4UXVKRXH6U")

    def test_egress_chain(self):
        self.assertEqual(names.egress_chain("0123456789abcdef"), "CNI-E4-c5865417b3f252041c44a")


@unittest.skipUnless(os.geteuid() == 0, "needs root")
class Probes(unittest.TestCase):
    """The kernel does what the facts say, seen through injected packets."""

    def test_probe_script(self):
        done = subprocess.run([sys.executable, os.path.join(HERE, "probe_check.py")], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
