/* SPDX-License-Identifier: MIT */
#include "complaints.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "session/state.h"

void complain(complaints *self, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  printf("%s: ", self->tried);
  vprintf(format, arguments);
  printf("\n");
  fflush(stdout);
  va_end(arguments);
  self->count++;
}

bool state_of_store(complaints *self, const char *path, uint64_t until, char hash[NEAP_DIGEST_TEXT]) {
  neap_state *state = NULL;
  neap_replay_report report = {0};
  neap_fault fault = {0};
  neap_status status = neap_state_replay(path, until, true, &state, &report, &fault);
  if (status != NEAP_OK) complain(self, "no replay of %s: %s: %s", path, fault.code, fault.message);
  memcpy(hash, report.hash, NEAP_DIGEST_TEXT);
  neap_state_free(state);
  return status == NEAP_OK;
}

void complain_of_state(complaints *self, const char *ours, const char *theirs, uint64_t count) {
  char here[NEAP_DIGEST_TEXT], there[NEAP_DIGEST_TEXT];
  if (count == 0 || !state_of_store(self, ours, 0, here) || !state_of_store(self, theirs, count, there)) return;
  if (strcmp(here, there) != 0) complain(self, "after %" PRIu64 " events the state is another", count);
}
