"""docs/vault-format.md, followed to the letter by another program: it opens and checks what the extension wrote.

Only the primitives are shared: libsodium's shared library, and Python's own BLAKE2b.
"""
import ctypes
import ctypes.util
import hashlib
import re
import struct
import unittest

from support import HERE, FolderTest, connect, one

SODIUM = ctypes.util.find_library("sodium")


def field(data):
    return b"\xff\xff\xff\xff" if data is None else struct.pack("<I", len(data)) + data


def number(value):
    return None if value is None else struct.pack("<q", value)


def text(value):
    return None if value is None else value.encode()


class Decoder:
    def __init__(self, key_file):
        self.sodium = ctypes.CDLL(SODIUM)
        self.sodium.sodium_init()
        self.keys = {}
        for line in self.keyring_text(key_file).splitlines():
            words = line.split(" ")
            if words[0] == "key":
                key = bytes.fromhex(words[3])
                assert self.subkey(key, 0, 16)[:8].hex() == words[1]
                self.keys[words[1]] = {"wrap": self.subkey(key, 1), "audit": self.subkey(key, 2)}
            elif words[0] == "retired":
                self.keys[words[1]] = {"audit": bytes.fromhex(words[3])}

    @staticmethod
    def keyring_text(key_file):
        whole = key_file.read_text()
        above, checksum = re.fullmatch(r"(agentinfra-keyring 1\n.*)end (\w{16})\n", whole, re.S).groups()
        assert hashlib.blake2b(above.encode(), digest_size=16).hexdigest()[:16] == checksum
        return above

    @staticmethod
    def subkey(key, number, size=32):
        """crypto_kdf: BLAKE2b keyed with the key, the number as salt, the context as personalization."""
        return hashlib.blake2b(b"", digest_size=size, key=key, salt=struct.pack("<QQ", number, 0),
                               person=b"agentinf".ljust(16, b"\0")).digest()

    def open(self, key, record, associated):
        assert record[:4] == b"AI\x01\x01"
        aad, nonce, sealed = record[:12] + associated, record[12:36], record[36:]
        plain = ctypes.create_string_buffer(len(sealed) - 16)
        done = self.sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
            plain, None, None, sealed, ctypes.c_ulonglong(len(sealed)), aad, ctypes.c_ulonglong(len(aad)), nonce, key)
        assert done == 0, "does not open"
        return plain.raw

    @staticmethod
    def associated(purpose, store, uuid, service, username, url, version):
        fields = (b"agentinfra credential v1", purpose, *map(text, (store, uuid, service, username, url)), number(version))
        return b"".join(map(field, fields))

    def content(self, wrapped, sealed, *names):
        wrap = self.keys[wrapped[4:12].hex()]["wrap"]
        data_key = self.open(wrap, wrapped, self.associated(b"wrapped key", *names))
        assert self.subkey(data_key, 0, 16)[:8] == sealed[4:12]
        return self.content_of(self.open(data_key, sealed, self.associated(b"content", *names)))

    @staticmethod
    def content_of(plain):
        assert len(plain) % 64 == 0
        plain = plain.rstrip(b"\0")
        assert plain.endswith(b"\x80")
        kind, rest, fields = plain[0], plain[1:-1], []
        while rest:
            size = struct.unpack("<I", rest[:4])[0]
            fields.append(rest[4:4 + size])
            rest = rest[4 + size:]
        secret, note, totp, expiry = fields
        return kind, secret, note, totp, struct.unpack("<q", expiry)[0] if expiry else None

    def check_audit(self, db):
        store, before, last_head = one(db, "SELECT store FROM credential_store"), b"", None
        for row in db.execute("SELECT * FROM credential_audit ORDER BY seq"):
            (seq, at, action, credential, service, username, version, agent, run, pid, uid, detail, digest, key_id, mac,
             head) = row
            assert last_head is None
            fields = (b"agentinfra audit v1", text(store), number(seq), number(at), text(action), text(credential),
                      text(service), text(username), number(version), text(agent), number(run), number(pid), number(uid),
                      text(detail), digest, key_id, before)
            key = self.keys[key_id.hex()]["audit"]
            assert hashlib.blake2b(b"".join(map(field, fields)), digest_size=32, key=key).digest() == mac, seq
            before, last_head = mac, head
        expected = hashlib.blake2b(field(b"agentinfra audit head v1") + field(before), digest_size=32, key=key).digest()
        assert last_head == expected


@unittest.skipUnless(SODIUM, "libsodium's shared library is not there")
class Format(FolderTest):
    def opened(self):
        decoder = Decoder(self.folder / "test.db.key")
        db = connect(self.folder / "test.db")
        self.addCleanup(db.close)
        decoder.check_audit(db)
        rows = db.execute("SELECT wrapped_key, sealed, store, uuid, service, username, url, v.version FROM credential_store,"
                          " credential_versions AS v JOIN credentials USING (credential_id) ORDER BY credential_id, v.version")
        return [decoder.content(*row) for row in rows]

    def test_another_program_reads_what_was_written(self):
        db = self.database(me="hunter1")
        one(db, "SELECT cred_set('a', 'me', 'hunter2', 'https://a.example', 'a note', 'MFRGG')")
        one(db, "SELECT cred_set('b', '', x'00ff00', NULL, NULL, NULL, 4102444800000)")
        one(db, "SELECT cred_set('ü', 'ö', ?)", "x" * 1000)
        one(db, "SELECT cred_get('b')")
        expected = [(0, b"hunter1", b"", b"", None), (0, b"hunter2", b"a note", b"MFRGG", None),
                    (1, b"\0\xff\0", b"", b"", 4102444800000), (0, b"x" * 1000, b"", b"", None)]
        self.assertEqual(self.opened(), expected)
        for mode in (None, "deep", None):
            one(db, "SELECT cred_rotate(?)", mode)
            self.assertEqual(self.opened(), expected)

    def test_vectors_of_the_page(self):
        page = (HERE.parent.parent / "docs/vault-format.md").read_text()
        key_id, aad, record = (bytes.fromhex("".join(m.split())) for m in
                               re.findall(r"^((?:    [0-9a-f]+\n)+)", page[page.index("## Vectors"):], re.M))
        self.database(me="x")
        decoder, key = Decoder(self.folder / "test.db.key"), bytes(range(32))
        self.assertEqual(decoder.subkey(key, 0, 16)[:8], key_id)
        self.assertEqual(decoder.associated(b"content", "store", "credential", "github.com", "me", "https://github.com", 3),
                         aad)
        self.assertEqual(decoder.content_of(decoder.open(key, record, aad)), (0, b"hunter2", b"", b"", 1800000000000))


if __name__ == "__main__":
    unittest.main()
