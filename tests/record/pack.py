"""Packs a tree as the EKS log collector does: `pack.py fixtures/bundles/log-collector out.tar.gz`.

One gzip tar whose entries start with `./`; the README of the fixture stays out.
"""

import os
import sys
import tarfile


def pack(tree, archive):
    with tarfile.open(archive, "w:gz", format=tarfile.GNU_FORMAT) as tar:
        tar.add(tree, arcname=".", filter=lambda item: None if item.name == "./README.md" else item)


if __name__ == "__main__":
    if len(sys.argv) != 3 or not os.path.isdir(sys.argv[1]):
        sys.exit("usage: pack.py TREE ARCHIVE.tar.gz")
    pack(sys.argv[1], sys.argv[2])
