/* SPDX-License-Identifier: MIT */
/* shelter: the thread's own C locale, and SIGXFSZ held back. */
#include "base/shelter.h"

#include <stdbool.h>
#include <time.h>

static sigset_t size_limit(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGXFSZ);
  return set;
}

void neap_shelter_enter(neap_shelter *shelter) {
  sigset_t held = size_limit();
  shelter->locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  shelter->locale_before = shelter->locale ? uselocale(shelter->locale) : (locale_t)0;
  pthread_sigmask(SIG_BLOCK, &held, &shelter->signals_before);
}

/* The write that met the limit has said so: the signal shall not strike again. */
static void drop_pending(void) {
  const struct timespec at_once = {0};
  sigset_t held = size_limit(), pending;
  sigpending(&pending);
  if (sigismember(&pending, SIGXFSZ)) sigtimedwait(&held, NULL, &at_once);
}

void neap_shelter_leave(neap_shelter *shelter) {
  bool was_held = sigismember(&shelter->signals_before, SIGXFSZ);
  if (!was_held) drop_pending();
  pthread_sigmask(SIG_SETMASK, &shelter->signals_before, NULL);
  if (!shelter->locale) return;
  uselocale(shelter->locale_before);
  freelocale(shelter->locale);
}
