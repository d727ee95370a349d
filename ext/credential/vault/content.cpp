#include "credential/vault/content.hpp"

#include <stdexcept>

#include "credential/vault/layout.hpp"
#include "credential/vault/sodium.hpp"

namespace agentinfra {
namespace {

constexpr size_t kBlock = 64;  // lengths are told to this many bytes only
constexpr char kText = 0, kBlob = 1;

[[noreturn]] void malformed() {
  throw std::runtime_error("the decrypted record has another layout than this library's");
}

}  // namespace

Secret to_bytes(const Content& content) {
  Secret bytes;
  const char kind = content.is_blob ? kBlob : kText;
  bytes.append({&kind, 1});
  for (const Secret* field : {&content.secret, &content.note, &content.totp}) {
    bytes.append(length_prefix(field->size()));
    bytes.append(field->view());
  }
  const std::string expiry = content.expires_ms ? little_endian(*content.expires_ms) : "";
  bytes.append(length_prefix(expiry.size()));
  bytes.append(expiry);
  const size_t used = bytes.size();
  bytes.resize(used + kBlock);
  size_t padded = 0;
  if (sodium_pad(&padded, bytes.bytes(), used, kBlock, bytes.size()) != 0) throw std::bad_alloc();
  bytes.resize(padded);
  return bytes;
}

Content to_content(std::string_view bytes) {
  size_t used = 0;
  if (sodium_unpad(&used, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), kBlock) != 0) malformed();
  Reader in(bytes.substr(0, used));
  Content content;
  const std::string_view kind = in.take(1);
  if (kind.size() != 1 || (kind[0] != kText && kind[0] != kBlob)) malformed();
  content.is_blob = kind[0] == kBlob;
  for (Secret* field : {&content.secret, &content.note, &content.totp}) *field = Secret(in.prefixed());
  const std::string_view expiry = in.prefixed();
  if (!in.finished() || (!expiry.empty() && expiry.size() != sizeof(int64_t))) malformed();
  if (!expiry.empty()) content.expires_ms = static_cast<int64_t>(number_from(expiry));
  return content;
}

}  // namespace agentinfra
