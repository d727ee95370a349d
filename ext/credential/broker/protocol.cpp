#include "credential/broker/protocol.hpp"

#include <array>
#include <bitset>
#include <stdexcept>

#include "base/json_reader.hpp"
#include "sqlite/arguments.hpp"

namespace agentinfra {
namespace {

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// ---- writing

void append_string(Secret& line, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  line.append("\"");
  size_t plain = 0;
  for (size_t i = 0; i < text.size(); i++) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte != '"' && byte != '\\' && byte != 0x7f) continue;
    const std::array<char, 6> escape = {'\\', 'u', '0', '0', kHex[byte >> 4], kHex[byte & 15]};
    line.append(text.substr(plain, i - plain));
    line.append({escape.data(), escape.size()});
    plain = i + 1;
  }
  line.append(text.substr(plain));
  line.append("\"");
}

void append_base64(Secret& line, std::string_view bytes) {
  line.append("\"");
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](size_t at) -> uint32_t {
      return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0;
    };
    const uint32_t three = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    std::array<char, 4> four{};
    for (size_t k = 0; k < 4; k++) four[k] = i + k > bytes.size() ? '=' : kBase64[(three >> (18 - 6 * k)) & 63];
    line.append({four.data(), four.size()});
  }
  line.append("\"");
}

// The members of an object, one after the other.
class Line {
 public:
  Line() { line_.append("{"); }
  Line& literal(std::string_view key, std::string_view value) { return name(key), line_.append(value), *this; }
  Line& text(std::string_view key, std::string_view value) { return name(key), append_string(line_, value), *this; }
  Line& base64(std::string_view key, std::string_view bytes) { return name(key), append_base64(line_, bytes), *this; }
  Secret end() { return line_.append("}\n"), std::move(line_); }

 private:
  void name(std::string_view key) {
    if (line_.size() > 1) line_.append(",");
    append_string(line_, key);
    line_.append(":");
  }
  Secret line_;
};

// ---- reading

std::string name_of(JsonReader& json, const char* key) {
  std::string name = json.string();
  if (const auto fault = fault_of_name(name)) throw std::runtime_error(std::string(key) + " " + *fault);
  return name;
}

// "" is the account without a name.
std::string username_of(JsonReader& json) {
  std::string name = json.string();
  if (const auto fault = name.empty() ? std::nullopt : fault_of_name(name))
    throw std::runtime_error("username " + *fault);
  return name;
}

Secret token_of(JsonReader& json) {
  Secret token;
  json.string(token);
  if (token.size() > kLongestToken)
    throw std::runtime_error("token must be at most " + std::to_string(kLongestToken) + " bytes");
  return token;
}

Secret from_base64(std::string_view text) {
  Secret bytes;
  uint32_t held = 0;
  int bits = 0;
  for (const char c : text.substr(0, text.find('='))) {
    const size_t value = kBase64.find(c);
    if (value == kBase64.npos) throw std::runtime_error("password_base64 is not base64");
    held = held << 6 | static_cast<uint32_t>(value);
    if ((bits += 6) < 8) continue;
    const char byte = static_cast<char>(held >> (bits -= 8));
    bytes.append({&byte, 1});
  }
  return bytes;
}

}  // namespace

Request parse_request(std::string_view line) {
  if (!valid_utf8(line)) throw std::runtime_error("the request must be valid UTF-8");
  Request request;
  constexpr std::array<std::string_view, 4> kKeys = {"ping", "get", "username", "token"};
  std::bitset<kKeys.size()> seen;
  JsonReader json(line);
  json.object([&](std::string_view key) {
    size_t which = 0;
    while (which < kKeys.size() && kKeys[which] != key) which++;
    if (which == kKeys.size())
      throw std::runtime_error("the request has a key that is none of ping, get, username, token");
    if (seen[which]) throw std::runtime_error("the request has " + std::string(key) + " twice");
    seen.set(which);
    switch (which) {
      case 0:
        if (!json.boolean()) throw std::runtime_error("ping must be true");
        return;
      case 1: return void(request.service = name_of(json, "get"));
      case 2:
        if (!json.take_null()) request.username = username_of(json);
        return;
      default: return void(request.token = token_of(json));
    }
  });
  json.finish();
  if (seen[0] == seen[1]) throw std::runtime_error("the request must have get or ping");
  request.kind = seen[1] ? Request::Kind::get : Request::Kind::ping;
  return request;
}

const char* to_text(Refusal refusal) {
  switch (refusal) {
    case Refusal::bad_request: return "bad_request";
    case Refusal::too_long: return "too_long";
    case Refusal::denied: return "denied";
    case Refusal::unavailable: return "unavailable";
    case Refusal::busy: break;
  }
  return "busy";
}

Secret pong() { return Line().literal("ok", "true").text("server", "agentinfra " AGENTINFRA_VERSION).end(); }

Secret refusal(Refusal refusal, std::string_view message) {
  return Line().literal("ok", "false").text("error", to_text(refusal)).text("message", message).end();
}

Secret gift(const Given& given) {
  Line line;
  line.literal("ok", "true").text("service", given.service).text("username", given.username).text("url", given.url);
  line.literal("version", std::to_string(given.version));
  return given.as_base64 ? line.base64("password_base64", given.secret).end()
                         : line.text("password", given.secret).end();
}

Answer parse_answer(std::string_view line) {
  Answer answer;
  JsonReader json(line);
  json.object([&](std::string_view key) {
    if (key == "ok")
      answer.ok = json.boolean();
    else if (key == "error")
      answer.error = json.string();
    else if (key == "message")
      answer.message = json.string();
    else if (key == "server")
      answer.server = json.string();
    else if (key == "password")
      json.string(answer.secret);
    else if (key == "password_base64") {
      Secret text;
      json.string(text);
      answer.secret = from_base64(text.view());
      answer.is_blob = true;
    } else
      json.skip();
  });
  json.finish();
  return answer;
}

Secret request_line(std::string_view service, std::optional<std::string_view> username, std::string_view token) {
  Line line;
  line.text("get", service);
  if (username) line.text("username", *username);
  return line.text("token", token).end();
}

Secret ping_line() { return Line().literal("ping", "true").end(); }

}  // namespace agentinfra
