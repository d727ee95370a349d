// schedule_print: what ext/schedule makes of expressions, for the oracles to compare.
//
//   printf 'systemd:*:0/20\tEurope/Berlin\t1795219200000000\n' | schedule_print 10
//   printf 'Europe/Berlin\t1795219200\n' | schedule_print --offsets      # 3600
//
// A line of input is an expression, a zone and a time in microseconds; of output, the next times after it in whole
// seconds with, behind a colon, the firings where there are several at once; `never` where they end; `reject` and a
// sentence where the expression is none.
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

#include "schedule/fault.hpp"
#include "schedule/schedule.hpp"

namespace {

using namespace agentinfra;

std::string next_times(const Schedule& schedule, int64_t after_us, int count) {
  std::string text;
  for (int i = 0; i < count; i++) {
    const auto due = schedule.next(after_us);
    if (!due) return text + "never";
    text += std::to_string(due->at_us / 1'000'000);
    if (due->firings != 1) text += ":" + std::to_string(due->firings);
    text += ' ';
    after_us = due->at_us;
  }
  return text;
}

void print_offsets(Zones& zones) {
  for (std::string line; std::getline(std::cin, line);) {
    const size_t tab = line.find('\t');
    std::printf("%d\n", zones.get(line.substr(0, tab))->at(std::atoll(line.c_str() + tab + 1)).offset_s);
  }
}

void print_times(Zones& zones, int count) {
  for (std::string line; std::getline(std::cin, line);) {
    const size_t second = line.rfind('\t'), first = line.rfind('\t', second - 1);
    const std::string zone = line.substr(first + 1, second - first - 1);
    try {
      const Schedule schedule = Schedule::parse(line.substr(0, first), zones, zones.get(zone));
      std::puts(next_times(schedule, std::atoll(line.c_str() + second + 1), count).c_str());
    } catch (const BadSchedule& fault) {
      std::printf("reject %s\n", fault.what());
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  Zones zones;
  if (argc > 1 && std::string_view(argv[1]) == "--offsets")
    print_offsets(zones);
  else
    print_times(zones, argc > 1 ? std::atoi(argv[1]) : 10);
}
