/* SPDX-License-Identifier: MIT */
/* broker_abilities: the words for what a broker may have. */
#include "broker/broker_adapter.h"

enum { TIMES = NEAP_FOK + 1, FLAGS = NEAP_ORDER_TYPES + TIMES };

static const char *const flags[] = {"post_only", "reduce_only", "take_profit", "bracket", "replace", "preview"};

enum { WORDS = FLAGS + sizeof flags / sizeof *flags };

const char *neap_broker_ability_word(unsigned index) {
  if (index < NEAP_ORDER_TYPES) return neap_order_type_name((neap_order_type)index);
  if (index < FLAGS) return neap_time_in_force_name((neap_time_in_force)(index - NEAP_ORDER_TYPES));
  return index < WORDS ? flags[index - FLAGS] : NULL;
}

static bool *flag_of(neap_broker_abilities *abilities, unsigned index) {
  bool *const all[] = {&abilities->post_only, &abilities->reduce_only, &abilities->take_profit,
                       &abilities->bracket,   &abilities->replace,     &abilities->preview};
  return all[index - FLAGS];
}

/* Of a time in force: there is an order that goes by it. */
bool neap_broker_ability_get(const neap_broker_abilities *abilities, unsigned index) {
  neap_broker_abilities copy = *abilities;
  if (index < NEAP_ORDER_TYPES) return copy.times[index] != 0;
  if (index >= FLAGS) return *flag_of(&copy, index);
  for (unsigned type = 0; type < NEAP_ORDER_TYPES; type++)
    if (copy.times[type] >> (index - NEAP_ORDER_TYPES) & 1) return true;
  return false;
}

void neap_broker_ability_set(neap_broker_abilities *abilities, unsigned index, bool has) {
  if (index >= FLAGS) {
    *flag_of(abilities, index) = has;
    return;
  }
  for (unsigned type = 0; type < NEAP_ORDER_TYPES; type++)
    for (unsigned time = 0; time < TIMES; time++) {
      bool is_meant = index < NEAP_ORDER_TYPES ? type == index : time == index - NEAP_ORDER_TYPES;
      uint8_t bit = (uint8_t)(1u << time);
      if (is_meant)
        abilities->times[type] = (uint8_t)(has ? abilities->times[type] | bit : abilities->times[type] & ~bit);
    }
}
