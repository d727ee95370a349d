#include "run.hpp"

#include "report.hpp"
#include "verbs.hpp"

namespace agentinfra::torture {
namespace {

void set_the_stage(const Options& options) {
  Connection db(options.database(), options.extension);
  db.integer("SELECT agentinfra_init()");
  db.execute(
      "CREATE TABLE fenced (resource TEXT NOT NULL, token INTEGER NOT NULL, writer TEXT NOT NULL, value "
      "INTEGER NOT NULL);"
      "CREATE INDEX fenced_newest ON fenced (resource, value)");
  if (options.broken_control) prepare_broken_verbs(db);
  db.close();  // nothing of it may be open when workers are forked
}

}  // namespace

int run_torture(const Options& options) {
  set_the_stage(options);
  const History history(options, conduct(options));
  Connection db(options.database(), options.extension);
  // Workers reap far more often than a row forgets, so that no holding is missing from the history.
  db.execute("CREATE TEMP VIEW grants AS " +
             (options.broken_control
                  ? std::string("SELECT resource, token FROM ") + kBrokenGrants
                  : "SELECT resource, token FROM lock_history UNION SELECT resource, token FROM locks"));
  Verdict verdict(history);
  Evidence evidence{history, db, verdict};
  check_versions(evidence);
  check_locks(evidence);
  check_fence(evidence);
  check_waits(evidence);
  check_once(evidence);
  check_runs(evidence);
  check_health(evidence);
  print_report(options, evidence);
  return verdict.violations();
}

}  // namespace agentinfra::torture
