/* SPDX-License-Identifier: MIT */
/* order_submitter: the last steps, in their order: what is shown is what will be sent. */
#include "engine/live/order_submitter.h"

#include "base/checklist.h"
#include "engine/checks.h"

static const neap_check_entry steps[] = {{"final_reduce_only", neap_check_final_reduce_only},
                                         {"preview", neap_check_preview}};

enum { STEPS = sizeof steps / sizeof *steps };

const char *neap_live_step_name(unsigned i) { return i < STEPS ? steps[i].name : NULL; }

void neap_live_submit(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out) {
  for (size_t i = 0; i < STEPS; i++)
    if (neap_check_is_on(steps[i].name)) steps[i].ask(engine, snapshot, out);
}
