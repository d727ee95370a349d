// Credentials, as SQL: secrets for processes with no fingers.
#include "credential/broker/grants.hpp"
#include "credential/broker/serve.hpp"
#include "credential/import/import.hpp"
#include "credential/upkeep.hpp"
#include "credential/verbs.hpp"
#include "rooms.hpp"

namespace agentinfra {
namespace {

using enum Level;
using enum Kind;

constexpr Verb kVerbs[] = {
    // storing
    quiet_verb<cred_set>(
        "cred_set", "service, username, secret, url, note, totp, expires_ms", daily, write,
        "Stores a secret (text, or a blob), a new version each time; returns its number. The first one makes the key "
        "file (DATABASE.key). url, note and totp (base32 or otpauth://) that are NULL stay as they were. Take the "
        "secret "
        "from stdin_text(), not from a command line."),
    quiet_verb<cred_import>(
        "cred_import", "path, format", daily, steps,
        "The CSV export of a browser or a password manager (known by its header) becomes credentials, in "
        "one transaction; '-': standard input. Returns JSON: what was imported, skipped, failed, by line "
        "and reason. The file is overwritten and deleted when all of it was stored and read back; copies "
        "in backups, snapshots and spare blocks of an SSD remain."),
    // what reveals
    quiet_verb<cred_get>(
        "cred_get", "service, username, url", daily, steps,
        "The secret, newest version; NULL when there is none. The reveal is in credential_audit before it "
        "leaves, so it is refused inside a transaction. Several accounts: say which."),
    quiet_verb<cred_decrypt>(
        "cred_decrypt", "credential_id", more, steps,
        "The same for a row: SELECT service, username, cred_decrypt(credential_id) FROM credentials."),
    quiet_verb<cred_json>("cred_json", "service, username, url", daily, steps,
                          "The same as {\"username\":…,\"password\":…,\"url\":…}."),
    quiet_verb<cred_note>("cred_note", "service, username, url", more, steps, "The note of a credential; NULL: none."),
    // what does not
    quiet_verb<cred_totp>("cred_totp", "service, username, url", daily, steps,
                          "The one-time password of this moment (RFC 6238); its secret stays inside."),
    quiet_verb<cred_hmac>(
        "cred_hmac", "service, message, algorithm, username, url", more, steps,
        "HMAC of a message under the secret, in hex: sha256 unless told sha512 or sha1. The secret stays "
        "inside."),
    // ending
    quiet_verb<cred_delete>(
        "cred_delete", "service, username, url", daily, steps,
        "Deletes a credential with all its versions and overwrites where they were. JSON (service, "
        "username, versions, left: what old copies are still there and why, or null); NULL when there is "
        "none."),
    quiet_verb<cred_verify>(
        "cred_verify", "earlier_head", daily, steps,
        "Opens every version and goes through the audit: finds what was altered, deleted, swapped, "
        "reordered, cut off or rolled back. JSON (ok, credentials, versions, audit, head, problems). "
        "earlier_head: a `head` that was kept elsewhere, which the audit must still contain."),
    quiet_verb<cred_prune>(
        "cred_prune", "keep_days", more, steps,
        "Deletes what credential_audit says of longer ago, once cred_verify() finds nothing wrong. Returns "
        "the number of rows."),
    // keys
    quiet_verb<cred_rotate>(
        "cred_rotate", "mode", more, steps,
        "A new master key for all versions; the old one is retired, unless the key file may serve other "
        "databases ('drop' retires it then). 'deep' encrypts all contents anew. Safe to interrupt: call "
        "it again. JSON (key, versions, old_keys, left)."),
    quiet_verb<cred_unlock>("cred_unlock", "passphrase", more, steps,
                            "Gives this connection the passphrase of its key file. Returns 1."),
    quiet_verb<cred_passphrase>(
        "cred_passphrase", "passphrase", more, steps,
        "Puts the key file under a passphrase (Argon2id), or another; NULL takes it off. Returns 1."),
    // the broker
    quiet_verb<cred_grant>(
        "cred_grant", "agent, service_pattern, while_running, expires_ms, uid", daily, steps,
        "Lets an agent ask the broker for the services that match a GLOB pattern; while_running 1: only "
        "while it has a live run; uid: only from processes of that user. Returns the agent's token, once: "
        "NULL when it has one."),
    quiet_verb<cred_token>("cred_token", "agent", more, steps,
                           "A new token for an agent that has one, which is void from now on. Its grants stay."),
    quiet_verb<cred_revoke>(
        "cred_revoke", "agent, service_pattern", daily, steps,
        "Ends one grant of an agent, or, without a pattern, all of them and its token. Returns how many; "
        "NULL: there was nothing to end."),
    quiet_verb<cred_serve>(
        "cred_serve", "socket, group", daily, steps,
        "The broker: answers at a Unix socket until SIGTERM, for this user alone, or for a group. Returns "
        "how many requests it answered. docs/broker.md."),
    quiet_verb<cred_fetch>(
        "cred_fetch", "socket, service, username, token", daily, steps,
        "A secret from the broker. socket NULL: AGENTINFRA_CRED_SOCKET; token NULL: AGENTINFRA_CRED_TOKEN. "
        "Needs no schema in this file."),
    quiet_verb<cred_ping>("cred_ping", "socket", more, steps,
                          "What serves at a socket ('agentinfra 0.1.0'); NULL: nobody."),
};

}  // namespace

const Room kCredentialRoom = {"credential", kVerbs, {}};

}  // namespace agentinfra
