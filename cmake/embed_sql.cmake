# embed_sql(OUT FUNCTION FILES…): writes OUT, a C++ source that defines agentinfra::FUNCTION() with the text of each file.
# Migrations are named by number, so their order is that of their names.
function(embed_sql out function)
  set(rows "")
  foreach(file IN LISTS ARGN)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
    get_filename_component(name "${file}" NAME_WE)
    file(READ "${file}" text)
    string(APPEND rows "    {\"${name}\", R\"~sql~(${text})~sql~\"},\n")
  endforeach()
  file(CONFIGURE OUTPUT "${out}" @ONLY CONTENT [[
// Made by cmake/embed_sql.cmake from sql/.
#include "core/embedded.hpp"

namespace agentinfra {
namespace {
constexpr EmbeddedSql kRows[] = {
@rows@};
}  // namespace

std::span<const EmbeddedSql> @function@() { return kRows; }

}  // namespace agentinfra
]])
endfunction()
