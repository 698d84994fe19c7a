/* SPDX-License-Identifier: MIT */
#include "chance.h"

#include <stdio.h>

#include "dice.h"

static uint64_t seed_now;

void chance_begin(uint64_t seed) { seed_now = seed; }

uint64_t chance(int64_t time, uint64_t salt, uint64_t sides) {
  return dice_at((uint64_t)(time / NEAP_SECOND), salt, seed_now, sides);
}

neap_amount chance_near_mark(actor *me, int64_t now, uint64_t salt, double from) {
  neap_decimal mark = NEAP_ZERO;
  neap_desk_mark(me->desk, 0, &mark, NULL);
  return inexactly(neap_decimal_to_double(mark) * (from + (double)chance(now, salt, 40) / 1000));
}

void chance_bars(act *play, uint64_t volume) {
  for (int i = 0; i < 40; i++) {
    char text[96];
    int64_t at = i * 15 * MINUTE, open = 10000 + (int64_t)chance(at, 50, 600),
            close = 10000 + (int64_t)chance(at, 51, 600);
    int64_t high = (open > close ? open : close) + (int64_t)chance(at, 52, 200);
    int64_t low = (open < close ? open : close) - (int64_t)chance(at, 53, 200);
    snprintf(text, sizeof text, "%.2f %.2f %.2f %.2f %d", (double)open / 100, (double)high / 100, (double)low / 100,
             (double)close / 100, (int)chance(at, 54, volume));
    act_bar(play, 0, at, text);
  }
}
