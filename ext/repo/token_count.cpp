#include "repo/token_count.hpp"

#include "repo/encoding_of.hpp"

namespace agentinfra {
namespace {

class EncodingRows : public Rows {
 public:
  explicit EncodingRows(std::vector<Encoding> encodings) : encodings_(std::move(encodings)) {}
  bool next() override { return ++at_ < encodings_.size(); }
  Value column(int index) const override {
    const Encoding& e = encodings_[at_];
    switch (index) {
      case 0: return e.name;
      case 1: return int64_t{e.tokenizer.exact()};
      case 2: return e.margin;
      case 3: return e.tokens;
      default: return e.source;
    }
  }

 private:
  std::vector<Encoding> encodings_;
  size_t at_ = SIZE_MAX;  // before the first
};

}  // namespace

Content From<Content>::get(const Argument& a) {
  if (a.null()) return {};
  const int type = sqlite3_value_type(a.value);
  if (type != SQLITE_TEXT && type != SQLITE_BLOB) a.refuse("must be text or a blob");
  const void* bytes = type == SQLITE_TEXT ? sqlite3_value_text(a.value) : sqlite3_value_blob(a.value);
  const auto size = static_cast<size_t>(sqlite3_value_bytes(a.value));
  if (bytes == nullptr && (size > 0 || type == SQLITE_TEXT)) throw std::bad_alloc();
  return {std::string_view(static_cast<const char*>(bytes), size)};
}

Value token_count(Call& call, Content text, std::optional<Name> encoding) {
  const Encoding& known = encoding_of(call.session, encoding);
  if (!text.bytes) return {};
  return known.tokenizer.count(*text.bytes);
}

std::unique_ptr<Rows> token_encodings(Call& call, std::optional<Name> encoding) {
  return std::make_unique<EncodingRows>(encoding ? std::vector{encoding_of(call.session, encoding)}
                                                 : named_encodings(call.session));
}

}  // namespace agentinfra
