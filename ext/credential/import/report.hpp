// What an import did, as cred_import() says it: one line of JSON.
//
//   {"format":"chrome","rows":3,"imported":1,"updated":0,"unchanged":0,"skipped":[{"line":3,"reason":"has no
//   password"}],
//    "failed":[{"line":4,"reason":"has fewer fields than the header"}],"warnings":[],"deleted":"1 row has failed"}
//
// Lines and reasons only: nothing that stands in a row is ever in it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace agentinfra {

struct ImportReport {
  struct Remark {
    int64_t line;
    std::string_view reason;  // a literal
  };

  std::string_view format;
  int64_t rows = 0, imported = 0, updated = 0, unchanged = 0;
  std::vector<Remark> skipped, failed, warnings;
  int64_t not_stored = 0;  // rows that hold something else, which is stored nowhere
  std::string kept;        // why the file still is there; empty: it is deleted

  // Why the file must stay whatever it is; empty: because of its rows it need not.
  std::string reason_to_keep() const;
  std::string json() const;
};

}  // namespace agentinfra
