// The clocks.
//
// wall_ms() is for people: it can be stepped by anybody at any time. What protects something (the end of a lock) is
// decided on boot_ms(), which counts from boot, includes suspend, cannot be set, and reads the same in every process
// of the same boot and time namespace. A boot_ms() value means nothing without its clock_domain().
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace agentinfra {

int64_t wall_ms();       // Unix time, milliseconds
int64_t boot_ms();       // CLOCK_BOOTTIME (macOS: CLOCK_MONOTONIC, which counts suspend there), milliseconds
int64_t monotonic_us();  // for deadlines and measurements within one process, microseconds

// "<boot>/<time namespace>": two boot_ms() readings may be compared when these are equal. boot is the first 12 hex
// digits of the random boot id: 48 bits tell any two boots apart, and every lock carries them. A container in a time
// namespace of its own has another offset on the same boot; the namespace is 0 where the system has none. Throws
// std::runtime_error when the boot id cannot be read.
const std::string& clock_domain();

// The first hex digits of a boot's UUID.
constexpr size_t kBootDigits = 12;
std::string short_boot_id(std::string_view uuid);

// The boot part of a clock domain.
// "2026-11-20T03:05:00Z", of Unix milliseconds.
std::string iso_utc(int64_t ms);

std::string_view boot_of(std::string_view domain);

}  // namespace agentinfra
