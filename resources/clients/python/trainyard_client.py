"""A client for Trainyard in one file, with the standard library alone (Python 3.8 and later).

    from trainyard_client import Trainyard

    yard = Trainyard()                                  # finds the core that runs on the data folder
    job = yard.submit(["python3", "train.py", "--lr", "3e-4"], gpus=1, name="baseline")
    print(yard.wait(job)["status"])                     # completed, failed or cancelled
    yard.cancel(job)                                    # returns when nothing of it is left

From a shell:  python3 trainyard_client.py submit -- python3 train.py
"""

import http.client
import json
import os
import sys
from pathlib import Path
from urllib.parse import quote, urlencode

__all__ = ["Trainyard", "TrainyardError", "NoCore", "data_folder"]

FINISHED = ("completed", "failed", "cancelled")


class TrainyardError(Exception):
    """The core refused. `status` is the HTTP status, `code` the word for programs, `field` the field at fault or None."""

    def __init__(self, status, error):
        super().__init__(error.get("message", "refused"))
        self.status = status
        self.code = error.get("code")
        self.field = error.get("field")


class NoCore(Exception):
    """No core runs on the data folder: start the app, or `trainyard serve`."""


def data_folder():
    """TRAINYARD_HOME, or this platform's place for application data."""
    chosen = os.environ.get("TRAINYARD_HOME")
    if chosen:
        return Path(chosen).absolute()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Trainyard"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "Trainyard"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "trainyard"


class Trainyard:
    """The queue of this machine."""

    def __init__(self, home=None):
        self.home = Path(home) if home is not None else data_folder()

    def submit(self, command, cwd=None, **fields):
        """Adds a run and answers its number. `fields` are those of docs/http.md: name, env, gpus, grace_seconds, …"""
        body = {"command": [str(word) for word in command], "cwd": str(Path(cwd or ".").absolute()), **fields}
        return self._ask("POST", "/api/training/jobs", body)["job_id"]

    def jobs(self, status=None, search=None):
        """Every job, newest first, page by page. `status`: one or a list."""
        cursor = None
        while True:
            wanted = status if status is None or isinstance(status, str) else ",".join(status)
            query = {"status": wanted, "search": search, "limit": 500, "cursor": cursor}
            page = self._ask("GET", "/api/training/jobs", query=query)
            yield from page["jobs"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def job(self, job_id):
        """Everything about one job."""
        return self._ask("GET", _job(job_id))

    def wait(self, job_id):
        """The job when it has finished. The core answers then; nothing is polled."""
        while True:
            job = self._ask("GET", _job(job_id), query={"wait_ms": 60000})
            if job["status"] in FINISHED:
                return job

    def cancel(self, job_id, force=False, wait=True):
        """Stops a job, whatever it is doing. With `wait` it answers when the job is gone."""
        query = {"wait": int(wait), "force": int(force)}
        return self._ask("POST", "/api/training/cancel/" + quote(str(job_id), safe=""), query=query)

    def cancel_all(self, which="queued", force=False):
        """Cancels "queued" jobs, "all" (which also pauses the queue), or a list of numbers, in one transaction."""
        jobs = which if isinstance(which, str) else [int(job_id) for job_id in which]
        return self._ask("POST", "/api/training/cancel", {"jobs": jobs, "force": force})["jobs"]

    def log(self, job_id, follow=True):
        """What the run has written, as it comes; ends with the run, or with `follow=False` at once."""
        offset = 0
        while True:
            query = {"offset": offset, "limit": 1048576, "wait_ms": 20000 if follow else 0}
            part = self._ask("GET", _job(job_id) + "/log", query=query)
            if part["text"]:
                yield part["text"]
            offset = part["next_offset"]
            if part["complete"] or (not follow and offset >= part["size"]):
                return

    def events(self, since=None):
        """What happens, one dictionary an event, for ever. `since` goes on after that number.

        An event "reset" says that what was missed is not told: ask for the jobs again.
        """
        response, connection = self._open("GET", "/api/training/events", query={"since": since}, timeout=60)
        try:
            if response.status != 200:
                raise _refusal(response)
            fields = {}
            for line in response:
                line = line.decode("utf-8").rstrip("\r\n")
                if line == "" and "data" in fields:
                    yield {"event": fields.get("event", "message"), **json.loads(fields["data"])}
                if line == "":
                    fields = {}
                    continue
                name, _, value = line.partition(":")
                fields[name] = value[1:] if value.startswith(" ") else value
        finally:
            connection.close()

    def queue(self, mode=None):
        """The queue; with "run", "drain" or "pause" sets it first."""
        if mode is None:
            return self._ask("GET", "/api/training/queue")
        return self._ask("POST", "/api/training/queue/" + quote(mode, safe=""))

    def gpus(self):
        """The GPUs and who uses them."""
        return self._ask("GET", "/api/training/gpus")

    def _ask(self, method, path, body=None, query=None):
        response, connection = self._open(method, path, body, query)
        try:
            if response.status >= 400:
                raise _refusal(response)
            return json.loads(response.read().decode("utf-8"))
        finally:
            connection.close()

    def _open(self, method, path, body=None, query=None, timeout=None):
        try:
            # Read for each request: a core that was started again has another port and token.
            found = json.loads((self.home / "api.json").read_text("utf-8"))
            connection = http.client.HTTPConnection("127.0.0.1", found["port"], timeout=timeout)
            given = {name: value for name, value in (query or {}).items() if value is not None}
            connection.request(
                method,
                path + ("?" + urlencode(given) if given else ""),
                body=None if body is None else json.dumps(body).encode("utf-8"),
                headers={"Authorization": "Bearer " + found["token"], "Content-Type": "application/json"},
            )
            return connection.getresponse(), connection
        except (OSError, ValueError, KeyError) as error:
            raise NoCore("No Trainyard runs on %s: start the app, or `trainyard serve`." % self.home) from error


def _job(job_id):
    return "/api/training/jobs/" + quote(str(job_id), safe="")


def _refusal(response):
    try:
        error = json.loads(response.read().decode("utf-8"))["error"]
    except (ValueError, KeyError):
        error = {"message": "HTTP %d" % response.status}
    return TrainyardError(response.status, error)


def _main(argv):
    if len(argv) < 3 or argv[0] != "submit" or argv[1] != "--":
        print(__doc__, file=sys.stderr)
        return 2
    try:
        print(Trainyard().submit(argv[2:]))
        return 0
    except (NoCore, TrainyardError) as error:
        print(error, file=sys.stderr)
        return 3 if isinstance(error, NoCore) else 1


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
