"""Packs a built Daybook into an image without Docker or a registry, as the
Dockerfile does: the program, the weights of its embedding model and the
certificate authorities of this machine.

  scripts/image.py --version 0.2.0 bin/daybook daybook.tar
  docker load -i daybook.tar      # or: podman load, skopeo copy oci-archive:…

The archive is an OCI layout that "docker load" reads too. The same inputs make
the same bytes.
"""
import argparse
import gzip
import hashlib
import io
import json
import pathlib
import sys
import tarfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODEL = ROOT / ".cache" / "model"
AUTHORITIES = [pathlib.Path(p) for p in ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")]
USER = 65532


def add(archive, name, data=None, mode=0o644, owner=0):
    """Adds a file, or a folder if there is no data."""
    info = tarfile.TarInfo(name)
    info.mode, info.uid, info.gid = mode, owner, owner
    if data is None:
        info.type = tarfile.DIRTYPE
        archive.addfile(info)
    else:
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))


def root(binary):
    """Returns the image's files as a tar."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for folder in ("etc", "etc/ssl", "etc/ssl/certs", "usr", "usr/local", "usr/local/bin", "usr/local/bin/model"):
            add(archive, folder, mode=0o755)
        authorities = next((p for p in AUTHORITIES if p.exists()), None)
        if authorities is None:
            sys.exit("This machine has no file of certificate authorities.")
        add(archive, "etc/ssl/certs/ca-certificates.crt", authorities.read_bytes())
        add(archive, "usr/local/bin/daybook", binary.read_bytes(), 0o755)
        for name in ("model.int8.safetensors", "tokenizer.json"):
            add(archive, "usr/local/bin/model/" + name, (MODEL / name).read_bytes())
        add(archive, "data", mode=0o700, owner=USER)
    return out.getvalue()


def settings(layer, arch, version):
    """Returns the image's configuration, as in the Dockerfile."""
    return {
        "architecture": arch, "os": "linux",
        "config": {
            "User": f"{USER}:{USER}",
            "ExposedPorts": {"8000/tcp": {}},
            "Env": ["DAYBOOK_DATA=/data", "DAYBOOK_JOURNAL=/journal", "DAYBOOK_ADDR=:8000", "HOME=/data"],
            "Entrypoint": ["/usr/local/bin/daybook"], "Cmd": ["serve"],
            "Volumes": {"/data": {}},
            "Labels": {"org.opencontainers.image.version": version},
            "Healthcheck": {"Test": ["CMD", "/usr/local/bin/daybook", "ping"], "Interval": 30_000_000_000, "StartPeriod": 20_000_000_000},
        },
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest()]},
        "history": [{"created_by": "scripts/image.py"}],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", default="dev")
    parser.add_argument("--arch", default="amd64", help="what the program was built for")
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    args = parser.parse_args()
    blobs = {}

    def blob(data, kind):
        digest = hashlib.sha256(data).hexdigest()
        blobs["blobs/sha256/" + digest] = data
        return {"mediaType": kind, "digest": "sha256:" + digest, "size": len(data)}

    def as_json(value):
        return json.dumps(value, sort_keys=True).encode()

    files = root(args.binary)
    oci = "application/vnd.oci.image."
    layer = blob(gzip.compress(files, 6, mtime=0), oci + "layer.v1.tar+gzip")
    config = blob(as_json(settings(files, args.arch, args.version)), oci + "config.v1+json")
    manifest = blob(as_json({"schemaVersion": 2, "mediaType": oci + "manifest.v1+json", "config": config, "layers": [layer]}), oci + "manifest.v1+json")
    manifest["annotations"] = {"org.opencontainers.image.ref.name": args.version, "io.containerd.image.name": "docker.io/library/daybook:" + args.version}
    path = lambda d: "blobs/sha256/" + d["digest"].removeprefix("sha256:")  # noqa: E731
    blobs["oci-layout"] = as_json({"imageLayoutVersion": "1.0.0"})
    blobs["index.json"] = as_json({"schemaVersion": 2, "mediaType": oci + "index.v1+json", "manifests": [manifest]})
    blobs["manifest.json"] = as_json([{"Config": path(config), "RepoTags": ["daybook:" + args.version], "Layers": [path(layer)]}])
    with tarfile.open(args.out, "w", format=tarfile.USTAR_FORMAT) as archive:
        for folder in ("blobs", "blobs/sha256"):
            add(archive, folder, mode=0o755)
        for name in sorted(blobs):
            add(archive, name, blobs[name])
    print(f"{args.out}: {len(files) / 1e6:.0f} MB of files, {layer['size'] / 1e6:.0f} MB compressed")


main()
