"""Serves a folder of LanceDB tables to Daybook:

    pip install pylance==14.0.2
    python lancedb-server.py ~/lance --port 2333
    daybook serve --store lancedb+http://127.0.0.1:2333

The older service reads and writes the tables threads and messages in the same
folder. Where they are missing they are made here, in a storage format that its
lancedb reads (0.25.3 or newer): the server itself would use the newest format.
--convert rewrites them where they have a newer one. Nothing else may write to
the folder meanwhile.
"""

import argparse
import os
import sys
import threading

import lance
import pyarrow as pa
from lance.namespace import RestAdapter

STORAGE = "2.0"

TABLES = {
    "threads": pa.schema(
        [(name, pa.string()) for name in ("thread_id", "title", "created_at", "updated_at")] + [("tags", pa.list_(pa.string()))]
    ),
    "messages": pa.schema([(name, pa.string()) for name in ("message_id", "thread_id", "timestamp", "role", "content")]),
}


def is_newer(path):
    version = lance.dataset(path).data_storage_version
    return tuple(map(int, version.split("."))) > (2, 1)


def rewrite(path):
    """Writes a table again as a new version of itself, which is read back."""
    before = lance.dataset(path)
    rows = before.to_table()
    lance.write_dataset(rows, path, mode="overwrite", data_storage_version=STORAGE)
    after = lance.dataset(path)
    if after.to_table() != rows:
        before.restore()
        raise SystemExit(f"{path} could not be rewritten, and is as it was")


def prepare(folder, convert):
    for name, schema in TABLES.items():
        path = os.path.join(folder, name + ".lance")
        if not os.path.exists(path):
            lance.write_dataset(schema.empty_table(), path, data_storage_version=STORAGE)
        elif is_newer(path):
            if convert:
                rewrite(path)
            else:
                print(f"{path} has a storage format that the older service may not read; --convert rewrites it", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--port", type=int, default=2333, help="0 is any that is free")
    parser.add_argument("--convert", action="store_true", help="rewrite shared tables of a newer storage format")
    args = parser.parse_args()
    os.makedirs(args.folder, mode=0o700, exist_ok=True)
    prepare(args.folder, args.convert)
    # Tables that lancedb makes have no manifest of the folder.
    with RestAdapter("dir", {"root": args.folder, "manifest_enabled": "false"}, host="127.0.0.1", port=args.port) as server:
        print(f"http://127.0.0.1:{server.port}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
