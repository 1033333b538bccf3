"""Serves a folder of LanceDB over REST, until its standard input ends.

Tables made by lancedb are found by listing the folder; with a manifest the
server would not see them.
"""
import sys

from lance.namespace import RestAdapter

root, port = sys.argv[1], int(sys.argv[2])
adapter = RestAdapter("dir", {"root": root, "manifest_enabled": "false"}, host="127.0.0.1", port=port)
adapter.start()
print(adapter.port, flush=True)
sys.stdin.read()
