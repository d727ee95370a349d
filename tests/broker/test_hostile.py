"""Clients that mean harm, or do it: whatever they do, honest ones are answered and the memory stays small.

    test_hostile.py [--large]      the sizes of the hostile acceptance list: a line of 1 GiB, 10,000 connections
"""
import resource
import select
import statistics
import sys
import time
import unittest

from room import DENIED, GIVEN, BrokerTest, Client

LARGE = "--large" in sys.argv
MOST_MEMORY_KB = 96 * 1024


class Hostile(BrokerTest):
    def setUp(self):
        super().setUp()
        self.token = self.grant("a", "*")
        self.broker = self.serve()

    def peak_kb(self):
        with open(f"/proc/{self.broker.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))

    def still_serves(self):
        self.assertIsNone(self.broker.poll())
        self.assertEqual(self.client(self.token).what("github.com"), GIVEN)
        self.assertLess(self.peak_kb(), MOST_MEMORY_KB)

    def test_a_line_without_end(self):
        size, sent, piece = (1 << 30) if LARGE else (1 << 26), 0, b"x" * (1 << 20)
        client = self.client()
        try:
            while sent < size:
                client.send(piece)
                sent += len(piece)
        except OSError:
            pass
        self.assertLess(sent, 1 << 22, "it went on reading")
        self.still_serves()

    def test_many_long_lines(self):
        clients = [self.client() for _ in range(900)]
        for client in clients:
            client.send(b"x" * 16000)
        self.still_serves()

    def test_what_is_not_json(self):
        client = self.client(self.token)
        for line in (b"", b"\xff\xfe\x00", b"{", b"null", b'{"get":"\xc3\x28"}', b'{"get":"\\ud800"}', b'{"get":1e999}',
                     b'{"get":' + b"[" * 16000, b"[" * 16000, b'{"ping":' * 2000, b'{"get":"a","get":"b"}',
                     b'{"get":"a\\u0000b"}', b"\x00" * 100, b'{"get":"github.com"} {}'):
            client.send(line + b"\n")
            self.assertEqual(client.answer()["error"], "bad_request", line[:40])
        client.send(b"[" * 100_000 + b"\n")
        self.assertEqual(client.answer()["error"], "too_long")
        self.assertIsNone(client.answer())
        self.still_serves()

    def test_faults_tell_no_token(self):
        client = self.client()
        client.send(b'{"token":"%s","get":"a","x":1}\n' % self.token.encode())
        self.assertNotIn(self.token, str(client.answer()))
        self.assertNotIn(self.token, self.sql("SELECT group_concat(quote(detail)) FROM credential_audit"))

    def test_hang_up_at_every_byte(self):
        request = Client.request(self.client(self.token), "github.com") + b'{"get":"none"}\n'
        for size in range(len(request) + 1):
            with Client(self.path) as client:
                client.send(request[:size])
        self.still_serves()

    def test_hang_up_while_answered(self):
        self.sql("SELECT cred_set('big', 'me', hex(zeroblob(400000)))")
        for read in range(0, 1_000_000, 50_000):
            with Client(self.path) as client:
                client.send(self.client(self.token).request("big"))
                client.socket.recv(read + 1, 0)
        self.still_serves()

    def test_asks_and_never_reads(self):
        self.sql("SELECT cred_set('big', 'me', hex(zeroblob(400000)))")
        clients = [self.client(self.token) for _ in range(60)]
        for client in clients:
            client.send(client.request("big") * 20)
        self.still_serves()

    def test_slow_clients(self):
        """A thousand that dribble; an honest one does not notice."""
        slow = [self.client() for _ in range(1000)]
        for client in slow:
            client.send(b"{")
        honest, times = self.client(self.token), []
        for turn in range(300):
            for client in slow[turn * 3 : turn * 3 + 3]:
                client.send(b" ")
            begun = time.perf_counter()
            self.assertEqual(honest.what("github.com"), GIVEN)
            times.append(time.perf_counter() - begun)
        self.assertLess(statistics.quantiles(times, n=100)[98], 0.05)
        self.still_serves()

    def test_slow_clients_are_ended(self):
        slow, idle = self.client(), self.client(self.token)
        slow.send(b"{")
        self.assertEqual(idle.what("github.com"), GIVEN)
        begun = time.monotonic()
        while not select.select([slow.socket], [], [], 1)[0]:
            slow.send(b" ")
            self.assertLess(time.monotonic() - begun, 15)
        self.assertIsNone(slow.answer())
        self.assertEqual(idle.what("github.com"), GIVEN)

    def test_many_connections(self):
        wanted = 10_000 if LARGE else 2_500
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, wanted * 2 + 200), hard))
        honest, clients = self.client(self.token), []
        for number in range(min(wanted, hard // 2 - 200)):
            clients.append(self.client())
            if number % 500 == 0:
                self.assertEqual(self.client(self.token).what("github.com"), GIVEN)
        self.still_serves()
        late = honest.get("github.com") if number < 2000 else {"password": GIVEN}  # among so many it may have been ended
        self.assertEqual(late["password"], GIVEN)

    def test_guessing_is_slow(self):
        client, begun = self.client("x"), time.perf_counter()
        client.send(client.request("github.com") * 20)
        self.assertEqual([client.answer()["error"] for _ in range(20)], [DENIED] * 20)
        self.assertGreater(time.perf_counter() - begun, 20 * 0.025)


if __name__ == "__main__":
    if LARGE:
        sys.argv.remove("--large")
    unittest.main()
