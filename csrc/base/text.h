/* SPDX-License-Identifier: MIT */
/* text: copies text into the room there is. */
#ifndef NEAP_BASE_TEXT_H
#define NEAP_BASE_TEXT_H

#include <string.h>

/* What fits, and a final 0; snprintf "%s" without its cost. `size` is above zero. */
static inline void neap_text_copy(char *out, size_t size, const char *text) {
  if (!memccpy(out, text, 0, size)) out[size - 1] = '\0';
}

#endif
