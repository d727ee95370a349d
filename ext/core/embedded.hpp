// The SQL that CMake embeds: sql/schema/NNN_name.sql in order, and sql/views/name.sql.
#pragma once

#include <span>

namespace agentinfra {

struct EmbeddedSql {
  const char* name;  // "001_core", "active_locks"
  const char* text;
};

std::span<const EmbeddedSql> migrations();
std::span<const EmbeddedSql> views();

// Migration N makes schema version N.
inline int schema_version() { return static_cast<int>(migrations().size()); }

}  // namespace agentinfra
