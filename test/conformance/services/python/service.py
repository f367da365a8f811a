"""A sound connected service in another language, from the contract alone: Python 3, sqlite and `cryptography`.

Long deletions are jobs in its own database, so that a restart loses none. Settings come from the environment:
PORT, DATABASE (a file), SERVICE, TAKEOUT_HUB_URL, TAKEOUT_SERVICE_KEY (a private Ed25519 JWK).
`service.py seed` makes one row, as TAKEOUT_UID, TAKEOUT_CATEGORY and TAKEOUT_AT say.
"""

import base64
import json
import os
import re
import sqlite3
import sys
import threading
import time
import urllib.error
import urllib.request
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils

DATABASE = os.environ["DATABASE"]
HELD = ("1", "2")
HUB = "takeout"
MOST_BYTES = 1024 * 1024
SLOWEST_BODY_SECONDS = 10
SKEW_SECONDS = 30
LONGEST_TICKET_SECONDS = 3600


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def millis(text):
    """An RFC 3339 time in milliseconds, so that times compare as numbers."""
    parsed = datetime.fromisoformat(text.replace("Z", "+00:00").replace("z", "+00:00"))
    if parsed.tzinfo is None:
        raise ValueError("no offset")
    return round(parsed.timestamp() * 1000)


# Storage: one connection a use, and SQLite's own lock between them.


class Database:
    def __enter__(self):
        self.connection = sqlite3.connect(DATABASE, timeout=20, isolation_level=None)
        self.connection.row_factory = sqlite3.Row
        self.connection.execute("begin immediate")
        return self.connection

    def __exit__(self, kind, *_):
        self.connection.execute("commit" if kind is None else "rollback")
        self.connection.close()


def make_tables():
    with Database() as db:
        db.execute("create table if not exists things (uid text, category text, created_ms integer)")
        db.execute(
            """create table if not exists jobs (deletion_id text, category text, uids text, report_uid text,
               fence_ms integer, attempt integer, outcome text, calls integer, is_reported integer,
               primary key (deletion_id, category))"""
        )


def marks(values):
    return ",".join("?" * len(values))


# Tickets: contract section 3.


class KeysAway(Exception):
    pass


class Refused(Exception):
    pass


class HubKeys:
    """The hub's public keys, read again for an unknown one at most once in 30 seconds."""

    def __init__(self, url):
        self.url, self.keys, self.tried_at, self.lock = url, {}, -1e9, threading.Lock()

    def find(self, kid):
        with self.lock:
            pause = 30 if self.keys else 1
            if kid not in self.keys and time.monotonic() - self.tried_at > pause:
                self.tried_at = time.monotonic()
                self.read()
            if not self.keys:
                raise KeysAway()
            if kid not in self.keys:
                raise Refused("kid")
            return self.keys[kid]

    def read(self):
        try:
            with urllib.request.urlopen(self.url, timeout=3) as answer:
                found = json.loads(answer.read(64 * 1024))["keys"]
            self.keys = {key["kid"]: key for key in found}
        except (OSError, ValueError, KeyError):
            pass


def check_signature(key, algorithm, signed, signature):
    if algorithm == "EdDSA" and key.get("crv") == "Ed25519":
        ed25519.Ed25519PublicKey.from_public_bytes(decode(key["x"])).verify(signature, signed)
    elif algorithm == "ES256" and key.get("crv") == "P-256" and len(signature) == 64:
        x, y = (int.from_bytes(decode(key[name]), "big") for name in ("x", "y"))
        r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
        public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        public.verify(utils.encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
    else:
        raise Refused("algorithm")


def judge(ticket, keys, service):
    """Raises Refused unless the hub made this ticket for this service, now."""
    try:
        head, body, signature = ticket.split(".")
        header, claims = json.loads(decode(head)), json.loads(decode(body))
        if header.get("typ") != "service-ticket+jwt" or not isinstance(header.get("kid"), str):
            raise Refused("header")
        if {"jku", "x5u", "x5c", "jwk", "crit"} & header.keys():
            raise Refused("header")
        check_signature(keys.find(header["kid"]), header.get("alg"), f"{head}.{body}".encode(), decode(signature))
        now, made, ends = time.time(), claims["iat"], claims["exp"]
        names = (claims["iss"], claims["sub"], claims["aud"])
        if names != (HUB, HUB, service) or ends - made > LONGEST_TICKET_SECONDS:
            raise Refused("claims")
        if made > now + SKEW_SECONDS or ends < now - SKEW_SECONDS:
            raise Refused("time")
    except (ValueError, KeyError, TypeError, AttributeError, InvalidSignature) as error:
        raise Refused("unreadable") from error


# The hub, called back.


class Hub:
    def __init__(self, url, service, jwk):
        self.url, self.service, self.kid = url, service, jwk["kid"]
        self.key = ed25519.Ed25519PrivateKey.from_private_bytes(decode(jwk["d"]))

    def ticket(self):
        now = int(time.time())
        head = {"alg": "EdDSA", "kid": self.kid, "typ": "service-ticket+jwt"}
        claims = {"iss": self.service, "sub": self.service, "aud": HUB, "iat": now, "exp": now + 300}
        signed = ".".join(encode(json.dumps(part).encode()) for part in (head, claims))
        return f"{signed}.{encode(self.key.sign(signed.encode()))}"

    def report(self, body):
        """Repeats until the hub has it, or refuses it for good."""
        pause = 0.2
        while True:
            status = self.send(body)
            if status == 200 or (400 <= status < 500 and status not in (408, 425, 429)):
                return
            time.sleep(pause)
            pause = min(pause * 2, 5)

    def send(self, body):
        request = urllib.request.Request(
            f"{self.url}/takeout/set_data_status",
            data=json.dumps({**body, "service": self.service}).encode(),
            headers={"Content-Type": "application/json", "X-Ya-Service-Ticket": self.ticket()},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0


# The work.


class Jobs:
    def __init__(self, hub):
        self.hub, self.running, self.lock = hub, set(), threading.Lock()

    def take(self, call, category):
        """Takes a job on; one that is known is only reported again."""
        values = (call["deletion_id"], category, json.dumps(uids_of(call)), call["report_uid"])
        with Database() as db:
            db.execute(
                """insert into jobs values (?, ?, ?, ?, ?, ?, null, 1, 0)
                   on conflict do update set is_reported = 0, calls = calls + 1,
                   attempt = max(attempt, excluded.attempt)""",
                (*values, millis(call["to"]), call["attempt"]),
            )

    def carry_on(self):
        """Starts whatever is open and does not run."""
        with Database() as db:
            jobs = db.execute("select * from jobs where not is_reported").fetchall()
        for job in jobs:
            key = (job["deletion_id"], job["category"])
            with self.lock:
                if key in self.running:
                    continue
                self.running.add(key)
            threading.Thread(target=self.run, args=(key, job), daemon=True).start()

    def run(self, key, job):
        try:
            outcome = job["outcome"] or self.erase(key, job)
            self.hub.report(
                {
                    "yandex_uid": job["report_uid"],
                    "category_id": job["category"],
                    "state": "deleted",
                    "outcome": outcome,
                    "deletion_id": job["deletion_id"],
                    "attempt": job["attempt"],
                }
            )
            with Database() as db:
                db.execute(
                    "update jobs set is_reported = 1 where deletion_id = ? and category = ? and calls = ?",
                    (*key, job["calls"]),
                )
        finally:
            with self.lock:
                self.running.discard(key)
        self.carry_on()

    def erase(self, key, job):
        """Rows and outcome in one transaction."""
        uids = json.loads(job["uids"])
        with Database() as db:
            gone = db.execute(
                f"delete from things where uid in ({marks(uids)}) and category = ? and created_ms <= ?",
                (*uids, job["category"], job["fence_ms"]),
            ).rowcount
            outcome = "erased" if gone else "nothing_found"
            db.execute("update jobs set outcome = ? where deletion_id = ? and category = ?", (outcome, *key))
        return outcome


def uids_of(call):
    return [account["uid"] for account in call["yandex_uids"]]


def state_of(db, uids, category):
    at_work = db.execute("select uids from jobs where category = ? and outcome is null", (category,))
    if any(set(json.loads(row["uids"])) & set(uids) for row in at_work):
        return "delete_in_progress"
    rows = f"select 1 from things where uid in ({marks(uids)}) and category = ? limit 1"
    return "ready_to_delete" if db.execute(rows, (*uids, category)).fetchone() else "empty"


class Service:
    def __init__(self):
        self.name = os.environ["SERVICE"]
        hub_url = os.environ["TAKEOUT_HUB_URL"]
        self.keys = HubKeys(f"{hub_url}/.well-known/jwks.json")
        self.jobs = Jobs(Hub(hub_url, self.name, json.loads(os.environ["TAKEOUT_SERVICE_KEY"])))
        self.handlers = {"/v1/takeout/status": self.status, "/v1/takeout/delete": self.delete}
        self.handlers["/v1/takeout/export"] = self.export

    def status(self, call):
        uids = uids_of(call)
        with Database() as db:
            states = [{"id": id, "data_state": state_of(db, uids, id)} for id in call["categories"]]
        return 200, {"categories": states}

    def delete(self, call):
        for category in call["categories"]:
            self.jobs.take(call, category)
        self.jobs.carry_on()
        return 202, {}

    def export(self, call):
        uids = uids_of(call)
        with Database() as db:
            found = db.execute(f"select * from things where uid in ({marks(uids)})", uids).fetchall()
        things = [{"category": row["category"], "created_ms": row["created_ms"]} for row in found]
        return 200, {"status": "ok", "data": {"things.json": things}} if things else {"status": "no_data"}


def check(call, is_delete):
    """Raises when a call is not what it should be; what it does not know it ignores."""
    accounts, categories = call["yandex_uids"], call["categories"]
    if not isinstance(accounts, list) or not accounts or not isinstance(categories, list) or not categories:
        raise ValueError()
    if not all(re.fullmatch(r"[1-9][0-9]{0,31}", account["uid"]) for account in accounts):
        raise ValueError()
    if not all(isinstance(category, str) for category in categories):
        raise ValueError()
    if is_delete:
        millis(call["to"])
        if not isinstance(call["attempt"], int) or not re.fullmatch(r"[1-9][0-9]{0,31}", call["report_uid"]):
            raise ValueError()
        if not isinstance(call["deletion_id"], str):
            raise ValueError()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    service = None

    def do_POST(self):
        self.close_connection = True
        status, body = self.answer()
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if status < 400 else "application/problem+json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Connection", "close")
        if status == 503:
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(data)

    def answer(self):
        handler = self.service.handlers.get(self.path.rstrip("/"))
        if handler is None:
            return problem(404, "not_found")
        ticket = self.headers.get("X-Ya-Service-Ticket")
        if not ticket:
            return problem(401, "service_ticket_missing")
        try:
            judge(ticket, self.service.keys, self.service.name)
            call = json.loads(self.read_body())
            check(call, handler == self.service.delete)
            return handler(call)
        except Refused:
            return problem(401, "service_ticket_invalid")
        except KeysAway:
            return problem(503, "auth_unavailable")
        except OverflowError:
            return problem(413, "body_too_large")
        except TimeoutError:
            return problem(408, "request_timeout")
        except (ValueError, KeyError, TypeError):
            return problem(400, "bad_request")

    def read_body(self):
        left = int(self.headers.get("Content-Length") or 0)
        if left > MOST_BYTES:
            raise OverflowError()
        chunks, ends_at = [], time.monotonic() + SLOWEST_BODY_SECONDS
        while left > 0:
            self.connection.settimeout(max(ends_at - time.monotonic(), 0.001))
            chunk = self.rfile.read1(left)
            if not chunk:
                raise ValueError("cut short")
            chunks.append(chunk)
            left -= len(chunk)
        self.connection.settimeout(None)
        return b"".join(chunks)

    def log_message(self, *_):
        """Nothing: a request line may name somebody."""


def problem(status, code):
    return status, {"title": code, "status": status, "code": code, "request_id": "-"}


class Server(ThreadingHTTPServer):
    request_queue_size = 128

    def handle_error(self, *_):
        """A connection that was cut is no news."""


def serve():
    make_tables()
    Handler.service = Service()
    server = Server(("127.0.0.1", int(os.environ["PORT"])), Handler)
    Handler.service.jobs.carry_on()
    print(f"{Handler.service.name}: listening on http://127.0.0.1:{os.environ['PORT']}", flush=True)
    server.serve_forever()


def seed():
    row = (os.environ["TAKEOUT_UID"], os.environ["TAKEOUT_CATEGORY"], millis(os.environ["TAKEOUT_AT"]))
    with Database() as db:
        db.execute("insert into things values (?, ?, ?)", row)


seed() if sys.argv[1:] == ["seed"] else serve()
