#pragma once
// MD5 (RFC 1321), because that is the hash in official sqllogictest files. Not for anything secret.
#include <string>
#include <string_view>

namespace agentinfra::slt {

/// 32 lowercase hexadecimal digits.
std::string md5_hex(std::string_view text);

}  // namespace agentinfra::slt
