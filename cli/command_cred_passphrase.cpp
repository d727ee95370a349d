// agentinfra cred passphrase: puts the key file under a passphrase, under another, or under none.
#include "command_cred.hpp"
#include "render.hpp"
#include "secret_input.hpp"

namespace agentinfra::cli {

int cred_passphrase(CredInvocation invocation) {
  bool remove = false;
  Options options;
  invocation.add_options(options);
  options.flag("--remove", remove).parse(invocation.arguments).none();
  Database database = open_for_credentials(invocation);
  if (remove) {
    database.integer("SELECT cred_passphrase(NULL)");
    print("agentinfra: the key file is under no passphrase now\n");
    return kOk;
  }
  const Secret passphrase =
      stdin_is_terminal() ? ask_for_secret("New passphrase", true) : read_secret(STDIN_FILENO, false);
  database.integer("SELECT cred_passphrase(:passphrase)", {{"passphrase", Sensitive{passphrase.view()}}});
  print("agentinfra: the key file is under this passphrase now\n");
  return kOk;
}

}  // namespace agentinfra::cli
