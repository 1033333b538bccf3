"""Runs a session against bin/daybook and parses every response with clients
that are generated from its OpenAPI document.

  scripts/clients.py [bin/daybook]

openapi-python-client is used if it is installed beside this Python, and
openapi-typescript if web/node_modules has it. What is missing is left out and
said. The session is on the demo journal, in a data folder of its own.
"""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "bin" / "daybook")


class Server:
    """A daybook of its own."""

    def __init__(self, folder):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            address = "127.0.0.1:%d" % s.getsockname()[1]
        self.url = "http://" + address
        env = {"PATH": os.environ["PATH"], "HOME": folder, "XDG_CONFIG_HOME": folder}
        self.process = subprocess.Popen(
            [BINARY, "serve", "--addr", address, "--data", folder + "/data"],
            env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        for _ in range(300):
            try:
                if json.load(urllib.request.urlopen(self.url + "/status"))["status"] == "ready":
                    break
            except (urllib.error.URLError, ConnectionError):
                pass
            time.sleep(0.1)
        self.token = pathlib.Path(folder, "data", "token").read_text().strip()
        self.document = json.loads(self.send("GET", "/openapi.json")[2])
        self.log = []

    def send(self, method, path, body=None, headers=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, method=method)
        request.add_header("Authorization", "Bearer " + self.token)
        if data is not None:
            request.add_header("Content-Type", "application/json")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            answer = urllib.request.urlopen(request)
        except urllib.error.HTTPError as e:
            answer = e
        return answer.status, answer.headers, answer.read()

    def send_form(self, path, name, data):
        """Uploads a file."""
        edge = "7d1e5d0f"
        body = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode() + data + f"\r\n--{edge}--\r\n".encode()
        request = urllib.request.Request(self.url + path, body, method="POST")
        request.add_header("Authorization", "Bearer " + self.token)
        request.add_header("Content-Type", "multipart/form-data; boundary=" + edge)
        try:
            answer = urllib.request.urlopen(request)
        except urllib.error.HTTPError as e:
            answer = e
        return answer.status, answer.headers, answer.read()

    def call(self, operation, path, body=None, headers=None, want=200):
        """Calls an operation, keeps the response and returns its JSON."""
        method = next(m for ops in self.document["paths"].values() for m, op in ops.items() if op["operationId"] == operation).upper()
        return self.keep(operation, path, self.send(method, path, body, headers), want)

    def keep(self, operation, path, answer, want):
        status, found, data = answer
        kind = found.get("Content-Type", "").split(";")[0]
        if status != want:
            sys.exit(f"{operation} {path}: {status} {data[:300]!r}")
        self.log.append({"operation": operation, "status": status, "type": kind, "body": data.decode(errors="replace"), "headers": dict(found)})
        return json.loads(data) if kind == "application/json" else data


def picture():
    """A white PNG of 64 by 80 pixels."""
    def chunk(kind, data):
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")
    size = (64).to_bytes(4, "big") + (80).to_bytes(4, "big")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size + bytes([8, 0, 0, 0, 0])) + chunk(b"IDAT", zlib.compress((b"\0" + b"\xff" * 64) * 80)) + chunk(b"IEND", b"")


def notes_and_settings(s):
    """Scans, tasks, settings and what is beside the conversations."""
    note = s.call("create_entry", "/entries", {"date": "2019-05-07", "text": "- [ ] oil the gate"}, want=201)
    path = "/entries/" + note["id"]
    s.call("tick_task", path + "/tasks", {"at": 0, "done": True}, {"If-Match": note["etag"]})
    s.call("accept_note", path + "/history", {"cause": "page"}, {"If-Match": s.call("get_entry", path)["etag"]})
    s.call("attachment", path + "/file?name=none.png", want=404)
    s.call("page_image", path + "/pages/1/image", want=404)
    s.call("retranscribe_page", path + "/pages/1/retranscribe", headers={"If-Match": "*"}, want=404)
    s.call("correct_transcription", path + "/transcription", {"text": "x"}, {"If-Match": "*"}, want=409)
    s.keep("upload_pages", "/pages", s.send_form("/pages", "05-08-2019.png", picture()), 201)
    s.call("make_backup", "/backups", want=409)
    s.call("export_all", "/export")
    s.call("login", "/login", {"token": s.token}, want=204)
    s.call("list_notebooks", "/notebooks")
    s.call("settings", "/settings")
    s.call("settings_local", "/settings/local")
    s.call("settings_change", "/settings", {"changes": {"confirm_cost": 2}})
    s.call("settings_change", "/settings", {"changes": {"nothing": "6"}}, want=422)
    s.call("settings_provider", "/settings/providers/mine", {"base_url": "http://127.0.0.1:9/v1"})
    s.call("settings_test", "/settings/test", {"provider": "mine", "model": "m"})
    s.call("settings_provider_remove", "/settings/providers/mine")
    s.call("compare_periods", "/analyses/compare", {"query": "How was it?", "provider": "offline", "model": "", "periods": [
        {"name": "one", "from": "2022-01-01", "to": "2022-12-31"}, {"name": "two", "from": "2023-01-01", "to": "2023-12-31"}]}, want=422)


def session(s):
    """Everything that can be done without a provider."""
    notes_and_settings(s)
    for operation, path in {
        "status": "/status", "session": "/session", "models": "/models", "spending": "/spending", "ingest": "/ingest", "setup": "/setup",
        "backups": "/backups", "list_tags": "/tags", "list_days": "/days", "almanac": "/almanac?from=2023-01-01", "ledger": "/ledger?since=",
        "timeline": "/timeline?q=swim&by=year", "list_deleted": "/deleted", "list_analyses": "/analyses",
    }.items():
        s.call(operation, path)
    for q in ("sea", "how%20often%20did%20I%20swim", "last%20March", "zzzz"):
        s.call("search", "/search?q=" + q)
    entries = s.call("list_entries", "/entries?limit=70&text=true")
    s.call("list_entries", "/entries?limit=5")
    entry = entries[3]["id"]
    for e in entries[:10]:
        s.call("get_day", "/days/" + e["date"])
    s.call("get_day", "/days/1900-01-01")
    s.call("get_entry", "/entries/" + entry)
    s.call("get_entry", "/entries/nothing", want=404)
    s.call("list_days", "/days?from=x", want=422)
    note = s.call("create_entry", "/entries", {"date": "2019-05-06", "text": "A quiet day."}, want=201)
    path = "/entries/" + note["id"]
    s.call("replace_entry", path, {"text": "A loud day."}, want=428)
    s.call("replace_entry", path, {"text": "A loud day."}, {"If-Match": '"' + "1" * 64 + '"'}, want=412)
    note = s.call("replace_entry", path, {"text": "A loud day."}, {"If-Match": note["etag"]})
    s.call("get_entry", path, headers={"If-None-Match": note["etag"]}, want=304)
    versions = s.call("list_versions", path + "/history")
    s.call("get_version", path + "/history/" + versions[-1]["version"])
    s.call("restore_version", path + "/history/" + versions[-1]["version"] + "/restore", headers={"If-Match": "*"})
    s.call("delete_entry", path, headers={"If-Match": "*"})
    s.call("list_deleted", "/deleted?date=2019-05-06")
    ask = {"query": "When did I last see the sea?", "provider": "offline", "model": ""}
    for query in (ask["query"], "How often did I swim?", "What did I do lately?", "zzzz"):
        s.call("chat", "/journal_chat", {**ask, "query": query})
    s.call("chat", "/journal_chat", {**ask, "existing_docs": [{"title": "T", "content": "The sea was grey."}]})
    s.call("chat", "/journal_chat", {**ask, "provider": "nobody"}, want=422)
    for form in ("snapshots", "deltas"):
        s.call("chat_stream", "/journal_chat/stream", {**ask, "stream": form})
    s.call("agent_stream", "/journal_chat_agent/stream", ask)
    thread = s.call("create_thread", "/threads", {"title": "Sea", "initial_message": "hello"})["thread_id"]
    path = "/threads/" + thread
    s.call("add_message", path + "/messages", {"role": "assistant", "content": "hi", "metadata": {"a": [1]}})
    answer = s.call("chat", "/journal_chat", {**ask, "thread_id": thread, "save": True})
    s.call("message_stream", path + "/messages/" + answer["message_id"] + "/stream")
    s.call("stop_message", path + "/messages/" + answer["message_id"] + "/stop")
    s.call("list_messages", path + "/messages")
    s.call("generate_title", path + "/generate-title")
    s.call("title_thread", path + "/title")
    s.call("rename_thread", path, {"title": "Seas"})
    s.call("get_thread", path)
    s.call("list_threads", "/threads")
    s.call("list_threads", "/threads?q=hello")
    s.call("export_thread", path + "/export")
    s.call("export_thread", path + "/export?format=json")
    s.call("fork_thread", path + "/fork", {"before": None})
    s.call("delete_thread", path)
    s.call("get_thread", path, want=404)
    analysis = {"query": "What about swimming?", "provider": "offline", "model": "", "from": "2023-01-01", "to": ""}
    s.call("estimate_analysis", "/analyses/estimate", analysis)
    s.call("estimate_comprehensive_analysis", "/comprehensive_analysis/estimate", analysis)
    started = s.call("start_analysis", "/analyses", analysis, want=202)["id"]
    s.call("analysis_stream", f"/analyses/{started}/stream")
    s.call("get_analysis", "/analyses/" + started)
    s.call("cancel_analysis", f"/analyses/{started}/cancel")
    s.call("comprehensive_analysis", "/comprehensive_analysis", analysis)
    s.call("comprehensive_analysis_stream", "/comprehensive_analysis/stream", analysis)
    s.call("list_analyses", "/analyses")
    s.call("delete_analysis", "/analyses/" + started)
    s.call("setup_check", "/setup/check", {"path": "/nothing"})
    s.call("ingest_again", "/ingest")
    s.call("accept_missing", "/ingest/accept-missing", {"missing": None})
    s.call("logout", "/logout", want=204)


def parse_with_python(s, folder):
    try:
        import httpx
        import openapi_python_client  # noqa: F401
    except ImportError:
        print("left out: openapi-python-client is not installed here")
        return
    file = pathlib.Path(folder, "openapi.json")
    file.write_text(json.dumps(s.document))
    made = subprocess.run(
        [sys.executable, "-m", "openapi_python_client", "generate", "--path", str(file), "--output-path", folder + "/python", "--meta", "none"],
        capture_output=True, text=True, check=True,
    )
    for line in (made.stdout + made.stderr).splitlines():
        if "WARNING" in line or "Unsupported" in line:
            print("  openapi-python-client:", line)
    sys.path.insert(0, folder)
    import importlib
    client = importlib.import_module("python.client").AuthenticatedClient(base_url=s.url, token=s.token, raise_on_unexpected_status=True)
    for r in s.log:
        if r["type"].startswith(("image/", "application/zip")):
            continue  # it generates nothing for files
        module = importlib.import_module("python.api.default." + r["operation"])
        response = httpx.Response(r["status"], headers={"Content-Type": r["type"]}, content=r["body"].encode())
        parsed = module._parse_response(client=client, response=response)
        if parsed is None and r["status"] not in (204, 304):
            sys.exit(f"the Python client has nothing of {r['operation']} {r['status']}")
        if hasattr(parsed, "to_dict") and parsed.to_dict().keys() != json.loads(r["body"]).keys():
            sys.exit(f"the Python client loses something of {r['operation']}")
    print(f"openapi-python-client: {len(s.log)} responses parsed")


def parse_with_typescript(s, folder):
    tools = ROOT / "web" / "node_modules"
    if shutil.which("node") is None or not (tools / "openapi-typescript").exists():
        print("left out: web/node_modules has no openapi-typescript")
        return
    file = pathlib.Path(folder, "openapi.json")
    file.write_text(json.dumps(s.document))
    subprocess.run(
        ["node", str(tools / "openapi-typescript" / "bin" / "cli.js"), str(file), "-o", folder + "/schema.ts"], check=True, capture_output=True,
    )
    lines = ['import type { operations } from "./schema";']
    count = 0
    for i, r in enumerate(s.log):
        if r["type"] == "application/json" and r["operation"] != "export_thread":
            lines.append(f'export const r{i}: operations["{r["operation"]}"]["responses"][{r["status"]}]["content"]["application/json"] = {r["body"].strip()};')
            count += 1
    pathlib.Path(folder, "session.ts").write_text("\n".join(lines))
    done = subprocess.run(
        ["node", str(tools / "typescript" / "bin" / "tsc"), "--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--moduleResolution", "bundler", "--module", "esnext", "session.ts"],
        cwd=folder, capture_output=True, text=True,
    )
    if done.returncode != 0:
        sys.exit("tsc: " + done.stdout[:3000])
    print(f"openapi-typescript: {count} responses fit their types")


def main():
    with tempfile.TemporaryDirectory() as folder:
        s = Server(folder)
        try:
            session(s)
        finally:
            s.process.terminate()
            s.process.wait()
        missing = {op["operationId"] for ops in s.document["paths"].values() for op in ops.values()} - {r["operation"] for r in s.log}
        print("not in the session:", ", ".join(sorted(missing)))
        parse_with_python(s, folder)
        parse_with_typescript(s, folder)


main()
