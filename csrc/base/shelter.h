/* SPDX-License-Identifier: MIT */
/* shelter: while a thread is in it, its host's locale cannot change a number or an order of names, and a limit on the
 * size of files is an error instead of the end of the process. */
#ifndef NEAP_BASE_SHELTER_H
#define NEAP_BASE_SHELTER_H

#include <locale.h>
#include <signal.h>

typedef struct neap_shelter {
  locale_t locale, locale_before;
  sigset_t signals_before;
} neap_shelter;

/* Of the calling thread only; threads that it starts inherit the signals, not the locale. Shelters nest. No raise of
 * Lua may pass one: leave first. Without memory for a locale the host's stays. */
void neap_shelter_enter(neap_shelter *shelter);
void neap_shelter_leave(neap_shelter *shelter);

#endif
