"""Serves folders of LanceDB over REST, until its standard input ends.

Each line of it is a port, 0 for any that is free, and a folder; the answer is
the port. Tables made by lancedb are found by listing the folder; with a
manifest the server would not see them.
"""
import sys

from lance.namespace import RestAdapter

adapters = []
for line in sys.stdin:
    port, root = line.rstrip("\n").split(" ", 1)
    adapter = RestAdapter("dir", {"root": root, "manifest_enabled": "false"}, host="127.0.0.1", port=int(port))
    adapter.start()
    adapters.append(adapter)
    print(adapter.port, flush=True)
